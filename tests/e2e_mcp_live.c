/*
 * e2e_mcp_live.c: what a client sees while it waits, in both eras: a call that takes a minute tells how far it is and
 * is cancelled, and who listens is told of a plugin that is dropped in. No test waits for a clock.
 */
#include "mcp_job.h"
#include "mcp_transcript.h"
#include "runner.h"

#include <stdio.h>
#include <string.h>

static struct test_daemon served;
static struct mcp_session_client client;

static void set_up(void)
{
	test_daemon_prepare(&served, NULL);
	test_daemon_drop_fixture(&served, "mcp-job", "mcp-job");
	test_daemon_drop_fixture(&served, "mcp-conformance", "mcp-conformance");
	test_daemon_start(&served);
	json_decref(mcp_begin_session(&client, &served, "2025-11-25", "{}"));
}

static void tear_down(void)
{
	test_daemon_stop(&served);
	test_daemon_clean(&served);
}

/* ---- a long call ------------------------------------------------------------------------------------------------- */

static const char work[] = "{\"name\":\"job_work\",\"arguments\":{\"label\":\"a\"}}";

/* Calls a tool that works until it is told to stop; its deadline is a minute away. */
static void begin_work(bool older, struct mcp_answer *ret_answer)
{
	if (older)
		mcp_session_begin(&client, "tools/call",
			"{\"name\":\"job_work\",\"arguments\":{\"label\":\"a\"},\"_meta\":{\"progressToken\":\"t\"}}",
			ret_answer);
	else
		mcp_modern_begin(&served, "tools/call", work, "{\"progressToken\":\"t\"}", ret_answer);
	mcp_job_await_held(&served, 1);
}

static void tell(int done)
{
	char params[128];

	snprintf(params, sizeof params, "{\"label\":\"a\",\"done\":%d,\"total\":60,\"note\":\"second %d\"}", done,
		done);
	mcp_job(&served, "tell", params);
}

static void expect_progress(struct mcp_answer *answer, int done)
{
	json_t *message = mcp_next(answer);

	ck_assert_str_eq(mcp_text_at(message, "method"), "notifications/progress");
	ck_assert_str_eq(mcp_text_at(message, "params.progressToken"), "t");
	ck_assert_int_eq(mcp_number_at(message, "params.progress"), done);
	ck_assert_int_eq(mcp_number_at(message, "params.total"), 60);
	ck_assert_ptr_nonnull(strstr(mcp_text_at(message, "params.message"), "second"));
	json_decref(message);
}

/* Each piece of progress arrives while the call goes on; what does not grow is not told. */
START_TEST(a_minute_shows_progress)
{
	struct mcp_answer answer;
	json_t *message;

	begin_work(_i == 0, &answer);
	tell(1);
	mcp_await(&answer);
	ck_assert(answer.events);
	expect_progress(&answer, 1);
	tell(1);
	tell(30);
	expect_progress(&answer, 30);
	tell(60);
	mcp_job(&served, "finish", "{\"label\":\"a\",\"text\":\"a minute is over\"}");
	expect_progress(&answer, 60);
	message = mcp_next(&answer);
	ck_assert_str_eq(mcp_text_at(message, "result.content.0.text"), "a minute is over");
	json_decref(message);
	ck_assert_ptr_null(mcp_next(&answer));
	mcp_close(&answer);
}
END_TEST

/* In the older era a client says that it cancels; it is not answered any more. */
START_TEST(a_session_cancels_a_call)
{
	struct mcp_answer answer;
	char body[160];

	begin_work(true, &answer);
	tell(1);
	mcp_await(&answer);
	expect_progress(&answer, 1);
	snprintf(body, sizeof body,
		"{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":%d}}",
		(int)client.id);
	ck_assert_int_eq(mcp_session_send(&client, "POST", body), 202);
	tell(2); /* the tool has not noticed yet */
	mcp_job_await_cancelled(&served, 1);
	ck_assert_ptr_null(mcp_next(&answer));
	mcp_close(&answer);
	ck_assert_int_eq(mcp_session_send(&client, "POST", "{\"jsonrpc\":\"2.0\",\"id\":99,\"method\":\"ping\"}"), 200);
}
END_TEST

/* A connection that is lost does not cancel there. */
START_TEST(a_session_that_is_cut_off_goes_on)
{
	struct mcp_answer answer, again;
	json_t *message;

	begin_work(true, &answer);
	tell(1);
	mcp_await(&answer);
	expect_progress(&answer, 1);
	mcp_close(&answer);
	tell(2);
	mcp_job(&served, "finish", "{\"label\":\"a\",\"text\":\"done\"}");
	mcp_session_listen(&client, answer.last_event, &again);
	expect_progress(&again, 2);
	message = mcp_next(&again);
	ck_assert_str_eq(mcp_text_at(message, "result.content.0.text"), "done");
	json_decref(message);
	mcp_close(&again);
}
END_TEST

