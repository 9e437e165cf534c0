/* graph_node.c: the life of a node, from creation to disposal, and its value for whoever reads or writes it. */
#include "alloc.h"
#include "graph.h"
#include "graph_trace.h"

#include <string.h>

/* ---- creation ---------------------------------------------------------------------------------------------------- */

static void init_node(sp_graph *graph, sp_node *node, enum sp_node_kind kind)
{
	sp_graph_check_thread(graph);
	*node = (struct sp_node){ .graph = graph, .kind = (uint8_t)kind, .sequence = ++graph->sequence };
	graph->counts.nodes++;
}

void sp_node_free(sp_node *node)
{
	sp_graph *graph = node->graph;
	struct sp_slab *slab = node->kind == SP_NODE_SIGNAL ? &graph->signals : &graph->readers;

	graph->counts.nodes--;
	node->kind = 0;
	sp_slab_give(slab, node);
}

static sp_status set_initial(sp_node *node, const void *initial)
{
	sp_status status = sp_value_init(node, node->type);

	if (status != SP_OK)
		return status;
	status = sp_value_store(node, initial != NULL ? initial : sp_value_place(node), false);
	if (status != SP_OK)
		sp_value_finish(node, false);
	return status;
}

sp_node *sp_signal_create(sp_graph *graph, const struct sp_value_type *type, const void *initial)
{
	sp_node *node = sp_slab_take(&graph->signals);

	if (node != NULL) {
		init_node(graph, node, SP_NODE_SIGNAL);
		node->type = type;
		if (set_initial(node, initial) == SP_OK)
			return node;
		sp_node_free(node);
	}
	if (initial != NULL)
		sp_value_discard(type, initial);
	return NULL;
}

static struct sp_reader *create_reader(sp_graph *graph, enum sp_node_kind kind, void *user)
{
	struct sp_reader *reader = sp_slab_take(&graph->readers);

	if (reader == NULL)
		return NULL;
	init_node(graph, &reader->node, kind);
	reader->node.state = STATE_MARKED | STATE_STALE | STATE_DIRTY;
	reader->user = user;
	reader->reads = NULL;
	reader->link.via = NULL;
	return reader;
}

sp_node *sp_computed_create(sp_graph *graph, const struct sp_value_type *type, sp_computed_run run, void *user)
{
	struct sp_reader *computed = create_reader(graph, SP_NODE_COMPUTED, user);

	if (computed == NULL)
		return NULL;
	computed->run.computed = run;
	if (sp_value_init(&computed->node, type) == SP_OK)
		return &computed->node;
	sp_node_free(&computed->node);
	return NULL;
}

sp_node *sp_effect_create(sp_graph *graph, sp_effect_run run, void *user, unsigned flags)
{
	struct sp_reader *effect = create_reader(graph, SP_NODE_EFFECT, user);

	if (effect == NULL)
		return NULL;
	effect->run.effect = run;
	if ((flags & SP_EFFECT_ASLEEP) != 0) {
		sp_state_add(&effect->node, STATE_ASLEEP);
		return &effect->node;
	}
	sp_queue_add(&graph->queue, effect);
	sp_graph_rest(graph);
	return &effect->node;
}

/* ---- disposal ---------------------------------------------------------------------------------------------------- */

static void free_sidecar(sp_node *node)
{
	if (node->sidecar == NULL)
		return;
	sp_free(node->sidecar->error);
	sp_free(node->sidecar->name);
	sp_free(node->sidecar);
	node->sidecar = NULL;
}

/* Whether a computed has a value of its own, and not the zero of one that has never run, or failed. */
static bool holds_value(const sp_node *node)
{
	return node->kind == SP_NODE_SIGNAL || (node->version != 0 && !sp_state_has(node, STATE_FAILED));
}

/* Disposes a reader that is not entered. If it is queued, its memory is freed when its turn comes. */
static void finish_reader(struct sp_reader *reader)
{
	sp_node *node = &reader->node;

	sp_state_add(node, STATE_GONE);
	sp_edges_drop(node->graph, &reader->reads);
	if (node->kind == SP_NODE_EFFECT)
		sp_effect_clean(reader);
	else
		sp_value_finish(node, holds_value(node));
	free_sidecar(node);
	if (!sp_state_has(node, STATE_QUEUED))
		sp_node_free(node);
}

static void finish_signal(sp_node *node)
{
	sp_value_finish(node, true);
	free_sidecar(node);
	sp_node_free(node);
}

void sp_reader_bury(struct sp_reader *reader)
{
	sp_graph *graph = reader->node.graph;

	if (reader->node.kind == SP_NODE_EFFECT) {
		finish_reader(reader);
		return;
	}
	reader->link.next = graph->graveyard;
	graph->graveyard = reader;
}

void sp_graveyard_empty(sp_graph *graph)
{
	while (graph->graveyard != NULL) {
		struct sp_reader *computed = graph->graveyard;

		graph->graveyard = computed->link.next;
		finish_reader(computed);
	}
}

