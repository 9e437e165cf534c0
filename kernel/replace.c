/* replace.c: prepares a replacement, holds and waits, and gives it up when something fails. */
#include "replace.h"

#include <stdio.h>
#include <string.h>

#include "alloc.h"
#include "body.h"
#include "bus.h"
#include "call.h"
#include "exposure.h"
#include "frame.h"
#include "lifecycle.h"
#include "mailbox.h"
#include "plugin.h"
#include "registry.h"
#include "run.h"
#include "sections.h"

static void free_replacement(struct replacement *replacement)
{
	if (!replacement)
		return;
	for (size_t i = 0; i < replacement->made; i++) {
		exposures_destroy(replacement->pairs[i]->exposures);
		offers_destroy(replacement->pairs[i]->offers);
		sp_free(replacement->pairs[i]);
	}
	if (replacement->timer)
		replacement->kernel->ops->timer_destroy(replacement->timer);
	list_remove(&replacement->examine);
	sp_free(replacement->pairs);
	sp_free(replacement);
}

void replacement_let_go(struct instance *instance)
{
	if (!instance->held)
		return;
	instance->held = false;
	if (instance->body)
		runs_resume(instance->body);
	bus_deliver_kept(instance);
	calls_release(instance);
}

void replacement_undo_pair(struct pair *pair)
{
	struct sp_runtime *next = pair->next;

	if (pair->former) {
		pair->former->replacement = NULL;
		mailbox_open(pair->former->mailbox);
	}
	if (next)
		body_leave(next);
	pair->next = NULL;
}

static void fail(struct replacement *replacement, const struct sp_error *error)
{
	struct sp_plugin_handle *old = replacement->old, *new = replacement->new;
	struct sp_kernel *kernel = replacement->kernel;
	struct pair *pair;

	for (size_t i = replacement->count; i-- > 0;)
		replacement_undo_pair(replacement->pairs[i]);
	old->replacement = new->replacement = NULL;
	kernel_log(kernel, old->removed ? SP_INFO : SP_ERROR, old->name, "version %s was not replaced by %s: %s",
		old->version, new->version, error->message);
	replacement_each(pair, replacement)
	{
		replacement_let_go(pair->instance);
		instance_due(pair->instance);
	}
	replacement->done(replacement->user, error->code, error, old);
	free_replacement(replacement);
	plugin_due(new);
	plugin_due(old);
}

/* A replacement that is not prepared lets go of its instances, which may be gone when its task comes. */
static void forget_pairs(struct replacement *replacement)
{
	struct pair *pair;

	replacement_each(pair, replacement) if (pair->former) pair->former->replacement = NULL;
	replacement->count = 0;
}

void replacement_abandon(struct replacement *replacement, const char *why)
{
	struct pair *pair;

	if (replacement->abandoned.code)
		return;
	sp_error_set(&replacement->abandoned, SP_CANCELLED, "%s", why);
	if (!replacement->prepared)
		forget_pairs(replacement);
	replacement_each(pair, replacement) if (pair->former) body_due(pair->former);
}

void replacement_drop(struct replacement *replacement, const char *why)
{
	replacement_abandon(replacement, why);
	fail(replacement, &replacement->abandoned);
}

static sp_status make_next(struct replacement *replacement, struct pair *pair, struct sp_error *error)
{
	const struct need *unmet;

	pair->next = body_create(pair->instance, pair->factory, replacement, error);
	if (!pair->next)
		return error->code;
	if (!pair->instance)
		return SP_CANCELLED;
	unmet = body_unmet(pair->next);
	if (!unmet)
		return SP_OK;
	sp_error_set(error, SP_UNAVAILABLE, "%s: the new version would wait for %s", pair->instance->name,
		unmet->plan->contract);
	body_end(pair->next);
	pair->next = NULL;
	return SP_UNAVAILABLE;
}

/* Fails when it misses something, so that the caller can try again after the others; is called again when it answers
 * SP_LATER. */
