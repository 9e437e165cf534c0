/* listing.c: what can be told of a kernel, as json, for every surface that shows it. */
#include <string.h>

#include "instances.h"
#include "instances_configured.h"
#include "kernel.h"
#include "lifecycle.h"
#include "listing_family.h"
#include "secrets.h"
#include "traits.h"

static const char *const shape_words[] = { "one", "optional", "all", "map" };

/* Appends value, which may be NULL without memory, and then drops the whole list. */
static json_t *append(json_t *list, json_t *value)
{
	if (!list)
		json_decref(value);
	else if (json_array_append_new(list, value) == 0)
		return list;
	json_decref(list);
	return NULL;
}

static json_t *names_of_view(const struct need *need)
{
	json_t *names = json_array();

	for (size_t i = 0; need && need->view && i < need->view->count; i++) {
		const struct sp_runtime *provider = need->view->bindings[i]->service->rt;

		names = append(names, json_string(provider ? provider->name : "signalpyd"));
	}
	return names;
}

/* While a body ends, its instance may be of a later version already. */
static json_t *requires_new(const struct instance *instance)
{
	const struct factory *factory = instance->body ? instance->body->factory : instance->factory;
	const struct need_plan *plans = factory->needs.items;
	json_t *list = json_array();

	for (size_t i = 0; i < factory->needs.count; i++) {
		const struct sp_need *row = &plans[i].row;

		list = append(list,
			json_pack("{s:s, s:s, s:s, s:s*, s:o}", "contract", plans[i].contract, "name", row->row.name,
				"shape", shape_words[row->shape], "filter", row->filter, "bound",
				names_of_view(instance->body ? &instance->body->needs[i] : NULL)));
	}
	return list;
}

static json_t *provides_new(const struct instance *instance)
{
	json_t *list = json_array();

	factory_each(plan, instance->factory->provides, const struct provide_plan)
		list = append(list, json_pack("{s:s, s:i}", "contract", plan->contract, "ranking", plan->row.ranking));
	return list;
}

static json_t *runnables_new(const struct instance *instance)
{
	json_t *list = json_array();

	factory_each(plan, instance->factory->runnables, const struct runnable_plan)
		list = append(list, json_string(plan->row.row.name));
	return list;
}

/* Why the instance does not serve, or not well; NULL when it does. */
static json_t *reason_new(const struct instance *instance)
{
	const struct need_plan *missing = instance->state == INSTANCE_WAITING ? instance_missing(instance) : NULL;

	if (instance->cycle)
		return json_sprintf("waits in a cycle: %s", instance->cycle);
	if (missing)
		return json_sprintf("waits for %s", missing->contract);
	if (instance->state == INSTANCE_RESTARTING)
		return restart_reason_new(instance);
	return instance->error.code ? json_string(instance->error.message) : NULL;
}

static const char *const origin_words[] = { "default", "configuration", "host", "parent" };

static json_t *summary_new(const struct instance *instance)
{
	struct sp_kernel *kernel = instance->kernel;
	const struct factory *factory = instance->factory;
	int64_t age = (kernel->ops->now(kernel->loop) - instance->since) / 1000000;
	json_t *summary;

	summary = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o*, s:i, s:I, s:o, s:o, s:o, s:o}", "name",
		instance->name, "component", factory->name, "plugin", factory->plugin->name, "origin",
		origin_words[instance->origin], "state", instance_state_word(instance->state), "version",
		factory->version, "about", factory->about, "reason", reason_new(instance), "in_flight",
		instance->body ? (int)instance->body->in_flight : 0, "age_ms", (json_int_t)age, "runnables",
		runnables_new(instance), "provides", provides_new(instance), "requires", requires_new(instance),
		"traits", traits_new(factory));
	if (summary && family_add_summary(summary, instance) == SP_OK)
		return summary;
	json_decref(summary);
	return NULL;
}

/* One that the configuration asks for, of a component that is not loaded; NULL when name is none. */
static json_t *awaited_new(const struct sp_kernel *kernel, const char *name)
{
	struct wish wish;

	if (!wish_read(kernel->configuration, name, &wish) || !wish.component ||
		factory_called(kernel, wish.component) || instance_named(kernel, name))
		return NULL;
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:i, s:[], s:[], s:[], s:[]}", "name", name,
		"component", wish.component, "plugin", "", "origin", origin_words[INSTANCE_BY_CONFIGURATION], "state",
		"waiting", "version", "", "about", "", "reason",
		json_sprintf("waits for the component %s, which no plugin has", wish.component), "in_flight", 0,
		"runnables", "provides", "requires", "traits");
}

json_t *sp_kernel_components_new(sp_kernel *kernel)
{
	const struct instance *instance;
	json_t *list = json_array(), *entry;
	const char *name;

	list_each(instance, &kernel->instances, link)
		list = append(list, summary_new(instance));
	json_object_foreach((json_t *)wishes_of(kernel->configuration), name, entry) {
		json_t *awaited = awaited_new(kernel, name);

		if (awaited)
			list = append(list, awaited);
	}
	return list;
}

json_t *kernel_reasons_new(const struct sp_kernel *kernel)
{
	const struct instance *instance;
	json_t *list = json_array();

	list_each(instance, &kernel->instances, link) {
		bool bad = instance->state == INSTANCE_ERRORED || instance->state == INSTANCE_RESTARTING ||
			instance->cycle || (instance->body && instance->body->ailments);
		json_t *reason = bad ? reason_new(instance) : NULL;

		if (reason)
			list = append(list, json_sprintf("%s: %s", instance->name, json_string_value(reason)));
		json_decref(reason);
	}
	return list;
}

