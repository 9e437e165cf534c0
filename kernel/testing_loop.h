/* testing_loop.h: a loop that turns only when told to, and whose clock a test moves. For testing.c. */
#ifndef KERNEL_TESTING_LOOP_H
#define KERNEL_TESTING_LOOP_H

#include <signalpy/kernel.h>

struct testing_loop;

/* NULL without memory. Destroying frees what is queued without running it. */
struct testing_loop *testing_loop_create(void);
void testing_loop_destroy(struct testing_loop *loop);
const struct sp_loop_ops *testing_loop_ops(void);

/* Runs what is queued, and timers that are due, until nothing is. */
void testing_loop_turn(struct testing_loop *loop);

/* Moves the clock, stopping at each timer on the way. */
void testing_loop_advance(struct testing_loop *loop, int64_t nanoseconds);

/* Whether work that is submitted waits for testing_loop_work. */
void testing_loop_hold_work(struct testing_loop *loop, bool hold);
void testing_loop_work(struct testing_loop *loop);

#endif
