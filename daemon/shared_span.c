/*
 * shared_span.c: the scanner behind shared_span.h. It neither allocates nor recurses.
 */
#include "shared_span.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct scanner {
	const char *at, *end;
	size_t depth;
	char nested[SPAN_NESTED_MAX];
};

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

static const char *skip_space(const char *at, const char *end)
{
	while (at < end && is_space(*at))
		at++;
	return at;
}

static const char *skip_digits(const char *at, const char *end)
{
	while (at < end && is_digit(*at))
		at++;
	return at;
}

static int hex_digit(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The number of four hexadecimal digits behind \u; -1 if they are not there. */
static int unit_of(const char *at, const char *end)
{
	int unit = 0;

	if (end - at < 6 || at[0] != '\\' || at[1] != 'u')
		return -1;
	for (int i = 2; i < 6; i++) {
		int digit = hex_digit(at[i]);

		if (digit < 0)
			return -1;
		unit = unit * 16 + digit;
	}
	return unit;
}

static const char *skip_unit(const char *at, const char *end)
{
	int unit = unit_of(at, end);
	int low;

	if (unit <= 0 || (unit >= 0xdc00 && unit < 0xe000))
		return NULL;
	if (unit < 0xd800 || unit >= 0xe000)
		return at + 6;
	low = unit_of(at + 6, end);
	return low >= 0xdc00 && low < 0xe000 ? at + 12 : NULL;
}

static const char *skip_escape(const char *at, const char *end)
{
	if (end - at < 2)
		return NULL;
	if (at[1] == 'u')
		return skip_unit(at, end);
	return at[1] && strchr("\"\\/bfnrt", at[1]) ? at + 2 : NULL;
}

/* What the second byte may be keeps out overlong forms, surrogates, and what lies beyond Unicode. */
size_t span_character(const char *at, const char *end)
{
	static const struct {
		unsigned char first, last, low, high;
		size_t size;
	} forms[] = {
		{ 0x01, 0x7f, 0, 0xff, 1 },
		{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 },
		{ 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	const unsigned char *byte = (const unsigned char *)at;
	size_t form = 0, size = 2;

	while (form < sizeof forms / sizeof forms[0] && (byte[0] < forms[form].first || byte[0] > forms[form].last))
		form++;
	if (form == sizeof forms / sizeof forms[0] || (size_t)(end - at) < forms[form].size)
		return 0;
	if (forms[form].size == 1)
		return 1;
	if (byte[1] < forms[form].low || byte[1] > forms[form].high)
		return 0;
	while (size < forms[form].size && (byte[size] & 0xc0) == 0x80)
		size++;
	return size == forms[form].size ? size : 0;
}

/* One character of several bytes. */
static const char *skip_character(const char *at, const char *end)
{
	size_t size = (unsigned char)*at < 0x80 ? 0 : span_character(at, end);

	return size > 0 ? at + size : NULL;
}

static const char *skip_string(const char *at, const char *end)
{
	at++;
	while (at && at < end) {
		if (is_plain((unsigned char)*at))
			at++;
		else if (*at == '"')
			return at + 1;
		else if (*at == '\\')
			at = skip_escape(at, end);
		else
			at = skip_character(at, end);
	}
	return NULL;
}

/* Digits, at least one. */
static const char *skip_some_digits(const char *at, const char *end)
{
	const char *behind = skip_digits(at, end);

	return behind > at ? behind : NULL;
}

static const char *skip_number(const char *at, const char *end)
{
	if (*at == '-')
		at++;
	if (at < end && *at == '0')
		at++;
	else
		at = skip_some_digits(at, end);
	if (at && at < end && *at == '.')
		at = skip_some_digits(at + 1, end);
	if (at && at < end && (*at == 'e' || *at == 'E')) {
		at++;
		at = skip_some_digits(at < end && (*at == '+' || *at == '-') ? at + 1 : at, end);
	}
	return at;
}

static const char *skip_word(const char *at, const char *end, const char *word)
{
	size_t size = strlen(word);

	return (size_t)(end - at) >= size && memcmp(at, word, size) == 0 ? at + size : NULL;
}

static const char *skip_scalar(const char *at, const char *end)
{
	if (at == end)
		return NULL;
	switch (*at) {
	case '"':
		return skip_string(at, end);
	case 't':
		return skip_word(at, end, "true");
	case 'f':
		return skip_word(at, end, "false");
	case 'n':
		return skip_word(at, end, "null");
	default:
		return skip_number(at, end);
	}
}

/* Goes to at, unless it is NULL. */
static bool move(struct scanner *scanner, const char *at)
{
	if (at)
		scanner->at = at;
	return at != NULL;
}

static bool is_next(const struct scanner *scanner, char c)
{
	return scanner->at < scanner->end && *scanner->at == c;
}

/* A member's name and its colon, up to the value. */
static bool skip_name(struct scanner *scanner)
{
	scanner->at = skip_space(scanner->at, scanner->end);
	if (!is_next(scanner, '"') || !move(scanner, skip_string(scanner->at, scanner->end)))
		return false;
	scanner->at = skip_space(scanner->at, scanner->end);
	if (!is_next(scanner, ':'))
		return false;
	scanner->at = skip_space(scanner->at + 1, scanner->end);
	return true;
}

/* Goes into the array or object that begins here, up to its first value, or behind it when it is empty. */
static bool enter(struct scanner *scanner, bool *ret_value_next)
{
	char close = *scanner->at == '{' ? '}' : ']';
	bool empty;

	if (scanner->depth == SPAN_NESTED_MAX)
		return false;
	scanner->at = skip_space(scanner->at + 1, scanner->end);
	empty = is_next(scanner, close);
	if (empty)
		scanner->at++;
	else
		scanner->nested[scanner->depth++] = close;
	*ret_value_next = !empty;
	return empty || close == ']' || skip_name(scanner);
}

/* Behind a value: on to the next value of what it stands in, closing what ends here. */
static bool leave(struct scanner *scanner, bool *ret_value_next)
{
	*ret_value_next = false;
	while (scanner->depth > 0) {
		char close = scanner->nested[scanner->depth - 1];

		scanner->at = skip_space(scanner->at, scanner->end);
		if (is_next(scanner, ',')) {
			scanner->at = skip_space(scanner->at + 1, scanner->end);
			*ret_value_next = true;
			return close == ']' || skip_name(scanner);
		}
		if (!is_next(scanner, close))
			return false;
		scanner->at++;
		scanner->depth--;
	}
	return true;
}

/* One value from its first character to behind its last. */
static bool skip_value(struct scanner *scanner)
{
	bool value_next = true;

	while (value_next) {
		if (is_next(scanner, '{') || is_next(scanner, '[')) {
			if (!enter(scanner, &value_next))
				return false;
			if (value_next)
				continue;
		} else if (!move(scanner, skip_scalar(scanner->at, scanner->end))) {
			return false;
		}
		if (!leave(scanner, &value_next))
			return false;
	}
	return true;
}

struct span span_of(struct span text, size_t *ret_wrong)
{
	struct scanner scanner;
	const char *start;

	scanner.end = text.at + text.size;
	scanner.depth = 0;
	scanner.at = start = skip_space(text.at, scanner.end);
	if (skip_value(&scanner)) {
		struct span found = { start, (size_t)(scanner.at - start) };

		scanner.at = skip_space(scanner.at, scanner.end);
		if (scanner.at == scanner.end)
			return found;
	}
	*ret_wrong = (size_t)(scanner.at - text.at);
	return (struct span){ NULL, 0 };
}

struct span_walk span_walk(struct span container)
{
	const char *end = container.at + container.size - 1;

	return (struct span_walk){ skip_space(container.at + 1, end), end };
}

/* Takes the value at the walk's place, and goes behind the comma that follows. */
static void take(struct span_walk *walk, struct span *ret_value)
{
	struct scanner scanner;

	scanner.at = walk->at;
	scanner.end = walk->end;
	scanner.depth = 0;
	skip_value(&scanner);
	*ret_value = (struct span){ walk->at, (size_t)(scanner.at - walk->at) };
	walk->at = skip_space(scanner.at, walk->end);
	if (walk->at < walk->end)
		walk->at = skip_space(walk->at + 1, walk->end);
}

bool span_next_item(struct span_walk *walk, struct span *ret_value)
{
	if (walk->at == walk->end)
		return false;
	take(walk, ret_value);
	return true;
}

bool span_next_member(struct span_walk *walk, struct span *ret_name, struct span *ret_value)
{
	const char *behind;

	if (walk->at == walk->end)
		return false;
	behind = skip_string(walk->at, walk->end);
	*ret_name = (struct span){ walk->at, (size_t)(behind - walk->at) };
	walk->at = skip_space(skip_space(behind, walk->end) + 1, walk->end);
	take(walk, ret_value);
	return true;
}

bool span_is_string(struct span span)
{
	return span.size > 0 && *span.at == '"';
}

bool span_is_object(struct span span)
{
	return span.size > 0 && *span.at == '{';
}

/* Lets jansson undo the escapes of a string. */
static json_t *decode_new(struct span string)
{
	return json_loadb(string.at, string.size, JSON_DECODE_ANY, NULL);
}

bool span_is(struct span string, const char *text)
{
	size_t size = strlen(text);
	json_t *decoded;
	bool same;

	if (!span_is_string(string))
		return false;
	if (!memchr(string.at, '\\', string.size))
		return string.size == size + 2 && memcmp(string.at + 1, text, size) == 0;
	decoded = decode_new(string);
	same = decoded && strcmp(json_string_value(decoded), text) == 0;
	json_decref(decoded);
	return same;
}

static char *place(const char *text, size_t length, char *buffer, size_t size)
{
	char *placed = length < size ? buffer : malloc(length + 1);

	if (!placed)
		return NULL;
	memcpy(placed, text, length);
	placed[length] = '\0';
	return placed;
}

char *span_text(struct span string, char *buffer, size_t size)
{
	json_t *decoded;
	char *text;

	if (!memchr(string.at, '\\', string.size))
		return place(string.at + 1, string.size - 2, buffer, size);
	decoded = decode_new(string);
	if (!decoded)
		return NULL;
	text = place(json_string_value(decoded), json_string_length(decoded), buffer, size);
	json_decref(decoded);
	return text;
}
