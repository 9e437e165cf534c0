/* caller.c: what a runnable tells its caller and asks of it. */
#include <signalpy/caller.h>
#include <stdio.h>
#include <string.h>

#include "model.h"

/* The members that each type of content must have. */
static const struct content_shape {
	const char *type;
	const char *members[2];
} shapes[] = {
	{ "text", { "text", NULL } },
	{ "image", { "data", "mimeType" } },
	{ "audio", { "data", "mimeType" } },
	{ "resource_link", { "uri", "name" } },
	{ "resource", { NULL, NULL } },
};

static bool has_shape(const json_t *content, const struct content_shape *shape)
{
	for (size_t i = 0; i < sizeof shape->members / sizeof shape->members[0]; i++)
		if (shape->members[i] && !json_is_string(json_object_get(content, shape->members[i])))
			return false;
	return strcmp(shape->type, "resource") != 0 || json_is_object(json_object_get(content, "resource"));
}

static bool is_content(const json_t *content)
{
	const char *type = json_string_value(json_object_get(content, "type"));

	for (size_t i = 0; type && i < sizeof shapes / sizeof shapes[0]; i++)
		if (strcmp(type, shapes[i].type) == 0)
			return has_shape(content, &shapes[i]);
	return false;
}

sp_status sp_attach(sp_call *call, json_t *content)
{
	if (!content)
		call->arena.failed = true;
	if (!content)
		return SP_NO_MEMORY;
	if (!is_content(content)) {
		json_decref(content);
		return sp_call_fail(call, SP_INVALID,
			"what was attached is no content: its type, or a member that goes with it, is missing");
	}
	if (!call->content)
		call->content = json_array();
	if (json_array_append_new(call->content, content) == 0)
		return SP_OK;
	call->arena.failed = true;
	return SP_NO_MEMORY;
}

static const char *method_of(enum sp_asks what)
{
	switch (what) {
	case SP_ELICITATION:
	case SP_ELICITATION_URL:
		return "elicitation/create";
	case SP_SAMPLING:
		return "sampling/createMessage";
	case SP_ROOTS:
		break;
	}
	return "roots/list";
}

bool sp_can_ask(const sp_call *call, enum sp_asks what)
{
	return (call->can_ask & (unsigned)what) != 0;
}

sp_status sp_ask(sp_call *call, const char *name, enum sp_asks what, json_t *params)
{
	json_t *question;

	if (!sp_can_ask(call, what)) {
		call->lacks |= (unsigned)what;
		json_decref(params);
		return sp_call_fail(call, SP_UNAVAILABLE, "the caller cannot be asked '%s': it does not offer %s", name,
			method_of(what));
	}
	question = json_pack("{s:s, s:o*}", "method", method_of(what), "params", params);
	if (!call->questions)
		call->questions = json_object();
	if (question && json_object_set_new(call->questions, name, question) == 0)
		return sp_call_fail(call, SP_INPUT_REQUIRED, "the caller is asked '%s'", name);
	call->arena.failed = true;
	return SP_NO_MEMORY;
}

const json_t *sp_answer_to(const sp_call *call, const char *name)
{
	return json_object_get(call->answers, name);
}
