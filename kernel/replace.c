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
#include "plugin.h"
#include "registry.h"
#include "sections.h"

static void free_replacement(struct replacement *replacement)
{
	for (size_t i = 0; i < replacement->count; i++) {
		exposures_destroy(replacement->pairs[i].exposures);
		offers_destroy(replacement->pairs[i].offers);
	}
	if (replacement->timer)
		replacement->kernel->ops->timer_destroy(replacement->timer);
	sp_free(replacement);
}

/* Lets calls and events go on to whoever serves the instance now. */
static void let_go(struct instance *instance)
{
	if (!instance->held)
		return;
	instance->held = false;
	bus_deliver_kept(instance);
	calls_release(instance);
}

static void undo_pair(struct pair *pair)
{
	if (pair->former)
		pair->former->replacement = NULL;
	if (pair->next)
		body_end(pair->next);
	pair->next = NULL;
}

static void fail(struct replacement *replacement, const struct sp_error *error)
{
	struct sp_plugin_handle *old = replacement->old, *new = replacement->new;
	struct sp_kernel *kernel = replacement->kernel;

	for (size_t i = replacement->count; i-- > 0;)
		undo_pair(&replacement->pairs[i]);
	old->replacement = new->replacement = NULL;
	kernel_log(kernel, SP_ERROR, old->name, "version %s was not replaced by %s: %s", old->version, new->version,
		error->message);
	for (size_t i = 0; i < replacement->count; i++) {
		let_go(replacement->pairs[i].instance);
		instance_due(replacement->pairs[i].instance);
	}
	replacement->done(replacement->user, error->code, error, old);
	free_replacement(replacement);
	plugin_due(new);
	plugin_due(old);
}

void replacement_abandon(struct replacement *replacement, const char *why)
{
	struct sp_error error = { 0 };

	sp_error_set(&error, SP_CANCELLED, "%s", why);
	if (replacement->prepared)
		fail(replacement, &error);
	else
		replacement->abandoned = error; /* its task is queued, and will see */
}

/* Fails when it misses something, so that the caller can try again after the others. */
static sp_status prepare_pair(struct replacement *replacement, struct pair *pair, struct sp_error *error)
{
	const struct need *unmet;
	sp_status status;

	pair->next = body_create(pair->instance, pair->factory, replacement, error);
	if (!pair->next)
		return error->code;
	unmet = body_unmet(pair->next);
	if (unmet) {
		sp_error_set(error, SP_UNAVAILABLE, "%s: the new version would wait for %s", pair->instance->name,
			unmet->plan->contract);
		body_end(pair->next);
		pair->next = NULL;
		return SP_UNAVAILABLE;
	}
	status = body_activate(pair->next, error);
	return status < 0 ? SP_FAILED : SP_OK;
}

/* In as many rounds as it takes, since one prepared component may need another's services. */
static sp_status prepare_bodies(struct replacement *replacement, struct sp_error *error)
{
	sp_status status = SP_OK;
	bool progress = true;

	while (progress) {
		progress = false;
		status = SP_OK;
		for (size_t i = 0; i < replacement->count; i++) {
			struct pair *pair = &replacement->pairs[i];
			sp_status one = pair->former && !pair->next ? prepare_pair(replacement, pair, error) : SP_OK;

			if (one != SP_OK && one != SP_UNAVAILABLE)
				return one;
			progress = progress || (one == SP_OK && pair->former && !pair->counted);
			pair->counted = pair->counted || one == SP_OK;
			status = one == SP_OK ? status : one;
		}
	}
	return status;
}

static sp_status prepare_addresses(struct replacement *replacement, struct sp_error *error)
{
	for (size_t i = 0; i < replacement->count; i++) {
		struct pair *pair = &replacement->pairs[i];
		const char *taken;

		pair->exposures = exposures_create(pair->instance, pair->factory);
		pair->offers = offers_create(pair->instance, pair->factory);
		if (!pair->exposures || !pair->offers)
			return sp_error_set(error, SP_NO_MEMORY, "out of memory");
		taken = exposures_conflict(pair->exposures, replacement->old);
		if (taken)
			return sp_error_set(error, SP_CONFLICT, "conflict: the path /api/%s belongs to another instance", taken);
	}
	return SP_OK;
}

static bool carries_state(const struct pair *pair)
{
	return pair->former && factory_snapshot(pair->former->factory);
}

static void begin_hold(struct replacement *replacement)
{
	struct sp_kernel *kernel = replacement->kernel;

	for (size_t i = 0; i < replacement->count; i++)
		if (carries_state(&replacement->pairs[i])) {
			replacement->pairs[i].instance->held = true;
			replacement->holding = true;
		}
	if (replacement->holding)
		kernel->ops->timer_start(replacement->timer, kernel->options.hold_ms * 1000000);
}

static const struct pair *busy_pair(const struct replacement *replacement)
{
	for (size_t i = 0; i < replacement->count; i++)
		if (carries_state(&replacement->pairs[i]) && replacement->pairs[i].former->in_flight)
			return &replacement->pairs[i];
	return NULL;
}

