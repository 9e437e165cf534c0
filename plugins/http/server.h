/*
 * server.h: the connections of one HTTP server. It knows streams (<signalpy/loop.h>) and whom to ask for an answer, and
 * nothing else of the daemon, so that it can be tested with streams in memory.
 */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include "access.h"
#include "addresses.h"
#include "buffer.h"
#include "carrier.h"
#include "reply.h"

#include <signalpy/loop.h>

struct http_connection;
struct http_walk; /* see connection.h */

/* What the server asks of its owner. */
struct http_server_owner {
	/* The loop whose streams these are; asked for in each callback. */
	const struct sp_loop *(*loop)(void *user);
	/* Milliseconds of a clock that never goes back. */
	int64_t (*now)(void *user);
	/* Gives a request to the handler that is mounted on its path; false when there is none. */
	bool (*dispatch)(void *user, struct sp_http_exchange *exchange);
	/* Whether one thing more, or less, is under way that must end before the server may be closed. */
	void (*work)(void *user, bool begins);
	/* A route that had a connection's request has it no more: it was answered, or the connection has ended. */
	void (*let_go)(void *user, struct http_connection *connection);
	/* Whether the client of an answer in pieces may still have it. */
	bool (*may_stay)(void *user, struct http_connection *connection);
	void *user;
};

/* Begins as all zeroes apart from owner and limits. */
struct http_server {
	const struct sp_loop *loop; /* while a callback is under way */
	struct http_server_owner owner;
	struct http_limits limits;
	struct http_access access;
	struct http_carrier *carrier; /* of connections that are to be secured; NULL: none can be */
	bool leaving; /* each answer is the last of its connection */
	bool lingers; /* leaving is work, until the last connection has gone */

	int64_t now; /* when the loop last entered a connection */
	struct http_connection *connections;
	struct http_walk *walks; /* over these, under way; the innermost first */
	int64_t connection_count;
	uint64_t round; /* of asking which clients may stay */
	struct http_addresses addresses; /* that they come from */
	struct http_date date;
	struct http_spares spares;
	/* What is about to be written to one connection, so that a request costs one write. */
	struct http_buffer output;
	struct http_connection *output_for;
};

/* Takes over a connection that was just accepted; beyond the limit it is answered 503 and closed. */
void http_server_accept(struct http_server *server, struct sp_stream *stream, const char *peer);

/* The same for one that is to be secured; if it cannot be, or beyond the limit, it is closed. */
void http_server_accept_secure(struct http_server *server, struct sp_stream *stream, const char *peer);

/* From now on connections are secured by this carrier, which is taken over (NULL: none can be). What the former one
 * secures is left as if the server left. */
void http_server_carry(struct http_server *server, struct http_carrier *carrier);

/* From now on each answer is the last of its connection, and one that is idle is given a last moment to ask. */
void http_server_leave(struct http_server *server);

/* Asks of some answers in pieces, of which that was not asked in this round, whether their clients may still have them,
 * and ends those that may not be had any more. How many there were; *ret_more: there may be more. */
int http_server_ask_streams(struct http_server *server, bool *ret_more);

/* Ends every connection: requests that wait for their answer get 503, idle connections are closed. */
void http_server_close(struct http_server *server);

/* Frees what the server has; it has no connections any more. */
void http_server_finish(struct http_server *server);

#endif
