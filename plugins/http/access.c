/* access.c: judges the Host and the Origin of a request. */
#include "access.h"
#include "chars.h"
#include "target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How much of what a client said is repeated in a message. */
enum { MOST_QUOTED = 80 };

sp_status http_texts_add(struct http_texts *texts, const char *text, size_t size)
{
	char *copy = malloc(size + 1), **items = NULL;

	if (copy)
		items = realloc(texts->items, (texts->count + 1) * sizeof *items);
	if (!items) {
		free(copy);
		return SP_NO_MEMORY;
	}
	memcpy(copy, text, size);
	copy[size] = '\0';
	items[texts->count++] = copy;
	texts->items = items;
	return SP_OK;
}

sp_status http_texts_set(struct http_texts *texts, const char *const *items, size_t count)
{
	struct http_texts copies = { NULL, 0 };
	size_t i;

	for (i = 0; i < count; i++) {
		if (http_texts_add(&copies, items[i], strlen(items[i])) != SP_OK) {
			http_texts_finish(&copies);
			return SP_NO_MEMORY;
		}
	}
	http_texts_finish(texts);
	*texts = copies;
	return SP_OK;
}

void http_texts_finish(struct http_texts *texts)
{
	while (texts->count)
		free(texts->items[--texts->count]);
	free(texts->items);
	*texts = (struct http_texts){ NULL, 0 };
}

static bool holds(const struct http_texts *texts, const char *text, size_t size)
{
	size_t i;

	for (i = 0; i < texts->count; i++) {
		if (http_same(text, size, texts->items[i]))
			return true;
	}
	return false;
}

static bool is_every_address(const char *host, size_t size)
{
	return http_same(host, size, "0.0.0.0") || http_same(host, size, "[::]");
}

sp_status http_access_bind(struct http_access *access, const char *const *addresses, size_t count)
{
	struct http_authority authority;
	const char *address;
	size_t i;

	http_texts_finish(&access->bound);
	access->every_address = false;
	for (i = 0; i < count; i++) {
		address = http_address_plain(addresses[i]);
		if (strncmp(address, "unix:", 5) == 0 || !http_authority_parse(address, strlen(address), &authority))
			continue;
		access->every_address |= is_every_address(authority.host, authority.host_size);
		if (http_texts_add(&access->bound, authority.host, authority.host_size) != SP_OK)
			return SP_NO_MEMORY;
	}
	return SP_OK;
}

/* The default: names and addresses of loopback, and the addresses listened on, with any port. An address cannot be made
 * to resolve to something else, so a listener on all addresses takes them all. */
static bool is_own_host(const struct http_access *access, const struct http_authority *authority)
{
	const char *host = authority->host;
	size_t size = authority->host_size;

	return http_same(host, size, "localhost") || http_same(host, size, "127.0.0.1") ||
		http_same(host, size, "[::1]") || (access->every_address && authority->is_address) ||
		holds(&access->bound, host, size);
}

static bool host_is_welcome(const struct http_access *access, const char *host, size_t size)
{
	struct http_authority authority;

	if (!http_authority_parse(host, size, &authority))
		return false;
	if (!access->hosts.count)
		return is_own_host(access, &authority);
	return holds(&access->hosts, "*", 1) || holds(&access->hosts, host, size) ||
		holds(&access->hosts, authority.host, authority.host_size);
}

static bool origin_is_welcome(const struct http_access *access, const char *origin, size_t size)
{
	struct http_authority authority;
	size_t scheme = 0;

	if (access->origins.count)
		return holds(&access->origins, "*", 1) || holds(&access->origins, origin, size);
	if (size > 7 && http_same(origin, 7, "http://"))
		scheme = 7;
	else if (size > 8 && http_same(origin, 8, "https://"))
		scheme = 8;
	return scheme && http_authority_parse(origin + scheme, size - scheme, &authority) &&
		is_own_host(access, &authority);
}

static const char *refusal(char message[static 240], const char *what, const char *value, size_t size)
{
	snprintf(message, 240, "%s %.*s is not allowed here; the setting http.%ss names those that are", what,
		(int)(size < MOST_QUOTED ? size : MOST_QUOTED), value, what[0] == 'H' ? "host" : "origin");
	return message;
}

const char *http_access_refuse(const struct http_access *access, const struct http_head *head, const char *data,
	char message[static 240])
{
	const char *host = data + head->host.at, *origin = data + head->origin.at;

	if (head->host.size && !host_is_welcome(access, host, head->host.size))
		return refusal(message, "Host", host, head->host.size);
	if (head->origins && !(head->origins == 1 && origin_is_welcome(access, origin, head->origin.size)))
		return refusal(message, "Origin", origin, head->origin.size);
	return NULL;
}

void http_access_finish(struct http_access *access)
{
	http_texts_finish(&access->hosts);
	http_texts_finish(&access->origins);
	http_texts_finish(&access->bound);
}
