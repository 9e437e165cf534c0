/* children.c: instances that code spawns, and how they go with, or before, whoever spawned them. */
#include "children.h"

#include <string.h>

#include "alloc.h"
#include "instances_configured.h"
#include "lifecycle.h"

/* Components that spawn each other without end would hold the loop for ever. */
enum { GENERATIONS_MOST = 16 };

/* The body that serves while rt is prepared to replace it; NULL otherwise. */
static struct sp_runtime *former_of(const struct sp_runtime *rt)
{
	return rt->replacement && rt->state == BODY_PREPARED ? rt->instance->body : NULL;
}

static struct child *child_named(const struct sp_runtime *holder, const char *name)
{
	struct child *child;

	list_each(child, &holder->children, link)
		if (!child->instance->removed && strcmp(child->instance->name, name) == 0)
			return child;
	return NULL;
}

/* R-PL-10: one's own plugin's components, prepared or not, come first. */
static struct factory *factory_seen_by(const struct sp_runtime *rt, const char *component)
{
	const struct sp_plugin_handle *plugin = rt->factory->plugin;
	struct table_link *link;

	for (size_t i = 0; i < plugin->factory_count; i++)
		if (strcmp(plugin->factories[i]->name, component) == 0)
			return plugin->factories[i];
	link = table_find(&rt->kernel->factories, component, strlen(component));
	return link ? container_of(link, struct factory, link) : NULL;
}

static bool has_generations(const struct sp_runtime *rt, unsigned most)
{
	const struct instance *instance = rt->instance;

	for (unsigned count = 0; count < most; count++)
		if (!instance || !(instance = child_parent(instance)))
			return false;
	return true;
}

static bool may_spawn(const struct sp_runtime *rt)
{
	const struct instance *instance = rt->instance;

	if (!instance || instance->removed || instance->failed || rt->withdrawn)
		return false;
	return rt->state != BODY_LEAVING && rt->kernel->state < SP_KERNEL_DRAINING;
}

static void restart_is_due(void *user)
{
	const struct child *child = user;

	if (child->holder)
		body_due(child->holder);
}

/* The holder ends, its children have gone or were never active. */
static void release_child(struct sp_ledger_entry *entry)
{
	struct child *child = container_of(entry, struct child, ledger);

	list_remove(&child->link);
	child->holder = NULL;
	if (!child->instance->removed)
		instance_remove(child->instance);
}

static struct child *child_create(struct sp_kernel *kernel, const struct sp_child *order)
{
	const char *file = order->file ? order->file : "";
	struct child *child = sp_calloc(1, sizeof *child + strlen(file) + 1);

	if (!child)
		return NULL;
	memcpy(child->file, file, strlen(file) + 1);
	child->ledger = (struct sp_ledger_entry){ .kind = "child",
		.file = child->file,
		.line = order->line,
		.release = release_child };
	child->ledger.previous = child->ledger.next = &child->ledger;
	list_init(&child->link);
	child->timer = kernel->ops->timer_create(kernel->loop, restart_is_due, child);
	if (child->timer)
		return child;
	sp_free(child);
	return NULL;
}

void child_destroy(struct child *child)
{
	if (!child)
		return;
	sp_ledger_remove(&child->ledger);
	list_remove(&child->link);
	if (child->holder) {
		child->holder->restarting -= child->phase != CHILD_RUNS;
		body_due(child->holder);
	}
	child->instance->kernel->ops->timer_destroy(child->timer);
	sp_free(child);
}

static sp_status make_child(struct sp_runtime *rt, const struct sp_child *order, struct factory *factory,
	struct sp_error *error)
{
	const struct instance_options options = { order->name, order->properties, INSTANCE_BY_PARENT };
	struct child *child = child_create(rt->kernel, order);
	struct instance *instance = child ? instance_create(factory, &options, error) : NULL;

	if (!child)
		return sp_error_set(error, SP_NO_MEMORY, "out of memory");
	if (!instance) {
		rt->kernel->ops->timer_destroy(child->timer);
		sp_free(child);
		return error->code;
	}
	instance->child = child;
	child->instance = instance;
	child->holder = rt;
	list_add(&rt->children, &child->link);
	sp_ledger_add(rt, &child->ledger);
	return SP_OK;
}

/* One that is there already stays as it is, also that of the version which is being replaced (R-PL-10). SP_NOT_FOUND
 * when there is none. */
