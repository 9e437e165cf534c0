/*
 * event_loop.h: a loop for a program that embeds the kernel and has none, or has libevent's: the daemon's own. It is a
 * library by itself, libsignalpy-event-loop, so that libsignalpy needs no libevent: pkg-config signalpy-event-loop.
 */
#ifndef SIGNALPY_EVENT_LOOP_H
#define SIGNALPY_EVENT_LOOP_H

#include <signalpy/kernel.h>
#include <signalpy/loop.h>

#ifdef __cplusplus
extern "C" {
#endif

struct event_base; /* libevent's */
typedef struct sp_event_loop sp_event_loop;

/*
 * Makes a loop for the calling thread, which becomes the loop thread. base is the program's own, borrowed until the
 * loop is destroyed: whoever turns it turns the loop, and it need not be made for threads. NULL: a new one, which ends
 * with the loop. Up to workers threads (0: one per core, at least 4) start when there is work for them. On failure
 * NULL, and *error, if given, says why.
 *
 * Destroying ends the workers, waiting at most 2 s for the work they are in, closes what streams are left, and forgets
 * what is queued; a thread that does not come back is abandoned. The kernel is destroyed first. NULL is accepted.
 * [loop]
 */
SP_API sp_event_loop *sp_event_loop_create(struct event_base *base, unsigned workers, struct sp_error *error);
SP_API void sp_event_loop_destroy(sp_event_loop *loop);

/* The operations for sp_kernel_options.ops, with the loop as sp_kernel_options.loop; static. [any] */
SP_API const struct sp_loop_ops *sp_event_loop_ops(void);

/* Offers <signalpy/loop.h>, listeners and byte streams, to the components of a kernel, until the kernel is destroyed.
 * The plugin http needs it. SP_NO_MEMORY. [loop] */
SP_API sp_status sp_event_loop_provide(sp_event_loop *loop, sp_kernel *kernel);

/* One turn: waits until something can run, but no longer than so many milliseconds (0: not at all; negative: without
 * end), and runs it. Not to be called by what runs in a turn. [loop] */
SP_API void sp_event_loop_step(sp_event_loop *loop, int64_t milliseconds);

/* Run turns until quit is called, in or before it; the turn under way ends after the callback that quits. [loop] */
SP_API void sp_event_loop_run(sp_event_loop *loop);
SP_API void sp_event_loop_quit(sp_event_loop *loop);

#ifdef __cplusplus
}
#endif
#endif
