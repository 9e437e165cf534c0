/*
 * control_methods_runnables.c: the methods runnable.*: what can be called, and calling it. A call hands the text of its
 * parameters on to the gateway as it was written.
 */
#include "control_methods.h"

#include <errno.h>
#include <signalpy/record.h>
#include <signalpy/rows.h>
#include <stdlib.h>
#include <string.h>

enum { ADDRESS_USUAL = 128, EXTERNAL = SP_REST | SP_MCP | SP_CLI };

SP_RECORD(runnable_shown, (string, address, .required = true, .about = "instance.runnable", .example = "\"greeter.greet\""),
	(string, target, .about = "as in runnable.call"));
SP_RECORD(runnable_called, (string, address, .required = true, .about = "instance.runnable"),
	(any, params, .about = "an object, what the runnable takes"),
	(integer, timeout_ms, .min = 0, .about = "a shorter deadline than the runnable's own; 0: its own"),
	(string, target, .about = "picks the instance of a component: address is then component.runnable"),
	(boolean, progress, .about = "send notifications \"progress\" with the request's id"),
	(string, traceparent, .about = "the trace that the call belongs to (W3C Trace Context)"),
	(string, tracestate, .about = "what goes with it"));
SP_RECORD(runnable_cancelled, (any, id, .required = true, .about = "the id of the request on this connection"));

/* ---- calling ----------------------------------------------------------------------------------------------------- */

struct called {
	const char *address, *target, *traceparent, *tracestate;
	struct span params;
	int64_t timeout_ms;
	bool progress;
};

static void done(void *user, const struct sp_answer *answer)
{
	const struct failure failure = {
		.code = exchange_code(answer->status),
		.word = answer->code ? answer->code : sp_status_word(answer->status),
		.message = answer->message ? answer->message : "it failed without saying why",
		.details = answer->details,
		.trace_id = answer->trace_id,
	};

	if (answer->status == SP_OK)
		exchange_succeed_data(user, answer->data);
	else
		exchange_fail_with(user, &failure);
}

static void progress(void *user, int64_t at, int64_t total, const char *note)
{
	exchange_notify(user, "progress",
		json_pack("{s:I, s:I, s:s*}", "done", (json_int_t)at, "total", (json_int_t)total, "note", note));
}

static void call(struct exchange *exchange, const struct called *called)
{
	const struct sp_gateway *gateway = exchange_control(exchange)->options.gateway;
	const struct sp_request request = {
		.struct_size = sizeof request,
		.address = called->address,
		.transport = SP_CLI,
		.params = { called->params.at, called->params.size },
		.identity = connection_identity(exchange_connection(exchange)),
		.timeout_ms = called->timeout_ms,
		.done = done,
		.progress = called->progress ? progress : NULL,
		.user = exchange,
		.target = called->target,
		.traceparent = called->traceparent,
		.tracestate = called->tracestate,
	};
	sp_call *ticket = NULL;

	gateway->call(gateway, &request, &ticket);
	if (ticket)
		exchange_wait(exchange, ticket);
}

/* A whole number of milliseconds, as it is mostly written. */
static bool read_milliseconds(struct span value, int64_t *ret_milliseconds)
{
	int64_t milliseconds = 0;

	if (value.size > 15)
		return false;
	for (size_t i = 0; i < value.size; i++) {
		if (value.at[i] < '0' || value.at[i] > '9')
			return false;
		milliseconds = milliseconds * 10 + (value.at[i] - '0');
	}
	*ret_milliseconds = milliseconds;
	return true;
}

/* Fills *called, and *address, from parameters as they are mostly written. False when they are anything else. */
static bool read_called(struct span params, struct called *called, struct span *address)
{
	struct span_walk walk = span_walk(params);
	struct span name, value;

	while (span_next_member(&walk, &name, &value)) {
		if (span_is(name, "address") && span_is_string(value))
			*address = value;
		else if (span_is(name, "params") && span_is_object(value))
			called->params = value;
		else if (span_is(name, "progress") && (*value.at == 't' || *value.at == 'f'))
			called->progress = *value.at == 't';
		else if (!span_is(name, "timeout_ms") || !read_milliseconds(value, &called->timeout_ms))
			return false;
	}
	return address->size > 0;
}

static bool runnable_call_raw(struct exchange *exchange, struct span params)
{
	struct span address = { NULL, 0 };
	struct called called = { 0 };
	char text[ADDRESS_USUAL];
	char *named;

	if (!span_is_object(params) || !read_called(params, &called, &address))
		return false;
	named = span_text(address, text, sizeof text);
	if (!named)
		return false;
	called.address = named;
	call(exchange, &called);
	if (named != text)
		free(named);
	return true;
}

