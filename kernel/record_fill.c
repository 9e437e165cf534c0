/* record_fill.c: fills a struct from json, by its plan. */
#include <stdio.h>
#include <string.h>

#include "alloc.h"
#include "base64.h"
#include "record_plan.h"

/* One fill: where memory comes from, and where faults go. */
struct filling {
	const struct sp_fill *how;
	struct sp_faults faults;
};

void sp_field_default(const struct sp_field_plan *plan, void *value)
{
	const union sp_field_row *row = &plan->row;

	switch (row->field.type) {
	case SP_STRING:
		memcpy(value, &row->string.otherwise, sizeof(row->string.otherwise));
		break;
	case SP_INTEGER:
		memcpy(value, &row->integer.otherwise, sizeof(row->integer.otherwise));
		break;
	case SP_NUMBER:
		memcpy(value, &row->number.otherwise, sizeof(row->number.otherwise));
		break;
	case SP_BOOLEAN:
		memcpy(value, &row->boolean.otherwise, sizeof(row->boolean.otherwise));
		break;
	case SP_CHOICE_TYPE:
		memcpy(value, &row->choice.otherwise, sizeof(row->choice.otherwise));
		break;
	case SP_RECORD_TYPE:
		memcpy(value, plan->record->defaults, plan->record->size);
		break;
	default:
		break;
	}
}

/* What a message calls a json value. */
static const char *word_of(const json_t *json)
{
	static const char *const words[] = {
		[JSON_OBJECT] = "an object",
		[JSON_ARRAY] = "an array",
		[JSON_STRING] = "a string",
		[JSON_INTEGER] = "an integer",
		[JSON_REAL] = "a number",
		[JSON_TRUE] = "true",
		[JSON_FALSE] = "false",
		[JSON_NULL] = "null",
	};

	return words[json_typeof(json)];
}

static sp_status wrong_type(struct filling *filling, const struct sp_place *at, const char *expected,
	const json_t *json)
{
	return sp_fault_add(&filling->faults, at, "type", "must be %s, is %s", expected, word_of(json));
}

static void *take_memory(const struct filling *filling, size_t size)
{
	return filling->how->allocate ? filling->how->allocate(filling->how->user, size) : NULL;
}

static sp_status fill_string(struct filling *filling, const struct sp_field_plan *plan, const json_t *json,
	const struct sp_place *at, void *value)
{
	const char *text = json_string_value(json);

	if (!text)
		return wrong_type(filling, at, "a string", json);
	if (strlen(text) != json_string_length(json))
		return sp_fault_add(&filling->faults, at, "type", "must not contain a zero byte");
	memcpy(value, &text, sizeof(text));
	return sp_check_string(&filling->faults, plan, at, text);
}

static sp_status fill_integer(struct filling *filling, const struct sp_field_plan *plan, const json_t *json,
	const struct sp_place *at, void *value)
{
	double real = json_real_value(json);
	int64_t integer = json_integer_value(json);

	if (!json_is_number(json))
		return wrong_type(filling, at, "an integer", json);
	if (json_is_real(json)) {
		if (!(real >= -0x1p63 && real < 0x1p63) || trunc(real) != real)
			return sp_fault_add(&filling->faults, at, "type", "must be an integer of 64 bits, is %.15g",
				real);
		integer = (int64_t)real;
	}
	memcpy(value, &integer, sizeof(integer));
	return sp_check_integer(&filling->faults, plan, at, integer);
}

static sp_status fill_number(struct filling *filling, const struct sp_field_plan *plan, const json_t *json,
	const struct sp_place *at, void *value)
{
	double number = json_number_value(json);

	if (!json_is_number(json))
		return wrong_type(filling, at, "a number", json);
	memcpy(value, &number, sizeof(number));
	return sp_check_number(&filling->faults, plan, at, number);
}

static sp_status fill_boolean(struct filling *filling, const struct sp_field_plan *plan SP_UNUSED, const json_t *json,
	const struct sp_place *at, void *value)
{
	bool boolean = json_is_true(json);

	if (!json_is_boolean(json))
		return wrong_type(filling, at, "true or false", json);
	memcpy(value, &boolean, sizeof(boolean));
	return SP_OK;
}

static sp_status fill_bytes(struct filling *filling, const struct sp_field_plan *plan, const json_t *json,
	const struct sp_place *at, void *value)
{
	const char *text = json_string_value(json);
	size_t length = json_string_length(json);
	size_t max = plan->row.bytes.max_length;
	sp_bytes bytes = { "", 0 };
	void *data;

	if (!text)
		return wrong_type(filling, at, "a string of base64", json);
	if (!sp_base64_decode(text, length, NULL, &bytes.size))
		return sp_fault_add(&filling->faults, at, "format", "must be base64 with its padding (RFC 4648)");
	if (max > 0 && bytes.size > max)
		return sp_fault_add(&filling->faults, at, "maxLength", "must have at most %zu bytes, has %zu", max,
			bytes.size);
	if (bytes.size > 0) {
		data = take_memory(filling, bytes.size);
		if (!data)
			return SP_NO_MEMORY;
		sp_base64_decode(text, length, data, &bytes.size);
		bytes.data = data;
	}
	memcpy(value, &bytes, sizeof(bytes));
	return SP_OK;
}

