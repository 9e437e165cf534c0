/* json_load.c: reads JSON; what is most common by itself, in a fraction of the time, and the rest with jansson's own reader. */
#include <signalpy/record.h>
#include <string.h>

enum { DEEPEST = 32, LONGEST_NUMBER = 18 };

/* Whatever this reader does not take, be it out of the ordinary or wrong, is left to jansson, which knows why. */
struct reader {
	const char *at, *end;
	unsigned depth;
};

static json_t *read_value(struct reader *reader);

static void skip_space(struct reader *reader)
{
	while (reader->at < reader->end &&
		(*reader->at == ' ' || *reader->at == '\n' || *reader->at == '\t' || *reader->at == '\r'))
		reader->at++;
}

/* Takes one character, and the space around it. */
static bool take(struct reader *reader, char character)
{
	skip_space(reader);
	if (reader->at == reader->end || *reader->at != character)
		return false;
	reader->at++;
	skip_space(reader);
	return true;
}

/* A string of plain ASCII without escapes: its length, and where it begins; -1 when it is another. */
static ptrdiff_t take_string(struct reader *reader, const char **ret_text)
{
	const char *begin = reader->at + 1, *at = begin;

	if (reader->at == reader->end || *reader->at != '"')
		return -1;
	while (at < reader->end && *at != '"') {
		if (*at < ' ' || *at > '~' || *at == '\\')
			return -1;
		at++;
	}
	if (at == reader->end)
		return -1;
	*ret_text = begin;
	reader->at = at + 1;
	return at - begin;
}

static json_t *read_string(struct reader *reader)
{
	const char *text;
	ptrdiff_t size = take_string(reader, &text);

	return size < 0 ? NULL : json_stringn_nocheck(text, (size_t)size);
}

static bool is_digit(const struct reader *reader)
{
	return reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9';
}

static bool is_more_than_integer(const struct reader *reader)
{
	return reader->at < reader->end && (*reader->at == '.' || *reader->at == 'e' || *reader->at == 'E');
}

static json_t *read_integer(struct reader *reader)
{
	bool negative = *reader->at == '-';
	const char *begin = reader->at += negative;
	json_int_t number = 0;

	while (is_digit(reader) && reader->at - begin < LONGEST_NUMBER)
		number = number * 10 + (*reader->at++ - '0');
	if (reader->at == begin || (*begin == '0' && (negative || reader->at - begin > 1)))
		return NULL;
	return is_digit(reader) || is_more_than_integer(reader) ? NULL : json_integer(negative ? -number : number);
}

static json_t *read_word(struct reader *reader)
{
	static const struct {
		const char *text;
		json_t *(*make)(void);
	} words[] = { { "true", json_true }, { "false", json_false }, { "null", json_null } };

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		size_t size = strlen(words[i].text);

		if ((size_t)(reader->end - reader->at) < size || memcmp(reader->at, words[i].text, size) != 0)
			continue;
		reader->at += size;
		return words[i].make();
	}
	return NULL;
}

/* A key that is there already is jansson's to judge. */
static bool read_member(struct reader *reader, json_t *object)
{
	size_t count = json_object_size(object);
	const char *key;
	ptrdiff_t size = take_string(reader, &key);

	return size >= 0 && take(reader, ':') &&
		json_object_setn_new_nocheck(object, key, (size_t)size, read_value(reader)) == 0 &&
		json_object_size(object) > count;
}

static bool read_element(struct reader *reader, json_t *array)
{
	return json_array_append_new(array, read_value(reader)) == 0;
}

/* What is between a bracket that has been taken and its end, which is the last that is taken. */
static json_t *read_parts(struct reader *reader, json_t *whole, char end,
	bool (*read)(struct reader *reader, json_t *whole))
{
	bool good = whole && reader->depth < DEEPEST;

	reader->depth++;
	skip_space(reader);
	if (good && reader->at < reader->end && *reader->at == end) {
		reader->at++;
		reader->depth--;
		return whole;
	}
	do
		good = good && read(reader, whole);
	while (good && take(reader, ','));
	reader->depth--;
	skip_space(reader);
	if (good && reader->at < reader->end && *reader->at++ == end)
		return whole;
	json_decref(whole);
	return NULL;
}

static json_t *read_value(struct reader *reader)
{
	if (reader->at == reader->end)
		return NULL;
	switch (*reader->at) {
	case '{':
		reader->at++;
		return read_parts(reader, json_object(), '}', read_member);
	case '[':
		reader->at++;
		return read_parts(reader, json_array(), ']', read_element);
	case '"':
		return read_string(reader);
	case 't':
	case 'f':
	case 'n':
		return read_word(reader);
	default:
		return *reader->at == '-' || is_digit(reader) ? read_integer(reader) : NULL;
	}
}

json_t *sp_json_load(sp_bytes text, size_t flags, json_error_t *error)
{
	struct reader reader = { .at = text.data };
	json_t *value;

	if (!text.size)
		return json_loadb("", 0, flags, error);
	reader.end = reader.at + text.size;
	skip_space(&reader);
	value = reader.at < reader.end && (*reader.at == '{' || *reader.at == '[') ? read_value(&reader) : NULL;
	skip_space(&reader);
	if (value && reader.at == reader.end)
		return value;
	json_decref(value);
	return json_loadb(text.data, text.size, flags, error);
}
