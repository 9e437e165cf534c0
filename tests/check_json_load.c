/* check_json_load.c: JSON is read, or refused, exactly as jansson reads or refuses it. */
#include "runner.h"

#include <signalpy/record.h>
#include <stdlib.h>
#include <string.h>

/* The copy has exactly the bytes, so that one read too far is seen. */
static void expect_alike(const char *text, size_t size, size_t flags)
{
	json_error_t own_error = { .line = 0 }, error = { .line = 0 };
	char *exact = malloc(size ? size : 1);
	json_t *own, *value;

	memcpy(exact, text, size);
	own = sp_json_load((sp_bytes){ exact, size }, flags, &own_error);
	value = json_loadb(exact, size, flags, &error);
	free(exact);
	ck_assert_msg(!own == !value, "%.*s is read by one alone", (int)size, text);
	if (value)
		ck_assert_msg(json_equal(own, value), "%.*s is read otherwise", (int)size, text);
	else
		ck_assert_str_eq(own_error.text, error.text);
	json_decref(own);
	json_decref(value);
}

static const char *const texts[] = { "{}", "[]", " [ ] ", "{ }", "", " ", "{\"a\":1}",
	" { \"a\" : 1 , \"b\" : [ 1 , 2 ] } ", "{\"a\":{\"b\":{\"c\":[{},[],null,true,false]}}}",
	"[0,-1,10,123456789012345678,-123456789012345678]", "[1234567890123456789]", "[99999999999999999999999]",
	"[-0]", "[00]", "[01]", "[-]", "[1.5]", "[1e3]", "[1E3]", "[1.]", "[.5]", "[+1]", "[1 2]", "[1,]", "[,1]",
	"{\"a\":1,}", "{,}", "{\"a\"}", "{\"a\":}", "{a:1}", "{1:2}", "{\"a\":1,\"a\":2}", "{\"a\":{\"a\":1,\"a\":2}}",
	"[\"plain\",\"\\u00e9\\n\\\"\",\"\xc3\xa9\",\"\xff\"]", "{\"\xc3\xa9\":1}", "{\"\xff\":1}", "{\"\\u0061\":1}",
	"[\"\x01\"]", "[\"\x7f\"]", "[\"tab\there\"]", "[\"open", "[\"", "[", "{", "{\"a\"", "{\"a\":", "{\"a\":1",
	"[tru", "[true", "[truely]", "[nul]", "[nullnull]", "[falsetrue]", "]", "}", "[]]", "{}{}", "[1]x", "1",
	"\"text\"", "true", "null", "-5", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}", "{\"\":\"\"}", "[\"\"]",
	"\xef\xbb\xbf{}", "[1\t,\r\n2]" };

START_TEST(everything_is_read_alike)
{
	static const size_t flags[] = { 0, JSON_REJECT_DUPLICATES, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES };

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		for (size_t f = 0; f < sizeof flags / sizeof flags[0]; f++)
			for (size_t size = 0; size <= strlen(texts[i]); size++)
				expect_alike(texts[i], size, flags[f]);
	expect_alike("[\"a\0b\"]", 7, 0);
	expect_alike("[1]\0", 4, 0);
}
END_TEST

START_TEST(depth_is_judged_alike)
{
	static const size_t depths[] = { 31, 32, 33, 2048, 2049, 100000 };

	for (size_t i = 0; i < sizeof depths / sizeof depths[0]; i++) {
		size_t depth = depths[i];
		char *text = malloc(2 * depth);

		memset(text, '[', depth);
		memset(text + depth, ']', depth);
		expect_alike(text, 2 * depth, 0);
		expect_alike(text, 2 * depth - 1, 0);
		free(text);
	}
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(everything_is_read_alike), TEST(depth_is_judged_alike) };

	return run_suite(&SUITE(cases, "json load"));
}
