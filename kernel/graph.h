/*
 * graph.h: how a graph lies in memory, and what the files of the engine share.
 *
 * A write only marks (graph_propagate.c): whatever could change is stale, and stale effects are queued. Reading
 * decides: a stale computed or effect asks what it reads, in the order in which it read it, and runs only if one of
 * them has a new version. Neither walk recurses, however long the chain: each node entered remembers the edge by which
 * it was entered.
 *
 * Who reads whom is an edge. It lies in two lists: among the readers of its source, and among the reads of its target,
 * in the order of the target's latest run. A run walks along the latter (slot in struct sp_graph): as long as it reads
 * the same as the last time, nothing is allocated or linked.
 */
#ifndef KERNEL_GRAPH_H
#define KERNEL_GRAPH_H

#include "graph_slab.h"

#include <pthread.h>
#include <signalpy/reactive.h>
#include <string.h>

/* What a node's state says. */
enum {
	STATE_MARKED = 1 << 0, /* a write has passed here, and all that depends on this node is marked too */
	STATE_STALE = 1 << 1, /* something that it reads may have changed */
	STATE_DIRTY = 1 << 2, /* it must run, whatever its dependencies say */
	STATE_ENTERED = 1 << 3, /* it is being brought up to date */
	STATE_FAILED = 1 << 4, /* its latest run failed */
	STATE_BOXED = 1 << 5, /* its value lies in a box of its own */
	STATE_GONE = 1 << 6, /* disposed, but still entered or queued */
	STATE_QUEUED = 1 << 7,
	STATE_ASLEEP = 1 << 8,
	STATE_HELD = 1 << 9 /* an effect whose run goes on after it has returned */
};

/* What makes a read more than fetching the value. */
enum { STATE_UNSETTLED = STATE_STALE | STATE_ENTERED | STATE_FAILED };

/* When less stack than this is left, a computed fails instead of running. */
enum { SP_STACK_RESERVE = 64 * 1024 };

/* How a node's value is handled. The first two are the short way. Never changes once other threads know the node. */
enum {
	FORM_NUMBER, /* as a double; not of a computed with a sidecar */
	FORM_BITS, /* as at most 8 bytes, equal if their bytes are; likewise */
	FORM_TYPED, /* by its type */
	FORM_SHARED /* by its type, and under the graph's lock */
};

union sp_value_cell {
	uint64_t bits;
	double number;
	void *box; /* STATE_BOXED; see graph_value.c */
	struct sp_cleanup_entry *cleanups; /* of an effect; latest first */
};

/* What every node has. The order keeps what a read touches in one half of a cache line. */
struct sp_node {
	sp_graph *graph;
	union sp_value_cell value;
	uint64_t version; /* grows with each new value or failure */
	/* Of the run that read it last: a second read in one run records nothing. Of an effect: of the run in which it
	 * last wrote. */
	uint32_t cycle;
	uint16_t state;
	uint8_t kind; /* enum sp_node_kind; 0: not in use */
	uint8_t form;
	const struct sp_value_type *type;
	struct sp_edge *readers; /* in the order in which they came */
	struct sp_sidecar *sidecar;
	uint64_t sequence; /* grows in the order of creation */
};

/* A computed or an effect. */
struct sp_reader {
	struct sp_node node;
	union {
		sp_computed_run computed;
		sp_effect_run effect;
	} run;
	void *user;
	struct sp_edge *reads; /* in the order of the latest run */
	union {
		struct sp_edge *via; /* of a computed being marked or entered: by which edge; NULL: from outside */
		struct sp_reader *next; /* of a queued effect, or a node on its way out of the graph */
	} link;
};

struct sp_edge {
	sp_node *source; /* is read */
	struct sp_reader *target; /* reads */
	struct sp_edge *next_read;
	struct sp_edge *next_reader, *previous_reader; /* the first one's previous is the last */
	uint64_t seen; /* the source's version when the target read it */
};

_Static_assert(sizeof(struct sp_node) <= 64, "a signal takes one cache line");
_Static_assert(sizeof(struct sp_reader) <= 96, "a computed or an effect takes 96 bytes");
_Static_assert(sizeof(struct sp_edge) <= 56, "an edge takes 56 bytes");

