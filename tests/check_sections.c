/* check_sections.c: settings and properties, spread over slots, one for each leaf (R-CF-4). */
#include "kernel_kit.h"
#include "model.h"
#include "sections.h"
#include "voices.h"

#include <stdlib.h>

SP_CHOICE(level, low, high);
SP_RECORD(limits, (integer, most, .otherwise = 10, .min = 1), (integer, least));
SP_RECORD(server, (string, host, .otherwise = "localhost"), (record(limits), limits), (choice(level), level),
	(array(string), names), (any, extra), (string, password, .secret = true));

/* clang-format off */
SP_COMPONENT(front,
	(settings, server, settings, .at = "web.front"),
	(effect, follow_host),
	(effect, follow_most),
	(effect, follow_names),
	(effect, follow_extra));
SP_COMPONENT(usual, (settings, limits, settings), (runnable, show, nothing, number));
/* clang-format on */

static sp_status front_follow_host(struct front *self)
{
	diary_add("host:%s", sp_get(self->settings.host));
	return SP_OK;
}

static sp_status front_follow_most(struct front *self)
{
	diary_add("most:%d", (int)sp_get(self->settings.limits.most));
	return SP_OK;
}

static sp_status front_follow_names(struct front *self)
{
	diary_add("names:%zu", sp_get(self->settings.names).count);
	return SP_OK;
}

static sp_status front_follow_extra(struct front *self)
{
	diary_add("extra:%zu", json_object_size(sp_get(self->settings.extra)));
	return SP_OK;
}

static sp_status usual_show(struct usual *self, struct number *out)
{
	out->value = sp_get(self->settings.most);
	return SP_OK;
}

KIT_PLUGIN(front, &front_component);
KIT_PLUGIN(usual, &usual_component);

/* An effect that read one setting does not run when another changes; many in one commit are one wave. */
START_TEST(each_leaf_is_tracked_by_itself)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &front_plugin);
	ck_assert_str_eq(diary_take(), "host:localhost most:10 names:0 extra:0");
	ck_assert_int_eq(sp_testing_set(world, "web.front.limits.most", "3"), SP_OK);
	ck_assert_str_eq(diary_take(), "most:3");
	ck_assert_int_eq(sp_testing_set(world, "web.front.limits.least", "1"), SP_OK);
	ck_assert_int_eq(sp_testing_set(world, "web.back.host", "\"other\""), SP_OK);
	ck_assert_str_eq(diary_take(), "");
	ck_assert_int_eq(sp_testing_set(world, "web.front",
				 "{\"host\":\"b\",\"names\":[\"x\"],\"limits\":{\"most\":3}}"),
		SP_OK);
	ck_assert_str_eq(diary_take(), "host:b names:1");
	ck_assert_int_eq(sp_testing_set(world, "web.front.extra", "{\"a\":1,\"b\":2}"), SP_OK);
	ck_assert_str_eq(diary_take(), "extra:2");
	sp_testing_destroy(world);
}
END_TEST

START_TEST(what_is_wrong_changes_nothing)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &front_plugin);
	diary_take();
	ck_assert_int_eq(sp_testing_set(world, "web.front", "{\"host\":\"b\",\"limits\":{\"most\":0}}"), SP_INVALID);
	ck_assert_int_eq(sp_testing_set(world, "web.front.level", "\"medium\""), SP_INVALID);
	ck_assert_int_eq(sp_testing_set(world, "web.front.unknown", "1"), SP_INVALID);
	ck_assert_int_eq(sp_testing_set(world, "web.front.names", "[1]"), SP_INVALID);
	ck_assert_str_eq(diary_take(), "");
	sp_testing_destroy(world);
}
END_TEST

START_TEST(a_section_lies_where_its_row_says)
{
	sp_testing *world = world_open("{\"components\":{\"usual\":{\"most\":77}}}");
	const struct instance *instance;
	char path[64], small[8];

	world_add(world, &usual_plugin);
	world_add(world, &front_plugin);
	instance = container_of(sp_testing_kernel(world)->instances.next, struct instance, link);
	section_path(instance->factory, instance->name, path, sizeof path);
	ck_assert_str_eq(path, "components.usual");
	section_path(instance->factory, instance->name, small, sizeof small);
	ck_assert_str_eq(small, "compone");
	instance = container_of(sp_testing_kernel(world)->instances.previous, struct instance, link);
	section_path(instance->factory, instance->name, path, sizeof path);
	ck_assert_str_eq(path, "web.front");
	sp_testing_destroy(world);
}
END_TEST

START_TEST(paths_lead_into_a_tree)
{
	json_t *tree = json_loads("{\"a\":{\"b\":{\"c\":7}},\"ab\":1}", 0, NULL);
	char path[32], small[8];

	ck_assert_int_eq(json_integer_value(json_at_path(tree, "a.b.c")), 7);
	ck_assert_ptr_eq(json_at_path(tree, ""), tree);
	ck_assert_ptr_null(json_at_path(tree, "a.c"));
	ck_assert_ptr_null(json_at_path(tree, "a.b.c.d"));
	ck_assert_ptr_null(json_at_path(tree, "a..b"));
	ck_assert_ptr_null(json_at_path(NULL, "a"));
	json_decref(tree);
	section_join("web", "/limits/most", path, sizeof path);
	ck_assert_str_eq(path, "web.limits.most");
	section_join("web", "", path, sizeof path);
	ck_assert_str_eq(path, "web");
	section_join("web.front", "/limits", small, sizeof small);
	ck_assert_str_eq(small, "web.fro");
}
END_TEST

/* R-CF-6: a secret is set and used, and not shown in the graph. */
START_TEST(secrets_are_not_shown)
{
	sp_testing *world = world_open("{\"web\":{\"front\":{\"host\":\"seen\",\"password\":\"hunter2\"}}}");
	json_t *graph;
	char *text;

	world_add(world, &front_plugin);
	graph = sp_kernel_graph_new(sp_testing_kernel(world));
	text = json_dumps(graph, 0);
	ck_assert_uint_eq(times_in(text, "\"seen\""), 1);
	ck_assert_uint_eq(times_in(text, "hunter2"), 0);
	ck_assert_uint_eq(times_in(text, "\"********\""), 1);
	free(text);
	json_decref(graph);
	sp_testing_destroy(world);
}
END_TEST

int main(void)
{
	const TTest *const cases[] = { each_leaf_is_tracked_by_itself, what_is_wrong_changes_nothing,
		a_section_lies_where_its_row_says, paths_lead_into_a_tree, secrets_are_not_shown };

	return kit_run("sections", cases, sizeof cases / sizeof cases[0]);
}
