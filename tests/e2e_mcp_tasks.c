/*
 * e2e_mcp_tasks.c: calls of the modern era that become tasks (the extension io.modelcontextprotocol/tasks).
 */
#include "mcp_job.h"
#include "mcp_transcript.h"
#include "runner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct test_daemon served;

static void begin_with(const char *configuration)
{
	test_daemon_prepare(&served, configuration);
	test_daemon_drop_fixture(&served, "mcp-job", "mcp-job");
	test_daemon_drop(&served, "greeter", "greeter", 0);
	test_daemon_start(&served);
}

static void set_up(void)
{
	begin_with("{\"mcp\":{\"task_after_ms\":0,\"task_ms\":60000,\"task_poll_ms\":50}}");
}

static void tear_down(void)
{
	test_daemon_stop(&served);
	test_daemon_clean(&served);
}

static struct mcp_task call_tool(const char *params)
{
	json_t *answer = mcp_modern_call(&served, "tools/call", params, MCP_TAKES_TASKS);
	struct mcp_task task = { .daemon = &served };

	ck_assert_str_eq(mcp_text_at(answer, "result.resultType"), "task");
	ck_assert_str_eq(mcp_text_at(answer, "result.status"), "working");
	ck_assert_int_eq(mcp_number_at(answer, "result.ttlMs"), 60000);
	ck_assert_int_eq(mcp_number_at(answer, "result.pollIntervalMs"), 50);
	ck_assert_ptr_null(mcp_at(answer, "result.requestState"));
	snprintf(task.id, sizeof task.id, "%s", mcp_text_at(answer, "result.taskId"));
	json_decref(answer);
	return task;
}

static struct mcp_task work(const char *label)
{
	char params[128];

	snprintf(params, sizeof params, "{\"name\":\"job_work\",\"arguments\":{\"label\":\"%s\"}}", label);
	return call_tool(params);
}

static void expect_text(const struct mcp_task *task, const char *text)
{
	json_t *answer = mcp_task_about("tasks/get", task, "");

	ck_assert_str_eq(mcp_text_at(answer, "result.status"), "completed");
	ck_assert_str_eq(mcp_text_at(answer, "result.result.content.0.text"), text);
	ck_assert_ptr_null(mcp_at(answer, "result.result._meta"));
	json_decref(answer);
}

/* ---- from its beginning to its end ------------------------------------------------------------------------------- */

START_TEST(a_call_becomes_a_task)
{
	struct mcp_task task = work("a");
	json_t *answer;

	mcp_task_expect(&task, "working");
	mcp_job(&served, "tell", "{\"label\":\"a\",\"done\":3,\"total\":10,\"note\":\"reading\"}");
	answer = mcp_task_about("tasks/get", &task, "");
	ck_assert_str_eq(mcp_text_at(answer, "result.statusMessage"), "3 of 10: reading");
	json_decref(answer);
	mcp_job(&served, "finish", "{\"label\":\"a\",\"text\":\"done\"}");
	expect_text(&task, "done");
	expect_text(&task, "done"); /* it is kept */
}
END_TEST

/* What a tool reports is what the task came to; only what MCP itself refuses has failed. */
START_TEST(a_failure_is_a_result)
{
	struct mcp_task task = work("a");
	json_t *answer;

	mcp_job(&served, "fail", "{\"label\":\"a\",\"text\":\"no luck\"}");
	answer = mcp_task_about("tasks/get", &task, "");
	ck_assert_str_eq(mcp_text_at(answer, "result.status"), "completed");
	ck_assert(json_is_true(mcp_at(answer, "result.result.isError")));
	ck_assert_ptr_nonnull(strstr(mcp_text_at(answer, "result.result.content.0.text"), "no luck"));
	json_decref(answer);
}
END_TEST

