/*
 * record.h: a record is a table of fields, said once. SP_RECORD(greet, (string, name, .otherwise = "world")) makes
 * struct greet, one slot per field (struct greet_slots) and the table greet_record, from which the kernel fills,
 * validates and renders the struct and generates JSON Schema, OpenAPI, MCP schemas, command-line flags and help.
 *
 * A field is (type, name, attributes). The types: string, integer, number, boolean, bytes (base64 in JSON), any (a
 * json_t *), choice(E) of an SP_CHOICE, record(R), array(type). Every field takes .about, .example (JSON text),
 * .required and .secret (never shown); the other attributes are those of its struct below. A field that is absent has
 * its .otherwise; a string, bytes, any or array without one is NULL or empty, a number is 0. Where .min or .max leave
 * no room for 0, an integer or number that is 0 is absent, in what is filled and in what is rendered.
 */
#ifndef SIGNALPY_RECORD_H
#define SIGNALPY_RECORD_H

#include <signalpy/value.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One field: its type (enum sp_type), the size of its own struct, where its value and its slot lie. */
struct sp_field {
	uint16_t type, struct_size;
	uint32_t offset, slot;
	const char *name;
};

/* A table of fields; fields ends with NULL, and is NULL for the record that holds any value at all. */
struct sp_record {
	uint32_t struct_size;
	uint32_t size; /* of the C struct, in bytes */
	const char *name;
	const struct sp_field *const *fields;
};

/* What every field may say, then what each type adds. Members are only ever appended. Lengths count characters of a
 * string and bytes of bytes; a maximum of 0 is none. pattern is a POSIX extended regular expression; format is one of
 * hostname, ipv4, ipv6, uri, email, date, date-time, uuid. */
#define SP__FIELD_HEAD \
	struct sp_field field; \
	const char *about; \
	const char *example; \
	bool required; \
	bool secret
struct sp_any_field {
	SP__FIELD_HEAD;
};
struct sp_string_field {
	SP__FIELD_HEAD;
	const char *otherwise;
	size_t min_length, max_length;
	const char *pattern, *format;
};
struct sp_integer_field {
	SP__FIELD_HEAD;
	int64_t otherwise, min, max;
};
struct sp_number_field {
	SP__FIELD_HEAD;
	double otherwise, min, max;
};
struct sp_boolean_field {
	SP__FIELD_HEAD;
	bool otherwise;
};
struct sp_bytes_field {
	SP__FIELD_HEAD;
	size_t max_length;
};
struct sp_pointer_field {
	SP__FIELD_HEAD;
};
struct sp_choice_field {
	SP__FIELD_HEAD;
	int otherwise;
	const char *const *choices; /* ends with NULL */
};
struct sp_record_field {
	SP__FIELD_HEAD;
	const struct sp_record *record;
};
struct sp_array_field {
	SP__FIELD_HEAD;
	size_t min_items, max_items, item_size;
	const struct sp_field *item;
};

