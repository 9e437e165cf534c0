/* configuration_show.c: origins, hidden edits, places of faults, and what is secret. */
#include "configuration_show.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "configuration_faults.h"
#include "configuration_path.h"
#include "shared_text.h"

/* What is shown instead of a secret. */
#define HIDDEN_VALUE "********"

/* Whether a step of a path, of that length, is named like a secret. */
static bool is_secret_name(const char *name, size_t length)
{
	static const char *const words[] = { "password", "secret", "token" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t size = strlen(words[i]);

		if (length >= size && strncasecmp(name + length - size, words[i], size) == 0 &&
			(length == size || name[length - size - 1] == '_'))
			return true;
	}
	return false;
}

bool configuration_secret(const json_t *declared, const char *path)
{
	size_t index, length;
	json_t *item;

	for (const char *step = path; *step; step += length + (step[length] == '.')) {
		length = strcspn(step, ".");
		if (is_secret_name(step, length))
			return true;
	}
	json_array_foreach(declared, index, item) {
		const char *secret = json_string_value(item);

		length = secret ? strlen(secret) : 0;
		if (length > 0 && strncmp(secret, path, length) == 0 && (path[length] == '.' || !path[length]))
			return true;
	}
	return false;
}

static json_t *redact_value(const json_t *declared, struct text *path, const json_t *value);

/* Puts the redacted copy of one member or item into copy; the path is as it was afterwards. */
static bool redact_member(const json_t *declared, struct text *path, const char *name, const json_t *value,
	json_t *copy)
{
	size_t size = path->size;
	json_t *redacted;

	if (size > 0)
		text_add_text(path, ".");
	text_add_text(path, name);
	redacted = redact_value(declared, path, value);
	path->size = size;
	if (json_is_array(copy))
		return json_array_append_new(copy, redacted) == 0;
	return json_object_set_new(copy, name, redacted) == 0;
}

static bool redact_items(const json_t *declared, struct text *path, const json_t *array, json_t *copy)
{
	bool well = true;
	char name[24];
	size_t index;
	json_t *item;

	json_array_foreach(array, index, item) {
		snprintf(name, sizeof(name), "%zu", index);
		well = well && redact_member(declared, path, name, item, copy);
	}
	return well;
}

static bool redact_members(const json_t *declared, struct text *path, const json_t *object, json_t *copy)
{
	bool well = true;
	const char *name;
	json_t *member;

	json_object_foreach((json_t *)object, name, member) {
		well = well && redact_member(declared, path, name, member, copy);
	}
	return well;
}

static json_t *redact_value(const json_t *declared, struct text *path, const json_t *value)
{
	json_t *copy;
	bool well;

	text_add(path, "", 1);
	path->size -= !path->failed;
	if (path->failed)
		return NULL;
	if (configuration_secret(declared, path->data))
		return json_string(HIDDEN_VALUE);
	if (!json_is_array(value) && !json_is_object(value))
		return json_deep_copy(value);
	copy = json_is_array(value) ? json_array() : json_object();
	well = copy &&
		(json_is_array(value) ? redact_items(declared, path, value, copy)
				      : redact_members(declared, path, value, copy));
	if (well)
		return copy;
	json_decref(copy);
	return NULL;
}

json_t *configuration_redact_new(const json_t *declared, const char *path, const json_t *value)
{
	struct text text = { 0 };
	json_t *copy;

	text_add_text(&text, path);
	copy = redact_value(declared, &text, value);
	text_finish(&text);
	return copy;
}

struct showing {
	const struct configuration_layers *layers;
	const json_t *declared;
	bool reveal;
	json_t *shown;
};

static sp_status show_leaf(void *user, const char *path, const json_t *value)
{
	struct showing *showing = user;
	size_t length;
	const struct configuration_layer *layer = configuration_layers_origin(showing->layers, path, &length);
	json_t *copy =
		showing->reveal ? json_deep_copy(value) : configuration_redact_new(showing->declared, path, value);
	json_t *entry =
		json_pack("{s:o, s:o}", "value", copy, "origin", configuration_text_new(layer ? layer->origin : ""));

	return json_object_set_new(showing->shown, path, entry) == 0 ? SP_OK : SP_NO_MEMORY;
}

json_t *configuration_origins_new(const struct configuration_layers *layers, const json_t *declared, bool reveal)
{
	struct showing showing = { layers, declared, reveal, json_object() };

	if (!showing.shown || configuration_path_each(layers->merged, show_leaf, &showing) == SP_OK)
		return showing.shown;
	json_decref(showing.shown);
	return NULL;
}

struct hiding {
	const struct configuration_layers *layers;
	size_t index; /* of the layer that was edited */
	const json_t *before; /* its earlier tree; NULL: none */
	json_t *hidden;
};

