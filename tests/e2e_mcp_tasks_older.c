/* e2e_mcp_tasks_older.c: calls of 2025-11-25 that are made as tasks. */
#include "mcp_job.h"
#include "mcp_transcript.h"
#include "runner.h"

#include <stdio.h>
#include <string.h>

static struct test_daemon served;
static struct mcp_session_client client;

static void begin_with(const char *configuration)
{
	json_t *answer;

	test_daemon_prepare(&served, configuration);
	test_daemon_drop_fixture(&served, "mcp-job", "mcp-job");
	test_daemon_drop_fixture(&served, "mcp-conformance", "mcp-conformance");
	test_daemon_drop(&served, "greeter", "greeter", 0);
	test_daemon_start(&served);
	answer = mcp_begin_session(&client, &served, "2025-11-25", "{\"elicitation\":{}}");
	ck_assert_ptr_nonnull(mcp_at(answer, "result.capabilities.tasks.requests.tools.call"));
	json_decref(answer);
}

static void set_up(void)
{
	begin_with("{\"mcp\":{\"task_ms\":60000,\"task_poll_ms\":50}}");
}

static void tear_down(void)
{
	test_daemon_stop(&served);
	test_daemon_clean(&served);
}

static struct mcp_task call_tool(const char *params)
{
	json_t *answer = mcp_session_call(&client, "tools/call", params);
	struct mcp_task task = { .daemon = &served, .client = &client };

	ck_assert_str_eq(mcp_text_at(answer, "result.task.status"), "working");
	ck_assert_int_eq(mcp_number_at(answer, "result.task.pollInterval"), 50);
	snprintf(task.id, sizeof task.id, "%s", mcp_text_at(answer, "result.task.taskId"));
	json_decref(answer);
	return task;
}

static struct mcp_task work(const char *label)
{
	char params[256];

	snprintf(params, sizeof params,
		"{\"name\":\"job_work\",\"arguments\":{\"label\":\"%s\"},\"task\":{},\"_meta\":{\"progressToken\":\"p\"}}",
		label);
	return call_tool(params);
}

static const char related[] = "io.modelcontextprotocol/related-task";

/* The next message of a stream, about that task. */
static json_t *next_related(struct mcp_answer *answer, const struct mcp_task *task, const char *meta)
{
	json_t *message = mcp_next(answer);

	ck_assert_str_eq(mcp_text_at(json_object_get(mcp_at(message, meta), related), "taskId"), task->id);
	return message;
}

/* ---- from its beginning to its end ------------------------------------------------------------------------------- */

START_TEST(a_result_is_waited_for)
{
	struct mcp_task task = work("a");
	char params[128];
	struct mcp_answer waits;
	json_t *message;

	mcp_task_expect(&task, "working");
	snprintf(params, sizeof params, "{\"taskId\":\"%s\"}", task.id);
	mcp_session_begin(&client, "tasks/result", params, &waits);
	mcp_task_expect(&task, "working");
	mcp_job(&served, "tell", "{\"label\":\"a\",\"done\":3,\"total\":10,\"note\":\"reading\"}");
	mcp_await(&waits);
	message = next_related(&waits, &task, "params._meta");
	ck_assert_str_eq(mcp_text_at(message, "method"), "notifications/progress");
	ck_assert_str_eq(mcp_text_at(message, "params.progressToken"), "p");
	ck_assert_int_eq(mcp_number_at(message, "params.progress"), 3);
	json_decref(message);
	message = mcp_task_about("tasks/get", &task, "");
	ck_assert_str_eq(mcp_text_at(message, "result.statusMessage"), "3 of 10: reading");
	json_decref(message);
	mcp_job(&served, "finish", "{\"label\":\"a\",\"text\":\"done\"}");
	message = next_related(&waits, &task, "result._meta");
	ck_assert_str_eq(mcp_text_at(message, "result.content.0.text"), "done");
	json_decref(message);
	mcp_close(&waits);
	mcp_task_expect(&task, "completed");
	message = mcp_task_about("tasks/result", &task, ""); /* it is kept */
	ck_assert_str_eq(mcp_text_at(message, "result.content.0.text"), "done");
	json_decref(message);
}
END_TEST

START_TEST(a_failure_has_failed)
{
	struct mcp_task task = work("a");
	json_t *message;

	mcp_job(&served, "fail", "{\"label\":\"a\",\"text\":\"no luck\"}");
	mcp_task_expect(&task, "failed");
	message = mcp_task_about("tasks/result", &task, "");
	ck_assert(json_is_true(mcp_at(message, "result.isError")));
	json_decref(message);
}
END_TEST

