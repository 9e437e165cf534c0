/*
 * graph_trace.h: what happened in a graph, kept while somebody wants to know (R-RX-11). Each write that changed a
 * signal, and each run of a computed or an effect, is a record. Records lie in a ring that is made when the trace is
 * switched on: keeping one allocates nothing, and the oldest gives way. All that a record tells is copied.
 *
 * Only nodes with a name are told of.
 */
#ifndef KERNEL_GRAPH_TRACE_H
#define KERNEL_GRAPH_TRACE_H

#include <signalpy/reactive.h>

enum sp_trace_outcome {
	SP_TRACE_UNDER_WAY,
	SP_TRACE_CHANGED, /* the value: also of each write */
	SP_TRACE_EQUAL, /* a computed ran, and its value is what it was */
	SP_TRACE_DONE, /* an effect */
	SP_TRACE_FAILED
};

struct sp_trace_record {
	uint64_t number; /* from 1; grows by 1, and never begins again */
	uint64_t wave; /* 0: it belongs to none, for no effect was to run */
	uint64_t cause; /* the record of what caused it; 0: nothing that is recorded */
	uint64_t node; /* its number: of struct sp_node_info */
	enum sp_node_kind kind; /* a signal was written, a computed or an effect ran */
	enum sp_trace_outcome outcome;
	int64_t start, duration; /* nanoseconds of the graph's clock */
	char name[64], owner[32], by[128]; /* by: who wrote */
};

/* begun is told of each new record, to fill owner and by; writer is the effect that writes, or NULL. It must not change
 * the graph. */
struct sp_trace_hooks {
	void *user;
	void (*begun)(void *user, const sp_node *node, const sp_node *writer, struct sp_trace_record *record);
};

/* Begins to keep the latest records, as many as count; SP_NO_MEMORY, SP_CONFLICT when it does already. Numbers go on
 * where they ended. Stopping frees what was kept; it may be stopped when it does not run. */
sp_status sp_trace_start(sp_graph *graph, size_t count, const struct sp_trace_hooks *hooks);
void sp_trace_stop(sp_graph *graph);

/* A record by its number; NULL when it is not kept any more, or not yet. Valid until the next record. */
const struct sp_trace_record *sp_trace_find(const sp_graph *graph, uint64_t number);

/* The number of the latest record ever kept, and of the oldest that is kept now (the latest plus one: none is). */
uint64_t sp_trace_latest(const sp_graph *graph);
uint64_t sp_trace_oldest(const sp_graph *graph);

/* The latest record in which a node changed, or an effect ran; 0 if there is none. */
uint64_t sp_trace_of(const sp_node *node);

/* "write", "computed" or "effect"; "under way", "changed", "equal", "done" or "failed". */
const char *sp_trace_kind_word(enum sp_node_kind kind);
const char *sp_trace_outcome_word(enum sp_trace_outcome outcome);

/* For the engine, while a trace is kept: a signal was written, and has marked its readers; a reader that has a sidecar
 * begins to run, because something it reads has changed (NULL: for another reason); its run has ended. */
void sp_trace_write(const sp_node *signal);
void sp_trace_begin(const sp_node *reader, const sp_node *changed);
void sp_trace_end(const sp_node *reader, enum sp_trace_outcome outcome);

#endif
