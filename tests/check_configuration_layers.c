/* check_configuration_layers.c: the layers, their order, and how they merge (R-CF-1). */
#include "configuration_layers.h"

#include "configuration_faults.h"
#include "configuration_path.h"
#include "runner.h"
#include "temporary_directory.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct temporary_directory directory;
static struct configuration_sources sources;
static json_t *faults, *values;
static struct configuration_layers *layers;
static char *nothing[] = { NULL };

static void set_up(void)
{
	temporary_directory_init(&directory);
	faults = json_array();
	values = json_object();
	sources = (struct configuration_sources){
		.file = strdup(temporary_path(&directory, "main.json")),
		.drop_in_dir = strdup(temporary_mkdir(&directory, "conf.d")),
		.sets = nothing,
		.environment = nothing,
	};
}

static void tear_down(void)
{
	configuration_layers_destroy(layers);
	layers = NULL;
	free(sources.file);
	free(sources.drop_in_dir);
	json_decref(values);
	json_decref(faults);
	temporary_directory_finish(&directory);
}

static void read_layers(void)
{
	ck_assert_int_eq(configuration_layers_read(&sources, values, faults, &layers), SP_OK);
}

static const struct {
	const char *base, *over, *merged;
} merges[] = {
	{ "{}", "{}", "{}" },
	{ "{\"a\":1}", "{}", "{\"a\":1}" },
	{ "{\"a\":1}", "{\"a\":2,\"b\":3}", "{\"a\":2,\"b\":3}" },
	{ "{\"a\":{\"b\":1,\"c\":2}}", "{\"a\":{\"c\":3,\"d\":4}}", "{\"a\":{\"b\":1,\"c\":3,\"d\":4}}" },
	{ "{\"a\":{\"b\":1}}", "{\"a\":5}", "{\"a\":5}" },
	{ "{\"a\":5}", "{\"a\":{\"b\":1}}", "{\"a\":{\"b\":1}}" },
	{ "{\"a\":[1,2,3]}", "{\"a\":[4]}", "{\"a\":[4]}" },
	{ "{\"a\":{\"b\":1}}", "{\"a\":null}", "{\"a\":null}" },
	{ "{\"a\":{\"b\":1}}", "{\"a\":{}}", "{\"a\":{\"b\":1}}" },
	{ "{\"a\":{\"b\":{\"c\":{\"d\":1}}}}", "{\"a\":{\"b\":{\"c\":{\"e\":2}}}}",
		"{\"a\":{\"b\":{\"c\":{\"d\":1,\"e\":2}}}}" },
};

START_TEST(the_later_wins_and_objects_merge)
{
	json_t *base = json_loads(merges[_i].base, 0, NULL), *over = json_loads(merges[_i].over, 0, NULL);
	json_t *before = json_deep_copy(over), *merged = json_loads(merges[_i].merged, 0, NULL);

	ck_assert_int_eq(configuration_merge(base, over), SP_OK);
	ck_assert(json_equal(base, merged));
	ck_assert(json_equal(over, before));
	json_decref(base);
	json_decref(over);
	json_decref(before);
	json_decref(merged);
}
END_TEST

START_TEST(merging_shares_no_object)
{
	json_t *base = json_object(), *over = json_loads("{\"a\":{\"b\":{}}}", 0, NULL);

	ck_assert_int_eq(configuration_merge(base, over), SP_OK);
	ck_assert_int_eq(configuration_path_set(base, "a.b.c", json_true(), NULL), SP_OK);
	ck_assert_ptr_null(configuration_path_get(over, "a.b.c"));
	json_decref(base);
	json_decref(over);
}
END_TEST