START_TEST(what_answers_at_once_is_no_task)
{
	json_t *answer = mcp_modern_call(&served, "tools/call",
		"{\"name\":\"greeter_greet\",\"arguments\":{\"name\":\"Ada\"},\"task\":{\"ttl\":5}}", MCP_TAKES_TASKS);

	ck_assert_str_eq(mcp_text_at(answer, "result.resultType"), "complete");
	ck_assert_ptr_null(mcp_at(answer, "result.taskId"));
	json_decref(answer);
	answer = mcp_modern_call(&served, "tools/call", "{\"name\":\"job_work\",\"arguments\":{}}", MCP_TAKES_TASKS);
	ck_assert(json_is_true(mcp_at(answer, "result.isError"))); /* the label is missing */
	json_decref(answer);
}
END_TEST

/* The answer itself has come, and no task. */
static void expect_direct(struct mcp_answer *answer)
{
	json_t *message;

	mcp_await(answer);
	message = mcp_next(answer);
	ck_assert_str_eq(mcp_text_at(message, "result.resultType"), "complete");
	ck_assert_str_eq(mcp_text_at(message, "result.content.0.text"), "direct");
	json_decref(message);
	mcp_close(answer);
}

START_TEST(who_does_not_take_tasks_waits)
{
	static const char *const methods[] = { "tasks/get", "tasks/update", "tasks/cancel" };
	struct mcp_answer answer;
	json_t *message;

	message =
		mcp_modern_call(&served, "tools/call", "{\"name\":\"job_must\",\"arguments\":{\"label\":\"a\"}}", NULL);
	ck_assert_ptr_nonnull(mcp_at(message, "error.data.requiredCapabilities.extensions"));
	mcp_expect_error(message, -32021);
	for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
		mcp_expect_error(mcp_modern_call(&served, methods[i], "{\"taskId\":\"x\"}", NULL), -32021);
	mcp_expect_error(mcp_modern_call(&served, "subscriptions/listen", "{\"notifications\":{\"taskIds\":[]}}", NULL),
		-32021);
	mcp_expect_error(mcp_modern_call(&served, "tasks/list", "{}", MCP_TAKES_TASKS), -32601);
	mcp_modern_begin(&served, "tools/call", "{\"name\":\"job_work\",\"arguments\":{\"label\":\"a\"}}", NULL,
		&answer);
	mcp_job_await_held(&served, 1);
	mcp_job(&served, "finish", "{\"label\":\"a\",\"text\":\"direct\"}");
	expect_direct(&answer);
}
END_TEST

/* ---- questions --------------------------------------------------------------------------------------------------- */

/* What a question is called. */
struct name {
	char id[64];
};

static void question_of(const struct mcp_task *task, struct name *ret_question)
{
	json_t *answer = mcp_task_about("tasks/get", task, "");
	const json_t *questions = mcp_at(answer, "result.inputRequests");
	const char *key = json_object_iter_key(json_object_iter((json_t *)questions));

	ck_assert_str_eq(mcp_text_at(answer, "result.status"), "input_required");
	ck_assert_uint_eq(json_object_size(questions), 1);
	ck_assert_str_eq(mcp_text_at(json_object_get(questions, key), "method"), "elicitation/create");
	snprintf(ret_question->id, sizeof ret_question->id, "%s", key);
	json_decref(answer);
}

static void answer_question(const struct mcp_task *task, const struct name *question, const char *name)
{
	char more[256];
	json_t *answer;

	snprintf(more, sizeof more,
		",\"inputResponses\":{\"unknown\":{},\"%s\":{\"action\":\"accept\",\"content\":{\"name\":\"%s\"}}}",
		question->id, name);
	answer = mcp_task_about("tasks/update", task, more);
	ck_assert_str_eq(mcp_text_at(answer, "result.resultType"), "complete");
	ck_assert_ptr_null(mcp_at(answer, "result.status"));
	json_decref(answer);
}

