/* exposure.c: what can be called from outside, and by which name. */
#include "exposure.h"

#include <stdio.h>
#include <string.h>

#include "alloc.h"
#include "lifecycle.h"
#include "metrics.h"

enum { PARTS = 4 };

/* R-RN-7: a configured prefix replaces /<instance> for the default instance and precedes it for others. */
static void find_parts(const struct factory *factory, const char *instance, const char *runnable,
	const char *parts[PARTS])
{
	const struct sp_transport *rest = factory_transport(factory, "rest");
	bool replaced = rest && rest->prefix && strcmp(instance, factory->name) == 0;

	parts[0] = rest && rest->version ? rest->version : "v1";
	parts[1] = rest && rest->prefix ? rest->prefix : "";
	parts[2] = replaced ? "" : instance;
	parts[3] = runnable;
}

/* The length of a part without the slashes around it. */
static size_t trim(const char **part)
{
	size_t length;

	*part += strspn(*part, "/");
	length = strlen(*part);
	while (length && (*part)[length - 1] == '/')
		length--;
	return length;
}

/* Copies part to to, without the slashes around it, and a slash in front; nothing when it is empty. */
static char *append_part(char *to, const char *part)
{
	size_t length = trim(&part);

	if (!length)
		return to;
	*to = '/';
	memcpy(to + 1, part, length);
	return to + 1 + length;
}

static char *rest_path_new(const struct exposure *exposure, const struct factory *factory)
{
	const char *parts[PARTS];
	size_t size = 2;
	char *path, *end;

	find_parts(factory, exposure->instance->name, exposure->plan->row.row.name, parts);
	for (size_t i = 0; i < PARTS; i++)
		size += strlen(parts[i]) + 1;
	path = end = sp_malloc(size);
	if (!path)
		return NULL;
	for (size_t i = 0; i < PARTS; i++)
		end = append_part(end, parts[i]);
	*end = '\0';
	memmove(path, path + 1, (size_t)(end - path)); /* what is found has no slash in front */
	return path;
}

bool exposure_is_default_path(const struct factory *factory, const char *runnable, const char *path)
{
	const char *parts[PARTS], *at = path;

	find_parts(factory, factory->name, runnable, parts);
	for (size_t i = 0; i < PARTS; i++) {
		size_t length = trim(&parts[i]);

		if (!length)
			continue;
		if (at != path && *at++ != '/')
			return false;
		if (strncmp(at, parts[i], length) != 0)
			return false;
		at += length;
	}
	return !*at;
}

static sp_status fill(struct exposure *exposure, const struct factory *factory)
{
	const struct sp_runnable *row = &exposure->plan->row;
	const struct sp_transport *cli = factory_transport(factory, "cli"), *mcp = factory_transport(factory, "mcp");
	unsigned transports = factory_exposure(factory, exposure->plan);

	snprintf(exposure->address, sizeof exposure->address, "%s.%s", exposure->instance->name, row->row.name);
	exposure->figures = call_figures_get(exposure->instance->kernel, factory->name, row->row.name);
	if (!exposure->figures)
		return SP_NO_MEMORY;
	if (transports & SP_REST) {
		exposure->rest_path = rest_path_new(exposure, factory);
		if (!exposure->rest_path)
			return SP_NO_MEMORY;
	}
	exposure->exposed = (struct sp_exposed){ .struct_size = sizeof exposure->exposed,
		.address = exposure->address,
		.instance = exposure->instance->name,
		.component = factory->name,
		.runnable = row->row.name,
		.about = row->about,
		.rest_path = exposure->rest_path,
		.cli_prefix = cli ? cli->prefix : NULL,
		.takes = row->takes,
		.gives = row->gives,
		.transports = transports,
		.destructive = row->destructive,
		.read_only = row->read_only,
		.idempotent = row->idempotent,
		.action = row->action,
		.role = row->role,
		.timeout_ms = row->timeout_ms,
		.prompt = row->prompt,
		.resource = row->resource,
		.mime_type = row->mime_type,
		.completes = row->completes,
		.mcp_prefix = mcp ? mcp->prefix : NULL,
		.schema = row->schema,
		.may_last = row->mode != SP_AT_ONCE,
		.as_task = row->as_task };
	return SP_OK;
}

