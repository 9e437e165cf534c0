/* e2e_mcp_older.c: MCP of the older era over HTTP: sessions, streams that a client comes back to, batches, and what
 * clients in the field trip over. */
#include "mcp_kit.h"
#include "mcp_transcript.h"
#include "runner.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct test_daemon daemon;
static struct mcp_session_client client;

static void set_up(void)
{
	test_daemon_prepare(&daemon, NULL);
	test_daemon_drop_fixture(&daemon, "mcp-conformance", "mcp-conformance");
	test_daemon_drop(&daemon, "greeter", "greeter", 0);
	test_daemon_drop(&daemon, "counter", "counter", 0);
	test_daemon_start(&daemon);
}

static void tear_down(void)
{
	test_daemon_stop(&daemon);
	test_daemon_clean(&daemon);
}

static void begin(const char *version)
{
	json_t *answer = mcp_begin_session(&client, &daemon, version, "{\"elicitation\":{}}");

	ck_assert_str_eq(mcp_text_at(answer, "result.protocolVersion"), version);
	ck_assert_str_eq(mcp_text_at(answer, "result.serverInfo.name"), "signalpyd");
	ck_assert_ptr_nonnull(mcp_at(answer, "result.capabilities.tools"));
	json_decref(answer);
}

/* The HTTP status of any request. */
static int status_of(const char *line, const char *fields, const char *body)
{
	struct mcp_answer answer;

	mcp_open(&daemon, line, fields, body, &answer);
	if (answer.status != 403) /* that is the server's, not MCP's */
		json_decref(mcp_next(&answer));
	mcp_close(&answer);
	return answer.status;
}

/* ---- sessions ---------------------------------------------------------------------------------------------------- */

static const char json_fields[] = "Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n";
static const char ping[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}";

START_TEST(a_session_lasts_until_it_is_ended)
{
	begin("2025-11-25");
	ck_assert_uint_eq(strlen(client.session), 32);
	ck_assert_int_eq(mcp_session_send(&client, "POST", ping), 200);
	ck_assert_int_eq(mcp_session_send(&client, "DELETE", NULL), 204);
	ck_assert_int_eq(mcp_session_send(&client, "POST", ping), 404);
	ck_assert_int_eq(mcp_session_send(&client, "DELETE", NULL), 404);
	begin("2025-11-25"); /* with the id of one that has ended, too */
	client.session[0] = '\0';
	ck_assert_int_eq(mcp_session_send(&client, "POST", ping), 400);
}
END_TEST

START_TEST(an_unknown_version_is_answered_with_the_newest_of_the_era)
{
	json_t *answer = mcp_begin_session(&client, &daemon, "2025-06-18", "{}");

	json_decref(answer);
	answer = mcp_session_call(&client, "initialize",
		"{\"protocolVersion\":\"1999-01-01\",\"capabilities\":{},\"clientInfo\":{\"name\":\"t\",\"version\":\"1\"}}");
	ck_assert_str_eq(mcp_text_at(answer, "result.protocolVersion"), "2025-11-25");
	json_decref(answer);
}
END_TEST

/* Quirk 5: a GET without a session is 405, with an unknown one 404; /.well-known is 404 and no page. */
START_TEST(quirk_5_gets_are_answered_as_clients_expect)
{
	struct mcp_answer answer;

	mcp_open(&daemon, "GET /mcp", "Accept: text/event-stream\r\n", NULL, &answer);
	ck_assert_int_eq(answer.status, 405);
	ck_assert(mcp_has_field(&answer, "Allow: POST"));
	mcp_close(&answer);
	ck_assert_int_eq(status_of("GET /mcp", "Accept: text/event-stream\r\nMcp-Session-Id: 0123456789abcdef\r\n",
				 NULL),
		404);
	mcp_open(&daemon, "GET /.well-known/oauth-protected-resource/mcp", "", NULL, &answer);
	ck_assert_int_eq(answer.status, 404);
	ck_assert(mcp_has_field(&answer, "Content-Type: application/json"));
	mcp_close(&answer);
	ck_assert_int_eq(status_of("PUT /mcp", json_fields, ping), 405);
}
END_TEST

/* Quirk 6: foreign hosts and origins, each alone, are turned away. */
START_TEST(quirk_6_pages_of_strangers_do_not_get_in)
{
	char fields[256];

	snprintf(fields, sizeof fields, "%sOrigin: http://evil.example\r\n", json_fields);
	ck_assert_int_eq(status_of("POST /mcp", fields, ping), 403);
	snprintf(fields, sizeof fields, "%sOrigin: http://localhost:%d\r\n", json_fields, daemon.port);
	ck_assert_int_eq(status_of("POST /mcp", fields, ping), 400); /* no session, but let in */
}
END_TEST

