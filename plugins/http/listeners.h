/* listeners.h: the addresses that the server listens on. */
#ifndef HTTP_LISTENERS_H
#define HTTP_LISTENERS_H

#include <signalpy/logger.h>
#include <signalpy/loop.h>

/* One address as it was asked for, "tls:" before it or not, and the listener for it. */
struct http_listener {
	struct http_listeners *listeners;
	char *address;
	char *bound; /* what is really listened on, in the same way */
	struct sp_listener *listener;
	bool secure; /* its connections are to be secured */
	bool wanted;
};

/* Begins as all zeroes apart from accept and user, which it listens with. loop is set before each call. */
struct http_listeners {
	const struct sp_loop *loop;
	void (*accept)(void *user, struct sp_stream *stream, const char *peer, bool secure);
	void *user;
	struct http_listener **items;
	const char **addresses; /* really listened on, as many as items */
	size_t count;
};

/* What to listen on. */
struct http_wish {
	const char *const *addresses;
	size_t count;
	bool is_default; /* nobody asked for just these: a machine that lacks one of them will do */
	const char *insecure; /* why connections cannot be secured; NULL: they can */
	bool again; /* it was tried before: what the machine lacks was told */
};

/*
 * Listens on what is wished and not listened on yet; then, if all of it is there, on nothing else any more. On failure
 * nothing was given up but what would have to be secured and cannot be, and *error names the first address that could
 * not be had. Where only "tls:" before an address comes or goes, the socket stays. Tells log what changes.
 */
sp_status http_listeners_change(struct http_listeners *listeners, struct http_wish wish, const struct sp_logger *log,
	struct sp_error *error);

/* Gives all up. */
void http_listeners_finish(struct http_listeners *listeners);

#endif
