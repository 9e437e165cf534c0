/* about.c: what the server says of itself: server/discover, initialize, ping. */
#include "asks.h"
#include "methods.h"
#include "session.h"
#include "tasks.h"

#include <string.h>

static json_t *info_new(const struct mcp_server *server)
{
	return json_pack("{s:s, s:s}", "name", server->settings.name, "version", server->settings.version);
}

/* session: of the older era, NULL in the modern one. */
static json_t *capabilities_new(const struct mcp_session *session)
{
	json_t *capabilities = json_pack("{s:{s:b}, s:{s:b}, s:{s:b, s:b}, s:{}}", "tools", "listChanged", 1, "prompts",
		"listChanged", 1, "resources", "listChanged", 1, "subscribe", 1, "completions");

	if (session)
		json_object_set_new(capabilities, "logging", json_object());
	else
		json_object_set_new(capabilities, "extensions", json_pack("{s:{}}", MCP_TASKS_EXTENSION));
	if (mcp_session_has_tasks(session))
		json_object_set_new(capabilities, "tasks",
			json_pack("{s:{}, s:{}, s:{s:{s:{}}}}", "list", "cancel", "requests", "tools", "call"));
	return capabilities;
}

static void discover(struct mcp_request *request)
{
	const struct mcp_server *server = request->server;
	json_t *result = json_pack("{s:o, s:o, s:s*, s:{s:o}}", "supportedVersions", mcp_versions_new(), "capabilities",
		capabilities_new(NULL), "instructions", server->settings.instructions, "_meta",
		"io.modelcontextprotocol/serverInfo", info_new(server));

	mcp_mark_cacheable(request, result);
	mcp_request_succeed(request, result);
}

/* An unknown version is answered with the newest of the era: the client decides whether it can live with that. */
static void initialize(struct mcp_request *request)
{
	const struct mcp_server *server = request->server;

	mcp_request_succeed(request,
		json_pack("{s:s, s:o, s:o, s:s*}", "protocolVersion", request->origin.session->version, "capabilities",
			capabilities_new(request->origin.session), "serverInfo", info_new(server), "instructions",
			server->settings.instructions));
}

static void ping(struct mcp_request *request)
{
	mcp_request_succeed(request, json_object());
}

const struct mcp_method mcp_methods_about[] = {
	{ "server/discover", false, true, discover },
	{ "initialize", true, false, initialize },
	{ "ping", true, false, ping },
	{ NULL, false, false, NULL },
};
