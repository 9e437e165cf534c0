/* fake_exchange.h: one HTTP request whose client is the test: what is answered is written down, and nothing is
 * parsed. */
#ifndef TESTS_FAKE_EXCHANGE_H
#define TESTS_FAKE_EXCHANGE_H

#include <signalpy/http.h>
#include <stdbool.h>

struct fake_exchange {
	struct sp_http_exchange exchange; /* the first member */
	const char *const *fields; /* names and values; NULL ends them */
	char sent[8192]; /* the answer, or its pieces so far */
	size_t unread; /* what the client says that it has not taken */
	int status; /* 0: no answer has begun */
	bool begun, ended; /* begun: an answer in pieces */
	void (*gone)(void *user); /* tells that the client has gone; NULL: nobody wants to know */
	void *user;
};

/* A request; body is text, NULL for none, and borrowed, as fields are. */
void fake_exchange_init(struct fake_exchange *fake, const char *method, const char *const *fields, const char *body);

/* The client goes. */
void fake_exchange_go(struct fake_exchange *fake);

/* What was sent since the last time is that, or has it somewhere. */
void fake_exchange_was_sent(struct fake_exchange *fake, const char *text);
void fake_exchange_was_told(struct fake_exchange *fake, const char *text);

#endif
