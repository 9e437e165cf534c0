/*
 * workers.h: a pool of threads for work that blocks. Threads start when there is work and none is idle, up to a limit.
 * A worker that does not come back from a task is stuck: another thread takes its place, as often as the limit once
 * more.
 */
#ifndef DAEMON_WORKERS_H
#define DAEMON_WORKERS_H

#include <signalpy/kernel.h>

struct workers;

struct workers_options {
	unsigned limit; /* threads that work at the same time, at least 1 */
	unsigned queue_limit; /* tasks that may wait */
	int64_t stuck_after; /* nanoseconds in one task after which a worker counts as stuck */
	int64_t ending_grace; /* nanoseconds that workers_destroy waits for tasks that run */
};

/* Makes a pool without threads; NULL and error without memory. */
struct workers *workers_create(const struct workers_options *options, struct sp_error *error);

/* Ends the threads and answers how many could not be ended: a task that outlasts the grace is abandoned with its
 * thread, which frees what is left of the pool when it comes back. Tasks that wait are forgotten. NULL is accepted. */
unsigned workers_destroy(struct workers *pool);

/* Runs task on a worker. SP_UNAVAILABLE when too many wait, or every worker is stuck and all were replaced. Any
 * thread. */
sp_status workers_submit(struct workers *pool, struct sp_task *task);

/* How many tasks wait or run; how many threads are stuck. Any thread. */
unsigned workers_pending(struct workers *pool);
unsigned workers_stuck(struct workers *pool);

#endif
