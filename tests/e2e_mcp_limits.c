/* e2e_mcp_limits.c: what a client of MCP may have of the server, and what it is told when it wants more. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mcp_kit.h"
#include "mcp_transcript.h"

/* The hash of "swordfish". */
#define TOKENS "\"tokens\":{\"ada\":{\"sha256\":\"b9f195c5cc7ef6afadbfbc42892ad47d3b24c6bc94bb510c4564a90a14e8b799\"}}"

static struct test_daemon served;
static struct mcp_session_client client;

static void begin(const char *limits)
{
	char configuration[512];

	snprintf(configuration, sizeof configuration, "{\"auth\":{" TOKENS "},\"mcp\":%s}", limits);
	test_daemon_prepare(&served, configuration);
	test_daemon_drop_fixture(&served, "mcp-conformance", "mcp-conformance");
	test_daemon_drop(&served, "counter", "counter", 0);
	test_daemon_start(&served);
}

static void end(void)
{
	test_daemon_stop(&served);
	test_daemon_clean(&served);
}

static void begin_session(const char *version)
{
	json_decref(mcp_begin_session(&client, &served, version, "{}"));
}

static const char quick[] = "{\"name\":\"counter_get\",\"arguments\":{}}";

static void expect_too_many(struct mcp_answer *answer, int status)
{
	json_t *message;

	ck_assert_int_eq(answer->status, status);
	ck_assert(mcp_has_field(answer, "Retry-After: 1"));
	message = mcp_next(answer);
	ck_assert_int_eq(mcp_number_at(message, "error.code"), -32000);
	json_decref(message);
	mcp_close(answer);
}

/* Calls a tool that waits for the client's answer to a question, and loses the connection, which cancels nothing. */
static void be_asked(void)
{
	struct mcp_answer answer;
	json_t *question;

	mcp_session_open(&client, "tools/call", "{\"name\":\"test_elicitation\",\"arguments\":{\"message\":\"Well?\"}}",
		&answer);
	question = mcp_next(&answer);
	ck_assert_str_eq(mcp_text_at(question, "method"), "elicitation/create");
	json_decref(question);
	mcp_close(&answer);
}

START_TEST(requests_under_way_are_limited)
{
	struct mcp_answer answer;
	char body[160];

	begin("{\"limits\":{\"requests_per_session\":2}}");
	json_decref(mcp_begin_session(&client, &served, "2025-11-25", "{\"elicitation\":{}}"));
	for (size_t i = 0; i < 2; i++)
		be_asked();
	mcp_session_open(&client, "tools/call", quick, &answer);
	expect_too_many(&answer, 429);
	snprintf(body, sizeof body,
		"{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":%d}}",
		(int)client.id - 1);
	ck_assert_int_eq(mcp_session_send(&client, "POST", body), 202);
	json_decref(mcp_session_call(&client, "tools/call", quick));
	end();
}
END_TEST

START_TEST(requests_of_all_are_limited)
{
	struct mcp_answer listener, answer;

	begin("{\"limits\":{\"requests\":1}}");
	mcp_modern_open(&served, "subscriptions/listen", "{\"notifications\":{\"toolsListChanged\":true}}", NULL,
		&listener);
	ck_assert_int_eq(listener.status, 200);
	mcp_modern_open(&served, "tools/call", quick, NULL, &answer);
	expect_too_many(&answer, 503);
	mcp_close(&listener);
	do {
		mcp_modern_open(&served, "tools/call", quick, NULL, &answer);
		mcp_close(&answer);
	} while (answer.status == 503);
	ck_assert_int_eq(answer.status, 200);
	end();
}
END_TEST

START_TEST(a_batch_has_a_size)
{
	static const char two[] = "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"},"
				  "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"ping\"}]";
	static const char three[] = "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"},"
				    "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"ping\"},"
				    "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"ping\"}]";

	begin("{\"limits\":{\"batch\":2}}");
	begin_session("2025-03-26");
	ck_assert_int_eq(mcp_session_send(&client, "POST", two), 200);
	ck_assert_int_eq(mcp_session_send(&client, "POST", three), 400);
	end();
}
END_TEST

/* The code of an error, 0 for none. */
static json_int_t subscribe(const char *uri)
{
	char params[128];
	json_t *answer;
	json_int_t code;

	snprintf(params, sizeof params, "{\"uri\":\"%s\"}", uri);
	answer = mcp_session_call(&client, "resources/subscribe", params);
	code = mcp_at(answer, "error") ? mcp_number_at(answer, "error.code") : 0;
	json_decref(answer);
	return code;
}

static json_int_t listen_to(const char *uris)
{
	struct mcp_answer answer;
	json_int_t code;
	char params[256];
	json_t *message;

	snprintf(params, sizeof params, "{\"notifications\":{\"resourceSubscriptions\":%s}}", uris);
	mcp_modern_open(&served, "subscriptions/listen", params, NULL, &answer);
	message = mcp_next(&answer);
	code = mcp_at(message, "error") ? mcp_number_at(message, "error.code") : 0;
	json_decref(message);
	mcp_close(&answer);
	return code;
}

