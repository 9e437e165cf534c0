/* reactive_creation.c: making, updating and disposing 100,000 nodes in many ratios of signals to effects. Each is
 * warmed up with a hundredth of it, three times. */
#include "reactive_graphs.h"

#include <stdlib.h>

enum { COUNT = 100000, WARM_UPS = 3, WARM_UP_SHARE = 100 };

/* Effects that read so many signals each, while so many effects read each signal; 0 signals: none is read. */
struct ratio {
	int signals, effects;
	int writes; /* how often one signal is written; 0: only creation counts */
};

/* What an effect reads: count signals from first on. */
struct range {
	sp_node **first;
	int count;
	unsigned *runs;
};

static sp_status run_range(void *user, SP_UNUSED struct sp_error *error)
{
	const struct range *range = user;
	double total = 0;
	int i;

	for (i = 0; i < range->count; i++)
		total += get(range->first[i]);
	++*range->runs;
	return total >= 0 ? SP_OK : SP_FAILED;
}

static void *allocate(size_t count, size_t size)
{
	void *memory = calloc(count > 0 ? count : 1, size);

	if (memory == NULL)
		abort();
	return memory;
}

static void dispose_all(sp_node **nodes, int count)
{
	int i;

	for (i = 0; i < count; i++)
		sp_node_dispose(nodes[i]);
}

static double create_count(sp_graph *graph, sp_node **nodes, int count)
{
	double start = cpu_ms();
	int i;

	for (i = 0; i < count; i++)
		nodes[i] = make_signal(graph, i);
	dispose_all(nodes, count);
	return cpu_ms() - start;
}

static double create_signals(SP_UNUSED const struct reactive_test *test)
{
	sp_node **nodes = allocate(COUNT, sizeof(sp_node *));
	sp_graph *graph = make_graph();
	double duration;
	int i;

	for (i = 0; i < WARM_UPS; i++)
		create_count(graph, nodes, COUNT / WARM_UP_SHARE);
	duration = create_count(graph, nodes, COUNT);
	sp_graph_destroy(graph);
	free(nodes);
	return duration;
}

/* How many effects, and signals, a ratio needs for COUNT edges (or COUNT effects, if there are no edges). */
static int effects_of(const struct ratio *ratio)
{
	return ratio->signals > 1 ? COUNT / ratio->signals : COUNT;
}

static int signals_of(const struct ratio *ratio)
{
	return ratio->signals == 0 ? 0 : effects_of(ratio) / ratio->effects * ratio->signals;
}

/* Creates a share of the effects of one ratio, and disposes them; the signals are there before. */
static double create_ratio(const struct reactive_test *test, sp_graph *graph, const struct ratio *ratio, int share)
{
	int signals = signals_of(ratio), effects = effects_of(ratio) / share, i;
	sp_node **sources = allocate((size_t)signals, sizeof(sp_node *));
	sp_node **nodes = allocate((size_t)effects, sizeof(sp_node *));
	struct range *ranges = allocate((size_t)effects, sizeof(*ranges));
	unsigned runs = 0;
	double start;

	for (i = 0; i < signals; i++)
		sources[i] = make_signal(graph, i);
	start = cpu_ms();
	for (i = 0; i < effects; i++) {
		size_t first = (size_t)(i / ratio->effects) * (size_t)ratio->signals;

		ranges[i] = (struct range){ sources + first, ratio->signals, &runs };
		nodes[i] = make_effect(graph, run_range, &ranges[i]);
	}
	dispose_all(nodes, effects);
	start = cpu_ms() - start;
	expect(test, "runs", effects, runs);
	dispose_all(sources, signals);
	free(ranges);
	free(nodes);
	free(sources);
	return start;
}

/* Writes to the first of a ratio's signals again and again. */
static double update_ratio(const struct reactive_test *test, sp_graph *graph, const struct ratio *ratio, int share)
{
	int writes = ratio->writes / share;
	sp_node **sources = allocate((size_t)ratio->signals, sizeof(sp_node *));
	sp_node **nodes = allocate((size_t)ratio->effects, sizeof(sp_node *));
	unsigned runs = 0;
	struct range range = { sources, ratio->signals, &runs };
	double start = cpu_ms();
	int i;

	for (i = 0; i < ratio->signals; i++)
		sources[i] = make_signal(graph, i);
	for (i = 0; i < ratio->effects; i++)
		nodes[i] = make_effect(graph, run_range, &range);
	for (i = 1; i <= writes; i++)
		set(graph, sources[0], i);
	dispose_all(nodes, ratio->effects);
	dispose_all(sources, ratio->signals);
	start = cpu_ms() - start;
	expect(test, "runs", (double)ratio->effects * (writes + 1), runs);
	free(nodes);
	free(sources);
	return start;
}

static double measure_ratio(const struct reactive_test *test, sp_graph *graph, const struct ratio *ratio, int share)
{
	if (ratio->writes > 0)
		return update_ratio(test, graph, ratio, share);
	return create_ratio(test, graph, ratio, share);
}

static double measure_ratios(const struct reactive_test *test)
{
	const struct ratio *ratio;
	sp_graph *graph = make_graph();
	double duration = 0;
	int i;

	for (ratio = test->parameters; ratio->effects != 0; ratio++) {
		for (i = 0; i < WARM_UPS; i++)
			measure_ratio(test, graph, ratio, WARM_UP_SHARE);
		duration += measure_ratio(test, graph, ratio, 1);
	}
	sp_graph_destroy(graph);
	return duration;
}

static const struct ratio creations[] = {
	{ 0, 1, 0 },
	{ 1, 1, 0 },
	{ 2, 1, 0 },
	{ 4, 1, 0 },
	{ 1000, 1, 0 },
	{ 1, 2, 0 },
	{ 1, 4, 0 },
	{ 1, 8, 0 },
	{ 1, 1000, 0 },
	{ 0, 0, 0 },
};

static const struct ratio updates[] = {
	{ 1, 1, 400000 },
	{ 2, 1, 200000 },
	{ 4, 1, 100000 },
	{ 1000, 1, 400 },
	{ 1, 2, 100000 },
	{ 1, 4, 100000 },
	{ 1, 1000, 10000 },
	{ 0, 0, 0 },
};

const struct reactive_test creation_tests[] = {
	{ "create signals", create_signals, NULL },
	{ "create computations", measure_ratios, creations },
	{ "update signals", measure_ratios, updates },
	{ NULL, NULL, NULL },
};
