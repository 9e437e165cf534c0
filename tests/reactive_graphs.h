/* reactive_graphs.h: the graphs of bench_reactive.c. Each builds what bench/reactive.mjs builds, and checks every sum
 * and every count of runs as it goes. */
#ifndef TESTS_REACTIVE_GRAPHS_H
#define TESTS_REACTIVE_GRAPHS_H

#include <signalpy/reactive.h>

/* One test: its name, and the function that answers how many milliseconds of CPU time its best repetition took. */
struct reactive_test {
	const char *name;
	double (*measure)(const struct reactive_test *test);
	const void *parameters;
};

/* The tests of each file, up to one without a name. */
extern const struct reactive_test kairo_tests[], cellx_tests[], creation_tests[], dynamic_tests[];

/* A formula or an observer that looks at one node. */
struct look {
	sp_node *node;
	double add;
	unsigned *runs;
};

/* Each makes a node, or ends the program without memory. */
sp_graph *make_graph(void);
sp_node *make_signal(sp_graph *graph, double initial);
sp_node *make_computed(sp_graph *graph, sp_computed_run run, void *user);
sp_node *make_effect(sp_graph *graph, sp_effect_run run, void *user);

/* A computed that adds a number to a node, and an effect that reads a node and counts its runs. */
sp_node *make_sum(sp_graph *graph, sp_node *node, double add);
void make_reader(sp_graph *graph, sp_node *node, unsigned *runs);

/* Memory for what nodes are given as user; free_all_kept frees all of it. Ends the program without memory. */
void *keep_memory(size_t size);
void free_all_kept(void);

/* Ends the program, naming the test, unless what was found is what was expected. */
void expect(const struct reactive_test *test, const char *what, double expected, double found);

/* The CPU time of this process so far, in milliseconds. */
double cpu_ms(void);

/* The smaller of two durations, of which best may be 0: none yet. */
double better_of(double best, double duration);

static inline double get(sp_node *node)
{
	return *(const double *)sp_node_get(node);
}

/* Writes one signal in a batch of its own. */
static inline void set(sp_graph *graph, sp_node *signal, double value)
{
	sp_batch_begin(graph);
	sp_node_write(signal, &value);
	sp_batch_end(graph);
}

#endif
