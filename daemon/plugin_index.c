/* plugin_index.c: a sorted array of names. */
#include "plugin_index.h"

#include <stdlib.h>
#include <string.h>

void plugin_index_finish(struct plugin_index *index)
{
	free(index->entries);
	*index = (struct plugin_index){ .count = 0 };
}

/* Where name stands, or would stand. */
static size_t place_of(const struct plugin_index *index, const char *name)
{
	size_t low = 0, high = index->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (strcmp(index->entries[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_at(const struct plugin_index *index, size_t place, const char *name)
{
	return place < index->count && strcmp(index->entries[place].name, name) == 0;
}

void *plugin_index_find(const struct plugin_index *index, const char *name)
{
	size_t place = place_of(index, name);

	return is_at(index, place, name) ? index->entries[place].item : NULL;
}

sp_status plugin_index_add(struct plugin_index *index, const char *name, void *item)
{
	size_t place = place_of(index, name), capacity = 2 * index->capacity + 16;
	struct plugin_index_entry *grown;

	if (index->count == index->capacity) {
		grown = reallocarray(index->entries, capacity, sizeof(*grown));
		if (grown == NULL)
			return SP_NO_MEMORY;
		index->entries = grown;
		index->capacity = capacity;
	}
	memmove(index->entries + place + 1, index->entries + place, (index->count - place) * sizeof(*index->entries));
	index->entries[place] = (struct plugin_index_entry){ name, item };
	index->count++;
	return SP_OK;
}

void plugin_index_remove(struct plugin_index *index, const char *name)
{
	size_t place = place_of(index, name);

	if (!is_at(index, place, name))
		return;
	index->count--;
	memmove(index->entries + place, index->entries + place + 1, (index->count - place) * sizeof(*index->entries));
}
