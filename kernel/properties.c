/* properties.c: properties that an instance is given from outside. */
#include "properties.h"

#include <stdio.h>
#include <string.h>

#include "alloc.h"
#include "body.h"
#include "faults.h"
#include "lifecycle.h"
#include "registry.h"
#include "replace.h"
#include "sections.h"

static const char ranking_name[] = "service_ranking";

/* A new value of one slot, kept. */
struct slot_change {
	struct slot_change *next;
	struct leaf leaf; /* whose value is at 0 */
	_Alignas(max_align_t) char value[];
};

struct property_change {
	struct property_change *next;
	struct instance *instance;
	struct sp_runtime *rt; /* NULL: the instance has no body */
	json_t *given; /* exchanged with the instance's */
	json_t *ranked; /* exchanged with the body's, where its ranking changes though it declares none; or NULL */
	struct slot_change *slots;
	bool unfit; /* the next version does not know such properties */
};

static const struct cell_plan *cell_named(const struct factory *factory, const char *name)
{
	factory_each(plan, factory->property_cells, const struct cell_plan)
		if (strcmp(plan->row.row.name, name) == 0)
			return plan;
	return NULL;
}

static bool has_field(const struct section_plan *section, const char *name)
{
	for (const struct sp_field *const *field = section->row.record->fields; field && *field; field++)
		if (strcmp((*field)->name, name) == 0)
			return true;
	return false;
}

/* A name that is given and published stands in a section and in a cell. */
static bool is_in_section(const struct factory *factory, const char *name)
{
	factory_each(section, factory->properties, const struct section_plan)
		if (has_field(section, name))
			return true;
	return false;
}

static bool is_declared(const struct factory *factory, const char *name)
{
	return is_in_section(factory, name) || cell_named(factory, name) != NULL;
}

/* "region, service_ranking" */
static void list_known(const struct factory *factory, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	factory_each(section, factory->properties, const struct section_plan)
		for (const struct sp_field *const *field = section->row.record->fields; field && *field; field++)
			if (used < size)
				used += (size_t)snprintf(text + used, size - used, "%s, ", (*field)->name);
	factory_each(plan, factory->property_cells, const struct cell_plan)
		if (used < size && !is_in_section(factory, plan->row.row.name))
			used += (size_t)snprintf(text + used, size - used, "%s, ", plan->row.row.name);
	if (used < size)
		snprintf(text + used, size - used, "%s", is_declared(factory, ranking_name) ? "" : ranking_name);
}

static sp_status judge_key(const struct factory *factory, const char *name, const json_t *value, json_t *faults)
{
	char known[256], message[400];

	if (is_declared(factory, name))
		return SP_OK;
	if (strcmp(name, ranking_name) == 0)
		return json_is_integer(value) ? SP_OK : fault_note(faults, name, "type", "must be an integer");
	list_known(factory, known, sizeof known);
	snprintf(message, sizeof message, "is no property of %s; known here: %s", factory->name, known);
	return fault_note(faults, name, "unknown", message);
}

static sp_status judge_cell(const struct cell_plan *plan, const json_t *value, json_t *faults)
{
	struct arena arena;
	json_t *found = NULL;
	const json_t *fault;
	size_t i;
	void *filled;
	sp_status status;

	arena_init(&arena);
	filled = arena_allocate(&arena, plan->type->size);
	status = filled
		? sp_field_plan_fill(plan->plan, value, &(struct sp_fill){ arena_allocate_for, &arena, &found }, filled)
		: SP_NO_MEMORY;
	if (status == SP_INVALID)
		status = SP_OK;
	json_array_foreach(found, i, fault) {
		char at[128];

		snprintf(at, sizeof at, "%s%s", plan->row.row.name,
			json_string_value(json_object_get(fault, "pointer")));
		if (status == SP_OK)
			status = fault_note(faults, at, json_string_value(json_object_get(fault, "rule")),
				json_string_value(json_object_get(fault, "message")));
	}
	json_decref(found);
	arena_finish(&arena);
	return status;
}

