/* mounts.c: the table of mounted handlers. There are few, so it is a list. */
#include "mounts.h"

#include <stdlib.h>
#include <string.h>

static void mount_destroy(struct http_mount *mount)
{
	struct http_mount **at = &mount->mounts->first;

	while (*at != mount)
		at = &(*at)->next;
	*at = mount->next;
	sp_ledger_remove(&mount->entry);
	free(mount);
}

/* The consumer ends; the entry is the mount's first member. */
static void release_entry(struct sp_ledger_entry *entry)
{
	mount_destroy((struct http_mount *)entry);
}

static bool is_taken(const struct http_mounts *mounts, const sp_runtime *consumer, const char *prefix)
{
	const struct http_mount *mount;

	for (mount = mounts->first; mount; mount = mount->next) {
		if (strcmp(mount->prefix, prefix) == 0 && strcmp(sp_name(mount->consumer), sp_name(consumer)) != 0)
			return true;
	}
	return false;
}

sp_status http_mounts_add(struct http_mounts *mounts, sp_runtime *consumer, const char *prefix, sp_http_handler handler,
	void *user)
{
	size_t size = strlen(prefix);
	struct http_mount *mount;

	if (prefix[0] != '/' || !handler)
		return SP_INVALID;
	if (is_taken(mounts, consumer, prefix))
		return SP_CONFLICT;
	http_mounts_remove(mounts, consumer, prefix);
	mount = calloc(1, sizeof *mount + size + 1);
	if (!mount)
		return SP_NO_MEMORY;
	mount->entry = (struct sp_ledger_entry){ .kind = "route", .release = release_entry };
	mount->mounts = mounts;
	mount->consumer = consumer;
	mount->handler = handler;
	mount->user = user;
	mount->size = size;
	memcpy(mount->prefix, prefix, size + 1);
	mount->next = mounts->first;
	mounts->first = mount;
	sp_ledger_add(consumer, &mount->entry);
	return SP_OK;
}

void http_mounts_remove(struct http_mounts *mounts, const sp_runtime *consumer, const char *prefix)
{
	struct http_mount *mount = mounts->first;

	while (mount && (mount->consumer != consumer || strcmp(mount->prefix, prefix) != 0))
		mount = mount->next;
	if (mount)
		mount_destroy(mount);
}

/* A prefix that ends with a slash stands for all below it, any other for itself. */
static bool serves(const struct http_mount *mount, const char *path)
{
	if (strncmp(path, mount->prefix, mount->size) != 0)
		return false;
	return !path[mount->size] || mount->prefix[mount->size - 1] == '/';
}

bool http_mounts_dispatch(struct http_mounts *mounts, struct sp_http_exchange *exchange)
{
	const struct http_mount *mount, *best = NULL;
	sp_runtime *consumer;

	for (mount = mounts->first; mount; mount = mount->next) {
		if ((!best || mount->size > best->size) && serves(mount, exchange->path))
			best = mount;
	}
	if (!best)
		return false;
	consumer = best->consumer;
	sp_runtime_enter(consumer);
	best->handler(best->user, exchange);
	sp_runtime_leave(consumer);
	return true;
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
