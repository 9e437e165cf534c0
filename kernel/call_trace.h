/* call_trace.h: which trace a call belongs to, and who is told. For call.c. */
#ifndef KERNEL_CALL_TRACE_H
#define KERNEL_CALL_TRACE_H

#include "model.h"

/* Finds the trace of a call that begins: of the request, of the call that makes it, else a new one. */
void call_trace_find(struct sp_call *call, const struct sp_request *request);

/* Copies what is borrowed into the call's memory; the arena tells whether that failed. */
void call_trace_keep(struct sp_call *call);

/* What an answer says of it, as long as it is there. */
struct answer_trace {
	char id[TRACE_ID_SIZE], parent[TRACEPARENT_SIZE];
};
void call_trace_tell(const struct sp_call *call, struct sp_answer *answer, struct answer_trace *room);

#endif
