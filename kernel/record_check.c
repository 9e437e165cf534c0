/* record_check.c: the constraints of a field, and the list of what does not hold. */
#include <stdio.h>
#include <string.h>

#include "alloc.h"
#include "record_plan.h"

enum { MOST_FAULTS = 1000 };

/* Writes step's part of a JSON pointer to ret_text, if not NULL, and answers its length. */
static size_t write_step(const struct sp_place *step, char *ret_text)
{
	size_t length = 0;
	char digits[24];
	const char *name = step->name;

	if (!name) {
		snprintf(digits, sizeof(digits), "%zu", step->index);
		name = digits;
	}
	for (const char *at = name; *at; at++) {
		bool escaped = *at == '~' || *at == '/';

		if (ret_text && escaped)
			ret_text[length + 1] = '~';
		length += escaped;
		if (ret_text)
			ret_text[length + 1] = !escaped ? *at : *at == '~' ? '0' : '1';
		length++;
	}
	if (ret_text)
		ret_text[0] = '/';
	return length + 1;
}

/* The JSON pointer (RFC 6901) to a place; allocated. NULL without memory. */
static char *pointer_new(const struct sp_place *at)
{
	size_t length = 0;
	char *text;

	for (const struct sp_place *step = at; step; step = step->up)
		length += write_step(step, NULL);
	text = sp_malloc(length + 1);
	if (!text)
		return NULL;
	text[length] = '\0';
	for (const struct sp_place *step = at; step; step = step->up) {
		length -= write_step(step, NULL);
		write_step(step, text + length);
	}
	return text;
}

/* How much of text, cut at length, is whole characters. */
static size_t whole_characters(const char *text, size_t length)
{
	while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
		length--;
	return length;
}

static sp_status list_fault(json_t *list, const char *pointer, const char *rule, const char *message)
{
	json_t *fault = json_object();

	if (!fault || json_object_set_new(fault, "pointer", json_string(pointer)) != 0 ||
		json_object_set_new(fault, "rule", json_string(rule)) != 0 ||
		json_object_set_new(fault, "message", json_string(message)) != 0) {
		json_decref(fault);
		return SP_NO_MEMORY;
	}
	return json_array_append_new(list, fault) == 0 ? SP_OK : SP_NO_MEMORY;
}

static sp_status tell_fault(struct sp_error *error, const char *pointer, const char *message)
{
	sp_error_set(error, SP_INVALID, "%s", message);
	snprintf(error->pointer, sizeof(error->pointer), "%s", pointer);
	return SP_INVALID;
}

static sp_status record_fault(struct sp_faults *faults, const struct sp_place *at, const char *rule,
	const char *message)
{
	char *pointer = pointer_new(at);
	sp_status status;

	if (!pointer)
		return SP_NO_MEMORY;
	if (faults->all)
		status = list_fault(faults->list, pointer, rule, message);
	else
		status = tell_fault(faults->error, pointer, message);
	sp_free(pointer);
	return status;
}

/* Makes the list with the first fault, and ends it when it is too long. */
static sp_status prepare_list(struct sp_faults *faults)
{
	sp_status status;

	if (!faults->list)
		faults->list = json_array();
	if (!faults->list)
		return SP_NO_MEMORY;
	if (json_array_size(faults->list) < MOST_FAULTS)
		return SP_OK;
	status = list_fault(faults->list, "", "more", "there are more faults, which are not listed");
	return status == SP_OK ? SP_INVALID : status;
}

sp_status sp_fault_add(struct sp_faults *faults, const struct sp_place *at, const char *rule, const char *format, ...)
{
	char message[400];
	sp_status status;
	va_list arguments;

	faults->found = true;
	if (!faults->all && !faults->error)
		return SP_INVALID;
	status = faults->all ? prepare_list(faults) : SP_OK;
	if (status != SP_OK)
		return status;
	va_start(arguments, format);
	if (vsnprintf(message, sizeof(message), format, arguments) >= (int)sizeof(message))
		message[whole_characters(message, sizeof(message) - 2)] = '\0';
	va_end(arguments);
	return record_fault(faults, at, rule, message);
}

