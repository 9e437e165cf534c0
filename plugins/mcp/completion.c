/* completion.c: completion/complete: values that a parameter of a prompt or a template may have. */
#include "methods.h"

#include <stdio.h>
#include <string.h>

enum { MOST_VALUES = 100 }; /* the protocol's */

static void succeed(struct mcp_request *request, json_t *values)
{
	size_t total = json_array_size(values);

	while (json_array_size(values) > MOST_VALUES)
		json_array_remove(values, MOST_VALUES);
	mcp_request_succeed(request,
		json_pack("{s:{s:o, s:I, s:b}}", "completion", "values", values, "total", (json_int_t)total, "hasMore",
			total > MOST_VALUES));
}

/* The choices of a field that begin with what was typed. */
static json_t *choices_new(const struct sp_record *takes, const char *argument, const char *typed)
{
	json_t *values = json_array();

	for (const struct sp_field *const *field = takes ? takes->fields : NULL; field && *field; field++) {
		const struct sp_choice_field *choice = (const struct sp_choice_field *)(const void *)*field;

		if (strcmp((*field)->name, argument) != 0 || (*field)->type != SP_CHOICE_TYPE)
			continue;
		for (const char *const *name = choice->choices; *name; name++)
			if (strncmp(*name, typed, strlen(typed)) == 0)
				json_array_append_new(values, json_string(*name));
	}
	return values;
}

static void suggested(struct mcp_request *request, const struct sp_answer *answer)
{
	const json_t *values = json_object_get(answer->data, "values");

	if (answer->status == SP_OK)
		succeed(request, json_is_array(values) ? json_deep_copy(values) : json_array());
	else
		mcp_refuse_answer(request, answer);
}

/* Whose parameters are completed. */
struct subject {
	const struct sp_record *takes; /* NULL: it has none */
	const struct sp_exposed
		*suggests; /* the runnable that suggests values, which need not be on MCP; NULL: nobody */
};

static bool take_runnable(const struct sp_gateway *gateway, const struct sp_exposed *exposed,
	struct subject *ret_subject)
{
	char address[80];

	if (!exposed)
		return false;
	ret_subject->takes = exposed->takes;
	if (!exposed->completes)
		return true;
	snprintf(address, sizeof address, "%s.%s", exposed->instance, exposed->completes);
	ret_subject->suggests = gateway->find(gateway, address);
	return true;
}

static void take_skill(void *user, const struct sp_exposed_skill *skill)
{
	((struct subject *)user)->takes = skill->takes;
}

static bool find(const struct sp_gateway *gateway, const struct mcp_names *names, const json_t *ref,
	struct subject *ret_subject)
{
	const char *type = json_string_value(json_object_get(ref, "type"));
	const char *name = json_string_value(json_object_get(ref, "name"));
	const char *uri = json_string_value(json_object_get(ref, "uri"));

	if (type && name && strcmp(type, "ref/prompt") == 0)
		return take_runnable(gateway, mcp_prompt_find(gateway, names, name), ret_subject) ||
			mcp_skill_find(gateway, name, take_skill, ret_subject);
	return type && uri && strcmp(type, "ref/resource") == 0 &&
		take_runnable(gateway, mcp_template_find(gateway, names, uri), ret_subject);
}

static void complete(struct mcp_request *request)
{
	const struct mcp_server_owner *owner = &request->server->owner;
	const struct sp_gateway *gateway = owner->gateway(owner->user);
	const json_t *argument = json_object_get(request->params, "argument");
	const char *name = json_string_value(json_object_get(argument, "name"));
	const char *typed = json_string_value(json_object_get(argument, "value"));
	struct subject subject = { NULL, NULL };
	bool found =
		find(gateway, &request->server->catalogue.names, json_object_get(request->params, "ref"), &subject);

	if (!name || !typed) {
		mcp_refuse(request, "params.argument has no name or no value", NULL);
		return;
	}
	if (!found) {
		mcp_refuse(request, "params.ref is no prompt or template of this server", NULL);
		return;
	}
	if (subject.suggests)
		mcp_request_call(request, subject.suggests, json_pack("{s:s, s:s}", "argument", name, "value", typed),
			suggested);
	else
		succeed(request, choices_new(subject.takes, name, typed));
}

const struct mcp_method mcp_methods_completion[] = {
	{ "completion/complete", true, true, complete },
	{ NULL, false, false, NULL },
};