START_TEST(what_is_no_request_is_refused)
{
	static const struct {
		const char *fields, *body;
		int status;
	} rows[] = {
		{ "Content-Type: text/plain\r\nAccept: */*\r\n", ping, 415 },
		{ "Accept: */*\r\n", ping, 415 },
		{ "Content-Type: application/json\r\nAccept: text/html\r\n", ping, 406 },
		{ json_fields, "{", 400 },
		{ json_fields, "{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"ping\"}", 400 },
		{ json_fields, "{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"ping\"}", 400 },
		{ json_fields, "[]", 400 },
		{ json_fields, "[1]", 400 },
		{ json_fields, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":[]}", 400 },
		{ "Content-Type: application/json\r\nMCP-Protocol-Version: 1999-01-01\r\n", ping, 400 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		ck_assert_msg(status_of("POST /mcp", rows[i].fields, rows[i].body) == rows[i].status, "%s%s",
			rows[i].fields, rows[i].body);
}
END_TEST

/* ---- tools ------------------------------------------------------------------------------------------------------- */

/* Quirk 1: names of letters, digits and underscores; the dotted name is taken as well. mcp_kit checks every name. */
START_TEST(quirk_1_tools_have_names_that_every_client_takes)
{
	json_t *one, *other, *list;
	size_t count;

	begin("2025-11-25");
	one = mcp_session_call(&client, "tools/call", "{\"name\":\"greeter_greet\",\"arguments\":{\"name\":\"Ada\"}}");
	other = mcp_session_call(&client, "tools/call",
		"{\"name\":\"greeter.greet\",\"arguments\":{\"name\":\"Ada\"}}");
	ck_assert_str_eq(mcp_text_at(one, "result.structuredContent.message"), "Hello, Ada!");
	ck_assert_str_eq(mcp_text_at(one, "result.content.0.text"), "{\"message\":\"Hello, Ada!\"}");
	ck_assert(json_equal(mcp_at(one, "result"), mcp_at(other, "result")));
	list = mcp_session_call(&client, "tools/list", NULL);
	count = json_array_size(mcp_at(list, "result.tools"));
	ck_assert_uint_gt(count, 10);
	ck_assert_ptr_null(mcp_at(list, "result.nextCursor"));
	json_decref(one);
	json_decref(other);
	json_decref(list);
}
END_TEST

/* Quirk 2: every schema has type and properties and refuses what it does not know. mcp_kit checks the first two. */
START_TEST(quirk_2_schemas_are_closed_objects)
{
	json_t *list, *tool;
	size_t i, seen = 0;

	begin("2025-11-25");
	list = mcp_session_call(&client, "tools/list", "{}");
	json_array_foreach(mcp_at(list, "result.tools"), i, tool) {
		if (strncmp(mcp_text_at(tool, "name"), "counter_", 8) != 0)
			continue;
		seen++;
		ck_assert(json_is_false(mcp_at(tool, "inputSchema.additionalProperties")));
		ck_assert_ptr_null(mcp_at(tool, "inputSchema.$schema"));
	}
	ck_assert_uint_eq(seen, 4);
	json_decref(list);
}
END_TEST

/* Quirk 3: a cursor that was never given is an error. That nothing is null is checked by mcp_kit. */
START_TEST(quirk_3_cursors_are_ours_only)
{
	static const char *const cursors[] = { "{\"cursor\":\"\"}", "{\"cursor\":\"after:nobody\"}", "{\"cursor\":7}",
		"{\"cursor\":\"x\"}" };

	begin("2025-11-25");
	for (size_t i = 0; i < 4; i++) {
		mcp_expect_error(mcp_session_call(&client, "tools/list", cursors[i]), -32602);
	}
}
END_TEST

/* Quirk 8: what a model can mend is a result; what only the client can mend is an error. */
START_TEST(quirk_8_a_model_is_told_what_to_mend)
{
	json_t *answer;

	begin("2025-11-25");
	answer =
		mcp_session_call(&client, "tools/call", "{\"name\":\"counter_increment\",\"arguments\":{\"by\":5000}}");
	ck_assert(json_is_true(mcp_at(answer, "result.isError")));
	ck_assert_ptr_nonnull(strstr(mcp_text_at(answer, "result.content.0.text"), "/by"));
	json_decref(answer);
	mcp_expect_error(mcp_session_call(&client, "tools/call", "{\"name\":\"nobody\"}"), -32602);
	mcp_expect_error(mcp_session_call(&client, "tools/call", "{\"name\":\"counter_get\",\"arguments\":[]}"),
		-32602);
	mcp_expect_error(mcp_session_call(&client, "nothing/here", NULL), -32601);
	mcp_expect_error(mcp_session_call(&client, "resources/read", "{\"uri\":\"test://nobody\"}"), -32002);
}
END_TEST

/* Quirk 7: progress bears the token as it was sent, grows, and ends with the answer; without a token there is none. */
START_TEST(quirk_7_progress_grows_and_ends)
{
	struct mcp_answer answer;
	json_int_t latest = -1;
	json_t *message;

	begin("2025-11-25");
	mcp_session_open(&client, "tools/call",
		"{\"name\":\"test_tool_with_progress\",\"_meta\":{\"progressToken\":42}}", &answer);
	ck_assert(answer.events);
	while ((message = mcp_next(&answer)) && mcp_at(message, "method")) {
		ck_assert_int_eq(mcp_number_at(message, "params.progressToken"), 42);
		ck_assert_int_gt(mcp_number_at(message, "params.progress"), latest);
		latest = mcp_number_at(message, "params.progress");
		json_decref(message);
	}
	ck_assert_int_eq(latest, 100);
	ck_assert_int_eq(mcp_number_at(message, "id"), client.id);
	ck_assert_ptr_null(mcp_next(&answer));
	json_decref(message);
	mcp_close(&answer);
	mcp_session_open(&client, "tools/call", "{\"name\":\"test_tool_with_progress\"}", &answer);
	ck_assert(!answer.events);
	mcp_close(&answer);
}
END_TEST

/* Quirk 7: who cancels is not answered any more, and what is not known cannot be cancelled. */
START_TEST(quirk_7_who_cancels_is_not_answered)
{
	struct mcp_answer answer;
	char body[160];
	json_t *message;

	begin("2025-11-25");
	mcp_session_open(&client, "tools/call", "{\"name\":\"test_reconnection\"}", &answer);
	message = mcp_next(&answer); /* its first line: it is under way */
	ck_assert_str_eq(mcp_text_at(message, "method"), "notifications/message");
	json_decref(message);
	snprintf(body, sizeof body,
		"{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":%d}}",
		(int)client.id);
	ck_assert_int_eq(mcp_session_send(&client, "POST", body), 202);
	ck_assert_ptr_null(mcp_next(&answer));
	ck_assert_int_eq(mcp_session_send(&client, "POST", body), 202);
	mcp_close(&answer);
}
END_TEST

