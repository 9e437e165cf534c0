/* shared.h: handles on signals for other threads, and functions that these have run on the loop; see
 * <signalpy/shared.h>. */
#ifndef KERNEL_SHARED_H
#define KERNEL_SHARED_H

#include "model.h"

/* Lets the handles that hold a plugin be without it and its kernel: both are destroyed. */
void shared_forget(struct sp_plugin_handle *plugin);

#endif
