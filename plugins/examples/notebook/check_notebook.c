/* check_notebook.c: the example with the storage of the testing kit, which is in memory and fails when it shall. */
#include <check.h>
#include <signalpy/component.h>
#include <signalpy/testing.h>
#include <stdlib.h>
#include <string.h>

extern const struct sp_plugin signalpy_plugin;

static sp_testing *begin(void)
{
	sp_testing *testing = sp_testing_create(NULL);

	ck_assert_ptr_nonnull(testing);
	ck_assert_ptr_nonnull(sp_testing_add(testing, &signalpy_plugin, NULL));
	return testing;
}

/* What a call answers, as text, until the next. */
static const char *ask(sp_testing *testing, const char *address, const char *params)
{
	static char text[512];
	json_t *answer = sp_testing_call_new(testing, address, params);
	const json_t *error = json_object_get(answer, "error");
	char *written = json_dumps(error ? json_object_get(error, "message") : json_object_get(answer, "data"),
		JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS);

	snprintf(text, sizeof text, "%s", written ? written : "");
	free(written);
	json_decref(answer);
	return text;
}

START_TEST(a_note_is_kept_until_it_is_removed)
{
	sp_testing *testing = begin();

	ck_assert_str_eq(ask(testing, "notebook.write", "{\"title\":\"milk\",\"text\":\"two\"}"), "{}");
	ck_assert_str_eq(ask(testing, "notebook.write", "{\"title\":\"bread\"}"), "{}");
	ck_assert_str_eq(sp_testing_stored(testing, "notebook", "milk"), "two");
	ck_assert_str_eq(ask(testing, "notebook.read", "{\"title\":\"milk\"}"),
		"{\"text\":\"two\",\"title\":\"milk\"}");
	ck_assert_str_eq(ask(testing, "notebook.list", "{}"), "{\"titles\":[\"bread\",\"milk\"]}");
	ck_assert_str_eq(ask(testing, "notebook.list", "{\"start\":\"mi\"}"), "{\"titles\":[\"milk\"]}");
	ck_assert_str_eq(ask(testing, "notebook.remove", "{\"title\":\"milk\"}"), "{}");
	ck_assert_str_eq(ask(testing, "notebook.read", "{\"title\":\"milk\"}"), "\"nothing is stored under this key\"");
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(a_failure_of_the_storage_is_told)
{
	sp_testing *testing = begin();

	sp_testing_fail_storage(testing, SP_UNAVAILABLE, 1);
	ck_assert_str_eq(ask(testing, "notebook.write", "{\"title\":\"milk\"}"),
		"\"the test wants the storage to fail\"");
	ck_assert_str_eq(ask(testing, "notebook.list", "{}"), "{\"titles\":[]}");
	sp_testing_destroy(testing);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("notebook");
	Suite *suite = suite_create("notebook");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tests, a_note_is_kept_until_it_is_removed);
	tcase_add_test(tests, a_failure_of_the_storage_is_told);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