/* What few nodes have; made when it is first needed. */
struct sp_sidecar {
	char *name;
	void *owner;
	uint64_t runs;
	int64_t last_run, last_duration;
	struct sp_error *error; /* of the latest run that failed */
	uint64_t because; /* the number of the node whose change made it run; 0: it ran for another reason */
	uint64_t record, changed; /* in a trace: of its latest run; of the latest in which it changed, or was written */
	uint64_t fingerprint; /* debug builds: of a json value, when it was set */
};

struct sp_cleanup_entry {
	struct sp_cleanup_entry *next;
	void (*release)(void *object);
	void *object;
};

/* What runs, on the stack of the thread: one reader after the other, while one of them is brought up to date. */
struct sp_frame {
	struct sp_frame *outer;
	struct sp_reader *reader; /* that runs; NULL: none, or a cleanup */
	struct sp_edge **outer_slot; /* for the outer run to go on */
	uint32_t outer_cycle;
	sp_status failure; /* SP_OK, or why the run fails whatever it answers; the words are in its sidecar */
	bool retry; /* it fails for want of memory or stack: the next read tries again */
	/* Of a reader with a sidecar: its version when it began, and the number of the node whose change makes it
	 * run. */
	uint64_t version, because;
};

/* Effects that are to run. */
struct sp_queue {
	struct sp_reader *first, *last;
	bool unsorted; /* an effect stands behind a younger one */
};

/* What a wave adds to the depth of batches: more than they are ever nested. */
enum { SP_DEPTH_WAVE = 1 << 30 };

struct sp_graph {
	struct sp_edge **slot; /* where the run under way expects its next read; NULL: reads are not recorded */
	uint32_t cycle; /* of the run under way */
	uint32_t last_cycle;
	unsigned depth; /* of batches, plus SP_DEPTH_WAVE in a wave; effects run when it is 0 and nothing else runs */
	struct sp_frame *frame; /* of the innermost run */
	struct sp_queue queue;
	struct sp_reader *graveyard; /* computeds disposed in their own run, whose value its reader may still hold */
	uint64_t sequence;
	struct sp_trace *trace; /* NULL: none is kept */
	uint64_t traced; /* the number of the latest record of any trace */
	struct sp_slab signals, readers, edges;
	sp_node gone; /* what the readers of a disposed node read instead: it never changes */
	struct sp_graph_counts counts;
	struct sp_graph_hooks hooks;
	struct sp_error error; /* for the run under way to fill; its message is empty until it does */
	uintptr_t stack_low; /* the lowest address of the thread's stack */
	pthread_t thread;
	pthread_mutex_t lock; /* of the values of shared nodes */
};

static inline bool sp_state_has(const sp_node *node, unsigned bits)
{
	return (node->state & bits) != 0;
}

static inline void sp_state_add(sp_node *node, unsigned bits)
{
	node->state = (uint16_t)(node->state | bits);
}

static inline void sp_state_remove(sp_node *node, unsigned bits)
{
	node->state = (uint16_t)(node->state & ~bits);
}

/* A computed or an effect as what it is; node must be one. */
static inline struct sp_reader *sp_reader_of(sp_node *node)
{
	return (struct sp_reader *)node;
}

#define SP_LIKELY(condition) __builtin_expect(!!(condition), 1)

/* Debug builds stop a program that calls a [loop] function on another thread. */
#ifdef SIGNALPY_DEBUG
void sp_graph_check_thread(const sp_graph *graph);
#else
static inline void sp_graph_check_thread(SP_UNUSED const sp_graph *graph)
{
}
#endif

/* ---- graph.c ----------------------------------------------------------------------------------------------------- */

/* Forgets which run read which node, for the 32 bits of their numbers are used up. */
void sp_graph_restart_cycles(sp_graph *graph);

/* ---- graph_edge.c ------------------------------------------------------------------------------------------------ */

/* Records a read that is not the one expected. Without memory, fails the run. */
void sp_edge_record_other(sp_graph *graph, sp_node *source);

/* Drops the edges from *slot to the end of its list. */
void sp_edges_drop(sp_graph *graph, struct sp_edge **slot);

/* Lets those who read node read the graph's gone node instead. */
void sp_edges_orphan(sp_node *node);

