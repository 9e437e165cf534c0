/*
 * lines.h: MCP by lines (its transport "stdio"): one message a line, both ways, in both eras. A conversation has at
 * most one session of the older era, which ends with it.
 */
#ifndef MCP_LINES_H
#define MCP_LINES_H

#include "server.h"

#include <signalpy/conversations.h>

/* Begins a conversation, or goes on with one that another instance of the server has left; NULL without memory. */
struct mcp_lines *mcp_lines_open(struct mcp_server *server, struct sp_conversation *conversation);

/* The server that it is a conversation with. */
struct mcp_server *mcp_lines_server(const struct mcp_lines *lines);

/* Takes a line; NULL: one that was too long. */
void mcp_lines_take(struct mcp_lines *lines, const char *line, size_t size);

/* The client says no more: what it asked is still answered, but for what would not end by itself. */
void mcp_lines_end(struct mcp_lines *lines);

/* The conversation has ended: everything in it is cancelled. */
void mcp_lines_destroy(struct mcp_lines *lines);

/* Tells the client something that belongs to no request. */
void mcp_lines_tell(struct mcp_lines *lines, const json_t *message);

/* Keeps with the conversation what a next instance must know of its session; false without memory. */
bool mcp_lines_remember(struct mcp_lines *lines, const json_t *kept);

/* The next instance tells clients from now on; what is under way is still answered here. */
void mcp_lines_leave(struct mcp_server *server);

#endif
