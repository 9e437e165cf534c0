/* check_stock_by_call.c: the minimal kernel: one plugin, and calls. */
#include <check.h>
#include <signalpy/testing.h>
#include <stdio.h>
#include <stdlib.h>

extern const struct sp_plugin signalpy_plugin;

static sp_testing *testing;

static void begin(void)
{
	testing = sp_testing_create(NULL);
	ck_assert_ptr_nonnull(testing);
	ck_assert_ptr_nonnull(sp_testing_add(testing, &signalpy_plugin, NULL));
}

static void end(void)
{
	sp_testing_destroy(testing);
}

/* Answers data.left, or -1 when the call failed. */
static int64_t take(int count, bool *ret_is_low)
{
	char params[32];
	json_t *answer, *data;
	int64_t left = -1;

	snprintf(params, sizeof params, "{\"count\":%d}", count);
	answer = sp_testing_call_new(testing, "stock-by-call.take", params);
	data = json_object_get(answer, "data");
	if (data)
		left = json_integer_value(json_object_get(data, "left"));
	*ret_is_low = json_is_true(json_object_get(data, "is_low"));
	json_decref(answer);
	return left;
}

START_TEST(who_takes_is_told_what_is_left)
{
	bool is_low;

	ck_assert_int_eq(take(6, &is_low), 4);
	ck_assert(!is_low);
	ck_assert_int_eq(take(1, &is_low), 3);
	ck_assert(is_low);
}
END_TEST

START_TEST(nobody_takes_more_than_there_is)
{
	bool is_low;

	ck_assert_int_eq(take(11, &is_low), -1);
	ck_assert_int_eq(take(10, &is_low), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stock-by-call");
	TCase *all = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(all, begin, end);
	tcase_add_test(all, who_takes_is_told_what_is_left);
	tcase_add_test(all, nobody_takes_more_than_there_is);
	suite_add_tcase(suite, all);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
