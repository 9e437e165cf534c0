/* check_health.c: an instance is asked, when somebody wants to know, whether it works (R-SUP-5). */
#include "family_kit.h"

#include <string.h>

/* clang-format off */
SP_COMPONENT(patient, (about, "has no interval"), (health));
SP_COMPONENT(stone, (about, "has no health"), (activate));
/* clang-format on */

static bool ill;

static sp_status patient_health(struct patient *self)
{
	return ill ? sp_fail(self->rt, SP_FAILED, "has a cold") : SP_OK;
}

static sp_status stone_activate(SP_UNUSED struct stone *self)
{
	return SP_OK;
}

KIT_PLUGIN(ward, &patient_component, &stone_component);

static sp_status ask(sp_testing *world, const char *name, struct sp_error *error)
{
	sp_status status = sp_kernel_ask_health(sp_testing_kernel(world), name, error);

	sp_testing_turn(world);
	return status;
}

START_TEST(the_answer_is_part_of_the_status)
{
	sp_testing *world = world_open(NULL);
	struct sp_error error = { 0 };

	ill = false;
	world_add(world, &ward_plugin);
	ck_assert_int_eq(ask(world, "patient", &error), SP_OK);
	ill = true;
	ck_assert_int_eq(ask(world, "patient", &error), SP_FAILED);
	ck_assert_str_eq(error.message, "patient: health: has a cold");
	ck_assert_int_eq(sp_kernel_state(sp_testing_kernel(world)), SP_KERNEL_DEGRADED);
	ck_assert_str_eq(world_text(world, "patient", "reason"), "has a cold");
	sp_testing_advance(world, 100000); /* without an interval nobody else asks */
	ck_assert_int_eq(sp_kernel_state(sp_testing_kernel(world)), SP_KERNEL_DEGRADED);
	ill = false;
	ck_assert_int_eq(ask(world, "patient", &error), SP_OK);
	ck_assert_int_eq(sp_kernel_state(sp_testing_kernel(world)), SP_KERNEL_HEALTHY);
	sp_testing_destroy(world);
}
END_TEST

START_TEST(who_cannot_be_asked)
{
	sp_testing *world = world_open(NULL);
	struct sp_error error = { 0 };

	ill = true;
	world_add(world, &ward_plugin);
	ck_assert_int_eq(ask(world, "stone", &error), SP_OK);
	ck_assert_int_eq(ask(world, "patient", &error), SP_UNAVAILABLE);
	ck_assert_str_eq(error.message, "patient is errored");
	ck_assert_int_eq(ask(world, "nobody", NULL), SP_NOT_FOUND);
	sp_testing_destroy(world);
}
END_TEST

/* R-SUP-2: it counts as those on the interval do. */
START_TEST(a_child_that_is_asked_too_often_restarts)
{
	sp_testing *world = family_open(&each_component, "a");
	struct sp_error error = { 0 };

	family.ill = "a";
	ck_assert_int_eq(ask(world, "a", &error), SP_FAILED);
	family_state(world, "a", "active");
	ck_assert_int_eq(ask(world, "a", &error), SP_FAILED);
	family_state(world, "a", "restarting");
	ck_assert_int_eq(ask(world, "a", &error), SP_UNAVAILABLE);
	ck_assert_str_eq(error.message, "a is restarting");
	family.ill = NULL;
	sp_testing_advance(world, 1000);
	family_state(world, "a", "active");
	ck_assert_int_eq(ask(world, "a", &error), SP_OK);
	sp_testing_destroy(world);
	diary_take();
}
END_TEST

KIT_MAIN("health", the_answer_is_part_of_the_status, who_cannot_be_asked, a_child_that_is_asked_too_often_restarts)
