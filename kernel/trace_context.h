/*
 * trace_context.h: which trace a call belongs to, as W3C Trace Context (level 1) writes it:
 * 00-<32 digits of the trace>-<16 digits of the caller's span>-<flags>. Nothing here allocates.
 */
#ifndef KERNEL_TRACE_CONTEXT_H
#define KERNEL_TRACE_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TRACE_ID_SIZE = 33, TRACEPARENT_SIZE = 56, TRACESTATE_MOST = 512 };
enum { TRACE_SAMPLED = 1 };

struct trace_context {
	uint64_t id[2]; /* of the trace; both 0: none is known yet */
	uint64_t span; /* of whoever it belongs to */
	uint8_t flags;
	bool given; /* by who asked from outside, who wants to be told */
	const char *state; /* the tracestate that came with it; NULL: none */
};

/* Where ids come from. */
struct trace_source {
	uint64_t state[2];
};
void trace_source_init(struct trace_source *source);

/* Reads a traceparent; false when it is not one, and nothing is written then. */
bool trace_context_parse(const char *text, struct trace_context *ret_context);

/* Whether a tracestate is one: up to 32 members key=value, no key twice, and of a length that everybody passes on. */
bool trace_state_is_valid(const char *text);

/* Begins a new trace, or a new span in the trace of context. */
void trace_context_begin(struct trace_context *context, struct trace_source *source);
void trace_context_span(struct trace_context *context, struct trace_source *source);

/* Write it out, as a traceparent to be sent on, and the trace alone. */
void trace_context_write(const struct trace_context *context, char text[static TRACEPARENT_SIZE]);
void trace_context_write_id(const struct trace_context *context, char text[static TRACE_ID_SIZE]);

#endif
