/* task_methods.h: what subscriptions share with the methods of tasks. */
#ifndef MCP_TASK_METHODS_H
#define MCP_TASK_METHODS_H

#include "tasks.h"

/* Whether the client of a request of the modern era takes tasks; refused if not. */
bool mcp_tasks_are_taken(struct mcp_request *request);

/* Those of an array of names that are tasks of the request's owner, as a new array. */
json_t *mcp_tasks_known_new(const struct mcp_request *request, const json_t *names);

#endif
