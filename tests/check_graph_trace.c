/* check_graph_trace.c: which write caused which runs is told, while somebody wants to know (R-RX-11). */
#include "alloc.h"
#include "graph_kit.h"
#include "graph_trace.h"

#include <stdio.h>
#include <string.h>

static char told[KIT_TEXT];
static unsigned begun;

/* All that is kept: "number:wave kind name outcome<cause" a record, with a space between. */
static const char *tell(const struct kit *kit)
{
	uint64_t number = sp_trace_oldest(kit->graph);
	int used = 0;

	told[0] = '\0';
	for (; number <= sp_trace_latest(kit->graph); number++) {
		const struct sp_trace_record *record = sp_trace_find(kit->graph, number);

		ck_assert_uint_eq(record->number, number);
		used += snprintf(told + used, sizeof(told) - (size_t)used, "%s%u:%u %s %s %s<%u", used > 0 ? ", " : "",
			(unsigned)number, (unsigned)record->wave, sp_trace_kind_word(record->kind), record->name,
			sp_trace_outcome_word(record->outcome), (unsigned)record->cause);
	}
	return told;
}

static void note_begun(void *user, const sp_node *node, const sp_node *writer, struct sp_trace_record *record)
{
	struct sp_node_info info = { .struct_size = sizeof(info) };

	sp_node_inspect(node, &info);
	ck_assert_str_eq(info.name, record->name);
	ck_assert_uint_eq(info.number, record->node);
	ck_assert_ptr_eq(user, &begun);
	begun++;
	snprintf(record->by, sizeof(record->by), "%s", writer != NULL ? "an effect" : "nobody");
}

static void start(const struct kit *kit, size_t count)
{
	const struct sp_trace_hooks hooks = { &begun, note_begun };

	begun = 0;
	ck_assert_int_eq(sp_trace_start(kit->graph, count, &hooks), SP_OK);
}

/* signal s -> computeds a and b -> effect e, which have run. */
struct chain {
	struct kit kit;
	sp_node *s;
	struct sum a, b;
	struct watcher e;
};

static void open_chain(struct chain *chain)
{
	struct kit *kit = &chain->kit;

	kit_open(kit);
	kit_name(chain->s = kit_signal(kit, 1), "s");
	kit_name(kit_sum(kit, &chain->a, chain->s, NULL), "a");
	kit_name(kit_sum(kit, &chain->b, chain->a.node, NULL), "b");
	kit_name(kit_watch(kit, &chain->e, chain->b.node, 'e'), "e");
}

static struct sp_node_info inspect(const sp_node *node)
{
	struct sp_node_info info = { .struct_size = sizeof(info) };

	sp_node_inspect(node, &info);
	return info;
}

/* R-RX-11: which write caused which recomputes and which effect runs, with durations. */
START_TEST(write_is_followed_to_the_effect)
{
	struct chain chain;
	const struct sp_trace_record *record;

	open_chain(&chain);
	start(&chain.kit, 8);
	ck_assert_str_eq(tell(&chain.kit), "");
	kit_set(chain.s, 5);
	ck_assert_str_eq(tell(&chain.kit),
		"1:2 write s changed<0, 2:2 computed a changed<1, 3:2 computed b changed<2, 4:2 effect e done<3");
	ck_assert_uint_eq(begun, 4);
	record = sp_trace_find(chain.kit.graph, 4);
	ck_assert_int_eq(record->duration, 10);
	ck_assert_int_eq(record->start + 10, chain.kit.clock);
	ck_assert_uint_eq(sp_trace_of(chain.e.node), 4);
	ck_assert_uint_eq(sp_trace_of(chain.s), 1);
	kit_close(&chain.kit);
}
END_TEST

START_TEST(writes_of_a_batch_are_one_wave)
{
	struct chain chain;
	sp_node *t;

	open_chain(&chain);
	kit_name(t = kit_signal(&chain.kit, 1), "t");
	start(&chain.kit, 8);
	sp_batch_begin(chain.kit.graph);
	kit_set(t, 2);
	kit_set(chain.s, 2);
	kit_set(chain.s, 3);
	sp_batch_end(chain.kit.graph);
	kit_set(chain.s, 3);
	kit_set(t, 3);
	ck_assert_str_eq(tell(&chain.kit),
		"1:0 write t changed<0, 2:2 write s changed<0, 3:2 write s changed<0, "
		"4:2 computed a changed<3, 5:2 computed b changed<4, 6:2 effect e done<5, 7:0 write t changed<0");
	kit_close(&chain.kit);
}
END_TEST

/* A computed that always answers the same. */
static sp_status run_constant(void *user, void *ret_value, SP_UNUSED struct sp_error *error)
{
	kit_get(user);
	*(double *)ret_value = 7;
	return SP_OK;
}