START_TEST(a_task_asks_and_goes_on)
{
	struct mcp_task task = work("a");
	struct name question;

	mcp_job(&served, "ask", "{\"label\":\"a\"}");
	question_of(&task, &question);
	mcp_expect_error(mcp_task_about("tasks/update", &task, ""), -32602);
	mcp_expect_error(mcp_task_about("tasks/update", &task, ",\"inputResponses\":[]"), -32602);
	json_decref(mcp_task_about("tasks/update", &task, ",\"inputResponses\":{\"unknown\":{\"action\":\"accept\"}}"));
	mcp_task_expect(&task, "input_required");
	answer_question(&task, &question, "Ada");
	expect_text(&task, "for Ada");
	answer_question(&task, &question, "Bob"); /* too late, and passed over */
	expect_text(&task, "for Ada");
}
END_TEST

START_TEST(who_asks_can_be_cancelled)
{
	struct mcp_task task = work("a");
	struct name question;

	mcp_job(&served, "ask", "{\"label\":\"a\"}");
	question_of(&task, &question);
	json_decref(mcp_task_about("tasks/cancel", &task, ""));
	answer_question(&task, &question, "Ada");
	mcp_task_expect(&task, "cancelled");
}
END_TEST

/* ---- failing paths ----------------------------------------------------------------------------------------------- */

START_TEST(tasks_that_are_none_are_refused)
{
	static const char *const methods[] = { "tasks/get", "tasks/update", "tasks/cancel" };
	struct mcp_task unknown = { .daemon = &served, .id = "0123456789abcdef0123456789abcdef" };

	for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
		mcp_expect_error(mcp_task_about(methods[i], &unknown, ",\"inputResponses\":{}"), -32602);
		mcp_expect_error(mcp_modern_call(&served, methods[i], "{}", MCP_TAKES_TASKS), -32602);
	}
}
END_TEST

START_TEST(a_cancelled_task_stays_cancelled)
{
	struct mcp_task task = work("a"), other = work("b");
	json_t *answer;

	answer = mcp_task_about("tasks/cancel", &task, "");
	ck_assert_str_eq(mcp_text_at(answer, "result.resultType"), "complete");
	ck_assert_ptr_null(mcp_at(answer, "result.taskId"));
	json_decref(answer);
	mcp_task_expect(&task, "cancelled");
	mcp_job_await_cancelled(&served, 1); /* the tool was told */
	mcp_task_expect(&task, "cancelled");
	json_decref(mcp_task_about("tasks/cancel", &task, "")); /* once more does no harm */
	mcp_job(&served, "finish", "{\"label\":\"b\",\"text\":\"done\"}");
	json_decref(mcp_task_about("tasks/cancel", &other, ""));
	expect_text(&other, "done");
}
END_TEST

/* Where there is no room, a client waits as one that takes no tasks. */
START_TEST(only_so_many_tasks_are_kept)
{
	struct mcp_answer waits;
	struct mcp_task task;

	tear_down();
	begin_with("{\"mcp\":{\"task_after_ms\":0,\"task_ms\":60000,\"task_poll_ms\":50,\"tasks_per_caller\":1}}");
	task = work("a");
	mcp_modern_begin(&served, "tools/call", "{\"name\":\"job_work\",\"arguments\":{\"label\":\"b\"}}",
		MCP_TAKES_TASKS, &waits);
	mcp_job_await_held(&served, 2);
	mcp_job(&served, "finish", "{\"label\":\"b\",\"text\":\"direct\"}");
	expect_direct(&waits);
	mcp_job(&served, "finish", "{\"label\":\"a\",\"text\":\"done\"}");
	expect_text(&task, "done");
}
END_TEST

/* ---- whose it is ------------------------------------------------------------------------------------------------- */

/* The hashes of "swordfish" and "pike". */
#define TOKENS \
	"\"auth\":{\"tokens\":{\"ada\":{\"sha256\":\"b9f195c5cc7ef6afadbfbc42892ad47d3b24c6bc94bb510c4564a90a14e8b799\"}}}"
#define ADA "Authorization: Bearer swordfish\r\n"

