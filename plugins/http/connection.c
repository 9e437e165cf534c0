/* connection.c: reads requests off a stream one after the other, with deadlines and back-pressure. */
#include "connection.h"

#include <stdlib.h>
#include <string.h>

enum {
	MOST_GATHERED = 65536, /* bytes of answers to pipelined requests that are written together */
	MOST_KEPT = 262144, /* bytes of the buffer for answers that are kept for the next ones */
	MOST_AT_ONCE = 4, /* requests that one connection has answered before others have their turn */
	LAST_MOMENT = 1000 /* milliseconds that an idle connection still has when the server leaves */
};

/* ---- writing ---------------------------------------------------------------------------------------------------- */

static size_t queued(const struct http_connection *connection)
{
	const struct sp_loop *loop = http_connection_loop(connection);

	return loop->queued(loop, connection->stream);
}

static void write_output(const struct http_connection *connection, sp_bytes output)
{
	const struct sp_loop *loop = http_connection_loop(connection);

	loop->write(loop, connection->stream, output.data, output.size);
}

/* Writes what was gathered for a connection, which may break it. */
static void flush_output(struct http_server *server)
{
	struct http_connection *connection = server->output_for;
	size_t size = server->output.size;

	server->output_for = NULL;
	server->output.size = 0;
	if (connection && connection->stream && size)
		write_output(connection, (sp_bytes){ server->output.data, size });
	if (server->output.capacity > MOST_KEPT)
		http_buffer_finish(&server->output);
}

size_t http_connection_flush(struct http_connection *connection)
{
	struct http_server *server = connection->server;

	if (server->output_for == connection)
		flush_output(server);
	return connection->stream ? queued(connection) : 0;
}

struct http_buffer *http_connection_output(struct http_connection *connection)
{
	struct http_server *server = connection->server;

	if (server->output_for != connection)
		flush_output(server);
	server->output_for = connection;
	return &server->output;
}

/* Whether the client takes too little of what it is sent. */
static bool is_choked(const struct http_connection *connection)
{
	return connection->stream && queued(connection) > (size_t)connection->server->limits.unread;
}

/* ---- ending ----------------------------------------------------------------------------------------------------- */

static void unlink_connection(struct http_connection *connection)
{
	struct http_server *server = connection->server;

	for (struct http_walk *walk = server->walks; walk; walk = walk->outer)
		if (walk->next == connection)
			walk->next = connection->next;
	if (connection->previous)
		connection->previous->next = connection->next;
	else
		server->connections = connection->next;
	if (connection->next)
		connection->next->previous = connection->previous;
	server->connection_count--;
	http_addresses_give(&server->addresses, connection->address);
	if (server->lingers && !server->connections) {
		server->lingers = false;
		server->owner.work(server->owner.user, false);
	}
}

void http_connection_end(struct http_connection *connection, bool abort)
{
	struct http_server *server = connection->server;
	void (*gone)(void *user) = connection->gone;
	const struct sp_loop *loop = http_connection_loop(connection);
	struct sp_stream *stream;

	if (server->output_for == connection && abort)
		server->output.size = 0;
	if (server->output_for == connection)
		flush_output(server);
	stream = connection->stream;
	if (!stream)
		return;
	connection->stream = NULL;
	connection->gone = NULL;
	if (abort)
		loop->abort(loop, stream);
	else
		loop->close(loop, stream);
	http_carrier_drop(connection->carrier);
	connection->carrier = NULL;
	unlink_connection(connection);
	if (gone)
		gone(connection->gone_user);
	http_exchange_release(connection);
}

/* ---- deadlines -------------------------------------------------------------------------------------------------- */

static int64_t patience(const struct http_connection *connection)
{
	const struct http_limits *limits = &connection->server->limits;

	switch (connection->phase) {
	case HTTP_OPENING:
	case HTTP_HEAD:
		return limits->header_ms;
	case HTTP_BODY:
		return limits->body_ms;
	case HTTP_IDLE:
	case HTTP_ANSWERING:
	case HTTP_STREAMING:
		break;
	}
	if (http_connection_leaves(connection) && !connection->closing && limits->idle_ms > LAST_MOMENT)
		return LAST_MOMENT;
	return limits->idle_ms;
}

