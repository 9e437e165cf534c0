/* graph_effect.c: which effects run, and when. A wave goes in rounds: what is queued runs in order of creation, and
 * what is queued meanwhile runs in the next round. */
#include "graph.h"

enum { ROUNDS_MAX = 100, ROUNDS_WATCHED = 50, BINS = 64 };

/* ---- the order of a round ---------------------------------------------------------------------------------------- */

/* Cuts the longest sorted run from the front of *list. */
static struct sp_reader *cut_run(struct sp_reader **list)
{
	struct sp_reader *first = *list, *last = first;

	while (last->link.next != NULL && last->node.sequence < last->link.next->node.sequence)
		last = last->link.next;
	*list = last->link.next;
	last->link.next = NULL;
	return first;
}

static struct sp_reader *merge(struct sp_reader *left, struct sp_reader *right)
{
	struct sp_reader *first = NULL, **end = &first;

	while (left != NULL && right != NULL) {
		struct sp_reader **lower = left->node.sequence < right->node.sequence ? &left : &right;

		*end = *lower;
		end = &(*lower)->link.next;
		*lower = *end;
	}
	*end = left != NULL ? left : right;
	return first;
}

/* Sorts by merging the runs that are sorted already: bin i holds 2^i of them, or none. */
static struct sp_reader *sort(struct sp_reader *list)
{
	struct sp_reader *bins[BINS] = { NULL }, *sorted = NULL;
	size_t i;

	while (list != NULL) {
		struct sp_reader *run = cut_run(&list);

		for (i = 0; bins[i] != NULL; i++) {
			run = merge(bins[i], run);
			bins[i] = NULL;
		}
		bins[i] = run;
	}
	for (i = 0; i < BINS; i++)
		sorted = merge(bins[i], sorted);
	return sorted;
}

/* Empties the queue; answers what was in it, in order of creation. */
static struct sp_reader *take_all(struct sp_queue *queue)
{
	struct sp_reader *list = queue->unsorted ? sort(queue->first) : queue->first;

	*queue = (struct sp_queue){ NULL, NULL, false };
	return list;
}

/* ---- waves ------------------------------------------------------------------------------------------------------- */

/* Takes the first effect from a list that was queued. NULL if it was disposed meanwhile. */
static struct sp_reader *take(struct sp_reader **list)
{
	struct sp_reader *effect = *list;

	*list = effect->link.next;
	sp_state_remove(&effect->node, STATE_QUEUED);
	if (!sp_state_has(&effect->node, STATE_GONE))
		return effect;
	sp_node_free(&effect->node);
	return NULL;
}

static void run_round(sp_graph *graph)
{
	struct sp_reader *list = take_all(&graph->queue);
	struct sp_frame frame;

	sp_frame_open(graph, &frame);
	while (list != NULL) {
		struct sp_reader *effect = take(&list);

		if (effect != NULL && !sp_state_has(&effect->node, STATE_ASLEEP))
			sp_refresh_in(&frame, effect);
	}
	sp_frame_close(graph, &frame);
}

/* Gives up a wave that does not end. Its effects stay stale, and the next write that reaches them queues them again. */
static void stop_wave(sp_graph *graph, uint32_t watched_since)
{
	struct sp_reader *list = take_all(&graph->queue);

	sp_tell_runaway(graph, watched_since);
	while (list != NULL) {
		struct sp_reader *effect = take(&list);

		if (effect != NULL && !sp_state_has(&effect->node, STATE_ASLEEP))
			sp_unmark(effect);
	}
}

/* Runs rounds until no effect is queued. */
static void run_wave(sp_graph *graph)
{
	unsigned round;
	uint32_t watched_since = 0;

	graph->counts.waves++;
	for (round = 0; graph->queue.first != NULL && round < ROUNDS_MAX; round++) {
		if (round == ROUNDS_MAX - ROUNDS_WATCHED)
			watched_since = graph->last_cycle;
		run_round(graph);
	}
	if (graph->queue.first != NULL)
		stop_wave(graph, watched_since);
}

void sp_graph_flush(sp_graph *graph)
{
	graph->depth += SP_DEPTH_WAVE;
	if (graph->queue.first != NULL)
		run_wave(graph);
	if (graph->graveyard != NULL)
		sp_graveyard_empty(graph);
	graph->depth -= SP_DEPTH_WAVE;
}

void sp_batch_begin(sp_graph *graph)
{
	sp_graph_check_thread(graph);
	graph->depth++;
}

void sp_batch_end(sp_graph *graph)
{
	sp_graph_check_thread(graph);
	graph->depth--;
	sp_graph_rest(graph);
}

/* ---- sleeping ---------------------------------------------------------------------------------------------------- */

void sp_queue_stale(struct sp_reader *effect)
{
	sp_node *node = &effect->node;

	if ((node->state & (STATE_STALE | STATE_QUEUED | STATE_ASLEEP | STATE_GONE)) != STATE_STALE)
		return;
	sp_state_add(node, STATE_MARKED); /* or the next write would queue it once more */
	sp_queue_add(&node->graph->queue, effect);
}

void sp_effect_sleep(sp_node *effect)
{
	sp_graph_check_thread(effect->graph);
	sp_state_add(effect, STATE_ASLEEP);
}

void sp_effect_wake(sp_node *effect)
{
	sp_graph *graph = effect->graph;

	sp_graph_check_thread(graph);
	sp_state_remove(effect, STATE_ASLEEP);
	sp_queue_stale(sp_reader_of(effect));
	sp_graph_rest(graph);
}
