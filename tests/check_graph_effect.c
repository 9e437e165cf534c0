/* check_graph_effect.c: when effects run, in which order, and how a wave ends. */
#include "alloc.h"
#include "graph_kit.h"

#include <string.h>

START_TEST(effect_runs_once_and_on_each_change) /* R-RX-4 */
{
	struct kit kit;
	struct watcher watcher;
	sp_node *signal;

	kit_open(&kit);
	signal = kit_signal(&kit, 1);
	kit_watch(&kit, &watcher, signal, 'a');
	ck_assert_uint_eq(watcher.runs, 1);
	kit_set(signal, 2);
	ck_assert_uint_eq(watcher.runs, 2);
	ck_assert_double_eq(watcher.last, 2);
	ck_assert_uint_eq(kit_counts(&kit).waves, 2);
	kit_close(&kit);
}
END_TEST

START_TEST(nested_batches_flush_once) /* R-RX-5 */
{
	struct kit kit;
	struct watcher watcher;
	sp_node *signal;

	kit_open(&kit);
	signal = kit_signal(&kit, 0);
	sp_batch_begin(kit.graph);
	kit_watch(&kit, &watcher, signal, 'a');
	ck_assert_uint_eq(watcher.runs, 0);
	sp_batch_begin(kit.graph);
	kit_set(signal, 1);
	kit_set(signal, 2);
	sp_batch_end(kit.graph);
	ck_assert_uint_eq(watcher.runs, 0);
	sp_batch_end(kit.graph);
	ck_assert_uint_eq(watcher.runs, 1);
	ck_assert_double_eq(watcher.last, 2);
	kit_close(&kit);
}
END_TEST

START_TEST(effects_run_in_order_of_creation) /* R-RX-4 */
{
	struct kit kit;
	struct watcher watchers[26];
	sp_node *signals[5];
	size_t i;

	kit_open(&kit);
	for (i = 0; i < 5; i++)
		signals[i] = kit_signal(&kit, 0);
	for (i = 0; i < 26; i++)
		kit_watch(&kit, &watchers[i], signals[(i * 7) % 5], (char)('a' + i));
	kit.diary[0] = '\0';
	sp_batch_begin(kit.graph);
	for (i = 5; i-- > 0;)
		kit_set(signals[i], 1);
	sp_batch_end(kit.graph);
	ck_assert_str_eq(kit.diary, "abcdefghijklmnopqrstuvwxyz");
	kit_close(&kit);
}
END_TEST

/* ---- effects that write ------------------------------------------------------------------------------------------ */

/* Adds 1 to its output while its input is below the limit. */
struct counter {
	struct kit *kit;
	sp_node *input, *output, *made;
	double limit;
	char letter;
	struct watcher *watcher;
};

static sp_status count_up(void *user, SP_UNUSED struct sp_error *error)
{
	struct counter *counter = user;
	double value = kit_get(counter->input);

	kit_note(counter->kit, counter->letter);
	if (value < counter->limit)
		kit_set(counter->output, kit_peek(counter->output) + 1);
	return SP_OK;
}

START_TEST(effect_that_writes_what_it_reads_runs_again) /* R-RX-6 */
{
	struct kit kit;
	struct counter counter = { .kit = &kit, .limit = 3, .letter = 'a' };
	struct watcher watcher;

	kit_open(&kit);
	counter.input = counter.output = kit_signal(&kit, 0);
	kit_effect(&kit, count_up, &counter);
	kit_watch(&kit, &watcher, counter.input, 'b');
	ck_assert_str_eq(kit.diary, "aaaab");
	ck_assert_double_eq(kit_get(counter.input), 3);
	counter.limit = 5;
	kit_set(counter.input, 4);
	ck_assert_str_eq(kit.diary, "aaaababa");
	ck_assert_double_eq(watcher.last, 5);
	kit_close(&kit);
}
END_TEST

START_TEST(effect_woken_by_an_effect_runs_in_the_same_wave)
{
	struct kit kit;
	struct counter counter = { .kit = &kit, .limit = 100, .letter = 'b' };
	struct watcher before, after;
	sp_node *signal;

	kit_open(&kit);
	signal = kit_signal(&kit, 0);
	counter.output = kit_signal(&kit, 0);
	counter.input = signal;
	kit_watch(&kit, &before, counter.output, 'a');
	kit_effect(&kit, count_up, &counter);
	kit_watch(&kit, &after, counter.output, 'c');
	kit.diary[0] = '\0';
	kit_set(signal, 1);
	ck_assert_str_eq(kit.diary, "bac");
	ck_assert_double_eq(before.last, 2);
	ck_assert_double_eq(after.last, 2);
	kit_close(&kit);
}
END_TEST

