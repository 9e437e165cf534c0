/* e2e_mcp_caller.c: who calls over MCP, and what a client is told that may not (RFC 6750, RFC 9728; R-PR-4). */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "mcp_kit.h"
#include "mcp_transcript.h"
#include "runner.h"

/* The hash of "swordfish". */
#define TOKENS "\"tokens\":{\"ada\":{\"sha256\":\"b9f195c5cc7ef6afadbfbc42892ad47d3b24c6bc94bb510c4564a90a14e8b799\"}}"
#define BEARER "Authorization: Bearer swordfish\r\n"
#define JSON "Content-Type: application/json\r\n"
#define MODERN(method) "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: " method "\r\n"
#define ASKS "test_input_required_result_elicitation"
#define WELL_KNOWN "/.well-known/oauth-protected-resource"

static struct test_daemon served;

static void begin(const char *configuration)
{
	test_daemon_prepare(&served, configuration);
	test_daemon_drop(&served, "greeter", "greeter", 0);
	test_daemon_start(&served);
}

static void begin_required(void)
{
	begin("{\"auth\":{\"required\":true," TOKENS "}}");
}

static void end(void)
{
	test_daemon_stop(&served);
	test_daemon_clean(&served);
}

/* Calls the greeter in the modern era; more header fields. */
static void greet(const char *fields, struct mcp_answer *ret_answer)
{
	static const char body[] =
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"greeter_greet\",\"arguments\":{},"
		"\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
		"\"io.modelcontextprotocol/clientCapabilities\":{}}}}";
	char all[512];

	snprintf(all, sizeof all,
		"Content-Type: application/json\r\nMCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\n"
		"Mcp-Name: greeter_greet\r\n%s",
		fields);
	mcp_open(&served, "POST /mcp", all, body, ret_answer);
}

static int status_of(const char *fields)
{
	struct mcp_answer answer;

	greet(fields, &answer);
	mcp_close(&answer);
	return answer.status;
}

/* What has come of a challenge; answers whether it is told. */
static bool is_challenged(const char *fields, const char *challenge)
{
	struct mcp_answer answer;
	char line[512];
	bool told;

	snprintf(line, sizeof line, "WWW-Authenticate: %s", challenge);
	greet(fields, &answer);
	told = mcp_has_field(&answer, line);
	mcp_close(&answer);
	return told;
}

START_TEST(a_call_needs_an_identity)
{
	begin_required();
	ck_assert_int_eq(status_of(""), 401);
	ck_assert(is_challenged("", "Bearer realm=\"signalpyd\""));
	ck_assert_int_eq(status_of(BEARER), 200);
	ck_assert_int_eq(status_of("Authorization: Bearer pike\r\n"), 401);
	ck_assert(
		is_challenged("Authorization: Basic YTpi\r\n", "Bearer realm=\"signalpyd\", error=\"invalid_token\""));
	end();
}
END_TEST

/* With auth.required nobody is even told what there is: whatever is asked of /mcp, in whichever era, is answered 401
 * with where tokens are to be had; only that, and whether the daemon lives, is for everybody. */
START_TEST(nothing_is_told_to_nobody)
{
	static const char initialize[] =
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"2025-11-25\","
		"\"capabilities\":{},\"clientInfo\":{\"name\":\"t\",\"version\":\"1\"}}}";
	static const char list[] =
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\",\"params\":{\"_meta\":{"
		"\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\",\"io.modelcontextprotocol/clientCapabilities\":{}}}}";
	static const struct {
		const char *line, *fields, *body;
		int status, status_of_ada;
	} rows[] = {
		{ "POST /mcp", JSON, initialize, 401, 200 },
		{ "POST /mcp", JSON MODERN("tools/list"), list, 401, 200 },
		{ "POST /mcp", JSON, "{", 401, 400 },
		{ "GET /mcp", "Accept: text/event-stream\r\n", NULL, 401, 405 },
		{ "GET /mcp", "Accept: text/event-stream\r\nMcp-Session-Id: 0123456789abcdef\r\n", NULL, 401, 404 },
		{ "DELETE /mcp", "Mcp-Session-Id: 0123456789abcdef\r\n", NULL, 401, 404 },
		{ "GET " WELL_KNOWN, "", NULL, 200, 200 },
		{ "GET " WELL_KNOWN "/mcp", "", NULL, 200, 200 },
		{ "GET /health", "", NULL, 200, 200 },
	};

	begin("{\"auth\":{\"required\":true," TOKENS "},\"mcp\":{\"resource\":\"https://api.example/mcp\","
	      "\"authorization_servers\":[\"https://id.example\"]}}");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct mcp_answer answer;
		char fields[512];

		mcp_open(&served, rows[i].line, rows[i].fields, rows[i].body, &answer);
		ck_assert_msg(answer.status == rows[i].status, "%s: %d", rows[i].line, answer.status);
		ck_assert_int_eq(mcp_has_field(&answer,
					 "WWW-Authenticate: Bearer resource_metadata=\"https://api.example" WELL_KNOWN
					 "/mcp\"\r\n"),
			answer.status == 401);
		mcp_close(&answer);
		snprintf(fields, sizeof fields, "%s" BEARER, rows[i].fields);
		mcp_open(&served, rows[i].line, fields, rows[i].body, &answer);
		ck_assert_msg(answer.status == rows[i].status_of_ada, "%s: %d", rows[i].line, answer.status);
		mcp_close(&answer);
	}
	end();
}
END_TEST

