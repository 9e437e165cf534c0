/* body.c: makes, activates, publishes and ends the body of an instance. */
#include "body.h"

#include <stdio.h>
#include <string.h>

#include "alloc.h"
#include "body_acts.h"
#include "bus.h"
#include "faults.h"
#include "frame.h"
#include "hook.h"
#include "ledger.h"
#include "lifecycle.h"
#include "mailbox.h"
#include "properties.h"
#include "registry.h"
#include "sections.h"
#include "service_factory.h"

static sp_node **slot_at(struct sp_runtime *rt, const struct sp_row *row)
{
	return (sp_node **)(void *)((char *)rt->self + row->member);
}

static sp_status note_cell(struct sp_runtime *rt, const struct sp_row *row, sp_node *node)
{
	if (!node)
		return SP_NO_MEMORY;
	rt->cells[rt->cell_count++] = *slot_at(rt, row) = node;
	return sp_node_describe(node, row->name, rt);
}

static size_t count_cells(const struct factory *factory)
{
	size_t count = factory->property_cells.count + factory->signals.count;

	factory_each(section, factory->settings, const struct section_plan)
		count += section->leaf_count;
	factory_each(section, factory->properties, const struct section_plan)
		count += section->leaf_count;
	return count;
}

static sp_status create_cell(struct sp_runtime *rt, const struct cell_plan *plan, const json_t *json,
	struct sp_error *error)
{
	struct arena arena;
	void *value;
	sp_status status;

	arena_init(&arena);
	value = arena_allocate(&arena, plan->type->size);
	status = value
		? sp_field_plan_fill(plan->plan, json, &(struct sp_fill){ arena_allocate_for, &arena, NULL }, value)
		: SP_NO_MEMORY;
	if (status == SP_INVALID)
		sp_error_set(error, status, "property %s has a value that its declaration does not allow",
			plan->row.row.name);
	if (status == SP_OK && plan->row.field->type == SP_ANY)
		json_incref(*(json_t **)value);
	if (status == SP_OK)
		status = note_cell(rt, &plan->row.row, sp_signal_create(rt->kernel->graph, plan->type, value));
	arena_finish(&arena);
	return status;
}

/* Says which setting is wrong: its dotted path in the configuration. */
static void name_setting(const char *section, struct sp_error *error)
{
	char path[256];

	section_join(section, error->pointer, path, sizeof path);
	sp_error_set(error, SP_INVALID, "configuration %s: %s", path, error->message);
	snprintf(error->pointer, sizeof error->pointer, "%.127s", path);
}

static sp_status create_properties(struct sp_runtime *rt, const struct section_plan *section, struct sp_error *error)
{
	json_t *part = NULL;
	sp_status status = properties_part_new(section, rt->instance->properties, &part);

	if (status == SP_OK)
		status = section_create(rt, section, part, error);
	json_decref(part);
	return status;
}

static sp_status refuse_stray(const struct sp_runtime *rt, struct sp_error *error)
{
	json_t *faults = NULL;
	sp_status status = section_judge_stray(rt->factory, rt->name, rt->kernel->configuration, &faults);
	char path[128];

	if (status != SP_INVALID)
		return status;
	section_own_path(rt->name, path, sizeof path);
	fault_take_first(faults, error);
	name_setting(path, error);
	return SP_INVALID;
}

static sp_status create_sections(struct sp_runtime *rt, struct sp_error *error)
{
	char path[128];
	sp_status status = refuse_stray(rt, error);

	if (status != SP_OK)
		return status;
	section_path(rt->factory, rt->name, path, sizeof path);
	factory_each(section, rt->factory->settings, const struct section_plan) {
		status = section_create(rt, section, json_at_path(rt->kernel->configuration, path), error);
		if (status == SP_INVALID)
			name_setting(path, error);
	}
	if (status == SP_OK && rt->instance->properties)
		status = properties_check(rt->factory, rt->instance->properties, error);
	factory_each(section, rt->factory->properties, const struct section_plan)
		if (status == SP_OK)
			status = create_properties(rt, section, error);
	return status;
}

