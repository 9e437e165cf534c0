/* check_graph_node.c: signals, computeds and their disposal. */
#include "graph_kit.h"

#include <math.h>
#include <string.h>

START_TEST(signal_holds_its_value) /* R-RX-1 */
{
	struct kit kit;
	sp_node *signal;

	kit_open(&kit);
	signal = kit_signal(&kit, 1.5);
	ck_assert_double_eq(kit_get(signal), 1.5);
	kit_set(signal, 2.5);
	ck_assert_double_eq(kit_get(signal), 2.5);
	ck_assert_double_eq(kit_peek(signal), 2.5);
	kit_close(&kit);
}
END_TEST

START_TEST(signal_without_initial_value_is_zero)
{
	struct kit kit;

	kit_open(&kit);
	ck_assert_double_eq(kit_get(sp_signal_create(kit.graph, &sp_type_number, NULL)), 0);
	ck_assert_ptr_null(*(const char *const *)sp_node_get(sp_signal_create(kit.graph, &sp_type_string, NULL)));
	kit_close(&kit);
}
END_TEST

START_TEST(equal_write_does_nothing) /* R-RX-1, R-RX-2 */
{
	struct kit kit;
	struct watcher watcher;
	sp_node *signal;

	kit_open(&kit);
	signal = kit_signal(&kit, 1);
	kit_watch(&kit, &watcher, signal, 'a');
	kit_set(signal, 1);
	ck_assert_uint_eq(watcher.runs, 1);
	kit_set(signal, NAN);
	kit_set(signal, NAN);
	ck_assert_uint_eq(watcher.runs, 2);
	kit_set(signal, 0.0);
	kit_set(signal, -0.0);
	ck_assert_uint_eq(watcher.runs, 3);
	kit_close(&kit);
}
END_TEST

START_TEST(computed_is_lazy_and_cached) /* R-RX-3 */
{
	struct kit kit;
	struct sum sum;
	sp_node *signal;

	kit_open(&kit);
	signal = kit_signal(&kit, 1);
	kit_sum(&kit, &sum, signal, NULL);
	ck_assert_uint_eq(sum.runs, 0);
	ck_assert_double_eq(kit_get(sum.node), 1);
	ck_assert_double_eq(kit_peek(sum.node), 1);
	ck_assert_uint_eq(sum.runs, 1);
	kit_set(signal, 2);
	kit_set(signal, 3);
	ck_assert_uint_eq(sum.runs, 1);
	ck_assert_double_eq(kit_peek(sum.node), 3);
	ck_assert_uint_eq(sum.runs, 2);
	kit_close(&kit);
}
END_TEST

struct peeker {
	sp_node *peeked, *got;
	unsigned runs;
};

static sp_status peek_and_get(void *user, SP_UNUSED struct sp_error *error)
{
	struct peeker *peeker = user;

	peeker->runs++;
	kit_peek(peeker->peeked);
	kit_get(peeker->got);
	return SP_OK;
}

START_TEST(peek_records_nothing) /* R-RX-1 */
{
	struct kit kit;
	struct peeker peeker = { 0 };

	kit_open(&kit);
	peeker.peeked = kit_signal(&kit, 0);
	peeker.got = kit_signal(&kit, 0);
	kit_effect(&kit, peek_and_get, &peeker);
	kit_set(peeker.peeked, 1);
	ck_assert_uint_eq(peeker.runs, 1);
	kit_set(peeker.got, 1);
	ck_assert_uint_eq(peeker.runs, 2);
	ck_assert_uint_eq(kit_counts(&kit).edges, 1);
	kit_close(&kit);
}
END_TEST

START_TEST(only_signals_are_written) /* R-RX-5 */
{
	struct kit kit;
	struct sum sum;
	struct watcher watcher;
	double one = 1;

	kit_open(&kit);
	kit_sum(&kit, &sum, kit_signal(&kit, 0), NULL);
	kit_watch(&kit, &watcher, sum.node, 'a');
	ck_assert_int_eq(sp_node_write(sum.node, &one), SP_CONFLICT);
	ck_assert_int_eq(sp_node_write(watcher.node, &one), SP_CONFLICT);
	ck_assert_double_eq(kit_get(sum.node), 0);
	kit_close(&kit);
}
END_TEST

START_TEST(disposed_signal_leaves_its_readers_alone)
{
	struct kit kit;
	struct sum sum;
	struct watcher watcher;
	sp_node *gone, *stays;

	kit_open(&kit);
	gone = kit_signal(&kit, 1);
	stays = kit_signal(&kit, 10);
	kit_sum(&kit, &sum, gone, stays);
	kit_watch(&kit, &watcher, sum.node, 'a');
	sp_node_dispose(gone);
	ck_assert_uint_eq(watcher.runs, 1);
	ck_assert_double_eq(kit_get(sum.node), 11);
	ck_assert_uint_eq(sum.runs, 1);
	sum.inputs[0] = stays;
	sum.inputs[1] = NULL;
	kit_set(stays, 20);
	ck_assert_double_eq(watcher.last, 20);
	ck_assert_uint_eq(kit_counts(&kit).nodes, 3);
	ck_assert_uint_eq(kit_counts(&kit).edges, 2);
	kit_close(&kit);
}
END_TEST

