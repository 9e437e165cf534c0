/* factory.c: judges a component's descriptor and makes the kernel's own, completed copy of it. */
#include "factory.h"

#include <stdio.h>
#include <string.h>

#include "alloc.h"
#include "model.h"
#include "presentation.h"
#include "sections.h"
#include "supervision.h"

/* What is done with one kind of row: where its plans lie, how large they are, and how one is judged and completed. */
struct row_kind {
	unsigned kind;
	const char *word;
	size_t plans; /* offset in struct factory */
	size_t plan_size, row_size, row_least;
	sp_status (*complete)(struct factory *factory, void *plan, struct sp_error *error);
	void (*finish)(void *plan);
};

static sp_status refuse(const struct factory *factory, const struct sp_row *row, struct sp_error *error,
	const char *why)
{
	return sp_error_set(error, SP_INVALID, "component %s, row %s: %s", factory->name, row->name ? row->name : "?",
		why);
}

static char *contract_name_new(const struct sp_contract *contract)
{
	size_t size = strlen(contract->name) + 16;
	char *name = sp_malloc(size);

	if (name)
		snprintf(name, size, "%s/%u", contract->name, contract->major);
	return name;
}

static sp_status no_memory(const struct factory *factory, struct sp_error *error)
{
	return sp_error_set(error, SP_NO_MEMORY, "component %s: out of memory", factory->name);
}

static sp_status complete_about(struct factory *factory, void *plan, struct sp_error *error)
{
	const struct sp_about *about = plan;

	(void)error;
	factory->about = about->row.name ? about->row.name : "";
	factory->version = about->version ? about->version : factory->version;
	factory->name_space = about->name_space ? about->name_space : "";
	factory->on_demand = about->on_demand;
	factory->target_property = about->target_property;
	return SP_OK;
}

static sp_status complete_cell(struct factory *factory, void *plan_at, struct sp_error *error)
{
	struct cell_plan *plan = plan_at;

	if (!name_is_word(plan->row.row.name))
		return refuse(factory, &plan->row.row, error, "a name is [a-z][a-z0-9_]{0,30}");
	plan->plan = sp_field_plan_create(plan->row.field, error);
	if (!plan->plan)
		return error ? error->code : SP_INVALID;
	plan->type = sp_field_type_create(plan->row.field);
	return plan->type ? SP_OK : no_memory(factory, error);
}

static void finish_cell(void *plan_at)
{
	struct cell_plan *plan = plan_at;

	sp_field_plan_destroy(plan->plan);
	sp_field_type_destroy(plan->type);
}

static sp_status complete_computed(struct factory *factory, void *plan_at, struct sp_error *error)
{
	struct computed_plan *plan = plan_at;
	struct sp_field_plan *field = sp_field_plan_create(plan->row.field, error);

	if (!field)
		return error ? error->code : SP_INVALID;
	sp_field_plan_destroy(field);
	plan->type = sp_field_type_create(plan->row.field);
	return plan->type ? SP_OK : no_memory(factory, error);
}

static void finish_computed(void *plan_at)
{
	struct computed_plan *plan = plan_at;

	sp_field_type_destroy(plan->type);
}

static sp_status complete_effect(struct factory *factory, void *plan_at, struct sp_error *error)
{
	struct effect_plan *plan = plan_at;

	if (plan->row.cancel_on_supersede && !plan->row.cancel)
		return refuse(factory, &plan->row.row, error, "cancel_on_supersede needs a cancel function");
	return SP_OK;
}

static sp_status complete_hook(struct factory *factory, void *plan_at, struct sp_error *error)
{
	const struct sp_hook *row = &((struct hook_plan *)plan_at)->row;

	if (!row->run && !row->later)
		return refuse(factory, &row->row, error, "there is no function");
	if (row->timeout_ms < 0)
		return refuse(factory, &row->row, error, "a timeout below 0");
	return SP_OK;
}

static sp_status complete_need(struct factory *factory, void *plan_at, struct sp_error *error)
{
	struct need_plan *plan = plan_at;

	if (plan->row.shape > SP_SHAPE_MAP)
		return refuse(factory, &plan->row.row, error, "unknown shape of requirement");
	if (plan->row.shape == SP_SHAPE_MAP && !plan->row.by)
		return refuse(factory, &plan->row.row, error, "a map requirement says .by = \"property\"");
	plan->contract = contract_name_new(plan->row.contract);
	if (!plan->contract)
		return no_memory(factory, error);
	if (!plan->row.filter)
		return SP_OK;
	plan->filter = sp_filter_create(plan->row.filter, error);
	return plan->filter ? SP_OK : error ? error->code : SP_INVALID;
}

static void finish_need(void *plan_at)
{
	struct need_plan *plan = plan_at;

	sp_free(plan->contract);
	sp_filter_destroy(plan->filter);
}

