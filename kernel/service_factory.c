/* service_factory.c: makes, keeps and releases the objects that consumers have of a service. */
#include "service_factory.h"

#include "alloc.h"
#include "frame.h"
#include "lifecycle.h"
#include "registry.h"

/* What a binding has when its service gives every consumer an object. */
struct service_object {
	struct sp_ledger_entry entry; /* of the consumer; alone once that has swept its ledger */
	struct binding *binding;
	void *object; /* NULL: released */
};

/* One call of create. */
struct making {
	const struct service *service;
	const char *consumer;
	void *object;
	sp_status status;
};

uint32_t service_object_at(const struct service *service)
{
	const size_t step = _Alignof(void *);

	return service->each ? (uint32_t)((service->table_size + step - 1) / step * step) : 0;
}

size_t service_copy_size(const struct service *service)
{
	return service->each ? service_object_at(service) + sizeof(void *) : service->table_size;
}

/* A consumer keeps its object until nothing refers to it, which may be after its ledger is swept. */
static void sweep(struct sp_ledger_entry *entry)
{
	(void)entry;
}

struct binding *service_object_find(const struct service *service, const struct sp_runtime *consumer)
{
	if (!service->each)
		return NULL;
	for (struct sp_ledger_entry *at = consumer->ledger.next; at != &consumer->ledger; at = at->next) {
		struct binding *binding =
			at->release == sweep ? container_of(at, struct service_object, entry)->binding : NULL;

		if (!binding || binding->service != service)
			continue;
		if (!binding->references) { /* it was about to go */
			list_remove(&binding->link);
			list_add(&binding->service->bindings, &binding->link);
		}
		return binding_keep(binding);
	}
	return NULL;
}

static void run_create(void *user)
{
	struct making *making = user;
	const struct service *service = making->service;

	making->status = service->each->create(service->self, making->consumer, &making->object);
}

/* In a frame of the provider. What it reads is no dependency of whoever causes it. */
static sp_status make(struct making *making, struct sp_error *error)
{
	struct sp_runtime *provider = making->service->rt;
	struct entry entry;
	sp_status status;

	entry_enter(&entry, provider);
	sp_untracked(provider->kernel->graph, run_create, making);
	status = frame_judge(&entry.frame, making->status);
	if (status == SP_OK && !making->object)
		status = sp_error_set(&entry.error, SP_FAILED, "it made no object");
	else if (status > 0)
		status = sp_error_set(&entry.error, SP_FAILED, "it answered SP_LATER, which it may not");
	if (status != SP_OK && making->status >= 0 && making->object)
		making->service->each->release(making->service->self, making->object);
	entry_leave(&entry);
	if (status == SP_OK)
		return SP_OK;
	return sp_error_set(error, status, "no %s of its own from %s: %s", making->service->contract->name,
		provider->name, entry.error.message);
}

sp_status service_object_create(struct binding *binding, struct sp_error *error)
{
	struct sp_runtime *consumer = binding->table.consumer;
	struct making making = { .service = binding->service, .consumer = consumer->name };
	struct service_object *own = sp_calloc(1, sizeof *own);
	sp_status status = own ? make(&making, error) : SP_NO_MEMORY;

	if (status != SP_OK) {
		binding->service->refused = true;
		sp_free(own);
		return status;
	}
	own->entry = (struct sp_ledger_entry){ .kind = "object",
		.file = consumer->factory->component.file,
		.line = consumer->factory->component.line,
		.release = sweep };
	own->binding = binding;
	own->object = making.object;
	sp_ledger_add(consumer, &own->entry);
	binding->own = own;
	binding->table.object_at = service_object_at(binding->service);
	*(void **)(void *)((char *)&binding->table + binding->table.object_at) = own->object;
	return SP_OK;
}

void service_object_leave(struct binding *binding)
{
	struct sp_kernel *kernel;

	if (!binding->own->object) { /* the provider has ended */
		binding_free(binding);
		return;
	}
	kernel = binding->service->rt->kernel;
	list_remove(&binding->link);
	list_add(&kernel->objects_left, &binding->link);
	kernel_due(kernel);
}

static void release(struct binding *binding)
{
	struct service *service = binding->service;
	void *object = binding->own->object;
	struct entry entry;

	binding->own->object = NULL;
	sp_ledger_remove(&binding->own->entry);
	entry_enter(&entry, service->rt);
	service->each->release(service->self, object);
	entry_leave(&entry);
}

static void release_and_free(struct binding *binding)
{
	list_remove(&binding->link);
	release(binding);
	binding_free(binding);
}

/* What one consumer gave back may be enough for another that was refused. */
static void offer_again(struct service *service)
{
	const struct sp_runtime *provider = service->rt;

	if (!service->refused || !service->published || provider->withdrawn || provider->state == BODY_LEAVING)
		return;
	service->refused = false;
	sp_batch_begin(provider->kernel->graph);
	contract_changed(service->contract, false);
	sp_batch_end(provider->kernel->graph);
}

bool service_objects_release(struct sp_kernel *kernel, bool offered)
{
	bool any = !list_is_empty(&kernel->objects_left);

	while (!list_is_empty(&kernel->objects_left)) {
		struct binding *binding = container_of(kernel->objects_left.next, struct binding, link);
		struct service *service = binding->service;

		release_and_free(binding);
		if (offered)
			offer_again(service);
	}
	return any;
}

static struct binding *left_by(const struct sp_runtime *provider)
{
	struct binding *binding;

	list_each(binding, &provider->kernel->objects_left, link)
		if (binding->service->rt == provider)
			return binding;
	return NULL;
}

static struct binding *still_bound(const struct service *service)
{
	struct binding *binding;

	list_each(binding, &service->bindings, link)
		if (binding->own && binding->own->object)
			return binding;
	return NULL;
}

/* Begins anew after each: what release runs may change the lists. */
void service_objects_end(struct sp_runtime *provider)
{
	struct binding *binding;

	for (size_t i = 0; provider->services && i < provider->factory->provides.count; i++)
		while (provider->services[i].each && (binding = still_bound(&provider->services[i])) != NULL)
			release(binding);
	while ((binding = left_by(provider)) != NULL)
		release_and_free(binding);
}
