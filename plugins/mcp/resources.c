/* resources.c: resources/list, resources/templates/list, resources/read. Resources are runnables that say so, skills
 * and kinds. */
#include "methods.h"

#include <string.h>

static void list(struct mcp_request *request)
{
	mcp_answer_list(request, MCP_RESOURCES);
}

static void list_templates(struct mcp_request *request)
{
	mcp_answer_list(request, MCP_TEMPLATES);
}

/* The resources among what was attached; text alone is the contents of what was asked for. */
static json_t *contents_new(const char *uri, const json_t *content)
{
	json_t *contents = json_array(), *piece;
	size_t i;

	json_array_foreach(content, i, piece) {
		const json_t *resource = json_object_get(piece, "resource"), *text = json_object_get(piece, "text");

		if (resource)
			json_array_append_new(contents, json_deep_copy(resource));
		else if (text)
			json_array_append_new(contents,
				json_pack("{s:s, s:s, s:o}", "uri", uri, "mimeType", "text/plain", "text",
					json_deep_copy(text)));
	}
	return contents;
}

static const char *uri_of(const struct mcp_request *request)
{
	return json_string_value(json_object_get(request->params, "uri"));
}

static void succeed(struct mcp_request *request, json_t *contents)
{
	json_t *result = json_pack("{s:o}", "contents", contents);

	mcp_mark_cacheable(request, result);
	mcp_request_succeed(request, result);
}

/* The eras have different codes for it. */
static void not_found(struct mcp_request *request)
{
	mcp_request_fail(request,
		&(struct mcp_fault){ .http = 200,
			.code = request->origin.era == MCP_MODERN ? MCP_INVALID_PARAMS : MCP_RESOURCE_NOT_FOUND,
			.message = "there is no resource of this URI",
			.data = json_pack("{s:s}", "uri", uri_of(request)) });
}

static void answered(struct mcp_request *request, const struct sp_answer *answer)
{
	if (mcp_answer_asks(request, answer))
		return;
	if (answer->status == SP_OK)
		succeed(request, contents_new(uri_of(request), answer->content));
	else if (answer->status == SP_NOT_FOUND)
		not_found(request);
	else
		mcp_refuse_answer(request, answer);
}

static void read(struct mcp_request *request)
{
	const struct mcp_server_owner *owner = &request->server->owner;
	const struct sp_gateway *gateway = owner->gateway(owner->user);
	const char *uri = uri_of(request);
	const struct sp_exposed *exposed;
	json_t *params, *contents;

	if (!uri) {
		mcp_refuse(request, "params.uri is missing: it is the URI of a resource", NULL);
		return;
	}
	exposed = mcp_resource_find(gateway, &request->server->catalogue.names, uri, &params);
	if (exposed) {
		mcp_request_call(request, exposed, params, answered);
		return;
	}
	contents = mcp_built_in_resource_new(gateway, uri);
	if (contents)
		succeed(request, contents);
	else
		not_found(request);
}

const struct mcp_method mcp_methods_resources[] = {
	{ "resources/list", true, true, list },
	{ "resources/templates/list", true, true, list_templates },
	{ "resources/read", true, true, read },
	{ NULL, false, false, NULL },
};
