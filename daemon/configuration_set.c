/* configuration_set.c: values set at run time, the highest layer. */
#include <stdio.h>
#include <string.h>

#include "configuration_faults.h"
#include "configuration_path.h"
#include "configuration_state.h"
#include "configuration_values.h"

/* Judges the layers as they are, but with merged as their merged tree. */
static sp_status judge_merged(struct configuration *configuration, struct sp_error *error)
{
	json_t *faults = json_array();
	sp_status status =
		faults ? configuration_judge_own(configuration, configuration->layers, faults) : SP_NO_MEMORY;

	if (status == SP_OK && is_empty(faults))
		status = configuration_judge_by_kernel(configuration, configuration->layers, CONFIGURATION_CHECK,
			faults);
	if (status == SP_OK && !is_empty(faults))
		status = configuration_fault_error(faults, error);
	else if (status != SP_OK)
		sp_error_set(error, status, "the configuration cannot be checked: %s", sp_status_word(status));
	json_decref(faults);
	return status;
}

/* Writes the new values, then commits them; values_before are written back when the commit fails after all. */
static sp_status store_and_commit(struct configuration *configuration, const json_t *values_before,
	struct sp_error *error)
{
	json_t *faults = json_array();
	sp_status status = faults ? SP_OK : configuration_no_memory(error);

	if (status == SP_OK)
		status = configuration_values_write(configuration->state_dir,
			configuration_run_time(configuration)->tree, error);
	if (status == SP_OK) {
		status = configuration_judge_by_kernel(configuration, configuration->layers, CONFIGURATION_COMMIT,
			faults);
		if (status == SP_OK && !is_empty(faults))
			status = configuration_fault_error(faults, error);
		else if (status != SP_OK)
			sp_error_set(error, status, "the configuration cannot be committed: %s",
				sp_status_word(status));
		if (status != SP_OK)
			configuration_values_write(configuration->state_dir, values_before, NULL);
	}
	json_decref(faults);
	return status;
}

static void exchange(json_t **one, json_t **other)
{
	json_t *kept = *one;

	*one = *other;
	*other = kept;
}

/* Makes values (stolen) those of run time: the layers are tried with them in place, and put back when that fails. */
static sp_status replace_values(struct configuration *configuration, json_t *values, struct sp_error *error)
{
	struct configuration_layers *layers = configuration->layers;
	json_t *merged;
	size_t count;
	sp_status status;

	exchange(&configuration_run_time(configuration)->tree, &values);
	merged = configuration_layers_merge_new(layers);
	if (merged) {
		exchange(&layers->merged, &merged);
		status = judge_merged(configuration, error);
		if (status == SP_OK)
			status = store_and_commit(configuration, values, error);
		if (status != SP_OK)
			exchange(&layers->merged, &merged);
	} else {
		status = configuration_no_memory(error);
	}
	if (status != SP_OK)
		exchange(&configuration_run_time(configuration)->tree, &values);
	else
		configuration_changes(merged, layers->merged, configuration_warn_of_restart, configuration, &count);
	json_decref(merged);
	json_decref(values);
	if (status == SP_OK && configuration->changed)
		configuration->changed(configuration->changed_user);
	return status;
}

/* What a path must be to be set: well-formed, and not inside a list. */
static sp_status check_settable(const struct configuration *configuration, const char *path, struct sp_error *error)
{
	const json_t *value;
	sp_status status = configuration_path_check(path, error);

	if (status != SP_OK)
		return status;
	if (configuration->committing)
		return sp_error_set(error, SP_CONFLICT, "another change of the configuration is under way");
	for (const char *dot = strchr(path, '.'); dot; dot = strchr(dot + 1, '.')) {
		char above[CONFIGURATION_PATH_SIZE];

		snprintf(above, sizeof(above), "%.*s", (int)(dot - path), path);
		value = configuration_get(configuration, above);
		if (json_is_array(value))
			return sp_error_set(error, SP_INVALID, "%s is a list; set it as a whole", above);
	}
	return SP_OK;
}

sp_status configuration_set(struct configuration *configuration, const char *path, json_t *value,
	struct sp_error *error)
{
	json_t *values;
	sp_status status = value ? check_settable(configuration, path, error) : configuration_no_memory(error);

	if (status != SP_OK) {
		json_decref(value);
		return status;
	}
	values = json_deep_copy(configuration_run_time(configuration)->tree);
	if (!values) {
		json_decref(value);
		return configuration_no_memory(error);
	}
	status = configuration_path_set(values, path, value, error);
	if (status != SP_OK) {
		json_decref(values);
		return status;
	}
	status = replace_values(configuration, values, error);
	if (status == SP_OK)
		configuration_say(configuration, SP_INFO, "configuration: %s was set at run time", path);
	return status;
}

sp_status configuration_unset(struct configuration *configuration, const char *path, struct sp_error *error)
{
	json_t *values;
	sp_status status = check_settable(configuration, path, error);

	if (status != SP_OK)
		return status;
	values = json_deep_copy(configuration_run_time(configuration)->tree);
	if (!values)
		return configuration_no_memory(error);
	if (!configuration_path_unset(values, path)) {
		json_decref(values);
		return sp_error_set(error, SP_NOT_FOUND, "%s was not set at run time", path);
	}
	status = replace_values(configuration, values, error);
	if (status == SP_OK)
		configuration_say(configuration, SP_INFO, "configuration: %s was unset at run time", path);
	return status;
}

static sp_status patch_key(const struct configuration *configuration, json_t *values, const char *path, json_t *value,
	struct sp_error *error)
{
	sp_status status = check_settable(configuration, path, error);

	if (status != SP_OK)
		return status;
	if (!json_is_null(value))
		return configuration_path_set(values, path, json_incref(value), error);
	configuration_path_unset(values, path);
	return SP_OK;
}

sp_status configuration_patch(struct configuration *configuration, const char *path, const json_t *patch,
	struct sp_error *error)
{
	json_t *copy = json_deep_copy(patch), *values = json_deep_copy(configuration_run_time(configuration)->tree);
	sp_status status = copy && values ? SP_OK : configuration_no_memory(error);
	char whole[CONFIGURATION_PATH_SIZE];
	const char *key;
	json_t *value;

	json_object_foreach(copy, key, value) {
		if (status != SP_OK)
			continue;
		if (snprintf(whole, sizeof(whole), "%s%s%s", path, *path ? "." : "", key) >= (int)sizeof(whole))
			status =
				sp_error_set(error, SP_INVALID, "the path is longer than %zu bytes", sizeof(whole) - 1);
		else
			status = patch_key(configuration, values, whole, value, error);
	}
	json_decref(copy);
	if (status == SP_OK)
		status = replace_values(configuration, values, error);
	else
		json_decref(values);
	if (status == SP_OK)
		configuration_say(configuration, SP_INFO, "configuration: %s was changed at run time",
			*path ? path : json_object_iter_key(json_object_iter((json_t *)patch)));
	return status;
}

bool configuration_is_run_time(const struct configuration *configuration, const char *path)
{
	const struct configuration_layers *layers = configuration->layers;

	for (size_t i = 0; i + 1 < layers->count; i++)
		if (configuration_path_get(layers->layers[i].tree, path))
			return false;
	return configuration_path_get(configuration_run_time(configuration)->tree, path) != NULL;
}
