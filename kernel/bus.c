/* bus.c: events and who is told of them. */
#include "bus.h"

#include <fnmatch.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "alloc.h"
#include "frame.h"

/* An event that waits for one subscriber, whose instance is being replaced. */
struct kept_event {
	struct list link;
	const char *handler; /* the row's name; the descriptor stays while its instance is held */
	struct bus_event *event;
};

static void deliver_all(struct sp_task *task);

void bus_init(struct sp_kernel *kernel)
{
	list_init(&kernel->bus.events);
	list_init(&kernel->bus.subscriptions);
	kernel->bus.task.run = deliver_all;
}

static void event_release(struct bus_event *event)
{
	if (--event->references)
		return;
	json_decref(event->data);
	sp_free(event);
}

void bus_finish(struct sp_kernel *kernel)
{
	struct sp_subscription *subscription;
	struct bus_event *event;

	list_each(event, &kernel->bus.events, link)
		event_release(event);
	list_init(&kernel->bus.events);
	list_each(subscription, &kernel->bus.subscriptions, link)
		sp_subscription_destroy(subscription);
}

static struct bus_event *event_create(struct sp_kernel *kernel, const char *source, const char *type, json_t *data)
{
	size_t type_size = strlen(type) + 1, source_size = strlen(source) + 1;
	struct bus_event *event = sp_calloc(1, sizeof *event + type_size + source_size);

	if (!event)
		return NULL;
	event->references = 1;
	event->data = data;
	event->event = (sp_event){ .struct_size = sizeof event->event, .type = event->text, .data = data,
		.source = event->text + type_size, .time_ms = kernel->ops->wall_time(kernel->loop) / 1000000 };
	memcpy(event->text, type, type_size);
	memcpy(event->text + type_size, source, source_size);
	return event;
}

static void want_delivery(struct sp_kernel *kernel)
{
	if (kernel->bus.queued || kernel->bus.delivering)
		return;
	kernel->bus.queued = true;
	kernel->ops->defer(kernel->loop, &kernel->bus.task);
}

sp_status bus_publish(struct sp_kernel *kernel, const char *source, const char *type, json_t *data)
{
	struct bus *bus = &kernel->bus;
	struct bus_event *event = NULL;

	if (!data)
		data = json_object();
	if (data && bus->count < BUS_MOST)
		event = event_create(kernel, source, type, data);
	if (!event) {
		json_decref(data);
		bus->dropped++;
		return bus->count < BUS_MOST ? SP_NO_MEMORY : SP_UNAVAILABLE;
	}
	event->number = ++bus->number;
	list_add(&bus->events, &event->link);
	bus->count++;
	want_delivery(kernel);
	return SP_OK;
}

static bool is_pattern(const char *text)
{
	return strpbrk(text, "*?[\\") != NULL;
}

static struct sp_subscription *subscription_new(struct sp_kernel *kernel, const char *pattern)
{
	struct sp_subscription *subscription = sp_calloc(1, sizeof *subscription + strlen(pattern) + 1);

	if (!subscription)
		return NULL;
	list_init(&subscription->link);
	subscription->kernel = kernel;
	subscription->exact = !is_pattern(pattern);
	subscription->pattern = subscription->text;
	memcpy(subscription->text, pattern, strlen(pattern) + 1);
	return subscription;
}

struct sp_subscription *subscription_create(struct sp_runtime *rt, const struct sp_subscribe *row)
{
	struct sp_subscription *subscription = subscription_new(rt->kernel, row->pattern);

	if (subscription) {
		subscription->rt = rt;
		subscription->row = row;
	}
	return subscription;
}

sp_subscription *sp_kernel_subscribe(
	sp_kernel *kernel, const char *pattern, void (*receive)(void *user, const sp_event *event), void *user)
{
	struct sp_subscription *subscription = subscription_new(kernel, pattern);

	if (!subscription)
		return NULL;
	subscription->receive = receive;
	subscription->user = user;
	bus_subscribe(subscription);
	return subscription;
}

void bus_subscribe(struct sp_subscription *subscription)
{
	struct bus *bus = &subscription->kernel->bus;

	subscription->since = bus->number;
	list_add(&bus->subscriptions, &subscription->link);
}

void bus_subscribe_instead(struct sp_subscription *subscription, struct sp_subscription *former)
{
	subscription->since = former->since;
	list_insert_before(&former->link, &subscription->link);
	list_remove(&former->link);
}

void sp_subscription_destroy(sp_subscription *subscription)
{
	if (!subscription)
		return;
	subscription->dead = true;
	if (subscription->kernel->bus.delivering)
		return; /* freed when the delivery is through */
	list_remove(&subscription->link);
	sp_free(subscription);
}

static bool wants(const struct sp_subscription *subscription, const struct bus_event *event)
{
	const char *type = event->event.type;

	if (subscription->dead || event->number <= subscription->since)
		return false;
	if (subscription->exact)
		return strcmp(subscription->pattern, type) == 0;
	return fnmatch(subscription->pattern, type, 0) == 0;
}

