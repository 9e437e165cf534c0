/* bus.c: events and who is told of them. */
#include "bus.h"

#include <fnmatch.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "alloc.h"
#include "dead_letter.h"
#include "frame.h"
#include "policy.h"
#include "supervisor.h"

enum { TOLD_MOST = 1000 }; /* events of the kernel's own that wait before it holds on */

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
	dead_letters_init(kernel);
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
	dead_letters_finish(kernel);
	list_each(subscription, &kernel->bus.subscriptions, link)
		sp_subscription_destroy(subscription);
}

/* Of the call that publishes, maybe from another thread. */
static bool find_trace(const struct bus *bus, char ret_id[static TRACE_ID_SIZE])
{
	if (!bus->trace)
		return sp_trace_id(ret_id);
	memcpy(ret_id, bus->trace, TRACE_ID_SIZE);
	return *ret_id;
}

/* The texts of an event lie behind it: type, source, target. */
static struct bus_event *event_create(struct sp_kernel *kernel, const char *const texts[static 3], json_t *data)
{
	size_t sizes[3], total = 0;
	struct bus_event *event;
	char *places[3], *at;

	for (size_t i = 0; i < 3; i++)
		total += sizes[i] = strlen(texts[i]) + 1;
	event = sp_calloc(1, sizeof *event + total);
	if (!event)
		return NULL;
	at = event->text;
	for (size_t i = 0; i < 3; at += sizes[i++])
		places[i] = memcpy(at, texts[i], sizes[i]);
	event->references = 1;
	event->data = data;
	event->target = *places[2] ? places[2] : NULL;
	event->event = (sp_event){ .struct_size = sizeof event->event,
		.type = places[0],
		.data = data,
		.source = places[1],
		.time_ms = kernel->ops->wall_time(kernel->loop) / 1000000 };
	if (find_trace(&kernel->bus, event->trace_id))
		event->event.trace_id = event->trace_id;
	return event;
}

static void want_delivery(struct sp_kernel *kernel)
{
	if (kernel->bus.queued || kernel->bus.delivering)
		return;
	kernel->bus.queued = true;
	kernel->ops->defer(kernel->loop, &kernel->bus.task);
}

/* texts: type, source, target; beside as in the event. */
static sp_status enqueue(struct sp_kernel *kernel, const char *const texts[static 3], json_t *data, size_t *beside)
{
	struct bus *bus = &kernel->bus;
	struct bus_event *event = data ? event_create(kernel, texts, data) : NULL;

	if (!event) {
		json_decref(data);
		bus->dropped++;
		return SP_NO_MEMORY;
	}
	event->number = ++bus->number;
	event->beside = beside;
	list_add(&bus->events, &event->link);
	bus->count++;
	if (beside)
		++*beside;
	want_delivery(kernel);
	return SP_OK;
}

static bool is_full(const struct bus *bus)
{
	return bus->count - bus->envelopes - bus->told >= BUS_MOST;
}

/* R-BUS-3: what is not delivered becomes a dead letter. Steals its data. */
static sp_status refuse(struct sp_kernel *kernel, const struct dead_letter_facts *facts, sp_status status)
{
	kernel->bus.dropped++;
	dead_letter_add(kernel, facts);
	json_decref(facts->data);
	return status;
}

sp_status bus_publish(struct sp_kernel *kernel, const char *source, const char *type, json_t *data)
{
	struct dead_letter_facts facts = { .target = source, .type = type, .source = source };

	facts.data = data ? data : json_object();
	if (!policy_allows(kernel, source, type)) {
		facts.reason = DEAD_DENIED;
		facts.error = "the policy of the instance does not allow it";
		return refuse(kernel, &facts, SP_FORBIDDEN);
	}
	if (is_full(&kernel->bus)) {
		facts.reason = DEAD_OVERFLOW;
		facts.error = "the queue of events is full";
		return refuse(kernel, &facts, SP_UNAVAILABLE);
	}
	return enqueue(kernel, (const char *const[3]){ type, source, "" }, facts.data, NULL);
}

