/* reactive_kairo.c: nine small graphs, each written to in many rounds. */
#include "reactive_graphs.h"

#include <stdlib.h>

enum { WARM_UPS = 3, ROUNDS = 500, REPETITIONS = 5, NODES_MAX = 100 };

struct kairo {
	const struct reactive_test *test;
	sp_graph *graph;
	sp_node *head, *last, *nodes[NODES_MAX], *leaves[NODES_MAX];
	unsigned runs, middle_runs, round;
	double seen;
};

struct kairo_shape {
	void (*build)(struct kairo *kairo);
	void (*round)(struct kairo *kairo);
};

static double measure_kairo(const struct reactive_test *test)
{
	const struct kairo_shape *shape = test->parameters;
	struct kairo kairo = { .test = test, .graph = make_graph() };
	double best = 0;
	int i, repetition;

	shape->build(&kairo);
	for (i = 0; i < WARM_UPS; i++)
		shape->round(&kairo);
	for (repetition = 0; repetition < REPETITIONS; repetition++) {
		double start = cpu_ms();

		for (i = 0; i < ROUNDS; i++)
			shape->round(&kairo);
		best = better_of(best, cpu_ms() - start);
	}
	sp_graph_destroy(kairo.graph);
	free_all_kept();
	return best;
}

/* Writes 0, 1 ... to the head; each time the last node must be slope * i + offset. Then runs must be as told. */
static void write_and_check(struct kairo *kairo, int writes, double slope, double offset)
{
	int i;

	for (i = 0; i < writes; i++) {
		set(kairo->graph, kairo->head, i);
		expect(kairo->test, "the last node", slope * i + offset, get(kairo->last));
	}
}

/* ---- avoidable propagation: h, c1, c2 (always 0), c3, c4, c5, effect --------------------------------------------- */

static sp_status run_zero(void *user, void *ret_value, SP_UNUSED struct sp_error *error)
{
	get(user);
	*(double *)ret_value = 0;
	return SP_OK;
}

static sp_status run_third(void *user, void *ret_value, SP_UNUSED struct sp_error *error)
{
	struct kairo *kairo = user;

	kairo->middle_runs++;
	*(double *)ret_value = get(kairo->nodes[0]) + 1;
	return SP_OK;
}

static void build_avoidable(struct kairo *kairo)
{
	sp_node *node;

	kairo->head = make_signal(kairo->graph, 0);
	node = make_sum(kairo->graph, kairo->head, 0);
	kairo->nodes[0] = make_computed(kairo->graph, run_zero, node);
	node = make_computed(kairo->graph, run_third, kairo);
	node = make_sum(kairo->graph, node, 2);
	kairo->last = make_sum(kairo->graph, node, 3);
	make_reader(kairo->graph, kairo->last, &kairo->runs);
}

static void round_avoidable(struct kairo *kairo)
{
	set(kairo->graph, kairo->head, 1);
	expect(kairo->test, "the last node", 6, get(kairo->last));
	write_and_check(kairo, 1000, 0, 6);
	expect(kairo->test, "runs of the third", 1, kairo->middle_runs);
	expect(kairo->test, "runs of the effect", 1, kairo->runs);
}

/* ---- broad: 50 times h, c, c, effect ----------------------------------------------------------------------------- */

static void build_broad(struct kairo *kairo)
{
	int i;

	kairo->head = make_signal(kairo->graph, 0);
	for (i = 0; i < 50; i++) {
		kairo->last = make_sum(kairo->graph, make_sum(kairo->graph, kairo->head, i), 1);
		make_reader(kairo->graph, kairo->last, &kairo->runs);
	}
}

static void round_broad(struct kairo *kairo)
{
	set(kairo->graph, kairo->head, 1);
	kairo->runs = 0;
	write_and_check(kairo, 50, 1, 50);
	expect(kairo->test, "runs", 2500, kairo->runs);
}

/* ---- deep: 50 computeds in a row --------------------------------------------------------------------------------- */

static void build_deep(struct kairo *kairo)
{
	int i;

	kairo->last = kairo->head = make_signal(kairo->graph, 0);
	for (i = 0; i < 50; i++)
		kairo->last = make_sum(kairo->graph, kairo->last, 1);
	make_reader(kairo->graph, kairo->last, &kairo->runs);
}

