/*
 * supervisor.h: what becomes of children that fail (R-SUP). Failures are noted where they happen; what follows is
 * decided from the top of the loop, where instances and bodies that are due are looked at.
 */
#ifndef KERNEL_SUPERVISOR_H
#define KERNEL_SUPERVISOR_H

#include "model.h"

/* An effect or a subscription of the body failed; a health check of it failed or (status not below 0) succeeded. More
 * of it than its supervisor allows makes its instance fail. */
void supervisor_note_failure(struct sp_runtime *rt, const struct sp_error *error);
void supervisor_note_health(struct sp_runtime *rt, sp_status status, const char *message);

/* Decides about a child that has failed and has no body any more. */
void supervisor_decide(struct child *child);

/* Goes on with the restarts of a body's children: stops those who have yet to stop, one after the other from the latest
 * on, then starts those whose time has come, from the earliest on. */
void supervisor_step(struct sp_runtime *rt);

/* Has a child that waits for its restart, and those who restart with it, start now. */
void supervisor_hurry(struct child *child);

#endif
