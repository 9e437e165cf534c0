/* check_graph_edge.c: what a run reads is what wakes it, and a run that reads the same as the last costs no memory. */
#include "alloc.h"
#include "graph.h"
#include "graph_kit.h"

#include <string.h>

enum { NODES = 6 };

/* A computed that reads the nodes its order names: a is nodes[0]. Every order begins with a, by which it is woken. */
struct script {
	struct kit kit;
	sp_node *nodes[NODES], *computed;
	const char *order;
	unsigned runs;
	bool starved; /* each run lacks memory for one edge */
};

/* Takes all edges that the graph has memory for. */
static void exhaust_edges(struct kit *kit)
{
	struct sp_slab *edges = &kit->graph->edges;

	edges->unused = NULL;
	edges->next = edges->end;
}

static sp_status run_script(void *user, void *ret_value, SP_UNUSED struct sp_error *error)
{
	struct script *script = user;
	double total = 0;
	const char *letter;

	script->runs++;
	if (script->starved) {
		exhaust_edges(&script->kit);
		sp_alloc_fail_after(0);
	}
	for (letter = script->order; *letter != '\0'; letter++)
		total += kit_get(script->nodes[*letter - 'a']);
	*(double *)ret_value = total;
	return SP_OK;
}

static void open_script(struct script *script, const char *order)
{
	size_t i;

	*script = (struct script){ .order = order };
	kit_open(&script->kit);
	for (i = 0; i < NODES; i++)
		script->nodes[i] = kit_signal(&script->kit, 0);
	script->computed = kit_computed(&script->kit, run_script, script);
	kit_get(script->computed);
}

static bool wakes(struct script *script, size_t i)
{
	unsigned runs = script->runs;

	kit_set(script->nodes[i], kit_peek(script->nodes[i]) + 1);
	kit_get(script->computed);
	return script->runs != runs;
}

START_TEST(only_what_the_latest_run_read_wakes) /* R-RX-3 */
{
	static const char *const orders[] = { "abc", "acb", "ac", "abc", "abbcbc", "adefcb", "a", "afedcb", "abcdef",
		"abdef", "abdf", "af", "abcdef", "acef", "aaaa", "abababab", "ab" };
	struct script script;
	size_t i, j;

	open_script(&script, "a");
	for (i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		script.order = orders[i];
		ck_assert(wakes(&script, 0));
		for (j = 1; j < NODES; j++)
			ck_assert_int_eq(wakes(&script, j), strchr(orders[i], (int)('a' + j)) != NULL);
	}
	kit_close(&script.kit);
}
END_TEST

START_TEST(repeated_reads_are_one_edge)
{
	struct script script;

	open_script(&script, "abcabcabc");
	ck_assert_uint_eq(kit_counts(&script.kit).edges, 3);
	ck_assert(wakes(&script, 0));
	ck_assert_uint_eq(kit_counts(&script.kit).edges, 3);
	kit_close(&script.kit);
}
END_TEST

START_TEST(repeated_reads_stay_one_edge_beside_other_readers)
{
	struct script script, other;

	open_script(&script, "abcabcabc");
	other = script;
	other.computed = kit_computed(&script.kit, run_script, &other);
	kit_get(other.computed);
	ck_assert(wakes(&script, 0));
	kit_get(other.computed);
	ck_assert(wakes(&script, 1));
	ck_assert_uint_eq(kit_counts(&script.kit).edges, 6);
	kit_close(&script.kit);
}
END_TEST

START_TEST(stable_run_allocates_nothing)
{
	struct script script;

	open_script(&script, "abcdef");
	sp_alloc_fail_after(0);
	ck_assert(wakes(&script, 0));
	ck_assert(wakes(&script, 5));
	script.order = "abcef";
	ck_assert(wakes(&script, 0));
	ck_assert(!sp_alloc_has_failed());
	sp_alloc_fail_after(-1);
	kit_close(&script.kit);
}
END_TEST