/* Also while no auth provider is there: then nobody is known, and nothing is told to anybody. */
START_TEST(without_a_provider_nobody_gets_in)
{
	const char *code;

	begin_required();
	json_decref(test_control(&served, "plugin.unload", "{\"name\":\"auth\"}", &code));
	ck_assert_int_eq(status_of(""), 401);
	ck_assert_int_eq(status_of(BEARER), 401);
	end();
}
END_TEST

static json_t *metadata_new(const char *path, int status)
{
	struct mcp_answer answer;
	char line[128], body[2048];
	json_t *metadata;
	ssize_t got;
	size_t size;

	snprintf(line, sizeof line, "GET %s", path);
	mcp_open(&served, line, "", NULL, &answer);
	ck_assert_int_eq(answer.status, status);
	size = (size_t)snprintf(body, sizeof body, "%s", answer.text + answer.at);
	while ((got = recv(answer.descriptor, body + size, sizeof body - 1 - size, 0)) > 0)
		size += (size_t)got;
	metadata = json_loadb(body, size, 0, NULL);
	mcp_close(&answer);
	return metadata;
}

START_TEST(clients_are_told_where_tokens_are_to_be_had)
{
	static const char *const paths[] = { WELL_KNOWN, WELL_KNOWN "/mcp" };

	begin("{\"auth\":{\"required\":true," TOKENS "},\"mcp\":{\"resource\":\"https://api.example/mcp\","
	      "\"authorization_servers\":[\"https://id.example\"]}}");
	ck_assert(is_challenged("", "Bearer resource_metadata=\"https://api.example" WELL_KNOWN "/mcp\""));
	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
		json_t *metadata = metadata_new(paths[i], 200);

		ck_assert_str_eq(mcp_text_at(metadata, "resource"), "https://api.example/mcp");
		ck_assert_str_eq(mcp_text_at(metadata, "authorization_servers.0"), "https://id.example");
		json_decref(metadata);
	}
	end();
}
END_TEST

START_TEST(without_authorization_there_is_no_metadata)
{
	begin("{}");
	json_decref(metadata_new(WELL_KNOWN, 404));
	json_decref(metadata_new(WELL_KNOWN "/mcp", 404));
	ck_assert_int_eq(status_of(""), 200);
	end();
}
END_TEST

/* A session is of use to nobody but the one who began it. */
START_TEST(a_session_belongs_to_its_caller)
{
	struct mcp_session_client client;
	struct mcp_answer answer;
	char fields[256];

	begin("{\"auth\":{" TOKENS "}}");
	json_decref(mcp_begin_session(&client, &served, "2025-11-25", "{}"));
	ck_assert_int_eq(mcp_session_send(&client, "POST", "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\"}"), 200);
	snprintf(fields, sizeof fields, "Content-Type: application/json\r\nMcp-Session-Id: %s\r\n" BEARER,
		client.session);
	mcp_open(&served, "POST /mcp", fields, "{\"jsonrpc\":\"2.0\",\"id\":8,\"method\":\"ping\"}", &answer);
	ck_assert_int_eq(answer.status, 404);
	mcp_close(&answer);
	end();
}
END_TEST