/* Every layer sets what it has in common with the one above, and one thing of its own. */
START_TEST(the_layers_have_an_order)
{
	char *environment[] = { "SIGNALPY_CFG_a__d=4", "SIGNALPY_CFG_a__e=4", NULL };
	char *sets[] = { "a.e=5", "a.f=5", NULL };
	json_t *expected;

	temporary_write(&directory, "main.json", "{\"a\":{\"a\":1,\"b\":1},\"log\":{\"level\":\"debug\"}}");
	temporary_write(&directory, "conf.d/10.json", "{\"a\":{\"b\":2,\"c\":2}}");
	temporary_write(&directory, "conf.d/9.json", "{\"a\":{\"c\":3,\"d\":3}}");
	temporary_write(&directory, "conf.d/.hidden.json", "{");
	temporary_write(&directory, "conf.d/README", "{");
	temporary_write(&directory, "conf.d/x.json~", "{");
	sources.environment = environment;
	sources.sets = sets;
	ck_assert_int_eq(configuration_path_set(values, "a.f", json_integer(6), NULL), SP_OK);
	read_layers();
	ck_assert_uint_eq(json_array_size(faults), 0);
	expected = json_loads("{\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"e\":5,\"f\":6}", 0, NULL);
	ck_assert(json_equal(configuration_path_get(layers->merged, "a"), expected));
	ck_assert_str_eq(json_string_value(configuration_path_get(layers->merged, "log.level")), "debug");
	ck_assert_str_eq(json_string_value(configuration_path_get(layers->merged, "log.format")), "text");
	json_decref(expected);
	expected = configuration_layers_merge_new(layers);
	ck_assert(json_equal(layers->merged, expected));
	json_decref(expected);
}
END_TEST

START_TEST(all_faults_of_all_files_are_told)
{
	temporary_write(&directory, "main.json", "{");
	temporary_write(&directory, "conf.d/a.json", "}");
	temporary_link(&directory, "conf.d/b.json", "nowhere");
	read_layers();
	ck_assert_uint_eq(json_array_size(faults), 3);
	ck_assert_str_eq(configuration_fault_text(json_array_get(faults, 2), "message"),
		"is a link that leads nowhere; remove it, or mend it");
}
END_TEST

START_TEST(a_missing_file_matters_only_when_it_was_asked_for)
{
	read_layers();
	ck_assert_uint_eq(json_array_size(faults), 0);
	configuration_layers_destroy(layers);
	sources.file_required = true;
	read_layers();
	ck_assert_uint_eq(json_array_size(faults), 1);
}
END_TEST

static const struct {
	const char *path, *origin; /* origin: its end */
	size_t length;
} origins[] = {
	{ "log.level", "default", 9 },
	{ "a.b", "main.json", 3 },
	{ "a.c", "run time", 3 },
	{ "a", "run time", 1 },
	{ "a.x", "main.json", 1 }, /* missing: rather a file, which has a line */
	{ "r.x", "run time", 1 },
};

START_TEST(the_origin_of_a_path_is_known)
{
	const struct configuration_layer *layer;
	size_t length;

	temporary_write(&directory, "main.json", "{\"a\":{\"b\":1,\"c\":1}}");
	ck_assert_int_eq(configuration_path_set(values, "a.c", json_integer(6), NULL), SP_OK);
	ck_assert_int_eq(configuration_path_set(values, "r.c", json_integer(6), NULL), SP_OK);
	read_layers();
	layer = configuration_layers_origin(layers, origins[_i].path, &length);
	ck_assert_ptr_nonnull(layer);
	ck_assert_ptr_nonnull(strstr(layer->origin, origins[_i].origin));
	ck_assert_uint_eq(length, origins[_i].length);
}
END_TEST

static void collect(void *user, const char *path)
{
	size_t length = strlen(user);

	snprintf((char *)user + length, 200 - length, "%s ", path);
}

START_TEST(changes_are_counted)
{
	json_t *before = json_loads("{\"a\":{\"b\":1,\"c\":[1],\"d\":2},\"e\":{\"f\":1,\"g\":2},\"h\":1}", 0, NULL);
	json_t *after = json_loads("{\"a\":{\"b\":1,\"c\":[2],\"x\":3},\"e\":9,\"h\":{\"i\":1}}", 0, NULL);
	char told[200] = "";
	size_t count;

	ck_assert_int_eq(configuration_changes(before, after, collect, told, &count), SP_OK);
	ck_assert_str_eq(told, "a.c a.x e h.i a.d e.f e.g ");
	ck_assert_uint_eq(count, 7);
	ck_assert_int_eq(configuration_changes(before, before, NULL, NULL, &count), SP_OK);
	ck_assert_uint_eq(count, 0);
	json_decref(before);
	json_decref(after);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(the_later_wins_and_objects_merge,
						   .times = sizeof(merges) / sizeof(merges[0])),
		TEST(merging_shares_no_object), TEST(the_layers_have_an_order), TEST(all_faults_of_all_files_are_told),
		TEST(a_missing_file_matters_only_when_it_was_asked_for),
		TEST(the_origin_of_a_path_is_known, .times = sizeof(origins) / sizeof(origins[0])),
		TEST(changes_are_counted) };

	return run_suite(&SUITE(cases, "configuration_layers", .set_up = set_up, .tear_down = tear_down));
}