START_TEST(a_task_is_its_makers_only)
{
	struct mcp_session_client client;
	struct mcp_task task;
	char params[128];
	json_t *answer;

	tear_down();
	begin_with("{\"mcp\":{\"task_after_ms\":0,\"task_ms\":60000,\"task_poll_ms\":50}," TOKENS "}");
	served.credentials = ADA;
	task = work("a");
	served.credentials = NULL;
	mcp_expect_error(mcp_task_about("tasks/get", &task, ""), -32602);
	mcp_expect_error(mcp_task_about("tasks/cancel", &task, ""), -32602);
	mcp_expect_error(mcp_task_about("tasks/update", &task, ",\"inputResponses\":{}"), -32602);
	served.credentials = ADA;
	mcp_task_expect(&task, "working");
	json_decref(mcp_begin_session(&client, &served, "2025-11-25", "{}"));
	snprintf(params, sizeof params, "{\"taskId\":\"%s\"}", task.id);
	answer = mcp_session_call(&client, "tasks/get", params); /* it is hers in any era */
	ck_assert_str_eq(mcp_text_at(answer, "result.status"), "working");
	json_decref(answer);
	mcp_job(&served, "finish", "{\"label\":\"a\",\"text\":\"done\"}");
	expect_text(&task, "done");
}
END_TEST

/* Who may not call a tool is told so on the spot. */
START_TEST(who_may_not_call_has_no_task)
{
	struct mcp_session_client client;
	struct mcp_answer answer;
	json_t *list;

	tear_down();
	begin_with("{\"mcp\":{\"task_after_ms\":0}," TOKENS "}");
	served.credentials = ADA;
	mcp_modern_open(&served, "tools/call", "{\"name\":\"job_guarded\",\"arguments\":{\"label\":\"a\"}}",
		MCP_TAKES_TASKS, &answer);
	ck_assert_int_eq(answer.status, 403);
	mcp_close(&answer);
	json_decref(mcp_begin_session(&client, &served, "2025-11-25", "{}"));
	mcp_session_open(&client, "tools/call",
		"{\"name\":\"job_guarded\",\"arguments\":{\"label\":\"a\"},\"task\":{}}", &answer);
	ck_assert_int_eq(answer.status, 403);
	mcp_close(&answer);
	list = mcp_session_call(&client, "tasks/list", NULL);
	ck_assert_uint_eq(json_array_size(mcp_at(list, "result.tasks")), 0);
	json_decref(list);
}
END_TEST

/* ---- telling ----------------------------------------------------------------------------------------------------- */

START_TEST(subscribers_are_told)
{
	struct mcp_task task = work("a");
	struct mcp_answer listener;
	char params[256];
	json_t *message;

	snprintf(params, sizeof params, "{\"notifications\":{\"taskIds\":[\"%s\",\"unknown\",7]}}", task.id);
	mcp_expect_error(mcp_modern_call(&served, "subscriptions/listen", params, NULL), -32021);
	mcp_modern_open(&served, "subscriptions/listen", params, MCP_TAKES_TASKS, &listener);
	message = mcp_next(&listener);
	ck_assert_str_eq(mcp_text_at(message, "params.notifications.taskIds.0"), task.id);
	ck_assert_uint_eq(json_array_size(mcp_at(message, "params.notifications.taskIds")), 1);
	json_decref(message);
	json_decref(mcp_task_about("tasks/get", &task, ""));
	mcp_job(&served, "finish", "{\"label\":\"a\",\"text\":\"done\"}");
	message = mcp_next(&listener);
	ck_assert_str_eq(mcp_text_at(message, "method"), "notifications/tasks");
	ck_assert_str_eq(mcp_text_at(message, "params.taskId"), task.id);
	ck_assert_str_eq(mcp_text_at(message, "params.status"), "completed");
	ck_assert_str_eq(mcp_text_at(message, "params.result.content.0.text"), "done");
	ck_assert_ptr_nonnull(mcp_at(message, "params._meta"));
	json_decref(message);
	mcp_close(&listener);
}
END_TEST

/* ---- what goes on around it -------------------------------------------------------------------------------------- */

/* R-PL-5: what is under way ends in the former instance, and the new one has its result; what asks goes on in the new
 * one. */
