/*
 * configuration.h: the configuration: layers of files, environment, command line and values set at run time, merged
 * into one tree, checked, and committed to the kernel; watched, and reloaded when a file changes.
 */
#ifndef DAEMON_CONFIGURATION_H
#define DAEMON_CONFIGURATION_H

#include "event_loop.h"
#include "log.h"

struct configuration;

struct configuration_options {
	const char *file; /* main file; need not exist unless file_required */
	const char *drop_in_dir; /* NULL: conf.d beside the main file */
	bool file_required;
	const char *const *sets; /* KEY=VALUE of --set, ends with NULL */
	char *const *environment; /* environ; SIGNALPY_CFG_a__b=... */
	const char *state_dir; /* values set at run time: <state_dir>/values.json */
	struct log *log; /* where faults are told when there is more than one; NULL: only the first is, as the error */
};

/* Reads all layers and checks them as far as is possible without components (syntax, the daemon's own keys); NULL and
 * error (with pointer, line, column, and the file's name in the message) when something is wrong. */
struct configuration *configuration_create(const struct configuration_options *options, struct sp_error *error);
void configuration_destroy(struct configuration *configuration);

/* The merged tree, borrowed until the next reload. */
const json_t *configuration_tree(const struct configuration *configuration);

/* Commits the tree to the kernel from now on and at each reload; components that come later are judged by the
 * kernel. */
sp_status configuration_attach(struct configuration *configuration, sp_kernel *kernel, struct log *log,
	struct sp_error *error);

/* Watches the files on loop. changed(user) is called after each commit. */
sp_status configuration_watch(struct configuration *configuration, struct sp_event_loop *loop,
	void (*changed)(void *user), void *user, struct sp_error *error);

/*
 * Reads everything again: SP_OK, or SP_INVALID and nothing has changed; then the faults are kept and shown by
 * configuration_faults_new until a reload succeeds. check does the same without committing; it answers SP_OK when there
 * is a report. SP_NO_MEMORY; SP_CONFLICT inside a commit. *ret_report is a new object {"ok", "changed": n, "faults":
 * [...], "hidden": [{"path", "origin", "by", "hint"}]}, owned by the caller; may be NULL. A fault is {"file" or
 * "layer", "line", "column", "path", "message"}.
 */
sp_status configuration_reload(struct configuration *configuration, json_t **ret_report);
sp_status configuration_check(struct configuration *configuration, json_t **ret_report);
json_t *configuration_faults_new(const struct configuration *configuration);

/* Whenever something is shown from now on, find tells which paths are declared secret: a new array of dotted paths,
 * NULL without memory, when nothing is shown. What is named like a secret (password, secret, token, and names that end
 * with one of them after _) is one anyway. */
void configuration_find_secrets(struct configuration *configuration, json_t *(*find)(void *user), void *user);

/* One value (borrowed; NULL when absent; a secret is not hidden), and where each comes from: {"path": {"value",
 * "origin"}}; secrets are hidden unless reveal. value_new is a copy of one value for a person to see; NULL when absent
 * too. */
const json_t *configuration_get(const struct configuration *configuration, const char *path);
json_t *configuration_value_new(const struct configuration *configuration, const char *path, bool reveal);
json_t *configuration_show_new(const struct configuration *configuration, bool reveal);

/* The run-time layer: sets (value is stolen, on failure too) or unsets one key, checks, writes <state_dir>/values.json
 * durably, and commits. SP_INVALID and error when a component refuses it; SP_NOT_FOUND when unset finds nothing;
 * SP_UNAVAILABLE when the file cannot be written; SP_CONFLICT inside a commit. */
sp_status configuration_set(struct configuration *configuration, const char *path, json_t *value,
	struct sp_error *error);
sp_status configuration_unset(struct configuration *configuration, const char *path, struct sp_error *error);

/* Sets several keys below path ("": whole paths) at once: those of patch, an object, borrowed; null unsets one. Fails
 * like configuration_set, and changes nothing then. */
sp_status configuration_patch(struct configuration *configuration, const char *path, const json_t *patch,
	struct sp_error *error);

/* Whether what is at path comes from the run-time layer and no other. */
bool configuration_is_run_time(const struct configuration *configuration, const char *path);

#endif
