/* mounts.h: which handler serves which paths. */
#ifndef HTTP_MOUNTS_H
#define HTTP_MOUNTS_H

#include <signalpy/http.h>
#include <signalpy/kernel.h>

/* One mount, of the instance consumer, in whose ledger it stands. */
struct http_mount {
	struct sp_ledger_entry entry;
	struct http_mounts *mounts;
	struct http_mount *next;
	sp_runtime *consumer;
	sp_http_handler handler;
	void *user;
	size_t size;
	char prefix[];
};

/* All mounts, the latest first; begins as all zeroes. */
struct http_mounts {
	struct http_mount *first;
};

/* Mounts; see sp_http.mount. An instance takes over the prefix of one of its own name, which it replaces. */
sp_status http_mounts_add(struct http_mounts *mounts, sp_runtime *consumer, const char *prefix, sp_http_handler handler,
	void *user);

/* Takes away what the consumer has mounted on prefix, if it has. */
void http_mounts_remove(struct http_mounts *mounts, const sp_runtime *consumer, const char *prefix);

/* Gives an exchange to the handler with the longest prefix; false when there is none. */
bool http_mounts_dispatch(struct http_mounts *mounts, struct sp_http_exchange *exchange);

void http_mounts_finish(struct http_mounts *mounts);

#endif
