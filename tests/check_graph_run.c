/* check_graph_run.c: how runs fail: by themselves, by what they read, by loops, by depth, by writing. */
#include "graph_kit.h"

#include <pthread.h>
#include <string.h>

/* Answers an error while its input is negative. */
struct moody {
	sp_node *input;
	unsigned runs;
};

static sp_status run_moody(void *user, void *ret_value, struct sp_error *error)
{
	struct moody *moody = user;
	double value = kit_get(moody->input);

	moody->runs++;
	*(double *)ret_value = value;
	if (value == -2)
		return SP_UNAVAILABLE;
	return value < 0 ? sp_error_set(error, SP_INVALID, "%g is below zero", value) : SP_OK;
}

START_TEST(failed_run_is_cached_and_recovers) /* R-RX-3 */
{
	struct kit kit;
	struct moody moody = { 0 };
	sp_node *computed;
	const struct sp_error *error;

	kit_open(&kit);
	moody.input = kit_signal(&kit, -1);
	computed = kit_computed(&kit, run_moody, &moody);
	ck_assert_double_eq(kit_get(computed), 0);
	error = sp_node_error(computed);
	ck_assert_int_eq(error->code, SP_INVALID);
	ck_assert_str_eq(error->message, "-1 is below zero");
	ck_assert_uint_eq(moody.runs, 1);
	kit_set(moody.input, 3);
	ck_assert_ptr_null(sp_node_error(computed));
	ck_assert_double_eq(kit_get(computed), 3);
	ck_assert_uint_eq(moody.runs, 2);
	kit_close(&kit);
}
END_TEST

START_TEST(failure_without_words_gets_some)
{
	struct kit kit;
	struct moody moody = { 0 };
	sp_node *computed;

	kit_open(&kit);
	moody.input = kit_signal(&kit, -2);
	computed = kit_computed(&kit, run_moody, &moody);
	kit_name(computed, "mood");
	ck_assert_str_eq(sp_node_error(computed)->message, "mood failed: unavailable");
	kit_close(&kit);
}
END_TEST

START_TEST(readers_of_a_failed_computed_fail_alike) /* R-RX-3 */
{
	struct kit kit;
	struct moody moody = { 0 };
	struct sum sum;
	struct watcher watcher;

	kit_open(&kit);
	moody.input = kit_signal(&kit, 1);
	kit_sum(&kit, &sum, kit_computed(&kit, run_moody, &moody), NULL);
	sum.bias = 10;
	kit_watch(&kit, &watcher, sum.node, 'a');
	kit_set(moody.input, -1);
	ck_assert_str_eq(sp_node_error(sum.node)->message, "-1 is below zero");
	ck_assert_double_eq(kit_get(sum.node), 0);
	ck_assert_double_eq(watcher.last, 0);
	ck_assert_str_eq(kit.problems, "invalid_params: -1 is below zero\n");
	kit_set(moody.input, 2);
	ck_assert_double_eq(watcher.last, 12);
	kit_close(&kit);
}
END_TEST

static sp_status tell_error(void *user, SP_UNUSED void *ret_value, SP_UNUSED struct sp_error *error)
{
	*(double *)ret_value = sp_node_error(user) != NULL ? 1 : 0;
	return SP_OK;
}

START_TEST(asking_for_the_error_does_not_fail_the_reader)
{
	struct kit kit;
	struct moody moody = { 0 };
	sp_node *computed;

	kit_open(&kit);
	moody.input = kit_signal(&kit, -1);
	computed = kit_computed(&kit, tell_error, kit_computed(&kit, run_moody, &moody));
	ck_assert_double_eq(kit_get(computed), 1);
	kit_set(moody.input, 1);
	ck_assert_double_eq(kit_get(computed), 0);
	kit_close(&kit);
}
END_TEST

static sp_status fail_inside(void *user, SP_UNUSED void *ret_value, struct sp_error *error)
{
	ck_assert_int_eq(sp_graph_fail(user, SP_TIMEOUT, "first"), SP_TIMEOUT);
	sp_graph_fail(user, SP_FAILED, "second");
	return sp_error_set(error, SP_INVALID, "third");
}

START_TEST(first_failure_inside_a_run_counts)
{
	struct kit kit;
	sp_node *computed;

	kit_open(&kit);
	ck_assert_int_eq(sp_graph_fail(kit.graph, SP_FAILED, "nothing runs"), SP_FAILED);
	computed = kit_computed(&kit, fail_inside, kit.graph);
	ck_assert_int_eq(sp_node_error(computed)->code, SP_TIMEOUT);
	ck_assert_str_eq(sp_node_error(computed)->message, "first");
	kit_close(&kit);
}
END_TEST

