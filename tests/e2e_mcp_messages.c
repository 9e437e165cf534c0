/* e2e_mcp_messages.c: every request that each era has, so that every kind of message is validated against the published
 * schemas; and what those schemas refuse is found by the script that does it. */
#include "mcp_kit.h"
#include "mcp_transcript.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct test_daemon daemon;

static void set_up(void)
{
	test_daemon_prepare(&daemon, NULL);
	test_daemon_drop_fixture(&daemon, "mcp-conformance", "mcp-conformance");
	test_daemon_drop(&daemon, "greeter", "greeter", 0);
	test_daemon_start(&daemon);
}

static void tear_down(void)
{
	test_daemon_stop(&daemon);
	test_daemon_clean(&daemon);
}

struct request {
	const char *method, *params;
};

#define TOOL(...) "tools/call", "{\"name\":\"test_" __VA_ARGS__ "}"
#define PROMPT(...) "prompts/get", "{\"name\":\"test_" __VA_ARGS__ "}"
#define READ(uri) "resources/read", "{\"uri\":\"" uri "\"}"
#define COMPLETE(ref, argument) \
	"completion/complete", "{\"ref\":{" ref "},\"argument\":{\"name\":\"" argument "\",\"value\":\"\"}}"

static const struct request both[] = {
	{ "tools/list", NULL },
	{ "prompts/list", NULL },
	{ "resources/list", NULL },
	{ "resources/templates/list", NULL },
	{ "tools/call", "{\"name\":\"greeter_greet\",\"arguments\":{\"name\":\"Ada\"}}" },
	{ "tools/call", "{\"name\":\"greeter_greet\",\"arguments\":{\"name\":7}}" },
	{ TOOL("simple_text\"") },
	{ TOOL("image_content\"") },
	{ TOOL("audio_content\"") },
	{ TOOL("embedded_resource\"") },
	{ TOOL("multiple_content_types\"") },
	{ TOOL("error_handling\"") },
	{ TOOL("tool_with_progress\",\"_meta\":{\"progressToken\":\"t\"}") },
	{ PROMPT("simple_prompt\"") },
	{ PROMPT("prompt_with_arguments\",\"arguments\":{\"arg1\":\"a\",\"arg2\":\"b\"}") },
	{ PROMPT("prompt_with_embedded_resource\",\"arguments\":{\"resourceUri\":\"test://one\"}") },
	{ PROMPT("prompt_with_image\"") },
	{ READ("test://static-text") },
	{ READ("test://static-binary") },
	{ READ("test://template/7/data") },
	{ COMPLETE("\"type\":\"ref/prompt\",\"name\":\"test_prompt_with_arguments\"", "arg1") },
	{ COMPLETE("\"type\":\"ref/resource\",\"uri\":\"test://template/{id}/data\"", "id") },
};

static const struct request asking[] = {
	{ TOOL("sampling\",\"arguments\":{\"prompt\":\"Well?\"}") },
	{ TOOL("elicitation\",\"arguments\":{\"message\":\"Who?\"}") },
	{ TOOL("elicitation_sep1034_defaults\"") },
	{ TOOL("elicitation_sep1330_enums\"") },
};

static const struct request older_only[] = {
	{ "ping", NULL },
	{ "logging/setLevel", "{\"level\":\"debug\"}" },
	{ TOOL("tool_with_logging\"") },
	{ "resources/subscribe", "{\"uri\":\"test://watched-resource\"}" },
	{ "resources/unsubscribe", "{\"uri\":\"test://watched-resource\"}" },
};

static const struct request modern_only[] = {
	{ "server/discover", NULL },
	{ TOOL("input_required_result_elicitation\"") },
	{ TOOL("input_required_result_sampling\"") },
	{ TOOL("input_required_result_list_roots\"") },
	{ TOOL("input_required_result_multiple_inputs\"") },
	{ PROMPT("input_required_result_prompt\"") },
};

