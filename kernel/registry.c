/* registry.c: contracts, the services that provide them, and the order among those. */
#include "registry.h"

#include <stdio.h>
#include <string.h>

#include "again.h"
#include "alloc.h"
#include "body.h"
#include "frame.h"
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
		for (struct table_link *link = table->buckets ? table->buckets[i] : table->first, *next; link;
			link = next) {
			next = link->next;
			sp_free(container_of(link, struct contract, link));
		}
	table_finish(table);
}

/* So that the instance can wait for them without memory. */
static sp_status reserve_contracts(struct sp_kernel *kernel, const struct factory *factory)
{
	factory_each(plan, factory->needs, const struct need_plan)
		if (!contract_of(kernel, plan->contract))
			return SP_NO_MEMORY;
	return SP_OK;
}

struct offers *offers_create(struct instance *instance, const struct factory *factory)
{
	const struct provide_plan *plans = factory->provides.items;
	struct offers *offers = sp_calloc(1, sizeof *offers + factory->provides.count * sizeof offers->items[0]);

	if (offers && reserve_contracts(instance->kernel, factory) != SP_OK) {
		sp_free(offers);
		return NULL;
	}
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

/* From the back: whoever comes is mostly the youngest of many equals. */
static void put_in_place(struct service *service)
{
	struct list *before = service->contract->services.previous;

	while (before != &service->contract->services &&
		ranks_before(service, container_of(before, struct service, link)))
		before = before->previous;
	list_insert_before(before->next, &service->link);
}

sp_status service_create(struct service *service, struct sp_kernel *kernel, const char *contract)
{
	service->contract = contract_of(kernel, contract);
	if (!service->contract)
		return SP_NO_MEMORY;
	service->id = ++kernel->next_service;
	list_init(&service->bindings);
	put_in_place(service);
	return SP_OK;
}

void service_rank(struct service *service, int64_t ranking)
{
	if (service->ranking == ranking)
		return;
	service->ranking = ranking;
	list_remove(&service->link);
	put_in_place(service);
}

void service_remove(struct service *service)
{
	struct binding *binding;

	if (!service->contract)
		return;
	list_each(binding, &service->bindings, link) {
		list_remove(&binding->link);
		binding->service = NULL;
	}
	list_remove(&service->link);
}

/* Whoever is stopping keeps what it has until it has stopped, and goes before its providers. */
static bool is_stopping(const struct sp_runtime *rt)
{
	return rt->state == BODY_LEAVING || rt->withdrawn || rt->losing || (rt->instance && rt->instance->removed);
}

bool need_is_met(struct sp_kernel *kernel, const struct need_plan *plan)
{
	struct contract *contract = contract_of(kernel, plan->contract);
	struct service *service;

	if (!contract)
		return false;
	list_each(service, &contract->services, link) {
		bool matches =
			!plan->filter || sp_filter_matches(plan->filter, service->rt ? service->rt->properties : NULL);

		if (service->published && !(service->rt && is_stopping(service->rt)) && matches)
			return true;
	}
	return false;
}

/* Whether what was planned would leave the consumer without something that it cannot do without. */
static bool plan_is_fatal(const struct need *need)
{
	return need->plan->row.shape == SP_SHAPE_ONE && need->next && need->next->count == 0;
}

/* R-CM-5: the consumer is stopped first, and never sees nothing where it requires one. */
static void lose(struct need *need)
{
	need_forget(need);
	need->rt->losing = true;
	instance_due(need->rt->instance);
}

void need_carry_out(struct need *need)
{
	if (plan_is_fatal(need))
		lose(need);
	else
		need_show(need);
}

static void fall_behind(struct need *need)
{
	need->behind = true;
	kernel_again(need->rt->kernel);
}

/* Who has a service stays with the next best where one makes no object for it. */
static bool plan_again(struct need *need, bool force)
{
	struct sp_error refusal = { 0 };
	sp_status status = need_plan_view(need, force, &refusal);

	if (refusal.code && refusal.code != SP_NO_MEMORY)
		kernel_log(need->rt->kernel, SP_WARNING, need->rt->name, "%s", refusal.message);
	return status == SP_OK;
}

/* Shows what there is now. Where memory does not suffice for another view, what still matches stays until it does. */
static void follow(struct need *need, bool force)
{
	bool one = need->plan->row.shape == SP_SHAPE_ONE;

	need->behind = false;
	if (!need_matches_any(need)) {
		if (need->view && need->view->count)
			(one ? lose : need_clear)(need);
	} else if (plan_again(need, force)) {
		need_carry_out(need);
	} else {
		fall_behind(need);
		if (!need_is_sound(need))
			(one ? lose : need_shrink)(need);
	}
}

void needs_again(struct sp_runtime *rt)
{
	for (size_t i = 0; i < rt->factory->needs.count; i++)
		if (rt->needs[i].behind && !is_stopping(rt))
			follow(&rt->needs[i], true);
}

void contract_changed(struct contract *contract, bool force)
{
	struct instance *instance;
	struct need *need;

	list_each(need, &contract->needs, link)
		if (!is_stopping(need->rt))
			follow(need, force);
	list_each(instance, &contract->waiters, waiter) {
		instance->retry = instance->retry || !force; /* for one that no provider made an object for */
		instance_due(instance);
	}
}

sp_status contract_name(const struct sp_contract *contract, char *name, size_t size)
{
	int length = snprintf(name, size, "%s/%u", contract->name, contract->major);

	return length < 0 || (size_t)length >= size ? SP_INVALID : SP_OK;
}

void services_publish(struct sp_runtime *rt)
{
	for (size_t i = 0; i < rt->factory->provides.count; i++)
		rt->services[i].published = true;
	for (size_t i = 0; i < rt->factory->provides.count; i++)
		contract_changed(rt->services[i].contract, false);
}

/* Runs act for each need that a withdrawal concerns: a replacement's prepared bodies see it in the switch. */
static void each_follower(const struct sp_runtime *rt, void (*act)(struct need *need))
{
	struct need *need;

	for (size_t i = 0; i < rt->factory->provides.count; i++)
		list_each(need, &rt->services[i].contract->needs, link)
			if ((need->rt->state == BODY_ACTIVE || !need->rt->replacement) && !is_stopping(need->rt))
				act(need);
}

static void stop_if_lost(struct need *need)
{
	if (need->plan->row.shape == SP_SHAPE_ONE && !need_matches_any(need))
		lose(need);
}

static void change_over(struct need *need)
{
	follow(need, false);
}

/* First it is found who must stop, so that those see no change any more. */
void services_withdraw(struct sp_runtime *rt)
{
	rt->withdrawn = true;
	each_follower(rt, stop_if_lost);
	each_follower(rt, change_over);
}

/* Of a circle that ends: goes on with the next best, or with nothing, which no effect may see where one is required. */
static void do_without(struct need *need)
{
	bool planned = plan_again(need, false);

	if (need->plan->row.shape == SP_SHAPE_ONE && (!planned || plan_is_fatal(need)))
		body_quiet(need->rt);
	if (planned) {
		need_show(need);
		return;
	}
	need_clear(need);
	fall_behind(need);
}

void services_sever(struct sp_runtime *rt)
{
	struct need *need;

	sp_batch_begin(rt->kernel->graph);
	for (size_t i = 0; i < rt->factory->provides.count; i++)
		list_each(need, &rt->services[i].contract->needs, link)
			if (need_shows(need, rt))
				do_without(need);
	sp_batch_end(rt->kernel->graph);
}
