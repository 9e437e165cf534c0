/* stream.c: events that a client may come back for. */
#include "stream.h"

#include "caller.h"
#include "session.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct mcp_stream *of(struct mcp_reply *reply)
{
	return (struct mcp_stream *)reply; /* its first member */
}

static const struct mcp_limits *limits_of(const struct mcp_session *session)
{
	return &session->server->settings.limits;
}

/* ---- life ------------------------------------------------------------------------------------------------------- */

static void unlink_stream(struct mcp_stream *stream)
{
	if (stream->previous)
		stream->previous->next = stream->next;
	else
		stream->session->streams = stream->next;
	if (stream->next)
		stream->next->previous = stream->previous;
}

void mcp_stream_leave(struct mcp_stream *stream)
{
	struct sp_http_exchange *exchange = stream->exchange;

	stream->exchange = NULL;
	if (!exchange)
		return;
	if (stream->begun)
		exchange->ops->end(exchange);
	else
		mcp_http_answer_nothing(exchange, 202);
}

static void count_kept(struct mcp_stream *stream, size_t more, size_t less)
{
	stream->kept_bytes += more - less;
	stream->session->kept_bytes += more - less;
}

/* Forgets the oldest event that is kept of a stream that has any. */
static void forget_event(struct mcp_stream *stream)
{
	count_kept(stream, 0, json_string_length(json_array_get(stream->kept, 0)));
	json_array_remove(stream->kept, 0);
}

void mcp_stream_destroy(struct mcp_stream *stream)
{
	mcp_stream_leave(stream);
	count_kept(stream, 0, stream->kept_bytes);
	unlink_stream(stream);
	json_decref(stream->kept);
	free(stream);
}

/* Of those that only wait for their clients to come back, the latest are kept. */
static void forget_oldest(struct mcp_session *session)
{
	struct mcp_stream *stream, *next;
	int64_t waiting = 0;

	for (stream = session->streams; stream; stream = next) {
		next = stream->next;
		if (!stream->exchange && !stream->reply.request && ++waiting > limits_of(session)->kept_streams)
			mcp_stream_destroy(stream);
	}
}

static void on_gone(void *user)
{
	struct mcp_stream *stream = user;

	stream->exchange = NULL;
}

/* What is listened to has no end of its own that the server could wait for; an answer has, and whom it does not reach
 * in time comes back. */
static void on_leaving(void *user)
{
	struct mcp_stream *stream = user;

	if (stream->listens)
		mcp_stream_leave(stream);
}

/* A call that was let in goes on. */
static bool may_stay(void *user)
{
	const struct mcp_stream *stream = user;

	return !stream->listens || !stream->exchange || mcp_caller_may_stay(stream->session->server, stream->exchange);
}

static const struct sp_http_stream_events connection_events = { sizeof connection_events, NULL, on_leaving, may_stay };

static void take_connection(struct mcp_stream *stream, struct sp_http_exchange *exchange)
{
	stream->exchange = exchange;
	stream->accept = mcp_accept_of(exchange);
	stream->begun = false;
	exchange->ops->on_gone(exchange, on_gone, stream);
	exchange->ops->on_stream(exchange, &connection_events, stream);
}

/* ---- events ----------------------------------------------------------------------------------------------------- */

static void send_event(struct mcp_stream *stream, uint64_t sequence, const char *text)
{
	char id[48];

	if (!stream->exchange)
		return;
	snprintf(id, sizeof id, "%" PRIu64 "-%" PRIu64, stream->number, sequence);
	if (mcp_http_send_text_event(stream->exchange, id, text) > (size_t)limits_of(stream->session)->unread)
		mcp_stream_leave(stream);
}

/* Clients since 2025-11-25 are given an id to come back with before anything has happened: no other event has it. */
static void send_first(struct mcp_stream *stream)
{
	char event[96];
	int size;

	if (!stream->exchange || strcmp(stream->session->version, "2025-11-25") < 0)
		return;
	size = snprintf(event, sizeof event, "id: %" PRIu64 "-%" PRIu64 "\nretry: 1000\ndata: \n\n", stream->number,
		stream->sequence);
	stream->exchange->ops->send(stream->exchange, (sp_bytes){ event, (size_t)size });
}

static void begin(struct mcp_stream *stream)
{
	stream->begun = true;
	mcp_http_begin_events(stream->exchange, stream->announces ? stream->session->id : NULL);
}

static void begin_anew(struct mcp_stream *stream)
{
	if (stream->begun)
		return;
	begin(stream);
	send_first(stream);
}

void mcp_stream_listen(struct mcp_stream *stream)
{
	stream->listens = true;
	begin_anew(stream);
}

/* The oldest stream of a session of which events are kept; there is one. */
static struct mcp_stream *oldest_keeping(const struct mcp_session *session)
{
	struct mcp_stream *oldest = NULL;

	for (struct mcp_stream *stream = session->streams; stream; stream = stream->next)
		if (json_array_size(stream->kept))
			oldest = stream;
	return oldest;
}

/* text is NULL without memory: then nothing before can be come back for either, since events are counted. */
static void keep(struct mcp_stream *stream, const char *text)
{
	const struct mcp_limits *limits = limits_of(stream->session);
	struct mcp_session *session = stream->session;

	if (!text || json_array_append_new(stream->kept, json_string(text)) != 0) {
		json_array_clear(stream->kept);
		count_kept(stream, 0, stream->kept_bytes);
		return;
	}
	count_kept(stream, strlen(text), 0);
	while ((int64_t)json_array_size(stream->kept) > limits->kept_events)
		forget_event(stream);
	while (session->kept_bytes > (size_t)limits->kept_bytes)
		forget_event(oldest_keeping(session));
}