static sp_status complete_provide(struct factory *factory, void *plan_at, struct sp_error *error)
{
	struct provide_plan *plan = plan_at;
	const struct sp_service *head = plan->row.table;

	if (!head || head->size < sizeof *head)
		return refuse(factory, &plan->row.row, error,
			"the service's table does not say its size; use SP_SERVICE");
	if (!plan->row.create != !plan->row.release)
		return refuse(factory, &plan->row.row, error, "create and release go together; use provide_each");
	plan->table_size = head->size;
	plan->contract = contract_name_new(plan->row.contract);
	return plan->contract ? SP_OK : no_memory(factory, error);
}

static void finish_provide(void *plan_at)
{
	struct provide_plan *plan = plan_at;

	sp_free(plan->contract);
}

static sp_status complete_runnable(struct factory *factory, void *plan_at, struct sp_error *error)
{
	struct runnable_plan *plan = plan_at;
	struct sp_record_plan *gives;
	const char *fault;

	if (!name_is_word(plan->row.row.name))
		return refuse(factory, &plan->row.row, error, "a runnable's name is [a-z][a-z0-9_]{0,30}");
	if (plan->row.mode > SP_FINISHES_LATER || plan->row.timeout_ms < 0)
		return refuse(factory, &plan->row.row, error, "unknown mode, or a timeout below 0");
	factory->blocking = factory->blocking || plan->row.mode == SP_IN_WORKER;
	if (plan->row.takes) {
		plan->takes = sp_record_plan_create(plan->row.takes, error);
		if (!plan->takes)
			return error ? error->code : SP_INVALID;
	}
	fault = presentation_fault(&plan->row);
	if (fault)
		return refuse(factory, &plan->row.row, error, fault);
	if (!plan->row.gives)
		return SP_OK;
	gives = sp_record_plan_create(plan->row.gives, error);
	sp_record_plan_destroy(gives);
	return gives ? SP_OK : error ? error->code : SP_INVALID;
}

static void finish_runnable(void *plan_at)
{
	struct runnable_plan *plan = plan_at;

	sp_record_plan_destroy(plan->takes);
}

static sp_status complete_state(struct factory *factory, void *plan_at, struct sp_error *error)
{
	struct state_plan *plan = plan_at;

	(void)factory;
	plan->plan = sp_record_plan_create(plan->row.record, error);
	return plan->plan ? SP_OK : error ? error->code : SP_INVALID;
}

static void finish_state(void *plan_at)
{
	struct state_plan *plan = plan_at;

	sp_record_plan_destroy(plan->plan);
}

static sp_status complete_kind(struct factory *factory, void *plan_at, struct sp_error *error)
{
	struct kind_plan *plan = plan_at;
	struct sp_record_plan *record = sp_record_plan_create(plan->row.record, error);

	(void)factory;
	sp_record_plan_destroy(record);
	return record ? SP_OK : error ? error->code : SP_INVALID;
}

static sp_status complete_supervise(struct factory *factory, void *plan_at, struct sp_error *error)
{
	struct supervise_plan *plan = plan_at;
	struct sp_error why;

	if (supervision_complete(&plan->row, &why) != SP_OK)
		return refuse(factory, &plan->row.row, error, why.message);
	return SP_OK;
}

#define KIND(number, word, member, plan, row, last, complete, finish) \
	{ \
		number, word, offsetof(struct factory, member), sizeof(struct plan), sizeof(struct row), \
			offsetof(struct row, last) + sizeof(((struct row *)0)->last), complete, finish \
	}

