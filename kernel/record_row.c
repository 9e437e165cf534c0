/* record_row.c: reads the rows that a plugin was compiled with, whatever the age of its headers. */
#include <string.h>

#include "record.h"

/* Each type's word, the size of its row here, and of its value; a record's value is as large as its struct. */
static const struct {
	const char *word;
	size_t row, value;
} types[] = {
	[0] = { "", sizeof(struct sp_field), 0 },
	[SP_STRING] = { "string", sizeof(struct sp_string_field), sizeof(const char *) },
	[SP_INTEGER] = { "integer", sizeof(struct sp_integer_field), sizeof(int64_t) },
	[SP_NUMBER] = { "number", sizeof(struct sp_number_field), sizeof(double) },
	[SP_BOOLEAN] = { "boolean", sizeof(struct sp_boolean_field), sizeof(bool) },
	[SP_BYTES] = { "bytes", sizeof(struct sp_bytes_field), sizeof(sp_bytes) },
	[SP_ANY] = { "any", sizeof(struct sp_any_field), sizeof(json_t *) },
	[SP_CHOICE_TYPE] = { "choice", sizeof(struct sp_choice_field), sizeof(int) },
	[SP_RECORD_TYPE] = { "record", sizeof(struct sp_record_field), 0 },
	[SP_ARRAY] = { "array", sizeof(struct sp_array_field), sizeof(struct sp_items) },
	[SP_POINTER] = { "pointer", sizeof(struct sp_pointer_field), sizeof(const void *) },
};

static unsigned known(unsigned type)
{
	return type < sizeof(types) / sizeof(types[0]) ? type : 0;
}

void sp_field_read(const struct sp_field *field, union sp_field_row *ret_row)
{
	size_t size = types[known(field->type)].row;

	memset(ret_row, 0, sizeof(*ret_row));
	if (field->type == SP_INTEGER) {
		ret_row->integer.min = INT64_MIN;
		ret_row->integer.max = INT64_MAX;
	}
	if (field->type == SP_NUMBER) {
		ret_row->number.min = -HUGE_VAL;
		ret_row->number.max = HUGE_VAL;
	}
	memcpy(ret_row, field, size < field->struct_size ? size : field->struct_size);
}

size_t sp_field_size(const union sp_field_row *row)
{
	if (row->field.type == SP_RECORD_TYPE && row->record.record)
		return row->record.record->size;
	return types[known(row->field.type)].value;
}

bool sp_field_zero_is_absent(const union sp_field_row *row)
{
	if (row->of.required)
		return false;
	if (row->field.type == SP_INTEGER)
		return row->integer.min > 0 || row->integer.max < 0;
	return row->field.type == SP_NUMBER && (row->number.min > 0 || row->number.max < 0);
}

const char *sp_field_word(unsigned type)
{
	return types[known(type)].word;
}
