/* check_run.c: asynchronous effects (R-RX-7): superseded, cancelled, failing, and ended while they are in flight. */
#include "kernel_kit.h"
#include "model.h"
#include "voices.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

/* clang-format off */
SP_RECORD(saved, (integer, far));

SP_COMPONENT(courier,
	(signal, integer, near, .otherwise = 1),
	(signal, integer, far),
	(computed, boolean, is_far),
	(async_effect, deliver),
	(deactivate),
	(runnable, set_near, number, nothing),
	(runnable, set_far, number, nothing));

SP_COMPONENT(pigeon,
	(signal, integer, far),
	(async_effect, deliver, .cancel_on_supersede = true),
	(runnable, set_far, number, nothing));

SP_COMPONENT(porter,
	(signal, integer, far),
	(state, saved, 1),
	(async_effect, deliver),
	(runnable, set_far, number, nothing));
/* clang-format on */

/* How the bodies behave, and the run that is in flight. */
static struct {
	sp_run *run;
	sp_status answer; /* instead of SP_LATER */
	bool at_once; /* finished before it returns */
	bool obedient; /* what is cancelled finishes at once */
	bool writes; /* the body writes what it read */
} post;

static sp_status begin(sp_runtime *rt, sp_run *run, int64_t seen)
{
	diary_add("begin%d", (int)seen);
	ck_assert_ptr_null(post.run); /* no two of them overlap */
	ck_assert(!sp_is_stale(run));
	if (post.answer != SP_LATER)
		return post.answer == SP_OK ? SP_OK : sp_fail(rt, post.answer, "no road");
	post.run = run;
	if (post.at_once) {
		post.run = NULL;
		sp_finish(run, SP_OK);
	}
	return post.at_once ? SP_OK : SP_LATER;
}

static void cancelled(sp_run *run)
{
	diary_add("cancel");
	ck_assert(sp_is_stale(run));
	if (!post.obedient)
		return;
	ck_assert_ptr_eq(run, post.run);
	post.run = NULL;
	sp_finish(run, SP_CANCELLED);
}

static void finish(sp_testing *world, sp_status status)
{
	sp_run *run = post.run;

	post.run = NULL;
	sp_finish(run, status);
	sp_testing_turn(world);
}

static void put_down(void *word)
{
	diary_add("%s", (const char *)word);
}

static bool courier_is_far(const struct courier *self)
{
	return sp_get(self->far) > 10;
}

static sp_status courier_deliver(struct courier *self, sp_run *run)
{
	static char word[] = "put-down";
	int64_t near = sp_get(self->near);

	ck_assert_int_eq(sp_cleanup(self->rt, put_down, word), SP_OK);
	if (post.writes && near < 3)
		sp_set(self->near, near + 1);
	return begin(self->rt, run, sp_get(self->is_far) ? 100 : near);
}

static void courier_deliver_cancel(SP_UNUSED struct courier *self, sp_run *run)
{
	cancelled(run);
}

static sp_status courier_deactivate(SP_UNUSED struct courier *self)
{
	diary_add("-courier");
	return SP_OK;
}

static sp_status courier_set_near(struct courier *self, const struct number *in)
{
	return sp_set(self->near, in->value);
}

static sp_status courier_set_far(struct courier *self, const struct number *in)
{
	return sp_set(self->far, in->value);
}

static sp_status pigeon_deliver(struct pigeon *self, sp_run *run)
{
	return begin(self->rt, run, sp_get(self->far));
}

static void pigeon_deliver_cancel(struct pigeon *self, sp_run *run)
{
	(void)sp_get(self->far); /* is no dependency of anything */
	cancelled(run);
}

static sp_status pigeon_set_far(struct pigeon *self, const struct number *in)
{
	return sp_set(self->far, in->value);
}

static sp_status porter_deliver(struct porter *self, sp_run *run)
{
	return begin(self->rt, run, sp_get(self->far));
}

static void porter_deliver_cancel(SP_UNUSED struct porter *self, sp_run *run)
{
	cancelled(run);
}

