/*
 * hook.h: runs the hooks of a body. activate and deactivate may end later than they return: the run is made with the body,
 * and has a deadline.
 */
#ifndef KERNEL_HOOK_H
#define KERNEL_HOOK_H

#include "run.h"

enum hook_phase { HOOK_IDLE, HOOK_UNDER_WAY, HOOK_ENDED, HOOK_EXPIRED };

struct hook_run {
	struct sp_run *run;
	void *timer; /* the deadline */
	const struct sp_hook *row; /* that runs, or ran last */
	enum hook_phase phase;
	sp_status status; /* when it has ended */
};

/* Makes what the component's hooks need that end later; SP_NO_MEMORY leaves what was made to hook_destroy. */
sp_status hook_create(struct sp_runtime *rt);
void hook_destroy(struct sp_runtime *rt);

/* Runs one hook; SP_OK when the component has none. SP_LATER: it is under way; the body is due when it has ended or its
 * deadline has passed, and the same call answers what came of it. */
sp_status hook_run(struct sp_runtime *rt, enum sp_hook_kind kind, struct sp_error *error);

/* Waits no longer for a hook that is under way: tells it so. What it holds stays until it has ended. */
void hook_abandon(struct sp_runtime *rt);

/* Whether a hook is under way, or given up and not ended; whether it was given up. */
bool hook_in_flight(const struct sp_runtime *rt);
bool hook_is_late(const struct sp_runtime *rt);

#endif
