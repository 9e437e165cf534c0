/*
 * http.h: the contract of the HTTP server. A component asks for it with (one, sp_http, http) and mounts a handler on a
 * path prefix. Everything here is [loop].
 */
#ifndef SIGNALPY_HTTP_H
#define SIGNALPY_HTTP_H

#include <signalpy/value.h>

#ifdef __cplusplus
extern "C" {
#endif

struct sp_http_exchange;

/* One header field of a reply, or a request; borrowed. */
struct sp_http_field {
	const char *name, *value;
};

/*
 * One request and the reply to it. The handler is given it when the request is complete, body included. It replies
 * exactly once, now or later, at once or in pieces; until its end, or until gone is told, the exchange and all that is
 * read from it are valid.
 */
struct sp_http_exchange {
	uint32_t struct_size;
	const struct sp_http_exchange_ops *ops;
	const char *method; /* "POST" */
	const char *path; /* decoded and normalised, without the query; begins with the mount's prefix */
	const char *query; /* as sent, without the question mark; "" when absent */
	const char *peer; /* address of the client */
	sp_bytes body;
	const char *scheme; /* "https" when it came over TLS, else "http" */
};

/*
 * What an answer that is sent piece by piece tells its handler; each may be NULL. drained: the client has taken all
 * that was sent. leaving: the server goes down or is replaced, and waits for the answer's end; it should come soon.
 * may_stay: whether the client, by the header fields of its request, may still have the answer; asked twice a minute,
 * and soon after the provider of sp_auth has changed, or published auth.changed. If not, leaving is told, and what has
 * not ended by then is cut off. Of a route this is judged by what the route demands, and may_stay is not asked.
 */
struct sp_http_stream_events {
	uint32_t struct_size;
	void (*drained)(void *user);
	void (*leaving)(void *user);
	bool (*may_stay)(void *user);
};

struct sp_http_exchange_ops {
	uint32_t struct_size;
	/* A request header's value by its case-insensitive name; several are joined by ", ". NULL when absent. */
	const char *(*header)(const struct sp_http_exchange *exchange, const char *name);
	/* Answers: status, content type (NULL: no body), extra fields (ends with a NULL name; may be NULL), body
	 * (copied). */
	void (*reply)(struct sp_http_exchange *exchange, int status, const char *type,
		const struct sp_http_field *fields, sp_bytes body);
	/* gone(user) is told if the client goes before the reply; the exchange has ended then. */
	void (*on_gone)(struct sp_http_exchange *exchange, void (*gone)(void *user), void *user);

	/*
	 * An answer in pieces, instead of reply: begin sends the head, send one piece after the other (copied), end the
	 * end. The exchange is valid until then, or until gone is told. A client of HTTP/1.1 is sent chunks (RFC 9112,
	 * 7.1), an older one all until the connection closes. send answers how many bytes the client has not taken yet:
	 * a handler that sees many should wait for drained. Who takes nothing for as long as an idle connection may
	 * live is cut off, and gone is told. Without memory the connection ends likewise. on_stream (events is borrowed
	 * until the exchange has ended) may be called at any time before the end.
	 */
	void (*begin)(struct sp_http_exchange *exchange, int status, const char *type,
		const struct sp_http_field *fields);
	size_t (*send)(struct sp_http_exchange *exchange, sp_bytes piece);
	void (*end)(struct sp_http_exchange *exchange);
	void (*on_stream)(struct sp_http_exchange *exchange, const struct sp_http_stream_events *events, void *user);

	/* What stands in the path where the route has {name}; "" when it has no such part, and on a mount. Valid as
	 * long as the exchange. */
	const char *(*part)(const struct sp_http_exchange *exchange, const char *name);
	/* On a route: the name of whoever asks, as an auth provider knows it by its token; "" for nobody. Valid
	 * likewise. */
	const char *(*caller)(const struct sp_http_exchange *exchange);
};

typedef void (*sp_http_handler)(void *user, struct sp_http_exchange *exchange);

/* One route, as the row (route, ...) makes it; it must live as long as it is mounted. */
struct sp_http_route {
	uint32_t struct_size;
	const char *name; /* of the row */
	const char *method; /* "GET": a GET route answers HEAD too */
	const char *
		path; /* "/shelf/{name}": a part in braces stands for one segment that is not empty; "/shelf/" for all below */
	/* A status below 0 is answered as an error, with what sp_fail said, unless the handler has begun to answer. */
	sp_status (*run)(void *self, struct sp_http_exchange *exchange);
	const char *action, *role; /* what the caller must be granted, as for a runnable; may be NULL */
	bool open; /* to everybody, even where auth.required is set: the handler judges for itself who sends */
	int64_t max_body; /* bytes, else 413; 0: http.limits.body alone, which holds in any case */
};

struct sp_http {
	struct sp_service service;

	/* Gives every request whose path is prefix, or goes on below it (prefix ends with "/"), to handler; the longest
	 * prefix wins. The mount stands in the consumer's ledger, with the line if sp_here is
	 * put in front, which takes it away at its end; its replacement, an instance of the same name, takes it over.
	 * SP_CONFLICT when another component has that prefix, SP_INVALID, SP_NO_MEMORY. */
	sp_status (*mount)(const struct sp_http *http, const char *prefix, sp_http_handler handler, void *user);

	/* Takes the mount away; exchanges under way go on. */
	void (*unmount)(const struct sp_http *http, const char *prefix);

	/* The addresses really listened on; *ret_count of them, borrowed until the loop turns. Tracked. */
	const char *const *(*addresses)(const struct sp_http *http, size_t *ret_count);

	/*
	 * Mounts a route; what (route, ...) calls. Routes of several methods may share a path. Of several paths that
	 * fit a request the one with the most characters outside braces wins, mounts included. self is handed to
	 * route->run. In the ledger and in replacements it stands as a mount does, and what it has begun counts as a
	 * call in flight of the consumer, who is asked by leaving to end its streams, and is cut off when it ends.
	 * SP_CONFLICT when another component has the method on that path: *error names both, and an effect that asks
	 * runs again when a mount has gone. SP_INVALID, SP_NO_MEMORY.
	 */
	sp_status (*route)(const struct sp_http *http, const struct sp_http_route *route, void *self,
		struct sp_error *error);

	/* Takes the route away: it is given no more requests, and what it streams is told that it leaves. */
	void (*unroute)(const struct sp_http *http, const struct sp_http_route *route);
};
SP_CONTRACT(sp_http, "signalpy.http", 1);

#ifdef __cplusplus
}
#endif
#endif