static void round_deep(struct kairo *kairo)
{
	set(kairo->graph, kairo->head, 1);
	kairo->runs = 0;
	write_and_check(kairo, 50, 1, 50);
	expect(kairo->test, "runs", 50, kairo->runs);
}

/* ---- diamond: five computeds, and their sum ---------------------------------------------------------------------- */

static sp_status run_total(void *user, void *ret_value, SP_UNUSED struct sp_error *error)
{
	struct kairo *kairo = user;
	double total = 0;
	int i;

	for (i = 0; kairo->nodes[i] != NULL; i++)
		total += get(kairo->nodes[i]);
	*(double *)ret_value = total;
	return SP_OK;
}

static void build_diamond(struct kairo *kairo)
{
	int i;

	kairo->head = make_signal(kairo->graph, 0);
	for (i = 0; i < 5; i++)
		kairo->nodes[i] = make_sum(kairo->graph, kairo->head, 1);
	kairo->last = make_computed(kairo->graph, run_total, kairo);
	make_reader(kairo->graph, kairo->last, &kairo->runs);
}

static void round_diamond(struct kairo *kairo)
{
	set(kairo->graph, kairo->head, 1);
	expect(kairo->test, "the sum", 10, get(kairo->last));
	kairo->runs = 0;
	write_and_check(kairo, 500, 5, 5);
	expect(kairo->test, "runs", 500, kairo->runs);
}

/* ---- mux: 100 signals, one computed with a fresh object, 100 that pick, 100 that add, 100 effects ---------------- */

static void free_numbers(SP_UNUSED const struct sp_value_type *type, void *value)
{
	free(*(double **)value);
}

/* An array of numbers made anew in each run. */
static const struct sp_value_type fresh_numbers = {
	.struct_size = sizeof(struct sp_value_type),
	.size = sizeof(double *),
	.release = free_numbers,
};

static sp_status run_mux(void *user, void *ret_value, SP_UNUSED struct sp_error *error)
{
	struct kairo *kairo = user;
	double *numbers = malloc(NODES_MAX * sizeof(*numbers));
	int i;

	if (numbers == NULL)
		return SP_NO_MEMORY;
	for (i = 0; i < NODES_MAX; i++)
		numbers[i] = get(kairo->nodes[i]);
	*(double **)ret_value = numbers;
	return SP_OK;
}

struct pick {
	sp_node *numbers;
	int index;
};

static sp_status run_pick(void *user, void *ret_value, SP_UNUSED struct sp_error *error)
{
	const struct pick *pick = user;

	*(double *)ret_value = (*(double *const *)sp_node_get(pick->numbers))[pick->index];
	return SP_OK;
}

static void build_mux(struct kairo *kairo)
{
	sp_node *mux;
	int i;

	for (i = 0; i < NODES_MAX; i++)
		kairo->nodes[i] = make_signal(kairo->graph, 0);
	mux = sp_computed_create(kairo->graph, &fresh_numbers, run_mux, kairo);
	for (i = 0; i < NODES_MAX; i++) {
		struct pick *pick = keep_memory(sizeof(*pick));

		*pick = (struct pick){ mux, i };
		kairo->leaves[i] = make_sum(kairo->graph, make_computed(kairo->graph, run_pick, pick), 1);
		make_reader(kairo->graph, kairo->leaves[i], &kairo->runs);
	}
}

static void round_mux(struct kairo *kairo)
{
	int i, factor;

	for (factor = 1; factor <= 2; factor++) {
		for (i = 0; i < 10; i++) {
			set(kairo->graph, kairo->nodes[i], i * factor);
			expect(kairo->test, "a leaf", i * factor + 1, get(kairo->leaves[i]));
		}
	}
}

/* ---- repeated observers: one computed reads h 30 times ----------------------------------------------------------- */

/* Three totals, added up at the end: each has to wait in memory while the engine is called. */
static sp_status run_repeated(void *user, void *ret_value, SP_UNUSED struct sp_error *error)
{
	double totals[3] = { 0 };
	int i;

	for (i = 0; i < 30; i += 3) {
		totals[0] += get(user);
		totals[1] += get(user);
		totals[2] += get(user);
	}
	*(double *)ret_value = totals[0] + totals[1] + totals[2];
	return SP_OK;
}

