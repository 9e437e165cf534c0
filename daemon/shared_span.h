/*
 * shared_span.h: JSON text looked at in place. A span is one JSON value inside a longer text; walking it finds the
 * spans within, without building anything. So a message is judged once, and what is inside is handed on as it was
 * written.
 */
#ifndef DAEMON_SHARED_SPAN_H
#define DAEMON_SHARED_SPAN_H

#include <stdbool.h>
#include <stddef.h>

enum { SPAN_NESTED_MAX = 512 };

/* size 0: there is nothing. A span borrows its text. */
struct span {
	const char *at;
	size_t size;
};

/* The one JSON value (RFC 8259, UTF-8, nested at most SPAN_NESTED_MAX deep) that text holds, without the white space
 * around it. Size 0 when text is anything else; then *ret_wrong is the offset of what is wrong. As jansson does, it
 * refuses \u0000 and half surrogate pairs. */
struct span span_of(struct span text, size_t *ret_wrong);

/* What stands in an array or object that span_of or a walk has found. */
struct span_walk {
	const char *at, *end;
};
struct span_walk span_walk(struct span container);

/* The next item of an array; the next member of an object, name with its quotes. False at the end. */
bool span_next_item(struct span_walk *walk, struct span *ret_value);
bool span_next_member(struct span_walk *walk, struct span *ret_name, struct span *ret_value);

/* Whether a span is a string, is an object, and is the string text, however its characters are written. */
bool span_is_string(struct span span);
bool span_is_object(struct span span);
bool span_is(struct span string, const char *text);

/* The characters of a string span, ended by a zero byte, in buffer if they fit there (size), else in memory of their
 * own, which the caller frees when it is not buffer. NULL without memory. */
char *span_text(struct span string, char *buffer, size_t size);

/* How many bytes the UTF-8 character at at has; at is before end. 0 when it is a zero byte or not well-formed. */
size_t span_character(const char *at, const char *end);

#endif
