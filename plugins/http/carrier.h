/*
 * carrier.h: what secures connections: the service of the plugin tls that is there now, or a former one that still has
 * connections.
 */
#ifndef HTTP_CARRIER_H
#define HTTP_CARRIER_H

#include <signalpy/tls.h>

/* Ends with the last of its users: the server, while new connections are given to it, and those that it has. */
struct http_carrier {
	const struct sp_tls *tls;
	const struct sp_loop *loop; /* of the streams that are handed to tls */
	const struct sp_loop *streams; /* the functions of those that are got back */
	void (*end)(struct http_carrier *carrier); /* gives tls and loop back, and frees it */
	void *user;
	unsigned users; /* begins as 1 */
	bool leaving;
};

/* One user less; NULL is accepted. */
static inline void http_carrier_drop(struct http_carrier *carrier)
{
	if (carrier && --carrier->users == 0)
		carrier->end(carrier);
}

#endif
