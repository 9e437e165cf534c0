/*
 * check_http_patterns.c: paths as they are mounted.
 * links: plugins/http/patterns.c */
#include "../plugins/http/patterns.h"
#include "runner.h"

#include <check.h>
#include <string.h>

static const struct {
	const char *pattern;
	bool right;
} patterns[] = {
	{ "/", true },
	{ "/a", true },
	{ "/a/", true },
	{ "/{x}", true },
	{ "/a/{x}/b/{y}/", true },
	{ "", false },
	{ "a", false },
	{ "/{}", false },
	{ "/{x", false },
	{ "/a{x}", false },
	{ "/{x}a", false },
	{ "/{x{y}}", false },
	{ "/{x/y}", false },
};

START_TEST(a_pattern_has_whole_parts)
{
	ck_assert_msg(http_is_pattern(patterns[_i].pattern) == patterns[_i].right, "%s", patterns[_i].pattern);
}
END_TEST

static const struct {
	const char *pattern, *path;
	bool fits;
} paths[] = {
	{ "/a", "/a", true },
	{ "/a", "/a/", false },
	{ "/a", "/ab", false },
	{ "/ab", "/a", false },
	{ "/a/", "/a/", true },
	{ "/a/", "/a/b/c", true },
	{ "/a/", "/a", false },
	{ "/", "/anything", true },
	{ "/{x}", "/one", true },
	{ "/{x}", "/", false },
	{ "/{x}", "/one/two", false },
	{ "/{x}/", "/one/two", true },
	{ "/{x}/b", "/a/b", true },
	{ "/{x}/b", "/a/c", false },
	{ "/a/{x}/{y}", "/a/1/2", true },
	{ "/a/{x}/{y}", "/a//2", false },
};

START_TEST(a_part_stands_for_one_segment)
{
	ck_assert_msg(http_pattern_fits(paths[_i].pattern, paths[_i].path) == paths[_i].fits, "%s %s",
		paths[_i].pattern, paths[_i].path);
}
END_TEST

START_TEST(names_of_parts_do_not_tell_paths_apart)
{
	ck_assert(http_same_pattern("/a/{x}", "/a/{other}"));
	ck_assert(http_same_pattern("/{x}/b/", "/{y}/b/"));
	ck_assert(!http_same_pattern("/a/{x}", "/a/{x}/"));
	ck_assert(!http_same_pattern("/a/{x}", "/b/{x}"));
	ck_assert(!http_same_pattern("/a", "/a/b"));
}
END_TEST

START_TEST(what_is_told_more_exactly_is_heavier)
{
	ck_assert_uint_gt(http_pattern_weight("/shelf/list"), http_pattern_weight("/shelf/{name}"));
	ck_assert_uint_gt(http_pattern_weight("/shelf/{name}"), http_pattern_weight("/shelf/"));
	ck_assert_uint_gt(http_pattern_weight("/shelf/"), http_pattern_weight("/"));
	ck_assert_uint_gt(http_pattern_weight("/{a}/{b}"), http_pattern_weight("/{a}"));
}
END_TEST

static void has_part(const char *pattern, const char *path, const char *name, const char *text)
{
	sp_bytes part = http_path_part(pattern, path, name);

	ck_assert_uint_eq(part.size, strlen(text));
	ck_assert_int_eq(memcmp(part.data, text, part.size), 0);
}

START_TEST(parts_are_found_by_name)
{
	has_part("/a/{x}/b/{longer}", "/a/one/b/two", "x", "one");
	has_part("/a/{x}/b/{longer}", "/a/one/b/two", "longer", "two");
	has_part("/{x}/", "/one/two/three", "x", "one");
	ck_assert_ptr_null(http_path_part("/a/{x}", "/a/one", "y").data);
	ck_assert_ptr_null(http_path_part("/a/{long}", "/a/one", "lo").data);
	ck_assert_ptr_null(http_path_part("/a/", "/a/one", "x").data);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_pattern_has_whole_parts, .times = sizeof patterns / sizeof *patterns),
		TEST(a_part_stands_for_one_segment, .times = sizeof paths / sizeof *paths),
		TEST(names_of_parts_do_not_tell_paths_apart), TEST(what_is_told_more_exactly_is_heavier),
		TEST(parts_are_found_by_name) };

	return run_suite(&SUITE(cases, "http patterns"));
}
