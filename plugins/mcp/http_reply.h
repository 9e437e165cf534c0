/* http_reply.h: a reply that is the answer of an HTTP request: JSON, or a stream of events once something comes
 * before. */
#ifndef MCP_HTTP_REPLY_H
#define MCP_HTTP_REPLY_H

#include "server.h"

#include <signalpy/http.h>

/* What a client takes, by its Accept header; without one it takes both. */
struct mcp_accept {
	bool json, events;
};
struct mcp_accept mcp_accept_of(const struct sp_http_exchange *exchange);

/* Makes a reply of an exchange that has not been answered. When the client goes, its request is cancelled. NULL without
 * memory. */
struct mcp_reply *mcp_http_reply_create(struct sp_http_exchange *exchange, struct mcp_accept accept);

/* Answers with a JSON message, borrowed (NULL: memory ran out), or with nothing; session is the value of an
 * Mcp-Session-Id header or NULL, fields are others. */
void mcp_http_answer(struct sp_http_exchange *exchange, int status, const json_t *message, const char *session);
void mcp_http_answer_with(struct sp_http_exchange *exchange, int status, const json_t *message,
	const struct sp_http_field *fields);
void mcp_http_answer_text(struct sp_http_exchange *exchange, const char *text, size_t size);
void mcp_http_answer_nothing(struct sp_http_exchange *exchange, int status);

/* Answers with an error without an id, whose data is stolen; allow is the value of an Allow header or NULL. */
void mcp_http_refuse(struct sp_http_exchange *exchange, const struct mcp_fault *fault, const char *allow);

/* Answers a message with an error of its id, if it has one that can be answered; data is stolen. */
void mcp_http_refuse_message(struct sp_http_exchange *exchange, const json_t *message, const struct mcp_fault *fault);

/* Sends a message, or its text, as an event of a stream that has begun; id is its id, or NULL. Answers how many bytes
 * the client has not taken; without memory nothing is sent. */
size_t mcp_http_send_event(struct sp_http_exchange *exchange, const char *id, const json_t *message);
size_t mcp_http_send_text_event(struct sp_http_exchange *exchange, const char *id, const char *text);

/* Begins a stream of events; session as above. */
void mcp_http_begin_events(struct sp_http_exchange *exchange, const char *session);

#endif
