/*
 * event_loop.h: the loop: what <signalpy/event_loop.h> offers to everybody, and what only the daemon needs. No other
 * room knows that it is libevent.
 */
#ifndef DAEMON_EVENT_LOOP_H
#define DAEMON_EVENT_LOOP_H

#include <signalpy/event_loop.h>

/* Calls caught(user, number) on the loop for each arrival of a signal; until the loop is destroyed. */
sp_status event_loop_on_signal(struct sp_event_loop *loop, int number, void (*caught)(void *user, int number),
	void *user);

/* How many pieces of work wait or run in the pool. */
unsigned event_loop_work_pending(const struct sp_event_loop *loop);

/* Logs, through warn, each callback that held the loop longer than limit_ms (0: off), with its duration; the longest is
 * kept and reset by reading it. */
void event_loop_watch_holds(struct sp_event_loop *loop, int64_t limit_ms,
	void (*warn)(void *user, const char *what, int64_t nanoseconds), void *user);
int64_t event_loop_longest_hold(struct sp_event_loop *loop, bool reset);

/* The table of <signalpy/loop.h> for the daemon's own use (the control socket): entries go to no ledger, self is the
 * loop. */
const struct sp_loop *event_loop_sockets(struct sp_event_loop *loop);

/* Takes the listening sockets that the process was started with (sd_listen_fds(3)): they are lent to who asks for their
 * address, or for fd:NAME. SP_NO_MEMORY. */
sp_status event_loop_inherit(struct sp_event_loop *loop);

/* The descriptor below a stream (for SO_PEERCRED); borrowed. */
int event_loop_stream_descriptor(const struct sp_stream *stream);

#endif
