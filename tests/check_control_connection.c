/* check_control_connection.c: lines of one client, and its limits. links: daemon kernel */
#include "control_kit.h"
#include "runner.h"

#define CALL(id, address) \
	"{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"runnable.call\",\"params\":{\"address\":\"" address "\"}}\n"
#define GREETED(id) "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"result\":{\"data\":{\"message\":\"Hello\"}}}\n"

enum { MEBIBYTE = 1024 * 1024 };

static char *filled(char with, size_t size)
{
	char *text = malloc(size);

	ck_assert_ptr_nonnull(text);
	memset(text, with, size);
	return text;
}

static void send_text(struct sp_stream *client, const char *text)
{
	kit_send(client, text, strlen(text));
}

START_TEST(lines_are_answered_as_they_come)
{
	struct sp_stream *client = kit_connect();

	send_text(client,
		CALL("1", "greeter.greet") CALL("\"b\"", "greeter.greet") "\n \r\n" CALL("3", "greeter.greet"));
	kit_expect(client, GREETED("1") GREETED("\"b\"") GREETED("3"));
	kit_close();
	ck_assert(!client->aborted);
	kit_forget(client);
}
END_TEST

START_TEST(a_line_may_come_in_pieces)
{
	const char line[] = CALL("1", "greeter.greet");
	struct sp_stream *client = kit_connect();

	for (size_t i = 0; i + 1 < sizeof line; i++) {
		kit_expect(client, "");
		kit_send(client, &line[i], 1);
	}
	kit_expect(client, GREETED("1"));
	kit_close();
	kit_forget(client);
}
END_TEST

/* Whether the line's end comes with it, or later, the connection stays usable. */
START_TEST(a_line_that_is_too_long_is_refused_and_skipped)
{
	struct sp_stream *client = kit_connect();
	char *line = filled('x', (size_t)2 * MEBIBYTE);
	json_t *answer;
	char *sent;

	kit_send(client, line, MEBIBYTE + 1);
	sent = kit_take(client);
	answer = json_loads(sent, 0, NULL);
	ck_assert_int_eq(json_integer_value(json_object_get(json_object_get(answer, "error"), "code")), -32600);
	ck_assert(json_is_null(json_object_get(answer, "id")));
	kit_send(client, line, 1000);
	kit_expect(client, "");
	if (_i > 0) {
		line[2 * MEBIBYTE - 1] = '\n';
		kit_send(client, line, (size_t)2 * MEBIBYTE);
	} else {
		send_text(client, "\n");
	}
	send_text(client, CALL("1", "greeter.greet"));
	kit_expect(client, GREETED("1"));
	json_decref(answer);
	free(sent);
	free(line);
	kit_close();
	kit_forget(client);
}
END_TEST

START_TEST(a_line_of_a_mebibyte_is_read)
{
	struct sp_stream *client = kit_connect();
	char *line = filled(' ', MEBIBYTE + 1);
	json_t *answer;

	memcpy(line + 500, CALL("1", "greeter.greet"), sizeof CALL("1", "greeter.greet") - 2);
	line[MEBIBYTE] = '\0';
	answer = kit_ask_new(client, line);
	ck_assert_ptr_nonnull(json_object_get(answer, "result"));
	json_decref(answer);
	free(line);
	kit_close();
	kit_forget(client);
}
END_TEST

static const struct {
	const char *line, *answer;
} broken[] = {
	{ "{\"jsonrpc\": \"2.0\", \"method\"\n",
		"{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,\"message\":\"this is not "
		"JSON: look at byte 28 of the line\",\"data\":{\"code\":\"bad_request\"}}}\n" },
	{ "{\"id\":5}\n",
		"{\"jsonrpc\":\"2.0\",\"id\":5,\"error\":{\"code\":-32600,\"message\":\"the member \\\"jsonrpc\\\" must be "
		"\\\"2.0\\\"\",\"data\":{\"code\":\"bad_request\"}}}\n" },
	{ "{\"jsonrpc\":\"2.0\",\"method\":\"no.such\",\"id\":1}\n",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32601,\"message\":\"there is no method \\\"no.such\\\": "
		"rpc.discover lists them\",\"data\":{\"code\":\"not_found\"}}}\n" },
	{ "{\"jsonrpc\":\"2.0\",\"method\":\"no.such\"}\n", "" },
	{ "{\"jsonrpc\":\"2.0\",\"method\":\"runnable.call\",\"params\":{\"address\":\"greeter.greet\"}}\n", "" },
};

