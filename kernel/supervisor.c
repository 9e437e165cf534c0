/* supervisor.c: what becomes of children that fail: restart, with others or alone, now or later, or the supervisor's
 * own failure. */
#include "supervisor.h"

#include <string.h>

#include "again.h"
#include "children.h"
#include "frame.h"
#include "lifecycle.h"

static int64_t now_of(const struct sp_kernel *kernel)
{
	return kernel->ops->now(kernel->loop);
}

/* The row by which a child is supervised; NULL when it is not, or its supervisor is on its way out. */
static const struct sp_supervise *rule_of(const struct child *child)
{
	const struct sp_runtime *holder = child ? child->holder : NULL;

	if (!holder || !holder->instance || holder->instance->body != holder)
		return NULL;
	if (holder->withdrawn || holder->instance->failed || holder->instance->removed)
		return NULL;
	return factory_supervision(holder->factory);
}

/* What it was doing is stopped from the top of the loop. */
static void fail(struct instance *instance, const struct sp_error *error)
{
	instance->error = *error;
	instance->failed = true;
	instance_due(instance);
}

/* Of a body that serves: whether it is a child whose failures count. */
static const struct sp_supervise *counted_by(const struct sp_runtime *rt)
{
	const struct instance *instance = rt->instance;

	if (!instance || instance->body != rt || rt->withdrawn || instance->failed)
		return NULL;
	return rule_of(instance->child);
}

void supervisor_note_failure(struct sp_runtime *rt, const struct sp_error *error)
{
	const struct sp_supervise *rule = counted_by(rt);
	struct sp_error why;
	struct child *child;
	int64_t now;

	if (!rule)
		return;
	child = rt->instance->child;
	now = now_of(rt->kernel);
	if (window_count(&child->failures, now, rule->within_ms) >= (unsigned)rule->max_failures) {
		sp_error_set(&why, error->code, "failed more than %d times within %lld ms, the last time: %s",
			rule->max_failures, (long long)rule->within_ms, error->message);
		fail(rt->instance, &why);
		return;
	}
	window_add(&child->failures, now);
}

void supervisor_note_health(struct sp_runtime *rt, sp_status status, const char *message)
{
	const struct sp_supervise *rule = counted_by(rt);
	struct sp_error why;
	struct child *child;

	if (!rule)
		return;
	child = rt->instance->child;
	child->unhealthy = status < 0 ? child->unhealthy + 1 : 0;
	if (child->unhealthy < (unsigned)rule->unhealthy_after)
		return;
	sp_error_set(&why, status, "its health check failed %u times in a row, the last time: %s", child->unhealthy,
		message);
	fail(rt->instance, &why);
}

/* ---- deciding ---------------------------------------------------------------------------------------------------- */

/* R-SUP-3: the supervisor fails by itself, and whoever supervises it decides in turn. */
static void escalate(const struct child *child, const struct sp_supervise *rule)
{
	struct sp_error why;

	sp_error_set(&why, child->instance->error.code,
		"child %s failed after %d restarts of children within %lld ms: %s", child->instance->name,
		rule->max_restarts, (long long)rule->within_ms, child->instance->error.message);
	fail(child->holder->instance, &why);
}

/* The callback may change the properties, which are a copy. */
static sp_verdict ask(const struct child *child, const struct sp_supervise *rule, json_t *properties)
{
	struct sp_runtime *rt = child->holder;
	struct sp_failure failure = { .struct_size = sizeof failure,
		.child = child->instance->name,
		.error = &child->instance->error,
		.attempt = (int)child->attempt,
		.restarts_in_window = (int)window_count(rt->restarts, now_of(rt->kernel), rule->within_ms),
		.properties = properties };
	struct entry entry;
	sp_verdict verdict;

	entry_enter(&entry, rt);
	verdict = rule->decide(rt->self, &failure);
	entry_leave(&entry);
	return verdict;
}

/* Nothing acts any more: it waits for its time. */
static void come_to_rest(struct child *child)
{
	child->phase = CHILD_RESTS;
	instance_rest(child->instance);
}

static void set_to_restart(struct child *child, int64_t at)
{
	struct sp_kernel *kernel = child->instance->kernel;

	child->holder->restarting += child->phase == CHILD_RUNS;
	child->undecided = false;
	child->restart_at = at;
	child->phase = CHILD_TO_STOP;
	kernel->ops->timer_start(child->timer, at - now_of(kernel));
	if (!child->instance->body)
		come_to_rest(child);
}

/* Whether a sibling takes part in the restart of others: not when it goes, nor when it was given up. */
static bool takes_part(const struct child *sibling)
{
	if (sibling->instance->removed)
		return false;
	return sibling->instance->state != INSTANCE_ERRORED || sibling->undecided;
}

/* R-SUP-3: one_for_one, one_for_all, rest_for_one. */
static void set_all_to_restart(struct child *failed, enum sp_strategy strategy, int64_t at)
{
	bool reached = strategy == SP_ONE_FOR_ALL;
	struct child *sibling;

	list_each(sibling, &failed->holder->children, link) {
		if (sibling == failed) {
			reached = strategy != SP_ONE_FOR_ONE;
			set_to_restart(sibling, at);
		} else if (reached && takes_part(sibling)) {
			set_to_restart(sibling, at);
		}
	}
}

