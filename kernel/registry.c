/* registry.c: contracts, the services that provide them, and the order among those. */
#include "registry.h"

#include <stdio.h>
#include <string.h>

#include "alloc.h"
#include "lifecycle.h"

struct contract *contract_of(struct sp_kernel *kernel, const char *name)
{
	struct table_link *link = table_find(&kernel->contracts, name, strlen(name));
	struct contract *contract;

	if (link)
		return container_of(link, struct contract, link);
	contract = sp_calloc(1, sizeof *contract + strlen(name) + 1);
	if (!contract)
		return NULL;
	memcpy(contract->name, name, strlen(name) + 1);
	list_init(&contract->services);
	list_init(&contract->needs);
	list_init(&contract->offers);
	list_init(&contract->waiters);
	table_insert(&kernel->contracts, &contract->link, contract->name);
	return contract;
}

void contracts_finish(struct sp_kernel *kernel)
{
	struct table *table = &kernel->contracts;

	for (size_t i = 0; i < table->size; i++)
		for (struct table_link *link = table->buckets ? table->buckets[i] : table->first, *next; link; link = next) {
			next = link->next;
			sp_free(container_of(link, struct contract, link));
		}
	table_finish(table);
}

struct offers *offers_create(struct instance *instance, const struct factory *factory)
{
	const struct provide_plan *plans = factory->provides.items;
	struct offers *offers = sp_calloc(1, sizeof *offers + factory->provides.count * sizeof offers->items[0]);

	for (size_t i = 0; offers && i < factory->provides.count; i++) {
		struct offer *offer = &offers->items[offers->count++];

		list_init(&offer->link);
		offer->instance = instance;
		offer->contract = contract_of(instance->kernel, plans[i].contract);
		if (offer->contract)
			continue;
		offers_destroy(offers);
		return NULL;
	}
	return offers;
}

void offers_list(struct offers *offers)
{
	for (size_t i = 0; i < offers->count; i++)
		list_add(&offers->items[i].contract->offers, &offers->items[i].link);
}

void offers_destroy(struct offers *offers)
{
	for (size_t i = 0; offers && i < offers->count; i++)
		list_remove(&offers->items[i].link);
	sp_free(offers);
}

/* Lowest ranking first, then the oldest, then the earliest made (R-CM-6). */
static bool ranks_before(const struct service *left, const struct service *right)
{
	if (left->ranking != right->ranking)
		return left->ranking < right->ranking;
	if (left->age != right->age)
		return left->age < right->age;
	return left->id < right->id;
}

sp_status service_create(struct service *service, struct sp_kernel *kernel, const char *contract)
{
	struct list *place;

	service->contract = contract_of(kernel, contract);
	if (!service->contract)
		return SP_NO_MEMORY;
	service->id = ++kernel->next_service;
	list_init(&service->bindings);
	place = service->contract->services.next;
	while (place != &service->contract->services &&
		ranks_before(container_of(place, struct service, link), service))
		place = place->next;
	list_insert_before(place, &service->link);
	return SP_OK;
}

void service_remove(struct service *service)
{
	if (service->contract)
		list_remove(&service->link);
}

bool need_is_met(struct sp_kernel *kernel, const struct need_plan *plan)
{
	struct contract *contract = contract_of(kernel, plan->contract);
	struct service *service;

	if (!contract)
		return false;
	list_each(service, &contract->services, link) {
		bool matches = !plan->filter || sp_filter_matches(plan->filter, service->rt ? service->rt->properties : NULL);

		if (service->published && !(service->rt && service->rt->withdrawn) && matches)
			return true;
	}
	return false;
}

void contract_changed(struct contract *contract, bool force)
{
	struct need *need;

	list_each(need, &contract->needs, link)
		if (need->rt->state == BODY_ACTIVE && !need->rt->losing) {
			need_plan_view(need, force);
			need_show(need);
			if (need_is_unmet(need))
				instance_due(need->rt->instance);
		}
}

sp_status contract_name(const struct sp_contract *contract, char *name, size_t size)
{
	int length = snprintf(name, size, "%s/%u", contract->name, contract->major);

	return length < 0 || (size_t)length >= size ? SP_INVALID : SP_OK;
}

void contract_offered(struct contract *contract)
{
	struct instance *instance;

	contract_changed(contract, false);
	list_each(instance, &contract->waiters, waiter)
		instance_due(instance);
}

void services_publish(struct sp_runtime *rt)
{
	for (size_t i = 0; i < rt->factory->provides.count; i++)
		rt->services[i].published = true;
	for (size_t i = 0; i < rt->factory->provides.count; i++)
		contract_offered(rt->services[i].contract);
}

/* Whether a consumer will have to stop: what it cannot do without is withdrawn, and nobody else offers it. */
static bool loses(struct need *need)
{
	bool lost = need->plan->row.shape == SP_SHAPE_ONE && need->rt->state == BODY_ACTIVE &&
		    need_plan_view(need, false) == SP_OK && need->next && need->next->count == 0;

	need_forget(need);
	return lost;
}

/* Whoever is stopping keeps what it has until it has stopped, and goes before its providers. */
static bool is_stopping(const struct sp_runtime *rt)
{
	return rt->state != BODY_ACTIVE || rt->withdrawn || rt->losing || (rt->instance && rt->instance->removed);
}

static void change_over(struct need *need)
{
	if (!is_stopping(need->rt) && need_plan_view(need, false) == SP_OK)
		need_show(need);
}

/* R-CM-5: first it is found who must stop, so that those see no change any more. */
void services_withdraw(struct sp_runtime *rt)
{
	struct need *need;

	rt->withdrawn = true;
	for (size_t i = 0; i < rt->factory->provides.count; i++)
		list_each(need, &rt->services[i].contract->needs, link)
			if (loses(need)) {
				need->rt->losing = true;
				instance_due(need->rt->instance);
			}
	for (size_t i = 0; i < rt->factory->provides.count; i++)
		list_each(need, &rt->services[i].contract->needs, link)
			change_over(need);
}

bool bindings_are_stopping(const struct sp_runtime *rt)
{
	const struct binding *binding;

	for (size_t i = 0; i < rt->factory->provides.count; i++)
		list_each(binding, &rt->services[i].bindings, link)
			if (!binding->table.consumer->withdrawn)
				return false;
	return true;
}

void services_sever(struct sp_runtime *rt)
{
	struct need *need;

	sp_batch_begin(rt->kernel->graph);
	for (size_t i = 0; i < rt->factory->provides.count; i++)
		list_each(need, &rt->services[i].contract->needs, link)
			if (need_plan_view(need, false) == SP_OK)
				need_show(need);
	sp_batch_end(rt->kernel->graph);
}
