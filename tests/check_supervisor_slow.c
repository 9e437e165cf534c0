/* check_supervisor_slow.c: children whose activation takes time, under each strategy (R-SUP-1, R-SUP-2). */
#include "family_kit.h"

#include <stdio.h>
#include <string.h>

/* clang-format off */
SP_COMPONENT(toddler, (about, "takes its time", .on_demand = true), (activate_later, .timeout_ms = 5000), (deactivate),
	(subscribe, poked, "poke"));
/* clang-format on */

/* The activation that is under way; at most one is, unless children come up side by side. */
static struct {
	sp_run *of['c' - 'a' + 1];
} steps;

static sp_status toddler_activate(struct toddler *self, sp_run *run)
{
	diary_add("+%s", sp_name(self->rt));
	steps.of[sp_name(self->rt)[0] - 'a'] = run;
	return SP_LATER;
}

static sp_status toddler_deactivate(struct toddler *self)
{
	diary_add("-%s", sp_name(self->rt));
	return SP_OK;
}

static sp_status toddler_poked(struct toddler *self, const sp_event *event)
{
	const char *name = json_string_value(json_object_get(event->data, "name"));

	return strcmp(name, sp_name(self->rt)) == 0 ? sp_fail(self->rt, SP_FAILED, "ouch") : SP_OK;
}

KIT_PLUGIN(toddlers, &toddler_component);

static void finish(sp_testing *world, int child, sp_status status)
{
	sp_run *run = steps.of[child - 'a'];

	ck_assert_ptr_nonnull(run);
	steps.of[child - 'a'] = NULL;
	sp_finish(run, status);
	sp_testing_turn(world);
}

/* The states of a, b and c by their first letters: active, activating (g), restarting, errored. */
static void expect_states(sp_testing *world, const char *expected)
{
	char states[4] = "";

	for (int i = 0; i < 3; i++) {
		const char *state = sp_testing_state(world, (char[]){ (char)('a' + i), '\0' });

		states[i] = strcmp(state, "activating") == 0 ? 'g' : state[0];
	}
	ck_assert_str_eq(states, expected);
}

/* A parent with three children that have come up. */
static sp_testing *open_with(const struct sp_component *parent)
{
	sp_testing *world = family_open(parent, NULL);
	char address[40], order[80];

	memset(&steps, 0, sizeof steps);
	world_add(world, &toddlers_plugin);
	snprintf(address, sizeof address, "%s.spawn", parent->name);
	for (int child = 'a'; child <= 'c'; child++) {
		snprintf(order, sizeof order, "{\"component\":\"toddler\",\"name\":\"%c\"}", child);
		world_call(world, address, order);
	}
	expect_states(world, "ggg");
	for (int child = 'a'; child <= 'c'; child++)
		finish(world, child, SP_OK);
	expect_states(world, "aaa");
	diary_take();
	return world;
}

static void fail_b(sp_testing *world)
{
	for (int i = 0; i < 3; i++)
		family_hurt(world, "poke", "b");
}

static void close_world(sp_testing *world)
{
	sp_testing_destroy(world);
	diary_take();
}

START_TEST(one_for_one)
{
	sp_testing *world = open_with(&each_component);

	fail_b(world);
	expect_states(world, "ara");
	sp_testing_advance(world, 1100);
	family_expect("-b +b");
	expect_states(world, "aga");
	finish(world, 'b', SP_OK);
	expect_states(world, "aaa");
	close_world(world);
}
END_TEST

/* Those that restart together come up one after the other: the next begins when the activation before it has ended. */
START_TEST(one_for_all)
{
	sp_testing *world = open_with(&every_component);

	fail_b(world);
	expect_states(world, "rrr");
	sp_testing_advance(world, 1100);
	family_expect("-b -c -a +a");
	expect_states(world, "grr");
	finish(world, 'a', SP_OK);
	expect_states(world, "agr");
	finish(world, 'b', SP_OK);
	expect_states(world, "aag");
	finish(world, 'c', SP_OK);
	expect_states(world, "aaa");
	family_expect("+b +c");
	close_world(world);
}
END_TEST

START_TEST(rest_for_one)
{
	sp_testing *world = open_with(&rest_component);

	fail_b(world);
	expect_states(world, "arr");
	sp_testing_advance(world, 1100);
	family_expect("-b -c +b");
	expect_states(world, "agr");
	finish(world, 'b', SP_OK);
	expect_states(world, "aag");
	finish(world, 'c', SP_OK);
	expect_states(world, "aaa");
	close_world(world);
}
END_TEST

/* An activation that fails late, or passes its deadline, is a failure like others: all stop again. */
START_TEST(a_late_failure_counts)
{
	sp_testing *world = open_with(&every_component);

	fail_b(world);
	sp_testing_advance(world, 1100);
	finish(world, 'a', SP_OK);
	diary_take();
	sp_fail(steps.of['b' - 'a'], SP_FAILED, "stumbles");
	finish(world, 'b', SP_FAILED);
	expect_states(world, "rrr");
	family_expect("-a");
	sp_testing_advance(world, 1100);
	expect_states(world, "grr");
	sp_testing_advance(world, 5000); /* the deadline of a */
	expect_states(world, "rrr");
	finish(world, 'a', SP_OK);
	family_expect("+a -a");
	sp_testing_advance(world, 1100);
	for (int child = 'a'; child <= 'c'; child++)
		finish(world, child, SP_OK);
	expect_states(world, "aaa");
	close_world(world);
}
END_TEST

/* A sibling that is being activated when others fail is given up: what it holds stays until it has ended. */
START_TEST(siblings_fail_during_an_activation)
{
	sp_testing *world = open_with(&every_component);
	sp_run *former;

	fail_b(world);
	sp_testing_advance(world, 1100);
	former = steps.of[0];
	diary_take();
	ck_assert_ptr_nonnull(former);
	world_call(world, "every.stop", "{\"name\":\"a\"}");
	ck_assert(sp_is_stale(former));
	family_expect("+b");
	finish(world, 'a', SP_OK);
	family_expect("-a");
	finish(world, 'b', SP_OK);
	finish(world, 'c', SP_OK);
	ck_assert_str_eq(sp_testing_state(world, "a"), "");
	family_state(world, "b", "active");
	family_state(world, "c", "active");
	close_world(world);
}
END_TEST

KIT_MAIN("supervisor_slow", one_for_one, one_for_all, rest_for_one, a_late_failure_counts,
	siblings_fail_during_an_activation)