static sp_status porter_set_far(struct porter *self, const struct number *in)
{
	return sp_set(self->far, in->value);
}

static sp_status porter_snapshot(struct porter *self, struct saved *out)
{
	diary_add("snapshot");
	ck_assert_ptr_null(post.run);
	out->far = sp_get(self->far);
	return SP_OK;
}

static sp_status porter_restore(struct porter *self, const struct saved *in)
{
	return sp_set(self->far, in->far);
}

KIT_PLUGIN(courier, &courier_component);
KIT_PLUGIN(pigeon, &pigeon_component);
KIT_PLUGIN(porter, &porter_component);
KIT_VERSION(courier_next, courier, "2.0.0", &courier_component);
KIT_VERSION(porter_next, porter, "2.0.0", &porter_component);

static void expect_diary(const char *diary)
{
	ck_assert_str_eq(diary_take(), diary);
}

static sp_testing *open_with(const struct sp_plugin *plugin)
{
	sp_testing *world = world_open(NULL);

	memset(&post, 0, sizeof post);
	post.answer = SP_LATER;
	world_add(world, plugin);
	return world;
}

static void close_world(sp_testing *world)
{
	post.obedient = true;
	sp_testing_destroy(world);
	diary_take();
}

START_TEST(change_in_flight_makes_one_more_run) /* R-RX-7 */
{
	sp_testing *world = open_with(&courier_plugin);

	expect_diary("begin1");
	world_call(world, "courier.set_near", "{\"value\":2}");
	ck_assert(sp_is_stale(post.run));
	world_call(world, "courier.set_near", "{\"value\":3}");
	expect_diary("");
	finish(world, SP_OK);
	expect_diary("put-down begin3");
	finish(world, SP_OK);
	expect_diary("");
	world_call(world, "courier.set_near", "{\"value\":4}");
	expect_diary("put-down begin4");
	finish(world, SP_OK);
	close_world(world);
}
END_TEST

START_TEST(what_did_not_change_makes_nothing_stale)
{
	sp_testing *world = open_with(&courier_plugin);

	world_call(world, "courier.set_far", "{\"value\":5}");
	ck_assert(!sp_is_stale(post.run));
	world_call(world, "courier.set_far", "{\"value\":50}");
	ck_assert(sp_is_stale(post.run));
	expect_diary("begin1");
	finish(world, SP_OK);
	expect_diary("put-down begin100");
	finish(world, SP_OK);
	close_world(world);
}
END_TEST

START_TEST(effect_that_writes_what_it_reads_comes_to_rest) /* R-RX-6 */
{
	sp_testing *world = open_with(&courier_plugin);

	finish(world, SP_OK);
	post.writes = true;
	diary_take();
	world_call(world, "courier.set_near", "{\"value\":0}");
	expect_diary("put-down begin0");
	finish(world, SP_OK);
	expect_diary("put-down begin1");
	finish(world, SP_OK);
	finish(world, SP_OK);
	expect_diary("put-down begin2 put-down begin3");
	finish(world, SP_OK);
	expect_diary("");
	close_world(world);
}
END_TEST

START_TEST(superseded_run_is_cancelled_at_once) /* R-RX-7 */
{
	sp_testing *world = open_with(&pigeon_plugin);

	world_call(world, "pigeon.set_far", "{\"value\":1}");
	world_call(world, "pigeon.set_far", "{\"value\":2}");
	expect_diary("begin0 cancel");
	finish(world, SP_CANCELLED);
	expect_diary("begin2");
	post.obedient = true;
	world_call(world, "pigeon.set_far", "{\"value\":3}");
	expect_diary("cancel begin3");
	ck_assert_str_eq(sp_testing_log(world, false), "");
	post.obedient = false;
	world_call(world, "pigeon.set_far", "{\"value\":4}");
	finish(world, SP_OK); /* it was quicker than the cancellation */
	expect_diary("cancel begin4");
	finish(world, SP_OK);
	close_world(world);
}
END_TEST

