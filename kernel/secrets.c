/* secrets.c: which settings must not be shown (R-CF-6). */
#include "secrets.h"

#include <stdio.h>
#include <string.h>

#include "sections.h"

/* A value of a field, without its secrets; NULL without memory. */
static json_t *hidden_new(const struct sp_field *field, json_t *value);

static json_t *hidden_record_new(const struct sp_record *record, json_t *value)
{
	json_t *copy = json_copy(value);

	for (const struct sp_field *const *field = record->fields; copy && field && *field; field++) {
		json_t *member = json_object_get(value, (*field)->name);

		if (!member || json_object_set_new(copy, (*field)->name, hidden_new(*field, member)) == 0)
			continue;
		json_decref(copy);
		return NULL;
	}
	return copy;
}

static json_t *hidden_array_new(const struct sp_field *item, const json_t *value)
{
	json_t *copy = json_array(), *at;
	size_t i;

	json_array_foreach(value, i, at)
		if (copy && json_array_append_new(copy, hidden_new(item, at))) {
			json_decref(copy);
			return NULL;
		}
	return copy;
}

static json_t *hidden_new(const struct sp_field *field, json_t *value)
{
	union sp_field_row row;

	sp_field_read(field, &row);
	if (row.of.secret)
		return json_string("********");
	if (row.field.type == SP_RECORD_TYPE && json_is_object(value))
		return hidden_record_new(row.record.record, value);
	if (row.field.type == SP_ARRAY && json_is_array(value))
		return hidden_array_new(row.array.item, value);
	return json_incref(value);
}

static sp_status hide(json_t *properties, const struct sp_field *field)
{
	json_t *value = json_object_get(properties, field->name);

	if (!value)
		return SP_OK;
	return json_object_set_new(properties, field->name, hidden_new(field, value)) ? SP_NO_MEMORY : SP_OK;
}

/* As they were given, a record whole; and as its slots are. */
static sp_status hide_section(json_t *properties, const struct section_plan *section)
{
	sp_status status = SP_OK;

	for (const struct sp_field *const *field = section->row.record->fields; field && *field; field++)
		if (status == SP_OK)
			status = hide(properties, *field);
	for (size_t i = 0; status == SP_OK && i < section->leaf_count; i++)
		status = hide(properties, section->leaves[i].field);
	return status;
}

json_t *secrets_properties_new(const struct sp_runtime *rt)
{
	json_t *properties = json_copy(rt->properties);
	sp_status status = properties ? SP_OK : SP_NO_MEMORY;

	factory_each(section, rt->factory->properties, const struct section_plan)
		if (status == SP_OK)
			status = hide_section(properties, section);
	factory_each(plan, rt->factory->property_cells, const struct cell_plan)
		if (status == SP_OK)
			status = hide(properties, plan->row.field);
	if (status == SP_OK)
		return properties;
	json_decref(properties);
	return NULL;
}

/* Where the walk is: the path is extended by each step and cut back after it. */
struct walk {
	json_t *paths;
	char path[512];
	bool failed;
};

static void note(struct walk *walk)
{
	walk->failed = json_array_append_new(walk->paths, json_string(walk->path)) != 0 || walk->failed;
}

static void walk_record(struct walk *walk, const struct sp_record *record);

/* Of a list, everything below it is hidden when any of its items' members is secret. */
static void walk_field(struct walk *walk, const union sp_field_row *row)
{
	size_t length = strlen(walk->path);

	snprintf(walk->path + length, sizeof walk->path - length, ".%s", row->field.name);
	if (row->of.secret)
		note(walk);
	else if (row->field.type == SP_RECORD_TYPE)
		walk_record(walk, row->record.record);
	else if (row->field.type == SP_ARRAY && row->array.item->type == SP_RECORD_TYPE) {
		union sp_field_row item;
		size_t before = json_array_size(walk->paths);

		sp_field_read(row->array.item, &item);
		walk_record(walk, item.record.record);
		walk->path[length + 1 + strlen(row->field.name)] = '\0';
		if (json_array_size(walk->paths) > before)
			note(walk);
	}
	walk->path[length] = '\0';
}

static void walk_record(struct walk *walk, const struct sp_record *record)
{
	for (const struct sp_field *const *field = record->fields; field && *field; field++) {
		union sp_field_row row;

		sp_field_read(*field, &row);
		walk_field(walk, &row);
	}
}

/* Those that the configuration gives. */
static void walk_properties(struct walk *walk, const struct instance *instance)
{
	snprintf(walk->path, sizeof walk->path, "instances.%s.properties", instance->name);
	factory_each(plan, instance->factory->properties, const struct section_plan)
		walk_record(walk, plan->row.record);
	factory_each(plan, instance->factory->property_cells, const struct cell_plan) {
		union sp_field_row row;

		sp_field_read(plan->row.field, &row);
		walk_field(walk, &row);
	}
}

json_t *sp_kernel_secrets_new(const sp_kernel *kernel)
{
	struct walk walk = { .paths = json_array() };
	const struct instance *instance;

	list_each(instance, &kernel->instances, link)
		factory_each(plan, instance->factory->settings, const struct section_plan) {
			section_path(instance->factory, instance->name, walk.path, sizeof walk.path);
			walk_record(&walk, plan->row.record);
		}
	list_each(instance, &kernel->instances, link)
		walk_properties(&walk, instance);
	if (!walk.failed)
		return walk.paths;
	json_decref(walk.paths);
	return NULL;
}