START_TEST(a_broken_line_is_answered_and_the_next_one_works)
{
	struct sp_stream *client = kit_connect();

	send_text(client, broken[_i].line);
	kit_expect(client, broken[_i].answer);
	send_text(client, CALL("1", "greeter.greet"));
	kit_expect(client, GREETED("1"));
	kit_close();
	kit_forget(client);
}
END_TEST

/* ---- limits ------------------------------------------------------------------------------------------------------ */

START_TEST(a_client_that_does_not_read_is_not_read_from)
{
	struct sp_stream *client = kit_connect();

	client->queued = MEBIBYTE;
	send_text(client, CALL("1", "greeter.greet"));
	kit_expect(client, "");
	ck_assert(client->paused);
	client->queued = 0;
	client->events->drained(client->user, client);
	ck_assert(!client->paused);
	kit_deliver(client);
	kit_expect(client, GREETED("1"));
	kit_close();
	kit_forget(client);
}
END_TEST

START_TEST(too_many_calls_in_flight_wait)
{
	struct sp_stream *client = kit_connect();
	char *sent;

	kit.later = true;
	for (int i = 0; i < 1100; i++)
		send_text(client, CALL("1", "greeter.greet"));
	ck_assert(client->paused);
	ck_assert_uint_eq(kit.calls_made, 1024);
	kit_answer(&kit.calls[7], SP_OK, "{}");
	ck_assert(!client->paused);
	kit_deliver(client);
	ck_assert_uint_eq(kit.calls_made, 1025);
	sent = kit_take(client);
	ck_assert_str_eq(sent, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"data\":{}}}\n");
	free(sent);
	kit_close();
	kit_forget(client);
}
END_TEST

START_TEST(a_client_that_does_not_read_what_it_watches_is_cut)
{
	struct sp_stream *client = kit_connect();

	json_decref(kit_ask_new(client, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"event.watch\"}"));
	client->queued = (size_t)5 * MEBIBYTE;
	kit_publish("a", json_object());
	kit_publish("b", json_object());
	kit_expect(client, "");
	ck_assert_int_gt(client->deadline, 0);
	ck_assert_ptr_nonnull(strstr(kit.log, "does not read"));
	kit_expire(client);
	ck_assert(client->aborted);
	ck_assert_uint_eq(kit.control.connection_count, 0);
	kit_close();
	kit_forget(client);
}
END_TEST

/* Whether somebody gets in beside so many others. */
static bool gets_in(unsigned others)
{
	struct sp_stream *client;
	bool refused;

	kit.control.connection_count = others;
	client = kit_connect();
	refused = client->ended;
	if (refused)
		ck_assert_ptr_nonnull(strstr(client->sent, "\"too_many_requests\""));
	kit.control.connection_count = refused ? 0 : 1;
	kit_close();
	kit_forget(client);
	return !refused;
}

START_TEST(connections_are_limited)
{
	ck_assert(!gets_in(1024));
	ck_assert(gets_in(1023));
	kit_limits.connections = 1;
	ck_assert(!gets_in(1));
	ck_assert(gets_in(0));
}
END_TEST

