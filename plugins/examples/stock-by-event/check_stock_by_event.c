/* check_stock_by_event.c: by events: publish what happened, and collect what was told. */
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

/* What was published then by the plugin; what the test itself published stands before it. */
static const char *tell(const char *type, json_t *count)
{
	sp_testing_events(testing, true);
	ck_assert_int_eq(sp_kernel_publish(sp_testing_kernel(testing), type, json_pack("{s:o}", "count", count)),
		SP_OK);
	sp_testing_turn(testing);
	return sp_testing_events(testing, true);
}

START_TEST(low_is_told_each_time_it_gets_there)
{
	ck_assert_str_eq(tell("stock.taken", json_integer(6)), "stock.taken {\"count\":6}\n");
	ck_assert_str_eq(tell("stock.taken", json_integer(2)), "stock.taken {\"count\":2}\nstock.low {\"left\":2}\n");
	ck_assert_str_eq(tell("stock.taken", json_integer(1)), "stock.taken {\"count\":1}\n");
	ck_assert_str_eq(tell("stock.filled", json_integer(5)), "stock.filled {\"count\":5}\n");
	ck_assert_str_eq(tell("stock.taken", json_integer(3)), "stock.taken {\"count\":3}\nstock.low {\"left\":3}\n");
}
END_TEST

/* Who published it has gone on; what could not be taken in is kept as a dead letter. */
START_TEST(what_makes_no_sense_becomes_a_dead_letter)
{
	json_t *letters;

	tell("stock.taken", json_string("many"));
	letters = sp_kernel_dead_letters_new(sp_testing_kernel(testing));
	ck_assert_uint_eq(json_array_size(letters), 1);
	json_decref(letters);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stock-by-event");
	TCase *all = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(all, begin, end);
	tcase_add_test(all, low_is_told_each_time_it_gets_there);
	tcase_add_test(all, what_makes_no_sense_becomes_a_dead_letter);
	suite_add_tcase(suite, all);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
