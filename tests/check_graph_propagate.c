/* check_graph_propagate.c: what runs after a write, and that long, wide and dense graphs need no stack. */
#include "graph_kit.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>

START_TEST(unchanged_result_stops_the_wave) /* R-RX-3 */
{
	struct kit kit;
	struct sum zero, after;
	struct watcher watcher;
	sp_node *left, *right;

	kit_open(&kit);
	left = kit_signal(&kit, 1);
	right = kit_signal(&kit, -1);
	kit_sum(&kit, &zero, left, right);
	kit_sum(&kit, &after, zero.node, NULL);
	kit_watch(&kit, &watcher, after.node, 'a');
	sp_batch_begin(kit.graph);
	kit_set(left, 5);
	kit_set(right, -5);
	sp_batch_end(kit.graph);
	ck_assert_uint_eq(zero.runs, 2);
	ck_assert_uint_eq(after.runs, 1);
	ck_assert_uint_eq(watcher.runs, 1);
	kit_set(right, 0);
	ck_assert_uint_eq(watcher.runs, 2);
	ck_assert_double_eq(watcher.last, 5);
	kit_close(&kit);
}
END_TEST

START_TEST(diamond_runs_once_and_sees_one_moment) /* R-RX-4 */
{
	struct kit kit;
	struct sum left, right, both;
	struct watcher watcher;
	sp_node *top;
	int i;

	kit_open(&kit);
	top = kit_signal(&kit, 0);
	kit_sum(&kit, &left, top, NULL);
	kit_sum(&kit, &right, top, NULL);
	kit_sum(&kit, &both, left.node, right.node);
	kit_watch(&kit, &watcher, both.node, 'a');
	for (i = 1; i <= 5; i++) {
		kit_set(top, i);
		ck_assert_double_eq(watcher.last, 2 * i);
	}
	ck_assert_uint_eq(both.runs, 6);
	ck_assert_uint_eq(watcher.runs, 6);
	kit_close(&kit);
}
END_TEST

/* Reads its second input only while the first is not zero. */
struct guard {
	sp_node *condition, *guarded;
	unsigned runs;
};

static sp_status run_guard(void *user, void *ret_value, SP_UNUSED struct sp_error *error)
{
	struct guard *guard = user;

	guard->runs++;
	*(double *)ret_value = kit_get(guard->condition) != 0 ? kit_get(guard->guarded) : -1;
	return SP_OK;
}

START_TEST(dependency_that_is_no_longer_read_does_not_run) /* R-RX-3 */
{
	struct kit kit;
	struct sum condition, guarded;
	struct guard guard = { 0 };
	struct watcher watcher;
	sp_node *signal;

	kit_open(&kit);
	signal = kit_signal(&kit, 1);
	guard.condition = kit_sum(&kit, &condition, signal, NULL);
	guard.guarded = kit_sum(&kit, &guarded, signal, NULL);
	kit_watch(&kit, &watcher, kit_computed(&kit, run_guard, &guard), 'a');
	ck_assert_uint_eq(guarded.runs, 1);
	kit_set(signal, 0);
	ck_assert_double_eq(watcher.last, -1);
	ck_assert_uint_eq(guarded.runs, 1);
	kit_set(signal, 2);
	ck_assert_double_eq(watcher.last, 2);
	ck_assert_uint_eq(guarded.runs, 2);
	kit_close(&kit);
}
END_TEST

START_TEST(computed_read_inside_a_batch_is_up_to_date) /* R-RX-5 */
{
	struct kit kit;
	struct sum sum;
	struct watcher watcher;
	sp_node *signal;

	kit_open(&kit);
	signal = kit_signal(&kit, 1);
	kit_sum(&kit, &sum, signal, NULL);
	kit_watch(&kit, &watcher, sum.node, 'a');
	sp_batch_begin(kit.graph);
	kit_set(signal, 2);
	ck_assert_double_eq(kit_get(sum.node), 2);
	kit_set(signal, 3);
	ck_assert_double_eq(kit_get(sum.node), 3);
	ck_assert_uint_eq(watcher.runs, 1);
	sp_batch_end(kit.graph);
	ck_assert_double_eq(watcher.last, 3);
	ck_assert_uint_eq(watcher.runs, 2);
	ck_assert_uint_eq(sum.runs, 3);
	kit_close(&kit);
}
END_TEST

