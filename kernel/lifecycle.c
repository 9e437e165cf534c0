/* lifecycle.c: the steps of instances and of bodies that leave, taken one after the other from the top of the loop. */
#include "lifecycle.h"

#include <string.h>

#include "alloc.h"
#include "body.h"
#include "bus.h"
#include "call.h"
#include "children.h"
#include "exposure.h"
#include "frame.h"
#include "health.h"
#include "hook.h"
#include "kernel.h"
#include "mailbox.h"
#include "plugin.h"
#include "registry.h"
#include "replace.h"
#include "run.h"
#include "service_factory.h"
#include "supervisor.h"

void kernel_due(struct sp_kernel *kernel)
{
	if (kernel->settle_queued || kernel->settling)
		return;
	kernel->settle_queued = true;
	kernel->ops->defer(kernel->loop, &kernel->settle);
}

void instance_due(struct instance *instance)
{
	if (!instance)
		return;
	if (list_is_empty(&instance->examine))
		list_add(&instance->kernel->due, &instance->examine);
	kernel_due(instance->kernel);
}

void body_due(struct sp_runtime *rt)
{
	if (list_is_empty(&rt->examine))
		list_add(&rt->kernel->leaving_due, &rt->examine);
	kernel_due(rt->kernel);
}

int64_t nanoseconds_of(int64_t milliseconds)
{
	enum { IN_ONE = 1000000 };
	const int64_t most = INT64_MAX / 4;

	if (milliseconds <= 0)
		return 0;
	return milliseconds > most / IN_ONE ? most : milliseconds * IN_ONE;
}

void kernel_drain_until(struct sp_kernel *kernel, int64_t when)
{
	int64_t now = kernel->ops->now(kernel->loop);

	if (when <= now || (kernel->drain_at && kernel->drain_at <= when))
		return;
	kernel->drain_at = when;
	kernel->ops->timer_start(kernel->drain_timer, when - now);
}

static void wait_for(struct instance *instance, const struct need_plan *plan)
{
	struct contract *contract = contract_of(instance->kernel, plan->contract);

	list_remove(&instance->waiter);
	instance->waiting_for = contract;
	if (contract)
		list_add(&contract->waiters, &instance->waiter);
	instance->kernel->cycles_due = true;
	if (instance->state == INSTANCE_WAITING)
		return;
	instance_set_state(instance, INSTANCE_WAITING);
	kernel_log(instance->kernel, SP_INFO, instance->name, "waits for %s", plan->contract);
}

static void stop_waiting(struct instance *instance)
{
	list_remove(&instance->waiter);
	instance->waiting_for = NULL;
	instance->kernel->cycles_due = true;
}

void instance_rest(struct instance *instance)
{
	stop_waiting(instance);
	instance_set_state(instance, INSTANCE_RESTARTING);
}

/* R-SUP-2: a child's failure is its supervisor's to judge, unless it restarts with others already. */
static void become_errored(struct instance *instance)
{
	instance_set_state(instance, INSTANCE_ERRORED);
	if (!instance->child)
		return;
	instance->child->undecided = instance->child->phase == CHILD_RUNS;
	instance_due(instance);
}

static void activation_failed(struct instance *instance, struct sp_runtime *rt, const struct sp_error *error)
{
	instance->error = *error;
	instance->body = NULL;
	body_drop(rt);
	become_errored(instance);
}

static void serve(struct instance *instance)
{
	struct sp_kernel *kernel = instance->kernel;

	instance->error.code = SP_OK;
	instance->activation = ++kernel->next_activation;
	sp_batch_begin(kernel->graph);
	body_publish(instance->body, NULL);
	exposures_list(instance->exposures);
	instance_set_state(instance, INSTANCE_ACTIVE);
	sp_batch_end(kernel->graph);
	children_due(instance->body);
}

/* R-CM-10: a failing activation leaves no trace. */
static void go_on_activating(struct instance *instance, struct sp_runtime *rt)
{
	struct sp_error error = { 0 };
	sp_status status = body_activate(rt, &error);

	if (status < 0) {
		activation_failed(instance, rt, &error);
		return;
	}
	instance->body = rt;
	if (status == SP_OK)
		serve(instance);
}

static void activate(struct instance *instance)
{
	struct sp_kernel *kernel = instance->kernel;
	const char *taken = exposures_conflict(instance->exposures, NULL);
	struct sp_error error = { 0 };
	struct sp_runtime *rt;

	stop_waiting(instance);
	instance_set_state(instance, INSTANCE_RESOLVED);
	instance_set_state(instance, INSTANCE_ACTIVATING);
	if (taken) {
		sp_error_set(&error, SP_CONFLICT, "conflict: the path /api/%s belongs to %s", taken,
			exposure_find_rest(kernel, taken, strlen(taken))->instance->name);
		activation_failed(instance, NULL, &error);
		list_add(&kernel->path_waiters, &instance->waiter);
		return;
	}
	rt = body_create(instance, instance->factory, NULL, &error);
	if (rt)
		go_on_activating(instance, rt);
	else
		activation_failed(instance, NULL, &error);
}

