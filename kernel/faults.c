/* faults.c: lists of what is wrong. */
#include "faults.h"

#include <signalpy/status.h>
#include <stdio.h>

static sp_status append(json_t *faults, json_t *fault)
{
	return fault && json_array_append_new(faults, fault) == 0 ? SP_OK : SP_NO_MEMORY;
}

sp_status fault_tell(json_t *faults, json_t *path, const char *instance, const char *rule, const char *message)
{
	if (!faults) {
		json_decref(path);
		return SP_INVALID;
	}
	return append(faults,
		       json_pack("{s:o, s:s, s:s, s:s, s:s}", "path", path, "pointer", "", "rule", rule, "message",
			       message, "instance", instance)) == SP_OK
		? SP_INVALID
		: SP_NO_MEMORY;
}

sp_status fault_note(json_t *faults, const char *member, const char *rule, const char *message)
{
	return append(faults, json_pack("{s:s+, s:s, s:s}", "pointer", "/", member, "rule", rule, "message", message));
}

bool fault_goes_on(sp_status status, sp_status *worst)
{
	if (status != SP_OK)
		*worst = status;
	return status != SP_NO_MEMORY;
}

void fault_take_first(json_t *faults, struct sp_error *error)
{
	const json_t *fault = json_array_get(faults, 0);
	const char *pointer = json_string_value(json_object_get(fault, "pointer"));
	const char *message = json_string_value(json_object_get(fault, "message"));

	sp_error_set(error, SP_INVALID, "%s", message ? message : "wrong value");
	if (error && pointer)
		snprintf(error->pointer, sizeof error->pointer, "%s", pointer);
	json_decref(faults);
}
