/*
 * record.h: what the kernel does with a plugin's table of fields: judges it once, then fills structs from json, renders
 * them, describes them, and keeps them in signals. A plugin's rows may be shorter or longer than this kernel's, so they
 * are only ever read through sp_field_read. Everything here may be called on any thread.
 */
#ifndef KERNEL_RECORD_H
#define KERNEL_RECORD_H

#include <signalpy/record.h>

/* A row of any type; of is the head that all of them share. */
union sp_field_row {
	struct sp_field field;
	struct sp_any_field of;
	struct sp_string_field string;
	struct sp_integer_field integer;
	struct sp_number_field number;
	struct sp_boolean_field boolean;
	struct sp_bytes_field bytes;
	struct sp_pointer_field pointer;
	struct sp_choice_field choice;
	struct sp_record_field record;
	struct sp_array_field array;
};

/* An array(type) as it lies in a struct, whatever its type. */
struct sp_items {
	void *items;
	size_t count;
};

/* Copies a row of any age; members that its writer did not know have their preset. */
void sp_field_read(const struct sp_field *field, union sp_field_row *ret_row);

/* How many bytes a value of the field takes; 0 if its type is not one. */
size_t sp_field_size(const union sp_field_row *row);

/* Whether a value of 0 says that the field is absent: an integer or number that need not be there, and whose limits
 * leave no room for 0. */
bool sp_field_zero_is_absent(const union sp_field_row *row);

/* The types' words ("integer", "choice" ...); "" for what is not a type. */
const char *sp_field_word(unsigned type);

/*
 * A record or a single field, judged and ready for many fills. Creating answers NULL and fills error, in words that
 * name record.field: SP_INVALID when the table is wrong, SP_NO_MEMORY. The table is borrowed for the plan's life. A
 * field of type pointer passes only by itself, since a plain signal may have it. Destroying accepts NULL.
 */
struct sp_record_plan *sp_record_plan_create(const struct sp_record *record, struct sp_error *error);
void sp_record_plan_destroy(struct sp_record_plan *plan);
struct sp_field_plan *sp_field_plan_create(const struct sp_field *field, struct sp_error *error);
void sp_field_plan_destroy(struct sp_field_plan *plan);

/*
 * As sp_record_fill; of a field, json is the value itself. json may be NULL, for what is absent: an empty object, or
 * the field's default. After a failure the value is partly filled and of no use. More than 1000 faults are not listed.
 */
sp_status sp_record_plan_fill(const struct sp_record_plan *plan, const json_t *json, const struct sp_fill *how,
	void *value);
sp_status sp_field_plan_fill(const struct sp_field_plan *plan, const json_t *json, const struct sp_fill *how,
	void *value);

/* A new json value that renders one value of the field; null if it is absent. NULL without memory, or when a text is
 * not UTF-8. */
json_t *sp_field_json_new(const struct sp_field *field, const void *value);

/* A new JSON Schema of the field's values. NULL without memory. */
json_t *sp_field_schema_new(const struct sp_field *field);

/*
 * The type of a node that holds values of the field, which must have been judged: a built-in one, or for records and
 * arrays one that copies deeply, compares by content, and refers to nothing of the plugin. Text, bytes and json inside
 * are copied, never stolen. NULL without memory. Destroying leaves the built-in ones alone and accepts NULL.
 */
const struct sp_value_type *sp_field_type_create(const struct sp_field *field);
void sp_field_type_destroy(const struct sp_value_type *type);

#endif
