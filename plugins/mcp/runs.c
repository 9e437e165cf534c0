/* runs.c: the requests behind tasks, and who is told of them. */
#include "runs.h"

#include "changes.h"
#include "session.h"

#include <stdlib.h>
#include <string.h>

struct mcp_run *mcp_run_behind(struct mcp_reply *reply)
{
	return (struct mcp_run *)reply; /* its first member */
}

/* ---- telling ---------------------------------------------------------------------------------------------------- */

/* What belongs to a task says so. */
static json_t *related_new(const json_t *record)
{
	return json_pack("{s:{s:O}}", MCP_META_RELATED_TASK, "taskId", json_object_get(record, "id"));
}

/* value is shared with who made it: what is changed is a copy. */
static json_t *with_related_new(const json_t *value, const json_t *record)
{
	json_t *copy = value ? json_copy((json_t *)value) : json_object();
	json_t *meta = related_new(record);

	json_object_update_missing(meta, json_object_get(value, "_meta"));
	json_object_set_new(copy, "_meta", meta);
	return copy;
}

static struct mcp_request *waiting(const struct mcp_server *server, const json_t *record)
{
	struct mcp_request *request = server->requests;

	while (request && (request->awaited != record || request->ended))
		request = request->next;
	return request;
}

static void ask_waiting(struct mcp_request *request)
{
	const json_t *record = request->awaited, *asked;
	const char *id;

	if (!request->reply->ops->asks(request->reply)) {
		mcp_request_fail(request,
			&(struct mcp_fault){ 200, MCP_INTERNAL_ERROR,
				"the task asks something, and its client cannot be asked: it has ended its input, "
				"or does not accept text/event-stream",
				NULL });
		return;
	}
	json_object_foreach(json_object_get(record, "asked"), id, asked) {
		const json_t *question = json_object_get(asked, "question");
		json_t *params = with_related_new(json_object_get(question, "params"), record);
		json_t *message = json_pack("{s:s, s:s, s:O, s:o}", "jsonrpc", "2.0", "id", id, "method",
			json_object_get(question, "method"), "params", params);

		if (message)
			request->reply->ops->send(request->reply, message);
		json_decref(message);
	}
}

void mcp_task_answer_waiting(struct mcp_request *request)
{
	const json_t *record = request->awaited, *error = json_object_get(record, "error");

	if (mcp_task_is(record, "input_required"))
		ask_waiting(request);
	else if (mcp_task_is(record, "completed"))
		mcp_request_succeed(request, with_related_new(json_object_get(record, "result"), record));
	else if (mcp_task_is(record, "failed"))
		mcp_request_fail(request,
			&(struct mcp_fault){ 200, (int)json_integer_value(json_object_get(error, "code")),
				mcp_record_text(error, "message"), json_incref(json_object_get(error, "data")) });
	else if (mcp_task_is(record, "cancelled"))
		mcp_request_fail(request,
			&(struct mcp_fault){ 200, MCP_INVALID_REQUEST, "the task was cancelled", NULL });
}

static void tell_waiting(struct mcp_server *server, const json_t *record)
{
	struct mcp_request *request, *next;

	for (request = server->requests; request; request = next) {
		next = request->next;
		if (request->awaited == record && !request->ended)
			mcp_task_answer_waiting(request);
	}
}

static void tell_session(struct mcp_server *server, const json_t *record)
{
	json_t *message;

	if (!mcp_record_text(record, "session"))
		return;
	message =
		mcp_notification_new("notifications/tasks/status", mcp_task_show_new(server, record, MCP_OLDER, false));
	if (message)
		mcp_session_tell(server, mcp_record_text(record, "session"), message);
	json_decref(message);
}

void mcp_task_tell(struct mcp_server *server, json_t *record)
{
	if (server->making == record)
		return;
	if (server->left) {
		server->owner.hand_over(server->owner.user, record);
	} else {
		tell_session(server, record);
		mcp_changes_tell_task(server, record);
	}
	tell_waiting(server, record);
}

static void come_to(struct mcp_server *server, json_t *record, const char *status, const char *member, json_t *value)
{
	json_object_set(record, member, value);
	mcp_task_set_status(server, record, status);
	if (strcmp(status, "failed") == 0)
		json_object_set(record, "note", json_object_get(value, "message"));
	mcp_task_tell(server, record);
}

