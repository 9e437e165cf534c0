/* configuration_layers.c: reads the layers in their order, and merges them. */
#include "configuration_layers.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "configuration_faults.h"
#include "configuration_file.h"
#include "configuration_keys.h"
#include "configuration_path.h"

void configuration_layer_finish(struct configuration_layer *layer)
{
	free(layer->origin);
	free(layer->text);
	json_decref(layer->tree);
	*layer = (struct configuration_layer){ 0 };
}

struct configuration_layers *configuration_layers_create(void)
{
	struct configuration_layers *layers = calloc(1, sizeof(*layers));

	if (!layers)
		return NULL;
	layers->merged = json_object();
	if (layers->merged)
		return layers;
	free(layers);
	return NULL;
}

void configuration_layers_destroy(struct configuration_layers *layers)
{
	if (!layers)
		return;
	for (size_t i = 0; i < layers->count; i++)
		configuration_layer_finish(&layers->layers[i]);
	json_decref(layers->merged);
	free(layers->layers);
	free(layers);
}

sp_status configuration_layers_add(struct configuration_layers *layers, struct configuration_layer *layer)
{
	struct configuration_layer *grown = realloc(layers->layers, (layers->count + 1) * sizeof(*grown));

	if (!grown) {
		configuration_layer_finish(layer);
		return SP_NO_MEMORY;
	}
	layers->layers = grown;
	grown[layers->count++] = *layer;
	return configuration_merge(layers->merged, layer->tree);
}

sp_status configuration_layers_add_tree(struct configuration_layers *layers, enum configuration_layer_kind kind,
	json_t *tree)
{
	static const char *const origins[] = { "default", NULL, "environment", "command line", "run time" };
	struct configuration_layer layer = { .kind = kind, .origin = strdup(origins[kind]), .tree = tree };

	if (layer.origin && tree)
		return configuration_layers_add(layers, &layer);
	configuration_layer_finish(&layer);
	return SP_NO_MEMORY;
}

sp_status configuration_merge(json_t *base, const json_t *over)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)over, name, value) {
		json_t *below = json_object_get(base, name);

		/* Objects are never shared between trees, since some of them are edited in place. */
		if (json_is_object(value) && !json_is_object(below)) {
			below = json_object();
			if (json_object_set_new(base, name, below) != 0)
				return SP_NO_MEMORY;
		}
		if (json_is_object(value) && configuration_merge(below, value) != SP_OK)
			return SP_NO_MEMORY;
		if (!json_is_object(value) && json_object_set(base, name, value) != 0)
			return SP_NO_MEMORY;
	}
	return SP_OK;
}

json_t *configuration_layers_merge_new(const struct configuration_layers *layers)
{
	json_t *merged = json_object();

	for (size_t i = 0; merged && i < layers->count; i++) {
		if (configuration_merge(merged, layers->layers[i].tree) == SP_OK)
			continue;
		json_decref(merged);
		return NULL;
	}
	return merged;
}

const struct configuration_layer *configuration_layers_origin(const struct configuration_layers *layers,
	const char *path, size_t *ret_length)
{
	const struct configuration_layer *best = NULL;
	size_t most = 0;

	for (size_t i = 0; i < layers->count; i++) {
		const struct configuration_layer *layer = &layers->layers[i];
		const json_t *value;
		size_t length = configuration_path_follow(layer->tree, path, &value);
		bool preferred = path[length] == '\0' || layer->kind == CONFIGURATION_FILE || !best ||
			best->kind != CONFIGURATION_FILE;

		if (length < most || (length == most && !preferred))
			continue;
		best = layer;
		most = length;
	}
	*ret_length = most;
	return best;
}

struct comparison {
	const json_t *other;
	bool only_missing;
	void (*told)(void *user, const char *path);
	void *user;
	size_t count;
};

static sp_status compare_value(void *user, const char *path, const json_t *value)
{
	struct comparison *comparison = user;
	const json_t *other = configuration_path_get(comparison->other, path);

	if (other && (comparison->only_missing || json_equal(value, other)))
		return SP_OK;
	comparison->count++;
	if (comparison->told)
		comparison->told(comparison->user, path);
	return SP_OK;
}

