/* check_graph.c: a graph as a whole: its life, and random graphs against a model that computes everything anew. */
#include "graph_kit.h"

#include <stdlib.h>

START_TEST(graph_without_hooks_works)
{
	sp_graph *graph = sp_graph_create(NULL);
	double one = 1;
	sp_node *signal = sp_signal_create(graph, &sp_type_number, &one);

	ck_assert_double_eq(kit_get(signal), 1);
	sp_graph_destroy(graph);
	sp_graph_destroy(NULL);
}
END_TEST

static int64_t must_not_be_asked(SP_UNUSED void *user)
{
	ck_abort_msg("a hook beyond struct_size was called");
	return 0;
}

START_TEST(older_hooks_are_taken_as_far_as_they_go)
{
	struct kit kit = { 0 };
	struct sum sum;
	struct sp_graph_hooks hooks = { .struct_size = offsetof(struct sp_graph_hooks, now), .user = &kit };
	sp_graph *graph;

	hooks.now = must_not_be_asked;
	graph = sp_graph_create(&hooks);
	kit.graph = graph;
	kit_name(kit_sum(&kit, &sum, NULL, NULL), "a");
	kit_get(sum.node);
	sp_graph_destroy(graph);
}
END_TEST

START_TEST(everything_left_is_disposed)
{
	struct kit kit;
	struct sum sum;
	struct watcher watcher;

	kit_open(&kit);
	kit_watch(&kit, &watcher, kit_sum(&kit, &sum, kit_signal(&kit, 1), NULL), 'a');
	kit_name(sum.node, "sum");
	sp_batch_begin(kit.graph);
	kit_set(sum.inputs[0], 2);
	sp_node_dispose(watcher.node);
	kit_close(&kit); /* inside a batch, and with a disposed effect in the queue */
	ck_assert_uint_eq(watcher.runs, 1);
}
END_TEST

/* ---- random graphs ----------------------------------------------------------------------------------------------- */

enum { SIGNALS = 8, COMPUTEDS = 40, EFFECTS = 12, SOURCES = 5, WAVES = 400, GRAPHS = 30, MODULUS = 7, BAD = 6 };

/* Computed i reads some of the nodes before it: which, depends on what it has read so far. */
struct formula {
	struct world *world;
	size_t index, sources[SOURCES];
	unsigned runs, allowed;
};

struct observer {
	struct world *world;
	sp_node *node;
	size_t input;
	unsigned runs;
	int value;
};

struct world {
	struct kit kit;
	unsigned long long seed;
	sp_node *nodes[SIGNALS + COMPUTEDS];
	struct formula formulas[COMPUTEDS];
	struct observer observers[EFFECTS];
	int signals[SIGNALS];
	int model[SIGNALS + COMPUTEDS]; /* what each node should be; -1 for failed */
};

static size_t roll(struct world *world, size_t sides)
{
	world->seed = world->seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (size_t)(world->seed >> 33) % sides;
}

/* The rule that the graph and the model share: read(i) answers -1 for a node that failed. */
static int apply(const struct formula *formula, int (*read)(struct world *world, size_t i))
{
	int total = (int)formula->index, failed = 0;
	size_t i;

	for (i = 0; i < SOURCES; i++) {
		int value = read(formula->world, formula->sources[i]);

		failed |= value < 0;
		total += value;
		if (value == 1)
			i++;
	}
	total = ((total % MODULUS) + MODULUS) % MODULUS;
	return failed || (total == BAD && formula->index % 3 == 0) ? -1 : total / 2;
}

static int read_graph(struct world *world, size_t i)
{
	const struct sp_error *error = sp_node_error(world->nodes[i]);
	int value = (int)kit_get(world->nodes[i]);

	return error != NULL ? -1 : value;
}

static int read_model(struct world *world, size_t i)
{
	return world->model[i];
}

static sp_status run_formula(void *user, void *ret_value, SP_UNUSED struct sp_error *error)
{
	struct formula *formula = user;
	int value = apply(formula, read_graph);

	formula->runs++;
	*(double *)ret_value = value;
	return value < 0 ? SP_FAILED : SP_OK;
}