static sp_status fill_any(struct filling *filling SP_UNUSED, const struct sp_field_plan *plan SP_UNUSED,
	const json_t *json, const struct sp_place *at SP_UNUSED, void *value)
{
	memcpy(value, &json, sizeof(json));
	return SP_OK;
}

/* What a message tells of names: as many as fit, joined by commas. */
struct names {
	char text[200];
	size_t length;
};

static void add_name(struct names *names, const char *name)
{
	size_t room = sizeof(names->text) - names->length;
	int written = snprintf(names->text + names->length, room, "%s%s", names->length > 0 ? ", " : "", name);

	if (written > 0 && (size_t)written < room)
		names->length += (size_t)written;
	else
		names->text[names->length] = '\0';
}

static sp_status wrong_choice(struct filling *filling, const struct sp_field_plan *plan, const struct sp_place *at,
	const char *text)
{
	struct names names = { .text = "" };
	char buffer[SP_SHOWN_SIZE];

	for (const char *const *choice = plan->row.choice.choices; *choice; choice++)
		add_name(&names, *choice);
	return sp_fault_add(&filling->faults, at, "enum", "must be one of %s, is %s", names.text,
		sp_text_shown(plan, text, buffer));
}

static sp_status fill_choice(struct filling *filling, const struct sp_field_plan *plan, const json_t *json,
	const struct sp_place *at, void *value)
{
	const char *text = json_string_value(json);
	const char *const *choices = plan->row.choice.choices;

	if (!text)
		return wrong_type(filling, at, "a string", json);
	for (int i = 0; choices[i]; i++) {
		if (strcmp(choices[i], text) == 0) {
			memcpy(value, &i, sizeof(i));
			return SP_OK;
		}
	}
	return wrong_choice(filling, plan, at, text);
}

static const struct sp_field_plan *find_field(const struct sp_record_plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->count; i++)
		if (strcmp(plan->fields[i].row.field.name, name) == 0)
			return &plan->fields[i];
	return NULL;
}

static sp_status wrong_name(struct filling *filling, const struct sp_record_plan *plan, const struct sp_place *at)
{
	struct names names = { .text = "" };

	for (size_t i = 0; i < plan->count; i++)
		add_name(&names, plan->fields[i].row.field.name);
	return sp_fault_add(&filling->faults, at, "unknown", "is unknown; known here: %s",
		plan->count > 0 ? names.text : "nothing");
}

static sp_status find_unknown(struct filling *filling, const struct sp_record_plan *plan, const json_t *json,
	const struct sp_place *at)
{
	sp_status status = SP_OK;
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)json, key, value) {
		struct sp_place place = { at, key, 0 };

		if (status == SP_OK && !find_field(plan, key))
			status = wrong_name(filling, plan, &place);
	}
	return status;
}

static sp_status fill_value(struct filling *filling, const struct sp_field_plan *plan, const json_t *json,
	const struct sp_place *at, void *value);

/* Fills a struct that has its defaults already; json may be NULL, an empty object. */
static sp_status fill_record(struct filling *filling, const struct sp_record_plan *plan, const json_t *json,
	const struct sp_place *at, void *value)
{
	size_t known = 0;
	sp_status status = SP_OK;

	if (plan->anything)
		return fill_any(filling, NULL, json, at, value);
	if (json && !json_is_object(json))
		return wrong_type(filling, at, "an object", json);
	for (size_t i = 0; i < plan->count && status == SP_OK; i++) {
		const struct sp_field *field = &plan->fields[i].row.field;
		const json_t *member = json_object_get(json, field->name);
		struct sp_place place = { at, field->name, 0 };

		known += member != NULL;
		if (member)
			status = fill_value(filling, &plan->fields[i], member, &place, (char *)value + field->offset);
		else if (plan->fields[i].row.of.required)
			status = sp_fault_add(&filling->faults, &place, "required", "is required");
	}
	if (status == SP_OK && known < json_object_size(json))
		status = find_unknown(filling, plan, json, at);
	return status;
}

static sp_status fill_member(struct filling *filling, const struct sp_field_plan *plan, const json_t *json,
	const struct sp_place *at, void *value)
{
	return fill_record(filling, plan->record, json, at, value);
}

