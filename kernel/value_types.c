/* value_types.c: the built-in types of values. A type without functions is compared, copied and dropped as bytes. */
#include "alloc.h"

#include <signalpy/value.h>
#include <string.h>

const struct sp_value_type sp_type_boolean = { .struct_size = sizeof(struct sp_value_type), .size = sizeof(bool) };
const struct sp_value_type sp_type_integer = { .struct_size = sizeof(struct sp_value_type), .size = sizeof(int64_t) };
const struct sp_value_type sp_type_choice = { .struct_size = sizeof(struct sp_value_type), .size = sizeof(int) };

static bool number_equal(SP_UNUSED const struct sp_value_type *type, const void *left, const void *right)
{
	double one = *(const double *)left, other = *(const double *)right;

	return one == other || (one != one && other != other);
}

const struct sp_value_type sp_type_number = {
	.struct_size = sizeof(struct sp_value_type),
	.size = sizeof(double),
	.equal = number_equal,
};

/* ---- strings ----------------------------------------------------------------------------------------------------- */

static bool string_equal(SP_UNUSED const struct sp_value_type *type, const void *left, const void *right)
{
	const char *one = *(const char *const *)left, *other = *(const char *const *)right;

	if (one == NULL || other == NULL)
		return one == other;
	return strcmp(one, other) == 0;
}

static sp_status string_keep(SP_UNUSED const struct sp_value_type *type, void *to, const void *from)
{
	const char *text = *(const char *const *)from;
	char *copy = NULL;

	if (text != NULL) {
		copy = sp_strdup(text);
		if (copy == NULL)
			return SP_NO_MEMORY;
	}
	*(char **)to = copy;
	return SP_OK;
}

static void string_release(SP_UNUSED const struct sp_value_type *type, void *value)
{
	sp_free(*(char **)value);
}

const struct sp_value_type sp_type_string = {
	.struct_size = sizeof(struct sp_value_type),
	.size = sizeof(const char *),
	.equal = string_equal,
	.keep = string_keep,
	.clone = string_keep,
	.release = string_release,
};

/* ---- bytes ------------------------------------------------------------------------------------------------------- */

static bool bytes_equal(SP_UNUSED const struct sp_value_type *type, const void *left, const void *right)
{
	const sp_bytes *one = left, *other = right;

	return one->size == other->size && (one->size == 0 || memcmp(one->data, other->data, one->size) == 0);
}

static sp_status bytes_keep(SP_UNUSED const struct sp_value_type *type, void *to, const void *from)
{
	const sp_bytes *bytes = from;
	void *copy = NULL;

	if (bytes->size > 0) {
		copy = sp_malloc(bytes->size);
		if (copy == NULL)
			return SP_NO_MEMORY;
		memcpy(copy, bytes->data, bytes->size);
	}
	*(sp_bytes *)to = (sp_bytes){ copy, bytes->size };
	return SP_OK;
}

static void bytes_release(SP_UNUSED const struct sp_value_type *type, void *value)
{
	sp_free((void *)((sp_bytes *)value)->data);
}

const struct sp_value_type sp_type_bytes = {
	.struct_size = sizeof(struct sp_value_type),
	.size = sizeof(sp_bytes),
	.equal = bytes_equal,
	.keep = bytes_keep,
	.clone = bytes_keep,
	.release = bytes_release,
};

/* ---- json and pointers ------------------------------------------------------------------------------------------- */

static sp_status json_clone(SP_UNUSED const struct sp_value_type *type, void *to, const void *from)
{
	json_t *original = *(json_t *const *)from, *copy = json_deep_copy(original);

	if (copy == NULL && original != NULL)
		return SP_NO_MEMORY;
	*(json_t **)to = copy;
	return SP_OK;
}

static void json_release(SP_UNUSED const struct sp_value_type *type, void *value)
{
	json_decref(*(json_t **)value);
}

const struct sp_value_type sp_type_json = {
	.struct_size = sizeof(struct sp_value_type),
	.size = sizeof(json_t *),
	.clone = json_clone,
	.release = json_release,
	.steals = true,
};

/* What a pointer points to belongs to the loop thread. */
static sp_status pointer_clone(SP_UNUSED const struct sp_value_type *type, SP_UNUSED void *to,
	SP_UNUSED const void *from)
{
	return SP_CONFLICT;
}

const struct sp_value_type sp_type_pointer = {
	.struct_size = sizeof(struct sp_value_type),
	.size = sizeof(const void *),
	.clone = pointer_clone,
};
