/*
 * configuration_watch.c: watches the configuration's files through inotify. An entry is a name in a watched directory
 * that matters. After each change the entries are made anew, before anybody reads the files, so that no change falls
 * between.
 */
#include "configuration_watch.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "configuration_layers.h"

#define MILLISECOND INT64_C(1000000)

/* A rename or a closed file is an edit that is whole. A write that is not closed yet may go on, so that waits longer.
 * Both stay below the 200 ms in which an edit is to be live. */
#define WAIT_WHOLE (30 * MILLISECOND)
#define WAIT_WRITE (120 * MILLISECOND)
#define WAIT_MOST (150 * MILLISECOND)

enum { MOST_LINKS = 40 };

static const uint32_t names_change = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR | IN_MASK_ADD;
static const uint32_t files_change = IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_ONLYDIR | IN_MASK_ADD;

struct entry {
	int directory; /* the watch descriptor */
	char *name; /* NULL: every drop-in */
};

struct entries {
	struct entry *items;
	size_t count;
};

struct configuration_watch {
	struct configuration_watch_options options;
	int inotify;
	void *readable, *timer;
	bool waiting;
	int64_t since; /* while waiting: the first change that nobody was told of */
	struct entries entries;
	bool warned;
};

/* A path that is being followed: where it has led, and what is left of it. */
struct walk {
	struct configuration_watch *watch;
	char at[PATH_MAX], rest[PATH_MAX];
	int links;
	bool failed;
};

static void warn_once(struct configuration_watch *watch, const char *directory)
{
	char message[PATH_MAX + 160];

	if (watch->warned)
		return;
	watch->warned = true;
	snprintf(message, sizeof(message),
		"%s cannot be watched: %s; after an edit use `signalctl config reload` (fs.inotify.max_user_watches may be too "
		"low)",
		directory, strerror(errno));
	watch->options.warn(watch->options.user, message);
}

/* Watches a directory; -1 when it is not there or cannot be watched. */
static int watch_directory(struct configuration_watch *watch, const char *directory, uint32_t mask)
{
	int descriptor = inotify_add_watch(watch->inotify, directory, mask);

	if (descriptor < 0 && (errno == ENOSPC || errno == ENOMEM))
		warn_once(watch, directory);
	return descriptor;
}

static bool add_entry(struct configuration_watch *watch, int directory, const char *name)
{
	struct entries *entries = &watch->entries;
	struct entry entry = { directory, name ? strdup(name) : NULL };
	struct entry *items = realloc(entries->items, (entries->count + 1) * sizeof(*items));

	if (items)
		entries->items = items;
	if (!items || (name && !entry.name)) {
		free(entry.name);
		return false;
	}
	items[entries->count++] = entry;
	return true;
}

static void finish_entries(struct entries *entries)
{
	for (size_t i = 0; i < entries->count; i++)
		free(entries->items[i].name);
	free(entries->items);
	*entries = (struct entries){ 0 };
}

/* Takes the next name off the rest; false at its end. */
static bool next_name(struct walk *walk, char name[static NAME_MAX + 1])
{
	size_t skip = strspn(walk->rest, "/"), length = strcspn(walk->rest + skip, "/");

	if (length == 0 || length > NAME_MAX)
		return false;
	memcpy(name, walk->rest + skip, length);
	name[length] = '\0';
	memmove(walk->rest, walk->rest + skip + length, strlen(walk->rest + skip + length) + 1);
	return true;
}

/* Goes up one directory; at has no links in it. */
static void go_up(struct walk *walk)
{
	char *slash = strrchr(walk->at, '/');

	if (slash)
		*slash = '\0';
}

/* Puts a link's target before the rest. */
static bool follow_link(struct walk *walk, const char *link)
{
	char target[PATH_MAX];
	ssize_t length = readlink(link, target, sizeof(target) - 1);
	size_t rest = strlen(walk->rest) + 1;

	if (length <= 0 || ++walk->links > MOST_LINKS || (size_t)length + 1 + rest > sizeof(walk->rest))
		return false;
	memmove(walk->rest + length + 1, walk->rest, rest);
	memcpy(walk->rest, target, (size_t)length);
	walk->rest[length] = '/';
	if (target[0] == '/')
		walk->at[0] = '\0';
	return true;
}