/* The row of a word, whatever the ABI calls it; last names the member that even the first version of the row has. */
static const struct row_kind kinds[] = {
	KIND(SP_ROW_SETTINGS, "settings", settings, section_plan, sp_settings, record, section_complete,
		section_finish),
	KIND(SP_ROW_PROPERTIES, "properties", properties, section_plan, sp_settings, record, section_complete,
		section_finish),
	KIND(SP_ROW_PROPERTY, "property", property_cells, cell_plan, sp_cell, field, complete_cell, finish_cell),
	KIND(SP_ROW_SIGNAL, "signal", signals, cell_plan, sp_cell, field, complete_cell, finish_cell),
	KIND(SP_ROW_COMPUTED, "computed", computeds, computed_plan, sp_computed, run, complete_computed,
		finish_computed),
	KIND(SP_ROW_EFFECT, "effect", effects, effect_plan, sp_effect, run, complete_effect, NULL),
	KIND(SP_ROW_NEED, "requirement", needs, need_plan, sp_need, shape, complete_need, finish_need),
	KIND(SP_ROW_PROVIDE, "provide", provides, provide_plan, sp_provide, table, complete_provide, finish_provide),
	KIND(SP_ROW_SUBSCRIBE, "subscribe", subscribes, subscribe_plan, sp_subscribe, run, NULL, NULL),
	KIND(SP_ROW_RUNNABLE, "runnable", runnables, runnable_plan, sp_runnable, run, complete_runnable,
		finish_runnable),
	KIND(SP_ROW_HOOK, "hook", hooks, hook_plan, sp_hook, run, complete_hook, NULL),
	KIND(SP_ROW_CHECK, "check", checks, check_plan, sp_check, run, NULL, NULL),
	KIND(SP_ROW_STATE, "state", states, state_plan, sp_state, restore, complete_state, finish_state),
	KIND(SP_ROW_SUPERVISE, "supervise", supervises, supervise_plan, sp_supervise, decide, complete_supervise, NULL),
	KIND(SP_ROW_TIMER, "timer", timers, hook_plan, sp_hook, run, NULL, NULL),
	KIND(SP_ROW_WATCH, "watch", watches, watch_plan, sp_watch_row, run, NULL, NULL),
	KIND(SP_ROW_KIND, "kind", kinds, kind_plan, sp_kind, record, complete_kind, NULL),
	KIND(SP_ROW_SKILL, "skill", skills, skill_plan, sp_skill, text, NULL, NULL),
	KIND(SP_ROW_TRANSPORT, "transport", transports, transport_plan, sp_transport, row, NULL, NULL),
};

/* Rows that leave no plan behind. */
static const struct row_kind passing[] = {
	{ SP_ROW_ABOUT, "about", 0, 0, sizeof(struct sp_about), sizeof(struct sp_row), complete_about, NULL },
	{ SP_ROW_POSTED, "posted", 0, 0, sizeof(struct sp_row), sizeof(struct sp_row), NULL, NULL },
	{ SP_ROW_MEMBER, "member", 0, 0, sizeof(struct sp_about), sizeof(struct sp_row), NULL, NULL },
};

enum { KINDS = sizeof kinds / sizeof kinds[0], PASSING = sizeof passing / sizeof passing[0], ROWS_MOST = 4096 };

static struct plans *plans_of(struct factory *factory, const struct row_kind *kind)
{
	return (struct plans *)(void *)((char *)factory + kind->plans);
}

static const struct row_kind *kind_of(const struct sp_row *row)
{
	for (size_t i = 0; i < KINDS; i++)
		if (kinds[i].kind == row->kind)
			return &kinds[i];
	for (size_t i = 0; i < PASSING; i++)
		if (passing[i].kind == row->kind)
			return &passing[i];
	return NULL;
}

static size_t smaller(size_t left, size_t right)
{
	return left < right ? left : right;
}

/* Copies a row of any age to a zeroed place of the kernel's size. */
static sp_status take_row(struct factory *factory, const struct sp_row *row, const struct row_kind *kind, void *to)
{
	size_t needs = kind->plan_size && row->member ? sizeof(void *) : 0; /* for a slot */

	memcpy(to, row, smaller(row->struct_size, kind->row_size));
	if (row->member + needs > factory->component.instance_size)
		return SP_INVALID;
	return row->struct_size < kind->row_least ? SP_INVALID : SP_OK;
}

static sp_status add_row(struct factory *factory, const struct sp_row *row, struct sp_error *error)
{
	const struct row_kind *kind = kind_of(row);
	_Alignas(max_align_t) char passing_row[sizeof(struct sp_about)] = { 0 };
	void *plan = passing_row;

	if (!kind)
		return refuse(factory, row, error, "a kind of row that this signalpyd does not know; update signalpyd");
	if (kind->plan_size) {
		struct plans *plans = plans_of(factory, kind);

		plan = (char *)plans->items + plans->count++ * kind->plan_size;
	}
	if (take_row(factory, row, kind, plan) != SP_OK)
		return refuse(factory, row, error,
			"the row is shorter than the first version of the ABI, or lies outside");
	return kind->complete ? kind->complete(factory, plan, error) : SP_OK;
}

/* Counts first, so that each kind's plans lie side by side and never move. */
static sp_status reserve_plans(struct factory *factory, struct sp_error *error)
{
	const struct sp_row *const *rows = factory->component.rows;
	size_t count = 0;

	for (size_t i = 0; i < KINDS; i++) {
		struct plans *plans = plans_of(factory, &kinds[i]);

		count = 0;
		for (size_t row = 0; row < ROWS_MOST && rows[row]; row++)
			count += rows[row]->kind == kinds[i].kind;
		plans->items = count ? sp_calloc(count, kinds[i].plan_size) : NULL;
		if (count && !plans->items)
			return no_memory(factory, error);
	}
	return SP_OK;
}

static bool is_listed(const struct factory *factory, const char *name)
{
	factory_each(runnable, factory->runnables, struct runnable_plan)
		if (strcmp(runnable->row.row.name, name) == 0)
			return true;
	return false;
}

