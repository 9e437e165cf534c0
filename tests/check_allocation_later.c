/*
 * check_allocation_later.c: memory runs out anywhere while a named instance comes whose activation, deactivation and
 * effect end later than they return; see check_allocation.c.
 */
#include "kernel_kit.h"

#include <string.h>

#include "alloc.h"

enum { RESTARTS_LATER = 100000, ENOUGH = 20 }; /* milliseconds in which whatever is tried again is; ends */

/* clang-format off */
SP_COMPONENT(ferry,
	(about, "crosses when called", .on_demand = true),
	(property, integer, load),
	(activate_later),
	(deactivate_later),
	(async_effect, cross));
/* clang-format on */

static struct {
	sp_run *run; /* the one that is in flight */
	int64_t load; /* that crossed last */
	int up; /* activations that were not deactivated */
} harbour;

static sp_status moor(sp_run *run)
{
	ck_assert_ptr_null(harbour.run);
	harbour.run = run;
	return SP_LATER;
}

static sp_status ferry_activate(SP_UNUSED struct ferry *self, sp_run *run)
{
	harbour.up++;
	return moor(run);
}

static sp_status ferry_deactivate(SP_UNUSED struct ferry *self, sp_run *run)
{
	harbour.up--;
	return moor(run);
}

static sp_status ferry_cross(struct ferry *self, sp_run *run)
{
	harbour.load = sp_get(self->load);
	return moor(run);
}

static void ferry_cross_cancel(SP_UNUSED struct ferry *self, SP_UNUSED sp_run *run)
{
}

KIT_PLUGIN(ferry, &ferry_component);

/* Lets everything end that is in flight. An effect that finds no memory does not begin anew at once, but when it is
 * time. */
static void sail(sp_testing *world)
{
	for (int left = ENOUGH; harbour.run; left--) {
		sp_run *run = harbour.run;

		ck_assert_int_gt(left, 0);
		harbour.run = NULL;
		sp_finish(run, SP_OK);
		sp_testing_turn(world);
	}
}

static sp_status make_ferry(sp_testing *world, json_t *properties)
{
	const struct sp_instance_options options = { sizeof options, "ferry", "one", properties };
	sp_status status = sp_kernel_instantiate(sp_testing_kernel(world), &options, NULL);

	sp_testing_turn(world);
	sail(world);
	return status;
}

static void load_ferry(sp_testing *world, json_t *properties)
{
	sp_kernel_set_properties(sp_testing_kernel(world), "one", properties, NULL);
	sp_testing_turn(world);
	sail(world);
}

/* Memory is back: it sails, and ends without needing any. */
static void judge_ferry(sp_testing *world, json_t *third)
{
	sp_kernel *kernel = sp_testing_kernel(world);

	if (strcmp(sp_testing_state(world, "one"), "") == 0)
		ck_assert_int_eq(make_ferry(world, NULL), SP_OK);
	sp_testing_advance(world, RESTARTS_LATER);
	if (strcmp(sp_testing_state(world, "one"), "errored") == 0)
		ck_assert_int_eq(sp_kernel_retry(kernel, "one", NULL), SP_OK);
	sp_testing_turn(world);
	sail(world);
	ck_assert_str_eq(sp_testing_state(world, "one"), "active");
	load_ferry(world, third);
	ck_assert_int_eq(harbour.load, 3);
	ck_assert_int_eq(harbour.up, 1);
	sp_alloc_fail_from(0);
	sp_kernel_instance_remove(kernel, "one", NULL);
	sp_testing_turn(world);
	sail(world);
	sp_alloc_fail_after(-1);
	ck_assert_int_eq(harbour.up, 0);
	ck_assert_str_eq(sp_testing_state(world, "one"), "");
}

static void sweep_ferry(void (*lack)(long count))
{
	json_t *first = json_pack("{s:i}", "load", 1), *second = json_pack("{s:i}", "load", 2),
	       *third = json_pack("{s:i}", "load", 3);
	bool failed = true;

	for (long allowed = 0; failed; allowed++) {
		sp_testing *world = world_open(NULL);

		memset(&harbour, 0, sizeof harbour);
		world_add(world, &ferry_plugin);
		lack(allowed);
		make_ferry(world, first);
		load_ferry(world, second);
		failed = sp_alloc_has_failed();
		sp_alloc_fail_after(-1);
		judge_ferry(world, third);
		sp_testing_destroy(world);
		ck_assert_int_lt(allowed, 3000);
	}
	json_decref(first);
	json_decref(second);
	json_decref(third);
}

START_TEST(what_ends_later) /* R-CM-8, R-RX-7 */
{
	sweep_ferry(sp_alloc_fail_after);
	sweep_ferry(sp_alloc_fail_from);
}
END_TEST

KIT_MAIN("allocation later", what_ends_later)
