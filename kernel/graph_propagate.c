/* graph_propagate.c: the two walks. A write marks downwards, to all that depends on it; reading something stale asks
 * upwards, at what it depends on. */
#include "graph.h"

/* ---- marking ----------------------------------------------------------------------------------------------------- */

/* Marks one reader. Answers the first edge to those that read it in turn; NULL if there are none. */
static inline struct sp_edge *mark(struct sp_reader *reader, unsigned bits)
{
	sp_node *node = &reader->node;

	sp_state_add(node, bits);
	if (node->kind == SP_NODE_COMPUTED)
		return node->readers;
	if (!sp_state_has(node, STATE_ASLEEP))
		sp_queue_add(&node->graph->queue, reader);
	return NULL;
}

/* Marks the reader at edge, the readers after it, and all that depends on them. Where the walk goes down although
 * readers are left beside, it comes back: each such branch remembers the one before it. */
static void mark_all(struct sp_edge *edge)
{
	struct sp_edge *branch = NULL;

	while (edge != NULL) {
		struct sp_reader *reader = edge->target;
		struct sp_edge *below = NULL;

		if (!sp_state_has(&reader->node, STATE_MARKED))
			below = mark(reader, STATE_MARKED | STATE_STALE);
		if (below != NULL && edge->next_reader != NULL) {
			reader->link.via = branch;
			branch = edge;
		}
		edge = below != NULL ? below : edge->next_reader;
		if (edge == NULL && branch != NULL) {
			edge = branch->next_reader;
			branch = branch->target->link.via;
		}
	}
}

void sp_propagate(sp_node *signal)
{
	struct sp_edge *edge;

	for (edge = signal->readers; edge != NULL; edge = edge->next_reader) {
		struct sp_reader *reader = edge->target;

		if (sp_state_has(&reader->node, STATE_MARKED))
			continue;
		mark_all(mark(reader, STATE_MARKED | STATE_STALE | STATE_DIRTY));
	}
}

void sp_unmark(struct sp_reader *top)
{
	struct sp_edge *edge = top->reads;

	sp_state_remove(&top->node, STATE_MARKED);
	top->link.via = NULL;
	while (edge != NULL) {
		sp_node *source = edge->source;

		if (sp_state_has(source, STATE_MARKED)) {
			sp_state_remove(source, STATE_MARKED);
			if (sp_reader_of(source)->reads != NULL) {
				sp_reader_of(source)->link.via = edge;
				edge = sp_reader_of(source)->reads;
				continue;
			}
		}
		while (edge != NULL && edge->next_read == NULL)
			edge = edge->target->link.via;
		if (edge != NULL)
			edge = edge->next_read;
	}
}

/* ---- asking ------------------------------------------------------------------------------------------------------ */

/* When less stack than this is left, the runs of known dependencies no longer nest. */
enum { NESTING_RESERVE = 2 * SP_STACK_RESERVE };

/* Whether the source of an edge has another version than its reader saw. */
static inline bool has_changed(const struct sp_edge *edge)
{
	return edge->source->version != edge->seen;
}

static inline void enter(struct sp_reader *reader, struct sp_edge *via)
{
	sp_state_add(&reader->node, STATE_ENTERED);
	reader->link.via = via;
}

/* Runs a reader, unless it was disposed meanwhile, and leaves it. */
static inline void run_and_leave(struct sp_frame *frame, struct sp_reader *reader)
{
	if (sp_state_has(&reader->node, STATE_GONE))
		;
	else if (reader->node.kind == SP_NODE_COMPUTED)
		sp_computed_execute(frame, reader);
	else
		sp_effect_execute(frame, reader);
	sp_state_remove(&reader->node, STATE_ENTERED);
	if (sp_state_has(&reader->node, STATE_GONE))
		sp_reader_bury(reader);
}

/* Leaves a reader: runs it if it is dirty, or else declares it up to date. */
static inline void settle(struct sp_frame *frame, struct sp_reader *reader)
{
	if (sp_state_has(&reader->node, STATE_DIRTY | STATE_GONE))
		run_and_leave(frame, reader);
	else
		sp_state_remove(&reader->node, STATE_MARKED | STATE_STALE | STATE_ENTERED);
}

