/* check_faults.c: lists of what is wrong. */
#include "faults.h"

#include "alloc.h"
#include "graph_kit.h"

START_TEST(a_fault_says_where_and_what)
{
	json_t *faults = json_array(), *expected;

	ck_assert_int_eq(fault_tell(faults, json_string("policy.ada"), "ada", "type", "must be an object"), SP_INVALID);
	ck_assert_int_eq(fault_note(faults, "port", "unknown", "is unknown"), SP_OK);
	expected = json_pack("[{s:s, s:s, s:s, s:s, s:s}, {s:s, s:s, s:s}]", "path", "policy.ada", "pointer", "",
		"rule", "type", "message", "must be an object", "instance", "ada", "pointer", "/port", "rule",
		"unknown", "message", "is unknown");
	ck_assert(json_equal(faults, expected));
	json_decref(expected);
	json_decref(faults);
}
END_TEST

START_TEST(nobody_need_want_to_know)
{
	ck_assert_int_eq(fault_tell(NULL, json_string("policy"), "", "type", "must be an object"), SP_INVALID);
}
END_TEST

START_TEST(memory_may_end)
{
	json_t *faults = json_array();
	long allowed = 0;
	sp_status status;

	ck_assert_int_eq(fault_tell(faults, NULL, "ada", "type", "must be an object"), SP_NO_MEMORY);
	do {
		sp_alloc_fail_after(allowed++);
		status = fault_note(faults, "port", "unknown", "is unknown");
		sp_alloc_fail_after(-1);
		ck_assert(status == SP_OK || status == SP_NO_MEMORY);
	} while (status != SP_OK);
	ck_assert_int_gt(allowed, 1);
	ck_assert_uint_eq(json_array_size(faults), 1);
	json_decref(faults);
}
END_TEST

START_TEST(judging_goes_on_while_there_is_memory)
{
	sp_status worst = SP_OK;

	ck_assert(fault_goes_on(SP_OK, &worst));
	ck_assert_int_eq(worst, SP_OK);
	ck_assert(fault_goes_on(SP_INVALID, &worst));
	ck_assert(fault_goes_on(SP_OK, &worst));
	ck_assert_int_eq(worst, SP_INVALID);
	ck_assert(!fault_goes_on(SP_NO_MEMORY, &worst));
	ck_assert_int_eq(worst, SP_NO_MEMORY);
}
END_TEST

START_TEST(the_first_becomes_an_error)
{
	json_t *faults = json_array();
	struct sp_error error = { 0 };

	fault_note(faults, "port", "unknown", "is unknown");
	fault_note(faults, "host", "type", "must be a string");
	fault_take_first(faults, &error);
	ck_assert_int_eq(error.code, SP_INVALID);
	ck_assert_str_eq(error.message, "is unknown");
	ck_assert_str_eq(error.pointer, "/port");
	fault_take_first(json_array(), NULL);
}
END_TEST

int main(void)
{
	const TTest *const cases[] = { a_fault_says_where_and_what, nobody_need_want_to_know, memory_may_end,
		judging_goes_on_while_there_is_memory, the_first_becomes_an_error };

	sp_alloc_install();
	return kit_run("faults", cases, sizeof cases / sizeof cases[0]);
}
