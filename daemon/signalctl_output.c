/*
 * signalctl_output.c: how values, tables and colours are written.
 */
#include "signalctl_output.h"

#include "shared_span.h"
#include "signalctl.h"
#include "signalctl_width.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { ROOM_LEAST = 20 };

bool output_has_colours(FILE *out)
{
	const char *no_colour = getenv("NO_COLOR");

	return !(no_colour && *no_colour) && isatty(descriptor_of(out));
}

/* A line, so that one value never looks like several. C1 controls are U+0080 to U+009F. */
void output_text(FILE *out, const char *text)
{
	const char *end = text + strlen(text);

	while (text < end) {
		const unsigned char *byte = (const unsigned char *)text;
		size_t size = span_character(text, end);
		bool control = size == 0 || byte[0] < 0x20 || byte[0] == 0x7f ||
			(size == 2 && byte[0] == 0xc2 && byte[1] < 0xa0);

		if (control)
			fprintf(out, "\\x%02x", byte[size == 2]);
		else
			fwrite(text, 1, size, out);
		text += size > 0 ? size : 1;
	}
}

void output_coloured(FILE *out, enum colour colour, const char *text)
{
	static const char *const codes[] = { "", "\033[1m", "\033[2m", "\033[31m", "\033[32m", "\033[33m" };
	bool coloured = colour != COLOUR_NONE && output_has_colours(out);

	if (coloured)
		fputs(codes[colour], out);
	output_text(out, text);
	if (coloured)
		fputs("\033[0m", out);
}

void output_paragraph(FILE *out, const char *text, size_t at, size_t indent)
{
	size_t columns = width_of_terminal(out);

	indent = indent + ROOM_LEAST < columns ? indent : 0;
	at = at < columns ? at : indent;
	while (*text) {
		size_t size = width_line(text, columns - at);
		char *line = copy_of(text, size);

		output_text(out, line);
		free(line);
		text += size + strspn(text + size, " ");
		if (*text)
			fprintf(out, "\n%*s", (int)indent, "");
		at = indent;
	}
	fputc('\n', out);
}

json_t *text_new(const json_t *value)
{
	char *dumped;
	json_t *text;

	if (!value || json_is_null(value))
		return must(json_string(""));
	if (json_is_string(value))
		return json_incref((json_t *)value);
	dumped = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(15));
	text = must(dumped ? json_string(dumped) : NULL);
	free(dumped);
	return text;
}

void output_value(FILE *out, const json_t *value)
{
	json_t *text = text_new(value);

	output_text(out, json_string_value(text));
	json_decref(text);
}

static bool is_nested(const json_t *value)
{
	return json_object_size(value) > 0 || json_array_size(value) > 0;
}

/* Whether an array has items, and they can stand on one line. */
static bool is_row(const json_t *value)
{
	const json_t *item;
	size_t i;

	json_array_foreach(value, i, item) {
		if (json_is_object(item) || json_is_array(item))
			return false;
	}
	return json_array_size(value) > 0;
}

/* The items of an array on one line; a new json string. */
static json_t *row_new(const json_t *array)
{
	json_t *row = must(json_string(""));
	const json_t *item;
	size_t i;

	json_array_foreach(array, i, item) {
		json_t *text = text_new(item);
		json_t *longer = must(
			json_sprintf("%s%s%s", json_string_value(row), i > 0 ? ", " : "", json_string_value(text)));

		json_decref(text);
		json_decref(row);
		row = longer;
	}
	return row;
}

static void put_branch(FILE *out, const json_t *value, int depth);

/* What stands behind a name or a dash, which ends in the cell before at. */
static void put_leaf(FILE *out, const json_t *value, int depth, size_t at)
{
	json_t *text;

	if (is_nested(value) && !is_row(value)) {
		fputc('\n', out);
		put_branch(out, value, depth + 1);
		return;
	}
	text = is_row(value) ? row_new(value) : text_new(value);
	fputc(' ', out);
	output_paragraph(out, json_string_value(text), at + 1, 2 * (size_t)depth + 2);
	json_decref(text);
}

