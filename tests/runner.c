/* runner.c: Check's runner, once for all suites. */
#include "runner.h"

#include <stdlib.h>

enum { USUAL_TIMEOUT = 30 };

static TCase *make_cases(const struct test_suite *suite)
{
	TCase *made = tcase_create(suite->name);

	tcase_add_checked_fixture(made, suite->set_up, suite->tear_down);
	tcase_set_timeout(made, suite->timeout > 0 ? suite->timeout : USUAL_TIMEOUT);
	for (size_t i = 0; i < suite->count; i++) {
		const struct test_case *one = &suite->cases[i];

		if (one->times > 0)
			tcase_add_loop_test(made, one->test, 0, (int)one->times);
		else
			tcase_add_test(made, one->test);
	}
	return made;
}

int run_suite(const struct test_suite *suite)
{
	Suite *all = suite_create(suite->name);
	SRunner *runner = srunner_create(all);
	int failed;

	suite_add_tcase(all, make_cases(suite));
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