START_TEST(endless_wave_names_those_that_wake_each_other) /* R-RX-6 */
{
	struct kit kit;
	struct counter ping = { .kit = &kit, .limit = 1e9, .letter = 'i' },
		       pong = { .kit = &kit, .limit = 1e9, .letter = 'o' };
	struct watcher bystander;

	kit_open(&kit);
	ping.output = pong.input = kit_signal(&kit, 0);
	pong.output = ping.input = kit_signal(&kit, 0);
	sp_batch_begin(kit.graph);
	kit_name(kit_watch(&kit, &bystander, ping.input, 'b'), "bystander");
	kit_name(kit_effect(&kit, count_up, &ping), "ping");
	kit_effect(&kit, count_up, &pong);
	sp_batch_end(kit.graph);
	ck_assert_str_eq(kit.problems, "runaway: ping, effect 5\n");
	kit_close(&kit);
}
END_TEST

START_TEST(endless_wave_is_stopped_and_nothing_is_lost) /* R-RX-6 */
{
	struct kit kit;
	struct counter ping = { .kit = &kit, .limit = 1e9, .letter = 'i' },
		       pong = { .kit = &kit, .limit = 1e9, .letter = 'o' };
	struct watcher bystander;
	struct sum sum;
	sp_node *other;

	kit_open(&kit);
	other = kit_signal(&kit, 0);
	kit_watch(&kit, &bystander, other, 'b');
	pong.output = pong.input = kit_signal(&kit, 0);
	ping.output = kit_signal(&kit, 0);
	ping.input = kit_sum(&kit, &sum, ping.output, NULL);
	sp_batch_begin(kit.graph);
	kit_name(kit_effect(&kit, count_up, &ping), "ping");
	kit_name(kit_effect(&kit, count_up, &pong), "pong");
	sp_batch_end(kit.graph);
	ck_assert_str_eq(kit.problems, "runaway: ping, pong\n");
	ck_assert_uint_eq(strlen(kit.diary), 1 + 200);
	kit_set(other, 1); /* the graph goes on, and leaves them alone */
	ck_assert_uint_eq(bystander.runs, 2);
	ck_assert_uint_eq(strlen(kit.diary), 2 + 200);
	ping.limit = pong.limit = -10;
	kit_set(ping.output, -5); /* reaches ping only */
	ck_assert_str_eq(kit.diary + 2 + 200, "i");
	kit_set(pong.input, -5);
	ck_assert_str_eq(kit.diary + 2 + 200, "io");
	ck_assert_str_eq(kit.problems, "runaway: ping, pong\n");
	kit_close(&kit);
}
END_TEST

/* ---- creation and disposal in a wave ----------------------------------------------------------------------------- */

static sp_status make_effect(void *user, SP_UNUSED struct sp_error *error)
{
	struct counter *counter = user;

	kit_get(counter->input);
	if (counter->watcher->node == NULL)
		kit_watch(counter->kit, counter->watcher, counter->output, 'n');
	kit_note(counter->kit, counter->letter);
	return SP_OK;
}

START_TEST(effect_made_in_an_effect_runs_after_it) /* R-RX-5 */
{
	struct kit kit;
	struct watcher made = { 0 };
	struct counter counter = { .kit = &kit, .letter = 'a', .watcher = &made };

	kit_open(&kit);
	counter.input = kit_signal(&kit, 0);
	counter.output = kit_signal(&kit, 0);
	kit_effect(&kit, make_effect, &counter);
	ck_assert_str_eq(kit.diary, "an");
	kit_set(counter.output, 1);
	ck_assert_str_eq(kit.diary, "ann");
	kit_close(&kit);
}
END_TEST

/* Disposes its victims when its input turns positive, and writes to its output then. */
struct killer {
	struct kit *kit;
	sp_node *input, *output, *victims[3];
	char letter;
};

static sp_status kill(void *user, SP_UNUSED struct sp_error *error)
{
	struct killer *killer = user;
	double value = kit_get(killer->input);
	size_t i;

	kit_note(killer->kit, killer->letter);
	if (value <= 0)
		return SP_OK;
	if (killer->output != NULL)
		kit_set(killer->output, value);
	for (i = 0; i < 3; i++)
		sp_node_dispose(killer->victims[i]);
	return SP_OK;
}

