/* graph.c: a graph as a whole. */
#define _GNU_SOURCE /* pthread_getattr_np, gettid */
#include "graph.h"

#include "alloc.h"
#include "graph_trace.h"

#include <assert.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* Lowers *low as far as the stack of the first thread may grow, whose top is known. */
static void allow_growth(uintptr_t *low, uintptr_t top)
{
	struct rlimit limit;

	if (getpid() == gettid() && getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur < top)
		*low = top - limit.rlim_cur;
}

/* The lowest address of this thread's stack; 0 if it cannot be told, and then no run is judged too deep. */
static uintptr_t find_stack_low(void)
{
	pthread_attr_t attributes;
	void *lowest = NULL;
	size_t size = 0;
	uintptr_t low;

	if (pthread_getattr_np(pthread_self(), &attributes) != 0)
		return 0;
	if (pthread_attr_getstack(&attributes, &lowest, &size) != 0)
		lowest = NULL;
	pthread_attr_destroy(&attributes);
	low = (uintptr_t)lowest;
	if ((uintptr_t)__builtin_frame_address(0) < low + SP_STACK_RESERVE)
		allow_growth(&low, low + size); /* under valgrind a stack is several mappings, and libc saw but one */
	return low;
}

static void copy_hooks(sp_graph *graph, const struct sp_graph_hooks *hooks)
{
	size_t known = sizeof(graph->hooks);

	if (hooks != NULL)
		memcpy(&graph->hooks, hooks, hooks->struct_size < known ? hooks->struct_size : known);
}

sp_graph *sp_graph_create(const struct sp_graph_hooks *hooks)
{
	sp_graph *graph = sp_calloc(1, sizeof(*graph));

	if (graph == NULL)
		return NULL;
	if (pthread_mutex_init(&graph->lock, NULL) != 0) {
		sp_free(graph);
		return NULL;
	}
	sp_slab_init(&graph->signals, sizeof(struct sp_node));
	sp_slab_init(&graph->readers, sizeof(struct sp_reader));
	sp_slab_init(&graph->edges, sizeof(struct sp_edge));
	graph->gone = (struct sp_node){ .graph = graph, .kind = SP_NODE_SIGNAL };
	graph->stack_low = find_stack_low();
	graph->thread = pthread_self();
	copy_hooks(graph, hooks);
	return graph;
}

/* Effects go first: what their cleanups use is then still there. */
static void dispose_effect(SP_UNUSED void *user, void *object)
{
	if (((sp_node *)object)->kind == SP_NODE_EFFECT)
		sp_node_dispose(object);
}

static void dispose_any(SP_UNUSED void *user, void *object)
{
	if (((sp_node *)object)->kind != 0)
		sp_node_dispose(object);
}

void sp_graph_destroy(sp_graph *graph)
{
	if (graph == NULL)
		return;
	sp_graph_check_thread(graph);
	graph->depth++; /* for no effect to run any more */
	sp_slab_each(&graph->readers, dispose_effect, NULL);
	sp_slab_each(&graph->readers, dispose_any, NULL);
	sp_slab_each(&graph->signals, dispose_any, NULL);
	sp_graveyard_empty(graph);
	sp_trace_stop(graph);
	sp_slab_finish(&graph->signals);
	sp_slab_finish(&graph->readers);
	sp_slab_finish(&graph->edges);
	pthread_mutex_destroy(&graph->lock);
	sp_free(graph);
}

#ifdef SIGNALPY_DEBUG
void sp_graph_check_thread(const sp_graph *graph)
{
	assert(pthread_equal(graph->thread, pthread_self()) && "a [loop] function was called on another thread");
}
#endif

static void forget_cycle(SP_UNUSED void *user, void *object)
{
	((sp_node *)object)->cycle = 0;
}

void sp_graph_restart_cycles(sp_graph *graph)
{
	sp_slab_each(&graph->signals, forget_cycle, NULL);
	sp_slab_each(&graph->readers, forget_cycle, NULL);
	graph->last_cycle = 1;
	graph->cycle = 1;
}
