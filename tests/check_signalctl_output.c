/* check_signalctl_output.c: text for people. links: daemon */
#include "runner.h"
#include "signalctl_output.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static char *text;
static size_t size;
static FILE *out;

static void open_text(void)
{
	out = open_memstream(&text, &size);
	ck_assert_ptr_nonnull(out);
}

static void expect(const char *expected)
{
	fclose(out);
	ck_assert_str_eq(text, expected);
	free(text);
}

static json_t *read_new(const char *json)
{
	json_t *value = json_loads(json, JSON_DECODE_ANY, NULL);

	ck_assert_ptr_nonnull(value);
	return value;
}

/* What is shown must not command the terminal. */
START_TEST(control_characters_are_made_visible)
{
	output_text(out, "a\033[2J\nb\x7f\xc2\x9b\xff\xc3\xa9");
	expect("a\\x1b[2J\\x0ab\\x7f\\x9b\\xff\xc3\xa9");
}
END_TEST

START_TEST(there_are_no_colours_where_there_is_no_terminal)
{
	FILE *file = tmpfile();

	ck_assert(!output_has_colours(file));
	fclose(file);
	output_coloured(out, COLOUR_NONE, "plain");
	expect("plain");
}
END_TEST

static const struct {
	const char *json, *tree;
} trees[] = {
	{ "{\"message\":\"Hello, Ada!\"}", "message: Hello, Ada!\n" },
	{ "{}", "{}\n" },
	{ "[]", "[]\n" },
	{ "5", "5\n" },
	{ "{\"a\":null,\"b\":true,\"c\":0.1,\"d\":[],\"e\":{}}", "a: \nb: true\nc: 0.1\nd: []\ne: {}\n" },
	{ "{\"a\":[1,\"x\"],\"b\":{\"c\":{\"d\":1}}}", "a: 1, x\nb:\n  c:\n    d: 1\n" },
	{ "[{\"a\":1,\"b\":2},[3]]", "-\n  a: 1\n  b: 2\n- 3\n" },
};

START_TEST(a_value_is_written_as_a_tree)
{
	json_t *value = read_new(trees[_i].json);

	output_tree(out, value);
	json_decref(value);
	expect(trees[_i].tree);
}
END_TEST

static const struct {
	json_int_t milliseconds;
	const char *age;
} ages[] = { { 0, "0s" }, { 59999, "59s" }, { 60000, "1m" }, { 3599999, "59m" }, { 7200000, "2h" },
	{ 259200000, "3d" } };

START_TEST(an_age_is_short)
{
	json_t *milliseconds = json_integer(ages[_i].milliseconds);
	json_t *age = age_new(milliseconds);

	output_value(out, age);
	json_decref(age);
	json_decref(milliseconds);
	expect(ages[_i].age);
}
END_TEST

START_TEST(a_time_is_of_here)
{
	json_t *milliseconds = json_integer(1700000000999);
	json_t *time;

	setenv("TZ", "XYZ-2", 1);
	tzset();
	time = time_new(milliseconds);
	output_value(out, time);
	json_decref(time);
	json_decref(milliseconds);
	expect("2023-11-15 00:13:20");
}
END_TEST

START_TEST(names_stand_on_one_line)
{
	json_t *array = read_new("[\"a\",\"a\",{\"contract\":\"IB/1\"},{},7]");
	json_t *names = names_new(array, "contract");

	output_value(out, names);
	json_decref(names);
	json_decref(array);
	expect("a, IB/1, , ?");
}
END_TEST

START_TEST(what_is_missing_is_empty)
{
	json_t *age = age_new(NULL), *time = time_new(NULL), *names = names_new(NULL, "a");

	ck_assert_str_eq(json_string_value(time), "");
	json_decref(time);
	ck_assert_str_eq(json_string_value(age), "");
	ck_assert_str_eq(json_string_value(names), "");
	ck_assert_str_eq(member_text(NULL, "a"), "");
	json_decref(age);
	json_decref(names);
	output_value(out, NULL);
	expect("");
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(control_characters_are_made_visible),
		TEST(there_are_no_colours_where_there_is_no_terminal),
		TEST(a_value_is_written_as_a_tree, .times = sizeof trees / sizeof trees[0]),
		TEST(an_age_is_short, .times = sizeof ages / sizeof ages[0]), TEST(a_time_is_of_here),
		TEST(names_stand_on_one_line), TEST(what_is_missing_is_empty) };

	return run_suite(&SUITE(cases, "signalctl_output", .set_up = open_text));
}
