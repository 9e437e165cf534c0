/* target.h: an instance of a component, chosen by the value of one of its properties (R-RN-7). */
#ifndef KERNEL_TARGET_H
#define KERNEL_TARGET_H

#include "model.h"

/* The exposure of "component.runnable" in the instance of the component whose target property has the value target; of
 * several the oldest. NULL and error: SP_NOT_FOUND (no such component, instance, or runnable), SP_INVALID (the
 * component declares no target property). Looks at the instances of that component alone. */
const struct exposure *target_find(const struct sp_kernel *kernel, const char *address, const char *target,
	struct sp_error *error);

/* The same of the runnable whose REST path, in a default instance of its component, is path ("v1/greeter/greet"),
 * though there be no such instance. Looks at every component. */
const struct exposure *target_find_rest(const struct sp_kernel *kernel, const char *path, const char *target,
	struct sp_error *error);

#endif
