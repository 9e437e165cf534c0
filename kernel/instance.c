/* instance.c: an instance's name, address and state; what it has to do with others is in lifecycle.c. */
#include <stdio.h>
#include <string.h>

#include "alloc.h"
#include "bus.h"
#include "call.h"
#include "children.h"
#include "exposure.h"
#include "frame.h"
#include "lifecycle.h"
#include "properties.h"
#include "registry.h"
#include "replace.h"

static const char *const state_words[] = { "discovered", "resolved", "activating", "active", "errored", "waiting",
	"deactivating", "stopped", "restarting" };

const char *instance_state_word(enum instance_state state)
{
	return state_words[state];
}

static const char *reason_of(const struct instance *instance)
{
	const struct need_plan *missing;

	if (instance->state == INSTANCE_ERRORED || (instance->state == INSTANCE_RESTARTING && instance->error.code))
		return instance->error.message;
	missing = instance->state == INSTANCE_WAITING ? instance_missing(instance) : NULL;
	return missing ? missing->contract : "";
}

void instance_set_state(struct instance *instance, enum instance_state state)
{
	struct sp_kernel *kernel = instance->kernel;
	enum instance_state former = instance->state;
	json_t *data;

	if (state == former)
		return;
	kernel->instances_in[former]--;
	kernel->instances_in[state]++;
	kernel->errored += (state == INSTANCE_ERRORED);
	kernel->errored -= (former == INSTANCE_ERRORED);
	kernel->restarting += (state == INSTANCE_RESTARTING);
	kernel->restarting -= (former == INSTANCE_RESTARTING);
	kernel->waiting += (state == INSTANCE_WAITING);
	kernel->waiting -= (former == INSTANCE_WAITING);
	instance->state = state;
	instance->since = kernel->ops->now(kernel->loop);
	if (state == INSTANCE_ERRORED)
		kernel_log(kernel, SP_ERROR, instance->name, "%s", instance->error.message);
	data = json_pack("{s:s, s:s, s:s, s:s}", "instance", instance->name, "from", state_words[former], "to",
		state_words[state], "reason", reason_of(instance));
	bus_tell(kernel, "component.state", data);
}

struct instance *instance_named(const struct sp_kernel *kernel, const char *name)
{
	struct table_link *link = table_find(&kernel->instances_by_name, name, strlen(name));

	return link ? container_of(link, struct instance, by_name) : NULL;
}

static void init(struct instance *instance, struct factory *factory, const struct instance_options *options)
{
	instance->kernel = factory->plugin->kernel;
	instance->factory = factory;
	instance->origin = options->origin;
	instance->properties = json_incref(options->properties);
	snprintf(instance->name, sizeof instance->name, "%s", options->name);
	list_init(&instance->link);
	list_init(&instance->sibling);
	list_init(&instance->examine);
	list_init(&instance->waiter);
	list_init(&instance->held_calls);
	list_init(&instance->kept_events);
	factory->plugin->instances++;
}

struct instance *instance_new(struct factory *factory, const struct instance_options *options, struct sp_error *error)
{
	struct instance *instance = sp_calloc(1, sizeof *instance);

	if (!instance) {
		sp_error_set(error, SP_NO_MEMORY, "out of memory");
		return NULL;
	}
	init(instance, factory, options);
	instance->exposures = exposures_create(instance, factory);
	instance->offers = offers_create(instance, factory);
	if (instance->exposures && instance->offers && replacement_reserve(factory) == SP_OK)
		return instance;
	sp_error_set(error, SP_NO_MEMORY, "out of memory");
	instance_destroy(instance);
	return NULL;
}

void instance_list(struct instance *instance)
{
	struct sp_kernel *kernel = instance->kernel;

	instance->age = ++kernel->next_age;
	instance->since = kernel->ops->now(kernel->loop);
	list_add(&kernel->instances, &instance->link);
	kernel->instances_in[instance->state]++;
	table_insert(&kernel->instances_by_name, &instance->by_name, instance->name);
	instance->named = true;
	list_add(&instance->factory->instances, &instance->sibling);
	offers_list(instance->offers);
	replacement_join(instance);
	instance_due(instance);
}

static sp_status judge(const struct factory *factory, const struct instance_options *options, struct sp_error *error)
{
	const struct instance *other = instance_named(factory->plugin->kernel, options->name);

	if (!name_is_public(options->name))
		return sp_error_set(error, SP_INVALID, "an instance's name is [a-z][a-z0-9-]{0,30}, not %s",
			options->name);
	if (other)
		return sp_error_set(error, SP_CONFLICT, "conflict: there is an instance %s already, of component %s",
			other->name, other->factory->name);
	return options->properties ? properties_check(factory, options->properties, error) : SP_OK;
}

void instance_tell_health(const struct instance *instance, bool healthy)
{
	json_t *data = json_pack("{s:s, s:b, s:s}", "instance", instance->name, "healthy", healthy, "reason",
		healthy ? "" : instance->error.message);

	bus_tell(instance->kernel, "component.health", data);
}

struct instance *instance_create(struct factory *factory, const struct instance_options *options,
	struct sp_error *error)
{
	struct instance *instance =
		judge(factory, options, error) == SP_OK ? instance_new(factory, options, error) : NULL;

	if (instance)
		instance_list(instance);
	return instance;
}

static void give_up_name(struct instance *instance)
{
	if (instance->named)
		table_remove(&instance->kernel->instances_by_name, &instance->by_name);
	instance->named = false;
	list_remove(&instance->sibling);
}

void instance_remove(struct instance *instance)
{
	instance->removed = true;
	instance->kernel->cycles_due = true; /* it offers nothing any more */
	give_up_name(instance);
	exposures_unlist(instance->exposures);
	replacement_part(instance);
	instance_due(instance);
}

void instance_destroy(struct instance *instance)
{
	instance->held = false;
	calls_release(instance);
	bus_deliver_kept(instance);
	if (!list_is_empty(&instance->link)) {
		instance_set_state(instance, INSTANCE_STOPPED);
		instance->kernel->instances_in[INSTANCE_STOPPED]--;
	}
	child_destroy(instance->child);
	exposures_destroy(instance->exposures);
	offers_destroy(instance->offers);
	list_remove(&instance->examine);
	list_remove(&instance->waiter);
	list_remove(&instance->link);
	give_up_name(instance);
	instance->factory->plugin->instances--;
	json_decref(instance->properties);
	sp_free(instance->cycle);
	sp_free(instance);
}

const struct need_plan *instance_missing(const struct instance *instance)
{
	factory_each(plan, instance->factory->needs, const struct need_plan)
		if (plan->row.shape == SP_SHAPE_ONE && !need_is_met(instance->kernel, plan))
			return plan;
	return NULL;
}
