/* chars.h: the character classes of RFC 9110 and RFC 3986, and comparisons that need no locale. */
#ifndef HTTP_CHARS_H
#define HTTP_CHARS_H

#include <stdbool.h>
#include <stddef.h>

enum http_class {
	HTTP_TOKEN = 1, /* tchar: methods, field names, list members */
	HTTP_VALUE = 2, /* field values: visible, space, tab, obs-text */
	HTTP_PATH = 4, /* pchar and the slash; a percent sign counts, what follows it is checked apart */
	HTTP_QUERY = 8, /* the same and the question mark */
	HTTP_HOST = 16, /* reg-name */
	HTTP_DIGIT = 32,
	HTTP_HEX = 64
};

/* The classes of each byte. */
extern const unsigned char http_classes[256];

/* Whether a byte is of a class. */
static inline bool http_is(enum http_class class, char byte)
{
	return http_classes[(unsigned char)byte] & class;
}

/* How many bytes from the start of text are of a class. */
size_t http_span(enum http_class class, const char *text, size_t size);

/* Whether text is of a class throughout and each percent sign is followed by two hexadecimal digits. */
bool http_is_uri_part(enum http_class class, const char *text, size_t size);

/* Whether text is word, in whatever case. */
bool http_same(const char *text, size_t size, const char *word);

/* The value of a hexadecimal digit. */
unsigned http_hex(char digit);

/* Narrows *text and *size to what is left without spaces and tabs around it. */
void http_trim(const char **text, size_t *size);

/* Takes the next member off a comma-separated list (without white space around it; it may be empty); false at the end.
 * *list and *size are what is left, *list is NULL when nothing is. */
bool http_next_member(const char **list, size_t *size, const char **ret_member, size_t *ret_size);

#endif