/* A session that ends takes what is under way with it. */
START_TEST(the_end_of_a_session_cancels)
{
	struct mcp_answer answer, listener;
	json_t *message;

	begin("2025-11-25");
	mcp_session_listen(&client, NULL, &listener);
	mcp_session_open(&client, "tools/call", "{\"name\":\"test_reconnection\"}", &answer);
	message = mcp_next(&answer);
	ck_assert_int_eq(mcp_session_send(&client, "DELETE", NULL), 204);
	ck_assert_ptr_null(mcp_next(&answer));
	ck_assert_ptr_null(mcp_next(&listener));
	json_decref(message);
	mcp_close(&answer);
	mcp_close(&listener);
}
END_TEST

/* ---- streams ----------------------------------------------------------------------------------------------------- */

/* A client that lost its connection comes back for the end, and only to its own stream. */
START_TEST(a_client_comes_back_for_the_end)
{
	struct mcp_answer answer, again;
	json_t *message;
	char last[64];

	begin("2025-11-25");
	mcp_session_open(&client, "tools/call", "{\"name\":\"test_reconnection\"}", &answer);
	message = mcp_next(&answer);
	snprintf(last, sizeof last, "%s", answer.last_event);
	ck_assert_str_ne(last, "");
	json_decref(message);
	mcp_close(&answer); /* does not cancel */
	mcp_session_listen(&client, last, &again);
	ck_assert_int_eq(again.status, 200);
	message = mcp_next(&again);
	ck_assert_str_eq(mcp_text_at(message, "result.content.0.text"), "This is the end.");
	ck_assert_int_eq(mcp_number_at(message, "id"), client.id);
	json_decref(message);
	ck_assert_ptr_null(mcp_next(&again));
	mcp_close(&again);
	mcp_session_listen(&client, "999-1", &again);
	ck_assert_int_eq(again.status, 400);
	mcp_close(&again);
}
END_TEST

