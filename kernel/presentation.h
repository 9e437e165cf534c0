/* presentation.h: how a runnable wants to appear: as a prompt, as a resource, with a schema of its own. */
#ifndef KERNEL_PRESENTATION_H
#define KERNEL_PRESENTATION_H

#include <signalpy/component.h>

/* What is wrong with how a runnable wants to appear, in static words; NULL when it is right. */
const char *presentation_fault(const struct sp_runnable *row);

#endif
