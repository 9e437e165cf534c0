/* check_control_methods_conversations.c: a connection that becomes a conversation's. links: daemon kernel */
#include "control_kit.h"
#include "runner.h"

#include <signalpy/conversations.h>

#define OPEN(id) "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"conversation.open\",\"params\":{\"with\":\"echo\"}}\n"
#define OPENED(id) "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"result\":{\"speaks\":\"echo\"}}\n"
#define CALL "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"runnable.call\",\"params\":{\"address\":\"a.b\"}}\n"

enum { MEBIBYTE = 1024 * 1024 };

/* A server that says every line again. */
static struct {
	struct sp_conversations table;
	struct sp_conversation *conversation;
	sp_runtime runtime;
	unsigned too_long, ending, gone;
} echo;

static struct sp_stream *client;

static void defer(void *loop, struct sp_task *task)
{
	(void)loop;
	(void)task;
}

static const struct sp_loop_ops loop_ops = { .struct_size = sizeof loop_ops, .defer = defer };

static void *on_open(void *user, struct sp_conversation *conversation)
{
	echo.conversation = conversation;
	return user;
}

static void on_line(void *opened, const char *line, size_t size)
{
	ck_assert_ptr_eq(opened, &echo);
	if (line)
		echo.conversation->ops->write(echo.conversation, line, size);
	else
		echo.too_long++;
}

static void on_ending(void *opened)
{
	ck_assert_ptr_eq(opened, &echo);
	echo.ending++;
}

static void on_gone(void *opened)
{
	ck_assert_ptr_eq(opened, &echo);
	echo.gone++;
}

static const struct sp_conversation_events events = { sizeof events, on_open, on_line, on_ending, on_gone };

static void set_up(void)
{
	kit_open();
	kit.control.options.conversations = conversations_create(&loop_ops, NULL);
	memset(&echo, 0, sizeof echo);
	fake_runtime_init(&echo.runtime, "echo");
	echo.table = *conversations_table(kit.control.options.conversations);
	echo.table.service.self = kit.control.options.conversations;
	echo.table.service.consumer = &echo.runtime;
	ck_assert_int_eq(echo.table.serve(&echo.table, "echo", &events, &echo), SP_OK);
	client = kit_connect();
}

static void tear_down(void)
{
	kit_close();
	kit_forget(client);
	fake_sweep(&echo.runtime);
	conversations_destroy(kit.control.options.conversations);
}

static void send_text(const char *text)
{
	kit_send(client, text, strlen(text));
}

/* The lines behind the request are the conversation's already. */
START_TEST(lines_are_the_conversations)
{
	send_text(OPEN("1") "one\ntwo\r\n\n" CALL);
	kit_expect(client, OPENED("1") "one\ntwo\r\n\n" CALL);
	ck_assert_uint_eq(kit.calls_made, 0);
	ck_assert(echo.conversation->identity->privileged);
	kit_hang_up(client);
	ck_assert_uint_eq(echo.gone, 1);
}
END_TEST

START_TEST(a_line_that_is_too_long_is_told_as_such)
{
	char *line = calloc(1, MEBIBYTE + 2);

	memset(line, 'x', MEBIBYTE + 1);
	send_text(OPEN("1"));
	kit_expect(client, OPENED("1"));
	send_text(line);
	send_text("xyz\nnext\n");
	kit_expect(client, "next\n");
	ck_assert_uint_eq(echo.too_long, 1);
	free(line);
}
END_TEST

/* One that has anything else under way, or is a conversation's, cannot become one's. */
START_TEST(it_needs_a_connection_of_its_own)
{
	json_t *answer;

	kit.later = true;
	send_text(CALL);
	answer = kit_ask_new(client, OPEN("1"));
	ck_assert_int_eq(json_integer_value(json_object_get(json_object_get(answer, "error"), "code")), -32000);
	json_decref(answer);
	kit_answer(&kit.calls[0], SP_OK, "{}");
	free(kit_take(client));
	send_text(OPEN("2"));
	kit_expect(client, OPENED("2"));
}
END_TEST

START_TEST(what_nobody_speaks_is_unavailable)
{
	json_t *answer = kit_ask_new(client,
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"conversation.open\",\"params\":{\"with\":\"latin\"}}");
	const json_t *error = json_object_get(answer, "error");

	ck_assert_str_eq(json_string_value(json_object_get(json_object_get(error, "data"), "code")), "unavailable");
	json_decref(answer);
	send_text(OPEN("2"));
	kit_expect(client, OPENED("2"));
}
END_TEST

/* Who sends no more is answered until the server has said all; who goes then is found out. */
START_TEST(the_end_is_told_and_waited_for)
{
	send_text(OPEN("1"));
	free(kit_take(client));
	ck_assert_int_eq(shutdown(client->other_fd, SHUT_WR), 0);
	client->events->closed(client->user, client, SP_OK);
	ck_assert_uint_eq(echo.ending, 1);
	kit_expire(client);
	ck_assert(!client->ended);
	echo.conversation->ops->write(echo.conversation, "last", 4);
	kit_expect(client, "last\n");
	if (_i == 0) {
		echo.conversation->ops->close(echo.conversation, NULL);
		echo.conversation->ops->close(echo.conversation, NULL);
		ck_assert_uint_eq(echo.conversation->ops->write(echo.conversation, "more", 4), 0);
	} else {
		close(client->other_fd);
		client->other_fd = -1;
	}
	kit_expire(client);
	ck_assert(client->ended);
	ck_assert_int_eq(client->aborted, _i);
	ck_assert_uint_eq(echo.gone, 1);
}
END_TEST

/* A server that hangs up may say why. */
START_TEST(the_reason_of_an_end_is_logged)
{
	send_text(OPEN("1"));
	echo.conversation->ops->close(echo.conversation, "it was rude");
	kit_expire(client);
	ck_assert(client->ended);
	ck_assert_ptr_nonnull(strstr(kit.log, "it was rude"));
}
END_TEST

/* Who does not read at all is cut off, whatever the server thinks of it. */
START_TEST(memory_is_bounded)
{
	send_text(OPEN("1"));
	client->queued = (size_t)5 * MEBIBYTE;
	ck_assert_uint_eq(echo.conversation->ops->write(echo.conversation, "hello?", 6), 0);
	kit_expire(client);
	ck_assert(client->aborted);
	ck_assert_uint_eq(echo.gone, 1);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(lines_are_the_conversations),
		TEST(a_line_that_is_too_long_is_told_as_such), TEST(it_needs_a_connection_of_its_own),
		TEST(what_nobody_speaks_is_unavailable), TEST(the_end_is_told_and_waited_for, .times = 2),
		TEST(the_reason_of_an_end_is_logged), TEST(memory_is_bounded) };

	return run_suite(&SUITE(cases, "control_methods_conversations", .set_up = set_up, .tear_down = tear_down));
}
