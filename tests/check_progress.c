/* check_progress.c: how far a call is, told by the loop, by workers and by other threads. */
#include "calls_kit.h"

#include <pthread.h>
#include <signalpy/component.h>
#include <string.h>

#include "alloc.h"

/* clang-format off */
SP_RECORD(hill, (boolean, dry));

SP_COMPONENT(climber,
	(later, climb, nothing, nothing, .timeout_ms = 1000),
	(later, hurry, nothing, nothing),
	(blocking, dig, hill, nothing));

SP_COMPONENT(onlooker,
	(one, sp_gateway, gateway),
	(signal, integer, steps),
	(effect, follow),
	(runnable, look, nothing, nothing));
/* clang-format on */

static sp_call *climbing;

static sp_status climber_climb(struct climber *self SP_UNUSED, sp_call *call)
{
	climbing = call;
	sp_progress(call, 0, 3, "start");
	return SP_LATER;
}

static void *report(void *call)
{
	sp_progress(call, 1, 0, NULL);
	sp_progress(call, 2, 0, "two");
	return NULL;
}

static void report_from_thread(sp_call *call)
{
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, report, call), 0);
	pthread_join(thread, NULL);
}

/* Is at its end before its reports have arrived. */
static sp_status climber_hurry(struct climber *self SP_UNUSED, sp_call *call)
{
	report_from_thread(call);
	return SP_OK;
}

static sp_status climber_dig(const struct climber *self SP_UNUSED, sp_call *call, const struct hill *in)
{
	char note[] = "deep";

	report_from_thread(call); /* the testing loop's worker is the loop's own thread */
	sp_progress(call, 3, 4, note);
	note[0] = 'x';
	if (in->dry)
		return sp_fail(call, SP_FAILED, "dry");
	return SP_OK;
}

static char told[CALLED_TEXT];
static int64_t steps_seen;

static void take_progress(void *user, int64_t done, int64_t total, const char *note)
{
	struct onlooker *self = user;

	strncat(told, sp_format(self->rt, "[%d/%d %s]", (int)done, (int)total, note ? note : ""),
		sizeof(told) - strlen(told) - 1);
	sp_set(self->steps, sp_peek(self->steps) + 1);
	ck_assert_int_eq(steps_seen, sp_peek(self->steps) - 1); /* an entry is a batch */
}

static void take_answer(void *user, const struct sp_answer *answer)
{
	struct onlooker *self = user;

	strncat(told, sp_format(self->rt, "[%s]", answer->code ? answer->code : "ok"), sizeof(told) - strlen(told) - 1);
}

static sp_status onlooker_follow(struct onlooker *self)
{
	steps_seen = sp_get(self->steps);
	return SP_OK;
}

static sp_status onlooker_look(struct onlooker *self)
{
	const struct sp_gateway *gateway = sp_peek(self->gateway);

	gateway->call(gateway,
		&(struct sp_request){ .struct_size = sizeof(struct sp_request),
			.address = "climber.climb",
			.done = take_answer,
			.progress = take_progress,
			.user = self },
		NULL);
	return SP_OK;
}

static struct built built_climber, built_onlooker;

static sp_testing *open_climber(void)
{
	sp_testing *testing = sp_testing_create(NULL);

	built_load(&built_climber, testing, &climber_component, NULL);
	return testing;
}

