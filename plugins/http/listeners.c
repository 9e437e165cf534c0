/* listeners.c: changes the addresses listened on without a moment in which one that stays is not. */
#include "listeners.h"

#include <stdlib.h>
#include <string.h>

static struct http_listener *find(const struct http_listeners *listeners, const char *address)
{
	size_t i;

	for (i = 0; i < listeners->count; i++) {
		if (strcmp(listeners->items[i].address, address) == 0)
			return &listeners->items[i];
	}
	return NULL;
}

/* Makes room for one more. */
static sp_status grow(struct http_listeners *listeners)
{
	struct http_listener *items = realloc(listeners->items, (listeners->count + 1) * sizeof *items);
	const char **addresses;

	if (!items)
		return SP_NO_MEMORY;
	listeners->items = items;
	addresses = realloc(listeners->addresses, (listeners->count + 1) * sizeof *addresses);
	if (!addresses)
		return SP_NO_MEMORY;
	listeners->addresses = addresses;
	return SP_OK;
}

static sp_status add(struct http_listeners *listeners, const char *address, struct sp_error *error)
{
	const struct sp_loop *loop = listeners->loop;
	struct http_listener *item;
	struct sp_listener *listener;
	sp_status status = grow(listeners);
	char *copy = strdup(address);

	if (status != SP_OK || !copy) {
		free(copy);
		return sp_error_set(error, SP_NO_MEMORY, "no memory to listen on %s", address);
	}
	status = sp_here(loop)->listen(loop, address, &(struct sp_acceptor){ listeners->accept, listeners->user },
		&listener, error);
	if (status != SP_OK) {
		free(copy);
		return status;
	}
	item = &listeners->items[listeners->count];
	item->address = copy;
	item->listener = listener;
	item->wanted = true;
	listeners->addresses[listeners->count] = loop->listener_address(loop, listener);
	listeners->count++;
	return SP_OK;
}

static void drop(struct http_listeners *listeners, size_t at)
{
	struct http_listener *item = &listeners->items[at];
	size_t behind = listeners->count - at - 1;

	listeners->loop->unlisten(listeners->loop, item->listener);
	free(item->address);
	memmove(item, item + 1, behind * sizeof *item);
	memmove(listeners->addresses + at, listeners->addresses + at + 1, behind * sizeof *listeners->addresses);
	listeners->count--;
}

/* One address of the wish. A default that this machine has not, such as IPv6, is only told. */
static sp_status want(struct http_listeners *listeners, const char *address, bool is_default,
	const struct sp_logger *log, struct sp_error *error)
{
	struct http_listener *item = find(listeners, address);
	sp_status status;

	if (item) {
		item->wanted = true;
		return SP_OK;
	}
	status = add(listeners, address, error);
	if (status == SP_OK)
		return sp_log(log, SP_INFO, "listening on %s", listeners->addresses[listeners->count - 1]);
	if (!is_default || status == SP_CONFLICT || status == SP_NO_MEMORY)
		return status;
	return sp_log(log, SP_WARNING, "not listening on %s: %s", address, error->message);
}

static void drop_unwanted(struct http_listeners *listeners, const struct sp_logger *log)
{
	size_t i = listeners->count;

	while (i--) {
		if (listeners->items[i].wanted)
			continue;
		sp_log(log, SP_INFO, "no longer listening on %s", listeners->addresses[i]);
		drop(listeners, i);
	}
}

sp_status http_listeners_change(struct http_listeners *listeners, struct http_wish wish, const struct sp_logger *log,
	struct sp_error *error)
{
	struct sp_error why = { .code = SP_OK };
	sp_status status = SP_OK, one;
	size_t i;

	for (i = 0; i < listeners->count; i++)
		listeners->items[i].wanted = false;
	for (i = 0; i < wish.count; i++) {
		one = want(listeners, wish.addresses[i], wish.is_default, log, &why);
		if (one == SP_OK || status != SP_OK)
			continue;
		status = one;
		*error = why;
	}
	if (status == SP_OK && !listeners->count)
		return sp_error_set(error, SP_FAILED, "no address to listen on");
	if (status == SP_OK)
		drop_unwanted(listeners, log);
	return status;
}

void http_listeners_finish(struct http_listeners *listeners)
{
	while (listeners->count)
		drop(listeners, listeners->count - 1);
	free(listeners->items);
	free(listeners->addresses);
	listeners->items = NULL;
	listeners->addresses = NULL;
}
