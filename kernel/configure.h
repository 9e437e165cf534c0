/* configure.h: what is judged of a configuration for one instance. */
#ifndef KERNEL_CONFIGURE_H
#define KERNEL_CONFIGURE_H

#include "model.h"

/* Judges the section of an instance, if it has settings, and asks it; faults as sp_kernel_check. */
sp_status settings_check(const struct instance *instance, const json_t *tree, json_t *faults);

#endif