static sp_status run_observer(void *user, SP_UNUSED struct sp_error *error)
{
	struct observer *observer = user;

	observer->runs++;
	observer->value = read_graph(observer->world, observer->input);
	return SP_OK;
}

static void compute_model(struct world *world)
{
	size_t i;

	for (i = 0; i < SIGNALS; i++)
		world->model[i] = world->signals[i];
	for (i = 0; i < COMPUTEDS; i++)
		world->model[SIGNALS + i] = apply(&world->formulas[i], read_model);
}

static void observe(struct world *world, struct observer *observer)
{
	*observer = (struct observer){ .world = world, .input = SIGNALS + roll(world, COMPUTEDS) };
	observer->node = kit_effect(&world->kit, run_observer, observer);
}

static void build(struct world *world, unsigned long long seed)
{
	size_t i, j;

	*world = (struct world){ .seed = seed };
	kit_open(&world->kit);
	for (i = 0; i < SIGNALS; i++)
		world->nodes[i] = kit_signal(&world->kit, 0);
	for (i = 0; i < COMPUTEDS; i++) {
		struct formula *formula = &world->formulas[i];

		*formula = (struct formula){ .world = world, .index = i };
		for (j = 0; j < SOURCES; j++)
			formula->sources[j] = roll(world, SIGNALS + i);
		world->nodes[SIGNALS + i] = kit_computed(&world->kit, run_formula, formula);
	}
	for (i = 0; i < EFFECTS; i++)
		observe(world, &world->observers[i]);
}

/* Changes a few signals, and some effects, in one batch. */
static void disturb(struct world *world)
{
	size_t writes = roll(world, 4), i;

	sp_batch_begin(world->kit.graph);
	while (writes-- > 0) {
		i = roll(world, SIGNALS);
		world->signals[i] = (int)roll(world, 3);
		kit_set(world->nodes[i], world->signals[i]);
	}
	if (roll(world, 5) == 0) {
		i = roll(world, EFFECTS);
		sp_node_dispose(world->observers[i].node);
		observe(world, &world->observers[i]);
	}
	sp_batch_end(world->kit.graph);
}

/* An observer runs when its value changed, and only then. A repeated failure counts as a change. */
static void check_observer(const struct observer *observer, const struct observer *before)
{
	unsigned runs = observer->runs - before->runs;

	ck_assert_int_eq(observer->value, observer->world->model[observer->input]);
	if (observer->runs == 1)
		return;
	ck_assert_uint_le(runs, 1);
	if (before->value != observer->value)
		ck_assert_uint_eq(runs, 1);
	else if (observer->value >= 0)
		ck_assert_uint_eq(runs, 0);
}

static void check_wave(struct world *world)
{
	struct observer before[EFFECTS];
	size_t i;

	for (i = 0; i < EFFECTS; i++)
		before[i] = world->observers[i];
	for (i = 0; i < COMPUTEDS; i++)
		world->formulas[i].allowed = world->formulas[i].runs + 1;
	disturb(world);
	compute_model(world);
	for (i = 0; i < EFFECTS; i++)
		check_observer(&world->observers[i], &before[i]);
	if (roll(world, 4) == 0) {
		i = roll(world, SIGNALS + COMPUTEDS);
		ck_assert_int_eq(read_graph(world, i), world->model[i]);
	}
	for (i = 0; i < COMPUTEDS; i++)
		ck_assert_uint_le(world->formulas[i].runs, world->formulas[i].allowed);
}

START_TEST(random_graphs_follow_the_model) /* R-RX-3, R-RX-4, R-RX-5 */
{
	static struct world world;
	unsigned long long seed;
	size_t i;

	for (seed = 1; seed <= GRAPHS; seed++) {
		build(&world, seed);
		for (i = 0; i < WAVES; i++)
			check_wave(&world);
		kit_close(&world.kit);
	}
}
END_TEST

KIT_MAIN("graph", graph_without_hooks_works, older_hooks_are_taken_as_far_as_they_go, everything_left_is_disposed,
	random_graphs_follow_the_model)