static sp_status answer_later(SP_UNUSED void *user, SP_UNUSED void *ret_value, SP_UNUSED struct sp_error *error)
{
	return SP_LATER;
}

START_TEST(computed_cannot_answer_later)
{
	struct kit kit;

	kit_open(&kit);
	ck_assert_int_eq(sp_node_error(kit_computed(&kit, answer_later, NULL))->code, SP_INVALID);
	kit_close(&kit);
}
END_TEST

/* ---- loops ------------------------------------------------------------------------------------------------------- */

START_TEST(computed_that_reads_itself_fails) /* R-RX-3 */
{
	struct kit kit;
	struct sum sum;

	kit_open(&kit);
	kit_sum(&kit, &sum, NULL, NULL);
	sum.inputs[0] = sum.node;
	kit_name(sum.node, "a");
	ck_assert_double_eq(kit_get(sum.node), 0);
	ck_assert_str_eq(sp_node_error(sum.node)->message, "a loop: a \xe2\x86\x92 a");
	ck_assert_uint_eq(sum.runs, 1);
	kit_close(&kit);
}
END_TEST

START_TEST(loop_is_named_and_can_be_left) /* R-RX-3 */
{
	struct kit kit;
	struct sum a, b, c;
	struct watcher watcher;
	sp_node *signal;

	kit_open(&kit);
	signal = kit_signal(&kit, 1);
	kit_name(kit_sum(&kit, &c, signal, NULL), "c");
	kit_name(kit_sum(&kit, &b, c.node, NULL), "b");
	kit_name(kit_sum(&kit, &a, b.node, NULL), "a");
	kit_watch(&kit, &watcher, a.node, 'w');
	ck_assert_double_eq(watcher.last, 1);
	c.inputs[1] = a.node;
	kit_set(signal, 2);
	ck_assert_str_eq(kit.problems, "conflict: a loop: a \xe2\x86\x92 b \xe2\x86\x92 c \xe2\x86\x92 a\n");
	ck_assert_int_eq(sp_node_error(b.node)->code, SP_CONFLICT);
	c.inputs[1] = NULL;
	kit_set(signal, 3);
	ck_assert_double_eq(watcher.last, 3);
	ck_assert_ptr_null(sp_node_error(b.node));
	kit_close(&kit);
}
END_TEST

START_TEST(loop_that_appears_on_first_reads_is_named) /* R-RX-3 */
{
	struct kit kit;
	struct sum a, b;

	kit_open(&kit);
	kit_sum(&kit, &a, NULL, NULL);
	kit_sum(&kit, &b, a.node, NULL);
	a.inputs[0] = b.node;
	ck_assert_str_eq(sp_node_error(b.node)->message,
		"a loop: computed 2 \xe2\x86\x92 computed 1 \xe2\x86\x92 computed 2");
	ck_assert_double_eq(kit_get(a.node), 0);
	kit_close(&kit);
}
END_TEST

/* ---- depth ------------------------------------------------------------------------------------------------------- */

static void *read_deep(SP_UNUSED void *unused)
{
	enum { DEEP = 10000 };
	static struct sum sums[DEEP];
	struct kit kit;
	sp_node *node;
	const struct sp_error *error;
	size_t i;

	kit_open(&kit);
	node = kit_signal(&kit, 1);
	for (i = 0; i < DEEP; i++)
		node = kit_sum(&kit, &sums[i], node, NULL);
	error = sp_node_error(node);
	ck_assert_int_eq(error->code, SP_FAILED);
	ck_assert_ptr_nonnull(strstr(error->message, "too deep for the stack: \xe2\x80\xa6 \xe2\x86\x92 computed "));
	for (i = 0; i < DEEP; i++)
		kit_get(sums[i].node);
	kit_set(sums[0].inputs[0], 2);
	ck_assert_double_eq(kit_get(node), 2);
	kit_close(&kit);
	return NULL;
}

START_TEST(first_read_that_is_too_deep_fails) /* R-RX-10 */
{
	pthread_attr_t attributes;
	pthread_t thread;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, (size_t)256 * 1024);
	ck_assert_int_eq(pthread_create(&thread, &attributes, read_deep, NULL), 0);
	pthread_join(thread, NULL);
	pthread_attr_destroy(&attributes);
}
END_TEST

