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

#endif
