/*
 * task_calls.h: tools that are called as tasks. A call begins as one that a client waits for, and becomes a task when
 * that client takes tasks and has waited long enough, or asked for one; it ends with the answer of the tool, or with
 * questions, behind whose answers the tool is called again.
 */
#ifndef MCP_TASK_CALLS_H
#define MCP_TASK_CALLS_H

#include "tasks.h"

/* ---- beginning (task_calls.c) ---- */

/* Whether a tool may be called the way a request asks for it, as a task or not; refused if not. */
bool mcp_task_admits(struct mcp_request *request, const struct sp_exposed *exposed);

/* Calls a tool as mcp_request_call does: as a task if the request, of the older era, says so. */
void mcp_task_call(struct mcp_request *request, const struct sp_exposed *exposed, json_t *arguments,
	void (*answered)(struct mcp_request *request, const struct sp_answer *answer));

/* Makes a task of a request whose tool has not answered, at once or when its time has come; and does it then. */
void mcp_task_expect(struct mcp_request *request);
void mcp_tasks_promote(struct mcp_server *server);

/* ---- going on (task_rounds.c) ---- */

/* Notes how far a task's tool is. */
void mcp_task_note(struct mcp_request *request, int64_t done, int64_t total, const char *note);

/* Has a task wait for the answers to what its tool asks; the request ends. */
void mcp_task_ask(struct mcp_request *request, const struct sp_answer *answer);

/* Takes the answer to a question, or why the client has none (error, else NULL); false: there is no such question. When
 * it was the last, mcp_task_go_on calls the tool again, for that identity. */
bool mcp_task_take(struct mcp_server *server, json_t *record, const char *question, json_t *result, const char *error);
void mcp_task_go_on(struct mcp_server *server, json_t *record, const struct sp_identity *identity);

/* Takes an older client's answer to a question of one of its tasks; unknown ones are ignored. */
void mcp_task_take_answer(struct mcp_session *session, const json_t *message);

/* Cancels a task that has not ended. */
void mcp_task_cancel(struct mcp_server *server, json_t *record);

/* Has a request of the older era wait for the end of a task, and be asked what the task asks. */
void mcp_task_await(struct mcp_request *request, json_t *record);

/* Takes what a task came to in the instance that the plugin had before. */
void mcp_task_take_over(struct mcp_server *server, const json_t *came_to);

/* Forgets the tasks of a session that ends. */
void mcp_tasks_end_session(struct mcp_session *session);

/* Forgets tasks whose time is over, and sends away whoever waits for them. */
void mcp_tasks_tend(struct mcp_server *server);

/* Another instance of the plugin serves from now on: what ends here is told to it; who waits for what ends there is
 * sent away. */
void mcp_tasks_leave(struct mcp_server *server);

#endif
