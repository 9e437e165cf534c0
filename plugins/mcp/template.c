/* template.c: matches URIs with templates. */
#include "template.h"

#include <string.h>

static int hexadecimal(char character)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *at = character ? strchr(digits, character) : NULL;

	return at ? (int)(at - digits) % 16 : -1;
}

/* The value of a variable, percent-decoded; NULL when it is no text. */
static json_t *value_new(const char *from, size_t size)
{
	char value[1024];
	size_t length = 0;

	if (size > sizeof value)
		return NULL;
	for (size_t i = 0; i < size; i++) {
		bool encoded = from[i] == '%' && i + 2 < size && hexadecimal(from[i + 1]) >= 0 &&
			hexadecimal(from[i + 2]) >= 0;

		value[length++] = encoded ? (char)(hexadecimal(from[i + 1]) * 16 + hexadecimal(from[i + 2])) : from[i];
		i += encoded ? 2 : 0;
	}
	return memchr(value, '\0', length) ? NULL : json_stringn(value, length);
}

/* How much of uri the variable before rest takes: up to the first place where rest's own text goes on, none of it a
 * slash. */
static size_t variable_size(const char *rest, const char *uri)
{
	size_t literal = strcspn(rest, "{"), most = strcspn(uri, "/");

	if (!literal)
		return most;
	for (size_t size = 1; size <= most; size++)
		if (strncmp(uri + size, rest, literal) == 0 && (rest[literal] || !uri[size + literal]))
			return size;
	return 0;
}

static bool match(const char *rest, const char *uri, json_t *values)
{
	while (*rest) {
		const char *end = strchr(rest, '}');
		size_t size;

		if (*rest != '{' || !end) {
			if (*rest++ != *uri++)
				return false;
			continue;
		}
		size = variable_size(end + 1, uri);
		if (!size ||
			json_object_setn_new(values, rest + 1, (size_t)(end - rest - 1), value_new(uri, size)) != 0)
			return false;
		rest = end + 1;
		uri += size;
	}
	return !*uri;
}

bool mcp_template_match(const char *uri_template, const char *uri, json_t **ret_values)
{
	json_t *values = json_object();

	if (values && match(uri_template, uri, values)) {
		*ret_values = values;
		return true;
	}
	json_decref(values);
	return false;
}