/* Clients before 2025-11-25 are not sent an event without data. */
START_TEST(the_first_event_is_for_those_who_know_it)
{
	static const char *const versions[] = { "2025-06-18", "2025-11-25" };

	for (int i = 0; i < 2; i++) {
		struct mcp_answer answer;
		json_t *message;

		begin(versions[i]);
		mcp_session_open(&client, "tools/call", "{\"name\":\"test_tool_with_logging\"}", &answer);
		message = mcp_next(&answer);
		ck_assert_int_eq(strstr(answer.text, "retry: ") != NULL, i);
		json_decref(message);
		mcp_close(&answer);
	}
}
END_TEST

/* R-PL-1: what is dropped in is told to who listens, and to a client only once. */
START_TEST(listeners_are_told_of_new_tools)
{
	struct mcp_answer listener, list;
	json_t *message;

	begin("2025-11-25");
	mcp_session_listen(&client, NULL, &listener);
	ck_assert_int_eq(listener.status, 200);
	test_daemon_drop(&daemon, "stock-by-call", "stock-by-call", 0);
	message = mcp_next(&listener);
	ck_assert_str_eq(mcp_text_at(message, "method"), "notifications/tools/list_changed");
	json_decref(message);
	mcp_session_open(&client, "tools/list", NULL, &list);
	message = mcp_next(&list);
	ck_assert_ptr_nonnull(strstr(list.text, "stock"));
	json_decref(message);
	mcp_close(&list);
	mcp_close(&listener);
}
END_TEST

/* R-PL-5: a replacement of the plugin fails no request: sessions go on, and what is under way is answered. */
START_TEST(sessions_outlive_a_replacement)
{
	struct mcp_answer listener, answer;
	json_t *message;

	begin("2025-11-25");
	json_decref(mcp_session_call(&client, "logging/setLevel", "{\"level\":\"error\"}"));
	json_decref(mcp_session_call(&client, "resources/subscribe", "{\"uri\":\"test://watched-resource\"}"));
	mcp_session_listen(&client, NULL, &listener);
	mcp_session_open(&client, "tools/call", "{\"name\":\"test_elicitation\",\"arguments\":{\"message\":\"Who?\"}}",
		&answer);
	json_decref(mcp_next(&answer));
	mcp_close(&answer); /* what waits for a client does not keep the old one */
	mcp_session_open(&client, "tools/call",
		"{\"name\":\"test_tool_with_progress\",\"_meta\":{\"progressToken\":1}}", &answer);
	json_decref(mcp_next(&answer));
	mcp_replace(&daemon, "mcp");
	ck_assert_ptr_null(mcp_next(&listener));
	ck_assert_int_eq(mcp_session_send(&client, "POST", ping), 200);
	while ((message = mcp_next(&answer)) && !mcp_at(message, "result"))
		json_decref(message);
	ck_assert_ptr_nonnull(message);
	json_decref(message);
	mcp_close(&answer);
	mcp_session_open(&client, "tools/call", "{\"name\":\"test_tool_with_logging\"}", &answer);
	ck_assert(!answer.events); /* the level is still that of errors */
	mcp_close(&answer);
	mcp_session_listen(&client, listener.last_event, &answer);
	ck_assert_int_eq(answer.status, 200);
	mcp_close(&answer);
	mcp_close(&listener);
	ck_assert_int_eq(mcp_session_send(&client, "DELETE", NULL), 204);
	mcp_replace(&daemon, "mcp");
	ck_assert_int_eq(mcp_session_send(&client, "POST", ping), 404);
}
END_TEST

/* ---- asking ------------------------------------------------------------------------------------------------------ */

/* A tool asks the client on the stream of its request, and goes on with the answer. */
START_TEST(a_tool_asks_and_goes_on)
{
	struct mcp_answer answer;
	char body[256];
	json_t *question, *message;

	begin("2025-11-25");
	mcp_session_open(&client, "tools/call", "{\"name\":\"test_elicitation\",\"arguments\":{\"message\":\"Who?\"}}",
		&answer);
	question = mcp_next(&answer);
	ck_assert_str_eq(mcp_text_at(question, "method"), "elicitation/create");
	ck_assert_str_eq(mcp_text_at(question, "params.message"), "Who?");
	ck_assert_int_eq(mcp_session_send(&client, "POST", "{\"jsonrpc\":\"2.0\",\"id\":\"ask-999\",\"result\":{}}"),
		202);
	snprintf(body, sizeof body,
		"{\"jsonrpc\":\"2.0\",\"id\":\"%s\",\"result\":{\"action\":\"accept\",\"content\":{\"username\":\"Ada\"}}}",
		mcp_text_at(question, "id"));
	ck_assert_int_eq(mcp_session_send(&client, "POST", body), 202);
	message = mcp_next(&answer);
	ck_assert_ptr_nonnull(strstr(mcp_text_at(message, "result.content.0.text"), "Ada"));
	json_decref(question);
	json_decref(message);
	mcp_close(&answer);
}
END_TEST

