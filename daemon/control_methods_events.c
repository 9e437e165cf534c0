/*
 * control_methods_events.c: the methods event.*: publishing, and watches that tell of what is published.
 */
#include "control_methods.h"

#include <signalpy/record.h>
#include <stdlib.h>

enum { WATCHES_MAX = 64 };

SP_RECORD(event_published, (string, type, .required = true, .min_length = 1, .about = "the event's type"),
	(any, data, .about = "what it carries; an empty object when absent"));
SP_RECORD(event_watched, (string, pattern, .otherwise = "*", .about = "which types, as a shell's pattern"));
SP_RECORD(event_unwatched, (integer, watch, .required = true, .about = "the number event.watch answered"));

struct watch {
	LIST_ENTRY(watch) place;
	struct connection *connection;
	sp_subscription *subscription;
	int64_t number; /* of the watches of its connection */
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
	const struct watch *watch = user;
	struct text *out = connection_begin_line(watch->connection);
	json_t *params;

	if (!out)
		return;
	params = json_pack("{s:I, s:s, s:O?, s:s?, s:I}", "watch", (json_int_t)watch->number, "type", event->type,
		"data", event->data, "source", event->source, "time_ms", (json_int_t)event->time_ms);
	jsonrpc_add_notification(out, "event", params);
	connection_end_line(watch->connection);
	json_decref(params);
}

static void watch_destroy(struct watch *watch)
{
	LIST_REMOVE(watch, place);
	sp_subscription_destroy(watch->subscription);
	free(watch);
}

void control_watches_finish(struct watch_list *watches)
{
	struct watch *watch, *next;

	for (watch = LIST_FIRST(watches); watch; watch = next) {
		next = LIST_NEXT(watch, place);
		watch_destroy(watch);
	}
}

static size_t count(const struct watch_list *watches)
{
	const struct watch *watch = LIST_FIRST(watches);
	size_t number = 0;

	for (; watch; watch = LIST_NEXT(watch, place))
		number++;
	return number;
}

/* A number that no watch of the connection has: the latest stands first. */
static int64_t next_number(const struct watch_list *watches)
{
	return LIST_EMPTY(watches) ? 1 : LIST_FIRST(watches)->number + 1;
}

static struct watch *watch_create(struct connection *connection, const char *pattern)
{
	struct watch *watch = calloc(1, sizeof *watch);

	if (!watch)
		return NULL;
	watch->connection = connection;
	watch->number = next_number(connection_watches(connection));
	watch->subscription = sp_kernel_subscribe(connection_control(connection)->options.kernel, pattern, tell, watch);
	if (!watch->subscription) {
		free(watch);
		return NULL;
	}
	LIST_INSERT_HEAD(connection_watches(connection), watch, place);
	return watch;
}

static void event_watch(struct exchange *exchange, const void *params)
{
	struct connection *connection = exchange_connection(exchange);
	const struct event_watched *in = params;
	const struct watch *watch;

	if (count(connection_watches(connection)) >= WATCHES_MAX) {
		exchange_fail(exchange, SP_CONFLICT, "a connection may have %d watches: end some, or open another",
			WATCHES_MAX);
		return;
	}
	watch = watch_create(connection, in->pattern);
	if (watch)
		exchange_succeed(exchange, json_pack("{s:I}", "watch", (json_int_t)watch->number));
	else
		exchange_fail(exchange, SP_NO_MEMORY, "out of memory");
}

static void event_unwatch(struct exchange *exchange, const void *params)
{
	const struct event_unwatched *in = params;
	struct watch *watch = LIST_FIRST(connection_watches(exchange_connection(exchange)));

	while (watch && watch->number != in->watch)
		watch = LIST_NEXT(watch, place);
	if (!watch) {
		exchange_fail(exchange, SP_NOT_FOUND, "this connection has no watch %lld", (long long)in->watch);
		return;
	}
	watch_destroy(watch);
	exchange_succeed(exchange, json_pack("{s:b}", "watching", 0));
}

const struct control_method control_methods_events[] = {
	{ "event.publish", PEER_MAY_ALL, "Publishes an event", &event_published_record, "object", event_publish, NULL },
	{ "event.watch", PEER_MAY_CALL, "Sends a notification \"event\" for each event that matches",
		&event_watched_record, "object", event_watch, NULL },
	{ "event.unwatch", PEER_MAY_CALL, "Ends a watch", &event_unwatched_record, "object", event_unwatch, NULL },
	{ 0 },
};
