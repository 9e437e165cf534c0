/* check_listing_family.c: what listings tell of children and of who supervises them (R-SUP). */
#include "family_kit.h"

#include "alloc.h"

#include <string.h>

enum { DELAY = 1000 };

static json_t *shown_new(sp_testing *world, const char *name)
{
	json_t *shown = sp_kernel_component_new(sp_testing_kernel(world), name);

	ck_assert_ptr_nonnull(shown);
	return shown;
}

static json_int_t number(const json_t *object, const char *member)
{
	return json_integer_value(json_object_get(object, member));
}

START_TEST(a_child_tells_its_parent)
{
	sp_testing *world = family_open(&each_component, "a b");
	json_t *each = shown_new(world, "each"), *child = shown_new(world, "b");
	const json_t *children = json_object_get(each, "children");

	ck_assert_str_eq(json_string_value(json_array_get(children, 0)), "a");
	ck_assert_str_eq(json_string_value(json_array_get(children, 1)), "b");
	ck_assert_ptr_null(json_object_get(each, "parent"));
	ck_assert_ptr_null(json_object_get(each, "restarts"));
	ck_assert_str_eq(json_string_value(json_object_get(child, "parent")), "each");
	ck_assert_int_eq(number(child, "restarts"), 0);
	ck_assert_ptr_null(json_object_get(child, "children"));
	ck_assert_ptr_null(json_object_get(child, "supervision"));
	json_decref(each);
	json_decref(child);
	sp_testing_destroy(world);
}
END_TEST

START_TEST(a_supervisor_tells_how)
{
	sp_testing *world = family_open(&rest_component, "a b c");
	const json_t *supervision;
	json_t *rest;

	for (int i = 0; i < 3; i++)
		family_hurt(world, "poke", "b");
	rest = shown_new(world, "rest");
	supervision = json_object_get(rest, "supervision");
	ck_assert_str_eq(json_string_value(json_object_get(supervision, "strategy")), "rest_for_one");
	ck_assert_str_eq(json_string_value(json_object_get(supervision, "backoff")), "constant");
	ck_assert_int_eq(number(supervision, "max_restarts"), 3);
	ck_assert_int_eq(number(supervision, "within_ms"), 10000);
	ck_assert_int_eq(number(supervision, "restarts_in_window"), 1);
	ck_assert_int_eq(number(supervision, "base_delay_ms"), 1000);
	ck_assert_int_eq(number(supervision, "max_failures"), 2);
	ck_assert_int_eq(number(supervision, "unhealthy_after"), 2);
	json_decref(rest);
	sp_testing_destroy(world);
}
END_TEST

START_TEST(a_restart_tells_why_and_when)
{
	sp_testing *world = family_open(&rest_component, "a b c");
	json_t *health;

	for (int i = 0; i < 3; i++)
		family_hurt(world, "poke", "b");
	ck_assert_ptr_nonnull(strstr(world_text(world, "b", "reason"), " ms, attempt 1: failed more than 2 times"));
	ck_assert_ptr_nonnull(strstr(world_text(world, "c", "reason"), "restarts with its siblings in "));
	ck_assert_str_eq(world_text(world, "a", "reason"), "");
	health = sp_kernel_health_new(sp_testing_kernel(world));
	ck_assert_uint_eq(json_array_size(json_object_get(health, "reasons")), 2);
	json_decref(health);
	sp_testing_advance(world, DELAY);
	ck_assert_str_eq(world_text(world, "b", "reason"), "");
	health = shown_new(world, "c");
	ck_assert_int_eq(number(health, "restarts"), 1);
	json_decref(health);
	sp_testing_destroy(world);
}
END_TEST

START_TEST(a_listing_without_memory_is_none)
{
	sp_testing *world = family_open(&rest_component, "a b c");
	json_t *shown = NULL;

	for (long allowed = 0; !shown; allowed++) {
		sp_alloc_fail_after(allowed);
		shown = sp_kernel_component_new(sp_testing_kernel(world), "rest");
		sp_alloc_fail_after(-1);
		ck_assert_int_lt(allowed, 2000);
	}
	ck_assert_uint_eq(json_array_size(json_object_get(shown, "children")), 3);
	json_decref(shown);
	sp_testing_destroy(world);
}
END_TEST

KIT_MAIN("listing_family", a_child_tells_its_parent, a_supervisor_tells_how, a_restart_tells_why_and_when,
	a_listing_without_memory_is_none)
