/* check_stock_by_signal.c: the reactive way: change a value, and see what followed. */
#include <check.h>
#include <signalpy/testing.h>
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

static void take(const char *params)
{
	json_t *answer = sp_testing_call_new(testing, "stock-by-signal.take", params);

	ck_assert(json_is_true(json_object_get(answer, "ok")));
	json_decref(answer);
}

static const char warning[] = "warning stock-by-signal: it is time to order more\n";

START_TEST(it_warns_once)
{
	take("{\"count\":6}");
	ck_assert_str_eq(sp_testing_log(testing, true), "");
	take("{}");
	ck_assert_str_eq(sp_testing_log(testing, true), warning);
	take("{}");
	ck_assert_str_eq(sp_testing_log(testing, true), "");
}
END_TEST

/* Nothing was called: the setting is a value as any other. */
START_TEST(a_setting_that_changes_is_enough)
{
	ck_assert_int_eq(sp_testing_set(testing, "components.stock-by-signal.low", "10"), SP_OK);
	ck_assert_str_eq(sp_testing_log(testing, true), warning);
	ck_assert_int_eq(sp_testing_set(testing, "components.stock-by-signal.low", "12"), SP_OK);
	ck_assert_str_eq(sp_testing_log(testing, true), "");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stock-by-signal");
	TCase *all = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(all, begin, end);
	tcase_add_test(all, it_warns_once);
	tcase_add_test(all, a_setting_that_changes_is_enough);
	suite_add_tcase(suite, all);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