/* ---- the older era ----------------------------------------------------------------------------------------------- */

/* What a client says to each question. */
static const struct request answers[] = {
	{ "sampling/createMessage",
		"{\"role\":\"assistant\",\"content\":{\"type\":\"text\",\"text\":\"Well.\"},\"model\":\"none\"}" },
	{ "elicitation/create", "{\"action\":\"accept\",\"content\":{\"username\":\"Ada\"}}" },
};

static void answer_question(struct mcp_session_client *client, const json_t *question)
{
	const char *method = mcp_text_at(question, "method");

	for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
		char body[256];

		if (strcmp(answers[i].method, method) != 0)
			continue;
		snprintf(body, sizeof body, "{\"jsonrpc\":\"2.0\",\"id\":\"%s\",\"result\":%s}",
			mcp_text_at(question, "id"), answers[i].params);
		ck_assert_int_eq(mcp_session_send(client, "POST", body), 202);
		return;
	}
	ck_abort_msg("nobody knows what to say to %s", method);
}

static void ask(struct mcp_session_client *client, const struct request *request)
{
	struct mcp_answer answer;
	json_t *message;

	mcp_session_open(client, request->method, request->params, &answer);
	while ((message = mcp_next(&answer)) && mcp_at(message, "method")) {
		if (mcp_at(message, "id"))
			answer_question(client, message);
		json_decref(message);
	}
	ck_assert_msg(mcp_at(message, "result") != NULL, "%s %s has no result", request->method, request->params);
	json_decref(message);
	mcp_close(&answer);
}

static void ask_all(struct mcp_session_client *client, const struct request *requests, size_t count)
{
	for (size_t i = 0; i < count; i++)
		ask(client, &requests[i]);
}

START_TEST(sessions_have_them_all)
{
	struct mcp_session_client client;

	json_decref(mcp_begin_session(&client, &daemon, "2025-11-25", "{\"elicitation\":{},\"sampling\":{}}"));
	ask_all(&client, both, sizeof both / sizeof both[0]);
	ask_all(&client, asking, sizeof asking / sizeof asking[0]);
	ask_all(&client, older_only, sizeof older_only / sizeof older_only[0]);
	ck_assert_int_eq(mcp_session_send(&client, "POST",
				 "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/roots/list_changed\"}"),
		202);
}
END_TEST

/* ---- the modern era ---------------------------------------------------------------------------------------------- */

static void ask_modern(const struct request *requests, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		json_t *answer = mcp_modern_call(&daemon, requests[i].method, requests[i].params,
			"{\"io.modelcontextprotocol/clientCapabilities\":{\"elicitation\":{},\"sampling\":{},"
			"\"roots\":{}},\"io.modelcontextprotocol/logLevel\":\"debug\"}");

		ck_assert_msg(mcp_at(answer, "result") != NULL, "%s %s has no result", requests[i].method,
			requests[i].params);
		json_decref(answer);
	}
}

START_TEST(single_requests_have_them_all)
{
	ask_modern(both, sizeof both / sizeof both[0]);
	ask_modern(modern_only, sizeof modern_only / sizeof modern_only[0]);
}
END_TEST

/* ---- what is refused --------------------------------------------------------------------------------------------- */

/* One exchange: header fields, what is sent, the status, and what is received. */
#define EXCHANGE(fields, sent, status, received) \
	"{\"test\":1,\"exchange\":1,\"fields\":\"" fields "\",\"sent\":\"" sent "\"}\n" \
	"{\"test\":1,\"exchange\":1,\"status\":" #status "}\n" \
	"{\"test\":1,\"exchange\":1,\"received\":" received "}\n"
