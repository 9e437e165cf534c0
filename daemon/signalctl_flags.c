/*
 * signalctl_flags.c: command-line flags from a JSON Schema.
 */
#include "signalctl_flags.h"

#include "signalctl_output.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_SIZE = 64, COLUMN_WIDTH = 34 };

/* A flag that was found: its property, and what stands behind its =, NULL when nothing does. */
struct flag {
	char name[NAME_SIZE];
	const json_t *property;
	const char *value;
	bool negated;
};

static const char *type_of(const json_t *property)
{
	return member_text(property, "type");
}

static bool is_boolean(const json_t *property)
{
	return strcmp(type_of(property), "boolean") == 0;
}

/* The parameter's name of size characters: a dash may stand for each underscore. */
static bool copy_name(char *name, const char *from, size_t size)
{
	if (size == 0 || size >= NAME_SIZE)
		return false;
	for (size_t i = 0; i < size; i++)
		name[i] = from[i] == '-' ? '_' : from[i];
	name[size] = '\0';
	return true;
}

static bool find_flag(const json_t *schema, const char *word, struct flag *flag)
{
	const json_t *properties = json_object_get(schema, "properties");
	size_t size;

	if (strncmp(word, "--", 2) != 0)
		return false;
	word += 2;
	size = strcspn(word, "=");
	flag->value = word[size] ? word + size + 1 : NULL;
	flag->negated = false;
	if (!copy_name(flag->name, word, size))
		return false;
	flag->property = json_object_get(properties, flag->name);
	if (flag->property)
		return true;
	if (size <= 3 || strncmp(word, "no-", 3) != 0 || flag->value)
		return false;
	copy_name(flag->name, word + 3, size - 3);
	flag->property = json_object_get(properties, flag->name);
	flag->negated = flag->property && is_boolean(flag->property);
	return flag->negated;
}

/* ---- values ------------------------------------------------------------------------------------------------------ */

static json_t *integer_new(const char *text)
{
	char *end;
	long long number;

	errno = 0;
	number = strtoll(text, &end, 10);
	return *text && !isspace((unsigned char)*text) && !*end && errno == 0 ? json_integer(number) : NULL;
}

static json_t *number_new(const char *text)
{
	char *end;
	double number = strtod(text, &end);

	return *text && !isspace((unsigned char)*text) && !*end && isfinite(number) ? json_real(number) : NULL;
}

static json_t *boolean_new(const char *text)
{
	if (strcmp(text, "true") == 0)
		return json_true();
	return strcmp(text, "false") == 0 ? json_false() : NULL;
}

static json_t *object_new(const char *text)
{
	json_t *object = json_loads(text, 0, NULL);

	if (json_is_object(object))
		return object;
	json_decref(object);
	return NULL;
}

static json_t *any_new(const char *text)
{
	json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);

	return value ? value : json_string(text);
}

/* How text becomes a value of a type, and what help and complaints call it. */
struct type_row {
	const char *type, *label, *expected;
	json_t *(*make)(const char *text);
};

static const struct type_row *row_of(const json_t *property)
{
	static const struct type_row rows[] = {
		{ "string", "TEXT", "text in UTF-8", json_string },
		{ "integer", "INTEGER", "a whole number", integer_new },
		{ "number", "NUMBER", "a number", number_new },
		{ "boolean", "", "true or false", boolean_new },
		{ "object", "JSON", "a JSON object", object_new },
		{ NULL, "VALUE", "JSON, or text in UTF-8", any_new },
	};
	const struct type_row *row = rows;

	while (row->type && strcmp(row->type, type_of(property)) != 0)
		row++;
	return row;
}

static const json_t *item_of(const json_t *property)
{
	return strcmp(type_of(property), "array") == 0 ? json_object_get(property, "items") : property;
}

static bool put(json_t *params, const struct flag *flag, json_t *value)
{
	json_t *array;

	if (strcmp(type_of(flag->property), "array") != 0)
		return json_object_set_new(params, flag->name, value) == 0;
	array = json_object_get(params, flag->name);
	if (!json_is_array(array)) {
		array = json_array();
		if (json_object_set_new(params, flag->name, array) != 0)
			return false;
	}
	return json_array_append_new(array, value) == 0;
}

enum flag_outcome flags_take(const json_t *schema, json_t *params, char *const **arguments, char *message,
	size_t message_size)
{
	char *const *at = *arguments;
	const struct type_row *row;
	struct flag flag;
	json_t *value;

	if (!find_flag(schema, *at++, &flag))
		return FLAG_UNKNOWN;
	row = row_of(item_of(flag.property));
	if (!flag.value && is_boolean(flag.property))
		flag.value = flag.negated ? "false" : "true";
	else if (!flag.value)
		flag.value = *at ? *at++ : NULL;
	if (!flag.value) {
		snprintf(message, message_size, "--%s needs a value: %s", flag.name, row->expected);
		return FLAG_MISSING;
	}
	value = row->make(flag.value);
	if (!value || !put(params, &flag, value)) {
		snprintf(message, message_size, "--%s: %s is not %s", flag.name, flag.value, row->expected);
		return FLAG_INVALID;
	}
	*arguments = at;
	return FLAG_TAKEN;
}

/* ---- help -------------------------------------------------------------------------------------------------------- */

static bool is_required(const json_t *schema, const char *name)
{
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(schema, "required"), i, item) {
		if (json_is_string(item) && strcmp(json_string_value(item), name) == 0)
			return true;
	}
	return false;
}

static void print_note(FILE *out, const char *word, const json_t *value)
{
	if (!value)
		return;
	fprintf(out, " (%s ", word);
	output_value(out, value);
	fputc(')', out);
}

/* "--name TEXT", with dashes for underscores; answers how many characters that were. */
static int print_flag(FILE *out, const char *name, const json_t *property)
{
	bool is_array = item_of(property) != property;
	const char *label = row_of(item_of(property))->label;
	int width = fprintf(out, is_boolean(property) ? "  --[no-]" : "  --");

	for (; *name; name++, width++)
		fputc(*name == '_' ? '-' : *name, out);
	return width + fprintf(out, "%s%s%s", *label ? " " : "", label, is_array ? " ..." : "");
}

static void print_choices(FILE *out, const json_t *choices)
{
	json_t *names;

	if (!choices)
		return;
	names = names_new(choices, "");
	fputs(" (one of ", out);
	output_value(out, names);
	fputc(')', out);
	json_decref(names);
}

static void print_parameter(FILE *out, const json_t *schema, const char *name, const json_t *property)
{
	int width = print_flag(out, name, property);

	fprintf(out, "%*s ", width < COLUMN_WIDTH + 2 ? COLUMN_WIDTH + 2 - width : 0, "");
	output_text(out, member_text(property, "description"));
	print_choices(out, json_object_get(item_of(property), "enum"));
	print_note(out, "at least", json_object_get(property, "minimum"));
	print_note(out, "at most", json_object_get(property, "maximum"));
	print_note(out, "like", json_array_get(json_object_get(property, "examples"), 0));
	print_note(out, "default", json_object_get(property, "default"));
	fputs(is_required(schema, name) ? " (required)\n" : "\n", out);
}

void flags_print_help(const json_t *schema, FILE *out)
{
	const char *name;
	json_t *property;

	json_object_foreach(json_object_get(schema, "properties"), name, property)
		print_parameter(out, schema, name, property);
}
