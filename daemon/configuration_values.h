/*
 * configuration_values.h: the values set at run time, kept in <state_dir>/values.json, a tree like any other layer.
 */
#ifndef DAEMON_CONFIGURATION_VALUES_H
#define DAEMON_CONFIGURATION_VALUES_H

#include <jansson.h>
#include <signalpy/status.h>

/*
 * Reads the values into a new object; {} when there are none, or when state_dir is NULL. A file that cannot be read
 * never stops the daemon from starting: it is moved aside, and a text in notes says so. SP_NO_MEMORY.
 */
sp_status configuration_values_read(const char *state_dir, json_t *notes, json_t **ret_values);

/* Moves the file aside, since what it holds is refused for the reason why; a text in notes says so. SP_NO_MEMORY. */
sp_status configuration_values_reject(const char *state_dir, const char *why, json_t *notes);

/* Writes values durably: after a crash at any moment there are the old ones or the new ones. Nothing with a state_dir
 * of NULL. SP_UNAVAILABLE and error when the system refuses, SP_NO_MEMORY. */
sp_status configuration_values_write(const char *state_dir, const json_t *values, struct sp_error *error);

#endif