static void prepare(struct sp_task *task)
{
	struct replacement *replacement = container_of(task, struct replacement, task);
	struct sp_error error = replacement->abandoned;
	sp_status status = error.code;

	replacement->prepared = true;
	if (status == SP_OK)
		status = prepare_addresses(replacement, &error);
	if (status == SP_OK)
		status = prepare_bodies(replacement, &error);
	if (status != SP_OK) {
		fail(replacement, &error);
		return;
	}
	begin_hold(replacement);
	replacement_due(replacement);
}

static void finish(struct replacement *replacement)
{
	struct sp_plugin_handle *old = replacement->old, *new = replacement->new;

	old->replacement = new->replacement = NULL;
	for (size_t i = 0; i < replacement->count; i++)
		let_go(replacement->pairs[i].instance);
	kernel_log(replacement->kernel, SP_INFO, new->name, "version %s replaced %s%s", new->version, old->version,
		new->carried ? ", state carried over" : "");
	replacement->done(replacement->user, SP_OK, NULL, new);
	free_replacement(replacement);
	plugin_due(old);
}

void replacement_due(struct replacement *replacement)
{
	const struct pair *busy = busy_pair(replacement);
	struct sp_error error = { 0 };

	if (!replacement->prepared)
		return;
	if (busy && !replacement->late)
		return;
	if (busy) {
		sp_error_set(&error, SP_TIMEOUT, "%s could not come to rest within %lld ms: %u calls are in flight",
			busy->instance->name, (long long)replacement->kernel->options.hold_ms, busy->former->in_flight);
		fail(replacement, &error);
		return;
	}
	if (replacement_switch(replacement, &error) == SP_OK)
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

void replacement_reconfigure(struct replacement *replacement, struct instance *instance)
{
	char path[128];

	for (size_t i = 0; i < replacement->count; i++) {
		struct pair *pair = &replacement->pairs[i];

		if (pair->instance != instance || !pair->next)
			continue;
		section_path(pair->factory, instance->name, path, sizeof path);
		factory_each(plan, pair->factory->settings, const struct section_plan)
			if (section_write(pair->next, plan, json_at_path(replacement->kernel->configuration, path)) != SP_OK)
				replacement->late = true;
	}
}

static struct factory *factory_named(const struct sp_plugin_handle *plugin, const char *name)
{
	for (size_t i = 0; i < plugin->factory_count; i++)
		if (strcmp(plugin->factories[i]->name, name) == 0)
			return plugin->factories[i];
	return NULL;
}

static void make_pairs(struct replacement *replacement)
{
	struct instance *instance;

	list_each(instance, &replacement->kernel->instances, link) {
		struct pair *pair = &replacement->pairs[replacement->count];
		struct factory *factory = factory_named(replacement->new, instance->factory->name);

		if (instance->factory->plugin != replacement->old || !factory)
			continue;
		*pair = (struct pair){ .instance = instance, .factory = factory };
		if (instance->state == INSTANCE_ACTIVE) {
			pair->former = instance->body;
			pair->former->replacement = replacement;
		}
		replacement->count++;
	}
}

static struct replacement *replacement_create(
	struct sp_plugin_handle *old, struct sp_plugin_handle *new, const struct sp_replacement *how)
{
	struct sp_kernel *kernel = old->kernel;
	struct replacement *replacement =
		sp_calloc(1, sizeof *replacement + old->instances * sizeof replacement->pairs[0]);

	if (!replacement)
		return NULL;
	replacement->kernel = kernel;
	replacement->old = old;
	replacement->new = new;
	replacement->done = how->done;
	replacement->user = how->user;
	replacement->task.run = prepare;
	replacement->timer = kernel->ops->timer_create(kernel->loop, hold_expired, replacement);
	if (replacement->timer)
		return replacement;
	sp_free(replacement);
	return NULL;
}

static sp_status judge_names(
	const struct sp_plugin_handle *old, const struct sp_plugin_handle *new, struct sp_error *error)
{
	const struct factory *other = plugin_conflict(new, old);

	if (strcmp(old->name, new->name) != 0)
		return sp_error_set(error, SP_INVALID, "plugin %s cannot replace plugin %s: the names differ", new->name,
			old->name);
	if (other)
		return sp_error_set(error, SP_CONFLICT, "conflict: component %s belongs to plugin %s already", other->name,
			other->plugin->name);
	return SP_OK;
}

sp_status sp_kernel_replace(sp_plugin_handle *old, const struct sp_replacement *how, struct sp_error *error)
{
	struct sp_error local = { 0 };
	struct replacement *replacement;
	struct sp_plugin_handle *new;

	if (old->replacement || old->removed)
		return sp_error_set(error, SP_CONFLICT, "plugin %s is being %s", old->name,
			old->removed ? "removed" : "replaced already");
	new = plugin_create(old->kernel, how->descriptor, &how->origin, &local);
	if (!new || judge_names(old, new, &local) != SP_OK) {
		if (new)
			plugin_destroy(new);
		return sp_error_set(error, local.code, "%s", local.message);
	}
	replacement = replacement_create(old, new, how);
	if (!replacement) {
		plugin_destroy(new);
		return sp_error_set(error, SP_NO_MEMORY, "out of memory");
	}
	old->replacement = new->replacement = replacement;
	make_pairs(replacement);
	old->kernel->ops->defer(old->kernel->loop, &replacement->task);
	return SP_OK;
}
