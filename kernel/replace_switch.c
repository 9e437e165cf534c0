/*
 * replace_switch.c: the switch itself. First what may fail, and can be undone: state is carried over, the places of new
 * components are made, every view that will change is planned. Then one batch that allocates nothing.
 */
#include <string.h>

#include "alloc.h"
#include "body.h"
#include "body_acts.h"
#include "call_run.h"
#include "children.h"
#include "exposure.h"
#include "frame.h"
#include "instances.h"
#include "lifecycle.h"
#include "mailbox.h"
#include "plugin.h"
#include "registry.h"
#include "replace.h"

static sp_status take_snapshot(struct sp_runtime *rt, const struct state_plan *plan, json_t **ret_json,
	struct sp_error *error)
{
	struct entry entry;
	void *state;
	sp_status status;

	entry_enter(&entry, rt);
	state = arena_allocate(&entry.arena, plan->row.record->size);
	status = state ? plan->row.snapshot(rt->self, state) : SP_NO_MEMORY;
	status = frame_judge(&entry.frame, status);
	if (status >= 0 && !(*ret_json = sp_record_json_new(plan->row.record, state)))
		status = sp_error_set(&entry.error, SP_FAILED,
			"the state holds text that is not UTF-8, or memory ran out");
	if (state)
		call_release_out(plan->row.record, state);
	entry_leave(&entry);
	if (status < 0)
		return sp_error_set(error, SP_FAILED, "%s: snapshot failed: %s", rt->name, entry.error.message);
	return SP_OK;
}

static sp_status run_restore(struct sp_runtime *rt, const struct state_plan *plan, const json_t *json,
	struct sp_error *error)
{
	struct entry entry;
	struct sp_fill how = { arena_allocate_for, &entry.arena, NULL };
	void *state;
	sp_status status;

	entry_enter(&entry, rt);
	entry.frame.row = &plan->row.row;
	state = arena_allocate(&entry.arena, plan->row.record->size);
	status = state ? sp_record_plan_fill(plan->plan, json, &how, state) : SP_NO_MEMORY;
	if (status == SP_OK)
		status = plan->row.restore(rt->self, state);
	status = frame_judge(&entry.frame, status);
	entry_leave(&entry);
	if (status < 0)
		return sp_error_set(error, SP_FAILED, "%s: restore of state version %u failed: %s", rt->name,
			plan->row.version, entry.error.message);
	return SP_OK;
}

static sp_status carry_state(struct pair *pair, struct sp_error *error)
{
	const struct state_plan *from = factory_snapshot(pair->former->factory);
	const struct state_plan *to = factory_restore(pair->factory, from->row.version);
	json_t *json = NULL;
	sp_status status;

	if (!to)
		return sp_error_set(error, SP_FAILED, "%s: the new version cannot restore state version %u",
			pair->instance->name, from->row.version);
	status = take_snapshot(pair->former, from, &json, error);
	if (status == SP_OK && pair->next)
		status = run_restore(pair->next, to, json, error);
	json_decref(json);
	return status;
}

static const struct factory *former_factory(const struct sp_plugin_handle *old, const char *component)
{
	for (size_t i = 0; i < old->factory_count; i++)
		if (strcmp(old->factories[i]->name, component) == 0)
			return old->factories[i];
	return NULL;
}

/* A restored property counts before anybody is bound to it. */
static sp_status carry_all(struct replacement *replacement, struct sp_error *error)
{
	sp_status status = SP_OK;
	struct pair *pair;

	replacement_each(pair, replacement)
	{
		if (status != SP_OK || !pair->former || !factory_snapshot(pair->former->factory))
			continue;
		status = carry_state(pair, error);
		if (status == SP_OK && pair->next && body_take_properties(pair->next) != SP_OK)
			status = sp_error_set(error, SP_NO_MEMORY, "out of memory");
		replacement->new->carried = true;
	}
	return status;
}

static void drop_new_instances(struct replacement *replacement)
{
	struct instance *instance;

	list_each(instance, &replacement->kernel->instances, link)
		if (instance->factory->plugin == replacement->new)
			instance_destroy(instance);
}

/* Of components that the old version did not have, or had no default instance of. */
static sp_status make_new_instances(struct replacement *replacement, struct sp_error *error)
{
	struct sp_plugin_handle *new = replacement->new;
	sp_status status = SP_OK;

	for (size_t i = 0; status == SP_OK && i < new->factory_count; i++) {
		const struct factory *former = former_factory(replacement->old, new->factories[i]->name);

		if (!former)
			status = instances_make_wanted(new->factories[i], error);
		else if (former->on_demand)
			status = instance_make_default(new->factories[i], error);
	}
	return status;
}

static void set_published(struct sp_runtime *rt, bool published, enum body_state state)
{
	rt->state = state;
	for (size_t i = 0; i < rt->factory->provides.count; i++)
		rt->services[i].published = published;
}

/* Which of the two the registry counts as serving. */
static void choose(struct replacement *replacement, bool next)
{
	struct pair *pair;

	replacement_each(pair, replacement)
	{
		if (!pair->former)
			continue;
		set_published(pair->former, !next, next ? BODY_LEAVING : BODY_ACTIVE);
		set_published(pair->next, next, next ? BODY_ACTIVE : BODY_PREPARED);
	}
}

typedef sp_status (*need_act)(struct need *need, struct sp_error *error);

/* Runs act on the needs of whoever is, or may be, bound to the services of a body. */
static sp_status act_on_consumers(struct sp_runtime *provider, need_act act, struct sp_error *error)
{
	sp_status status = SP_OK;
	struct need *need;

	for (size_t i = 0; i < provider->factory->provides.count; i++)
		list_each(need, &provider->services[i].contract->needs, link)
			if (need->rt->state != BODY_LEAVING && act(need, error) != SP_OK)
				status = SP_FAILED;
	return status;
}

