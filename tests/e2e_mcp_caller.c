/* e2e_mcp_caller.c: who calls over MCP, and what a client is told that may not (mcp.md, quirk 5; R-PR-4). */
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

int main(void)
{
	const struct test_case cases[] = { TEST(a_call_needs_an_identity),
		TEST(clients_are_told_where_tokens_are_to_be_had), TEST(without_authorization_there_is_no_metadata),
		TEST(a_session_belongs_to_its_caller) };

	return mcp_run_suite(&SUITE(cases, "mcp caller"));
}