void sp_node_dispose(sp_node *node)
{
	sp_graph *graph;

	if (node == NULL || sp_state_has(node, STATE_GONE))
		return;
	graph = node->graph;
	sp_graph_check_thread(graph);
	sp_edges_orphan(node);
	if (sp_state_has(node, STATE_ENTERED)) {
		sp_state_add(node, STATE_GONE);
		return;
	}
	if (node->kind == SP_NODE_SIGNAL)
		finish_signal(node);
	else
		finish_reader(sp_reader_of(node));
	sp_graph_rest(graph);
}

/* ---- reading and writing ----------------------------------------------------------------------------------------- */

/* What a read has to do first when the node is anything but up to date and well. */
static inline void prepare_read(sp_node *node)
{
	if (node->kind == SP_NODE_EFFECT)
		return;
	if (sp_state_has(node, STATE_ENTERED))
		sp_fail_loop(node);
	else if (sp_state_has(node, STATE_STALE))
		sp_refresh(sp_reader_of(node));
}

/* As prepare_read; and if the node failed, so does the run that reads it. */
static inline void prepare_value(sp_node *node)
{
	sp_graph *graph = node->graph;

	prepare_read(node);
	if (!sp_state_has(node, STATE_FAILED))
		return;
	sp_graph_fail_run(graph, sp_node_failure(node), sp_state_has(node, STATE_STALE));
	if (graph->hooks.read_failed != NULL)
		graph->hooks.read_failed(graph->hooks.user, sp_node_failure(node));
}

/* The two ways of sp_node_get that are not the usual one. */
static const void *__attribute__((noinline)) get_unsettled(sp_node *node)
{
	if (sp_state_has(node, STATE_UNSETTLED))
		prepare_value(node);
	sp_edge_record(node->graph, node);
	return sp_value_place(node);
}

static const void *__attribute__((noinline)) get_unexpected(sp_node *node)
{
	sp_edge_record_other(node->graph, node);
	return sp_value_place(node);
}

const void *sp_node_get(sp_node *node)
{
	sp_graph_check_thread(node->graph);
	sp_value_verify(node);
	if (sp_state_has(node, STATE_UNSETTLED | STATE_BOXED))
		return get_unsettled(node);
	if (!sp_edge_record_expected(node->graph, node))
		return get_unexpected(node);
	return &node->value;
}

const void *sp_node_peek(sp_node *node)
{
	sp_graph_check_thread(node->graph);
	sp_value_verify(node);
	if (sp_state_has(node, STATE_UNSETTLED))
		prepare_value(node);
	return sp_value_place(node);
}

const struct sp_error *sp_node_error(sp_node *node)
{
	sp_graph_check_thread(node->graph);
	prepare_read(node);
	sp_edge_record(node->graph, node);
	return sp_state_has(node, STATE_FAILED) ? sp_node_failure(node) : NULL;
}

/* Remembers that the effect that is running writes. */
static void note_writer(sp_graph *graph)
{
	struct sp_reader *writer = sp_graph_running(graph);

	if (writer != NULL)
		writer->node.cycle = graph->last_cycle;
}

/* Marks who depends on a signal that has a new value. */
static void tell(sp_node *node)
{
	node->version++;
	note_writer(node->graph);
	sp_propagate(node);
	if (!SP_LIKELY(node->graph->trace == NULL))
		sp_trace_write(node);
	sp_graph_rest(node->graph);
}

/* Stores a value that is not plain. Nothing runs until it is done, whatever the type's functions do. */
static sp_status change(sp_node *node, const void *value)
{
	sp_graph *graph = node->graph;
	sp_status status;

	graph->depth++;
	status = sp_value_store(node, value, true);
	graph->depth--;
	if (status == SP_OK)
		tell(node);
	else
		sp_value_discard(node->type, value);
	return status;
}

static inline bool is_computing(const sp_graph *graph)
{
	const struct sp_reader *running = sp_graph_running(graph);

	return running != NULL && running->node.kind == SP_NODE_COMPUTED;
}

static inline void write_plain(sp_node *node, union sp_value_cell cell)
{
	if (sp_value_equal_plain(node, cell))
		return;
	node->value = cell;
	tell(node);
}

static sp_status refuse_write(sp_node *node, const void *value)
{
	sp_fail_write(node);
	if (node->type != NULL)
		sp_value_discard(node->type, value);
	return SP_CONFLICT;
}

sp_status sp_node_write(sp_node *node, const void *value)
{
	sp_graph_check_thread(node->graph);
	if (node->kind != SP_NODE_SIGNAL || is_computing(node->graph))
		return refuse_write(node, value);
	if (SP_LIKELY(sp_value_is_plain(node))) {
		write_plain(node, (union sp_value_cell){ .bits = sp_value_bits(node->type, value) });
		return SP_OK;
	}
	sp_value_verify(node);
	if (!sp_value_equal(node, value))
		return change(node, value);
	sp_value_discard(node->type, value);
	return SP_OK;
}

sp_status sp_node_exchange(sp_node *node, void *value)
{
	sp_graph_check_thread(node->graph);
	if (node->kind != SP_NODE_SIGNAL || is_computing(node->graph)) {
		sp_fail_write(node);
		return SP_CONFLICT;
	}
	sp_value_verify(node);
	if (sp_value_equal(node, value))
		return SP_OK;
	sp_value_exchange(node, value);
	tell(node);
	return SP_OK;
}