static sp_status create_cells(struct sp_runtime *rt, struct sp_error *error)
{
	size_t count = count_cells(rt->factory);
	sp_status status = SP_OK;

	rt->cells = sp_calloc(count ? count : 1, sizeof(sp_node *));
	if (!rt->cells)
		return SP_NO_MEMORY;
	status = create_sections(rt, error);
	factory_each(plan, rt->factory->property_cells, const struct cell_plan)
		if (status == SP_OK)
			status = create_cell(rt, plan, json_object_get(rt->instance->properties, plan->row.row.name),
				error);
	factory_each(plan, rt->factory->signals, const struct cell_plan)
		if (status == SP_OK)
			status = create_cell(rt, plan, NULL, error);
	return status;
}

/* Unlike sp_type_pointer one that workers read too: what they may have read stays while they run; see retired_free. */
static const struct sp_value_type service_type = { .struct_size = sizeof service_type, .size = sizeof(const void *) };

/* Who needs one, and gets none though there is one, is tried again when another provider comes. */
static sp_status bind_first(struct need *need, struct sp_error *error)
{
	struct sp_error refusal = { 0 };
	sp_status status = need_plan_view(need, true, &refusal);

	if (status == SP_OK)
		need_show(need);
	if (status == SP_OK && refusal.code && !need_is_unmet(need))
		kernel_log(need->rt->kernel, SP_WARNING, need->rt->name, "%s", refusal.message);
	if (!refusal.code || (status == SP_OK && !need_is_unmet(need)))
		return status;
	if (!need->rt->replacement)
		list_add(&need->contract->waiters, &need->rt->instance->waiter);
	return sp_error_set(error, refusal.code, "%s", refusal.message);
}

static sp_status create_needs(struct sp_runtime *rt, struct sp_error *error)
{
	struct plans *plans = &rt->factory->needs;
	const struct need_plan *items = plans->items;
	sp_status status = SP_OK;

	rt->needs = sp_calloc(plans->count ? plans->count : 1, sizeof *rt->needs);
	for (size_t i = 0; rt->needs && status == SP_OK && i < plans->count; i++) {
		struct need *need = &rt->needs[i];
		const void *value;

		*need = (struct need){ .plan = &items[i],
			.rt = rt,
			.contract = contract_of(rt->kernel, items[i].contract) };
		list_init(&need->link);
		if (!need->contract)
			return SP_NO_MEMORY;
		list_add(&need->contract->needs, &need->link);
		value = need_slot_value(need);
		need->node = sp_signal_create(rt->kernel->graph, &service_type, &value);
		if (!need->node || sp_node_describe(need->node, items[i].row.row.name, rt) != SP_OK)
			return SP_NO_MEMORY;
		*slot_at(rt, &items[i].row.row) = need->node;
		status = bind_first(need, error);
	}
	return rt->needs ? status : SP_NO_MEMORY;
}

static sp_status create_services(struct sp_runtime *rt)
{
	struct plans *plans = &rt->factory->provides;
	const struct provide_plan *items = plans->items;

	rt->services = sp_calloc(plans->count ? plans->count : 1, sizeof *rt->services);
	for (size_t i = 0; rt->services && i < plans->count; i++) {
		struct service *service = &rt->services[i];

		*service = (struct service){ .rt = rt,
			.table = items[i].row.table,
			.table_size = items[i].table_size,
			.each = items[i].row.create ? &items[i].row : NULL,
			.self = rt->self,
			.ranking = items[i].row.ranking,
			.age = rt->instance->age };
		list_init(&service->link);
		if (service_create(service, rt->kernel, items[i].contract) != SP_OK)
			return SP_NO_MEMORY;
	}
	return rt->services ? SP_OK : SP_NO_MEMORY;
}

static sp_status create_window(struct sp_runtime *rt)
{
	if (!factory_supervision(rt->factory))
		return SP_OK;
	rt->restarts = sp_calloc(1, sizeof *rt->restarts);
	return rt->restarts ? SP_OK : SP_NO_MEMORY;
}

static sp_status fill_body(struct sp_runtime *rt, struct sp_error *error)
{
	sp_status status = create_cells(rt, error);

	if (status == SP_OK)
		status = create_window(rt);
	if (status == SP_OK)
		status = create_needs(rt, error);
	if (status == SP_OK)
		status = create_services(rt);
	if (status == SP_OK)
		status = acts_create(rt);
	if (status == SP_OK)
		status = hook_create(rt);
	return status == SP_OK ? body_take_properties(rt) : status;
}