/* Who is known but may not is told that its token is not enough. */
START_TEST(who_may_not_is_told_what_is_lacking)
{
	static const char body[] =
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"vault_look\",\"_meta\":{"
		"\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\",\"io.modelcontextprotocol/clientCapabilities\":{}}}}";
	static const char fields[] = JSON MODERN("tools/call") "Mcp-Name: vault_look\r\n" BEARER;
	struct mcp_answer answer;

	begin("{\"auth\":{" TOKENS "}}");
	test_daemon_drop_fixture(&served, "mcp-conformance", "mcp-conformance");
	test_wait_until(&served, test_log_says, "conformance");
	mcp_open(&served, "POST /mcp", fields, body, &answer);
	ck_assert_int_eq(answer.status, 403);
	ck_assert(mcp_has_field(&answer, "WWW-Authenticate: Bearer realm=\"signalpyd\", error=\"insufficient_scope\""));
	mcp_close(&answer);
	end();
}
END_TEST

/* The answers to what a server has asked, with the state that it gave; of whom is said by the fields. */
static json_t *go_on(const char *fields, const char *state)
{
	json_t *meta = json_pack("{s:s, s:{s:{}}}", "io.modelcontextprotocol/protocolVersion", "2026-07-28",
		"io.modelcontextprotocol/clientCapabilities", "elicitation");
	json_t *params = json_pack("{s:s, s:o}", "name", ASKS, "_meta", meta), *message, *answered;
	struct mcp_answer answer;
	char all[512], *body;

	if (state)
		json_object_update_new(params,
			json_pack("{s:s, s:{s:{s:s, s:{s:s}}}}", "requestState", state, "inputResponses", "user_name",
				"action", "accept", "content", "name", "Ada"));
	message =
		json_pack("{s:s, s:i, s:s, s:o}", "jsonrpc", "2.0", "id", 1, "method", "tools/call", "params", params);
	body = json_dumps(message, JSON_COMPACT);
	snprintf(all, sizeof all, JSON MODERN("tools/call") "Mcp-Name: " ASKS "\r\n%s", fields);
	mcp_open(&served, "POST /mcp", all, body, &answer);
	answered = mcp_next(&answer);
	mcp_close(&answer);
	json_decref(message);
	free(body);
	return answered;
}

/* A state is of use to nobody but the one whom it was given. */
START_TEST(a_state_belongs_to_its_caller)
{
	json_t *asked, *answer;

	begin("{\"auth\":{" TOKENS "}}");
	test_daemon_drop_fixture(&served, "mcp-conformance", "mcp-conformance");
	test_wait_until(&served, test_log_says, "conformance");
	asked = go_on(BEARER, NULL);
	answer = go_on("", mcp_text_at(asked, "result.requestState"));
	ck_assert_int_eq(mcp_number_at(answer, "error.code"), -32602);
	json_decref(answer);
	answer = go_on(BEARER, mcp_text_at(asked, "result.requestState"));
	ck_assert_str_eq(mcp_text_at(answer, "result.resultType"), "complete");
	json_decref(answer);
	json_decref(asked);
	end();
}
END_TEST

/* Nobody stays nobody where a client is helped to complete, though the runnable that helps is on no surface. */
START_TEST(who_is_helped_is_the_caller)
{
	static const char complete[] =
		"{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"completion/complete\",\"params\":{\"ref\":{\"type\":\"ref/prompt\","
		"\"name\":\"test_prompt_with_arguments\"},\"argument\":{\"name\":\"arg1\",\"value\":\"\"}}}";
	struct mcp_session_client client;

	begin("{\"policy\":{\"test\":{\"audit\":true,\"limits\":{\"suggest\":{\"calls\":1,\"within_ms\":900000}}}}}");
	test_daemon_drop_fixture(&served, "mcp-conformance", "mcp-conformance");
	test_wait_until(&served, test_log_says, "conformance");
	json_decref(mcp_begin_session(&client, &served, "2025-11-25", "{}"));
	mcp_session_send(&client, "POST", complete);
	mcp_session_send(&client, "POST", complete);
	ck_assert_uint_eq(test_log_count(&served, "caller= outcome=too_many_requests address=test.suggest"), 1);
	end();
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_call_needs_an_identity), TEST(nothing_is_told_to_nobody),
		TEST(without_a_provider_nobody_gets_in), TEST(clients_are_told_where_tokens_are_to_be_had),
		TEST(without_authorization_there_is_no_metadata), TEST(a_session_belongs_to_its_caller),
		TEST(who_may_not_is_told_what_is_lacking), TEST(a_state_belongs_to_its_caller),
		TEST(who_is_helped_is_the_caller) };

	return mcp_run_suite(&SUITE(cases, "mcp caller"));
}
