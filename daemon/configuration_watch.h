/*
 * configuration_watch.h: tells when a configuration file has changed, in whatever way: written in place, renamed over,
 * reached through a link that was swapped, made, removed. Directories are watched, never files, and of every directory
 * and link on the way to a file the one that holds it.
 */
#ifndef DAEMON_CONFIGURATION_WATCH_H
#define DAEMON_CONFIGURATION_WATCH_H

#include <signalpy/kernel.h>

struct configuration_watch;

struct configuration_watch_options {
	const char *file, *drop_in_dir; /* absolute; borrowed */
	const struct sp_loop_ops *ops;
	void *loop;
	void (*changed)(void *user); /* a little after the last of a series of changes */
	void (*warn)(void *user, const char *message);
	void *user;
};

/* Watches from now on. NULL and error: SP_UNAVAILABLE when the system refuses, SP_NO_MEMORY. */
struct configuration_watch *configuration_watch_create(const struct configuration_watch_options *options,
	struct sp_error *error);
void configuration_watch_destroy(struct configuration_watch *watch);

#endif
