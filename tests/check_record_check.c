/* check_record_check.c: how faults are told; the constraints themselves are tried in check_record_fill.c. */
#include <check.h>
#include <string.h>

#include "record_plan.h"
#include "runner.h"

static const struct sp_place root = { NULL, "a/b", 0 };
static const struct sp_place item = { &root, NULL, 12 };
static const struct sp_place leaf = { &item, "c~d", 0 };

START_TEST(a_place_is_a_json_pointer)
{
	struct sp_error error = { .message = "" };
	struct sp_faults faults = { .error = &error };

	ck_assert_int_eq(sp_fault_add(&faults, &leaf, "type", "must be %s", "small"), SP_INVALID);
	ck_assert(faults.found);
	ck_assert_str_eq(error.pointer, "/a~1b/12/c~0d");
	ck_assert_str_eq(error.message, "must be small");
	ck_assert_int_eq(sp_fault_add(&faults, NULL, "type", "is wrong"), SP_INVALID);
	ck_assert_str_eq(error.pointer, "");
}
END_TEST

START_TEST(a_long_message_is_cut_between_characters)
{
	struct sp_faults faults = { .all = true };
	char text[1001];
	char *end = text;
	const char *message;

	for (size_t i = 0; i < 500; i++)
		end = stpcpy(end, "\u00e4");
	ck_assert_int_eq(sp_fault_add(&faults, NULL, "type", "%s", text), SP_OK);
	ck_assert_int_eq(sp_fault_add(&faults, NULL, "type", ".%s", text), SP_OK);
	for (size_t i = 0; i < 2; i++) {
		message = json_string_value(json_object_get(json_array_get(faults.list, i), "message"));
		ck_assert_ptr_nonnull(message);
		ck_assert_uint_ge(strlen(message), 390);
	}
	json_decref(faults.list);
}
END_TEST

START_TEST(a_text_is_shown_in_part)
{
	struct sp_field_plan plan = { .row.of.secret = false };
	char buffer[SP_SHOWN_SIZE];

	ck_assert_str_eq(sp_text_shown(&plan, "", buffer), "\"\"");
	ck_assert_str_eq(sp_text_shown(&plan, "a\tb\x7f", buffer), "\"a?b?\"");
	ck_assert_str_eq(sp_text_shown(&plan, "0123456789012345678901234567890123456789", buffer),
		"\"0123456789012345678901234567890123456789\"");
	ck_assert_str_eq(sp_text_shown(&plan, "012345678901234567890123456789012345678\u00e4+", buffer),
		"\"012345678901234567890123456789012345678...\"");
	plan.row.of.secret = true;
	ck_assert_str_eq(sp_text_shown(&plan, "key", buffer), "a text that is secret");
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_place_is_a_json_pointer),
		TEST(a_long_message_is_cut_between_characters), TEST(a_text_is_shown_in_part) };

	return run_suite(&SUITE(cases, "record_check"));
}
