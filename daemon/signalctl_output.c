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

enum { COLUMN_GAP = 2, NARROWEST = 6 };

struct table {
	const char *const *titles;
	json_t *rows; /* arrays of strings */
};

bool output_has_colours(FILE *out)
{
	const char *no_colour = getenv("NO_COLOR");

	return !(no_colour && *no_colour) && isatty(fileno(out));
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

/* A value as text; a new json string. */
static json_t *text_new(const json_t *value)
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

static void put_row(FILE *out, const json_t *array)
{
	const json_t *item;
	size_t i;

	json_array_foreach(array, i, item) {
		fputs(i > 0 ? ", " : "", out);
		output_value(out, item);
	}
	fputc('\n', out);
}

static void put_branch(FILE *out, const json_t *value, int depth);

/* What stands behind a name or a dash. */
static void put_leaf(FILE *out, const json_t *value, int depth)
{
	if (is_row(value)) {
		fputc(' ', out);
		put_row(out, value);
	} else if (is_nested(value)) {
		fputc('\n', out);
		put_branch(out, value, depth + 1);
	} else {
		fputc(' ', out);
		output_value(out, value);
		fputc('\n', out);
	}
}

static void put_branch(FILE *out, const json_t *value, int depth)
{
	const json_t *child;
	const char *name;
	json_t *member;
	size_t i;

	json_array_foreach(value, i, child) {
		fprintf(out, "%*s-", 2 * depth, "");
		put_leaf(out, child, depth);
	}
	json_object_foreach((json_t *)value, name, member) {
		fprintf(out, "%*s", 2 * depth, "");
		output_text(out, name);
		fputc(':', out);
		put_leaf(out, member, depth);
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

/* ---- tables -------------------------------------------------------------------------------------------------------- */

struct table *table_create(const char *const *titles)
{
	struct table *table = malloc(sizeof *table);

	if (!table)
		out_of_memory();
	table->titles = titles;
	table->rows = must(json_array());
	return table;
}

void table_destroy(struct table *table)
{
	if (!table)
		return;
	json_decref(table->rows);
	free(table);
}

void table_add(struct table *table, json_t *row)
{
	json_t *texts = must(json_array());
	const json_t *cell;
	size_t i;

	json_array_foreach(must(row), i, cell)
		json_array_append_new(texts, text_new(cell));
	json_array_append_new(table->rows, texts);
	json_decref(row);
}

size_t table_size(const struct table *table)
{
	return json_array_size(table->rows);
}

static const char *cell_text(const json_t *row, size_t column)
{
	const char *text = json_string_value(json_array_get(row, column));

	return text ? text : "";
}

static size_t column_width(const struct table *table, size_t column)
{
	size_t width = width_of(table->titles[column]);
	const json_t *row;
	size_t i;

	json_array_foreach(table->rows, i, row) {
		size_t cell = width_of(cell_text(row, column));

		width = cell > width ? cell : width;
	}
	return width;
}

static char *must_copy(const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		out_of_memory();
	return copy;
}

/* One cell, filled up to width with spaces, or clipped. */
static void print_cell(FILE *out, enum colour colour, const char *text, size_t width)
{
	char *clipped = width_clip_new(text, width - COLUMN_GAP);

	output_coloured(out, colour, clipped);
	for (size_t i = width_of(clipped); i < width; i++)
		fputc(' ', out);
	free(clipped);
}

/* The last cell of a row, on as many lines as it needs, each as far in as the first. */
static void print_last(FILE *out, enum colour colour, const char *text, size_t width, size_t indent)
{
	char *line = must_copy(text);
	size_t size = width_line(text, width);

	line[size] = '\0';
	output_coloured(out, colour, line);
	fputc('\n', out);
	free(line);
	text += size + strspn(text + size, " ");
	if (!*text)
		return;
	fprintf(out, "%*s", (int)indent, "");
	print_last(out, colour, text, width, indent);
}

static void print_row(const struct table *table, FILE *out, const json_t *row, const size_t *widths)
{
	size_t indent = 0;

	for (size_t column = 0; table->titles[column]; column++) {
		const char *text = row ? cell_text(row, column) : table->titles[column];
		bool is_state = strcmp(table->titles[column], "STATE") == 0;
		enum colour colour = !row ? COLOUR_DIM : is_state ? state_colour(text) : COLOUR_NONE;

		if (table->titles[column + 1])
			print_cell(out, colour, text, widths[column]);
		else
			print_last(out, colour, text, widths[column], indent);
		indent += widths[column];
	}
}

/* Takes from the widest column until all fit into so many cells, or none is wide any more. */
static void narrow(size_t *widths, size_t count, size_t cells)
{
	size_t total = 0, widest;

	for (size_t i = 0; i < count; i++)
		total += widths[i];
	for (; total > cells; total--) {
		widest = 0;
		for (size_t i = 1; i < count; i++)
			widest = widths[i] > widths[widest] ? i : widest;
		if (widths[widest] <= NARROWEST)
			return;
		widths[widest]--;
	}
}

void table_print(const struct table *table, FILE *out)
{
	size_t widths[TABLE_COLUMNS_MAX] = { 0 }, count = 0;
	const json_t *row;
	size_t i;

	for (; table->titles[count]; count++)
		widths[count] = column_width(table, count) + (table->titles[count + 1] ? COLUMN_GAP : 0);
	narrow(widths, count, width_of_terminal(out));
	print_row(table, out, NULL, widths);
	json_array_foreach(table->rows, i, row)
		print_row(table, out, row, widths);
}

/* ---- values -------------------------------------------------------------------------------------------------------- */

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
