/* health.h: whether an active instance works: asked on an interval and by whoever wants to know, one check at a
 * time. */
#ifndef KERNEL_HEALTH_H
#define KERNEL_HEALTH_H

#include "model.h"

/* The interval of the health hook has passed: asks the instance, unless it is on its way out or carries its state
 * over. */
void health_interval(struct sp_timer *timer);

/* The check that was under way has ended, or its deadline has passed: counts what came of it and tells who asked. */
void health_known(struct sp_runtime *rt);

/* The body goes, or shall come to rest: what is under way is told so, and what comes of it counts no more; nor is it
 * told to who asked. */
void health_cancel(struct sp_runtime *rt);

#endif