/* SP__S_type: its field struct; SP__P_type: what is set before the row's own attributes. */
#define SP__S_string sp_string_field
#define SP__S_integer sp_integer_field
#define SP__S_number sp_number_field
#define SP__S_boolean sp_boolean_field
#define SP__S_bytes sp_bytes_field
#define SP__S_any sp_any_field
#define SP__S_choice(E) sp_choice_field
#define SP__S_record(R) sp_record_field
#define SP__S_array(T) sp_array_field
#define SP__S_pointer(T) sp_pointer_field
#define SP__P_string
#define SP__P_integer .min = INT64_MIN, .max = INT64_MAX,
#define SP__P_number .min = -HUGE_VAL, .max = HUGE_VAL,
#define SP__P_boolean
#define SP__P_bytes
#define SP__P_any
#define SP__P_choice(E) .choices = E##_choices,
#define SP__P_record(R) .record = &R##_record,
#define SP__P_array(T) \
	.item_size = sizeof(SP__C_##T), \
	.item = &(const struct SP__S_##T){ .field = { SP__T_##T, sizeof(struct SP__S_##T), 0, 0, "" }, SP__P_##T } \
			 .field,
#define SP__P_pointer(T)

/* A slot per field; a nested record is a struct of slots, so that every leaf is tracked by itself. */
#define SP__W_string SP_READS(const char *)
#define SP__W_integer SP_READS(int64_t)
#define SP__W_number SP_READS(double)
#define SP__W_boolean SP_READS(bool)
#define SP__W_bytes SP_READS(sp_bytes)
#define SP__W_any SP_READS(json_t *)
#define SP__W_choice(E) SP_READS(enum E)
#define SP__W_record(R) struct R##_slots
#define SP__W_array(T) SP_READS(SP__C_array(T))
#define SP__W_pointer(T) SP_READS(T *)

/* A row's presets are meant to be overridden by what the row says. */
#define SP__ROWS_BEGIN _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Woverride-init\"")
#define SP__ROWS_END _Pragma("GCC diagnostic pop")

#define SP__FIELD_ROW(type, label, value_at, slot_at, ...) \
	&(const struct SP__S_##type){ .field = { SP__T_##type, sizeof(struct SP__S_##type), (uint32_t)(value_at), \
					      (uint32_t)(slot_at), #label }, \
		SP__P_##type __VA_ARGS__ } \
		 .field

#define SP__VALUE(R, row) SP__VALUE_(SP__OPEN row, )
#define SP__VALUE_(...) SP__VALUE__(__VA_ARGS__)
#define SP__VALUE__(type, name, ...) SP__C_##type name;
#define SP__SLOT(R, row) SP__SLOT_(SP__OPEN row, )
#define SP__SLOT_(...) SP__SLOT__(__VA_ARGS__)
#define SP__SLOT__(type, name, ...) SP__W_##type name;
#define SP__FIELD(R, row) SP__FIELD_(R, SP__OPEN row, )
#define SP__FIELD_(...) SP__FIELD__(__VA_ARGS__)
#define SP__FIELD__(R, type, name, ...) \
	SP__FIELD_ROW(type, name, offsetof(struct R, name), offsetof(struct R##_slots, name), __VA_ARGS__),

/* SP_RECORD(name, (type, field, attributes), ...): see the top of this file. */
#define SP_RECORD(R, ...) \
	struct R { \
		SP_EACH(SP__VALUE, R, __VA_ARGS__) \
	}; \
	struct R##_slots { \
		SP_EACH(SP__SLOT, R, __VA_ARGS__) \
	}; \
	SP__ROWS_BEGIN \
	static const struct sp_record R##_record SP_UNUSED = { sizeof(struct sp_record), sizeof(struct R), #R, \
		(const struct sp_field *const[]){ SP_EACH(SP__FIELD, R, __VA_ARGS__) NULL } }; \
	SP__ROWS_END \
	struct R

/* SP_CHOICE(level, debug, info) makes enum level { level_debug, level_info } and its names. */
#define SP__CHOICE(E, name) E##_##name,
#define SP__CHOICE_NAME(E, name) #name,
#define SP_CHOICE(E, ...) \
	enum E { SP_EACH(SP__CHOICE, E, __VA_ARGS__) }; \
	static const char *const E##_choices[] SP_UNUSED = { SP_EACH(SP__CHOICE_NAME, E, __VA_ARGS__) NULL }

/* anything: the record without a table, any json value at all. */
struct anything {
	json_t *json;
};
static const struct sp_record anything_record SP_UNUSED = { sizeof(struct sp_record), sizeof(struct anything),
	"anything", NULL };

/* SP_JSON(greeted, .message = "hi"): a new json value from a record, NULL without memory. [any] */
#define SP_JSON(R, ...) sp_record_json_new(&R##_record, &(const struct R){ __VA_ARGS__ })

/* A new json object that renders *value, a struct of record; the caller owns it. A field that is absent (a NULL string,
 * any or bytes) is left out. NULL without memory, or when a text is not UTF-8. [any] */
SP_API json_t *sp_record_json_new(const struct sp_record *record, const void *value);

/* A new JSON Schema (2020-12) object of record; the caller owns it. NULL without memory. [any] */
SP_API json_t *sp_record_schema_new(const struct sp_record *record);

/*
 * Fills the struct at value from json, an object: defaults for what is absent, and every field checked. Memory for
 * text and arrays comes from allocate(user, size), which answers NULL without memory; text may point into json, which
 * must stay as long as the struct. Answers SP_INVALID when something is wrong, and then *ret_faults, if not NULL, is a
 * new array of {"pointer", "rule", "message"}, one for every fault, which the caller owns; SP_NO_MEMORY. [any]
 */
typedef void *(*sp_allocate)(void *user, size_t size);
struct sp_fill {
	sp_allocate allocate;
	void *user;
	json_t **ret_faults;
};
SP_API sp_status sp_record_fill(const struct sp_record *record, const json_t *json, const struct sp_fill *how,
	void *value);

#ifdef __cplusplus
}
#endif
#endif
