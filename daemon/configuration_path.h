/*
 * configuration_path.h: dotted paths into a tree of json. A step names a member of an object, or counts the items of an
 * array from 0. A member whose name has dots in it (it can only come from a file) is found where no shorter name fits.
 */
#ifndef DAEMON_CONFIGURATION_PATH_H
#define DAEMON_CONFIGURATION_PATH_H

#include <jansson.h>
#include <signalpy/status.h>

enum { CONFIGURATION_PATH_SIZE = 512, CONFIGURATION_PATH_STEPS = 32 };

/* Whether a person may set something at path: steps of letters, digits, _ and -, not too many. SP_INVALID and error. */
sp_status configuration_path_check(const char *path, struct sp_error *error);

/* Follows path as far as it leads; answers how many of its bytes that are, and what is there (borrowed). */
size_t configuration_path_follow(const json_t *tree, const char *path, const json_t **ret_value);

/* The value at path, borrowed; NULL when there is none. "" is the tree. */
const json_t *configuration_path_get(const json_t *tree, const char *path);

/* Puts value (stolen, on failure too) at a path that was checked, making the objects on the way. SP_CONFLICT when there
 * is something else on the way, SP_NO_MEMORY. */
sp_status configuration_path_set(json_t *tree, const char *path, json_t *value, struct sp_error *error);

/* Takes away what is at path, and the objects on the way that are empty then; false when there is nothing. */
bool configuration_path_unset(json_t *tree, const char *path);

/* Calls leaf for everything in tree that is no object, or an empty one, with its path; ends early when it fails. */
typedef sp_status (*configuration_leaf)(void *user, const char *path, const json_t *value);
sp_status configuration_path_each(const json_t *tree, configuration_leaf leaf, void *user);

#endif