sp_status configuration_changes(const json_t *before, const json_t *after, void (*told)(void *user, const char *path),
	void *user, size_t *ret_count)
{
	struct comparison comparison = { .other = before, .told = told, .user = user };
	sp_status status = configuration_path_each(after, compare_value, &comparison);

	if (status == SP_OK) {
		comparison.other = after;
		comparison.only_missing = true;
		status = configuration_path_each(before, compare_value, &comparison);
	}
	if (status == SP_OK)
		*ret_count = comparison.count;
	return status;
}

bool configuration_is_drop_in(const char *name)
{
	size_t length = strlen(name);

	return name[0] != '.' && length > 5 && strcmp(name + length - 5, ".json") == 0;
}

static int select_drop_in(const struct dirent *entry)
{
	return configuration_is_drop_in(entry->d_name);
}

/* By bytes, whatever the locale. */
static int compare_names(const struct dirent **one, const struct dirent **other)
{
	return strcmp((*one)->d_name, (*other)->d_name);
}

/* Reads one file as a layer. A fault is no failure. SP_NOT_FOUND, SP_NO_MEMORY. */
static sp_status add_file(struct configuration_layers *layers, const char *path, json_t *faults)
{
	struct configuration_layer layer;
	sp_status status = configuration_file_read(path, &layer, faults);

	if (status == SP_OK)
		return configuration_layers_add(layers, &layer);
	return status == SP_INVALID ? SP_OK : status;
}

static sp_status add_main_file(struct configuration_layers *layers, const struct configuration_sources *sources,
	json_t *faults)
{
	struct configuration_place place = { .is_file = true, .origin = sources->file };
	sp_status status = add_file(layers, sources->file, faults);

	if (status != SP_NOT_FOUND)
		return status;
	return sources->file_required ? configuration_fault_add(faults, &place, "there is no such file") : SP_OK;
}

/* Reads one drop-in; one that has just gone is none, but a link that leads nowhere is a mistake. */
static sp_status add_drop_in(struct configuration_layers *layers, const char *directory, const char *name,
	json_t *faults)
{
	size_t size = strlen(directory) + strlen(name) + 2;
	char *path = malloc(size);
	struct configuration_place place = { .is_file = true };
	struct stat link;
	sp_status status;

	if (!path)
		return SP_NO_MEMORY;
	snprintf(path, size, "%s/%s", directory, name);
	place.origin = path;
	status = add_file(layers, path, faults);
	if (status == SP_NOT_FOUND && lstat(path, &link) == 0)
		status = configuration_fault_add(faults, &place, "is a link that leads nowhere; remove it, or mend it");
	else if (status == SP_NOT_FOUND)
		status = SP_OK;
	free(path);
	return status;
}

static sp_status complain_of_directory(const char *directory, json_t *faults, int number)
{
	struct configuration_place place = { .is_file = true, .origin = directory };

	if (number == ENOENT || number == ENOTDIR)
		return SP_OK;
	if (number == ENOMEM)
		return SP_NO_MEMORY;
	return configuration_fault_add(faults, &place, "cannot be read: %s", strerror(number));
}

static sp_status add_drop_ins(struct configuration_layers *layers, const char *directory, json_t *faults)
{
	struct dirent **entries;
	int count = scandir(directory, &entries, select_drop_in, compare_names);
	sp_status status = SP_OK;

	if (count < 0)
		return complain_of_directory(directory, faults, errno);
	for (int i = 0; i < count; i++) {
		if (status == SP_OK)
			status = add_drop_in(layers, directory, entries[i]->d_name, faults);
		free(entries[i]);
	}
	free(entries);
	return status;
}

sp_status configuration_layers_read(const struct configuration_sources *sources, json_t *values, json_t *faults,
	struct configuration_layers **ret_layers)
{
	struct configuration_layers *layers = configuration_layers_create();
	sp_status status;

	if (!layers)
		return SP_NO_MEMORY;
	status = configuration_layers_add_tree(layers, CONFIGURATION_DEFAULT, configuration_keys_defaults_new());
	if (status == SP_OK)
		status = add_main_file(layers, sources, faults);
	if (status == SP_OK)
		status = add_drop_ins(layers, sources->drop_in_dir, faults);
	if (status == SP_OK)
		status = configuration_environment_add(layers, sources->environment, faults);
	if (status == SP_OK)
		status = configuration_arguments_add(layers, sources->sets, faults);
	if (status == SP_OK)
		status = configuration_layers_add_tree(layers, CONFIGURATION_RUN_TIME, json_deep_copy(values));
	if (status == SP_OK)
		*ret_layers = layers;
	else
		configuration_layers_destroy(layers);
	return status;
}
