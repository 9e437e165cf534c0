/*
 * registry.h: who provides what to whom. A consumer's need is planned (which providers match, best first) and then
 * shown in its slot, so that many needs can change in one batch that cannot fail.
 */
#ifndef KERNEL_REGISTRY_H
#define KERNEL_REGISTRY_H

#include "model.h"

/* The contract of a name ("IDictionary/1"), made on first use; NULL without memory. */
struct contract *contract_of(struct sp_kernel *kernel, const char *name);

/* Writes "name/major" to name; SP_INVALID when it does not fit. */
sp_status contract_name(const struct sp_contract *contract, char *name, size_t size);

/* Frees all contracts, at the end of the kernel. */
void contracts_finish(struct sp_kernel *kernel);

/* What instance would provide with the rows of factory: made first (NULL without memory), then listed, which cannot
 * fail. The contracts that it requires are made too. Destroying takes them off the list; NULL is accepted. */
struct offers *offers_create(struct instance *instance, const struct factory *factory);
void offers_list(struct offers *offers);
void offers_destroy(struct offers *offers);

/* Puts a service, unpublished, in its place among those of its contract; gives it another place; takes it out again,
 * and whoever is bound to it all the same is bound to nothing. */
sp_status service_create(struct service *service, struct sp_kernel *kernel, const char *contract);
void service_rank(struct service *service, int64_t ranking);
void service_remove(struct service *service);

/* Whether any published service that is not about to go would satisfy a requirement of an instance without a body. */
bool need_is_met(struct sp_kernel *kernel, const struct need_plan *plan);

/*
 * need_plan: works out which services match and, where that differs from what is shown, reserves the new view. force:
 * even where it does not differ (a map's keys changed). A service that makes no object for the consumer is left out,
 * and refusal says why; where it is one of a version that is being prepared, all fails. need_show: shows what was
 * planned; it cannot fail, and its write must stand in a batch. need_forget: drops what was planned. Views that were
 * shown are retired, not freed.
 */
sp_status need_plan_view(struct need *need, bool force, struct sp_error *refusal);
void need_show(struct need *need);
void need_forget(struct need *need);

/* As need_show, but a one requirement that would show nothing keeps what it has, and its instance is set to stop: so
 * the consumer goes before its provider. */
void need_carry_out(struct need *need);

/* What the slot of a need reads as, by what is shown now. */
const void *need_slot_value(const struct need *need);

/* Without memory: shows nothing, or only what still matches of what is shown (nothing where a worker may read it). */
void need_clear(struct need *need);
void need_shrink(struct need *need);

/* Whether any service matches the need of a body; allocates nothing. */
bool need_matches_any(const struct need *need);

/* Whether all that the need shows still matches, though there may be better; whether it shows a service of provider. */
bool need_is_sound(const struct need *need);
bool need_shows(const struct need *need, const struct sp_runtime *provider);

/* Whether the need blocks its instance: a one requirement that shows nothing. */
bool need_is_unmet(const struct need *need);

/* After a service of the contract came, or changed its rank or properties: plans and shows every need of those who are
 * not stopping, sets those to stop who would be left without what they need, and wakes those who wait for it. Where
 * memory does not suffice, a need keeps what still matches, and is tried again. */
void contract_changed(struct contract *contract, bool force);

/* Plans and shows the needs of a body for which memory did not suffice. In a batch. */
void needs_again(struct sp_runtime *rt);

/* Makes the services of a body available to all, and the reverse (consumers that have another provider or can do
 * without change over; the others are set to stop). */
void services_publish(struct sp_runtime *rt);
void services_withdraw(struct sp_runtime *rt);

/* Takes the services of rt, which are withdrawn, from those who are bound to them all the same. */
void services_sever(struct sp_runtime *rt);

/* Frees what callbacks no longer hold; from the top of the loop only. */
void retired_free(struct sp_kernel *kernel);

/* Of a need that ends: what it shows is given up at once. */
void need_finish(struct need *need);

/* Counts references to a binding; the last one frees it and lets a leaving provider go on. */
struct binding *binding_keep(struct binding *binding);
void binding_release(struct binding *binding);

/* Frees a binding that nothing refers to, and whose object is released. */
void binding_free(struct binding *binding);

/* The binding of a service table that was handed to a consumer. */
struct binding *binding_of(const struct sp_service *table);

#endif
