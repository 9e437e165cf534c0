/* check_replace.c: a replacement is prepared beside the old version, holds calls and events while that comes to rest,
 * and is given up when anything fails. */
#include "replace_kit.h"

#include <string.h>

#include "alloc.h"

static struct built one, two;
static sp_plugin_handle *counter;
static struct replaced replaced;

/* Version 1 with a count of 5, which is being replaced by version 2 while a call is in flight. */
static sp_testing *open_held(struct called *in_flight)
{
	sp_testing *testing = kit_open_counter(&one, &counter);

	ck_assert_int_eq(call_integer(testing, "counter.add", "{\"value\": 5}", "value"), 5);
	called_begin(in_flight, testing, "counter.wait", NULL);
	kit_begin_two(&replaced, &two, counter);
	sp_testing_turn(testing);
	ck_assert_uint_eq(replaced.times, 0);
	return testing;
}

static void expect_replaced(void)
{
	ck_assert_uint_eq(replaced.times, 1);
	ck_assert_msg(replaced.status == SP_OK, "%s", replaced.error.message);
	counter = replaced.now;
}

static void expect_refused(sp_status status, const char *why)
{
	ck_assert_uint_eq(replaced.times, 1);
	ck_assert_int_eq(replaced.status, status);
	ck_assert_msg(strstr(replaced.error.message, why) != NULL, "%s", replaced.error.message);
	ck_assert_ptr_eq(replaced.now, counter);
}

START_TEST(state_goes_over_when_nothing_is_in_flight) /* R-PL-5 */
{
	sp_testing *testing = kit_open_counter(&one, &counter);

	ck_assert_int_eq(call_integer(testing, "counter.add", "{\"value\": 5}", "value"), 5);
	kit_expect("count1=5 ");
	kit_begin_two(&replaced, &two, counter);
	ck_assert_uint_eq(replaced.times, 0);
	sp_testing_turn(testing);
	expect_replaced();
	kit_expect("activate2 snapshot1 restore2from1:kept count2=5 deactivate1 ");
	ck_assert_int_eq(call_integer(testing, "counter.version", NULL, "value"), 2);
	ck_assert_int_eq(call_integer(testing, "counter.add", "{\"by\": 2}", "value"), 7);
	ck_assert_str_eq(call_code(testing, "counter.old_only", NULL), "not_found");
	ck_assert_str_eq(call_code(testing, "counter.extra", NULL), "ok");
	sp_testing_destroy(testing);
	kit_expect("count2=7 deactivate2 ");
	ck_assert_uint_eq(replaced.gone, 1);
}
END_TEST

