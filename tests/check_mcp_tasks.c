/* check_mcp_tasks.c: what time does to tasks, sessions and states, by a clock of the test's own.
 * links: signalpy plugins/mcp/about.c plugins/mcp/asks.c plugins/mcp/batch.c plugins/mcp/built_in.c
 * links: plugins/mcp/caller.c plugins/mcp/catalogue.c plugins/mcp/changes.c plugins/mcp/completion.c
 * links: plugins/mcp/headers.c plugins/mcp/lines.c plugins/mcp/http_reply.c plugins/mcp/message.c plugins/mcp/methods.c
 * links: plugins/mcp/modern.c plugins/mcp/names.c plugins/mcp/older.c plugins/mcp/prompts.c plugins/mcp/request.c
 * links: plugins/mcp/resources.c plugins/mcp/runs.c plugins/mcp/seal.c plugins/mcp/session.c plugins/mcp/stream.c
 * links: plugins/mcp/task_calls.c plugins/mcp/task_methods.c plugins/mcp/task_rounds.c plugins/mcp/tasks.c
 * links: plugins/mcp/template.c plugins/mcp/tools.c -lcrypto */
#include "../plugins/mcp/asks.h"
#include "../plugins/mcp/session.h"
#include "../plugins/mcp/task_calls.h"
#include "runner.h"

#include <stdlib.h>
#include <string.h>

/* ---- a server without a daemon ----------------------------------------------------------------------------------- */

static struct mcp_server server;
static struct mcp_kept kept;
static int64_t clock_ms, woken_in;
static int works, cancelled;
static json_t *handed_over;
static struct sp_request latest; /* what the tool was called with */

static void call(const struct sp_gateway *gateway SP_UNUSED, const struct sp_request *request, sp_call **ret_call)
{
	latest = *request;
	*ret_call = (sp_call *)&latest;
}

static void cancel(const struct sp_gateway *gateway SP_UNUSED, sp_call *ticket SP_UNUSED)
{
	cancelled++;
}

static const struct sp_exposed *find(const struct sp_gateway *gateway SP_UNUSED, const char *address)
{
	static const struct sp_exposed tool = { .struct_size = sizeof tool,
		.address = "job.work",
		.instance = "job",
		.component = "job",
		.runnable = "work",
		.transports = SP_MCP,
		.may_last = true };

	return strcmp(address, tool.address) == 0 ? &tool : NULL;
}

static const struct sp_gateway gateway = { .call = call, .cancel = cancel, .find = find };

static const struct sp_gateway *the_gateway(void *user SP_UNUSED)
{
	return &gateway;
}

static struct mcp_kept *the_kept(void *user SP_UNUSED)
{
	return &kept;
}

static int64_t now(void *user SP_UNUSED)
{
	return clock_ms;
}

static int64_t wall_time(void *user SP_UNUSED)
{
	return 1000000000000 + clock_ms;
}

static void work(void *user SP_UNUSED, bool begins)
{
	works += begins ? 1 : -1;
}

static void wake(void *user SP_UNUSED, int64_t milliseconds)
{
	ck_assert_int_eq(woken_in, 0); /* once at a time */
	woken_in = milliseconds;
}

static void hand_over(void *user SP_UNUSED, const json_t *record)
{
	json_decref(handed_over);
	handed_over = json_deep_copy(record);
}

static void set_up(void)
{
	server.owner = (struct mcp_server_owner){ .gateway = the_gateway,
		.kept = the_kept,
		.now = now,
		.wall_time = wall_time,
		.work = work,
		.wake = wake,
		.hand_over = hand_over };
	server.settings = (struct mcp_preferences){ .name = "test",
		.version = "1",
		.sessions = 10,
		.session_ms = 5000,
		.limits = { .requests = 100, .requests_per_session = 100, .kept_streams = 10, .unread = 1000 },
		.tasks = 3,
		.tasks_per_caller = 2,
		.task_ms = 1000,
		.task_poll_ms = 50,
		.task_after_ms = 500 };
	ck_assert(mcp_key_make(&kept.key));
	kept.generation = 1;
	kept.sessions = json_object();
	kept.tasks = json_object();
	clock_ms = 10;
}

static void tear_down(void)
{
	mcp_server_close(&server);
	ck_assert_int_eq(works, 0);
	json_decref(kept.sessions);
	json_decref(kept.tasks);
	json_decref(handed_over);
}

/* ---- a reply that is looked at ----------------------------------------------------------------------------------- */

