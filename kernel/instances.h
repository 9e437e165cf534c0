/* instances.h: which instances there shall be of a factory. */
#ifndef KERNEL_INSTANCES_H
#define KERNEL_INSTANCES_H

#include "model.h"

/* Makes the instances of a factory that was published just now. One that cannot be made for another reason than memory
 * is told to the log. SP_NO_MEMORY: those that were made stay. */
sp_status instances_make_wanted(struct factory *factory, struct sp_error *error);

/* Makes the instance that a component has by default, unless it has one of that name; SP_NO_MEMORY. */
sp_status instance_make_default(struct factory *factory, struct sp_error *error);

/* The component of that name which is loaded, or NULL. */
struct factory *factory_called(const struct sp_kernel *kernel, const char *name);

#endif
