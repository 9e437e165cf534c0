/*
 * loop_libevent.h: what the streams share with the loop they run on.
 */
#ifndef DAEMON_LOOP_LIBEVENT_H
#define DAEMON_LOOP_LIBEVENT_H

#include "event_loop.h"

struct event_base;
struct streams;

struct event_base *event_loop_base(struct sp_event_loop *loop);
struct streams *event_loop_streams(struct sp_event_loop *loop);

/* Nanoseconds of the monotonic clock. */
int64_t event_loop_now(void);

/* Stand around every callback that leaves the loop, so that its duration is known; what is static text. */
void event_loop_enter(struct sp_event_loop *loop);
void event_loop_leave(struct sp_event_loop *loop, const char *what);

#endif
