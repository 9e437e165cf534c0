/* http_reply.c: messages as answers of HTTP. */
#define _GNU_SOURCE /* asprintf */
#include "http_reply.h"

#include "caller.h"
#include "changes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct http_reply {
	struct mcp_reply reply;
	struct sp_http_exchange *exchange;
	struct mcp_accept accept;
	bool streams, waited; /* waited: for a while, without a word */
	bool busy; /* its end is taken note of later */
};

/* ---- what is accepted ------------------------------------------------------------------------------------------- */

/* Whether one media range of an Accept header, of size characters, covers a type. */
static bool covers(const char *range, size_t size, const char *type)
{
	size_t slash = strcspn(type, "/") + 1;

	if (size == 3 && strncmp(range, "*/*", 3) == 0)
		return true;
	if (size == slash + 1 && range[slash] == '*' && strncasecmp(range, type, slash) == 0)
		return true;
	return size == strlen(type) && strncasecmp(range, type, size) == 0;
}

static bool accepts(const char *accept, const char *type)
{
	while (*accept) {
		size_t size;

		accept += strspn(accept, " \t,");
		size = strcspn(accept, " \t,;");
		if (covers(accept, size, type))
			return true;
		accept += strcspn(accept, ",");
	}
	return false;
}

struct mcp_accept mcp_accept_of(const struct sp_http_exchange *exchange)
{
	const char *accept = exchange->ops->header(exchange, "Accept");

	if (!accept)
		return (struct mcp_accept){ true, true };
	return (struct mcp_accept){ accepts(accept, "application/json"), accepts(accept, "text/event-stream") };
}

/* ---- answers ---------------------------------------------------------------------------------------------------- */

static void send_text(struct sp_http_exchange *exchange, int status, const struct sp_http_field *fields, sp_bytes text)
{
	exchange->ops->reply(exchange, status, "application/json", fields, text);
}

/* What is refused for want of room may be asked for again. */
static const struct sp_http_field later[] = { { "Retry-After", "1" }, { NULL, NULL } };

static bool is_for_later(int status)
{
	return status == 429 || status == 503;
}

static void send_message(struct sp_http_exchange *exchange, int status, const struct sp_http_field *fields,
	const json_t *message)
{
	static const char no_memory[] =
		"{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32603,\"message\":\"out of memory\"}}";
	char room[4096], *text = NULL;
	size_t size = message ? json_dumpb(message, room, sizeof room, JSON_COMPACT) : 0;

	if (size > 0 && size <= sizeof room) {
		send_text(exchange, status, fields, (sp_bytes){ room, size });
		return;
	}
	text = size ? json_dumps(message, JSON_COMPACT) : NULL;
	if (text)
		send_text(exchange, status, fields, (sp_bytes){ text, strlen(text) });
	else
		send_text(exchange, 503, later, (sp_bytes){ no_memory, sizeof no_memory - 1 });
	free(text);
}

void mcp_http_answer(struct sp_http_exchange *exchange, int status, const json_t *message, const char *session)
{
	struct sp_http_field fields[] = { { session ? "Mcp-Session-Id" : NULL, session }, { NULL, NULL } };

	send_message(exchange, status, is_for_later(status) ? later : fields, message);
}

void mcp_http_answer_with(struct sp_http_exchange *exchange, int status, const json_t *message,
	const struct sp_http_field *fields)
{
	send_message(exchange, status, fields, message);
}

void mcp_http_answer_text(struct sp_http_exchange *exchange, const char *text, size_t size)
{
	send_text(exchange, 200, NULL, (sp_bytes){ text, size });
}

void mcp_http_answer_nothing(struct sp_http_exchange *exchange, int status)
{
	exchange->ops->reply(exchange, status, NULL, NULL, (sp_bytes){ NULL, 0 });
}

void mcp_http_refuse(struct sp_http_exchange *exchange, const struct mcp_fault *fault, const char *allow)
{
	struct sp_http_field fields[] = { { allow ? "Allow" : NULL, allow }, { NULL, NULL } };
	json_t *message = mcp_error_new(NULL, fault->code, fault->message, fault->data);

	send_message(exchange, fault->http, is_for_later(fault->http) ? later : fields, message);
	json_decref(message);
}

void mcp_http_refuse_message(struct sp_http_exchange *exchange, const json_t *message, const struct mcp_fault *fault)
{
	const json_t *id = json_object_get(message, "id");
	bool answerable = json_is_string(id) || json_is_integer(id);
	json_t *error = mcp_error_new(answerable ? id : NULL, fault->code, fault->message, fault->data);

	mcp_http_answer(exchange, fault->http, error, NULL);
	json_decref(error);
}

/* ---- events ----------------------------------------------------------------------------------------------------- */

void mcp_http_begin_events(struct sp_http_exchange *exchange, const char *session)
{
	struct sp_http_field fields[] = { { "Cache-Control", "no-cache, no-transform" }, { "X-Accel-Buffering", "no" },
		{ session ? "Mcp-Session-Id" : NULL, session }, { NULL, NULL } };

	exchange->ops->begin(exchange, 200, "text/event-stream", fields);
}

