/* reactive_dynamic.c: six rectangular graphs, in which some nodes leave out one of their sources now and then. */
#include "reactive_graphs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WARM_UPS = 3, REPETITIONS = 3 };

struct shape {
	int width, layers, sources;
	double static_share, read_share;
	int iterations;
	double sum, runs; /* expected */
};

struct grid {
	sp_graph *graph;
	sp_node **signals, **leaves;
	int leaf_count;
	unsigned runs;
};

/* A node of a layer: it reads count nodes of the layer above. */
struct cell {
	unsigned *runs;
	int count;
	sp_node *sources[];
};

/* ---- random numbers: sfc32, seeded by MurmurHash3 of "seed" ------------------------------------------------------ */

struct random {
	uint32_t a, b, c, d;
};

static uint32_t rotate(uint32_t value, int bits)
{
	return value << bits | value >> (32 - bits);
}

static uint32_t next_seed(uint32_t *hash)
{
	*hash ^= *hash >> 16;
	*hash *= 2246822507U;
	*hash ^= *hash >> 13;
	*hash *= 3266489909U;
	*hash ^= *hash >> 16;
	return *hash;
}

static struct random make_random(void)
{
	const char *text = "seed";
	uint32_t hash = 2166136261U;
	struct random random;

	for (; *text != '\0'; text++) {
		hash ^= rotate((uint32_t)*text * 3432918353U, 15) * 461845907U;
		hash = rotate(hash, 13) * 5 + 3864292196U;
	}
	hash ^= (uint32_t)strlen("seed");
	random.a = next_seed(&hash);
	random.b = next_seed(&hash);
	random.c = next_seed(&hash);
	random.d = next_seed(&hash);
	return random;
}

static double roll(struct random *random)
{
	uint32_t sum = random->a + random->b + ++random->d;

	random->a = random->b ^ random->b >> 9;
	random->b = random->c + (random->c << 3);
	random->c = rotate(random->c, 21) + sum;
	return sum / 4294967296.0;
}

/* ---- the graph --------------------------------------------------------------------------------------------------- */

static sp_status run_static(void *user, void *ret_value, SP_UNUSED struct sp_error *error)
{
	struct cell *cell = user;
	double sum = 0;
	int i;

	++*cell->runs;
	for (i = 0; i < cell->count; i++)
		sum += get(cell->sources[i]);
	*(double *)ret_value = sum;
	return SP_OK;
}

static sp_status run_dynamic(void *user, void *ret_value, SP_UNUSED struct sp_error *error)
{
	struct cell *cell = user;
	double sum = get(cell->sources[0]);
	int64_t whole = (int64_t)sum;
	int left_out = (whole & 1) != 0 ? 1 + (int)(whole % (cell->count - 1)) : 0, i;

	++*cell->runs;
	for (i = 1; i < cell->count; i++) {
		if (i != left_out)
			sum += get(cell->sources[i]);
	}
	*(double *)ret_value = sum;
	return SP_OK;
}

static sp_node *make_cell(struct grid *grid, const struct shape *shape, sp_node **above, int column, bool is_static)
{
	struct cell *cell = keep_memory(sizeof(*cell) + (size_t)shape->sources * sizeof(sp_node *));
	int i;

	cell->runs = &grid->runs;
	cell->count = shape->sources;
	for (i = 0; i < shape->sources; i++)
		cell->sources[i] = above[(column + i) % shape->width];
	return make_computed(grid->graph, is_static ? run_static : run_dynamic, cell);
}

static sp_node **make_layer(struct grid *grid, const struct shape *shape, sp_node **above, struct random *random)
{
	sp_node **layer = keep_memory((size_t)shape->width * sizeof(sp_node *));
	int i;

	for (i = 0; i < shape->width; i++)
		layer[i] = make_cell(grid, shape, above, i, roll(random) < shape->static_share);
	return layer;
}

/* Leaves out some of the leaves, at random. */
static void choose_leaves(struct grid *grid, const struct shape *shape)
{
	struct random random = make_random();
	int left_out = (int)lround(shape->width * (1 - shape->read_share));

	grid->leaf_count = shape->width;
	while (left_out-- > 0) {
		int i = (int)floor(roll(&random) * grid->leaf_count);

		grid->leaf_count--;
		memmove(&grid->leaves[i], &grid->leaves[i + 1], (size_t)(grid->leaf_count - i) * sizeof(sp_node *));
	}
}

static sp_status read_leaves(void *user, SP_UNUSED struct sp_error *error)
{
	struct grid *grid = user;
	int i;

	for (i = 0; i < grid->leaf_count; i++)
		get(grid->leaves[i]);
	return SP_OK;
}

static void build(struct grid *grid, const struct shape *shape)
{
	struct random random = make_random();
	int i;

	grid->graph = make_graph();
	grid->signals = keep_memory((size_t)shape->width * sizeof(sp_node *));
	for (i = 0; i < shape->width; i++)
		grid->signals[i] = make_signal(grid->graph, i);
	grid->leaves = grid->signals;
	for (i = 1; i < shape->layers; i++)
		grid->leaves = make_layer(grid, shape, grid->leaves, &random);
	choose_leaves(grid, shape);
	make_effect(grid->graph, read_leaves, grid);
}

/* One pass of all iterations; answers the sum of the leaves. */
static double pass(struct grid *grid, const struct shape *shape)
{
	double sum = 0;
	int i, leaf;

	for (i = 0; i < shape->iterations; i++) {
		int source = i % shape->width;

		set(grid->graph, grid->signals[source], i + source);
		for (leaf = 0; leaf < grid->leaf_count; leaf++)
			get(grid->leaves[leaf]);
	}
	for (leaf = 0; leaf < grid->leaf_count; leaf++)
		sum += get(grid->leaves[leaf]);
	return sum;
}

static double measure_dynamic(const struct reactive_test *test)
{
	const struct shape *shape = test->parameters;
	struct grid grid = { 0 };
	double best = 0;
	int i;

	build(&grid, shape);
	for (i = 0; i < WARM_UPS; i++)
		pass(&grid, shape);
	for (i = 0; i < REPETITIONS; i++) {
		double start = cpu_ms();

		grid.runs = 0;
		expect(test, "the sum", shape->sum, pass(&grid, shape));
		expect(test, "runs", shape->runs, grid.runs);
		best = better_of(best, cpu_ms() - start);
	}
	sp_graph_destroy(grid.graph);
	free_all_kept();
	return best;
}

#define SHAPE(...) \
	&(const struct shape) \
	{ \
		__VA_ARGS__ \
	}

const struct reactive_test dynamic_tests[] = {
	{ "dynamic: simple", measure_dynamic, SHAPE(10, 5, 2, 1, 0.2, 600000, 19199968, 3480000) },
	{ "dynamic: dynamic", measure_dynamic, SHAPE(10, 10, 6, 0.75, 0.2, 15000, 302310782860, 1155000) },
	{ "dynamic: large web app", measure_dynamic, SHAPE(1000, 12, 4, 0.95, 1, 7000, 29355933696000, 1463000) },
	{ "dynamic: wide dense", measure_dynamic, SHAPE(1000, 5, 25, 1, 1, 3000, 1171484375000, 732000) },
	{ "dynamic: deep", measure_dynamic, SHAPE(5, 500, 3, 1, 1, 500, 3.0239642676898464e241, 1246500) },
	{ "dynamic: very dynamic", measure_dynamic, SHAPE(100, 15, 6, 0.5, 1, 2000, 15664996402790400, 1078000) },
	{ NULL, NULL, NULL },
};