START_TEST(equal_results_are_told)
{
	struct kit kit;
	struct watcher e;
	sp_node *s, *c;

	kit_open(&kit);
	kit_name(s = kit_signal(&kit, 1), "s");
	kit_name(c = kit_computed(&kit, run_constant, s), "c");
	kit_name(kit_watch(&kit, &e, c, 'e'), "e");
	ck_assert_uint_eq(inspect(c).because, 0);
	start(&kit, 8);
	kit_set(s, 2);
	ck_assert_str_eq(tell(&kit), "1:2 write s changed<0, 2:2 computed c equal<1");
	ck_assert_uint_eq(sp_trace_of(c), 0);
	ck_assert_uint_eq(inspect(c).because, 0); /* of the run in which it changed: the first */
	kit_close(&kit);
}
END_TEST

static sp_status run_failing(void *user, SP_UNUSED void *ret_value, struct sp_error *error)
{
	return kit_get(user) > 1 ? sp_error_set(error, SP_FAILED, "too large") : SP_OK;
}

START_TEST(failures_are_told)
{
	struct kit kit;
	struct watcher e;
	sp_node *s, *c;

	kit_open(&kit);
	kit_name(s = kit_signal(&kit, 1), "s");
	kit_name(c = kit_computed(&kit, run_failing, s), "c");
	kit_name(kit_watch(&kit, &e, c, 'e'), "e");
	start(&kit, 8);
	kit_set(s, 2);
	ck_assert_str_eq(tell(&kit), "1:2 write s changed<0, 2:2 computed c failed<1, 3:2 effect e failed<2");
	kit_close(&kit);
}
END_TEST

/* Copies one signal to another. */
struct copier {
	sp_node *from, *to;
};

static sp_status run_copier(void *user, SP_UNUSED struct sp_error *error)
{
	const struct copier *copier = user;

	kit_set(copier->to, kit_get(copier->from));
	return SP_OK;
}

START_TEST(writes_of_effects_name_their_cause)
{
	struct kit kit;
	struct copier copier;
	struct watcher e;

	kit_open(&kit);
	kit_name(copier.from = kit_signal(&kit, 1), "s");
	kit_name(copier.to = kit_signal(&kit, 1), "t");
	kit_name(kit_effect(&kit, run_copier, &copier), "copy");
	kit_name(kit_watch(&kit, &e, copier.to, 'e'), "e");
	start(&kit, 8);
	kit_set(copier.from, 2);
	ck_assert_str_eq(tell(&kit),
		"1:3 write s changed<0, 2:3 effect copy done<1, 3:3 write t changed<2, 4:3 effect e done<3");
	ck_assert_str_eq(sp_trace_find(kit.graph, 1)->by, "nobody");
	ck_assert_str_eq(sp_trace_find(kit.graph, 3)->by, "an effect");
	kit_close(&kit);
}
END_TEST

START_TEST(only_named_nodes_are_told_of)
{
	struct kit kit;
	struct sum sum;
	struct watcher e, f;
	sp_node *s;

	kit_open(&kit);
	s = kit_signal(&kit, 1);
	kit_sum(&kit, &sum, s, NULL);
	kit_name(kit_watch(&kit, &e, sum.node, 'e'), "e");
	kit_watch(&kit, &f, sum.node, 'f');
	start(&kit, 8);
	kit_set(s, 2);
	ck_assert_str_eq(tell(&kit), "1:3 effect e done<0");
	kit_close(&kit);
}
END_TEST

START_TEST(oldest_record_gives_way)
{
	struct kit kit;
	sp_node *s;
	int i;

	kit_open(&kit);
	kit_name(s = kit_signal(&kit, 0), "s");
	start(&kit, 3);
	for (i = 1; i <= 2; i++)
		kit_set(s, i);
	ck_assert_uint_eq(sp_trace_oldest(kit.graph), 1);
	for (; i <= 5; i++)
		kit_set(s, i);
	ck_assert_str_eq(tell(&kit), "3:0 write s changed<0, 4:0 write s changed<0, 5:0 write s changed<0");
	ck_assert_ptr_null(sp_trace_find(kit.graph, 2));
	ck_assert_ptr_null(sp_trace_find(kit.graph, 6));
	ck_assert_ptr_null(sp_trace_find(kit.graph, 0));
	kit_close(&kit);
}
END_TEST

/* The record of a run that caused more than there is room for is gone when it ends, and so is the cause. */
START_TEST(small_ring_loses_causes)
{
	struct chain chain;

	open_chain(&chain);
	start(&chain.kit, 1);
	kit_set(chain.s, 2);
	ck_assert_str_eq(tell(&chain.kit), "4:2 effect e done<0");
	kit_close(&chain.kit);
}
END_TEST

