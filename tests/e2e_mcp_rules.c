/*
 * e2e_mcp_rules.c: MCP over HTTP, rule by rule: what the revisions say of sessions, types, streams and methods, and
 * what the suites of either era do not come by (e2e_mcp_older.c, e2e_mcp_modern.c).
 */
#include "daemon_kit_clients.h"
#include "mcp_kit.h"
#include "mcp_transcript.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define JSON "Content-Type: application/json\r\n"
#define BOTH "Accept: application/json, text/event-stream\r\n"
#define PING "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}"
#define INITIALIZE \
	"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"1999-01-01\"," \
	"\"capabilities\":{},\"clientInfo\":{\"name\":\"t\",\"version\":\"1\"}}}"

static struct test_daemon served;
static struct mcp_session_client client;

static void begin_with(const char *configuration)
{
	test_daemon_prepare(&served, configuration);
	test_daemon_drop_fixture(&served, "mcp-conformance", "mcp-conformance");
	test_daemon_start(&served);
}

static void begin(void)
{
	begin_with(NULL);
	json_decref(mcp_begin_session(&client, &served, "2025-11-25", "{}"));
}

static void end(void)
{
	test_daemon_stop(&served);
	test_daemon_clean(&served);
}

/* Fields of a request in the session. */
static const char *in_session(const char *more)
{
	static char fields[512];

	snprintf(fields, sizeof fields, "Mcp-Session-Id: %s\r\n%s", client.session, more);
	return fields;
}

/* ---- sessions ---------------------------------------------------------------------------------------------------- */

/* A client whose session has ended begins anew, though it still names the old one, and whatever version it asks for. */
START_TEST(who_begins_may_name_a_stale_session)
{
	struct mcp_answer answer;
	json_t *message;

	begin();
	ck_assert_int_eq(mcp_session_send(&client, "DELETE", NULL), 204);
	mcp_open(&served, "POST /mcp", in_session(JSON BOTH), INITIALIZE, &answer);
	ck_assert_int_eq(answer.status, 200);
	ck_assert(mcp_has_field(&answer, "Mcp-Session-Id: "));
	ck_assert(!mcp_has_field(&answer, client.session));
	message = mcp_next(&answer);
	ck_assert_str_eq(mcp_text_at(message, "result.protocolVersion"), "2025-11-25");
	json_decref(message);
	mcp_close(&answer);
	end();
}
END_TEST

/* What is wrong with a request is told by status and code, and what would do is told with it. */
START_TEST(faults_have_a_status_and_a_code)
{
	static const struct {
		const char *session, *fields, *body;
		int status, code;
	} rows[] = {
		{ "", JSON BOTH, PING, 400, -32600 },
		{ "Mcp-Session-Id: 0123456789abcdef\r\n", JSON BOTH, PING, 404, -32001 },
		{ NULL, JSON BOTH, "{", 400, -32700 },
		{ NULL, JSON BOTH, "{\"jsonrpc\":\"2.0\",\"id\":1}", 400, -32600 },
		{ NULL, JSON BOTH, "[]", 400, -32600 }, { NULL, JSON BOTH, "\"ping\"", 400, -32600 },
		{ NULL, JSON BOTH, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"resources/unsubscribe\"}", 200, -32602 },
		{ NULL, JSON BOTH "MCP-Protocol-Version: 1999-01-01\r\n", PING, 400, -32600 },
		{ NULL, JSON BOTH, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"nothing/here\"}", 200, -32601 },
		{ NULL, JSON BOTH, PING, 200, 0 }, /* without a version header, too */
	};

	begin();
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *session = rows[i].session;
		struct mcp_answer answer;
		char fields[512];
		json_t *message;

		snprintf(fields, sizeof fields, "%s%s", session ? session : in_session(""), rows[i].fields);
		mcp_open(&served, "POST /mcp", fields, rows[i].body, &answer);
		ck_assert_msg(answer.status == rows[i].status, "row %zu: %d", i, answer.status);
		message = mcp_next(&answer);
		ck_assert_int_eq(rows[i].code, rows[i].code ? mcp_number_at(message, "error.code") : 0);
		if (strstr(rows[i].fields, "1999"))
			ck_assert_str_eq(mcp_text_at(message, "error.data.supported.1"), "2025-11-25");
		json_decref(message);
		mcp_close(&answer);
	}
	end();
}
END_TEST