/* A client that did not say that it can be asked is not asked; one that refuses makes the call fail. */
START_TEST(who_cannot_be_asked_is_told_so)
{
	struct mcp_answer answer;
	json_t *message;
	char body[160];

	begin("2025-11-25");
	message = mcp_session_call(&client, "tools/call",
		"{\"name\":\"test_sampling\",\"arguments\":{\"prompt\":\"Well?\"}}");
	ck_assert(json_is_true(mcp_at(message, "result.isError")));
	json_decref(message);
	mcp_session_open(&client, "tools/call", "{\"name\":\"test_elicitation\",\"arguments\":{\"message\":\"Who?\"}}",
		&answer);
	message = mcp_next(&answer);
	snprintf(body, sizeof body,
		"{\"jsonrpc\":\"2.0\",\"id\":\"%s\",\"error\":{\"code\":-1,\"message\":\"nobody here\"}}",
		mcp_text_at(message, "id"));
	json_decref(message);
	ck_assert_int_eq(mcp_session_send(&client, "POST", body), 202);
	message = mcp_next(&answer);
	ck_assert_str_eq(mcp_text_at(message, "error.message"), "nobody here");
	json_decref(message);
	mcp_close(&answer);
}
END_TEST

/* A daemon that ends while a client is asked, or listens, leaves nothing behind. */
START_TEST(the_end_comes_while_a_client_is_asked)
{
	struct mcp_answer answer, listener;
	json_t *message;

	begin("2025-11-25");
	mcp_session_listen(&client, NULL, &listener);
	mcp_session_open(&client, "tools/call", "{\"name\":\"test_elicitation\",\"arguments\":{\"message\":\"Who?\"}}",
		&answer);
	message = mcp_next(&answer);
	json_decref(message);
	ck_assert_int_eq(mcp_session_send(&client, "DELETE", NULL), 204);
	ck_assert_ptr_null(mcp_next(&answer));
	mcp_close(&answer);
	mcp_close(&listener);
}
END_TEST

/* ---- batches ----------------------------------------------------------------------------------------------------- */

START_TEST(batches_are_answered_together_in_2025_03_26_only)
{
	struct mcp_answer answer;
	char fields[512];
	json_t *answers;

	begin("2025-06-18");
	ck_assert_int_eq(mcp_session_send(&client, "POST", MCP_BATCH), 400);
	begin("2025-03-26");
	snprintf(fields, sizeof fields, "%sMcp-Session-Id: %s\r\n", json_fields, client.session);
	mcp_open(&daemon, "POST /mcp", fields, MCP_BATCH, &answer);
	ck_assert_int_eq(answer.status, 200);
	answers = mcp_next(&answer);
	ck_assert_uint_eq(json_array_size(answers), 2);
	ck_assert_int_eq(mcp_number_at(answers, "1.result.structuredContent.value"), 1);
	json_decref(answers);
	mcp_close(&answer);
	ck_assert_int_eq(mcp_session_send(&client, "POST",
				 "[{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}]"),
		202);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_session_lasts_until_it_is_ended),
		TEST(an_unknown_version_is_answered_with_the_newest_of_the_era),
		TEST(quirk_5_gets_are_answered_as_clients_expect), TEST(quirk_6_pages_of_strangers_do_not_get_in),
		TEST(what_is_no_request_is_refused), TEST(quirk_1_tools_have_names_that_every_client_takes),
		TEST(quirk_2_schemas_are_closed_objects), TEST(quirk_3_cursors_are_ours_only),
		TEST(quirk_8_a_model_is_told_what_to_mend), TEST(quirk_7_progress_grows_and_ends),
		TEST(quirk_7_who_cancels_is_not_answered), TEST(the_end_of_a_session_cancels),
		TEST(a_client_comes_back_for_the_end), TEST(the_first_event_is_for_those_who_know_it),
		TEST(listeners_are_told_of_new_tools), TEST(sessions_outlive_a_replacement),
		TEST(a_tool_asks_and_goes_on), TEST(who_cannot_be_asked_is_told_so),
		TEST(the_end_comes_while_a_client_is_asked), TEST(batches_are_answered_together_in_2025_03_26_only) };

	return mcp_run_suite(&SUITE(cases, "mcp with sessions", .set_up = set_up, .tear_down = tear_down));
}
