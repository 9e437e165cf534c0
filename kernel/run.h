/*
 * run.h: runs that end later than they return: those of asynchronous effects (R-RX-7). A run is made with its owner, so
 * that neither starting nor finishing one allocates; while it is in flight it counts as a call does, which keeps its
 * body, and the plugin's code, where they are.
 */
#ifndef KERNEL_RUN_H
#define KERNEL_RUN_H

#include "frame.h"

typedef sp_status (*run_body)(void *self, struct sp_run *run);

/* Makes a run that is not under way. ended is told, from the top of the loop and in a batch, how one that was in flight
 * ended: SP_OK, or below 0 and run->error says why. NULL without memory. */
struct sp_run *run_create(struct sp_runtime *rt, void (*ended)(struct sp_run *run, sp_status status));

/* Runs body, in a frame. SP_LATER: it is in flight now. Else it is over: SP_OK, or
 * below 0 and run->error says why. */
sp_status run_start(struct sp_run *run, run_body body);

/* Makes the run of an asynchronous effect; SP_NO_MEMORY. */
sp_status run_effect_create(struct slot_context *context);

/* What the engine calls as an asynchronous effect: runs it, or notes that the run in flight is superseded. */
sp_status run_effect_later(struct slot_context *context, struct sp_error *error);

/* Ends the effect for good: disposes its node, or puts it to sleep until its run has ended. Calls nobody. */
void run_effect_end(struct slot_context *context);

/* Cancels the runs in flight whose effects have ended. */
void runs_cancel_ended(struct sp_runtime *rt);

/* Cancels what is in flight, and lets no asynchronous effect of the body run until they are resumed. */
void runs_suspend(struct sp_runtime *rt);
void runs_resume(struct sp_runtime *rt);

/* Whether a run of the body is in flight. */
bool runs_unfinished(const struct sp_runtime *rt);

#endif
