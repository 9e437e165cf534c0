/*
 * access.h: whether a request may come in at all. A page of a stranger that a browser shows can send requests to this
 * machine, under a name of the stranger's that was made to resolve to it; its Host or its Origin give it away.
 */
#ifndef HTTP_ACCESS_H
#define HTTP_ACCESS_H

#include "parse.h"

/* A list of texts that it owns; begins as all zeroes. */
struct http_texts {
	char **items;
	size_t count;
};

/* Appends a copy of size bytes; SP_NO_MEMORY. */
sp_status http_texts_add(struct http_texts *texts, const char *text, size_t size);

/* Replaces all by copies; SP_NO_MEMORY, and then it stays as it was. */
sp_status http_texts_set(struct http_texts *texts, const char *const *items, size_t count);

void http_texts_finish(struct http_texts *texts);

/* Begins as all zeroes: loopback alone. */
struct http_access {
	struct http_texts hosts; /* "name", "name:port" or "*"; empty: the default */
	struct http_texts origins; /* "https://name:port" or "*"; empty: the default */
	struct http_texts bound; /* the hosts listened on */
	bool every_address; /* it listens on all of the machine's addresses */
};

/* Replaces the hosts listened on by those of "127.0.0.1:8080", "tls:[::]:443", "unix:/path" ... SP_NO_MEMORY, and then
 * some may not be known. */
sp_status http_access_bind(struct http_access *access, const char *const *addresses, size_t count);

/* NULL when the request may come in, else why not; the text lies in message. data is the request's first byte. */
const char *http_access_refuse(const struct http_access *access, const struct http_head *head, const char *data,
	char message[static 240]);

void http_access_finish(struct http_access *access);

#endif
