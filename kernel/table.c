/* table.c: a hash table of intrusive links, keyed by text. */
#include "table.h"

#include <string.h>

#include "alloc.h"

static uint64_t hash_of(const char *key, size_t length)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)key[i]) * 0x100000001b3;
	return hash ^ hash >> 32;
}

void table_init(struct table *table)
{
	*table = (struct table){ .size = 1 };
}

void table_finish(struct table *table)
{
	sp_free(table->buckets);
	table_init(table);
}

static struct table_link **bucket_of(const struct table *table, uint64_t hash)
{
	if (!table->buckets)
		return (struct table_link **)&table->first;
	return &table->buckets[hash & (table->size - 1)];
}

static void append(struct table_link **bucket, struct table_link *link)
{
	while (*bucket)
		bucket = &(*bucket)->next;
	link->next = NULL;
	*bucket = link;
}

static void grow(struct table *table)
{
	struct table wider = { .size = table->size < 8 ? 16 : table->size * 2, .count = table->count };

	wider.buckets = sp_calloc(wider.size, sizeof *wider.buckets);
	if (!wider.buckets)
		return;
	for (size_t i = 0; i < table->size; i++)
		for (struct table_link *link = *bucket_of(table, i), *next; link; link = next) {
			next = link->next;
			append(bucket_of(&wider, link->hash), link);
		}
	sp_free(table->buckets);
	*table = wider;
}

void table_insert(struct table *table, struct table_link *link, const char *key)
{
	if (table->count >= table->size)
		grow(table);
	link->key = key;
	link->hash = hash_of(key, strlen(key));
	append(bucket_of(table, link->hash), link);
	table->count++;
}

void table_remove(struct table *table, struct table_link *link)
{
	struct table_link **at = bucket_of(table, link->hash);

	while (*at != link)
		at = &(*at)->next;
	*at = link->next;
	table->count--;
}

struct table_link *table_find(const struct table *table, const char *key, size_t length)
{
	uint64_t hash = hash_of(key, length);

	for (struct table_link *link = *bucket_of(table, hash); link; link = link->next)
		if (link->hash == hash && strncmp(link->key, key, length) == 0 && link->key[length] == '\0')
			return link;
	return NULL;
}
