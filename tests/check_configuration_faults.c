/* check_configuration_faults.c: faults as json and as text. */
#include "configuration_faults.h"
#include "runner.h"

#include <check.h>
#include <string.h>

static json_t *faults;

static void set_up(void)
{
	faults = json_array();
}

static void tear_down(void)
{
	json_decref(faults);
}

START_TEST(a_fault_is_a_line)
{
	struct configuration_place place = { true, "/etc/a.json", { 3, 9 }, "log.level" };
	char text[200];

	ck_assert_int_eq(configuration_fault_add(faults, &place, "must be %d", 7), SP_OK);
	configuration_fault_write(json_array_get(faults, 0), text, sizeof(text));
	ck_assert_str_eq(text, "/etc/a.json:3:9: log.level: must be 7");
	place = (struct configuration_place){ .origin = "environment" };
	ck_assert_int_eq(configuration_fault_add(faults, &place, "wrong"), SP_OK);
	configuration_fault_write(json_array_get(faults, 1), text, sizeof(text));
	ck_assert_str_eq(text, "environment: wrong");
}
END_TEST

START_TEST(a_fault_is_json)
{
	struct configuration_place place = { true, "/etc/a.json", { 3, 9 }, "log.level" };
	json_t *expected = json_pack("[{s:s, s:i, s:i, s:s, s:s}]", "file", "/etc/a.json", "line", 3, "column", 9,
		"path", "log.level", "message", "wrong");

	ck_assert_int_eq(configuration_fault_add(faults, &place, "wrong"), SP_OK);
	ck_assert(json_equal(faults, expected));
	json_decref(expected);
}
END_TEST

START_TEST(an_error_tells_the_first)
{
	struct configuration_place place = { true, "/etc/a.json", { 3, 9 }, "log.level" };
	struct sp_error error;

	ck_assert_int_eq(configuration_fault_add(faults, &place, "wrong"), SP_OK);
	ck_assert_int_eq(configuration_fault_error(faults, NULL), SP_INVALID);
	ck_assert_int_eq(configuration_fault_error(faults, &error), SP_INVALID);
	ck_assert_str_eq(error.message, "/etc/a.json:3:9: log.level: wrong");
	ck_assert_str_eq(error.pointer, "log.level");
	ck_assert_uint_eq(error.line, 3);
	ck_assert_uint_eq(error.column, 9);
	ck_assert_int_eq(configuration_fault_add(faults, &place, "wrong"), SP_OK);
	ck_assert_int_eq(configuration_fault_add(faults, &place, "wrong"), SP_OK);
	configuration_fault_error(faults, &error);
	ck_assert_str_eq(error.message, "/etc/a.json:3:9: log.level: wrong (and 2 more)");
}
END_TEST

START_TEST(bytes_that_are_no_text_are_shown_all_the_same)
{
	struct configuration_place place = { true, "/etc/\xff.json", { 0, 0 }, "\xfe" };
	char text[200];

	ck_assert_int_eq(configuration_fault_add(faults, &place, "\xfd is wrong"), SP_OK);
	configuration_fault_write(json_array_get(faults, 0), text, sizeof(text));
	ck_assert_str_eq(text, "/etc/?.json: ?: ? is wrong");
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_fault_is_a_line), TEST(a_fault_is_json),
		TEST(an_error_tells_the_first), TEST(bytes_that_are_no_text_are_shown_all_the_same) };

	return run_suite(&SUITE(cases, "configuration_faults", .set_up = set_up, .tear_down = tear_down));
}
