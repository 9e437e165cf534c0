/*
 * cycles.c: finds instances that wait for each other (R-CM-3). Whoever misses a contract that no waiting instance offers
 * waits for something else and is left aside, again and again; those that remain wait inside the set, and following what
 * each misses leads around a loop.
 */
#include <stdio.h>
#include <string.h>

#include "alloc.h"
#include "frame.h"
#include "lifecycle.h"
#include "registry.h"

enum { CYCLE_TEXT_MOST = 2000 };

static struct instance *offered_inside(const struct instance *instance, const struct need_plan *plan)
{
	struct contract *contract = contract_of(instance->kernel, plan->contract);
	const struct offer *offer;

	if (!contract)
		return NULL;
	list_each(offer, &contract->offers, link)
		if (offer->instance->may_cycle)
			return offer->instance;
	return NULL;
}

static bool waits_inside(const struct instance *instance)
{
	factory_each(plan, instance->factory->needs, const struct need_plan)
		if (plan->row.shape == SP_SHAPE_ONE && !need_is_met(instance->kernel, plan) &&
			!offered_inside(instance, plan))
			return false;
	return true;
}

static void mark_candidates(struct sp_kernel *kernel)
{
	struct instance *instance;
	bool changed = true;

	list_each(instance, &kernel->instances, link)
		instance->may_cycle = instance->state == INSTANCE_WAITING;
	while (changed) {
		changed = false;
		list_each(instance, &kernel->instances, link)
			if (instance->may_cycle && !waits_inside(instance)) {
				instance->may_cycle = false;
				changed = true;
			}
	}
}

static struct instance *next_of(const struct instance *instance)
{
	const struct need_plan *missing = instance_missing(instance);

	return missing ? offered_inside(instance, missing) : NULL;
}

/* Writes "a → b → a", beginning and ending with start, which is on the loop. */
static void describe(const struct instance *start, char *text, size_t size)
{
	const struct instance *at = start;
	size_t used = 0;

	do {
		used += (size_t)snprintf(text + used, size - used, "%s → ", at->name);
		at = next_of(at);
	} while (at != start && used + 64 < size);
	snprintf(text + used, size - used, "%s", start->name);
}

static void note_cycle(struct instance *start)
{
	char text[CYCLE_TEXT_MOST];
	struct instance *at = start;
	bool known = start->cycle != NULL;

	describe(start, text, sizeof text);
	do {
		if (!at->cycle)
			at->cycle = sp_strdup(text);
		at->kernel->cycles++;
		at->may_cycle = false;
		at = next_of(at);
	} while (at && at != start);
	if (!known)
		kernel_log(start->kernel, SP_ERROR, start->name, "these wait for each other: %s", text);
}

/* Follows what is missing from one candidate until somebody comes by twice. */
static void walk(struct instance *from, unsigned number)
{
	struct instance *at = from;

	while (at && at->may_cycle && at->walked != number) {
		at->walked = number;
		at = next_of(at);
	}
	if (at && at->may_cycle)
		note_cycle(at);
	for (at = from; at && at->may_cycle && at->walked == number; at = next_of(at))
		at->may_cycle = false;
}

void cycles_find(struct sp_kernel *kernel)
{
	struct instance *instance;
	unsigned number = 0;

	kernel->cycles = 0;
	mark_candidates(kernel);
	list_each(instance, &kernel->instances, link) {
		if (!instance->may_cycle && instance->cycle && instance->state != INSTANCE_WAITING) {
			sp_free(instance->cycle);
			instance->cycle = NULL;
		}
		instance->walked = 0;
	}
	list_each(instance, &kernel->instances, link)
		if (instance->may_cycle)
			walk(instance, ++number);
}
