/*
 * admission.h: whether somebody may have what is asked for: a call, or what a transport serves that is no runnable.
 * Judged once for all of them, by identity, role and action, by policy.<instance>.limits, and recorded as
 * policy.<instance>.audit says.
 */
#ifndef KERNEL_ADMISSION_H
#define KERNEL_ADMISSION_H

#include <signalpy/auth.h>

#include "model.h"

/* What is asked for, and by whom. All borrowed. */
struct asking {
	struct sp_kernel *kernel;
	const struct sp_identity *caller; /* it has a name: "" for nobody */
	const char *instance, *name; /* "greeter", "greet": policies are kept by these */
	unsigned transport; /* 0: from inside */
	struct sp_demand demand;
	const struct trace_context *trace; /* that it belongs to; NULL: none */
};

/* SP_UNAUTHENTICATED, SP_FORBIDDEN, or SP_TOO_MANY, and then *ret_retry_ms is when to come again; SP_NO_MEMORY. error
 * says why. */
sp_status admission_judge(const struct asking *asking, int64_t *ret_retry_ms, struct sp_error *error);

#endif
