/*
 * plugin_set.h: what plugins.c and its neighbours share: the files that were found, and the plugins that came of them.
 *
 * A file is what lies at a path; a plugin is a name, and what is loaded under it. A file that was read well names its
 * plugin; the first file of a name owns it, the others are in conflict with it. plugins_follow makes what is loaded
 * agree with the files: it loads, replaces and removes. A plugin that is being replaced is left alone until that has
 * ended.
 */
#ifndef DAEMON_PLUGIN_SET_H
#define DAEMON_PLUGIN_SET_H

#include "plugin_directory.h"
#include "plugin_image.h"
#include "plugin_index.h"
#include "plugins.h"

struct plugin_file {
	char *path;
	char name[64]; /* of the plugin in it, when it was last read well; else empty */
	uint64_t hash; /* of that content */
	struct file_print print;
	struct sp_error error; /* why its present content is refused */
	struct plugin_image *fresh; /* read in this round, and not yet used */
	unsigned directory;
	bool is_seen, is_read;
	bool is_asked_for; /* by plugins_load or plugins_update: need not lie in a directory */
	bool is_kept_out; /* by plugins_unload, until it changes */
	bool is_in_conflict;
};

enum plugin_request { REQUEST_NONE, REQUEST_LOAD, REQUEST_UNLOAD, REQUEST_UPDATE };

struct plugin {
	struct plugins *set;
	char name[64];
	struct plugin_file *file; /* that owns the name; NULL when there is none any more */
	struct plugin_file *previous; /* that owned it before an update from another file */
	struct plugin_image *image; /* that serves */
	struct plugin_image *next; /* that is being prepared to replace it */
	uint64_t failed; /* content that failed to load, and is not tried again */
	bool has_failed, is_forced, is_pending;
	struct sp_error error; /* of the last attempt */
	void *timer; /* of the next attempt, or of the patience with a request */
	int64_t delay;
	enum plugin_request request; /* what signalctl waits for */
	plugins_done done;
	void *done_user;
};

struct plugins {
	struct plugins_options options;
	struct private_copies *copies;
	struct plugin_directories *directories;
	struct plugin_index files, plugins; /* by path, by name */
	struct plugin_images images;
	json_t *disabled;
	void *settle_timer;
	bool trusts_all, is_stopped;
};

/* ---- plugin_files.c: reading ---- */

/* Reads the file if it changed since it was last read, or if again. SP_UNAVAILABLE: it is being written. */
sp_status plugin_file_look(struct plugins *set, struct plugin_file *file, bool again);

/* The file at path, entered if it is new; NULL without memory. Forgetting it leaves its plugin without a file. */
struct plugin_file *plugin_file_enter(struct plugins *set, const char *path);
void plugin_file_forget(struct plugins *set, struct plugin_file *file);

/* Its content as an image, the caller's: the fresh one, or read once more. */
sp_status plugin_file_take(struct plugins *set, struct plugin_file *file, struct plugin_image **ret_image,
	struct sp_error *error);

/* In words, why a file that was read well is not used. */
void plugin_file_conflict(const struct plugins *set, const struct plugin_file *file, struct sp_error *ret_error);

/* Looks at all directories, and sees to it that every file's plugin knows it. */
void plugin_files_scan(struct plugins *set);

/* ---- plugin_changes.c: loading, replacing, removing ---- */

/* The plugin of that name, entered if it is new; NULL without memory. */
struct plugin *plugin_enter(struct plugins *set, const char *name);

/* Makes what is loaded under the name agree with its file. */
void plugin_follow(struct plugin *plugin);

/* Frees the plugins that are neither loaded nor in a file. */
void plugins_sweep(struct plugins *set);

/* Publishes an event of a plugin, and logs it. error may be NULL. */
struct plugin_news {
	const char *type, *name, *version, *path;
	const struct sp_error *error;
};
void plugins_tell(struct plugins *set, const struct plugin_news *news);

/* ---- plugin_requests.c: what signalctl asks for ---- */

/* Answers the request of a plugin, if it has one: with what is loaded, or with error. */
void plugin_answer(struct plugin *plugin, sp_status status, const struct sp_error *error);

/* ---- plugins_listing.c ---- */

/* One plugin as plugins_list_new shows it. */
json_t *plugin_describe_new(const struct plugin *plugin);

/* Whether the configuration keeps the plugin out. */
bool plugins_is_disabled(const struct plugins *set, const char *name);

#endif
