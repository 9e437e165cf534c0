/*
 * control_connection.h: one client of the control socket: lines in, lines out, and how much of either it may cause.
 */
#ifndef DAEMON_CONTROL_CONNECTION_H
#define DAEMON_CONTROL_CONNECTION_H

#include "control.h"
#include "control_peer.h"
#include "shared_text.h"

#include <signalpy/gateway.h>
#include <sys/queue.h>

struct connection;
struct control_log;
struct exchange;
struct watch;
LIST_HEAD(exchange_list, exchange);
LIST_HEAD(watch_list, watch);

/* The control socket as its connections see it. */
struct control {
	struct control_options options;
	const struct sp_loop *sockets;
	struct control_socket *socket;
	uid_t owner;
	gid_t group;
	char *group_name; /* NULL: there is no group */
	struct control_log *log; /* while the log is, or was, watched */
	sp_trace_watch *trace; /* while a trace is kept for whoever will look at it */
	LIST_HEAD(connection_list, connection) connections;
	unsigned connection_count;
};

/* Told of each connection that the socket accepts; user is the control. */
void connection_accept(void *user, struct sp_stream *stream, const char *peer);

/* Ends a connection: calls in flight are cancelled, what cannot be is left to end by itself. */
void connection_destroy(struct connection *connection);

struct control *connection_control(const struct connection *connection);
const struct control_limits *connection_limits(const struct connection *connection);
const struct peer *connection_peer(const struct connection *connection);

/* In whose name the next call is; borrowed until the one after that. Its roles are those that the configuration
 * gives. */
const struct sp_identity *connection_identity(struct connection *connection);

/* The configuration has changed, and with it perhaps the roles. */
void connection_forget_roles(struct connection *connection);

/* What an exchange began and ended on it, and what it watches. */
struct exchange_list *connection_exchanges(struct connection *connection);
struct watch_list *connection_watches(struct connection *connection);

/* Gives the connection to a conversation of that name, whose lines are read from the next on. SP_CONFLICT when more
 * than the one exchange that asks for it is under way, SP_UNAVAILABLE when nobody speaks it, SP_NO_MEMORY. */
sp_status connection_converse(struct connection *connection, const char *name, struct sp_error *error);

/* The connection after this one (NULL: the first) of a control; NULL behind the last. */
struct connection *connection_next(const struct control *control, const struct connection *connection);

/* Where the next line is written. A line is begun before and ended after it, which sends it, soon or at once. Begin
 * answers NULL when nothing may be written any more: the client did not read, and is being cut. */
struct text *connection_begin_line(struct connection *connection);
void connection_end_line(struct connection *connection);

/* An exchange has begun, or ended: too many at once, and no more lines are read for a while. */
void connection_count_exchange(struct connection *connection, int change);

#endif
