/* check_graph_inspect.c: the graph can be listed (R-RX-11). */
#include "alloc.h"
#include "graph_kit.h"

#include <string.h>

static struct sp_node_info inspect(const sp_node *node)
{
	struct sp_node_info info = { .struct_size = sizeof(info) };

	sp_node_inspect(node, &info);
	return info;
}

/* Writes the first letter of a node's name to the diary; stops at z. */
static bool spell(void *user, sp_node *node)
{
	const char *name = inspect(node).name;

	kit_note(user, name != NULL ? name[0] : '?');
	return name == NULL || name[0] != 'z';
}

START_TEST(nodes_are_listed_in_order_of_creation)
{
	struct kit kit;
	struct sum sum;
	struct watcher watcher;
	sp_node *hole;

	kit_open(&kit);
	kit_name(kit_signal(&kit, 0), "a");
	hole = kit_signal(&kit, 0);
	kit_name(kit_sum(&kit, &sum, NULL, NULL), "b");
	kit_name(kit_watch(&kit, &watcher, sum.node, 'w'), "c");
	sp_node_dispose(hole);
	kit_name(kit_signal(&kit, 0), "d");
	kit.diary[0] = '\0';
	ck_assert_int_eq(sp_graph_each(kit.graph, spell, &kit), SP_OK);
	ck_assert_str_eq(kit.diary, "abcd");
	kit_name(sum.node, "z");
	ck_assert_int_eq(sp_graph_each(kit.graph, spell, &kit), SP_OK);
	ck_assert_str_eq(kit.diary, "abcdaz");
	sp_alloc_fail_after(0);
	ck_assert_int_eq(sp_graph_each(kit.graph, spell, &kit), SP_NO_MEMORY);
	kit_close(&kit);
}
END_TEST

START_TEST(edges_are_listed_both_ways)
{
	struct kit kit;
	struct sum sum;
	struct watcher first, second;
	sp_node *a, *b;

	kit_open(&kit);
	kit_name(a = kit_signal(&kit, 0), "a");
	kit_name(b = kit_signal(&kit, 0), "b");
	kit_name(kit_sum(&kit, &sum, b, a), "s");
	kit_name(kit_watch(&kit, &first, sum.node, 'x'), "f");
	kit_watch(&kit, &second, sum.node, 'x');
	kit.diary[0] = '\0';
	sp_node_each_dependency(sum.node, spell, &kit);
	sp_node_each_dependency(a, spell, &kit);
	kit_note(&kit, '|');
	sp_node_each_dependant(sum.node, spell, &kit);
	sp_node_each_dependant(a, spell, &kit);
	ck_assert_str_eq(kit.diary, "ba|f?s");
	sp_node_dispose(b);
	sp_node_each_dependency(sum.node, spell, &kit);
	ck_assert_str_eq(kit.diary, "ba|f?sa");
	kit_close(&kit);
}
END_TEST

START_TEST(node_is_described)
{
	struct kit kit;
	struct sum sum;
	struct sp_node_info info;
	sp_node *signal;

	kit_open(&kit);
	signal = kit_signal(&kit, 1.5);
	kit_sum(&kit, &sum, signal, NULL);
	ck_assert_int_eq(sp_node_describe(sum.node, "total", &kit), SP_OK);
	info = inspect(sum.node);
	ck_assert_int_eq(info.kind, SP_NODE_COMPUTED);
	ck_assert_str_eq(info.name, "total");
	ck_assert_ptr_eq(info.owner, &kit);
	ck_assert(info.stale && !info.failed && !info.asleep);
	ck_assert_uint_eq(info.runs, 0);
	kit_get(sum.node);
	info = inspect(sum.node);
	ck_assert(!info.stale);
	ck_assert_uint_eq(info.runs, 1);
	ck_assert_int_eq(info.last_duration, 10);
	ck_assert_int_eq(info.last_run, kit.clock - 10);
	ck_assert_ptr_eq(info.type, &sp_type_number);
	ck_assert_double_eq(*(const double *)info.value, 1.5);
	kit_close(&kit);
}
END_TEST

START_TEST(effect_and_plain_signal_are_described)
{
	struct kit kit;
	struct watcher watcher;
	struct sp_node_info info;

	kit_open(&kit);
	info = inspect(kit_signal(&kit, 1));
	ck_assert_int_eq(info.kind, SP_NODE_SIGNAL);
	ck_assert_ptr_null(info.name);
	kit_watch(&kit, &watcher, kit_signal(&kit, 2), 'a');
	sp_effect_sleep(watcher.node);
	info = inspect(watcher.node);
	ck_assert_int_eq(info.kind, SP_NODE_EFFECT);
	ck_assert(info.asleep);
	ck_assert_ptr_null(info.value);
	kit_close(&kit);
}
END_TEST

START_TEST(older_callers_get_what_they_know)
{
	struct kit kit;
	struct sp_node_info info = { .struct_size = offsetof(struct sp_node_info, owner), .owner = &kit };

	kit_open(&kit);
	sp_node_inspect(kit_signal(&kit, 1), &info);
	ck_assert_int_eq(info.kind, SP_NODE_SIGNAL);
	ck_assert_ptr_eq(info.owner, &kit);
	kit_close(&kit);
}
END_TEST

START_TEST(name_without_memory_is_refused)
{
	struct kit kit;
	sp_node *signal;

	kit_open(&kit);
	signal = kit_signal(&kit, 0);
	sp_alloc_fail_after(0);
	ck_assert_int_eq(sp_node_describe(signal, "a", NULL), SP_NO_MEMORY);
	sp_alloc_fail_after(1);
	ck_assert_int_eq(sp_node_describe(signal, "a", NULL), SP_NO_MEMORY);
	ck_assert_ptr_null(inspect(signal).name);
	kit_name(signal, "a");
	kit_name(signal, "b");
	ck_assert_str_eq(inspect(signal).name, "b");
	ck_assert_int_eq(sp_node_describe(signal, NULL, NULL), SP_OK);
	ck_assert_ptr_null(inspect(signal).name);
	kit_close(&kit);
}
END_TEST

KIT_MAIN("graph_inspect", nodes_are_listed_in_order_of_creation, edges_are_listed_both_ways, node_is_described,
	effect_and_plain_signal_are_described, older_callers_get_what_they_know, name_without_memory_is_refused)
