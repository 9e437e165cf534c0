/* configuration.c: the configuration as a whole: read, judged, committed to the kernel, reloaded, set at run time. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "configuration_faults.h"
#include "configuration_path.h"
#include "configuration_show.h"
#include "configuration_state.h"
#include "configuration_values.h"

/* The first fault that a value set at run time has, or NULL. */
static const json_t *fault_of_values(const json_t *faults)
{
	size_t index;
	json_t *fault;

	json_array_foreach(faults, index, fault) {
		const char *layer = json_string_value(json_object_get(fault, "layer"));

		if (layer && strcmp(layer, "run time") == 0)
			return fault;
	}
	return NULL;
}

/* Values set at run time never keep the daemon from starting, since nobody could unset them then. */
static sp_status load_without_values(struct configuration *configuration, json_t *values, json_t *faults)
{
	char why[512];
	sp_status status;

	configuration_fault_write(fault_of_values(faults), why, sizeof(why));
	status = configuration_values_reject(configuration->state_dir, why, configuration->notes);
	if (status != SP_OK)
		return status;
	configuration_layers_destroy(configuration->layers);
	configuration->layers = NULL;
	json_array_clear(faults);
	json_object_clear(values);
	return configuration_load(configuration, values, faults, &configuration->layers);
}

/* Whoever starts a daemon wants to know of all faults at once: where there are several, each is logged. */
static sp_status refuse(struct configuration *configuration, const json_t *faults, struct sp_error *error)
{
	size_t count = json_array_size(faults), index;
	const json_t *fault;
	char text[1024];

	if (count == 1 || !configuration->log)
		return configuration_fault_error(faults, error);
	json_array_foreach(faults, index, fault) {
		configuration_fault_write(fault, text, sizeof(text));
		configuration_say(configuration, SP_ERROR, "%s", text);
	}
	return sp_error_set(error, SP_INVALID, "the configuration has %zu faults", count);
}

static sp_status load_first(struct configuration *configuration, struct sp_error *error)
{
	json_t *values = NULL, *faults = json_array();
	sp_status status = SP_NO_MEMORY;

	if (faults)
		status = configuration_values_read(configuration->state_dir, configuration->notes, &values);
	if (status == SP_OK)
		status = configuration_load(configuration, values, faults, &configuration->layers);
	if (status == SP_OK && fault_of_values(faults))
		status = load_without_values(configuration, values, faults);
	if (status == SP_OK && !is_empty(faults))
		status = refuse(configuration, faults, error);
	else if (status != SP_OK)
		configuration_no_memory(error);
	json_decref(faults);
	json_decref(values);
	return status;
}

static char *joined_new(const char *directory, size_t length, const char *name)
{
	size_t size = length + strlen(name) + 2;
	char *path = malloc(size);

	if (path)
		snprintf(path, size, "%.*s/%s", (int)length, directory, name);
	return path;
}

static char *absolute_new(const char *path)
{
	char directory[PATH_MAX];

	if (path[0] == '/' || !getcwd(directory, sizeof(directory)))
		return strdup(path);
	return joined_new(directory, strlen(directory), path);
}

static char **list_copy(const char *const *list)
{
	size_t count = 0;
	char **copy;

	while (list && list[count])
		count++;
	copy = calloc(count + 1, sizeof(*copy));
	for (size_t i = 0; copy && i < count; i++) {
		copy[i] = strdup(list[i]);
		if (!copy[i]) {
			configuration_list_destroy(copy);
			return NULL;
		}
	}
	return copy;
}

static bool copy_options(struct configuration *configuration, const struct configuration_options *options)
{
	struct configuration_sources *sources = &configuration->sources;
	const char *slash;

	sources->file_required = options->file_required;
	sources->file = absolute_new(options->file);
	slash = sources->file ? strrchr(sources->file, '/') : NULL;
	if (options->drop_in_dir)
		sources->drop_in_dir = absolute_new(options->drop_in_dir);
	else if (slash)
		sources->drop_in_dir = joined_new(sources->file, (size_t)(slash - sources->file), "conf.d");
	sources->sets = list_copy(options->sets);
	sources->environment = configuration_environment_copy(options->environment);
	configuration->state_dir = options->state_dir ? absolute_new(options->state_dir) : NULL;
	return sources->file && sources->drop_in_dir && sources->sets && sources->environment &&
		(configuration->state_dir || !options->state_dir);
}

struct configuration *configuration_create(const struct configuration_options *options, struct sp_error *error)
{
	struct configuration *configuration = calloc(1, sizeof(*configuration));

