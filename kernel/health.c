/* health.c: asks an instance, on an interval and when somebody wants to know, whether it works (R-SUP-5). */
#include "health.h"

#include <stdatomic.h>
#include <string.h>

#include "alloc.h"
#include "body_acts.h"
#include "hook.h"
#include "lifecycle.h"
#include "supervisor.h"

/* Somebody who waits for what comes of a check. */
struct question {
	struct list link; /* in check->questions */
	sp_health_told told;
	void *user;
};

static struct sp_timer *timer_of(const struct sp_runtime *rt)
{
	for (size_t i = 0; i < rt->timer_count; i++)
		if (rt->timers[i].row->hook == SP_HOOK_HEALTH)
			return &rt->timers[i];
	return NULL;
}

static void follow(struct sp_timer *timer, sp_status status, const char *message)
{
	bool before = timer->ailing;

	acts_note_health(timer->rt, &timer->ailing, status, message);
	if (timer->ailing != before)
		kernel_log(timer->rt->kernel, before ? SP_INFO : SP_ERROR, timer->rt->name, "%s",
			before ? "healthy again" : message);
	supervisor_note_health(timer->rt, status, message);
}

static void tell(const struct question *question, const char *name, sp_status status, const char *message)
{
	struct sp_error error = { 0 };

	if (status < 0)
		sp_error_set(&error, status, "%s: health: %s", name, message);
	question->told(question->user, name, status, &error);
}

static void tell_all(struct sp_runtime *rt, sp_status status, const char *message)
{
	struct list *questions = &rt->check->questions;

	while (!list_is_empty(questions)) {
		struct question *question = container_of(questions->next, struct question, link);

		list_remove(&question->link);
		tell(question, rt->name, status, message);
		sp_free(question);
	}
}

/* Runs the check, or goes on with it; SP_LATER: it is under way. */
static sp_status check(struct sp_timer *timer, struct sp_error *error)
{
	sp_status status = hook_check(timer->rt, error);

	if (status == SP_LATER)
		return status;
	follow(timer, status, error->message);
	acts_start_again(timer);
	return status;
}

/* Held: its state is carried over to the next version, which is asked before it serves. */
static bool may_be_asked(const struct sp_runtime *rt)
{
	return rt->state == BODY_ACTIVE && rt->instance && !rt->instance->held && !rt->withdrawn;
}

void health_interval(struct sp_timer *timer)
{
	struct sp_error error = { 0 };

	if (may_be_asked(timer->rt))
		check(timer, &error);
	else
		acts_start_again(timer);
}

void health_known(struct sp_runtime *rt)
{
	struct sp_timer *timer = timer_of(rt);
	struct sp_error error = { 0 };
	bool cancelled = atomic_load(&rt->check->run->stale) && rt->check->phase == HOOK_ENDED;
	sp_status status;

	if (cancelled || !may_be_asked(rt)) {
		hook_check(rt, &error);
		acts_start_again(timer);
		return;
	}
	status = check(timer, &error);
	tell_all(rt, status, error.message);
}

void health_cancel(struct sp_runtime *rt)
{
	if (hook_cancel_check(rt))
		tell_all(rt, SP_UNAVAILABLE, "it is being stopped or replaced");
}

static sp_status wait_for(struct sp_timer *timer, const struct question *question, struct sp_error *error)
{
	struct question *kept;
	sp_status status;

	if (!timer->rt->check)
		return check(timer, error);
	kept = sp_malloc(sizeof *kept);
	if (!kept)
		return sp_error_set(error, SP_NO_MEMORY, "out of memory");
	status = check(timer, error);
	if (status != SP_LATER) {
		sp_free(kept);
		return status;
	}
	*kept = *question;
	list_add(&timer->rt->check->questions, &kept->link);
	return SP_LATER;
}

static void fail(const struct question *question, const char *name, const struct sp_error *error)
{
	question->told(question->user, name, error->code, error);
}

void sp_kernel_ask_health(sp_kernel *kernel, const char *name, sp_health_told told, void *user)
{
	const struct question question = { .told = told, .user = user };
	const struct instance *instance = instance_named(kernel, name);
	struct sp_error error = { 0 };
	struct sp_timer *timer;
	sp_status status;

	if (!instance) {
		sp_error_set(&error, SP_NOT_FOUND, "there is no instance %s; 'signalctl component list' lists them",
			name);
		fail(&question, name, &error);
		return;
	}
	timer = instance->state == INSTANCE_ACTIVE ? timer_of(instance->body) : NULL;
	if (instance->state != INSTANCE_ACTIVE || (timer && !may_be_asked(instance->body))) {
		sp_error_set(&error, SP_UNAVAILABLE, "%s is %s", name,
			instance->held ? "being replaced" : instance_state_word(instance->state));
		fail(&question, name, &error);
		return;
	}
	status = timer ? wait_for(timer, &question, &error) : SP_OK;
	if (status != SP_LATER)
		tell(&question, name, status, error.message);
}
