/* graph_kit.c: nodes of numbers for the suites of the reactive engine. */
#include "graph_kit.h"
#include "runner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void kit_note(struct kit *kit, char letter)
{
	size_t length = strlen(kit->diary);

	ck_assert_uint_lt(length + 1, sizeof(kit->diary));
	kit->diary[length] = letter;
	kit->diary[length + 1] = '\0';
}

void kit_complain(struct kit *kit, const char *what, const char *text)
{
	size_t length = strlen(kit->problems);

	snprintf(kit->problems + length, sizeof(kit->problems) - length, "%s: %s\n", what, text);
}

static int64_t tell_time(void *user)
{
	struct kit *kit = user;

	kit->clock += 10;
	return kit->clock;
}

static void tell_failure(void *user, SP_UNUSED sp_node *effect, const struct sp_error *error)
{
	kit_complain(user, sp_status_word(error->code), error->message);
}

static void tell_runaway(void *user, const char *names)
{
	kit_complain(user, "runaway", names);
}

static void tell_mutation(void *user, sp_node *node)
{
	struct sp_node_info info = { .struct_size = sizeof(info) };

	sp_node_inspect(node, &info);
	kit_complain(user, "mutated", info.name != NULL ? info.name : "?");
}

void kit_open(struct kit *kit)
{
	struct sp_graph_hooks hooks = {
		.struct_size = sizeof(hooks),
		.user = kit,
		.now = tell_time,
		.effect_failed = tell_failure,
		.runaway = tell_runaway,
		.mutated = tell_mutation,
	};

	*kit = (struct kit){ .graph = sp_graph_create(&hooks) };
	ck_assert_ptr_nonnull(kit->graph);
}

void kit_close(struct kit *kit)
{
	sp_graph_destroy(kit->graph);
	kit->graph = NULL;
}

sp_node *kit_signal(struct kit *kit, double initial)
{
	sp_node *node = sp_signal_create(kit->graph, &sp_type_number, &initial);

	ck_assert_ptr_nonnull(node);
	return node;
}

sp_node *kit_computed(struct kit *kit, sp_computed_run run, void *user)
{
	sp_node *node = sp_computed_create(kit->graph, &sp_type_number, run, user);

	ck_assert_ptr_nonnull(node);
	return node;
}

sp_node *kit_effect(struct kit *kit, sp_effect_run run, void *user)
{
	sp_node *node = sp_effect_create(kit->graph, run, user, 0);

	ck_assert_ptr_nonnull(node);
	return node;
}

static sp_status run_sum(void *user, void *ret_value, SP_UNUSED struct sp_error *error)
{
	struct sum *sum = user;
	double total = sum->bias;
	size_t i;

	sum->runs++;
	for (i = 0; i < KIT_INPUTS && sum->inputs[i] != NULL; i++)
		total += kit_get(sum->inputs[i]);
	*(double *)ret_value = total;
	return SP_OK;
}

sp_node *kit_sum(struct kit *kit, struct sum *sum, sp_node *first, sp_node *second)
{
	*sum = (struct sum){ .inputs = { first, second } };
	sum->node = kit_computed(kit, run_sum, sum);
	return sum->node;
}

static sp_status run_watcher(void *user, SP_UNUSED struct sp_error *error)
{
	struct watcher *watcher = user;

	watcher->runs++;
	kit_note(watcher->kit, watcher->letter);
	watcher->last = kit_get(watcher->input);
	return SP_OK;
}

sp_node *kit_watch(struct kit *kit, struct watcher *watcher, sp_node *input, char letter)
{
	*watcher = (struct watcher){ .kit = kit, .input = input, .letter = letter };
	watcher->node = kit_effect(kit, run_watcher, watcher);
	return watcher->node;
}

void kit_name(sp_node *node, const char *name)
{
	ck_assert_int_eq(sp_node_describe(node, name, NULL), SP_OK);
}

double kit_get(sp_node *node)
{
	return *(const double *)sp_node_get(node);
}

double kit_peek(sp_node *node)
{
	return *(const double *)sp_node_peek(node);
}

void kit_set(sp_node *node, double value)
{
	ck_assert_int_eq(sp_node_write(node, &value), SP_OK);
}

struct sp_graph_counts kit_counts(const struct kit *kit)
{
	struct sp_graph_counts counts;

	sp_graph_count(kit->graph, &counts);
	return counts;
}

int kit_run(const char *name, const TTest *const *tests, size_t count)
{
	struct test_case *cases = calloc(count, sizeof *cases);
	int result = EXIT_FAILURE;

	if (!cases)
		return result;
	for (size_t i = 0; i < count; i++)
		cases[i].test = tests[i];
	result = run_suite(&(struct test_suite){ .name = name, .cases = cases, .count = count, .timeout = 60 });
	free(cases);
	return result;
}
