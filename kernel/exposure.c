/* exposure.c: what can be called from outside, and by which name. */
#include "exposure.h"

#include <stdio.h>
#include <string.h>

#include "alloc.h"

static const char *without_slash(const char *prefix)
{
	return prefix + strspn(prefix, "/");
}

/* R-RN-7: a configured prefix replaces /<instance> for the default instance and precedes it for others. */
static char *rest_path_new(const struct exposure *exposure, const struct factory *factory)
{
	const struct sp_transport *rest = factory_transport(factory, "rest");
	const char *version = rest && rest->version ? rest->version : "v1";
	const char *prefix = rest && rest->prefix ? without_slash(rest->prefix) : NULL;
	const char *instance = exposure->instance->name, *runnable = exposure->plan->row.row.name;
	size_t size = strlen(version) + (prefix ? strlen(prefix) : 0) + strlen(instance) + strlen(runnable) + 4;
	char *path = sp_malloc(size);

	if (!path)
		return NULL;
	if (!prefix)
		snprintf(path, size, "%s/%s/%s", version, instance, runnable);
	else if (strcmp(instance, factory->name) == 0)
		snprintf(path, size, "%s/%s/%s", version, prefix, runnable);
	else
		snprintf(path, size, "%s/%s/%s/%s", version, prefix, instance, runnable);
	return path;
}

static sp_status fill(struct exposure *exposure, const struct factory *factory)
{
	const struct sp_runnable *row = &exposure->plan->row;
	const struct sp_transport *cli = factory_transport(factory, "cli");
	unsigned transports = factory_exposure(factory, exposure->plan);

	snprintf(exposure->address, sizeof exposure->address, "%s.%s", exposure->instance->name, row->row.name);
	if (transports & SP_REST) {
		exposure->rest_path = rest_path_new(exposure, factory);
		if (!exposure->rest_path)
			return SP_NO_MEMORY;
	}
	exposure->exposed = (struct sp_exposed){ .struct_size = sizeof exposure->exposed, .address = exposure->address,
		.instance = exposure->instance->name, .component = factory->name, .runnable = row->row.name, .about = row->about,
		.rest_path = exposure->rest_path, .cli_prefix = cli ? cli->prefix : NULL, .takes = row->takes,
		.gives = row->gives, .transports = transports, .destructive = row->destructive, .read_only = row->read_only,
		.idempotent = row->idempotent, .action = row->action, .role = row->role, .timeout_ms = row->timeout_ms };
	return SP_OK;
}

struct exposures *exposures_create(struct instance *instance, const struct factory *factory)
{
	const struct runnable_plan *plans = factory->runnables.items;
	struct exposures *exposures =
		sp_calloc(1, sizeof *exposures + factory->runnables.count * sizeof exposures->items[0]);

	if (!exposures)
		return NULL;
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
static void tell(struct sp_kernel *kernel)
{
	int64_t revision = *(const int64_t *)sp_node_peek(kernel->exposed_revision) + 1;

	sp_node_write(kernel->exposed_revision, &revision);
}

void exposures_list(struct exposures *exposures)
{
	if (exposures->listed || !exposures->count)
		return;
	exposures->listed = true;
	for (size_t i = 0; i < exposures->count; i++) {
		struct exposure *exposure = &exposures->items[i];
		struct sp_kernel *kernel = exposure->instance->kernel;

		table_insert(&kernel->addresses, &exposure->by_address, exposure->address);
		if (exposure->rest_path)
			table_insert(&kernel->rest_paths, &exposure->by_rest, exposure->rest_path);
	}
	tell(exposures->items[0].instance->kernel);
}

void exposures_unlist(struct exposures *exposures)
{
	if (!exposures || !exposures->listed)
		return;
	exposures->listed = false;
	for (size_t i = 0; i < exposures->count; i++) {
		struct exposure *exposure = &exposures->items[i];
		struct sp_kernel *kernel = exposure->instance->kernel;

		table_remove(&kernel->addresses, &exposure->by_address);
		if (exposure->rest_path)
			table_remove(&kernel->rest_paths, &exposure->by_rest);
	}
	tell(exposures->items[0].instance->kernel);
}

const char *exposures_conflict(const struct exposures *exposures)
{
	for (size_t i = 0; i < exposures->count; i++) {
		const struct exposure *exposure = &exposures->items[i];
		const struct exposure *other = exposure->rest_path ? exposure_find_rest(exposure->instance->kernel,
									    exposure->rest_path, strlen(exposure->rest_path)) :
								     NULL;

		if (other && other->instance != exposure->instance)
			return exposure->rest_path;
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
