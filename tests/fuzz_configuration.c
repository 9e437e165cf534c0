// links: daemon kernel
/*
 * fuzz_configuration.c: two configuration files, with a zero byte between, are parsed, merged and judged; what is in them
 * is found again, in the trees and in the texts.
 */
#include "configuration_faults.h"
#include "configuration_file.h"
#include "configuration_keys.h"
#include "configuration_path.h"
#include "configuration_position.h"
#include "configuration_show.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
	if (!holds)
		abort();
}

/* The copy has exactly the bytes, so that one read too far is seen. */
static struct configuration_layer layer_of(const uint8_t *data, size_t size, const char *name)
{
	struct configuration_layer layer = { .kind = CONFIGURATION_FILE,
		.origin = strdup(name),
		.text = malloc(size ? size : 1),
		.size = size };

	demand(layer.origin && layer.text);
	memcpy(layer.text, data, size);
	return layer;
}

/* Every path of a tree leads somewhere in its text, unless names are empty or have dots in them, which
 * may lead astray. */
static sp_status find_again(void *user, const char *path, const json_t *value)
{
	const struct configuration_layer *layer = user;
	struct configuration_position position;
	const json_t *there;
	size_t in_tree = configuration_path_follow(layer->tree, path, &there);
	size_t in_text = configuration_position_find(layer->text, layer->size, path, false, &position);

	demand(in_tree == in_text && position.line >= 1 && position.column >= 1);
	demand(path[in_tree] != '\0' || there == value || !*path || strchr(path, '.'));
	return SP_OK;
}

static void merge(struct configuration_layers *layers, struct configuration_layer *layer)
{
	json_t *once = json_deep_copy(layers->merged), *twice;

	demand(configuration_merge(once, layer->tree) == SP_OK);
	twice = json_deep_copy(once);
	demand(configuration_merge(twice, layer->tree) == SP_OK && json_equal(once, twice));
	demand(configuration_layers_add(layers, layer) == SP_OK && json_equal(layers->merged, once));
	json_decref(once);
	json_decref(twice);
}

static void add(struct configuration_layers *layers, struct configuration_layer layer, json_t *faults)
{
	if (configuration_file_parse(&layer, faults, &layer.tree) == SP_OK) {
		demand(configuration_path_each(layer.tree, find_again, &layer) == SP_OK);
		merge(layers, &layer);
	} else {
		configuration_layer_finish(&layer);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *zero = size ? memchr(data, 0, size) : NULL;
	size_t first = zero ? (size_t)(zero - data) : size;
	struct configuration_layers *layers = configuration_layers_create();
	json_t *faults = json_array(), *found = json_array(), *shown, *merged;
	char line[256];

	demand(layers && faults && found);
	add(layers, layer_of(data, first, "one"), faults);
	if (zero)
		add(layers, layer_of(zero + 1, size - first - 1, "two"), faults);
	demand(configuration_keys_check(layers->merged, found) == SP_OK);
	demand(configuration_faults_place(found, layers, NULL, faults) == SP_OK);
	for (size_t i = 0; i < json_array_size(faults); i++)
		configuration_fault_write(json_array_get(faults, i), line, sizeof(line));
	shown = configuration_origins_new(layers, NULL, false);
	merged = configuration_layers_merge_new(layers);
	demand(shown && json_equal(merged, layers->merged));
	json_decref(shown);
	json_decref(merged);
	json_decref(faults);
	json_decref(found);
	configuration_layers_destroy(layers);
	return 0;
}
