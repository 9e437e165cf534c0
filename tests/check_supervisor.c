/* check_supervisor.c: what becomes of children that fail (R-SUP). */
#include "family_kit.h"

#include <stdio.h>
#include <string.h>

enum { DELAY = 1000, SOONEST = 749 }; /* of the kit's supervisors, in milliseconds; a quarter is left to chance */

static sp_testing *open_three(const struct sp_component *parent)
{
	sp_testing *world = family_open(parent, "a b c");

	diary_take();
	return world;
}

static void close_quietly(sp_testing *world)
{
	sp_testing_destroy(world);
	diary_take();
}

/* Fails a child beyond its budget of two. */
static void break_child(sp_testing *world, const char *name)
{
	for (int i = 0; i < 3; i++)
		family_hurt(world, "poke", name);
}

/* ---- when a child fails (R-SUP-2) -------------------------------------------------------------------------------- */

START_TEST(a_failed_activation_is_tried_again)
{
	sp_testing *world = family_open(&each_component, NULL);

	family.failing = "a";
	world_call(world, "each.spawn", "{\"name\":\"a\"}");
	family_state(world, "a", "restarting");
	family_asked("a 1 0: activate: a will not;");
	family.failing = NULL;
	sp_testing_advance(world, SOONEST);
	family_state(world, "a", "restarting");
	sp_testing_advance(world, DELAY - SOONEST);
	family_state(world, "a", "active");
	ck_assert_int_eq(sp_kernel_state(sp_testing_kernel(world)), SP_KERNEL_HEALTHY);
	close_quietly(world);
}
END_TEST

START_TEST(a_subscription_has_a_budget)
{
	sp_testing *world = open_three(&each_component);

	family_hurt(world, "poke", "b");
	family_hurt(world, "poke", "b");
	family_state(world, "b", "active");
	family_hurt(world, "poke", "b");
	family_state(world, "b", "restarting");
	family_asked("b 1 0: failed more than 2 times within 10000 ms, the last time: ouch;");
	family_expect("-b");
	sp_testing_advance(world, DELAY);
	family_state(world, "b", "active");
	family_expect("+b");
	close_quietly(world);
}
END_TEST

START_TEST(an_effect_has_a_budget)
{
	sp_testing *world = open_three(&each_component);

	for (int i = 0; i < 4; i++)
		family_hurt(world, "upset", "b"); /* every other run of the effect fails */
	family_state(world, "b", "active");
	family_hurt(world, "upset", "b");
	family_state(world, "b", "restarting");
	family_asked("b 1 0: failed more than 2 times within 10000 ms, the last time: is upset;");
	close_quietly(world);
}
END_TEST

START_TEST(old_failures_are_forgotten)
{
	sp_testing *world = open_three(&each_component);

	for (int i = 0; i < 10; i++) {
		family_hurt(world, "poke", "b");
		sp_testing_advance(world, 5001);
	}
	family_state(world, "b", "active");
	family_asked("");
	close_quietly(world);
}
END_TEST

START_TEST(health_may_fail_once)
{
	sp_testing *world = open_three(&each_component);

	family.ill = "c";
	sp_testing_advance(world, 100);
	family_state(world, "c", "active");
	ck_assert_int_eq(sp_kernel_state(sp_testing_kernel(world)), SP_KERNEL_DEGRADED);
	family.ill = NULL;
	sp_testing_advance(world, 100);
	ck_assert_int_eq(sp_kernel_state(sp_testing_kernel(world)), SP_KERNEL_HEALTHY);
	family.ill = "c";
	sp_testing_advance(world, 100);
	family_state(world, "c", "active");
	sp_testing_advance(world, 100);
	family_state(world, "c", "restarting");
	family_asked("c 1 0: its health check failed 2 times in a row, the last time: feels ill;");
	close_quietly(world);
}
END_TEST

/* ---- what is restarted (R-SUP-3) --------------------------------------------------------------------------------- */

