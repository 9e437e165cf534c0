/*
 * event_loop.h: the daemon's loop: libevent behind struct sp_loop_ops, a worker pool, and the streams of
 * <signalpy/loop.h>. No other room knows that it is libevent.
 */
#ifndef DAEMON_EVENT_LOOP_H
#define DAEMON_EVENT_LOOP_H

#include <signalpy/kernel.h>
#include <signalpy/loop.h>

struct event_loop;

/* Makes a loop on this thread, with up to workers threads that start when there is work (0: one per core, at least 4).
 * NULL and error when the system refuses. Destroying ends the workers; one that is stuck is abandoned. */
struct event_loop *event_loop_create(unsigned workers, struct sp_error *error);
void event_loop_destroy(struct event_loop *loop);

/* The operations for sp_kernel_create; the loop argument of each is the event loop. */
const struct sp_loop_ops *event_loop_ops(void);

/* Turns until event_loop_quit, which may be called in any callback. */
void event_loop_run(struct event_loop *loop);
void event_loop_quit(struct event_loop *loop);

/* Calls caught(user, number) on the loop for each arrival of a signal; until the loop is destroyed. */
sp_status event_loop_on_signal(struct event_loop *loop, int number, void (*caught)(void *user, int number), void *user);

/* How many pieces of work wait or run in the pool. */
unsigned event_loop_work_pending(const struct event_loop *loop);

/* Logs, through warn, each callback that held the loop longer than limit_ms (0: off), with its duration; the longest is
 * kept and reset by reading it. */
void event_loop_watch_holds(struct event_loop *loop, int64_t limit_ms,
	void (*warn)(void *user, const char *what, int64_t nanoseconds), void *user);
int64_t event_loop_longest_hold(struct event_loop *loop, bool reset);

/* Offers <signalpy/loop.h> to components. */
sp_status event_loop_provide(struct event_loop *loop, sp_kernel *kernel);

/* The same table for the daemon's own use (the control socket): entries go to no ledger, self is the loop. */
const struct sp_loop *event_loop_sockets(struct event_loop *loop);

/* The descriptor below a stream (for SO_PEERCRED); borrowed. */
int event_loop_stream_descriptor(const struct sp_stream *stream);

#endif