START_TEST(numbers_go_on_after_a_pause)
{
	struct chain chain;

	open_chain(&chain);
	start(&chain.kit, 8);
	kit_set(chain.s, 2);
	sp_trace_stop(chain.kit.graph);
	ck_assert_str_eq(tell(&chain.kit), "");
	ck_assert_uint_eq(sp_trace_of(chain.e.node), 0);
	kit_set(chain.s, 3);
	start(&chain.kit, 8);
	ck_assert_uint_eq(sp_trace_of(chain.e.node), 0);
	ck_assert_str_eq(tell(&chain.kit), "");
	kit_set(chain.s, 4);
	ck_assert_uint_eq(sp_trace_of(chain.e.node), 8);
	ck_assert_uint_eq(sp_trace_oldest(chain.kit.graph), 5);
	kit_close(&chain.kit);
}
END_TEST

/* Starts and stops the trace in an effect's run. */
struct switcher {
	struct kit *kit;
	sp_node *input;
};

static sp_status run_switcher(void *user, SP_UNUSED struct sp_error *error)
{
	const struct switcher *switcher = user;
	double want = kit_get(switcher->input);

	sp_trace_stop(switcher->kit->graph);
	if (want > 1)
		start(switcher->kit, 8);
	return SP_OK;
}

START_TEST(may_be_switched_in_a_run)
{
	struct kit kit;
	struct switcher switcher = { .kit = &kit };

	kit_open(&kit);
	kit_name(switcher.input = kit_signal(&kit, 1), "s");
	kit_name(kit_effect(&kit, run_switcher, &switcher), "e");
	kit_set(switcher.input, 2);
	ck_assert_str_eq(tell(&kit), ""); /* it began with the run under way */
	kit_set(switcher.input, 3);
	ck_assert_str_eq(tell(&kit), "");
	kit_set(switcher.input, 0);
	kit_set(switcher.input, 1);
	ck_assert_ptr_null(sp_trace_find(kit.graph, sp_trace_latest(kit.graph)));
	kit_close(&kit);
}
END_TEST

START_TEST(needs_memory_only_to_begin)
{
	struct chain chain;
	const struct sp_trace_hooks hooks = { 0 };

	open_chain(&chain);
	sp_alloc_fail_after(0);
	ck_assert_int_eq(sp_trace_start(chain.kit.graph, 8, &hooks), SP_NO_MEMORY);
	sp_alloc_fail_after(-1);
	ck_assert_int_eq(sp_trace_start(chain.kit.graph, 8, &hooks), SP_OK);
	ck_assert_int_eq(sp_trace_start(chain.kit.graph, 8, &hooks), SP_CONFLICT);
	sp_alloc_fail_after(0);
	kit_set(chain.s, 2);
	sp_alloc_fail_after(-1);
	ck_assert_uint_eq(sp_trace_latest(chain.kit.graph), 4);
	sp_trace_stop(chain.kit.graph);
	sp_trace_stop(chain.kit.graph);
	kit_close(&chain.kit);
}
END_TEST

/* What made a node run is known without a trace. */
START_TEST(cause_is_known_without_a_trace)
{
	struct chain chain;
	struct watcher both;
	sp_node *t;

	open_chain(&chain);
	kit_name(t = kit_signal(&chain.kit, 1), "t");
	kit_name(kit_watch(&chain.kit, &both, t, 'b'), "both");
	ck_assert_uint_eq(inspect(chain.e.node).because, 0);
	ck_assert_uint_eq(inspect(both.node).because, 0);
	kit_set(chain.s, 2);
	ck_assert_uint_eq(inspect(chain.e.node).because, inspect(chain.b.node).number);
	ck_assert_uint_eq(inspect(chain.b.node).because, inspect(chain.a.node).number);
	ck_assert_uint_eq(inspect(chain.a.node).because, inspect(chain.s).number);
	ck_assert_uint_eq(inspect(both.node).because, 0);
	kit_set(t, 2);
	ck_assert_uint_eq(inspect(both.node).because, inspect(t).number);
	sp_effect_sleep(both.node);
	sp_effect_wake(both.node);
	ck_assert_uint_eq(inspect(both.node).because, inspect(t).number);
	kit_close(&chain.kit);
}
END_TEST

KIT_MAIN("graph_trace", write_is_followed_to_the_effect, writes_of_a_batch_are_one_wave, equal_results_are_told,
	failures_are_told, writes_of_effects_name_their_cause, only_named_nodes_are_told_of, oldest_record_gives_way,
	small_ring_loses_causes, numbers_go_on_after_a_pause, may_be_switched_in_a_run, needs_memory_only_to_begin,
	cause_is_known_without_a_trace)
