/* record_schema.c: describes records as JSON Schema, draft 2020-12. */
#include <string.h>

#include "alloc.h"
#include "record.h"

/*
 * Schemas are built without looking at each step: set says whether all went well so far, and does nothing once
 * something has not.
 */
struct schema {
	json_t *object;
	bool failed;
};

static void set(struct schema *schema, const char *key, json_t *value)
{
	if (schema->failed)
		json_decref(value);
	else if (json_object_set_new(schema->object, key, value) != 0)
		schema->failed = true;
}

static void schema_init(struct schema *schema)
{
	schema->object = json_object();
	schema->failed = !schema->object;
}

/* Ends the building: the schema, or NULL if something failed. */
static json_t *schema_finish(struct schema *schema)
{
	if (schema->failed) {
		json_decref(schema->object);
		return NULL;
	}
	return schema->object;
}

static void set_count(struct schema *schema, const char *key, size_t count)
{
	if (count > 0)
		set(schema, key, json_integer((json_int_t)count));
}

static void set_text(struct schema *schema, const char *key, const char *text)
{
	if (text)
		set(schema, key, json_string(text));
}

/* What JSON Schema's regular expressions have in place of the class that text begins with; NULL if it is none. */
static const char *translate_class(const char *text, size_t *ret_length)
{
	static const char *const classes[][2] = {
		{ "[:alpha:]", "A-Za-z" },
		{ "[:digit:]", "0-9" },
		{ "[:alnum:]", "A-Za-z0-9" },
		{ "[:upper:]", "A-Z" },
		{ "[:lower:]", "a-z" },
		{ "[:xdigit:]", "A-Fa-f0-9" },
		{ "[:space:]", "\\s" },
		{ "[:blank:]", " \\t" },
		{ "[:graph:]", "!-~" },
		{ "[:print:]", " -~" },
		{ "[:punct:]", "!-/:-@\\[-`{-~" },
		{ "[:cntrl:]", "\\x00-\\x1f\\x7f" },
	};

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		*ret_length = strlen(classes[i][0]);
		if (strncmp(text, classes[i][0], *ret_length) == 0)
			return classes[i][1];
	}
	return NULL;
}

/* A POSIX expression as JSON Schema writes it: the same, but for the classes. */
static void set_pattern(struct schema *schema, const char *pattern)
{
	char *text = sp_malloc(2 * strlen(pattern) + 1);
	char *to = text;

	if (!text) {
		schema->failed = true;
		return;
	}
	while (*pattern) {
		size_t length;
		const char *ours = translate_class(pattern, &length);

		if (ours)
			to = stpcpy(to, ours);
		else
			*to++ = *pattern;
		pattern += ours ? length : 1;
	}
	*to = '\0';
	set_text(schema, "pattern", text);
	sp_free(text);
}

static void describe_string(struct schema *schema, const union sp_field_row *row)
{
	set_text(schema, "type", "string");
	set_count(schema, "minLength", row->string.min_length);
	set_count(schema, "maxLength", row->string.max_length);
	if (row->string.pattern)
		set_pattern(schema, row->string.pattern);
	set_text(schema, "format", row->string.format);
}

static void describe_integer(struct schema *schema, const union sp_field_row *row)
{
	set_text(schema, "type", "integer");
	if (row->integer.min != INT64_MIN)
		set(schema, "minimum", json_integer(row->integer.min));
	if (row->integer.max != INT64_MAX)
		set(schema, "maximum", json_integer(row->integer.max));
}

static void describe_number(struct schema *schema, const union sp_field_row *row)
{
	set_text(schema, "type", "number");
	if (isfinite(row->number.min))
		set(schema, "minimum", json_real(row->number.min));
	if (isfinite(row->number.max))
		set(schema, "maximum", json_real(row->number.max));
}

static void describe_boolean(struct schema *schema, const union sp_field_row *row SP_UNUSED)
{
	set_text(schema, "type", "boolean");
}

/* maxLength is of the text, which is longer than the bytes. */
static void describe_bytes(struct schema *schema, const union sp_field_row *row)
{
	size_t max = row->bytes.max_length;

	set_text(schema, "type", "string");
	set_text(schema, "contentEncoding", "base64");
	set_count(schema, "maxLength", max / 3 * 4 + (max % 3 > 0 ? 4 : 0));
}

static void describe_choice(struct schema *schema, const union sp_field_row *row)
{
	json_t *names = json_array();

	for (const char *const *choice = row->choice.choices; *choice; choice++)
		if (json_array_append_new(names, json_string(*choice)) != 0)
			schema->failed = true;
	set_text(schema, "type", "string");
	set(schema, "enum", names);
}

