/* check_shared_span.c: JSON text looked at in place. links: daemon/shared_span.c */
#include "runner.h"
#include "shared_span.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct span span(const char *text)
{
	return (struct span){ text, strlen(text) };
}

/* ---- what is JSON ------------------------------------------------------------------------------------------------ */

static const char *const good[] = { "{}", "[]", " [ ] ", "0", "-0", "-0.5e+10", "1E5", "12", "true", "false", "null",
	"\"\"", "\"\\u0041\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\ud83d\\ude00\"",
	"\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"", "{\"a\":{\"b\":[1,2,{\"c\":null}]},\"d\":[]}",
	"\t{ \"a\" : [ 1 , 2 ] , \"b\" : { } }\r\n" };

START_TEST(json_is_accepted_without_its_space)
{
	size_t wrong = 77;
	struct span found = span_of(span(good[_i]), &wrong);

	ck_assert_uint_gt(found.size, 0);
	ck_assert_uint_eq(wrong, 77);
	ck_assert_ptr_null(memchr(" \t\r\n", found.at[0], 4));
	ck_assert_ptr_null(memchr(" \t\r\n", found.at[found.size - 1], 4));
}
END_TEST

static const struct {
	const char *text;
	size_t wrong;
} bad[] = {
	{ "", 0 },
	{ " ", 1 },
	{ "{", 1 },
	{ "[", 1 },
	{ "}", 0 },
	{ "[1,]", 3 },
	{ "[1 2]", 3 },
	{ "[1}", 2 },
	{ "{\"a\":1]", 6 },
	{ "{\"a\"}", 4 },
	{ "{a:1}", 1 },
	{ "{\"a\":1,}", 7 },
	{ "{\"a\":}", 5 },
	{ "{,}", 1 },
	{ "1 2", 2 },
	{ "01", 1 },
	{ "-", 0 },
	{ "+1", 0 },
	{ "1.", 0 },
	{ ".5", 0 },
	{ "1e", 0 },
	{ "1e+", 0 },
	{ "tru", 0 },
	{ "True", 0 },
	{ "nul", 0 },
	{ "NaN", 0 },
	{ "\"", 0 },
	{ "\"a", 0 },
	{ "\"\n\"", 0 },
	{ "\"\\x\"", 0 },
	{ "\"\\", 0 },
	{ "\"\\u12\"", 0 },
	{ "\"\\u12g4\"", 0 },
	{ "\"\\u0000\"", 0 },
	{ "\"\\ud83d\"", 0 },
	{ "\"\\ude00\"", 0 },
	{ "\"\\ud83d\\u0041\"", 0 },
	{ "\"\\ud83dxx\"", 0 },
	{ "\"\x80\"", 0 },
	{ "\"\xc3\"", 0 },
	{ "\"\xc0\xaf\"", 0 },
	{ "\"\xed\xa0\x80\"", 0 },
	{ "\"\xf4\x90\x80\x80\"", 0 },
	{ "\"\xf8\x88\x80\x80\x80\"", 0 },
	{ "\"\xe2\x82", 0 },
	{ "'a'", 0 },
	{ "[1,/**/2]", 3 },
	{ "\xef\xbb\xbf{}", 0 },
};

START_TEST(anything_else_is_refused_with_its_place)
{
	size_t wrong = 77;

	ck_assert_uint_eq(span_of(span(bad[_i].text), &wrong).size, 0);
	ck_assert_uint_eq(wrong, bad[_i].wrong);
}
END_TEST

START_TEST(zero_bytes_are_refused)
{
	size_t wrong;

	ck_assert_uint_eq(span_of((struct span){ "{}\0", 3 }, &wrong).size, 0);
	ck_assert_uint_eq(span_of((struct span){ "\"a\0b\"", 5 }, &wrong).size, 0);
	ck_assert_uint_eq(span_of((struct span){ "\"\\\0\"", 4 }, &wrong).size, 0);
}
END_TEST

START_TEST(nesting_is_limited)
{
	char text[2 * SPAN_NESTED_MAX + 2];
	size_t wrong;

	memset(text, '[', sizeof text / 2);
	memset(text + sizeof text / 2, ']', sizeof text / 2);
	ck_assert_uint_eq(span_of((struct span){ text, sizeof text }, &wrong).size, 0);
	ck_assert_uint_eq(span_of((struct span){ text + 1, sizeof text - 2 }, &wrong).size, sizeof text - 2);
}
END_TEST

/* ---- walking ----------------------------------------------------------------------------------------------------- */

static void expect_span(struct span found, const char *text)
{
	ck_assert_uint_eq(found.size, strlen(text));
	ck_assert_int_eq(memcmp(found.at, text, found.size), 0);
}

START_TEST(members_are_found_in_order)
{
	struct span_walk walk = span_walk(span("{ \"a\" : [1, {\"x\":\"}\"}] ,\"b\\\"\":\"v\" , \"c\":-1e3}"));
	struct span name, value;

	ck_assert(span_next_member(&walk, &name, &value));
	expect_span(name, "\"a\"");
	expect_span(value, "[1, {\"x\":\"}\"}]");
	ck_assert(span_next_member(&walk, &name, &value));
	expect_span(name, "\"b\\\"\"");
	expect_span(value, "\"v\"");
	ck_assert(span_next_member(&walk, &name, &value));
	expect_span(value, "-1e3");
	ck_assert(!span_next_member(&walk, &name, &value));
}
END_TEST

START_TEST(items_are_found_in_order)
{
	struct span_walk walk = span_walk(span("[ 1 ,[], {\"a\":2} ]"));
	struct span value;

	ck_assert(span_next_item(&walk, &value));
	expect_span(value, "1");
	ck_assert(span_next_item(&walk, &value));
	expect_span(value, "[]");
	ck_assert(span_next_item(&walk, &value));
	expect_span(value, "{\"a\":2}");
	ck_assert(!span_next_item(&walk, &value));
	walk = span_walk(span("[ ]"));
	ck_assert(!span_next_item(&walk, &value));
}
END_TEST

/* ---- strings ----------------------------------------------------------------------------------------------------- */

START_TEST(a_string_is_compared_however_it_is_written)
{
	ck_assert(span_is(span("\"method\""), "method"));
	ck_assert(span_is(span("\"m\\u0065thod\""), "method"));
	ck_assert(!span_is(span("\"methods\""), "method"));
	ck_assert(!span_is(span("\"metho\""), "method"));
	ck_assert(!span_is(span("7"), "7"));
	ck_assert(!span_is((struct span){ NULL, 0 }, ""));
}
END_TEST

START_TEST(a_string_becomes_text)
{
	char buffer[8];
	char *text = span_text(span("\"short\""), buffer, sizeof buffer);

	ck_assert_ptr_eq(text, buffer);
	ck_assert_str_eq(text, "short");
	ck_assert_str_eq(span_text(span("\"a\\n\\u00e9\""), buffer, sizeof buffer), "a\n\xc3\xa9");
	text = span_text(span("\"long text\""), buffer, sizeof buffer);
	ck_assert_ptr_ne(text, buffer);
	ck_assert_str_eq(text, "long text");
	free(text);
	text = span_text(span("\"long\\u0020text\""), buffer, sizeof buffer);
	ck_assert_str_eq(text, "long text");
	free(text);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(json_is_accepted_without_its_space,
						   .times = sizeof good / sizeof good[0]),
		TEST(anything_else_is_refused_with_its_place, .times = sizeof bad / sizeof bad[0]),
		TEST(zero_bytes_are_refused), TEST(nesting_is_limited), TEST(members_are_found_in_order),
		TEST(items_are_found_in_order), TEST(a_string_is_compared_however_it_is_written),
		TEST(a_string_becomes_text) };

	return run_suite(&SUITE(cases, "shared_span"));
}
