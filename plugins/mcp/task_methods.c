/* task_methods.c: tasks/get, tasks/update and tasks/cancel; in the older era tasks/result and tasks/list too. */
#include "task_methods.h"

#include "asks.h"
#include "methods.h"
#include "session.h"
#include "task_calls.h"

bool mcp_tasks_are_taken(struct mcp_request *request)
{
	if (request->origin.takes_tasks)
		return true;
	mcp_request_fail(request,
		&(struct mcp_fault){ 400, MCP_CAPABILITY_MISSING,
			"tasks are for clients that declare " MCP_TASKS_EXTENSION, mcp_tasks_required_new() });
	return false;
}

/* Versions before 2025-11-25 have no such methods. */
static bool has_tasks(struct mcp_request *request)
{
	if (request->origin.era == MCP_MODERN)
		return mcp_tasks_are_taken(request);
	if (mcp_session_has_tasks(request->origin.session))
		return true;
	mcp_request_fail(request,
		&(struct mcp_fault){ 200, MCP_METHOD_NOT_FOUND, "there are no tasks in this version of MCP", NULL });
	return false;
}

static json_t *find(const struct mcp_request *request, const char *id)
{
	json_t *owner = mcp_task_owner_new(request->origin.session, request->origin.identity);
	json_t *record = mcp_task_find(request->server, owner, id);

	json_decref(owner);
	return record;
}

json_t *mcp_tasks_known_new(const struct mcp_request *request, const json_t *names)
{
	json_t *known = json_array(), *name;
	size_t i;

	json_array_foreach(names, i, name)
		if (json_is_string(name) && find(request, json_string_value(name)))
			json_array_append(known, name);
	return known;
}

/* The task that a request names, borrowed; NULL when it was refused, and is no more. */
static json_t *record_of(struct mcp_request *request)
{
	const char *id = json_string_value(json_object_get(request->params, "taskId"));
	json_t *record;

	if (!has_tasks(request))
		return NULL;
	record = id ? find(request, id) : NULL;
	if (!id)
		mcp_refuse(request, "params.taskId is missing: it is the name of a task", NULL);
	else if (!record)
		mcp_refuse(request, "there is no such task of yours, or its time is over",
			json_pack("{s:s}", "taskId", id));
	return record;
}

static void get(struct mcp_request *request)
{
	enum mcp_era era = request->origin.era;
	const json_t *record = record_of(request);

	if (record)
		mcp_request_succeed(request, mcp_task_show_new(request->server, record, era, era == MCP_MODERN));
}

/* The older era's: the answer comes when the task has ended. */
static void result(struct mcp_request *request)
{
	json_t *record = record_of(request);

	if (record)
		mcp_task_await(request, record);
}

static void cancel(struct mcp_request *request)
{
	bool modern = request->origin.era == MCP_MODERN;
	json_t *record = record_of(request);

	if (!record)
		return;
	if (!modern && mcp_task_has_ended(record)) {
		mcp_refuse(request, "the task has ended already", NULL);
		return;
	}
	if (!mcp_task_has_ended(record))
		mcp_task_cancel(request->server, record);
	mcp_request_succeed(request,
		modern ? json_object() : mcp_task_show_new(request->server, record, MCP_OLDER, false));
}

/* Unknown questions, and those that were answered already, are passed over. */
static void update(struct mcp_request *request)
{
	json_t *responses = json_object_get(request->params, "inputResponses"), *response, *record = record_of(request);
	const char *question;

	if (!record)
		return;
	if (!json_is_object(responses)) {
		mcp_refuse(request, "params.inputResponses is no object of answers", NULL);
		return;
	}
	json_object_foreach(responses, question, response)
		if (json_is_object(response))
			mcp_task_take(request->server, record, question, response, NULL);
	mcp_task_go_on(request->server, record, request->origin.identity);
	mcp_request_succeed(request, json_object());
}

static void list(struct mcp_request *request)
{
	const json_t *cursor = json_object_get(request->params, "cursor");
	const char *from = json_string_value(cursor);
	json_t *owner, *page;
	bool wrong;

	if (!has_tasks(request))
		return;
	owner = mcp_task_owner_new(request->origin.session, request->origin.identity);
	page = mcp_tasks_page_new(request->server, owner, cursor && !from ? "" : from, &wrong);
	json_decref(owner);
	if (wrong)
		mcp_refuse(request, "params.cursor is none that this server gave", NULL);
	else
		mcp_request_succeed(request, page);
}

const struct mcp_method mcp_methods_tasks[] = {
	{ "tasks/get", true, true, get },
	{ "tasks/cancel", true, true, cancel },
	{ "tasks/update", false, true, update },
	{ "tasks/result", true, false, result },
	{ "tasks/list", true, false, list },
	{ NULL, false, false, NULL },
};
