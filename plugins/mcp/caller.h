/* caller.h: who sends an HTTP request, and what those are told who may not (RFC 6750, RFC 9728). */
#ifndef MCP_CALLER_H
#define MCP_CALLER_H

#include "http_reply.h"

/* Finds out who sends a request: server->caller until it is read, NULL for nobody. False when its credentials are
 * wrong, or are missing and everybody needs some (auth.required); it is answered then. */
bool mcp_caller_find(struct mcp_server *server, struct sp_http_exchange *exchange);

/* Whether that who has sent one, and is still answered, would still be let in. */
bool mcp_caller_may_stay(const struct mcp_server *server, const struct sp_http_exchange *exchange);

/* A copy, which the caller frees; NULL without memory. */
struct sp_identity *mcp_caller_copy_new(const struct sp_identity *identity);

/* The name of the caller; "" for nobody. */
const char *mcp_caller_name(const struct mcp_server *server);

/* Answers with a JSON message, borrowed, and how to get an identity that may; status is 401 or 403. */
void mcp_caller_deny(const struct mcp_server *server, struct sp_http_exchange *exchange, int status,
	const json_t *message);

/* Tells where tokens are to be had; 404 when the configuration does not say. */
void mcp_caller_metadata(const struct mcp_server *server, struct sp_http_exchange *exchange);

#endif