START_TEST(run_may_be_over_when_it_returns)
{
	sp_testing *world = open_with(&courier_plugin);

	finish(world, SP_OK);
	post.at_once = true;
	world_call(world, "courier.set_near", "{\"value\":2}");
	world_call(world, "courier.set_near", "{\"value\":3}");
	post.at_once = false;
	post.answer = SP_OK;
	world_call(world, "courier.set_near", "{\"value\":4}");
	world_call(world, "courier.set_near", "{\"value\":5}");
	expect_diary("begin1 put-down begin2 put-down begin3 put-down begin4 put-down begin5");
	close_world(world);
}
END_TEST

START_TEST(failure_of_a_run_is_the_effects)
{
	sp_testing *world = open_with(&courier_plugin);
	sp_kernel *kernel = sp_testing_kernel(world);

	sp_fail(post.run, SP_TIMEOUT, "the bridge to %s is closed", "town");
	finish(world, SP_TIMEOUT);
	ck_assert_ptr_nonnull(strstr(sp_testing_log(world, true),
		"error courier: effect deliver failed: the bridge to town is closed\n"));
	ck_assert_int_eq(sp_kernel_state(kernel), SP_KERNEL_DEGRADED);
	ck_assert_uint_eq(times_in(sp_testing_events(world, true), "__dead_letter__ {"), 1);
	world_call(world, "courier.set_near", "{\"value\":2}");
	ck_assert_int_eq(sp_kernel_state(kernel), SP_KERNEL_DEGRADED);
	finish(world, SP_OK);
	ck_assert_int_eq(sp_kernel_state(kernel), SP_KERNEL_HEALTHY);
	post.answer = SP_FAILED;
	world_call(world, "courier.set_near", "{\"value\":3}");
	ck_assert_ptr_nonnull(strstr(sp_testing_log(world, true), "effect deliver failed: no road\n"));
	post.answer = SP_LATER;
	world_call(world, "courier.set_near", "{\"value\":4}");
	finish(world, SP_FAILED);
	ck_assert_ptr_nonnull(strstr(sp_testing_log(world, true), "effect deliver failed: answered failed\n"));
	world_call(world, "courier.set_near", "{\"value\":5}");
	finish(world, SP_LATER);
	ck_assert_ptr_nonnull(strstr(sp_testing_log(world, true), "finished with SP_LATER, which is no end\n"));
	ck_assert_int_eq(sp_kernel_state(kernel), SP_KERNEL_DEGRADED);
	close_world(world);
}
END_TEST

START_TEST(only_the_first_end_counts)
{
	sp_testing *world = open_with(&courier_plugin);
	sp_run *run = post.run;

	sp_finish(run, SP_OK);
	finish(world, SP_FAILED);
	ck_assert_str_eq(sp_testing_log(world, false), "");
	close_world(world);
}
END_TEST

/* R-PL-7: what is in flight is cancelled at once, and keeps the plugin until it has ended, deadline or not. */
START_TEST(removal_cancels_and_waits)
{
	sp_testing *world = world_open(NULL);
	int gone = 0;
	sp_plugin_handle *plugin;

	memset(&post, 0, sizeof post);
	post.answer = SP_LATER;
	plugin = world_add_counted(world, &courier_plugin, &gone);
	world_call(world, "courier.set_near", "{\"value\":2}");
	sp_testing_remove(world, plugin);
	expect_diary("begin1 cancel");
	ck_assert(sp_is_stale(post.run));
	sp_testing_advance(world, 60000);
	expect_diary("");
	ck_assert_int_eq(gone, 0);
	finish(world, SP_FAILED); /* nobody asks any more */
	expect_diary("put-down -courier");
	ck_assert_int_eq(gone, 1);
	sp_testing_destroy(world);
}
END_TEST

