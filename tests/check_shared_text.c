/* check_shared_text.c: text that grows. links: daemon/shared_text.c daemon/shared_span.c */
#include "runner.h"
#include "shared_text.h"

#include <check.h>
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
	const struct test_case cases[] = { TEST(pieces_are_added), TEST(a_long_value_is_written_whole),
		TEST(a_value_that_is_not_there_fails_the_text),
		TEST(any_bytes_become_a_json_string, .times = sizeof strings / sizeof strings[0]) };

	return run_suite(&SUITE(cases, "shared_text"));
}