/* An instance that is known keeps its addresses: calls answer why it does not serve. */
static void consider_activation(struct instance *instance)
{
	struct sp_kernel *kernel = instance->kernel;
	const struct need_plan *missing;

	if (kernel->state == SP_KERNEL_CREATED || kernel->state >= SP_KERNEL_DRAINING)
		return;
	if (instance->child && instance->child->undecided)
		supervisor_decide(instance->child);
	if (instance->state == INSTANCE_ERRORED && !instance->retry)
		return;
	if (!child_may_activate(instance))
		return;
	instance->retry = false;
	if (!exposures_conflict(instance->exposures, NULL))
		exposures_list(instance->exposures);
	missing = instance_missing(instance);
	if (missing)
		wait_for(instance, missing);
	else
		activate(instance);
}

/* Sees its providers' services until it has stopped; nobody new comes in. */
static void begin_stop(struct instance *instance)
{
	struct sp_runtime *rt = instance->body;
	struct sp_kernel *kernel = instance->kernel;

	instance_set_state(instance, INSTANCE_DEACTIVATING);
	rt->leave_by = kernel->ops->now(kernel->loop) + nanoseconds_of(kernel->options.drain_ms);
	sp_batch_begin(kernel->graph);
	services_withdraw(rt);
	sp_batch_end(kernel->graph);
	if (rt->in_flight)
		kernel_drain_until(kernel, rt->leave_by);
	body_due(rt);
}

static bool must_stop(const struct instance *instance)
{
	if (instance->removed || instance->failed || (instance->child && instance->child->phase == CHILD_STOPS))
		return true;
	return instance->body->losing || body_unmet(instance->body) != NULL;
}

/* Whose activate hook has not ended yet. */
static bool is_activating(const struct sp_runtime *rt)
{
	return rt->instance && rt->instance->body == rt && rt->instance->state == INSTANCE_ACTIVATING;
}

/* A sibling may wait for what comes of this one. */
static void siblings_due(const struct instance *instance)
{
	struct sp_runtime *holder = instance->child ? instance->child->holder : NULL;

	if (holder && holder->restarting)
		body_due(holder);
}

/* Its hook has ended, or there is no use in waiting for it. */
static void examine_activation(struct instance *instance)
{
	struct sp_runtime *rt = instance->body;

	siblings_due(instance);
	if (!must_stop(instance) && rt->factory == instance->factory) {
		go_on_activating(instance, rt);
		return;
	}
	instance->body = NULL;
	body_leave(rt);
	instance_set_state(instance, INSTANCE_RESOLVED);
	instance_due(instance);
}

static void examine_instance(struct instance *instance)
{
	siblings_due(instance);
	if (!instance->body) {
		if (!instance->removed) {
			consider_activation(instance);
			return;
		}
		instance->kernel->cycles_due = true;
		plugin_instance_gone(instance);
		return;
	}
	if (is_activating(instance->body))
		body_due(instance->body);
	if (instance->state == INSTANCE_ACTIVE && !instance->body->replacement && must_stop(instance))
		begin_stop(instance);
}

/* Whether only time, or others, keep the body. */
static bool is_held_by_others(const struct sp_runtime *rt)
{
	return rt->bindings > 0 || rt->leases > 0;
}

/* A health check that was given up is not waited for, except by what would take away what it uses. */
static bool is_busy(struct sp_runtime *rt)
{
	struct sp_kernel *kernel = rt->kernel;
	unsigned late = hook_check_is_late(rt) ? 1 : 0;

	if (rt->in_flight <= late)
		return false;
	if (rt->leave_by && kernel->ops->now(kernel->loop) >= rt->leave_by)
		calls_give_up(rt, SP_UNAVAILABLE, "the component was stopped before it answered");
	return rt->in_flight > late;
}

static void end_stop(struct instance *instance)
{
	struct sp_runtime *rt = instance->body;

	instance->body = NULL;
	body_drop(rt);
	if (instance->failed)
		become_errored(instance);
	else
		instance_set_state(instance, INSTANCE_RESOLVED);
	instance->failed = false;
	instance_due(instance);
}

