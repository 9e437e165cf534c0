/* check_control_exchange.c: requests, batches and cancelling. links: daemon kernel */
#include "control_kit.h"
#include "runner.h"

#define CALL(id, address) \
	"{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"runnable.call\",\"params\":{\"address\":\"" address "\"}}"
#define GREETED(id) "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"result\":{\"data\":{\"message\":\"Hello\"}}}"
#define DONE(id) "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"result\":{\"data\":{}}}"

enum { LONG = 3 * 1024 * 1024, BATCH_TEXT = 2002 };

static struct sp_stream *client;

static void open_client(void)
{
	kit_open();
	client = kit_connect();
}

static void close_client(void)
{
	kit_close();
	kit_forget(client);
}

static void say(const char *text)
{
	kit_send(client, text, strlen(text));
	kit_send(client, "\n", 1);
}

START_TEST(answers_leave_in_the_order_of_their_ends)
{
	kit.later = true;
	say(CALL("1", "a.b") "\n" CALL("2", "a.b"));
	kit_answer(&kit.calls[1], SP_OK, "{}");
	kit_expect(client, DONE("2") "\n");
	kit_answer(&kit.calls[0], SP_OK, "{}");
	kit_expect(client, DONE("1") "\n");
}
END_TEST

START_TEST(a_batch_is_answered_once)
{
	say("[" CALL("1", "greeter.greet") ",7," CALL("2",
		"greeter.greet") ",{\"jsonrpc\":\"2.0\",\"method\":\"kernel.drain\"}]");
	kit_expect(client,
		"[" GREETED(
			"1") ",{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,\"message\":\"a message must "
			     "be an object\",\"data\":{\"code\":\"bad_request\"}}}," GREETED("2") "]\n");
	ck_assert_str_eq(kit.asked, "drain -");
}
END_TEST

START_TEST(a_batch_waits_for_its_last)
{
	kit.later = true;
	say("[" CALL("1", "a.b") "," CALL("2", "a.b") "]");
	kit_answer(&kit.calls[1], SP_OK, "{}");
	kit_expect(client, "");
	kit_answer(&kit.calls[0], SP_OK, "{}");
	kit_expect(client, "[" DONE("2") "," DONE("1") "]\n");
}
END_TEST

START_TEST(a_batch_of_notifications_is_not_answered)
{
	say("[{\"jsonrpc\":\"2.0\",\"method\":\"kernel.drain\"}]");
	kit_expect(client, "");
	ck_assert_str_eq(kit.asked, "drain -");
}
END_TEST

START_TEST(a_batch_has_a_size)
{
	char line[BATCH_TEXT + 2];
	json_t *answer;

	say("[]");
	kit_expect(client,
		"{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,\"message\":\"the batch is empty\",\"data\":{"
		"\"code\":\"bad_request\"}}}\n");
	for (size_t i = 0; i < BATCH_TEXT; i += 2) {
		line[i] = i > 0 ? ',' : '[';
		line[i + 1] = '1';
	}
	line[BATCH_TEXT] = ']';
	line[BATCH_TEXT + 1] = '\0';
	answer = kit_ask_new(client, line);
	ck_assert(json_is_object(answer));
	ck_assert_int_eq(json_integer_value(json_object_get(json_object_get(answer, "error"), "code")), -32600);
	json_decref(answer);
}
END_TEST

/* Its answers are gathered, so they are bounded too. */
START_TEST(a_batch_that_answers_too_much_fails_in_parts)
{
	char *data = malloc(LONG + 16);
	char *sent;

	ck_assert_ptr_nonnull(data);
	snprintf(data, LONG + 16, "{\"x\":\"%0*d\"}", LONG, 0);
	kit.later = true;
	say("[" CALL("1", "a.b") "," CALL("2", "a.b") "," CALL("3", "a.b") "]");
	for (int i = 0; i < 3; i++)
		kit_answer(&kit.calls[i], SP_OK, data);
	sent = kit_take(client);
	ck_assert_ptr_nonnull(strstr(sent, "\"id\":3,\"error\""));
	ck_assert_ptr_nonnull(strstr(sent, "\"unavailable\""));
	free(sent);
	free(data);
}
END_TEST

START_TEST(a_failure_carries_its_code_and_details)
{
	say(CALL("1", "greeter.invalid"));
	kit_expect(client,
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32602,\"message\":\"it was told to fail\",\"data\":{"
		"\"code\":\"invalid_params\",\"details\":[{\"pointer\":\"/name\",\"message\":\"is missing\"}]}}}\n");
	say(CALL("2", "nobody.there"));
	kit_expect(client,
		"{\"jsonrpc\":\"2.0\",\"id\":2,\"error\":{\"code\":-32000,\"message\":\"it was told to fail\",\"data\":{"
		"\"code\":\"not_found\"}}}\n");
}
END_TEST

START_TEST(a_call_is_cancelled_by_its_id)
{
	kit.later = true;
	say(CALL("\"long\"", "a.b"));
	say("{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"runnable.cancel\",\"params\":{\"id\":\"lon\\u0067\"}}");
	ck_assert(kit.calls[0].cancelled);
	kit_expect(client,
		"{\"jsonrpc\":\"2.0\",\"id\":\"long\",\"error\":{\"code\":-32000,\"message\":\"cancelled by its caller\","
		"\"data\":{\"code\":\"cancelled\"}}}\n{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{\"cancelled\":true}}\n");
	say("{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"runnable.cancel\",\"params\":{\"id\":\"long\"}}");
	kit_expect(client,
		"{\"jsonrpc\":\"2.0\",\"id\":3,\"error\":{\"code\":-32000,\"message\":\"no call with that id is in flight on "
		"this connection\",\"data\":{\"code\":\"not_found\"}}}\n");
}
END_TEST

START_TEST(progress_is_told_to_who_asks)
{
	kit.later = true;
	say("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"runnable.call\",\"params\":{\"address\":\"a.b\",\"progress\":true}}");
	say(CALL("2", "a.b"));
	ck_assert(!kit.calls[1].request.progress);
	kit.calls[0].request.progress(kit.calls[0].request.user, 3, 10, "third");
	kit_expect(client,
		"{\"jsonrpc\":\"2.0\",\"method\":\"progress\",\"params\":{\"done\":3,\"total\":10,\"note\":\"third\",\"id\":1}}"
		"\n");
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(answers_leave_in_the_order_of_their_ends),
		TEST(a_batch_is_answered_once), TEST(a_batch_waits_for_its_last),
		TEST(a_batch_of_notifications_is_not_answered), TEST(a_batch_has_a_size),
		TEST(a_batch_that_answers_too_much_fails_in_parts), TEST(a_failure_carries_its_code_and_details),
		TEST(a_call_is_cancelled_by_its_id), TEST(progress_is_told_to_who_asks) };

	return run_suite(&SUITE(cases, "control_exchange", .set_up = open_client, .tear_down = close_client));
}
