/* configuration_position.c: a second, shallow look at a JSON text, for the line and column of a path. */
#include "configuration_position.h"

#include <jansson.h>
#include <string.h>

struct scan {
	const char *text;
	size_t size, at;
};

/* What one step of a path led to: how many bytes of the path, and where its name and its value begin. */
struct step {
	size_t length, name, value;
};

void configuration_position_at(const char *text, size_t size, size_t offset,
	struct configuration_position *ret_position)
{
	struct configuration_position position = { 1, 1 };

	for (size_t at = 0; at < offset && at < size; at++) {
		if (text[at] == '\n')
			position = (struct configuration_position){ position.line + 1, 1 };
		else
			position.column += ((unsigned char)text[at] & 0xc0) != 0x80;
	}
	*ret_position = position;
}

/* The byte at hand; 0 at the end. */
static char look(const struct scan *scan)
{
	return scan->at < scan->size ? scan->text[scan->at] : '\0';
}

static bool is_one_of(char c, const char *set)
{
	return c && strchr(set, c);
}

static void skip_space(struct scan *scan)
{
	while (is_one_of(look(scan), " \t\r\n"))
		scan->at++;
}

/* Takes c, and the space around it; false when there is something else. */
static bool take(struct scan *scan, char c)
{
	skip_space(scan);
	if (look(scan) != c)
		return false;
	scan->at++;
	skip_space(scan);
	return true;
}

static void skip_string(struct scan *scan)
{
	for (scan->at++; scan->at < scan->size && look(scan) != '"'; scan->at++)
		scan->at += look(scan) == '\\';
	scan->at = scan->at < scan->size ? scan->at + 1 : scan->size;
}

/* Goes behind the value at hand; flat, however deep it is. */
static void skip_value(struct scan *scan)
{
	size_t depth = 0;

	while (scan->at < scan->size) {
		char c = look(scan);

		if (depth == 0 && is_one_of(c, ",]}"))
			return;
		if (c == '"') {
			skip_string(scan);
			continue;
		}
		depth += is_one_of(c, "{[");
		depth -= is_one_of(c, "}]");
		scan->at++;
	}
}

/* How many bytes name has if path begins with it as a step or more; else 0. */
static size_t match_name(const char *name, size_t length, const char *path)
{
	bool same = strncmp(name, path, length) == 0 && strlen(path) >= length;

	return same && (path[length] == '.' || path[length] == '\0') ? length : 0;
}

/* The same for a name as it is written, between quotes, maybe with escapes. */
static size_t match_written(const char *written, size_t size, const char *path)
{
	json_t *name;
	size_t length;

	if (size < 2)
		return 0;
	if (!memchr(written, '\\', size))
		return match_name(written + 1, size - 2, path);
	name = json_loadb(written, size, JSON_DECODE_ANY, NULL);
	length = name ? match_name(json_string_value(name), json_string_length(name), path) : 0;
	json_decref(name);
	return length;
}

/* Finds the member that path begins with, the shortest name that fits, in the object behind whose brace the scan is. */
static struct step find_member(struct scan *scan, const char *path)
{
	struct step found = { 0 };

	do {
		struct step step = { .name = scan->at };

		if (look(scan) != '"')
			break;
		skip_string(scan);
		step.length = match_written(scan->text + step.name, scan->at - step.name, path);
		if (!take(scan, ':'))
			break;
		step.value = scan->at;
		if (step.length > 0 && (found.length == 0 || step.length < found.length))
			found = step;
		skip_value(scan);
	} while (take(scan, ','));
	return found;
}

/* Finds the item whose index path begins with, in the array behind whose bracket the scan is. */
static struct step find_item(struct scan *scan, const char *path)
{
	size_t length = strspn(path, "0123456789"), index = 0;

	if (length == 0 || length > 9 || (path[length] && path[length] != '.'))
		return (struct step){ 0 };
	for (size_t i = 0; i < length; i++)
		index = index * 10 + (size_t)(path[i] - '0');
	for (; index > 0; index--) {
		skip_value(scan);
		if (!take(scan, ','))
			return (struct step){ 0 };
	}
	return look(scan) == ']' ? (struct step){ 0 } : (struct step){ length, scan->at, scan->at };
}

static struct step find_step(struct scan *scan, const char *path)
{
	if (take(scan, '{'))
		return find_member(scan, path);
	if (take(scan, '['))
		return find_item(scan, path);
	return (struct step){ 0 };
}

size_t configuration_position_find(const char *text, size_t size, const char *path, bool of_name,
	struct configuration_position *ret_position)
{
	struct scan scan = { text, size, 0 };
	struct step step;
	size_t followed = 0, at = 0, name, value;

	skip_space(&scan);
	name = value = scan.at;
	while (path[at]) {
		step = find_step(&scan, path + at);
		if (step.length == 0)
			break;
		followed = at + step.length;
		at = followed + (path[followed] == '.');
		name = step.name;
		scan.at = value = step.value;
	}
	configuration_position_at(text, size, of_name && !path[followed] ? name : value, ret_position);
	return followed;
}
