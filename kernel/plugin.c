/* plugin.c: adds and removes plugins. */
#include "plugin.h"

#include <string.h>

#include "alloc.h"
#include "body.h"
#include "call.h"
#include "call_run.h"
#include "children.h"
#include "frame.h"
#include "instances.h"
#include "lifecycle.h"
#include "registry.h"
#include "replace.h"
#include "service_factory.h"
#include "shared.h"

enum { COMPONENTS_MOST = 1024 };

static sp_status judge_head(const struct sp_plugin *descriptor, struct sp_error *error)
{
	if (descriptor->head.abi_major != SP_ABI_MAJOR)
		return sp_error_set(error, SP_INVALID,
			"the plugin was built for ABI %u, this signalpyd has ABI %d: build it anew",
			descriptor->head.abi_major, SP_ABI_MAJOR);
	if (descriptor->head.struct_size < sizeof *descriptor || !descriptor->name || !descriptor->components)
		return sp_error_set(error, SP_INVALID,
			"the plugin's descriptor is incomplete: end the plugin with SP_PLUGIN");
	return SP_OK;
}

static sp_status create_factories(struct sp_plugin_handle *plugin, struct sp_error *error)
{
	const struct sp_component *const *components = plugin->descriptor->components;
	size_t count = 0;

	while (count < COMPONENTS_MOST && components[count])
		count++;
	plugin->factories = sp_calloc(count + 1, sizeof(struct factory *));
	if (!plugin->factories)
		return sp_error_set(error, SP_NO_MEMORY, "out of memory");
	for (size_t i = 0; i < count; i++) {
		plugin->factories[i] = factory_create(plugin, components[i], error);
		if (!plugin->factories[i])
			return SP_INVALID;
		plugin->factory_count++;
	}
	return SP_OK;
}

static sp_status keep_origin(struct sp_plugin_handle *plugin, const struct sp_plugin_origin *origin)
{
	if (!origin)
		return SP_OK;
	plugin->gone = origin->gone;
	plugin->user = origin->user;
	plugin->path = origin->path ? sp_strdup(origin->path) : NULL;
	return origin->path && !plugin->path ? SP_NO_MEMORY : SP_OK;
}

struct sp_plugin_handle *plugin_create(struct sp_kernel *kernel, const struct sp_plugin *descriptor,
	const struct sp_plugin_origin *origin, struct sp_error *error)
{
	struct sp_plugin_handle *plugin;

	if (judge_head(descriptor, error) != SP_OK)
		return NULL;
	plugin = sp_calloc(1, sizeof *plugin);
	if (!plugin || keep_origin(plugin, origin) != SP_OK) {
		sp_error_set(error, SP_NO_MEMORY, "out of memory");
		sp_free(plugin);
		return NULL;
	}
	plugin->kernel = kernel;
	plugin->descriptor = descriptor;
	plugin->version = descriptor->version ? descriptor->version : "";
	list_init(&plugin->link);
	list_init(&plugin->gone_link);
	list_init(&plugin->bodies);
	list_init(&plugin->handles);
	if (name_from_identifier(descriptor->name, plugin->name) != SP_OK)
		sp_error_set(error, SP_INVALID, "plugin %s: a name is [a-z][a-z0-9-]{0,30}", descriptor->name);
	else if (create_factories(plugin, error) == SP_OK)
		return plugin;
	plugin_destroy(plugin);
	return NULL;
}

void plugin_destroy(struct sp_plugin_handle *plugin)
{
	for (size_t i = 0; i < plugin->factory_count; i++)
		factory_destroy(plugin->factories[i]);
	shared_forget(plugin);
	list_remove(&plugin->link);
	list_remove(&plugin->gone_link);
	sp_free(plugin->factories);
	sp_free(plugin->path);
	sp_free(plugin);
}

void plugin_publish(struct sp_plugin_handle *plugin)
{
	struct sp_kernel *kernel = plugin->kernel;

	plugin->published = true;
	if (list_is_empty(&plugin->link))
		list_add(&kernel->plugins, &plugin->link);
	table_insert(&kernel->plugins_by_name, &plugin->by_name, plugin->name);
	for (size_t i = 0; i < plugin->factory_count; i++)
		table_insert(&kernel->factories, &plugin->factories[i]->link, plugin->factories[i]->name);
}

void plugin_unpublish(struct sp_plugin_handle *plugin)
{
	struct sp_kernel *kernel = plugin->kernel;

	if (!plugin->published)
		return;
	plugin->published = false;
	table_remove(&kernel->plugins_by_name, &plugin->by_name);
	for (size_t i = 0; i < plugin->factory_count; i++)
		table_remove(&kernel->factories, &plugin->factories[i]->link);
}

const struct factory *plugin_conflict(const struct sp_plugin_handle *plugin, const struct sp_plugin_handle *except)
{
	for (size_t i = 0; i < plugin->factory_count; i++) {
		const char *name = plugin->factories[i]->name;
		struct table_link *link = table_find(&plugin->kernel->factories, name, strlen(name));
		const struct factory *other = link ? container_of(link, struct factory, link) : NULL;

		if (other && other->plugin != except)
			return other;
		for (size_t before = 0; before < i; before++)
			if (strcmp(plugin->factories[before]->name, name) == 0)
				return plugin->factories[i];
	}
	return NULL;
}

static sp_status judge_names(const struct sp_plugin_handle *plugin, struct sp_error *error)
{
	const struct factory *other = plugin_conflict(plugin, NULL);

	if (table_find(&plugin->kernel->plugins_by_name, plugin->name, strlen(plugin->name)))
		return sp_error_set(error, SP_CONFLICT, "conflict: a plugin named %s is loaded already", plugin->name);
	if (other)
		return sp_error_set(error, SP_CONFLICT, "conflict: component %s belongs to plugin %s already",
			other->name, other->plugin->name);
	return SP_OK;
}

