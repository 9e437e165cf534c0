/* body_acts.h: what of a body acts by itself: computeds, effects, timers, watches, subscriptions. For body.c. */
#ifndef KERNEL_BODY_ACTS_H
#define KERNEL_BODY_ACTS_H

#include "model.h"

/* Makes them all, none acting yet; SP_NO_MEMORY leaves what was made to acts_destroy. */
sp_status acts_create(struct sp_runtime *rt);

/* Lets them act. Nothing is allocated. former: the body in whose place in line subscriptions go, or NULL. */
void acts_begin(struct sp_runtime *rt, struct sp_runtime *former);

/* Tells whether an instance works as it should: its health hook and the latest run of every effect succeeded. ailing
 * says whether the one that reports failed before. */
void acts_note_health(struct sp_runtime *rt, bool *ailing, sp_status status, const char *message);

/* Starts a timer anew that has an interval, if its body may still act. */
void acts_start_again(struct sp_timer *timer);

/* Notes that the engine failed an effect of the body, though the effect itself may have succeeded. */
void acts_note_failure(struct sp_runtime *rt, const sp_node *effect, const struct sp_error *error);

/* Runs the effects again that lacked memory. In a batch. */
void acts_again(struct sp_runtime *rt);

/* Stops them; computeds can still be read. */
void acts_end(struct sp_runtime *rt);

/* Frees them. */
void acts_destroy(struct sp_runtime *rt);

#endif
