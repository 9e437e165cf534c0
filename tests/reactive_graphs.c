/* reactive_graphs.c: what the graphs of bench_reactive.c are made with. */
#include "reactive_graphs.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void *must(void *made)
{
	if (made == NULL) {
		fputs("bench_reactive: no memory\n", stderr);
		exit(EXIT_FAILURE);
	}
	return made;
}

sp_graph *make_graph(void)
{
	return must(sp_graph_create(NULL));
}

sp_node *make_signal(sp_graph *graph, double initial)
{
	return must(sp_signal_create(graph, &sp_type_number, &initial));
}

sp_node *make_computed(sp_graph *graph, sp_computed_run run, void *user)
{
	return must(sp_computed_create(graph, &sp_type_number, run, user));
}

sp_node *make_effect(sp_graph *graph, sp_effect_run run, void *user)
{
	return must(sp_effect_create(graph, run, user, 0));
}

static sp_status run_sum(void *user, void *ret_value, SP_UNUSED struct sp_error *error)
{
	const struct look *look = user;

	*(double *)ret_value = get(look->node) + look->add;
	return SP_OK;
}

sp_node *make_sum(sp_graph *graph, sp_node *node, double add)
{
	struct look *look = keep_memory(sizeof(*look));

	*look = (struct look){ node, add, NULL };
	return make_computed(graph, run_sum, look);
}

static sp_status run_reader(void *user, SP_UNUSED struct sp_error *error)
{
	const struct look *look = user;

	get(look->node);
	++*look->runs;
	return SP_OK;
}

void make_reader(sp_graph *graph, sp_node *node, unsigned *runs)
{
	struct look *look = keep_memory(sizeof(*look));

	look->node = node;
	look->runs = runs;
	make_effect(graph, run_reader, look);
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

static struct kept {
	struct kept *next;
} * all_kept;

void *keep_memory(size_t size)
{
	struct kept *kept = must(malloc(sizeof(*kept) + size));

	kept->next = all_kept;
	all_kept = kept;
	return kept + 1;
}

void free_all_kept(void)
{
	while (all_kept != NULL) {
		struct kept *next = all_kept->next;

		free(all_kept);
		all_kept = next;
	}
}

/* ---- checking and measuring -------------------------------------------------------------------------------------- */

void expect(const struct reactive_test *test, const char *what, double expected, double found)
{
	if (expected == found)
		return;
	fprintf(stderr, "bench_reactive: %s: %s is %.17g, expected %.17g\n", test->name, what, found, expected);
	exit(EXIT_FAILURE);
}

double cpu_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

double better_of(double best, double duration)
{
	return best == 0 || duration < best ? duration : best;
}
