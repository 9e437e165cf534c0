/* plugin_directory.c: watches plugin directories with inotify, and lists them. */
#define _GNU_SOURCE /* asprintf, scandirat */
#include "plugin_directory.h"

#include "file_trust.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

enum { QUIET = 50000000, PATIENCE = 150000000, LINKS_MAX = 40, EVENTS_SIZE = 32768 };
enum {
	WATCHED = IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE | IN_ATTRIB | IN_DELETE_SELF |
		IN_MOVE_SELF
};

/* The kernel answers the same number for the same directory; a number that a scan did not ask for again is let go. */
struct directory_watch {
	int number;
	unsigned scan;
};

struct plugin_directories {
	struct sp_event_loop *loop;
	void (*changed)(void *user);
	void *user;
	int inotify;
	void *watch, *timer;
	int64_t first_event; /* that has not been told; 0 when there is none */
	char **paths;
	size_t path_count;
	struct directory_watch *watches;
	size_t watch_count, watch_capacity;
	unsigned scan;
};

/* ---- events ---- */

static void on_quiet(void *user)
{
	struct plugin_directories *directories = user;

	directories->first_event = 0;
	directories->changed(directories->user);
}

/* Waits until it is quiet, but not for ever. */
static void something_happened(struct plugin_directories *directories)
{
	const struct sp_loop_ops *ops = sp_event_loop_ops();
	int64_t now = ops->now(directories->loop), left;

	if (directories->first_event == 0)
		directories->first_event = now;
	left = directories->first_event + PATIENCE - now;
	ops->timer_start(directories->timer, left < 0 ? 0 : left < QUIET ? left : QUIET);
}

/* Which file it was does not matter, and an overflow is an event like others: every look is at everything. Reads once a
 * turn: whoever writes into the directory without pause must not hold the loop. */
static void on_events(void *user, int fd, unsigned ready)
{
	struct plugin_directories *directories = user;
	_Alignas(struct inotify_event) char buffer[EVENTS_SIZE];
	const struct inotify_event *event;
	ssize_t size = read(fd, buffer, sizeof(buffer));
	bool matters = false;

	(void)ready;
	for (ssize_t at = 0; at < size; at += (ssize_t)(sizeof(*event) + event->len)) {
		event = (const struct inotify_event *)(const void *)(buffer + at);
		matters = matters || !(event->mask & IN_IGNORED);
	}
	if (matters)
		something_happened(directories);
}

/* ---- what is watched ---- */

static void remember_watch(struct plugin_directories *directories, int number)
{
	struct directory_watch *grown;
	size_t i, capacity = directories->watch_capacity * 2 + 8;

	for (i = 0; i < directories->watch_count; i++) {
		if (directories->watches[i].number == number) {
			directories->watches[i].scan = directories->scan;
			return;
		}
	}
	if (directories->watch_count == directories->watch_capacity) {
		grown = reallocarray(directories->watches, capacity, sizeof(*grown));
		if (grown == NULL)
			return; /* it is watched all the same, and never let go */
		directories->watches = grown;
		directories->watch_capacity = capacity;
	}
	directories->watches[directories->watch_count++] = (struct directory_watch){ number, directories->scan };
}

static void watch_directory(struct plugin_directories *directories, const char *path)
{
	int number = -1;

	if (directories->inotify >= 0)
		number = inotify_add_watch(directories->inotify, path[0] == '\0' ? "/" : path, WATCHED | IN_ONLYDIR);
	if (number >= 0)
		remember_watch(directories, number);
}

static void drop_old_watches(struct plugin_directories *directories)
{
	size_t i, kept = 0;

	for (i = 0; i < directories->watch_count; i++) {
		if (directories->watches[i].scan == directories->scan)
			directories->watches[kept++] = directories->watches[i];
		else
			inotify_rm_watch(directories->inotify, directories->watches[i].number);
	}
	directories->watch_count = kept;
}

