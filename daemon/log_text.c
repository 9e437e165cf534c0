/* log_text.c: escapes what a log must not hold. */
#include "log_text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void log_text_finish(struct log_text *text)
{
	if (text->data != text->begin)
		free(text->data);
	text->data = NULL;
	text->size = text->capacity = 0;
}

static bool make_room(struct log_text *text, size_t more)
{
	size_t capacity;
	char *grown;

	if (text->data == NULL) {
		text->data = text->begin;
		text->capacity = sizeof(text->begin);
	}
	if (text->failed || more <= text->capacity - text->size)
		return !text->failed;
	capacity = 2 * (text->size + more);
	grown = realloc(text->data == text->begin ? NULL : text->data, capacity);
	if (grown == NULL) {
		text->failed = true;
		return false;
	}
	if (text->data == text->begin)
		memcpy(grown, text->begin, text->size);
	text->data = grown;
	text->capacity = capacity;
	return true;
}

static void add_bytes(struct log_text *text, const char *bytes, size_t size)
{
	if (!make_room(text, size))
		return;
	memcpy(text->data + text->size, bytes, size);
	text->size += size;
}

void log_text_add(struct log_text *text, const char *added)
{
	add_bytes(text, added, strlen(added));
}

/* The bytes of a first byte's UTF-8 character; 0 when none begins so. */
static size_t length_of(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first <= 0xdf)
		return 2;
	if (first >= 0xe0 && first <= 0xef)
		return 3;
	return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

/* How many bytes the character at text has; 0 when it is not well-formed UTF-8 (RFC 3629). */
static size_t read_character(const char *text, uint32_t *ret_character)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t i, length = length_of((unsigned char)text[0]);
	uint32_t character = (unsigned char)text[0];

	if (length > 1)
		character &= 0x7fU >> length;
	for (i = 1; i < length; i++) {
		if (((unsigned char)text[i] & 0xc0) != 0x80)
			return 0;
		character = character << 6 | ((unsigned char)text[i] & 0x3fU);
	}
	if (length > 1 && (character < least[length] || character > 0x10ffff || (character & ~0x7ffU) == 0xd800))
		return 0;
	*ret_character = character;
	return length;
}

static const char *short_escape(uint32_t character, bool as_json)
{
	if (character == '\n')
		return "\\n";
	if (character == '\t')
		return "\\t";
	if (character == '\r')
		return "\\r";
	if (as_json && character == '"')
		return "\\\"";
	return as_json && character == '\\' ? "\\\\" : NULL;
}

static void add_escape(struct log_text *text, uint32_t character, bool as_json)
{
	char escape[16];

	snprintf(escape, sizeof(escape), as_json ? "\\u%04x" : "\\x%02x", (unsigned)character & 0xffffU);
	log_text_add(text, escape);
}

static bool is_control(uint32_t character)
{
	return character < 0x20 || (character >= 0x7f && character < 0xa0);
}

void log_text_add_escaped(struct log_text *text, const char *added, bool as_json)
{
	uint32_t character;
	const char *escape;
	size_t length;

	for (; *added != '\0'; added += length) {
		length = read_character(added, &character);
		if (length == 0) {
			length = 1;
			character = as_json ? 0xfffd : (unsigned char)*added;
			add_escape(text, character, as_json);
			continue;
		}
		escape = short_escape(character, as_json);
		if (escape != NULL)
			log_text_add(text, escape);
		else if (is_control(character))
			add_escape(text, character, as_json);
		else
			add_bytes(text, added, length);
	}
}
