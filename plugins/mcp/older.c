/* older.c: the era of sessions, over HTTP. */
#include "batch.h"
#include "caller.h"
#include "front.h"
#include "methods.h"
#include "session.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void refuse(struct sp_http_exchange *exchange, int http, int code, const char *message)
{
	mcp_http_refuse(exchange, &(struct mcp_fault){ .http = http, .code = code, .message = message }, NULL);
}

/* ---- whose request is it? --------------------------------------------------------------------------------------- */

static bool version_is_spoken(struct sp_http_exchange *exchange)
{
	const char *version = exchange->ops->header(exchange, "MCP-Protocol-Version");

	if (!version || mcp_version_is_spoken(MCP_OLDER, version))
		return true;
	mcp_http_refuse(exchange,
		&(struct mcp_fault){ .http = 400,
			.code = MCP_INVALID_REQUEST,
			.message = "the MCP-Protocol-Version header names a version that is not spoken here",
			.data = json_pack("{s:o, s:s}", "supported", mcp_versions_new(), "requested", version) },
		NULL);
	return false;
}

/* The session of an exchange; NULL when it was refused. */
static struct mcp_session *session_of(struct mcp_server *server, struct sp_http_exchange *exchange)
{
	const char *id = exchange->ops->header(exchange, "Mcp-Session-Id");
	struct mcp_session *session = id ? mcp_session_find(server, id) : NULL;

	if (session && strcmp(session->caller, mcp_caller_name(server)) != 0)
		session = NULL; /* another's */
	if (!version_is_spoken(exchange))
		return NULL;
	if (!id)
		refuse(exchange, 400, MCP_INVALID_REQUEST,
			"the Mcp-Session-Id header is missing; begin with initialize");
	else if (!session)
		refuse(exchange, 404, MCP_SESSION_NOT_FOUND,
			"there is no such session any more; begin with initialize");
	return session;
}

/* ---- messages --------------------------------------------------------------------------------------------------- */

static void on_notification(struct mcp_session *session, const json_t *message)
{
	const json_t *id = mcp_message_cancelled(message);
	struct mcp_request *request = id ? mcp_request_find(session->server, session, id) : NULL;

	if (request && strcmp(request->method, "initialize") != 0)
		mcp_request_cancel(request);
}

static void on_request(struct mcp_session *session, json_t *message, struct mcp_reply *reply)
{
	struct mcp_origin origin = mcp_session_origin(session);

	mcp_request_begin(session->server, &origin, message, reply);
}

static void begin_stream(struct mcp_session *session, struct sp_http_exchange *exchange, json_t *message,
	bool announces)
{
	struct mcp_stream *stream = mcp_stream_create(session, exchange);

	if (!stream) {
		mcp_http_answer(exchange, 503, NULL, NULL);
		return;
	}
	stream->announces = announces;
	on_request(session, message, &stream->reply);
}

static void initialize(struct mcp_server *server, struct sp_http_exchange *exchange, json_t *message)
{
	struct mcp_fault fault;
	struct mcp_session *session = mcp_session_create(server, NULL, json_object_get(message, "params"), &fault);

	if (session)
		begin_stream(session, exchange, message, true);
	else
		mcp_http_refuse(exchange, &fault, NULL);
}

/* Notifications and answers are taken at once. */
static void take_silent(struct mcp_session *session, const json_t *message)
{
	if (mcp_message_kind(message) == MCP_NOTIFICATION)
		on_notification(session, message);
	else
		mcp_session_take_answer(session, message);
}

static void on_batch_done(void *user, const json_t *answers)
{
	if (json_array_size(answers) == 0)
		mcp_http_answer_nothing(user, 202);
	else
		mcp_http_answer(user, 200, answers, NULL);
}

static void on_batch(struct mcp_session *session, struct sp_http_exchange *exchange, json_t *batch)
{
	int64_t most = session->server->settings.limits.batch;
	struct mcp_batch *collected;
	json_t *message;
	char why[80];
	size_t i;

	if (!mcp_session_has_batches(session)) {
		refuse(exchange, 400, MCP_INVALID_REQUEST, "there are no batches in this version of MCP");
		return;
	}
	if ((int64_t)json_array_size(batch) > most) {
		snprintf(why, sizeof why, "a batch may hold at most %" PRId64 " messages", most);
		refuse(exchange, 400, MCP_INVALID_REQUEST, why);
		return;
	}
	collected = mcp_batch_create(batch, on_batch_done, exchange);
	if (!collected) {
		mcp_http_answer(exchange, 503, NULL, NULL);
		return;
	}
	exchange->ops->on_gone(exchange, mcp_batch_forget, collected);
	json_array_foreach(batch, i, message)
		if (mcp_message_kind(message) == MCP_REQUEST)
			on_request(session, message, mcp_batch_reply(collected));
		else
			take_silent(session, message);
	mcp_batch_end(collected);
}

