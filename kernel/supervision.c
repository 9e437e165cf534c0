/* supervision.c: the arithmetic of supervision: defaults of a row, windows of time, delays. */
#include "supervision.h"

#include <stdio.h>

static const int64_t MILLISECOND = 1000000;

static const char *const strategy_words[] = { "one_for_one", "one_for_all", "rest_for_one" };
static const char *const backoff_words[] = { "constant", "linear", "exponential" };

const char *strategy_word(enum sp_strategy strategy)
{
	return strategy_words[strategy];
}

const char *backoff_word(enum sp_backoff backoff)
{
	return backoff_words[backoff];
}

/* One number of a row: 0 stands for its default. */
struct number {
	const char *name;
	int64_t most, otherwise;
};

static sp_status complete_number(const struct number *number, int64_t *value, struct sp_error *error)
{
	if (*value < 0 || *value > number->most)
		return sp_error_set(error, SP_INVALID, "%s is %lld: it must be from 1 to %lld, or 0 for %lld",
			number->name, (long long)*value, (long long)number->most, (long long)number->otherwise);
	*value = *value ? *value : number->otherwise;
	return SP_OK;
}

static sp_status complete_count(const struct number *number, int *value, struct sp_error *error)
{
	int64_t wide = *value;
	sp_status status = complete_number(number, &wide, error);

	*value = (int)wide;
	return status;
}

sp_status supervision_complete(struct sp_supervise *row, struct sp_error *error)
{
	static const struct number restarts = { ".max_restarts", SUPERVISION_MOST, 5 };
	static const struct number failures = { ".max_failures", SUPERVISION_MOST, 5 };
	static const struct number unhealthy = { ".unhealthy_after", SUPERVISION_MOST, 3 };
	static const struct number within = { ".within_ms", INT64_C(86400000), 60000 };
	static const struct number delay = { ".base_delay_ms", SUPERVISION_LONGEST_MS, 100 };

	if (!row->decide || (unsigned)row->strategy > SP_REST_FOR_ONE || (unsigned)row->backoff > SP_EXPONENTIAL)
		return sp_error_set(error, SP_INVALID,
			"unknown strategy or back-off; known are SP_ONE_FOR_ONE, SP_ONE_FOR_ALL, SP_REST_FOR_ONE and "
			"SP_CONSTANT, SP_LINEAR, SP_EXPONENTIAL");
	if (complete_count(&restarts, &row->max_restarts, error) != SP_OK ||
		complete_count(&failures, &row->max_failures, error) != SP_OK ||
		complete_count(&unhealthy, &row->unhealthy_after, error) != SP_OK ||
		complete_number(&within, &row->within_ms, error) != SP_OK)
		return SP_INVALID;
	return complete_number(&delay, &row->base_delay_ms, error);
}

unsigned window_count(const struct window *window, int64_t now, int64_t within_ms)
{
	unsigned count = 0;

	for (unsigned i = 0; i < window->count; i++)
		count += now - window->times[i] < within_ms * MILLISECOND;
	return count;
}

void window_add(struct window *window, int64_t now)
{
	window->times[window->next] = now;
	window->next = (window->next + 1) % SUPERVISION_MOST;
	window->count += window->count < SUPERVISION_MOST;
}

/* Marsaglia's xorshift: nobody needs to be unable to guess it. */
static uint64_t next_random(uint64_t *random)
{
	*random ^= *random << 13;
	*random ^= *random >> 7;
	*random ^= *random << 17;
	return *random;
}

static int64_t planned_ms(const struct sp_supervise *row, unsigned attempt)
{
	int64_t delay = row->base_delay_ms;

	if (row->backoff == SP_LINEAR)
		delay *= attempt;
	for (unsigned i = 1; row->backoff == SP_EXPONENTIAL && i < attempt && delay < SUPERVISION_LONGEST_MS; i++)
		delay *= 2;
	return delay < SUPERVISION_LONGEST_MS ? delay : SUPERVISION_LONGEST_MS;
}

/* Up to a quarter less than planned, so that what failed together does not come back together. */
int64_t supervision_delay(const struct sp_supervise *row, unsigned attempt, uint64_t *random)
{
	int64_t planned = planned_ms(row, attempt) * MILLISECOND;

	return planned - (int64_t)(next_random(random) % (uint64_t)(planned / 4 + 1));
}
