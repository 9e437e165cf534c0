/* task_rounds.c: tasks behind their beginning: how far they are, what they ask, and how they end. */
#include "task_calls.h"

#include "runs.h"
#include "session.h"

#include <inttypes.h>
#include <stdio.h>

/* ---- while it runs ---------------------------------------------------------------------------------------------- */

void mcp_task_note(struct mcp_request *request, int64_t done, int64_t total, const char *note)
{
	json_t *record = mcp_run_behind(request->reply)->record;
	char far[64];

	snprintf(far, sizeof far, total > 0 ? "%" PRId64 " of %" PRId64 : "%" PRId64, done, total);
	json_object_set_new(record, "note", note ? json_sprintf("%s: %s", far, note) : json_string(far));
	json_object_set_new(record, "told", json_integer(done + 1));
}

static json_t *questions_new(const json_t *record, const json_t *questions, int round)
{
	json_t *asked = json_object(), *question;
	const char *name;
	int count = 0;

	json_object_foreach((json_t *)questions, name, question) {
		char id[64];

		snprintf(id, sizeof id, "task-%" JSON_INTEGER_FORMAT "-%d-%d",
			json_integer_value(json_object_get(record, "number")), round, ++count);
		json_object_set_new(asked, id,
			json_pack("{s:s, s:o}", "name", name, "question", json_deep_copy(question)));
	}
	return asked;
}

void mcp_task_ask(struct mcp_request *request, const struct sp_answer *answer)
{
	struct mcp_server *server = request->server;
	json_t *record = json_incref(mcp_run_behind(request->reply)->record), *answers = request->origin.answers;
	int round = (int)json_integer_value(json_object_get(record, "round")) + 1;

	json_object_set_new(record, "round", json_integer(round));
	json_object_set_new(record, "asked", questions_new(record, answer->questions, round));
	json_object_set_new(record, "answers", answers ? json_incref(answers) : json_object());
	mcp_task_set_status(server, record, "input_required");
	mcp_request_cancel(request);
	mcp_task_tell(server, record);
	json_decref(record);
}

bool mcp_task_take(struct mcp_server *server, json_t *record, const char *question, json_t *result, const char *error)
{
	json_t *asked = json_object_get(record, "asked"), *answers = json_object_get(record, "answers");
	const char *name = mcp_record_text(json_object_get(asked, question), "name");

	if (!name || !mcp_task_is(record, "input_required"))
		return false;
	if (error)
		mcp_task_fail(server, record, error);
	else if (json_object_set(answers, name, result) == 0)
		json_object_del(asked, question);
	return true;
}

void mcp_task_go_on(struct mcp_server *server, json_t *record, const struct sp_identity *identity)
{
	bool older = mcp_record_text(record, "session") != NULL;
	struct mcp_origin origin = { .era = older ? MCP_OLDER : MCP_MODERN,
		.identity = identity,
		.can_ask = (unsigned)json_integer_value(json_object_get(record, "asks")),
		.logs = older,
		.log_level = older ? mcp_session_level(server, mcp_record_text(record, "session")) : SP_INFO,
		.in_task = true,
		.told = json_integer_value(json_object_get(record, "told")) };
	struct mcp_run *run;

	if (!mcp_task_is(record, "input_required") || json_object_size(json_object_get(record, "asked")) > 0)
		return;
	run = mcp_run_create(server, record);
	if (!run) {
		mcp_task_fail(server, record, "out of memory");
		return;
	}
	origin.answers = json_incref(json_object_get(record, "answers"));
	mcp_task_set_status(server, record, "working");
	mcp_task_tell(server, record);
	mcp_request_begin(server, &origin, json_object_get(record, "message"), &run->reply);
}

static json_t *asking(struct mcp_session *session, const char *question)
{
	struct mcp_server *server = session->server;
	json_t *owner = mcp_task_owner_new(session, server->caller), *record, *found = NULL;
	const char *id;

	json_object_foreach(mcp_tasks_of(server, owner), id, record)
		if (json_object_get(json_object_get(record, "asked"), question))
			found = record;
	json_decref(owner);
	return found;
}

void mcp_task_take_answer(struct mcp_session *session, const json_t *message)
{
	const char *question = mcp_record_text(message, "id"),
		   *why = mcp_record_text(json_object_get(message, "error"), "message");
	json_t *result = json_object_get(message, "result");
	json_t *record = question ? asking(session, question) : NULL;

	if (!record)
		return;
	json_incref(record);
	if (mcp_task_take(session->server, record, question, result,
		    result	  ? NULL
			    : why ? why
				  : "the client did not answer"))
		mcp_task_go_on(session->server, record, session->server->caller);
	json_decref(record);
}

/* ---- ends ------------------------------------------------------------------------------------------------------- */

void mcp_task_cancel(struct mcp_server *server, json_t *record)
{
	static const char elsewhere[] =
		"the server was replaced while the tool ran, which ends by itself, or by its deadline";
	struct mcp_run *run = mcp_run_of(server, record);
	bool runs_on = !run && mcp_task_is(record, "working");

	mcp_task_set_status(server, record, "cancelled");
	if (runs_on)
		json_object_set_new(record, "note", json_string(elsewhere));
	if (run)
		mcp_request_cancel(run->reply.request);
	mcp_task_tell(server, record);
}

void mcp_task_await(struct mcp_request *request, json_t *record)
{
	request->awaited = json_incref(record);
	mcp_request_stay(request);
	mcp_task_answer_waiting(request);
}

void mcp_task_take_over(struct mcp_server *server, const json_t *came_to)
{
	json_t *record = mcp_task_find(server, json_object_get(came_to, "owner"), mcp_record_text(came_to, "id"));

	if (!record || !mcp_record_text(came_to, "status") || !mcp_task_is(record, "working") ||
		mcp_run_of(server, record))
		return;
	json_object_update(record, (json_t *)came_to);
	mcp_task_tell(server, record);
}

void mcp_tasks_end_session(struct mcp_session *session)
{
	struct mcp_server *server = session->server;
	json_t *owner = mcp_task_owner_new(session, NULL), *record;
	const char *id;
	void *next;

	json_object_foreach_safe(mcp_tasks_of(server, owner), next, id, record) {
		struct mcp_run *run = mcp_run_of(server, record);

		json_incref(record);
		mcp_task_forget(server, record);
		if (run)
			mcp_request_cancel(run->reply.request);
		json_decref(record);
	}
	json_decref(owner);
}

static void send_away(struct mcp_server *server, const char *why,
	bool (*is_due)(const struct mcp_server *server, json_t *record))
{
	struct mcp_request *request, *next;

	for (request = server->requests; request; request = next) {
		next = request->next;
		if (request->awaited && !request->ended && is_due(server, request->awaited))
			mcp_request_fail(request, &(struct mcp_fault){ 200, MCP_INTERNAL_ERROR, why, NULL });
	}
}

static bool is_forgotten(const struct mcp_server *server, json_t *record)
{
	return mcp_task_find(server, json_object_get(record, "owner"), mcp_record_text(record, "id")) != record;
}

void mcp_tasks_tend(struct mcp_server *server)
{
	mcp_tasks_expire(server);
	send_away(server, "the task's time is over", is_forgotten);
}

static bool runs_elsewhere(const struct mcp_server *server, json_t *record)
{
	return !mcp_run_of(server, record);
}

void mcp_tasks_leave(struct mcp_server *server)
{
	send_away(server, "the server was replaced meanwhile; ask again", runs_elsewhere);
	server->left = true;
}