/* A deadline that is already set and comes too early is left, and set anew when it comes: so requests that follow fast
 * cost none. */
static void set_deadline(struct http_connection *connection)
{
	int64_t now = connection->server->now;
	const struct sp_loop *loop = http_connection_loop(connection);
	int64_t due = connection->since + patience(connection);

	if (connection->alarm > now && connection->alarm <= due)
		return;
	connection->alarm = due > now ? due : now + 1;
	loop->deadline(loop, connection->stream, connection->alarm - now);
}

/* ---- entering and leaving --------------------------------------------------------------------------------------- */

void http_connection_enter(struct http_connection *connection)
{
	struct http_server *server = connection->server;

	if (connection->depth++)
		return;
	server->loop = server->owner.loop(server->owner.user);
	server->now = server->owner.now(server->owner.user);
}

/* Reads on or stops reading, as the connection needs it: who has had its turn is given what is left in the next. Comes
 * last: resuming may bring bytes at once. */
static void set_reading(struct http_connection *connection)
{
	const struct sp_loop *loop = http_connection_loop(connection);
	bool pause = is_choked(connection) || (connection->phase >= HTTP_ANSWERING && connection->waiting);

	if (pause == connection->paused && !connection->yields)
		return;
	if (pause || connection->yields)
		loop->pause(loop, connection->stream);
	connection->paused = pause;
	connection->yields = false;
	if (!pause)
		loop->resume(loop, connection->stream);
}

/* The last answer must have left before the stream is given up, which waits for that a moment only. */
static bool has_said_all(const struct http_connection *connection)
{
	return connection->closing && connection->stream && queued(connection) == 0;
}

