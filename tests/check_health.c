/* check_health.c: an instance is asked, on an interval and when somebody wants to know, whether it works (R-SUP-5). */
#include "family_kit.h"

#include <string.h>

#include "alloc.h"

/* clang-format off */
SP_RECORD(shape, (integer, size));
SP_COMPONENT(patient, (about, "has no interval"), (health));
SP_COMPONENT(stone, (about, "has no health"), (activate));
SP_COMPONENT(slow, (about, "takes its time"), (state, shape, 1), (deactivate),
	(health_later, .every_ms = 1000, .timeout_ms = 500));
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

/* How many checks have begun, those that are under way with the latest of them, and how they begin. */
static struct {
	unsigned begun, count;
	sp_run *runs[4], *run;
	sp_status answer;
} checks;

static sp_status slow_health(SP_UNUSED struct slow *self, sp_run *run)
{
	checks.begun++;
	if (checks.answer == SP_LATER)
		checks.runs[checks.count++] = checks.run = run;
	return checks.answer < 0 ? sp_fail(run, checks.answer, "no pulse") : checks.answer;
}

static sp_status slow_deactivate(SP_UNUSED struct slow *self)
{
	diary_add("-slow");
	return SP_OK;
}

static sp_status slow_snapshot(SP_UNUSED struct slow *self, struct shape *out)
{
	out->size = 1;
	return SP_OK;
}

static sp_status slow_restore(SP_UNUSED struct slow *self, SP_UNUSED const struct shape *in)
{
	return SP_OK;
}

struct answer {
	sp_status status; /* SP_LATER: not there yet */
	struct sp_error *error;
};

static void take_answer(void *user, const char *name SP_UNUSED, sp_status status, const struct sp_error *error)
{
	struct answer *answer = user;

	ck_assert_int_eq(answer->status, SP_LATER);
	answer->status = status;
	if (answer->error)
		*answer->error = *error;
}

/* ---- what takes its time ----------------------------------------------------------------------------------------- */

KIT_PLUGIN(slow, &slow_component);
KIT_VERSION(slow_next, slow, "2.0.0", &slow_component);

static sp_testing *open_slow(sp_plugin_handle **ret_slow, int *gone)
{
	sp_testing *world = world_open(NULL);

	memset(&checks, 0, sizeof checks);
	*ret_slow = world_add_counted(world, &slow_plugin, gone);
	diary_take();
	checks.answer = SP_LATER;
	return world;
}

static void finish(sp_testing *world, sp_status status)
{
	ck_assert_uint_gt(checks.count, 0);
	while (checks.count > 0)
		sp_finish(checks.runs[--checks.count], status);
	sp_testing_turn(world);
}

static void expect_kernel(sp_testing *world, enum sp_kernel_state state)
{
	ck_assert_int_eq(sp_kernel_state(sp_testing_kernel(world)), state);
}

