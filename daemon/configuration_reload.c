/* configuration_reload.c: reads everything again, and commits it whole or not at all. */
#include <string.h>

#include "configuration_faults.h"
#include "configuration_show.h"
#include "configuration_state.h"

/* One reading of everything, on its way to be committed or refused. */
struct attempt {
	struct configuration_layers *layers;
	json_t *faults, *hidden;
	size_t changed;
};

static void finish_attempt(struct attempt *attempt)
{
	configuration_layers_destroy(attempt->layers);
	json_decref(attempt->faults);
	json_decref(attempt->hidden);
}

/* Reads and judges as far as is possible without the kernel. What was begun is to be finished in any case. */
static sp_status begin_attempt(const struct configuration *configuration, struct attempt *attempt)
{
	sp_status status = SP_NO_MEMORY;

	*attempt = (struct attempt){ .faults = json_array(), .hidden = json_array() };
	if (attempt->faults && attempt->hidden)
		status = configuration_load(configuration, configuration_run_time(configuration)->tree, attempt->faults,
			&attempt->layers);
	if (status != SP_OK || !is_empty(attempt->faults))
		return status;
	status = configuration_changes(configuration->layers->merged, attempt->layers->merged, NULL, NULL,
		&attempt->changed);
	return status == SP_OK ? configuration_hidden(configuration->layers, attempt->layers, attempt->hidden) : status;
}

/* Whether there is something to be committed. */
static bool is_new(const struct configuration *configuration, const struct attempt *attempt)
{
	return is_empty(attempt->faults) && !json_equal(configuration->layers->merged, attempt->layers->merged);
}

static json_t *report_new(const struct attempt *attempt)
{
	bool well = is_empty(attempt->faults);

	return json_pack("{s:b, s:I, s:O, s:O}", "ok", well, "changed", (json_int_t)(well ? attempt->changed : 0),
		"faults", attempt->faults, "hidden", attempt->hidden);
}

/* Keeps the faults; logs them, but the same ones only once. */
static void refuse(struct configuration *configuration, const struct attempt *attempt)
{
	bool known = json_equal(configuration->faults, attempt->faults);
	char text[1024];
	size_t index;
	json_t *fault;

	json_array_foreach(attempt->faults, index, fault) {
		configuration_fault_write(fault, text, sizeof(text));
		if (!known)
			configuration_say(configuration, SP_ERROR, "configuration refused, the one before stays: %s",
				text);
	}
	json_decref(configuration->faults);
	configuration->faults = json_incref(attempt->faults);
}

/* Takes over what was read and committed; nothing can fail any more. */
static void accept_layers(struct configuration *configuration, struct attempt *attempt, bool committed)
{
	struct configuration_layers *before = configuration->layers;
	size_t count;

	configuration->layers = attempt->layers;
	attempt->layers = NULL;
	json_array_clear(configuration->faults);
	if (committed)
		configuration_say(configuration, SP_INFO, "configuration read again: %zu %s changed", attempt->changed,
			attempt->changed == 1 ? "key" : "keys");
	else
		configuration_say(configuration, SP_INFO, "configuration read again: nothing changed");
	configuration_changes(before->merged, configuration->layers->merged, configuration_warn_of_restart,
		configuration, &count);
	configuration_say_hidden(configuration, attempt->hidden, NULL);
	configuration_layers_destroy(before);
	if (committed && configuration->changed)
		configuration->changed(configuration->changed_user);
}

sp_status configuration_reload(struct configuration *configuration, json_t **ret_report)
{
	struct attempt attempt;
	json_t *report = NULL;
	sp_status status;
	bool commit;

	if (configuration->committing)
		return SP_CONFLICT;
	status = begin_attempt(configuration, &attempt);
	commit = status == SP_OK && is_new(configuration, &attempt);
	if (commit)
		status = configuration_judge_by_kernel(configuration, attempt.layers, CONFIGURATION_COMMIT,
			attempt.faults);
	if (status == SP_OK && !is_empty(attempt.faults)) {
		refuse(configuration, &attempt);
		status = SP_INVALID;
	} else if (status == SP_OK) {
		accept_layers(configuration, &attempt, commit);
	}
	if (ret_report && (status == SP_OK || status == SP_INVALID)) {
		report = report_new(&attempt);
		status = report ? status : SP_NO_MEMORY;
	}
	finish_attempt(&attempt);
	if (report)
		*ret_report = report;
	return status;
}

sp_status configuration_check(struct configuration *configuration, json_t **ret_report)
{
	struct attempt attempt;
	json_t *report = NULL;
	sp_status status;

	if (configuration->committing)
		return SP_CONFLICT;
	status = begin_attempt(configuration, &attempt);
	if (status == SP_OK && is_empty(attempt.faults))
		status = configuration_judge_by_kernel(configuration, attempt.layers, CONFIGURATION_CHECK,
			attempt.faults);
	if (status == SP_OK)
		report = report_new(&attempt);
	if (status == SP_OK && !report)
		status = SP_NO_MEMORY;
	finish_attempt(&attempt);
	if (ret_report && report)
		*ret_report = report;
	else
		json_decref(report);
	return status;
}

json_t *configuration_faults_new(const struct configuration *configuration)
{
	return json_deep_copy(configuration->faults);
}