START_TEST(calls_wait_for_the_new_version) /* R-PL-5 (b), (c), (e) */
{
	struct called in_flight, version, step, wrong, gone;
	sp_testing *testing = open_held(&in_flight);

	called_begin(&version, testing, "counter.version", NULL);
	called_begin(&step, testing, "counter.add", "{\"by\": 3}");
	called_begin(&wrong, testing, "counter.add", "{\"value\": 3}");
	called_begin(&gone, testing, "counter.old_only", NULL);
	sp_testing_advance(testing, 500);
	ck_assert_uint_eq(version.times + step.times + wrong.times + gone.times + in_flight.times, 0);
	kit_release(testing);
	expect_replaced();
	ck_assert_int_eq(called_integer(&in_flight, "value"), 1);
	ck_assert_int_eq(called_integer(&version, "value"), 2);
	ck_assert_int_eq(called_integer(&step, "value"), 8);
	ck_assert_str_eq(wrong.code, "invalid_params");
	ck_assert_uint_eq(json_array_size(wrong.details), 2);
	ck_assert_str_eq(gone.code, "not_found");
	called_finish(&in_flight);
	called_finish(&version);
	called_finish(&step);
	called_finish(&wrong);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(text_of_a_held_call_is_copied) /* R-PL-5 (b) */
{
	struct called in_flight, held;
	sp_testing *testing = open_held(&in_flight);
	char address[] = "counter.add", params[] = "{\"by\": 3}", name[] = "ada";
	struct sp_identity ada = { .struct_size = sizeof(ada), .name = name };

	called_with(&held, testing,
		&(struct sp_request){ .address = address, .params = { params, strlen(params) }, .identity = &ada });
	memset(address, 'x', strlen(address));
	memset(params, 'x', strlen(params));
	memset(name, 'x', strlen(name));
	kit_release(testing);
	ck_assert_int_eq(called_integer(&held, "value"), 8);
	called_finish(&held);
	called_finish(&in_flight);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(calls_go_on_when_the_hold_is_over) /* R-PL-5: expiry */
{
	struct called in_flight, held, cancelled;
	sp_testing *testing = open_held(&in_flight);

	called_begin(&held, testing, "counter.add", "{\"value\": 3}");
	called_begin(&cancelled, testing, "counter.add", "{\"value\": 50}");
	called_cancel(&cancelled);
	kit.diary[0] = '\0';
	sp_testing_advance(testing, 999);
	ck_assert_uint_eq(replaced.times + held.times, 0);
	sp_testing_advance(testing, 1);
	expect_refused(SP_TIMEOUT, "counter could not come to rest within 1000 ms");
	ck_assert_ptr_nonnull(strstr(sp_testing_log(testing, false), "counter could not come to rest"));
	ck_assert_int_eq(called_integer(&held, "value"), 8);
	ck_assert_uint_eq(cancelled.times, 0);
	kit_expect("count1=8 deactivate2 ");
	ck_assert_uint_eq(replaced.gone, 1);
	ck_assert_uint_eq(in_flight.times, 0);
	kit_release(testing);
	ck_assert_int_eq(called_integer(&in_flight, "value"), 1);
	called_finish(&held);
	called_finish(&in_flight);
	ck_assert_int_eq(sp_testing_replace(testing, &counter, &two.plugin, NULL), SP_OK);
	ck_assert_int_eq(call_integer(testing, "counter.add", "{\"by\": 1}", "value"), 9);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(deadline_and_cancellation_run_on_while_held) /* R-PL-5 (b), R-RN-4 */
{
	struct called in_flight, hasty, cancelled, patient;
	sp_testing *testing = open_held(&in_flight);

	called_with(&hasty, testing, &(struct sp_request){ .address = "counter.version", .timeout_ms = 20 });
	called_with(&patient, testing, &(struct sp_request){ .address = "counter.wait", .timeout_ms = 300 });
	called_begin(&cancelled, testing, "counter.version", NULL);
	sp_testing_advance(testing, 20);
	ck_assert_str_eq(hasty.code, "timeout");
	called_cancel(&cancelled);
	sp_testing_advance(testing, 100);
	kit_release(testing);
	expect_replaced();
	ck_assert_uint_eq(cancelled.times, 0);
	ck_assert_uint_eq(patient.times, 0);
	sp_testing_advance(testing, 179);
	ck_assert_uint_eq(patient.times, 0);
	sp_testing_advance(testing, 1);
	ck_assert_str_eq(patient.code, "timeout");
	kit_release(testing);
	called_finish(&hasty);
	called_finish(&in_flight);
	called_finish(&patient);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(only_so_many_calls_are_held) /* R-PL-5: plugins.hold_max */
{
	enum { MOST = 10000 };
	static struct called held[MOST];
	struct called in_flight, over;
	sp_testing *testing = open_held(&in_flight);

	for (size_t i = 0; i < MOST; i++)
		called_begin(&held[i], testing, "counter.version", NULL);
	called_begin(&over, testing, "counter.version", NULL);
	ck_assert_str_eq(over.code, "unavailable");
	called_cancel(&held[7]);
	called_begin(&over, testing, "counter.version", NULL);
	ck_assert_uint_eq(over.times, 0);
	kit_release(testing);
	for (size_t i = 0; i < MOST; i++) {
		ck_assert_uint_eq(held[i].times, i != 7);
		called_finish(&held[i]);
	}
	ck_assert_int_eq(called_integer(&over, "value"), 2);
	called_finish(&over);
	called_finish(&in_flight);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(work_in_a_worker_is_waited_for) /* R-PL-5 (c) */
{
	sp_testing *testing = kit_open_counter(&one, &counter);
	struct called toil, held;

	sp_testing_hold_work(testing, true);
	called_begin(&toil, testing, "counter.toil", NULL);
	kit_begin_two(&replaced, &two, counter);
	sp_testing_turn(testing);
	called_begin(&held, testing, "counter.toil", NULL);
	ck_assert_uint_eq(replaced.times, 0);
	sp_testing_work(testing);
	expect_replaced();
	ck_assert_int_eq(called_integer(&toil, "value"), 1000);
	ck_assert_uint_eq(held.times, 0);
	sp_testing_work(testing);
	ck_assert_int_eq(called_integer(&held, "value"), 2000);
	called_finish(&toil);
	called_finish(&held);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(timers_serve_what_is_in_flight) /* R-PL-5 (c) */
{
	sp_testing *testing = kit_open_counter(&one, &counter);
	struct called nap;

	called_begin(&nap, testing, "counter.nap", NULL);
	kit_begin_two(&replaced, &two, counter);
	sp_testing_advance(testing, 99);
	ck_assert_uint_eq(nap.times + replaced.times, 0);
	sp_testing_advance(testing, 1);
	ck_assert_str_eq(nap.code, "ok");
	expect_replaced();
	called_finish(&nap);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(timers_of_what_is_prepared_sleep) /* R-PL-10 */
{
	sp_testing *testing = kit_open_counter(&one, &counter);
	struct called in_flight;

	kit.fault = KIT_TIMER;
	called_begin(&in_flight, testing, "counter.wait", NULL);
	kit_begin_two(&replaced, &two, counter);
	sp_testing_advance(testing, 5);
	kit_expect("activate2 ");
	sp_testing_advance(testing, 500);
	kit_expect("");
	kit_release(testing);
	expect_replaced();
	kit_expect("snapshot1 restore2from1:kept count2=0 deactivate1 woke2 ");
	sp_testing_advance(testing, 500);
	kit_expect("");
	called_finish(&in_flight);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(events_are_kept_for_the_new_version) /* R-PL-5 (c), (e) */
{
	struct called in_flight;
	sp_testing *testing = open_held(&in_flight);
	sp_kernel *kernel = sp_testing_kernel(testing);

	sp_kernel_publish(kernel, "drum.a", NULL);
	sp_testing_turn(testing);
	sp_kernel_publish(kernel, "drum.b", NULL);
	kit_expect("count1=5 activate2 ");
	kit_release(testing);
	expect_replaced();
	kit_expect("snapshot1 restore2from1:kept count2=5 2:drum.a count2=105 2:drum.b count2=205 deactivate1 ");
	called_finish(&in_flight);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(events_go_to_the_old_version_when_it_stays) /* R-PL-5 */
{
	struct called in_flight;
	sp_testing *testing = open_held(&in_flight);

	sp_kernel_publish(sp_testing_kernel(testing), "drum.a", NULL);
	sp_testing_turn(testing);
	kit_expect("count1=5 activate2 ");
	sp_testing_advance(testing, 1000);
	expect_refused(SP_TIMEOUT, "counter");
	kit_expect("1:drum.a count1=105 deactivate2 ");
	kit_release(testing);
	called_finish(&in_flight);
	sp_testing_destroy(testing);
}
END_TEST

/* Tries a replacement that must fail with why, changing nothing. */
static void refuse(enum kit_fault fault, const struct sp_component *component, sp_status status, const char *why)
{
	sp_testing *testing = kit_open_counter(&one, &counter);
	struct sp_graph_counts before, after;

	call_integer(testing, "counter.add", "{\"value\": 5}", "value");
	before = kernel_counts(testing);
	kit.fault = fault;
	kit_plugin(&two, component, "counter", "2");
	ck_assert_int_eq(replaced_begin(&replaced, counter, &two, NULL), SP_OK);
	sp_testing_turn(testing);
	expect_refused(status, why);
	ck_assert_ptr_nonnull(strstr(sp_testing_log(testing, false), why));
	ck_assert_uint_eq(replaced.gone, 1);
	after = kernel_counts(testing);
	ck_assert_uint_eq(after.nodes, before.nodes);
	ck_assert_uint_eq(after.edges, before.edges);
	ck_assert_int_eq(sp_kernel_state(sp_testing_kernel(testing)), SP_KERNEL_HEALTHY);
	ck_assert_int_eq(call_integer(testing, "counter.version", NULL, "value"), 1);
	ck_assert_int_eq(call_integer(testing, "counter.add", "{\"value\": 1}", "value"), 6);
	kit.fault = KIT_NO_FAULT;
	kit_plugin(&two, &counter_two_component, "counter", "2");
	ck_assert_int_eq(sp_testing_replace(testing, &counter, &two.plugin, NULL), SP_OK);
	ck_assert_int_eq(call_integer(testing, "counter.add", "{\"by\": 1}", "value"), 7);
	sp_testing_destroy(testing);
}

START_TEST(every_step_may_fail) /* R-PL-5: any failure before the batch changes nothing */
{
	static const struct {
		enum kit_fault fault;
		const struct sp_component *component;
		const char *why;
	} cases[] = { { KIT_ACTIVATE, &counter_two_component, "counter: activate: fault 1" },
		{ KIT_HEALTH, &counter_two_component, "counter: health: fault 2" },
		{ KIT_SNAPSHOT, &counter_two_component, "counter: snapshot failed: fault 3" },
		{ KIT_RESTORE, &counter_two_component, "counter: restore of state version 1 failed: fault 4" },
		{ KIT_NO_FAULT, &counter_three_component, "counter: the new version cannot restore state version 1" } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		refuse(cases[i].fault, cases[i].component, SP_FAILED, cases[i].why);
}
END_TEST

START_TEST(version_that_would_wait_is_refused) /* R-PL-5 (a) */
{
	refuse(KIT_NO_FAULT, &needy_component, SP_UNAVAILABLE, "counter: the new version would wait for ILack/1");
}
END_TEST

static void refuse_at_once(sp_testing *testing, const struct built *built, sp_status status, const char *why)
{
	struct sp_error error = { 0 };

	ck_assert_int_eq(replaced_begin(&replaced, counter, built, &error), status);
	ck_assert_int_eq(error.code, status);
	ck_assert_msg(strstr(error.message, why) != NULL, "%s", error.message);
	sp_testing_turn(testing);
	ck_assert_uint_eq(replaced.times + replaced.gone, 0);
	ck_assert_int_eq(call_integer(testing, "counter.version", NULL, "value"), 1);
}

START_TEST(what_cannot_begin_is_refused_at_once) /* R-PL-5 */
{
	sp_testing *testing = kit_open_counter(&one, &counter);
	struct called in_flight;
	struct built other, next;

	built_load(&other, testing, &plain_one_component, "plain");
	kit_plugin(&next, &plain_two_component, "else", "2");
	refuse_at_once(testing, &next, SP_INVALID, "names differ");
	built_begin(&next, "counter", "2");
	built_add(&next, &plain_two_component, "plain");
	refuse_at_once(testing, &next, SP_CONFLICT, "component plain belongs to plugin plain");
	next.plugin.head.abi_major = 99;
	refuse_at_once(testing, &next, SP_INVALID, "ABI 99");
	next.plugin.head.abi_major = SP_ABI_MAJOR;
	called_begin(&in_flight, testing, "counter.wait", NULL);
	kit_begin_two(&replaced, &two, counter);
	sp_testing_turn(testing);
	ck_assert_int_eq(replaced_begin(&(struct replaced){ 0 }, counter, &two, NULL), SP_CONFLICT);
	kit_release(testing);
	expect_replaced();
	sp_kernel_remove(counter);
	ck_assert_int_eq(replaced_begin(&(struct replaced){ 0 }, counter, &two, NULL), SP_CONFLICT);
	called_finish(&in_flight);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(removal_ends_a_hold) /* R-PL-5 */
{
	struct called in_flight, held;
	sp_testing *testing = open_held(&in_flight);

	called_begin(&held, testing, "counter.version", NULL);
	sp_kernel_remove(counter);
	sp_testing_turn(testing);
	expect_refused(SP_CANCELLED, "removed");
	ck_assert_str_eq(held.code, "not_found");
	ck_assert_uint_eq(replaced.gone, 1);
	kit_release(testing);
	ck_assert_int_eq(called_integer(&in_flight, "value"), 1);
	ck_assert_str_eq(sp_testing_state(testing, "counter"), "");
	called_finish(&in_flight);
	called_finish(&held);
	sp_testing_destroy(testing);
}
END_TEST

/* Nothing has failed: the log says so. */
START_TEST(a_stop_ends_a_replacement)
{
	struct called in_flight;
	sp_testing *testing = open_held(&in_flight);

	sp_testing_log(testing, true);
	sp_kernel_stop(sp_testing_kernel(testing), NULL, NULL);
	sp_testing_turn(testing);
	expect_refused(SP_CANCELLED, "the daemon stops");
	ck_assert_ptr_nonnull(strstr(sp_testing_log(testing, false), "info counter: version 1 was not replaced by 2"));
	ck_assert_ptr_null(strstr(sp_testing_log(testing, false), "error counter"));
	kit_release(testing);
	called_finish(&in_flight);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(removal_before_it_is_prepared) /* R-PL-5 */
{
	sp_testing *testing = sp_testing_create(NULL);
	struct built first;
	unsigned gone;

	counter = built_load_counted(&first, testing, &needy_component, &gone); /* waits: it has no body */
	kit_plugin(&two, &plain_two_component, "needy", "2");
	kit_plugin(&one, &ear_component, "ear", "1");
	ck_assert_int_eq(sp_kernel_add(sp_testing_kernel(testing), &one.plugin, NULL, NULL, NULL), SP_OK);
	ck_assert_int_eq(replaced_begin(&replaced, counter, &two, NULL), SP_OK);
	sp_kernel_remove(counter);
	sp_testing_turn(testing);
	ck_assert_uint_eq(replaced.times, 1);
	ck_assert_int_eq(replaced.status, SP_CANCELLED);
	ck_assert_uint_eq(replaced.gone, 1);
	ck_assert_uint_eq(gone, 1);
	sp_testing_destroy(testing);
}
END_TEST

static void ignore(void *user SP_UNUSED)
{
}

START_TEST(stop_ends_a_hold) /* R-PL-5 */
{
	struct called in_flight, held;
	sp_testing *testing = open_held(&in_flight);

	called_begin(&held, testing, "counter.version", NULL);
	sp_kernel_stop(sp_testing_kernel(testing), ignore, NULL);
	sp_testing_turn(testing);
	ck_assert_int_eq(replaced.status, SP_CANCELLED);
	ck_assert_int_ne(held.status, SP_OK);
	ck_assert_uint_eq(held.times, 1);
	kit_release(testing);
	called_finish(&in_flight);
	called_finish(&held);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(kernel_that_is_destroyed_drops_a_replacement) /* architecture: nothing is left */
{
	struct called in_flight, held;
	sp_testing *testing = open_held(&in_flight);

	called_begin(&held, testing, "counter.version", NULL);
	sp_testing_destroy(testing);
	called_finish(&in_flight);
	called_finish(&held);
	ck_assert_uint_eq(replaced.times, 1);
}
END_TEST

/* A hold with the nth allocation refused; whether there was an nth. */
static bool hold_without(long count)
{
	sp_testing *testing = kit_open_counter(&one, &counter);
	struct called in_flight, held, other;
	sp_status begun;
	bool failed;

	called_begin(&in_flight, testing, "counter.wait", NULL);
	kit_plugin(&two, &counter_two_component, "counter", "2");
	sp_alloc_fail_after(count);
	begun = replaced_begin(&replaced, counter, &two, NULL);
	sp_testing_turn(testing);
	called_begin(&held, testing, "counter.version", "{}");
	called_begin(&other, testing, "counter.toil", NULL);
	sp_kernel_publish(sp_testing_kernel(testing), "drum.x", NULL);
	sp_testing_turn(testing);
	kit_release(testing);
	failed = sp_alloc_has_failed();
	sp_alloc_fail_after(-1);
	sp_testing_turn(testing);
	ck_assert_uint_eq(replaced.times, begun == SP_OK);
	ck_assert_uint_eq(in_flight.times, 1);
	ck_assert_uint_eq(held.times, 1);
	ck_assert_uint_eq(other.times, 1);
	called_finish(&in_flight);
	called_finish(&held);
	called_finish(&other);
	ck_assert_str_eq(call_code(testing, "counter.version", NULL), "ok");
	sp_testing_destroy(testing);
	return failed;
}

START_TEST(hold_answers_everybody_whatever_fails) /* architecture: every allocation may fail */
{
	long count = 0;

	kit.silent = true;
	while (hold_without(count))
		count++;
	ck_assert_int_gt(count, 50);
}
END_TEST

START_TEST(one_that_was_removed_before_ends_meanwhile) /* R-PL-5, R-CM-8 */
{
	sp_testing *testing = kit_open_counter(&one, &counter);
	const struct sp_instance_options second = { sizeof second, "counter", "second", NULL };
	struct called in_flight, held;

	ck_assert_int_eq(sp_kernel_instantiate(sp_testing_kernel(testing), &second, NULL), SP_OK);
	sp_testing_turn(testing);
	called_begin(&in_flight, testing, "counter.wait", NULL);
	called_begin(&held, testing, "second.wait", NULL);
	ck_assert_int_eq(sp_kernel_instance_remove(sp_testing_kernel(testing), "second", NULL), SP_OK);
	sp_testing_turn(testing);
	kit_begin_two(&replaced, &two, counter);
	sp_testing_turn(testing);
	sp_finish(kit.waiting[--kit.waiting_count], SP_OK);
	sp_testing_turn(testing);
	called_finish(&held);
	ck_assert_uint_eq(replaced.times, 0);
	kit_release(testing);
	ck_assert_int_eq(replaced.status, SP_OK);
	ck_assert_int_eq(call_integer(testing, "counter.version", NULL, "value"), 2);
	called_finish(&in_flight);
	sp_testing_destroy(testing);
}
END_TEST

int main(void)
{
	const TTest *const cases[] = { state_goes_over_when_nothing_is_in_flight, calls_wait_for_the_new_version,
		text_of_a_held_call_is_copied, calls_go_on_when_the_hold_is_over,
		deadline_and_cancellation_run_on_while_held, only_so_many_calls_are_held,
		work_in_a_worker_is_waited_for, timers_serve_what_is_in_flight, timers_of_what_is_prepared_sleep,
		events_are_kept_for_the_new_version, events_go_to_the_old_version_when_it_stays, every_step_may_fail,
		version_that_would_wait_is_refused, what_cannot_begin_is_refused_at_once, removal_ends_a_hold,
		removal_before_it_is_prepared, a_stop_ends_a_replacement, stop_ends_a_hold,
		kernel_that_is_destroyed_drops_a_replacement, hold_answers_everybody_whatever_fails,
		one_that_was_removed_before_ends_meanwhile };

	sp_alloc_install();
	return kit_run("replace", cases, sizeof(cases) / sizeof(cases[0]));
}
