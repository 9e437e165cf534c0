/*
 * shared_jsonrpc.h: JSON-RPC 2.0, the part without input and output: what a line asks for, and how an answer is
 * written.
 */
#ifndef DAEMON_SHARED_JSONRPC_H
#define DAEMON_SHARED_JSONRPC_H

#include "shared_span.h"
#include "shared_text.h"

/* The numbers of the standard, and ours for every failure of what was asked for. */
enum jsonrpc_code {
	JSONRPC_PARSE_ERROR = -32700,
	JSONRPC_INVALID_REQUEST = -32600,
	JSONRPC_METHOD_NOT_FOUND = -32601,
	JSONRPC_INVALID_PARAMS = -32602,
	JSONRPC_INTERNAL_ERROR = -32603,
	JSONRPC_FAILED = -32000
};

/* One message. id is as it was written, size 0 in a notification; params is an object or array, size 0 when absent.
 * fault says why it is no request (answer JSONRPC_INVALID_REQUEST with the id, if that is one); NULL when it is. */
struct jsonrpc_request {
	struct span id, method, params;
	const char *fault;
};

/* What a line holds: one message, or a batch of them. */
struct jsonrpc_line {
	bool batch;
	struct span text;
	struct span_walk rest;
};

/* Reads a line (without its end). False when it is not JSON; then *ret_wrong is the offset of what is wrong. */
bool jsonrpc_read(struct span line, struct jsonrpc_line *ret_line, size_t *ret_wrong);

/* The next message of a line; false when there is no more. An empty batch has none. */
bool jsonrpc_next(struct jsonrpc_line *line, struct jsonrpc_request *ret_request);

/* How many messages a line holds, counted up to most. */
size_t jsonrpc_count(const struct jsonrpc_line *line, size_t most);

/*
 * Writing. A response is begun, its result is added to the text as JSON, and ended. An error's data may be NULL; an id
 * of size 0 is written as null. No line end is written.
 */
void jsonrpc_begin_response(struct text *text, struct span id);
void jsonrpc_end_response(struct text *text);
void jsonrpc_add_error(struct text *text, struct span id, enum jsonrpc_code code, const char *message,
	const json_t *data);
void jsonrpc_add_notification(struct text *text, const char *method, const json_t *params);
void jsonrpc_add_request(struct text *text, long long id, const char *method, const json_t *params);

#endif
