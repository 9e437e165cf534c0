/* hook.c: runs the hooks of a body, at once or with a deadline. */
#include "hook.h"

#include <stdatomic.h>

#include "alloc.h"
#include "health.h"
#include "lifecycle.h"

enum { HOOK_MS = 30000 };

static int64_t timeout_of(const struct sp_hook *row)
{
	return row->timeout_ms ? row->timeout_ms : HOOK_MS;
}

static struct hook_run *runner_of(const struct sp_runtime *rt, enum sp_hook_kind kind)
{
	return kind == SP_HOOK_HEALTH ? rt->check : rt->hook;
}

/* An activation that succeeds when it is not wanted any more has still taken what deactivate gives back. */
static void note_success(const struct hook_run *hook, sp_status status)
{
	if (status == SP_OK && hook->row->hook == SP_HOOK_ACTIVATE)
		hook->rt->activated = true;
}

/* Of an active body the check alone is under way. */
static void tell_due(const struct hook_run *hook)
{
	body_due(hook->rt);
	if (hook == hook->rt->check && hook->rt->state == BODY_ACTIVE)
		health_known(hook->rt);
}

static void hook_ended(struct sp_run *run, sp_status status)
{
	struct hook_run *hook = runner_of(run->rt, container_of(run->row, const struct sp_hook, row)->hook);
	bool late = hook->phase == HOOK_EXPIRED;

	run->rt->kernel->ops->timer_stop(hook->timer);
	if (late)
		note_success(hook, status);
	hook->phase = late ? HOOK_IDLE : HOOK_ENDED;
	hook->status = status;
	if (late)
		body_due(run->rt);
	else
		tell_due(hook);
}

static void abandon(struct hook_run *hook)
{
	if (hook && hook->phase == HOOK_ENDED) {
		hook->phase = HOOK_IDLE;
		note_success(hook, hook->status);
	}
	if (!hook || hook->phase != HOOK_UNDER_WAY)
		return;
	hook->phase = HOOK_EXPIRED;
	hook->rt->kernel->ops->timer_stop(hook->timer);
	atomic_store(&hook->run->stale, true);
}

void hook_abandon(struct sp_runtime *rt)
{
	abandon(rt->hook);
	abandon(rt->check);
}

bool hook_cancel_check(struct sp_runtime *rt)
{
	if (!rt->check || rt->check->phase != HOOK_UNDER_WAY)
		return false;
	atomic_store(&rt->check->run->stale, true);
	return true;
}

static void expire(void *user)
{
	struct hook_run *hook = user;

	abandon(hook);
	tell_due(hook);
}

static struct hook_run *runner_create(struct sp_runtime *rt)
{
	struct hook_run *hook = sp_calloc(1, sizeof *hook);

	if (!hook)
		return NULL;
	hook->rt = rt;
	list_init(&hook->questions);
	hook->run = run_create(rt, hook_ended);
	hook->timer = rt->kernel->ops->timer_create(rt->kernel->loop, expire, hook);
	return hook;
}

static void runner_destroy(struct hook_run *hook)
{
	if (!hook)
		return;
	if (hook->timer)
		hook->rt->kernel->ops->timer_destroy(hook->timer);
	sp_free(hook->run);
	sp_free(hook);
}

sp_status hook_create(struct sp_runtime *rt)
{
	factory_each(plan, rt->factory->hooks, const struct hook_plan) {
		struct hook_run **place = plan->row.hook == SP_HOOK_HEALTH ? &rt->check : &rt->hook;

		if (plan->row.later && !*place)
			*place = runner_create(rt);
		if (plan->row.later && (!*place || !(*place)->run || !(*place)->timer))
			return SP_NO_MEMORY;
	}
	return SP_OK;
}

void hook_destroy(struct sp_runtime *rt)
{
	runner_destroy(rt->hook);
	runner_destroy(rt->check);
}

static sp_status run_at_once(struct sp_runtime *rt, const struct sp_hook *row, struct sp_error *error)
{
	struct entry entry;
	sp_status status;

	entry_enter(&entry, rt);
	entry.frame.row = &row->row;
	status = frame_judge(&entry.frame, row->run(rt->self));
	entry_leave(&entry);
	if (status > 0)
		return sp_error_set(error, SP_FAILED, "answered SP_LATER, which it may not");
	if (status < 0)
		sp_error_set(error, status, "%s", entry.error.message);
	return status;
}

static sp_status judge(struct hook_run *hook, sp_status status, struct sp_error *error)
{
	hook->phase = HOOK_IDLE;
	if (status < 0)
		sp_error_set(error, status, "%s", hook->run->error.message);
	return status;
}

static sp_status begin(struct hook_run *hook, const struct sp_hook *row, struct sp_error *error)
{
	sp_status status;

	hook->row = row;
	hook->run->row = &row->row;
	status = run_start(hook->run, row->later);
	if (status != SP_LATER)
		return judge(hook, status, error);
	hook->phase = HOOK_UNDER_WAY;
	hook->rt->kernel->ops->timer_start(hook->timer, timeout_of(row) * 1000000);
	return SP_LATER;
}

static sp_status run(struct sp_runtime *rt, const struct sp_hook *row, struct sp_error *error)
{
	struct hook_run *hook = runner_of(rt, row->hook);

	if (!row->later)
		return run_at_once(rt, row, error);
	if (hook->phase == HOOK_IDLE)
		return begin(hook, row, error);
	if (hook->phase == HOOK_ENDED)
		return judge(hook, hook->status, error);
	if (hook->phase == HOOK_UNDER_WAY)
		return SP_LATER;
	return sp_error_set(error, SP_TIMEOUT, "has not ended within %lld ms", (long long)timeout_of(hook->row));
}

sp_status hook_run(struct sp_runtime *rt, enum sp_hook_kind kind, struct sp_error *error)
{
	const struct sp_hook *row = factory_hook(rt->factory, kind);
	struct sp_error why = { 0 };
	sp_status status = row ? run(rt, row, &why) : SP_OK;

	return status < 0 ? sp_error_set(error, status, "%s: %s", row->row.name, why.message) : status;
}

sp_status hook_check(struct sp_runtime *rt, struct sp_error *error)
{
	const struct sp_hook *row = factory_hook(rt->factory, SP_HOOK_HEALTH);
	struct sp_error why = { 0 };
	sp_status status = run(rt, row, &why);

	if (status < 0)
		sp_error_set(error, status, "%s%s", hook_check_is_late(rt) ? "the health check " : "", why.message);
	return status;
}

static bool is_in_flight(const struct hook_run *hook)
{
	return hook && hook->run && hook->run->in_flight;
}

bool hook_in_flight(const struct sp_runtime *rt)
{
	return is_in_flight(rt->hook) || is_in_flight(rt->check);
}

bool hook_is_late(const struct sp_runtime *rt)
{
	return rt->hook && rt->hook->phase == HOOK_EXPIRED;
}

bool hook_check_is_late(const struct sp_runtime *rt)
{
	return rt->check && rt->check->phase == HOOK_EXPIRED;
}
