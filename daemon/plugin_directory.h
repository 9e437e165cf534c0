/*
 * plugin_directory.h: the directories in which plugins lie, watched. Whatever happens in them, or to the links and
 * missing directories on the way to them, is told as one `changed`, a moment after it has become quiet.
 */
#ifndef DAEMON_PLUGIN_DIRECTORY_H
#define DAEMON_PLUGIN_DIRECTORY_H

#include "event_loop.h"

#include <sys/stat.h>

struct plugin_directories;

/* Watches nothing yet. changed(user) runs on the loop. NULL and error when the system refuses. */
struct plugin_directories *plugin_directories_create(struct sp_event_loop *loop, void (*changed)(void *user),
	void *user, struct sp_error *error);
void plugin_directories_destroy(struct plugin_directories *directories);

/* Sets the paths (a borrowed array of text; relative ones are taken from the working directory). SP_NO_MEMORY. */
sp_status plugin_directories_set(struct plugin_directories *directories, const json_t *paths);

/* Ends watching. */
void plugin_directories_stop(struct plugin_directories *directories);

/* A file that may be a plugin: its name ends in .so, and is not one of the temporary ones. Borrowed. */
struct plugin_candidate {
	const char *path;
	const struct stat *found; /* of the file, behind any link */
	unsigned directory; /* which of the paths */
};

/* What a look at the directories finds: files, in order of directory and name; and directories that are not trusted. */
struct plugin_visitor {
	void (*found)(void *user, const struct plugin_candidate *candidate);
	void (*refused)(void *user, const char *directory, const struct sp_error *error);
	void *user;
	bool trusts_all;
};
void plugin_directories_scan(struct plugin_directories *directories, const struct plugin_visitor *visitor);

#endif
