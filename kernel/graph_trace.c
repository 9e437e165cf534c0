/* graph_trace.c: the ring of what happened in a graph, while a trace is kept. */
#include "graph_trace.h"

#include "alloc.h"
#include "graph.h"

#include <stdio.h>

struct sp_trace {
	struct sp_trace_hooks hooks;
	uint64_t first; /* the number of its first record */
	size_t count; /* of records there is room for */
	struct sp_trace_record records[];
};

sp_status sp_trace_start(sp_graph *graph, size_t count, const struct sp_trace_hooks *hooks)
{
	struct sp_trace *trace;

	sp_graph_check_thread(graph);
	if (graph->trace != NULL)
		return SP_CONFLICT;
	trace = sp_malloc(sizeof(*trace) + count * sizeof(trace->records[0]));
	if (trace == NULL)
		return SP_NO_MEMORY;
	trace->hooks = *hooks;
	trace->first = graph->traced + 1;
	trace->count = count;
	graph->trace = trace;
	return SP_OK;
}

void sp_trace_stop(sp_graph *graph)
{
	sp_graph_check_thread(graph);
	sp_free(graph->trace);
	graph->trace = NULL;
}

uint64_t sp_trace_latest(const sp_graph *graph)
{
	return graph->traced;
}

uint64_t sp_trace_oldest(const sp_graph *graph)
{
	const struct sp_trace *trace = graph->trace;
	uint64_t next = graph->traced + 1;

	if (trace == NULL)
		return next;
	return next - trace->first <= trace->count ? trace->first : next - trace->count;
}

static struct sp_trace_record *find(const sp_graph *graph, uint64_t number)
{
	if (number < sp_trace_oldest(graph) || number > graph->traced)
		return NULL;
	return &graph->trace->records[number % graph->trace->count];
}

const struct sp_trace_record *sp_trace_find(const sp_graph *graph, uint64_t number)
{
	return find(graph, number);
}

uint64_t sp_trace_of(const sp_node *node)
{
	const struct sp_sidecar *sidecar = node->sidecar;

	return sidecar != NULL && find(node->graph, sidecar->changed) != NULL ? sidecar->changed : 0;
}

const char *sp_trace_kind_word(enum sp_node_kind kind)
{
	static const char *const words[] = { "", "write", "computed", "effect" };

	return words[kind];
}

const char *sp_trace_outcome_word(enum sp_trace_outcome outcome)
{
	static const char *const words[] = { "under way", "changed", "equal", "done", "failed" };

	return words[outcome];
}

/* ---- keeping ----------------------------------------------------------------------------------------------------- */

static int64_t now(const sp_graph *graph)
{
	return graph->hooks.now != NULL ? graph->hooks.now(graph->hooks.user) : 0;
}

/* The wave that is under way, or that will be as soon as the batch ends. */
static uint64_t present_wave(const sp_graph *graph)
{
	if (graph->depth >= SP_DEPTH_WAVE)
		return graph->counts.waves;
	return graph->queue.first != NULL ? graph->counts.waves + 1 : 0;
}

/* Puts a record where the oldest was. */
static struct sp_trace_record *add(const sp_node *node, const sp_node *writer, uint64_t cause)
{
	sp_graph *graph = node->graph;
	struct sp_trace *trace = graph->trace;
	uint64_t number = ++graph->traced;
	struct sp_trace_record *record = &trace->records[number % trace->count];
	char label[SP_NODE_LABEL];

	*record = (struct sp_trace_record){ .number = number,
		.wave = present_wave(graph),
		.cause = find(graph, cause) != NULL ? cause : 0,
		.node = node->sequence,
		.kind = (enum sp_node_kind)node->kind,
		.start = node->kind == SP_NODE_SIGNAL ? now(graph) : node->sidecar->last_run };
	snprintf(record->name, sizeof(record->name), "%s", sp_node_label(node, label));
	if (trace->hooks.begun != NULL)
		trace->hooks.begun(trace->hooks.user, node, writer, record);
	return record;
}

void sp_trace_write(const sp_node *signal)
{
	const struct sp_reader *writer = sp_graph_running(signal->graph);
	const struct sp_sidecar *sidecar = writer != NULL ? writer->node.sidecar : NULL;

	if (signal->sidecar == NULL)
		return;
	add(signal, writer != NULL ? &writer->node : NULL, sidecar != NULL ? sidecar->record : 0)->outcome =
		SP_TRACE_CHANGED;
	signal->sidecar->changed = signal->graph->traced;
}

void sp_trace_begin(const sp_node *reader, const sp_node *changed)
{
	const struct sp_sidecar *sidecar = changed != NULL ? changed->sidecar : NULL;

	add(reader, NULL, sidecar != NULL ? sidecar->changed : 0);
	reader->sidecar->record = reader->graph->traced;
}

/* The trace may have been begun during the run, or begun anew, or so much has happened meanwhile that the record is
 * gone. */
void sp_trace_end(const sp_node *reader, enum sp_trace_outcome outcome)
{
	struct sp_sidecar *sidecar = reader->sidecar;
	struct sp_trace_record *record = find(reader->graph, sidecar->record);

	if (record == NULL || record->node != reader->sequence || record->outcome != SP_TRACE_UNDER_WAY)
		return;
	record->outcome = outcome;
	record->duration = sidecar->last_duration;
	if (outcome != SP_TRACE_EQUAL)
		sidecar->changed = sidecar->record;
}