static const struct {
	const struct sp_component *parent;
	const char *broken, *stopped, *started;
} strategies[] = {
	{ &each_component, "a", "-a", "+a" },
	{ &each_component, "b", "-b", "+b" },
	{ &every_component, "a", "-a -c -b", "+a +b +c" },
	{ &every_component, "b", "-b -c -a", "+a +b +c" },
	{ &every_component, "c", "-c -b -a", "+a +b +c" },
	{ &rest_component, "a", "-a -c -b", "+a +b +c" },
	{ &rest_component, "b", "-b -c", "+b +c" },
	{ &rest_component, "c", "-c", "+c" },
};

/* R-SUP-3: stopped from the latest on, started in the order of spawning; R-SUP-4: no second copy of a service or
 * subscription is left, and the siblings are supervised as before. */
START_TEST(strategies_restart_whom_they_say)
{
	for (size_t i = 0; i < sizeof strategies / sizeof strategies[0]; i++) {
		sp_testing *world = open_three(strategies[i].parent);

		for (int round = 0; round < 3; round++) {
			break_child(world, strategies[i].broken);
			family_expect(strategies[i].stopped);
			family_state(world, strategies[i].broken, "restarting");
			sp_testing_advance(world, DELAY);
			family_expect(strategies[i].started);
			ck_assert_uint_eq(family_voices(world), 3);
			ck_assert_uint_eq(family_ears(world), 3);
			ck_assert_str_eq(world_call(world, "a.size", "{}"), "0");
		}
		close_quietly(world);
	}
}
END_TEST

START_TEST(failures_that_come_together_restart_together)
{
	sp_testing *world = open_three(&rest_component);

	break_child(world, "c");
	break_child(world, "a");
	family_expect("-c -a -b");
	sp_testing_advance(world, DELAY);
	family_expect("+a +b +c");
	sp_testing_advance(world, 10 * (int64_t)DELAY);
	family.failing = "b";
	break_child(world, "a");
	family_expect("-a -c -b");
	sp_testing_advance(world, DELAY);
	family_expect("+a");
	family_state(world, "c", "restarting");
	family.failing = NULL;
	sp_testing_advance(world, DELAY);
	family_expect("+b +c");
	close_quietly(world);
}
END_TEST

START_TEST(all_fail_at_once)
{
	static const struct sp_component *const parents[] = { &each_component, &every_component, &rest_component };

	for (size_t i = 0; i < 3; i++) {
		sp_testing *world = open_three(parents[i]);

		break_child(world, "*");
		sp_testing_advance(world, DELAY);
		family_state(world, "a", "active");
		family_state(world, "b", "active");
		family_state(world, "c", "active");
		ck_assert_uint_eq(family_voices(world), 3);
		close_quietly(world);
	}
}
END_TEST

/* R-SUP-3: a restart is one, also of those that had failed themselves and are slow to stop. */
START_TEST(who_restarts_with_others_is_not_judged_again)
{
	sp_testing *world = open_three(&every_component);

	family.asked[0] = '\0';
	world_begin(world, "b.wait");
	break_child(world, "*");
	family_state(world, "b", "deactivating");
	sp_finish(family.waiting, SP_OK);
	sp_testing_turn(world);
	family_state(world, "b", "restarting");
	sp_testing_advance(world, DELAY);
	family_state(world, "b", "active");
	family_asked("a 1 0: failed more than 2 times within 10000 ms, the last time: ouch;");
	close_quietly(world);
}
END_TEST

START_TEST(a_call_is_waited_for_before_a_restart)
{
	sp_testing *world = open_three(&every_component);

	world_begin(world, "c.wait");
	break_child(world, "a");
	family_expect("-a");
	family_state(world, "c", "deactivating");
	family_state(world, "b", "active");
	sp_testing_advance(world, 2 * (int64_t)DELAY);
	family_state(world, "a", "restarting");
	family_expect("");
	sp_finish(family.waiting, SP_OK);
	sp_testing_turn(world);
	family_expect("answered -c -b +a +b +c");
	close_quietly(world);
}
END_TEST

/* ---- what the callback says (R-SUP-1) ---------------------------------------------------------------------------- */

