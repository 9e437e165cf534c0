/*
 * hook.h: runs the hooks of a body. They may end later than they return: the run is made with the body, and has a
 * deadline. A health check has a run of its own, since it may be under way when deactivate begins.
 */
#ifndef KERNEL_HOOK_H
#define KERNEL_HOOK_H

#include "run.h"

enum hook_phase { HOOK_IDLE, HOOK_UNDER_WAY, HOOK_ENDED, HOOK_EXPIRED };

struct hook_run {
	struct sp_runtime *rt;
	struct sp_run *run;
	void *timer; /* the deadline */
	const struct sp_hook *row; /* that runs, or ran last */
	enum hook_phase phase;
	sp_status status; /* when it has ended */
	struct list questions; /* who waits for a health check of an active body; see health.h */
};

/* Makes what the component's hooks need that end later; SP_NO_MEMORY leaves what was made to hook_destroy. */
sp_status hook_create(struct sp_runtime *rt);
void hook_destroy(struct sp_runtime *rt);

/* Runs one hook; SP_OK when the component has none. SP_LATER: it is under way; the body is due when it has ended or its
 * deadline has passed, and the same call answers what came of it. */
sp_status hook_run(struct sp_runtime *rt, enum sp_hook_kind kind, struct sp_error *error);

/* Runs the health hook of an active body: as hook_run, but health_known is called when it has ended or its deadline has
 * passed, and the words are the hook's alone. Until one that was given up has ended, it has failed (SP_TIMEOUT). */
sp_status hook_check(struct sp_runtime *rt, struct sp_error *error);

/* Waits no longer for what is under way: tells it so. What it holds stays until it has ended. */
void hook_abandon(struct sp_runtime *rt);

/* Nobody asks any more what comes of a health check that is under way: tells it so; its deadline stays. Answers whether
 * one was. */
bool hook_cancel_check(struct sp_runtime *rt);

/* Whether a hook is under way, or given up and not ended; whether activate or deactivate, or a health check, was given
 * up and has not ended. */
bool hook_in_flight(const struct sp_runtime *rt);
bool hook_is_late(const struct sp_runtime *rt);
bool hook_check_is_late(const struct sp_runtime *rt);

#endif
