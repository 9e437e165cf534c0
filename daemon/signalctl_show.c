/*
 * signalctl_show.c: results as people read them.
 */
#include "signalctl.h"
#include "signalctl_output.h"
#include "signalctl_table.h"

#include <string.h>

/* What was refused may have no name; its file always has. */
static json_t *plugin_name_new(const json_t *plugin)
{
	const char *name = member_text(plugin, "name"), *path = member_text(plugin, "path");
	const char *slash = strrchr(path, '/');

	return must(json_string(*name ? name : slash ? slash + 1 : path));
}

static json_t *cell_new(const struct column *column, const json_t *object)
{
	json_t *value = json_object_get(object, column->member);

	if (column->form == COLUMN_AGE)
		return age_new(value);
	if (column->form == COLUMN_TIME)
		return time_new(value);
	if (column->form == COLUMN_NAMES)
		return names_new(value, "name");
	if (column->form == COLUMN_PLUGIN)
		return plugin_name_new(object);
	return value ? json_incref(value) : must(json_string(""));
}

/* Whether any object of the list has something to show there. */
static bool is_used(const struct column *column, const json_t *list)
{
	const json_t *object;
	size_t i;

	json_array_foreach(list, i, object) {
		const json_t *value = json_object_get(object, column->member);

		if (column->form == COLUMN_PLUGIN || (value && !json_is_null(value)))
			return true;
	}
	return false;
}

static void print_rows(const struct column *const *columns, const char *const *titles, const json_t *list)
{
	struct table *table = table_create(titles);
	const json_t *object;
	size_t i;

	json_array_foreach(list, i, object) {
		json_t *row = must(json_array());

		for (size_t column = 0; columns[column]; column++)
			json_array_append_new(row, cell_new(columns[column], object));
		table_add(table, row);
	}
	for (size_t column = 0; columns[column]; column++)
		if (columns[column]->extra)
			table_may_drop(table, columns[column]->title);
	table_print(table, stdout);
	table_destroy(table);
}

/* A table of the columns in which there is anything. */
static void print_list(const struct column *columns, const json_t *list)
{
	const struct column *used[TABLE_COLUMNS_MAX + 1] = { NULL };
	const char *titles[TABLE_COLUMNS_MAX + 1] = { NULL };
	size_t count = 0;

	for (; columns->title && count < TABLE_COLUMNS_MAX; columns++) {
		if (!is_used(columns, list))
			continue;
		used[count] = columns;
		titles[count++] = columns->title;
	}
	if (count > 0)
		print_rows(used, titles, list);
	else
		puts("none");
}

void show(const struct invocation *invocation, const json_t *result)
{
	const struct command *command = invocation->command;

	if (command->columns)
		print_list(command->columns, result);
	else if (command->print)
		command->print(invocation, result);
	else
		output_tree(stdout, result);
}

void print_value(const struct invocation *invocation, const json_t *result)
{
	const json_t *value = json_object_get(result, "value");

	(void)invocation;
	if (json_is_string(value)) {
		output_text(stdout, json_string_value(value));
		putchar('\n');
	} else {
		output_json(stdout, value);
	}
}

void print_settings(const struct invocation *invocation, const json_t *result)
{
	static const char *const titles[] = { "PATH", "VALUE", "ORIGIN", NULL };
	static const char *const short_titles[] = { "PATH", "VALUE", NULL };
	struct table *table = table_create(option_value(invocation, "origin") ? titles : short_titles);
	const char *path;
	json_t *entry;

	json_object_foreach((json_t *)result, path, entry) {
		json_t *value = json_object_get(entry, "value");

		table_add(table,
			json_pack("[s, O, s]", path, value ? value : json_null(), member_text(entry, "origin")));
	}
	if (table_size(table) > 0)
		table_print(table, stdout);
	else
		puts("none");
	table_destroy(table);
}

/* Where a fault of the configuration stands: "file:line:column: path: ", as far as that is known. */
static void print_place(const json_t *fault)
{
	const char *file = member_text(fault, *member_text(fault, "file") ? "file" : "layer");
	json_int_t line = json_integer_value(json_object_get(fault, "line"));

	output_text(stdout, file);
	if (line > 0)
		printf(":%lld:%lld", (long long)line, (long long)json_integer_value(json_object_get(fault, "column")));
	fputs(*file ? ": " : "", stdout);
	output_text(stdout, member_text(fault, "path"));
	fputs(*member_text(fault, "path") ? ": " : "", stdout);
}

