/* record_plan.c: judges a plugin's table of fields, which is input like any other, and prepares it for use. */
#include <stdio.h>
#include <string.h>

#include "alloc.h"
#include "record_plan.h"

enum { DEEPEST = 16, MOST_FIELDS = 4096, LONGEST_NAME = 31 };

/* Where the judge is, and how much it has seen. */
struct judge {
	struct sp_error *error;
	const char *record; /* NULL for a field by itself */
	const char *field;
	bool in_item;
	unsigned depth;
	size_t *fields;
};

static sp_status SP_FORMAT(2, 3) refuse(const struct judge *judge, const char *format, ...)
{
	char where[sizeof(judge->error->pointer)];
	char why[200];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(why, sizeof(why), format, arguments);
	va_end(arguments);
	snprintf(where, sizeof(where), "%s%s%s%s", judge->record ? judge->record : "",
		judge->record && judge->field ? "." : "", judge->field ? judge->field : "", judge->in_item ? "[]" : "");
	sp_error_set(judge->error, SP_INVALID, "%s: %s", where, why);
	if (judge->error)
		memcpy(judge->error->pointer, where, sizeof(where));
	return SP_INVALID;
}

static sp_status no_memory(const struct judge *judge)
{
	return sp_error_set(judge->error, SP_NO_MEMORY, "no memory for the fields of %s",
		judge->record ? judge->record : judge->field);
}

/* A name of a field (R-CM-12): [a-z][a-z0-9_]{0,30}. */
static bool is_name(const char *name)
{
	size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");

	return name[0] >= 'a' && name[0] <= 'z' && name[length] == '\0' && length <= LONGEST_NAME;
}

/* Finds an escape that POSIX leaves undefined and JSON Schema reads in another way, such as \d; NULL if there is
 * none. */
static const char *find_foreign_escape(const char *pattern)
{
	for (const char *at = strchr(pattern, '\\'); at; at = strchr(at + 2, '\\')) {
		if (at[1] == '\0')
			return NULL;
		if ((at[1] | 0x20) >= 'a' && (at[1] | 0x20) <= 'z')
			return at;
		if (at[1] >= '0' && at[1] <= '9')
			return at;
	}
	return NULL;
}

static sp_status prepare_pattern(const struct judge *judge, struct sp_field_plan *plan)
{
	const char *pattern = plan->row.string.pattern;
	const char *escape = find_foreign_escape(pattern);
	char why[100];
	int result;

	if (escape)
		return refuse(judge, "the pattern %s has \\%c; write a bracket expression instead", pattern, escape[1]);
	plan->pattern = sp_malloc(sizeof(*plan->pattern));
	if (!plan->pattern)
		return no_memory(judge);
	result = regcomp(plan->pattern, pattern, REG_EXTENDED | REG_NOSUB);
	if (result == 0)
		return SP_OK;
	regerror(result, plan->pattern, why, sizeof(why));
	sp_free(plan->pattern);
	plan->pattern = NULL;
	return result == REG_ESPACE ? no_memory(judge) : refuse(judge, "the pattern %s is wrong: %s", pattern, why);
}

static sp_status prepare_string(struct judge *judge, struct sp_field_plan *plan)
{
	const struct sp_string_field *row = &plan->row.string;

	if (row->max_length > 0 && row->min_length > row->max_length)
		return refuse(judge, "min_length is %zu, more than max_length, %zu", row->min_length, row->max_length);
	if (row->format) {
		plan->format = sp_text_format_find(row->format);
		if (!plan->format)
			return refuse(judge, "there is no format %s", row->format);
	}
	return row->pattern ? prepare_pattern(judge, plan) : SP_OK;
}

static sp_status prepare_integer(struct judge *judge, struct sp_field_plan *plan)
{
	const struct sp_integer_field *row = &plan->row.integer;

	if (row->min > row->max)
		return refuse(judge, "min is %lld, more than max, %lld", (long long)row->min, (long long)row->max);
	return SP_OK;
}

static sp_status prepare_number(struct judge *judge, struct sp_field_plan *plan)
{
	const struct sp_number_field *row = &plan->row.number;

	if (!(row->min <= row->max))
		return refuse(judge, "min is %.15g, more than max, %.15g", row->min, row->max);
	return SP_OK;
}

static sp_status prepare_choice(struct judge *judge, struct sp_field_plan *plan)
{
	const char *const *choices = plan->row.choice.choices;

	if (!choices || !choices[0])
		return refuse(judge, "there is nothing to choose from");
	return SP_OK;
}

static struct sp_record_plan *record_plan_create(struct judge *judge, const struct sp_record *record);

static sp_status prepare_record(struct judge *judge, struct sp_field_plan *plan)
{
	struct judge inside = *judge;

	if (!plan->row.record.record)
		return refuse(judge, "has no record");
	if (judge->depth + 1 > DEEPEST)
		return refuse(judge, "is nested more than %d deep", DEEPEST);
	inside.depth++;
	inside.field = NULL;
	inside.in_item = false;
	plan->record = record_plan_create(&inside, plan->row.record.record);
	return plan->record ? SP_OK : SP_INVALID;
}

