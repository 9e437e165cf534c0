/* check_shared_text.c: text that grows. links: daemon/shared_text.c daemon/shared_span.c */
#include "shared_text.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static void expect(struct text *text, const char *content)
{
	ck_assert(!text->failed);
	ck_assert_uint_eq(text->size, strlen(content));
	ck_assert_int_eq(memcmp(text->data, content, text->size), 0);
}

START_TEST(pieces_are_added)
{
	struct text text = { 0 };

	text_add_text(&text, "a");
	text_add(&text, "bc", 2);
	text_add(&text, NULL, 0);
	text_add_number(&text, -32700);
	expect(&text, "abc-32700");
	text_finish(&text);
	ck_assert_ptr_null(text.data);
}
END_TEST

START_TEST(a_long_value_is_written_whole)
{
	struct text text = { 0 };
	json_t *array = json_array(), *read;

	for (int i = 0; i < 10000; i++)
		json_array_append_new(array, json_integer(i));
	text_add_text(&text, "[");
	text_add_json(&text, array);
	text_add_text(&text, "]");
	ck_assert(!text.failed);
	read = json_loadb(text.data, text.size, 0, NULL);
	ck_assert(json_equal(json_array_get(read, 0), array));
	json_decref(read);
	json_decref(array);
	text_clear(&text, 16);
	ck_assert_uint_eq(text.capacity, 0);
	text_finish(&text);
}
END_TEST

START_TEST(a_value_that_is_not_there_fails_the_text)
{
	struct text text = { 0 };

	text_add_json(&text, NULL);
	ck_assert(text.failed);
	text_add_text(&text, "more");
	ck_assert_uint_eq(text.size, 0);
	text_clear(&text, 4096);
	ck_assert(!text.failed);
	text_finish(&text);
}
END_TEST

static const struct {
	const char *text, *written;
} strings[] = {
	{ "", "\"\"" },
	{ "plain", "\"plain\"" },
	{ "\"\\\n\x01", "\"\\\"\\\\\\u000a\\u0001\"" },
	{ "\xc3\xa9", "\"\xc3\xa9\"" },
	{ "\xff\xc3", "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
	{ "a\xe2\x82", "\"a\xef\xbf\xbd\xef\xbf\xbd\"" },
};

START_TEST(any_bytes_become_a_json_string)
{
	struct text text = { 0 };

	text_add_string(&text, strings[_i].text);
	expect(&text, strings[_i].written);
	text_finish(&text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("shared_text");
	TCase *cases = tcase_create("text");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(cases, pieces_are_added);
	tcase_add_test(cases, a_long_value_is_written_whole);
	tcase_add_test(cases, a_value_that_is_not_there_fails_the_text);
	tcase_add_loop_test(cases, any_bytes_become_a_json_string, 0, sizeof strings / sizeof strings[0]);
	suite_add_tcase(suite, cases);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
