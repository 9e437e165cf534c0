/*
 * fake_runtime.h: the few functions of libsignalpy that the daemon's sockets call, for tests of the daemon that need no
 * kernel. Included by the one file of a test program that is linked without the library.
 */
#ifndef TESTS_FAKE_RUNTIME_H
#define TESTS_FAKE_RUNTIME_H

#include <signalpy/kernel.h>
#include <stddef.h>
#include <string.h>

/* An instance as far as the sockets see it: a name, a ledger, and how often it was entered. */
struct sp_runtime {
	const char *name;
	struct sp_ledger_entry ledger; /* the head of a ring */
	int depth, entries;
};

static inline void fake_runtime_init(sp_runtime *runtime, const char *name)
{
	*runtime = (sp_runtime){ .name = name };
	runtime->ledger.previous = runtime->ledger.next = &runtime->ledger;
}

static inline bool fake_ledger_is_empty(const sp_runtime *runtime)
{
	return runtime->ledger.next == &runtime->ledger;
}

/* The end of an instance, as the kernel does it: latest first. */
static inline void fake_sweep(sp_runtime *runtime)
{
	while (!fake_ledger_is_empty(runtime))
		runtime->ledger.previous->release(runtime->ledger.previous);
}

void sp_ledger_add(sp_runtime *consumer, struct sp_ledger_entry *entry)
{
	entry->next = &consumer->ledger;
	entry->previous = consumer->ledger.previous;
	consumer->ledger.previous->next = entry;
	consumer->ledger.previous = entry;
}

void sp_ledger_remove(struct sp_ledger_entry *entry)
{
	entry->previous->next = entry->next;
	entry->next->previous = entry->previous;
}

/* How many things were not given back. */
static int fake_reports;

void sp_ledger_report(const sp_runtime *consumer, const struct sp_ledger_entry *entry, const char *name)
{
	(void)consumer;
	if (entry->kind && name[0])
		fake_reports++;
}

void sp_runtime_enter(sp_runtime *consumer)
{
	consumer->depth++;
	consumer->entries++;
}

void sp_runtime_leave(sp_runtime *consumer)
{
	consumer->depth--;
}

const char *sp_name(const sp_runtime *rt)
{
	return rt->name;
}

/* The trace of the call that seems to be running; empty: none is. */
static const char *fake_trace_id = "";

bool sp_trace_id(char ret_id[33])
{
	if (*fake_trace_id)
		memcpy(ret_id, fake_trace_id, 33);
	return *fake_trace_id;
}

/* What was provided last. */
static struct fake_provided {
	const struct sp_contract *contract;
	const void *table;
	void *self;
	int ranking;
} fake_provided;

sp_status sp_kernel_provide(sp_kernel *kernel, const struct sp_contract *contract, const void *table, void *self,
	int ranking)
{
	(void)kernel;
	fake_provided.contract = contract;
	fake_provided.table = table;
	fake_provided.self = self;
	fake_provided.ranking = ranking;
	return SP_OK;
}

#endif