/* In the modern era a client that goes cancels, whether its answer has begun or not. */
START_TEST(who_goes_cancels_a_call)
{
	struct mcp_answer answer;

	begin_work(false, &answer);
	if (_i == 0) {
		tell(1);
		mcp_await(&answer);
		expect_progress(&answer, 1);
	}
	mcp_close(&answer);
	mcp_job_await_cancelled(&served, 1);
}
END_TEST

/* R-PL-5: the server of HTTP may be replaced while a call goes on, which is answered where it was made. */
START_TEST(a_call_outlives_a_replacement_of_http)
{
	struct mcp_answer answer;
	json_t *message;

	begin_work(_i == 0, &answer);
	tell(1);
	mcp_await(&answer);
	expect_progress(&answer, 1);
	mcp_replace(&served, "http");
	mcp_job(&served, "finish", "{\"label\":\"a\",\"text\":\"done\"}");
	message = mcp_next(&answer);
	ck_assert_str_eq(mcp_text_at(message, "result.content.0.text"), "done");
	json_decref(message);
	mcp_close(&answer);
}
END_TEST

/* ---- a plugin that is dropped in --------------------------------------------------------------------------------- */

static void expect_method(struct mcp_answer *answer, const char *method)
{
	json_t *message = mcp_next(answer);

	ck_assert_str_eq(mcp_text_at(message, "method"), method);
	json_decref(message);
}

static bool is_listed(bool older, const char *name)
{
	json_t *answer = older ? mcp_session_call(&client, "tools/list", NULL)
			       : mcp_modern_call(&served, "tools/list", NULL, NULL);
	const json_t *tool;
	bool listed = false;
	size_t i;

	json_array_foreach(mcp_at(answer, "result.tools"), i, tool)
		listed = listed || strcmp(mcp_text_at(tool, "name"), name) == 0;
	json_decref(answer);
	return listed;
}

/* R-PL-1: a real plugin comes, and goes; a listener of each era is told of both, and lists it by then. */
START_TEST(listeners_are_told_of_plugins)
{
	static const char changed[] = "notifications/tools/list_changed";
	struct mcp_answer older, modern;

	mcp_session_listen(&client, NULL, &older);
	mcp_modern_open(&served, "subscriptions/listen", "{\"notifications\":{\"toolsListChanged\":true}}", NULL,
		&modern);
	expect_method(&modern, "notifications/subscriptions/acknowledged");
	test_daemon_drop(&served, "greeter", "greeter", 0);
	expect_method(&older, changed);
	expect_method(&modern, changed);
	ck_assert(is_listed(true, "greeter_greet") && is_listed(false, "greeter_greet"));
	test_daemon_take_away(&served, "greeter");
	expect_method(&older, changed);
	expect_method(&modern, changed);
	ck_assert(!is_listed(true, "greeter_greet") && !is_listed(false, "greeter_greet"));
	mcp_close(&older);
	mcp_close(&modern);
}
END_TEST

/* Who listens to prompts only is not told of tools; a tool makes an instance, which brings a prompt. */
START_TEST(listeners_are_told_of_what_they_asked_for)
{
	struct mcp_answer answer;

	mcp_modern_open(&served, "subscriptions/listen", "{\"notifications\":{\"promptsListChanged\":true}}", NULL,
		&answer);
	expect_method(&answer, "notifications/subscriptions/acknowledged");
	json_decref(mcp_modern_call(&served, "tools/call", "{\"name\":\"test_trigger_tool_change\"}", NULL));
	ck_assert(is_listed(false, "extra-tool_nod"));
	json_decref(mcp_modern_call(&served, "tools/call", "{\"name\":\"test_trigger_prompt_change\"}", NULL));
	expect_method(&answer, "notifications/prompts/list_changed");
	json_decref(mcp_modern_call(&served, "tools/call", "{\"name\":\"test_trigger_tool_change\"}", NULL));
	ck_assert(!is_listed(false, "extra-tool_nod"));
	mcp_close(&answer);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_minute_shows_progress, .times = 2), TEST(a_session_cancels_a_call),
		TEST(a_session_that_is_cut_off_goes_on), TEST(who_goes_cancels_a_call, .times = 2),
		TEST(a_call_outlives_a_replacement_of_http, .times = 2), TEST(listeners_are_told_of_plugins),
		TEST(listeners_are_told_of_what_they_asked_for) };

	return mcp_run_suite(&SUITE(cases, "mcp, live", .set_up = set_up, .tear_down = tear_down));
}
