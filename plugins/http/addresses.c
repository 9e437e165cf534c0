/* addresses.c: a table of addresses with connections. */
#include "addresses.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* What counts as one address. */
struct key {
	int family;
	unsigned char bytes[8];
};

struct http_address {
	struct http_address *next;
	struct key key;
	int64_t count;
};

static struct key key_of(const char *peer)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	const char *end = strrchr(peer, ':'), *begin = *peer == '[' ? peer + 1 : peer;
	unsigned char bytes[sizeof(struct in6_addr)];
	char text[INET6_ADDRSTRLEN];
	struct key key = { .family = AF_UNSPEC };
	size_t size = end ? (size_t)(end - begin) : 0;

	if (begin > peer && size)
		size--;
	if (!size || size >= sizeof text)
		return key;
	memcpy(text, begin, size);
	text[size] = '\0';
	if (inet_pton(AF_INET, text, bytes) == 1) {
		key.family = AF_INET;
		memcpy(key.bytes, bytes, sizeof(struct in_addr));
	} else if (inet_pton(AF_INET6, text, bytes) == 1) {
		bool is_mapped = memcmp(bytes, mapped, sizeof mapped) == 0;

		key.family = is_mapped ? AF_INET : AF_INET6;
		memcpy(key.bytes, is_mapped ? bytes + sizeof mapped : bytes, is_mapped ? sizeof(struct in_addr) : 8);
	}
	return key;
}

static struct http_address **bucket_of(struct http_addresses *addresses, const struct key *key)
{
	uint64_t bits;

	memcpy(&bits, key->bytes, sizeof bits);
	return &addresses->buckets[(bits * 0x9e3779b97f4a7c15U) >> 54];
}

static bool is_same(const struct key *one, const struct key *other)
{
	return one->family == other->family && memcmp(one->bytes, other->bytes, sizeof one->bytes) == 0;
}

struct http_address *http_addresses_take(struct http_addresses *addresses, const char *peer, int64_t most)
{
	struct key key = key_of(peer);
	struct http_address **bucket = bucket_of(addresses, &key), *address = *bucket;

	while (address && !is_same(&address->key, &key))
		address = address->next;
	if (address && address->count >= most)
		return NULL;
	if (!address) {
		address = calloc(1, sizeof *address);
		if (!address)
			return NULL;
		address->key = key;
		address->next = *bucket;
		*bucket = address;
	}
	address->count++;
	return address;
}

void http_addresses_give(struct http_addresses *addresses, struct http_address *address)
{
	struct http_address **at;

	if (!address || --address->count > 0)
		return;
	for (at = bucket_of(addresses, &address->key); *at != address; at = &(*at)->next)
		continue;
	*at = address->next;
	free(address);
}
