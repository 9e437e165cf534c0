/* mounts.h: which handler serves which paths. */
#ifndef HTTP_MOUNTS_H
#define HTTP_MOUNTS_H

#include <signalpy/http.h>
#include <signalpy/kernel.h>

/* One mount, or route, of the instance consumer, in whose ledger it stands. */
struct http_mount {
	struct sp_ledger_entry entry;
	struct http_mounts *mounts;
	struct http_mount *next;
	sp_runtime *consumer;
	const struct sp_http_route *route; /* NULL: handler serves every method */
	sp_http_handler handler;
	void *user; /* the handler's, or the route's self */
	size_t weight; /* of two that fit, the heavier serves */
	unsigned uses; /* exchanges of a route that are under way */
	bool leaving; /* takes no more; it is there for its uses alone */
	char path[];
};

/* All mounts, the latest first; begins as all zeroes apart from gone. */
struct http_mounts {
	struct http_mount *first;
	/* A mount goes: nothing that refers to it may stay. Whoever was refused its path may have it now. */
	void (*gone)(void *user, struct http_mount *mount);
	void *user;
};

/* Mounts a handler, or a route; see sp_http. An instance takes over what one of its own name has, which it replaces. */
sp_status http_mounts_add(struct http_mounts *mounts, sp_runtime *consumer, const struct http_mount *what,
	const char *path, struct sp_error *error);

/* What a consumer has mounted on path, for that route (NULL: a handler); NULL when it has not. */
struct http_mount *http_mounts_of(const struct http_mounts *mounts, const sp_runtime *consumer, const char *path,
	const struct sp_http_route *route);

/* Takes a mount away. */
void http_mount_destroy(struct http_mount *mount);

/* The mount that serves a path. If it is a route, others of the same path may serve other methods: next goes on to
 * them. */
struct http_mount *http_mounts_find(const struct http_mounts *mounts, const char *path);
struct http_mount *http_mounts_next(const struct http_mount *mount);

void http_mounts_finish(struct http_mounts *mounts);

#endif
