/* asks.h: what a runnable asks its caller, in the modern era: answered with, and gone on with by another request. */
#ifndef MCP_ASKS_H
#define MCP_ASKS_H

#include "server.h"

/* The answers that a request brings: those of its state, which must be one that this server gave for the same request
 * of the same caller, and the latest. A new object in *ret_answers, NULL when there are none. False: *fault says
 * why. */
bool mcp_asks_take(const struct mcp_server *server, const json_t *message, const struct sp_identity *identity,
	json_t **ret_answers, struct mcp_fault *fault);

/* What the capabilities that a client offers let a runnable ask for (enum sp_asks or-ed). */
unsigned mcp_asks_of(const json_t *offered);

/* Whether they say that an answer may be a task; and what says so, as the data of an error for those who do not,
 * new. */
bool mcp_tasks_offered(const json_t *offered);
json_t *mcp_tasks_required_new(void);

#endif
