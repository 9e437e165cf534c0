/* body_acts.c: computeds, effects, timers, watches and subscriptions of a body. */
#include "body_acts.h"

#include <stdio.h>
#include <string.h>

#include "alloc.h"
#include "body.h"
#include "bus.h"
#include "frame.h"
#include "health.h"
#include "hook.h"
#include "lifecycle.h"
#include "mailbox.h"
#include "registry.h"
#include "run.h"

/* Text that a computed answers must live until the engine has copied it, so it goes to whoever asked. */
static struct arena *arena_for_computed(struct sp_kernel *kernel)
{
	if (kernel->frame)
		return kernel->frame->arena;
	arena_finish(&kernel->scratch);
	return &kernel->scratch;
}

static sp_status run_computed(void *user, void *ret_value, struct sp_error *error)
{
	struct slot_context *context = user;
	struct sp_kernel *kernel = context->rt->kernel;
	struct sp_error words; /* sp_fail fails the run by itself, and those of a service that is asked are its own */
	struct frame frame = { .up = kernel->frame,
		.rt = context->rt,
		.arena = arena_for_computed(kernel),
		.error = &words,
		.computed = true };

	kernel->frame = &frame;
	context->computed->row.run(context->rt->self, ret_value);
	kernel->frame = frame.up;
	return frame.arena->failed ? sp_error_set(error, SP_NO_MEMORY, "out of memory") : SP_OK;
}

/* A body that was replaced does not count any more. */
void acts_note_health(struct sp_runtime *rt, bool *ailing, sp_status status, const char *message)
{
	bool was_well = rt->ailments == 0;

	if (!rt->instance || rt->instance->failed || (status < 0) == *ailing)
		return;
	*ailing = status < 0;
	rt->ailments = *ailing ? rt->ailments + 1 : rt->ailments - 1;
	if (*ailing)
		sp_error_set(&rt->instance->error, status, "%s", message);
	if (was_well == (rt->ailments == 0))
		return;
	rt->kernel->unhealthy = was_well ? rt->kernel->unhealthy + 1 : rt->kernel->unhealthy - 1;
	if (!was_well)
		rt->instance->error.code = SP_OK;
	instance_tell_health(rt->instance, !was_well);
	kernel_due(rt->kernel); /* where the kernel's state is judged */
}

static sp_status run_effect(void *user, struct sp_error *error)
{
	struct slot_context *context = user;
	struct entry entry;
	sp_status status;

	if (context->run)
		return run_effect_later(context, error);
	entry_enter(&entry, context->rt);
	entry.frame.effect = true;
	status = frame_judge(&entry.frame, context->effect->row.run(context->rt->self, NULL));
	entry_leave(&entry);
	acts_note_health(context->rt, &context->ailing, status, entry.error.message);
	if (status >= 0)
		return SP_OK;
	*error = entry.error;
	return status;
}

void acts_note_failure(struct sp_runtime *rt, const sp_node *effect, const struct sp_error *error)
{
	for (size_t i = 0; i < rt->factory->effects.count; i++)
		if (rt->effects[i].node == effect)
			acts_note_health(rt, &rt->effects[i].ailing, error->code, error->message);
}

/* Nobody else runs an effect that failed before it knew all that it depends on: it is stale still. */
static void run_again(sp_node *effect)
{
	struct sp_node_info info = { .struct_size = sizeof info };

	if (!effect)
		return;
	sp_node_inspect(effect, &info);
	if (info.failed && info.stale && !info.asleep)
		sp_effect_wake(effect);
}

void acts_again(struct sp_runtime *rt)
{
	run_again(rt->property_watch);
	for (size_t i = 0; i < rt->factory->effects.count; i++) {
		struct slot_context *context = &rt->effects[i];

		if (context->paused && context->node)
			sp_effect_wake(context->node);
		else
			run_again(context->node);
		context->paused = false;
	}
}

/* A changed property ranks and filters anew (R-CM-6). */
static sp_status follow_properties(void *user, struct sp_error *error)
{
	struct sp_runtime *rt = user;
	json_t *before = json_incref(rt->properties);
	sp_status status = body_take_properties(rt);
	bool changed = !json_equal(before, rt->properties);

	json_decref(before);
	for (size_t i = 0; changed && i < rt->factory->provides.count; i++)
		contract_changed(rt->services[i].contract, true);
	return status == SP_OK ? SP_OK : sp_error_set(error, status, "out of memory");
}

