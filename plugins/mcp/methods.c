/* methods.c: what the methods share. */
#include "methods.h"

#include <string.h>

/* Lists change with the components, of which clients are told; without a subscription they ask again after this. */
enum { KEEP_MS = 5000 };

void mcp_refuse(struct mcp_request *request, const char *message, json_t *data)
{
	mcp_request_fail(request,
		&(struct mcp_fault){ .http = 200, .code = MCP_INVALID_PARAMS, .message = message, .data = data });
}

void mcp_refuse_answer(struct mcp_request *request, const struct sp_answer *answer)
{
	bool params = answer->status == SP_INVALID || answer->status == SP_BAD_REQUEST;

	mcp_request_fail(request,
		&(struct mcp_fault){ .http = 200,
			.code = params ? MCP_INVALID_PARAMS : MCP_INTERNAL_ERROR,
			.message = answer->message,
			.data = json_pack("{s:s, s:O*, s:s*}", "code", answer->code, "details", answer->details,
				"trace_id", answer->trace_id) });
}

void mcp_mark_cacheable(const struct mcp_request *request, json_t *result)
{
	if (request->origin.era != MCP_MODERN)
		return;
	json_object_set_new(result, "ttlMs", json_integer(KEEP_MS));
	json_object_set_new(result, "cacheScope", json_string("private"));
}

void mcp_answer_list(struct mcp_request *request, enum mcp_list list)
{
	const json_t *cursor = json_object_get(request->params, "cursor");
	const char *from = json_string_value(cursor);
	bool wrong = cursor && (!from || !*from);
	json_t *result = wrong ? NULL : mcp_page_new(&request->server->catalogue, list, from, &wrong);

	if (wrong) {
		mcp_refuse(request, "params.cursor is none that this server gave", NULL);
		return;
	}
	mcp_mark_cacheable(request, result);
	mcp_request_succeed(request, result);
}
