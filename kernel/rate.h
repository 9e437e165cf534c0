/*
 * rate.h: how often one caller may call one runnable: policy.<instance>.limits.<runnable>, or "*", is {"calls",
 * "within_ms"}. Each caller has a bucket of that many calls, which fills up again evenly.
 */
#ifndef KERNEL_RATE_H
#define KERNEL_RATE_H

#include "admission.h"

enum { RATE_BUCKETS_MOST = 10000 }; /* beyond it the one used longest ago is forgotten */

/* Takes a call out of its caller's bucket. SP_TOO_MANY, and error and *ret_retry_ms say when to come again;
 * SP_NO_MEMORY. */
sp_status rate_take(const struct asking *asking, int64_t *ret_retry_ms, struct sp_error *error);

/* Judges policy.<instance>.limits; NULL when it is right, else static words that say what is wrong. */
const char *rate_fault(const json_t *limits);

/* The kernel's buckets begin, and end. */
void rates_init(struct rates *rates);
void rates_finish(struct rates *rates);

#endif
