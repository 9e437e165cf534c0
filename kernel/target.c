/* target.c: which instance of a component a target means. */
#include "target.h"

#include <stdio.h>
#include <string.h>

#include "exposure.h"

static const struct factory *component_of(const struct sp_kernel *kernel, const char *address)
{
	struct table_link *link = table_find(&kernel->factories, address, strcspn(address, "."));

	return link ? container_of(link, struct factory, link) : NULL;
}

/* A property as text: what cannot be written in a header is no target. */
static bool is_value(const json_t *value, const char *target)
{
	char digits[32];

	if (json_is_string(value))
		return strcmp(json_string_value(value), target) == 0;
	if (json_is_boolean(value))
		return strcmp(json_is_true(value) ? "true" : "false", target) == 0;
	if (!json_is_integer(value))
		return false;
	snprintf(digits, sizeof digits, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	return strcmp(digits, target) == 0;
}

/* While an instance runs its properties may be other than those that it was given. */
static const json_t *property_of(const struct instance *instance, const char *name)
{
	return json_object_get(instance->body ? instance->body->properties : instance->properties, name);
}

static const struct instance *oldest_with(const struct factory *factory, const char *target)
{
	const struct instance *instance, *oldest = NULL;

	list_each(instance, &factory->instances, sibling)
		if ((!oldest || instance->age < oldest->age) &&
			is_value(property_of(instance, factory->target_property), target))
			oldest = instance;
	return oldest;
}

static const struct exposure *find_in(const struct factory *factory, const char *runnable, const char *target,
	struct sp_error *error)
{
	const struct exposure *exposure;
	const struct instance *instance;
	char chosen[128];

	if (!factory->target_property) {
		sp_error_set(error, SP_INVALID, "component %s declares no target_property: name the instance",
			factory->name);
		return NULL;
	}
	instance = oldest_with(factory, target);
	if (!instance) {
		sp_error_set(error, SP_NOT_FOUND, "no instance of component %s has the %s '%s'", factory->name,
			factory->target_property, target);
		return NULL;
	}
	snprintf(chosen, sizeof chosen, "%s.%s", instance->name, runnable);
	exposure = exposure_find(instance->kernel, chosen, strlen(chosen));
	if (!exposure)
		sp_error_set(error, SP_NOT_FOUND, "there is no runnable %s", chosen);
	return exposure;
}

const struct exposure *target_find(const struct sp_kernel *kernel, const char *address, const char *target,
	struct sp_error *error)
{
	const struct factory *factory = component_of(kernel, address);
	size_t length = strcspn(address, ".");

	if (factory)
		return find_in(factory, address + length + (address[length] == '.'), target, error);
	sp_error_set(error, SP_NOT_FOUND, "there is no component %.*s: with a target, write component.runnable",
		(int)length, address);
	return NULL;
}

static const char *runnable_at(const struct factory *factory, const char *path)
{
	factory_each(plan, factory->runnables, const struct runnable_plan)
		if (factory_exposure(factory, plan) & SP_REST &&
			exposure_is_default_path(factory, plan->row.row.name, path))
			return plan->row.row.name;
	return NULL;
}

const struct exposure *target_find_rest(const struct sp_kernel *kernel, const char *path, const char *target,
	struct sp_error *error)
{
	const struct sp_plugin_handle *plugin;

	list_each(plugin, &kernel->plugins, link)
		for (size_t i = 0; plugin->published && i < plugin->factory_count; i++) {
			const char *runnable = runnable_at(plugin->factories[i], path);

			if (runnable)
				return find_in(plugin->factories[i], runnable, target, error);
		}
	sp_error_set(error, SP_NOT_FOUND,
		"no component has a runnable at /api/%s, and a target picks an instance of one", path);
	return NULL;
}