/* Runs one handler in a frame of its own; its failure is its own. */
static void hand_over(struct sp_runtime *rt, const struct sp_subscribe *row, const struct bus_event *event)
{
	struct entry entry;
	sp_status status;

	entry_enter(&entry, rt);
	status = frame_judge(&entry.frame, row->run(rt->self, &event->event));
	entry_leave(&entry);
	if (status < 0)
		kernel_log(rt->kernel, SP_ERROR, rt->name, "subscription %s failed on event %s: %s", row->row.name,
			event->event.type, entry.error.message);
}

/* R-PL-5 (c): events for an instance that is held are kept, and go to whoever serves afterwards. */
static void keep(struct instance *instance, const struct sp_subscribe *row, struct bus_event *event)
{
	struct kept_event *kept = sp_malloc(sizeof *kept);

	if (!kept) {
		instance->kernel->bus.dropped++;
		kernel_log(instance->kernel, SP_ERROR, instance->name, "event %s lost: out of memory", event->event.type);
		return;
	}
	event->references++;
	*kept = (struct kept_event){ .handler = row->row.name, .event = event };
	list_add(&instance->kept_events, &kept->link);
}

static void deliver_to(struct sp_subscription *subscription, struct bus_event *event)
{
	struct sp_runtime *rt = subscription->rt;

	if (!rt)
		subscription->receive(subscription->user, &event->event);
	else if (rt->instance && rt->instance->held)
		keep(rt->instance, subscription->row, event);
	else
		hand_over(rt, subscription->row, event);
}

/* Subscriptions made meanwhile stand behind and are newer than the event; those that ended are only marked. */
static void deliver(struct bus *bus, struct bus_event *event)
{
	for (struct list *at = bus->subscriptions.next; at != &bus->subscriptions; at = at->next) {
		struct sp_subscription *subscription = container_of(at, struct sp_subscription, link);

		if (wants(subscription, event))
			deliver_to(subscription, event);
	}
}

static void bury(struct bus *bus)
{
	struct sp_subscription *subscription;

	list_each(subscription, &bus->subscriptions, link)
		if (subscription->dead) {
			list_remove(&subscription->link);
			sp_free(subscription);
		}
}

static void deliver_all(struct sp_task *task)
{
	struct sp_kernel *kernel = container_of(task, struct sp_kernel, bus.task);
	struct bus *bus = &kernel->bus;
	size_t round = bus->count; /* what comes meanwhile waits for the next turn of the loop */

	bus->queued = false;
	bus->delivering = true;
	while (round-- && !list_is_empty(&bus->events)) {
		struct bus_event *event = container_of(bus->events.next, struct bus_event, link);

		list_remove(&event->link);
		bus->count--;
		deliver(bus, event);
		event_release(event);
	}
	bus->delivering = false;
	bury(bus);
	if (bus->count)
		want_delivery(kernel);
}

/* The row of that name in the version that serves now; NULL when it has none. */
static const struct sp_subscribe *row_named(const struct sp_runtime *rt, const char *name)
{
	factory_each(plan, rt->factory->subscribes, const struct subscribe_plan)
		if (strcmp(plan->row.row.name, name) == 0)
			return &plan->row;
	return NULL;
}

void bus_deliver_kept(struct instance *instance)
{
	struct kept_event *kept;

	list_each(kept, &instance->kept_events, link) {
		struct sp_runtime *rt = instance->body;
		const struct sp_subscribe *row = rt ? row_named(rt, kept->handler) : NULL;

		list_remove(&kept->link);
		if (row)
			hand_over(rt, row, kept->event);
		event_release(kept->event);
		sp_free(kept);
	}
}

sp_status sp_kernel_publish(sp_kernel *kernel, const char *type, json_t *data)
{
	return bus_publish(kernel, "", type, data);
}

/* An event from another thread on its way to the loop. */
struct posted_event {
	struct sp_task task;
	struct sp_kernel *kernel;
	json_t *data;
	char source[32];
	char type[];
};

static void publish_posted(struct sp_task *task)
{
	struct posted_event *posted = container_of(task, struct posted_event, task);

	bus_publish(posted->kernel, posted->source, posted->type, posted->data);
	sp_free(posted);
}

static sp_status post_event(sp_runtime *rt, const char *type, json_t *data)
{
	struct posted_event *posted = sp_malloc(sizeof *posted + strlen(type) + 1);

	if (!posted) {
		json_decref(data);
		return SP_NO_MEMORY;
	}
	*posted = (struct posted_event){ .task.run = publish_posted, .kernel = rt->kernel, .data = data };
	snprintf(posted->source, sizeof posted->source, "%s", rt->name);
	memcpy(posted->type, type, strlen(type) + 1);
	rt->kernel->ops->post(rt->kernel->loop, &posted->task);
	return SP_OK;
}

sp_status sp_publish(sp_runtime *rt, const char *type, json_t *data)
{
	if (pthread_equal(pthread_self(), rt->kernel->thread))
		return bus_publish(rt->kernel, rt->name, type, data);
	return post_event(rt, type, data);
}
