/* graph_inspect.c: names and owners of nodes, and what can be told of a graph. */
#include "alloc.h"
#include "graph.h"

#include <stdlib.h>
#include <string.h>

struct sp_sidecar *sp_node_sidecar(sp_node *node)
{
	if (node->sidecar == NULL)
		node->sidecar = sp_calloc(1, sizeof(*node->sidecar));
	if (node->kind == SP_NODE_COMPUTED)
		sp_value_make_special(node);
	return node->sidecar;
}

sp_status sp_node_describe(sp_node *node, const char *name, void *owner)
{
	struct sp_sidecar *sidecar;
	char *copy = NULL;

	sp_graph_check_thread(node->graph);
	sidecar = sp_node_sidecar(node);
	if (sidecar == NULL)
		return SP_NO_MEMORY;
	if (name != NULL) {
		copy = sp_strdup(name);
		if (copy == NULL)
			return SP_NO_MEMORY;
	}
	sp_free(sidecar->name);
	sidecar->name = copy;
	sidecar->owner = owner;
	return SP_OK;
}

const struct sp_value_type *sp_node_type(const sp_node *node)
{
	return node->type;
}

void sp_node_inspect(const sp_node *node, struct sp_node_info *ret_info)
{
	const struct sp_sidecar *sidecar = node->sidecar;
	struct sp_node_info info = {
		.struct_size = ret_info->struct_size,
		.kind = (enum sp_node_kind)node->kind,
		.stale = sp_state_has(node, STATE_STALE),
		.failed = sp_state_has(node, STATE_FAILED),
		.asleep = sp_state_has(node, STATE_ASLEEP),
		.held = sp_state_has(node, STATE_HELD),
		.type = node->type,
		.value = node->kind == SP_NODE_EFFECT ? NULL : sp_value_place(node),
		.number = node->sequence,
	};

	sp_graph_check_thread(node->graph);
	if (sidecar != NULL) {
		info.name = sidecar->name;
		info.owner = sidecar->owner;
		info.runs = sidecar->runs;
		info.last_run = sidecar->last_run;
		info.last_duration = sidecar->last_duration;
		info.because = sidecar->because;
	}
	memcpy(ret_info, &info, info.struct_size < sizeof(info) ? info.struct_size : sizeof(info));
}

/* ---- walks ------------------------------------------------------------------------------------------------------- */

struct node_list {
	sp_node **nodes;
	size_t count;
};

static void gather(void *user, void *object)
{
	struct node_list *list = user;
	sp_node *node = object;

	if (node->kind != 0 && !sp_state_has(node, STATE_GONE))
		list->nodes[list->count++] = node;
}

static int compare_sequence(const void *left, const void *right)
{
	const sp_node *const *one = left, *const *other = right;

	return ((*one)->sequence > (*other)->sequence) - ((*one)->sequence < (*other)->sequence);
}

sp_status sp_graph_each(const sp_graph *graph, sp_node_visit visit, void *user)
{
	struct node_list list = { NULL, 0 };
	size_t i;

	sp_graph_check_thread(graph);
	list.nodes = sp_malloc((size_t)(graph->counts.nodes + 1) * sizeof(sp_node *));
	if (list.nodes == NULL)
		return SP_NO_MEMORY;
	sp_slab_each(&graph->signals, gather, &list);
	sp_slab_each(&graph->readers, gather, &list);
	qsort(list.nodes, list.count, sizeof(sp_node *), compare_sequence);
	for (i = 0; i < list.count && visit(user, list.nodes[i]); i++)
		;
	sp_free(list.nodes);
	return SP_OK;
}

void sp_node_each_dependency(const sp_node *node, sp_node_visit visit, void *user)
{
	const struct sp_edge *edge;

	sp_graph_check_thread(node->graph);
	if (node->kind == SP_NODE_SIGNAL)
		return;
	for (edge = ((const struct sp_reader *)node)->reads; edge != NULL; edge = edge->next_read) {
		if (edge->source != &node->graph->gone && !visit(user, edge->source))
			return;
	}
}

void sp_node_each_dependant(const sp_node *node, sp_node_visit visit, void *user)
{
	const struct sp_edge *edge;

	sp_graph_check_thread(node->graph);
	for (edge = node->readers; edge != NULL; edge = edge->next_reader) {
		if (!visit(user, &edge->target->node))
			return;
	}
}

void sp_graph_count(const sp_graph *graph, struct sp_graph_counts *ret_counts)
{
	sp_graph_check_thread(graph);
	*ret_counts = graph->counts;
}