void mcp_older_post(struct mcp_server *server, struct sp_http_exchange *exchange, json_t *message)
{
	struct mcp_session *session;

	if (mcp_message_is_initialize(message)) {
		initialize(server, exchange, message);
		return;
	}
	session = session_of(server, exchange);
	if (!session)
		return;
	if (json_is_array(message)) {
		on_batch(session, exchange, message);
	} else if (mcp_message_kind(message) == MCP_REQUEST) {
		begin_stream(session, exchange, message, false);
	} else {
		mcp_http_answer_nothing(exchange, 202);
		take_silent(session, message);
	}
}

/* ---- GET and DELETE --------------------------------------------------------------------------------------------- */

static void listen(struct mcp_session *session, struct sp_http_exchange *exchange)
{
	const char *last_event = exchange->ops->header(exchange, "Last-Event-ID");
	struct mcp_stream *stream;

	if (last_event && mcp_stream_resume(session, exchange, last_event))
		return;
	if (last_event && !mcp_stream_was_there(session, last_event)) {
		refuse(exchange, 400, MCP_INVALID_REQUEST, "the Last-Event-ID is none of this session");
		return;
	}
	stream = mcp_stream_create(session, exchange);
	if (stream)
		mcp_stream_listen(stream);
	else
		mcp_http_answer(exchange, 503, NULL, NULL);
}

void mcp_older_get(struct mcp_server *server, struct sp_http_exchange *exchange)
{
	struct mcp_session *session;

	if (!exchange->ops->header(exchange, "Mcp-Session-Id")) {
		mcp_http_refuse(exchange,
			&(struct mcp_fault){ .http = 405,
				.code = MCP_INVALID_REQUEST,
				.message = "without a session there is nothing to listen to; use POST" },
			"POST");
		return;
	}
	if (!mcp_accept_of(exchange).events) {
		refuse(exchange, 406, MCP_INVALID_REQUEST, "the Accept header must name text/event-stream");
		return;
	}
	session = session_of(server, exchange);
	if (session)
		listen(session, exchange);
}

void mcp_older_delete(struct mcp_server *server, struct sp_http_exchange *exchange)
{
	struct mcp_session *session = session_of(server, exchange);

	if (!session)
		return;
	mcp_session_end(session);
	mcp_http_answer_nothing(exchange, 204);
}

/* ---- methods that only sessions have ---------------------------------------------------------------------------- */

/* Answers when a next instance of the server will know of the change. */
static void succeed_kept(struct mcp_request *request)
{
	mcp_request_succeed(request, mcp_session_keep(request->origin.session) ? json_object() : NULL);
}

static void set_level(struct mcp_request *request)
{
	if (mcp_level_of(json_string_value(json_object_get(request->params, "level")),
		    &request->origin.session->log_level))
		succeed_kept(request);
	else
		mcp_refuse(request, "params.level is no level of logging/setLevel", NULL);
}

static const char no_uri[] = "params.uri is missing: it is the URI of a resource";

static void subscribe(struct mcp_request *request)
{
	const struct mcp_limits *limits = &request->server->settings.limits;
	const json_t *resources = request->origin.session->resources;
	const char *uri = json_string_value(json_object_get(request->params, "uri"));
	bool known = uri && json_object_get(resources, uri);

	if (!uri)
		mcp_refuse(request, no_uri, NULL);
	else if (!known && (int64_t)json_object_size(resources) >= limits->subscriptions)
		mcp_refuse(request, "this session subscribes to too many resources; unsubscribe from some", NULL);
	else if (strlen(uri) > (size_t)limits->uri)
		mcp_refuse(request, "params.uri is too long", NULL);
	else if (json_object_set_new(request->origin.session->resources, uri, json_true()) == 0)
		succeed_kept(request);
	else
		mcp_request_succeed(request, NULL);
}

static void unsubscribe(struct mcp_request *request)
{
	const char *uri = json_string_value(json_object_get(request->params, "uri"));

	if (!uri) {
		mcp_refuse(request, no_uri, NULL);
		return;
	}
	json_object_del(request->origin.session->resources, uri);
	succeed_kept(request);
}

const struct mcp_method mcp_methods_sessions[] = {
	{ "logging/setLevel", true, false, set_level },
	{ "resources/subscribe", true, false, subscribe },
	{ "resources/unsubscribe", true, false, unsubscribe },
	{ NULL, false, false, NULL },
};
