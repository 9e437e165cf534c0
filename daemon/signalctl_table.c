/* signalctl_table.c: tables that fit the terminal. */
#include "signalctl_table.h"

#include "signalctl.h"
#include "signalctl_output.h"
#include "signalctl_width.h"

#include <stdlib.h>
#include <string.h>

enum { COLUMN_GAP = 2, NARROWEST = 6, READABLE = 14, READABLE_LAST = 20 };

struct table {
	const char *const *titles;
	json_t *rows; /* arrays of strings */
	bool extra[TABLE_COLUMNS_MAX]; /* may be left out */
	bool only_used[TABLE_COLUMNS_MAX];
	bool keeps_lines;
};

/* The columns that are shown, in order. */
struct layout {
	size_t count;
	size_t columns[TABLE_COLUMNS_MAX];
	size_t widths[TABLE_COLUMNS_MAX]; /* with the gap behind it */
};

struct table *table_create(const char *const *titles)
{
	struct table *table = calloc(1, sizeof *table);

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

static void mark(const struct table *table, bool *marks, const char *title)
{
	for (size_t i = 0; table->titles[i]; i++)
		marks[i] = marks[i] || strcmp(table->titles[i], title) == 0;
}

void table_may_drop(struct table *table, const char *title)
{
	mark(table, table->extra, title);
}

void table_drop_empty(struct table *table, const char *title)
{
	mark(table, table->only_used, title);
}

void table_keep_lines(struct table *table)
{
	table->keeps_lines = true;
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

/* ---- which columns, and how wide --------------------------------------------------------------------------------- */

static const char *cell_text(const json_t *row, size_t column)
{
	const char *text = json_string_value(json_array_get(row, column));

	return text ? text : "";
}

/* The widest cell below the title. */
static size_t content_width(const struct table *table, size_t column)
{
	size_t width = 0, i;
	const json_t *row;

	json_array_foreach(table->rows, i, row) {
		size_t cell = width_of(cell_text(row, column));

		width = cell > width ? cell : width;
	}
	return width;
}

static struct layout layout_of(const struct table *table)
{
	struct layout layout = { .count = 0 };

	for (size_t column = 0; table->titles[column]; column++) {
		size_t title = width_of(table->titles[column]), width = content_width(table, column);

		if (table->only_used[column] && width == 0)
			continue;
		layout.columns[layout.count] = column;
		layout.widths[layout.count++] = (title > width ? title : width) + COLUMN_GAP;
	}
	if (layout.count > 0)
		layout.widths[layout.count - 1] -= COLUMN_GAP;
	return layout;
}

static size_t total_of(const struct layout *layout)
{
	size_t total = 0;

	for (size_t i = 0; i < layout->count; i++)
		total += layout->widths[i];
	return total;
}

/* What all columns need where the last, which may go on below, is as narrow as can be read well. */
static size_t needed_by(const struct table *table, const struct layout *layout)
{
	size_t last = layout->count - 1, total = total_of(layout);
	bool can_go_on = !table->extra[layout->columns[last]] && last > 0;

	if (!can_go_on || layout->widths[last] <= READABLE_LAST)
		return total;
	return total - layout->widths[last] + READABLE_LAST;
}

/* Leaves out the last column that may be; false when there is none. */
static bool drop_one(const struct table *table, struct layout *layout)
{
	size_t i = layout->count;

	while (i > 0 && !table->extra[layout->columns[i - 1]])
		i--;
	if (i == 0)
		return false;
	layout->count--;
	if (i - 1 == layout->count && i > 1)
		layout->widths[i - 2] -= COLUMN_GAP;
	for (i--; i < layout->count; i++) {
		layout->columns[i] = layout->columns[i + 1];
		layout->widths[i] = layout->widths[i + 1];
	}
	return true;
}

/* How narrow a column may become: first as long as all can be read well, and the first column not at all; then
 * anyhow. */
static size_t floor_of(const struct table *table, const struct layout *layout, size_t i, bool anyhow)
{
	size_t title = width_of(table->titles[layout->columns[i]]) + COLUMN_GAP;
	size_t readable = i + 1 < layout->count ? READABLE : READABLE_LAST;

	if (anyhow)
		return NARROWEST;
	if (i == 0)
		return layout->widths[0];
	return title > readable ? title : readable;
}

/* Takes from the widest column that may become narrower until all fit, or none may any more. */
static void narrow(const struct table *table, struct layout *layout, size_t cells, bool anyhow)
{
	for (size_t total = total_of(layout); total > cells; total--) {
		size_t widest = layout->count;

		for (size_t i = 0; i < layout->count; i++) {
			if (layout->widths[i] <= floor_of(table, layout, i, anyhow))
				continue;
			if (widest == layout->count || layout->widths[i] > layout->widths[widest])
				widest = i;
		}
		if (widest == layout->count)
			return;
		layout->widths[widest]--;
	}
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

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
	do {
		size_t size = width_line(text, width);
		char *line = copy_of(text, size);

		output_coloured(out, colour, line);
		fputc('\n', out);
		free(line);
		text += size + strspn(text + size, " ");
		if (*text)
			fprintf(out, "%*s", (int)indent, "");
	} while (*text);
}

static void print_only(FILE *out, enum colour colour, const char *text, size_t width)
{
	char *clipped = width_clip_new(text, width);

	output_coloured(out, colour, clipped);
	fputc('\n', out);
	free(clipped);
}

/* row is NULL for the titles. */
static void print_row(const struct table *table, FILE *out, const json_t *row, const struct layout *layout)
{
	size_t indent = 0;

	for (size_t i = 0; i < layout->count; i++) {
		const char *title = table->titles[layout->columns[i]];
		const char *text = row ? cell_text(row, layout->columns[i]) : title;
		enum colour colour = !row ? COLOUR_DIM : strcmp(title, "STATE") == 0 ? state_colour(text) : COLOUR_NONE;

		if (i + 1 < layout->count)
			print_cell(out, colour, text, layout->widths[i]);
		else if (table->keeps_lines)
			print_only(out, colour, text, layout->widths[i]);
		else
			print_last(out, colour, text, layout->widths[i], indent);
		indent += layout->widths[i];
	}
}

void table_print(const struct table *table, FILE *out)
{
	struct layout layout = layout_of(table);
	size_t cells = width_of_terminal(out);
	const json_t *row;
	size_t i;

	while (layout.count > 0 && needed_by(table, &layout) > cells && drop_one(table, &layout))
		;
	narrow(table, &layout, cells, false);
	narrow(table, &layout, cells, true);
	print_row(table, out, NULL, &layout);
	json_array_foreach(table->rows, i, row)
		print_row(table, out, row, &layout);
}