/*
 * Enters what is to be asked before reader can be settled, and what is to be asked before that, and so on; edge is the
 * first of reader's that is not decided yet. Answers the last reader entered, which can be settled. As soon as a source
 * has changed, its reader is dirty, and the rest is not asked, for the run may not read it any more. A source that is
 * entered already depends on itself: its reader finds out by running.
 */
static inline struct sp_reader *descend(struct sp_reader *reader, struct sp_edge *edge)
{
	while (edge != NULL) {
		sp_node *source = edge->source;
		unsigned doubts = source->state & (STATE_STALE | STATE_ENTERED);

		if (doubts == STATE_STALE) {
			reader = sp_reader_of(source);
			enter(reader, edge);
			edge = sp_state_has(source, STATE_DIRTY) ? NULL : reader->reads;
		} else if (doubts != 0 || has_changed(edge)) {
			sp_state_add(&reader->node, STATE_DIRTY);
			edge = NULL;
		} else {
			edge = edge->next_read;
		}
	}
	return reader;
}

/* As descend, but asks everything that the latest run read, so that the next need not wait for it. */
static struct sp_reader *descend_everywhere(struct sp_reader *reader, struct sp_edge *edge)
{
	while (edge != NULL) {
		sp_node *source = edge->source;
		unsigned doubts = source->state & (STATE_STALE | STATE_ENTERED);

		if (doubts == STATE_STALE) {
			reader = sp_reader_of(source);
			enter(reader, edge);
			edge = reader->reads;
			continue;
		}
		if (doubts != 0 || has_changed(edge))
			sp_state_add(&reader->node, STATE_DIRTY);
		edge = edge->next_read;
	}
	return reader;
}

/* Settles what was entered, from the last reader up to top, and on the way asks what is left to be asked. What a source
 * did is told by its version alone: one that lacked memory or stack is stale again, and must not be asked forever. */
static inline void climb(struct sp_frame *frame, struct sp_reader *reader, struct sp_reader *top, bool everywhere)
{
	while (reader != top) {
		struct sp_edge *edge = reader->link.via;

		settle(frame, reader);
		reader = edge->target;
		if (has_changed(edge))
			sp_state_add(&reader->node, STATE_DIRTY);
		if (everywhere)
			reader = descend_everywhere(reader, edge->next_read);
		else if (!sp_state_has(&reader->node, STATE_DIRTY))
			reader = descend(reader, edge->next_read);
	}
	settle(frame, top);
}

/* How much stack is left. A thread that runs on another stack than its own is told that much is. */
static inline size_t stack_left(const sp_graph *graph)
{
	return (uintptr_t)__builtin_frame_address(0) - graph->stack_low;
}

/* Refreshes a reader that has been entered, by asking what it depends on. */
static void __attribute__((noinline)) ask(struct sp_frame *frame, struct sp_reader *top, bool everywhere)
{
	if (everywhere)
		climb(frame, descend_everywhere(top, top->reads), top, true);
	else
		climb(frame, descend(top, top->reads), top, false);
}

void sp_refresh_in(struct sp_frame *frame, struct sp_reader *top)
{
	size_t left = stack_left(top->node.graph);

	if (!SP_LIKELY(left >= SP_STACK_RESERVE) && top->node.kind == SP_NODE_COMPUTED) {
		sp_computed_refuse(top);
		return;
	}
	enter(top, NULL);
	if (sp_state_has(&top->node, STATE_DIRTY) && SP_LIKELY(left >= NESTING_RESERVE))
		run_and_leave(frame, top);
	else
		ask(frame, top, left < NESTING_RESERVE);
}

void sp_refresh(struct sp_reader *top)
{
	sp_graph *graph = top->node.graph;
	struct sp_frame frame;

	sp_frame_open(graph, &frame);
	sp_refresh_in(&frame, top);
	sp_frame_close(graph, &frame);
}
