/* check_listing_graph.c: the reactive graph as it is told (R-RX-11). */
#include "kernel_kit.h"

#include <string.h>

SP_CHOICE(mood, calm, cross);

/* clang-format off */
SP_COMPONENT(netted,
	(signal, integer, count, .otherwise = 5),
	(signal, string, title, .otherwise = "high"),
	(signal, boolean, flag, .otherwise = true),
	(signal, number, ratio, .otherwise = 0.5),
	(signal, choice(mood), mood, .otherwise = mood_cross),
	(signal, array(integer), sizes),
	(signal, string, key, .otherwise = "hunter2", .secret = true),
	(computed, integer, next),
	(computed, integer, unread),
	(effect, follow),
	(runnable, bump, nothing, nothing));
/* clang-format on */

static int64_t netted_next(const struct netted *self)
{
	return sp_get(self->count) + 1;
}

static int64_t netted_unread(const struct netted *self)
{
	return sp_get(self->count);
}

static sp_status netted_follow(struct netted *self)
{
	return sp_get(self->next) && sp_get(self->next) ? SP_OK : SP_FAILED;
}

static sp_status netted_bump(struct netted *self)
{
	return sp_set(self->count, sp_get(self->count) + 1);
}

KIT_PLUGIN(netted, &netted_component);

static const json_t *node_named(const json_t *graph, const char *name)
{
	const json_t *node;
	size_t i;

	json_array_foreach(json_object_get(graph, "nodes"), i, node)
		if (strcmp(json_string_value(json_object_get(node, "name")), name) == 0)
			return node;
	ck_abort_msg("no node %s", name);
	return NULL;
}

static bool is_edge(const json_t *graph, const char *from, const char *to)
{
	const json_t *source = json_object_get(node_named(graph, from), "id");
	const json_t *target = json_object_get(node_named(graph, to), "id"), *edge;
	size_t i;

	json_array_foreach(json_object_get(graph, "edges"), i, edge)
		if (json_equal(json_array_get(edge, 0), source) && json_equal(json_array_get(edge, 1), target))
			return true;
	return false;
}

static json_int_t number_of(const json_t *graph, const char *name, const char *member)
{
	return json_integer_value(json_object_get(node_named(graph, name), member));
}

static const char *text_of(const json_t *graph, const char *name, const char *member)
{
	return json_string_value(json_object_get(node_named(graph, name), member));
}

START_TEST(nodes_and_edges_are_told)
{
	sp_testing *world = world_open(NULL);
	json_t *graph;

	world_add(world, &netted_plugin);
	sp_testing_advance(world, 1000);
	world_call(world, "netted.bump", NULL);
	graph = sp_kernel_graph_new(sp_testing_kernel(world));
	ck_assert_str_eq(text_of(graph, "count", "kind"), "signal");
	ck_assert_str_eq(text_of(graph, "next", "kind"), "computed");
	ck_assert_str_eq(text_of(graph, "follow", "kind"), "effect");
	ck_assert_str_eq(text_of(graph, "follow", "owner"), "netted");
	ck_assert_int_eq(number_of(graph, "follow", "runs"), 2);
	ck_assert_int_eq(number_of(graph, "next", "runs"), 2);
	ck_assert_int_ge(number_of(graph, "follow", "last_run_ms"), 1000);
	ck_assert_int_ge(number_of(graph, "follow", "last_duration_ns"), 0);
	ck_assert(json_is_null(json_object_get(node_named(graph, "unread"), "last_run_ms")));
	ck_assert_int_eq(number_of(graph, "unread", "runs"), 0);
	ck_assert(json_is_true(json_object_get(node_named(graph, "unread"), "stale")));
	ck_assert(json_is_false(json_object_get(node_named(graph, "next"), "stale")));
	ck_assert(is_edge(graph, "count", "next"));
	ck_assert(is_edge(graph, "next", "follow"));
	ck_assert(!is_edge(graph, "count", "unread"));
	ck_assert(!is_edge(graph, "count", "follow"));
	ck_assert_uint_eq(json_array_size(json_object_get(graph, "edges")), 2);
	json_decref(graph);
	sp_testing_destroy(world);
}
END_TEST

START_TEST(values_are_told_in_short)
{
	sp_testing *world = world_open(NULL);
	json_t *graph;

	world_add(world, &netted_plugin);
	graph = sp_kernel_graph_new(sp_testing_kernel(world));
	ck_assert_int_eq(number_of(graph, "count", "value"), 5);
	ck_assert_str_eq(text_of(graph, "title", "value"), "high");
	ck_assert(json_is_true(json_object_get(node_named(graph, "flag"), "value")));
	ck_assert(json_real_value(json_object_get(node_named(graph, "ratio"), "value")) == 0.5);
	ck_assert_int_eq(number_of(graph, "mood", "value"), mood_cross);
	ck_assert(json_is_null(json_object_get(node_named(graph, "sizes"), "value")));
	ck_assert_str_eq(text_of(graph, "key", "value"), "********");
	json_decref(graph);
	sp_testing_destroy(world);
}
END_TEST

int main(void)
{
	const TTest *const cases[] = { nodes_and_edges_are_told, values_are_told_in_short };

	return kit_run("listing_graph", cases, sizeof cases / sizeof cases[0]);
}
