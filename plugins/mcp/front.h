/* front.h: what arrives over HTTP, sorted by method and era. */
#ifndef MCP_FRONT_H
#define MCP_FRONT_H

#include "http_reply.h"

/* Answers one HTTP request, now or later. */
void mcp_front(struct mcp_server *server, struct sp_http_exchange *exchange);

/* Go on with a POST of one era (message is borrowed), and with GET and DELETE, which only the older one has. */
void mcp_modern_post(struct mcp_server *server, struct sp_http_exchange *exchange, json_t *message);
void mcp_older_post(struct mcp_server *server, struct sp_http_exchange *exchange, json_t *message);
void mcp_older_get(struct mcp_server *server, struct sp_http_exchange *exchange);
void mcp_older_delete(struct mcp_server *server, struct sp_http_exchange *exchange);

/* Where a modern request comes from, if it says all that it must: the headers too, unless it came without any (exchange
 * NULL). False: *fault says what is wrong. */
bool mcp_modern_origin(const struct mcp_server *server, const struct sp_http_exchange *exchange, const json_t *message,
	struct mcp_origin *ret_origin, struct mcp_fault *fault);

#endif