json_t *sp_kernel_health_new(sp_kernel *kernel)
{
	return json_pack("{s:b, s:s, s:o}", "healthy", kernel->state == SP_KERNEL_HEALTHY, "state",
		kernel_state_word(kernel->state), "reasons", kernel_reasons_new(kernel));
}

json_t *sp_kernel_status_new(sp_kernel *kernel)
{
	struct sp_graph_counts counts;

	sp_graph_count(kernel->graph, &counts);
	return json_pack("{s:s, s:o, s:o, s:{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}}", "state",
		kernel_state_word(kernel->state), "reasons", kernel_reasons_new(kernel), "components",
		sp_kernel_components_new(kernel), "counts", "calls", (json_int_t)kernel->calls_total, "in_flight",
		(json_int_t)kernel->in_flight, "waves", (json_int_t)counts.waves, "computed_runs",
		(json_int_t)counts.computed_runs, "effect_runs", (json_int_t)counts.effect_runs, "nodes",
		(json_int_t)counts.nodes, "edges", (json_int_t)counts.edges, "events", (json_int_t)kernel->bus.number,
		"events_dropped", (json_int_t)kernel->bus.dropped);
}

static json_t *ledger_new(const struct sp_runtime *rt)
{
	json_t *list = json_array();

	for (const struct sp_ledger_entry *entry = rt ? rt->ledger.next : NULL; entry && entry != &rt->ledger;
		entry = entry->next)
		list = append(list,
			json_pack("{s:s, s:s, s:i}", "kind", entry->kind, "file", entry->file ? entry->file : "",
				"line", entry->line));
	return list;
}

static json_t *settings_schema_new(const struct factory *factory)
{
	const struct section_plan *plan = factory->settings.items;

	return plan ? sp_record_schema_new(plan->row.record) : NULL;
}

static json_t *kinds_new(const struct factory *factory)
{
	json_t *list = json_array();

	factory_each(plan, factory->kinds, const struct kind_plan)
		list = append(list,
			json_pack("{s:s, s:s*, s:s*, s:o}", "name", plan->row.row.name, "about", plan->row.about,
				"version", plan->row.version, "schema", sp_record_schema_new(plan->row.record)));
	return list;
}

static json_t *skills_new(const struct factory *factory)
{
	json_t *list = json_array();

	factory_each(plan, factory->skills, const struct skill_plan)
		list = append(list,
			json_pack("{s:s, s:s*, s:s}", "name", plan->row.row.name, "about", plan->row.about, "text",
				plan->row.text));
	return list;
}

json_t *sp_kernel_component_new(sp_kernel *kernel, const char *name)
{
	const struct instance *instance = instance_named(kernel, name);
	json_t *all = instance ? summary_new(instance) : awaited_new(kernel, name);
	json_t *more;

	if (!all || !instance)
		return all;
	more = json_pack("{s:s, s:i, s:o*, s:o*, s:o, s:o, s:o}", "declared_in", instance->factory->component.file,
		"line", instance->factory->component.line, "properties",
		instance->body ? secrets_properties_new(instance->body) : NULL, "settings_schema",
		settings_schema_new(instance->factory), "kinds", kinds_new(instance->factory), "skills",
		skills_new(instance->factory), "ledger", ledger_new(instance->body));
	if (more && family_add_details(more, instance) == SP_OK && json_object_update(all, more) == 0) {
		json_decref(more);
		return all;
	}
	json_decref(more);
	json_decref(all);
	return NULL;
}

static json_t *consumers_new(const struct service *service)
{
	const struct binding *binding;
	json_t *list = json_array();

	list_each(binding, &service->bindings, link)
		list = append(list, json_string(binding->table.consumer->name));
	return list;
}

json_t *sp_kernel_services_new(sp_kernel *kernel)
{
	struct table *table = &kernel->contracts;
	json_t *list = json_array();

	for (size_t i = 0; i < table->size; i++)
		for (struct table_link *at = table->buckets ? table->buckets[i] : table->first; at; at = at->next) {
			const struct contract *contract = container_of(at, struct contract, link);
			const struct service *service;

			list_each(service, &contract->services, link)
				list = append(list,
					json_pack("{s:s, s:s, s:I, s:I, s:o}", "contract", contract->name, "instance",
						service->rt ? service->rt->name : "signalpyd", "ranking",
						(json_int_t)service->ranking, "id", (json_int_t)service->id,
						"consumers", consumers_new(service)));
		}
	return list;
}

json_t *sp_plugin_inspect_new(const sp_plugin_handle *plugin)
{
	const struct instance *instance;
	const struct sp_shared *shared;
	json_t *instances = json_array(), *holders = json_array();

	list_each(instance, &plugin->kernel->instances, link)
		if (instance->factory->plugin == plugin)
			instances = append(instances, json_string(instance->name));
	for (const struct list *at = plugin->bodies.next; at != &plugin->bodies; at = at->next) {
		const struct sp_runtime *rt = container_of(at, struct sp_runtime, link);

		if (rt->state == BODY_LEAVING || rt->withdrawn)
			holders = append(holders,
				json_sprintf("%s: %u calls, %u leases, %u bindings", rt->name, rt->in_flight,
					rt->leases, rt->bindings));
	}
	list_each(shared, &plugin->handles, link)
		holders = append(holders,
			json_sprintf("%s: a handle, shared at %s:%d", shared->name, shared->entry.file,
				shared->entry.line));
	return json_pack("{s:s, s:s, s:s, s:b, s:o, s:o}", "name", plugin->name, "version", plugin->version, "state",
		plugin->replacement	    ? "updating"
			: plugin->published ? "active"
					    : "leaving",
		"state_carried", plugin->carried, "instances", instances, "holders", holders);
}