static void put_branch(FILE *out, const json_t *value, int depth)
{
	const json_t *child;
	const char *name;
	json_t *member;
	size_t i;

	json_array_foreach(value, i, child) {
		fprintf(out, "%*s-", 2 * depth, "");
		put_leaf(out, child, depth, 2 * (size_t)depth + 1);
	}
	json_object_foreach((json_t *)value, name, member) {
		fprintf(out, "%*s", 2 * depth, "");
		output_text(out, name);
		fputc(':', out);
		put_leaf(out, member, depth, 2 * (size_t)depth + width_of(name) + 1);
	}
}

void output_tree(FILE *out, const json_t *value)
{
	if (is_nested(value)) {
		put_branch(out, value, 0);
		return;
	}
	output_value(out, value);
	fputc('\n', out);
}

void output_json(FILE *out, const json_t *value)
{
	json_dumpf(value, out, JSON_INDENT(2) | JSON_ENCODE_ANY | JSON_REAL_PRECISION(17));
	fputc('\n', out);
}

enum colour state_colour(const char *state)
{
	static const struct {
		const char *state;
		enum colour colour;
	} colours[] = {
		{ "active", COLOUR_GREEN },
		{ "healthy", COLOUR_GREEN },
		{ "errored", COLOUR_RED },
		{ "refused", COLOUR_RED },
		{ "degraded", COLOUR_RED },
		{ "stopped", COLOUR_DIM },
		{ "disabled", COLOUR_DIM },
	};

	for (size_t i = 0; i < sizeof colours / sizeof colours[0]; i++) {
		if (strcmp(colours[i].state, state) == 0)
			return colours[i].colour;
	}
	return COLOUR_YELLOW;
}

/* ---- values ------------------------------------------------------------------------------------------------------ */

const char *member_text(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

json_t *age_new(const json_t *milliseconds)
{
	static const struct {
		const char *unit;
		json_int_t seconds;
	} units[] = { { "d", 86400 }, { "h", 3600 }, { "m", 60 } };
	json_int_t seconds = json_integer_value(milliseconds) / 1000;

	if (!json_is_integer(milliseconds))
		return must(json_string(""));
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		if (seconds >= units[i].seconds)
			return must(json_sprintf("%lld%s", (long long)(seconds / units[i].seconds), units[i].unit));
	}
	return must(json_sprintf("%llds", (long long)seconds));
}

json_t *time_new(const json_t *milliseconds)
{
	time_t seconds = (time_t)(json_integer_value(milliseconds) / 1000);
	char text[32] = "";
	struct tm local;

	if (json_is_integer(milliseconds) && localtime_r(&seconds, &local))
		strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &local);
	return must(json_string(text));
}

json_t *names_new(const json_t *array, const char *member)
{
	json_t *names = must(json_string(""));
	const char *before = NULL;
	const json_t *item;
	size_t i;

	json_array_foreach(array, i, item) {
		const char *name = json_is_object(item) ? member_text(item, member) : json_string_value(item);
		json_t *longer;

		if (before && name && strcmp(before, name) == 0)
			continue;
		longer = must(json_sprintf("%s%s%s", json_string_value(names), i > 0 ? ", " : "", name ? name : "?"));
		json_decref(names);
		names = longer;
		before = name;
	}
	return names;
}

void output_clock(FILE *out, const json_t *milliseconds)
{
	json_int_t moment = json_integer_value(milliseconds);
	time_t seconds = (time_t)(moment / 1000);
	char clock[16] = "";
	struct tm local;

	if (!json_is_integer(milliseconds)) {
		fprintf(out, "%12s", "");
		return;
	}
	if (localtime_r(&seconds, &local))
		strftime(clock, sizeof clock, "%H:%M:%S", &local);
	fprintf(out, "%s.%03d", clock, (int)(moment % 1000));
}

json_t *duration_new(const json_t *nanoseconds)
{
	static const struct {
		double size;
		const char *name;
	} units[] = { { 1e9, "s" }, { 1e6, "ms" }, { 1e3, "\xc2\xb5s" } };
	json_int_t duration = json_integer_value(nanoseconds);

	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		if ((double)duration >= units[i].size)
			return must(json_sprintf("%.1f %s", (double)duration / units[i].size, units[i].name));
	}
	return must(json_sprintf("%" JSON_INTEGER_FORMAT " ns", duration));
}
