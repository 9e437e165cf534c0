/*
 * call.h: one call of a runnable, from the gateway to its answer: checked, held or begun, run at once, later or in a
 * worker, answered after its wave, and freed.
 */
#ifndef KERNEL_CALL_H
#define KERNEL_CALL_H

#include "frame.h"

/* Calls for whoever consumer is (NULL: the host); see sp_gateway.call. */
void call_begin(struct sp_kernel *kernel, struct sp_runtime *consumer, const struct sp_request *request,
	sp_call **ret_call);

/* The caller has gone: no answer any more. */
void call_cancel(struct sp_call *call);

/* Begins what was held, in order of arrival, on whoever serves now. */
void calls_release(struct instance *instance);

/* Answers every call of a body that outlasts its drain, and tells it so. */
void calls_give_up(struct sp_runtime *rt, sp_status status, const char *why);

/* Takes an entry into whoever called (R-RX-5), for what it is told; leaving runs the wave. */
void call_enter_caller(struct sp_call *call, struct entry *entry);
void call_leave_caller(struct entry *entry);

/* A report of progress has arrived: a call that is over goes with the last one. */
void call_reported(struct sp_call *call);

/* Frees the calls kept for reuse. */
void calls_finish(struct sp_kernel *kernel);

/* Runs the answers of those whose time is up; the kernel's deadline timer; user is the kernel. */
void calls_expire(void *user);

#endif