/* Records that the run under way, if there is one, reads source. Answers false if the read is not the one expected:
 * then nothing is recorded yet. */
static inline bool sp_edge_record_expected(sp_graph *graph, sp_node *source)
{
	struct sp_edge *expected;

	if (source->cycle == graph->cycle || graph->slot == NULL)
		return true;
	source->cycle = graph->cycle;
	expected = *graph->slot;
	if (!SP_LIKELY(expected != NULL && expected->source == source))
		return false;
	expected->seen = source->version;
	graph->slot = &expected->next_read;
	return true;
}

static inline void sp_edge_record(sp_graph *graph, sp_node *source)
{
	if (!sp_edge_record_expected(graph, source))
		sp_edge_record_other(graph, source);
}

/* ---- graph_propagate.c ------------------------------------------------------------------------------------------- */

/* Marks all that depends on a signal, and queues its effects. */
void sp_propagate(sp_node *signal);

/* Brings a stale reader up to date: runs it, or finds that it need not run. A computed may be gone afterwards, but its
 * memory is there until the graph rests; an effect's may not be. */
void sp_refresh(struct sp_reader *top);

/* As sp_refresh, in a frame that is open already. */
void sp_refresh_in(struct sp_frame *frame, struct sp_reader *top);

/* Lets the next write pass through all that top depends on, though it stays stale. */
void sp_unmark(struct sp_reader *top);

/* ---- graph_run.c ------------------------------------------------------------------------------------------------- */

/* Runs a computed in frame, which is the innermost, and takes its result. */
void sp_computed_execute(struct sp_frame *frame, struct sp_reader *computed);

/* Fails a computed without running it, for want of stack; the next read tries again. */
void sp_computed_refuse(struct sp_reader *computed);

/* Runs an effect in frame, which is the innermost; its cleanups first. */
void sp_effect_execute(struct sp_frame *frame, struct sp_reader *effect);

/* Calls an effect's cleanups, the latest first, and forgets them. */
void sp_effect_clean(struct sp_reader *effect);

/* Opens a frame, in which nothing runs yet, and nothing is recorded. */
static inline void sp_frame_open(sp_graph *graph, struct sp_frame *frame)
{
	frame->outer = graph->frame;
	frame->reader = NULL;
	frame->outer_slot = graph->slot;
	frame->outer_cycle = graph->cycle;
	graph->frame = frame;
	graph->slot = NULL;
}

static inline void sp_frame_close(sp_graph *graph, const struct sp_frame *frame)
{
	graph->frame = frame->outer;
	graph->slot = frame->outer_slot;
	graph->cycle = frame->outer_cycle;
}

/* Who runs; NULL if nothing does. */
static inline struct sp_reader *sp_graph_running(const sp_graph *graph)
{
	const struct sp_frame *frame = graph->frame;

	while (frame != NULL && frame->reader == NULL)
		frame = frame->outer;
	return frame != NULL ? frame->reader : NULL;
}

/* The error of a node's latest run, which failed. */
const struct sp_error *sp_node_failure(const sp_node *node);

/* Fails the run under way with error, unless it is failed already; with retry, until the next read only. */
void sp_graph_fail_run(sp_graph *graph, const struct sp_error *error, bool retry);

/* ---- graph_words.c ----------------------------------------------------------------------------------------------- */

enum { SP_NODE_LABEL = 64 };

/* A node's name, or its kind and number ("computed 12") written to buffer; cut to fit. */
const char *sp_node_label(const sp_node *node, char buffer[SP_NODE_LABEL]);

/* Fails the run under way, because it reads node, which is being brought up to date: names the loop. */
void sp_fail_loop(sp_node *node);

/* Fills error, because too little stack is left to run a computed: names the chain of runs that reads it. */
sp_status sp_error_set_stack(struct sp_error *error, const sp_node *computed);

/* Fails the computed that is running, because it writes signal: names both. */
void sp_fail_write(sp_node *signal);

/* Tells the runaway hook the names of all effects that wrote since the run of that number. */
void sp_tell_runaway(const sp_graph *graph, uint32_t since);

/* ---- graph_effect.c ---------------------------------------------------------------------------------------------- */

