/* mcp_job.c: the test plugin mcp-job from outside. */
#include "mcp_job.h"

#include <check.h>
#include <signalpy/value.h>
#include <stdio.h>
#include <string.h>

static json_t *call(const struct test_daemon *daemon, const char *runnable, const char *params)
{
	char text[512];
	const char *code;
	json_t *answer;

	snprintf(text, sizeof text, "{\"address\":\"job.%s\",\"params\":%s}", runnable, params);
	answer = test_control(daemon, "runnable.call", text, &code);
	ck_assert_msg(answer != NULL, "job.%s %s: %s", runnable, params, code);
	return answer;
}

void mcp_job(const struct test_daemon *daemon, const char *runnable, const char *params)
{
	json_decref(call(daemon, runnable, params));
}

/* What is looked for, and how much of it has been seen. */
struct looked {
	const char *path;
	json_int_t count, seen;
};

static bool has_come(const struct test_daemon *daemon, const void *user)
{
	struct looked *looked = *(struct looked *const *)user;
	json_t *answer = call(daemon, "look", "{}");

	looked->seen += mcp_number_at(answer, looked->path);
	json_decref(answer);
	return looked->seen >= looked->count;
}

static bool are_held(const struct test_daemon *daemon, const void *user)
{
	json_t *answer = call(daemon, "look", "{}");
	bool same = mcp_number_at(answer, "data.held") == *(const json_int_t *)user;

	json_decref(answer);
	return same;
}

void mcp_job_await_cancelled(const struct test_daemon *daemon, json_int_t count)
{
	struct looked looked = { "data.cancelled", count, 0 }, *at = &looked;

	test_wait_until(daemon, has_come, &at);
	ck_assert_int_eq(looked.seen, count);
}

void mcp_job_await_held(const struct test_daemon *daemon, json_int_t count)
{
	test_wait_until(daemon, are_held, &count);
}

/* ---- tasks ------------------------------------------------------------------------------------------------------- */

json_t *mcp_task_about(const char *method, const struct mcp_task *task, const char *more)
{
	char params[512];

	snprintf(params, sizeof params, "{\"taskId\":\"%s\"%s}", task->id, more);
	if (task->client)
		return mcp_session_call(task->client, method, params);
	return mcp_modern_call(task->daemon, method, params, MCP_TAKES_TASKS);
}

void mcp_task_expect(const struct mcp_task *task, const char *status)
{
	json_t *answer = mcp_task_about("tasks/get", task, "");

	ck_assert_str_eq(mcp_text_at(answer, "result.taskId"), task->id);
	ck_assert_str_eq(mcp_text_at(answer, "result.status"), status);
	json_decref(answer);
}

static bool rests(const struct test_daemon *daemon SP_UNUSED, const void *user)
{
	json_t *answer = mcp_task_about("tasks/get", user, "");
	bool works = strcmp(mcp_text_at(answer, "result.status"), "working") == 0;

	json_decref(answer);
	return !works;
}

void mcp_task_await(const struct mcp_task *task)
{
	test_wait_until(task->daemon, rests, task);
}