static sp_status ask(sp_testing *world, const char *name, struct sp_error *error)
{
	struct answer answer = { SP_LATER, error };

	sp_kernel_ask_health(sp_testing_kernel(world), name, take_answer, &answer);
	sp_testing_turn(world);
	return answer.status;
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

START_TEST(an_instance_serves_when_its_check_has_ended)
{
	sp_testing *world = world_open(NULL);

	checks.answer = SP_LATER;
	world_add(world, &slow_plugin);
	ck_assert_str_eq(sp_testing_state(world, "slow"), "activating");
	finish(world, SP_OK);
	ck_assert_str_eq(sp_testing_state(world, "slow"), "active");
	sp_testing_destroy(world);
	world = world_open(NULL);
	world_add(world, &slow_plugin);
	sp_testing_advance(world, 500);
	ck_assert_str_eq(world_text(world, "slow", "reason"), "health: has not ended within 500 ms");
	finish(world, SP_OK);
	ck_assert_str_eq(sp_testing_state(world, "slow"), "errored");
	sp_testing_destroy(world);
	diary_take();
}
END_TEST

/* The interval begins when the former check has ended; who asks meanwhile waits for the same one. */
START_TEST(one_check_at_a_time)
{
	struct answer first = { SP_LATER, NULL }, second = { SP_LATER, NULL };
	sp_plugin_handle *slow;
	int gone = 0;
	sp_testing *world = open_slow(&slow, &gone);

	ck_assert_uint_eq(checks.begun, 1);
	sp_testing_advance(world, 1000);
	ck_assert_uint_eq(checks.begun, 2);
	sp_kernel_ask_health(sp_testing_kernel(world), "slow", take_answer, &first);
	sp_kernel_ask_health(sp_testing_kernel(world), "slow", take_answer, &second);
	sp_testing_advance(world, 400);
	ck_assert_uint_eq(checks.begun, 2);
	ck_assert_int_eq(first.status, SP_LATER);
	finish(world, SP_OK);
	ck_assert_int_eq(first.status, SP_OK);
	ck_assert_int_eq(second.status, SP_OK);
	sp_testing_advance(world, 999);
	ck_assert_uint_eq(checks.begun, 2);
	sp_testing_advance(world, 1);
	ck_assert_uint_eq(checks.begun, 3);
	sp_fail(checks.run, SP_FAILED, "no pulse");
	finish(world, SP_FAILED);
	expect_kernel(world, SP_KERNEL_DEGRADED);
	ck_assert_str_eq(world_text(world, "slow", "reason"), "no pulse");
	checks.answer = SP_OK;
	sp_testing_advance(world, 1000);
	expect_kernel(world, SP_KERNEL_HEALTHY);
	sp_testing_destroy(world);
	diary_take();
}
END_TEST

START_TEST(a_check_has_a_deadline)
{
	struct sp_error error = { 0 };
	struct answer answer = { SP_LATER, &error };
	sp_plugin_handle *slow;
	int gone = 0;
	sp_testing *world = open_slow(&slow, &gone);

	sp_kernel_ask_health(sp_testing_kernel(world), "slow", take_answer, &answer);
	sp_testing_advance(world, 500);
	ck_assert_int_eq(answer.status, SP_TIMEOUT);
	ck_assert_str_eq(error.message, "slow: health: the health check has not ended within 500 ms");
	ck_assert_str_eq(world_text(world, "slow", "reason"), "the health check has not ended within 500 ms");
	ck_assert(sp_is_stale(checks.run));
	sp_testing_advance(world, 5000);
	ck_assert_uint_eq(checks.begun, 2); /* while that one goes on no other begins */
	ck_assert_int_eq(ask(world, "slow", NULL), SP_TIMEOUT);
	finish(world, SP_OK); /* too late: it does not count */
	expect_kernel(world, SP_KERNEL_DEGRADED);
	checks.answer = SP_OK;
	ck_assert_int_eq(ask(world, "slow", NULL), SP_OK);
	expect_kernel(world, SP_KERNEL_HEALTHY);
	sp_testing_destroy(world);
	diary_take();
}
END_TEST

START_TEST(removal_tells_a_check_and_waits_for_it) /* R-PL-7 */
{
	struct answer answer = { SP_LATER, NULL };
	sp_plugin_handle *slow;
	int gone = 0;
	sp_testing *world = open_slow(&slow, &gone);

	sp_kernel_ask_health(sp_testing_kernel(world), "slow", take_answer, &answer);
	sp_testing_remove(world, slow);
	ck_assert_int_eq(answer.status, SP_UNAVAILABLE);
	ck_assert(sp_is_stale(checks.run));
	ck_assert_str_eq(diary_take(), "");
	ck_assert_int_eq(gone, 0);
	finish(world, SP_CANCELLED);
	ck_assert_str_eq(diary_take(), "-slow");
	ck_assert_int_eq(gone, 1);
	expect_kernel(world, SP_KERNEL_HEALTHY);
	sp_testing_destroy(world);
}
END_TEST

/* The instance goes when the deadline has passed; what it holds stays until the check has ended. */
START_TEST(removal_waits_for_a_check_until_its_deadline)
{
	sp_plugin_handle *slow;
	int gone = 0;
	sp_testing *world = open_slow(&slow, &gone);

	sp_testing_advance(world, 1000);
	sp_testing_remove(world, slow);
	sp_testing_advance(world, 500);
	ck_assert_str_eq(sp_testing_state(world, "slow"), "");
	ck_assert_str_eq(diary_take(), "");
	ck_assert_int_eq(gone, 0);
	finish(world, SP_OK);
	ck_assert_str_eq(diary_take(), "-slow");
	ck_assert_int_eq(gone, 1);
	sp_testing_destroy(world);
}
END_TEST

/* R-PL-5: the new version is asked while the old one serves; a check of the old one is over before its state is
 * taken. */
START_TEST(a_replacement_is_asked_before_it_serves)
{
	struct sp_error error = { 0 };
	sp_plugin_handle *slow;
	int gone = 0;
	sp_testing *world = open_slow(&slow, &gone);

	ck_assert_int_eq(sp_testing_replace(world, &slow, &slow_next_plugin, &error), SP_TIMEOUT);
	ck_assert_str_eq(error.message, "slow: health: has not ended within 500 ms");
	finish(world, SP_OK);
	checks.answer = SP_FAILED;
	ck_assert_int_eq(sp_testing_replace(world, &slow, &slow_next_plugin, &error), SP_FAILED);
	ck_assert_str_eq(error.message, "slow: health: no pulse");
	checks.answer = SP_OK;
	ck_assert_int_eq(sp_testing_replace(world, &slow, &slow_next_plugin, &error), SP_OK);
	ck_assert_int_eq(gone, 1);
	ck_assert_str_eq(sp_testing_state(world, "slow"), "active");
	sp_testing_destroy(world);
	diary_take();
}
END_TEST

START_TEST(a_check_under_way_holds_up_what_carries_state)
{
	struct answer answer = { SP_LATER, NULL };
	struct sp_error error = { 0 };
	sp_plugin_handle *slow;
	int gone = 0;
	sp_testing *world = open_slow(&slow, &gone);

	sp_kernel_ask_health(sp_testing_kernel(world), "slow", take_answer, &answer);
	checks.answer = SP_OK;
	ck_assert_int_eq(sp_testing_replace(world, &slow, &slow_next_plugin, &error), SP_TIMEOUT);
	ck_assert_ptr_nonnull(strstr(error.message, "slow could not come to rest"));
	ck_assert_int_eq(answer.status, SP_UNAVAILABLE);
	finish(world, SP_CANCELLED);
	ck_assert_int_eq(sp_testing_replace(world, &slow, &slow_next_plugin, &error), SP_OK);
	expect_kernel(world, SP_KERNEL_HEALTHY);
	sp_testing_destroy(world);
	diary_take();
}
END_TEST

/* R-SUP-2, R-SUP-3: a child whose check never ends restarts, though it must wait for its memory. */
START_TEST(a_child_that_hangs_restarts)
{
	sp_testing *world = family_open(&each_component, NULL);

	memset(&checks, 0, sizeof checks);
	world_add(world, &slow_plugin);
	world_call(world, "each.spawn", "{\"component\":\"slow\",\"name\":\"hanging\"}");
	checks.answer = SP_LATER;
	sp_testing_advance(world, 1000);
	sp_testing_advance(world, 500);
	family_state(world, "hanging", "active");
	checks.answer = SP_OK;
	sp_testing_advance(world, 1000);
	family_state(world, "hanging", "restarting");
	ck_assert_ptr_nonnull(strstr(world_text(world, "hanging", "reason"),
		"its health check failed 2 times in a row, the last time: the health check has not ended within 500 "
		"ms"));
	sp_testing_advance(world, 1000);
	family_state(world, "hanging", "active");
	finish(world, SP_OK);
	family_state(world, "hanging", "active");
	sp_testing_destroy(world);
	diary_take();
}
END_TEST

/* Nothing of a check is allocated when it begins; whoever asks is told when there is no memory to wait. */
START_TEST(memory_may_lack)
{
	struct sp_error error = { 0 };
	bool failed = true;
	sp_plugin_handle *slow;
	sp_testing *world;
	int gone = 0;

	checks.answer = SP_OK;
	for (long allowed = 0; failed; allowed++) {
		world = world_open(NULL);
		sp_alloc_fail_after(allowed);
		slow = sp_testing_add(world, &slow_plugin, &error);
		failed = sp_alloc_has_failed();
		sp_alloc_fail_after(-1);
		ck_assert(slow || error.code == SP_NO_MEMORY);
		if (slow && sp_kernel_retry(sp_testing_kernel(world), "slow", NULL) == SP_OK)
			sp_testing_turn(world);
		ck_assert_str_eq(sp_testing_state(world, "slow"), slow ? "active" : "");
		sp_testing_destroy(world);
	}
	world = open_slow(&slow, &gone);
	sp_alloc_fail_from(0);
	ck_assert_int_eq(ask(world, "slow", &error), SP_NO_MEMORY);
	ck_assert_uint_eq(checks.begun, 1);
	sp_testing_advance(world, 1000);
	ck_assert_uint_eq(checks.begun, 2);
	finish(world, SP_OK);
	sp_alloc_fail_from(-1);
	expect_kernel(world, SP_KERNEL_HEALTHY);
	sp_testing_destroy(world);
	diary_take();
}
END_TEST

KIT_MAIN("health", the_answer_is_part_of_the_status, who_cannot_be_asked, a_child_that_is_asked_too_often_restarts,
	an_instance_serves_when_its_check_has_ended, one_check_at_a_time, a_check_has_a_deadline,
	removal_tells_a_check_and_waits_for_it, removal_waits_for_a_check_until_its_deadline,
	a_replacement_is_asked_before_it_serves, a_check_under_way_holds_up_what_carries_state,
	a_child_that_hangs_restarts, memory_may_lack)