void bus_tell(struct sp_kernel *kernel, const char *type, json_t *data)
{
	if (enqueue(kernel, (const char *const[3]){ type, "", "" }, data, &kernel->bus.told) != SP_OK)
		kernel_log(kernel, SP_ERROR, NULL, "an event was lost, %s: out of memory", type);
}

bool bus_is_behind(const struct sp_kernel *kernel)
{
	return kernel->bus.told >= TOLD_MOST;
}

void bus_publish_envelope(struct sp_kernel *kernel, json_t *data)
{
	struct bus *bus = &kernel->bus;

	if (bus->envelopes >= BUS_MOST) {
		bus->dropped++;
		json_decref(data);
	} else {
		enqueue(kernel, (const char *const[3]){ DEAD_LETTER_TYPE, "", "" }, data, &bus->envelopes);
	}
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

sp_subscription *sp_kernel_subscribe(sp_kernel *kernel, const char *pattern,
	void (*receive)(void *user, const sp_event *event), void *user)
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

static void target_of(const struct sp_runtime *rt, const struct sp_subscribe *row, char target[static 80])
{
	snprintf(target, 80, "%s.%s", rt->name, row->row.name);
}

static bool is_target(const struct sp_subscription *subscription, const char *target)
{
	char own[80];

	if (subscription->dead || !subscription->rt)
		return false;
	target_of(subscription->rt, subscription->row, own);
	return strcmp(target, own) == 0;
}

static bool has_target(const struct sp_kernel *kernel, const char *target)
{
	struct sp_subscription *subscription;

	list_each(subscription, &kernel->bus.subscriptions, link)
		if (is_target(subscription, target))
			return true;
	return false;
}

sp_status bus_publish_again(struct sp_kernel *kernel, const char *const texts[static 3], json_t *data)
{
	bool one = strchr(texts[2], '.') != NULL;
	sp_status status = SP_OK;

	if (one && !has_target(kernel, texts[2]))
		status = SP_NOT_FOUND;
	else if (is_full(&kernel->bus))
		status = SP_UNAVAILABLE;
	if (status == SP_OK)
		return enqueue(kernel, (const char *const[3]){ texts[0], texts[1], one ? texts[2] : "" }, data, NULL);
	json_decref(data);
	return status;
}

static bool wants(const struct sp_subscription *subscription, const struct bus_event *event)
{
	const char *type = event->event.type;

	if (subscription->dead || event->number <= subscription->since)
		return false;
	if (event->target)
		return is_target(subscription, event->target);
	if (subscription->exact)
		return strcmp(subscription->pattern, type) == 0;
	return fnmatch(subscription->pattern, type, 0) == 0;
}

static void add_dead_letter(struct sp_kernel *kernel, const char *target, const struct bus_event *event,
	const struct sp_error *error)
{
	const struct dead_letter_facts facts = { .target = target,
		.type = event->event.type,
		.source = event->event.source,
		.data = event->data,
		.reason = error->code == SP_TIMEOUT ? DEAD_TIMEOUT : DEAD_HANDLER_ERROR,
		.error = error->message };

	dead_letter_add(kernel, &facts);
}

static void tell_failure(struct sp_runtime *rt, const struct sp_subscribe *row, const struct bus_event *event,
	const struct sp_error *error)
{
	char target[80];

	target_of(rt, row, target);
	kernel_log(rt->kernel, SP_ERROR, rt->name, "subscription %s failed on event %s: %s", row->row.name,
		event->event.type, error->message);
	add_dead_letter(rt->kernel, target, event, error);
	supervisor_note_failure(rt, error);
}

/* Runs one handler in a frame of its own; its failure is its own. */
static void hand_over(struct sp_runtime *rt, const struct sp_subscribe *row, const struct bus_event *event)
{
	struct entry entry;
	sp_status status;

	entry_enter(&entry, rt);
	entry.frame.row = &row->row;
	status = frame_judge(&entry.frame, row->run(rt->self, &event->event));
	entry_leave(&entry);
	if (status < 0)
		tell_failure(rt, row, event, &entry.error);
}

/* R-PL-5 (c): events for an instance that is held are kept, and go to whoever serves afterwards. Where memory does not
 * suffice, they go to the version that serves now, which has yet to hand over its state; in order. */
static void keep(struct instance *instance, const struct sp_subscribe *row, struct bus_event *event)
{
	struct kept_event *kept = sp_malloc(sizeof *kept);

	if (!kept) {
		bus_deliver_kept(instance);
		hand_over(instance->body, row, event);
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

static bool is_envelope(const struct bus_event *event)
{
	return strcmp(event->event.type, DEAD_LETTER_TYPE) == 0;
}

/* R-BUS-3: what goes wrong while an envelope is handled makes no other, or there would be no end. Answers what was
 * before. */
static bool mute(struct bus *bus, const struct bus_event *event)
{
	bool before = bus->muted;

	bus->muted = before || is_envelope(event);
	return before;
}

/* Subscriptions made meanwhile stand behind and are newer than the event; those that ended are only marked. */
static size_t deliver(struct bus *bus, struct bus_event *event)
{
	bool muted = mute(bus, event);
	size_t told = 0;

	for (struct list *at = bus->subscriptions.next; at != &bus->subscriptions; at = at->next) {
		struct sp_subscription *subscription = container_of(at, struct sp_subscription, link);

		if (!wants(subscription, event))
			continue;
		deliver_to(subscription, event);
		told++;
	}
	bus->muted = muted;
	return told;
}

/* An event that was replayed to a subscriber who went before it came is a dead letter again. */
static void return_to_sender(struct sp_kernel *kernel, const struct bus_event *event)
{
	struct sp_error error;

	sp_error_set(&error, SP_FAILED, "it had gone when the event was replayed");
	add_dead_letter(kernel, event->target, event, &error);
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
		if (event->beside)
			--*event->beside;
		if (!deliver(bus, event) && event->target)
			return_to_sender(kernel, event);
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

/* R-BUS-3: what was kept for a subscription that the version serving now has not is told, and can be replayed when one
 * has it again. */
static void return_kept(struct instance *instance, const struct kept_event *kept)
{
	struct sp_error error;
	char target[80];

	snprintf(target, sizeof target, "%s.%s", instance->name, kept->handler);
	sp_error_set(&error, SP_FAILED, "the version that took over has no such subscription");
	if (!instance->body)
		sp_error_set(&error, SP_FAILED, "the instance ended before the event was delivered");
	add_dead_letter(instance->kernel, target, kept->event, &error);
}

void bus_deliver_kept(struct instance *instance)
{
	struct kept_event *kept;

	list_each(kept, &instance->kept_events, link) {
		struct sp_runtime *rt = instance->body;
		const struct sp_subscribe *row = rt ? row_named(rt, kept->handler) : NULL;
		bool muted = mute(&instance->kernel->bus, kept->event);

		list_remove(&kept->link);
		if (row)
			hand_over(rt, row, kept->event);
		else
			return_kept(instance, kept);
		instance->kernel->bus.muted = muted;
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
	char trace[TRACE_ID_SIZE]; /* of the call that the thread runs; "": none */
	char source[32];
	char type[];
};

static void publish_posted(struct sp_task *task)
{
	struct posted_event *posted = container_of(task, struct posted_event, task);

	posted->kernel->bus.trace = posted->trace;
	bus_publish(posted->kernel, posted->source, posted->type, posted->data);
	posted->kernel->bus.trace = NULL;
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
	(void)sp_trace_id(posted->trace);
	rt->kernel->ops->post(rt->kernel->loop, &posted->task);
	return SP_OK;
}

sp_status sp_publish(sp_runtime *rt, const char *type, json_t *data)
{
	if (pthread_equal(pthread_self(), rt->kernel->thread))
		return bus_publish(rt->kernel, rt->name, type, data);
	return post_event(rt, type, data);
}