/* The way of parameters that are not written as usual, right or wrong. */
static void runnable_call(struct exchange *exchange, const void *params)
{
	const struct runnable_called *in = params;
	struct called called = { .address = in->address,
		.target = in->target,
		.timeout_ms = in->timeout_ms,
		.progress = in->progress,
		.traceparent = in->traceparent,
		.tracestate = in->tracestate };
	char *text;

	if (in->params && !json_is_object(in->params)) {
		exchange_fail(exchange, SP_INVALID, "params: the parameters of a runnable are an object");
		return;
	}
	text = in->params ? json_dumps(in->params, JSON_COMPACT) : strdup("{}");
	if (!text) {
		exchange_fail(exchange, SP_NO_MEMORY, "out of memory");
		return;
	}
	called.params = (struct span){ text, strlen(text) };
	call(exchange, &called);
	free(text);
}

static void runnable_cancel(struct exchange *exchange, const void *params)
{
	const struct runnable_cancelled *in = params;

	if (exchange_cancel(connection_exchanges(exchange_connection(exchange)), in->id))
		exchange_succeed(exchange, json_pack("{s:b}", "cancelled", 1));
	else
		exchange_fail(exchange, SP_NOT_FOUND, "no call with that id is in flight on this connection");
}

/* ---- listing ----------------------------------------------------------------------------------------------------- */

static json_t *transports_new(unsigned transports)
{
	static const struct {
		unsigned bit;
		const char *name;
	} names[] = { { SP_REST, "rest" }, { SP_MCP, "mcp" }, { SP_CLI, "cli" } };
	json_t *list = json_array();

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (transports & names[i].bit)
			json_array_append_new(list, json_string(names[i].name));
	}
	return list;
}

static json_t *exposed_new(const struct sp_exposed *exposed)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s*, s:s*, s:s*, s:o, s:b, s:b, s:b, s:s*, s:s*, s:I}", "address",
		exposed->address, "instance", exposed->instance, "component", exposed->component, "runnable",
		exposed->runnable, "about", exposed->about, "rest", exposed->rest_path, "cli", exposed->cli_prefix,
		"transports", transports_new(exposed->transports), "destructive", exposed->destructive, "read_only",
		exposed->read_only, "idempotent", exposed->idempotent, "action", exposed->action, "role", exposed->role,
		"timeout_ms", (json_int_t)exposed->timeout_ms);
}

static bool list_one(void *user, const struct sp_exposed *exposed)
{
	return json_array_append_new(user, exposed_new(exposed)) == 0;
}

static void runnable_list(struct exchange *exchange, const void *params SP_UNUSED)
{
	const struct sp_gateway *gateway = exchange_control(exchange)->options.gateway;
	json_t *list = json_array();

	if (list)
		gateway->each(gateway, EXTERNAL, list_one, list);
	exchange_succeed(exchange, list);
}

static json_t *schema_new(const struct sp_record *record)
{
	if (record)
		return sp_record_schema_new(record);
	return json_pack("{s:s, s:{}, s:b}", "type", "object", "properties", "additionalProperties", 0);
}

static void runnable_show(struct exchange *exchange, const void *params)
{
	const struct sp_gateway *gateway = exchange_control(exchange)->options.gateway;
	const struct runnable_shown *in = params;
	const struct sp_exposed *exposed;
	struct sp_error error;
	json_t *shown;

	sp_error_set(&error, SP_NOT_FOUND, "there is no runnable %s; 'signalctl runnable list' lists them",
		in->address);
	exposed = in->target ? gateway->find_target(gateway, in->address, in->target, &error)
			     : gateway->find(gateway, in->address);
	if (!exposed) {
		exchange_fail(exchange, error.code, "%s", error.message);
		return;
	}
	shown = exposed_new(exposed);
	json_object_set_new(shown, "params",
		exposed->schema ? json_loads(exposed->schema, 0, NULL) : schema_new(exposed->takes));
	json_object_set_new(shown, "result", schema_new(exposed->gives));
	exchange_succeed(exchange, shown);
}

const struct control_method control_methods_runnables[] = {
	{ "runnable.call", PEER_MAY_CALL, "Calls a runnable; answers {\"data\": what it gives}",
		&runnable_called_record, "object", runnable_call, runnable_call_raw },
	{ "runnable.cancel", PEER_MAY_CALL, "Cancels a call in flight on the same connection",
		&runnable_cancelled_record, "object", runnable_cancel, NULL },
	{ "runnable.list", PEER_MAY_CALL, "Lists what can be called from outside", NULL, "array", runnable_list, NULL },
	{ "runnable.show", PEER_MAY_CALL, "Tells all of one runnable, with the schema of what it takes and gives",
		&runnable_shown_record, "object", runnable_show, NULL },
	{ 0 },
};