void mcp_stream_push(struct mcp_stream *stream, const json_t *message)
{
	char *text = message ? json_dumps(message, JSON_COMPACT) : NULL;

	if (text && stream->exchange)
		begin_anew(stream);
	stream->sequence++;
	keep(stream, text);
	if (text)
		send_event(stream, stream->sequence, text);
	free(text);
}

void mcp_stream_keep_alive(struct mcp_stream *stream)
{
	static const char comment[] = ": keepalive\n\n";
	bool waited = stream->waited && stream->accept.events;

	stream->waited = true;
	if (stream->exchange && waited)
		begin_anew(stream);
	if (stream->exchange && stream->begun)
		stream->exchange->ops->send(stream->exchange, (sp_bytes){ comment, sizeof comment - 1 });
}

/* ---- coming back ------------------------------------------------------------------------------------------------ */

static struct mcp_stream *find(const struct mcp_session *session, uint64_t number)
{
	struct mcp_stream *stream = session->streams;

	while (stream && stream->number != number)
		stream = stream->next;
	return stream;
}

static void replay(struct mcp_stream *stream, uint64_t last)
{
	size_t count = json_array_size(stream->kept);

	for (size_t i = 0; i < count && stream->exchange; i++) {
		uint64_t sequence = stream->sequence - (count - 1 - i);

		if (sequence > last)
			send_event(stream, sequence, json_string_value(json_array_get(stream->kept, i)));
	}
}

static bool parse(const char *last_event, uint64_t *ret_number, uint64_t *ret_sequence)
{
	char *end;

	if (!isdigit((unsigned char)*last_event))
		return false;
	*ret_number = strtoull(last_event, &end, 10);
	if (*end != '-' || !isdigit((unsigned char)end[1]))
		return false;
	*ret_sequence = strtoull(end + 1, &end, 10);
	return !*end;
}

bool mcp_stream_was_there(const struct mcp_session *session, const char *last_event)
{
	uint64_t number, last;

	return parse(last_event, &number, &last) && number >> MCP_GENERATION_BITS && number <= session->streams_made &&
		!find(session, number);
}

bool mcp_stream_resume(struct mcp_session *session, struct sp_http_exchange *exchange, const char *last_event)
{
	uint64_t number, last;
	struct mcp_stream *stream;

	if (!parse(last_event, &number, &last))
		return false;
	stream = find(session, number);
	if (!stream || last > stream->sequence)
		return false;
	mcp_stream_leave(stream);
	take_connection(stream, exchange);
	begin(stream); /* its client has an id to come back with */
	replay(stream, last);
	if (stream->ended)
		mcp_stream_leave(stream);
	return true;
}

/* ---- a reply ---------------------------------------------------------------------------------------------------- */

static void stream_send(struct mcp_reply *reply, const json_t *message)
{
	if (of(reply)->accept.events)
		mcp_stream_push(of(reply), message);
}

static void stream_finish(struct mcp_reply *reply, int http, const json_t *message)
{
	struct mcp_stream *stream = of(reply);
	struct mcp_session *session = stream->session;

	stream->reply.request = NULL;
	if (stream->exchange && !stream->begun && (stream->accept.json || http != 200)) {
		if (http == 401 || http == 403)
			mcp_caller_deny(session->server, stream->exchange, http, message);
		else
			mcp_http_answer(stream->exchange, http, message, stream->announces ? session->id : NULL);
		stream->exchange = NULL;
		mcp_stream_destroy(stream);
		return;
	}
	mcp_stream_push(stream, message);
	stream->ended = true;
	mcp_stream_leave(stream);
	forget_oldest(session);
}

static bool stream_finish_text(struct mcp_reply *reply, const char *text, size_t size)
{
	struct mcp_stream *stream = of(reply);

	if (!stream->exchange || stream->begun || !stream->accept.json || stream->announces)
		return false;
	stream->reply.request = NULL;
	mcp_http_answer_text(stream->exchange, text, size);
	stream->exchange = NULL;
	mcp_stream_destroy(stream);
	return true;
}

static void stream_abandon(struct mcp_reply *reply)
{
	of(reply)->reply.request = NULL;
	mcp_stream_destroy(of(reply));
}

static bool stream_asks(const struct mcp_reply *reply)
{
	return ((const struct mcp_stream *)reply)->accept.events;
}

static void stream_keep_alive(struct mcp_reply *reply)
{
	mcp_stream_keep_alive(of(reply));
}

static const char *stream_header(const struct mcp_reply *reply, const char *name)
{
	const struct mcp_stream *stream = (const struct mcp_stream *)reply;

	return stream->exchange ? stream->exchange->ops->header(stream->exchange, name) : NULL;
}

static const struct mcp_reply_ops stream_ops = { stream_send, stream_finish, stream_abandon, stream_asks,
	stream_keep_alive, stream_finish_text, stream_header };

struct mcp_stream *mcp_stream_create(struct mcp_session *session, struct sp_http_exchange *exchange)
{
	struct mcp_stream *stream = calloc(1, sizeof *stream);

	if (!stream)
		return NULL;
	stream->kept = json_array();
	if (!stream->kept) {
		free(stream);
		return NULL;
	}
	stream->reply.ops = &stream_ops;
	stream->session = session;
	stream->number = ++session->streams_made;
	stream->next = session->streams;
	if (stream->next)
		stream->next->previous = stream;
	session->streams = stream;
	take_connection(stream, exchange);
	forget_oldest(session);
	return stream;
}
