/* check_record_plan.c: a table of fields is input, and is judged before it is used; each fault names record.field. */
#include <check.h>
#include <string.h>

#include "alloc.h"
#include "record.h"
#include "runner.h"

/* A table as a plugin might have it, right or wrong. */
#define ROW(type, ...) \
	(const struct sp_field *)&(const struct type) \
	{ \
		__VA_ARGS__ \
	}
#define STRING(...) \
	ROW(sp_string_field, .field = { SP_STRING, sizeof(struct sp_string_field), 0, 0, "text" }, __VA_ARGS__)
#define INTEGER(...) \
	ROW(sp_integer_field, .field = { SP_INTEGER, sizeof(struct sp_integer_field), 0, 0, "count" }, __VA_ARGS__)
#define NUMBER(...) \
	ROW(sp_number_field, .field = { SP_NUMBER, sizeof(struct sp_number_field), 0, 0, "ratio" }, __VA_ARGS__)
#define CHOICE(...) \
	ROW(sp_choice_field, .field = { SP_CHOICE_TYPE, sizeof(struct sp_choice_field), 0, 0, "level" }, __VA_ARGS__)
#define ARRAY(...) ROW(sp_array_field, .field = { SP_ARRAY, sizeof(struct sp_array_field), 0, 0, "list" }, __VA_ARGS__)
#define RECORD(...) \
	ROW(sp_record_field, .field = { SP_RECORD_TYPE, sizeof(struct sp_record_field), 0, 0, "part" }, __VA_ARGS__)
#define NAMED(name_) ROW(sp_any_field, .field = { SP_ANY, sizeof(struct sp_any_field), 0, 0, name_ })
#define BARE(type, size, offset) ROW(sp_any_field, .field = { type, size, offset, 0, "bare" })

static const char *const levels[] = { "low", "high", NULL };
static const char *const nothing[] = { NULL };
static const struct sp_record deep_record;
static const struct sp_record deep_record = { sizeof(struct sp_record), 16, "deep",
	(const struct sp_field *const[]){ ARRAY(.item_size = 16, .item = RECORD(.record = &deep_record)), NULL } };
static const struct sp_record short_record = { 8, 8, "short", NULL };