static sp_status field_plan_init(struct judge *judge, const struct sp_field *field, struct sp_field_plan *plan);

static sp_status prepare_array(struct judge *judge, struct sp_field_plan *plan)
{
	const struct sp_array_field *row = &plan->row.array;
	struct judge inside = *judge;
	sp_status status;

	if (row->max_items > 0 && row->min_items > row->max_items)
		return refuse(judge, "min_items is %zu, more than max_items, %zu", row->min_items, row->max_items);
	if (!row->item)
		return refuse(judge, "has no item");
	if (judge->depth + 1 > DEEPEST)
		return refuse(judge, "is nested more than %d deep", DEEPEST);
	plan->item = sp_calloc(1, sizeof(*plan->item));
	if (!plan->item)
		return no_memory(judge);
	inside.depth++;
	inside.in_item = true;
	status = field_plan_init(&inside, row->item, plan->item);
	if (status == SP_OK && row->item_size == 0)
		status = refuse(judge, "its items have no size");
	if (status == SP_OK && row->item_size != sp_field_size(&plan->item->row))
		status = refuse(judge, "item_size is %zu, its items have %zu bytes", row->item_size,
			sp_field_size(&plan->item->row));
	return status;
}

static sp_status prepare_pointer(struct judge *judge, struct sp_field_plan *plan SP_UNUSED)
{
	if (judge->record || judge->in_item)
		return refuse(judge, "a pointer cannot be part of a record or an array; only a signal can be one");
	return SP_OK;
}

/* What a type has to prepare; NULL for nothing. */
static sp_status (*const preparations[])(struct judge *judge, struct sp_field_plan *plan) = {
	[SP_STRING] = prepare_string,
	[SP_INTEGER] = prepare_integer,
	[SP_NUMBER] = prepare_number,
	[SP_BOOLEAN] = NULL,
	[SP_BYTES] = NULL,
	[SP_ANY] = NULL,
	[SP_CHOICE_TYPE] = prepare_choice,
	[SP_RECORD_TYPE] = prepare_record,
	[SP_ARRAY] = prepare_array,
	[SP_POINTER] = prepare_pointer,
};

static sp_status judge_choice_default(const struct judge *judge, const struct sp_choice_field *row)
{
	for (int i = 0; i <= row->otherwise; i++)
		if (!row->choices[i])
			return refuse(judge, "the default, %d, is none of the choices", row->otherwise);
	return row->otherwise < 0 ? refuse(judge, "the default, %d, is none of the choices", row->otherwise) : SP_OK;
}

/* The default must be a value that would be accepted; 0 may also say that there is none. */
static sp_status judge_default(const struct judge *judge, const struct sp_field_plan *plan)
{
	struct sp_error error = { .message = "" };
	struct sp_faults faults = { .error = &error };
	const union sp_field_row *row = &plan->row;
	sp_status status = SP_OK;

	if (row->field.type == SP_CHOICE_TYPE)
		return judge_choice_default(judge, &row->choice);
	if (row->field.type == SP_STRING && row->string.otherwise)
		status = sp_check_string(&faults, plan, NULL, row->string.otherwise);
	if (row->field.type == SP_INTEGER && row->integer.otherwise != 0)
		status = sp_check_integer(&faults, plan, NULL, row->integer.otherwise);
	if (row->field.type == SP_NUMBER && row->number.otherwise != 0)
		status = sp_check_number(&faults, plan, NULL, row->number.otherwise);
	if (status == SP_INVALID)
		return refuse(judge, "the default %s", error.message);
	return status == SP_OK ? SP_OK : no_memory(judge);
}

/* Without memory an example is refused too: jansson does not tell the one from the other. */
static sp_status judge_example(const struct judge *judge, const char *text)
{
	json_t *example = json_loads(text, JSON_DECODE_ANY, NULL);

	if (!example)
		return refuse(judge, "the example %s is not JSON; a text stands in quotes", text);
	json_decref(example);
	return SP_OK;
}

static sp_status field_plan_init(struct judge *judge, const struct sp_field *field, struct sp_field_plan *plan)
{
	const union sp_field_row *row = &plan->row;
	sp_status status = SP_OK;

	if (field->struct_size < sizeof(*field))
		return refuse(judge, "its row has %u bytes, too few", field->struct_size);
	sp_field_read(field, &plan->row);
	if (sp_field_word(row->field.type)[0] == '\0')
		return refuse(judge, "there is no type %u", row->field.type);
	if (preparations[row->field.type])
		status = preparations[row->field.type](judge, plan);
	if (status == SP_OK && row->of.example)
		status = judge_example(judge, row->of.example);
	if (status == SP_OK && !row->of.required && !judge->in_item)
		status = judge_default(judge, plan);
	return status;
}

