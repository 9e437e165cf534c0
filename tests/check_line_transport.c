/*
 * check_line_transport.c: the example of a transport: runnables called by lines of text, over streams in memory.
 * links: signalpy */
#include "fake_streams.h"
#include "runner.h"

#include <check.h>
#include <dlfcn.h>
#include <signalpy/component.h>
#include <signalpy/testing.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
SP_RECORD(said, (string, text, .required = true, .max_length = 40000));

SP_COMPONENT(echo,
	(about, "Says what it is told."),
	(runnable, say, said, said),
	(runnable, guarded, nothing, nothing, .action = "guard"),
	(later, wait, nothing, nothing));
/* clang-format on */

static sp_call *waiting;

static sp_status echo_say(SP_UNUSED struct echo *self, const struct said *in, struct said *out)
{
	out->text = in->text;
	return SP_OK;
}

static sp_status echo_guarded(SP_UNUSED struct echo *self)
{
	return SP_OK;
}

static sp_status echo_wait(SP_UNUSED struct echo *self, sp_call *call)
{
	waiting = call;
	return SP_LATER;
}

SP_PLUGIN(echo, "1.0.0", echo);

static struct fake_streams fake;
static sp_testing *testing;
static sp_plugin_handle *lines;
static struct sp_stream *stream;

static void set_up(void)
{
	const char *path = TEST_BUILD_DIR "/lib/signalpy/examples/line-transport.so";
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);

	ck_assert_msg(library != NULL, "%s", dlerror());
	waiting = NULL;
	fake_streams_init(&fake);
	fake.enter = sp_runtime_enter;
	fake.leave = sp_runtime_leave;
	testing = sp_testing_create(NULL);
	ck_assert_ptr_nonnull(testing);
	sp_kernel_provide(sp_testing_kernel(testing), &sp_loop_contract, &fake.loop, &fake, 0);
	ck_assert_ptr_nonnull(sp_testing_add(testing, &signalpy_plugin, NULL));
	lines = sp_testing_add(testing, dlsym(library, "signalpy_plugin"), NULL);
	ck_assert_str_eq(sp_testing_state(testing, "line-transport"), "active");
	stream = fake_connect(&fake);
	ck_assert_ptr_nonnull(stream);
}

static void tear_down(void)
{
	sp_testing_destroy(testing);
	ck_assert_uint_eq(fake_listening(&fake), 0);
	fake_streams_finish(&fake);
}

static void say(const char *text)
{
	fake_send(stream, text, strlen(text));
	sp_testing_turn(testing);
}

/* What was answered since this was last asked. */
static void expect(const char *answers)
{
	ck_assert_str_eq(stream->sent ? stream->sent : "", answers);
	stream->sent_size = 0;
	if (stream->sent)
		stream->sent[0] = '\0';
}

#define SAID(text) "{\"ok\":true,\"data\":{\"text\":\"" text "\"}}\n"
#define OK "{\"ok\":true,\"data\":{}}\n"

START_TEST(a_line_is_answered_by_a_line)
{
	say("echo.say {\"text\": \"one\"}\n\r\necho.say {\"text\": \"two\"}\r\necho.say {\"te");
	expect(SAID("one") SAID("two"));
	say("xt\":\"three\"}\n");
	expect(SAID("three"));
	ck_assert(stream->open);
}
END_TEST

START_TEST(what_is_wrong_is_told)
{
	say("echo.sing\n");
	ck_assert_ptr_nonnull(strstr(stream->sent, "\"code\":\"not_found\""));
	say("echo.say {\"text\": 7}\n");
	ck_assert_ptr_nonnull(strstr(stream->sent, "\"code\":\"invalid_params\""));
	ck_assert_ptr_nonnull(strstr(stream->sent, "\"details\":[{"));
	say("echo.say {\n");
	ck_assert_ptr_nonnull(strstr(stream->sent, "\"ok\":false"));
	say("echo.guarded\n"); /* who comes by this door is nobody */
	ck_assert_ptr_null(strstr(stream->sent, OK));
	fake_send(stream, "echo.say\0x\n", 11);
	ck_assert_ptr_nonnull(strstr(stream->sent, "a line is text without zero bytes"));
	ck_assert(stream->open);
}
END_TEST