static const struct {
	const struct sp_field *field;
	const char *message;
} wrong[] = {
	{ STRING(.min_length = 5, .max_length = 4), "t.text: min_length is 5, more than max_length, 4" },
	{ STRING(.format = "colour"), "t.text: there is no format colour" },
	{ STRING(.pattern = "("), "t.text: the pattern ( is wrong: Unmatched ( or \\(" },
	{ STRING(.pattern = "^\\.\\d+$"), "t.text: the pattern ^\\.\\d+$ has \\d; write a bracket expression instead" },
	{ STRING(.pattern = "(.)\\1"), "t.text: the pattern (.)\\1 has \\1; write a bracket expression instead" },
	{ STRING(.pattern = "\\"), "t.text: the pattern \\ is wrong: Trailing backslash" },
	{ STRING(.otherwise = "a", .min_length = 2), "t.text: the default must have at least 2 characters, has 1" },
	{ STRING(.otherwise = "a", .pattern = "b"), "t.text: the default must match b, is \"a\"" },
	{ STRING(.example = "hello"), "t.text: the example hello is not JSON; a text stands in quotes" },
	{ INTEGER(.min = 2, .max = 1), "t.count: min is 2, more than max, 1" },
	{ INTEGER(.otherwise = 3, .min = 1, .max = 2), "t.count: the default must be at most 2, is 3" },
	{ INTEGER(.otherwise = -3, .min = 1, .max = 2), "t.count: the default must be at least 1, is -3" },
	{ NUMBER(.min = 2, .max = 1), "t.ratio: min is 2, more than max, 1" },
	{ NUMBER(.otherwise = 0.5, .min = -2, .max = -1), "t.ratio: the default must be at most -1, is 0.5" },
	{ CHOICE(.choices = NULL), "t.level: there is nothing to choose from" },
	{ CHOICE(.choices = nothing), "t.level: there is nothing to choose from" },
	{ CHOICE(.choices = levels, .otherwise = 2), "t.level: the default, 2, is none of the choices" },
	{ CHOICE(.choices = levels, .otherwise = -1), "t.level: the default, -1, is none of the choices" },
	{ ARRAY(.item = NULL), "t.list: has no item" },
	{ ARRAY(.min_items = 3, .max_items = 2), "t.list: min_items is 3, more than max_items, 2" },
	{ ARRAY(.item_size = 4, .item = INTEGER(.max = 1)), "t.list: item_size is 4, its items have 8 bytes" },
	{ ARRAY(.item_size = 8, .item = BARE(SP_POINTER, sizeof(struct sp_pointer_field), 0)),
		"t.list[]: a pointer cannot be part of a record or an array; only a signal can be one" },
	{ RECORD(.record = NULL), "t.part: has no record" },
	{ RECORD(.record = &short_record), "(no name): the record has 8 bytes, too few" },
	{ ARRAY(.item_size = 16, .item = RECORD(.record = &deep_record)), "deep.list: is nested more than 16 deep" },
	{ NAMED("Name"), "t.Name: a name has a small letter, then at most 30 of a-z, 0-9 and _" },
	{ NAMED("a-b"), "t.a-b: a name has a small letter, then at most 30 of a-z, 0-9 and _" },
	{ NAMED("a2345678901234567890123456789012"),
		"t.a2345678901234567890123456789012: a name has a small letter, then at most 30 of a-z, 0-9 and _" },
	{ NAMED(""), "t.: a name has a small letter, then at most 30 of a-z, 0-9 and _" },
	{ NAMED(NULL), "t.(no name): a name has a small letter, then at most 30 of a-z, 0-9 and _" },
	{ BARE(77, sizeof(struct sp_any_field), 0), "t.bare: there is no type 77" },
	{ BARE(0, sizeof(struct sp_any_field), 0), "t.bare: there is no type 0" },
	{ BARE(SP_ANY, 4, 0), "t.bare: its row has 4 bytes, too few" },
	{ BARE(SP_ANY, sizeof(struct sp_any_field), 64), "t.bare: lies outside of the struct, which has 64 bytes" },
	{ BARE(SP_ANY, sizeof(struct sp_any_field), 4), "t.bare: lies at byte 4 of the struct, out of line" },
	{ BARE(SP_POINTER, sizeof(struct sp_pointer_field), 0),
		"t.bare: a pointer cannot be part of a record or an array; only a signal can be one" },
};

START_TEST(each_mistake_is_refused)
{
	const struct sp_field *const fields[] = { wrong[_i].field, NULL };
	struct sp_record record = { sizeof(record), 64, "t", fields };
	struct sp_error error = { .message = "" };

	ck_assert_ptr_null(sp_record_plan_create(&record, &error));
	ck_assert_str_eq(error.message, wrong[_i].message);
	ck_assert_int_eq(error.code, SP_INVALID);
	ck_assert_mem_eq(error.pointer, error.message, strlen(error.pointer));
	ck_assert_ptr_null(sp_record_plan_create(&record, NULL));
}
END_TEST

START_TEST(two_fields_of_a_name_are_refused)
{
	const struct sp_field *const fields[] = { NAMED("a"), NAMED("b"), NAMED("a"), NULL };
	struct sp_record record = { sizeof(record), 64, "t", fields };
	struct sp_error error = { .message = "" };

	ck_assert_ptr_null(sp_record_plan_create(&record, &error));
	ck_assert_str_eq(error.message, "t.a: there are two fields of this name");
	ck_assert_str_eq(error.pointer, "t.a");
}
END_TEST