const char *sp_text_shown(const struct sp_field_plan *plan, const char *text, char buffer[SP_SHOWN_SIZE])
{
	size_t length = strlen(text);
	bool whole = length <= SP_SHOWN;

	if (plan->row.of.secret)
		return "a text that is secret";
	if (!whole)
		length = whole_characters(text, SP_SHOWN);
	snprintf(buffer, SP_SHOWN_SIZE, "\"%.*s%s", (int)length, text, whole ? "\"" : "...\"");
	for (char *at = buffer; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			*at = '?';
	return buffer;
}

static size_t characters_of(const char *text)
{
	size_t count = 0;

	for (; *text; text++)
		count += ((unsigned char)*text & 0xc0) != 0x80;
	return count;
}

static sp_status check_length(struct sp_faults *faults, const struct sp_field_plan *plan, const struct sp_place *at,
	const char *text)
{
	size_t min = plan->row.string.min_length;
	size_t max = plan->row.string.max_length;
	size_t length = characters_of(text);

	if (length < min)
		return sp_fault_add(faults, at, "minLength", "must have at least %zu characters, has %zu", min, length);
	if (max > 0 && length > max)
		return sp_fault_add(faults, at, "maxLength", "must have at most %zu characters, has %zu", max, length);
	return SP_OK;
}

static sp_status check_pattern(struct sp_faults *faults, const struct sp_field_plan *plan, const struct sp_place *at,
	const char *text)
{
	char buffer[SP_SHOWN_SIZE];
	int result = regexec(plan->pattern, text, 0, NULL, 0);

	if (result == 0)
		return SP_OK;
	if (result != REG_NOMATCH)
		return SP_NO_MEMORY;
	return sp_fault_add(faults, at, "pattern", "must match %s, is %s", plan->row.string.pattern,
		sp_text_shown(plan, text, buffer));
}

sp_status sp_check_string(struct sp_faults *faults, const struct sp_field_plan *plan, const struct sp_place *at,
	const char *text)
{
	const struct sp_string_field *row = &plan->row.string;
	char buffer[SP_SHOWN_SIZE];
	sp_status status = SP_OK;

	if (row->min_length > 0 || row->max_length > 0)
		status = check_length(faults, plan, at, text);
	if (status == SP_OK && plan->pattern)
		status = check_pattern(faults, plan, at, text);
	if (status == SP_OK && plan->format && !plan->format->holds(text))
		status = sp_fault_add(faults, at, "format", "must be %s, is %s", plan->format->looks,
			sp_text_shown(plan, text, buffer));
	return status;
}

sp_status sp_check_integer(struct sp_faults *faults, const struct sp_field_plan *plan, const struct sp_place *at,
	int64_t value)
{
	const struct sp_integer_field *row = &plan->row.integer;

	if (value < row->min)
		return sp_fault_add(faults, at, "minimum", "must be at least %lld, is %lld", (long long)row->min,
			(long long)value);
	if (value > row->max)
		return sp_fault_add(faults, at, "maximum", "must be at most %lld, is %lld", (long long)row->max,
			(long long)value);
	return SP_OK;
}

sp_status sp_check_number(struct sp_faults *faults, const struct sp_field_plan *plan, const struct sp_place *at,
	double value)
{
	const struct sp_number_field *row = &plan->row.number;

	if (value < row->min)
		return sp_fault_add(faults, at, "minimum", "must be at least %.15g, is %.15g", row->min, value);
	if (value > row->max)
		return sp_fault_add(faults, at, "maximum", "must be at most %.15g, is %.15g", row->max, value);
	return SP_OK;
}

sp_status sp_check_items(struct sp_faults *faults, const struct sp_field_plan *plan, const struct sp_place *at,
	size_t count)
{
	const struct sp_array_field *row = &plan->row.array;

	if (count < row->min_items)
		return sp_fault_add(faults, at, "minItems", "must have at least %zu items, has %zu", row->min_items,
			count);
	if (row->max_items > 0 && count > row->max_items)
		return sp_fault_add(faults, at, "maxItems", "must have at most %zu items, has %zu", row->max_items,
			count);
	return SP_OK;
}
