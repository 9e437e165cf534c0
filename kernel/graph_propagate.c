/* graph_propagate.c: the two walks. A write marks downwards, to all that depends on it; reading something stale asks
 * upwards, at what it depends on. */
#include "graph.h"

/* ---- marking --------------------------------------------------------------------------------------------------------- */

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

/* Marks the reader at edge, the readers after it, and all that depends on them. Where the walk goes down although readers
 * are left beside, it comes back: each such branch remembers the one before it. */
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

/* ---- asking ---------------------------------------------------------------------------------------------------------- */

/* Enters a stale reader by an edge (NULL: from outside). Answers the first edge to ask; NULL if it must run anyway. */
static struct sp_edge *enter(struct sp_reader *reader, struct sp_edge *via)
{
	sp_state_add(&reader->node, STATE_ENTERED);
	reader->link.via = via;
	return sp_state_has(&reader->node, STATE_DIRTY) ? NULL : reader->reads;
}

/* The first edge from this one on whose source has changed, or has yet to be asked. */
static struct sp_edge *first_open(struct sp_edge *edge)
{
	while (edge != NULL && edge->source->version == edge->seen &&
		!sp_state_has(edge->source, STATE_STALE | STATE_ENTERED))
		edge = edge->next_read;
	return edge;
}

/* Whether a source has to be asked. One that is entered already reads itself: its reader finds out by running. */
static bool is_askable(const sp_node *source)
{
	return (source->state & (STATE_STALE | STATE_ENTERED)) == STATE_STALE;
}

/* Runs a reader whose dependencies have changed, or else declares it up to date. */
static void settle(struct sp_reader *reader, bool changed)
{
	if (sp_state_has(&reader->node, STATE_GONE))
		return;
	if (!changed && !sp_state_has(&reader->node, STATE_DIRTY))
		sp_state_remove(&reader->node, STATE_MARKED | STATE_STALE);
	else if (reader->node.kind == SP_NODE_COMPUTED)
		sp_computed_execute(reader);
	else
		sp_effect_execute(reader);
}

static void leave(struct sp_reader *reader)
{
	sp_state_remove(&reader->node, STATE_ENTERED);
	if (sp_state_has(&reader->node, STATE_GONE))
		sp_reader_bury(reader);
}

/* Brings top up to date by asking what it reads, and what that reads in turn, on a path without recursion. */
void sp_refresh(struct sp_reader *top)
{
	struct sp_reader *reader = top;
	struct sp_edge *edge = enter(top, NULL);

	for (;;) {
		edge = sp_state_has(&reader->node, STATE_GONE) ? NULL : first_open(edge);
		if (edge != NULL && is_askable(edge->source)) {
			reader = sp_reader_of(edge->source);
			edge = enter(reader, edge);
			continue;
		}
		settle(reader, edge != NULL);
		if (reader == top)
			break;
		edge = reader->link.via;
		leave(reader);
		reader = edge->target;
	}
	leave(top);
}
