/* e2e_mcp_stdio.c: MCP over standard input and output, as clients of models start it: both eras through signalctl mcp,
 * and what a line may be. */
#include "mcp_transcript.h"
#include "stdio_kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct test_daemon served;
static struct stdio_client client;

static void set_up(void)
{
	stdio_serve(&client, &served, NULL);
}

static void tear_down(void)
{
	test_daemon_stop(&served);
	test_daemon_clean(&served);
}

static void is_alive_without_session(void)
{
	json_decref(stdio_call_modern(&client, "server/discover", NULL, NULL));
}

/* ---- the older era ----------------------------------------------------------------------------------------------- */

START_TEST(a_session_is_begun_and_tools_are_called)
{
	json_t *answer;

	stdio_begin(&client, "2025-11-25");
	answer = stdio_call(&client, "tools/list", NULL);
	ck_assert_uint_gt(json_array_size(mcp_at(answer, "result.tools")), 10);
	json_decref(answer);
	answer = stdio_call(&client, "tools/call", "{\"name\":\"greeter_greet\",\"arguments\":{\"name\":\"Ada\"}}");
	ck_assert_str_eq(mcp_text_at(answer, "result.structuredContent.message"), "Hello, Ada!");
	json_decref(answer);
	answer = stdio_call(&client, "tools/call", "{\"name\":\"counter_increment\",\"arguments\":{\"by\":5000}}");
	ck_assert(json_is_true(mcp_at(answer, "result.isError")));
	json_decref(answer);
	mcp_expect_error(stdio_call(&client, "tools/call", "{\"name\":\"nobody\"}"), -32602);
	mcp_expect_error(stdio_call(&client, "nothing/here", NULL), -32601);
	mcp_expect_error(stdio_call(&client, "resources/read", "{\"uri\":\"test://nobody\"}"), -32002);
	ck_assert_int_eq(stdio_close(&client), 0);
	ck_assert(!stdio_complained(&client, "signalctl"));
}
END_TEST

/* A version that nobody speaks is answered with the newest of the era; a second initialize begins anew. */
START_TEST(versions_are_agreed_on)
{
	json_t *answer = stdio_begin_session(&client, "1999-01-01", "{}");

	ck_assert_str_eq(mcp_text_at(answer, "result.protocolVersion"), "2025-11-25");
	json_decref(answer);
	stdio_begin(&client, "2025-06-18");
	ck_assert_int_eq(stdio_close(&client), 0);
}
END_TEST

/* Before a session has begun there are pings and nothing else. */
START_TEST(a_session_comes_first)
{
	stdio_is_alive(&client);
	mcp_expect_error(stdio_call(&client, "tools/list", NULL), -32600);
	mcp_expect_error(stdio_call(&client, "resources/subscribe", "{\"uri\":\"test://watched-resource\"}"), -32600);
	stdio_begin(&client, "2025-11-25");
	ck_assert_int_eq(stdio_close(&client), 0);
}
END_TEST

/* Progress only for who gave a token, growing, and nothing of it behind the answer. */
START_TEST(progress_is_told)
{
	json_int_t latest = -1;
	json_t *message;

	stdio_begin(&client, "2025-11-25");
	stdio_ask(&client, "tools/call", "{\"name\":\"test_tool_with_progress\",\"_meta\":{\"progressToken\":\"t\"}}");
	while ((message = stdio_next(&client)) && mcp_at(message, "method")) {
		ck_assert_str_eq(mcp_text_at(message, "params.progressToken"), "t");
		ck_assert_int_gt(mcp_number_at(message, "params.progress"), latest);
		latest = mcp_number_at(message, "params.progress");
		json_decref(message);
	}
	ck_assert_int_eq(latest, 100);
	ck_assert_int_eq(mcp_number_at(message, "id"), client.id);
	json_decref(message);
	stdio_is_alive(&client);
	json_decref(stdio_call(&client, "tools/call", "{\"name\":\"test_tool_with_progress\"}"));
	ck_assert_int_eq(stdio_close(&client), 0);
}
END_TEST