static sp_status prepare_pair(struct replacement *replacement, struct pair *pair, struct sp_error *error)
{
	sp_status status = pair->next ? SP_OK : make_next(replacement, pair, error);
	struct sp_error why;

	if (status != SP_OK)
		return status;
	status = body_activate(pair->next, &why);
	if (status >= 0 || !pair->instance)
		return status;
	sp_error_set(error, status, "%s: %s", pair->instance->name, why.message);
	return SP_FAILED;
}

/* In as many rounds as it takes, since one prepared component may need another's services. SP_LATER: some are still
 * being activated. */
static sp_status prepare_bodies(struct replacement *replacement, struct sp_error *error)
{
	sp_status status = SP_OK;
	bool progress = true;
	struct pair *pair;

	while (progress) {
		progress = false;
		status = SP_OK;
		replacement_each(pair, replacement)
		{
			sp_status one = SP_OK;

			if (pair->former && !pair->prepared)
				one = prepare_pair(replacement, pair, error);
			if (!pair->instance) { /* it was removed by a hook that ran */
				replacement_undo_pair(pair);
				continue;
			}
			if (one < 0 && one != SP_UNAVAILABLE)
				return one;
			progress = progress || (one == SP_OK && pair->former && !pair->prepared);
			pair->prepared = one == SP_OK && pair->former;
			status = one == SP_OK || status == SP_LATER ? status : one;
		}
	}
	return status;
}

sp_status replacement_prepare_addresses(struct replacement *replacement, struct sp_error *error)
{
	struct pair *pair;

	replacement_each(pair, replacement)
	{
		if (pair->exposures && pair->offers)
			continue;
		pair->exposures = exposures_create(pair->instance, pair->factory);
		pair->offers = offers_create(pair->instance, pair->factory);
		if (!pair->exposures || !pair->offers)
			return sp_error_set(error, SP_NO_MEMORY, "out of memory");
	}
	return SP_OK;
}

/* Enters the paths of a pair, which are not listed yet, in paths; the first that is there already, or NULL. */
static const char *enter_paths(struct table *paths, const struct pair *pair)
{
	for (size_t i = 0; i < pair->exposures->count; i++) {
		struct exposure *exposure = &pair->exposures->items[i];
		const char *path = exposure->rest_path;

		if (path && table_find(paths, path, strlen(path)))
			return path;
		if (path)
			table_insert(paths, &exposure->by_rest, path);
	}
	return NULL;
}

static sp_status refuse_path(const struct pair *pair, const char *path, struct sp_error *error)
{
	return sp_error_set(error, SP_CONFLICT, "%s: conflict: the path /api/%s belongs to another instance",
		pair->instance->name, path);
}

/* Whether the paths of those who serve are free, and differ from each other. */
static sp_status judge_paths(const struct replacement *replacement, struct sp_error *error)
{
	struct table paths;
	sp_status status = SP_OK;
	const struct pair *pair;

	table_init(&paths);
	replacement_each(pair, replacement)
	{
		const char *taken = NULL;

		if (pair->former && status == SP_OK)
			taken = exposures_conflict(pair->exposures, replacement->old);
		if (pair->former && status == SP_OK && !taken)
			taken = enter_paths(&paths, pair);
		if (taken)
			status = refuse_path(pair, taken, error);
	}
	table_finish(&paths);
	return status;
}

sp_status replacement_judge(const struct replacement *replacement, struct sp_error *error)
{
	const struct factory *other = plugin_conflict(replacement->new, replacement->old);

	if (other)
		return sp_error_set(error, SP_CONFLICT, "conflict: component %s belongs to plugin %s already",
			other->name, other->plugin->name);
	return judge_paths(replacement, error);
}

/* An instance that came up since the replacement began is replaced like those that were active then. */
static void adopt_active(struct replacement *replacement)
{
	struct pair *pair;

	replacement_each(pair, replacement)
	{
		if (pair->former || pair->instance->state != INSTANCE_ACTIVE)
			continue;
		pair->former = pair->instance->body;
		pair->former->replacement = replacement;
	}
}

