/*
 * trace.h: the trace of a kernel's graph: kept while somebody watches it.
 */
#ifndef KERNEL_TRACE_H
#define KERNEL_TRACE_H

#include "model.h"

/* Readies a kernel for watches. */
void trace_init(struct sp_kernel *kernel);

/* Milliseconds since 1970 of a moment of the loop's clock. */
int64_t trace_wall_ms(const struct sp_kernel *kernel, int64_t moment);

#endif
