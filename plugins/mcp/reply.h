/*
 * reply.h: where the messages that belong to one request go. Transports make replies: an answer of HTTP's as JSON or as
 * a stream of events, a line of a connection, a place in a batch. A reply is the request's until it is finished.
 */
#ifndef MCP_REPLY_H
#define MCP_REPLY_H

#include "message.h"

struct mcp_reply;

struct mcp_reply_ops {
	/* Sends a message that comes before the answer, borrowed; a reply that has no way for it leaves it out. */
	void (*send)(struct mcp_reply *reply, const json_t *message);
	/* Sends the answer, borrowed (NULL: memory ran out), and ends the reply, which frees itself. http is the status
	 * for those who have one. */
	void (*finish)(struct mcp_reply *reply, int http, const json_t *message);
	/* Ends the reply without an answer, because it was cancelled. */
	void (*abandon)(struct mcp_reply *reply);
	/* Whether the client can be asked something on it. */
	bool (*asks)(const struct mcp_reply *reply);
	/* Lets whoever stands between know that the connection lives, if need be by beginning to answer. */
	void (*keep_alive)(struct mcp_reply *reply);
	/* Does what finish does with an answer of status 200 that is text already, and says so; false: nothing has
	 * happened, the answer has to be sent by finish. NULL: always that. */
	bool (*finish_text)(struct mcp_reply *reply, const char *text, size_t size);
	/* A header of the HTTP request that is answered, borrowed until the end; NULL where there is none. NULL: there
	 * is no such request. */
	const char *(*header)(const struct mcp_reply *reply, const char *name);
};

struct mcp_reply {
	const struct mcp_reply_ops *ops;
	struct mcp_request *request; /* set when that begins */
};

#endif