struct noted {
	struct mcp_reply reply; /* the first member */
	json_t *answer; /* NULL: there is none yet */
	int http;
	bool abandoned;
};

static void note_message(struct mcp_reply *reply SP_UNUSED, const json_t *message SP_UNUSED)
{
}

static void note_answer(struct mcp_reply *reply, int http, const json_t *message)
{
	struct noted *noted = (struct noted *)reply;

	ck_assert_ptr_null(noted->answer);
	noted->http = http;
	noted->answer = json_deep_copy(message);
}

static void note_abandoned(struct mcp_reply *reply)
{
	((struct noted *)reply)->abandoned = true;
}

static bool asks(const struct mcp_reply *reply SP_UNUSED)
{
	return true;
}

static void keep_alive(struct mcp_reply *reply SP_UNUSED)
{
}

static const struct mcp_reply_ops noted_ops = { note_message, note_answer, note_abandoned, asks, keep_alive, NULL,
	NULL };

/* Sends a request; more is JSON text of its parameters, in which %s stands for text. */
static struct noted *send_for(const struct mcp_origin *origin, const char *method, json_t *params)
{
	json_t *message =
		json_pack("{s:s, s:i, s:s, s:o}", "jsonrpc", "2.0", "id", 1, "method", method, "params", params);
	struct noted *noted = calloc(1, sizeof *noted);

	ck_assert(message && noted);
	noted->reply.ops = &noted_ops;
	mcp_request_begin(&server, origin, message, &noted->reply);
	json_decref(message);
	return noted;
}

static struct noted *send_modern(const char *method, json_t *params)
{
	return send_for(&(struct mcp_origin){ .era = MCP_MODERN, .takes_tasks = true, .can_ask = SP_ELICITATION },
		method, params);
}

static struct noted *call_tool(void)
{
	return send_modern("tools/call", json_pack("{s:s}", "name", "job_work"));
}

static void drop(struct noted *noted)
{
	json_decref(noted->answer);
	free(noted);
}

static const json_t *result_of(const struct noted *noted)
{
	return json_object_get(noted->answer, "result");
}

static const char *text_of(const json_t *value, const char *member)
{
	const char *text = json_string_value(json_object_get(value, member));

	ck_assert_msg(text != NULL, "there is no %s", member);
	return text;
}

/* ---- what the tool does ------------------------------------------------------------------------------------------ */

static void end_tool(struct sp_request *of)
{
	json_t *data = json_pack("{s:s}", "said", "done");

	of->done(of->user,
		&(struct sp_answer){ .struct_size = sizeof(struct sp_answer), .status = SP_OK, .data = data });
	json_decref(data);
}

static void ask_tool(struct sp_request *of)
{
	json_t *questions =
		json_pack("{s:{s:s, s:{s:s}}}", "name", "method", "elicitation/create", "params", "message", "Who?");

	of->done(of->user,
		&(struct sp_answer){ .struct_size = sizeof(struct sp_answer),
			.status = SP_INPUT_REQUIRED,
			.code = "input_required",
			.message = "",
			.questions = questions });
	json_decref(questions);
}

/* ---- tasks ------------------------------------------------------------------------------------------------------- */

/* A call that has become a task; its name. */
static json_t *begin_task(void)
{
	struct noted *noted;
	json_t *id;

	server.settings.task_after_ms = 0;
	noted = call_tool();
	ck_assert_str_eq(text_of(result_of(noted), "resultType"), "task");
	id = json_incref(json_object_get(result_of(noted), "taskId"));
	drop(noted);
	return id;
}

/* The status of a task; NULL when there is none. */
static const char *status_of(const json_t *id)
{
	static char status[32];
	struct noted *noted = send_modern("tasks/get", json_pack("{s:O}", "taskId", (json_t *)id));
	bool known = result_of(noted) != NULL;

	if (known)
		snprintf(status, sizeof status, "%s", text_of(result_of(noted), "status"));
	else
		ck_assert_int_eq(json_integer_value(json_object_get(json_object_get(noted->answer, "error"), "code")),
			MCP_INVALID_PARAMS);
	drop(noted);
	return known ? status : NULL;
}