/* ---- large graphs in a small stack (R-RX-10) --------------------------------------------------------------------- */

enum { SMALL_STACK = 256 * 1024, LATTICE_DEPTH = 1000, LATTICE_WIDTH = 10 };

/* A million, and a tenth of it where instrumented code takes a hundred times as long. */
static size_t many(void)
{
	return getenv("TEST_SLOW") != NULL ? 100000 : 1000000;
}

static void on_small_stack(void *(*body)(void *))
{
	pthread_attr_t attributes;
	pthread_t thread;

	ck_assert_int_eq(pthread_attr_init(&attributes), 0);
	ck_assert_int_eq(pthread_attr_setstacksize(&attributes, SMALL_STACK), 0);
	ck_assert_int_eq(pthread_create(&thread, &attributes, body, NULL), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	pthread_attr_destroy(&attributes);
}

static void *long_chain(SP_UNUSED void *unused)
{
	const size_t count = many();
	struct kit kit;
	struct sum *sums = calloc(count, sizeof(*sums));
	struct watcher watcher;
	sp_node *signal, *node;
	size_t i;

	kit_open(&kit);
	node = signal = kit_signal(&kit, 0);
	for (i = 0; i < count; i++) {
		node = kit_sum(&kit, &sums[i], node, NULL);
		sums[i].bias = 1;
		kit_get(node);
	}
	kit_watch(&kit, &watcher, node, 'a');
	kit_set(signal, 5);
	ck_assert_double_eq(watcher.last, (double)count + 5);
	ck_assert_uint_eq(kit_counts(&kit).computed_runs, 2 * count);
	sums[0].bias = 0;
	kit_set(signal, 6);
	ck_assert_uint_eq(kit_counts(&kit).computed_runs, 2 * count + 1);
	ck_assert_uint_eq(watcher.runs, 2);
	kit_close(&kit);
	free(sums);
	return NULL;
}

START_TEST(chain_of_a_million)
{
	on_small_stack(long_chain);
}
END_TEST

static sp_status count_run(void *user, SP_UNUSED struct sp_error *error)
{
	struct watcher *watcher = user;

	watcher->runs++;
	watcher->last += kit_get(watcher->input);
	return SP_OK;
}

static void *wide_fan(SP_UNUSED void *unused)
{
	const size_t count = many();
	struct kit kit;
	struct watcher watcher = { 0 };
	struct sum *sums = calloc(count, sizeof(*sums));
	size_t i;

	kit_open(&kit);
	watcher.input = kit_signal(&kit, 0);
	for (i = 0; i < count; i++) {
		kit_effect(&kit, count_run, &watcher);
		kit_get(kit_sum(&kit, &sums[i], watcher.input, NULL));
	}
	kit_set(watcher.input, 1);
	ck_assert_uint_eq(watcher.runs, 2 * count);
	ck_assert_double_eq(watcher.last, (double)count);
	ck_assert_double_eq(kit_get(sums[count - 1].node), 1);
	kit_close(&kit);
	free(sums);
	return NULL;
}

START_TEST(a_million_dependants)
{
	on_small_stack(wide_fan);
}
END_TEST

static void *lattice(SP_UNUSED void *unused)
{
	enum { NODES = LATTICE_DEPTH * LATTICE_WIDTH };
	struct kit kit;
	struct sum *sums = calloc(NODES, sizeof(*sums));
	struct watcher watcher;
	sp_node *signal, *above[LATTICE_WIDTH];
	size_t i;

	kit_open(&kit);
	signal = kit_signal(&kit, 1);
	for (i = 0; i < LATTICE_WIDTH; i++)
		above[i] = signal;
	for (i = 0; i < NODES; i++) {
		size_t column = i % LATTICE_WIDTH;

		if (column == 0 && i > 0) {
			size_t j;

			for (j = 0; j < LATTICE_WIDTH; j++)
				above[j] = sums[i - LATTICE_WIDTH + j].node;
		}
		kit_get(kit_sum(&kit, &sums[i], above[column], above[(column + 1) % LATTICE_WIDTH]));
	}
	kit_watch(&kit, &watcher, sums[NODES - 1].node, 'a');
	kit_set(signal, 2);
	ck_assert_uint_eq(watcher.runs, 2);
	ck_assert_uint_le(kit_counts(&kit).computed_runs, (uint64_t)2 * NODES);
	ck_assert_double_eq(watcher.last, ldexp(2, LATTICE_DEPTH));
	kit_close(&kit);
	free(sums);
	return NULL;
}

/* As wide as it is deep: each run finds a neighbour of what it asked not yet up to date. */
static void *square_lattice(SP_UNUSED void *unused)
{
	const size_t side = getenv("TEST_SLOW") != NULL ? 200 : 1000, nodes = side * side;
	struct kit kit;
	struct sum *sums = calloc(nodes, sizeof(*sums));
	sp_node *signal;
	size_t i;

	kit_open(&kit);
	signal = kit_signal(&kit, 1);
	for (i = 0; i < nodes; i++) {
		size_t row = i / side, column = i % side;
		const struct sum *above = row > 0 ? &sums[(row - 1) * side] : NULL;
		sp_node *left = above != NULL ? above[column].node : signal;
		sp_node *right = above != NULL ? above[(column + 1) % side].node : NULL;

		kit_get(kit_sum(&kit, &sums[i], left, right));
	}
	kit_set(signal, 2);
	for (i = 0; i < side; i++)
		ck_assert_double_eq(kit_get(sums[nodes - 1 - i].node), ldexp(2, (int)side - 1));
	ck_assert_uint_eq(kit_counts(&kit).computed_runs, 2 * nodes);
	kit_close(&kit);
	free(sums);
	return NULL;
}

START_TEST(lattice_a_thousand_deep_and_wide)
{
	on_small_stack(square_lattice);
}
END_TEST

/* Every computed of a long chain reads the signal too, before the one above it: all of them have to run. */
static void *braided_chain(SP_UNUSED void *unused)
{
	const size_t count = many();
	struct kit kit;
	struct sum *sums = calloc(count, sizeof(*sums));
	sp_node *signal, *node;
	size_t i;

	kit_open(&kit);
	node = signal = kit_signal(&kit, 1);
	for (i = 0; i < count; i++) {
		node = kit_sum(&kit, &sums[i], signal, node);
		kit_get(node);
	}
	kit_set(signal, 2);
	ck_assert_double_eq(kit_get(node), 2.0 * (double)count + 2);
	ck_assert_uint_eq(kit_counts(&kit).computed_runs, 2 * count);
	kit_close(&kit);
	free(sums);
	return NULL;
}

START_TEST(braided_chain_of_a_million)
{
	on_small_stack(braided_chain);
}
END_TEST

START_TEST(lattice_a_thousand_deep)
{
	on_small_stack(lattice);
}
END_TEST

KIT_MAIN("graph_propagate", unchanged_result_stops_the_wave, diamond_runs_once_and_sees_one_moment,
	dependency_that_is_no_longer_read_does_not_run, computed_read_inside_a_batch_is_up_to_date, chain_of_a_million,
	a_million_dependants, lattice_a_thousand_deep, lattice_a_thousand_deep_and_wide, braided_chain_of_a_million)
