/* configuration_state.c: what reading, reloading and setting share: judging layers, and saying what happened. */
#include "configuration_state.h"

#include <stdio.h>
#include <string.h>

#include "configuration_faults.h"
#include "configuration_keys.h"
#include "configuration_show.h"

void configuration_say(const struct configuration *configuration, enum sp_level level, const char *format, ...)
{
	char message[1200];
	va_list arguments;

	if (!configuration->log)
		return;
	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	log_write(configuration->log, level, "", message);
}

sp_status configuration_no_memory(struct sp_error *error)
{
	return sp_error_set(error, SP_NO_MEMORY, "not enough memory");
}

json_t *configuration_secrets_new(const struct configuration *configuration)
{
	return configuration->find_secrets ? configuration->find_secrets(configuration->secrets_user) : json_array();
}

/* Messages about secrets tell no values. */
static sp_status place(const struct configuration *configuration, const struct configuration_layers *layers,
	const json_t *found, json_t *faults)
{
	json_t *secrets;
	sp_status status;

	if (is_empty(found))
		return SP_OK;
	secrets = configuration_secrets_new(configuration);
	status = secrets ? configuration_faults_place(found, layers, secrets, faults) : SP_NO_MEMORY;
	json_decref(secrets);
	return status;
}

struct configuration_layer *configuration_run_time(const struct configuration *configuration)
{
	return &configuration->layers->layers[configuration->layers->count - 1];
}

sp_status configuration_judge_own(const struct configuration *configuration, const struct configuration_layers *layers,
	json_t *faults)
{
	json_t *found = json_array();
	sp_status status = found ? configuration_keys_check(layers->merged, found) : SP_NO_MEMORY;

	if (status == SP_OK)
		status = place(configuration, layers, found, faults);
	json_decref(found);
	return status;
}

sp_status configuration_judge_by_kernel(struct configuration *configuration, const struct configuration_layers *layers,
	enum configuration_step step, json_t *faults)
{
	json_t *found;
	sp_status status;

	if (!configuration->kernel)
		return SP_OK;
	found = json_array();
	if (!found)
		return SP_NO_MEMORY;
	configuration->committing = true;
	if (step == CONFIGURATION_COMMIT)
		status = sp_kernel_configure(configuration->kernel, json_incref(layers->merged), found);
	else
		status = sp_kernel_check(configuration->kernel, layers->merged, found);
	configuration->committing = false;
	if (status == SP_INVALID && is_empty(found))
		status = configuration_fault_find(found, "", "refused", "a component refuses it, and does not say why");
	if (status == SP_OK || status == SP_INVALID)
		status = place(configuration, layers, found, faults);
	json_decref(found);
	return status;
}

sp_status configuration_load(const struct configuration *configuration, json_t *values, json_t *faults,
	struct configuration_layers **ret_layers)
{
	struct configuration_layers *layers;
	sp_status status = configuration_layers_read(&configuration->sources, values, faults, &layers);

	if (status != SP_OK)
		return status;
	if (is_empty(faults))
		status = configuration_judge_own(configuration, layers, faults);
	if (status == SP_OK)
		*ret_layers = layers;
	else
		configuration_layers_destroy(layers);
	return status;
}

void configuration_say_hidden(const struct configuration *configuration, const json_t *hidden, const char *by)
{
	size_t index;
	json_t *entry;

	json_array_foreach(hidden, index, entry) {
		if (by && strcmp(configuration_fault_text(entry, "by"), by) != 0)
			continue;
		configuration_say(configuration, SP_WARNING,
			"configuration: %s of %s has no effect, %s hides it; to let it through: %s",
			configuration_fault_text(entry, "path"), configuration_fault_text(entry, "origin"),
			configuration_fault_text(entry, "by"), configuration_fault_text(entry, "hint"));
	}
}

void configuration_warn_of_restart(void *user, const char *path)
{
	const struct configuration_key *key = configuration_keys_find(path);

	if (key && key->at_start)
		configuration_say(user, SP_WARNING,
			"configuration: %s is read at the start only; restart signalpyd to make it work", path);
}