START_TEST(lines_wait_for_the_answer_before_theirs)
{
	say("echo.wait\necho.say {\"text\": \"after\"}\n");
	expect("");
	ck_assert(stream->paused);
	sp_finish(waiting, SP_OK);
	sp_testing_turn(testing);
	expect(OK SAID("after"));
	ck_assert(!stream->paused);
}
END_TEST

START_TEST(a_client_that_goes_cancels_its_call)
{
	say("echo.wait\n");
	fake_close(stream, SP_FAILED);
	ck_assert(!stream->open);
	ck_assert(sp_is_cancelled(waiting));
	sp_finish(waiting, SP_CANCELLED);
	sp_testing_turn(testing);
	expect("");
}
END_TEST

START_TEST(removal_waits_for_the_answer)
{
	say("echo.wait\n");
	sp_testing_remove(testing, lines);
	ck_assert_uint_eq(fake_listening(&fake), 0);
	ck_assert(stream->open);
	sp_finish(waiting, SP_OK);
	sp_testing_turn(testing);
	expect(OK);
	ck_assert(!stream->open);
}
END_TEST

START_TEST(there_are_limits)
{
	static char line[70000];
	struct sp_stream *last = stream;

	for (int i = 1; i < 100; i++)
		last = fake_connect(&fake);
	ck_assert(last->open);
	ck_assert(!fake_connect(&fake)->open);
	memset(line, 'x', sizeof line);
	fake_send(stream, line, sizeof line);
	ck_assert_ptr_nonnull(strstr(stream->sent, "a line may be at most 65536 bytes long"));
	ck_assert(!stream->open);
	fake_advance(&fake, 300000);
	ck_assert(!last->open);
}
END_TEST

/* Five minutes without a line, however many bytes come. */
START_TEST(a_client_that_never_ends_a_line_is_closed)
{
	for (int i = 0; i < 5; i++) {
		ck_assert(stream->open);
		fake_send(stream, "x", 1);
		fake_advance(&fake, 60000);
	}
	ck_assert(!stream->open);
}
END_TEST

START_TEST(a_client_that_asks_now_and_then_stays)
{
	for (int i = 0; i < 5; i++) {
		fake_send(stream, "\n", 1);
		fake_advance(&fake, 250000);
	}
	ck_assert(stream->open);
}
END_TEST

/* Its answers queue up: it is read no further until it takes them. */
START_TEST(a_client_that_takes_no_answers_is_not_read)
{
	static char line[30100];

	snprintf(line, sizeof line, "echo.say {\"text\":\"%030000d\"}\n", 0);
	stream->room = 0;
	for (int i = 0; i < 5; i++)
		fake_send(stream, line, strlen(line));
	ck_assert(stream->paused);
	stream->room = SIZE_MAX;
	fake_take(stream);
	ck_assert(!stream->paused);
}
END_TEST

START_TEST(the_address_may_change)
{
	ck_assert_int_eq(sp_testing_set(testing, "components.line-transport.listen", "\"127.0.0.1:7071\""), SP_OK);
	ck_assert_uint_eq(fake_listening(&fake), 1);
	say("echo.say {\"text\": \"still here\"}\n");
	expect(SAID("still here"));
	fake.refused = "127.0.0.1:7072";
	fake.refusal = SP_CONFLICT;
	ck_assert_int_eq(sp_testing_set(testing, "components.line-transport.listen", "\"127.0.0.1:7072\""), SP_OK);
	ck_assert_uint_eq(fake_listening(&fake), 0);
	ck_assert_int_eq(sp_kernel_state(sp_testing_kernel(testing)), SP_KERNEL_DEGRADED);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_line_is_answered_by_a_line), TEST(what_is_wrong_is_told),
		TEST(lines_wait_for_the_answer_before_theirs), TEST(a_client_that_goes_cancels_its_call),
		TEST(removal_waits_for_the_answer), TEST(there_are_limits),
		TEST(a_client_that_never_ends_a_line_is_closed), TEST(a_client_that_asks_now_and_then_stays),
		TEST(a_client_that_takes_no_answers_is_not_read), TEST(the_address_may_change) };

	return run_suite(&SUITE(cases, "line_transport", .set_up = set_up, .tear_down = tear_down));
}
