/* check_hook.c: activate and deactivate that end later than they return: their deadlines, failures, and what comes
 * between. */
#include "kernel_kit.h"
#include "model.h"
#include "voices.h"

#include <string.h>

/* clang-format off */
SP_COMPONENT(slow,
	(settings, number, settings),
	(provide, voice),
	(timer, wake),
	(activate_later, .timeout_ms = 1000),
	(deactivate_later, .timeout_ms = 2000),
	(effect, live),
	(runnable, answer, nothing, number));

SP_COMPONENT(asking, (one, voice, voice), (activate), (deactivate));
SP_COMPONENT(waiting, (one, voice, voice), (activate_later), (deactivate));
SP_COMPONENT(quick, (activate));
/* clang-format on */

/* How the hooks behave, and the run that is in flight. */
static struct {
	sp_run *run;
	sp_status activation, deactivation; /* SP_LATER: the test ends them */
	int64_t by_timer; /* ms; the component ends its activation by itself */
} stage;

static void put_down(void *word)
{
	diary_add("%s", (const char *)word);
}

static sp_status begin(sp_run *run, sp_status status)
{
	if (status == SP_LATER)
		stage.run = run;
	return status < 0 ? sp_fail(run, status, "no door") : status;
}

static const char *slow_say(const struct voice *voice SP_UNUSED)
{
	return "slowly";
}

SP_SERVICE(slow, voice, .say = slow_say);

static sp_status slow_activate(struct slow *self, sp_run *run)
{
	static char word[] = "put-down";

	diary_add("+slow");
	ck_assert_int_eq(sp_cleanup(self->rt, put_down, word), SP_OK);
	if (stage.by_timer)
		ck_assert_int_eq(sp_timer_start(self->wake, stage.by_timer), SP_OK);
	return begin(run, stage.activation);
}

static sp_status slow_wake(SP_UNUSED struct slow *self)
{
	sp_run *run = stage.run;

	diary_add("wake");
	stage.run = NULL;
	sp_finish(run, SP_OK);
	return SP_OK;
}

static sp_status slow_deactivate(SP_UNUSED struct slow *self, sp_run *run)
{
	diary_add("-slow");
	return begin(run, stage.deactivation);
}

static sp_status slow_live(struct slow *self)
{
	diary_add("live%d", (int)sp_get(self->settings.value));
	return SP_OK;
}

static sp_status slow_answer(SP_UNUSED struct slow *self, struct number *out)
{
	out->value = 42;
	return SP_OK;
}

static sp_status asking_activate(SP_UNUSED struct asking *self)
{
	diary_add("+asking");
	return SP_OK;
}

static sp_status asking_deactivate(SP_UNUSED struct asking *self)
{
	diary_add("-asking");
	return SP_OK;
}

static sp_status waiting_activate(SP_UNUSED struct waiting *self, sp_run *run)
{
	diary_add("+waiting");
	return begin(run, SP_LATER);
}

static sp_status waiting_deactivate(SP_UNUSED struct waiting *self)
{
	diary_add("-waiting");
	return SP_OK;
}

static sp_status quick_activate(SP_UNUSED struct quick *self)
{
	diary_add("+quick");
	return SP_OK;
}

KIT_PLUGIN(slow, &slow_component);
KIT_VERSION(slow_next, slow, "2.0.0", &slow_component);
KIT_PLUGIN(asking, &asking_component);
KIT_PLUGIN(waiting, &waiting_component);
KIT_PLUGIN(quick, &quick_component);

static void expect_diary(const char *diary)
{
	ck_assert_str_eq(diary_take(), diary);
}

static void expect_state(sp_testing *world, const char *instance, const char *state)
{
	ck_assert_str_eq(sp_testing_state(world, instance), state);
}

static void finish(sp_testing *world, sp_status status)
{
	sp_run *run = stage.run;

	stage.run = NULL;
	sp_finish(run, status);
	sp_testing_turn(world);
}

static sp_testing *open_stage(void)
{
	memset(&stage, 0, sizeof stage);
	stage.activation = SP_LATER;
	return world_open(NULL);
}

static void close_stage(sp_testing *world)
{
	stage.deactivation = SP_OK;
	sp_testing_destroy(world);
	diary_take();
}

/* Nothing is published while an activation is under way, and others go on. */
START_TEST(instance_serves_when_its_activation_has_ended)
{
	sp_testing *world = open_stage();

	world_add(world, &asking_plugin);
	world_add(world, &slow_plugin);
	world_add(world, &quick_plugin);
	expect_diary("+slow +quick");
	expect_state(world, "slow", "activating");
	expect_state(world, "asking", "waiting");
	expect_state(world, "quick", "active");
	ck_assert_ptr_nonnull(strstr(world_call_fails(world, "slow.answer", "unavailable"), "slow is activating"));
	ck_assert_int_eq(sp_testing_set(world, "components.slow.value", "7"), SP_OK);
	sp_testing_advance(world, 999);
	finish(world, SP_OK);
	expect_diary("live7 +asking");
	expect_state(world, "slow", "active");
	sp_testing_advance(world, 5000);
	expect_state(world, "slow", "active");
	close_stage(world);
}
END_TEST

