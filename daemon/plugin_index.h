/*
 * plugin_index.h: things by name, in order of name.
 */
#ifndef DAEMON_PLUGIN_INDEX_H
#define DAEMON_PLUGIN_INDEX_H

#include <signalpy/status.h>

struct plugin_index_entry {
	const char *name; /* the item's own; it must not change while it is in */
	void *item;
};

/* All zero is empty. */
struct plugin_index {
	struct plugin_index_entry *entries;
	size_t count, capacity;
};

/* Frees the index, not the items. */
void plugin_index_finish(struct plugin_index *index);

/* The item of that name, or NULL. */
void *plugin_index_find(const struct plugin_index *index, const char *name);

/* Adds an item whose name is not there yet; SP_NO_MEMORY. */
sp_status plugin_index_add(struct plugin_index *index, const char *name, void *item);
void plugin_index_remove(struct plugin_index *index, const char *name);

#endif