START_TEST(subscriptions_are_limited)
{
	begin("{\"limits\":{\"subscriptions\":2,\"uri\":16}}");
	begin_session("2025-11-25");
	ck_assert_int_eq(subscribe("test://a"), 0);
	ck_assert_int_eq(subscribe("test://a-long-one-of-them"), -32602);
	ck_assert_int_eq(subscribe("test://b"), 0);
	ck_assert_int_eq(subscribe("test://c"), -32602);
	ck_assert_int_eq(subscribe("test://a"), 0); /* it has that already */
	json_decref(mcp_session_call(&client, "resources/unsubscribe", "{\"uri\":\"test://a\"}"));
	ck_assert_int_eq(subscribe("test://c"), 0);
	ck_assert_int_eq(listen_to("[\"test://a\",\"test://b\"]"), 0);
	ck_assert_int_eq(listen_to("[\"test://a\",\"test://b\",\"test://c\"]"), -32602);
	ck_assert_int_eq(listen_to("[\"test://a-long-one-of-them\"]"), -32602);
	end();
}
END_TEST

/* Calls a tool that tells its progress in events; the id from where its stream begins. */
static void tell_progress(char first[static 64])
{
	struct mcp_answer answer;
	json_t *message;

	mcp_session_open(&client, "tools/call",
		"{\"name\":\"test_tool_with_progress\",\"_meta\":{\"progressToken\":1}}", &answer);
	while ((message = mcp_next(&answer)))
		json_decref(message);
	snprintf(first, 64, "%.*s-0", (int)strcspn(answer.last_event, "-"), answer.last_event);
	mcp_close(&answer);
}

static size_t count_kept(const char *first)
{
	struct mcp_answer answer;
	size_t count = 0;
	json_t *message;

	mcp_session_listen(&client, first, &answer);
	ck_assert_int_eq(answer.status, 200);
	for (; (message = mcp_next(&answer)); count++)
		json_decref(message);
	mcp_close(&answer);
	return count;
}

START_TEST(little_is_kept_for_who_comes_back)
{
	char first[64], other[64];

	begin("{\"limits\":{\"kept_events\":3,\"kept_bytes\":1024}}");
	begin_session("2025-11-25");
	tell_progress(first);
	ck_assert_uint_eq(count_kept(first), 3);
	for (int i = 0; i < 4; i++)
		tell_progress(other);
	ck_assert_uint_eq(count_kept(first), 0);
	ck_assert_uint_eq(count_kept(other), 3);
	end();
}
END_TEST

/* The status of a ping in a session of Ada's. */
static int ping_as_ada(const char *session)
{
	struct mcp_answer answer;
	char fields[256];

	snprintf(fields, sizeof fields,
		"Content-Type: application/json\r\nAuthorization: Bearer swordfish\r\nMcp-Session-Id: %s\r\n", session);
	mcp_open(&served, "POST /mcp", fields, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}", &answer);
	mcp_close(&answer);
	return answer.status;
}

static void begin_as_ada(char session[static 64])
{
	static const char field[] = "\r\nMcp-Session-Id: ";
	struct mcp_answer answer;
	const char *found;

	mcp_open(&served, "POST /mcp", "Content-Type: application/json\r\nAuthorization: Bearer swordfish\r\n",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"2025-11-25\","
		"\"capabilities\":{},\"clientInfo\":{\"name\":\"test\",\"version\":\"1\"}}}",
		&answer);
	ck_assert_int_eq(answer.status, 200);
	found = strstr(answer.text, field);
	ck_assert_ptr_nonnull(found);
	snprintf(session, 64, "%.32s", found + strlen(field));
	mcp_close(&answer);
}

/* Who begins many sessions ends its own, also when others' were used longer ago. */
START_TEST(sessions_make_room_for_those_of_their_caller)
{
	struct mcp_session_client former;
	char adas[64];

	begin("{\"sessions\":2}");
	begin_as_ada(adas);
	begin_session("2025-11-25");
	former = client;
	begin_session("2025-11-25");
	ck_assert_int_eq(ping_as_ada(adas), 200);
	ck_assert_int_eq(mcp_session_send(&client, "POST", "{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"ping\"}"), 200);
	ck_assert_int_eq(mcp_session_send(&former, "POST", "{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"ping\"}"), 404);
	end();
}
END_TEST

/* When somebody is connected to each of them, there is no room. */
START_TEST(sessions_that_are_used_stay)
{
	struct mcp_answer listener, answer;

	begin("{\"sessions\":1}");
	begin_session("2025-11-25");
	mcp_session_listen(&client, NULL, &listener);
	ck_assert_int_eq(listener.status, 200);
	client.session[0] = '\0';
	mcp_session_open(&client, "initialize",
		"{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{},\"clientInfo\":{\"name\":\"t\",\"version\":\"1\"}}",
		&answer);
	ck_assert_int_eq(answer.status, 503);
	ck_assert(mcp_has_field(&answer, "Retry-After: 1"));
	mcp_close(&answer);
	mcp_close(&listener);
	end();
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(requests_under_way_are_limited), TEST(requests_of_all_are_limited),
		TEST(a_batch_has_a_size), TEST(subscriptions_are_limited), TEST(little_is_kept_for_who_comes_back),
		TEST(sessions_make_room_for_those_of_their_caller), TEST(sessions_that_are_used_stay) };

	return mcp_run_suite(&SUITE(cases, "mcp limits"));
}
