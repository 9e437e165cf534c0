/* e2e_mcp_stdio_life.c: how conversations over standard input and output end, and that they go on when the plugin mcp
 * is replaced. */
#include "mcp_transcript.h"
#include "stdio_kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct test_daemon served;
static struct stdio_client client;

static void set_up(void)
{
	stdio_serve(&client, &served, "{\"mcp\":{\"limits\":{\"uri\":1048576}}}");
}

static void tear_down(void)
{
	test_daemon_stop(&served);
	test_daemon_clean(&served);
}

/* ---- the end ----------------------------------------------------------------------------------------------------- */

/* What was asked before the input's end is answered behind it. */
START_TEST(answers_come_behind_the_end_of_the_input)
{
	json_t *answer;

	stdio_begin(&client, "2025-11-25");
	json_decref(stdio_call(&client, "logging/setLevel", "{\"level\":\"error\"}"));
	stdio_ask(&client, "tools/call", "{\"name\":\"test_reconnection\"}");
	stdio_end_input(&client);
	answer = stdio_answer(&client);
	ck_assert_str_eq(mcp_text_at(answer, "result.content.0.text"), "This is the end.");
	json_decref(answer);
	ck_assert_int_eq(stdio_close(&client), 0);
}
END_TEST

/* Who says no more will not answer questions. */
START_TEST(questions_end_with_the_input)
{
	json_t *answer;

	stdio_begin(&client, "2025-11-25");
	stdio_ask(&client, "tools/call", "{\"name\":\"test_elicitation\",\"arguments\":{\"message\":\"Who?\"}}");
	json_decref(stdio_expect(&client, "elicitation/create"));
	stdio_end_input(&client);
	answer = stdio_answer(&client);
	ck_assert_int_eq(mcp_number_at(answer, "error.code"), -32603);
	json_decref(answer);
	ck_assert_int_eq(stdio_close(&client), 0);
}
END_TEST

/* Those of a task do, too, for whose end the client waits. The client is told what the task does when it knows the
 * task. */
START_TEST(questions_of_tasks_end_with_the_input)
{
	char params[128];
	json_t *answer;

	stdio_begin(&client, "2025-11-25");
	answer = stdio_call(&client, "tools/call",
		"{\"name\":\"test_elicitation\",\"arguments\":{\"message\":\"Who?\"},\"task\":{}}");
	snprintf(params, sizeof params, "{\"taskId\":\"%s\"}", mcp_text_at(answer, "result.task.taskId"));
	json_decref(answer);
	json_decref(stdio_expect(&client, "notifications/tasks/status"));
	stdio_ask(&client, "tasks/result", params);
	json_decref(stdio_expect(&client, "elicitation/create"));
	stdio_end_input(&client);
	mcp_expect_error(stdio_answer(&client), -32603);
	ck_assert_int_eq(stdio_close(&client), 0);
}
END_TEST

/* How long it waits can be said; then it says that it did not wait any longer. */
START_TEST(it_does_not_wait_longer_than_it_was_told)
{
	ck_assert_int_eq(stdio_close(&client), 0);
	stdio_open(&client, &served, "0");
	stdio_ask_modern(&client, "tools/call",
		"{\"name\":\"counter_increment_later\",\"arguments\":{\"after_ms\":1000}}", NULL);
	ck_assert_int_eq(stdio_close(&client), 7);
	ck_assert(stdio_complained(&client, "--wait"));
	stdio_open(&client, &served, "soon");
	ck_assert_int_eq(stdio_close(&client), 2);
}
END_TEST

START_TEST(a_daemon_that_dies_is_told_of)
{
	stdio_begin(&client, "2025-11-25");
	test_daemon_kill(&served);
	ck_assert_ptr_null(stdio_next(&client));
	ck_assert_int_eq(stdio_close(&client), 3);
	ck_assert(stdio_complained(&client, "signalpyd has gone"));
	stdio_open(&client, &served, NULL);
	ck_assert_int_eq(stdio_close(&client), 3);
	test_daemon_start(&served);
}
END_TEST

/* A client that closes its end of the output has gone. */
START_TEST(a_client_that_reads_no_more_has_gone)
{
	int status;

	stdio_begin(&client, "2025-11-25");
	close(client.out);
	ck_assert_int_eq(waitpid(client.pid, &status, 0), client.pid);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	ck_assert(stdio_complained(&client, "nobody reads"));
}
END_TEST

/* What it is told and does not read takes so much memory and no more; then it is cut off, and finds the reason in the
 * log. */
START_TEST(who_does_not_read_is_cut_off)
{
	enum { URI_SIZE = 200000 };
	char *uri = malloc(URI_SIZE + 1), *params;
	json_t *message, *event;
	const char *code;

	memset(uri, 'x', URI_SIZE);
	uri[URI_SIZE] = '\0';
	stdio_begin(&client, "2025-11-25");
	message = json_pack("{s:s}", "uri", uri);
	params = json_dumps(message, 0);
	json_decref(stdio_call(&client, "resources/subscribe", params));
	event = json_pack("{s:s, s:o}", "type", "mcp.resource.updated", "data", message);
	free(params);
	params = json_dumps(event, 0);
	while (!test_log_says(&served, "does not read what it is told"))
		json_decref(test_control(&served, "event.publish", params, &code));
	while ((message = stdio_next(&client)))
		json_decref(message);
	ck_assert_int_eq(stdio_close(&client), 1);
	ck_assert(stdio_complained(&client, "signalctl logs"));
	json_decref(event);
	free(params);
	free(uri);
}
END_TEST

