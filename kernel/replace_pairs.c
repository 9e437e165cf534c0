/* replace_pairs.c: which instances a replacement takes over: those that are there, and those that come and go
 * meanwhile. */
#include <string.h>

#include "alloc.h"
#include "exposure.h"
#include "lifecycle.h"
#include "registry.h"
#include "replace.h"

struct pair *replacement_next_pair(const struct replacement *replacement, size_t *at)
{
	while (*at < replacement->count) {
		struct pair *pair = replacement->pairs[(*at)++];

		if (pair->instance)
			return pair;
	}
	return NULL;
}

static struct factory *factory_named(const struct sp_plugin_handle *plugin, const char *name)
{
	for (size_t i = 0; i < plugin->factory_count; i++)
		if (strcmp(plugin->factories[i]->name, name) == 0)
			return plugin->factories[i];
	return NULL;
}

void replacement_add_pair(struct replacement *replacement, struct instance *instance)
{
	struct factory *factory = factory_named(replacement->new, instance->factory->name);

	if (instance->factory->plugin == replacement->old && factory && !instance->removed)
		*replacement->pairs[replacement->count++] = (struct pair){ .instance = instance, .factory = factory };
}

/* The replacement that takes what a factory's plugin has, or NULL. */
static struct replacement *successor(const struct factory *factory)
{
	struct replacement *replacement = factory->plugin->replacement;

	return replacement && replacement->old == factory->plugin ? replacement : NULL;
}

sp_status replacement_make_pair(struct replacement *replacement)
{
	size_t room = 2 * replacement->room + 8;
	struct pair **pairs;

	if (replacement->made == replacement->room) {
		pairs = sp_realloc(replacement->pairs, room * sizeof(struct pair *));
		if (!pairs)
			return SP_NO_MEMORY;
		replacement->pairs = pairs;
		replacement->room = room;
	}
	replacement->pairs[replacement->made] = sp_calloc(1, sizeof(struct pair));
	if (!replacement->pairs[replacement->made])
		return SP_NO_MEMORY;
	replacement->made++;
	return SP_OK;
}

sp_status replacement_reserve(const struct factory *factory)
{
	struct replacement *replacement = successor(factory);

	if (!replacement)
		return SP_OK;
	replacement->reserved++;
	while (replacement->made < replacement->count + replacement->reserved)
		if (replacement_make_pair(replacement) != SP_OK)
			return SP_NO_MEMORY;
	return SP_OK;
}

void replacement_join(struct instance *instance)
{
	struct replacement *replacement = successor(instance->factory);

	if (!replacement)
		return;
	replacement->reserved--;
	if (!replacement->abandoned.code)
		replacement_add_pair(replacement, instance);
}

static struct pair *pair_of(const struct replacement *replacement, const struct instance *instance)
{
	struct pair *pair;

	replacement_each(pair, replacement) if (pair->instance == instance) return pair;
	return NULL;
}

/* One that is given up goes back to what was before with all that it had. */
void replacement_part(struct instance *instance)
{
	struct replacement *replacement = successor(instance->factory);
	struct pair *pair = replacement && !replacement->abandoned.code ? pair_of(replacement, instance) : NULL;

	if (!pair)
		return;
	replacement_undo_pair(pair);
	replacement_let_go(instance);
	exposures_destroy(pair->exposures);
	offers_destroy(pair->offers);
	*pair = (struct pair){ .instance = NULL };
	if (list_is_empty(&replacement->examine))
		list_add(&replacement->kernel->replacing_due, &replacement->examine);
	kernel_due(replacement->kernel);
}

struct sp_runtime *replacement_next_of(const struct instance *instance)
{
	const struct replacement *replacement = instance->body ? instance->body->replacement : NULL;
	const struct pair *pair = replacement ? pair_of(replacement, instance) : NULL;

	return pair ? pair->next : NULL;
}
