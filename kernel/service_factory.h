/*
 * service_factory.h: services of which every consumer has an object of its own (R-CM-7). It is made when the consumer
 * is first bound to the service, shared by all slots and leases of that consumer, and released, from the top of the
 * loop, when none of them refers to it any more. It stands in the consumer's ledger, and keeps the provider from
 * ending.
 */
#ifndef KERNEL_SERVICE_FACTORY_H
#define KERNEL_SERVICE_FACTORY_H

#include "model.h"

/* Where in a consumer's copy of the table the object lies, and how large a copy is; 0, and the table's size, where the
 * consumers share the instance. */
uint32_t service_object_at(const struct service *service);
size_t service_copy_size(const struct service *service);

/* The binding that the consumer has to a service with objects, kept once more; NULL when it has none. */
struct binding *service_object_find(const struct service *service, const struct sp_runtime *consumer);

/* Has the provider make the object of a new binding. On failure nothing is left of it, and error tells why in the words
 * of the provider; SP_NO_MEMORY. */
sp_status service_object_create(struct binding *binding, struct sp_error *error);

/* Nothing refers to the binding any more: its object will be released, and then the binding freed. Allocates
 * nothing. */
void service_object_leave(struct binding *binding);

/* Releases what has left; from the top of the loop only. Whether there was any. offered: who was refused one is served
 * now, if the provider will. */
bool service_objects_release(struct sp_kernel *kernel, bool offered);

/* Releases every object of a provider that ends, also of those who are bound to it all the same. */
void service_objects_end(struct sp_runtime *provider);

#endif