/* Queues an effect that is not queued. */
static inline void sp_queue_add(struct sp_queue *queue, struct sp_reader *effect)
{
	sp_state_add(&effect->node, STATE_QUEUED);
	effect->link.next = NULL;
	if (queue->first == NULL) {
		queue->first = effect;
	} else {
		queue->last->link.next = effect;
		if (queue->last->node.sequence > effect->node.sequence)
			queue->unsorted = true;
	}
	queue->last = effect;
}

/* Queues an effect that is stale, unless it sleeps or is queued already. */
void sp_queue_stale(struct sp_reader *effect);

/* Runs the queued effects until none is queued, or the wave is stopped. */
void sp_graph_flush(sp_graph *graph);

/* Flushes, if no batch or run is open. */
static inline void sp_graph_rest(sp_graph *graph)
{
	if (graph->depth == 0 && graph->frame == NULL && (graph->queue.first != NULL || graph->graveyard != NULL))
		sp_graph_flush(graph);
}

/* ---- graph_node.c ------------------------------------------------------------------------------------------------ */

/* The sidecar of a node, made if it has none; NULL without memory. */
struct sp_sidecar *sp_node_sidecar(sp_node *node);

/* Goes on with the disposal of a reader that was entered then, and no longer is. A computed goes to the graveyard, for
 * whoever read it may hold its value. */
void sp_reader_bury(struct sp_reader *reader);

/* Ends the disposal of the computeds in the graveyard. */
void sp_graveyard_empty(sp_graph *graph);

/* Frees the memory of a node that has left the graph. */
void sp_node_free(sp_node *node);

/* ---- graph_value.c ----------------------------------------------------------------------------------------------- */

/* Gives a new node an empty value of type: zero, and not held. SP_NO_MEMORY. */
sp_status sp_value_init(sp_node *node, const struct sp_value_type *type);

/* Releases the value if held, and frees its box. */
void sp_value_finish(sp_node *node, bool held);

/* Whether *value equals the node's value. */
bool sp_value_equal(const sp_node *node, const void *value);

/* Puts a copy of *value in place of the old value, which is released if held. SP_NO_MEMORY leaves it. */
sp_status sp_value_store(sp_node *node, const void *value, bool held);

/* Exchanges the value with *value, which was kept as the type says. */
void sp_value_exchange(sp_node *node, void *value);

/* Puts zero in place of the old value, which is released if held. */
void sp_value_clear(sp_node *node, bool held);

/* Lets go of a value that was given to the node and not stored. */
void sp_value_discard(const struct sp_value_type *type, const void *value);

/* Where a computed whose value is boxed is to write its result; zeroed. */
void *sp_value_boxed_result(const sp_node *computed);

/* The bytes of a value of at most 8, filled up with zeros. */
static inline uint64_t sp_value_bits(const struct sp_value_type *type, const void *value)
{
	uint64_t bits = 0;

	if (type->size == sizeof(bits))
		memcpy(&bits, value, sizeof(bits));
	else
		memcpy(&bits, value, type->size);
	return bits;
}

/* Whether a value goes the short way. */
static inline bool sp_value_is_plain(const sp_node *node)
{
	return node->form == FORM_NUMBER || node->form == FORM_BITS;
}

/* sp_value_equal for plain values. */
static inline bool sp_value_equal_plain(const sp_node *node, union sp_value_cell cell)
{
	const double old = node->value.number, new = cell.number;

	if (node->form == FORM_NUMBER)
		return old == new || (old != old && new != new);
	return node->value.bits == cell.bits;
}

/* Lets a value go the long way from now on. */
static inline void sp_value_make_special(sp_node *node)
{
	if (sp_value_is_plain(node))
		node->form = FORM_TYPED;
}

/* Where the value lies. */
static inline void *sp_value_place(const sp_node *node)
{
	return sp_state_has(node, STATE_BOXED) ? node->value.box : (void *)&node->value;
}

/* Debug builds tell the mutated hook of a json value that was changed after it was set. remember is called when a value
 * was set, verify when it is about to be used. */
#ifdef SIGNALPY_DEBUG
void sp_value_remember(sp_node *node);
void sp_value_verify(sp_node *node);
#else
static inline void sp_value_remember(SP_UNUSED sp_node *node)
{
}
static inline void sp_value_verify(SP_UNUSED sp_node *node)
{
}
#endif

#endif
