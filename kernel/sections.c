/* sections.c: settings and properties, spread over slots. */
#include "sections.h"

#include <stdio.h>
#include <string.h>

#include "alloc.h"
#include "arena.h"
#include "faults.h"
#include "model.h"

static size_t count_leaves(const struct sp_record *record)
{
	size_t count = 0;

	for (const struct sp_field *const *field = record->fields; field && *field; field++) {
		union sp_field_row row;

		sp_field_read(*field, &row);
		count += (*field)->type == SP_RECORD_TYPE ? count_leaves(row.record.record) : 1;
	}
	return count;
}

/* Where a record lies: its slots in the instance, its value in the filled struct; key: NULL at the top. */
struct place {
	const char *key;
	uint32_t slot, value;
};

/* The plan has judged the record, so that nesting is bounded. */
static sp_status spread(struct section_plan *plan, const struct sp_record *record, struct place at)
{
	for (const struct sp_field *const *field = record->fields; field && *field; field++) {
		struct leaf *leaf = &plan->leaves[plan->leaf_count];
		const struct place here = { at.key ? at.key : (*field)->name, at.slot + (*field)->slot,
			at.value + (*field)->offset };
		union sp_field_row row;

		sp_field_read(*field, &row);
		if ((*field)->type == SP_RECORD_TYPE) {
			if (spread(plan, row.record.record, here) != SP_OK)
				return SP_NO_MEMORY;
			continue;
		}
		*leaf = (struct leaf){ *field, here.key, sp_field_type_create(*field), here.slot, here.value };
		if (!leaf->type)
			return SP_NO_MEMORY;
		plan->leaf_count++;
	}
	return SP_OK;
}

sp_status section_complete(struct factory *factory, void *plan_at, struct sp_error *error)
{
	struct section_plan *plan = plan_at;
	size_t count;

	plan->plan = sp_record_plan_create(plan->row.record, error);
	if (!plan->plan)
		return error ? error->code : SP_INVALID;
	count = count_leaves(plan->row.record);
	plan->leaves = sp_calloc(count ? count : 1, sizeof *plan->leaves);
	if (plan->leaves && spread(plan, plan->row.record, (struct place){ NULL, plan->row.row.member, 0 }) == SP_OK)
		return SP_OK;
	return sp_error_set(error, SP_NO_MEMORY, "component %s: out of memory", factory->name);
}

void section_finish(void *plan_at)
{
	struct section_plan *plan = plan_at;

	for (size_t i = 0; i < plan->leaf_count; i++)
		sp_field_type_destroy(plan->leaves[i].type);
	sp_free(plan->leaves);
	sp_record_plan_destroy(plan->plan);
}

sp_node **leaf_slot(const struct leaf *leaf, void *self)
{
	return (sp_node **)(void *)((char *)self + leaf->slot);
}

sp_status section_fill(const struct section_plan *plan, const json_t *json, struct arena *arena, char **ret_filled,
	struct sp_error *error)
{
	json_t *faults = NULL;
	char *filled = arena_allocate(arena, plan->row.record->size);
	struct sp_fill how = { arena_allocate_for, arena, &faults };
	sp_status status = filled ? sp_record_plan_fill(plan->plan, json, &how, filled) : SP_NO_MEMORY;

	if (status == SP_OK)
		*ret_filled = filled;
	else if (status == SP_INVALID)
		fault_take_first(faults, error);
	else
		sp_error_set(error, status, "out of memory");
	return status;
}

/* What sp_type_json steals, the filled struct only borrows. */
static const void *value_to_keep(const struct leaf *leaf, char *filled)
{
	void *value = filled + leaf->value;

	if (leaf->field->type == SP_ANY)
		json_incref(*(json_t **)value);
	return value;
}

static sp_status create_nodes(struct sp_runtime *rt, const struct section_plan *plan, char *filled)
{
	for (size_t i = 0; i < plan->leaf_count; i++) {
		const struct leaf *leaf = &plan->leaves[i];
		sp_node *node = sp_signal_create(rt->kernel->graph, leaf->type, value_to_keep(leaf, filled));

		if (!node)
			return SP_NO_MEMORY;
		rt->cells[rt->cell_count++] = *leaf_slot(leaf, rt->self) = node;
		if (sp_node_describe(node, leaf->field->name, rt) != SP_OK)
			return SP_NO_MEMORY;
	}
	return SP_OK;
}

sp_status section_create(struct sp_runtime *rt, const struct section_plan *plan, const json_t *json,
	struct sp_error *error)
{
	struct arena arena;
	char *filled = NULL;
	sp_status status;

