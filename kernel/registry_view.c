/* registry_view.c: what a consumer sees of the services it requires: copies of their tables, gathered in views. */
#include <stdio.h>
#include <string.h>

#include "alloc.h"
#include "lifecycle.h"
#include "registry.h"
#include "service_factory.h"

static const void *const nothing[1]; /* an empty list of services */

struct binding *binding_of(const struct sp_service *table)
{
	return container_of(table, struct binding, table);
}

static struct binding *binding_create(struct service *service, struct sp_runtime *consumer)
{
	struct binding *binding = sp_calloc(1, offsetof(struct binding, table) + service_copy_size(service));

	if (!binding)
		return NULL;
	list_init(&binding->link);
	binding->service = service;
	binding->references = 1;
	memcpy(&binding->table, service->table, service->table_size);
	binding->table.self = service->self;
	binding->table.consumer = consumer;
	return binding;
}

/* Where the service makes an object for its consumer, that comes first. NULL and an error, that of the provider or
 * SP_NO_MEMORY. */
static struct binding *bind_to(struct service *service, struct sp_runtime *consumer, struct sp_error *error)
{
	struct binding *binding = binding_create(service, consumer);
	sp_status status = binding ? SP_OK : SP_NO_MEMORY;

	if (binding && service->each)
		status = service_object_create(binding, error);
	if (status != SP_OK) {
		sp_free(binding);
		error->code = status;
		return NULL;
	}
	list_add(&service->bindings, &binding->link);
	if (service->rt)
		service->rt->bindings++;
	return binding;
}

struct binding *binding_keep(struct binding *binding)
{
	binding->references++;
	return binding;
}

void binding_release(struct binding *binding)
{
	if (--binding->references)
		return;
	if (binding->own)
		service_object_leave(binding);
	else
		binding_free(binding);
}

void binding_free(struct binding *binding)
{
	struct sp_runtime *provider = binding->service ? binding->service->rt : NULL;

	list_remove(&binding->link);
	sp_free(binding->own);
	sp_free(binding);
	if (!provider)
		return;
	provider->bindings--;
	body_due(provider);
}

static struct view *view_create(const struct need *need, size_t count)
{
	size_t tables = (count + 1) * sizeof(void *);
	struct view *view = sp_calloc(1, sizeof *view + tables + count * sizeof(struct binding *));

	if (!view)
		return NULL;
	list_init(&view->link);
	view->rt = need->rt;
	view->by = need->plan->row.by;
	view->bindings = (struct binding **)(void *)((char *)view->tables + tables);
	return view;
}

static void view_destroy(struct view *view)
{
	if (!view)
		return;
	for (size_t i = 0; i < view->count; i++)
		binding_release(view->bindings[i]);
	sp_free(view);
}

/* R-PL-10: a prepared instance sees its own plugin's prepared services, and none of those they replace. */
static bool is_visible(const struct need *need, const struct service *service)
{
	const struct sp_runtime *provider = service->rt, *consumer = need->rt;

	if (provider == consumer)
		return false;
	if (provider && consumer->state == BODY_PREPARED && provider->replacement == consumer->replacement &&
		consumer->replacement)
		return provider->state == BODY_PREPARED && provider->activated;
	return service->published && !(provider && provider->withdrawn);
}

static bool matches(const struct need *need, const struct service *service)
{
	const struct sp_filter *filter = need->plan->filter;

	if (!is_visible(need, service))
		return false;
	return !filter || sp_filter_matches(filter, service->rt ? service->rt->properties : NULL);
}

static size_t most_wanted(const struct need *need)
{
	return need->plan->row.shape <= SP_SHAPE_OPTIONAL ? 1 : SIZE_MAX;
}

/* How many services match, and whether they are just those that are shown. */
static size_t count_matches(const struct need *need, bool *ret_same)
{
	size_t count = 0, shown = need->view ? need->view->count : 0;
	struct service *service;

	*ret_same = true;
	list_each(service, &need->contract->services, link) {
		if (count == most_wanted(need) || !matches(need, service))
			continue;
		if (count >= shown || need->view->bindings[count]->service != service)
			*ret_same = false;
		count++;
	}
	*ret_same = *ret_same && count == shown;
	return count;
}

/* Sought from *at on, behind the one that was found last: of many services few have changed places. */
static struct binding *shown_binding(const struct need *need, const struct service *service, size_t *at)
{
	size_t count = need->view ? need->view->count : 0;

	for (size_t i = 0; i < count; i++, ++*at) {
		struct binding *binding;

		if (*at >= count)
			*at = 0;
		binding = need->view->bindings[*at];
		if (binding->service != service)
			continue;
		++*at;
		return binding_keep(binding);
	}
	return NULL;
}

/* Of a version that is being prepared: whatever it fails at, it does not come. */
static bool is_next(const struct sp_runtime *rt)
{
	return rt && rt->replacement && rt->instance && rt->instance->body != rt;
}

static sp_status fill_view(const struct need *need, struct view *view, size_t count, struct sp_error *refusal)
{
	struct service *service;
	size_t at = 0;

	list_each(service, &need->contract->services, link) {
		struct binding *binding;

		if (view->count == count || !matches(need, service))
			continue;
		binding = shown_binding(need, service, &at);
		if (!binding)
			binding = service_object_find(service, need->rt);
		if (!binding)
			binding = bind_to(service, need->rt, refusal);
		if (!binding && (refusal->code == SP_NO_MEMORY || is_next(service->rt)))
			return refusal->code;
		if (!binding)
			continue;
		view->tables[view->count] = &binding->table;
		view->bindings[view->count++] = binding;
	}
	return SP_OK;
}

