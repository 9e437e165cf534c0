/* signalctl_table.h: tables that fit the terminal. */
#ifndef DAEMON_SIGNALCTL_TABLE_H
#define DAEMON_SIGNALCTL_TABLE_H

#include <jansson.h>
#include <stddef.h>
#include <stdio.h>

enum { TABLE_COLUMNS_MAX = 12 };

/*
 * A table: rows of cells, each a value as output_value writes it, under titles. The column titled STATE has colours.
 * Where the terminal is too narrow, columns that may be left out are, the last of them first; then others are clipped,
 * the first column after all others; what stands in the last goes on below.
 */
struct table;
struct table *table_create(const char *const *titles); /* ends with NULL; borrowed */
void table_destroy(struct table *table);

/* The column of that title may be left out; is left out when nothing stands in it, on a terminal or not. */
void table_may_drop(struct table *table, const char *title);
void table_drop_empty(struct table *table, const char *title);

/* Each row takes one line: what stands in the last column is clipped, too. */
void table_keep_lines(struct table *table);

/* Adds a row, an array, which is stolen. */
void table_add(struct table *table, json_t *row);
size_t table_size(const struct table *table); /* rows */
void table_print(const struct table *table, FILE *out);

#endif