START_TEST(a_child_may_be_given_up)
{
	sp_testing *world = open_three(&every_component);

	family.verdict = SP_GIVE_UP;
	break_child(world, "b");
	sp_testing_advance(world, 10 * (int64_t)DELAY);
	family_state(world, "b", "errored");
	ck_assert_int_eq(sp_kernel_state(sp_testing_kernel(world)), SP_KERNEL_DEGRADED);
	family_expect("-b");
	family.verdict = SP_RESTART;
	break_child(world, "c");
	sp_testing_advance(world, DELAY);
	family_expect("-c -a +a +c");
	ck_assert_int_eq(sp_kernel_retry(sp_testing_kernel(world), "b", NULL), SP_OK);
	sp_testing_turn(world);
	family_state(world, "b", "active");
	break_child(world, "b");
	family_state(world, "b", "restarting");
	close_quietly(world);
}
END_TEST

START_TEST(properties_may_be_changed)
{
	sp_testing *world = family_open(&each_component, NULL);

	world_call(world, "each.spawn", "{\"name\":\"a\",\"properties\":{\"size\":3}}");
	ck_assert_str_eq(world_call(world, "a.size", "{}"), "3");
	family.properties = "{\"size\":4}";
	break_child(world, "a");
	sp_testing_advance(world, DELAY);
	ck_assert_str_eq(world_call(world, "a.size", "{}"), "4");
	close_quietly(world);
}
END_TEST

START_TEST(attempts_count_until_it_has_worked_for_a_while)
{
	sp_testing *world = family_open(&each_component, NULL);

	family.failing = "a";
	world_call(world, "each.spawn", "{\"name\":\"a\"}");
	sp_testing_advance(world, DELAY);
	family.failing = NULL;
	family_asked("a 1 0: activate: a will not;a 2 1: activate: a will not;");
	sp_testing_advance(world, 15 * (int64_t)DELAY);
	family_state(world, "a", "active");
	break_child(world, "a");
	family_asked("a 1 0: failed more than 2 times within 10000 ms, the last time: ouch;");
	close_quietly(world);
}
END_TEST

/* ---- too often (R-SUP-3) ----------------------------------------------------------------------------------------- */

/* The window is the supervisor's: whoever of its children restarts. */
START_TEST(too_many_restarts_fail_the_supervisor)
{
	sp_testing *world = open_three(&each_component);
	json_t *health;

	break_child(world, "a");
	break_child(world, "b");
	break_child(world, "c");
	sp_testing_advance(world, DELAY);
	diary_take();
	family.asked[0] = '\0';
	break_child(world, "b");
	family_expect("-b -c -a -each");
	family_asked("");
	family_state(world, "each", "errored");
	family_state(world, "a", "");
	ck_assert_uint_eq(family_voices(world), 0);
	ck_assert_str_eq(world_text(world, "each", "reason"),
		"child b failed after 3 restarts of children within 10000 ms: failed more than 2 times within 10000 ms, "
		"the last time: ouch");
	health = sp_kernel_health_new(sp_testing_kernel(world));
	ck_assert_str_eq(json_string_value(json_object_get(health, "state")), "degraded");
	ck_assert_uint_eq(json_array_size(json_object_get(health, "reasons")), 1);
	json_decref(health);
	sp_testing_advance(world, 100000);
	family_state(world, "each", "errored");
	ck_assert_int_eq(sp_kernel_retry(sp_testing_kernel(world), "each", NULL), SP_OK);
	sp_testing_turn(world);
	family_expect("+each +a +b +c");
	family_state(world, "b", "active");
	break_child(world, "b");
	family_state(world, "b", "restarting");
	close_quietly(world);
}
END_TEST

/* A supervisor that fails is restarted by its own, with new children; when that one has had enough, it fails too. */
START_TEST(a_supervisor_has_a_supervisor)
{
	sp_testing *world = family_open(&elder_component, "a b");

	family_expect("+elder +mid +a +b");
	family.failing = "b";
	break_child(world, "b");
	for (int i = 0; i < 3; i++)
		sp_testing_advance(world, DELAY);
	family_expect("-b -a -mid");
	family_state(world, "mid", "restarting");
	family_state(world, "b", "");
	family.failing = NULL;
	sp_testing_advance(world, 5000);
	family_expect("+mid +a +b");
	family.failing = "*";
	break_child(world, "a");
	for (int i = 0; i < 4; i++)
		sp_testing_advance(world, DELAY);
	family_expect("-a -b -mid");
	family_state(world, "elder", "errored");
	family_state(world, "mid", "");
	close_quietly(world);
}
END_TEST