#define LIST "{\\\"jsonrpc\\\":\\\"2.0\\\",\\\"id\\\":1,\\\"method\\\":\\\"tools/list\\\"}"
#define PING "{\\\"jsonrpc\\\":\\\"2.0\\\",\\\"id\\\":1,\\\"method\\\":\\\"ping\\\"}"
#define MADE_UP "{\\\"jsonrpc\\\":\\\"2.0\\\",\\\"id\\\":1,\\\"method\\\":\\\"made/up\\\"}"
#define RESULT(result) "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{" result "}}"
#define ERROR(code, data) "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":" #code ",\"message\":\"m\"" data "}}"
#define MODERN "MCP-Protocol-Version: 2026-07-28"
#define GOOD_TOOL "{\"name\":\"a\",\"inputSchema\":{\"type\":\"object\"}}"

/* Validates a transcript; what is said, the caller's. */
static char *validate(const char *transcript, int status)
{
	FILE *file = tmpfile();
	char *said;
	int ended;

	ck_assert_ptr_nonnull(file);
	fputs(transcript, file);
	ck_assert_int_eq(fflush(file), 0);
	ended = mcp_transcript_validate(fileno(file), &said);
	fclose(file);
	ck_assert_msg(ended == status, "%s\nends with %d: %s", transcript, ended, said);
	return said;
}

START_TEST(wrong_messages_are_found)
{
	static const struct {
		const char *transcript, *said; /* said NULL: nothing is wrong */
	} rows[] = {
		{ EXCHANGE("", LIST, 200, RESULT("\"tools\":[" GOOD_TOOL "]")), NULL },
		{ EXCHANGE("", LIST, 200, RESULT("")), "'tools' is a required property" },
		{ EXCHANGE("", LIST, 200, RESULT("\"tools\":[{\"name\":\"a\"}]")), "/tools/0" },
		{ EXCHANGE("", LIST, 200,
			  RESULT("\"tools\":[{\"name\":\"a\",\"inputSchema\":{\"type\":\"object\","
				 "\"properties\":{\"b\":{\"type\":\"nothing\"}}}}]")),
			"inputSchema of a" },
		{ EXCHANGE("", LIST, 200, RESULT("\"tools\":[],\"nextCursor\":null")), "/nextCursor" },
		{ EXCHANGE("", PING, 200, "{\"id\":1,\"result\":{}}"), "'jsonrpc' is a required property" },
		{ EXCHANGE("", PING, 200, "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{}}"), "answers nothing" },
		{ EXCHANGE("", PING, 200, "{\"jsonrpc\":\"2.0\",\"method\":\"made/up\"}"), "no method 'made/up'" },
		{ EXCHANGE("", PING, 200, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\"}"), "'params'" },
		{ EXCHANGE("", PING, 200, ERROR("x", "")), "/error/code" },
		{ EXCHANGE("", PING, 200, "7"), "no message" },
		{ EXCHANGE("", MADE_UP, 200, RESULT("")), "no method 'made/up'" },
		{ EXCHANGE("", MADE_UP, 200, ERROR(-32601, "")), NULL },
		{ EXCHANGE("", "nonsense", 400, ERROR(-32700, "")), NULL },
		{ EXCHANGE(MODERN, LIST, 200, RESULT("\"tools\":[]")), "sent: /" },
		{ EXCHANGE(MODERN, LIST, 200, ERROR(-32602, "")), NULL },
		{ EXCHANGE(MODERN, LIST, 400, ERROR(-32022, "")), "'data' is a required property" },
		{ EXCHANGE(MODERN, PING, 200, RESULT("")), "2026-07-28 publishes no method 'ping'" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char *said = validate(rows[i].transcript, rows[i].said ? 1 : 0);

		ck_assert_msg(!rows[i].said || strstr(said, rows[i].said), "%s\n%s", rows[i].transcript, said);
		free(said);
	}
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(sessions_have_them_all), TEST(single_requests_have_them_all),
		TEST(wrong_messages_are_found) };

	return mcp_run_suite(&SUITE(cases, "mcp messages", .set_up = set_up, .tear_down = tear_down, .timeout = 60));
}
