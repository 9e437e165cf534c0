/* mcp_job.c: the test plugin mcp-job from outside. */
#include "mcp_job.h"

#include <check.h>
#include <stdio.h>

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