	arena_init(&arena);
	status = section_fill(plan, json, &arena, &filled, error);
	if (status == SP_OK && create_nodes(rt, plan, filled) != SP_OK)
		status = sp_error_set(error, SP_NO_MEMORY, "out of memory");
	arena_finish(&arena);
	return status;
}

sp_status leaf_keep(const struct leaf *leaf, char *filled, void *ret_value)
{
	const void *value = value_to_keep(leaf, filled);

	if (leaf->type->keep)
		return leaf->type->keep(leaf->type, ret_value, value);
	memcpy(ret_value, value, leaf->type->size);
	return SP_OK;
}

void leaf_release(const struct leaf *leaf, void *value)
{
	if (leaf->type->release)
		leaf->type->release(leaf->type, value);
}

/* R-CF-4: json is compared by content, where sp_type_json compares identity. */
static bool is_same_json(const struct leaf *leaf, sp_node *node, const void *value)
{
	const json_t *now, *next;

	if (leaf->field->type != SP_ANY)
		return false;
	now = *(json_t *const *)sp_node_peek(node);
	next = *(json_t *const *)value;
	return now && next && json_equal(now, next);
}

void leaf_write(const struct leaf *leaf, void *self, void *value)
{
	sp_node *node = *leaf_slot(leaf, self);

	if (!is_same_json(leaf, node, value))
		sp_node_exchange(node, value);
}

sp_status section_change_add(struct section_change **changes, struct sp_runtime *rt, const struct section_plan *plan,
	const json_t *json)
{
	struct section_change *change = sp_calloc(1, sizeof *change + plan->row.record->size);
	struct arena arena;
	char *filled = NULL;
	sp_status status;

	if (!change)
		return SP_NO_MEMORY;
	*change = (struct section_change){ .next = *changes, .rt = rt, .plan = plan };
	*changes = change;
	arena_init(&arena);
	status = section_fill(plan, json, &arena, &filled, NULL);
	change->unfit = status == SP_INVALID;
	for (size_t i = 0; status == SP_OK && i < plan->leaf_count; i++)
		status = leaf_keep(&plan->leaves[i], filled, change->values + plan->leaves[i].value);
	arena_finish(&arena);
	return status == SP_NO_MEMORY ? status : SP_OK;
}

void section_change_write(struct section_change *change)
{
	const struct section_plan *plan = change->plan;

	for (size_t i = 0; i < plan->leaf_count; i++)
		leaf_write(&plan->leaves[i], change->rt->self, change->values + plan->leaves[i].value);
}

void section_changes_destroy(struct section_change *changes)
{
	while (changes) {
		struct section_change *next = changes->next;

		for (size_t i = 0; i < changes->plan->leaf_count; i++)
			leaf_release(&changes->plan->leaves[i], changes->values + changes->plan->leaves[i].value);
		sp_free(changes);
		changes = next;
	}
}

void section_own_path(const char *instance, char *path, size_t size)
{
	snprintf(path, size, "components.%s", instance);
}

void section_path(const struct factory *factory, const char *instance, char *path, size_t size)
{
	const struct section_plan *plan = factory->settings.items;

	if (plan && plan->row.at)
		snprintf(path, size, "%s", plan->row.at);
	else
		section_own_path(instance, path, size);
}

sp_status section_judge_stray(const struct factory *factory, const char *instance, const json_t *tree,
	json_t **ret_faults)
{
	const struct section_plan *plan = factory->settings.items;
	char path[128], message[160];
	json_t *faults, *value;
	const json_t *stray;
	sp_status status = SP_OK;
	const char *key;

	section_own_path(instance, path, sizeof path);
	stray = plan && !plan->row.at ? NULL : json_at_path(tree, path);
	if (json_object_size(stray) == 0)
		return SP_OK;
	if (plan)
		snprintf(message, sizeof message, "is unknown; the settings of %s stand in %s", factory->name,
			plan->row.at);
	else
		snprintf(message, sizeof message, "is unknown; %s has no settings", factory->name);
	faults = json_array();
	json_object_foreach((json_t *)stray, key, value)
		if (status == SP_OK)
			status = fault_note(faults, key, "unknown", message);
	if (status == SP_OK)
		*ret_faults = faults;
	else
		json_decref(faults);
	return status == SP_OK ? SP_INVALID : status;
}

void section_join(const char *section, const char *pointer, char *path, size_t size)
{
	snprintf(path, size, "%s%s", section, pointer);
	for (char *at = path + strnlen(section, size - 1); *at; at++)
		if (*at == '/')
			*at = '.';
}

const json_t *json_at_path(const json_t *tree, const char *path)
{
	while (tree && *path) {
		size_t length = strcspn(path, ".");

		tree = json_object_getn(tree, path, length);
		path += length + (path[length] == '.');
	}
	return tree;
}