static void build_repeated(struct kairo *kairo)
{
	kairo->head = make_signal(kairo->graph, 0);
	kairo->last = make_computed(kairo->graph, run_repeated, kairo->head);
	make_reader(kairo->graph, kairo->last, &kairo->runs);
}

static void round_repeated(struct kairo *kairo)
{
	set(kairo->graph, kairo->head, 1);
	expect(kairo->test, "the sum", 30, get(kairo->last));
	kairo->runs = 0;
	write_and_check(kairo, 100, 30, 0);
	expect(kairo->test, "runs", 100, kairo->runs);
}

/* ---- triangle: ten computeds in a row, and the sum of h and the first nine --------------------------------------- */

static void build_triangle(struct kairo *kairo)
{
	sp_node *node = make_signal(kairo->graph, 0);
	int i;

	kairo->head = node;
	for (i = 0; i < 10; i++) {
		kairo->nodes[i] = node;
		node = make_sum(kairo->graph, node, 1);
	}
	kairo->last = make_computed(kairo->graph, run_total, kairo);
	make_reader(kairo->graph, kairo->last, &kairo->runs);
}

static void round_triangle(struct kairo *kairo)
{
	set(kairo->graph, kairo->head, 1);
	expect(kairo->test, "the sum", 55, get(kairo->last));
	kairo->runs = 0;
	write_and_check(kairo, 100, 10, 45);
	expect(kairo->test, "runs", 100, kairo->runs);
}

/* ---- unstable: 20 times 2h or -h, by parity of h ----------------------------------------------------------------- */

static sp_status run_double(void *user, void *ret_value, SP_UNUSED struct sp_error *error)
{
	*(double *)ret_value = get(user) * 2;
	return SP_OK;
}

static sp_status run_inverse(void *user, void *ret_value, SP_UNUSED struct sp_error *error)
{
	*(double *)ret_value = -get(user);
	return SP_OK;
}

/* n % 2, as JavaScript has it for whole numbers. */
static double remainder_of_2(double n)
{
	return (double)((int64_t)n % 2);
}

static sp_status run_unstable(void *user, void *ret_value, SP_UNUSED struct sp_error *error)
{
	struct kairo *kairo = user;
	double total = 0;
	int i;

	for (i = 0; i < 20; i++)
		total += remainder_of_2(get(kairo->head)) != 0 ? get(kairo->nodes[0]) : get(kairo->nodes[1]);
	*(double *)ret_value = total;
	return SP_OK;
}

static void build_unstable(struct kairo *kairo)
{
	kairo->head = make_signal(kairo->graph, 0);
	kairo->nodes[0] = make_computed(kairo->graph, run_double, kairo->head);
	kairo->nodes[1] = make_computed(kairo->graph, run_inverse, kairo->head);
	kairo->last = make_computed(kairo->graph, run_unstable, kairo);
	make_reader(kairo->graph, kairo->last, &kairo->runs);
}

static void round_unstable(struct kairo *kairo)
{
	int i;

	set(kairo->graph, kairo->head, 1);
	expect(kairo->test, "the sum", 40, get(kairo->last));
	kairo->runs = 0;
	for (i = 0; i < 100; i++) {
		set(kairo->graph, kairo->head, i);
		expect(kairo->test, "the sum", i % 2 != 0 ? i * 40 : i * -20, get(kairo->last));
	}
	expect(kairo->test, "runs", 100, kairo->runs);
}

/* ---- mol: branches, a fresh object, and some hard work ----------------------------------------------------------- */

enum { A, B, C, D, E, F, G };

static int __attribute__((noinline)) fibonacci(int n)
{
	return n < 2 ? 1 : fibonacci(n - 1) + fibonacci(n - 2);
}

static double hard(double n)
{
	return n + fibonacci(16);
}

static double get_one(struct kairo *kairo, int node)
{
	return get(kairo->nodes[node]);
}

static double get_d(struct kairo *kairo, int index)
{
	return (*(double *const *)sp_node_get(kairo->nodes[D]))[index];
}

