/*
 * configuration_position.h: where in a JSON text something stands. A parsed tree has forgotten it, so the text is
 * scanned again when somebody must be told.
 */
#ifndef DAEMON_CONFIGURATION_POSITION_H
#define DAEMON_CONFIGURATION_POSITION_H

#include <stdbool.h>
#include <stddef.h>

/* Both count from 1; columns count characters. */
struct configuration_position {
	unsigned line, column;
};

/* The line and column of the byte at offset. */
void configuration_position_at(const char *text, size_t size, size_t offset,
	struct configuration_position *ret_position);

/*
 * Follows a dotted path through text as far as it leads, as configuration_path_follow does, and answers how many of its
 * bytes that are; the position is that of the value there, or with of_name, when the whole path was found, that of its
 * name. Any text is safe; only one that is JSON is answered right.
 */
size_t configuration_position_find(const char *text, size_t size, const char *path, bool of_name,
	struct configuration_position *ret_position);

#endif
