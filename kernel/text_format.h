/* text_format.h: the formats that a string field may name. */
#ifndef KERNEL_TEXT_FORMAT_H
#define KERNEL_TEXT_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

/* A format: its name in JSON Schema, what it looks like, and whether a text has it. */
struct sp_text_format {
	const char *name, *looks;
	bool (*holds)(const char *text);
};

/* The format of that name, static, or NULL. Any thread. */
const struct sp_text_format *sp_text_format_find(const char *name);

#endif