/* Those that were left out may be all the difference. */
static bool is_shown(const struct need *need, const struct view *view)
{
	size_t shown = need->view ? need->view->count : 0;

	return need->view && shown == view->count &&
		memcmp(need->view->bindings, view->bindings, shown * sizeof(struct binding *)) == 0;
}

sp_status need_plan_view(struct need *need, bool force, struct sp_error *refusal)
{
	bool same;
	size_t count = count_matches(need, &same);
	sp_status status = SP_NO_MEMORY;

	need_forget(need);
	if (same && !(force && need->plan->row.by))
		return SP_OK;
	need->next = view_create(need, count);
	if (need->next)
		status = fill_view(need, need->next, count, refusal);
	if (status != SP_OK || (refusal->code && is_shown(need, need->next)))
		need_forget(need);
	return status;
}

void need_forget(struct need *need)
{
	view_destroy(need->next);
	need->next = NULL;
}

const void *need_slot_value(const struct need *need)
{
	const struct view *view = need->view;

	switch (need->plan->row.shape) {
	case SP_SHAPE_ALL:
		return view ? view->tables : nothing;
	case SP_SHAPE_MAP:
		return view;
	default:
		return view ? view->tables[0] : NULL;
	}
}

static void show(struct need *need, struct view *view)
{
	const void *value;

	if (need->view)
		list_add(&need->rt->kernel->retired, &need->view->link);
	need->view = view;
	value = need_slot_value(need);
	sp_node_write(need->node, &value); /* a pointer: nothing is allocated */
	kernel_due(need->rt->kernel);
}

void need_show(struct need *need)
{
	struct view *view = need->next;

	need->next = NULL;
	if (view)
		show(need, view);
}

void need_clear(struct need *need)
{
	need_forget(need);
	if (need->view)
		show(need, NULL);
}

bool need_matches_any(const struct need *need)
{
	const struct service *service;

	list_each(service, &need->contract->services, link)
		if (matches(need, service))
			return true;
	return false;
}

static void leave_out_unsound(struct need *need, struct view *view)
{
	size_t count = view->count;

	view->count = 0;
	for (size_t i = 0; i < count; i++) {
		struct binding *binding = view->bindings[i];

		if (matches(need, binding->service))
			view->bindings[view->count++] = binding;
		else
			binding_release(binding);
	}
	for (size_t i = 0; i <= count; i++)
		view->tables[i] = i < view->count ? &view->bindings[i]->table : NULL;
}

/* The view is changed where it lies, so nobody may be reading it; that it is shown anew tells its readers. */
void need_shrink(struct need *need)
{
	struct view *view = need->view;
	const void *value;

	need_forget(need);
	if (!view || need->rt->jobs || need->rt->kernel->frame) {
		need_clear(need);
		return;
	}
	sp_batch_begin(need->rt->kernel->graph);
	need->view = NULL;
	value = need_slot_value(need);
	sp_node_write(need->node, &value);
	leave_out_unsound(need, view);
	if (view->count == 0)
		view_destroy(view);
	else
		show(need, view);
	sp_batch_end(need->rt->kernel->graph);
}

bool need_is_sound(const struct need *need)
{
	for (size_t i = 0; need->view && i < need->view->count; i++)
		if (!matches(need, need->view->bindings[i]->service))
			return false;
	return true;
}

bool need_shows(const struct need *need, const struct sp_runtime *provider)
{
	for (size_t i = 0; need->view && i < need->view->count; i++)
		if (need->view->bindings[i]->service->rt == provider)
			return true;
	return false;
}

bool need_is_unmet(const struct need *need)
{
	return need->plan->row.shape == SP_SHAPE_ONE && (!need->view || need->view->count == 0);
}

void need_finish(struct need *need)
{
	need_forget(need);
	if (need->contract)
		list_remove(&need->link);
	view_destroy(need->view);
	need->view = NULL;
}

void retired_free(struct sp_kernel *kernel)
{
	struct view *view;

	list_each(view, &kernel->retired, link) {
		if (view->rt->jobs)
			continue; /* a worker may have read the slot */
		list_remove(&view->link);
		view_destroy(view);
	}
}

/* Whether the property of that name has the value key. Numbers and booleans are compared as JSON writes them. */
static bool property_is(const json_t *property, const char *key)
{
	char text[32];

	if (json_is_string(property))
		return strcmp(json_string_value(property), key) == 0;
	if (json_is_integer(property)) {
		snprintf(text, sizeof text, "%" JSON_INTEGER_FORMAT, json_integer_value(property));
		return strcmp(text, key) == 0;
	}
	return json_is_boolean(property) && strcmp(json_is_true(property) ? "true" : "false", key) == 0;
}

const void *sp_slot_at(sp_node *node, const char *key)
{
	const struct view *view = *(const struct view *const *)sp_node_get(node);

	for (size_t i = 0; view && i < view->count; i++) {
		const struct sp_runtime *provider = view->bindings[i]->service->rt;

		if (provider && property_is(json_object_get(provider->properties, view->by), key))
			return view->tables[i];
	}
	return NULL;
}
