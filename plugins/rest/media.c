/* media.c: reads Content-Type, Accept and the query. */
#include "media.h"

#include <string.h>
#include <strings.h>

bool rest_is_json(const char *type)
{
	static const char json[] = "application/json";
	size_t size = sizeof json - 1;

	if (!type || strncasecmp(type, json, size) != 0)
		return false;
	type += size + strspn(type + size, " \t");
	return !*type || *type == ';';
}

/* A weight (RFC 9110, 12.4.2) in thousandths; what is none counts as 1. */
static int read_weight(const char *text)
{
	int weight = 0;

	if (text[0] != '0')
		return 1000;
	text += text[1] == '.' ? 2 : 1;
	for (int unit = 100; unit && *text >= '0' && *text <= '9'; unit /= 10)
		weight += unit * (*text++ - '0');
	return weight;
}

/* That of one media range, whose parameters these are, up to its comma. */
static int weight_of(const char *parameters)
{
	for (; *parameters && *parameters != ','; parameters++) {
		if (*parameters != ';')
			continue;
		parameters += 1 + strspn(parameters + 1, " \t");
		if (strncasecmp(parameters, "q=", 2) == 0)
			return read_weight(parameters + 2);
		parameters--;
	}
	return 1000;
}

int rest_wants(const char *accept, const char *type)
{
	size_t size = strlen(type);

	while (accept && *accept) {
		accept += strspn(accept, " \t,");
		if (strncasecmp(accept, type, size) == 0 && strchr(";, \t", accept[size]))
			return weight_of(accept + size);
		accept += strcspn(accept, ",");
	}
	return 0;
}

bool rest_matches(const char *condition, const char *tag)
{
	size_t size = strlen(tag);

	if (condition && strcmp(condition, "*") == 0)
		return true;
	while (condition && *condition) {
		condition += strspn(condition, " \t,");
		if (strncmp(condition, "W/", 2) == 0)
			condition += 2;
		if (strncmp(condition, tag, size) == 0)
			return true;
		condition += strcspn(condition, ",");
	}
	return false;
}

static int digit_of(char letter)
{
	if (letter >= '0' && letter <= '9')
		return letter - '0';
	letter = (char)(letter | ' ');
	return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

/* The character of two hexadecimal digits, or a negative number. */
static int escaped(const char *digits)
{
	int high = digit_of(digits[0]), low = digit_of(digits[1]);

	return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* Decodes length characters; how many came of it, or -1. */
static int decode(const char *from, size_t length, char *to, size_t size)
{
	size_t count = 0;

	for (size_t i = 0; i < length; i++) {
		int letter = from[i] == '+' ? ' ' : (unsigned char)from[i];

		if (from[i] == '%') {
			letter = length - i > 2 ? escaped(from + i + 1) : -1;
			i += 2;
		}
		if (letter <= 0 || count + 1 >= size)
			return -1;
		to[count++] = (char)letter;
	}
	return (int)count;
}

bool rest_query(const char *query, const char *name, char *ret_value, size_t size)
{
	size_t name_length = strlen(name);

	ret_value[0] = '\0';
	for (;;) {
		size_t length = strcspn(query, "&");
		int count;

		if (length > name_length && strncmp(query, name, name_length) == 0 && query[name_length] == '=') {
			count = decode(query + name_length + 1, length - name_length - 1, ret_value, size);
			ret_value[count > 0 ? count : 0] = '\0';
			return count >= 0;
		}
		if (!query[length])
			return true;
		query += length + 1;
	}
}
