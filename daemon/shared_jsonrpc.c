/*
 * shared_jsonrpc.c: the envelope of JSON-RPC 2.0: judging messages, writing answers.
 */
#include "shared_jsonrpc.h"

#include <string.h>

bool jsonrpc_read(struct span line, struct jsonrpc_line *ret_line, size_t *ret_wrong)
{
	struct span found = span_of(line, ret_wrong);

	if (found.size == 0)
		return false;
	ret_line->text = found;
	ret_line->batch = *found.at == '[';
	if (ret_line->batch)
		ret_line->rest = span_walk(found);
	return true;
}

size_t jsonrpc_count(const struct jsonrpc_line *line, size_t most)
{
	struct span_walk walk = line->rest;
	struct span item;
	size_t count = 0;

	if (!line->batch)
		return 1;
	while (count < most && span_next_item(&walk, &item))
		count++;
	return count;
}

static bool is_id(struct span value)
{
	return *value.at == '"' || *value.at == 'n' || *value.at == '-' || (*value.at >= '0' && *value.at <= '9');
}

/* The member of a request that a name stands for, NULL for any other name. */
static struct span *member(struct jsonrpc_request *request, struct span name, struct span *version)
{
	if (span_is(name, "jsonrpc"))
		return version;
	if (span_is(name, "id"))
		return &request->id;
	if (span_is(name, "method"))
		return &request->method;
	if (span_is(name, "params"))
		return &request->params;
	return NULL;
}

static const char *fault_of(const struct jsonrpc_request *request, struct span version)
{
	if (!span_is(version, "2.0"))
		return "the member \"jsonrpc\" must be \"2.0\"";
	if (!span_is_string(request->method))
		return "the member \"method\" must be a string";
	if (request->params.size > 0 && *request->params.at != '{' && *request->params.at != '[')
		return "the member \"params\" must be an object";
	return NULL;
}

static void read_request(struct span text, struct jsonrpc_request *ret_request)
{
	struct span version = { NULL, 0 }, name, value;
	struct span_walk walk;
	bool twice = false;

	*ret_request = (struct jsonrpc_request){ .fault = "a message must be an object" };
	if (!span_is_object(text))
		return;
	walk = span_walk(text);
	while (span_next_member(&walk, &name, &value)) {
		struct span *found = member(ret_request, name, &version);

		if (!found)
			continue;
		twice = twice || found->size > 0;
		*found = value;
	}
	ret_request->fault = fault_of(ret_request, version);
	if (twice)
		ret_request->fault = "a member stands twice";
	if (ret_request->id.size == 0 || is_id(ret_request->id))
		return;
	ret_request->id = (struct span){ NULL, 0 };
	ret_request->fault = "the member \"id\" must be a string or a number";
}

bool jsonrpc_next(struct jsonrpc_line *line, struct jsonrpc_request *ret_request)
{
	struct span item = line->text;

	if (line->batch ? !span_next_item(&line->rest, &item) : item.size == 0)
		return false;
	line->text.size = 0;
	read_request(item, ret_request);
	return true;
}

static void add_id(struct text *text, struct span id)
{
	if (id.size > 0)
		text_add(text, id.at, id.size);
	else
		text_add_text(text, "null");
}

void jsonrpc_begin_response(struct text *text, struct span id)
{
	text_add_text(text, "{\"jsonrpc\":\"2.0\",\"id\":");
	add_id(text, id);
	text_add_text(text, ",\"result\":");
}

void jsonrpc_end_response(struct text *text)
{
	text_add_text(text, "}");
}

void jsonrpc_add_error(struct text *text, struct span id, enum jsonrpc_code code, const char *message,
	const json_t *data)
{
	text_add_text(text, "{\"jsonrpc\":\"2.0\",\"id\":");
	add_id(text, id);
	text_add_text(text, ",\"error\":{\"code\":");
	text_add_number(text, code);
	text_add_text(text, ",\"message\":");
	text_add_string(text, message);
	if (data) {
		text_add_text(text, ",\"data\":");
		text_add_json(text, data);
	}
	text_add_text(text, "}}");
}

/* The members behind "method", and the end of the message. */
static void add_call(struct text *text, const char *method, const json_t *params)
{
	text_add_text(text, "\"method\":");
	text_add_string(text, method);
	if (params) {
		text_add_text(text, ",\"params\":");
		text_add_json(text, params);
	}
	text_add_text(text, "}");
}

void jsonrpc_add_notification(struct text *text, const char *method, const json_t *params)
{
	text_add_text(text, "{\"jsonrpc\":\"2.0\",");
	add_call(text, method, params);
}

void jsonrpc_add_request(struct text *text, long long id, const char *method, const json_t *params)
{
	text_add_text(text, "{\"jsonrpc\":\"2.0\",\"id\":");
	text_add_number(text, id);
	text_add_text(text, ",");
	add_call(text, method, params);
}
