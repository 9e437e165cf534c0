/*
 * mcp_kit.h: a small client of MCP over HTTP, for both eras. Whatever message it receives is checked against what every
 * message must be; whatever fails fails the test.
 */
#ifndef TESTS_MCP_KIT_H
#define TESTS_MCP_KIT_H

#include "daemon_kit.h"

/* One HTTP request and what comes back. */
struct mcp_answer {
	int descriptor;
	int status;
	unsigned exchange; /* in the transcript */
	bool sent; /* a message, and not only a question for a page */
	bool events; /* it is a stream of events */
	char *text; /* all that has come so far */
	size_t size, at;
	char last_event[64]; /* the id of the latest event, "" for none */
};

/* Sends a request: fields are header lines, each with its end; body may be NULL. Answers when the head has come. */
void mcp_open(const struct test_daemon *daemon, const char *request_line, const char *fields, const char *body,
	struct mcp_answer *ret_answer);

/* Waits for the head of the answer to a request that was only sent. */
void mcp_await(struct mcp_answer *answer);

/* The next message, the caller's; NULL when there is none any more. */
json_t *mcp_next(struct mcp_answer *answer);

/* Whether the head has a line. */
bool mcp_has_field(const struct mcp_answer *answer, const char *line);

void mcp_close(struct mcp_answer *answer);

/* The value behind a path of keys and numbers, "result.tools.0.name", borrowed; NULL when there is none. */
const json_t *mcp_at(const json_t *message, const char *path);
const char *mcp_text_at(const json_t *message, const char *path);
json_int_t mcp_number_at(const json_t *message, const char *path);

/* Fails the test unless a message is one that every client takes. */
void mcp_check_message(const json_t *message);

/* A request; params is JSON text, NULL for none. */
json_t *mcp_request_new(json_int_t id, const char *method, const char *params);

/* An answer, which is stolen, is an error of that code. */
void mcp_expect_error(json_t *answer, json_int_t code);

/* Replaces a plugin that is shipped by the same. */
void mcp_replace(const struct test_daemon *daemon, const char *plugin);

/* ---- the older era ---- */

/* What only 2025-03-26 has: two requests, the second of which is answered later, and a notification. */
#define MCP_BATCH \
	"[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}," \
	"{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}," \
	"{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/call\",\"params\":" \
	"{\"name\":\"counter_increment_later\",\"arguments\":{\"after_ms\":5}}}]"

struct mcp_session_client {
	const struct test_daemon *daemon;
	char session[64];
	const char *version;
	json_int_t id; /* of the latest request */
};

/* Begins a session; capabilities is JSON text. The answer to initialize, the caller's. */
json_t *mcp_begin_session(struct mcp_session_client *client, const struct test_daemon *daemon, const char *version,
	const char *capabilities);

/* Sends a request of the session, without waiting for its answer, or until its head has come; params is JSON text, NULL
 * for none. */
void mcp_session_begin(struct mcp_session_client *client, const char *method, const char *params,
	struct mcp_answer *ret_answer);
void mcp_session_open(struct mcp_session_client *client, const char *method, const char *params,
	struct mcp_answer *ret_answer);

/* The same, and waits for its answer, the caller's. */
json_t *mcp_session_call(struct mcp_session_client *client, const char *method, const char *params);

/* Sends any body, or a GET or DELETE, in the session; its HTTP status. */
int mcp_session_send(struct mcp_session_client *client, const char *method, const char *body);

/* Listens, behind an event if there is one. */
void mcp_session_listen(struct mcp_session_client *client, const char *last_event, struct mcp_answer *ret_answer);

/* ---- the modern era ---- */

/* A request with all that the era demands in its body; meta is more of it, as JSON text, NULL for none. */
json_t *mcp_modern_new(json_int_t id, const char *method, const char *params, const char *meta);

/* Sends a request with all that the era demands, without waiting for its answer, or until its head has come; params and
 * meta (more of it) are JSON text, NULL for none. */
void mcp_modern_begin(const struct test_daemon *daemon, const char *method, const char *params, const char *meta,
	struct mcp_answer *ret_answer);
void mcp_modern_open(const struct test_daemon *daemon, const char *method, const char *params, const char *meta,
	struct mcp_answer *ret_answer);

/* The same, and waits for its answer, the caller's. */
json_t *mcp_modern_call(const struct test_daemon *daemon, const char *method, const char *params, const char *meta);

#endif