START_TEST(effect_may_dispose_its_siblings) /* R-RX-9 */
{
	struct kit kit;
	struct killer killer = { .kit = &kit, .letter = 'k' };
	struct watcher before, after, last;
	sp_node *signal;

	kit_open(&kit);
	killer.input = signal = kit_signal(&kit, 0);
	killer.victims[0] = kit_watch(&kit, &before, signal, 'a');
	kit_effect(&kit, kill, &killer);
	killer.victims[1] = kit_watch(&kit, &after, signal, 'b');
	kit_watch(&kit, &last, signal, 'c');
	kit.diary[0] = '\0';
	kit_set(signal, 1);
	ck_assert_str_eq(kit.diary, "akc");
	ck_assert_uint_eq(kit_counts(&kit).nodes, 3);
	kit_close(&kit);
}
END_TEST

START_TEST(effect_may_dispose_itself_and_what_it_reads) /* R-RX-9 */
{
	struct kit kit;
	struct killer killer = { .kit = &kit, .letter = 'k' };
	sp_node *signal;

	kit_open(&kit);
	signal = kit_signal(&kit, 0);
	killer.input = killer.output = signal;
	killer.victims[0] = kit_effect(&kit, kill, &killer);
	killer.victims[1] = kit_signal(&kit, 0);
	kit_set(signal, 1);
	kit_set(signal, 2);
	ck_assert_str_eq(kit.diary, "kk");
	ck_assert_uint_eq(kit_counts(&kit).nodes, 1);
	ck_assert_uint_eq(kit_counts(&kit).edges, 0);
	kit_close(&kit);
}
END_TEST

START_TEST(effect_queued_again_may_dispose_itself) /* R-RX-9 */
{
	struct kit kit;
	struct killer killer = { .kit = &kit, .letter = 'k' };
	struct sum sum;

	kit_open(&kit);
	killer.output = kit_signal(&kit, 0);
	killer.input = kit_sum(&kit, &sum, killer.output, NULL);
	killer.victims[0] = kit_effect(&kit, kill, &killer);
	sum.bias = 1;
	kit_set(killer.output, 5); /* its run writes 6, which queues it, and then disposes it */
	ck_assert_str_eq(kit.diary, "kk");
	ck_assert_uint_eq(kit_counts(&kit).nodes, 2);
	kit_close(&kit);
}
END_TEST

/* ---- cleanups ---------------------------------------------------------------------------------------------------- */

struct cleaner {
	struct kit *kit;
	sp_node *input, *written;
};

static void note_x(void *object)
{
	kit_note(object, 'x');
}

static void note_y(void *object)
{
	kit_note(object, 'y');
}

static void write_one(void *object)
{
	struct cleaner *cleaner = object;

	kit_get(cleaner->written); /* is not recorded */
	kit_set(cleaner->written, kit_peek(cleaner->written) + 1);
	ck_assert_int_eq(sp_effect_cleanup(cleaner->kit->graph, note_x, cleaner->kit), SP_CONFLICT);
}

static sp_status run_cleaner(void *user, SP_UNUSED struct sp_error *error)
{
	struct cleaner *cleaner = user;

	kit_note(cleaner->kit, 'r');
	kit_get(cleaner->input);
	ck_assert_int_eq(sp_effect_cleanup(cleaner->kit->graph, note_x, cleaner->kit), SP_OK);
	ck_assert_int_eq(sp_effect_cleanup(cleaner->kit->graph, note_y, cleaner->kit), SP_OK);
	ck_assert_int_eq(sp_effect_cleanup(cleaner->kit->graph, write_one, cleaner), SP_OK);
	return SP_OK;
}

START_TEST(cleanups_run_in_reverse) /* R-RX-4 */
{
	struct kit kit;
	struct cleaner cleaner = { .kit = &kit };
	struct watcher watcher;
	struct sum sum;
	sp_node *effect, *trigger;

	kit_open(&kit);
	trigger = kit_signal(&kit, 0);
	cleaner.input = kit_sum(&kit, &sum, trigger, NULL);
	cleaner.written = kit_signal(&kit, 0);
	effect = kit_effect(&kit, run_cleaner, &cleaner);
	kit_watch(&kit, &watcher, cleaner.written, 'w');
	ck_assert_str_eq(kit.diary, "rw");
	kit_set(trigger, 1);
	ck_assert_str_eq(kit.diary, "rwyxrw");
	sp_node_dispose(effect);
	ck_assert_str_eq(kit.diary, "rwyxrwyxw");
	ck_assert_int_eq(sp_effect_cleanup(kit.graph, note_x, &kit), SP_CONFLICT);
	kit_effect(&kit, run_cleaner, &cleaner);
	kit_close(&kit);
	ck_assert_str_eq(kit.diary, "rwyxrwyxwryx");
}
END_TEST

static sp_status clean_without_memory(void *user, SP_UNUSED struct sp_error *error)
{
	struct kit *kit = user;

	sp_alloc_fail_after(0);
	ck_assert_int_eq(sp_effect_cleanup(kit->graph, note_x, kit), SP_NO_MEMORY);
	return SP_OK;
}

