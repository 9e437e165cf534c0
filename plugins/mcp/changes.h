/* changes.h: telling clients that what is offered, or a resource, has changed. */
#ifndef MCP_CHANGES_H
#define MCP_CHANGES_H

#include "server.h"

/* Takes what is offered now, and tells whoever asked to be told which lists have changed. False: memory ran out, and
 * the former lists stay. */
bool mcp_changes_take(struct mcp_server *server);

/* Tells whoever subscribed to a resource that it has changed. */
void mcp_changes_tell_resource(struct mcp_server *server, const char *uri);

/* Tells whoever subscribed to a task of its status. */
void mcp_changes_tell_task(struct mcp_server *server, const json_t *record);

/* Ends a subscription of the modern era in good order; other requests stay as they are. */
void mcp_subscription_end(struct mcp_request *request);

/* Ends every subscription of the modern era in good order. */
void mcp_changes_end(struct mcp_server *server);

#endif
