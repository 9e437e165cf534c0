/* listeners.c: changes the addresses listened on without a moment in which one that stays is not. */
#define _GNU_SOURCE /* asprintf */
#include "listeners.h"
#include "target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_secure(const char *address)
{
	return http_address_plain(address) != address;
}

/* Whether two addresses are the same socket, secured or not. Any free port is one for each of both. */
static bool is_same(const char *one, const char *other)
{
	const char *port = strrchr(one, ':');

	if (port && strcmp(port, ":0") == 0)
		return strcmp(one, other) == 0;
	return strcmp(http_address_plain(one), http_address_plain(other)) == 0;
}

static struct http_listener *find(const struct http_listeners *listeners, const char *address)
{
	size_t i;

	for (i = 0; i < listeners->count; i++) {
		if (is_same(listeners->items[i]->address, address))
			return listeners->items[i];
	}
	return NULL;
}

static void on_connection(void *user, struct sp_stream *stream, const char *peer)
{
	const struct http_listener *item = user;

	item->listeners->accept(item->listeners->user, stream, peer, item->secure);
}

/* Makes room for one more. */
static sp_status grow(struct http_listeners *listeners)
{
	struct http_listener **items = realloc(listeners->items, (listeners->count + 1) * sizeof *items);
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

/* Gives an item the names of an address; SP_NO_MEMORY leaves those that it has. */
static sp_status set_names(struct http_listener *item, const char *address)
{
	const struct sp_loop *loop = item->listeners->loop;
	char *asked = strdup(address), *bound;

	if (asprintf(&bound, "%s%s", is_secure(address) ? "tls:" : "", loop->listener_address(loop, item->listener)) <
		0)
		bound = NULL;
	if (!asked || !bound) {
		free(asked);
		free(bound);
		return SP_NO_MEMORY;
	}
	free(item->address);
	free(item->bound);
	item->address = asked;
	item->bound = bound;
	item->secure = is_secure(address);
	return SP_OK;
}

static void destroy(struct http_listener *item)
{
	const struct sp_loop *loop = item->listeners->loop;

	if (item->listener)
		loop->unlisten(loop, item->listener);
	free(item->address);
	free(item->bound);
	free(item);
}

static sp_status open_listener(struct http_listener *item, const char *address, struct sp_error *error)
{
	const struct sp_loop *loop = item->listeners->loop;
	const struct sp_acceptor acceptor = { on_connection, item };
	sp_status status = sp_here(loop)->listen(loop, http_address_plain(address), &acceptor, &item->listener, error);

	if (status != SP_OK || set_names(item, address) == SP_OK)
		return status;
	return sp_error_set(error, SP_NO_MEMORY, "no memory to listen on %s", address);
}

static sp_status add(struct http_listeners *listeners, const char *address, struct sp_error *error)
{
	struct http_listener *item = grow(listeners) == SP_OK ? calloc(1, sizeof *item) : NULL;
	sp_status status;

	if (!item)
		return sp_error_set(error, SP_NO_MEMORY, "no memory to listen on %s", address);
	item->listeners = listeners;
	item->wanted = true;
	status = open_listener(item, address, error);
	if (status != SP_OK) {
		destroy(item);
		return status;
	}
	listeners->items[listeners->count] = item;
	listeners->addresses[listeners->count] = item->bound;
	listeners->count++;
	return SP_OK;
}

static void drop(struct http_listeners *listeners, size_t at)
{
	size_t behind = listeners->count - at - 1;

	destroy(listeners->items[at]);
	memmove(listeners->items + at, listeners->items + at + 1, behind * sizeof *listeners->items);
	memmove(listeners->addresses + at, listeners->addresses + at + 1, behind * sizeof *listeners->addresses);
	listeners->count--;
}

/* An address that is listened on, and wanted, maybe with security instead of without. */
static sp_status keep(struct http_listener *item, const char *address, const struct sp_logger *log,
	struct sp_error *error)
{
	struct http_listeners *listeners = item->listeners;
	size_t i;

	if (item->wanted && item->secure != is_secure(address))
		return sp_error_set(error, SP_CONFLICT, "%s is wanted both with and without TLS",
			http_address_plain(address));
	item->wanted = true;
	if (item->secure == is_secure(address))
		return SP_OK;
	if (set_names(item, address) != SP_OK)
		return sp_error_set(error, SP_NO_MEMORY, "no memory to listen on %s", address);
	for (i = 0; i < listeners->count; i++)
		listeners->addresses[i] = listeners->items[i]->bound;
	return sp_log(log, SP_INFO, "listening on %s, from now on %s TLS", item->bound,
		item->secure ? "with" : "without");
}

/* One address of the wish. A default that this machine has not, such as IPv6, is only told. */
static sp_status want(struct http_listeners *listeners, const char *address, const struct http_wish *wish,
	const struct sp_logger *log, struct sp_error *error)
{
	struct http_listener *item = find(listeners, address);
	sp_status status;

	if (wish->insecure && is_secure(address))
		return sp_error_set(error, SP_UNAVAILABLE, "%s waits for TLS: %s", address, wish->insecure);
	if (item)
		return keep(item, address, log, error);
	status = add(listeners, address, error);
	if (status == SP_OK)
		return sp_log(log, SP_INFO, "listening on %s", listeners->addresses[listeners->count - 1]);
	if (!wish->is_default || status == SP_CONFLICT || status == SP_NO_MEMORY)
		return status;
	if (wish->again)
		return SP_OK;
	return sp_log(log, SP_WARNING, "not listening on %s: %s", address, error->message);
}

/* Gives up what is not wanted, or what would have to be secured. */
static void drop_some(struct http_listeners *listeners, bool secure, const struct sp_logger *log)
{
	size_t i = listeners->count;

	while (i--) {
		if (secure ? !listeners->items[i]->secure : listeners->items[i]->wanted)
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

	if (wish.insecure)
		drop_some(listeners, true, log);
	for (i = 0; i < listeners->count; i++)
		listeners->items[i]->wanted = false;
	for (i = 0; i < wish.count; i++) {
		one = want(listeners, wish.addresses[i], &wish, log, &why);
		if (one == SP_OK || status != SP_OK)
			continue;
		status = one;
		*error = why;
	}
	if (status == SP_OK && !listeners->count)
		return sp_error_set(error, SP_FAILED, "no address to listen on");
	if (status == SP_OK)
		drop_some(listeners, false, log);
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