static sp_status create_computeds(struct sp_runtime *rt)
{
	const struct computed_plan *plans = rt->factory->computeds.items;
	size_t count = rt->factory->computeds.count;

	rt->computeds = sp_calloc(count ? count : 1, sizeof *rt->computeds);
	for (size_t i = 0; rt->computeds && i < count; i++) {
		struct slot_context *context = &rt->computeds[i];

		context->rt = rt;
		context->computed = &plans[i];
		context->node = sp_computed_create(rt->kernel->graph, plans[i].type, run_computed, context);
		if (!context->node || sp_node_describe(context->node, plans[i].row.row.name, rt) != SP_OK)
			return SP_NO_MEMORY;
		*(sp_node **)(void *)((char *)rt->self + plans[i].row.row.member) = context->node;
	}
	return rt->computeds ? SP_OK : SP_NO_MEMORY;
}

static sp_status create_effects(struct sp_runtime *rt)
{
	const struct effect_plan *plans = rt->factory->effects.items;
	size_t count = rt->factory->effects.count;

	if (rt->factory->properties.count + rt->factory->property_cells.count) {
		rt->property_watch = sp_effect_create(rt->kernel->graph, follow_properties, rt, SP_EFFECT_ASLEEP);
		if (!rt->property_watch || sp_node_describe(rt->property_watch, "properties", rt) != SP_OK)
			return SP_NO_MEMORY;
	}
	rt->effects = sp_calloc(count ? count : 1, sizeof *rt->effects);
	for (size_t i = 0; rt->effects && i < count; i++) {
		struct slot_context *context = &rt->effects[i];

		context->rt = rt;
		context->effect = &plans[i];
		if (plans[i].row.asynchronous && run_effect_create(context) != SP_OK)
			return SP_NO_MEMORY;
		context->node = sp_effect_create(rt->kernel->graph, run_effect, context, SP_EFFECT_ASLEEP);
		if (!context->node || sp_node_describe(context->node, plans[i].row.row.name, rt) != SP_OK)
			return SP_NO_MEMORY;
	}
	return rt->effects ? SP_OK : SP_NO_MEMORY;
}

void acts_start_again(struct sp_timer *timer)
{
	const struct sp_runtime *rt = timer->rt;

	if (timer->row->every_ms > 0 && (rt->state == BODY_ACTIVE || rt->in_flight)) /* calls inside may wait for it */
		timer->rt->kernel->ops->timer_start(timer->timer, nanoseconds_of(timer->row->every_ms));
}

static void run_timer(struct sp_timer *timer)
{
	struct sp_runtime *rt = timer->rt;
	struct entry entry;
	sp_status status;

	entry_enter(&entry, rt);
	entry.frame.row = &timer->row->row;
	status = frame_judge(&entry.frame, timer->row->run(rt->self));
	entry_leave(&entry);
	if (status < 0)
		kernel_log(rt->kernel, SP_ERROR, rt->name, "timer %s failed: %s", timer->row->row.name,
			entry.error.message);
	acts_start_again(timer);
}

static void fire_timer(void *user)
{
	struct sp_timer *timer = user;
	struct sp_runtime *rt = timer->rt;

	timer->woken = rt->state == BODY_PREPARED && !hook_in_flight(rt); /* R-PL-10: it sleeps until the switch */
	if (timer->woken)
		return;
	if (timer->row->hook == SP_HOOK_HEALTH)
		health_interval(timer);
	else
		run_timer(timer);
}

static sp_status create_timer(struct sp_runtime *rt, const struct sp_hook *row)
{
	struct sp_timer *timer = &rt->timers[rt->timer_count];

	*timer = (struct sp_timer){ .rt = rt, .row = row };
	timer->timer = rt->kernel->ops->timer_create(rt->kernel->loop, fire_timer, timer);
	if (!timer->timer)
		return SP_NO_MEMORY;
	rt->timer_count++;
	if (row->row.kind == SP_ROW_TIMER)
		*(struct sp_timer **)(void *)((char *)rt->self + row->row.member) = timer;
	return SP_OK;
}