/* The directory where the walk is. */
static const char *directory_of(const struct walk *walk)
{
	return walk->at[0] ? walk->at : "/";
}

/* Watches one name on the way, and goes on to it. Watched before it is looked at, so that no change is missed. */
static bool walk_name(struct walk *walk, const char *name)
{
	char path[PATH_MAX] = "";
	const char *directory = directory_of(walk);
	int descriptor = watch_directory(walk->watch, directory, names_change);
	struct stat status;

	if (descriptor >= 0 && !add_entry(walk->watch, descriptor, name)) {
		walk->failed = true;
		return false;
	}
	if (snprintf(path, sizeof(path), "%s/%s", walk->at, name) >= (int)sizeof(path) || lstat(path, &status) != 0)
		return false;
	if (S_ISLNK(status.st_mode))
		return follow_link(walk, path);
	if (!S_ISDIR(status.st_mode)) {
		watch_directory(walk->watch, directory, files_change);
		return false;
	}
	memcpy(walk->at, path, sizeof(path));
	return true;
}

/* Follows path as far as it leads; true when it leads to a directory, which is walk->at then. */
static bool walk_path(struct walk *walk, struct configuration_watch *watch, const char *path)
{
	char name[NAME_MAX + 1];
	bool going = true;

	*walk = (struct walk){ .watch = watch };
	snprintf(walk->rest, sizeof(walk->rest), "%s", path);
	while (going && next_name(walk, name)) {
		if (strcmp(name, "..") == 0)
			go_up(walk);
		else if (strcmp(name, ".") != 0)
			going = walk_name(walk, name);
	}
	return going;
}

/* Watches a file wherever it really is. */
static bool watch_file(struct configuration_watch *watch, const char *path)
{
	struct walk walk;

	walk_path(&walk, watch, path);
	return !walk.failed;
}

/* Drop-ins that are no plain files may be links. */
static int select_link(const struct dirent *entry)
{
	return configuration_is_drop_in(entry->d_name) && entry->d_type != DT_REG;
}

/* Watches where the links in the drop-in directory lead. */
static bool watch_links(struct configuration_watch *watch, const char *directory)
{
	char path[PATH_MAX];
	struct dirent **entries;
	int count = scandir(directory, &entries, select_link, alphasort);
	bool well = true;

	if (count < 0)
		return errno != ENOMEM;
	for (int i = 0; i < count; i++) {
		int length = snprintf(path, sizeof(path), "%s/%s", directory, entries[i]->d_name);

		if (length < (int)sizeof(path))
			well = well && watch_file(watch, path);
		free(entries[i]);
	}
	free(entries);
	return well;
}

/* Watches the drop-in directory, whatever comes into it. */
static bool watch_drop_ins(struct configuration_watch *watch)
{
	struct walk walk;
	int descriptor;

	if (!walk_path(&walk, watch, watch->options.drop_in_dir))
		return !walk.failed;
	descriptor = watch_directory(watch, directory_of(&walk), names_change | files_change);
	if (descriptor >= 0 && !add_entry(watch, descriptor, NULL))
		return false;
	return watch_links(watch, directory_of(&walk));
}

static bool has_directory(const struct entries *entries, int directory)
{
	for (size_t i = 0; i < entries->count; i++)
		if (entries->items[i].directory == directory)
			return true;
	return false;
}

/* Makes the entries anew; without memory the old ones stay. */
static bool refresh(struct configuration_watch *watch)
{
	struct entries unwanted = watch->entries;
	bool well;

	watch->entries = (struct entries){ 0 };
	well = watch_file(watch, watch->options.file) && watch_drop_ins(watch);
	if (!well) {
		struct entries partial = watch->entries;

		watch->entries = unwanted;
		unwanted = partial;
	}
	for (size_t i = 0; i < unwanted.count; i++)
		if (!has_directory(&watch->entries, unwanted.items[i].directory))
			inotify_rm_watch(watch->inotify, unwanted.items[i].directory);
	finish_entries(&unwanted);
	return well;
}

