/* mounts.c: the table of mounted handlers and routes. There are few, so it is a list. */
#include "mounts.h"

#include "patterns.h"

#include <stdlib.h>
#include <string.h>

void http_mount_destroy(struct http_mount *mount)
{
	struct http_mounts *mounts = mount->mounts;
	struct http_mount **at = &mounts->first;

	while (*at != mount)
		at = &(*at)->next;
	*at = mount->next;
	sp_ledger_remove(&mount->entry);
	mounts->gone(mounts->user, mount);
	free(mount);
}

/* The consumer ends; the entry is the mount's first member. */
static void release_entry(struct sp_ledger_entry *entry)
{
	http_mount_destroy((struct http_mount *)entry);
}

/* Whether a mount of the consumer's, or of another version of it that it replaces, is one that it may take over. */
static bool is_own(const struct http_mount *mount, const sp_runtime *consumer, const struct sp_http_route *route)
{
	if (mount->consumer == consumer)
		return mount->route == route;
	return strcmp(sp_name(mount->consumer), sp_name(consumer)) == 0;
}

/* Whether both would be given the same requests. */
static bool clash(const struct http_mount *mount, const struct sp_http_route *route, const char *path)
{
	if (mount->leaving || !http_same_pattern(mount->path, path))
		return false;
	return !mount->route || !route || strcmp(mount->route->method, route->method) == 0;
}

static const struct http_mount *find_rival(const struct http_mounts *mounts, const sp_runtime *consumer,
	const struct sp_http_route *route, const char *path)
{
	const struct http_mount *mount = mounts->first;

	while (mount && (is_own(mount, consumer, route) || !clash(mount, route, path)))
		mount = mount->next;
	return mount;
}

static sp_status judge(const struct http_mounts *mounts, const sp_runtime *consumer, const struct sp_http_route *route,
	const char *path, struct sp_error *error)
{
	const struct http_mount *rival;

	if (!http_is_pattern(path))
		return sp_error_set(error, SP_INVALID,
			"%s is no path: it begins with /, and {parts} are whole segments", path);
	rival = find_rival(mounts, consumer, route, path);
	if (!rival)
		return SP_OK;
	return sp_error_set(error, SP_CONFLICT, "%s cannot have %s%s%s: %s serves it already", sp_name(consumer),
		route ? route->method : "", route ? " " : "", path, sp_name(rival->consumer));
}

sp_status http_mounts_add(struct http_mounts *mounts, sp_runtime *consumer, const struct http_mount *what,
	const char *path, struct sp_error *error)
{
	size_t size = strlen(path) + 1;
	struct http_mount *mount, *former;
	sp_status status = judge(mounts, consumer, what->route, path, error);

	if (status != SP_OK)
		return status;
	former = http_mounts_of(mounts, consumer, path, what->route);
	if (former && former->route) {
		former->leaving = false;
		return SP_OK;
	}
	mount = calloc(1, sizeof *mount + size);
	if (!mount)
		return sp_error_set(error, SP_NO_MEMORY, "out of memory");
	if (former)
		http_mount_destroy(former);
	*mount = *what;
	mount->entry = (struct sp_ledger_entry){ .kind = "route", .release = release_entry };
	mount->mounts = mounts;
	mount->consumer = consumer;
	mount->weight = http_pattern_weight(path);
	memcpy(mount->path, path, size);
	mount->next = mounts->first;
	mounts->first = mount;
	sp_ledger_add(consumer, &mount->entry);
	return SP_OK;
}

struct http_mount *http_mounts_of(const struct http_mounts *mounts, const sp_runtime *consumer, const char *path,
	const struct sp_http_route *route)
{
	struct http_mount *mount = mounts->first;

	while (mount && (mount->consumer != consumer || mount->route != route || strcmp(mount->path, path) != 0))
		mount = mount->next;
	return mount;
}

struct http_mount *http_mounts_find(const struct http_mounts *mounts, const char *path)
{
	struct http_mount *mount, *best = NULL;

	for (mount = mounts->first; mount; mount = mount->next) {
		if ((!best || mount->weight > best->weight) && !mount->leaving && http_pattern_fits(mount->path, path))
			best = mount;
	}
	return best;
}

struct http_mount *http_mounts_next(const struct http_mount *mount)
{
	struct http_mount *next = mount->next;

	while (next && (next->leaving || !next->route || !http_same_pattern(next->path, mount->path)))
		next = next->next;
	return next;
}

void http_mounts_finish(struct http_mounts *mounts)
{
	struct http_mount *mount;

	while ((mount = mounts->first)) {
		mounts->first = mount->next;
		sp_ledger_remove(&mount->entry);
		free(mount);
	}
}