void http_connection_leave(struct http_connection *connection)
{
	if (connection->depth > 1) {
		connection->depth--;
		return;
	}
	if (connection->server->output_for == connection)
		flush_output(connection->server);
	if (has_said_all(connection))
		http_connection_end(connection, false);
	connection->depth = 0;
	if (!connection->stream) {
		free(connection);
		return;
	}
	set_deadline(connection);
	set_reading(connection);
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

static size_t take_head(struct http_connection *connection, const char *data, size_t size)
{
	struct http_head *head = &connection->head;
	size_t used;

	switch (http_head_parse(head, &connection->server->limits, data, size)) {
	case HTTP_MORE:
		if (connection->phase <= HTTP_IDLE && http_head_begun(head, data, size)) {
			connection->phase = HTTP_HEAD;
			connection->since = connection->server->now;
		}
		return 0;
	case HTTP_WRONG:
		http_exchange_refuse_head(connection, data);
		return size;
	case HTTP_DONE:
		break;
	}
	used = head->size;
	http_exchange_begin(connection, data, size > used);
	return used;
}

static bool keep_content(struct http_connection *connection, sp_bytes content)
{
	if (http_buffer_append(&connection->request, content.data, content.size))
		return true;
	http_exchange_refuse(connection, 503, "there is no memory for the body");
	return false;
}

static size_t take_measured(struct http_connection *connection, const char *data, size_t size)
{
	size_t come = connection->request.size - connection->head.size;
	size_t left = (size_t)connection->head.length - come;

	if (size > left)
		size = left;
	if (keep_content(connection, (sp_bytes){ data, size }) && size == left)
		http_exchange_dispatch(connection);
	return size;
}

static size_t take_chunked(struct http_connection *connection, const char *data, size_t size)
{
	struct http_chunks *chunks = &connection->chunks;
	sp_bytes content;
	size_t used;

	switch (http_chunks_read(chunks, &connection->server->limits, (sp_bytes){ data, size }, &used, &content)) {
	case HTTP_MORE:
		keep_content(connection, content);
		break;
	case HTTP_WRONG:
		http_exchange_refuse(connection, chunks->fault.status, chunks->fault.message);
		return size;
	case HTTP_DONE:
		http_exchange_dispatch(connection);
		break;
	}
	return used;
}

static bool can_read(const struct http_connection *connection)
{
	return connection->stream && !connection->closing && connection->phase < HTTP_ANSWERING;
}

static size_t take(struct http_connection *connection, const char *data, size_t size)
{
	if (connection->phase != HTTP_BODY)
		return take_head(connection, data, size);
	if (connection->head.chunked)
		return take_chunked(connection, data, size);
	return take_measured(connection, data, size);
}

static size_t on_readable(void *user, struct sp_stream *stream SP_UNUSED, const char *data, size_t size)
{
	struct http_connection *connection = user;
	struct http_server *server = connection->server;
	size_t used = 0, taken = 1, requests = 0;

	http_connection_enter(connection);
	while (taken && used < size && can_read(connection) && !is_choked(connection)) {
		connection->yields = connection->phase != HTTP_BODY && requests++ == MOST_AT_ONCE;
		if (connection->yields)
			break;
		taken = take(connection, data + used, size - used);
		used += taken;
		if (server->output_for == connection && server->output.size > MOST_GATHERED)
			flush_output(server);
	}
	if (connection->closing || !connection->stream)
		used = size;
	connection->waiting = used < size;
	http_connection_leave(connection);
	return used;
}

/* ---- what else a stream tells ------------------------------------------------------------------------------------ */

static void on_drained(void *user, struct sp_stream *stream SP_UNUSED)
{
	http_connection_enter(user);
	http_pieces_tell_drained(user);
	http_connection_leave(user);
}

/* Whether the client has taken some of what was queued since this was last asked. */
static bool takes_answers(struct http_connection *connection)
{
	size_t unsent = connection->unsent;

	connection->unsent = queued(connection);
	return connection->unsent && connection->unsent != unsent;
}

/* Once TLS is agreed on, the first request has as much time to begin as any other. */
static void notice_opened(struct http_connection *connection)
{
	const struct sp_tls *tls = connection->carrier ? connection->carrier->tls : NULL;

	if (connection->phase == HTTP_OPENING && tls && tls->version(tls, connection->stream))
		connection->phase = HTTP_IDLE;
}

/* Whether there is nothing that the client should do: its handler has yet to answer, or to send more. */
static bool is_patient(struct http_connection *connection)
{
	if (connection->phase == HTTP_ANSWERING)
		return true;
	if (connection->phase != HTTP_IDLE && connection->phase != HTTP_STREAMING)
		return false;
	return takes_answers(connection) || (connection->phase == HTTP_STREAMING && !connection->unsent);
}

static void give_up(struct http_connection *connection)
{
	bool owes = connection->phase == HTTP_HEAD || connection->phase == HTTP_BODY;

	if (owes)
		http_exchange_refuse(connection, 408, "the request took too long to come");
	else if (queued(connection))
		http_connection_end(connection, true);
	connection->closing = true;
}

static void on_timed_out(void *user, struct sp_stream *stream SP_UNUSED)
{
	struct http_connection *connection = user;
	struct http_server *server = connection->server;

	http_connection_enter(connection);
	connection->alarm = 0;
	notice_opened(connection);
	if (is_patient(connection))
		connection->since = server->now;
	if (server->now - connection->since >= patience(connection))
		give_up(connection);
	http_connection_leave(connection);
}

/* A client that closes its side in the middle of a request is told so; one that waits for an answer has gone. Whether
 * it goes on taking what was answered would not be told. */
static void on_closed(void *user, struct sp_stream *stream SP_UNUSED, sp_status why)
{
	struct http_connection *connection = user;

	http_connection_enter(connection);
	if (why != SP_OK && why != SP_GONE)
		http_connection_end(connection, true);
	else if (connection->phase == HTTP_HEAD || connection->phase == HTTP_BODY)
		http_exchange_refuse(connection, 400, "the request ends before it is complete");
	http_connection_end(connection, false);
	http_connection_leave(connection);
}

const struct sp_stream_events http_connection_events = {
	.struct_size = sizeof http_connection_events,
	.readable = on_readable,
	.drained = on_drained,
	.timed_out = on_timed_out,
	.closed = on_closed,
};