START_TEST(sessions_are_told)
{
	struct mcp_answer listener;
	struct mcp_task task;
	json_t *message;

	mcp_session_listen(&client, NULL, &listener);
	task = work("a");
	mcp_job(&served, "line", "{\"label\":\"a\",\"text\":\"still there\"}");
	message = next_related(&listener, &task, "params._meta");
	ck_assert_str_eq(mcp_text_at(message, "method"), "notifications/message");
	ck_assert_str_eq(mcp_text_at(message, "params.data"), "still there");
	json_decref(message);
	mcp_job(&served, "finish", "{\"label\":\"a\",\"text\":\"done\"}");
	message = mcp_next(&listener);
	ck_assert_str_eq(mcp_text_at(message, "method"), "notifications/tasks/status");
	ck_assert_str_eq(mcp_text_at(message, "params.taskId"), task.id);
	ck_assert_str_eq(mcp_text_at(message, "params.status"), "completed");
	json_decref(message);
	mcp_close(&listener);
}
END_TEST

/* What a client wants is granted up to what the configuration says. */
START_TEST(a_client_says_how_long)
{
	static const struct {
		const char *params;
		json_int_t ttl;
	} cases[] = {
		{ "{\"name\":\"test_simple_text\",\"task\":{\"ttl\":5000}}", 5000 },
		{ "{\"name\":\"test_simple_text\",\"task\":{\"ttl\":5000000}}", 60000 },
		{ "{\"name\":\"test_simple_text\",\"task\":{}}", 60000 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		json_t *answer = mcp_session_call(&client, "tools/call", cases[i].params);

		ck_assert_int_ge(mcp_number_at(answer, "result.task.ttl"), cases[i].ttl);
		ck_assert_int_lt(mcp_number_at(answer, "result.task.ttl"), cases[i].ttl + 1000);
		json_decref(answer);
	}
}
END_TEST

/* ---- which tools ------------------------------------------------------------------------------------------------- */

static const char *support_of(const json_t *tools, const char *name)
{
	const json_t *tool;
	size_t i;

	json_array_foreach(tools, i, tool)
		if (strcmp(mcp_text_at(tool, "name"), name) == 0)
			return mcp_at(tool, "execution") ? mcp_text_at(tool, "execution.taskSupport") : "forbidden";
	ck_abort_msg("there is no tool %s", name);
	return NULL;
}

START_TEST(tools_say_whether_they_can_be_tasks)
{
	json_t *answer = mcp_session_call(&client, "tools/list", NULL);
	const json_t *tools = mcp_at(answer, "result.tools");

	ck_assert_str_eq(support_of(tools, "greeter_greet"), "forbidden");
	ck_assert_str_eq(support_of(tools, "job_work"), "optional");
	ck_assert_str_eq(support_of(tools, "test_reconnection"), "optional");
	ck_assert_str_eq(support_of(tools, "job_must"), "required");
	json_decref(answer);
}
END_TEST

START_TEST(tools_are_called_as_they_say)
{
	static const struct {
		const char *params;
		json_int_t code;
	} cases[] = {
		{ "{\"name\":\"greeter_greet\",\"arguments\":{\"name\":\"Ada\"},\"task\":{}}", -32601 },
		{ "{\"name\":\"job_must\",\"arguments\":{\"label\":\"a\"}}", -32601 },
		{ "{\"name\":\"job_work\",\"arguments\":{\"label\":\"a\"},\"task\":7}", -32602 },
		{ "{\"name\":\"job_work\",\"arguments\":{\"label\":\"a\"},\"task\":{\"ttl\":-1}}", -32602 },
		{ "{\"name\":\"job_work\",\"arguments\":{\"label\":\"a\"},\"task\":{\"ttl\":\"1\"}}", -32602 },
		{ "{\"name\":\"job_nothing\",\"task\":{}}", -32602 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		mcp_expect_error(mcp_session_call(&client, "tools/call", cases[i].params), cases[i].code);
}
END_TEST

START_TEST(earlier_versions_have_no_tasks)
{
	json_t *answer = mcp_begin_session(&client, &served, "2025-06-18", "{}");

	ck_assert_ptr_null(mcp_at(answer, "result.capabilities.tasks"));
	json_decref(answer);
	answer = mcp_session_call(&client, "tools/call", "{\"name\":\"test_simple_text\",\"task\":{}}");
	ck_assert_ptr_nonnull(mcp_at(answer, "result.content"));
	json_decref(answer);
	mcp_expect_error(mcp_session_call(&client, "tasks/list", NULL), -32601);
	mcp_expect_error(mcp_session_call(&client, "tasks/get", "{\"taskId\":\"x\"}"), -32601);
}
END_TEST

/* ---- questions --------------------------------------------------------------------------------------------------- */

/* Waits for the question of a task on the stream of its result, and answers it; error: with an error. */
static void take_question(struct mcp_answer *waits, const struct mcp_task *task, const char *answer)
{
	json_t *message = next_related(waits, task, "params._meta");
	char body[256];

	ck_assert_str_eq(mcp_text_at(message, "method"), "elicitation/create");
	mcp_task_expect(task, "input_required");
	snprintf(body, sizeof body, "{\"jsonrpc\":\"2.0\",\"id\":\"%s\",%s}", mcp_text_at(message, "id"), answer);
	ck_assert_int_eq(mcp_session_send(&client, "POST", body), 202);
	ck_assert_int_eq(mcp_session_send(&client, "POST", body), 202); /* once more is passed over */
	json_decref(message);
}

static void ask(const struct mcp_task *task, bool waits_first, struct mcp_answer *ret_waits)
{
	char params[128];

	snprintf(params, sizeof params, "{\"taskId\":\"%s\"}", task->id);
	if (waits_first)
		mcp_session_begin(&client, "tasks/result", params, ret_waits);
	mcp_job(&served, "ask", "{\"label\":\"a\"}");
	if (!waits_first)
		mcp_session_begin(&client, "tasks/result", params, ret_waits);
	mcp_await(ret_waits);
}

/* Whether the client waits before it is asked, or behind it. */
START_TEST(a_task_asks_and_goes_on)
{
	struct mcp_task task = work("a");
	struct mcp_answer waits;
	json_t *message;

	ask(&task, _i == 0, &waits);
	take_question(&waits, &task, "\"result\":{\"action\":\"accept\",\"content\":{\"name\":\"Ada\"}}");
	message = next_related(&waits, &task, "result._meta");
	ck_assert_str_eq(mcp_text_at(message, "result.content.0.text"), "for Ada");
	json_decref(message);
	mcp_close(&waits);
}
END_TEST

START_TEST(who_does_not_answer_fails_the_task)
{
	struct mcp_task task = work("a");
	struct mcp_answer waits;

	ask(&task, false, &waits);
	take_question(&waits, &task, "\"error\":{\"code\":-1,\"message\":\"not today\"}");
	mcp_expect_error(mcp_next(&waits), -32603);
	mcp_close(&waits);
	mcp_task_expect(&task, "failed");
}
END_TEST

/* ---- ends -------------------------------------------------------------------------------------------------------- */

START_TEST(a_task_is_cancelled_once)
{
	struct mcp_task task = work("a");
	char params[128];
	struct mcp_answer waits;
	json_t *answer;

	snprintf(params, sizeof params, "{\"taskId\":\"%s\"}", task.id);
	mcp_session_begin(&client, "tasks/result", params, &waits);
	answer = mcp_task_about("tasks/cancel", &task, "");
	ck_assert_str_eq(mcp_text_at(answer, "result.status"), "cancelled");
	json_decref(answer);
	mcp_await(&waits);
	mcp_expect_error(mcp_next(&waits), -32600);
	mcp_close(&waits);
	mcp_job_await_cancelled(&served, 1);
	mcp_task_expect(&task, "cancelled");
	mcp_expect_error(mcp_task_about("tasks/cancel", &task, ""), -32602);
	mcp_expect_error(mcp_task_about("tasks/result", &task, ""), -32600);
}
END_TEST

/* A task without an identity is its session's, and ends with it. */
START_TEST(a_task_is_its_sessions)
{
	struct mcp_session_client first;
	struct mcp_task task = work("a");

	first = client;
	json_decref(mcp_begin_session(&client, &served, "2025-11-25", "{}"));
	mcp_expect_error(mcp_task_about("tasks/get", &task, ""), -32602);
	mcp_expect_error(mcp_task_about("tasks/result", &task, ""), -32602);
	mcp_expect_error(mcp_task_about("tasks/cancel", &task, ""), -32602);
	ck_assert_int_eq(mcp_session_send(&first, "DELETE", NULL), 204);
	mcp_job_await_cancelled(&served, 1);
}
END_TEST

START_TEST(only_so_many_tasks_are_kept)
{
	tear_down();
	begin_with("{\"mcp\":{\"task_poll_ms\":50,\"tasks\":1}}");
	call_tool("{\"name\":\"test_simple_text\",\"task\":{}}");
	mcp_expect_error(mcp_session_call(&client, "tools/call", "{\"name\":\"test_simple_text\",\"task\":{}}"),
		-32603);
}
END_TEST

START_TEST(tasks_are_listed_a_page_at_a_time)
{
	json_t *page;
	char params[128];

	for (int i = 0; i < 53; i++)
		call_tool("{\"name\":\"test_simple_text\",\"task\":{}}");
	page = mcp_session_call(&client, "tasks/list", NULL);
	ck_assert_uint_eq(json_array_size(mcp_at(page, "result.tasks")), 50);
	snprintf(params, sizeof params, "{\"cursor\":\"%s\"}", mcp_text_at(page, "result.nextCursor"));
	json_decref(page);
	page = mcp_session_call(&client, "tasks/list", params);
	ck_assert_uint_eq(json_array_size(mcp_at(page, "result.tasks")), 3);
	ck_assert_str_eq(mcp_text_at(page, "result.tasks.2.status"), "completed");
	ck_assert_ptr_null(mcp_at(page, "result.nextCursor"));
	json_decref(page);
	mcp_expect_error(mcp_session_call(&client, "tasks/list", "{\"cursor\":\"after:999\"}"), -32602);
	mcp_expect_error(mcp_session_call(&client, "tasks/list", "{\"cursor\":\"after:1x\"}"), -32602);
	mcp_expect_error(mcp_session_call(&client, "tasks/list", "{\"cursor\":7}"), -32602);
}
END_TEST

/* ---- what goes on around it -------------------------------------------------------------------------------------- */

/* R-PL-5: who waits for a task's end is answered by the former instance; who asks behind it, by the new one. */
START_TEST(tasks_outlive_a_replacement)
{
	struct mcp_task task = work("a"), asking = work("b");
	struct mcp_answer before, behind, asked;
	char params[128];
	json_t *message;

	snprintf(params, sizeof params, "{\"taskId\":\"%s\"}", asking.id);
	mcp_job(&served, "ask", "{\"label\":\"b\"}");
	mcp_session_open(&client, "tasks/result", params, &asked);
	json_decref(next_related(&asked, &asking, "params._meta"));
	snprintf(params, sizeof params, "{\"taskId\":\"%s\"}", task.id);
	mcp_session_begin(&client, "tasks/result", params, &before);
	mcp_task_expect(&task, "working");
	mcp_replace(&served, "mcp");
	mcp_expect_error(mcp_next(&asked), -32603); /* its answer would reach the new one */
	mcp_close(&asked);
	mcp_session_begin(&client, "tasks/result", params, &behind);
	mcp_task_expect(&task, "working");
	mcp_job(&served, "finish", "{\"label\":\"a\",\"text\":\"done\"}");
	mcp_await(&before);
	message = next_related(&before, &task, "result._meta");
	ck_assert_str_eq(mcp_text_at(message, "result.content.0.text"), "done");
	json_decref(message);
	mcp_close(&before);
	mcp_await(&behind);
	message = next_related(&behind, &task, "result._meta");
	ck_assert_str_eq(mcp_text_at(message, "result.content.0.text"), "done");
	json_decref(message);
	mcp_close(&behind);
	mcp_task_expect(&asking, "input_required");
}
END_TEST

/* A tool that is taken away while a task asks is not there to be called again. */
START_TEST(a_tool_that_goes_fails_its_task)
{
	struct mcp_task task = work("a");
	struct mcp_answer waits;

	ask(&task, false, &waits);
	test_daemon_take_away(&served, "mcp-job");
	test_wait_until(&served, test_log_says, "plugin.unloaded mcp-job");
	take_question(&waits, &task, "\"result\":{\"action\":\"accept\",\"content\":{\"name\":\"Ada\"}}");
	mcp_expect_error(mcp_next(&waits), -32602);
	mcp_close(&waits);
	mcp_task_expect(&task, "failed");
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_result_is_waited_for), TEST(a_failure_has_failed),
		TEST(sessions_are_told), TEST(a_client_says_how_long), TEST(tools_say_whether_they_can_be_tasks),
		TEST(tools_are_called_as_they_say), TEST(earlier_versions_have_no_tasks),
		TEST(a_task_asks_and_goes_on, .times = 2), TEST(who_does_not_answer_fails_the_task),
		TEST(a_task_is_cancelled_once), TEST(a_task_is_its_sessions), TEST(only_so_many_tasks_are_kept),
		TEST(tasks_are_listed_a_page_at_a_time), TEST(tasks_outlive_a_replacement),
		TEST(a_tool_that_goes_fails_its_task) };

	return mcp_run_suite(&SUITE(cases, "mcp tasks of sessions", .set_up = set_up, .tear_down = tear_down));
}
