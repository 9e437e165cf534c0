/* pieces.c: an answer that is sent piece by piece. */
#include "connection.h"

#include <string.h>

static struct http_connection *connection_of(struct sp_http_exchange *exchange)
{
	return (struct http_connection *)exchange; /* its first member */
}

void http_pieces_begin(struct sp_http_exchange *exchange, int status, const char *type,
	const struct sp_http_field *fields)
{
	struct http_connection *connection = connection_of(exchange);
	struct http_server *server = connection->server;
	bool chunked = connection->head.minor > 0;
	struct http_reply reply = { .status = status,
		.type = type,
		.fields = fields,
		.open = true,
		.chunked = chunked };

	if (connection->phase != HTTP_ANSWERING)
		return;
	if (status < 200 || status > 599)
		reply.status = 500;
	if (!type || strpbrk(type, "\r\n"))
		reply.type = "application/octet-stream";
	http_connection_enter(connection);
	connection->keep = connection->keep && !http_connection_leaves(connection) && chunked;
	connection->phase = HTTP_STREAMING;
	connection->since = server->now;
	reply.close = !connection->keep;
	if (!http_reply_write(http_connection_output(connection), &reply, &server->date, time(NULL)))
		http_connection_end(connection, true);
	http_connection_leave(connection);
}

static bool write_piece(struct http_connection *connection, sp_bytes piece)
{
	struct http_buffer *output = http_connection_output(connection);

	if (connection->head.minor > 0)
		return http_chunk_write(output, piece);
	return http_buffer_append(output, piece.data, piece.size);
}

size_t http_pieces_send(struct sp_http_exchange *exchange, sp_bytes piece)
{
	struct http_connection *connection = connection_of(exchange);
	size_t queued;

	if (connection->phase != HTTP_STREAMING || connection->head_only)
		return 0;
	http_connection_enter(connection);
	if (!write_piece(connection, piece))
		http_connection_end(connection, true);
	queued = http_connection_flush(connection);
	connection->filled = queued > 0;
	http_connection_leave(connection);
	return queued;
}

void http_pieces_end(struct sp_http_exchange *exchange)
{
	struct http_connection *connection = connection_of(exchange);
	bool chunked = connection->head.minor > 0 && !connection->head_only;

	if (connection->phase != HTTP_STREAMING)
		return;
	http_connection_enter(connection);
	if (chunked && !http_chunks_end(http_connection_output(connection)))
		http_connection_end(connection, true);
	else
		http_exchange_done(connection, connection->keep && !http_connection_leaves(connection));
	http_connection_leave(connection);
}

void http_pieces_watch(struct sp_http_exchange *exchange, const struct sp_http_stream_events *events, void *user)
{
	struct http_connection *connection = connection_of(exchange);

	connection->events = events;
	connection->events_user = user;
}

void http_pieces_tell_drained(struct http_connection *connection)
{
	const struct sp_http_stream_events *events = connection->events;

	if (!connection->filled || http_connection_flush(connection) > 0)
		return;
	connection->filled = false;
	if (events && events->drained)
		events->drained(connection->events_user);
}

void http_pieces_tell_leaving(struct http_connection *connection)
{
	const struct sp_http_stream_events *events = connection->events;

	if (connection->phase >= HTTP_ANSWERING && events && events->leaving)
		events->leaving(connection->events_user);
}
