/* factory_ask.c: questions about a component that the rest of the kernel asks. */
#include <ctype.h>
#include <string.h>

#include "factory.h"

enum { NAME_LONGEST = 31 };

static bool is_letter(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_word_character(char c)
{
	return is_letter(c) || (c >= '0' && c <= '9') || c == '_';
}

bool name_is_word(const char *text)
{
	size_t length = 0;

	if (!text || !is_letter(text[0]))
		return false;
	while (is_word_character(text[length]))
		length++;
	return length <= NAME_LONGEST && text[length] == '\0';
}

bool name_is_public(const char *text)
{
	size_t length = 0;

	if (!text || !is_letter(text[0]))
		return false;
	while (text[length] == '-' || (text[length] != '_' && is_word_character(text[length])))
		length++;
	return length <= NAME_LONGEST && text[length] == '\0';
}

sp_status name_from_identifier(const char *identifier, char name[static 32])
{
	if (!name_is_word(identifier))
		return SP_INVALID;
	for (size_t i = 0; i == 0 || identifier[i - 1]; i++)
		name[i] = identifier[i] == '_' ? '-' : identifier[i];
	return SP_OK;
}

const struct sp_hook *factory_hook(const struct factory *factory, enum sp_hook_kind kind)
{
	factory_each(plan, factory->hooks, const struct hook_plan)
		if (plan->row.hook == kind)
			return &plan->row;
	return NULL;
}

const struct state_plan *factory_snapshot(const struct factory *factory)
{
	factory_each(plan, factory->states, const struct state_plan)
		if (plan->row.snapshot)
			return plan;
	return NULL;
}

const struct state_plan *factory_restore(const struct factory *factory, unsigned version)
{
	factory_each(plan, factory->states, const struct state_plan)
		if (plan->row.version == version)
			return plan;
	return NULL;
}

const struct sp_supervise *factory_supervision(const struct factory *factory)
{
	const struct supervise_plan *plan = factory->supervises.items;

	return plan ? &plan->row : NULL;
}

static bool is_secret_slot(const struct sp_field *field, const void *self, size_t slot, const sp_node *node)
{
	union sp_field_row row;

	if (*(sp_node *const *)(const void *)((const char *)self + slot) != node)
		return false;
	sp_field_read(field, &row);
	return row.of.secret;
}

static bool section_is_secret(const struct plans *sections, const void *self, const sp_node *node)
{
	factory_each(section, *sections, const struct section_plan)
		for (size_t i = 0; i < section->leaf_count; i++)
			if (is_secret_slot(section->leaves[i].field, self, section->leaves[i].slot, node))
				return true;
	return false;
}

static bool cell_is_secret(const struct plans *cells, const void *self, const sp_node *node)
{
	factory_each(plan, *cells, const struct cell_plan)
		if (is_secret_slot(plan->row.field, self, plan->row.row.member, node))
			return true;
	return false;
}

bool factory_is_secret(const struct factory *factory, const void *self, const sp_node *node)
{
	return section_is_secret(&factory->settings, self, node) ||
		section_is_secret(&factory->properties, self, node) ||
		cell_is_secret(&factory->property_cells, self, node) || cell_is_secret(&factory->signals, self, node);
}

static bool lists(const char *const *names, const char *name)
{
	while (*names && strcmp(*names, name) != 0)
		names++;
	return *names != NULL;
}

static bool transport_shows(const struct sp_transport *row, const char *runnable)
{
	if (row->exclude && lists(row->exclude, runnable))
		return false;
	return !row->include || lists(row->include, runnable);
}

const struct sp_transport *factory_transport(const struct factory *factory, const char *transport)
{
	factory_each(plan, factory->transports, const struct transport_plan)
		if (strcmp(plan->row.row.name, transport) == 0)
			return &plan->row;
	return NULL;
}

unsigned factory_exposure(const struct factory *factory, const struct runnable_plan *runnable)
{
	static const struct {
		const char *name;
		unsigned bit;
	} transports[] = { { "rest", SP_REST }, { "mcp", SP_MCP }, { "cli", SP_CLI } };
	unsigned allowed = runnable->row.transports ? runnable->row.transports : SP_REST | SP_MCP | SP_CLI;
	unsigned shown = 0;

	if (allowed & SP_NATIVE_ONLY)
		return 0;
	if (runnable->row.prompt || runnable->row.resource)
		allowed &= SP_MCP; /* what it attaches has no other place */
	for (size_t i = 0; i < sizeof transports / sizeof transports[0]; i++) {
		const struct sp_transport *row = factory_transport(factory, transports[i].name);

		if (row ? transport_shows(row, runnable->row.row.name) : !factory->transports.count)
			shown |= transports[i].bit;
	}
	return shown & allowed;
}