static void field_plan_finish(struct sp_field_plan *plan)
{
	if (plan->pattern)
		regfree(plan->pattern);
	sp_free(plan->pattern);
	sp_record_plan_destroy(plan->record);
	sp_field_plan_destroy(plan->item);
}

static sp_status judge_name(const struct judge *judge)
{
	if (is_name(judge->field))
		return SP_OK;
	return refuse(judge, "a name has a small letter, then at most 30 of a-z, 0-9 and _");
}

/* Judges where the value lies in the struct, as far as can be told. */
static sp_status judge_offset(const struct judge *judge, const struct sp_record *record, const union sp_field_row *row)
{
	size_t size = sp_field_size(row);
	size_t alignment = size < sizeof(void *) ? size : sizeof(void *);

	if (row->field.offset > record->size || size > record->size - row->field.offset)
		return refuse(judge, "lies outside of the struct, which has %u bytes", record->size);
	if (row->field.type != SP_RECORD_TYPE && alignment > 0 && row->field.offset % alignment != 0)
		return refuse(judge, "lies at byte %u of the struct, out of line", row->field.offset);
	return SP_OK;
}

static sp_status add_field(struct judge *judge, const struct sp_record *record, const struct sp_field *field,
	struct sp_record_plan *plan)
{
	struct sp_field_plan *added = &plan->fields[plan->count];
	sp_status status;

	judge->field = field->name ? field->name : "(no name)";
	status = judge_name(judge);
	for (size_t i = 0; i < plan->count && status == SP_OK; i++)
		if (strcmp(plan->fields[i].row.field.name, judge->field) == 0)
			status = refuse(judge, "there are two fields of this name");
	if (status != SP_OK)
		return status;
	plan->count++;
	status = field_plan_init(judge, field, added);
	if (status == SP_OK)
		status = judge_offset(judge, record, &added->row);
	if (status == SP_OK)
		sp_field_default(added, plan->defaults + added->row.field.offset);
	return status;
}

/* Counts the fields, of this record and all seen before; SP_INVALID when the record itself is wrong. */
static sp_status judge_record(struct judge *judge, const struct sp_record *record, size_t *ret_count)
{
	size_t count = 0;

	if (record->struct_size < sizeof(*record))
		return refuse(judge, "the record has %u bytes, too few", record->struct_size);
	if (!record->fields && record->size < sizeof(json_t *))
		return refuse(judge, "a record of anything has a json_t *");
	while (record->fields && record->fields[count] && *judge->fields < MOST_FIELDS) {
		count++;
		++*judge->fields;
	}
	if (*judge->fields == MOST_FIELDS)
		return refuse(judge, "there are %d fields or more in all", MOST_FIELDS);
	*ret_count = count;
	return SP_OK;
}

static struct sp_record_plan *record_plan_create(struct judge *judge, const struct sp_record *record)
{
	struct sp_record_plan *plan;
	size_t count = 0;

	judge->record = record->struct_size >= sizeof(*record) && record->name ? record->name : "(no name)";
	if (judge_record(judge, record, &count) != SP_OK)
		return NULL;
	plan = sp_calloc(1, sizeof(*plan) + count * sizeof(plan->fields[0]));
	if (!plan) {
		no_memory(judge);
		return NULL;
	}
	plan->size = record->size;
	plan->anything = !record->fields;
	plan->defaults = sp_calloc(1, record->size > 0 ? record->size : 1);
	if (!plan->defaults) {
		no_memory(judge);
		goto fail;
	}
	for (const struct sp_field *const *field = record->fields; field && *field; field++)
		if (add_field(judge, record, *field, plan) != SP_OK)
			goto fail;
	return plan;
fail:
	sp_record_plan_destroy(plan);
	return NULL;
}

struct sp_record_plan *sp_record_plan_create(const struct sp_record *record, struct sp_error *error)
{
	size_t fields = 0;
	struct judge judge = { .error = error, .fields = &fields };

	return record_plan_create(&judge, record);
}

void sp_record_plan_destroy(struct sp_record_plan *plan)
{
	if (!plan)
		return;
	for (size_t i = 0; i < plan->count; i++)
		field_plan_finish(&plan->fields[i]);
	sp_free(plan->defaults);
	sp_free(plan);
}

struct sp_field_plan *sp_field_plan_create(const struct sp_field *field, struct sp_error *error)
{
	size_t fields = 0;
	struct judge judge = { .error = error, .fields = &fields };
	struct sp_field_plan *plan;

	judge.field = field->name ? field->name : "(no name)";
	if (judge_name(&judge) != SP_OK)
		return NULL;
	plan = sp_calloc(1, sizeof(*plan));
	if (!plan) {
		no_memory(&judge);
		return NULL;
	}
	if (field_plan_init(&judge, field, plan) == SP_OK)
		return plan;
	sp_field_plan_destroy(plan);
	return NULL;
}

void sp_field_plan_destroy(struct sp_field_plan *plan)
{
	if (!plan)
		return;
	field_plan_finish(plan);
	sp_free(plan);
}
