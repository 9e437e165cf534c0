/* front.c: sorts what arrives over HTTP. */
#include "front.h"

#include "caller.h"

#include <string.h>
#include <strings.h>

static bool is_json(const char *type)
{
	static const char json[] = "application/json";
	size_t size = sizeof json - 1;

	return type && strncasecmp(type, json, size) == 0 && strchr("; \t", type[size]);
}

static void refuse(struct sp_http_exchange *exchange, int http, int code, const char *message)
{
	mcp_http_refuse(exchange, &(struct mcp_fault){ .http = http, .code = code, .message = message }, NULL);
}

static void sort_message(struct mcp_server *server, struct sp_http_exchange *exchange, json_t *message)
{
	struct mcp_fault fault;

	switch (mcp_message_era(message, exchange->ops->header(exchange, "MCP-Protocol-Version"), &fault)) {
	case MCP_MODERN:
		mcp_modern_post(server, exchange, message);
		break;
	case MCP_OLDER:
		mcp_older_post(server, exchange, message);
		break;
	case MCP_FAULTY:
		mcp_http_refuse_message(exchange, message, &fault);
		break;
	}
}

static void on_post(struct mcp_server *server, struct sp_http_exchange *exchange)
{
	struct mcp_accept accept = mcp_accept_of(exchange);
	struct mcp_unread why;
	json_t *message;

	if (!is_json(exchange->ops->header(exchange, "Content-Type"))) {
		refuse(exchange, 415, MCP_INVALID_REQUEST, "the Content-Type must be application/json");
		return;
	}
	if (!accept.json && !accept.events) {
		refuse(exchange, 406, MCP_INVALID_REQUEST,
			"the Accept header must name application/json and text/event-stream");
		return;
	}
	message = mcp_message_read_new(exchange->body.data, exchange->body.size, &why);
	if (message)
		sort_message(server, exchange, message);
	else
		refuse(exchange, 400, MCP_PARSE_ERROR, why.text);
	json_decref(message);
}

/* In the modern era there is nothing but POST. */
static bool is_modern(const struct sp_http_exchange *exchange)
{
	const char *version = exchange->ops->header(exchange, "MCP-Protocol-Version");

	return version && mcp_version_is_spoken(MCP_MODERN, version);
}

static void refuse_method(struct sp_http_exchange *exchange, const char *allow)
{
	mcp_http_refuse(exchange,
		&(struct mcp_fault){ .http = 405, .code = MCP_INVALID_REQUEST, .message = "use POST" }, allow);
}

static void sort_method(struct mcp_server *server, struct sp_http_exchange *exchange)
{
	if (strcmp(exchange->method, "POST") == 0)
		on_post(server, exchange);
	else if (is_modern(exchange))
		refuse_method(exchange, "POST");
	else if (strcmp(exchange->method, "GET") == 0)
		mcp_older_get(server, exchange);
	else if (strcmp(exchange->method, "DELETE") == 0)
		mcp_older_delete(server, exchange);
	else
		refuse_method(exchange, "POST, GET, DELETE");
}

void mcp_front(struct mcp_server *server, struct sp_http_exchange *exchange)
{
	if (mcp_caller_find(server, exchange))
		sort_method(server, exchange);
	server->caller = NULL;
}