START_TEST(a_call_becomes_a_task_when_it_takes_long)
{
	struct noted *first = call_tool(), *second;

	ck_assert_int_eq(woken_in, 500);
	clock_ms += 200;
	second = call_tool();
	clock_ms += 300;
	woken_in = 0;
	mcp_tasks_promote(&server);
	ck_assert_str_eq(text_of(result_of(first), "status"), "working");
	ck_assert_str_eq(text_of(result_of(first), "createdAt"), "2001-09-09T01:46:40.510Z");
	ck_assert_ptr_null(second->answer);
	ck_assert_int_eq(woken_in, 200);
	end_tool(&latest); /* the second */
	ck_assert_ptr_nonnull(json_object_get(result_of(second), "content"));
	clock_ms += 200;
	woken_in = 0;
	mcp_tasks_promote(&server);
	ck_assert_int_eq(woken_in, 0);
	drop(first);
	drop(second);
}
END_TEST

START_TEST(a_result_is_kept_for_its_time)
{
	json_t *id = begin_task();

	clock_ms += 100000; /* while it runs, no time is over */
	mcp_tasks_tend(&server);
	ck_assert_str_eq(status_of(id), "working");
	end_tool(&latest);
	clock_ms += 999;
	mcp_tasks_tend(&server);
	ck_assert_str_eq(status_of(id), "completed");
	clock_ms += 1;
	ck_assert_ptr_null(status_of(id));
	ck_assert_uint_eq(json_object_size(kept.tasks), 1);
	mcp_tasks_tend(&server);
	ck_assert_uint_eq(json_object_size(kept.tasks), 0);
	json_decref(id);
}
END_TEST

START_TEST(a_question_lasts_as_long)
{
	json_t *id = begin_task();

	ask_tool(&latest);
	clock_ms += 999;
	ck_assert_str_eq(status_of(id), "input_required");
	clock_ms += 1;
	ck_assert_ptr_null(status_of(id));
	json_decref(id);
}
END_TEST

/* Room is made by what is over, and by nothing else. */
START_TEST(tasks_are_limited)
{
	json_t *first = begin_task(), *second;
	struct noted *waits;

	end_tool(&latest);
	second = begin_task();
	waits = call_tool();
	ck_assert_ptr_null(waits->answer);
	end_tool(&latest);
	ck_assert_ptr_nonnull(json_object_get(result_of(waits), "content"));
	clock_ms += 1000; /* the first is over */
	drop(waits);
	json_decref(second);
	second = begin_task();
	ck_assert_str_eq(status_of(second), "working");
	ck_assert_ptr_null(status_of(first));
	json_decref(first);
	json_decref(second);
}
END_TEST

/* All that callers have together is limited, too. */
START_TEST(all_tasks_are_limited)
{
	static const struct sp_identity callers[] = { { .name = "a" }, { .name = "b" }, { .name = "c" },
		{ .name = "d" } };

	server.settings.task_after_ms = 0;
	for (size_t i = 0; i < 4; i++) {
		struct noted *noted = send_for(&(struct mcp_origin){ .era = MCP_MODERN,
						       .takes_tasks = true,
						       .identity = &callers[i] },
			"tools/call", json_pack("{s:s}", "name", "job_work"));

		ck_assert(i < 3 ? noted->answer != NULL : !noted->answer);
		if (i == 3)
			mcp_request_cancel(noted->reply.request);
		drop(noted);
	}
}
END_TEST

/* ---- another instance -------------------------------------------------------------------------------------------- */

START_TEST(what_ends_behind_a_replacement_is_handed_over)
{
	json_t *id = begin_task();

	mcp_tasks_leave(&server);
	end_tool(&latest);
	ck_assert_str_eq(text_of(handed_over, "status"), "completed");
	ck_assert(json_equal(json_object_get(handed_over, "id"), id));
	json_decref(id);
}
END_TEST

START_TEST(only_what_runs_is_taken_over)
{
	json_t *id = begin_task(), *came_to, *stranger;

	end_tool(&latest);
	came_to = json_pack("{s:s, s:O, s:s}", "owner", "nobody", "id", id, "status", "failed");
	mcp_task_take_over(&server, came_to);
	ck_assert_str_eq(status_of(id), "completed");
	stranger = json_pack("{s:s, s:s, s:s}", "owner", "nobody", "id", "x", "status", "failed");
	mcp_task_take_over(&server, stranger);
	mcp_task_take_over(&server, json_null());
	ck_assert_uint_eq(json_object_size(json_object_get(kept.tasks, "nobody")), 1);
	json_decref(stranger);
	json_decref(came_to);
	json_decref(id);
}
END_TEST