/* A path that is being followed: done is there and holds no link, rest is still to be looked at. */
struct way {
	char done[PATH_MAX], rest[PATH_MAX];
	int links;
};

static bool follow_link(struct way *way, const char *target)
{
	size_t length = strlen(target), rest = strlen(way->rest);

	if (++way->links > LINKS_MAX || length + 1 + rest >= sizeof(way->rest))
		return false;
	if (target[0] == '/')
		way->done[0] = '\0';
	memmove(way->rest + length + 1, way->rest, rest + 1);
	memcpy(way->rest, target, length);
	way->rest[length] = '/';
	return true;
}

/* Takes one part of the way; a link on it, or its end where something is missing, is watched. */
static bool take_step(struct plugin_directories *directories, struct way *way)
{
	size_t done = strlen(way->done), part = strcspn(way->rest, "/"), slashes = strspn(way->rest + part, "/");
	char target[PATH_MAX];
	ssize_t length;
	struct stat found;

	if (done + 1 + part >= sizeof(way->done))
		return false;
	if (part > 0) {
		way->done[done] = '/';
		memcpy(way->done + done + 1, way->rest, part);
		way->done[done + 1 + part] = '\0';
	}
	memmove(way->rest, way->rest + part + slashes, strlen(way->rest + part + slashes) + 1);
	if (part == 0 || (lstat(way->done, &found) == 0 && !S_ISLNK(found.st_mode)))
		return true;
	length = readlink(way->done, target, sizeof(target) - 1);
	way->done[done] = '\0';
	watch_directory(directories, way->done);
	if (length <= 0)
		return false;
	target[length] = '\0';
	return follow_link(way, target);
}

/* Watches every directory in which a change could make path mean something else; of a file that is there, also the one
 * in which it lies. */
static void watch_way(struct plugin_directories *directories, const char *path, bool is_file)
{
	struct way way = { .done = "" };

	snprintf(way.rest, sizeof(way.rest), "%s", path);
	while (way.rest[0] != '\0') {
		if (!take_step(directories, &way))
			return;
	}
	if (is_file && strrchr(way.done, '/') != NULL)
		*strrchr(way.done, '/') = '\0';
	watch_directory(directories, way.done);
}

/* ---- looking ---- */

static bool ends_with(const char *name, const char *end)
{
	size_t length = strlen(name), part = strlen(end);

	return length > part && strcmp(name + length - part, end) == 0;
}

static int is_candidate(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && entry->d_name[0] != '#' && ends_with(entry->d_name, ".so");
}

static int compare_names(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* One look at one directory. */
struct look {
	struct plugin_directories *directories;
	const struct plugin_visitor *visitor;
	unsigned number;
	const char *path;
	int fd;
};

static void look_at_file(const struct look *look, const char *name)
{
	char path[PATH_MAX];
	struct stat found;
	struct plugin_candidate candidate = { path, &found, look->number };

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", look->path, name) >= sizeof(path) ||
		fstatat(look->fd, name, &found, AT_SYMLINK_NOFOLLOW) != 0)
		return;
	if (S_ISLNK(found.st_mode)) {
		watch_way(look->directories, path, true);
		if (fstatat(look->fd, name, &found, 0) != 0)
			return;
	}
	if (S_ISREG(found.st_mode))
		look->visitor->found(look->visitor->user, &candidate);
}

