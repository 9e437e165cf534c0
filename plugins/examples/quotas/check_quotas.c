/* check_quotas.c: what one consumer uses up the other still has. */
#include <check.h>
#include <signalpy/component.h>
#include <signalpy/testing.h>
#include <stdlib.h>

extern const struct sp_plugin signalpy_plugin;

/* What is left after one more was sent; -1 when it was refused. */
static int64_t send_one(sp_testing *testing, const char *address)
{
	json_t *answer = sp_testing_call_new(testing, address, NULL);
	const json_t *left = json_object_get(json_object_get(answer, "data"), "left");
	int64_t number = left ? json_integer_value(left) : -1;

	ck_assert_ptr_nonnull(answer);
	json_decref(answer);
	return number;
}

START_TEST(everybody_has_a_quota)
{
	sp_testing *testing = sp_testing_create("{\"components\": {\"quotas\": {\"per_minute\": 2}}}");

	ck_assert_ptr_nonnull(sp_testing_add(testing, &signalpy_plugin, NULL));
	ck_assert_int_eq(send_one(testing, "postcards.send"), 1);
	ck_assert_int_eq(send_one(testing, "postcards.send"), 0);
	ck_assert_int_eq(send_one(testing, "postcards.send"), -1);
	ck_assert_int_eq(send_one(testing, "parcels.send"), 1);
	sp_testing_advance(testing, 60000);
	ck_assert_int_eq(send_one(testing, "postcards.send"), 1);
	ck_assert_int_eq(sp_testing_set(testing, "components.quotas.per_minute", "5"), SP_OK);
	ck_assert_int_eq(send_one(testing, "postcards.send"), 3);
	sp_testing_destroy(testing);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("quotas");
	Suite *suite = suite_create("quotas");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tests, everybody_has_a_quota);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