/* A notification, an answer to nothing, and what went wrong with a message that its client could not read, is accepted
 * with an empty body. */
START_TEST(what_is_not_answered_is_accepted)
{
	static const char *const bodies[] = { "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}",
		"{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{}}",
		"{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32700,\"message\":\"what?\"}}" };

	begin();
	for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
		struct mcp_answer answer;

		mcp_open(&served, "POST /mcp", in_session(JSON BOTH), bodies[i], &answer);
		ck_assert_int_eq(answer.status, 202);
		ck_assert_ptr_null(mcp_next(&answer));
		ck_assert_str_eq(answer.text + answer.at, "");
		mcp_close(&answer);
	}
	end();
}
END_TEST

/* ---- types and streams ------------------------------------------------------------------------------------------- */

static const char with_progress[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":"
				    "{\"name\":\"test_tool_with_progress\",\"_meta\":{\"progressToken\":\"p\"}}}";

/* A client that takes one type only is answered in that: without what comes before an answer, or as a stream of one
 * event. */
START_TEST(an_answer_has_a_type_that_its_client_takes)
{
	struct mcp_answer answer;
	json_t *message;

	begin();
	mcp_open(&served, "POST /mcp", in_session(JSON "Accept: application/json\r\n"), with_progress, &answer);
	ck_assert(mcp_has_field(&answer, "Content-Type: application/json"));
	message = mcp_next(&answer);
	ck_assert_str_eq(mcp_text_at(message, "result.content.0.text"), "It is done.");
	json_decref(message);
	mcp_close(&answer);
	mcp_open(&served, "POST /mcp", in_session(JSON "Accept: text/event-stream\r\n"), PING, &answer);
	ck_assert(mcp_has_field(&answer, "Content-Type: text/event-stream"));
	message = mcp_next(&answer);
	ck_assert_ptr_nonnull(mcp_at(message, "result"));
	json_decref(message);
	ck_assert_ptr_null(mcp_next(&answer));
	mcp_close(&answer);
	end();
}
END_TEST

/* The ids of the events of a call with progress, of which there are four. */
static void collect(char ids[static 4][64])
{
	struct mcp_answer answer;

	mcp_open(&served, "POST /mcp", in_session(JSON BOTH), with_progress, &answer);
	for (int i = 0; i < 4; i++) {
		json_decref(mcp_next(&answer));
		snprintf(ids[i], 64, "%s", answer.last_event);
	}
	mcp_close(&answer);
}

/* No two events of a session have the same id, and an id leads back to its own stream. */
START_TEST(ids_of_events_are_unique_and_of_one_stream)
{
	char ids[8][64];
	struct mcp_answer answer;
	json_t *message;

	begin();
	collect(ids);
	collect(ids + 4);
	for (int i = 0; i < 8; i++)
		for (int j = 0; j < i; j++)
			ck_assert_str_ne(ids[i], ids[j]);
	mcp_session_listen(&client, ids[1], &answer);
	message = mcp_next(&answer);
	ck_assert_int_eq(mcp_number_at(message, "params.progress"), 100);
	ck_assert_str_eq(answer.last_event, ids[2]);
	json_decref(message);
	message = mcp_next(&answer);
	ck_assert_str_eq(answer.last_event, ids[3]);
	json_decref(message);
	ck_assert_ptr_null(mcp_next(&answer));
	mcp_close(&answer);
	end();
}
END_TEST

/* ---- methods ----------------------------------------------------------------------------------------------------- */

/* The modern era has POST alone, whatever session is named. */
START_TEST(a_modern_client_has_nothing_to_listen_to_or_to_end)
{
	static const char *const lines[] = { "GET /mcp", "DELETE /mcp", "PUT /mcp" };

	begin();
	for (int i = 0; i < 3; i++) {
		struct mcp_answer answer;

		mcp_open(&served, lines[i], in_session(BOTH "MCP-Protocol-Version: 2026-07-28\r\n"), NULL, &answer);
		ck_assert_msg(answer.status == 405, "%s: %d", lines[i], answer.status);
		ck_assert(mcp_has_field(&answer, "Allow: POST\r\n"));
		mcp_close(&answer);
	}
	ck_assert_int_eq(mcp_session_send(&client, "POST", PING), 200);
	end();
}
END_TEST

/* A subscription's messages bear the id of its request in the type that it has there. */
START_TEST(the_id_of_a_subscription_keeps_its_type)
{
	struct mcp_answer answer;
	json_t *message;
	const json_t *meta;

	begin();
	mcp_open(&served, "POST /mcp",
		JSON BOTH "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: subscriptions/listen\r\n",
		"{\"jsonrpc\":\"2.0\",\"id\":\"7\",\"method\":\"subscriptions/listen\",\"params\":{\"notifications\":{},"
		"\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
		"\"io.modelcontextprotocol/clientCapabilities\":{}}}}",
		&answer);
	message = mcp_next(&answer);
	ck_assert_str_eq(mcp_text_at(message, "method"), "notifications/subscriptions/acknowledged");
	meta = mcp_at(message, "params._meta");
	ck_assert_str_eq(json_string_value(json_object_get(meta, "io.modelcontextprotocol/subscriptionId")), "7");
	json_decref(message);
	mcp_close(&answer);
	end();
}
END_TEST

/* ---- hosts and origins ------------------------------------------------------------------------------------------- */

/* The status of a ping with fields that are its own; of a session that there is not, so that 404 is to be let in. */
static int status_of(const char *host, const char *origin)
{
	char request[512], answer[64] = "";
	int fd = test_connect_port(served.port);
	size_t size = 0;
	ssize_t got;

	snprintf(request, sizeof request,
		"POST /mcp HTTP/1.1\r\nHost: %s\r\n%s%s%s" JSON BOTH
		"Mcp-Session-Id: none\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n" PING,
		host, origin ? "Origin: " : "", origin ? origin : "", origin ? "\r\n" : "", strlen(PING));
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(send(fd, request, strlen(request), MSG_NOSIGNAL), (ssize_t)strlen(request));
	while (size < sizeof answer - 1 && (got = recv(fd, answer + size, sizeof answer - 1 - size, 0)) > 0)
		size += (size_t)got;
	close(fd);
	return (int)strtol(answer + strcspn(answer, " "), NULL, 10);
}

/* Quirk 6: each alone is reason enough, and both are configurable, with and without a port. */
START_TEST(quirk_6_hosts_and_origins_are_configurable)
{
	begin_with("{}");
	ck_assert_int_eq(status_of("localhost", NULL), 404);
	ck_assert_int_eq(status_of("api.example", NULL), 403);
	ck_assert_int_eq(status_of("localhost", "https://app.example"), 403);
	end();
	begin_with(
		"{\"http\":{\"hosts\":[\"api.example\",\"box:9000\",\"localhost\"],\"origins\":[\"https://app.example\"]}}");
	ck_assert_int_eq(status_of("api.example", NULL), 404);
	ck_assert_int_eq(status_of("api.example:8443", NULL), 404);
	ck_assert_int_eq(status_of("box:9000", NULL), 404);
	ck_assert_int_eq(status_of("box:9001", NULL), 403);
	ck_assert_int_eq(status_of("evil.example", NULL), 403);
	ck_assert_int_eq(status_of("api.example", "https://app.example"), 404);
	ck_assert_int_eq(status_of("api.example", "https://evil.example"), 403);
	ck_assert_int_eq(status_of("evil.example", "https://app.example"), 403);
	end();
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(who_begins_may_name_a_stale_session),
		TEST(faults_have_a_status_and_a_code), TEST(what_is_not_answered_is_accepted),
		TEST(an_answer_has_a_type_that_its_client_takes), TEST(ids_of_events_are_unique_and_of_one_stream),
		TEST(a_modern_client_has_nothing_to_listen_to_or_to_end), TEST(the_id_of_a_subscription_keeps_its_type),
		TEST(quirk_6_hosts_and_origins_are_configurable) };

	return mcp_run_suite(&SUITE(cases, "mcp by its rules"));
}
