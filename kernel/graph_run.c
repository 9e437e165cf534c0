/* graph_run.c: one run of a computed or an effect: what it reads is recorded, and how it ends is kept. */
#include "alloc.h"
#include "graph.h"
#include "graph_trace.h"

#include <stdio.h>

static int64_t now(const sp_graph *graph)
{
	return graph->hooks.now != NULL ? graph->hooks.now(graph->hooks.user) : 0;
}

/* Begins a run: what it reads is recorded from now on. */
static inline void begin_run(sp_graph *graph, struct sp_frame *frame, struct sp_reader *reader)
{
	frame->reader = reader;
	frame->failure = SP_OK;
	frame->retry = false;
	sp_state_remove(&reader->node, STATE_MARKED | STATE_STALE | STATE_DIRTY);
	graph->slot = &reader->reads;
	graph->cycle = ++graph->last_cycle;
	if (!SP_LIKELY(graph->cycle != 0))
		sp_graph_restart_cycles(graph);
}

/* Ends the recording. What the run read last time and not this time, its reader no longer depends on. */
static inline void end_reads(sp_graph *graph)
{
	if (*graph->slot != NULL)
		sp_edges_drop(graph, graph->slot);
	graph->slot = NULL;
}

/* The first node among those that the latest run read that has changed since; NULL if none has. */
static const sp_node *find_changed(const struct sp_reader *reader)
{
	const struct sp_edge *edge = reader->reads;

	while (edge != NULL && edge->source->version == edge->seen)
		edge = edge->next_read;
	return edge != NULL ? edge->source : NULL;
}

static void note_begin(struct sp_frame *frame, const struct sp_reader *reader)
{
	const sp_node *node = &reader->node, *changed;
	struct sp_sidecar *sidecar = node->sidecar;

	if (sidecar == NULL)
		return;
	changed = find_changed(reader);
	frame->version = node->version;
	frame->because = changed != NULL ? changed->sequence : 0;
	sidecar->runs++;
	sidecar->last_run = now(node->graph);
	sidecar->last_duration = 0;
	if (node->graph->trace != NULL)
		sp_trace_begin(node, changed);
}

static enum sp_trace_outcome outcome_of(const struct sp_frame *frame, sp_status status)
{
	const sp_node *node = &frame->reader->node;

	if (status < SP_OK)
		return SP_TRACE_FAILED;
	if (node->kind == SP_NODE_EFFECT)
		return SP_TRACE_DONE;
	return node->version != frame->version ? SP_TRACE_CHANGED : SP_TRACE_EQUAL;
}

