/* fuzz_traceparent.c: any text as a traceparent and as a tracestate; what is one is written as it was read. */
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "trace_context.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is sent on has our version and the one flag that we know, and is read the same again. */
static void write_again(const struct trace_context *context)
{
	char written[TRACEPARENT_SIZE], id[TRACE_ID_SIZE];
	struct trace_context again;

	trace_context_write(context, written);
	trace_context_write_id(context, id);
	if (!trace_context_parse(written, &again) || strlen(written) != TRACEPARENT_SIZE - 1)
		abort();
	if (again.id[0] != context->id[0] || again.id[1] != context->id[1] || again.span != context->span ||
		again.flags != context->flags || strncmp(written + 3, id, sizeof id - 1) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct trace_context context = { .flags = 0 };
	char *text = sp_calloc(1, size + 1);

	if (!text)
		abort();
	memcpy(text, data, size);
	if (trace_context_parse(text, &context)) {
		if (strncmp(text, "00", 2) == 0 && strlen(text) != TRACEPARENT_SIZE - 1)
			abort();
		write_again(&context);
	} else if (context.id[0] || context.id[1] || context.span) {
		abort();
	}
	if (trace_state_is_valid(text) && (strlen(text) > TRACESTATE_MOST || !strchr(text, '=')))
		abort();
	sp_free(text);
	return 0;
}
