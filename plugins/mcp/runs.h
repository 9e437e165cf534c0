/* runs.h: what runs for a task at the moment: a request whose reply is the task's record. */
#ifndef MCP_RUNS_H
#define MCP_RUNS_H

#include "tasks.h"

struct mcp_run {
	struct mcp_reply reply; /* the first member */
	struct mcp_run *previous, *next; /* in the server */
	struct mcp_server *server;
	json_t *record;
	struct mcp_reply *first; /* of the request that makes the task, until its tool has been called; else NULL */
};

/* Makes a run of a record, which it references; NULL without memory. It ends, and frees itself, with its request. */
struct mcp_run *mcp_run_create(struct mcp_server *server, json_t *record);

/* From now on a request answers into the run's record, and belongs to no session. */
void mcp_run_take(struct mcp_run *run, struct mcp_request *request);

/* The run of a record, NULL when there is none here; and the one whose reply it is. */
struct mcp_run *mcp_run_of(const struct mcp_server *server, const json_t *record);
struct mcp_run *mcp_run_behind(struct mcp_reply *reply);

/* Answers the request of an id with the task that was made of it. */
void mcp_task_announce(const struct mcp_server *server, struct mcp_reply *reply, const json_t *id, const json_t *record,
	enum mcp_era era);

/* Tells a task's status to whoever wants to know, once its client knows the task; where another instance serves, that
 * one tells it. */
void mcp_task_tell(struct mcp_server *server, json_t *record);

/* Ends a task with an error that its tool has not made. */
void mcp_task_fail(struct mcp_server *server, json_t *record, const char *why);

/* Answers a request that waits for a task with what the task came to, or asks what the task asks; or does nothing
 * yet. */
void mcp_task_answer_waiting(struct mcp_request *request);

#endif
