/* http_kit.h: an HTTP server over streams in memory. */
#ifndef TESTS_HTTP_KIT_H
#define TESTS_HTTP_KIT_H

#include "../plugins/http/server.h"
#include "http_answers.h"

/* What the handler of the kit has seen, and shall do. */
struct http_kit {
	struct fake_streams fake;
	struct http_server server;
	bool answers_later; /* keeps the exchange in pending */
	bool serves_nothing; /* nothing is mounted */
	bool nobody_stays; /* whose answer is sent in pieces */
	struct sp_http_exchange *pending;
	unsigned requests, gone, works, asked;
	char method[64], path[2048], query[2048];
	int status; /* answers this, 200 at first */
	const struct sp_http_field *fields; /* with these */
};

/* Begins with http_case_limits. Finishing closes what is left; the test fails if memory or work was left behind. */
void http_kit_init(struct http_kit *kit);
void http_kit_finish(struct http_kit *kit);

/* A connection from 127.0.0.1. */
struct sp_stream *http_kit_connect(struct http_kit *kit);

/* Answers the pending exchange. */
void http_kit_answer(struct http_kit *kit, const char *body);

#endif