static sp_status run_c(void *user, void *ret_value, SP_UNUSED struct sp_error *error)
{
	*(double *)ret_value = remainder_of_2(get_one(user, A)) + remainder_of_2(get_one(user, B));
	return SP_OK;
}

static sp_status run_d(void *user, void *ret_value, SP_UNUSED struct sp_error *error)
{
	double *numbers = malloc(5 * sizeof(*numbers));
	int i;

	if (numbers == NULL)
		return SP_NO_MEMORY;
	for (i = 0; i < 5; i++)
		numbers[i] = i + remainder_of_2(get_one(user, A)) - remainder_of_2(get_one(user, B));
	*(double **)ret_value = numbers;
	return SP_OK;
}

static sp_status run_e(void *user, void *ret_value, SP_UNUSED struct sp_error *error)
{
	*(double *)ret_value = hard(get_one(user, C) + get_one(user, A) + get_d(user, 0));
	return SP_OK;
}

static sp_status run_f(void *user, void *ret_value, SP_UNUSED struct sp_error *error)
{
	double third = get_d(user, 2);

	*(double *)ret_value = hard(third != 0 ? third : get_one(user, B));
	return SP_OK;
}

static sp_status run_g(void *user, void *ret_value, SP_UNUSED struct sp_error *error)
{
	double c = get_one(user, C), again = get_one(user, C);

	*(double *)ret_value =
		c + (again != 0 ? again : remainder_of_2(get_one(user, E))) + get_d(user, 4) + get_one(user, F);
	return SP_OK;
}

static sp_status run_hard_g(void *user, SP_UNUSED struct sp_error *error)
{
	((struct kairo *)user)->seen += hard(get_one(user, G));
	return SP_OK;
}

static sp_status run_plain_g(void *user, SP_UNUSED struct sp_error *error)
{
	((struct kairo *)user)->seen += get_one(user, G);
	return SP_OK;
}

static sp_status run_hard_f(void *user, SP_UNUSED struct sp_error *error)
{
	((struct kairo *)user)->seen += hard(get_one(user, F));
	return SP_OK;
}

static void build_mol(struct kairo *kairo)
{
	static const sp_computed_run computeds[] = { [C] = run_c, [E] = run_e, [F] = run_f, [G] = run_g };
	int i;

	kairo->nodes[A] = make_signal(kairo->graph, 0);
	kairo->nodes[B] = make_signal(kairo->graph, 0);
	kairo->nodes[D] = sp_computed_create(kairo->graph, &fresh_numbers, run_d, kairo);
	for (i = C; i <= G; i++) {
		if (i != D)
			kairo->nodes[i] = make_computed(kairo->graph, computeds[i], kairo);
	}
	make_effect(kairo->graph, run_hard_g, kairo);
	make_effect(kairo->graph, run_plain_g, kairo);
	make_effect(kairo->graph, run_hard_f, kairo);
}

static void set_two(struct kairo *kairo, sp_node *first, double one, sp_node *second, double other)
{
	sp_batch_begin(kairo->graph);
	sp_node_write(first, &one);
	sp_node_write(second, &other);
	sp_batch_end(kairo->graph);
}

static void round_mol(struct kairo *kairo)
{
	double i = ++kairo->round;

	kairo->seen = 0;
	set_two(kairo, kairo->nodes[B], 1, kairo->nodes[A], 1 + i * 2);
	set_two(kairo, kairo->nodes[A], 2 + i * 2, kairo->nodes[B], 2);
	expect(kairo->test, "what the effects saw", 9616, kairo->seen);
}

/* ------------------------------------------------------------------------------------------------------------------ */

#define KAIRO(name, shape) \
	{ \
		name, measure_kairo, &(const struct kairo_shape) \
		{ \
			build_##shape, round_##shape \
		} \
	}

const struct reactive_test kairo_tests[] = {
	KAIRO("avoidable propagation", avoidable),
	KAIRO("broad", broad),
	KAIRO("deep", deep),
	KAIRO("diamond", diamond),
	KAIRO("mux", mux),
	KAIRO("repeated observers", repeated),
	KAIRO("triangle", triangle),
	KAIRO("unstable", unstable),
	KAIRO("mol", mol),
	{ NULL, NULL, NULL },
};