static sp_status fill_items(struct filling *filling, const struct sp_field_plan *item, const json_t *json,
	const struct sp_place *at, struct sp_items *items)
{
	size_t size = sp_field_size(&item->row);
	sp_status status = SP_OK;

	if (items->count > SIZE_MAX / size)
		return SP_NO_MEMORY;
	items->items = take_memory(filling, items->count * size);
	if (!items->items)
		return SP_NO_MEMORY;
	memset(items->items, 0, items->count * size);
	for (size_t i = 0; i < items->count && status == SP_OK; i++) {
		struct sp_place place = { at, NULL, i };
		char *value = (char *)items->items + i * size;

		sp_field_default(item, value);
		status = fill_value(filling, item, json_array_get(json, i), &place, value);
	}
	return status;
}

static sp_status fill_array(struct filling *filling, const struct sp_field_plan *plan, const json_t *json,
	const struct sp_place *at, void *value)
{
	struct sp_items items = { NULL, json_array_size(json) };
	size_t max = plan->row.array.max_items;
	sp_status status;

	if (!json_is_array(json))
		return wrong_type(filling, at, "an array", json);
	status = sp_check_items(&filling->faults, plan, at, items.count);
	if (status != SP_OK || items.count == 0 || (max > 0 && items.count > max))
		return status;
	status = fill_items(filling, plan->item, json, at, &items);
	memcpy(value, &items, sizeof(items));
	return status;
}

static sp_status fill_pointer(struct filling *filling, const struct sp_field_plan *plan SP_UNUSED, const json_t *json,
	const struct sp_place *at, void *value SP_UNUSED)
{
	return wrong_type(filling, at, "absent, since it is a pointer", json);
}

static sp_status fill_value(struct filling *filling, const struct sp_field_plan *plan, const json_t *json,
	const struct sp_place *at, void *value)
{
	static sp_status (*const fills[])(struct filling * filling, const struct sp_field_plan *plan,
		const json_t *json, const struct sp_place *at, void *value) = {
		[SP_STRING] = fill_string,
		[SP_INTEGER] = fill_integer,
		[SP_NUMBER] = fill_number,
		[SP_BOOLEAN] = fill_boolean,
		[SP_BYTES] = fill_bytes,
		[SP_ANY] = fill_any,
		[SP_CHOICE_TYPE] = fill_choice,
		[SP_RECORD_TYPE] = fill_member,
		[SP_ARRAY] = fill_array,
		[SP_POINTER] = fill_pointer,
	};

	return fills[plan->row.field.type](filling, plan, json, at, value);
}

/* Ends a fill: hands out its faults, or drops them. */
static sp_status filling_finish(struct filling *filling, sp_status status)
{
	if (status == SP_OK && filling->faults.found)
		status = SP_INVALID;
	if (status == SP_INVALID && filling->faults.all)
		*filling->how->ret_faults = filling->faults.list;
	else
		json_decref(filling->faults.list);
	return status;
}

sp_status sp_record_plan_fill(const struct sp_record_plan *plan, const json_t *json, const struct sp_fill *how,
	void *value)
{
	struct filling filling = { .how = how, .faults = { .all = how->ret_faults != NULL } };

	memcpy(value, plan->defaults, plan->size);
	return filling_finish(&filling, fill_record(&filling, plan, json, NULL, value));
}

sp_status sp_field_plan_fill(const struct sp_field_plan *plan, const json_t *json, const struct sp_fill *how,
	void *value)
{
	struct filling filling = { .how = how, .faults = { .all = how->ret_faults != NULL } };
	sp_status status = SP_OK;

	memset(value, 0, sp_field_size(&plan->row));
	sp_field_default(plan, value);
	if (json)
		status = fill_value(&filling, plan, json, NULL, value);
	else if (plan->row.of.required)
		status = sp_fault_add(&filling.faults, NULL, "required", "is required");
	return filling_finish(&filling, status);
}

/* Tells as a fault that the record itself is wrong. */
static sp_status wrong_record(const struct sp_error *error, json_t **ret_faults)
{
	struct sp_faults faults = { .all = true };
	sp_status status;

	if (error->code == SP_NO_MEMORY || !ret_faults)
		return error->code;
	status = sp_fault_add(&faults, NULL, "record", "%s", error->message);
	if (status == SP_OK)
		*ret_faults = faults.list;
	else
		json_decref(faults.list);
	return status == SP_OK ? SP_INVALID : status;
}

sp_status sp_record_fill(const struct sp_record *record, const json_t *json, const struct sp_fill *how, void *value)
{
	struct sp_error error = { .message = "" };
	struct sp_record_plan *plan = sp_record_plan_create(record, &error);
	sp_status status;

	if (!plan)
		return wrong_record(&error, how->ret_faults);
	status = sp_record_plan_fill(plan, json, how, value);
	sp_record_plan_destroy(plan);
	return status;
}
