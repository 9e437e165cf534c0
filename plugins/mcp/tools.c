/* tools.c: tools/list and tools/call. */
#include "catalogue.h"
#include "methods.h"
#include "task_calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void list(struct mcp_request *request)
{
	mcp_answer_list(request, MCP_TOOLS);
}

/* ---- results ---------------------------------------------------------------------------------------------------- */

/* Structured content is repeated as text, for clients that do not read it. */
static json_t *dump_new(const json_t *data)
{
	char room[1024], *dumped;
	size_t size = json_dumpb(data, room, sizeof room, JSON_COMPACT);
	json_t *text;

	if (size <= sizeof room)
		return json_pack("{s:s, s:s#}", "type", "text", "text", room, (int)size);
	dumped = json_dumps(data, JSON_COMPACT);
	text = dumped ? json_pack("{s:s, s:s}", "type", "text", "text", dumped) : NULL;
	free(dumped);
	return text;
}

static json_t *success_new(const struct sp_answer *answer, bool structured)
{
	json_t *content = answer->content ? json_deep_copy(answer->content) : json_array();
	json_t *result = json_pack("{s:o, s:b}", "content", content, "isError", 0);

	if (structured &&
		(json_object_set(result, "structuredContent", (json_t *)answer->data) != 0 ||
			json_array_append_new(content, dump_new(answer->data)) != 0)) {
		json_decref(result);
		return NULL;
	}
	return result;
}

/* What a model can do about a failure is told as text: what went wrong, and with validation where. */
static json_t *failure_text_new(const struct sp_answer *answer)
{
	json_t *text = json_sprintf("%s: %s", answer->code, answer->message), *fault;
	size_t i;

	json_array_foreach(answer->details, i, fault) {
		json_t *longer = json_sprintf("%s\n%s: %s", json_string_value(text),
			json_string_value(json_object_get(fault, "pointer")),
			json_string_value(json_object_get(fault, "message")));

		json_decref(text);
		text = longer;
	}
	return text;
}

static json_t *failure_new(const struct sp_answer *answer)
{
	json_t *content = answer->content ? json_deep_copy(answer->content) : json_array();

	json_array_append_new(content, json_pack("{s:s, s:o}", "type", "text", "text", failure_text_new(answer)));
	return json_pack("{s:o, s:b, s:o*}", "content", content, "isError", 1, "_meta",
		answer->traceparent ? json_pack("{s:s}", "traceparent", answer->traceparent) : NULL);
}

/* Copies JSON text into a string of JSON; it has no control characters. NULL when there is no room. */
static char *quote(char *to, const char *end, const char *from, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (end - to < 2)
			return NULL;
		if (from[i] == '"' || from[i] == '\\')
			*to++ = '\\';
		*to++ = from[i];
	}
	return to;
}

/* What most calls come to, data and nothing else, is written without a detour: the same as success_new makes. */
static bool succeed_shortly(struct mcp_request *request, const struct sp_answer *answer)
{
	char data[1024], quoted[2048], members[3400];
	size_t size = answer->content ? 0 : json_dumpb(answer->data, data, sizeof data, JSON_COMPACT);
	const char *end = size && size <= sizeof data ? quote(quoted, quoted + sizeof quoted, data, size) : NULL;

	if (!end)
		return false;
	snprintf(members, sizeof members,
		"\"content\":[{\"type\":\"text\",\"text\":\"%.*s\"}],\"isError\":false,\"structuredContent\":%.*s",
		(int)(end - quoted), quoted, (int)size, data);
	return mcp_request_succeed_text(request, members);
}

static void answered(struct mcp_request *request, const struct sp_answer *answer)
{
	bool structured = request->structured || json_object_size(answer->data) > 0;

	if (mcp_answer_asks(request, answer))
		return;
	if (answer->status == SP_OK && structured && succeed_shortly(request, answer))
		return;
	mcp_request_succeed(request, answer->status == SP_OK ? success_new(answer, structured) : failure_new(answer));
}

/* Which instance is meant, NULL where the name says it; and why there is none. */
struct target {
	const char *value;
	struct sp_error error;
};

/* ---- calls ------------------------------------------------------------------------------------------------------ */

/* R-RN-7: with a target, name is that of the component's tool, whether or not an instance bears its name. */
static const struct sp_exposed *find_target(const struct sp_gateway *gateway, const char *name,
	const struct sp_exposed *tool, struct target *target)
{
	char address[80];
	char *underscore;
	const struct sp_exposed *exposed;

	if (tool)
		snprintf(address, sizeof address, "%s.%s", tool->component, tool->runnable);
	else
		snprintf(address, sizeof address, "%s", name);
	underscore = strchr(address, '.') ? NULL : strchr(address, '_');
	if (underscore)
		*underscore = '.';
	exposed = gateway->find_target(gateway, address, target->value, &target->error);
	return exposed && mcp_is_tool(exposed) ? exposed : NULL;
}

static const struct sp_exposed *find(struct mcp_request *request, const char *name, struct target *target)
{
	const struct mcp_server_owner *owner = &request->server->owner;
	const struct sp_gateway *gateway = owner->gateway(owner->user);
	const struct sp_exposed *tool = mcp_tool_find(gateway, &request->server->catalogue.names, name);

	sp_error_set(&target->error, SP_NOT_FOUND, "there is no tool of this name; tools/list lists them");
	target->value = json_string_value(mcp_message_meta(request->message, MCP_META_TARGET));
	return target->value ? find_target(gateway, name, tool, target) : tool;
}

static void call(struct mcp_request *request)
{
	const char *name = json_string_value(json_object_get(request->params, "name"));
	json_t *arguments = json_object_get(request->params, "arguments");
	struct target target;
	const struct sp_exposed *exposed = name ? find(request, name, &target) : NULL;

	request->structured = exposed && exposed->gives && exposed->gives->fields;
	if (!name)
		mcp_refuse(request, "params.name is missing: it is the name of a tool", NULL);
	else if (!exposed)
		mcp_refuse(request, target.error.message,
			json_pack("{s:s, s:s*}", "name", name, "target", target.value));
	else if (arguments && !json_is_object(arguments))
		mcp_refuse(request, "params.arguments is not an object", NULL);
	else if (mcp_task_admits(request, exposed))
		mcp_task_call(request, exposed, json_incref(arguments), answered);
}

const struct mcp_method mcp_methods_tools[] = {
	{ "tools/list", true, true, list },
	{ "tools/call", true, true, call },
	{ NULL, false, false, NULL },
};