static sp_status judge_section(const struct section_plan *section, const json_t *properties, json_t *faults)
{
	struct arena arena;
	json_t *found = NULL, *part = NULL;
	struct sp_fill how = { arena_allocate_for, &arena, &found };
	void *filled;
	sp_status status = properties_part_new(section, properties, &part);

	arena_init(&arena);
	filled = arena_allocate(&arena, section->row.record->size);
	if (status == SP_OK)
		status = filled ? sp_record_plan_fill(section->plan, part, &how, filled) : SP_NO_MEMORY;
	if (status == SP_INVALID)
		status = json_array_extend(faults, found) ? SP_NO_MEMORY : SP_OK;
	json_decref(found);
	json_decref(part);
	arena_finish(&arena);
	return status;
}

static sp_status judge_all(const struct factory *factory, const json_t *properties, json_t *faults)
{
	sp_status status = SP_OK;
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)properties, name, value)
		if (status == SP_OK)
			status = judge_key(factory, name, value, faults);
	factory_each(section, factory->properties, const struct section_plan)
		if (status == SP_OK)
			status = judge_section(section, properties, faults);
	factory_each(plan, factory->property_cells, const struct cell_plan)
		if (status == SP_OK)
			status = judge_cell(plan, json_object_get(properties, plan->row.row.name), faults);
	return status;
}

sp_status properties_judge(const struct factory *factory, const json_t *properties, json_t **ret_faults)
{
	json_t *faults = json_array();
	sp_status status = faults ? judge_all(factory, properties, faults) : SP_NO_MEMORY;

	if (status == SP_OK && json_array_size(faults)) {
		*ret_faults = faults;
		return SP_INVALID;
	}
	json_decref(faults);
	return status;
}

sp_status properties_check(const struct factory *factory, const json_t *properties, struct sp_error *error)
{
	json_t *faults = NULL;
	struct sp_error first = { 0 };
	sp_status status = properties_judge(factory, properties, &faults);

	if (status == SP_NO_MEMORY)
		return sp_error_set(error, status, "out of memory");
	if (status == SP_OK)
		return SP_OK;
	fault_take_first(faults, &first);
	sp_error_set(error, SP_INVALID, "property %s: %s", first.pointer + (first.pointer[0] == '/'), first.message);
	if (error)
		memcpy(error->pointer, first.pointer, sizeof error->pointer);
	return SP_INVALID;
}

sp_status properties_part_new(const struct section_plan *section, const json_t *properties, json_t **ret_part)
{
	json_t *part = properties ? json_object() : NULL;
	sp_status status = part || !properties ? SP_OK : SP_NO_MEMORY;

	for (const struct sp_field *const *field = section->row.record->fields; part && field && *field; field++) {
		json_t *value = json_object_get(properties, (*field)->name);

		if (value && json_object_set(part, (*field)->name, value))
			status = SP_NO_MEMORY;
	}
	if (status == SP_OK)
		*ret_part = part;
	else
		json_decref(part);
	return status;
}

static bool differs(const struct instance *instance, const json_t *next, const char *key)
{
	const json_t *before = json_object_get(instance->properties, key), *after = json_object_get(next, key);

	return before != after && !(before && after && json_equal(before, after));
}

static sp_status add_slot(struct property_change *change, const struct leaf *leaf, char *filled)
{
	struct slot_change *slot = sp_calloc(1, sizeof *slot + leaf->type->size);

	if (!slot)
		return SP_NO_MEMORY;
	slot->next = change->slots;
	slot->leaf = *leaf;
	change->slots = slot;
	return leaf_keep(leaf, filled, slot->value);
}

static sp_status add_section(struct property_change *change, const struct section_plan *section)
{
	struct arena arena;
	json_t *part = NULL;
	char *filled = NULL;
	sp_status status = properties_part_new(section, change->given, &part);

	arena_init(&arena);
	if (status == SP_OK)
		status = section_fill(section, part, &arena, &filled, NULL);
	for (size_t i = 0; status == SP_OK && i < section->leaf_count; i++)
		if (differs(change->instance, change->given, section->leaves[i].key))
			status = add_slot(change, &section->leaves[i], filled);
	json_decref(part);
	arena_finish(&arena);
	return status;
}