static bool has_property(const struct factory *factory, const char *name)
{
	factory_each(cell, factory->property_cells, struct cell_plan)
		if (strcmp(cell->row.row.name, name) == 0)
			return true;
	factory_each(section, factory->properties, struct section_plan)
		for (size_t i = 0; i < section->leaf_count; i++)
			if (strcmp(section->leaves[i].field->name, name) == 0)
				return true;
	return false;
}

static const struct sp_row *row_at(const struct row_kind *kind, const struct plans *plans, size_t item)
{
	return (const struct sp_row *)(const void *)((const char *)plans->items + item * kind->plan_size);
}

static bool is_single(unsigned kind)
{
	return kind == SP_ROW_SETTINGS || kind == SP_ROW_PROPERTIES || kind == SP_ROW_CHECK || kind == SP_ROW_SUPERVISE;
}

/* No two rows of a kind share a name, where the row has one; of some kinds there is one row at most. */
static sp_status judge_names(const struct factory *factory, const struct row_kind *kind, struct sp_error *error)
{
	const struct plans *plans = (const struct plans *)(const void *)((const char *)factory + kind->plans);

	if (plans->count > 1 && is_single(kind->kind))
		return sp_error_set(error, SP_INVALID, "component %s: more than one %s row", factory->name, kind->word);
	for (size_t i = 0; i < plans->count; i++)
		for (size_t other = i + 1; other < plans->count; other++) {
			const char *name = row_at(kind, plans, i)->name, *same = row_at(kind, plans, other)->name;

			if (kind->kind != SP_ROW_STATE && name && same && strcmp(name, same) == 0)
				return sp_error_set(error, SP_INVALID,
					"component %s, row %s: there are two %s rows of this name", factory->name, name,
					kind->word);
		}
	return SP_OK;
}

/* Rows that speak of other rows: a skill may only use runnables that are there, names are unique. */
static sp_status judge_together(const struct factory *factory, struct sp_error *error)
{
	factory_each(skill, factory->skills, struct skill_plan)
		for (const char *const *name = skill->row.uses; name && *name; name++)
			if (!is_listed(factory, *name))
				return refuse(factory, &skill->row.row, error,
					"the skill uses a runnable that is not there");
	factory_each(runnable, factory->runnables, struct runnable_plan)
		if (runnable->row.completes && !is_listed(factory, runnable->row.completes))
			return refuse(factory, &runnable->row.row, error,
				"what completes its parameters is no runnable of the component");
	if (factory->target_property && !has_property(factory, factory->target_property))
		return sp_error_set(error, SP_INVALID, "component %s: the target_property %s is no property of it",
			factory->name, factory->target_property);
	for (size_t i = 0; i < KINDS; i++)
		if (judge_names(factory, &kinds[i], error) != SP_OK)
			return SP_INVALID;
	return SP_OK;
}

static sp_status fill_factory(struct factory *factory, struct sp_error *error)
{
	const struct sp_row *const *rows = factory->component.rows;
	sp_status status = reserve_plans(factory, error);

	for (size_t i = 0; status == SP_OK && rows[i]; i++)
		status = i < ROWS_MOST ? add_row(factory, rows[i], error)
				       : refuse(factory, rows[i], error, "more than 4096 rows");
	return status == SP_OK ? judge_together(factory, error) : status;
}

struct factory *factory_create(struct sp_plugin_handle *plugin, const struct sp_component *component,
	struct sp_error *error)
{
	struct factory *factory = sp_calloc(1, sizeof *factory);

	if (!factory) {
		sp_error_set(error, SP_NO_MEMORY, "component %s: out of memory", component->name);
		return NULL;
	}
	factory->plugin = plugin;
	list_init(&factory->instances);
	memcpy(&factory->component, component, smaller(component->head.struct_size, sizeof *component));
	factory->about = factory->name_space = "";
	factory->version = plugin->version;
	if (name_from_identifier(component->name, factory->name) != SP_OK) {
		sp_error_set(error, SP_INVALID, "component %s: a name is [a-z][a-z0-9-]{0,30}", component->name);
		sp_free(factory);
		return NULL;
	}
	if (!factory->component.rows)
		sp_error_set(error, SP_INVALID, "component %s: the descriptor is incomplete: use SP_COMPONENT",
			factory->name);
	else if (fill_factory(factory, error) == SP_OK)
		return factory;
	factory_destroy(factory);
	return NULL;
}

void factory_destroy(struct factory *factory)
{
	if (!factory)
		return;
	for (size_t i = 0; i < KINDS; i++) {
		struct plans *plans = plans_of(factory, &kinds[i]);

		for (size_t item = 0; kinds[i].finish && item < plans->count; item++)
			kinds[i].finish((char *)plans->items + item * kinds[i].plan_size);
		sp_free(plans->items);
	}
	sp_free(factory);
}
