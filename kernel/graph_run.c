/* graph_run.c: one run of a computed or an effect: what it reads is recorded, and how it ends is kept. */
#include "alloc.h"
#include "graph.h"

#include <stdio.h>

static int64_t now(const sp_graph *graph)
{
	return graph->hooks.now != NULL ? graph->hooks.now(graph->hooks.user) : 0;
}

/* Opens a frame in which nothing is recorded. */
static void open_frame(sp_graph *graph, struct sp_frame *frame, struct sp_reader *reader)
{
	frame->outer = graph->frame;
	frame->reader = reader;
	frame->outer_slot = graph->slot;
	frame->outer_cycle = graph->cycle;
	graph->frame = frame;
	graph->slot = NULL;
	graph->depth++;
}

static void close_frame(sp_graph *graph, const struct sp_frame *frame)
{
	graph->frame = frame->outer;
	graph->slot = frame->outer_slot;
	graph->cycle = frame->outer_cycle;
	graph->depth--;
}

static void begin_run(struct sp_frame *frame, struct sp_reader *reader)
{
	sp_node *node = &reader->node;
	sp_graph *graph = node->graph;

	open_frame(graph, frame, reader);
	frame->failure = SP_OK;
	frame->retry = false;
	frame->error.code = SP_OK;
	frame->started = node->sidecar != NULL ? now(graph) : 0;
	sp_state_remove(node, STATE_MARKED | STATE_STALE | STATE_DIRTY);
	graph->slot = &reader->reads;
	graph->cycle = ++graph->last_cycle;
	if (graph->cycle == 0)
		sp_graph_restart_cycles(graph);
}

static void note_run(sp_node *node, int64_t started)
{
	struct sp_sidecar *sidecar = node->sidecar;

	sidecar->runs++;
	sidecar->last_run = started;
	sidecar->last_duration = now(node->graph) - started;
}

/* Keeps error as that of the node's latest run. Without memory it is told as SP_NO_MEMORY. */
static void keep_error(sp_node *node, const struct sp_error *error)
{
	struct sp_sidecar *sidecar = sp_node_sidecar(node);

	if (sidecar == NULL)
		return;
	if (sidecar->error == NULL)
		sidecar->error = sp_malloc(sizeof(*sidecar->error));
	if (sidecar->error != NULL)
		*sidecar->error = *error;
}

const struct sp_error *sp_node_failure(const sp_node *node)
{
	static const struct sp_error no_memory = { .code = SP_NO_MEMORY, .message = "no memory" };

	if (node->sidecar == NULL || node->sidecar->error == NULL)
		return &no_memory;
	return node->sidecar->error;
}

/* Keeps the error of a run that answered status, and answers the code by which it is known. */
static sp_status keep_answered_error(struct sp_frame *frame, sp_status status)
{
	char label[SP_NODE_LABEL];
	sp_node *node = &frame->reader->node;

	if (frame->error.code == SP_OK)
		sp_error_set(&frame->error, status, "%s failed: %s", sp_node_label(node, label),
			sp_status_word(status));
	frame->error.code = status;
	keep_error(node, &frame->error);
	return sp_node_failure(node)->code;
}

/* Ends a run that answered status. What it read last time and not this time, it no longer depends on. */
static sp_status end_run(struct sp_frame *frame, sp_status status)
{
	sp_node *node = &frame->reader->node;
	sp_graph *graph = node->graph;

	if (*graph->slot != NULL)
		sp_edges_drop(graph, graph->slot);
	close_frame(graph, frame);
	if (node->sidecar != NULL)
		note_run(node, frame->started);
	if (frame->failure != SP_OK)
		return frame->failure;
	return status < SP_OK ? keep_answered_error(frame, status) : status;
}

/* What became of a run. One that lacked memory or stack may not know all that it depends on: it stays dirty, though not
 * marked, and runs again when it is next reached. */
static void set_outcome(const struct sp_frame *frame, sp_status status)
{
	sp_node *node = &frame->reader->node;

	sp_state_remove(node, STATE_FAILED);
	if (status < SP_OK)
		sp_state_add(node, frame->retry ? STATE_FAILED | STATE_STALE | STATE_DIRTY : STATE_FAILED);
}

/* ---- computeds ------------------------------------------------------------------------------------------------------- */

static sp_status take_result(struct sp_frame *frame, const void *result, bool held)
{
	sp_node *node = &frame->reader->node;
	sp_status status;

	if (held && sp_value_equal(node, result)) {
		sp_value_discard(node->type, result);
		return SP_OK;
	}
	status = sp_value_store(node, result, held);
	if (status != SP_OK) {
		frame->retry = status == SP_NO_MEMORY;
		return keep_answered_error(frame, status);
	}
	node->version++;
	return SP_OK;
}