/* ---- others ------------------------------------------------------------------------------------------------------ */

START_TEST(nobody_supervises)
{
	sp_testing *world = family_open(&nobody_component, "a b");

	break_child(world, "a");
	break_child(world, "a");
	family_state(world, "a", "active");
	family.failing = "c";
	world_call(world, "nobody.spawn", "{\"name\":\"c\"}");
	sp_testing_advance(world, 100 * (int64_t)DELAY);
	family_state(world, "c", "errored");
	ck_assert_int_eq(sp_kernel_state(sp_testing_kernel(world)), SP_KERNEL_DEGRADED);
	family_asked("");
	close_quietly(world);
}
END_TEST

START_TEST(a_restart_may_be_hurried)
{
	sp_testing *world = open_three(&every_component);

	break_child(world, "b");
	family_expect("-b -c -a");
	ck_assert_int_eq(sp_kernel_retry(sp_testing_kernel(world), "c", NULL), SP_OK);
	sp_testing_turn(world);
	family_expect("+a +b +c");
	close_quietly(world);
}
END_TEST

START_TEST(a_child_may_be_stopped_while_it_waits)
{
	sp_testing *world = open_three(&every_component);

	break_child(world, "b");
	world_call(world, "every.stop", "{\"name\":\"b\"}");
	family_state(world, "b", "");
	sp_testing_advance(world, DELAY);
	family_expect("-b -c -a +a +c");
	close_quietly(world);
}
END_TEST

/* R-CM-5: a restart counts as leaving. */
START_TEST(consumers_notice_a_restart)
{
	sp_testing *world = open_three(&each_component);

	world_call(world, "each.stop", "{\"name\":\"b\"}");
	world_call(world, "each.stop", "{\"name\":\"c\"}");
	world_call(world, "each.spawn", "{\"component\":\"guest\",\"name\":\"guest\"}");
	family_expect("-b -c +guest");
	break_child(world, "a");
	family_expect("-guest -a");
	family_state(world, "guest", "waiting");
	sp_testing_advance(world, DELAY);
	family_expect("+a +guest");
	close_quietly(world);
}
END_TEST

/* R-CM-2: every change of state is an event. */
START_TEST(restarts_are_told)
{
	sp_testing *world = open_three(&each_component);
	const char *events;

	sp_testing_events(world, true);
	break_child(world, "a");
	events = sp_testing_events(world, false);
	ck_assert_ptr_nonnull(strstr(events, "\"from\":\"active\",\"to\":\"deactivating\""));
	ck_assert_ptr_nonnull(strstr(events, "\"from\":\"deactivating\",\"to\":\"errored\""));
	ck_assert_ptr_nonnull(strstr(events, "\"from\":\"errored\",\"to\":\"restarting\""));
	ck_assert_int_eq(sp_kernel_state(sp_testing_kernel(world)), SP_KERNEL_DEGRADED);
	sp_testing_advance(world, DELAY);
	ck_assert_ptr_nonnull(strstr(sp_testing_events(world, false), "\"from\":\"restarting\",\"to\":\"resolved\""));
	ck_assert_int_eq(sp_kernel_state(sp_testing_kernel(world)), SP_KERNEL_HEALTHY);
	close_quietly(world);
}
END_TEST

KIT_MAIN("supervisor", a_failed_activation_is_tried_again, a_subscription_has_a_budget, an_effect_has_a_budget,
	old_failures_are_forgotten, health_may_fail_once, strategies_restart_whom_they_say,
	failures_that_come_together_restart_together, all_fail_at_once, who_restarts_with_others_is_not_judged_again,
	a_call_is_waited_for_before_a_restart, a_child_may_be_given_up, properties_may_be_changed,
	attempts_count_until_it_has_worked_for_a_while, too_many_restarts_fail_the_supervisor,
	a_supervisor_has_a_supervisor, nobody_supervises, a_restart_may_be_hurried,
	a_child_may_be_stopped_while_it_waits, consumers_notice_a_restart, restarts_are_told)
