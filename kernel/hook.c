/* hook.c: runs the hooks of a body, at once or with a deadline. */
#include "hook.h"

#include <stdatomic.h>

#include "alloc.h"
#include "lifecycle.h"

enum { HOOK_MS = 30000 };

static int64_t timeout_of(const struct sp_hook *row)
{
	return row->timeout_ms ? row->timeout_ms : HOOK_MS;
}

/* An activation that succeeds when it is not wanted any more has still taken what deactivate gives back. */
static void note_success(struct sp_runtime *rt, sp_status status)
{
	if (status == SP_OK && rt->hook->row->hook == SP_HOOK_ACTIVATE)
		rt->activated = true;
}

static void hook_ended(struct sp_run *run, sp_status status)
{
	struct sp_runtime *rt = run->rt;
	struct hook_run *hook = rt->hook;

	rt->kernel->ops->timer_stop(hook->timer);
	if (hook->phase == HOOK_EXPIRED)
		note_success(rt, status);
	hook->phase = hook->phase == HOOK_EXPIRED ? HOOK_IDLE : HOOK_ENDED;
	hook->status = status;
	body_due(rt);
}

void hook_abandon(struct sp_runtime *rt)
{
	if (!rt->hook)
		return;
	if (rt->hook->phase == HOOK_ENDED) {
		rt->hook->phase = HOOK_IDLE;
		note_success(rt, rt->hook->status);
	}
	if (rt->hook->phase != HOOK_UNDER_WAY)
		return;
	rt->hook->phase = HOOK_EXPIRED;
	rt->kernel->ops->timer_stop(rt->hook->timer);
	atomic_store(&rt->hook->run->stale, true);
}

static void expire(void *user)
{
	struct sp_runtime *rt = user;

	hook_abandon(rt);
	body_due(rt);
}

sp_status hook_create(struct sp_runtime *rt)
{
	bool later = false;

	factory_each(plan, rt->factory->hooks, const struct hook_plan)
		later = later || plan->row.later;
	if (!later)
		return SP_OK;
	rt->hook = sp_calloc(1, sizeof *rt->hook);
	if (!rt->hook)
		return SP_NO_MEMORY;
	rt->hook->run = run_create(rt, hook_ended);
	rt->hook->timer = rt->kernel->ops->timer_create(rt->kernel->loop, expire, rt);
	return rt->hook->run && rt->hook->timer ? SP_OK : SP_NO_MEMORY;
}

void hook_destroy(struct sp_runtime *rt)
{
	if (!rt->hook)
		return;
	if (rt->hook->timer)
		rt->kernel->ops->timer_destroy(rt->hook->timer);
	sp_free(rt->hook->run);
	sp_free(rt->hook);
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
		return sp_error_set(error, SP_FAILED, "%s: answered SP_LATER, which it may not", row->row.name);
	if (status < 0)
		sp_error_set(error, status, "%s: %s", row->row.name, entry.error.message);
	return status;
}

static sp_status judge(struct hook_run *hook, sp_status status, struct sp_error *error)
{
	hook->phase = HOOK_IDLE;
	if (status < 0)
		sp_error_set(error, status, "%s: %s", hook->row->row.name, hook->run->error.message);
	return status;
}

static sp_status begin(struct sp_runtime *rt, const struct sp_hook *row, struct sp_error *error)
{
	struct hook_run *hook = rt->hook;
	sp_status status;

	hook->row = row;
	hook->run->row = &row->row;
	status = run_start(hook->run, row->later);
	if (status != SP_LATER)
		return judge(hook, status, error);
	hook->phase = HOOK_UNDER_WAY;
	rt->kernel->ops->timer_start(hook->timer, timeout_of(row) * 1000000);
	return SP_LATER;
}

sp_status hook_run(struct sp_runtime *rt, enum sp_hook_kind kind, struct sp_error *error)
{
	const struct sp_hook *row = factory_hook(rt->factory, kind);
	struct hook_run *hook = rt->hook;

	if (!row)
		return SP_OK;
	if (!row->later)
		return run_at_once(rt, row, error);
	if (hook->phase == HOOK_IDLE)
		return begin(rt, row, error);
	if (hook->phase == HOOK_ENDED)
		return judge(hook, hook->status, error);
	if (hook->phase == HOOK_UNDER_WAY)
		return SP_LATER;
	return sp_error_set(error, SP_TIMEOUT, "%s: has not ended within %lld ms", hook->row->row.name,
		(long long)timeout_of(hook->row));
}

bool hook_in_flight(const struct sp_runtime *rt)
{
	return rt->hook && rt->hook->run && rt->hook->run->in_flight;
}

bool hook_is_late(const struct sp_runtime *rt)
{
	return rt->hook && rt->hook->phase == HOOK_EXPIRED;
}
