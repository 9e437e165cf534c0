/* ledger.c: everything an instance has registered beyond its rows, each with the line that did it (R-CM-9). */
#include "ledger.h"

#include <stdatomic.h>
#include <string.h>

#include "alloc.h"
#include "frame.h"
#include "lifecycle.h"
#include "registry.h"
#include "service_factory.h"

/* Something that sp_cleanup shall release. */
struct cleanup {
	struct sp_ledger_entry entry;
	void (*release)(void *object);
	void *object;
};

/* The holder gets a copy of the table that is part of the lease, so that releasing finds it without a search. */
struct lease {
	struct sp_ledger_entry entry;
	struct sp_task task;
	struct binding *binding;
	const char *contract;
	struct sp_runtime *holder;
	struct sp_kernel *kernel;
	_Atomic bool released; /* the task is on its way and will free it */
	_Alignas(max_align_t) struct sp_service table;
};

void ledger_init(struct sp_ledger_entry *ring)
{
	ring->previous = ring->next = ring;
}

const void *sp_runtime_here(const struct sp_service *service, const struct sp_source_line *place)
{
	struct frame *frame = service->consumer ? service->consumer->kernel->frame : NULL;

	if (frame && frame->rt == service->consumer)
		frame->place = place;
	return service;
}

static void find_place(const sp_runtime *consumer, struct sp_ledger_entry *entry)
{
	const struct sp_component *component = &consumer->factory->component;
	struct frame *frame = consumer->kernel->frame;

	entry->file = component->file;
	entry->line = component->line;
	if (!frame || frame->rt != consumer || !frame->place)
		return;
	entry->file = frame->place->file;
	entry->line = frame->place->line;
	frame->place = NULL;
}

void sp_ledger_add(sp_runtime *consumer, struct sp_ledger_entry *entry)
{
	struct sp_ledger_entry *ring = &consumer->ledger;

	if (!entry->line)
		find_place(consumer, entry);
	entry->previous = ring->previous;
	entry->next = ring;
	ring->previous->next = entry;
	ring->previous = entry;
}

void sp_ledger_remove(struct sp_ledger_entry *entry)
{
	entry->previous->next = entry->next;
	entry->next->previous = entry->previous;
	entry->previous = entry->next = entry;
}

void sp_ledger_report(const sp_runtime *consumer, const struct sp_ledger_entry *entry, const char *name)
{
	kernel_log(consumer->kernel, SP_WARNING, consumer->name, "stopped without giving back the %s %s of %s:%d",
		entry->kind, name, entry->file, entry->line);
}

void ledger_sweep(struct sp_runtime *rt)
{
	while (rt->ledger.previous != &rt->ledger) {
		struct sp_ledger_entry *entry = rt->ledger.previous;

		sp_ledger_remove(entry);
		entry->release(entry);
	}
}

static void run_cleanup(struct sp_ledger_entry *entry)
{
	struct cleanup *cleanup = container_of(entry, struct cleanup, entry);

	cleanup->release(cleanup->object);
	sp_free(cleanup);
}

sp_status sp_runtime_cleanup(sp_runtime *rt, void (*release)(void *), void *object, const char *file, int line)
{
	const struct frame *frame = rt->kernel->frame;
	struct cleanup *cleanup;

	if (frame && frame->effect && frame->rt == rt) {
		sp_status status = sp_effect_cleanup(rt->kernel->graph, release, object);

		return status == SP_OK ? SP_OK : sp_runtime_fail(rt, status, "out of memory");
	}
	cleanup = sp_malloc(sizeof *cleanup);
	if (!cleanup)
		return sp_runtime_fail(rt, SP_NO_MEMORY, "out of memory");
	*cleanup = (struct cleanup){ { .kind = "cleanup", .file = file, .line = line, .release = run_cleanup }, release,
		object };
	sp_ledger_add(rt, &cleanup->entry);
	return SP_OK;
}

static void lease_end(struct lease *lease)
{
	struct sp_runtime *provider = lease->binding->service ? lease->binding->service->rt : NULL;

	binding_release(lease->binding);
	if (provider) {
		provider->leases--;
		body_due(provider);
	}
	sp_free(lease);
}

static void release_on_loop(struct sp_task *task)
{
	struct lease *lease = container_of(task, struct lease, task);

	sp_ledger_remove(&lease->entry);
	lease_end(lease);
}

static void sweep_lease(struct sp_ledger_entry *entry)
{
	struct lease *lease = container_of(entry, struct lease, entry);

	if (atomic_load(&lease->released))
		return;
	kernel_log(lease->kernel, SP_WARNING, lease->holder->name,
		"stopped without releasing the lease on %s taken at %s:%d", lease->contract, entry->file, entry->line);
	lease_end(lease);
}

const void *sp_runtime_lease(sp_runtime *rt, const struct sp_service *service, const char *file, int line)
{
	struct binding *binding = binding_of(service);
	size_t size = service_copy_size(binding->service);
	struct lease *lease = sp_calloc(1, offsetof(struct lease, table) + size);

	if (!lease) {
		sp_runtime_fail(rt, SP_NO_MEMORY, "out of memory");
		return NULL;
	}
	lease->entry = (struct sp_ledger_entry){ .kind = "lease", .file = file, .line = line, .release = sweep_lease };
	lease->task.run = release_on_loop;
	lease->binding = binding_keep(binding);
	lease->contract = binding->service->contract->name;
	lease->holder = rt;
	lease->kernel = rt->kernel;
	memcpy(&lease->table, service, size);
	if (binding->service->rt)
		binding->service->rt->leases++;
	sp_ledger_add(rt, &lease->entry);
	return &lease->table;
}

void sp_runtime_lease_release(sp_runtime *rt, const struct sp_service *leased)
{
	struct lease *lease;

	if (!leased)
		return;
	lease = container_of(leased, struct lease, table);
	if (pthread_equal(pthread_self(), rt->kernel->thread))
		release_on_loop(&lease->task);
	else if (!atomic_exchange(&lease->released, true))
		rt->kernel->ops->post(rt->kernel->loop, &lease->task);
}