	if (!configuration) {
		configuration_no_memory(error);
		return NULL;
	}
	configuration->faults = json_array();
	configuration->notes = json_array();
	configuration->log = options->log;
	if (!configuration->faults || !configuration->notes || !copy_options(configuration, options))
		configuration_no_memory(error);
	else if (load_first(configuration, error) == SP_OK)
		return configuration;
	configuration_destroy(configuration);
	return NULL;
}

void configuration_destroy(struct configuration *configuration)
{
	if (!configuration)
		return;
	configuration_watch_destroy(configuration->watch);
	configuration_layers_destroy(configuration->layers);
	json_decref(configuration->faults);
	json_decref(configuration->notes);
	configuration_list_destroy(configuration->sources.sets);
	configuration_list_destroy(configuration->sources.environment);
	free(configuration->sources.file);
	free(configuration->sources.drop_in_dir);
	free(configuration->state_dir);
	free(configuration);
}

const json_t *configuration_tree(const struct configuration *configuration)
{
	return configuration->layers->merged;
}

/* What is to be told at the start, when a log is there: what was wrong with stored values, and what they hide. */
static sp_status say_notes(struct configuration *configuration)
{
	json_t *hidden = json_array(), *note;
	sp_status status = hidden ? configuration_hidden(NULL, configuration->layers, hidden) : SP_NO_MEMORY;
	size_t index;

	json_array_foreach(configuration->notes, index, note) {
		configuration_say(configuration, SP_WARNING, "configuration: %s", json_string_value(note));
	}
	json_array_clear(configuration->notes);
	configuration_say_hidden(configuration, hidden, "run time");
	json_decref(hidden);
	return status;
}

sp_status configuration_attach(struct configuration *configuration, sp_kernel *kernel, struct log *log,
	struct sp_error *error)
{
	json_t *faults = json_array();
	sp_status status;

	configuration->kernel = kernel;
	configuration->log = log;
	status = faults ? say_notes(configuration) : SP_NO_MEMORY;
	if (status == SP_OK)
		status = configuration_judge_by_kernel(configuration, configuration->layers, CONFIGURATION_COMMIT,
			faults);
	if (status == SP_OK && !is_empty(faults))
		status = refuse(configuration, faults, error);
	else if (status != SP_OK)
		sp_error_set(error, status, "the configuration cannot be committed: %s", sp_status_word(status));
	if (status != SP_OK)
		configuration->kernel = NULL;
	json_decref(faults);
	return status;
}

static void reload_changed_files(void *user)
{
	struct configuration *configuration = user;
	sp_status status = configuration_reload(configuration, NULL);

	if (status != SP_OK && status != SP_INVALID)
		configuration_say(configuration, SP_ERROR, "configuration: not read again: %s", sp_status_word(status));
}

static void warn_of_watch(void *user, const char *message)
{
	configuration_say(user, SP_WARNING, "configuration: %s", message);
}

sp_status configuration_watch(struct configuration *configuration, struct sp_event_loop *loop,
	void (*changed)(void *user), void *user, struct sp_error *error)
{
	struct configuration_watch_options options = {
		.file = configuration->sources.file,
		.drop_in_dir = configuration->sources.drop_in_dir,
		.ops = sp_event_loop_ops(),
		.loop = loop,
		.changed = reload_changed_files,
		.warn = warn_of_watch,
		.user = configuration,
	};
	struct sp_error why = { .code = SP_FAILED };

	configuration->changed = changed;
	configuration->changed_user = user;
	configuration_watch_destroy(configuration->watch);
	configuration->watch = configuration_watch_create(&options, &why);
	if (configuration->watch)
		return SP_OK;
	if (error)
		*error = why;
	return why.code;
}

void configuration_find_secrets(struct configuration *configuration, json_t *(*find)(void *user), void *user)
{
	configuration->find_secrets = find;
	configuration->secrets_user = user;
}

const json_t *configuration_get(const struct configuration *configuration, const char *path)
{
	return configuration_path_get(configuration->layers->merged, path);
}

json_t *configuration_value_new(const struct configuration *configuration, const char *path, bool reveal)
{
	const json_t *value = configuration_get(configuration, path);
	json_t *secrets, *shown;

	if (!value || reveal)
		return json_deep_copy(value);
	secrets = configuration_secrets_new(configuration);
	shown = secrets ? configuration_redact_new(secrets, path, value) : NULL;
	json_decref(secrets);
	return shown;
}

json_t *configuration_show_new(const struct configuration *configuration, bool reveal)
{
	json_t *secrets = configuration_secrets_new(configuration);
	json_t *shown = secrets ? configuration_origins_new(configuration->layers, secrets, reveal) : NULL;

	json_decref(secrets);
	return shown;
}
