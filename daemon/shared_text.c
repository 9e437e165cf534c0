/*
 * shared_text.c: text that grows, and JSON written into it.
 */
#include "shared_text.h"

#include "shared_span.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CAPACITY_MIN = 512 };

void text_finish(struct text *text)
{
	free(text->data);
	*text = (struct text){ 0 };
}

void text_clear(struct text *text, size_t keep)
{
	if (text->capacity > keep)
		text_finish(text);
	text->size = 0;
	text->failed = false;
}

/* Makes room for size more bytes. */
static bool reserve(struct text *text, size_t size)
{
	size_t capacity = text->capacity ? text->capacity : CAPACITY_MIN;
	char *data;

	if (text->failed)
		return false;
	if (size <= text->capacity - text->size)
		return true;
	while (capacity - text->size < size && capacity <= SIZE_MAX / 4)
		capacity *= 2;
	data = capacity - text->size < size ? NULL : realloc(text->data, capacity);
	if (!data) {
		text->failed = true;
		return false;
	}
	text->data = data;
	text->capacity = capacity;
	return true;
}

void text_add(struct text *text, const void *data, size_t size)
{
	if (size == 0 || !reserve(text, size))
		return;
	memcpy(text->data + text->size, data, size);
	text->size += size;
}

void text_add_text(struct text *text, const char *added)
{
	text_add(text, added, strlen(added));
}

void text_add_number(struct text *text, long long number)
{
	char digits[32];

	snprintf(digits, sizeof digits, "%lld", number);
	text_add_text(text, digits);
}

/* Writes into the room that is there; if that was too little, the second round has as much as is needed. */
void text_add_json(struct text *text, const json_t *value)
{
	const size_t flags = JSON_COMPACT | JSON_ENCODE_ANY;
	size_t room, size = 0;

	do {
		if (!reserve(text, size + 1))
			return;
		room = text->capacity - text->size;
		size = json_dumpb(value, text->data + text->size, room, flags);
	} while (size > room);
	text->failed = size == 0;
	text->size += size;
}

/* What has to be escaped, or is no character. */
static void add_odd(struct text *text, unsigned char byte)
{
	char escaped[8];

	if (byte >= 0x80) {
		text_add_text(text, "\xef\xbf\xbd");
		return;
	}
	snprintf(escaped, sizeof escaped, byte == '"' || byte == '\\' ? "\\%c" : "\\u%04x", byte);
	text_add_text(text, escaped);
}

static bool is_odd(unsigned char byte)
{
	return byte < 0x20 || byte == '"' || byte == '\\';
}

void text_add_string(struct text *text, const char *string)
{
	const char *at = string, *end = string + strlen(string);

	text_add_text(text, "\"");
	while (at < end) {
		size_t size = is_odd((unsigned char)*at) ? 0 : span_character(at, end);

		if (size > 0)
			text_add(text, at, size);
		else
			add_odd(text, (unsigned char)*at);
		at += size ? size : 1;
	}
	text_add_text(text, "\"");
}
