/* configure.c: the merged configuration tree: judged against what components declare, then spread in one batch (R-CF-3). */
#include <stdio.h>
#include <string.h>

#include "alloc.h"
#include "frame.h"
#include "lifecycle.h"
#include "policy.h"
#include "replace.h"
#include "sections.h"

static sp_status add_fault(json_t *faults, const struct instance *instance, const char *section, const json_t *fault)
{
	const char *pointer = json_string_value(json_object_get(fault, "pointer"));
	char path[256];
	json_t *named;

	if (!faults)
		return SP_INVALID;
	named = json_copy((json_t *)fault);
	section_join(section, pointer ? pointer : "", path, sizeof path);
	if (!named || json_object_set_new(named, "path", json_string(path)) ||
		json_object_set_new(named, "instance", json_string(instance->name))) {
		json_decref(named);
		return SP_NO_MEMORY;
	}
	return json_array_append_new(faults, named) ? SP_NO_MEMORY : SP_INVALID;
}

static sp_status add_faults(json_t *faults, const struct instance *instance, const char *section, json_t *found)
{
	sp_status status = SP_INVALID;
	const json_t *fault;
	size_t i;

	json_array_foreach(found, i, fault)
		if (status == SP_INVALID)
			status = add_fault(faults, instance, section, fault);
	json_decref(found);
	return status;
}

/* R-CF-3: a running component may look at what is about to be committed, and object. */
static sp_status ask_component(const struct instance *instance, const char *section, const void *next, json_t *faults)
{
	const struct check_plan *plan = instance->factory->checks.items;
	struct entry entry;
	sp_status status;
	json_t *fault;

	if (!plan || !instance->body)
		return SP_OK;
	entry_enter(&entry, instance->body);
	status = frame_judge(&entry.frame, plan->row.run(instance->body->self, next));
	entry_leave(&entry);
	if (status >= 0)
		return SP_OK;
	fault = json_pack("{s:s, s:s, s:s}", "pointer", entry.error.pointer, "rule", "check", "message",
		entry.error.message);
	status = fault ? add_fault(faults, instance, section, fault) : SP_NO_MEMORY;
	json_decref(fault);
	return status;
}

static sp_status check_section(const struct instance *instance, const json_t *tree, json_t *faults)
{
	const struct section_plan *plan = instance->factory->settings.items;
	struct arena arena;
	json_t *found = NULL;
	struct sp_fill how = { arena_allocate_for, &arena, &found };
	char section[128];
	void *filled;
	sp_status status;

	arena_init(&arena);
	section_path(instance->factory, instance->name, section, sizeof section);
	filled = arena_allocate(&arena, plan->row.record->size);
	status = filled ? sp_record_plan_fill(plan->plan, json_at_path(tree, section), &how, filled) : SP_NO_MEMORY;
	if (status == SP_INVALID)
		status = add_faults(faults, instance, section, found);
	else if (status == SP_OK)
		status = ask_component(instance, section, filled, faults);
	arena_finish(&arena);
	return status;
}

static bool has_changed(const struct instance *instance, const json_t *before, const json_t *after)
{
	char section[128];
	const json_t *left, *right;

	section_path(instance->factory, instance->name, section, sizeof section);
	left = json_at_path(before, section);
	right = json_at_path(after, section);
	return left != right && !(left && right && json_equal(left, right));
}

/* A section that has not changed was judged before: its instance runs with it. */
static bool must_judge(const struct instance *instance, const json_t *before, const json_t *after)
{
	return instance->factory->settings.count && (!instance->body || has_changed(instance, before, after));
}

sp_status sp_kernel_check(sp_kernel *kernel, const json_t *tree, json_t *faults)
{
	const struct instance *instance;
	sp_status worst = policy_check(tree, faults);

	if (worst == SP_NO_MEMORY)
		return worst;
	list_each(instance, &kernel->instances, link) {
		sp_status status = must_judge(instance, kernel->configuration, tree)
			? check_section(instance, tree, faults)
			: SP_OK;

		if (status == SP_NO_MEMORY)
			return status;
		worst = status == SP_OK ? worst : status;
	}
	return worst;
}

static void commit_section(struct instance *instance, const json_t *before, const json_t *tree)
{
	const struct section_plan *plan = instance->factory->settings.items;
	char section[128];

	if (instance->body && instance->body->replacement)
		replacement_reconfigure(instance->body->replacement, instance);
	if (!plan || !has_changed(instance, before, tree))
		return;
	section_path(instance->factory, instance->name, section, sizeof section);
	if (instance->body && section_write(instance->body, plan, json_at_path(tree, section)) != SP_OK)
		kernel_log(instance->kernel, SP_ERROR, instance->name, "some settings could not be set: out of memory");
	if (instance->state != INSTANCE_ERRORED)
		return;
	instance->retry = true; /* what was wrong with it may be right now */
	instance_due(instance);
}

static void commit_setting(struct setting *setting, const json_t *tree)
{
	const json_t *now = json_at_path(tree, setting->path);
	const json_t *shown = *(json_t *const *)sp_node_peek(setting->node);
	json_t *value;

	if (now == shown || (now && shown && json_equal(now, shown)))
		return;
	value = json_incref((json_t *)now);
	sp_node_write(setting->node, &value); /* a pointer: nothing is allocated */
}

static void commit_settings(struct sp_kernel *kernel)
{
	struct table *table = &kernel->settings;

	for (size_t i = 0; i < table->size; i++)
		for (struct table_link *link = table->buckets ? table->buckets[i] : table->first; link;
			link = link->next)
			commit_setting(container_of(link, struct setting, link), kernel->configuration);
}

sp_status sp_kernel_configure(sp_kernel *kernel, json_t *tree, json_t *faults)
{
	json_t *before = kernel->configuration;
	sp_status status = sp_kernel_check(kernel, tree, faults);
	struct instance *instance;

	if (status != SP_OK) {
		json_decref(tree);
		return status;
	}
	kernel->configuration = tree;
	sp_batch_begin(kernel->graph);
	list_each(instance, &kernel->instances, link)
		commit_section(instance, before, tree);
	commit_settings(kernel);
	sp_batch_end(kernel->graph);
	json_decref(before);
	return SP_OK;
}

sp_node *sp_kernel_setting(sp_kernel *kernel, const char *path)
{
	struct table_link *link = table_find(&kernel->settings, path, strlen(path));
	struct setting *setting;
	json_t *value;

	if (link)
		return container_of(link, struct setting, link)->node;
	setting = sp_calloc(1, sizeof *setting + strlen(path) + 1);
	if (!setting)
		return NULL;
	memcpy(setting->path, path, strlen(path) + 1);
	value = json_incref((json_t *)json_at_path(kernel->configuration, path));
	setting->node = sp_signal_create(kernel->graph, &sp_type_json, &value);
	if (!setting->node) {
		json_decref(value);
		sp_free(setting);
		return NULL;
	}
	table_insert(&kernel->settings, &setting->link, setting->path);
	return setting->node;
}
