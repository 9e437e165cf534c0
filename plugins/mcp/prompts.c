/* prompts.c: prompts/list and prompts/get. Prompts are runnables that say so, and skills. */
#include "methods.h"

#include <stdlib.h>
#include <string.h>

static void list(struct mcp_request *request)
{
	mcp_answer_list(request, MCP_PROMPTS);
}

/* ---- runnables -------------------------------------------------------------------------------------------------- */

/* A piece of content is a message of the user's, unless it says whose it is. */
static json_t *message_new(const json_t *piece)
{
	json_t *content = json_deep_copy(piece);
	const char *role = json_string_value(json_object_get(piece, "role"));

	json_object_del(content, "role");
	return json_pack("{s:s, s:o}", "role", role ? role : "user", "content", content);
}

static json_t *messages_new(const json_t *content)
{
	json_t *messages = json_array(), *piece;
	size_t i;

	json_array_foreach(content, i, piece)
		json_array_append_new(messages, message_new(piece));
	return messages;
}

static void answered(struct mcp_request *request, const struct sp_answer *answer)
{
	if (mcp_answer_asks(request, answer))
		return;
	if (answer->status == SP_OK)
		mcp_request_succeed(request, json_pack("{s:o}", "messages", messages_new(answer->content)));
	else
		mcp_refuse_answer(request, answer);
}

/* ---- skills ----------------------------------------------------------------------------------------------------- */

/* A text that grows; failed when memory has run out. */
struct text {
	char *data;
	size_t size;
	bool failed;
};

static void append(struct text *text, const char *from, size_t size)
{
	char *larger = text->failed ? NULL : realloc(text->data, text->size + size + 1);

	text->failed = !larger;
	if (!larger)
		return;
	memcpy(larger + text->size, from, size);
	text->size += size;
	larger[text->size] = '\0';
	text->data = larger;
}

/* The value of an argument that is written {name} at from; NULL when there is none of that name. */
static const char *argument_at(const json_t *arguments, const char *from, size_t *ret_size)
{
	size_t size = strcspn(from + 1, "}");

	*ret_size = size + 2;
	return from[size + 1] ? json_string_value(json_object_getn(arguments, from + 1, size)) : NULL;
}

/* The skill's text, each {argument} replaced by its value; what was not given stays as it is. */
static json_t *skill_text_new(const char *from, const json_t *arguments)
{
	struct text text = { NULL, 0, false };
	json_t *made;

	append(&text, "", 0);
	while (*from && !text.failed) {
		size_t size = strcspn(from, "{");
		const char *value;

		append(&text, from, size);
		from += size;
		if (!*from)
			break;
		value = argument_at(arguments, from, &size);
		append(&text, value ? value : "{", value ? strlen(value) : 1);
		from += value ? size : 1;
	}
	made = text.failed ? NULL : json_string(text.data);
	free(text.data);
	return made;
}

static const char *missing_argument(const struct sp_record *takes, const json_t *arguments)
{
	for (const struct sp_field *const *field = takes ? takes->fields : NULL; field && *field; field++) {
		const struct sp_any_field *head = (const struct sp_any_field *)(const void *)*field;

		if (head->required && !json_object_get(arguments, (*field)->name))
			return (*field)->name;
	}
	return NULL;
}

static void show_skill(void *user, const struct sp_exposed_skill *skill)
{
	struct mcp_request *request = user;
	const json_t *arguments = json_object_get(request->params, "arguments");
	const char *missing = missing_argument(skill->takes, arguments);

	if (missing) {
		mcp_refuse(request, "an argument of the prompt is missing", json_pack("{s:s}", "argument", missing));
		return;
	}
	mcp_request_succeed(request,
		json_pack("{s:s*, s:[{s:s, s:{s:s, s:o}}]}", "description", skill->about, "messages", "role", "user",
			"content", "type", "text", "text", skill_text_new(skill->text, arguments)));
}

/* ---- the method ------------------------------------------------------------------------------------------------- */

static void get(struct mcp_request *request)
{
	const struct mcp_server_owner *owner = &request->server->owner;
	const struct sp_gateway *gateway = owner->gateway(owner->user);
	const char *name = json_string_value(json_object_get(request->params, "name"));
	json_t *arguments = json_object_get(request->params, "arguments");
	const struct sp_exposed *exposed =
		name ? mcp_prompt_find(gateway, &request->server->catalogue.names, name) : NULL;

	if (!name)
		mcp_refuse(request, "params.name is missing: it is the name of a prompt", NULL);
	else if (arguments && !json_is_object(arguments))
		mcp_refuse(request, "params.arguments is not an object", NULL);
	else if (exposed)
		mcp_request_call(request, exposed, json_incref(arguments), answered);
	else if (!mcp_skill_find(gateway, name, show_skill, request))
		mcp_refuse(request, "there is no prompt of this name; prompts/list lists them",
			json_pack("{s:s}", "name", name));
}

const struct mcp_method mcp_methods_prompts[] = {
	{ "prompts/list", true, true, list },
	{ "prompts/get", true, true, get },
	{ NULL, false, false, NULL },
};
