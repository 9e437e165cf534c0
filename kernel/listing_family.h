/* listing_family.h: what listings tell of children and of who supervises them. */
#ifndef KERNEL_LISTING_FAMILY_H
#define KERNEL_LISTING_FAMILY_H

#include "model.h"

/* Why an instance is restarting, and when: a new json value; NULL without memory. */
json_t *restart_reason_new(const struct instance *instance);

/* Adds to what is told of an instance: parent and restarts, of a child. SP_NO_MEMORY. */
sp_status family_add_summary(json_t *to, const struct instance *instance);

/* Adds to what is told of an instance that is shown by itself: its children, how it supervises them. SP_NO_MEMORY. */
sp_status family_add_details(json_t *to, const struct instance *instance);

#endif
