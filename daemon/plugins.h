/*
 * plugins.h: which plugins are loaded, from which files: directories watched, files judged, loaded, replaced and
 * removed.
 */
#ifndef DAEMON_PLUGINS_H
#define DAEMON_PLUGINS_H

#include "event_loop.h"
#include "log.h"

struct plugins;

struct plugins_options {
	sp_kernel *kernel;
	struct sp_event_loop *loop;
	struct log *log;
	const char *state_dir; /* private copies go to <state_dir>/mapped */
};

/* Makes the set, sweeps what an earlier daemon left in <state_dir>/mapped, and probes that files there can be
 * mapped. */
struct plugins *plugins_create(const struct plugins_options *options, struct sp_error *error);

/* Frees the set after the kernel has stopped and every plugin has gone; unmaps. */
void plugins_destroy(struct plugins *set);

/* Sets the directories that are watched and the names that are not loaded (borrowed arrays of text, copied), and makes
 * the loaded set follow. A directory that is not there yet is watched for. */
sp_status plugins_configure(struct plugins *set, const json_t *directories, const json_t *disabled);

/* Whether files and directories are loaded from that others could have written (R-PL-4: no); counts from the next look
 * on. */
void plugins_allow_untrusted(struct plugins *set, bool allow);

/* Looks at every directory again. */
void plugins_rescan(struct plugins *set);

/* Ends watching; nothing more is loaded. */
void plugins_stop(struct plugins *set);

/*
 * What signalctl asks for. done is called once, maybe before the function returns: SP_OK, and result tells what came of
 * it (an object with name, version, state; update adds state_carried and a note), or a failure with its reason. load
 * takes a file outside the directories too; unload keeps the plugin out until load or a changed file. path of update
 * may be NULL: the file it came from.
 */
typedef void (*plugins_done)(void *user, sp_status status, const json_t *result, const struct sp_error *error);
void plugins_load(struct plugins *set, const char *path, plugins_done done, void *user);
void plugins_unload(struct plugins *set, const char *name, plugins_done done, void *user);
void plugins_update(struct plugins *set, const char *name, const char *path, plugins_done done, void *user);

/* Tries again what failed: to load a plugin, to replace it, or to read a refused file; name is its name, or its
 * path. */
void plugins_retry(struct plugins *set, const char *name, plugins_done done, void *user);

/*
 * Listings: an array of {"name", "version", "state", "path", "mapped", "build_id", "error", "resident", "holders",
 * "instances"}; files that were refused stand in it too, with state "refused" and the error. states: active, updating,
 * "update pending", leaving, resident, refused, disabled. One of them by name, NULL when there is none.
 */
json_t *plugins_list_new(const struct plugins *set);
json_t *plugins_inspect_new(const struct plugins *set, const char *name);

#endif
