/*
 * again.h: what could not be done for want of memory, though nobody will ask for it a second time: slots of
 * requirements that fell behind, effects that could not run, children that failed and were not yet decided about,
 * cycles that could not be described. It is tried again after a second, until it is done.
 */
#ifndef KERNEL_AGAIN_H
#define KERNEL_AGAIN_H

#include "model.h"

/* Something of that kind is to be tried again. Needs no memory. */
void kernel_again(struct sp_kernel *kernel);

/* Tries; what still lacks memory asks for it again. The kernel's again_timer; user is the kernel. */
void kernel_try_again(void *user);

#endif
