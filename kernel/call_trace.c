/* call_trace.c: see call_trace.h. */
#include "call_trace.h"

#include <signalpy/caller.h>
#include <string.h>

#include "call_run.h"
#include "frame.h"

/* What a transport of an earlier minor does not know is not there. */
static bool take_given(struct sp_call *call, const struct sp_request *request)
{
	if (request->struct_size < offsetof(struct sp_request, tracestate) + sizeof request->tracestate)
		return false;
	if (!request->traceparent || !trace_context_parse(request->traceparent, &call->trace))
		return false;
	if (request->tracestate && trace_state_is_valid(request->tracestate))
		call->trace.state = request->tracestate;
	return true;
}

void call_trace_find(struct sp_call *call, const struct sp_request *request)
{
	struct sp_kernel *kernel = call->kernel;
	const struct frame *frame = kernel->frame;

	if (take_given(call, request)) {
		trace_context_span(&call->trace, &kernel->trace_source);
	} else if (!request->transport && frame && frame->call) {
		call->trace = frame->call->trace;
		call->trace.given = false;
		trace_context_span(&call->trace, &kernel->trace_source);
	} else {
		trace_context_begin(&call->trace, &kernel->trace_source);
	}
}

void call_trace_keep(struct sp_call *call)
{
	size_t size = call->trace.state ? strlen(call->trace.state) + 1 : 0;
	char *copy = size ? arena_allocate(&call->arena, size) : NULL;

	call->trace.state = copy ? memcpy(copy, call->trace.state, size) : NULL;
}

void call_trace_tell(const struct sp_call *call, struct sp_answer *answer, struct answer_trace *room)
{
	if (answer->status == SP_OK && !call->trace.given)
		return;
	trace_context_write_id(&call->trace, room->id);
	answer->trace_id = room->id;
	trace_context_write(&call->trace, room->parent);
	answer->traceparent = room->parent;
}

const char *sp_call_traceparent(sp_call *call)
{
	char text[TRACEPARENT_SIZE];

	trace_context_write(&call->trace, text);
	return sp_call_format(call, "%s", text);
}

const char *sp_call_tracestate(sp_call *call)
{
	return call->trace.state;
}

static struct sp_call *present(const sp_runtime *rt)
{
	return rt->kernel->frame ? rt->kernel->frame->call : NULL;
}

const char *sp_runtime_traceparent(sp_runtime *rt)
{
	struct sp_call *call = present(rt);

	return call ? sp_call_traceparent(call) : "";
}

const char *sp_runtime_tracestate(sp_runtime *rt)
{
	const struct sp_call *call = present(rt);

	return call ? call->trace.state : NULL;
}

bool sp_trace_id(char ret_id[33])
{
	const struct sp_call *call = call_present();

	if (call)
		trace_context_write_id(&call->trace, ret_id);
	return call != NULL;
}
