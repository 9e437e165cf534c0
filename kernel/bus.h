/*
 * bus.h: events. Publishing queues; delivery happens from the top of the loop, breadth first, in order of subscription,
 * each event once per subscriber (R-BUS-1, R-BUS-2).
 */
#ifndef KERNEL_BUS_H
#define KERNEL_BUS_H

#include "model.h"

enum { BUS_MOST = 10000 }; /* events that may wait */

/* The type of envelopes; only the kernel publishes it. */
#define DEAD_LETTER_TYPE "__dead_letter__"

void bus_init(struct sp_kernel *kernel);

/* Frees what waits; host subscriptions that are left are freed too. */
void bus_finish(struct sp_kernel *kernel);

/* Queues an event; data is stolen in every case. SP_FORBIDDEN when the policy of source does not allow it,
 * SP_UNAVAILABLE when the queue is full, SP_NO_MEMORY. */
sp_status bus_publish(struct sp_kernel *kernel, const char *source, const char *type, json_t *data);

/* Publishes an event of the kernel's own, with data (stolen), however many others wait: whoever follows the states of
 * instances must not miss one in somebody's storm. Without memory, data may be NULL then too, it is counted as dropped
 * and logged. */
void bus_tell(struct sp_kernel *kernel, const char *type, json_t *data);

/* Whether so many of the kernel's own events wait that they shall be delivered before it makes more. */
bool bus_is_behind(const struct sp_kernel *kernel);

/* Publishes a dead letter from the kernel itself: envelopes wait beside the BUS_MOST events, as many of their own. */
void bus_publish_envelope(struct sp_kernel *kernel, json_t *data);

/* Queues the event texts = { type, source, target } again, whatever the policy: for one subscriber, "instance.row", or
 * for everybody when target is not of that form. Data is stolen in every case. SP_NOT_FOUND when that subscriber is not
 * there, SP_UNAVAILABLE, SP_NO_MEMORY. */
sp_status bus_publish_again(struct sp_kernel *kernel, const char *const texts[static 3], json_t *data);

/* Makes a subscription of an instance's row that is not delivered to before bus_subscribe; NULL without memory. */
struct sp_subscription *subscription_create(struct sp_runtime *rt, const struct sp_subscribe *row);

/* Begins delivery, of events published from now on; or in the place of another subscription, which ends. */
void bus_subscribe(struct sp_subscription *subscription);
void bus_subscribe_instead(struct sp_subscription *subscription, struct sp_subscription *former);

/* Delivers to an instance the events that were kept while it was held. */
void bus_deliver_kept(struct instance *instance);

#endif
