/*
 * configuration_faults.h: what is wrong with a configuration, and where. A found fault has the "path", "rule" and
 * "message" that the kernel or the daemon's own table gave it; a placed fault is {"file" or "layer", "line", "column",
 * "path", "message"}. Lists of faults are json arrays.
 */
#ifndef DAEMON_CONFIGURATION_FAULTS_H
#define DAEMON_CONFIGURATION_FAULTS_H

#include "configuration_position.h"

#include <jansson.h>
#include <signalpy/status.h>

struct configuration_place {
	bool is_file;
	const char *origin; /* the file, or the name of the layer */
	struct configuration_position position; /* line 0: none */
	const char *path;
};

/* A new json text of bytes that may not be UTF-8: such bytes become ?. */
json_t *configuration_text_new(const char *bytes);

/* Appends a placed fault, or a found one. SP_OK, SP_NO_MEMORY. */
sp_status configuration_fault_add(json_t *faults, const struct configuration_place *place, const char *format, ...)
	SP_FORMAT(3, 4);
sp_status configuration_fault_find(json_t *faults, const char *path, const char *rule, const char *format, ...)
	SP_FORMAT(4, 5);

/* A text member of a fault, or of any object; "" when there is none. Borrowed. */
const char *configuration_fault_text(const json_t *fault, const char *name);

/* "file:line:column: path: message", as much as fits. */
void configuration_fault_write(const json_t *fault, char *text, size_t size);

/* Fills error (may be NULL) with the first of the placed faults, and how many there are; answers SP_INVALID. */
sp_status configuration_fault_error(const json_t *faults, struct sp_error *error);

#endif