/* What lies before the plugin's oldest instance: looked for from the youngest, who mostly goes first. */
static struct list *before_oldest(const struct sp_plugin_handle *plugin)
{
	struct list *head = &plugin->kernel->instances, *at = head->previous;

	for (size_t left = plugin->instances; left > 0 && at != head; at = at->previous)
		left -= container_of(at, struct instance, link)->factory->plugin == plugin;
	return at;
}

static void remove_instances(struct sp_plugin_handle *plugin)
{
	const struct list *head = &plugin->kernel->instances;
	struct list *at = before_oldest(plugin)->next;

	while (at != head) {
		struct instance *instance = container_of(at, struct instance, link);

		at = at->next;
		if (instance->factory->plugin == plugin && !instance->removed)
			instance_remove(instance);
	}
}

static sp_status create_instances(struct sp_plugin_handle *plugin, struct sp_error *error)
{
	for (size_t i = 0; i < plugin->factory_count; i++)
		if (instances_make_wanted(plugin->factories[i], error) != SP_OK)
			return SP_NO_MEMORY;
	return SP_OK;
}

/* What create_instances made before it failed has never been active. */
static void drop_instances(struct sp_plugin_handle *plugin)
{
	struct instance *instance;

	list_each(instance, &plugin->kernel->instances, link)
		if (instance->factory->plugin == plugin)
			instance_destroy(instance);
}

sp_status sp_kernel_add(sp_kernel *kernel, const struct sp_plugin *descriptor, const struct sp_plugin_origin *origin,
	sp_plugin_handle **ret_plugin, struct sp_error *error)
{
	struct sp_error local = { 0 };
	struct sp_plugin_handle *plugin = plugin_create(kernel, descriptor, origin, &local);
	sp_status status = plugin ? judge_names(plugin, &local) : local.code;

	if (status == SP_OK) {
		plugin_publish(plugin);
		status = create_instances(plugin, &local);
		if (status != SP_OK) {
			drop_instances(plugin);
			plugin_unpublish(plugin);
		}
	}
	if (status != SP_OK) {
		if (plugin)
			plugin_destroy(plugin);
		if (error)
			*error = local;
		return status;
	}
	plugin->kernel->plugin_loads++;
	if (ret_plugin)
		*ret_plugin = plugin;
	return SP_OK;
}

void sp_kernel_remove(sp_plugin_handle *plugin)
{
	if (plugin->removed)
		return;
	plugin->removed = true;
	if (plugin->replacement)
		replacement_abandon(plugin->replacement,
			plugin->kernel->stopping ? "the daemon stops" : "the plugin was removed");
	plugin_unpublish(plugin);
	remove_instances(plugin);
	plugin_due(plugin);
	kernel_due(plugin->kernel);
}

void plugin_instance_gone(struct instance *instance)
{
	struct sp_plugin_handle *plugin = instance->factory->plugin;

	instance_destroy(instance);
	plugin_due(plugin);
}

void plugin_due(struct sp_plugin_handle *plugin)
{
	if (plugin->published || plugin->replacement || plugin->instances)
		return;
	if (!list_is_empty(&plugin->bodies) || !list_is_empty(&plugin->handles))
		return;
	if (list_is_empty(&plugin->gone_link))
		list_add(&plugin->kernel->gone, &plugin->gone_link);
	kernel_due(plugin->kernel);
}

void plugins_tell_gone(struct sp_kernel *kernel)
{
	struct sp_plugin_handle *plugin;

	list_each(plugin, &kernel->gone, gone_link) {
		void (*gone)(void *user) = plugin->gone;
		void *user = plugin->user;

		plugin_destroy(plugin);
		if (gone)
			gone(user);
	}
}

/* The latest of the bodies that nobody is bound to, and whose children have ended; when there is none, the latest of
 * all. */
static struct sp_runtime *next_to_destroy(const struct sp_kernel *kernel)
{
	struct sp_runtime *latest = NULL, *unbound = NULL;

	for (struct sp_runtime *rt = body_first(kernel); rt; rt = body_after(rt)) {
		latest = rt;
		unbound = rt->bindings || children_act(rt) ? unbound : rt;
	}
	return unbound ? unbound : latest;
}

static void drop_calls(struct sp_runtime *rt)
{
	calls_give_up(rt, SP_UNAVAILABLE, "the component was stopped before it answered");
	while (!list_is_empty(&rt->calls))
		call_end(container_of(rt->calls.next, struct sp_call, link), SP_UNAVAILABLE);
}

static void destroy_body(struct sp_runtime *rt)
{
	drop_calls(rt);
	rt->withdrawn = true;
	services_sever(rt);
	if (rt->instance && rt->instance->body == rt)
		rt->instance->body = NULL;
	body_end(rt);
}

void plugins_destroy_all(struct sp_kernel *kernel)
{
	struct sp_plugin_handle *plugin;
	struct instance *instance;
	struct sp_runtime *rt;

	kernel->settling = true; /* nothing is looked at any more */
	list_each(plugin, &kernel->plugins, link)
		if (plugin->replacement)
			replacement_drop(plugin->replacement, "the kernel was destroyed");
	retired_free(kernel);
	while (service_objects_release(kernel, false), (rt = next_to_destroy(kernel)) != NULL)
		destroy_body(rt);
	list_each(instance, &kernel->instances, link)
		instance_destroy(instance);
	list_each(plugin, &kernel->plugins, link) {
		plugin_unpublish(plugin);
		plugin_destroy(plugin);
	}
}