START_TEST(activation_may_end_by_a_timer_of_its_own)
{
	sp_testing *world = open_stage();

	stage.by_timer = 50;
	world_add(world, &slow_plugin);
	sp_testing_advance(world, 49);
	expect_state(world, "slow", "activating");
	sp_testing_advance(world, 1);
	expect_state(world, "slow", "active");
	expect_diary("+slow wake live0");
	close_stage(world);
}
END_TEST

START_TEST(activation_may_end_at_once)
{
	sp_testing *world = open_stage();

	stage.activation = SP_OK;
	world_add(world, &slow_plugin);
	expect_state(world, "slow", "active");
	close_stage(world);
}
END_TEST

START_TEST(failing_activation_leaves_no_trace) /* R-CM-10 */
{
	sp_testing *world = open_stage();
	uint64_t nodes = world_nodes(world);
	sp_kernel *kernel = sp_testing_kernel(world);

	world_add(world, &slow_plugin);
	sp_fail(stage.run, SP_FAILED, "the door is locked");
	finish(world, SP_FAILED);
	expect_diary("+slow put-down");
	expect_state(world, "slow", "errored");
	ck_assert_str_eq(world_text(world, "slow", "reason"), "activate: the door is locked");
	ck_assert_uint_eq(world_nodes(world), nodes);
	stage.activation = SP_FAILED;
	ck_assert_int_eq(sp_kernel_retry(kernel, "slow", NULL), SP_OK);
	sp_testing_turn(world);
	ck_assert_str_eq(world_text(world, "slow", "reason"), "activate: no door");
	stage.activation = SP_OK;
	ck_assert_int_eq(sp_kernel_retry(kernel, "slow", NULL), SP_OK);
	sp_testing_turn(world);
	expect_state(world, "slow", "active");
	close_stage(world);
}
END_TEST

START_TEST(activation_has_a_deadline) /* R-CM-10 */
{
	sp_testing *world = open_stage();
	uint64_t nodes = world_nodes(world);

	world_add(world, &slow_plugin);
	sp_testing_advance(world, 1000);
	expect_state(world, "slow", "errored");
	ck_assert_str_eq(world_text(world, "slow", "reason"), "activate: has not ended within 1000 ms");
	ck_assert(sp_is_stale(stage.run));
	expect_diary("+slow");
	finish(world, SP_FAILED); /* too late: nobody asks */
	expect_diary("put-down");
	expect_state(world, "slow", "errored");
	ck_assert_uint_eq(world_nodes(world), nodes);
	close_stage(world);
}
END_TEST

START_TEST(activation_that_succeeds_too_late_is_deactivated)
{
	sp_testing *world = open_stage();

	stage.deactivation = SP_LATER;
	world_add(world, &slow_plugin);
	sp_testing_advance(world, 1000);
	finish(world, SP_OK);
	expect_diary("+slow -slow");
	finish(world, SP_OK);
	expect_diary("put-down");
	expect_state(world, "slow", "errored");
	close_stage(world);
}
END_TEST

/* R-PL-7: the plugin stays until its hook has ended. */
START_TEST(removal_during_activation_waits_for_its_end)
{
	sp_testing *world = open_stage();
	int gone = 0;
	sp_plugin_handle *slow = world_add_counted(world, &slow_plugin, &gone);

	sp_testing_remove(world, slow);
	ck_assert(sp_is_stale(stage.run));
	expect_state(world, "slow", "");
	sp_testing_advance(world, 60000);
	ck_assert_int_eq(gone, 0);
	finish(world, SP_CANCELLED);
	ck_assert_int_eq(gone, 1);
	expect_diary("+slow put-down");
	sp_testing_destroy(world);
}
END_TEST

START_TEST(requirement_may_go_during_activation) /* R-CM-5 */
{
	sp_testing *world = open_stage();
	sp_plugin_handle *slow;
	int gone = 0;

	stage.activation = SP_OK;
	slow = world_add_counted(world, &slow_plugin, &gone);
	world_add(world, &waiting_plugin);
	expect_state(world, "waiting", "activating");
	sp_testing_remove(world, slow);
	expect_state(world, "waiting", "waiting");
	ck_assert(sp_is_stale(stage.run));
	ck_assert_int_eq(gone, 0); /* it may still be used */
	finish(world, SP_OK);
	expect_diary("+slow live0 +waiting -waiting -slow put-down");
	ck_assert_int_eq(gone, 1);
	close_stage(world);
}
END_TEST