static struct sp_runtime *body_new(struct instance *instance, struct factory *factory)
{
	struct sp_runtime *rt = sp_calloc(1, sizeof *rt);

	if (!rt)
		return NULL;
	rt->kernel = instance->kernel;
	rt->self = sp_calloc(1, factory->component.instance_size);
	rt->mailbox = rt->self ? mailbox_create(rt) : NULL;
	if (!rt->mailbox) {
		sp_free(rt->self);
		sp_free(rt);
		return NULL;
	}
	*(struct sp_runtime **)rt->self = rt;
	rt->instance = instance;
	rt->factory = factory;
	memcpy(rt->name, instance->name, sizeof rt->name);
	list_init(&rt->calls);
	list_init(&rt->examine);
	list_init(&rt->children);
	ledger_init(&rt->ledger);
	list_add(&factory->plugin->bodies, &rt->link);
	return rt;
}

struct sp_runtime *body_create(struct instance *instance, struct factory *factory, struct replacement *replacement,
	struct sp_error *error)
{
	struct sp_runtime *rt = body_new(instance, factory);
	sp_status status = rt ? SP_OK : SP_NO_MEMORY;

	if (rt) {
		rt->replacement = replacement;
		sp_batch_begin(rt->kernel->graph);
		status = fill_body(rt, error);
		sp_batch_end(rt->kernel->graph);
	}
	if (status == SP_OK)
		return rt;
	if (status == SP_NO_MEMORY)
		sp_error_set(error, status, "out of memory");
	body_end(rt);
	return NULL;
}

sp_status body_activate(struct sp_runtime *rt, struct sp_error *error)
{
	if (!rt->activated) {
		sp_status status = hook_run(rt, SP_HOOK_ACTIVATE, error);

		if (status != SP_OK)
			return status;
		rt->activated = true;
	}
	if (body_take_properties(rt) != SP_OK)
		return sp_error_set(error, SP_NO_MEMORY, "out of memory");
	return hook_run(rt, SP_HOOK_HEALTH, error);
}

sp_status body_deactivate(struct sp_runtime *rt)
{
	struct sp_error error;
	sp_status status;

	if (!rt->activated)
		return SP_OK;
	service_objects_end(rt);
	status = hook_run(rt, SP_HOOK_DEACTIVATE, &error);
	if (status == SP_LATER)
		return SP_LATER;
	rt->activated = false;
	if (status < 0)
		kernel_log(rt->kernel, SP_WARNING, rt->name, "%s", error.message);
	return SP_OK;
}

static bool owes_later(const struct sp_runtime *rt)
{
	const struct sp_hook *row = factory_hook(rt->factory, SP_HOOK_DEACTIVATE);

	return rt->activated && row && row->later;
}

void body_leave(struct sp_runtime *rt)
{
	struct sp_kernel *kernel = rt->kernel;

	kernel->unhealthy -= rt->ailments > 0;
	rt->ailments = 0;
	rt->instance = NULL;
	rt->replacement = NULL;
	rt->state = BODY_LEAVING;
	rt->leave_by = kernel->ops->now(kernel->loop) + nanoseconds_of(kernel->options.drain_ms);
	hook_abandon(rt);
	body_quiet(rt);
	body_due(rt);
}

void body_drop(struct sp_runtime *rt)
{
	if (rt && (rt->in_flight || owes_later(rt)))
		body_leave(rt);
	else
		body_end(rt);
}

void body_publish(struct sp_runtime *rt, struct sp_runtime *former)
{
	rt->state = BODY_ACTIVE;
	acts_begin(rt, former);
	services_publish(rt);
}

void body_quiet(struct sp_runtime *rt)
{
	acts_end(rt);
}

static void remove_services(struct sp_runtime *rt)
{
	for (size_t i = 0; rt->services && i < rt->factory->provides.count; i++)
		service_remove(&rt->services[i]);
	sp_free(rt->services);
}