struct exposures *exposures_create(struct instance *instance, const struct factory *factory)
{
	const struct runnable_plan *plans = factory->runnables.items;
	struct exposures *exposures =
		sp_calloc(1, sizeof *exposures + factory->runnables.count * sizeof exposures->items[0]);

	if (!exposures)
		return NULL;
	exposures->instance = instance;
	exposures->empty = !factory->runnables.count && !factory->skills.count && !factory->kinds.count;
	for (size_t i = 0; i < factory->runnables.count; i++) {
		struct exposure *exposure = &exposures->items[exposures->count++];

		exposure->instance = instance;
		exposure->plan = &plans[i];
		if (fill(exposure, factory) == SP_OK)
			continue;
		exposures_destroy(exposures);
		return NULL;
	}
	return exposures;
}

void exposures_destroy(struct exposures *exposures)
{
	if (!exposures)
		return;
	exposures_unlist(exposures);
	for (size_t i = 0; i < exposures->count; i++)
		sp_free(exposures->items[i].rest_path);
	sp_free(exposures);
}

/* Whoever lists what is exposed inside an effect follows this signal. */
static void tell(struct sp_kernel *kernel, const struct instance *instance)
{
	int64_t revision = *(const int64_t *)sp_node_peek(kernel->exposed_revision) + 1;
	char *lately = kernel->exposed_lately[revision % EXPOSED_LATELY];

	snprintf(lately, sizeof kernel->exposed_lately[0], "%s", instance->name);
	sp_node_write(kernel->exposed_revision, &revision);
}

void exposures_list(struct exposures *exposures)
{
	if (exposures->listed || exposures->empty)
		return;
	exposures->listed = true;
	for (size_t i = 0; i < exposures->count; i++) {
		struct exposure *exposure = &exposures->items[i];
		struct sp_kernel *kernel = exposure->instance->kernel;

		table_insert(&kernel->addresses, &exposure->by_address, exposure->address);
		if (exposure->rest_path)
			table_insert(&kernel->rest_paths, &exposure->by_rest, exposure->rest_path);
	}
	tell(exposures->instance->kernel, exposures->instance);
}

/* Whoever was errored for want of a path that is free now is tried again. */
static void wake_path_waiters(struct sp_kernel *kernel)
{
	struct instance *instance;

	list_each(instance, &kernel->path_waiters, waiter)
		if (!exposures_conflict(instance->exposures, NULL)) {
			instance->retry = true;
			instance_due(instance);
		}
}

void exposures_unlist(struct exposures *exposures)
{
	struct sp_kernel *kernel;

	if (!exposures || !exposures->listed)
		return;
	exposures->listed = false;
	kernel = exposures->instance->kernel;
	for (size_t i = 0; i < exposures->count; i++) {
		struct exposure *exposure = &exposures->items[i];

		table_remove(&kernel->addresses, &exposure->by_address);
		if (exposure->rest_path)
			table_remove(&kernel->rest_paths, &exposure->by_rest);
	}
	tell(kernel, exposures->instance);
	wake_path_waiters(kernel);
}

const char *exposures_conflict(const struct exposures *exposures, const struct sp_plugin_handle *except)
{
	for (size_t i = 0; i < exposures->count; i++) {
		const struct exposure *exposure = &exposures->items[i];
		const char *path = exposure->rest_path;
		const struct exposure *other =
			path ? exposure_find_rest(exposure->instance->kernel, path, strlen(path)) : NULL;

		if (other && other->instance != exposure->instance && other->instance->factory->plugin != except)
			return path;
	}
	return NULL;
}

struct exposure *exposure_find(const struct sp_kernel *kernel, const char *address, size_t length)
{
	struct table_link *link = table_find(&kernel->addresses, address, length);

	return link ? container_of(link, struct exposure, by_address) : NULL;
}

struct exposure *exposure_find_rest(const struct sp_kernel *kernel, const char *path, size_t length)
{
	struct table_link *link = table_find(&kernel->rest_paths, path, length);

	return link ? container_of(link, struct exposure, by_rest) : NULL;
}