START_TEST(deactivation_is_waited_for) /* R-CM-3: a consumer stops before its provider */
{
	sp_testing *world = open_stage();
	sp_plugin_handle *slow;
	int gone = 0;

	stage.activation = SP_OK;
	stage.deactivation = SP_LATER;
	slow = world_add_counted(world, &slow_plugin, &gone);
	world_add(world, &asking_plugin);
	diary_take();
	sp_testing_remove(world, slow);
	expect_diary("-asking -slow");
	expect_state(world, "asking", "waiting");
	sp_testing_advance(world, 1999);
	ck_assert_int_eq(gone, 0);
	finish(world, SP_FAILED);
	expect_diary("put-down");
	ck_assert_ptr_nonnull(strstr(sp_testing_log(world, true), "warning slow: deactivate: answered failed\n"));
	ck_assert_int_eq(gone, 1);
	close_stage(world);
}
END_TEST

START_TEST(deactivation_has_a_deadline)
{
	sp_testing *world = open_stage();
	sp_plugin_handle *slow;
	int gone = 0;

	stage.activation = SP_OK;
	stage.deactivation = SP_LATER;
	slow = world_add_counted(world, &slow_plugin, &gone);
	sp_testing_remove(world, slow);
	sp_testing_advance(world, 2000);
	ck_assert(sp_is_stale(stage.run));
	ck_assert_ptr_nonnull(
		strstr(sp_testing_log(world, true), "warning slow: deactivate: has not ended within 2000 ms\n"));
	expect_state(world, "slow", "");
	ck_assert_int_eq(gone, 0);
	finish(world, SP_OK);
	ck_assert_int_eq(gone, 1);
	sp_testing_destroy(world);
}
END_TEST

START_TEST(replacement_waits_for_the_new_activation) /* R-PL-5 (a) */
{
	sp_testing *world = open_stage();
	struct sp_error error = { 0 };
	sp_plugin_handle *slow;

	stage.activation = SP_OK;
	slow = world_add(world, &slow_plugin);
	stage.activation = SP_LATER;
	ck_assert_int_eq(sp_testing_replace(world, &slow, &slow_next_plugin, &error), SP_TIMEOUT);
	ck_assert_str_eq(error.message, "slow: activate: has not ended within 1000 ms");
	world_call(world, "slow.answer", NULL); /* the old one serves meanwhile */
	finish(world, SP_FAILED);
	diary_take();
	stage.by_timer = 50;
	ck_assert_int_eq(sp_testing_replace(world, &slow, &slow_next_plugin, &error), SP_OK);
	expect_diary("+slow wake live0 -slow put-down");
	close_stage(world);
}
END_TEST

START_TEST(replacement_drops_an_activation_of_the_old_version)
{
	sp_testing *world = open_stage();
	sp_plugin_handle *slow = world_add(world, &slow_plugin);
	sp_run *former = stage.run;

	stage.activation = SP_OK;
	ck_assert_int_eq(sp_testing_replace(world, &slow, &slow_next_plugin, NULL), SP_OK);
	expect_state(world, "slow", "active");
	expect_diary("+slow +slow live0");
	sp_finish(former, SP_OK);
	sp_testing_turn(world);
	expect_diary("-slow put-down");
	expect_state(world, "slow", "active");
	close_stage(world);
}
END_TEST

START_TEST(stop_waits_for_deactivation) /* R-CM-3 */
{
	sp_testing *world = open_stage();
	sp_kernel *kernel = sp_testing_kernel(world);

	stage.activation = SP_OK;
	stage.deactivation = SP_LATER;
	world_add(world, &slow_plugin);
	sp_kernel_stop(kernel, put_down, (char[]){ "stopped" });
	sp_testing_turn(world);
	expect_diary("+slow live0 -slow");
	finish(world, SP_OK);
	expect_diary("put-down stopped");
	sp_testing_destroy(world);
}
END_TEST

int main(void)
{
	const TTest *const cases[] = { instance_serves_when_its_activation_has_ended,
		activation_may_end_by_a_timer_of_its_own, activation_may_end_at_once,
		failing_activation_leaves_no_trace, activation_has_a_deadline,
		activation_that_succeeds_too_late_is_deactivated, removal_during_activation_waits_for_its_end,
		requirement_may_go_during_activation, deactivation_is_waited_for, deactivation_has_a_deadline,
		replacement_waits_for_the_new_activation, replacement_drops_an_activation_of_the_old_version,
		stop_waits_for_deactivation };

	return kit_run("hook", cases, sizeof cases / sizeof cases[0]);
}