static bool carries_state(const struct pair *pair)
{
	return pair->former && factory_snapshot(pair->former->factory);
}

static void begin_hold(struct replacement *replacement)
{
	struct sp_kernel *kernel = replacement->kernel;
	bool holding = replacement->holding;
	struct pair *pair;

	replacement_each(pair, replacement) if (carries_state(pair))
	{
		pair->instance->held = true;
		runs_suspend(pair->former);
		replacement->holding = true;
	}
	if (replacement->holding && !holding)
		kernel->ops->timer_start(replacement->timer, nanoseconds_of(kernel->options.hold_ms));
}

/* Whether a worker of a consumer may be using a service of the body. */
static bool serves_workers(const struct sp_runtime *rt)
{
	const struct binding *binding;

	for (size_t i = 0; i < rt->factory->provides.count; i++)
		list_each(binding, &rt->services[i].bindings, link)
			if (binding->table.consumer->jobs)
				return true;
	return false;
}

static bool is_busy(const struct sp_runtime *rt)
{
	return rt->in_flight || rt->leases || serves_workers(rt);
}

static const struct pair *busy_pair(const struct replacement *replacement)
{
	const struct pair *pair;

	replacement_each(pair, replacement) if (carries_state(pair) && is_busy(pair->former)) return pair;
	return NULL;
}

/* What other threads have posted to those that carry state is theirs before it is carried over, and may keep them
 * busy. */
static const struct pair *come_to_rest(const struct replacement *replacement)
{
	const struct pair *busy = busy_pair(replacement), *pair;

	if (busy)
		return busy;
	replacement_each(pair, replacement) if (carries_state(pair)) mailbox_pause(pair->former->mailbox);
	busy = busy_pair(replacement);
	if (!busy)
		return NULL;
	replacement_each(pair, replacement) if (carries_state(pair)) mailbox_open(pair->former->mailbox);
	return busy;
}

/* Prepares what is active and not yet prepared, and holds what carries state. */
static sp_status prepare_all(struct replacement *replacement, struct sp_error *error)
{
	sp_status status;

	adopt_active(replacement);
	status = replacement_prepare_addresses(replacement, error);
	if (status == SP_OK)
		status = replacement_judge(replacement, error);
	if (status == SP_OK)
		status = prepare_bodies(replacement, error);
	if (status == SP_OK)
		begin_hold(replacement);
	return status;
}

static void prepare(struct sp_task *task)
{
	struct replacement *replacement = container_of(task, struct replacement, task);

	replacement->prepared = true;
	replacement_due(replacement);
}

static void finish(struct replacement *replacement)
{
	struct sp_plugin_handle *old = replacement->old, *new = replacement->new;
	struct pair *pair;

	old->replacement = new->replacement = NULL;
	new->kernel->plugin_updates++;
	replacement_each(pair, replacement) replacement_let_go(pair->instance);
	kernel_log(replacement->kernel, SP_INFO, new->name, "version %s replaced %s%s", new->version, old->version,
		new->carried ? ", state carried over" : "");
	replacement->done(replacement->user, SP_OK, NULL, new);
	free_replacement(replacement);
	plugin_due(old);
}

static sp_status tell_busy(const struct replacement *replacement, const struct pair *busy, struct sp_error *error)
{
	const struct sp_runtime *rt = busy->former;

	return sp_error_set(error, SP_TIMEOUT,
		"%s could not come to rest within %lld ms: %u calls and runs and %u leases are in flight%s",
		busy->instance->name, (long long)replacement->kernel->options.hold_ms, rt->in_flight, rt->leases,
		serves_workers(rt) ? ", and workers use its services" : "");
}

void replacement_due(struct replacement *replacement)
{
	struct sp_error error = replacement->abandoned;
	const struct pair *busy = NULL;
	sp_status status = error.code;

	if (!replacement->prepared)
		return;
	if (status == SP_OK)
		status = prepare_all(replacement, &error);
	if (status == SP_OK)
		busy = come_to_rest(replacement);
	if (status == SP_LATER || (busy && !replacement->late))
		return;
	if (busy)
		status = tell_busy(replacement, busy, &error);
	if (status == SP_OK)
		status = replacement_switch(replacement, &error);
	if (status == SP_OK)
		finish(replacement);
	else
		fail(replacement, &error);
}

