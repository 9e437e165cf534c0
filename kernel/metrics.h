/* metrics.h: what is measured, and shown to whoever asks for signalpy.introspection/1. */
#ifndef KERNEL_METRICS_H
#define KERNEL_METRICS_H

#include "model.h"

/* The figures of a component's runnable, for all of its instances and versions; made on first use, kept for the
 * kernel's life. NULL without memory. */
struct call_figures *call_figures_get(struct sp_kernel *kernel, const char *component, const char *runnable);

/* A call has come to status, or was cancelled. */
void call_figures_count(const struct sp_call *call, sp_status status);

/* Frees the figures. */
void call_figures_finish(struct sp_kernel *kernel);

/* Offers signalpy.introspection/1; SP_NO_MEMORY. */
sp_status introspection_provide(struct sp_kernel *kernel);

#endif
