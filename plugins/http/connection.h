/*
 * connection.h: one connection of the HTTP server, and the exchange that is under way on it. Private to server.c,
 * connection.c, exchange.c, pieces.c and routes.c.
 */
#ifndef HTTP_CONNECTION_H
#define HTTP_CONNECTION_H

#include "chunks.h"
#include "server.h"

/* Before the first request over TLS; between requests; in the head or the body of one; waiting for the handler's reply,
 * or for the end of it. */
enum http_phase { HTTP_OPENING, HTTP_IDLE, HTTP_HEAD, HTTP_BODY, HTTP_ANSWERING, HTTP_STREAMING };

struct http_header_text; /* a text that was made for the handler */
struct http_mount;

struct http_connection {
	struct sp_http_exchange exchange;
	struct http_server *server;
	struct http_carrier *carrier; /* NULL: it is not secured */
	struct sp_stream *stream; /* NULL when it has ended */
	struct http_connection *previous, *next;
	struct http_address *address; /* in whose count it is */
	enum http_phase phase;
	int64_t since; /* when the phase began */
	int64_t alarm; /* when the stream's deadline is due */
	int64_t requests;
	uint64_t asked; /* the round in which it was asked whether its client may stay */
	size_t unsent; /* what of its answers had not left at the last alarm */
	unsigned depth; /* callbacks that are under way; the connection is freed when the last of them returns */
	bool closing; /* the last answer is written */
	bool waiting; /* bytes have come that cannot be read yet */
	bool paused; /* the stream does not read */
	bool yields; /* it has had its turn, and is read on in the next */
	bool keep; /* the connection stays after this answer */
	bool head_only; /* the method is HEAD */
	bool at_work; /* the handler answers later */
	bool filled; /* pieces were sent that the client has not taken */

	struct http_head head;
	struct http_chunks chunks;
	struct http_buffer request; /* the head, and behind it the body */
	struct http_header_text *texts;
	struct http_mount *route; /* that has the request; NULL: what has it counts its requests itself */
	const char *pattern; /* the path of the route; NULL: none */
	const char *caller; /* who asks a route; NULL: nobody */
	void (*gone)(void *user);
	void *gone_user;
	const struct sp_http_stream_events *events; /* of an answer in pieces; may be NULL */
	void *events_user;
	char peer[64];
};

/* A walk over all connections. Whatever is done to one of them may end any: a handler that is asked to leave one answer
 * may end others too. It begins, and is ended, in the same function. */
struct http_walk {
	struct http_walk *outer;
	struct http_connection *next; /* moved on when that is unlinked */
};

static inline void http_walk_begin(struct http_walk *walk, struct http_server *server)
{
	*walk = (struct http_walk){ .outer = server->walks, .next = server->connections };
	server->walks = walk;
}

static inline struct http_connection *http_walk_next(struct http_walk *walk)
{
	struct http_connection *connection = walk->next;

	walk->next = connection ? connection->next : NULL;
	return connection;
}

static inline void http_walk_end(const struct http_walk *walk, struct http_server *server)
{
	server->walks = walk->outer;
}

/* What stands in sp_http_exchange.ops. */
extern const struct sp_http_exchange_ops http_exchange_ops;

/* What a stream tells its connection. */
extern const struct sp_stream_events http_connection_events;

/* The functions of its stream, while a callback is under way. */
static inline const struct sp_loop *http_connection_loop(const struct http_connection *connection)
{
	return connection->carrier ? connection->carrier->streams : connection->server->loop;
}

/* Whether its next answer is the last, since the server leaves, or what secures the connection. */
static inline bool http_connection_leaves(const struct http_connection *connection)
{
	return connection->server->leaving || (connection->carrier && connection->carrier->leaving);
}

/* Ends a connection that was entered: it is freed when that is left. Its handler is told that the client has gone, if
 * it still owes a reply. What was written is still sent, unless abort. */
void http_connection_end(struct http_connection *connection, bool abort);

/* Brackets whatever happens on a connection; brackets may nest. The outermost leave writes what was answered, ends the
 * connection when it must end, and sees to deadlines and back-pressure; the connection may be gone afterwards. */
void http_connection_enter(struct http_connection *connection);
void http_connection_leave(struct http_connection *connection);

/* Writes what was gathered for an entered connection; answers how many bytes its client has not taken. */
size_t http_connection_flush(struct http_connection *connection);

/* The buffer for output of this connection; what was meant for another one is written first. */
struct http_buffer *http_connection_output(struct http_connection *connection);

/* Begins the request whose head was read from data. Either its body is awaited, or it was dispatched or refused. */
void http_exchange_begin(struct http_connection *connection, const char *data, bool body_has_come);

/* Refuses the request whose head, as far as it is in data, is wrong. */
void http_exchange_refuse_head(struct http_connection *connection, const char *data);

/* The request is complete: gives it to its handler, which may answer later. */
void http_exchange_dispatch(struct http_connection *connection);

/* Answers, once, whatever phase the request is in; with an error as every surface tells it. */
void http_exchange_answer(struct http_connection *connection, struct http_reply *reply);
void http_exchange_refuse(struct http_connection *connection, int status, const char *message);

/* The answer is written: the connection is there for the next request, or closes. */
void http_exchange_done(struct http_connection *connection, bool keep);

/* An answer in pieces: see sp_http_exchange_ops. */
void http_pieces_begin(struct sp_http_exchange *exchange, int status, const char *type,
	const struct sp_http_field *fields);
size_t http_pieces_send(struct sp_http_exchange *exchange, sp_bytes piece);
void http_pieces_end(struct sp_http_exchange *exchange);
void http_pieces_watch(struct sp_http_exchange *exchange, const struct sp_http_stream_events *events, void *user);

/* Tell the handler of such an answer that its client has taken all that was sent, or that the server leaves. */
void http_pieces_tell_drained(struct http_connection *connection);
void http_pieces_tell_leaving(struct http_connection *connection);

/* Keeps a text for as long as the exchange; NULL without memory. */
const char *http_exchange_keep(struct http_connection *connection, sp_bytes text);

/* Frees what the request needed. */
void http_exchange_release(struct http_connection *connection);

#endif