static void print_hidden(const json_t *hidden)
{
	fputs("hidden: ", stdout);
	output_text(stdout, member_text(hidden, "path"));
	fputs(" of ", stdout);
	output_text(stdout, member_text(hidden, "origin"));
	fputs(" by ", stdout);
	output_text(stdout, member_text(hidden, "by"));
	fputs(*member_text(hidden, "hint") ? ": " : "", stdout);
	output_text(stdout, member_text(hidden, "hint"));
	putchar('\n');
}

void print_report(const struct invocation *invocation, const json_t *result)
{
	const json_t *faults = json_object_get(result, "faults"), *hidden = json_object_get(result, "hidden"), *item;
	const json_t *changed = json_object_get(result, "changed");
	size_t i;

	(void)invocation;
	json_array_foreach(faults, i, item) {
		print_place(item);
		output_text(stdout, member_text(item, "message"));
		putchar('\n');
	}
	json_array_foreach(hidden, i, item)
		print_hidden(item);
	if (judge_report(result) != EXIT_DONE)
		return;
	fputs("no faults", stdout);
	if (changed)
		printf(", %lld changed", (long long)json_integer_value(changed));
	putchar('\n');
}

enum exit_code judge_report(const json_t *result)
{
	return json_is_false(json_object_get(result, "ok")) ? EXIT_FAILED : EXIT_DONE;
}

/* What came of something done to a plugin or component: "greeter 1.1.0: active", and what there is to say about it. */
void print_outcome(const struct invocation *invocation, const json_t *result)
{
	static const char *const notes[] = { "reason", "note", "error" };

	(void)invocation;
	output_text(stdout, member_text(result, "name"));
	fputs(*member_text(result, "version") ? " " : "", stdout);
	output_text(stdout, member_text(result, "version"));
	fputs(": ", stdout);
	output_coloured(stdout, state_colour(member_text(result, "state")), member_text(result, "state"));
	for (size_t i = 0; i < sizeof notes / sizeof notes[0]; i++) {
		fputs(*member_text(result, notes[i]) ? ": " : "", stdout);
		output_text(stdout, member_text(result, notes[i]));
	}
	putchar('\n');
}

/* ---- metrics ----------------------------------------------------------------------------------------------------- */

/* A label after the other: "component=greeter code=ok"; a new json string. */
static json_t *labels_new(const json_t *labels)
{
	json_t *text = must(json_string("")), *value;
	const char *name;

	json_object_foreach((json_t *)labels, name, value) {
		const char *before = json_string_value(text);
		json_t *longer =
			must(json_sprintf("%s%s%s=%s", before, *before ? " " : "", name, json_string_value(value)));

		json_decref(text);
		text = longer;
	}
	return text;
}

/* Of a histogram of durations, how many and how long in the mean; a new json value. */
static json_t *measured_new(const json_t *metric, const json_t *sample)
{
	json_int_t count = json_integer_value(json_object_get(sample, "count"));
	double mean = count > 0 ? json_number_value(json_object_get(sample, "sum")) / (double)count : 0;
	json_t *value = json_object_get(sample, "value"), *nanoseconds, *duration, *text;

	if (value)
		return json_incref(value);
	if (strcmp(member_text(metric, "unit"), "seconds") != 0)
		return must(json_sprintf("%lld, mean %g", (long long)count, mean));
	nanoseconds = must(json_integer((json_int_t)(mean * 1e9)));
	duration = duration_new(nanoseconds);
	text = must(json_sprintf("%lld, mean %s", (long long)count, json_string_value(duration)));
	json_decref(nanoseconds);
	json_decref(duration);
	return text;
}

void print_metrics(const struct invocation *invocation, const json_t *result)
{
	static const char *const titles[] = { "METRIC", "VALUE", "OF", NULL };
	struct table *table = table_create(titles);
	const json_t *metric, *sample;
	size_t i, k;

	(void)invocation;
	json_array_foreach(result, i, metric) {
		json_array_foreach(json_object_get(metric, "samples"), k, sample)
			table_add(table,
				json_pack("[s, o, o]", member_text(metric, "name"), measured_new(metric, sample),
					labels_new(json_object_get(sample, "labels"))));
	}
	if (table_size(table) > 0)
		table_print(table, stdout);
	else
		puts("none");
	table_destroy(table);
}
