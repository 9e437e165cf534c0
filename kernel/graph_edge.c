/* graph_edge.c: who reads whom. */
#include "graph.h"

static void append_reader(struct sp_edge *edge)
{
	struct sp_edge *first = edge->source->readers;

	edge->next_reader = NULL;
	if (first == NULL) {
		edge->previous_reader = edge;
		edge->source->readers = edge;
		return;
	}
	edge->previous_reader = first->previous_reader;
	first->previous_reader->next_reader = edge;
	first->previous_reader = edge;
}

static void remove_reader(struct sp_edge *edge)
{
	struct sp_edge *first = edge->source->readers;

	if (edge->next_reader != NULL)
		edge->next_reader->previous_reader = edge->previous_reader;
	else
		first->previous_reader = edge->previous_reader;
	if (edge == first)
		edge->source->readers = edge->next_reader;
	else
		edge->previous_reader->next_reader = edge->next_reader;
}

/* Drops the edge in *slot; the next one takes its place. */
static void drop(sp_graph *graph, struct sp_edge **slot)
{
	struct sp_edge *edge = *slot;

	*slot = edge->next_read;
	remove_reader(edge);
	sp_slab_give(&graph->edges, edge);
	graph->counts.edges--;
}

/* Puts a new edge in *slot, before the one that is there; NULL without memory. */
static struct sp_edge *insert(sp_graph *graph, struct sp_edge **slot, sp_node *source)
{
	struct sp_edge *edge = sp_slab_take(&graph->edges);

	if (edge == NULL)
		return NULL;
	edge->source = source;
	edge->target = graph->frame->reader;
	edge->next_read = *slot;
	*slot = edge;
	append_reader(edge);
	graph->counts.edges++;
	return edge;
}

/* Whether this run left out one read of the previous run, and goes on as that did. */
static bool skips_one(const struct sp_edge *expected, const sp_node *source)
{
	return expected != NULL && expected->next_read != NULL && expected->next_read->source == source;
}

void sp_edge_record_other(sp_graph *graph, sp_node *source)
{
	struct sp_edge *edge;

	if (source->kind == SP_NODE_EFFECT || sp_state_has(source, STATE_GONE))
		return;
	if (skips_one(*graph->slot, source)) {
		drop(graph, graph->slot);
		edge = *graph->slot;
	} else {
		edge = insert(graph, graph->slot, source);
	}
	if (edge == NULL) {
		sp_graph_fail(graph, SP_NO_MEMORY, "no memory to record what is read");
		return;
	}
	edge->seen = source->version;
	graph->slot = &edge->next_read;
}

void sp_edges_drop(sp_graph *graph, struct sp_edge **slot)
{
	while (*slot != NULL)
		drop(graph, slot);
}

void sp_edges_orphan(sp_node *node)
{
	sp_node *gone = &node->graph->gone;

	while (node->readers != NULL) {
		struct sp_edge *edge = node->readers;

		remove_reader(edge);
		edge->source = gone;
		edge->seen = gone->version;
		append_reader(edge);
	}
}