START_TEST(disposed_reader_is_forgotten)
{
	struct kit kit;
	struct sum sum;
	struct watcher watcher;
	sp_node *signal;

	kit_open(&kit);
	signal = kit_signal(&kit, 1);
	kit_sum(&kit, &sum, signal, NULL);
	kit_watch(&kit, &watcher, sum.node, 'a');
	sp_node_dispose(watcher.node);
	kit_set(signal, 2);
	ck_assert_uint_eq(watcher.runs, 1);
	ck_assert_uint_eq(sum.runs, 1);
	sp_node_dispose(sum.node);
	sp_node_dispose(NULL);
	ck_assert_uint_eq(kit_counts(&kit).nodes, 1);
	ck_assert_uint_eq(kit_counts(&kit).edges, 0);
	kit_close(&kit);
}
END_TEST

/* A computed that disposes a node while it runs. */
struct assassin {
	struct kit *kit;
	sp_node *trigger, *victim, *later;
	unsigned runs;
};

static sp_status kill_then_read(void *user, void *ret_value, SP_UNUSED struct sp_error *error)
{
	struct assassin *assassin = user;

	assassin->runs++;
	*(double *)ret_value = kit_get(assassin->trigger);
	if (*(double *)ret_value > 0) {
		sp_node_dispose(assassin->victim);
		sp_node_dispose(assassin->victim);
		assassin->victim = NULL;
	}
	if (assassin->later != NULL)
		kit_get(assassin->later);
	return SP_OK;
}

START_TEST(computed_may_dispose_itself) /* R-RX-9 */
{
	struct kit kit;
	struct assassin assassin = { 0 };
	struct watcher watcher;

	kit_open(&kit);
	assassin.trigger = kit_signal(&kit, 0);
	assassin.later = kit_signal(&kit, 0);
	assassin.victim = kit_computed(&kit, kill_then_read, &assassin);
	kit_watch(&kit, &watcher, assassin.victim, 'a');
	kit_set(assassin.trigger, 5);
	ck_assert_uint_eq(assassin.runs, 2);
	ck_assert_uint_eq(watcher.runs, 1);
	ck_assert_uint_eq(kit_counts(&kit).nodes, 3);
	kit_set(assassin.trigger, 6);
	kit_set(assassin.later, 6);
	ck_assert_uint_eq(assassin.runs, 2);
	kit_close(&kit);
}
END_TEST

START_TEST(value_of_a_computed_that_disposed_itself_can_be_read) /* R-RX-9 */
{
	struct kit kit;
	struct assassin assassin = { 0 };

	kit_open(&kit);
	assassin.trigger = kit_signal(&kit, 7);
	assassin.victim = kit_computed(&kit, kill_then_read, &assassin);
	ck_assert_double_eq(kit_get(assassin.victim), 7);
	kit_set(assassin.trigger, 8);
	ck_assert_uint_eq(kit_counts(&kit).nodes, 1);
	ck_assert_uint_eq(kit_counts(&kit).edges, 0);
	kit_close(&kit);
}
END_TEST

START_TEST(computed_may_dispose_who_waits_for_it) /* R-RX-9 */
{
	struct kit kit;
	struct assassin assassin = { 0 };
	struct sum sum;
	struct watcher watcher;

	kit_open(&kit);
	assassin.trigger = kit_signal(&kit, 0);
	kit_computed(&kit, kill_then_read, &assassin);
	kit_sum(&kit, &sum, kit_computed(&kit, kill_then_read, &assassin), assassin.trigger);
	kit_watch(&kit, &watcher, sum.node, 'a');
	assassin.victim = sum.node;
	kit_set(assassin.trigger, 1);
	ck_assert_uint_eq(sum.runs, 1);
	ck_assert_uint_eq(watcher.runs, 1);
	kit_set(assassin.trigger, 2);
	ck_assert_uint_eq(sum.runs, 1);
	kit_close(&kit);
}
END_TEST

START_TEST(computed_may_dispose_the_effect_that_asks) /* R-RX-9 */
{
	struct kit kit;
	struct assassin assassin = { 0 };
	struct watcher watcher;
	sp_node *computed;

	kit_open(&kit);
	assassin.trigger = kit_signal(&kit, 0);
	computed = kit_computed(&kit, kill_then_read, &assassin);
	kit_watch(&kit, &watcher, computed, 'a');
	assassin.victim = watcher.node;
	kit_set(assassin.trigger, 1);
	ck_assert_uint_eq(watcher.runs, 1);
	ck_assert_uint_eq(kit_counts(&kit).nodes, 2);
	kit_close(&kit);
}
END_TEST

KIT_MAIN("graph_node", signal_holds_its_value, signal_without_initial_value_is_zero, equal_write_does_nothing,
	computed_is_lazy_and_cached, peek_records_nothing, only_signals_are_written,
	disposed_signal_leaves_its_readers_alone, disposed_reader_is_forgotten, computed_may_dispose_itself,
	value_of_a_computed_that_disposed_itself_can_be_read, computed_may_dispose_who_waits_for_it,
	computed_may_dispose_the_effect_that_asks)