static void say_cancelled(json_int_t id, const char *meta)
{
	char line[256];

	snprintf(line, sizeof line,
		"{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":%d%s}}", (int)id,
		meta);
	stdio_say(&client, line);
}

/* Who cancels is not answered any more, in either era; what is not known cannot be cancelled. */
START_TEST(who_cancels_is_not_answered)
{
	stdio_begin(&client, "2025-11-25");
	stdio_ask(&client, "tools/call", "{\"name\":\"test_reconnection\"}");
	json_decref(stdio_expect(&client, "notifications/message"));
	say_cancelled(client.id, "");
	say_cancelled(999, "");
	stdio_ask_modern(&client, "tools/call", "{\"name\":\"test_reconnection\"}",
		"{\"io.modelcontextprotocol/logLevel\":\"info\"}");
	json_decref(stdio_expect(&client, "notifications/message"));
	say_cancelled(client.id, "");
	stdio_ask_modern(&client, "tools/call", "{\"name\":\"test_reconnection\"}",
		"{\"io.modelcontextprotocol/logLevel\":\"info\"}");
	json_decref(stdio_expect(&client, "notifications/message"));
	say_cancelled(client.id, ",\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\"}");
	stdio_is_alive(&client);
	ck_assert_int_eq(stdio_close(&client), 0); /* it waits for nobody */
}
END_TEST

/* A tool asks its client, who answers on the same lines; what was never asked is not answered. */
START_TEST(a_tool_asks_and_goes_on)
{
	json_t *answer;

	stdio_begin(&client, "2025-11-25");
	stdio_say(&client, "{\"jsonrpc\":\"2.0\",\"id\":\"ask-1\",\"result\":{}}");
	stdio_ask(&client, "tools/call", "{\"name\":\"test_elicitation\",\"arguments\":{\"message\":\"Who?\"}}");
	stdio_answer_question(&client, "elicitation/create",
		"{\"action\":\"accept\",\"content\":{\"username\":\"Ada\"}}");
	answer = stdio_answer(&client);
	ck_assert_ptr_nonnull(strstr(mcp_text_at(answer, "result.content.0.text"), "Ada"));
	json_decref(answer);
	stdio_ask(&client, "tools/call", "{\"name\":\"test_sampling\",\"arguments\":{\"prompt\":\"Well?\"}}");
	stdio_answer_question(&client, "sampling/createMessage",
		"{\"role\":\"assistant\",\"model\":\"m\",\"content\":{\"type\":\"text\",\"text\":\"Indeed.\"}}");
	answer = stdio_answer(&client);
	ck_assert_ptr_nonnull(strstr(mcp_text_at(answer, "result.content.0.text"), "Indeed."));
	json_decref(answer);
	stdio_ask(&client, "tools/call", "{\"name\":\"test_input_required_result_list_roots\"}");
	stdio_answer_question(&client, "roots/list", "{\"roots\":[]}");
	json_decref(stdio_answer(&client));
	ck_assert_int_eq(stdio_close(&client), 0);
}
END_TEST

/* R-PL-1: a client is told of what is dropped in, of what a resource it subscribed to does, and of lines above its
 * level. */
START_TEST(a_session_is_told_of_changes)
{
	json_t *message;
	const char *code;

	stdio_begin(&client, "2025-11-25");
	json_decref(stdio_call(&client, "resources/subscribe", "{\"uri\":\"test://watched-resource\"}"));
	message = test_control(&served, "event.publish",
		"{\"type\":\"mcp.resource.updated\",\"data\":{\"uri\":\"test://watched-resource\"}}", &code);
	json_decref(message);
	message = stdio_expect(&client, "notifications/resources/updated");
	ck_assert_str_eq(mcp_text_at(message, "params.uri"), "test://watched-resource");
	json_decref(message);
	test_daemon_drop(&served, "stock-by-call", "stock-by-call", 0);
	json_decref(stdio_expect(&client, "notifications/tools/list_changed"));
	json_decref(stdio_call(&client, "logging/setLevel", "{\"level\":\"error\"}"));
	json_decref(stdio_call(&client, "tools/call", "{\"name\":\"test_tool_with_logging\"}"));
	ck_assert_int_eq(stdio_close(&client), 0);
}
END_TEST