/* Runs act on every need that the switch may change: those of the new bodies, and those for a contract of either
 * version. */
static sp_status act_on_needs(struct replacement *replacement, need_act act, struct sp_error *error)
{
	sp_status status = SP_OK;
	const struct pair *pair;

	replacement_each(pair, replacement)
	{
		struct sp_runtime *former = pair->former, *next = pair->next;

		if (!former)
			continue;
		for (size_t own = 0; own < next->factory->needs.count; own++)
			status = act(&next->needs[own], error) == SP_OK ? status : SP_FAILED;
		if (act_on_consumers(former, act, error) != SP_OK || act_on_consumers(next, act, error) != SP_OK)
			status = SP_FAILED;
	}
	return status;
}

static sp_status plan_need(struct need *need, struct sp_error *error)
{
	struct sp_error refusal = { 0 };
	sp_status status = need_plan_view(need, true, &refusal);

	if (status == SP_NO_MEMORY)
		return sp_error_set(error, status, "out of memory");
	return status == SP_OK ? SP_OK : sp_error_set(error, status, "%s: %s", need->rt->name, refusal.message);
}

static sp_status show_need(struct need *need, struct sp_error *error)
{
	(void)error;
	need_carry_out(need);
	return SP_OK;
}

static sp_status forget_need(struct need *need, struct sp_error *error)
{
	(void)error;
	need_forget(need);
	return SP_OK;
}

static sp_status plan_views(struct replacement *replacement, struct sp_error *error)
{
	choose(replacement, true);
	if (act_on_needs(replacement, plan_need, error) == SP_OK)
		return SP_OK;
	act_on_needs(replacement, forget_need, NULL);
	choose(replacement, false);
	return error->code;
}

/* Whatever the old version had and the new one lacks goes, as if its plugin had been removed. */
static void remove_orphans(struct replacement *replacement)
{
	struct instance *instance;

	list_each(instance, &replacement->kernel->instances, link) {
		if (instance->factory->plugin == replacement->old)
			instance_remove(instance);
		if (instance->factory->plugin == replacement->new)
			instance_due(instance);
	}
}

static void swap_names(struct pair *pair)
{
	struct instance *instance = pair->instance;
	struct exposures *exposures = instance->exposures;
	struct offers *offers = instance->offers;

	exposures_unlist(exposures);
	instance->exposures = pair->exposures;
	instance->offers = pair->offers;
	offers_list(instance->offers);
	pair->exposures = exposures; /* freed with the replacement */
	pair->offers = offers;
	instance->factory->plugin->instances--;
	instance->factory = pair->factory;
	instance->factory->plugin->instances++;
	list_remove(&instance->sibling);
	list_add(&instance->factory->instances, &instance->sibling);
}

/* When the addresses of all that the old version had are free. */
static void show_addresses(const struct pair *pair)
{
	struct exposures *exposures = pair->instance->exposures;

	if (pair->former || !exposures_conflict(exposures, NULL))
		exposures_list(exposures);
}

static void swap_bodies(struct pair *pair)
{
	struct sp_kernel *kernel = pair->instance->kernel;
	struct sp_runtime *former = pair->former;

	pair->instance->body = pair->next;
	pair->instance->error.code = SP_OK;
	pair->instance->failed = false;
	pair->next->replacement = NULL;
	children_pass(former, pair->next);
	acts_begin(pair->next, former);
	mailbox_close(former->mailbox);
	former->replacement = NULL;
	former->instance = NULL;
	if (former->ailments > 0) {
		kernel->unhealthy--;
		instance_tell_health(pair->instance, true);
	}
	former->ailments = 0;
	former->leave_by = kernel->ops->now(kernel->loop) + nanoseconds_of(kernel->options.drain_ms);
	body_quiet(former);
	body_due(former);
	if (former->in_flight)
		kernel_drain_until(kernel, former->leave_by);
}

static void commit(struct replacement *replacement)
{
	struct pair *pair;

	plugin_unpublish(replacement->old);
	plugin_publish(replacement->new);
	replacement->kernel->cycles_due = true; /* other contracts may be offered now */
	replacement_each(pair, replacement) swap_names(pair);
	remove_orphans(replacement);
	replacement_each(pair, replacement) show_addresses(pair);
	act_on_needs(replacement, show_need, NULL);
	replacement_each(pair, replacement)
	{
		if (!pair->former) {
			pair->instance->retry = true;
			continue;
		}
		for (size_t s = 0; s < pair->factory->provides.count; s++)
			contract_changed(pair->next->services[s].contract, false);
		swap_bodies(pair);
	}
}

/* In one batch, so that no effect runs between the snapshot and the switch. */
sp_status replacement_switch(struct replacement *replacement, struct sp_error *error)
{
	struct sp_graph *graph = replacement->kernel->graph;
	sp_status status;

	sp_batch_begin(graph);
	status = carry_all(replacement, error);
	if (status == SP_OK) /* of those that hooks have spawned meanwhile */
		status = replacement_prepare_addresses(replacement, error);
	if (status == SP_OK)
		status = replacement_judge(replacement, error);
	if (status == SP_OK)
		status = make_new_instances(replacement, error);
	if (status == SP_OK)
		status = plan_views(replacement, error);
	if (status == SP_OK)
		commit(replacement);
	else
		drop_new_instances(replacement);
	sp_batch_end(graph);
	return status;
}