START_TEST(cleanup_without_memory_is_refused)
{
	struct kit kit;

	kit_open(&kit);
	kit_effect(&kit, clean_without_memory, &kit);
	kit_close(&kit);
	ck_assert_str_eq(kit.diary, "");
}
END_TEST

/* ---- sleep ------------------------------------------------------------------------------------------------------- */

START_TEST(sleeping_effect_runs_on_waking_if_something_changed)
{
	struct kit kit;
	struct watcher watcher;
	sp_node *signal;

	kit_open(&kit);
	signal = kit_signal(&kit, 0);
	kit_watch(&kit, &watcher, signal, 'a');
	sp_effect_sleep(watcher.node);
	sp_effect_wake(watcher.node);
	ck_assert_uint_eq(watcher.runs, 1);
	sp_effect_sleep(watcher.node);
	kit_set(signal, 1);
	kit_set(signal, 2);
	ck_assert_uint_eq(watcher.runs, 1);
	sp_batch_begin(kit.graph);
	sp_effect_wake(watcher.node);
	ck_assert_uint_eq(watcher.runs, 1);
	sp_batch_end(kit.graph);
	ck_assert_uint_eq(watcher.runs, 2);
	ck_assert_double_eq(watcher.last, 2);
	kit_close(&kit);
}
END_TEST

START_TEST(effect_put_to_sleep_while_queued_waits)
{
	struct kit kit;
	struct watcher watcher;
	sp_node *signal;

	kit_open(&kit);
	signal = kit_signal(&kit, 0);
	kit_watch(&kit, &watcher, signal, 'a');
	sp_batch_begin(kit.graph);
	kit_set(signal, 1);
	sp_effect_sleep(watcher.node);
	sp_batch_end(kit.graph);
	ck_assert_uint_eq(watcher.runs, 1);
	sp_effect_wake(watcher.node);
	ck_assert_uint_eq(watcher.runs, 2);
	sp_effect_sleep(watcher.node);
	kit_set(signal, 2);
	sp_node_dispose(watcher.node);
	ck_assert_uint_eq(kit_counts(&kit).nodes, 1);
	kit_close(&kit);
}
END_TEST

static sp_status just_note(void *user, SP_UNUSED struct sp_error *error)
{
	kit_note(user, 's');
	return SP_OK;
}

START_TEST(effect_made_asleep_first_runs_on_waking)
{
	struct kit kit;
	sp_node *effect;

	kit_open(&kit);
	effect = sp_effect_create(kit.graph, just_note, &kit, SP_EFFECT_ASLEEP);
	ck_assert_str_eq(kit.diary, "");
	sp_alloc_fail_after(0);
	sp_effect_wake(effect);
	sp_effect_sleep(effect);
	sp_effect_wake(effect);
	ck_assert(!sp_alloc_has_failed());
	ck_assert_str_eq(kit.diary, "s");
	kit_close(&kit);
}
END_TEST

static sp_status sleep_itself(void *user, SP_UNUSED struct sp_error *error)
{
	struct cleaner *cleaner = user;
	double value = kit_get(cleaner->input);

	kit_note(cleaner->kit, 's');
	if (value == 1) {
		sp_effect_sleep(cleaner->written);
		kit_set(cleaner->input, 2);
	}
	return SP_OK;
}

START_TEST(effect_may_sleep_in_its_own_run)
{
	struct kit kit;
	struct cleaner cleaner = { .kit = &kit };

	kit_open(&kit);
	cleaner.input = kit_signal(&kit, 0);
	cleaner.written = kit_effect(&kit, sleep_itself, &cleaner);
	kit_set(cleaner.input, 1);
	ck_assert_str_eq(kit.diary, "ss");
	sp_effect_wake(cleaner.written);
	ck_assert_str_eq(kit.diary, "sss");
	kit_close(&kit);
}
END_TEST

KIT_MAIN("graph_effect", effect_runs_once_and_on_each_change, nested_batches_flush_once,
	effects_run_in_order_of_creation, effect_that_writes_what_it_reads_runs_again,
	effect_woken_by_an_effect_runs_in_the_same_wave, endless_wave_names_those_that_wake_each_other,
	endless_wave_is_stopped_and_nothing_is_lost, effect_made_in_an_effect_runs_after_it,
	effect_may_dispose_its_siblings, effect_may_dispose_itself_and_what_it_reads,
	effect_queued_again_may_dispose_itself, cleanups_run_in_reverse, cleanup_without_memory_is_refused,
	sleeping_effect_runs_on_waking_if_something_changed, effect_put_to_sleep_while_queued_waits,
	effect_made_asleep_first_runs_on_waking, effect_may_sleep_in_its_own_run)
