/* check_testing.c: a kernel in a unit test. */
#include "alloc.h"
#include "kernel_kit.h"

#include <signalpy/logger.h>
#include <string.h>

SP_RECORD(said, (string, text, .otherwise = "nothing"));

/* clang-format off */
SP_COMPONENT(tested,
	(settings, said, settings),
	(one, sp_logger, log),
	(member, sp_call *, call),
	(timer, tick, .every_ms = 10),
	(effect, follow),
	(runnable, say, said, said),
	(runnable, publish, nothing, nothing),
	(later, wait, nothing, said),
	(blocking, work, nothing, said));
/* clang-format on */

static struct tested *the_tested;

static sp_status tested_tick(struct tested *self)
{
	diary_add("%d", (int)sp_now_ms(self->rt));
	return SP_OK;
}

static sp_status tested_follow(struct tested *self)
{
	return sp_info(self->log, "says %s", sp_get(self->settings.text));
}

static sp_status tested_say(SP_UNUSED struct tested *self, const struct said *in, struct said *out)
{
	out->text = in->text;
	return SP_OK;
}

static sp_status tested_publish(struct tested *self)
{
	return sp_publish(self->rt, "told", json_pack("{s:i}", "a", 1));
}

static sp_status tested_wait(struct tested *self, sp_call *call, struct said *out)
{
	the_tested = self;
	self->call = call;
	sp_timer_stop(self->tick);
	out->text = "waited";
	return SP_LATER;
}

static sp_status tested_work(const struct tested *self, SP_UNUSED sp_call *call, struct said *out)
{
	out->text = sp_peek(self->settings.text);
	return SP_OK;
}

SP_PLUGIN(tested, "1.0.0", tested);
KIT_VERSION(newer, tested, "2.0.0", &tested_component);
KIT_VERSION(renamed, other, "2.0.0", &tested_component);

static bool answer_is(sp_testing *world, const char *address, const char *params, const char *expected)
{
	json_t *answer = sp_testing_call_new(world, address, params), *wanted = json_loads(expected, 0, NULL);
	bool equal = json_equal(answer, wanted);

	json_decref(answer);
	json_decref(wanted);
	return equal;
}

START_TEST(calls_are_answered)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &signalpy_plugin);
	ck_assert(answer_is(world, "tested.say", "{\"text\":\"hi\"}", "{\"ok\":true,\"data\":{\"text\":\"hi\"}}"));
	ck_assert(answer_is(world, "tested.say", NULL, "{\"ok\":true,\"data\":{\"text\":\"nothing\"}}"));
	ck_assert_str_eq(world_call(world, "tested.work", NULL), "nothing");
	ck_assert_ptr_null(sp_testing_call_new(world, "tested.wait", NULL));
	sp_call_finish(the_tested->call, SP_OK);
	sp_testing_turn(world);
	ck_assert(answer_is(world, "tested.nothing", NULL,
		"{\"ok\":false,\"error\":{\"code\":\"not_found\","
		"\"message\":\"no runnable tested.nothing; see 'signalctl runnable list'\"}}"));
	sp_testing_destroy(world);
}
END_TEST

START_TEST(work_waits_when_it_is_held)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &signalpy_plugin);
	sp_testing_hold_work(world, true);
	world_begin(world, "tested.work");
	sp_testing_turn(world);
	ck_assert_str_eq(diary_take(), "");
	sp_testing_work(world);
	ck_assert_str_eq(diary_take(), "answered");
	world_begin(world, "tested.work");
	sp_testing_destroy(world);
}
END_TEST

START_TEST(the_clock_is_the_tests_own)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &signalpy_plugin);
	sp_testing_advance(world, 25);
	ck_assert_str_eq(diary_take(), "10 20");
	sp_testing_turn(world);
	ck_assert_str_eq(diary_take(), "");
	sp_testing_destroy(world);
}
END_TEST

START_TEST(logs_and_events_are_collected)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &signalpy_plugin);
	ck_assert_str_eq(sp_testing_log(world, false), "info tested: says nothing\n");
	ck_assert_str_eq(sp_testing_log(world, true), "info tested: says nothing\n");
	ck_assert_str_eq(sp_testing_log(world, true), "");
	sp_testing_events(world, true);
	world_call(world, "tested.publish", NULL);
	ck_assert_str_eq(sp_testing_events(world, true), "told {\"a\":1}\n");
	ck_assert_str_eq(sp_testing_events(world, false), "");
	sp_testing_destroy(world);
}
END_TEST

START_TEST(settings_are_set)
{
	sp_testing *world = world_open("{\"components\":{\"tested\":{\"text\":\"this\"},\"flat\":1}}");

	world_add(world, &signalpy_plugin);
	ck_assert_int_eq(sp_testing_set(world, "components.tested.text", "\"that\""), SP_OK);
	ck_assert_int_eq(sp_testing_set(world, "components.tested.text", "5"), SP_INVALID);
	ck_assert_int_eq(sp_testing_set(world, "components.tested.text", "no json"), SP_INVALID);
	ck_assert_int_eq(sp_testing_set(world, "components.flat.text", "1"), SP_INVALID);
	ck_assert_int_eq(sp_testing_set(world, "somewhere.else.new", "1"), SP_OK);
	ck_assert_str_eq(sp_testing_log(world, true), "info tested: says this\ninfo tested: says that\n");
	sp_testing_destroy(world);
}
END_TEST

START_TEST(plugins_are_replaced)
{
	sp_testing *world = world_open(NULL);
	sp_plugin_handle *plugin = world_add(world, &signalpy_plugin);
	struct sp_error error;

	ck_assert_int_eq(sp_testing_replace(world, &plugin, &renamed_plugin, &error), SP_INVALID);
	ck_assert_int_eq(sp_testing_replace(world, &plugin, &newer_plugin, &error), SP_OK);
	ck_assert_str_eq(world_text(world, "tested", "version"), "2.0.0");
	sp_testing_remove(world, plugin);
	ck_assert_str_eq(sp_testing_state(world, "tested"), "");
	sp_testing_destroy(world);
}
END_TEST

/* A later call that nobody ends does not keep the test from ending. */
START_TEST(the_end_comes_all_the_same)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &signalpy_plugin);
	world_begin(world, "tested.wait");
	sp_testing_destroy(world);
	ck_assert_ptr_nonnull(strstr(diary_take(), "the component was stopped before it answered"));
	sp_testing_destroy(NULL);
}
END_TEST

START_TEST(creation_may_fail)
{
	sp_testing *world = NULL;

	ck_assert_ptr_null(sp_testing_create("{"));
	ck_assert_ptr_null(sp_testing_create("{\"a\":1,\"a\":2}"));
	sp_alloc_install();
	for (long allowed = 0; !world; allowed++) {
		sp_alloc_fail_after(allowed);
		world = sp_testing_create("{\"a\":{\"b\":1}}");
		sp_alloc_fail_after(-1);
		ck_assert_int_lt(allowed, 200);
	}
	sp_testing_destroy(world);
}
END_TEST

int main(void)
{
	const TTest *const cases[] = { calls_are_answered, work_waits_when_it_is_held, the_clock_is_the_tests_own,
		logs_and_events_are_collected, settings_are_set, plugins_are_replaced, the_end_comes_all_the_same,
		creation_may_fail };

	return kit_run("testing", cases, sizeof cases / sizeof cases[0]);
}
