/*
 * configuration_layers.h: the layers of the configuration, lowest first, and what they merge to. Of two layers the
 * later wins; objects merge member by member, everything else replaces.
 */
#ifndef DAEMON_CONFIGURATION_LAYERS_H
#define DAEMON_CONFIGURATION_LAYERS_H

#include <jansson.h>
#include <signalpy/status.h>

enum configuration_layer_kind {
	CONFIGURATION_DEFAULT,
	CONFIGURATION_FILE,
	CONFIGURATION_ENVIRONMENT,
	CONFIGURATION_ARGUMENTS,
	CONFIGURATION_RUN_TIME
};

struct configuration_layer {
	enum configuration_layer_kind kind;
	char *origin; /* the file, or "default", "environment", "command line", "run time" */
	char *text; /* of a file, not ended by a zero byte; NULL for the others */
	size_t size;
	json_t *tree;
};

/* Frees what the layer holds. */
void configuration_layer_finish(struct configuration_layer *layer);

struct configuration_layers {
	struct configuration_layer *layers;
	size_t count;
	json_t *merged;
};

/* No layer yet, merged is {}; NULL without memory. */
struct configuration_layers *configuration_layers_create(void);
void configuration_layers_destroy(struct configuration_layers *layers);

/* Adds a layer on top, which takes what *layer holds, on failure too; merges it. SP_NO_MEMORY. */
sp_status configuration_layers_add(struct configuration_layers *layers, struct configuration_layer *layer);

/* Adds a layer that is no file; tree is stolen, on failure too. */
sp_status configuration_layers_add_tree(struct configuration_layers *layers, enum configuration_layer_kind kind,
	json_t *tree);

/* Merges over, which stays as it is, into the object base. SP_NO_MEMORY. */
sp_status configuration_merge(json_t *base, const json_t *over);

/* Merges all layers anew into a new tree; NULL without memory. */
json_t *configuration_layers_merge_new(const struct configuration_layers *layers);

/* The layer that path comes from, which has most of it: the highest one, but when none has all of it rather a file.
 * NULL when no layer has anything. *ret_length is how many bytes of path it has. */
const struct configuration_layer *configuration_layers_origin(const struct configuration_layers *layers,
	const char *path, size_t *ret_length);

/* How many values differ between two trees; told(user, path) of each, if not NULL. */
sp_status configuration_changes(const json_t *before, const json_t *after, void (*told)(void *user, const char *path),
	void *user, size_t *ret_count);

/* Where the layers come from. Names of files are absolute. */
struct configuration_sources {
	char *file, *drop_in_dir;
	bool file_required;
	char **sets; /* KEY=VALUE, ends with NULL */
	char **environment; /* SIGNALPY_CFG_...=VALUE, sorted, ends with NULL */
};

/* Reads every layer, with values (borrowed) as the highest; SP_NO_MEMORY. When faults were appended, what was read is
 * of no use but to be destroyed. */
sp_status configuration_layers_read(const struct configuration_sources *sources, json_t *values, json_t *faults,
	struct configuration_layers **ret_layers);

/* Whether a file of that name in the drop-in directory counts. */
bool configuration_is_drop_in(const char *name);

/* Adds the layer of the environment, or of the command line, on top of layers; nothing when it is empty. Faults are
 * appended. SP_NO_MEMORY. */
sp_status configuration_environment_add(struct configuration_layers *layers, char *const *environment, json_t *faults);
sp_status configuration_arguments_add(struct configuration_layers *layers, char *const *sets, json_t *faults);

/* A new, sorted copy of those variables that are for the configuration; NULL without memory. */
char **configuration_environment_copy(char *const *environment);

/* Frees a list of texts that ends with NULL. */
void configuration_list_destroy(char **list);

/* What a person wrote as a value: JSON, or else text; new. SP_INVALID when it is not UTF-8, SP_NO_MEMORY. */
sp_status configuration_value_parse(const char *text, json_t **ret_value, struct sp_error *error);

#endif