static void ask_plugin(const char *method, const char *params)
{
	const char *code;
	json_t *result = test_control(&served, method, params, &code);

	ck_assert_msg(result != NULL, "%s: %s", method, code);
	json_decref(result);
}

/* The answer to a request of the session; lists may be said to have changed meanwhile, which is true of any. */
static json_t *call_meanwhile(const char *method, const char *params)
{
	json_t *message;

	stdio_ask(&client, method, params);
	while ((message = stdio_next(&client)) && mcp_at(message, "method")) {
		ck_assert_ptr_nonnull(strstr(mcp_text_at(message, "method"), "list_changed"));
		json_decref(message);
	}
	ck_assert_int_eq(mcp_number_at(message, "id"), client.id);
	return message;
}

#define MCP_PLUGIN "\"" TEST_BUILD_DIR "/lib/signalpy/plugins/mcp.so\""

/* R-PL-5: the plugin may be replaced while a client is there, who does not notice: what is under way is answered, the
 * session goes on with its level and its subscriptions, and what was asked can be answered. */
START_TEST(conversations_outlive_a_replacement)
{
	json_t *message;
	const char *code;

	stdio_begin(&client, "2025-11-25");
	json_decref(stdio_call(&client, "logging/setLevel", "{\"level\":\"error\"}"));
	json_decref(stdio_call(&client, "resources/subscribe", "{\"uri\":\"test://watched-resource\"}"));
	stdio_ask(&client, "tools/call", "{\"name\":\"test_tool_with_progress\",\"_meta\":{\"progressToken\":1}}");
	json_decref(stdio_expect(&client, "notifications/progress"));
	mcp_replace(&served, "mcp");
	for (unsigned changes = 0, done = 0; changes < 3 || !done; json_decref(message)) {
		message = stdio_next(&client);
		done += mcp_at(message, "result") != NULL;
		changes += mcp_at(message, "method") && strstr(mcp_text_at(message, "method"), "list_changed");
	}
	json_decref(call_meanwhile("ping", NULL));
	json_decref(call_meanwhile("tools/call", "{\"name\":\"test_tool_with_logging\"}"));
	message = test_control(&served, "event.publish",
		"{\"type\":\"mcp.resource.updated\",\"data\":{\"uri\":\"test://watched-resource\"}}", &code);
	json_decref(message);
	json_decref(stdio_expect(&client, "notifications/resources/updated"));
	stdio_ask(&client, "tools/call", "{\"name\":\"test_elicitation\",\"arguments\":{\"message\":\"Who?\"}}");
	stdio_answer_question(&client, "elicitation/create", "{\"action\":\"decline\"}");
	json_decref(stdio_answer(&client));
	ck_assert_int_eq(stdio_close(&client), 0);
}
END_TEST

/* Without the plugin requests are refused, and nothing else; when it is there again, the session goes on. */
START_TEST(conversations_outlive_the_plugin)
{
	stdio_begin(&client, "2025-11-25");
	ask_plugin("plugin.unload", "{\"name\":\"mcp\"}");
	stdio_say(&client, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":1}}");
	stdio_write(&client, "{\n", 2);
	mcp_expect_error(stdio_call(&client, "ping", NULL), -32000);
	ask_plugin("plugin.load", "{\"path\":" MCP_PLUGIN "}");
	for (int i = 0; i < 3; i++)
		json_decref(stdio_next(&client)); /* any list may have changed */
	json_decref(call_meanwhile("tools/list", NULL));
	ck_assert_int_eq(stdio_close(&client), 0);
}
END_TEST

/* Without a server of HTTP conversations go on as if nothing had happened, and begin. */
START_TEST(conversations_need_no_http)
{
	stdio_begin(&client, "2025-11-25");
	ask_plugin("plugin.unload", "{\"name\":\"http\"}");
	stdio_is_alive(&client);
	ck_assert_int_eq(stdio_close(&client), 0);
	stdio_open(&client, &served, NULL);
	stdio_begin(&client, "2025-11-25");
	ck_assert_int_eq(stdio_close(&client), 0);
}
END_TEST

START_TEST(without_the_plugin_there_is_no_conversation)
{
	stdio_is_alive(&client);
	ask_plugin("plugin.unload", "{\"name\":\"mcp\"}");
	ck_assert_int_eq(stdio_close(&client), 0); /* one that had begun ends well */
	stdio_open(&client, &served, NULL);
	ck_assert_int_eq(stdio_close(&client), 1);
	ck_assert(stdio_complained(&client, "is the plugin mcp loaded?"));
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(answers_come_behind_the_end_of_the_input),
		TEST(questions_end_with_the_input), TEST(questions_of_tasks_end_with_the_input),
		TEST(it_does_not_wait_longer_than_it_was_told), TEST(a_daemon_that_dies_is_told_of),
		TEST(a_client_that_reads_no_more_has_gone), TEST(who_does_not_read_is_cut_off),
		TEST(conversations_outlive_a_replacement), TEST(conversations_outlive_the_plugin),
		TEST(conversations_need_no_http), TEST(without_the_plugin_there_is_no_conversation) };

	return mcp_run_suite(&SUITE(cases, "mcp by lines, its life", .set_up = set_up, .tear_down = tear_down));
}