static void look_at_files(const struct look *look)
{
	struct dirent **entries = NULL;
	int i, count = scandirat(look->fd, ".", &entries, is_candidate, compare_names);

	for (i = 0; i < count; i++) {
		look_at_file(look, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
}

static void look_at_directory(struct look *look)
{
	const struct plugin_visitor *visitor = look->visitor;
	struct sp_error error;
	struct stat found;

	look->fd = open(look->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (look->fd < 0 || fstat(look->fd, &found) != 0) {
		if (errno != ENOENT) {
			sp_error_set(&error, SP_FORBIDDEN, "%s cannot be read: %s", look->path, strerror(errno));
			visitor->refused(visitor->user, look->path, &error);
		}
	} else if (!visitor->trusts_all && file_trust_judge(&found, look->path, &error) != SP_OK) {
		visitor->refused(visitor->user, look->path, &error);
	} else {
		look_at_files(look);
	}
	if (look->fd >= 0)
		close(look->fd);
}

void plugin_directories_scan(struct plugin_directories *directories, const struct plugin_visitor *visitor)
{
	struct look look = { .directories = directories, .visitor = visitor };

	directories->scan++;
	for (look.number = 0; look.number < directories->path_count; look.number++) {
		look.path = directories->paths[look.number];
		watch_way(directories, look.path, false);
		look_at_directory(&look);
	}
	drop_old_watches(directories);
}

/* ---- making ---- */

struct plugin_directories *plugin_directories_create(struct sp_event_loop *loop, void (*changed)(void *user),
	void *user, struct sp_error *error)
{
	const struct sp_loop_ops *ops = sp_event_loop_ops();
	struct plugin_directories *directories = calloc(1, sizeof(*directories));

	if (directories == NULL) {
		sp_error_set(error, SP_NO_MEMORY, "no memory to watch directories");
		return NULL;
	}
	directories->loop = loop;
	directories->changed = changed;
	directories->user = user;
	directories->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	directories->watch = ops->watch_create(loop, on_events, directories);
	directories->timer = ops->timer_create(loop, on_quiet, directories);
	if (directories->inotify < 0 || directories->watch == NULL || directories->timer == NULL ||
		ops->watch_start(directories->watch, directories->inotify, SP_READABLE) != SP_OK) {
		sp_error_set(error, SP_FAILED, "directories cannot be watched: %s", strerror(errno));
		plugin_directories_destroy(directories);
		return NULL;
	}
	return directories;
}

static void free_paths(struct plugin_directories *directories)
{
	size_t i;

	for (i = 0; i < directories->path_count; i++)
		free(directories->paths[i]);
	free(directories->paths);
	directories->paths = NULL;
	directories->path_count = 0;
}

void plugin_directories_stop(struct plugin_directories *directories)
{
	sp_event_loop_ops()->timer_stop(directories->timer);
	sp_event_loop_ops()->watch_stop(directories->watch);
	if (directories->inotify >= 0)
		close(directories->inotify);
	directories->inotify = -1;
	directories->watch_count = 0;
}

void plugin_directories_destroy(struct plugin_directories *directories)
{
	if (directories == NULL)
		return;
	if (directories->timer != NULL && directories->watch != NULL)
		plugin_directories_stop(directories);
	sp_event_loop_ops()->timer_destroy(directories->timer);
	sp_event_loop_ops()->watch_destroy(directories->watch);
	free_paths(directories);
	free(directories->watches);
	free(directories);
}

/* An absolute path without a slash at its end. */
static char *absolute(const char *path)
{
	char working[PATH_MAX], *whole;
	int length;

	if (path[0] == '/') {
		whole = strdup(path);
		length = whole == NULL ? -1 : (int)strlen(whole);
	} else {
		length = getcwd(working, sizeof(working)) == NULL ? -1 : asprintf(&whole, "%s/%s", working, path);
	}
	if (length < 0)
		return NULL;
	while (length > 1 && whole[length - 1] == '/')
		whole[--length] = '\0';
	return whole;
}

sp_status plugin_directories_set(struct plugin_directories *directories, const json_t *paths)
{
	size_t count = json_array_size(paths), i;
	char **copies = calloc(count + 1, sizeof(*copies));

	if (copies == NULL)
		return SP_NO_MEMORY;
	free_paths(directories);
	directories->paths = copies;
	for (i = 0; i < count; i++) {
		const char *path = json_string_value(json_array_get(paths, i));

		if (path == NULL || path[0] == '\0')
			continue;
		copies[directories->path_count] = absolute(path);
		if (copies[directories->path_count] == NULL)
			return SP_NO_MEMORY;
		directories->path_count++;
	}
	return SP_OK;
}
