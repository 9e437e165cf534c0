/* origin.c: who writes a signal, in words: for the trace, and to say why an effect ran. */
#include "origin.h"

#include <stdio.h>
#include <string.h>

#include "sections.h"

/* Puts the path of the leaf whose slot is wanted behind path; false if it is not of the record. */
static bool add_leaf(const struct sp_record *record, uint32_t slot, uint32_t wanted, char *path, size_t room)
{
	for (const struct sp_field *const *field = record->fields; field && *field; field++) {
		uint32_t at = slot + (*field)->slot;
		int used = snprintf(path, room, ".%s", (*field)->name);
		union sp_field_row row;

		if ((*field)->type != SP_RECORD_TYPE) {
			if (at == wanted)
				return true;
			continue;
		}
		sp_field_read(*field, &row);
		if ((size_t)used < room && add_leaf(row.record.record, at, wanted, path + used, room - (size_t)used))
			return true;
	}
	return false;
}

static bool is_setting(const struct sp_runtime *rt, const sp_node *signal, char *text)
{
	char path[ORIGIN_SIZE - sizeof "configuration: "];

	factory_each(plan, rt->factory->settings, const struct section_plan)
		for (size_t i = 0; i < plan->leaf_count; i++) {
			const struct leaf *leaf = &plan->leaves[i];
			size_t length;

			if (*leaf_slot(leaf, rt->self) != signal)
				continue;
			section_path(rt->factory, rt->name, path, sizeof path);
			length = strlen(path);
			add_leaf(plan->row.record, plan->row.row.member, leaf->slot, path + length,
				sizeof path - length);
			snprintf(text, ORIGIN_SIZE, "configuration: %s", path);
			return true;
		}
	return false;
}

static bool is_need(const struct sp_runtime *rt, const sp_node *signal, char *text)
{
	for (size_t i = 0; rt->needs && i < rt->factory->needs.count; i++) {
		const struct need *need = &rt->needs[i];

		if (need->node != signal)
			continue;
		snprintf(text, ORIGIN_SIZE, "services: %s", need->contract->name);
		return true;
	}
	return false;
}

/* A value at a path of the tree, that somebody watches. */
static bool is_watched_setting(struct sp_kernel *kernel, const sp_node *signal, const char *name, char *text)
{
	const struct table_link *link = name ? table_find(&kernel->settings, name, strlen(name)) : NULL;

	if (!link || container_of(link, struct setting, link)->node != signal)
		return false;
	snprintf(text, ORIGIN_SIZE, "configuration: %s", name);
	return true;
}

bool origin_fixed(struct sp_kernel *kernel, const sp_node *signal, char text[static ORIGIN_SIZE])
{
	struct sp_node_info info = { .struct_size = sizeof info };

	sp_node_inspect(signal, &info);
	if (!info.owner)
		return is_watched_setting(kernel, signal, info.name, text);
	return is_setting(info.owner, signal, text) || is_need(info.owner, signal, text);
}

static bool is_property(const struct sp_runtime *rt, const sp_node *signal)
{
	factory_each(plan, rt->factory->properties, const struct section_plan)
		for (size_t i = 0; i < plan->leaf_count; i++)
			if (*leaf_slot(&plan->leaves[i], rt->self) == signal)
				return true;
	factory_each(plan, rt->factory->property_cells, const struct cell_plan)
		if (*(sp_node *const *)(const void *)((const char *)rt->self + plan->row.row.member) == signal)
			return true;
	return false;
}

/* Nobody was entered: the kernel writes by itself, or for its host. */
static void tell_kernel(const sp_node *signal, char *text)
{
	struct sp_node_info info = { .struct_size = sizeof info };
	const struct sp_runtime *owner;

	sp_node_inspect(signal, &info);
	owner = info.owner;
	if (owner && is_property(owner, signal))
		snprintf(text, ORIGIN_SIZE, "properties of %s", owner->name);
	else
		snprintf(text, ORIGIN_SIZE, "kernel");
}

static void tell_writer(const sp_node *writer, char *text)
{
	struct sp_node_info info = { .struct_size = sizeof info };
	const struct sp_runtime *owner;

	sp_node_inspect(writer, &info);
	owner = info.owner;
	snprintf(text, ORIGIN_SIZE, "%s%s%s (effect)", owner ? owner->name : "", owner ? "." : "",
		info.name ? info.name : "?");
}

static const char *word_of(const struct sp_row *row)
{
	switch (row->kind) {
	case SP_ROW_TIMER:
		return "timer";
	case SP_ROW_WATCH:
		return "watch";
	case SP_ROW_SUBSCRIBE:
		return "event";
	default:
		return "hook";
	}
}

static void tell_frame(const struct frame *frame, char *text)
{
	if (frame->call)
		snprintf(text, ORIGIN_SIZE, "%s (call)", frame->call->address);
	else if (frame->row)
		snprintf(text, ORIGIN_SIZE, "%s.%s (%s)", frame->rt->name, frame->row->name, word_of(frame->row));
	else
		snprintf(text, ORIGIN_SIZE, "%s", frame->rt->name);
}

void origin_present(struct sp_kernel *kernel, const sp_node *signal, const sp_node *writer,
	char text[static ORIGIN_SIZE])
{
	if (origin_fixed(kernel, signal, text))
		return;
	if (writer)
		tell_writer(writer, text);
	else if (kernel->frame)
		tell_frame(kernel->frame, text);
	else
		tell_kernel(signal, text);
}
