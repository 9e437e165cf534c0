/*
 * factory.h: a component as the kernel keeps it: every row of its descriptor judged, copied to the kernel's own size
 * (rows of an older plugin are shorter), and completed with what the kernel derives from it once (plans, types,
 * filters).
 */
#ifndef KERNEL_FACTORY_H
#define KERNEL_FACTORY_H

#include <signalpy/component.h>

#include "filter.h"
#include "list.h"
#include "record.h"
#include "table.h"

/* Settings or properties: a record, and every leaf of it as a slot. */
struct section_plan {
	struct sp_settings row;
	struct sp_record_plan *plan;
	struct leaf *leaves;
	size_t leaf_count;
};

/* One leaf: where its slot lies in the instance, where its value in the filled struct; key is the member of the section
 * that it is, or lies below. */
struct leaf {
	const struct sp_field *field;
	const char *key;
	const struct sp_value_type *type;
	uint32_t slot, value;
};

/* A property or a signal. */
struct cell_plan {
	struct sp_cell row;
	struct sp_field_plan *plan;
	const struct sp_value_type *type;
};

struct computed_plan {
	struct sp_computed row;
	const struct sp_value_type *type;
};

struct effect_plan {
	struct sp_effect row;
};

struct need_plan {
	struct sp_need row;
	char *contract; /* "IDictionary/1" */
	struct sp_filter *filter; /* NULL: none */
};

struct provide_plan {
	struct sp_provide row;
	char *contract;
	size_t table_size;
};

struct subscribe_plan {
	struct sp_subscribe row;
};

struct runnable_plan {
	struct sp_runnable row;
	struct sp_record_plan *takes; /* NULL: nothing */
};

struct hook_plan {
	struct sp_hook row;
};

struct check_plan {
	struct sp_check row;
};

struct state_plan {
	struct sp_state row;
	struct sp_record_plan *plan;
};

struct supervise_plan {
	struct sp_supervise row; /* with its defaults */
};

struct watch_plan {
	struct sp_watch_row row;
};

struct kind_plan {
	struct sp_kind row;
};

struct skill_plan {
	struct sp_skill row;
};

struct transport_plan {
	struct sp_transport row;
};

/* The plans of one kind of row, in the order in which they were declared. */
struct plans {
	void *items;
	size_t count;
};

struct factory {
	struct table_link link; /* in the kernel's factories, once published */
	struct sp_plugin_handle *plugin;
	struct sp_component component;
	char name[32]; /* "spell-checker" */
	const char *about, *version, *name_space; /* never NULL */
	bool blocking; /* has a runnable that runs in a worker, which reads its slots */
	bool on_demand; /* has no default instance */
	const char *target_property; /* NULL: none */
	struct list instances; /* that are found by their names */
	struct plans settings, properties, property_cells, signals, computeds, effects, needs, provides, subscribes;
	struct plans runnables, hooks, checks, states, supervises, timers, watches, kinds, skills, transports;
};

/* Runs the block for each plan of a kind: factory_each(need, factory->needs, struct need_plan) */
#define factory_each(item, plans_, type) \
	for (type *item = (plans_).items, *end_##item = item + (plans_).count; item && item < end_##item; item++)

/* Judges a component and makes its factory; NULL and error, which names component and row, when it is wrong. */
struct factory *factory_create(struct sp_plugin_handle *plugin, const struct sp_component *component,
	struct sp_error *error);
void factory_destroy(struct factory *factory);

/* The hook of a kind, the state row that snapshots, the state row that restores a version; NULL when not declared. */
const struct sp_hook *factory_hook(const struct factory *factory, enum sp_hook_kind kind);
const struct state_plan *factory_snapshot(const struct factory *factory);
const struct state_plan *factory_restore(const struct factory *factory, unsigned version);

/* How the component supervises its children; NULL when it does not. */
const struct sp_supervise *factory_supervision(const struct factory *factory);

/* What a runnable is exposed on by the transport rows (enum sp_transports or-ed), and the row of one transport or
 * NULL. */
unsigned factory_exposure(const struct factory *factory, const struct runnable_plan *runnable);
const struct sp_transport *factory_transport(const struct factory *factory, const char *transport);

/* Whether the component at self declares the slot of node as secret. */
bool factory_is_secret(const struct factory *factory, const void *self, const sp_node *node);

/* Writes the public form of a C identifier ("spell_checker" -> "spell-checker") to name; SP_INVALID when it is not
 * [a-z][a-z0-9-]{0,30} (R-CM-12). */
sp_status name_from_identifier(const char *identifier, char name[static 32]);

/* Whether text is [a-z][a-z0-9_]{0,30}, the form of runnables, parameters and keys. */
bool name_is_word(const char *text);

/* Whether text is [a-z][a-z0-9-]{0,30}, the form of components and instances. */
bool name_is_public(const char *text);

#endif