/* The lower layer's value is hidden by a higher one that says something else at its path, or at an outer one that is no
 * object there. Answers how many bytes of path that is; 0: not hidden. */
static size_t hides(const struct configuration_layer *layer, const char *path)
{
	const json_t *value;
	size_t length = configuration_path_follow(layer->tree, path, &value);

	return path[length] == '\0' || !json_is_object(value) ? length : 0;
}

static json_t *hint_new(const struct configuration_layer *by, const char *path, size_t length)
{
	char hint[CONFIGURATION_PATH_SIZE + 64];
	static const char *const hints[] = {
		[CONFIGURATION_DEFAULT] = "",
		[CONFIGURATION_FILE] = "edit that file",
		[CONFIGURATION_ENVIRONMENT] = "remove the variable from the environment, and restart",
		[CONFIGURATION_ARGUMENTS] = "remove --set from the command line, and restart",
	};

	if (by->kind != CONFIGURATION_RUN_TIME)
		return json_string(hints[by->kind]);
	snprintf(hint, sizeof(hint), "signalctl config unset %.*s", (int)length, path);
	return configuration_text_new(hint);
}

static sp_status hidden_leaf(void *user, const char *path, const json_t *value)
{
	const struct hiding *hiding = user;
	const struct configuration_layers *layers = hiding->layers;
	const json_t *before = hiding->before ? configuration_path_get(hiding->before, path) : NULL;
	const json_t *merged = configuration_path_get(layers->merged, path);

	if (json_is_object(value) || (before && json_equal(before, value)) || (merged && json_equal(merged, value)))
		return SP_OK;
	for (size_t i = layers->count - 1; i > hiding->index; i--) {
		const struct configuration_layer *by = &layers->layers[i];
		size_t length = hides(by, path);
		json_t *entry;

		if (length == 0)
			continue;
		entry = json_pack("{s:o, s:o, s:o, s:o}", "path", configuration_text_new(path), "origin",
			configuration_text_new(layers->layers[hiding->index].origin), "by",
			configuration_text_new(by->origin), "hint", hint_new(by, path, length));
		return json_array_append_new(hiding->hidden, entry) == 0 ? SP_OK : SP_NO_MEMORY;
	}
	return SP_OK;
}

/* The tree that the layer had before. */
static const json_t *tree_before(const struct configuration_layers *before, const struct configuration_layer *layer)
{
	for (size_t i = 0; before && i < before->count; i++)
		if (before->layers[i].kind == layer->kind && strcmp(before->layers[i].origin, layer->origin) == 0)
			return before->layers[i].tree;
	return NULL;
}

sp_status configuration_hidden(const struct configuration_layers *before, const struct configuration_layers *now,
	json_t *hidden)
{
	sp_status status = SP_OK;

	for (size_t i = 0; i < now->count && status == SP_OK; i++) {
		const struct configuration_layer *layer = &now->layers[i];
		struct hiding hiding = { now, i, tree_before(before, layer), hidden };

		if (layer->kind != CONFIGURATION_DEFAULT)
			status = configuration_path_each(layer->tree, hidden_leaf, &hiding);
	}
	return status;
}

/* Where a fault at path comes from. */
static struct configuration_place place_of(const struct configuration_layers *layers, const char *path, bool of_name)
{
	struct configuration_place place = { .origin = "default", .path = path };
	size_t length;
	const struct configuration_layer *layer = configuration_layers_origin(layers, path, &length);

	for (size_t i = 0; length == 0 && i < layers->count; i++) {
		if (layers->layers[i].kind == CONFIGURATION_FILE) {
			layer = &layers->layers[i];
			break;
		}
	}
	if (layer)
		place.origin = layer->origin;
	if (layer && layer->text) {
		place.is_file = true;
		configuration_position_find(layer->text, layer->size, path, of_name, &place.position);
	}
	return place;
}

sp_status configuration_faults_place(const json_t *found, const struct configuration_layers *layers,
	const json_t *declared, json_t *placed)
{
	size_t index;
	json_t *fault;
	sp_status status = SP_OK;

	json_array_foreach(found, index, fault) {
		const char *path = configuration_fault_text(fault, "path"),
			   *rule = configuration_fault_text(fault, "rule");
		struct configuration_place place = place_of(layers, path, strcmp(rule, "unknown") == 0);

		if (status != SP_OK)
			return status;
		if (configuration_secret(declared, path))
			status = configuration_fault_add(placed, &place, "is refused by the rule '%s'", rule);
		else
			status = configuration_fault_add(placed, &place, "%s",
				configuration_fault_text(fault, "message"));
	}
	return status;
}
