/*
 * bench_reactive.c: the reactive engine as a stranger's program uses it, on the 21 graphs of js-reactivity-benchmark.
 * Prints one JSON line a test; an argument chooses the tests whose name contains it. scripts/bench-reactive compares.
 */
#include "reactive_graphs.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NODES = 100000 };

static size_t heap_bytes(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

static sp_status read_user(void *user, SP_UNUSED struct sp_error *error)
{
	get(user);
	return SP_OK;
}

static sp_status read_nothing(SP_UNUSED void *user, SP_UNUSED struct sp_error *error)
{
	return SP_OK;
}

static void print_memory(const char *what, size_t bytes)
{
	printf("{\"memory\":\"%s\",\"bytes\":%.1f}\n", what, (double)bytes / NODES);
}

/* Prints what each kind of node takes, and an edge: as what an effect that reads one signal takes more. */
static void print_sizes(void)
{
	static sp_node *signals[NODES];
	sp_graph *graph = make_graph();
	size_t before = heap_bytes(), effects;
	int i;

	for (i = 0; i < NODES; i++)
		signals[i] = make_signal(graph, i);
	print_memory("signal", heap_bytes() - before);
	before = heap_bytes();
	for (i = 0; i < NODES; i++)
		sp_computed_create(graph, &sp_type_number, NULL, NULL);
	print_memory("computed", heap_bytes() - before);
	before = heap_bytes();
	for (i = 0; i < NODES; i++)
		make_effect(graph, read_nothing, NULL);
	effects = heap_bytes() - before;
	print_memory("effect", effects);
	before = heap_bytes();
	for (i = 0; i < NODES; i++)
		make_effect(graph, read_user, signals[i]);
	print_memory("edge", heap_bytes() - before - effects);
	sp_graph_destroy(graph);
}

static void run_tests(const struct reactive_test *test, const char *wanted)
{
	for (; test->name != NULL; test++) {
		if (wanted != NULL && strstr(test->name, wanted) == NULL)
			continue;
		printf("{\"test\":\"%s\",\"cpu_ms\":%.3f}\n", test->name, test->measure(test));
		fflush(stdout);
	}
}

int main(int count, char **arguments)
{
	static const struct reactive_test *const suites[] = { kairo_tests, cellx_tests, creation_tests, dynamic_tests };
	const char *wanted = count > 1 ? arguments[1] : NULL;
	size_t i;

	for (i = 0; i < sizeof(suites) / sizeof(suites[0]); i++)
		run_tests(suites[i], wanted);
	if (wanted == NULL)
		print_sizes();
	return EXIT_SUCCESS;
}
