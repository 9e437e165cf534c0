/* instances.c: the instances of a factory: the one it has by default, and those that are asked for by name (R-CM-8). */
#include "instances.h"

#include <string.h>

#include "frame.h"
#include "instances_configured.h"
#include "lifecycle.h"
#include "properties.h"

struct factory *factory_called(const struct sp_kernel *kernel, const char *name)
{
	struct table_link *link = table_find(&kernel->factories, name, strlen(name));

	return link ? container_of(link, struct factory, link) : NULL;
}

/* A name that somebody else bears already stays his. What the configuration says of properties was judged when it came,
 * or is by activation. */
static sp_status make(struct factory *factory, const struct instance_options *options, struct sp_error *error)
{
	struct sp_kernel *kernel = factory->plugin->kernel;
	const struct instance *bearer = instance_named(kernel, options->name);
	struct instance *instance;

	if (bearer) {
		kernel_log(kernel, SP_ERROR, NULL,
			"component %s has no instance %s: conflict: the name belongs to one of %s", factory->name,
			options->name, bearer->factory->name);
		return SP_OK;
	}
	instance = instance_new(factory, options, error);
	if (!instance)
		return SP_NO_MEMORY;
	instance_list(instance);
	return SP_OK;
}

sp_status instance_make_default(struct factory *factory, struct sp_error *error)
{
	const struct instance_options options = { factory->name, NULL, INSTANCE_BY_DEFAULT };
	const struct sp_kernel *kernel = factory->plugin->kernel;
	const struct instance *bearer = instance_named(kernel, factory->name);
	struct wish wish;

	if (factory->on_demand || wish_read(kernel->configuration, factory->name, &wish))
		return SP_OK;
	return bearer && strcmp(bearer->factory->name, factory->name) == 0 ? SP_OK : make(factory, &options, error);
}

sp_status instances_make_wanted(struct factory *factory, struct sp_error *error)
{
	const json_t *tree = factory->plugin->kernel->configuration;
	sp_status status = instance_make_default(factory, error);
	struct wish wish;
	const char *name;
	json_t *entry;

	json_object_foreach((json_t *)wishes_of(tree), name, entry) {
		wish_read(tree, name, &wish);
		if (status == SP_OK && wish.component && strcmp(wish.component, factory->name) == 0)
			status = make(factory,
				&(struct instance_options){ name, wish.properties, INSTANCE_BY_CONFIGURATION }, error);
	}
	return status;
}

sp_status sp_kernel_instantiate(sp_kernel *kernel, const struct sp_instance_options *options, struct sp_error *error)
{
	struct factory *factory = factory_called(kernel, options->component);
	struct sp_error why = { 0 };

	if (!factory)
		return sp_error_set(error, SP_NOT_FOUND, "no component %s is loaded", options->component);
	if (kernel->stopping)
		return sp_error_set(error, SP_UNAVAILABLE, "signalpyd is stopping");
	if (instance_create(factory, &(struct instance_options){ options->name, options->properties, INSTANCE_BY_HOST },
		    &why))
		return SP_OK;
	if (error)
		*error = why;
	return why.code;
}

static struct instance *find(const struct sp_kernel *kernel, const char *name, struct sp_error *error)
{
	struct instance *instance = instance_named(kernel, name);

	if (!instance)
		sp_error_set(error, SP_NOT_FOUND, "no instance %s; see 'signalctl component list'", name);
	return instance;
}

sp_status sp_kernel_instance_remove(sp_kernel *kernel, const char *name, struct sp_error *error)
{
	struct instance *instance = find(kernel, name, error);

	if (!instance)
		return SP_NOT_FOUND;
	instance_remove(instance);
	return SP_OK;
}

/* The properties that were given, changed by patch; null takes one back. */
static sp_status merge(const struct instance *instance, const json_t *patch, json_t **ret_merged)
{
	json_t *merged = instance->properties ? json_copy(instance->properties) : json_object();
	sp_status status = merged ? SP_OK : SP_NO_MEMORY;
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)patch, name, value) {
		if (status != SP_OK)
			continue;
		if (json_is_null(value))
			json_object_del(merged, name);
		else if (json_object_set(merged, name, value))
			status = SP_NO_MEMORY;
	}
	if (status == SP_OK)
		*ret_merged = merged;
	else
		json_decref(merged);
	return status;
}

static sp_status change(struct instance *instance, json_t *properties)
{
	struct property_change *changes = NULL;
	sp_status status = property_change_add(&changes, instance, properties);

	if (status == SP_OK) {
		sp_batch_begin(instance->kernel->graph);
		property_changes_commit(changes);
		sp_batch_end(instance->kernel->graph);
	}
	property_changes_destroy(changes);
	return status;
}

sp_status sp_kernel_set_properties(sp_kernel *kernel, const char *name, const json_t *patch, struct sp_error *error)
{
	struct instance *instance = find(kernel, name, error);
	json_t *merged = NULL;
	sp_status status;

	if (!instance)
		return SP_NOT_FOUND;
	status = merge(instance, patch, &merged);
	if (status == SP_OK && properties_check(instance->factory, merged, error) == SP_INVALID)
		status = SP_INVALID;
	if (status == SP_OK)
		status = change(instance, merged);
	json_decref(merged);
	if (status == SP_NO_MEMORY)
		sp_error_set(error, status, "out of memory");
	return status;
}
