/* record_type.c: how values of records and arrays behave in a node: copied deeply, and equal by content. */
#include <string.h>

#include "alloc.h"
#include "record.h"

/*
 * What a value looks like, kept apart from the plugin's rows, since a value may outlive them. A record has parts, one
 * for each field; an array has one, its item.
 */
struct shape {
	unsigned type;
	size_t offset; /* in the struct that holds it */
	size_t size;
	size_t count;
	struct shape *parts;
};

struct shaped_type {
	struct sp_value_type type; /* first: the node's pointer to it is the pointer to this */
	struct shape shape;
};

static const struct shaped_type *shaped(const struct sp_value_type *type)
{
	return (const struct shaped_type *)(const void *)type;
}

static struct sp_items load_items(const void *value)
{
	struct sp_items items;

	memcpy(&items, value, sizeof(items));
	return items;
}

static void *load_pointer(const void *value)
{
	void *pointer;

	memcpy(&pointer, value, sizeof(pointer));
	return pointer;
}

/* The value number i inside of an array. */
static char *item_at(const struct shape *shape, const struct sp_items *items, size_t i)
{
	return (char *)items->items + i * shape->parts->size;
}

static bool copy(const struct shape *shape, char *to, const char *from);

static bool copy_bytes(char *to, const char *from)
{
	sp_bytes bytes;
	void *data;

	memcpy(&bytes, from, sizeof(bytes));
	if (!bytes.data)
		return true;
	data = sp_malloc(bytes.size > 0 ? bytes.size : 1);
	if (!data)
		return false;
	memcpy(data, bytes.data, bytes.size);
	bytes.data = data;
	memcpy(to, &bytes, sizeof(bytes));
	return true;
}

static bool copy_array(const struct shape *shape, char *to, const char *from)
{
	struct sp_items old = load_items(from);
	struct sp_items items = { NULL, old.count };

	if (old.count == 0)
		return true;
	items.items = sp_calloc(items.count, shape->parts->size);
	if (!items.items)
		return false;
	memcpy(to, &items, sizeof(items));
	for (size_t i = 0; i < items.count; i++)
		if (!copy(shape->parts, item_at(shape, &items, i), item_at(shape, &old, i)))
			return false;
	return true;
}

/* Takes a pointer to a copy that was made of what from points to; both may be NULL. */
static bool take_copy(char *to, const void *made, const char *from)
{
	memcpy(to, &made, sizeof(made));
	return made || !load_pointer(from);
}

/* Copies deeply to memory that is zeroed. If it fails, to holds what was copied by then, to be released. */
static bool copy(const struct shape *shape, char *to, const char *from)
{
	const char *text;

	switch (shape->type) {
	case SP_STRING:
		text = load_pointer(from);
		return take_copy(to, text ? sp_strdup(text) : NULL, from);
	case SP_ANY:
		return take_copy(to, json_deep_copy(load_pointer(from)), from);
	case SP_BYTES:
		return copy_bytes(to, from);
	case SP_ARRAY:
		return copy_array(shape, to, from);
	case SP_RECORD_TYPE:
		for (size_t i = 0; i < shape->count; i++)
			if (!copy(&shape->parts[i], to + shape->parts[i].offset, from + shape->parts[i].offset))
				return false;
		return true;
	default:
		memcpy(to, from, shape->size);
		return true;
	}
}

static bool equal(const struct shape *shape, const char *left, const char *right);

static bool equal_numbers(const char *left, const char *right)
{
	double a, b;

	memcpy(&a, left, sizeof(a));
	memcpy(&b, right, sizeof(b));
	return (isnan(a) && isnan(b)) || !(a < b || a > b || isnan(a) || isnan(b));
}

