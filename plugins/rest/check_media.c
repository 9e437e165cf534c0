/* check_media.c: headers and queries as REST reads them. */
#include "media.h"

#include <check.h>
#include <stdlib.h>

static const struct {
	const char *accept;
	int wanted;
} accepts[] = {
	{ "text/event-stream", 1000 },
	{ "application/json, Text/Event-Stream;q=0.5", 500 },
	{ "text/event-stream ; charset=utf-8", 1000 },
	{ "text/event-stream;x=y ;Q=0.075", 75 },
	{ "text/event-stream;q=0.0019", 1 },
	{ "text/event-stream;q=1.000, text/event-stream;q=0", 1000 },
	{ "text/event-stream;q=much", 1000 },
	{ "*/*", 0 },
	{ "text/event-streams", 0 },
	{ "text/event-stream;q=0", 0 },
	{ "text/event-stream; q=0.000, application/json", 0 },
	{ "", 0 },
	{ NULL, 0 },
};

START_TEST(a_stream_is_asked_for_by_name)
{
	ck_assert_int_eq(rest_wants(accepts[_i].accept, "text/event-stream"), accepts[_i].wanted);
}
END_TEST

START_TEST(tags_are_compared_weakly)
{
	ck_assert(rest_matches("\"a1\"", "\"a1\""));
	ck_assert(rest_matches("\"b\", W/\"a1\"", "\"a1\""));
	ck_assert(rest_matches("*", "\"a1\""));
	ck_assert(!rest_matches("\"b,*\"", "\"a1\""));
	ck_assert(!rest_matches("\"a12\"", "\"a1\""));
	ck_assert(!rest_matches("", "\"a1\""));
	ck_assert(!rest_matches(NULL, "\"a1\""));
}
END_TEST

static const struct {
	const char *query, *value;
	bool taken;
} queries[] = {
	{ "", "", true },
	{ "pattern=orders.*", "orders.*", true },
	{ "a=1&pattern=b+c&d", "b c", true },
	{ "pattern=%6F%72%2f", "or/", true },
	{ "patterns=x", "", true },
	{ "xpattern=x", "", true },
	{ "pattern=%", "", false },
	{ "pattern=%4", "", false },
	{ "pattern=%zz", "", false },
	{ "pattern=a%00b", "", false },
	{ "pattern=0123456789", "", false },
	{ "pattern=012345678", "012345678", true },
};

START_TEST(parameters_are_decoded)
{
	char value[10];

	ck_assert(rest_query(queries[_i].query, "pattern", value, sizeof value) == queries[_i].taken);
	ck_assert_str_eq(value, queries[_i].value);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("media");
	TCase *tests = tcase_create("media");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tests, a_stream_is_asked_for_by_name, 0, sizeof accepts / sizeof accepts[0]);
	tcase_add_test(tests, tags_are_compared_weakly);
	tcase_add_loop_test(tests, parameters_are_decoded, 0, sizeof queries / sizeof queries[0]);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
