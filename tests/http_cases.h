/*
 * http_cases.h: what hostile and careless clients send, and what must come back. One table for tests over streams in
 * memory and over sockets. The server that is tested serves / and all below it with 200, echoing the body, and has the
 * limits http_case_limits.
 */
#ifndef TESTS_HTTP_CASES_H
#define TESTS_HTTP_CASES_H

#include "../plugins/http/limits.h"

struct http_case {
	const char *name;
	const char *input; /* its first part */
	size_t size;
	size_t fill; /* how often the byte 'a' follows */
	const char *rest; /* and what follows that; NULL: nothing */
	const char *statuses; /* of the answers, in order; "" for none */
	bool closes; /* the server ends the connection */
};

/* Ends with a NULL name. */
extern const struct http_case http_cases[];

extern const struct http_limits http_case_limits;

#endif
