/*
 * shared_text.h: text that grows. A failed allocation is remembered, so that a long piece of writing is checked once,
 * at its end.
 */
#ifndef DAEMON_SHARED_TEXT_H
#define DAEMON_SHARED_TEXT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* All zero is an empty text. data is not ended by a zero byte. */
struct text {
	char *data;
	size_t size, capacity;
	bool failed;
};

/* Frees what the text holds; it is empty then. */
void text_finish(struct text *text);

/* Forgets the content, and the failure, but keeps the memory for the next, unless it has grown beyond keep bytes. */
void text_clear(struct text *text, size_t keep);

/* Each adds to the end; after a failure they do nothing. */
void text_add(struct text *text, const void *data, size_t size);
void text_add_text(struct text *text, const char *added);
void text_add_number(struct text *text, long long number);

/* A JSON value, compact, on one line; a value that cannot be encoded, or NULL, fails the text. */
void text_add_json(struct text *text, const json_t *value);

/* A JSON string of any bytes: what is not UTF-8 is written as U+FFFD. */
void text_add_string(struct text *text, const char *string);

#endif