START_TEST(batches_are_answered_together_in_2025_03_26_only)
{
	json_t *answers;

	stdio_say(&client, MCP_BATCH);
	mcp_expect_error(stdio_next(&client), -32600);
	stdio_begin(&client, "2025-06-18");
	stdio_say(&client, MCP_BATCH);
	mcp_expect_error(stdio_next(&client), -32600);
	stdio_begin(&client, "2025-03-26");
	stdio_say(&client, MCP_BATCH);
	answers = stdio_next(&client);
	ck_assert_uint_eq(json_array_size(answers), 2);
	ck_assert_int_eq(mcp_number_at(answers, "1.result.structuredContent.value"), 1);
	json_decref(answers);
	stdio_say(&client, "[{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}]");
	stdio_is_alive(&client); /* notifications alone are not answered */
	ck_assert_int_eq(stdio_close(&client), 0);
}
END_TEST

/* ---- the modern era ---------------------------------------------------------------------------------------------- */

START_TEST(modern_requests_need_no_session)
{
	json_t *answer = stdio_call_modern(&client, "server/discover", NULL, NULL);

	ck_assert_str_eq(mcp_text_at(answer, "result.supportedVersions.0"), "2026-07-28");
	json_decref(answer);
	answer = stdio_call_modern(&client, "tools/list", NULL, NULL);
	ck_assert_str_eq(mcp_text_at(answer, "result.cacheScope"), "private");
	json_decref(answer);
	answer = stdio_call_modern(&client, "tools/call", "{\"name\":\"counter_increment\",\"arguments\":{\"by\":2}}",
		NULL);
	ck_assert_int_eq(mcp_number_at(answer, "result.structuredContent.value"), 2);
	json_decref(answer);
	ck_assert_int_eq(stdio_close(&client), 0);
}
END_TEST

#define META(version, more) "\"params\":{\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":" version more "}}}"
#define CAPABILITIES ",\"io.modelcontextprotocol/clientCapabilities\":{}"