static void note_end(const struct sp_frame *frame, sp_status status)
{
	const sp_node *node = &frame->reader->node;
	struct sp_sidecar *sidecar = node->sidecar;
	enum sp_trace_outcome outcome;

	if (sidecar == NULL || sidecar->runs == 0) /* it may have been made in this run */
		return;
	outcome = outcome_of(frame, status);
	sidecar->last_duration = now(node->graph) - sidecar->last_run;
	if (outcome != SP_TRACE_EQUAL)
		sidecar->because = frame->because;
	if (node->graph->trace != NULL)
		sp_trace_end(node, outcome);
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
static sp_status keep_answered_error(sp_node *node, sp_status status)
{
	struct sp_error *error = &node->graph->error;
	char label[SP_NODE_LABEL];

	if (error->message[0] == '\0' || error->code != status)
		sp_error_set(error, status, "%s failed: %s", sp_node_label(node, label), sp_status_word(status));
	keep_error(node, error);
	error->message[0] = '\0';
	return sp_node_failure(node)->code;
}

/* Takes how a run ended that answered status: its time, and its error. One that lacked memory or stack may not know all
 * that it depends on: it stays dirty, though not marked, and runs again when it is next reached. */
static sp_status settle_status(struct sp_frame *frame, sp_status status)
{
	sp_node *node = &frame->reader->node;

	if (frame->failure != SP_OK)
		status = frame->failure;
	else if (status < SP_OK)
		status = keep_answered_error(node, status);
	if (status == SP_NO_MEMORY)
		frame->retry = true;
	sp_state_remove(node, STATE_FAILED);
	if (status < SP_OK)
		sp_state_add(node, frame->retry ? STATE_FAILED | STATE_STALE | STATE_DIRTY : STATE_FAILED);
	note_end(frame, status);
	return status;
}

/* ---- computeds --------------------------------------------------------------------------------------------------- */

/* Whether a computed has a value to be released, and not the zero of one that has never run, or failed. */
static bool holds_value(const sp_node *node)
{
	return node->version != 0 && !sp_state_has(node, STATE_FAILED);
}

/* Takes a result if it differs from the value. */
static sp_status take_result(sp_node *node, const void *result)
{
	bool held = holds_value(node);
	sp_status status;

	if (held && sp_value_equal(node, result)) {
		sp_value_discard(node->type, result);
		return SP_OK;
	}
	status = sp_value_store(node, result, held);
	if (status == SP_OK)
		node->version++;
	return status;
}

/* Gives a computed that fails, and is not yet marked as failed, the value zero. */
static void clear_failed(sp_node *node)
{
	sp_value_clear(node, holds_value(node));
	sp_value_make_special(node);
	node->version++;
}

/* Ends a run of a computed in every way but the short one. */
static void settle_computed(struct sp_frame *frame, sp_status status, const void *result)
{
	sp_node *node = &frame->reader->node;

	if (status > SP_OK)
		status = sp_error_set(&node->graph->error, SP_INVALID, "a computed cannot answer later");
	if (status == SP_OK && frame->failure == SP_OK)
		status = take_result(node, result);
	else
		sp_value_discard(node->type, result);
	if (status != SP_OK || frame->failure != SP_OK)
		clear_failed(node);
	settle_status(frame, status);
}

/* A plain value needs no releasing, so the zero of a computed that never ran is as good as any other. */
static inline void take_plain_result(sp_node *node, union sp_value_cell cell)
{
	if (sp_value_equal_plain(node, cell))
		return;
	node->value = cell;
	node->version++;
}

void sp_computed_execute(struct sp_frame *frame, struct sp_reader *computed)
{
	sp_node *node = &computed->node;
	sp_graph *graph = node->graph;
	union sp_value_cell cell = { 0 };
	void *result = &cell;
	sp_status status;

	if (!SP_LIKELY(sp_value_is_plain(node))) {
		note_begin(frame, computed);
		result = sp_state_has(node, STATE_BOXED) ? sp_value_boxed_result(node) : &cell;
	}
	begin_run(graph, frame, computed);
	status = computed->run.computed(computed->user, result, &graph->error);
	end_reads(graph);
	graph->counts.computed_runs++;
	if (SP_LIKELY(status == SP_OK && frame->failure == SP_OK && sp_value_is_plain(node)))
		take_plain_result(node, cell);
	else
		settle_computed(frame, status, result);
	frame->reader = NULL;
}

void sp_computed_refuse(struct sp_reader *computed)
{
	sp_node *node = &computed->node;
	struct sp_error error;

	sp_error_set_stack(&error, node);
	keep_error(node, &error);
	clear_failed(node);
	sp_state_remove(node, STATE_MARKED);
	sp_state_add(node, STATE_FAILED | STATE_STALE | STATE_DIRTY);
}

/* ---- effects ----------------------------------------------------------------------------------------------------- */

void sp_effect_clean(struct sp_reader *effect)
{
	sp_graph *graph = effect->node.graph;
	struct sp_frame frame;

	sp_frame_open(graph, &frame);
	while (effect->node.value.cleanups != NULL) {
		struct sp_cleanup_entry *cleanup = effect->node.value.cleanups;

		effect->node.value.cleanups = cleanup->next;
		cleanup->release(cleanup->object);
		sp_free(cleanup);
	}
	sp_frame_close(graph, &frame);
}

/* Ends a run of an effect that failed now or before, or whose time is told. */
static void settle_effect(struct sp_frame *frame, sp_status status)
{
	sp_node *node = &frame->reader->node;
	const struct sp_graph_hooks *hooks = &node->graph->hooks;

	status = settle_status(frame, status);
	if (status < SP_OK && hooks->effect_failed != NULL)
		hooks->effect_failed(hooks->user, node, sp_node_failure(node));
}

/* Tells a held effect that what it read has changed. It stays dirty and marked, so that nothing queues it again. */
static void supersede(struct sp_reader *effect)
{
	if (!sp_state_has(&effect->node, STATE_GONE))
		effect->run.effect(effect->user, &effect->node.graph->error);
}

void sp_effect_execute(struct sp_frame *frame, struct sp_reader *effect)
{
	sp_node *node = &effect->node;
	sp_graph *graph = node->graph;
	sp_status status;

	if (node->value.cleanups != NULL && !sp_state_has(node, STATE_HELD))
		sp_effect_clean(effect);
	if (sp_state_has(node, STATE_GONE | STATE_HELD)) {
		supersede(effect);
		return;
	}
	if (node->sidecar != NULL)
		note_begin(frame, effect);
	begin_run(graph, frame, effect);
	status = effect->run.effect(effect->user, &graph->error);
	end_reads(graph);
	graph->counts.effect_runs++;
	if (status < SP_OK || frame->failure != SP_OK || node->sidecar != NULL || sp_state_has(node, STATE_FAILED))
		settle_effect(frame, status);
	frame->reader = NULL;
}

/* Tells how a held run ended. One that lacked memory runs again when it is next reached. */
static void settle_held(sp_node *effect, const struct sp_error *failure)
{
	const struct sp_graph_hooks *hooks = &effect->graph->hooks;

	sp_state_remove(effect, STATE_FAILED);
	if (failure == NULL)
		return;
	keep_error(effect, failure);
	sp_state_add(effect, failure->code == SP_NO_MEMORY ? STATE_FAILED | STATE_STALE | STATE_DIRTY : STATE_FAILED);
	if (hooks->effect_failed != NULL)
		hooks->effect_failed(hooks->user, effect, sp_node_failure(effect));
}

void sp_effect_hold(sp_node *effect)
{
	sp_graph_check_thread(effect->graph);
	sp_state_add(effect, STATE_HELD);
}

void sp_effect_release(sp_node *effect, const struct sp_error *failure, bool again)
{
	sp_graph_check_thread(effect->graph);
	if (again)
		sp_state_add(effect, STATE_STALE | STATE_DIRTY);
	sp_state_remove(effect, STATE_HELD);
	sp_queue_stale(sp_reader_of(effect));
	settle_held(effect, failure);
	sp_graph_rest(effect->graph);
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

/* ---- failing from inside ----------------------------------------------------------------------------------------- */

void sp_graph_fail_run(sp_graph *graph, const struct sp_error *error, bool retry)
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
	sp_graph_fail_run(graph, &error, false);
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
