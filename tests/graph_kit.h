/* graph_kit.h: what the suites of the reactive engine share: nodes of numbers that count their runs, and a diary. */
#ifndef TESTS_GRAPH_KIT_H
#define TESTS_GRAPH_KIT_H

#include <check.h>
#include <signalpy/reactive.h>

enum { KIT_INPUTS = 4, KIT_TEXT = 4096 };

/* A graph, and what a test saw of it. */
struct kit {
	sp_graph *graph;
	char diary[KIT_TEXT]; /* the letters of effects, in the order in which they ran */
	char problems[KIT_TEXT]; /* what the hooks were told, each followed by a newline */
	int64_t clock; /* moves on by 10 with each look */
};

/* A computed that adds its inputs (up to the first NULL) and a bias. */
struct sum {
	sp_node *node;
	sp_node *inputs[KIT_INPUTS];
	double bias;
	unsigned runs;
};

/* An effect that reads one input, and writes its letter in the diary. */
struct watcher {
	sp_node *node;
	struct kit *kit;
	sp_node *input;
	char letter;
	unsigned runs;
	double last;
};

/* Makes a graph whose hooks write to the kit. kit_close destroys it. */
void kit_open(struct kit *kit);
void kit_close(struct kit *kit);

/* Each makes a node in the kit's graph; sum and watcher must outlive it. */
sp_node *kit_signal(struct kit *kit, double initial);
sp_node *kit_computed(struct kit *kit, sp_computed_run run, void *user);
sp_node *kit_effect(struct kit *kit, sp_effect_run run, void *user);
sp_node *kit_sum(struct kit *kit, struct sum *sum, sp_node *first, sp_node *second);
sp_node *kit_watch(struct kit *kit, struct watcher *watcher, sp_node *input, char letter);

/* Names a node. */
void kit_name(sp_node *node, const char *name);

/* Writes one letter in the diary, or one line in the problems. */
void kit_note(struct kit *kit, char letter);
void kit_complain(struct kit *kit, const char *what, const char *text);

/* The value of a node of numbers; write must succeed. */
double kit_get(sp_node *node);
double kit_peek(sp_node *node);
void kit_set(sp_node *node, double value);
struct sp_graph_counts kit_counts(const struct kit *kit);

/* Runs the cases of a suite as a program; answers what main is to answer. */
int kit_run(const char *name, const TTest *const *tests, size_t count);

#define KIT_MAIN(name, ...) \
	int main(void) \
	{ \
		const TTest *const cases[] = { __VA_ARGS__ }; \
		return kit_run(name, cases, sizeof(cases) / sizeof(cases[0])); \
	}

/* What only a debug build says. */
#ifdef SIGNALPY_DEBUG
#define IN_DEBUG_BUILDS(text) text
#else
#define IN_DEBUG_BUILDS(text) ""
#endif

#endif
