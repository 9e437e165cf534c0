/* modern.c: the era without sessions: every request says all that there is to know. */
#include "asks.h"
#include "front.h"
#include "headers.h"

#include <string.h>

static bool refuse(struct mcp_fault *fault, int code, const char *message, json_t *data)
{
	*fault = (struct mcp_fault){ 400, code, message, data };
	return false;
}

/* ---- is it complete? -------------------------------------------------------------------------------------------- */

static bool has_capabilities(const json_t *message, struct mcp_fault *fault)
{
	if (json_is_object(mcp_message_meta(message, MCP_META_CAPABILITIES)))
		return true;
	return refuse(fault, MCP_INVALID_PARAMS, "params._meta has no object " MCP_META_CAPABILITIES, NULL);
}

static bool version_is_spoken(const json_t *message, struct mcp_fault *fault)
{
	const char *version = json_string_value(mcp_message_meta(message, MCP_META_VERSION));

	if (mcp_version_is_spoken(MCP_MODERN, version))
		return true;
	return refuse(fault, MCP_VERSION_UNSUPPORTED, "this version of MCP is not spoken here",
		json_pack("{s:o, s:s}", "supported", mcp_versions_new(), "requested", version));
}

/* The headers that a tool asks for in its schema stand only in schemas that its author wrote. */
static bool params_agree(const struct mcp_server *server, const struct sp_http_exchange *exchange,
	const json_t *message, struct mcp_fault *fault)
{
	const json_t *params = json_object_get(message, "params");
	const char *method = json_string_value(json_object_get(message, "method"));
	const char *name = json_string_value(json_object_get(params, "name"));
	const struct sp_exposed *exposed = name && strcmp(method, "tools/call") == 0
		? mcp_tool_find(server->owner.gateway(server->owner.user), &server->catalogue.names, name)
		: NULL;
	json_t *schema = exposed && exposed->schema ? json_loads(exposed->schema, 0, NULL) : NULL;
	bool agree = !schema || mcp_param_headers_agree(exchange, schema, json_object_get(params, "arguments"), fault);

	json_decref(schema);
	return agree;
}

/* ---- where it comes from ---------------------------------------------------------------------------------------- */

/* Levels of syslog, of which lines know four. */
static const struct level {
	const char *name;
	enum sp_level level;
} levels[] = { { "debug", SP_DEBUG }, { "info", SP_INFO }, { "notice", SP_WARNING }, { "warning", SP_WARNING },
	{ "error", SP_ERROR }, { "critical", SP_ERROR }, { "alert", SP_ERROR }, { "emergency", SP_ERROR } };

bool mcp_level_of(const char *name, enum sp_level *ret_level)
{
	for (size_t i = 0; name && i < sizeof levels / sizeof levels[0]; i++)
		if (strcmp(levels[i].name, name) == 0) {
			*ret_level = levels[i].level;
			return true;
		}
	return false;
}

static bool find_origin(const struct mcp_server *server, const json_t *message, struct mcp_origin *ret_origin,
	struct mcp_fault *fault)
{
	const json_t *level = mcp_message_meta(message, MCP_META_LOG_LEVEL);
	struct mcp_origin origin = { .era = MCP_MODERN,
		.identity = server->caller,
		.can_ask = mcp_asks_of(mcp_message_meta(message, MCP_META_CAPABILITIES)),
		.takes_tasks = mcp_tasks_offered(mcp_message_meta(message, MCP_META_CAPABILITIES)) };

	origin.logs = mcp_level_of(json_string_value(level), &origin.log_level);
	if (level && !origin.logs)
		return refuse(fault, MCP_INVALID_PARAMS, "params._meta's " MCP_META_LOG_LEVEL " is no level", NULL);
	if (!mcp_asks_take(server, message, origin.identity, &origin.answers, fault))
		return false;
	*ret_origin = origin;
	return true;
}

/* ---- requests --------------------------------------------------------------------------------------------------- */

bool mcp_modern_origin(const struct mcp_server *server, const struct sp_http_exchange *exchange, const json_t *message,
	struct mcp_origin *ret_origin, struct mcp_fault *fault)
{
	return has_capabilities(message, fault) && (!exchange || mcp_headers_agree(exchange, message, fault)) &&
		version_is_spoken(message, fault) && (!exchange || params_agree(server, exchange, message, fault)) &&
		find_origin(server, message, ret_origin, fault);
}

static void begin(struct mcp_server *server, struct sp_http_exchange *exchange, json_t *message,
	const struct mcp_origin *origin)
{
	struct mcp_reply *reply = mcp_http_reply_create(exchange, mcp_accept_of(exchange));

	if (reply) {
		mcp_request_begin(server, origin, message, reply);
		return;
	}
	json_decref(origin->answers);
	mcp_http_answer(exchange, 503, NULL, NULL);
}

void mcp_modern_post(struct mcp_server *server, struct sp_http_exchange *exchange, json_t *message)
{
	struct mcp_origin origin;
	struct mcp_fault fault;

	if (mcp_message_kind(message) != MCP_REQUEST) {
		mcp_http_answer_nothing(exchange, 202);
		return;
	}
	if (mcp_modern_origin(server, exchange, message, &origin, &fault))
		begin(server, exchange, message, &origin);
	else
		mcp_http_refuse_message(exchange, message, &fault);
}
