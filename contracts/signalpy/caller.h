/*
 * caller.h: what a runnable (later or blocking) can tell its caller besides its result, and ask of it, while it runs.
 * Which callers listen depends on the surface; none is a reason to fail: what nobody wants is thrown away.
 */
#ifndef SIGNALPY_CALLER_H
#define SIGNALPY_CALLER_H

#include <signalpy/logger.h>
#include <signalpy/runtime.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Tells the caller a line about the call that it serves, apart from the daemon's own log. Text over 2 KiB is cut. Lost
 * without memory. [any] */
SP_API void sp_tell(sp_call *call, enum sp_level level, const char *format, ...) SP_FORMAT(3, 4);

/*
 * Adds a piece of content to the result, for callers that show more than the result's record: an object as MCP writes
 * it, {"type":"text","text"}, {"type":"image","data","mimeType"}, {"type":"audio","data","mimeType"},
 * {"type":"resource_link","uri","name"} or {"type":"resource","resource":{...}}. It is stolen in every case. SP_INVALID
 * (no such object), SP_NO_MEMORY; both fail the call. [any], but on one thread at a time
 */
SP_API sp_status sp_attach(sp_call *call, json_t *content);

/*
 * Asking the caller. A handler looks for the answer first, and asks when there is none; it is run again, from its
 * beginning, when the answers have come, maybe by another version of the plugin or after a restart, so that it must do
 * nothing that lasts before it has all it asks for:
 *
 *     const json_t *answer = sp_answer_to(call, "confirm");
 *
 *     if (!answer)
 *             return sp_ask(call, "confirm", SP_ELICITATION, json_pack("{s:s, ...}", "message", "Really?"));
 *
 * sp_can_ask: whether the caller can be asked for that. sp_ask: notes the question under a name of the handler's and
 * answers SP_INPUT_REQUIRED, which the handler returns, maybe after further questions; SP_UNAVAILABLE when the caller
 * cannot be asked, SP_NO_MEMORY. params, as MCP's elicitation/create, sampling/createMessage or roots/list takes them
 * (NULL: none), is stolen in every case. sp_answer_to: the result that the caller gave for that name, borrowed until
 * the call ends and not to be referenced, or NULL. [any], but on one thread at a time
 */
enum sp_asks { SP_ELICITATION = 1, SP_SAMPLING = 2, SP_ROOTS = 4, SP_ELICITATION_URL = 8 };
SP_API bool sp_can_ask(const sp_call *call, enum sp_asks what);
SP_API sp_status sp_ask(sp_call *call, const char *name, enum sp_asks what, json_t *params);
SP_API const json_t *sp_answer_to(const sp_call *call, const char *name);

/*
 * The trace that a call belongs to (W3C Trace Context): the one that the request named, or that of the call which made
 * this one, else a new one. sp_traceparent(where) is what goes into the header of a request that the handler makes in
 * turn, "00-<trace>-<span of this call>-<flags>"; sp_tracestate(where) goes with it, where it is not NULL. where is the
 * call, or self->rt: the call whose handler is running ("" and NULL when none is). They live as sp_format's text does.
 * self->rt: [loop]; a call: [any], but on one thread at a time
 */
#define sp_traceparent(where) \
	_Generic((where), sp_runtime *: sp_runtime_traceparent, sp_call *: sp_call_traceparent)(where)
#define sp_tracestate(where) \
	_Generic((where), sp_runtime *: sp_runtime_tracestate, sp_call *: sp_call_tracestate)(where)
SP_API const char *sp_runtime_traceparent(sp_runtime *rt);
SP_API const char *sp_call_traceparent(sp_call *call);
SP_API const char *sp_runtime_tracestate(sp_runtime *rt);
SP_API const char *sp_call_tracestate(sp_call *call);

#ifdef __cplusplus
}
#endif
#endif