static void restart(struct child *child, const struct sp_supervise *rule)
{
	struct sp_runtime *rt = child->holder;
	struct sp_kernel *kernel = rt->kernel;
	int64_t now = now_of(kernel), delay = supervision_delay(rule, child->attempt, &kernel->random);

	window_add(rt->restarts, now);
	kernel_log(kernel, SP_WARNING, child->instance->name,
		"restarts in %lld ms, attempt %u, restart %u of %d within %lld ms", (long long)(delay / 1000000),
		child->attempt, window_count(rt->restarts, now, rule->within_ms), rule->max_restarts,
		(long long)rule->within_ms);
	set_all_to_restart(child, rule->strategy, now + delay);
	body_due(rt);
}

static void take_properties(struct instance *instance, json_t *properties)
{
	if (json_equal(instance->properties, properties))
		return;
	json_decref(instance->properties);
	instance->properties = json_incref(properties);
}

/* Failures are in a row when the time of the row did not pass since the latest restart. */
static void count_attempt(struct child *child, const struct sp_supervise *rule)
{
	int64_t since = now_of(child->instance->kernel) - child->restart_at;

	if (since >= rule->within_ms * 1000000)
		child->attempt = 0;
	child->attempt++;
}

static void consult(struct child *child, const struct sp_supervise *rule, json_t *properties)
{
	struct instance *instance = child->instance;
	sp_verdict verdict;

	count_attempt(child, rule);
	verdict = ask(child, rule, properties);
	if (instance->removed || !rule_of(child))
		return;
	if (verdict != SP_RESTART) {
		kernel_log(instance->kernel, SP_ERROR, instance->name, "its supervisor %s has given it up",
			child->holder->name);
		return;
	}
	take_properties(instance, properties);
	restart(child, rule);
}

void supervisor_decide(struct child *child)
{
	const struct sp_supervise *rule = rule_of(child);
	struct instance *instance = child->instance;
	json_t *properties;

	child->undecided = false;
	if (!rule || instance->retry)
		return;
	if (window_count(child->holder->restarts, now_of(instance->kernel), rule->within_ms) >=
		(unsigned)rule->max_restarts) {
		escalate(child, rule);
		return;
	}
	properties = instance->properties ? json_deep_copy(instance->properties) : json_object();
	child->undecided = !properties;
	if (properties)
		consult(child, rule, properties);
	else
		kernel_again(instance->kernel);
	json_decref(properties);
}

/* ---- carrying out ------------------------------------------------------------------------------------------------ */

/* Whether one has yet to stop; the latest is told to. */
static bool stop_latest(struct sp_runtime *rt)
{
	for (struct list *at = rt->children.previous; at != &rt->children; at = at->previous) {
		struct child *child = container_of(at, struct child, link);

		if (child->phase != CHILD_TO_STOP && child->phase != CHILD_STOPS)
			continue;
		if (!child->instance->body) {
			come_to_rest(child);
			continue;
		}
		if (child->phase == CHILD_TO_STOP)
			instance_due(child->instance);
		child->phase = CHILD_STOPS;
		return true;
	}
	return false;
}

static void start(struct child *child)
{
	struct sp_kernel *kernel = child->instance->kernel;

	child->phase = CHILD_RUNS;
	child->holder->restarting--;
	child->restarts++;
	child->unhealthy = 0;
	child->failures.count = child->failures.next = 0;
	kernel->ops->timer_stop(child->timer);
	instance_due(child->instance);
}

/* Has been told to start, and what comes of it is not known yet. */
static bool is_starting(const struct child *child)
{
	enum instance_state state = child->instance->state;

	return child->undecided || state == INSTANCE_RESTARTING || state == INSTANCE_ACTIVATING;
}

static void start_due(struct sp_runtime *rt, bool one_by_one)
{
	int64_t now = now_of(rt->kernel);
	struct child *child;

	list_each(child, &rt->children, link) {
		bool waits = child->phase == CHILD_RESTS ? now < child->restart_at : is_starting(child);

		if (child->instance->removed)
			continue;
		if (waits && one_by_one)
			return;
		if (waits || child->phase == CHILD_RUNS)
			continue;
		start(child);
		if (one_by_one)
			return;
	}
}

void supervisor_step(struct sp_runtime *rt)
{
	const struct sp_supervise *rule = factory_supervision(rt->factory);

	if (!rt->restarting || rt->withdrawn || rt->state != BODY_ACTIVE)
		return;
	if (!stop_latest(rt))
		start_due(rt, rule && rule->strategy != SP_ONE_FOR_ONE);
}

void supervisor_hurry(struct child *child)
{
	const struct sp_supervise *rule = rule_of(child);
	int64_t now = now_of(child->instance->kernel);
	struct child *sibling;

	if (!rule)
		return;
	list_each(sibling, &child->holder->children, link)
		if (sibling == child || rule->strategy != SP_ONE_FOR_ONE)
			sibling->restart_at = sibling->restart_at < now ? sibling->restart_at : now;
	body_due(child->holder);
}
