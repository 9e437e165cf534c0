/* reactive_cellx.c: layers of four computeds, each with an effect; one batch changes all four signals at the top. */
#include "reactive_graphs.h"

#include <stdlib.h>

enum { GRAPHS = 10, COLUMNS = 4 };

struct cellx {
	int layers;
	double before[COLUMNS], after[COLUMNS];
};

/* Two nodes of the layer above, of which one may be missing. */
struct pair {
	sp_node *first, *second;
};

static sp_status run_difference(void *user, void *ret_value, SP_UNUSED struct sp_error *error)
{
	const struct pair *pair = user;

	*(double *)ret_value = get(pair->first) - get(pair->second);
	return SP_OK;
}

static sp_status run_addition(void *user, void *ret_value, SP_UNUSED struct sp_error *error)
{
	const struct pair *pair = user;

	*(double *)ret_value = get(pair->first) + get(pair->second);
	return SP_OK;
}

static sp_node *combine(sp_graph *graph, sp_computed_run run, sp_node *first, sp_node *second)
{
	struct pair *pair = keep_memory(sizeof(*pair));

	*pair = (struct pair){ first, second };
	return make_computed(graph, run, pair);
}

/* Puts a layer below the four nodes in layer, and its nodes in their place. */
static void add_layer(sp_graph *graph, sp_node *layer[COLUMNS], unsigned *runs)
{
	sp_node *a = layer[0], *b = layer[1], *c = layer[2], *d = layer[3];
	int i;

	layer[0] = make_sum(graph, b, 0);
	layer[1] = combine(graph, run_difference, a, c);
	layer[2] = combine(graph, run_addition, b, d);
	layer[3] = make_sum(graph, c, 0);
	for (i = 0; i < COLUMNS; i++)
		make_reader(graph, layer[i], runs);
}

static void check_layer(const struct reactive_test *test, sp_node *layer[COLUMNS], const double expected[COLUMNS])
{
	int i;

	for (i = 0; i < COLUMNS; i++)
		expect(test, "a value", expected[i], get(layer[i]));
}

/* Reads, writes and reads again at the end of a fresh graph; answers how long that took. */
static double measure_graph(const struct reactive_test *test)
{
	const struct cellx *cellx = test->parameters;
	sp_graph *graph = make_graph();
	sp_node *top[COLUMNS], *layer[COLUMNS];
	unsigned runs = 0;
	double start;
	int i;

	for (i = 0; i < COLUMNS; i++)
		top[i] = layer[i] = make_signal(graph, i + 1);
	for (i = 0; i < cellx->layers; i++)
		add_layer(graph, layer, &runs);
	expect(test, "first runs", COLUMNS * cellx->layers, runs);
	start = cpu_ms();
	check_layer(test, layer, cellx->before);
	sp_batch_begin(graph);
	for (i = 0; i < COLUMNS; i++)
		sp_node_write(top[i], &(double){ COLUMNS - i });
	sp_batch_end(graph);
	check_layer(test, layer, cellx->after);
	start = cpu_ms() - start;
	sp_graph_destroy(graph);
	free_all_kept();
	return start;
}

static double measure_cellx(const struct reactive_test *test)
{
	double duration = 0;
	int i;

	for (i = 0; i < GRAPHS; i++)
		duration += measure_graph(test);
	return duration;
}

const struct reactive_test cellx_tests[] = {
	{ "cellx 1000", measure_cellx, &(const struct cellx){ 1000, { -3, -6, -2, 2 }, { -2, -4, 2, 3 } } },
	{ "cellx 2500", measure_cellx, &(const struct cellx){ 2500, { -3, -6, -2, 2 }, { -2, -4, 2, 3 } } },
	{ "cellx 5000", measure_cellx, &(const struct cellx){ 5000, { 2, 4, -1, -6 }, { -2, 1, -4, -4 } } },
	{ NULL, NULL, NULL },
};
