/* check_supervision.c: defaults of a supervise row, windows of time, and how long restarts wait (R-SUP-1, R-SUP-3). */
#include "supervision.h"

#include "graph_kit.h"

#include <string.h>

static sp_verdict decide(SP_UNUSED void *self, SP_UNUSED sp_failure *failure)
{
	return SP_RESTART;
}

/* R-SUP-1 */
START_TEST(what_a_row_does_not_say_has_a_default)
{
	struct sp_supervise row = { .decide = decide };
	struct sp_error error;

	ck_assert_int_eq(supervision_complete(&row, &error), SP_OK);
	ck_assert_int_eq(row.max_restarts, 5);
	ck_assert_int_eq(row.max_failures, 5);
	ck_assert_int_eq(row.unhealthy_after, 3);
	ck_assert_int_eq(row.within_ms, 60000);
	ck_assert_int_eq(row.base_delay_ms, 100);
}
END_TEST

START_TEST(what_a_row_says_stays)
{
	struct sp_supervise row = { .decide = decide,
		.strategy = SP_REST_FOR_ONE,
		.backoff = SP_EXPONENTIAL,
		.max_restarts = 100,
		.max_failures = 1,
		.within_ms = 86400000,
		.base_delay_ms = 60000,
		.unhealthy_after = 1 };
	const struct sp_supervise before = row;
	struct sp_error error;

	ck_assert_int_eq(supervision_complete(&row, &error), SP_OK);
	ck_assert_mem_eq(&row, &before, sizeof row);
}
END_TEST

#define UNKNOWN \
	"unknown strategy or back-off; known are SP_ONE_FOR_ONE, SP_ONE_FOR_ALL, SP_REST_FOR_ONE and SP_CONSTANT, " \
	"SP_LINEAR, SP_EXPONENTIAL"

START_TEST(what_makes_no_sense_is_refused)
{
	static const struct {
		struct sp_supervise row;
		const char *why;
	} wrong[] = {
		{ { .strategy = SP_ONE_FOR_ALL }, UNKNOWN },
		{ { .decide = decide, .strategy = (enum sp_strategy)3 }, UNKNOWN },
		{ { .decide = decide, .backoff = (enum sp_backoff)3 }, UNKNOWN },
		{ { .decide = decide, .max_restarts = -1 },
			".max_restarts is -1: it must be from 1 to 100, or 0 for 5" },
		{ { .decide = decide, .max_failures = 101 },
			".max_failures is 101: it must be from 1 to 100, or 0 for 5" },
		{ { .decide = decide, .unhealthy_after = 101 },
			".unhealthy_after is 101: it must be from 1 to 100, or 0 for 3" },
		{ { .decide = decide, .within_ms = -5 },
			".within_ms is -5: it must be from 1 to 86400000, or 0 for 60000" },
		{ { .decide = decide, .base_delay_ms = 60001 },
			".base_delay_ms is 60001: it must be from 1 to 60000, or 0 for 100" },
	};

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct sp_supervise row = wrong[i].row;
		struct sp_error error = { 0 };

		ck_assert_int_eq(supervision_complete(&row, &error), SP_INVALID);
		ck_assert_str_eq(error.message, wrong[i].why);
	}
}
END_TEST

START_TEST(a_window_counts_what_is_recent)
{
	static struct window window;
	const int64_t second = 1000000000;

	ck_assert_uint_eq(window_count(&window, 0, 1000), 0);
	for (int i = 0; i < 10; i++)
		window_add(&window, i * second);
	ck_assert_uint_eq(window_count(&window, 9 * second, 1), 1);
	ck_assert_uint_eq(window_count(&window, 9 * second, 4000), 4);
	ck_assert_uint_eq(window_count(&window, 9 * second, 60000), 10);
	ck_assert_uint_eq(window_count(&window, 14 * second, 10000), 5);
	for (int i = 10; i < 500; i++)
		window_add(&window, i * second);
	ck_assert_uint_eq(window_count(&window, 499 * second, 86400000), SUPERVISION_MOST);
}
END_TEST

/* R-SUP-1: from the planned delay to a quarter less, and 60 s at most. */
START_TEST(delays_grow_as_the_row_says)
{
	static const struct {
		enum sp_backoff backoff;
		int64_t base;
		unsigned attempt;
		int64_t planned;
	} cases[] = { { SP_CONSTANT, 200, 1, 200 }, { SP_CONSTANT, 200, 50, 200 }, { SP_LINEAR, 200, 1, 200 },
		{ SP_LINEAR, 200, 7, 1400 }, { SP_LINEAR, 200, 4000000000, 60000 }, { SP_EXPONENTIAL, 200, 1, 200 },
		{ SP_EXPONENTIAL, 200, 2, 400 }, { SP_EXPONENTIAL, 200, 5, 3200 }, { SP_EXPONENTIAL, 200, 10, 60000 },
		{ SP_EXPONENTIAL, 1, 4000000000, 60000 }, { SP_CONSTANT, 60000, 3, 60000 } };
	uint64_t random = 42;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct sp_supervise row = { .backoff = cases[i].backoff, .base_delay_ms = cases[i].base };
		int64_t planned = cases[i].planned * 1000000;

		for (int round = 0; round < 100; round++) {
			int64_t delay = supervision_delay(&row, cases[i].attempt, &random);

			ck_assert_int_le(delay, planned);
			ck_assert_int_ge(delay, planned - planned / 4);
		}
	}
}
END_TEST

START_TEST(no_two_delays_are_the_same)
{
	const struct sp_supervise row = { .backoff = SP_CONSTANT, .base_delay_ms = 1000 };
	uint64_t random = 7;
	int64_t first = supervision_delay(&row, 1, &random);

	ck_assert_int_ne(first, supervision_delay(&row, 1, &random));
}
END_TEST

START_TEST(words)
{
	ck_assert_str_eq(strategy_word(SP_ONE_FOR_ONE), "one_for_one");
	ck_assert_str_eq(strategy_word(SP_ONE_FOR_ALL), "one_for_all");
	ck_assert_str_eq(strategy_word(SP_REST_FOR_ONE), "rest_for_one");
	ck_assert_str_eq(backoff_word(SP_CONSTANT), "constant");
	ck_assert_str_eq(backoff_word(SP_LINEAR), "linear");
	ck_assert_str_eq(backoff_word(SP_EXPONENTIAL), "exponential");
}
END_TEST

KIT_MAIN("supervision", what_a_row_does_not_say_has_a_default, what_a_row_says_stays, what_makes_no_sense_is_refused,
	a_window_counts_what_is_recent, delays_grow_as_the_row_says, no_two_delays_are_the_same, words)
