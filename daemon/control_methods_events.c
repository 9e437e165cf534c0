/*
 * control_methods_events.c: the methods event.*: publishing, and watches that tell of what is published.
 */
#include "control_methods.h"
#include "control_watch.h"

#include <signalpy/record.h>
#include <stdlib.h>

SP_RECORD(event_published, (string, type, .required = true, .min_length = 1, .about = "the event's type"),
	(any, data, .about = "what it carries; an empty object when absent"));
SP_RECORD(event_watched, (string, pattern, .otherwise = "*", .about = "which types, as a shell's pattern"));
SP_RECORD(event_unwatched, (integer, watch, .required = true, .about = "the number event.watch answered"));

/* The watch comes first: it is the other's address. */
struct event_watch {
	struct watch watch;
	sp_subscription *subscription;
};

static void event_publish(struct exchange *exchange, const void *params)
{
	const struct event_published *in = params;
	sp_status status =
		sp_kernel_publish(exchange_control(exchange)->options.kernel, in->type, json_incref(in->data));

	if (status == SP_OK)
		exchange_succeed(exchange, json_pack("{s:b}", "published", 1));
	else
		exchange_fail(exchange, status, "the event %s was not published: %s", in->type,
			status == SP_UNAVAILABLE ? "the queue is full" : sp_status_word(status));
}

static void tell(void *user, const sp_event *event)
{
	const struct watch *watch = &((const struct event_watch *)user)->watch;
	struct text *out = connection_begin_line(watch->connection);
	json_t *params;

	if (!out)
		return;
	params = json_pack("{s:I, s:s, s:O?, s:s?, s:I, s:s*}", "watch", (json_int_t)watch->number, "type", event->type,
		"data", event->data, "source", event->source, "time_ms", (json_int_t)event->time_ms, "trace_id",
		event->trace_id);
	jsonrpc_add_notification(out, "event", params);
	connection_end_line(watch->connection);
	json_decref(params);
}

static void finish(struct watch *watch)
{
	struct event_watch *events = (struct event_watch *)watch;

	sp_subscription_destroy(events->subscription);
	free(events);
}

static struct watch *watch_create(sp_kernel *kernel, const char *pattern)
{
	struct event_watch *events = calloc(1, sizeof *events);

	if (!events)
		return NULL;
	events->subscription = sp_kernel_subscribe(kernel, pattern, tell, events);
	if (events->subscription)
		return &events->watch;
	free(events);
	return NULL;
}

static void event_watch(struct exchange *exchange, const void *params)
{
	const struct event_watched *in = params;

	if (control_watch_allowed(exchange))
		control_watch_begin(exchange, watch_create(exchange_control(exchange)->options.kernel, in->pattern),
			finish);
}

static void event_unwatch(struct exchange *exchange, const void *params)
{
	const struct event_unwatched *in = params;

	control_watch_end(exchange, in->watch, finish);
}

const struct control_method control_methods_events[] = {
	{ "event.publish", PEER_MAY_ALL, "Publishes an event", &event_published_record, "object", event_publish, NULL },
	{ "event.watch", PEER_MAY_CALL, "Sends a notification \"event\" for each event that matches",
		&event_watched_record, "object", event_watch, NULL },
	{ "event.unwatch", PEER_MAY_CALL, "Ends a watch", &event_unwatched_record, "object", event_unwatch, NULL },
	{ 0 },
};
