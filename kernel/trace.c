/* trace.c: the trace of a kernel's graph (R-RX-11): who watches it, and what it tells as json. */
#include "trace.h"

#include <stdio.h>

#include "alloc.h"
#include "graph_trace.h"
#include "origin.h"

enum { RECORDS_MAX = 4096 };

struct sp_trace_watch {
	struct list link; /* in kernel->tracing.watches */
	struct sp_kernel *kernel;
	void (*told)(void *user);
	void *user;
};

/* A watch may end itself, or another, when it is told. */
static void tell_all(struct sp_task *task)
{
	struct tracing *tracing = container_of(task, struct tracing, task);

	tracing->queued = false;
	for (struct list *at = tracing->watches.next; at != &tracing->watches; at = tracing->next) {
		struct sp_trace_watch *watch = container_of(at, struct sp_trace_watch, link);

		tracing->next = at->next;
		if (watch->told)
			watch->told(watch->user);
	}
	tracing->next = NULL;
}

void trace_init(struct sp_kernel *kernel)
{
	list_init(&kernel->tracing.watches);
	kernel->tracing.task.run = tell_all;
}

/* What the engine cannot know of a record. */
static void begun(void *user, const sp_node *node, const sp_node *writer, struct sp_trace_record *record)
{
	struct sp_kernel *kernel = user;
	struct sp_node_info info = { .struct_size = sizeof info };
	const struct sp_runtime *owner;

	_Static_assert(sizeof record->by == ORIGIN_SIZE, "an origin fits a record");
	sp_node_inspect(node, &info);
	owner = info.owner;
	snprintf(record->owner, sizeof record->owner, "%s", owner ? owner->name : "");
	if (record->kind == SP_NODE_SIGNAL)
		origin_present(kernel, node, writer, record->by);
	if (kernel->tracing.queued)
		return;
	kernel->tracing.queued = true;
	kernel->ops->defer(kernel->loop, &kernel->tracing.task);
}

sp_trace_watch *sp_kernel_trace_watch(sp_kernel *kernel, void (*told)(void *user), void *user)
{
	const struct sp_trace_hooks hooks = { kernel, begun };
	struct sp_trace_watch *watch = sp_malloc(sizeof *watch);

	if (!watch)
		return NULL;
	if (list_is_empty(&kernel->tracing.watches) && sp_trace_start(kernel->graph, RECORDS_MAX, &hooks) != SP_OK) {
		sp_free(watch);
		return NULL;
	}
	*watch = (struct sp_trace_watch){ .kernel = kernel, .told = told, .user = user };
	list_add(&kernel->tracing.watches, &watch->link);
	return watch;
}

void sp_trace_watch_destroy(sp_trace_watch *watch)
{
	struct sp_kernel *kernel;

	if (!watch)
		return;
	kernel = watch->kernel;
	if (kernel->tracing.next == &watch->link)
		kernel->tracing.next = watch->link.next;
	list_remove(&watch->link);
	sp_free(watch);
	if (list_is_empty(&kernel->tracing.watches))
		sp_trace_stop(kernel->graph);
}

uint64_t sp_kernel_trace_latest(const sp_kernel *kernel)
{
	return sp_trace_latest(kernel->graph);
}

int64_t trace_wall_ms(const struct sp_kernel *kernel, int64_t moment)
{
	int64_t ago = kernel->ops->now(kernel->loop) - moment;

	return (kernel->ops->wall_time(kernel->loop) - ago) / 1000000;
}

static json_t *record_new(const struct sp_kernel *kernel, const struct sp_trace_record *record)
{
	json_t *json = json_pack("{s:I, s:I, s:I, s:s, s:s, s:s, s:s, s:I, s:I}", "number", (json_int_t)record->number,
		"wave", (json_int_t)record->wave, "cause", (json_int_t)record->cause, "kind",
		sp_trace_kind_word(record->kind), "owner", record->owner, "node", record->name, "outcome",
		sp_trace_outcome_word(record->outcome), "time_ms", (json_int_t)trace_wall_ms(kernel, record->start),
		"duration_ns", (json_int_t)record->duration);

	if (json && record->by[0] && json_object_set_new(json, "by", json_string(record->by)) != 0) {
		json_decref(json);
		return NULL;
	}
	return json;
}

json_t *sp_kernel_trace_new(sp_kernel *kernel, uint64_t after, size_t most)
{
	uint64_t oldest = sp_trace_oldest(kernel->graph), latest = sp_trace_latest(kernel->graph);
	uint64_t missed = oldest > after + 1 ? oldest - after - 1 : 0, number = after + missed + 1;
	json_t *records = json_array();
	bool whole = records != NULL;

	for (; whole && number <= latest && json_array_size(records) < most; number++)
		whole = json_array_append_new(records, record_new(kernel, sp_trace_find(kernel->graph, number))) == 0;
	if (!whole) {
		json_decref(records);
		return NULL;
	}
	return json_pack("{s:b, s:I, s:o}", "on", !list_is_empty(&kernel->tracing.watches), "missed",
		(json_int_t)missed, "records", records);
}
