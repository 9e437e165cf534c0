/* record_json.c: renders structs as json. */
#include <string.h>

#include "alloc.h"
#include "base64.h"
#include "record.h"

/* Each renderer stores a new json value, or NULL for one that is absent; false without memory or with bad UTF-8. */
static bool render(const union sp_field_row *row, const void *value, json_t **ret_json);

static bool render_string(const union sp_field_row *row SP_UNUSED, const void *value, json_t **ret_json)
{
	const char *text;

	memcpy(&text, value, sizeof(text));
	*ret_json = text ? json_string(text) : NULL;
	return !text || *ret_json;
}

static bool render_integer(const union sp_field_row *row, const void *value, json_t **ret_json)
{
	int64_t integer;
	bool absent;

	memcpy(&integer, value, sizeof(integer));
	absent = integer == 0 && sp_field_zero_is_absent(row);
	*ret_json = absent ? NULL : json_integer(integer);
	return absent || *ret_json;
}

/* json has neither infinities nor what is not a number: they are absent. */
static bool render_number(const union sp_field_row *row, const void *value, json_t **ret_json)
{
	double number;
	bool absent;

	memcpy(&number, value, sizeof(number));
	absent = !isfinite(number) || (number == 0 && sp_field_zero_is_absent(row));
	*ret_json = absent ? NULL : json_real(number);
	return absent || *ret_json;
}

static bool render_boolean(const union sp_field_row *row SP_UNUSED, const void *value, json_t **ret_json)
{
	bool boolean;

	memcpy(&boolean, value, sizeof(boolean));
	*ret_json = json_boolean(boolean);
	return true;
}

static bool render_bytes(const union sp_field_row *row SP_UNUSED, const void *value, json_t **ret_json)
{
	sp_bytes bytes;
	size_t length;
	char *text;

	memcpy(&bytes, value, sizeof(bytes));
	*ret_json = NULL;
	if (!bytes.data)
		return true;
	length = sp_base64_length(bytes.size);
	text = sp_malloc(length + 1);
	if (!text)
		return false;
	sp_base64_encode(bytes.data, bytes.size, text);
	*ret_json = json_stringn_nocheck(text, length);
	sp_free(text);
	return *ret_json != NULL;
}

static bool render_any(const union sp_field_row *row SP_UNUSED, const void *value, json_t **ret_json)
{
	json_t *json;

	memcpy(&json, value, sizeof(json));
	*ret_json = json_incref(json);
	return true;
}

/* A number that is none of the choices is absent. */
static bool render_choice(const union sp_field_row *row, const void *value, json_t **ret_json)
{
	const char *const *choices = row->choice.choices;
	int choice;
	int at = 0;

	memcpy(&choice, value, sizeof(choice));
	while (at < choice && choices[at])
		at++;
	*ret_json = NULL;
	if (at != choice || !choices[at])
		return true;
	*ret_json = json_string(choices[at]);
	return *ret_json != NULL;
}

static bool render_members(const struct sp_record *record, const char *value, json_t *object)
{
	for (const struct sp_field *const *field = record->fields; *field; field++) {
		union sp_field_row row;
		json_t *member;

		sp_field_read(*field, &row);
		if (!render(&row, value + row.field.offset, &member))
			return false;
		if (member && json_object_set_new(object, row.field.name, member) != 0)
			return false;
	}
	return true;
}

static bool render_struct(const struct sp_record *record, const void *value, json_t **ret_json)
{
	json_t *object;

	if (!record->fields)
		return render_any(NULL, value, ret_json);
	object = json_object();
	if (object && !render_members(record, value, object)) {
		json_decref(object);
		object = NULL;
	}
	*ret_json = object;
	return object != NULL;
}

static bool render_record(const union sp_field_row *row, const void *value, json_t **ret_json)
{
	return render_struct(row->record.record, value, ret_json);
}

static bool render_items(const struct sp_array_field *row, const struct sp_items *items, json_t *array)
{
	union sp_field_row item;

	sp_field_read(row->item, &item);
	for (size_t i = 0; i < items->count; i++) {
		json_t *json;

		if (!render(&item, (const char *)items->items + i * row->item_size, &json))
			return false;
		if (json_array_append_new(array, json ? json : json_null()) != 0)
			return false;
	}
	return true;
}

/* An array that cannot be empty is absent. */
static bool render_array(const union sp_field_row *row, const void *value, json_t **ret_json)
{
	struct sp_items items;
	json_t *array;

	*ret_json = NULL;
	memcpy(&items, value, sizeof(items));
	if (items.count == 0 && row->array.min_items > 0)
		return true;
	array = json_array();
	if (array && !render_items(&row->array, &items, array)) {
		json_decref(array);
		array = NULL;
	}
	*ret_json = array;
	return array != NULL;
}

static bool render_pointer(const union sp_field_row *row SP_UNUSED, const void *value SP_UNUSED, json_t **ret_json)
{
	*ret_json = NULL;
	return true;
}

static bool render(const union sp_field_row *row, const void *value, json_t **ret_json)
{
	static bool (*const renderers[])(const union sp_field_row *row, const void *value, json_t **ret_json) = {
		[SP_STRING] = render_string,
		[SP_INTEGER] = render_integer,
		[SP_NUMBER] = render_number,
		[SP_BOOLEAN] = render_boolean,
		[SP_BYTES] = render_bytes,
		[SP_ANY] = render_any,
		[SP_CHOICE_TYPE] = render_choice,
		[SP_RECORD_TYPE] = render_record,
		[SP_ARRAY] = render_array,
		[SP_POINTER] = render_pointer,
	};

	return renderers[row->field.type](row, value, ret_json);
}

json_t *sp_record_json_new(const struct sp_record *record, const void *value)
{
	json_t *json;

	if (!render_struct(record, value, &json))
		return NULL;
	return json ? json : json_null();
}

json_t *sp_field_json_new(const struct sp_field *field, const void *value)
{
	union sp_field_row row;
	json_t *json;

	sp_field_read(field, &row);
	if (!render(&row, value, &json))
		return NULL;
	return json ? json : json_null();
}
