/* addresses.h: counts the connections of each address that clients come from. No input or output. */
#ifndef HTTP_ADDRESSES_H
#define HTTP_ADDRESSES_H

#include <stdint.h>

struct http_address;

enum { HTTP_ADDRESS_BUCKETS = 1024 };

/* Begins as all zeroes; it has nothing to free when nothing is counted. */
struct http_addresses {
	struct http_address *buckets[HTTP_ADDRESS_BUCKETS];
};

/* Counts one connection more of a peer, "192.0.2.1:4711", "[2001:db8::1]:4711" or anything else; of IPv6 a whole /64 is
 * one address, since a client has all of it. NULL when it has `most` already, or without memory. */
struct http_address *http_addresses_take(struct http_addresses *addresses, const char *peer, int64_t most);

/* Counts one less; NULL is let through. */
void http_addresses_give(struct http_addresses *addresses, struct http_address *address);

#endif