START_TEST(tasks_outlive_a_replacement)
{
	struct mcp_task ended = work("a"), running, asking, late;
	struct name question;

	mcp_job(&served, "finish", "{\"label\":\"a\",\"text\":\"done\"}");
	running = work("b");
	asking = work("c");
	late = work("d");
	mcp_job(&served, "ask", "{\"label\":\"c\"}");
	question_of(&asking, &question);
	mcp_replace(&served, "mcp");
	expect_text(&ended, "done");
	mcp_task_expect(&running, "working");
	answer_question(&asking, &question, "Ada");
	expect_text(&asking, "for Ada");
	mcp_job(&served, "finish", "{\"label\":\"b\",\"text\":\"done, too\"}");
	mcp_task_await(&running);
	expect_text(&running, "done, too");
	mcp_job(&served, "ask", "{\"label\":\"d\"}"); /* in the former instance; the answer goes to the new one */
	mcp_task_await(&late);
	question_of(&late, &question);
	answer_question(&late, &question, "Eve");
	expect_text(&late, "for Eve");
}
END_TEST

/* A component that is taken away while it works for a task, and for a client that waits, is given its time; then both
 * are told. */
START_TEST(a_tool_that_is_taken_away_ends_its_task)
{
	struct mcp_answer waits;
	struct mcp_task task;
	json_t *message;

	tear_down();
	begin_with(
		"{\"mcp\":{\"task_after_ms\":0,\"task_ms\":60000,\"task_poll_ms\":50},\"plugins\":{\"drain_ms\":300}}");
	task = work("a");
	mcp_modern_begin(&served, "tools/call", "{\"name\":\"job_work\",\"arguments\":{\"label\":\"b\"}}", NULL,
		&waits);
	mcp_job_await_held(&served, 2);
	test_daemon_take_away(&served, "mcp-job");
	mcp_await(&waits);
	message = mcp_next(&waits);
	ck_assert(json_is_true(mcp_at(message, "result.isError")));
	ck_assert_ptr_nonnull(strstr(mcp_text_at(message, "result.content.0.text"), "unavailable"));
	json_decref(message);
	mcp_close(&waits);
	mcp_task_await(&task);
	message = mcp_task_about("tasks/get", &task, "");
	ck_assert_str_eq(mcp_text_at(message, "result.status"), "completed");
	ck_assert(json_is_true(mcp_at(message, "result.result.isError")));
	ck_assert_ptr_nonnull(strstr(mcp_text_at(message, "result.result.content.0.text"), "unavailable"));
	json_decref(message);
}
END_TEST

/* A task that was cancelled meanwhile is not brought back by its end, and says that its tool was not told. */
START_TEST(what_was_cancelled_behind_a_replacement_stays_so)
{
	struct mcp_task task = work("a");
	json_t *answer;

	mcp_replace(&served, "mcp");
	json_decref(mcp_task_about("tasks/cancel", &task, ""));
	answer = mcp_task_about("tasks/get", &task, "");
	ck_assert_ptr_nonnull(strstr(mcp_text_at(answer, "result.statusMessage"), "ends by itself"));
	json_decref(answer);
	mcp_job(&served, "finish", "{\"label\":\"a\",\"text\":\"done\"}");
	mcp_job_await_held(&served, 0);
	mcp_task_expect(&task, "cancelled");
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_call_becomes_a_task), TEST(a_failure_is_a_result),
		TEST(what_answers_at_once_is_no_task), TEST(who_does_not_take_tasks_waits),
		TEST(a_task_asks_and_goes_on), TEST(who_asks_can_be_cancelled), TEST(tasks_that_are_none_are_refused),
		TEST(a_cancelled_task_stays_cancelled), TEST(only_so_many_tasks_are_kept),
		TEST(a_task_is_its_makers_only), TEST(who_may_not_call_has_no_task), TEST(subscribers_are_told),
		TEST(tasks_outlive_a_replacement), TEST(a_tool_that_is_taken_away_ends_its_task),
		TEST(what_was_cancelled_behind_a_replacement_stays_so) };

	return mcp_run_suite(&SUITE(cases, "mcp tasks", .set_up = set_up, .tear_down = tear_down));
}
