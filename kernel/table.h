/*
 * table.h: a hash table of intrusive links, keyed by text. The key is borrowed from what holds the link. Inserting
 * never fails: a table that cannot grow only becomes slower.
 */
#ifndef KERNEL_TABLE_H
#define KERNEL_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct table_link {
	struct table_link *next;
	const char *key;
	uint64_t hash;
};

struct table {
	struct table_link **buckets;
	size_t size, count;
	struct table_link *first; /* the only bucket of a table that never grew */
};

void table_init(struct table *table);

/* Frees the buckets; the links are their owners'. */
void table_finish(struct table *table);

/* Inserts link under key; several links may have the same key, the earliest is found first. */
void table_insert(struct table *table, struct table_link *link, const char *key);

/* Takes link out; it must be in the table. */
void table_remove(struct table *table, struct table_link *link);

/* The first link of key (its first length characters), or NULL. */
struct table_link *table_find(const struct table *table, const char *key, size_t length);

#endif
