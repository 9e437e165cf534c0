/* server.c: which connections there are, how a new one begins and how all end. */
#include "connection.h"

#include <stdio.h>
#include <stdlib.h>

static void link_connection(struct http_server *server, struct http_connection *connection)
{
	connection->next = server->connections;
	if (connection->next)
		connection->next->previous = connection;
	server->connections = connection;
	server->connection_count++;
}

static size_t take_nothing(void *user SP_UNUSED, struct sp_stream *stream SP_UNUSED, const char *data SP_UNUSED,
	size_t size)
{
	return size;
}

static void hear_nothing(void *user SP_UNUSED, struct sp_stream *stream SP_UNUSED)
{
}

static void close_nothing(void *user SP_UNUSED, struct sp_stream *stream SP_UNUSED, sp_status why SP_UNUSED)
{
}

/* Answers a client that there is no room for. */
static void turn_away(struct http_server *server, struct sp_stream *stream, const char *why)
{
	static const struct sp_stream_events nothing = { sizeof nothing, take_nothing, hear_nothing, hear_nothing,
		close_nothing };
	static const struct sp_http_field later[] = { { "Retry-After", "1" }, { NULL, NULL } };
	char json[256];
	size_t size = http_error_json(json, sizeof json, "unavailable", why);
	struct http_reply reply = { .status = 503,
		.type = "application/json",
		.fields = later,
		.body = { json, size },
		.close = true };
	struct http_buffer output = http_spares_take(&server->spares);

	server->loop->adopt(server->loop, stream, &nothing, NULL);
	if (http_reply_write(&output, &reply, &server->date, time(NULL)))
		server->loop->write(server->loop, stream, output.data, output.size);
	server->loop->close(server->loop, stream);
	http_spares_give(&server->spares, &output);
}

/* NULL when there is no room; *ret_why says why. */
static struct http_connection *connection_new(struct http_server *server, const char *peer, const char **ret_why)
{
	bool full = server->connection_count >= server->limits.connections;
	struct http_address *address = NULL;
	struct http_connection *connection = NULL;

	server->loop = server->owner.loop(server->owner.user);
	if (!full)
		address = http_addresses_take(&server->addresses, peer, server->limits.connections_per_address);
	if (address)
		connection = calloc(1, sizeof *connection);
	if (!connection) {
		http_addresses_give(&server->addresses, address);
		*ret_why = full ? "too many connections; try again later"
				: "too many connections from your address; close some, or try again later";
		return NULL;
	}
	connection->address = address;
	connection->exchange.struct_size = sizeof connection->exchange;
	connection->exchange.ops = &http_exchange_ops;
	connection->exchange.peer = connection->peer;
	connection->exchange.scheme = "http";
	connection->phase = HTTP_IDLE;
	connection->server = server;
	snprintf(connection->peer, sizeof connection->peer, "%s", peer);
	return connection;
}

static void begin(struct http_connection *connection, struct sp_stream *stream)
{
	struct http_server *server = connection->server;
	const struct sp_loop *loop = http_connection_loop(connection);

	connection->stream = stream;
	link_connection(server, connection);
	http_connection_enter(connection);
	connection->since = server->now;
	(void)sp_here(server->loop);
	loop->adopt(loop, stream, &http_connection_events, connection);
	http_connection_leave(connection);
}

void http_server_accept(struct http_server *server, struct sp_stream *stream, const char *peer)
{
	const char *why;
	struct http_connection *connection = connection_new(server, peer, &why);

	if (connection)
		begin(connection, stream);
	else
		turn_away(server, stream, why);
}

/* ---- connections that are secured -------------------------------------------------------------------------------- */

static bool secure(struct http_connection *connection, struct sp_stream *stream, struct sp_stream **ret_secured)
{
	struct http_carrier *carrier = connection->server->carrier;

	if (!carrier ||
		carrier->tls->secure(carrier->tls, carrier->loop, stream, connection->peer, ret_secured) != SP_OK)
		return false;
	carrier->users++;
	connection->carrier = carrier;
	connection->exchange.scheme = "https";
	connection->phase = HTTP_OPENING;
	return true;
}

/* To refuse it by an answer one would have to agree on TLS first, which costs more than there is. */
void http_server_accept_secure(struct http_server *server, struct sp_stream *stream, const char *peer)
{
	const char *why;
	struct http_connection *connection = connection_new(server, peer, &why);
	struct sp_stream *secured;

	if (connection && secure(connection, stream, &secured)) {
		begin(connection, secured);
		return;
	}
	if (connection)
		http_addresses_give(&server->addresses, connection->address);
	free(connection);
	server->loop->abort(server->loop, stream);
}

static void tell_leaving(struct http_connection *connection)
{
	http_connection_enter(connection);
	http_pieces_tell_leaving(connection);
	http_connection_leave(connection);
}

void http_server_carry(struct http_server *server, struct http_carrier *carrier)
{
	struct http_carrier *former = server->carrier;
	struct http_connection *connection;
	struct http_walk walk;

	server->carrier = carrier;
	if (!former)
		return;
	former->leaving = true;
	http_walk_begin(&walk, server);
	while ((connection = http_walk_next(&walk)))
		if (connection->carrier == former)
			tell_leaving(connection);
	http_walk_end(&walk, server);
	http_carrier_drop(former);
}

/* ---- the end ---------------------------------------------------------------------------------------------------- */

void http_server_leave(struct http_server *server)
{
	struct http_connection *connection;
	struct http_walk walk;

	if (server->leaving)
		return;
	server->leaving = true;
	server->lingers = server->connections != NULL;
	if (server->lingers)
		server->owner.work(server->owner.user, true);
	http_walk_begin(&walk, server);
	while ((connection = http_walk_next(&walk)))
		tell_leaving(connection);
	http_walk_end(&walk, server);
}

/* What its handler does not end when it is asked to, is cut off. */
static void end_stream(struct http_connection *connection)
{
	http_connection_enter(connection);
	http_pieces_tell_leaving(connection);
	if (connection->phase == HTTP_STREAMING)
		http_connection_end(connection, false);
	http_connection_leave(connection);
}

int http_server_ask_streams(struct http_server *server, bool *ret_more)
{
	enum { AT_ONCE = 8 };
	struct http_connection *connection;
	struct http_walk walk;
	int asked = 0, ended = 0;

	http_walk_begin(&walk, server);
	while (asked < AT_ONCE && (connection = http_walk_next(&walk))) {
		if (connection->asked == server->round || connection->phase != HTTP_STREAMING)
			continue;
		connection->asked = server->round;
		asked++;
		if (server->owner.may_stay(server->owner.user, connection))
			continue;
		end_stream(connection);
		ended++;
	}
	http_walk_end(&walk, server);
	*ret_more = walk.next != NULL;
	return ended;
}

void http_server_close(struct http_server *server)
{
	struct http_connection *connection;

	server->leaving = true;
	while ((connection = server->connections)) {
		http_connection_enter(connection);
		if (connection->gone)
			connection->gone(connection->gone_user);
		connection->gone = NULL;
		if (connection->phase > HTTP_IDLE && connection->phase != HTTP_STREAMING)
			http_exchange_refuse(connection, 503, "the server is going down; try again later");
		http_connection_end(connection, false);
		http_connection_leave(connection);
	}
}

void http_server_finish(struct http_server *server)
{
	http_spares_finish(&server->spares);
	http_buffer_finish(&server->output);
	http_access_finish(&server->access);
}
