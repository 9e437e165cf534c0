/* check_configuration_position.c: where a path stands in a text. */
#include "configuration_position.h"
#include "runner.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const char text[] = "{\n"
			   "\t\"log\": { \"level\": \"in{fo\\\"\" },\n"
			   "\t\"\\u0068ttp\": {\n"
			   "\t\t\"listen\": [ \"ü\", [1, 2], { \"port\" : 80 } ]\n"
			   "\t},\n"
			   "\t\"hosts\": { \"example.com\": true, \"example\": { \"org\": false } }\n"
			   "}\n";

static const struct {
	const char *path;
	bool of_name;
	size_t followed;
	unsigned line, column;
} places[] = {
	{ "", false, 0, 1, 1 },
	{ "log", false, 3, 2, 9 },
	{ "log", true, 3, 2, 2 },
	{ "log.level", false, 9, 2, 20 },
	{ "log.level", true, 9, 2, 11 },
	{ "log.levle", false, 3, 2, 9 },
	{ "log.levle", true, 3, 2, 9 },
	{ "http.listen", false, 11, 4, 13 },
	{ "http.listen.0", false, 13, 4, 15 },
	{ "http.listen.1.1", false, 15, 4, 24 },
	{ "http.listen.2.port", false, 18, 4, 39 },
	{ "http.listen.2.port", true, 18, 4, 30 },
	{ "http.listen.3", false, 11, 4, 13 },
	{ "http.listen.x", false, 11, 4, 13 },
	{ "http.listen.1111111111", false, 11, 4, 13 },
	{ "hosts.example.com", false, 13, 6, 45 },
	{ "hosts.example.org", false, 17, 6, 54 },
	{ "absent", false, 0, 1, 1 },
};

START_TEST(a_path_is_found)
{
	struct configuration_position position;
	size_t followed =
		configuration_position_find(text, sizeof(text) - 1, places[_i].path, places[_i].of_name, &position);

	ck_assert_uint_eq(followed, places[_i].followed);
	ck_assert_uint_eq(position.line, places[_i].line);
	ck_assert_uint_eq(position.column, places[_i].column);
}
END_TEST

START_TEST(columns_count_characters)
{
	struct configuration_position position;

	configuration_position_at("aü\nüx", 8, 6, &position);
	ck_assert_uint_eq(position.line, 2);
	ck_assert_uint_eq(position.column, 2);
	configuration_position_at("ab", 2, 99, &position);
	ck_assert_uint_eq(position.line, 1);
	ck_assert_uint_eq(position.column, 3);
}
END_TEST

/* A text that was cut anywhere, or is no JSON at all, is answered somehow, and never read beyond its end. */
START_TEST(any_text_is_safe)
{
	static const char *const paths[] = { "log.level", "http.listen.2.port", "hosts.example.org" };
	struct configuration_position position;

	for (size_t size = 0; size < sizeof(text); size++) {
		char *copy = malloc(size + 1);

		ck_assert_ptr_nonnull(copy);
		memcpy(copy + 1, text, size);
		for (size_t i = 0; i < 3; i++)
			configuration_position_find(copy + 1, size, paths[i], true, &position);
		free(copy);
	}
	ck_assert_uint_eq(configuration_position_find("{\"a\" 1}", 7, "a", false, &position), 0);
	ck_assert_uint_eq(configuration_position_find("{a:1}", 5, "a", false, &position), 0);
	ck_assert_uint_eq(configuration_position_find("{\"\\u\":1}", 8, "u", false, &position), 0);
	ck_assert_uint_eq(configuration_position_find("]]]]", 4, "0", false, &position), 0);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_path_is_found, .times = sizeof(places) / sizeof(places[0])),
		TEST(columns_count_characters), TEST(any_text_is_safe) };

	return run_suite(&SUITE(cases, "configuration_position"));
}