static sp_status create_timers(struct sp_runtime *rt)
{
	const struct sp_hook *health = factory_hook(rt->factory, SP_HOOK_HEALTH);
	sp_status status = SP_OK;

	rt->timers = sp_calloc(rt->factory->timers.count + 1, sizeof *rt->timers);
	if (!rt->timers)
		return SP_NO_MEMORY;
	factory_each(plan, rt->factory->timers, const struct hook_plan)
		if (status == SP_OK)
			status = create_timer(rt, &plan->row);
	if (status == SP_OK && health)
		status = create_timer(rt, health);
	return status;
}

static void watch_ready(void *user, int fd, unsigned events)
{
	struct sp_watch *watch = user;
	struct entry entry;
	sp_status status;

	watch->woken = watch->rt->state == BODY_PREPARED && !hook_in_flight(watch->rt);
	if (watch->woken) {
		watch->rt->kernel->ops->watch_stop(watch->watch);
		return;
	}
	entry_enter(&entry, watch->rt);
	entry.frame.row = &watch->row->row;
	status = frame_judge(&entry.frame, watch->row->run(watch->rt->self, fd, events));
	entry_leave(&entry);
	if (status < 0)
		kernel_log(watch->rt->kernel, SP_ERROR, watch->rt->name, "watch %s failed: %s", watch->row->row.name,
			entry.error.message);
}

static sp_status create_watches(struct sp_runtime *rt)
{
	const struct watch_plan *plans = rt->factory->watches.items;
	size_t count = rt->factory->watches.count;

	rt->watches = sp_calloc(count ? count : 1, sizeof *rt->watches);
	for (size_t i = 0; rt->watches && i < count; i++) {
		struct sp_watch *watch = &rt->watches[i];

		*watch = (struct sp_watch){ .rt = rt, .row = &plans[i].row };
		watch->watch = rt->kernel->ops->watch_create(rt->kernel->loop, watch_ready, watch);
		if (!watch->watch)
			return SP_NO_MEMORY;
		*(struct sp_watch **)(void *)((char *)rt->self + plans[i].row.row.member) = watch;
	}
	return rt->watches ? SP_OK : SP_NO_MEMORY;
}

static sp_status create_subscriptions(struct sp_runtime *rt)
{
	const struct subscribe_plan *plans = rt->factory->subscribes.items;
	size_t count = rt->factory->subscribes.count;

	rt->subscriptions = sp_calloc(count ? count : 1, sizeof(struct sp_subscription *));
	for (size_t i = 0; rt->subscriptions && i < count; i++) {
		rt->subscriptions[i] = subscription_create(rt, &plans[i].row);
		if (!rt->subscriptions[i])
			return SP_NO_MEMORY;
	}
	return rt->subscriptions ? SP_OK : SP_NO_MEMORY;
}

/* Slots that a worker may read are marked: only those pay for a lock. */
static void share_slots(struct sp_runtime *rt)
{
	for (size_t i = 0; i < rt->cell_count; i++)
		sp_node_share(rt->cells[i]);
	for (size_t i = 0; i < rt->factory->needs.count; i++)
		sp_node_share(rt->needs[i].node);
	for (size_t i = 0; i < rt->factory->computeds.count; i++)
		sp_node_share(rt->computeds[i].node);
}

sp_status acts_create(struct sp_runtime *rt)
{
	static sp_status (*const steps[])(struct sp_runtime *) = { create_computeds, create_effects, create_timers,
		create_watches, create_subscriptions };
	sp_status status = SP_OK;

	for (size_t i = 0; status == SP_OK && i < sizeof steps / sizeof steps[0]; i++)
		status = steps[i](rt);
	if (status == SP_OK && rt->factory->blocking)
		share_slots(rt);
	return status;
}

/* R-PL-10: a replacement keeps its place in the order of subscriptions. */
static struct sp_subscription *former_subscription(const struct sp_runtime *former, const char *name)
{
	for (size_t i = 0; former && i < former->factory->subscribes.count; i++)
		if (strcmp(former->subscriptions[i]->row->row.name, name) == 0 &&
			!list_is_empty(&former->subscriptions[i]->link))
			return former->subscriptions[i];
	return NULL;
}