/* Without headers the body decides; what is wrong with it has the same codes as over HTTP. */
START_TEST(modern_faults_have_their_codes)
{
	static const struct {
		const char *line;
		int code;
	} rows[] = {
		{ "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"tools/list\"," META("7", ""), -32602 },
		{ "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"tools/list\"," META("\"2026-07-28\"", ""), -32602 },
		{ "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"tools/list\"," META("\"2099-01-01\"", CAPABILITIES),
			-32022 },
		{ "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"ping\"," META("\"2026-07-28\"", CAPABILITIES), -32601 },
		{ "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"initialize\"," META("\"2026-07-28\"", CAPABILITIES),
			-32601 },
		{ "[{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"ping\"," META("\"2026-07-28\"", CAPABILITIES) "]",
			-32600 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		stdio_say(&client, rows[i].line);
		mcp_expect_error(stdio_next(&client), rows[i].code);
	}
	mcp_expect_error(stdio_call_modern(&client, "tools/call", "{\"name\":\"test_missing_capability\"}", NULL),
		-32021);
	ck_assert_int_eq(stdio_close(&client), 0);
}
END_TEST

/* Lines are sent to who asks for them, of the level that was asked for, before the answer. */
START_TEST(modern_lines_are_sent_only_if_asked_for)
{
	json_decref(stdio_call_modern(&client, "tools/call", "{\"name\":\"test_logging_tool\"}", NULL));
	stdio_ask_modern(&client, "tools/call", "{\"name\":\"test_logging_tool\"}",
		"{\"io.modelcontextprotocol/logLevel\":\"info\"}");
	for (int i = 0; i < 3; i++)
		json_decref(stdio_expect(&client, "notifications/message"));
	json_decref(stdio_answer(&client));
	ck_assert_int_eq(stdio_close(&client), 0);
}
END_TEST

/* A question is an answer, and the next request goes on where it was. */
START_TEST(modern_questions_are_answers)
{
	static const char can[] = "{\"io.modelcontextprotocol/clientCapabilities\":{\"elicitation\":{}}}";
	static const char name[] = "test_input_required_result_elicitation";
	json_t *answer, *params;
	char *text;

	answer = stdio_call_modern(&client, "tools/call", "{\"name\":\"test_input_required_result_elicitation\"}", can);
	ck_assert_str_eq(mcp_text_at(answer, "result.resultType"), "input_required");
	params = json_pack("{s:s, s:{s:{s:s, s:{s:s}}}, s:s}", "name", name, "inputResponses", "user_name", "action",
		"accept", "content", "name", "Ada", "requestState", mcp_text_at(answer, "result.requestState"));
	json_decref(answer);
	text = json_dumps(params, JSON_COMPACT);
	answer = stdio_call_modern(&client, "tools/call", text, can);
	ck_assert_ptr_nonnull(strstr(mcp_text_at(answer, "result.content.0.text"), "Ada"));
	json_decref(answer);
	json_decref(params);
	free(text);
	ck_assert_int_eq(stdio_close(&client), 0);
}
END_TEST

static void expect_tagged(const char *method, json_int_t id)
{
	json_t *message = stdio_expect(&client, method);
	const json_t *meta = mcp_at(message, "params._meta");

	ck_assert_int_eq(json_integer_value(json_object_get(meta, "io.modelcontextprotocol/subscriptionId")), id);
	json_decref(message);
}

/* R-PL-1: subscriptions share the lines with everything else: each message bears the id of its own, and each ends when
 * it is cancelled, or in good order with the input. */
START_TEST(modern_subscriptions_are_told_apart)
{
	json_int_t tools, prompts;
	json_t *end;

	stdio_ask_modern(&client, "subscriptions/listen", "{\"notifications\":{\"toolsListChanged\":true}}", NULL);
	tools = client.id;
	expect_tagged("notifications/subscriptions/acknowledged", tools);
	stdio_ask_modern(&client, "subscriptions/listen", "{\"notifications\":{\"promptsListChanged\":true}}", NULL);
	prompts = client.id;
	expect_tagged("notifications/subscriptions/acknowledged", prompts);
	test_daemon_drop(&served, "stock-by-call", "stock-by-call", 0);
	expect_tagged("notifications/tools/list_changed", tools);
	is_alive_without_session();
	say_cancelled(tools, "");
	test_daemon_take_away(&served, "mcp-conformance");
	expect_tagged("notifications/prompts/list_changed", prompts);
	stdio_end_input(&client);
	end = stdio_next(&client);
	ck_assert_int_eq(mcp_number_at(end, "id"), prompts);
	ck_assert_str_eq(mcp_text_at(end, "result.resultType"), "complete");
	json_decref(end);
	ck_assert_int_eq(stdio_close(&client), 0);
}
END_TEST

/* ---- lines ------------------------------------------------------------------------------------------------------- */

/* Whatever a probe says is answered by an error, or not at all, and it stays alive. */
START_TEST(what_is_no_message_is_refused_and_it_stays_alive)
{
	static const struct {
		const char *line;
		int code; /* 0: not answered */
	} rows[] = {
		{ "{", -32700 },
		{ "\xff\xfe", -32700 },
		{ "hello", -32700 },
		{ "5", -32600 },
		{ "\"hello\"", -32600 },
		{ "[]", -32600 },
		{ "[1]", -32600 },
		{ "{}", -32600 },
		{ "{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"ping\"}", -32600 },
		{ "{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"ping\"}", -32600 },
		{ "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":[]}", -32600 },
		{ "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"server/discover\"}", -32600 },
		{ "{\"jsonrpc\":\"2.0\",\"method\":\"hello\"}", 0 },
		{ "{\"jsonrpc\":\"2.0\",\"id\":9,\"result\":{}}", 0 },
		{ "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,\"message\":\"what?\"}}", 0 },
		{ "", 0 },
		{ "\r", 0 },
		{ "  \t", 0 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		stdio_write(&client, rows[i].line, strlen(rows[i].line));
		stdio_write(&client, "\n", 1);
		if (rows[i].code)
			mcp_expect_error(stdio_next(&client), rows[i].code);
	}
	is_alive_without_session();
	ck_assert_int_eq(stdio_close(&client), 0);
}
END_TEST

/* Has the transcript know of two pings that are written as bytes. */
static void note_pings(const char *one, const char *other)
{
	const char *const ids[] = { one, other };
	char line[64];

	for (int i = 0; i < 2; i++) {
		snprintf(line, sizeof line, "{\"jsonrpc\":\"2.0\",\"id\":%s,\"method\":\"ping\"}", ids[i]);
		mcp_note_sent(client.exchange, "", line);
	}
}

/* A line is at most a mebibyte long; a longer one is refused, and the next is read. */
START_TEST(a_line_that_is_too_long_is_refused)
{
	enum { MEBIBYTE = 1024 * 1024 };
	static const char end[] = { '"', '}', '}', '\n' };
	char *line = malloc((size_t)3 * MEBIBYTE);
	int size = snprintf(line, 128, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":{\"x\":\"");

	memset(line + size, 'x', (size_t)3 * MEBIBYTE - (size_t)size);
	memcpy(line + MEBIBYTE - 3, end, sizeof end);
	note_pings("1", "1");
	stdio_write(&client, line, MEBIBYTE + 1);
	json_decref(stdio_next(&client));
	memset(line + MEBIBYTE - 3, 'x', sizeof end);
	memcpy(line + (size_t)3 * MEBIBYTE - sizeof end, end, sizeof end);
	stdio_write(&client, line, (size_t)3 * MEBIBYTE);
	mcp_expect_error(stdio_next(&client), -32600);
	stdio_is_alive(&client);
	free(line);
	ck_assert_int_eq(stdio_close(&client), 0);
}
END_TEST

/* A message may come in pieces, and several at once; what a value holds never breaks a line. */
START_TEST(messages_are_lines_however_they_come)
{
	static const char two[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\r\n"
				  "{\"jsonrpc\":\"2.0\",\"id\":\"zwei\",\"method\":\"ping\"}\n";
	json_t *answer;

	note_pings("1", "\"zwei\"");
	for (size_t i = 0; i + 1 < sizeof two; i++)
		stdio_write(&client, &two[i], 1);
	json_decref(stdio_next(&client));
	answer = stdio_next(&client);
	ck_assert_str_eq(mcp_text_at(answer, "id"), "zwei");
	json_decref(answer);
	stdio_begin(&client, "2025-11-25");
	answer = stdio_call(&client, "tools/call",
		"{\"name\":\"greeter_greet\",\"arguments\":{\"name\":\"A\\nd\\r\\u2028\\u00e4\"}}");
	ck_assert_str_eq(mcp_text_at(answer, "result.structuredContent.message"), "Hello, A\nd\r\xe2\x80\xa8\xc3\xa4!");
	json_decref(answer);
	ck_assert_int_eq(stdio_close(&client), 0);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_session_is_begun_and_tools_are_called), TEST(versions_are_agreed_on),
		TEST(a_session_comes_first), TEST(progress_is_told), TEST(who_cancels_is_not_answered),
		TEST(a_tool_asks_and_goes_on), TEST(a_session_is_told_of_changes),
		TEST(batches_are_answered_together_in_2025_03_26_only), TEST(modern_requests_need_no_session),
		TEST(modern_faults_have_their_codes), TEST(modern_lines_are_sent_only_if_asked_for),
		TEST(modern_questions_are_answers), TEST(modern_subscriptions_are_told_apart),
		TEST(what_is_no_message_is_refused_and_it_stays_alive), TEST(a_line_that_is_too_long_is_refused),
		TEST(messages_are_lines_however_they_come) };

	return mcp_run_suite(&SUITE(cases, "mcp by lines", .set_up = set_up, .tear_down = tear_down));
}