static void take_failure(sp_node *node, const void *result, bool held)
{
	sp_value_discard(node->type, result);
	sp_value_clear(node, held);
	node->version++;
}

/* Whether too little stack is left for a run. A thread that runs on another stack is not judged. */
static bool is_stack_low(const sp_graph *graph)
{
	return (uintptr_t)__builtin_frame_address(0) - graph->stack_low < SP_STACK_RESERVE;
}

static sp_status call_computed(struct sp_frame *frame, void *result)
{
	struct sp_reader *computed = frame->reader;
	sp_graph *graph = computed->node.graph;
	sp_status status;

	if (is_stack_low(graph)) {
		frame->retry = true;
		return sp_fail_stack(graph, &frame->error);
	}
	status = computed->run.computed(computed->user, result, &frame->error);
	if (status > SP_OK)
		return sp_error_set(&frame->error, SP_INVALID, "a computed cannot answer later");
	return status;
}

void sp_computed_execute(struct sp_reader *computed)
{
	sp_node *node = &computed->node;
	sp_graph *graph = node->graph;
	bool held = node->version != 0 && !sp_state_has(node, STATE_FAILED);
	union sp_value_cell cell;
	void *result = sp_value_result(node, &cell);
	struct sp_frame frame;
	sp_status status;

	graph->counts.computed_runs++;
	graph->computing++;
	begin_run(&frame, computed);
	status = end_run(&frame, call_computed(&frame, result));
	if (status == SP_OK)
		status = take_result(&frame, result, held);
	if (status != SP_OK)
		take_failure(node, result, held);
	set_outcome(&frame, status);
	graph->computing--;
}

/* ---- effects --------------------------------------------------------------------------------------------------------- */

void sp_effect_clean(struct sp_reader *effect)
{
	sp_graph *graph = effect->node.graph;
	struct sp_frame frame;

	if (effect->node.value.cleanups == NULL)
		return;
	open_frame(graph, &frame, NULL);
	while (effect->node.value.cleanups != NULL) {
		struct sp_cleanup_entry *cleanup = effect->node.value.cleanups;

		effect->node.value.cleanups = cleanup->next;
		cleanup->release(cleanup->object);
		sp_free(cleanup);
	}
	close_frame(graph, &frame);
}

void sp_effect_execute(struct sp_reader *effect)
{
	sp_node *node = &effect->node;
	sp_graph *graph = node->graph;
	struct sp_frame frame;
	sp_status status;

	sp_effect_clean(effect);
	if (sp_state_has(node, STATE_GONE))
		return;
	graph->counts.effect_runs++;
	begin_run(&frame, effect);
	status = effect->run.effect(effect->user, &frame.error);
	status = end_run(&frame, status);
	set_outcome(&frame, status);
	if (status < SP_OK && graph->hooks.effect_failed != NULL)
		graph->hooks.effect_failed(graph->hooks.user, node, sp_node_failure(node));
}

sp_status sp_effect_cleanup(sp_graph *graph, void (*release)(void *object), void *object)
{
	struct sp_reader *effect = graph->frame != NULL ? graph->frame->reader : NULL;
	struct sp_cleanup_entry *cleanup;

	sp_graph_check_thread(graph);
	if (effect == NULL || effect->node.kind != SP_NODE_EFFECT)
		return SP_CONFLICT;
	cleanup = sp_malloc(sizeof(*cleanup));
	if (cleanup == NULL)
		return SP_NO_MEMORY;
	*cleanup = (struct sp_cleanup_entry){ effect->node.value.cleanups, release, object };
	effect->node.value.cleanups = cleanup;
	return SP_OK;
}

/* ---- failing from inside --------------------------------------------------------------------------------------------- */

void sp_run_fail(sp_graph *graph, const struct sp_error *error, bool retry)
{
	struct sp_frame *frame = graph->frame;

	if (frame == NULL || frame->reader == NULL || frame->failure != SP_OK)
		return;
	keep_error(&frame->reader->node, error);
	frame->failure = sp_node_failure(&frame->reader->node)->code;
	frame->retry = retry || frame->failure == SP_NO_MEMORY;
}

sp_status sp_graph_fail(sp_graph *graph, sp_status code, const char *format, ...)
{
	struct sp_error error;
	va_list arguments;

	va_start(arguments, format);
	sp_error_set_list(&error, code, format, arguments);
	va_end(arguments);
	sp_graph_check_thread(graph);
	sp_run_fail(graph, &error, false);
	return code;
}

void sp_untracked(sp_graph *graph, void (*function)(void *user), void *user)
{
	struct sp_edge **slot = graph->slot;

	sp_graph_check_thread(graph);
	graph->slot = NULL;
	function(user);
	graph->slot = slot;
}