/* Who may only call leaves room for who may end its connections. */
START_TEST(some_connections_are_kept_for_the_owner)
{
	kit_limits.connections = 16;
	ck_assert(gets_in(15));
	if (geteuid() != 0)
		return;
	kit.control.group = getegid();
	ck_assert_int_eq(seteuid(12345), 0);
	ck_assert(!gets_in(14));
	ck_assert(gets_in(13));
	ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

/* Each limit can be changed at any time; it is looked at when it matters. */
START_TEST(limits_can_be_changed)
{
	struct sp_stream *client = kit_connect();

	kit_limits.line = 40;
	kit_limits.batch = 1;
	send_text(client,
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"kernel.health\"}"
		"\n");
	ck_assert_ptr_nonnull(strstr(client->sent, "a line may be at most 40 bytes long"));
	kit_limits.line = 4096;
	send_text(client,
		"[1,2]"
		"\n");
	ck_assert_ptr_nonnull(strstr(client->sent, "a batch may hold at most 1 messages"));
	kit_limits.unread = 1024;
	client->queued = 1025;
	send_text(client,
		""
		"\n");
	ck_assert(client->paused);
	kit_close();
	kit_forget(client);
}
END_TEST

START_TEST(a_stranger_is_refused_with_a_reason)
{
	struct sp_stream *client;

	if (geteuid() != 0)
		return;
	ck_assert_int_eq(seteuid(12345), 0);
	client = kit_connect();
	ck_assert_int_eq(seteuid(0), 0);
	ck_assert(client->ended);
	ck_assert(!client->aborted);
	ck_assert_ptr_nonnull(strstr(client->sent, "12345 may not use this socket"));
	ck_assert_ptr_nonnull(strstr(client->sent, "\"forbidden\""));
	kit_forget(client);
	kit_close();
}
END_TEST

/* ---- the end ----------------------------------------------------------------------------------------------------- */

/* R-RN-4 */
START_TEST(who_hangs_up_cancels_its_calls)
{
	struct sp_stream *client = kit_connect();

	kit.later = true;
	send_text(client, CALL("1", "greeter.greet") CALL("2", "greeter.greet"));
	send_text(client, "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"event.watch\"}\n");
	kit_hang_up(client);
	ck_assert(client->ended);
	ck_assert(kit.calls[0].cancelled);
	ck_assert(kit.calls[1].cancelled);
	ck_assert_uint_eq(kit_subscription_count(), 0);
	kit_close();
	kit_forget(client);
}
END_TEST

START_TEST(who_sends_no_more_is_still_answered)
{
	struct sp_stream *client = kit_connect();

	kit.later = true;
	send_text(client, CALL("1", "greeter.greet"));
	ck_assert_int_eq(shutdown(client->other_fd, SHUT_WR), 0);
	client->events->closed(client->user, client, SP_OK);
	ck_assert(!client->ended);
	kit_answer(&kit.calls[0], SP_OK, "{}");
	kit_expect(client, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"data\":{}}}\n");
	kit_expire(client);
	ck_assert(client->ended);
	ck_assert(!client->aborted);
	kit_close();
	kit_forget(client);
}
END_TEST

/* What the plugins do cannot be cancelled; its answer finds nobody. */
START_TEST(who_hangs_up_leaves_the_plugins_alone)
{
	struct sp_stream *client = kit_connect();

	send_text(client,
		"[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"plugin.unload\",\"params\":{\"name\":\"a\"}}]\n");
	kit_hang_up(client);
	kit_plugins_finish(SP_OK);
	kit_close();
	kit_forget(client);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(lines_are_answered_as_they_come), TEST(a_line_may_come_in_pieces),
		TEST(a_line_that_is_too_long_is_refused_and_skipped, .times = 2), TEST(a_line_of_a_mebibyte_is_read),
		TEST(a_broken_line_is_answered_and_the_next_one_works, .times = sizeof broken / sizeof broken[0]),
		TEST(a_client_that_does_not_read_is_not_read_from), TEST(too_many_calls_in_flight_wait),
		TEST(a_client_that_does_not_read_what_it_watches_is_cut), TEST(connections_are_limited),
		TEST(some_connections_are_kept_for_the_owner), TEST(limits_can_be_changed),
		TEST(a_stranger_is_refused_with_a_reason), TEST(who_hangs_up_cancels_its_calls),
		TEST(who_sends_no_more_is_still_answered), TEST(who_hangs_up_leaves_the_plugins_alone) };

	return run_suite(&SUITE(cases, "control_connection", .set_up = kit_open));
}