START_TEST(progress_is_told_at_once_on_the_loop) /* R-RN-3 */
{
	sp_testing *testing = open_climber();
	struct called called;

	called_begin(&called, testing, "climber.climb", NULL);
	ck_assert_str_eq(called.progress, "0/3 start;");
	sp_progress(climbing, 2, 0, NULL);
	ck_assert_str_eq(called.progress, "0/3 start;2/0 -;");
	sp_finish(climbing, SP_OK);
	sp_testing_turn(testing);
	ck_assert_str_eq(called.code, "ok");
	called_finish(&called);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(nobody_is_told_when_nobody_waits) /* R-RN-4 */
{
	sp_testing *testing = open_climber();
	struct called called;

	called_begin(&called, testing, "climber.climb", NULL);
	called_cancel(&called);
	sp_progress(climbing, 1, 3, NULL);
	ck_assert_str_eq(called.progress, "0/3 start;");
	sp_finish(climbing, SP_OK);
	sp_testing_turn(testing);
	called_begin(&called, testing, "climber.climb", NULL);
	sp_testing_advance(testing, 1000);
	ck_assert_str_eq(called.code, "timeout");
	sp_progress(climbing, 1, 3, NULL);
	report_from_thread(climbing);
	sp_testing_turn(testing);
	ck_assert_str_eq(called.progress, "0/3 start;");
	sp_finish(climbing, SP_OK);
	called_finish(&called);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(reports_of_a_thread_arrive_in_order) /* R-RN-3, R-RX-8 */
{
	sp_testing *testing = open_climber();
	struct called called;

	called_begin(&called, testing, "climber.climb", NULL);
	report_from_thread(climbing);
	ck_assert_str_eq(called.progress, "0/3 start;");
	sp_testing_turn(testing);
	ck_assert_str_eq(called.progress, "0/3 start;1/0 -;2/0 two;");
	sp_finish(climbing, SP_OK);
	sp_testing_turn(testing);
	called_finish(&called);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(report_that_comes_after_the_end_is_dropped) /* R-RN-3, R-RX-8 */
{
	sp_testing *testing = open_climber();
	struct called called, other;

	called_begin(&called, testing, "climber.climb", NULL);
	report_from_thread(climbing);
	sp_finish(climbing, SP_OK); /* overtakes what was posted */
	sp_testing_turn(testing);
	ck_assert_uint_eq(called.times, 1);
	called_finish(&called);
	called_begin(&called, testing, "climber.hurry", NULL);
	ck_assert_str_eq(called.code, "ok");
	called_begin(&other, testing, "climber.climb", NULL);
	sp_testing_turn(testing);
	ck_assert_str_eq(called.progress, "");
	ck_assert_str_eq(other.progress, "0/3 start;");
	sp_finish(climbing, SP_OK);
	sp_testing_turn(testing);
	called_finish(&called);
	called_finish(&other);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(worker_reports_before_it_answers) /* R-RN-3 */
{
	sp_testing *testing = open_climber();
	struct called called;

	called_begin(&called, testing, "climber.dig", "{}");
	sp_testing_turn(testing);
	ck_assert_str_eq(called.code, "ok");
	ck_assert_ptr_nonnull(strstr(called.progress, "3/4 deep;"));
	called_finish(&called);
	called_begin(&called, testing, "climber.dig", "{\"dry\": true}");
	sp_testing_turn(testing);
	ck_assert_str_eq(called.message, "dry");
	called_finish(&called);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(caller_is_told_inside_itself) /* R-RX-5 */
{
	sp_testing *testing = open_climber();

	built_load(&built_onlooker, testing, &onlooker_component, NULL);
	ck_assert_str_eq(call_code(testing, "onlooker.look", NULL), "ok");
	sp_progress(climbing, 1, 3, "mid");
	report_from_thread(climbing);
	sp_testing_turn(testing);
	sp_finish(climbing, SP_CONFLICT);
	sp_testing_turn(testing);
	ck_assert_str_eq(told, "[0/3 start][1/3 mid][1/0 ][2/0 two][conflict]");
	ck_assert_int_eq(steps_seen, 4);
	sp_testing_destroy(testing);
}
END_TEST

static void *report_without_memory(void *call)
{
	sp_alloc_fail_after(0);
	sp_progress(call, 1, 0, NULL);
	sp_alloc_fail_after(-1);
	sp_progress(call, 2, 0, NULL);
	return NULL;
}

START_TEST(report_that_finds_no_memory_is_left_out) /* R-RN-3 */
{
	sp_testing *testing = open_climber();
	struct called called;
	pthread_t thread;

	called_begin(&called, testing, "climber.climb", NULL);
	ck_assert_int_eq(pthread_create(&thread, NULL, report_without_memory, climbing), 0);
	pthread_join(thread, NULL);
	sp_testing_turn(testing);
	ck_assert_str_eq(called.progress, "0/3 start;2/0 -;");
	sp_finish(climbing, SP_OK);
	sp_testing_turn(testing);
	called_finish(&called);
	sp_testing_destroy(testing);
}
END_TEST

KIT_MAIN("progress", progress_is_told_at_once_on_the_loop, nobody_is_told_when_nobody_waits,
	reports_of_a_thread_arrive_in_order, report_that_comes_after_the_end_is_dropped,
	worker_reports_before_it_answers, caller_is_told_inside_itself, report_that_finds_no_memory_is_left_out)