void mcp_task_fail(struct mcp_server *server, json_t *record, const char *why)
{
	json_t *error = json_pack("{s:i, s:s}", "code", MCP_INTERNAL_ERROR, "message", why);

	come_to(server, record, "failed", "error", error);
	json_decref(error);
}

/* ---- the reply of a task's request ------------------------------------------------------------------------------ */

static void run_destroy(struct mcp_run *run)
{
	if (run->previous)
		run->previous->next = run->next;
	else
		run->server->runs = run->next;
	if (run->next)
		run->next->previous = run->previous;
	json_decref(run->record);
	free(run);
}

/* What comes before the end goes to who waits for that, or else to what the session listens to. */
static void run_send(struct mcp_reply *reply, const json_t *message)
{
	const struct mcp_run *run = mcp_run_behind(reply);
	const char *session = mcp_record_text(run->record, "session");
	struct mcp_request *request = waiting(run->server, run->record);
	json_t *copy = session ? json_copy((json_t *)message) : NULL;

	if (!copy)
		return;
	json_object_set_new(copy, "params", with_related_new(json_object_get(message, "params"), run->record));
	if (request)
		request->reply->ops->send(request->reply, copy);
	else
		mcp_session_tell(run->server, session, copy);
	json_decref(copy);
}

/* Whoever may not call the tool is told so, and has no task. */
static bool is_refused(const struct mcp_run *run, int http)
{
	return run->first && (http == 401 || http == 403);
}

static void run_finish(struct mcp_reply *reply, int http, const json_t *message)
{
	struct mcp_run *run = mcp_run_behind(reply);
	struct mcp_server *server = run->server;
	json_t *record = json_incref(run->record), *result = json_object_get(message, "result");
	bool refused = is_refused(run, http);

	if (refused) {
		run->first->ops->finish(run->first, http, message);
		mcp_task_set_status(server, record, "refused");
		mcp_task_forget(server, record);
	}
	run_destroy(run);
	if (!refused && result)
		come_to(server, record, "completed", "result", result);
	else if (!refused && message)
		come_to(server, record, "failed", "error", json_object_get(message, "error"));
	else if (!refused)
		mcp_task_fail(server, record, "out of memory");
	json_decref(record);
}

/* Why is in the record already. */
static void run_abandon(struct mcp_reply *reply)
{
	run_destroy(mcp_run_behind(reply));
}

static bool run_asks(const struct mcp_reply *reply SP_UNUSED)
{
	return false;
}

static void run_keep_alive(struct mcp_reply *reply SP_UNUSED)
{
}

static const char *run_header(const struct mcp_reply *reply, const char *name)
{
	const struct mcp_reply *first = ((const struct mcp_run *)reply)->first;

	return first && first->ops->header ? first->ops->header(first, name) : NULL;
}

static const struct mcp_reply_ops run_ops = { run_send, run_finish, run_abandon, run_asks, run_keep_alive, NULL,
	run_header };

struct mcp_run *mcp_run_create(struct mcp_server *server, json_t *record)
{
	struct mcp_run *run = calloc(1, sizeof *run);

	if (!run)
		return NULL;
	run->reply.ops = &run_ops;
	run->server = server;
	run->record = json_incref(record);
	run->next = server->runs;
	if (run->next)
		run->next->previous = run;
	server->runs = run;
	return run;
}

struct mcp_run *mcp_run_of(const struct mcp_server *server, const json_t *record)
{
	struct mcp_run *run = server->runs;

	while (run && run->record != record)
		run = run->next;
	return run;
}

void mcp_run_take(struct mcp_run *run, struct mcp_request *request)
{
	if (request->origin.session)
		request->origin.session->request_count--;
	request->reply = &run->reply;
	request->origin.session = NULL;
	request->origin.in_task = true;
	run->reply.request = request;
}

void mcp_task_announce(const struct mcp_server *server, struct mcp_reply *reply, const json_t *id, const json_t *record,
	enum mcp_era era)
{
	json_t *shown = mcp_task_show_new(server, record, era, false), *message;

	json_object_set_new(shown, "status", json_string("working")); /* as each begins */
	if (era == MCP_MODERN)
		json_object_set_new(shown, "resultType", json_string("task"));
	else
		shown = json_pack("{s:o}", "task", shown);
	message = shown ? mcp_result_new(id, shown) : NULL;
	reply->ops->finish(reply, message ? 200 : 503, message);
	json_decref(message);
}