START_TEST(run_numbers_may_wrap)
{
	struct script script;
	unsigned i;

	open_script(&script, "abab");
	script.kit.graph->last_cycle = UINT32_MAX - 3;
	for (i = 0; i < 8; i++) {
		ck_assert(wakes(&script, 0));
		ck_assert(wakes(&script, 1));
		ck_assert(!wakes(&script, 2));
		ck_assert_uint_eq(kit_counts(&script.kit).edges, 2);
	}
	ck_assert_uint_lt(script.kit.graph->last_cycle, 100);
	kit_close(&script.kit);
}
END_TEST

START_TEST(read_that_cannot_be_recorded_fails_the_run) /* R-RX-3; allocation failure */
{
	struct script script;
	struct sp_node_info info = { .struct_size = sizeof(info) };

	open_script(&script, "ab");
	script.order = "abcd";
	exhaust_edges(&script.kit);
	sp_alloc_fail_after(0);
	ck_assert(wakes(&script, 0));
	ck_assert(sp_alloc_has_failed());
	sp_node_inspect(script.computed, &info);
	ck_assert(info.failed && info.stale);
	ck_assert_ptr_null(sp_node_error(script.computed)); /* there is memory again, so it is tried again */
	ck_assert(wakes(&script, 2));
	ck_assert(wakes(&script, 3));
	kit_close(&script.kit);
}
END_TEST

static sp_status read_all(void *user, SP_UNUSED struct sp_error *error)
{
	struct script *script = user;
	size_t i;

	script->runs++;
	for (i = 0; i < NODES; i++)
		kit_get(script->nodes[i]);
	return SP_OK;
}

START_TEST(reader_of_a_computed_that_lacks_memory_is_tried_again_too)
{
	struct script script;
	struct sum sum;

	open_script(&script, "a");
	kit_get(kit_sum(&script.kit, &sum, script.computed, NULL));
	script.order = "ab";
	script.starved = true;
	kit_set(script.nodes[0], 1);
	ck_assert_int_eq(sp_node_error(sum.node)->code, SP_NO_MEMORY);
	ck_assert_int_eq(sp_node_error(sum.node)->code, SP_NO_MEMORY);
	script.starved = false;
	ck_assert_ptr_null(sp_node_error(sum.node));
	ck_assert_double_eq(kit_get(sum.node), 1);
	kit_set(script.nodes[1], 1);
	ck_assert_double_eq(kit_get(sum.node), 2);
	kit_close(&script.kit);
}
END_TEST

START_TEST(effect_that_cannot_record_is_told_and_runs_again)
{
	struct script script;

	open_script(&script, "a");
	exhaust_edges(&script.kit);
	sp_alloc_fail_after(0);
	script.runs = 0;
	kit_effect(&script.kit, read_all, &script);
	ck_assert(sp_alloc_has_failed());
	ck_assert_ptr_nonnull(strstr(script.kit.problems, "no_memory: "));
	ck_assert_uint_eq(script.runs, 1);
	kit_close(&script.kit);
}
END_TEST

START_TEST(disposing_allocates_nothing)
{
	struct script script;
	size_t i;

	open_script(&script, "abcdef");
	kit_effect(&script.kit, read_all, &script);
	sp_alloc_fail_after(0);
	for (i = 0; i < NODES; i++)
		sp_node_dispose(script.nodes[i]);
	sp_node_dispose(script.computed);
	kit_close(&script.kit);
	ck_assert(!sp_alloc_has_failed());
	sp_alloc_fail_after(-1);
}
END_TEST

KIT_MAIN("graph_edge", only_what_the_latest_run_read_wakes, repeated_reads_are_one_edge,
	repeated_reads_stay_one_edge_beside_other_readers, stable_run_allocates_nothing, run_numbers_may_wrap,
	read_that_cannot_be_recorded_fails_the_run, reader_of_a_computed_that_lacks_memory_is_tried_again_too,
	effect_that_cannot_record_is_told_and_runs_again, disposing_allocates_nothing)