static bool equal_bytes(const char *left, const char *right)
{
	sp_bytes a, b;

	memcpy(&a, left, sizeof(a));
	memcpy(&b, right, sizeof(b));
	if (!a.data || !b.data)
		return !a.data && !b.data;
	return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

static bool equal_arrays(const struct shape *shape, const char *left, const char *right)
{
	struct sp_items a = load_items(left);
	struct sp_items b = load_items(right);

	if (a.count != b.count)
		return false;
	for (size_t i = 0; i < a.count; i++)
		if (!equal(shape->parts, item_at(shape, &a, i), item_at(shape, &b, i)))
			return false;
	return true;
}

static bool equal_texts(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool equal_json(const json_t *a, const json_t *b)
{
	return a == b || json_equal(a, b);
}

static bool equal(const struct shape *shape, const char *left, const char *right)
{
	switch (shape->type) {
	case SP_STRING:
		return equal_texts(load_pointer(left), load_pointer(right));
	case SP_ANY:
		return equal_json(load_pointer(left), load_pointer(right));
	case SP_NUMBER:
		return equal_numbers(left, right);
	case SP_BYTES:
		return equal_bytes(left, right);
	case SP_ARRAY:
		return equal_arrays(shape, left, right);
	case SP_RECORD_TYPE:
		for (size_t i = 0; i < shape->count; i++)
			if (!equal(&shape->parts[i], left + shape->parts[i].offset, right + shape->parts[i].offset))
				return false;
		return true;
	default:
		return memcmp(left, right, shape->size) == 0;
	}
}

static void release(const struct shape *shape, const char *value)
{
	struct sp_items items;

	switch (shape->type) {
	case SP_STRING:
	case SP_BYTES: /* begins with its pointer */
		sp_free(load_pointer(value));
		break;
	case SP_ANY:
		json_decref(load_pointer(value));
		break;
	case SP_ARRAY:
		items = load_items(value);
		for (size_t i = 0; i < items.count; i++)
			release(shape->parts, item_at(shape, &items, i));
		sp_free(items.items);
		break;
	case SP_RECORD_TYPE:
		for (size_t i = 0; i < shape->count; i++)
			release(&shape->parts[i], value + shape->parts[i].offset);
		break;
	default:
		break;
	}
}

static bool shaped_equal(const struct sp_value_type *type, const void *left, const void *right)
{
	return equal(&shaped(type)->shape, left, right);
}

static sp_status shaped_copy(const struct sp_value_type *type, void *to, const void *from)
{
	const struct shape *shape = &shaped(type)->shape;

	memset(to, 0, shape->size);
	if (copy(shape, to, from))
		return SP_OK;
	release(shape, to);
	memset(to, 0, shape->size);
	return SP_NO_MEMORY;
}

static void shaped_release(const struct sp_value_type *type, void *value)
{
	release(&shaped(type)->shape, value);
}

static void shape_finish(struct shape *shape)
{
	for (size_t i = 0; i < shape->count; i++)
		shape_finish(&shape->parts[i]);
	sp_free(shape->parts);
}

static bool shape_init(struct shape *shape, const struct sp_field *field);

static bool shape_parts(struct shape *shape, const struct sp_field *const *fields, size_t count)
{
	shape->parts = sp_calloc(count > 0 ? count : 1, sizeof(*shape->parts));
	if (!shape->parts)
		return false;
	while (shape->count < count) {
		size_t at = shape->count++;

		if (!shape_init(&shape->parts[at], fields[at]))
			return false;
	}
	return true;
}

/* Makes the shape of a field's values. If it fails, shape is to be finished all the same. */
static bool shape_init(struct shape *shape, const struct sp_field *field)
{
	union sp_field_row row;
	size_t count = 0;

	sp_field_read(field, &row);
	shape->type = row.field.type;
	shape->offset = row.field.offset;
	shape->size = sp_field_size(&row);
	if (row.field.type == SP_ARRAY)
		return shape_parts(shape, &row.array.item, 1);
	if (row.field.type != SP_RECORD_TYPE)
		return true;
	if (!row.record.record->fields) {
		shape->type = SP_ANY;
		return true;
	}
	while (row.record.record->fields[count])
		count++;
	return shape_parts(shape, row.record.record->fields, count);
}

static const struct sp_value_type *shaped_create(const struct sp_field *field)
{
	struct shaped_type *made = sp_calloc(1, sizeof(*made));

	if (!made)
		return NULL;
	made->type = (struct sp_value_type){
		.struct_size = sizeof(made->type),
		.equal = shaped_equal,
		.keep = shaped_copy,
		.clone = shaped_copy,
		.release = shaped_release,
	};
	if (!shape_init(&made->shape, field)) {
		shape_finish(&made->shape);
		sp_free(made);
		return NULL;
	}
	made->type.size = (uint32_t)made->shape.size;
	return &made->type;
}

const struct sp_value_type *sp_field_type_create(const struct sp_field *field)
{
	static const struct sp_value_type *const built_in[] = {
		[SP_STRING] = &sp_type_string,
		[SP_INTEGER] = &sp_type_integer,
		[SP_NUMBER] = &sp_type_number,
		[SP_BOOLEAN] = &sp_type_boolean,
		[SP_BYTES] = &sp_type_bytes,
		[SP_ANY] = &sp_type_json,
		[SP_CHOICE_TYPE] = &sp_type_choice,
		[SP_RECORD_TYPE] = NULL,
		[SP_ARRAY] = NULL,
		[SP_POINTER] = &sp_type_pointer,
	};
	const struct sp_value_type *type = built_in[field->type];

	return type ? type : shaped_create(field);
}

void sp_field_type_destroy(const struct sp_value_type *type)
{
	struct shaped_type *made;

	if (!type || type->keep != shaped_copy)
		return;
	made = (struct shaped_type *)(void *)type;
	shape_finish(&made->shape);
	sp_free(made);
}