START_TEST(too_many_fields_are_refused)
{
	static const struct sp_field *fields[5001];
	struct sp_record record = { sizeof(record), 64, "t", fields };
	struct sp_error error = { .message = "" };

	for (size_t i = 0; i < 5000; i++)
		fields[i] = NAMED("a");
	ck_assert_ptr_null(sp_record_plan_create(&record, &error));
	ck_assert_str_eq(error.message, "t: there are 4096 fields or more in all");
}
END_TEST

START_TEST(a_pointer_is_a_field_by_itself)
{
	struct sp_field_plan *plan = sp_field_plan_create(BARE(SP_POINTER, sizeof(struct sp_pointer_field), 0), NULL);
	struct sp_error error = { .message = "" };

	ck_assert_ptr_nonnull(plan);
	sp_field_plan_destroy(plan);
	ck_assert_ptr_null(sp_field_plan_create(INTEGER(.otherwise = -1, .max = 2), &error));
	ck_assert_str_eq(error.message, "count: the default must be at least 0, is -1");
	ck_assert_ptr_null(sp_field_plan_create(NAMED("A"), &error));
}
END_TEST

/* A row that was compiled with older headers lacks the members at its end. */
START_TEST(a_short_row_has_presets)
{
	struct sp_integer_field row = { .field = { SP_INTEGER, offsetof(struct sp_integer_field, min), 0, 0, "count" },
		.otherwise = 5,
		.min = 8,
		.max = 2 };
	struct sp_number_field number = { .field = { SP_NUMBER, sizeof(struct sp_field), 0, 0, "n" }, .otherwise = 5 };
	union sp_field_row read;

	sp_field_read(&row.field, &read);
	ck_assert_int_eq(read.integer.otherwise, 5);
	ck_assert_int_eq(read.integer.min, INT64_MIN);
	ck_assert_int_eq(read.integer.max, INT64_MAX);
	sp_field_read(&number.field, &read);
	ck_assert_double_eq(read.number.otherwise, 0);
	ck_assert(isinf(read.number.max));
}
END_TEST

/* A row that was compiled with newer headers has members at its end that this kernel does not know. */
START_TEST(a_long_row_is_cut)
{
	struct {
		struct sp_boolean_field known;
		char news[200];
	} row = { .known = { .field = { SP_BOOLEAN, sizeof(row), 0, 0, "flag" }, .otherwise = true } };
	struct sp_field_plan *plan = sp_field_plan_create(&row.known.field, NULL);
	union sp_field_row read;

	ck_assert_ptr_nonnull(plan);
	sp_field_plan_destroy(plan);
	sp_field_read(&row.known.field, &read);
	ck_assert(read.boolean.otherwise);
}
END_TEST

SP_RECORD(inner, (string, code, .otherwise = "EN", .pattern = "^[A-Z]{2}$"));
SP_RECORD(outer, (record(inner), inner), (array(record(inner)), list), (string, host, .format = "ipv4"));

START_TEST(each_allocation_may_fail)
{
	struct sp_record_plan *plan;
	struct sp_error error;
	long count = 0;

	do {
		error.code = SP_OK;
		sp_alloc_fail_after(count++);
		plan = sp_record_plan_create(&outer_record, &error);
		sp_alloc_fail_after(-1);
		ck_assert_msg(plan || error.code == SP_NO_MEMORY, "%ld: %s", count, error.message);
	} while (!plan);
	ck_assert_int_gt(count, 8);
	sp_record_plan_destroy(plan);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(each_mistake_is_refused, .times = sizeof(wrong) / sizeof(wrong[0])),
		TEST(two_fields_of_a_name_are_refused), TEST(too_many_fields_are_refused),
		TEST(a_pointer_is_a_field_by_itself), TEST(a_short_row_has_presets), TEST(a_long_row_is_cut),
		TEST(each_allocation_may_fail) };

	sp_alloc_install();
	return run_suite(&SUITE(cases, "record_plan"));
}
