/* check_configuration_path.c: dotted paths. */
#include "configuration_path.h"
#include "runner.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *tree;

static void set_up(void)
{
	tree = json_loads("{\"db\": {\"url\": \"x\", \"hosts\": [{\"port\": 1}, {\"port\": 2}], \"none\": {}},"
			  " \"hosts\": {\"example.com\": {\"port\": 3}}}",
		0, NULL);
	ck_assert_ptr_nonnull(tree);
}

static void tear_down(void)
{
	json_decref(tree);
}

static const struct {
	const char *path;
	sp_status status;
} checks[] = {
	{ "a", SP_OK },
	{ "log.level", SP_OK },
	{ "components.spell-checker.max_words", SP_OK },
	{ "http.hosts.0", SP_OK },
	{ "", SP_INVALID },
	{ ".", SP_INVALID },
	{ "a.", SP_INVALID },
	{ ".a", SP_INVALID },
	{ "a..b", SP_INVALID },
	{ "a b", SP_INVALID },
	{ "a/b", SP_INVALID },
	{ "\xff", SP_INVALID },
	{ "a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a", SP_OK },
	{ "a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a", SP_INVALID },
};

START_TEST(a_path_is_judged)
{
	struct sp_error error = { .code = SP_OK };

	ck_assert_int_eq(configuration_path_check(checks[_i].path, &error), checks[_i].status);
	ck_assert_int_eq(error.code, checks[_i].status);
}
END_TEST

START_TEST(a_path_too_long_is_refused)
{
	char path[CONFIGURATION_PATH_SIZE + 1];

	memset(path, 'a', sizeof(path) - 1);
	path[CONFIGURATION_PATH_SIZE] = '\0';
	ck_assert_int_eq(configuration_path_check(path, NULL), SP_INVALID);
	path[CONFIGURATION_PATH_SIZE - 1] = '\0';
	ck_assert_int_eq(configuration_path_check(path, NULL), SP_OK);
}
END_TEST

static const struct {
	const char *path, *value; /* NULL: nothing there */
	size_t followed;
} values[] = {
	{ "db.url", "\"x\"", 6 },
	{ "db.hosts.1.port", "2", 15 },
	{ "db.hosts.2.port", NULL, 8 },
	{ "db.hosts.x", NULL, 8 },
	{ "db.hosts.1x", NULL, 8 },
	{ "db.hosts.18446744073709551616", NULL, 8 },
	{ "db.url.deeper", NULL, 6 },
	{ "hosts.example.com.port", "3", 22 },
	{ "hosts.example.org", NULL, 5 },
	{ "nothing", NULL, 0 },
	{ "db..url", NULL, 2 },
};

START_TEST(a_path_is_followed)
{
	const json_t *there, *value = configuration_path_get(tree, values[_i].path);
	char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);

	ck_assert_uint_eq(configuration_path_follow(tree, values[_i].path, &there), values[_i].followed);
	ck_assert_ptr_nonnull(there);
	ck_assert_pstr_eq(text, values[_i].value);
	free(text);
}
END_TEST

START_TEST(the_empty_path_is_the_tree)
{
	ck_assert_ptr_eq(configuration_path_get(tree, ""), tree);
}
END_TEST

START_TEST(objects_on_the_way_are_made)
{
	ck_assert_int_eq(configuration_path_set(tree, "a.b.c", json_integer(7), NULL), SP_OK);
	ck_assert_int_eq(json_integer_value(configuration_path_get(tree, "a.b.c")), 7);
	ck_assert_int_eq(configuration_path_set(tree, "a.b", json_true(), NULL), SP_OK);
	ck_assert_ptr_null(configuration_path_get(tree, "a.b.c"));
}
END_TEST

START_TEST(a_value_is_no_object_on_the_way)
{
	struct sp_error error;

	ck_assert_int_eq(configuration_path_set(tree, "db.url.deep.er", json_integer(7), &error), SP_CONFLICT);
	ck_assert_str_eq(error.message, "db.url.deep.er: db.url is set to something that is no object");
}
END_TEST

START_TEST(what_is_unset_leaves_no_empty_objects)
{
	ck_assert_int_eq(configuration_path_set(tree, "a.b.c", json_integer(7), NULL), SP_OK);
	ck_assert_int_eq(configuration_path_set(tree, "a.d", json_integer(8), NULL), SP_OK);
	ck_assert(!configuration_path_unset(tree, "a.b.x"));
	ck_assert(!configuration_path_unset(tree, "a.d.x"));
	ck_assert(configuration_path_unset(tree, "a.b.c"));
	ck_assert_ptr_null(configuration_path_get(tree, "a.b"));
	ck_assert(configuration_path_unset(tree, "a.d"));
	ck_assert_ptr_null(configuration_path_get(tree, "a"));
}
END_TEST

static sp_status collect(void *user, const char *path, const json_t *value)
{
	size_t length = strlen(user);

	snprintf((char *)user + length, 200 - length, "%s:%d ", path, (int)json_typeof(value));
	return strcmp(path, "stop") == 0 ? SP_FAILED : SP_OK;
}

START_TEST(each_leaf_is_told)
{
	char text[200] = "";

	ck_assert_int_eq(configuration_path_each(tree, collect, text), SP_OK);
	ck_assert_str_eq(text, "db.url:2 db.hosts:1 db.none:0 hosts.example.com.port:3 ");
	ck_assert_int_eq(json_object_set_new(tree, "stop", json_null()), 0);
	ck_assert_int_eq(json_object_set_new(tree, "never", json_null()), 0);
	text[0] = '\0';
	ck_assert_int_eq(configuration_path_each(tree, collect, text), SP_FAILED);
	ck_assert_ptr_null(strstr(text, "never"));
}
END_TEST

START_TEST(an_empty_tree_has_no_leaf)
{
	char text[200] = "";

	json_object_clear(tree);
	ck_assert_int_eq(configuration_path_each(tree, collect, text), SP_OK);
	ck_assert_str_eq(text, "");
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_path_is_judged, .times = sizeof(checks) / sizeof(checks[0])),
		TEST(a_path_too_long_is_refused), TEST(a_path_is_followed, .times = sizeof(values) / sizeof(values[0])),
		TEST(the_empty_path_is_the_tree), TEST(objects_on_the_way_are_made),
		TEST(a_value_is_no_object_on_the_way), TEST(what_is_unset_leaves_no_empty_objects),
		TEST(each_leaf_is_told), TEST(an_empty_tree_has_no_leaf) };

	return run_suite(&SUITE(cases, "configuration_path", .set_up = set_up, .tear_down = tear_down));
}
