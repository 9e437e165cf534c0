/* fuzz_jsonrpc.c: lines of the control socket; jansson is the judge of what is JSON.
 * links: daemon/shared_jsonrpc.c daemon/shared_span.c daemon/shared_text.c */
#include "shared_jsonrpc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool truth)
{
	if (!truth)
		abort();
}

/* Both say the same, except that jansson limits numbers, nests deeper, and takes a zero byte for the end. */
static void judge(struct span line, bool accepted)
{
	json_error_t why;
	json_t *json = json_loadb(line.at, line.size, JSON_DECODE_ANY, &why);

	if (accepted && !json)
		require(json_error_code(&why) == json_error_numeric_overflow);
	if (!accepted && json)
		require(line.size > SPAN_NESTED_MAX || memchr(line.at, '\0', line.size));
	json_decref(json);
}

static void check_inside(struct span outer, struct span inner)
{
	if (inner.size > 0)
		require(inner.at >= outer.at && inner.at + inner.size <= outer.at + outer.size);
}

/* What was found is JSON again, and walks to its end. */
static void check_request(struct span line, const struct jsonrpc_request *request)
{
	struct span name, value;
	size_t wrong;

	check_inside(line, request->id);
	check_inside(line, request->method);
	check_inside(line, request->params);
	if (request->fault || !span_is_object(request->params))
		return;
	require(span_of(request->params, &wrong).size == request->params.size);
	for (struct span_walk walk = span_walk(request->params); span_next_member(&walk, &name, &value);) {
		check_inside(request->params, value);
		require(span_of(value, &wrong).size == value.size);
		require(span_is_string(name));
	}
}

/* An answer to it is one line of JSON. */
static void check_answer(const struct jsonrpc_request *request)
{
	struct text text = { 0 };
	char buffer[32];
	char *method = request->fault ? NULL : span_text(request->method, buffer, sizeof buffer);
	size_t wrong;

	jsonrpc_add_error(&text, request->id, JSONRPC_FAILED, method ? method : "", NULL);
	require(span_of((struct span){ text.data, text.size }, &wrong).size == text.size);
	require(!memchr(text.data, '\n', text.size) || memchr(request->id.at, '\n', request->id.size));
	text_finish(&text);
	if (method != buffer)
		free(method);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span whole = { (const char *)data, size };
	struct jsonrpc_request request;
	struct jsonrpc_line line;
	size_t wrong = 0, count = 0;
	bool accepted = jsonrpc_read(whole, &line, &wrong);

	judge(whole, accepted);
	if (!accepted) {
		require(wrong <= size);
		return 0;
	}
	while (jsonrpc_next(&line, &request)) {
		check_request(whole, &request);
		check_answer(&request);
		count++;
	}
	require(count > 0 || line.batch);
	return 0;
}
