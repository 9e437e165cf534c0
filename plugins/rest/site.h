/* site.h: what all of REST's answers share. */
#ifndef REST_SITE_H
#define REST_SITE_H

#include "answer.h"
#include "events.h"
#include "limits.h"

#include <signalpy/auth.h>
#include <signalpy/component.h>
#include <signalpy/config.h>
#include <signalpy/http.h>
#include <signalpy/introspection.h>

struct rest_call;

/* An answer that is kept until what it tells of has changed. */
struct rest_document {
	struct rest_text text;
	int64_t revision;
	bool made;
	char tag[24];
};

/* Part of the component; begins as all zeroes. */
struct rest_site {
	sp_runtime *rt;
	const struct sp_gateway *gateway;
	const struct sp_introspection *introspection;
	const struct sp_auth *auth; /* NULL: none is there */
	const struct sp_config *config; /* NULL: nobody tells */
	struct rest_limits limits;
	struct rest_text text; /* of the answer that is written */
	struct rest_call *calls, *spare;
	struct rest_document openapi;
	struct rest_events events;
};

/* Answers with the text. fields may be NULL. */
void rest_send(struct rest_site *site, struct sp_http_exchange *exchange, int status,
	const struct sp_http_field *fields);

/* Answers what a call came to. */
void rest_answer(struct rest_site *site, struct sp_http_exchange *exchange, const struct sp_answer *came);

/* Answers an error. There is memory for SP_NO_MEMORY at least. */
void rest_refuse(struct rest_site *site, struct sp_http_exchange *exchange, sp_status status, const char *message);
void rest_refuse_no_memory(struct sp_http_exchange *exchange);

/* Whether the method is the one that is allowed (for GET also HEAD); answers 405 when it is not. */
bool rest_is_post(struct rest_site *site, struct sp_http_exchange *exchange);
bool rest_is_get(struct rest_site *site, struct sp_http_exchange *exchange);

/* The first piece of a stream of events (WHATWG's text/event-stream), and what keeps it alive while there are none. */
void rest_stream_begin(struct sp_http_exchange *exchange);
void rest_stream_beat(struct sp_http_exchange *exchange);

#endif