static sp_status find_there(const struct sp_runtime *rt, const struct sp_child *order, struct sp_error *error)
{
	const struct sp_runtime *former = former_of(rt);
	const struct child *child = child_named(rt, order->name);
	const char *component;

	if (!child && former)
		child = child_named(former, order->name);
	if (!child)
		return SP_NOT_FOUND;
	component = child->instance->factory->name;
	if (strcmp(component, order->component) == 0)
		return SP_OK;
	return sp_error_set(error, SP_CONFLICT,
		"cannot spawn %s of component %s: there is a child of that name, of component %s", order->name,
		order->component, component);
}

/* A name that the configuration has given away is not free while that instance's component is awaited. */
static sp_status check_free(const struct sp_runtime *rt, const struct sp_child *order, struct sp_error *error)
{
	struct wish wish;

	if (!wish_read(rt->kernel->configuration, order->name, &wish) || !wish.component)
		return SP_OK;
	return sp_error_set(error, SP_CONFLICT,
		"cannot spawn %s: the configuration asks for an instance of that name, of component %s", order->name,
		wish.component);
}

static sp_status spawn(struct sp_runtime *rt, const struct sp_child *order, struct sp_error *error)
{
	struct factory *factory;
	sp_status status;

	if (!may_spawn(rt))
		return sp_error_set(error, SP_GONE, "cannot spawn %s: %s is about to stop", order->name, rt->name);
	if (order->properties && !json_is_object(order->properties))
		return sp_error_set(error, SP_INVALID, "cannot spawn %s: its properties are not an object",
			order->name);
	status = find_there(rt, order, error);
	if (status != SP_NOT_FOUND)
		return status;
	if (has_generations(rt, GENERATIONS_MOST))
		return sp_error_set(error, SP_CONFLICT,
			"cannot spawn %s: %d generations stand above %s already; does a component spawn itself?",
			order->name, GENERATIONS_MOST, rt->name);
	status = check_free(rt, order, error);
	if (status != SP_OK)
		return status;
	factory = factory_seen_by(rt, order->component);
	if (!factory)
		return sp_error_set(error, SP_NOT_FOUND, "cannot spawn %s: there is no component %s", order->name,
			order->component);
	return make_child(rt, order, factory, error);
}

sp_status sp_runtime_spawn(sp_runtime *rt, const struct sp_child *order)
{
	struct sp_error error = { 0 };
	sp_status status = spawn(rt, order, &error);

	json_decref(order->properties);
	return status == SP_OK ? SP_OK : sp_runtime_fail(rt, status, "%s", error.message);
}

sp_status sp_stop_child(sp_runtime *rt, const char *name)
{
	const struct child *child = child_named(rt, name);

	if (!child)
		return sp_runtime_fail(rt, SP_NOT_FOUND, "%s has no child %s", rt->name, name);
	instance_remove(child->instance);
	return SP_OK;
}

bool child_may_activate(const struct instance *instance)
{
	const struct child *child = instance->child;
	const struct sp_runtime *holder = child ? child->holder : NULL;

	if (!child)
		return true;
	if (!holder || !holder->instance || holder->instance->body != holder || holder->instance->failed)
		return false;
	return holder->state == BODY_ACTIVE && !holder->withdrawn && child->phase == CHILD_RUNS && !child->undecided;
}

const struct instance *child_parent(const struct instance *instance)
{
	return instance->child && instance->child->holder ? instance->child->holder->instance : NULL;
}

void children_due(struct sp_runtime *rt)
{
	struct child *child;

	list_each(child, &rt->children, link)
		instance_due(child->instance);
}

void children_again(struct sp_runtime *rt)
{
	struct child *child;

	list_each(child, &rt->children, link)
		if (child->undecided)
			instance_due(child->instance);
}

bool children_leave(struct sp_runtime *rt)
{
	struct child *latest;

	if (list_is_empty(&rt->children))
		return false;
	latest = container_of(rt->children.previous, struct child, link);
	if (!latest->instance->removed)
		instance_remove(latest->instance);
	return true;
}

bool children_act(const struct sp_runtime *rt)
{
	const struct child *child;

	list_each(child, &rt->children, link)
		if (child->instance->body)
			return true;
	return false;
}

void children_pass(struct sp_runtime *former, struct sp_runtime *next)
{
	struct list *place = next->children.next;
	struct child *child;

	list_each(child, &former->children, link) {
		list_remove(&child->link);
		list_insert_before(place, &child->link);
		sp_ledger_remove(&child->ledger);
		sp_ledger_add(next, &child->ledger);
		child->holder = next;
		child->undecided = child->instance->state == INSTANCE_ERRORED;
	}
	next->restarting += former->restarting;
	former->restarting = 0;
	children_due(next);
}
