/*
 * configuration_file.h: one configuration file: read, and parsed strictly.
 */
#ifndef DAEMON_CONFIGURATION_FILE_H
#define DAEMON_CONFIGURATION_FILE_H

#include "configuration_layers.h"

/* More than this is no configuration. */
enum { CONFIGURATION_FILE_MAX = 16 * 1024 * 1024 };

/* Reads and parses the file into *ret_layer (origin, text and tree, which become the caller's). SP_NOT_FOUND when there
 * is none, SP_INVALID and one fault more when it is wrong, SP_NO_MEMORY. */
sp_status configuration_file_read(const char *path, struct configuration_layer *ret_layer, json_t *faults);

/* Parses text, the content of the file called origin, into a new object. SP_INVALID and one fault more,
 * SP_NO_MEMORY. */
sp_status configuration_file_parse(const struct configuration_layer *text, json_t *faults, json_t **ret_tree);

#endif