START_TEST(run_of_a_replaced_body_is_cancelled_and_waited_for) /* R-PL-5 (f) */
{
	sp_testing *world = world_open(NULL);
	int gone = 0;
	sp_plugin_handle *plugin;
	sp_run *former;

	memset(&post, 0, sizeof post);
	post.answer = SP_LATER;
	plugin = world_add_counted(world, &courier_plugin, &gone);
	former = post.run;
	post.run = NULL;
	post.obedient = false;
	diary_take();
	ck_assert_int_eq(sp_testing_replace(world, &plugin, &courier_next_plugin, NULL), SP_OK);
	ck_assert_ptr_ne(former, post.run);
	ck_assert(sp_is_stale(former) && !sp_is_stale(post.run));
	ck_assert_int_eq(gone, 0);
	sp_finish(former, SP_OK);
	sp_testing_turn(world);
	ck_assert_int_eq(gone, 1);
	finish(world, SP_OK);
	close_world(world);
}
END_TEST

START_TEST(replacement_waits_until_cancelled_runs_have_ended) /* R-PL-5 (c) */
{
	sp_testing *world = world_open(NULL);
	struct sp_error error = { 0 };
	sp_plugin_handle *plugin;

	memset(&post, 0, sizeof post);
	post.answer = SP_LATER;
	post.obedient = true;
	plugin = world_add(world, &porter_plugin);
	world_call(world, "porter.set_far", "{\"value\":7}");
	expect_diary("begin0");
	ck_assert_int_eq(sp_testing_replace(world, &plugin, &porter_next_plugin, &error), SP_OK);
	expect_diary("cancel snapshot begin7");
	finish(world, SP_OK);
	close_world(world);
}
END_TEST

/* R-PL-5: what was cancelled for a replacement that failed is done after all. */
START_TEST(cancelled_run_is_done_again_when_the_replacement_fails)
{
	sp_testing *world = world_open(NULL);
	struct sp_error error = { 0 };
	sp_plugin_handle *plugin;

	memset(&post, 0, sizeof post);
	post.answer = SP_LATER;
	plugin = world_add(world, &porter_plugin);
	ck_assert_int_eq(sp_testing_replace(world, &plugin, &porter_next_plugin, &error), SP_TIMEOUT);
	expect_diary("begin0 cancel");
	finish(world, SP_CANCELLED);
	expect_diary("begin0");
	finish(world, SP_OK);
	world_call(world, "porter.set_far", "{\"value\":1}");
	expect_diary("begin1");
	finish(world, SP_OK);
	close_world(world);
}
END_TEST

static void *finish_elsewhere(void *run)
{
	while (!sp_is_stale(run))
		continue;
	sp_fail((sp_run *)run, SP_FAILED, "lost at sea");
	sp_finish((sp_run *)run, SP_FAILED);
	return NULL;
}

START_TEST(another_thread_may_look_fail_and_finish) /* R-RX-7; run it under ThreadSanitizer */
{
	sp_testing *world = open_with(&courier_plugin);
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, finish_elsewhere, post.run), 0);
	post.run = NULL;
	world_call(world, "courier.set_near", "{\"value\":2}");
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	sp_testing_turn(world);
	expect_diary("begin1 put-down begin2");
	ck_assert_ptr_nonnull(strstr(sp_testing_log(world, true), "effect deliver failed: lost at sea\n"));
	finish(world, SP_OK);
	close_world(world);
}
END_TEST

int main(void)
{
	const TTest *const cases[] = { change_in_flight_makes_one_more_run, what_did_not_change_makes_nothing_stale,
		effect_that_writes_what_it_reads_comes_to_rest, superseded_run_is_cancelled_at_once,
		run_may_be_over_when_it_returns, failure_of_a_run_is_the_effects, only_the_first_end_counts,
		removal_cancels_and_waits, run_of_a_replaced_body_is_cancelled_and_waited_for,
		replacement_waits_until_cancelled_runs_have_ended,
		cancelled_run_is_done_again_when_the_replacement_fails, another_thread_may_look_fail_and_finish };

	return kit_run("run", cases, sizeof cases / sizeof cases[0]);
}