/* A body that serves no more: withdrawn with its instance, or replaced. */
static void examine_body(struct sp_runtime *rt)
{
	struct sp_plugin_handle *plugin = rt->factory->plugin;
	bool busy, held;

	supervisor_step(rt);
	if (rt->replacement) {
		replacement_due(rt->replacement);
		return;
	}
	if (is_activating(rt)) {
		examine_activation(rt->instance);
		return;
	}
	if (!rt->withdrawn && rt->state != BODY_LEAVING)
		return;
	mailbox_deliver(rt->mailbox); /* what was posted before it ends */
	busy = is_busy(rt);
	held = children_leave(rt) || is_held_by_others(rt);
	if (!held)
		body_quiet(rt); /* so that nothing new comes in while calls inside end */
	runs_cancel_ended(rt);
	health_cancel(rt);
	if (held || (busy && !hook_is_late(rt)) || (!hook_check_is_late(rt) && body_deactivate(rt) == SP_LATER)) {
		rt->kernel->lingering += !rt->lingers;
		rt->lingers = true;
		return;
	}
	if (rt->instance && rt->instance->body == rt)
		end_stop(rt->instance);
	else if (!rt->in_flight)
		body_end(rt);
	plugin_due(plugin);
}

static struct instance *next_instance(struct sp_kernel *kernel)
{
	struct instance *instance;

	if (list_is_empty(&kernel->due))
		return NULL;
	instance = container_of(kernel->due.next, struct instance, examine);
	list_remove(&instance->examine);
	return instance;
}

static struct sp_runtime *next_body(struct sp_kernel *kernel)
{
	struct sp_runtime *rt;

	if (list_is_empty(&kernel->leaving_due))
		return NULL;
	rt = container_of(kernel->leaving_due.next, struct sp_runtime, examine);
	list_remove(&rt->examine);
	return rt;
}

/* Bodies go before instances: what leaves makes room for what comes. */
static bool take_step(struct sp_kernel *kernel)
{
	struct sp_runtime *rt;
	struct instance *instance;
	struct replacement *replacement;

	retired_free(kernel);
	if (service_objects_release(kernel, true))
		return true;
	rt = next_body(kernel);
	if (rt) {
		examine_body(rt);
		return true;
	}
	replacement = replacement_next_due(kernel);
	if (replacement) {
		replacement_due(replacement);
		return true;
	}
	instance = next_instance(kernel);
	if (!instance)
		return false;
	examine_instance(instance);
	return true;
}

/* Whether anybody holds the body who is not kept in turn: a child is one who does. */
static bool is_held_from_outside(const struct sp_runtime *rt)
{
	const struct binding *binding;
	const struct child *child;

	list_each(child, &rt->children, link)
		if (!child->instance->body || !child->instance->body->circular)
			return true;

	for (size_t i = 0; i < rt->factory->provides.count; i++)
		list_each(binding, &rt->services[i].bindings, link)
			if (!binding->table.consumer->circular)
				return true;
	return false;
}

/* Of the bodies that are kept by bindings (a lease is one too) and children alone, leaves those marked that keep each
 * other. */
static void mark_circular(struct sp_kernel *kernel)
{
	struct sp_runtime *rt;
	bool changed = true;

	for (rt = body_first(kernel); rt; rt = body_after(rt))
		rt->circular = (rt->withdrawn || rt->state == BODY_LEAVING) && !rt->replacement &&
			(rt->bindings || !list_is_empty(&rt->children)) && !rt->in_flight;
	while (changed) {
		changed = false;
		for (rt = body_first(kernel); rt; rt = body_after(rt))
			if (rt->circular && is_held_from_outside(rt)) {
				rt->circular = false;
				changed = true;
			}
	}
}

static uint64_t activation_of(const struct sp_runtime *rt)
{
	return rt->instance ? rt->instance->activation : 0;
}

/* Bodies that are bound to each other, as when one has changed over to another that depends on it, would wait for each
 * other to end: the latest activated goes first, of those that are not leased. */
static bool break_circle(struct sp_kernel *kernel)
{
	struct sp_runtime *latest = NULL;

	if (!kernel->lingering)
		return false;
	mark_circular(kernel);
	for (struct sp_runtime *rt = body_first(kernel); rt; rt = body_after(rt))
		if (rt->circular && rt->bindings && !rt->leases &&
			(!latest || activation_of(rt) >= activation_of(latest)))
			latest = rt;
	if (!latest)
		return false;
	services_sever(latest);
	body_due(latest);
	return true;
}

/* False: there is more to do, when what was done is told. */
static bool take_steps(struct sp_kernel *kernel)
{
	while (!bus_is_behind(kernel))
		if (!take_step(kernel) && !break_circle(kernel))
			return true;
	return false;
}

static void judge_all(struct sp_kernel *kernel)
{
	if (kernel->cycles_due)
		cycles_find(kernel);
	kernel->cycles_due = false;
	kernel_judge(kernel);
}

void kernel_settle(struct sp_task *task)
{
	struct sp_kernel *kernel = container_of(task, struct sp_kernel, settle);
	bool settled;

	kernel->settle_queued = false;
	kernel->settling = true;
	settled = take_steps(kernel);
	if (settled)
		judge_all(kernel);
	kernel->settling = false;
	if (!settled)
		kernel_due(kernel);
	plugins_tell_gone(kernel);
	kernel_check_stopped(kernel);
}