static sp_status add_cell(struct property_change *change, const struct cell_plan *plan)
{
	const char *name = plan->row.row.name;
	const struct leaf leaf = { plan->row.field, name, plan->type, plan->row.row.member, 0 };
	struct arena arena;
	char *filled;
	sp_status status = SP_NO_MEMORY;

	if (!differs(change->instance, change->given, name))
		return SP_OK;
	arena_init(&arena);
	filled = arena_allocate(&arena, plan->type->size);
	if (filled)
		status = sp_field_plan_fill(plan->plan, json_object_get(change->given, name),
			&(struct sp_fill){ arena_allocate_for, &arena, NULL }, filled);
	if (status == SP_OK)
		status = add_slot(change, &leaf, filled);
	arena_finish(&arena);
	return status;
}

/* A ranking that the component does not declare has no slot that could tell of it. */
static sp_status add_ranking(struct property_change *change)
{
	json_t *value = json_object_get(change->given, ranking_name);

	if (is_declared(change->rt->factory, ranking_name) || !differs(change->instance, change->given, ranking_name))
		return SP_OK;
	change->ranked = change->rt->properties ? json_copy(change->rt->properties) : json_object();
	if (!change->ranked)
		return SP_NO_MEMORY;
	if (value)
		return json_object_set(change->ranked, ranking_name, value) ? SP_NO_MEMORY : SP_OK;
	json_object_del(change->ranked, ranking_name);
	return SP_OK;
}

static sp_status add_body(struct property_change *change)
{
	const struct factory *factory = change->rt->factory;
	sp_status status = add_ranking(change);

	factory_each(section, factory->properties, const struct section_plan)
		if (status == SP_OK)
			status = add_section(change, section);
	factory_each(plan, factory->property_cells, const struct cell_plan)
		if (status == SP_OK)
			status = add_cell(change, plan);
	return status;
}

static sp_status add_change(struct property_change **changes, struct instance *instance, struct sp_runtime *rt,
	json_t *next)
{
	struct property_change *change = sp_calloc(1, sizeof *change);
	sp_status status = SP_OK;

	if (!change)
		return SP_NO_MEMORY;
	*change = (struct property_change){ .next = *changes,
		.instance = instance,
		.rt = rt,
		.given = json_incref(next) };
	*changes = change;
	if (rt && rt->factory != instance->factory)
		status = properties_check(rt->factory, next, NULL);
	if (rt && status == SP_OK)
		status = add_body(change);
	change->unfit = status == SP_INVALID;
	return change->unfit ? SP_OK : status;
}

sp_status property_change_add(struct property_change **changes, struct instance *instance, json_t *next)
{
	struct sp_runtime *prepared = replacement_next_of(instance);
	sp_status status = add_change(changes, instance, instance->body, next);

	if (status == SP_OK && prepared)
		status = add_change(changes, instance, prepared, next);
	return status;
}

static void commit(struct property_change *change)
{
	struct instance *instance = change->instance;
	struct sp_runtime *rt = change->rt;
	json_t *before = instance->properties;

	if (change->unfit) {
		replacement_abandon(rt->replacement, "the properties that came meanwhile do not suit the new version");
		return;
	}
	instance->properties = json_incref(change->given);
	json_decref(before);
	instance->retry = instance->state == INSTANCE_ERRORED;
	if (instance->retry)
		instance_due(instance);
	for (struct slot_change *slot = change->slots; slot; slot = slot->next)
		leaf_write(&slot->leaf, rt->self, slot->value);
	if (change->ranked) {
		body_exchange_properties(rt, &change->ranked);
		for (size_t i = 0; i < rt->factory->provides.count; i++)
			contract_changed(rt->services[i].contract, true);
	}
}

void property_changes_commit(struct property_change *changes)
{
	for (struct property_change *change = changes; change; change = change->next)
		commit(change);
}

void property_changes_destroy(struct property_change *changes)
{
	while (changes) {
		struct property_change *next = changes->next;

		while (changes->slots) {
			struct slot_change *slot = changes->slots;

			changes->slots = slot->next;
			leaf_release(&slot->leaf, slot->value);
			sp_free(slot);
		}
		json_decref(changes->given);
		json_decref(changes->ranked);
		sp_free(changes);
		changes = next;
	}
}
