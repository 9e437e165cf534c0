/*
 * cycles.c: finds instances that wait for each other (R-CM-3). Whoever misses a contract that no waiting instance
 * offers, or another one too, waits for something else and is left aside, again and again; those that remain wait
 * inside the set, and following what each misses leads around a loop.
 */
#include <stdio.h>
#include <string.h>

#include "again.h"
#include "alloc.h"
#include "frame.h"
#include "lifecycle.h"
#include "registry.h"

enum { CYCLE_TEXT_MOST = 2000 };

/* The first who offers what is missing. NULL when somebody outside does: one that failed may be mended, one that does
 * not match may change. */
static struct instance *offered_inside(const struct instance *instance, const struct need_plan *plan)
{
	struct contract *contract = contract_of(instance->kernel, plan->contract);
	struct instance *first = NULL;
	const struct offer *offer;

	if (!contract)
		return NULL;
	list_each(offer, &contract->offers, link) {
		if (!offer->instance->may_cycle && !offer->instance->removed)
			return NULL;
		if (!first && offer->instance->may_cycle)
			first = offer->instance;
	}
	return first;
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
		instance->may_cycle = instance->state == INSTANCE_WAITING && !instance->removed;
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

/* Whether the cycle was told before, with whatever instance it began. */
static bool is_known(const struct instance *start)
{
	const struct instance *at = start;

	do {
		if (!at->cycle)
			return false;
		at = next_of(at);
	} while (at != start);
	return true;
}

static void keep_text(struct instance *instance, const char *text)
{
	sp_free(instance->cycle);
	instance->cycle = sp_strdup(text);
	if (!instance->cycle)
		kernel_again(instance->kernel);
	instance->in_cycle = true;
	instance->kernel->cycles++;
}

static void note_cycle(struct instance *start)
{
	char text[CYCLE_TEXT_MOST];
	struct instance *at = start;

	describe(start, text, sizeof text);
	if (!is_known(start))
		kernel_log(start->kernel, SP_ERROR, start->name, "these wait for each other: %s", text);
	do {
		keep_text(at, text);
		at = next_of(at);
	} while (at != start);
}

/* Follows what is missing from one candidate to somebody who was walked by: in this walk, then it went around. */
static void walk(struct instance *from, unsigned number)
{
	struct instance *at = from;

	while (at && !at->walked) {
		at->walked = number;
		at = next_of(at);
	}
	if (at && at->walked == number)
		note_cycle(at);
}

static void forget_cycle(struct instance *instance)
{
	sp_free(instance->cycle);
	instance->cycle = NULL;
}

void cycles_find(struct sp_kernel *kernel)
{
	struct instance *instance;
	unsigned number = 0;

	if (!kernel->waiting && !kernel->cycles)
		return;
	kernel->cycles = 0;
	mark_candidates(kernel);
	list_each(instance, &kernel->instances, link) {
		instance->walked = 0;
		instance->in_cycle = false;
	}
	list_each(instance, &kernel->instances, link)
		if (instance->may_cycle && !instance->walked)
			walk(instance, ++number);
	list_each(instance, &kernel->instances, link)
		if (!instance->in_cycle)
			forget_cycle(instance);
}