/* ---- sessions ---------------------------------------------------------------------------------------------------- */

static struct mcp_session *begin_session(void)
{
	json_t *params = json_pack("{s:s, s:{}}", "protocolVersion", "2025-11-25", "capabilities");
	struct mcp_fault fault;
	struct mcp_session *session = mcp_session_create(&server, NULL, params, &fault);

	ck_assert_ptr_nonnull(session);
	json_decref(params);
	return session;
}

START_TEST(a_session_ends_that_nobody_uses)
{
	char id[40];

	snprintf(id, sizeof id, "%s", begin_session()->id);
	clock_ms += 4999;
	ck_assert_ptr_nonnull(mcp_session_find(&server, id)); /* that is use */
	clock_ms += 4999;
	mcp_sessions_tend(&server);
	ck_assert_uint_eq(server.session_count, 1);
	ck_assert_ptr_nonnull(mcp_session_find(&server, id));
	clock_ms += 5000;
	ck_assert_ptr_null(mcp_session_find(&server, id)); /* though nobody has tended to it */
	ck_assert_uint_eq(json_object_size(kept.sessions), 0);
	begin_session();
	clock_ms += 5000;
	mcp_sessions_tend(&server);
	ck_assert_uint_eq(server.session_count, 0);
}
END_TEST

static struct noted *send_older(struct mcp_session *session, const char *method, json_t *params)
{
	return send_for(&(struct mcp_origin){ .era = MCP_OLDER, .session = session }, method, params);
}

/* Its tasks go with it, and their tools are told; who waits for a task that is over is sent away. */
START_TEST(a_sessions_tasks_end_with_it)
{
	struct mcp_session *session = begin_session();
	struct noted *made = send_older(session, "tools/call", json_pack("{s:s, s:{}}", "name", "job_work", "task"));
	const json_t *task = json_object_get(result_of(made), "task");
	struct noted *waits;

	ask_tool(&latest);
	waits = send_older(session, "tasks/result", json_pack("{s:O}", "taskId", json_object_get(task, "taskId")));
	clock_ms += 1000;
	ck_assert_ptr_null(waits->answer);
	mcp_tasks_tend(&server);
	ck_assert_ptr_nonnull(json_object_get(waits->answer, "error"));
	drop(made);
	drop(waits);
	made = send_older(session, "tools/call", json_pack("{s:s, s:{}}", "name", "job_work", "task"));
	mcp_session_end(session);
	ck_assert_int_eq(cancelled, 1);
	ck_assert_uint_eq(json_object_size(kept.tasks), 0);
	drop(made);
}
END_TEST

/* ---- states ------------------------------------------------------------------------------------------------------ */

/* A request with the state that the first round gave, and an answer. */
static json_t *second_round(const struct noted *first)
{
	return json_pack("{s:s, s:{s:s, s:O, s:{s:{s:s}}}}", "method", "tools/call", "params", "name", "job_work",
		"requestState", json_object_get(result_of(first), "requestState"), "inputResponses", "name", "action",
		"accept");
}

START_TEST(a_state_holds_for_an_hour)
{
	struct noted *first = call_tool();
	struct mcp_fault fault;
	json_t *message, *answers;

	ask_tool(&latest);
	ck_assert_str_eq(text_of(result_of(first), "resultType"), "input_required");
	message = second_round(first);
	clock_ms += 3600000;
	ck_assert(mcp_asks_take(&server, message, NULL, &answers, &fault));
	ck_assert_ptr_nonnull(json_object_get(answers, "name"));
	json_decref(answers);
	clock_ms += 1;
	ck_assert(!mcp_asks_take(&server, message, NULL, &answers, &fault));
	ck_assert_int_eq(fault.code, MCP_INVALID_PARAMS);
	ck_assert_ptr_nonnull(strstr(fault.message, "too old"));
	json_decref(message);
	drop(first);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_call_becomes_a_task_when_it_takes_long),
		TEST(a_result_is_kept_for_its_time), TEST(a_question_lasts_as_long), TEST(tasks_are_limited),
		TEST(all_tasks_are_limited), TEST(what_ends_behind_a_replacement_is_handed_over),
		TEST(only_what_runs_is_taken_over), TEST(a_session_ends_that_nobody_uses),
		TEST(a_sessions_tasks_end_with_it), TEST(a_state_holds_for_an_hour) };

	return run_suite(&SUITE(cases, "mcp tasks and time", .set_up = set_up, .tear_down = tear_down));
}
