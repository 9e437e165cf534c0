/* check_cycles.c: instances that wait for each other (R-CM-3). */
#include "kernel_kit.h"

#include <stdio.h>
#include <string.h>

#define CONTRACT(T, name) \
	struct T { \
		struct sp_service service; \
		void (*nothing)(void); \
	}; \
	SP_CONTRACT(T, name, 1)
CONTRACT(as, "IA");
CONTRACT(bs, "IB");
CONTRACT(cs, "IC");
CONTRACT(ds, "ID");

/* clang-format off */
#define PART(C, offered, ...) \
	SP_COMPONENT(C, (provide, offered), __VA_ARGS__); \
	SP_SERVICE(C, offered, .nothing = NULL); \
	KIT_PLUGIN(C, &C##_component)
PART(a, as, (one, bs, next));
PART(b, bs, (one, cs, next));
PART(c, cs, (one, as, next));
PART(b_short, bs, (one, as, next));
PART(self, ds, (one, ds, next));
PART(rescue, cs, (member, int, unused));
PART(choosy, as, (one, bs, next, .filter = "(quick=1)"));
PART(other_b, bs, (one, ds, next));
SP_COMPONENT(unsuitable, (provide, bs));
SP_SERVICE(unsuitable, bs, .nothing = NULL);
SP_COMPONENT(tail, (one, as, next));
SP_COMPONENT(outside, (member, int, unused));
KIT_PLUGIN(tail, &tail_component);
KIT_PLUGIN(outside, &outside_component);

static struct sp_component other; /* unsuitable under the name of outside */
KIT_VERSION(other, outside, "2.0.0", &other);
/* clang-format on */

static const char *status_of(sp_testing *world, size_t *ret_reasons)
{
	json_t *status = sp_kernel_status_new(sp_testing_kernel(world));
	static char state[32];

	snprintf(state, sizeof state, "%s", json_string_value(json_object_get(status, "state")));
	*ret_reasons = json_array_size(json_object_get(status, "reasons"));
	json_decref(status);
	return state;
}

/* R-CM-3: an error that prints it, in the reasons of all that are in it; everything outside starts. */
START_TEST(a_cycle_is_printed)
{
	sp_testing *world = world_open(NULL);
	size_t reasons;

	world_add(world, &a_plugin);
	world_add(world, &b_plugin);
	ck_assert_str_eq(status_of(world, &reasons), "healthy");
	ck_assert_ptr_null(strstr(sp_testing_log(world, true), "each other"));
	world_add(world, &c_plugin);
	world_add(world, &outside_plugin);
	ck_assert_uint_eq(times_in(sp_testing_log(world, true), "error a: these wait for each other: a → b → c → a\n"),
		1);
	ck_assert_str_eq(world_text(world, "a", "reason"), "waits in a cycle: a → b → c → a");
	ck_assert_str_eq(world_text(world, "c", "reason"), "waits in a cycle: a → b → c → a");
	ck_assert_str_eq(sp_testing_state(world, "outside"), "active");
	ck_assert_str_eq(status_of(world, &reasons), "degraded");
	ck_assert_uint_eq(reasons, 3);
	sp_testing_destroy(world);
}
END_TEST

START_TEST(one_may_wait_for_itself)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &self_plugin);
	ck_assert_str_eq(world_text(world, "self", "reason"), "waits in a cycle: self → self");
	sp_testing_destroy(world);
}
END_TEST

/* Who waits for somebody in a cycle is not in it. */
START_TEST(who_hangs_on_is_not_in_it)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &tail_plugin);
	world_add(world, &a_plugin);
	world_add(world, &b_short_plugin);
	ck_assert_str_eq(world_text(world, "tail", "reason"), "waits for IA/1");
	ck_assert_str_eq(world_text(world, "b-short", "reason"), "waits in a cycle: a → b-short → a");
	sp_testing_destroy(world);
}
END_TEST

/* A cycle with another way out is none. */
START_TEST(help_from_outside_ends_it)
{
	sp_testing *world = world_open(NULL);
	size_t reasons;

	world_add(world, &a_plugin);
	world_add(world, &b_plugin);
	world_add(world, &c_plugin);
	world_add(world, &rescue_plugin);
	ck_assert_str_eq(sp_testing_state(world, "a"), "active");
	ck_assert_str_eq(sp_testing_state(world, "c"), "active");
	ck_assert_str_eq(status_of(world, &reasons), "healthy");
	ck_assert_uint_eq(reasons, 0);
	sp_testing_destroy(world);
}
END_TEST

START_TEST(removal_of_a_part_ends_it)
{
	sp_testing *world = world_open(NULL);
	sp_plugin_handle *c;
	size_t reasons;

	world_add(world, &a_plugin);
	world_add(world, &b_plugin);
	c = world_add(world, &c_plugin);
	sp_testing_remove(world, c);
	ck_assert_str_eq(world_text(world, "b", "reason"), "waits for IC/1");
	ck_assert_str_eq(world_text(world, "a", "reason"), "waits for IB/1");
	ck_assert_str_eq(status_of(world, &reasons), "healthy");
	sp_testing_log(world, true);
	world_add(world, &c_plugin);
	ck_assert_uint_eq(times_in(sp_testing_log(world, true), "these wait for each other"), 1);
	sp_testing_destroy(world);
}
END_TEST

/* R-PL-5: the next version of one outside, which goes on serving, may offer what the former did not, or no longer. */
START_TEST(replacement_of_one_outside_counts)
{
	sp_testing *world = world_open(NULL);
	sp_plugin_handle *outside;

	other = unsuitable_component;
	other.name = outside_component.name;
	world_add(world, &choosy_plugin);
	world_add(world, &b_short_plugin);
	outside = world_add(world, &outside_plugin);
	ck_assert_str_eq(world_text(world, "choosy", "reason"), "waits in a cycle: choosy → b-short → choosy");
	ck_assert_int_eq(sp_testing_replace(world, &outside, &other_plugin, NULL), SP_OK);
	ck_assert_str_eq(world_text(world, "choosy", "reason"), "waits for IB/1");
	ck_assert_int_eq(sp_testing_replace(world, &outside, &outside_plugin, NULL), SP_OK);
	ck_assert_str_eq(world_text(world, "choosy", "reason"), "waits in a cycle: choosy → b-short → choosy");
	sp_testing_destroy(world);
}
END_TEST

/* Two that offer the same: the cycle is told once, and goes through one of them. */
START_TEST(two_may_offer_the_same)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &self_plugin);
	world_add(world, &other_b_plugin);
	world_add(world, &b_short_plugin);
	world_add(world, &a_plugin);
	ck_assert_str_eq(world_text(world, "self", "reason"), "waits in a cycle: self → self");
	ck_assert_str_eq(world_text(world, "other-b", "reason"), "waits for ID/1");
	ck_assert_str_eq(world_text(world, "a", "state"), "waiting");
	sp_testing_destroy(world);
}
END_TEST

int main(void)
{
	const TTest *const cases[] = { a_cycle_is_printed, one_may_wait_for_itself, who_hangs_on_is_not_in_it,
		help_from_outside_ends_it, removal_of_a_part_ends_it, replacement_of_one_outside_counts,
		two_may_offer_the_same };

	return kit_run("cycles", cases, sizeof cases / sizeof cases[0]);
}
