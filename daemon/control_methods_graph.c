/*
 * control_methods_graph.c: the methods graph.*: the reactive graph, why an effect ran, and the trace.
 */
#include "control_methods.h"
#include "control_watch.h"

#include <signalpy/record.h>
#include <stdlib.h>

/* So many records are sent in one message. */
enum { RECORDS_MAX = 256 };

SP_RECORD(graph_asked, (string, effect, .required = true, .about = "COMPONENT.EFFECT"));
SP_RECORD(graph_traced, (integer, after, .min = 0, .about = "the number of the last record that is known; 0 when absent"));
SP_RECORD(graph_unwatched, (integer, watch, .required = true, .about = "the number graph.watch answered"));

/* The watch comes first: it is the other's address. */
struct trace_watch {
	struct watch watch;
	sp_kernel *kernel;
	sp_trace_watch *trace;
	uint64_t told; /* the number of the latest record that was sent */
};

static void graph_show(struct exchange *exchange, const void *params SP_UNUSED)
{
	exchange_succeed(exchange, sp_kernel_graph_new(exchange_control(exchange)->options.kernel));
}

static void graph_why(struct exchange *exchange, const void *params)
{
	const struct graph_asked *in = params;
	struct sp_error error = { 0 };
	json_t *why = sp_kernel_why_new(exchange_control(exchange)->options.kernel, in->effect, &error);

	if (why)
		exchange_succeed(exchange, why);
	else
		exchange_fail_error(exchange, error.code, &error);
}

static void graph_trace(struct exchange *exchange, const void *params)
{
	const struct graph_traced *in = params;
	sp_kernel *kernel = exchange_control(exchange)->options.kernel;

	exchange_succeed(exchange, sp_kernel_trace_new(kernel, (uint64_t)in->after, SIZE_MAX));
}

static void graph_start_trace(struct exchange *exchange, const void *params SP_UNUSED)
{
	struct control *control = exchange_control(exchange);

	if (!control->trace)
		control->trace = sp_kernel_trace_watch(control->options.kernel, NULL, NULL);
	if (control->trace)
		exchange_succeed(exchange, json_pack("{s:b}", "kept", 1));
	else
		exchange_fail(exchange, SP_NO_MEMORY, "out of memory");
}

/* Whoever watches goes on watching. */
static void graph_stop_trace(struct exchange *exchange, const void *params SP_UNUSED)
{
	struct control *control = exchange_control(exchange);

	sp_trace_watch_destroy(control->trace);
	control->trace = NULL;
	exchange_succeed(exchange, json_pack("{s:b}", "kept", 0));
}

/* ---- watches ----------------------------------------------------------------------------------------------------- */

static json_int_t last_number(const json_t *records)
{
	const json_t *last = json_array_get(records, json_array_size(records) - 1);

	return json_integer_value(json_object_get(last, "number"));
}

/* Sends what is next, as one message; false when there was nothing, or it could not be sent. */
static bool tell_some(struct trace_watch *watch)
{
	json_t *message = sp_kernel_trace_new(watch->kernel, watch->told, RECORDS_MAX);
	json_t *records = json_object_get(message, "records");
	struct text *out = json_array_size(records) ? connection_begin_line(watch->watch.connection) : NULL;

	if (out) {
		json_object_del(message, "on");
		json_object_set_new(message, "watch", json_integer(watch->watch.number));
		watch->told = (uint64_t)last_number(records);
		jsonrpc_add_notification(out, "trace", message);
		connection_end_line(watch->watch.connection);
	}
	json_decref(message);
	return out != NULL;
}

static void tell(void *user)
{
	while (tell_some(user))
		;
}

static void finish(struct watch *watch)
{
	struct trace_watch *trace = (struct trace_watch *)watch;

	sp_trace_watch_destroy(trace->trace);
	free(trace);
}

static struct watch *watch_create(sp_kernel *kernel)
{
	struct trace_watch *watch = calloc(1, sizeof *watch);

	if (!watch)
		return NULL;
	watch->kernel = kernel;
	watch->told = sp_kernel_trace_latest(kernel);
	watch->trace = sp_kernel_trace_watch(kernel, tell, watch);
	if (watch->trace)
		return &watch->watch;
	free(watch);
	return NULL;
}

static void graph_watch(struct exchange *exchange, const void *params SP_UNUSED)
{
	if (control_watch_allowed(exchange))
		control_watch_begin(exchange, watch_create(exchange_control(exchange)->options.kernel), finish);
}

static void graph_unwatch(struct exchange *exchange, const void *params)
{
	const struct graph_unwatched *in = params;

	control_watch_end(exchange, in->watch, finish);
}

const struct control_method control_methods_graph[] = {
	{ "graph.show", PEER_MAY_CALL, "Lists the nodes of the reactive graph and what depends on what", NULL, "object",
		graph_show, NULL },
	{ "graph.why", PEER_MAY_CALL, "Tells what made an effect run: from the write to the effect",
		&graph_asked_record, "object", graph_why, NULL },
	{ "graph.trace", PEER_MAY_CALL, "Lists the records of the trace, if one is kept", &graph_traced_record,
		"object", graph_trace, NULL },
	{ "graph.start_trace", PEER_MAY_ALL, "Keeps a trace, also when nobody watches", NULL, "object",
		graph_start_trace, NULL },
	{ "graph.stop_trace", PEER_MAY_ALL, "Keeps a trace only while somebody watches", NULL, "object",
		graph_stop_trace, NULL },
	{ "graph.watch", PEER_MAY_CALL, "Keeps a trace, and sends a notification \"trace\" for what is added", NULL,
		"object", graph_watch, NULL },
	{ "graph.unwatch", PEER_MAY_CALL, "Ends a watch of the trace", &graph_unwatched_record, "object", graph_unwatch,
		NULL },
	{ 0 },
};
