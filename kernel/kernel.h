/* kernel.h: the kernel's own life; see <signalpy/kernel.h>. */
#ifndef KERNEL_KERNEL_H
#define KERNEL_KERNEL_H

#include "model.h"

/* After each settling: whether a stop that was asked for is complete; then tells so. */
void kernel_check_stopped(struct sp_kernel *kernel);

/* "healthy", "draining" ...; static. */
const char *kernel_state_word(enum sp_kernel_state state);

/* Who is errored, ailing or in a cycle, each with why: a new array of texts; NULL without memory. */
json_t *kernel_reasons_new(const struct sp_kernel *kernel);

#endif
