/*
 * control_watch.h: a watch is what a connection is told of until it ends it, or ends itself. Watches of every kind are
 * numbered together.
 */
#ifndef DAEMON_CONTROL_WATCH_H
#define DAEMON_CONTROL_WATCH_H

#include "control_exchange.h"

/* Part of what a method keeps of its watch. finish ends it and frees that; it tells the kinds apart, too. */
struct watch {
	LIST_ENTRY(watch) place;
	struct connection *connection;
	int64_t number; /* of the watches of its connection */
	void (*finish)(struct watch *watch);
};

/* Whether the connection may have one more watch; if not, the exchange has been answered. */
bool control_watch_allowed(struct exchange *exchange);

/* Numbers a watch, enters it with its connection and answers the exchange with the number; a watch of NULL: memory ran
 * out. */
void control_watch_begin(struct exchange *exchange, struct watch *watch, void (*finish)(struct watch *watch));

/* Ends the watch of that number and kind, and answers the exchange. */
void control_watch_end(struct exchange *exchange, int64_t number, void (*finish)(struct watch *watch));

/* Calls tell for each watch of that kind. */
void control_watches_each(const struct control *control, void (*finish)(struct watch *watch),
	void (*tell)(struct watch *watch));

/* Ends the watches of a connection that ends. */
void control_watches_finish(struct watch_list *watches);

#endif