static json_t *record_schema_new(const struct sp_record *record);

/* A nested record's schema takes the place of the one that was begun. */
static void describe_record(struct schema *schema, const union sp_field_row *row)
{
	json_decref(schema->object);
	schema->object = record_schema_new(row->record.record);
	if (!schema->object)
		schema->failed = true;
}

static void describe(struct schema *schema, const union sp_field_row *row);

static void describe_array(struct schema *schema, const union sp_field_row *row)
{
	union sp_field_row item;
	struct schema items;

	sp_field_read(row->array.item, &item);
	schema_init(&items);
	describe(&items, &item);
	set_text(schema, "type", "array");
	set(schema, "items", schema_finish(&items));
	set_count(schema, "minItems", row->array.min_items);
	set_count(schema, "maxItems", row->array.max_items);
}

/* Says what values of the field look like, as its type has it. */
static void describe(struct schema *schema, const union sp_field_row *row)
{
	static void (*const descriptions[])(struct schema * schema, const union sp_field_row *row) = {
		[SP_STRING] = describe_string,
		[SP_INTEGER] = describe_integer,
		[SP_NUMBER] = describe_number,
		[SP_BOOLEAN] = describe_boolean,
		[SP_BYTES] = describe_bytes,
		[SP_ANY] = NULL,
		[SP_CHOICE_TYPE] = describe_choice,
		[SP_RECORD_TYPE] = describe_record,
		[SP_ARRAY] = describe_array,
		[SP_POINTER] = NULL,
	};

	if (!schema->failed && descriptions[row->field.type])
		descriptions[row->field.type](schema, row);
}

static void set_default(struct schema *schema, const union sp_field_row *row)
{
	switch (row->field.type) {
	case SP_STRING:
		set_text(schema, "default", row->string.otherwise);
		break;
	case SP_INTEGER:
		if (row->integer.otherwise != 0 || !sp_field_zero_is_absent(row))
			set(schema, "default", json_integer(row->integer.otherwise));
		break;
	case SP_NUMBER:
		if (isfinite(row->number.otherwise) && (row->number.otherwise != 0 || !sp_field_zero_is_absent(row)))
			set(schema, "default", json_real(row->number.otherwise));
		break;
	case SP_BOOLEAN:
		set(schema, "default", json_boolean(row->boolean.otherwise));
		break;
	case SP_CHOICE_TYPE:
		set_text(schema, "default", row->choice.choices[row->choice.otherwise]);
		break;
	default:
		break;
	}
}

/* The schema of one member: its type, and what its row says in words. */
static json_t *member_schema_new(const union sp_field_row *row)
{
	struct schema schema;

	schema_init(&schema);
	describe(&schema, row);
	set_text(&schema, "description", row->of.about);
	if (row->of.secret)
		set(&schema, "writeOnly", json_true());
	if (row->of.example)
		set(&schema, "examples", json_pack("[o]", json_loads(row->of.example, JSON_DECODE_ANY, NULL)));
	if (!row->of.required && !row->of.secret)
		set_default(&schema, row);
	return schema_finish(&schema);
}

/* Describes every member, and lists those that are required. */
static void describe_members(const struct sp_record *record, struct schema *properties, json_t *required)
{
	for (const struct sp_field *const *field = record->fields; *field; field++) {
		union sp_field_row row;

		sp_field_read(*field, &row);
		set(properties, row.field.name, member_schema_new(&row));
		if (row.of.required && json_array_append_new(required, json_string(row.field.name)) != 0)
			properties->failed = true;
	}
}

static json_t *record_schema_new(const struct sp_record *record)
{
	struct schema schema, properties;
	json_t *required;

	if (!record->fields)
		return json_object();
	required = json_array();
	schema_init(&schema);
	schema_init(&properties);
	describe_members(record, &properties, required);
	set_text(&schema, "type", "object");
	set(&schema, "properties", schema_finish(&properties));
	if (json_array_size(required) > 0)
		set(&schema, "required", json_incref(required));
	set(&schema, "additionalProperties", json_false());
	json_decref(required);
	return schema_finish(&schema);
}

json_t *sp_record_schema_new(const struct sp_record *record)
{
	return record_schema_new(record);
}

json_t *sp_field_schema_new(const struct sp_field *field)
{
	union sp_field_row row;

	sp_field_read(field, &row);
	return member_schema_new(&row);
}