/* Judged from the top of the loop, where a body that is due is looked at. */
static void hold_expired(void *user)
{
	struct replacement *replacement = user;
	const struct pair *busy = busy_pair(replacement);

	replacement->late = true;
	if (busy)
		body_due(busy->former);
}

sp_status replacement_reconfigure(struct replacement *replacement, const struct instance *instance, const json_t *tree,
	struct section_change **changes)
{
	sp_status status = SP_OK;
	const struct pair *pair;
	char path[128];

	replacement_each(pair, replacement)
	{
		if (pair->instance != instance || !pair->next)
			continue;
		section_path(pair->factory, instance->name, path, sizeof path);
		factory_each(plan, pair->factory->settings, const struct section_plan)
			if (status == SP_OK)
				status = section_change_add(changes, pair->next, plan, json_at_path(tree, path));
	}
	return status;
}

static void make_pairs(struct replacement *replacement)
{
	struct instance *instance;

	list_each(instance, &replacement->kernel->instances, link)
		replacement_add_pair(replacement, instance);
	adopt_active(replacement);
}

struct replacement *replacement_next_due(struct sp_kernel *kernel)
{
	struct replacement *replacement;

	if (list_is_empty(&kernel->replacing_due))
		return NULL;
	replacement = container_of(kernel->replacing_due.next, struct replacement, examine);
	list_remove(&replacement->examine);
	return replacement;
}

static struct replacement *replacement_create(struct sp_plugin_handle *old, struct sp_plugin_handle *new,
	const struct sp_replacement *how)
{
	struct sp_kernel *kernel = old->kernel;
	struct replacement *replacement = sp_calloc(1, sizeof *replacement);
	sp_status status = SP_OK;

	if (!replacement)
		return NULL;
	list_init(&replacement->examine);
	while (status == SP_OK && replacement->made < old->instances)
		status = replacement_make_pair(replacement);
	replacement->kernel = kernel;
	replacement->old = old;
	replacement->new = new;
	replacement->done = how->done;
	replacement->user = how->user;
	replacement->task.run = prepare;
	replacement->timer = kernel->ops->timer_create(kernel->loop, hold_expired, replacement);
	if (replacement->timer && status == SP_OK)
		return replacement;
	free_replacement(replacement);
	return NULL;
}

static sp_status judge_names(const struct replacement *replacement, struct sp_error *error)
{
	const char *old = replacement->old->name, *new = replacement->new->name;

	if (strcmp(old, new) != 0)
		return sp_error_set(error, SP_INVALID, "plugin %s cannot replace plugin %s: the names differ", new,
			old);
	return replacement_judge(replacement, error);
}

sp_status sp_kernel_replace(sp_plugin_handle *old, const struct sp_replacement *how, struct sp_error *error)
{
	struct sp_error local = { 0 };
	struct replacement *replacement;
	struct sp_plugin_handle *new;
	sp_status status;

	if (old->replacement || old->removed)
		return sp_error_set(error, SP_CONFLICT, "plugin %s is being %s", old->name,
			old->removed ? "removed" : "replaced already");
	new = plugin_create(old->kernel, how->descriptor, &how->origin, &local);
	if (!new)
		return sp_error_set(error, local.code, "%s", local.message);
	replacement = replacement_create(old, new, how);
	status = replacement ? judge_names(replacement, &local) : sp_error_set(&local, SP_NO_MEMORY, "out of memory");
	if (status != SP_OK) {
		free_replacement(replacement);
		plugin_destroy(new);
		return sp_error_set(error, status, "%s", local.message);
	}
	list_add(&old->kernel->plugins, &new->link);
	old->replacement = new->replacement = replacement;
	make_pairs(replacement);
	old->kernel->ops->defer(old->kernel->loop, &replacement->task);
	return SP_OK;
}
