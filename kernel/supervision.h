/*
 * supervision.h: the arithmetic of supervision: what a supervise row says once its defaults are filled in, how often
 * something happened within a time, and how long the next restart waits. What is done with it is in supervisor.c.
 */
#ifndef KERNEL_SUPERVISION_H
#define KERNEL_SUPERVISION_H

#include <signalpy/rows.h>

enum {
	SUPERVISION_MOST = 100, /* restarts or failures that a row may allow within its time */
	SUPERVISION_LONGEST_MS = 60000 /* that a restart waits */
};

/* Times, in nanoseconds, of the latest events of one kind. */
struct window {
	int64_t times[SUPERVISION_MOST];
	unsigned count, next;
};

/* Fills in the defaults of a row. SP_INVALID and error, which says what is wrong and what would be right. */
sp_status supervision_complete(struct sp_supervise *row, struct sp_error *error);

/* How many events lie within the milliseconds before now; SUPERVISION_MOST at most. */
unsigned window_count(const struct window *window, int64_t now, int64_t within_ms);
void window_add(struct window *window, int64_t now);

/* How many nanoseconds the restart waits that follows the attempt-th failure in a row (1 is the first). random is the
 * state of a generator, which moves on; it must not be 0. */
int64_t supervision_delay(const struct sp_supervise *row, unsigned attempt, uint64_t *random);

/* "one_for_one", "exponential"; static. */
const char *strategy_word(enum sp_strategy strategy);
const char *backoff_word(enum sp_backoff backoff);

#endif