static void tell(void *user)
{
	struct configuration_watch *watch = user;

	watch->waiting = false;
	if (!refresh(watch))
		watch->options.warn(watch->options.user, "not enough memory to watch the configuration's files anew");
	watch->options.changed(watch->options.user);
}

/* Waits a little for what may follow, but not for ever. */
static void wait_for_more(struct configuration_watch *watch, int64_t wait)
{
	const struct sp_loop_ops *ops = watch->options.ops;
	int64_t now = ops->now(watch->options.loop), latest;

	if (!watch->waiting)
		watch->since = now;
	watch->waiting = true;
	latest = watch->since + WAIT_MOST - now;
	wait = wait < latest ? wait : latest;
	ops->timer_stop(watch->timer);
	ops->timer_start(watch->timer, wait > 0 ? wait : 0);
}

static bool matters(const struct configuration_watch *watch, const struct inotify_event *event)
{
	if (event->mask & (IN_Q_OVERFLOW | IN_UNMOUNT))
		return true;
	for (size_t i = 0; i < watch->entries.count && event->len > 0; i++) {
		const struct entry *entry = &watch->entries.items[i];

		if (entry->directory != event->wd)
			continue;
		if (entry->name ? strcmp(entry->name, event->name) == 0 : configuration_is_drop_in(event->name))
			return true;
	}
	return false;
}

/* Reads once a turn: whoever writes into the directory without pause must not hold the loop. */
static void ready(void *user, int fd, unsigned events SP_UNUSED)
{
	struct configuration_watch *watch = user;
	_Alignas(struct inotify_event) char buffer[4096];
	const struct inotify_event *event;
	ssize_t size = read(fd, buffer, sizeof(buffer));

	for (ssize_t at = 0; at < size; at += (ssize_t)(sizeof(*event) + event->len)) {
		event = (const struct inotify_event *)(const void *)(buffer + at);
		if (matters(watch, event))
			wait_for_more(watch, event->mask & IN_MODIFY ? WAIT_WRITE : WAIT_WHOLE);
	}
}

static sp_status start(struct configuration_watch *watch, struct sp_error *error)
{
	const struct sp_loop_ops *ops = watch->options.ops;

	watch->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (watch->inotify < 0)
		return sp_error_set(error, SP_UNAVAILABLE,
			"the configuration's files cannot be watched: %s; after an edit use `signalctl config reload`",
			strerror(errno));
	watch->timer = ops->timer_create(watch->options.loop, tell, watch);
	watch->readable = ops->watch_create(watch->options.loop, ready, watch);
	if (!watch->timer || !watch->readable || !refresh(watch))
		return sp_error_set(error, SP_NO_MEMORY, "not enough memory");
	return ops->watch_start(watch->readable, watch->inotify, SP_READABLE);
}

struct configuration_watch *configuration_watch_create(const struct configuration_watch_options *options,
	struct sp_error *error)
{
	struct configuration_watch *watch = calloc(1, sizeof(*watch));

	if (!watch) {
		sp_error_set(error, SP_NO_MEMORY, "not enough memory");
		return NULL;
	}
	watch->options = *options;
	watch->inotify = -1;
	if (start(watch, error) == SP_OK)
		return watch;
	configuration_watch_destroy(watch);
	return NULL;
}

void configuration_watch_destroy(struct configuration_watch *watch)
{
	const struct sp_loop_ops *ops;

	if (!watch)
		return;
	ops = watch->options.ops;
	if (watch->readable) {
		ops->watch_stop(watch->readable);
		ops->watch_destroy(watch->readable);
	}
	if (watch->timer) {
		ops->timer_stop(watch->timer);
		ops->timer_destroy(watch->timer);
	}
	if (watch->inotify >= 0)
		close(watch->inotify);
	finish_entries(&watch->entries);
	free(watch);
}
