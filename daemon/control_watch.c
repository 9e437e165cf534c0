/*
 * control_watch.c: the watches of a connection.
 */
#include "control_watch.h"

#include <inttypes.h>

static size_t count(const struct watch_list *watches)
{
	const struct watch *watch = LIST_FIRST(watches);
	size_t number = 0;

	for (; watch; watch = LIST_NEXT(watch, place))
		number++;
	return number;
}

bool control_watch_allowed(struct exchange *exchange)
{
	const struct connection *connection = exchange_connection(exchange);
	int64_t most = connection_limits(connection)->watches;

	if (count(connection_watches(exchange_connection(exchange))) < (size_t)most)
		return true;
	exchange_fail(exchange, SP_CONFLICT, "a connection may have %" PRId64 " watches: end some, or open another",
		most);
	return false;
}

/* A number that no watch of the connection has: the latest stands first. */
static int64_t next_number(const struct watch_list *watches)
{
	return LIST_EMPTY(watches) ? 1 : LIST_FIRST(watches)->number + 1;
}

void control_watch_begin(struct exchange *exchange, struct watch *watch, void (*finish)(struct watch *watch))
{
	struct connection *connection = exchange_connection(exchange);
	struct watch_list *watches = connection_watches(connection);

	if (!watch) {
		exchange_fail(exchange, SP_NO_MEMORY, "out of memory");
		return;
	}
	watch->connection = connection;
	watch->number = next_number(watches);
	watch->finish = finish;
	LIST_INSERT_HEAD(watches, watch, place);
	exchange_succeed(exchange, json_pack("{s:I}", "watch", (json_int_t)watch->number));
}

void control_watch_end(struct exchange *exchange, int64_t number, void (*finish)(struct watch *watch))
{
	struct watch *watch = LIST_FIRST(connection_watches(exchange_connection(exchange)));

	while (watch && (watch->number != number || watch->finish != finish))
		watch = LIST_NEXT(watch, place);
	if (!watch) {
		exchange_fail(exchange, SP_NOT_FOUND, "this connection has no watch %lld", (long long)number);
		return;
	}
	LIST_REMOVE(watch, place);
	finish(watch);
	exchange_succeed(exchange, json_pack("{s:b}", "watching", 0));
}

void control_watches_finish(struct watch_list *watches)
{
	struct watch *watch;

	while ((watch = LIST_FIRST(watches)) != NULL) {
		LIST_REMOVE(watch, place);
		watch->finish(watch);
	}
}

void control_watches_each(const struct control *control, void (*finish)(struct watch *watch),
	void (*tell)(struct watch *watch))
{
	struct connection *connection = NULL;
	struct watch *watch;

	while ((connection = connection_next(control, connection)) != NULL) {
		LIST_FOREACH(watch, connection_watches(connection), place)
		{
			if (watch->finish == finish)
				tell(watch);
		}
	}
}
