/* configure.c: the merged configuration tree: judged against what components declare, then spread in one batch
 * (R-CF-3). */
#include "configure.h"

#include <stdio.h>
#include <string.h>

#include "alloc.h"
#include "faults.h"
#include "frame.h"
#include "instances_configured.h"
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

/* The body that goes by the settings. One that was removed, or is of a former version, only ends with what it has. */
static struct sp_runtime *follower(const struct instance *instance)
{
	struct sp_runtime *rt = instance->body;

	return rt && !instance->removed && rt->factory == instance->factory ? rt : NULL;
}

/* R-CF-3: a running component may look at what is about to be committed, and object. */
static sp_status ask_component(const struct instance *instance, const char *section, const void *next, json_t *faults)
{
	const struct check_plan *plan = instance->factory->checks.items;
	struct sp_runtime *rt = follower(instance);
	struct entry entry;
	sp_status status;
	json_t *fault;

	if (!plan || !rt)
		return SP_OK;
	entry_enter(&entry, rt);
	status = frame_judge(&entry.frame, plan->row.run(rt->self, next));
	entry_leave(&entry);
	if (status >= 0)
		return SP_OK;
	fault = json_pack("{s:s, s:s, s:s}", "pointer", entry.error.pointer, "rule", "check", "message",
		entry.error.message);
	status = fault ? add_fault(faults, instance, section, fault) : SP_NO_MEMORY;
	json_decref(fault);
	return status;
}

/* What nobody reads, nor will when a version that is being prepared serves, is not ignored in silence. */
static sp_status check_stray(const struct instance *instance, const json_t *tree, json_t *faults)
{
	const struct sp_runtime *next = replacement_next_of(instance);
	json_t *found = NULL;
	sp_status status = section_judge_stray(next ? next->factory : instance->factory, instance->name, tree, &found);
	char section[128];

	section_own_path(instance->name, section, sizeof section);
	return status == SP_INVALID ? add_faults(faults, instance, section, found) : status;
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

sp_status settings_check(const struct instance *instance, const json_t *tree, json_t *faults)
{
	sp_status status = check_stray(instance, tree, faults);

	if (status != SP_OK || !instance->factory->settings.count)
		return status;
	return check_section(instance, tree, faults);
}

static bool differ_at(const json_t *before, const json_t *after, const char *path)
{
	const json_t *left = json_at_path(before, path), *right = json_at_path(after, path);

	return left != right && !(left && right && json_equal(left, right));
}

static bool has_changed(const struct instance *instance, const json_t *before, const json_t *after)
{
	char section[128], own[128];

	section_path(instance->factory, instance->name, section, sizeof section);
	section_own_path(instance->name, own, sizeof own);
	return differ_at(before, after, section) || differ_at(before, after, own);
}

/* A section that has not changed was judged before: its instance runs with it. */
static bool must_judge(const struct instance *instance, const json_t *before, const json_t *after)
{
	if (instance->removed || !instance_stays(instance, after))
		return false;
	return !follower(instance) || has_changed(instance, before, after);
}

sp_status sp_kernel_check(sp_kernel *kernel, const json_t *tree, json_t *faults)
{
	const struct instance *instance;
	sp_status worst = SP_OK;

	if (!fault_goes_on(policy_check(tree, faults), &worst) ||
		!fault_goes_on(wishes_check(kernel, tree, faults), &worst))
		return worst;
	list_each(instance, &kernel->instances, link)
		if (must_judge(instance, kernel->configuration, tree) &&
			!fault_goes_on(settings_check(instance, tree, faults), &worst))
			break;
	return worst;
}

/* Keeps what the commit will write, for it must not end half-way. */
static sp_status reserve_section(const struct instance *instance, const json_t *tree, struct section_change **changes)
{
	const struct section_plan *plan = instance->factory->settings.items;
	struct sp_runtime *rt = instance->body;
	sp_status status = SP_OK;
	char section[128];

	section_path(instance->factory, instance->name, section, sizeof section);
	if (plan && has_changed(instance, instance->kernel->configuration, tree))
		status = section_change_add(changes, rt, plan, json_at_path(tree, section));
	if (status == SP_OK && rt->replacement)
		status = replacement_reconfigure(rt->replacement, instance, tree, changes);
	return status;
}

static sp_status reserve(const struct sp_kernel *kernel, const json_t *tree, struct section_change **changes)
{
	const struct instance *instance;
	sp_status status = SP_OK;

	list_each(instance, &kernel->instances, link)
		if (status == SP_OK && follower(instance))
			status = reserve_section(instance, tree, changes);
	return status;
}

static void commit_sections(struct section_change *changes)
{
	for (struct section_change *change = changes; change; change = change->next)
		if (!change->unfit)
			section_change_write(change);
		else if (change->rt->replacement)
			replacement_abandon(change->rt->replacement,
				"the configuration that came meanwhile does not suit the new version");
}

/* What was wrong with it may be right now. */
static void retry_if_changed(struct instance *instance, const json_t *before, const json_t *tree)
{
	if (instance->state != INSTANCE_ERRORED || !has_changed(instance, before, tree))
		return;
	instance->retry = true;
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
	struct section_change *changes = NULL;
	struct wish_changes *wishes = NULL;
	sp_status status = sp_kernel_check(kernel, tree, faults);
	struct instance *instance;

	if (status == SP_OK)
		status = reserve(kernel, tree, &changes);
	if (status == SP_OK)
		status = wish_changes_create(kernel, tree, &wishes);
	if (status != SP_OK) {
		section_changes_destroy(changes);
		json_decref(tree);
		return status;
	}
	kernel->configuration = tree;
	sp_batch_begin(kernel->graph);
	commit_sections(changes);
	list_each(instance, &kernel->instances, link)
		retry_if_changed(instance, before, tree);
	wish_changes_commit(wishes);
	commit_settings(kernel);
	sp_batch_end(kernel->graph);
	wish_changes_destroy(wishes);
	section_changes_destroy(changes);
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
	if (!setting->node || sp_node_describe(setting->node, path, NULL) != SP_OK) {
		sp_node_dispose(setting->node);
		sp_free(setting);
		return NULL;
	}
	table_insert(&kernel->settings, &setting->link, setting->path);
	return setting->node;
}