static void remove_needs(struct sp_runtime *rt)
{
	for (size_t i = 0; rt->needs && i < rt->factory->needs.count; i++) {
		if (!rt->needs[i].rt)
			continue;
		need_finish(&rt->needs[i]);
		sp_node_dispose(rt->needs[i].node);
	}
	sp_free(rt->needs);
}

void body_end(struct sp_runtime *rt)
{
	if (!rt)
		return;
	body_quiet(rt);
	service_objects_end(rt);
	if (!owes_later(rt))
		body_deactivate(rt);
	rt->kernel->unhealthy -= rt->ailments > 0;
	mailbox_end(rt->mailbox);
	rt->kernel->lingering -= rt->lingers;
	ledger_sweep(rt);
	hook_destroy(rt);
	acts_destroy(rt);
	remove_services(rt);
	retired_free(rt->kernel);
	remove_needs(rt);
	for (size_t i = 0; i < rt->cell_count; i++)
		sp_node_dispose(rt->cells[i]);
	json_decref(rt->properties);
	list_remove(&rt->link);
	list_remove(&rt->examine);
	sp_free(rt->cells);
	sp_free(rt->restarts);
	sp_free(rt->self);
	sp_free(rt);
}

static struct sp_runtime *first_from(const struct sp_kernel *kernel, const struct list *at)
{
	for (; at != &kernel->plugins; at = at->next) {
		const struct sp_plugin_handle *plugin = container_of(at, struct sp_plugin_handle, link);

		if (!list_is_empty(&plugin->bodies))
			return container_of(plugin->bodies.next, struct sp_runtime, link);
	}
	return NULL;
}

struct sp_runtime *body_first(const struct sp_kernel *kernel)
{
	return first_from(kernel, kernel->plugins.next);
}

struct sp_runtime *body_after(const struct sp_runtime *rt)
{
	const struct sp_plugin_handle *plugin = rt->factory->plugin;

	if (rt->link.next != &plugin->bodies)
		return container_of(rt->link.next, struct sp_runtime, link);
	return first_from(rt->kernel, plugin->link.next);
}

const struct need *body_unmet(const struct sp_runtime *rt)
{
	for (size_t i = 0; i < rt->factory->needs.count; i++)
		if (need_is_unmet(&rt->needs[i]))
			return &rt->needs[i];
	return NULL;
}

static sp_status add_property(json_t *properties, const struct sp_field *field, sp_node *node)
{
	return json_object_set_new(properties, field->name, sp_field_json_new(field, sp_node_get(node))) ? SP_NO_MEMORY
													 : SP_OK;
}

static json_t *properties_new(const struct sp_runtime *rt)
{
	json_t *given = rt->instance ? rt->instance->properties : NULL;
	json_t *properties = given ? json_copy(given) : json_object();
	sp_status status = properties ? SP_OK : SP_NO_MEMORY;

	factory_each(section, rt->factory->properties, const struct section_plan)
		for (size_t i = 0; status == SP_OK && i < section->leaf_count; i++)
			status = add_property(properties, section->leaves[i].field,
				*leaf_slot(&section->leaves[i], rt->self));
	factory_each(plan, rt->factory->property_cells, const struct cell_plan)
		if (status == SP_OK)
			status = add_property(properties, plan->row.field,
				*(sp_node **)(void *)((char *)rt->self + plan->row.row.member));
	if (status == SP_OK)
		return properties;
	json_decref(properties);
	return NULL;
}

/* R-CM-6: a property says it at run time, else the row. */
static void rank_services(struct sp_runtime *rt)
{
	const struct provide_plan *plans = rt->factory->provides.items;
	const json_t *ranking = json_object_get(rt->properties, "service_ranking");

	for (size_t i = 0; i < rt->factory->provides.count; i++)
		service_rank(&rt->services[i],
			json_is_integer(ranking) ? json_integer_value(ranking) : plans[i].row.ranking);
}

sp_status body_take_properties(struct sp_runtime *rt)
{
	json_t *properties = properties_new(rt);

	if (!properties)
		return SP_NO_MEMORY;
	body_exchange_properties(rt, &properties);
	json_decref(properties);
	return SP_OK;
}

void body_exchange_properties(struct sp_runtime *rt, json_t **properties)
{
	json_t *before = rt->properties;

	rt->properties = *properties;
	*properties = before;
	rank_services(rt);
}