size_t mcp_http_send_text_event(struct sp_http_exchange *exchange, const char *id, const char *text)
{
	char *event = NULL;
	size_t unsent = 0;
	int size = asprintf(&event, "%s%s%sevent: message\ndata: %s\n\n", id ? "id: " : "", id ? id : "",
		id ? "\n" : "", text);

	if (size < 0)
		return 0;
	unsent = exchange->ops->send(exchange, (sp_bytes){ event, (size_t)size });
	free(event);
	return unsent;
}

size_t mcp_http_send_event(struct sp_http_exchange *exchange, const char *id, const json_t *message)
{
	char *text = message ? json_dumps(message, JSON_COMPACT) : NULL;
	size_t unsent = text ? mcp_http_send_text_event(exchange, id, text) : 0;

	free(text);
	return unsent;
}

/* ---- a reply ---------------------------------------------------------------------------------------------------- */

static struct http_reply *of(struct mcp_reply *reply)
{
	return (struct http_reply *)reply; /* its first member */
}

static void begin_events(struct http_reply *reply)
{
	if (!reply->streams)
		mcp_http_begin_events(reply->exchange, NULL);
	reply->streams = true;
}

/* Sends; the connection may end meanwhile, which is taken note of after it. */
static void send_piece(struct http_reply *reply, const json_t *message, const char *comment)
{
	size_t unsent = 0;

	reply->busy = true;
	begin_events(reply);
	if (reply->exchange && message)
		unsent = mcp_http_send_event(reply->exchange, NULL, message);
	else if (reply->exchange && comment)
		unsent = reply->exchange->ops->send(reply->exchange, (sp_bytes){ comment, strlen(comment) });
	reply->busy = false;
	if (!reply->exchange || unsent > (size_t)reply->reply.request->server->settings.limits.unread)
		mcp_request_cancel(reply->reply.request);
}

static void http_send(struct mcp_reply *reply, const json_t *message)
{
	if (of(reply)->accept.events)
		send_piece(of(reply), message, NULL);
}

static void http_finish(struct mcp_reply *reply_at, int http, const json_t *message)
{
	struct http_reply *reply = of(reply_at);

	reply->busy = true;
	if (!reply->accept.json && http == 200)
		begin_events(reply);
	if (!reply->streams && (http == 401 || http == 403))
		mcp_caller_deny(reply->reply.request->server, reply->exchange, http, message);
	else if (!reply->streams)
		mcp_http_answer(reply->exchange, http, message, NULL);
	else if (reply->exchange)
		mcp_http_send_event(reply->exchange, NULL, message);
	if (reply->streams && reply->exchange)
		reply->exchange->ops->end(reply->exchange);
	free(reply);
}

static bool http_finish_text(struct mcp_reply *reply_at, const char *text, size_t size)
{
	struct http_reply *reply = of(reply_at);

	if (reply->streams || !reply->accept.json)
		return false;
	reply->busy = true;
	mcp_http_answer_text(reply->exchange, text, size);
	free(reply);
	return true;
}

/* Whoever cancelled it may still have the exchange open: nothing is answered
 * (MCP 2025-11-25, "Cancellation"). */
static void http_abandon(struct mcp_reply *reply_at)
{
	struct http_reply *reply = of(reply_at);

	reply->busy = true;
	if (reply->exchange && reply->streams)
		reply->exchange->ops->end(reply->exchange);
	else if (reply->exchange)
		mcp_http_answer_nothing(reply->exchange, 202);
	free(reply);
}

/* In the modern era a server asks by its answers. */
static bool http_asks(const struct mcp_reply *reply SP_UNUSED)
{
	return false;
}

/* An answer that takes long becomes a stream, for whose sake proxies go on waiting. */
static void http_keep_alive(struct mcp_reply *reply)
{
	bool waited = of(reply)->waited || of(reply)->streams;

	of(reply)->waited = true;
	if (waited && of(reply)->accept.events)
		send_piece(of(reply), NULL, ": keepalive\n\n");
}

static const char *http_header(const struct mcp_reply *reply_at, const char *name)
{
	const struct http_reply *reply = (const struct http_reply *)reply_at;

	return reply->exchange ? reply->exchange->ops->header(reply->exchange, name) : NULL;
}

static const struct mcp_reply_ops http_reply_ops = { http_send, http_finish, http_abandon, http_asks, http_keep_alive,
	http_finish_text, http_header };

static void on_gone(void *user)
{
	struct http_reply *reply = user;

	reply->exchange = NULL;
	if (!reply->busy)
		mcp_request_cancel(reply->reply.request);
}

/* A subscription has no end of its own that the server could wait for. */
static void on_leaving(void *user)
{
	mcp_subscription_end(((struct http_reply *)user)->reply.request);
}

/* A call that was let in goes on. */
static bool may_stay(void *user)
{
	const struct http_reply *reply = user;
	const struct mcp_request *request = reply->reply.request;

	return !request->filter || !reply->exchange || mcp_caller_may_stay(request->server, reply->exchange);
}

static const struct sp_http_stream_events stream_events = { sizeof stream_events, NULL, on_leaving, may_stay };

struct mcp_reply *mcp_http_reply_create(struct sp_http_exchange *exchange, struct mcp_accept accept)
{
	struct http_reply *reply = calloc(1, sizeof *reply);

	if (!reply)
		return NULL;
	reply->reply.ops = &http_reply_ops;
	reply->exchange = exchange;
	reply->accept = accept;
	exchange->ops->on_gone(exchange, on_gone, reply);
	exchange->ops->on_stream(exchange, &stream_events, reply);
	return &reply->reply;
}
