/*
 * tasks.h: calls that a client comes back for. A record of each is kept by the keeper, as JSON, so that tasks outlive
 * the plugin; by owner, so that nobody finds another's.
 */
#ifndef MCP_TASKS_H
#define MCP_TASKS_H

#include "server.h"

#define MCP_TASKS_EXTENSION "io.modelcontextprotocol/tasks"
#define MCP_META_RELATED_TASK "io.modelcontextprotocol/related-task"

/* A record's members: owner, id, number (in the order of making), status, note, created and updated (since 1970), since
 * and expires (of the loop's clock; 0: it runs), granted, ttl (all in milliseconds), message (the request), asks,
 * session (the older era's), answers, asked (by id: name and question), round, told (progress), result, error. */

/* Whose the tasks are that a request makes or asks for, as a new string: the identity's, or else the session's; those
 * of nobody without a session are everybody's who knows their names. */
json_t *mcp_task_owner_new(const struct mcp_session *session, const struct sp_identity *identity);

/* Makes the record of a task for a request, kept for that long behind its end; borrowed. NULL when there is no room. */
json_t *mcp_task_create(const struct mcp_request *request, int64_t granted_ms);

/* The record of an owner's task, borrowed, or NULL. */
json_t *mcp_task_find(const struct mcp_server *server, const json_t *owner, const char *id);

/* All of an owner's, an object by id, or NULL. */
json_t *mcp_tasks_of(const struct mcp_server *server, const json_t *owner);

/* Sets a task's status, and from when on its time runs out. */
void mcp_task_set_status(const struct mcp_server *server, json_t *record, const char *status);
bool mcp_task_is(const json_t *record, const char *status);
bool mcp_task_has_ended(const json_t *record);

/* A task as an era shows it, new; with detail, what it waits for or came to is in it. */
json_t *mcp_task_show_new(const struct mcp_server *server, const json_t *record, enum mcp_era era, bool detail);

/* A page of an owner's tasks for the older era, as a new result; NULL without memory or when the cursor is none:
 * *ret_wrong. */
json_t *mcp_tasks_page_new(const struct mcp_server *server, const json_t *owner, const char *cursor, bool *ret_wrong);

/* A record's member that is text; NULL when it has none. */
const char *mcp_record_text(const json_t *record, const char *member);

/* Forgets a task, or all whose time is over. */
void mcp_task_forget(const struct mcp_server *server, const json_t *record);
void mcp_tasks_expire(const struct mcp_server *server);

#endif
