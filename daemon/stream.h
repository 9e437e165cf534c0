/*
 * stream.h: the sockets of one loop: streams, and the listening sockets that are lent to those who ask.
 */
#ifndef DAEMON_STREAM_H
#define DAEMON_STREAM_H

#include "event_loop.h"

struct streams;
struct lent_sockets;

/* Makes the empty set of a loop; NULL and error without memory. Destroying closes at once whatever is open. */
struct streams *streams_create(struct sp_event_loop *loop, struct sp_error *error);
void streams_destroy(struct streams *streams);

/* A connection and whose it is. */
struct connection {
	int fd; /* non-blocking; the stream's from now on */
	const char *peer;
	sp_runtime *consumer;
	sp_accept accept;
	void *user;
};

/* Makes a stream of a connection and offers it to accept; it ends at once if it is not adopted. */
void streams_offer(struct streams *streams, const struct connection *connection);

/* The listening half, for the table of <signalpy/loop.h>. */
struct lent_sockets *lent_sockets_create(struct sp_event_loop *loop);
void lent_sockets_destroy(struct lent_sockets *sockets);

/* From now on sockets that the process was started with are lent, too. SP_NO_MEMORY. */
sp_status lent_sockets_inherit(struct lent_sockets *sockets);

/* Lends the socket of an address to a consumer; see sp_loop.listen. */
struct listening {
	const char *address;
	sp_runtime *consumer;
	sp_accept accept;
	void *user;
};
sp_status lent_sockets_listen(struct lent_sockets *sockets, const struct listening *listening,
	struct sp_listener **ret_listener, struct sp_error *error);

/* Whether an address could be lent; see sp_loop.check_address. */
sp_status lent_sockets_check(const struct lent_sockets *sockets, const char *address, struct sp_error *error);

/* As in <signalpy/loop.h>. */
const char *listener_address(const struct sp_loop *loop, const struct sp_listener *listener);

/* Ends a listener; listener_end, which is sp_loop.unlisten, accepts first who has connected and waits, since they would
 * go with the socket. */
void listener_destroy(struct sp_listener *listener);
void listener_end(const struct sp_loop *loop, struct sp_listener *listener);

#endif
