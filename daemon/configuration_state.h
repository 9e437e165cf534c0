/*
 * configuration_state.h: the configuration from inside, for the files that make it up.
 */
#ifndef DAEMON_CONFIGURATION_STATE_H
#define DAEMON_CONFIGURATION_STATE_H

#include "configuration.h"
#include "configuration_layers.h"
#include "configuration_watch.h"

struct configuration {
	struct configuration_sources sources;
	char *state_dir;
	struct configuration_layers *layers;
	json_t *faults; /* of the last reload; empty when it went well */
	json_t *(*find_secrets)(void *user); /* declared paths; NULL: there are none */
	void *secrets_user;
	json_t *notes; /* what is to be logged as soon as there is a log */
	sp_kernel *kernel;
	struct log *log;
	struct configuration_watch *watch;
	void (*changed)(void *user);
	void *changed_user;
	bool committing; /* the kernel is at it */
};

/* Whether a list of faults has none. */
static inline bool is_empty(const json_t *list)
{
	return json_array_size(list) == 0;
}

/* Logs a message, once there is a log. */
void configuration_say(const struct configuration *configuration, enum sp_level level, const char *format, ...)
	SP_FORMAT(3, 4);

/* Logs edits that have no effect; with by, only those that this layer hides. */
void configuration_say_hidden(const struct configuration *configuration, const json_t *hidden, const char *by);

/* Warns, when path has changed, that it is read at the start only; user is the configuration. */
void configuration_warn_of_restart(void *user, const char *path);

/* Fills error; answers SP_NO_MEMORY. */
sp_status configuration_no_memory(struct sp_error *error);

/* The paths that are declared secret now, a new array; NULL without memory. */
json_t *configuration_secrets_new(const struct configuration *configuration);

/* The layer of the values set at run time, the highest. */
struct configuration_layer *configuration_run_time(const struct configuration *configuration);

/* Reads all layers, with values as those of run time, and judges the daemon's own keys. When faults were appended, the
 * layers are good for nothing. SP_NO_MEMORY. */
sp_status configuration_load(const struct configuration *configuration, json_t *values, json_t *faults,
	struct configuration_layers **ret_layers);

/* Judges the daemon's own keys of merged layers; faults are appended. SP_NO_MEMORY. */
sp_status configuration_judge_own(const struct configuration *configuration, const struct configuration_layers *layers,
	json_t *faults);

/* Lets the kernel, if there is one, check or commit layers. SP_OK also when it refuses: then faults were appended. */
enum configuration_step { CONFIGURATION_CHECK, CONFIGURATION_COMMIT };
sp_status configuration_judge_by_kernel(struct configuration *configuration, const struct configuration_layers *layers,
	enum configuration_step step, json_t *faults);

#endif