static void begin_subscription(struct sp_subscription *subscription, const struct sp_runtime *former)
{
	struct sp_subscription *before = former_subscription(former, subscription->row->row.name);

	if (before)
		bus_subscribe_instead(subscription, before);
	else
		bus_subscribe(subscription);
}

/* What came while the body was prepared comes now. */
static void wake_acts(struct sp_runtime *rt)
{
	const struct sp_loop_ops *ops = rt->kernel->ops;

	for (size_t i = 0; i < rt->timer_count; i++) {
		acts_start_again(&rt->timers[i]);
		if (rt->timers[i].woken)
			ops->timer_start(rt->timers[i].timer, 0);
	}
	for (size_t i = 0; i < rt->factory->watches.count; i++)
		if (rt->watches[i].woken)
			ops->watch_start(rt->watches[i].watch, rt->watches[i].fd, rt->watches[i].events);
}

void acts_begin(struct sp_runtime *rt, struct sp_runtime *former)
{
	for (size_t i = 0; i < rt->factory->subscribes.count; i++)
		begin_subscription(rt->subscriptions[i], former);
	wake_acts(rt);
	mailbox_open(rt->mailbox);
	if (rt->property_watch)
		sp_effect_wake(rt->property_watch);
	for (size_t i = 0; i < rt->factory->effects.count; i++)
		sp_effect_wake(rt->effects[i].node);
}

void acts_end(struct sp_runtime *rt)
{
	for (size_t i = 0; rt->effects && i < rt->factory->effects.count; i++)
		run_effect_end(&rt->effects[i]);
	sp_node_dispose(rt->property_watch);
	rt->property_watch = NULL;
	for (size_t i = 0; rt->subscriptions && i < rt->factory->subscribes.count; i++)
		if (rt->subscriptions[i])
			list_remove(&rt->subscriptions[i]->link);
	if (rt->in_flight)
		return; /* calls inside may still wait for a timer or a descriptor */
	for (size_t i = 0; i < rt->timer_count; i++)
		rt->kernel->ops->timer_stop(rt->timers[i].timer);
	for (size_t i = 0; rt->watches && i < rt->factory->watches.count; i++)
		if (rt->watches[i].watch)
			rt->kernel->ops->watch_stop(rt->watches[i].watch);
}

void acts_destroy(struct sp_runtime *rt)
{
	for (size_t i = 0; i < rt->timer_count; i++)
		rt->kernel->ops->timer_destroy(rt->timers[i].timer);
	for (size_t i = 0; rt->watches && i < rt->factory->watches.count; i++)
		if (rt->watches[i].watch)
			rt->kernel->ops->watch_destroy(rt->watches[i].watch);
	for (size_t i = 0; rt->subscriptions && i < rt->factory->subscribes.count; i++)
		sp_free(rt->subscriptions[i]);
	for (size_t i = 0; rt->computeds && i < rt->factory->computeds.count; i++)
		sp_node_dispose(rt->computeds[i].node);
	for (size_t i = 0; rt->effects && i < rt->factory->effects.count; i++)
		sp_free(rt->effects[i].run);
	sp_free(rt->timers);
	sp_free(rt->watches);
	sp_free(rt->subscriptions);
	sp_free(rt->computeds);
	sp_free(rt->effects);
}

sp_status sp_timer_start(sp_timer *timer, int64_t milliseconds)
{
	if (timer->rt->state == BODY_LEAVING && !timer->rt->in_flight)
		return SP_GONE;
	timer->woken = false;
	timer->rt->kernel->ops->timer_start(timer->timer, nanoseconds_of(milliseconds));
	return SP_OK;
}

void sp_timer_stop(sp_timer *timer)
{
	timer->woken = false;
	timer->rt->kernel->ops->timer_stop(timer->timer);
}

sp_status sp_watch_start(sp_watch *watch, int fd, unsigned events)
{
	watch->fd = fd;
	watch->events = events;
	watch->woken = false;
	return watch->rt->kernel->ops->watch_start(watch->watch, fd, events);
}

void sp_watch_stop(sp_watch *watch)
{
	watch->woken = false;
	watch->rt->kernel->ops->watch_stop(watch->watch);
}
