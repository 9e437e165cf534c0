/* task_calls.c: which calls are tasks, and when they become some. */
#include "task_calls.h"

#include "asks.h"
#include "runs.h"
#include "session.h"

static bool refuse(struct mcp_request *request, int http, int code, const char *message, json_t *data)
{
	mcp_request_fail(request, &(struct mcp_fault){ http, code, message, data });
	return false;
}

static bool admits_older(struct mcp_request *request, const struct sp_exposed *exposed)
{
	const json_t *task = json_object_get(request->params, "task"), *ttl = json_object_get(task, "ttl");

	if (!mcp_session_has_tasks(request->origin.session))
		return true;
	if (task && !exposed->may_last)
		return refuse(request, 200, MCP_METHOD_NOT_FOUND,
			"this tool answers at once; call it without params.task", NULL);
	if (!task && exposed->may_last && exposed->as_task)
		return refuse(request, 200, MCP_METHOD_NOT_FOUND,
			"this tool takes so long that it is called as a task only; call it with params.task", NULL);
	if (task && (!json_is_object(task) || (ttl && (!json_is_integer(ttl) || json_integer_value(ttl) < 0))))
		return refuse(request, 200, MCP_INVALID_PARAMS,
			"params.task is an object, and its ttl a number of milliseconds", NULL);
	return true;
}

bool mcp_task_admits(struct mcp_request *request, const struct sp_exposed *exposed)
{
	const struct mcp_origin *origin = &request->origin;
	bool modern = origin->era == MCP_MODERN;

	if (origin->in_task)
		return true;
	if (!modern)
		return admits_older(request, exposed);
	if (exposed->may_last && origin->takes_tasks)
		request->task_after = exposed->as_task ? 0 : request->server->settings.task_after_ms;
	else if (exposed->may_last && exposed->as_task)
		return refuse(request, 400, MCP_CAPABILITY_MISSING,
			"this tool takes so long that it is called as a task only", mcp_tasks_required_new());
	return true;
}

/* How long a task is kept: as long as its client wants, but no longer than the configuration says. */
static int64_t granted_of(const struct mcp_request *request)
{
	const json_t *ttl = json_object_get(json_object_get(request->params, "task"), "ttl");
	int64_t most = request->server->settings.task_ms, wanted = json_integer_value(ttl);

	return request->origin.era == MCP_OLDER && ttl && wanted < most ? wanted : most;
}

static void call_as_task(struct mcp_request *request, const struct sp_exposed *exposed, json_t *arguments,
	void (*answered)(struct mcp_request *request, const struct sp_answer *answer))
{
	struct mcp_server *server = request->server;
	struct mcp_reply *first = request->reply;
	json_t *record = json_incref(mcp_task_create(request, granted_of(request)));
	json_t *id = json_incref((json_t *)request->id);
	struct mcp_run *run = record ? mcp_run_create(server, record) : NULL;

	if (run) {
		mcp_run_take(run, request);
		run->first = first;
		server->making = record;
		mcp_request_call(request, exposed, arguments, answered);
		server->making = NULL;
		run = mcp_run_of(server, record);
		if (run)
			run->first = NULL;
		if (!mcp_task_is(record, "refused"))
			mcp_task_announce(server, first, id, record, MCP_OLDER);
		if (!mcp_task_is(record, "refused") && !mcp_task_is(record, "working"))
			mcp_task_tell(server, record);
	} else {
		json_decref(arguments);
		refuse(request, 200, MCP_INTERNAL_ERROR, "there is no room for another task; cancel one, or try later",
			NULL);
	}
	json_decref(record);
	json_decref(id);
}

void mcp_task_call(struct mcp_request *request, const struct sp_exposed *exposed, json_t *arguments,
	void (*answered)(struct mcp_request *request, const struct sp_answer *answer))
{
	const struct mcp_origin *origin = &request->origin;

	if (!origin->in_task && mcp_session_has_tasks(origin->session) && json_object_get(request->params, "task"))
		call_as_task(request, exposed, arguments, answered);
	else
		mcp_request_call(request, exposed, arguments, answered);
}

/* Where there is no room, the client has to wait for the answer after all. */
static void promote(struct mcp_request *request)
{
	struct mcp_server *server = request->server;
	json_t *record = mcp_task_create(request, granted_of(request));
	struct mcp_run *run = record ? mcp_run_create(server, record) : NULL;
	struct mcp_reply *first = request->reply;

	request->task_after = -1;
	if (run) {
		mcp_run_take(run, request);
		mcp_task_announce(server, first, request->id, record, MCP_MODERN);
	} else if (record) {
		mcp_task_forget(server, record);
	}
}

static void wake(struct mcp_server *server, int64_t milliseconds)
{
	if (!server->waking)
		server->owner.wake(server->owner.user, milliseconds);
	server->waking = true;
}

void mcp_task_expect(struct mcp_request *request)
{
	const struct mcp_server_owner *owner = &request->server->owner;

	if (request->task_after < 0)
		return;
	if (request->task_after == 0) {
		promote(request);
		return;
	}
	request->task_at = owner->now(owner->user) + request->task_after;
	wake(request->server, request->task_after);
}

void mcp_tasks_promote(struct mcp_server *server)
{
	int64_t now = server->owner.now(server->owner.user), soonest = INT64_MAX;
	struct mcp_request *request, *next;

	server->waking = false;
	for (request = server->requests; request; request = next) {
		next = request->next;
		if (request->task_after <= 0)
			continue;
		if (request->task_at <= now)
			promote(request);
		else if (request->task_at < soonest)
			soonest = request->task_at;
	}
	if (soonest < INT64_MAX)
		wake(server, soonest - now);
}