/* ---- writing and not recording ----------------------------------------------------------------------------------- */

struct writer {
	struct kit *kit;
	sp_node *input, *output;
	sp_status answer;
};

static sp_status write_in_computed(void *user, void *ret_value, SP_UNUSED struct sp_error *error)
{
	struct writer *writer = user;

	*(double *)ret_value = kit_get(writer->input);
	writer->answer = sp_node_write(writer->output, ret_value);
	return SP_OK;
}

START_TEST(write_in_a_computed_is_refused) /* R-RX-5 */
{
	struct kit kit;
	struct writer writer = { 0 };
	sp_node *computed;

	kit_open(&kit);
	writer.input = kit_signal(&kit, 5);
	writer.output = kit_signal(&kit, 0);
	computed = kit_computed(&kit, write_in_computed, &writer);
	kit_name(writer.output, "total");
	kit_name(computed, "doubled");
	ck_assert_double_eq(kit_get(computed), 0);
	ck_assert_int_eq(writer.answer, SP_CONFLICT);
	ck_assert_str_eq(sp_node_error(computed)->message,
		"total cannot be set by doubled: a computed only reads; set it in an effect");
	ck_assert_double_eq(kit_get(writer.output), 0);
	kit_close(&kit);
}
END_TEST

static void write_untracked(void *user)
{
	struct writer *writer = user;
	double value = kit_get(writer->output) + 1;

	writer->answer = sp_node_write(writer->output, &value);
}

static sp_status run_untracked(void *user, SP_UNUSED struct sp_error *error)
{
	struct writer *writer = user;

	kit_note(writer->kit, 'a');
	sp_untracked(writer->kit->graph, write_untracked, writer);
	kit_get(writer->input);
	return SP_OK;
}

START_TEST(untracked_reads_are_not_recorded) /* R-RX-9 */
{
	struct kit kit;
	struct writer writer = { .kit = &kit };

	kit_open(&kit);
	writer.input = kit_signal(&kit, 0);
	writer.output = kit_signal(&kit, 0);
	kit_effect(&kit, run_untracked, &writer);
	ck_assert_double_eq(kit_get(writer.output), 1);
	ck_assert_uint_eq(kit_counts(&kit).edges, 1);
	kit_set(writer.output, 7);
	kit_set(writer.input, 1);
	ck_assert_str_eq(kit.diary, "aa");
	ck_assert_double_eq(kit_get(writer.output), 8);
	kit_close(&kit);
}
END_TEST

/* Lacks memory twice. */
static sp_status run_poor(void *user, void *ret_value, SP_UNUSED struct sp_error *error)
{
	struct moody *moody = user;

	moody->runs++;
	if (ret_value != NULL)
		*(double *)ret_value = moody->runs;
	return moody->runs < 3 ? SP_NO_MEMORY : SP_OK;
}

static sp_status run_poor_effect(void *user, struct sp_error *error)
{
	return run_poor(user, NULL, error);
}

START_TEST(run_that_lacked_memory_is_tried_again)
{
	struct kit kit;
	struct moody computing = { 0 }, effecting = { 0 };
	sp_node *computed, *effect;

	kit_open(&kit);
	computed = kit_computed(&kit, run_poor, &computing);
	ck_assert_int_eq(sp_node_error(computed)->code, SP_NO_MEMORY);
	ck_assert_double_eq(kit_get(computed), 0);
	ck_assert_double_eq(kit_get(computed), 3);
	ck_assert_double_eq(kit_get(computed), 3);
	effect = kit_effect(&kit, run_poor_effect, &effecting);
	for (int i = 0; i < 3; i++)
		sp_effect_wake(effect);
	ck_assert_uint_eq(effecting.runs, 3);
	kit_close(&kit);
}
END_TEST

KIT_MAIN("graph_run", failed_run_is_cached_and_recovers, failure_without_words_gets_some,
	readers_of_a_failed_computed_fail_alike, asking_for_the_error_does_not_fail_the_reader,
	first_failure_inside_a_run_counts, computed_cannot_answer_later, computed_that_reads_itself_fails,
	loop_is_named_and_can_be_left, loop_that_appears_on_first_reads_is_named, first_read_that_is_too_deep_fails,
	write_in_a_computed_is_refused, untracked_reads_are_not_recorded, run_that_lacked_memory_is_tried_again)
