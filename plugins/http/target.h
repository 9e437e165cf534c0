/* target.h: the parts of a request's target: who is asked (an authority), and for what (a path). No I/O, no
 * allocation. */
#ifndef HTTP_TARGET_H
#define HTTP_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* "host", "host:port", "[::1]:port" taken apart; text is borrowed. */
struct http_authority {
	const char *host; /* with the brackets */
	size_t host_size;
	const char *port; /* the digits */
	size_t port_size; /* 0: none */
	bool is_address; /* an IPv4 or IPv6 address, and not a name */
};

/* Takes an authority apart; false when it is none that a server can have. User information is none of it. */
bool http_authority_parse(const char *text, size_t size, struct http_authority *ret_authority);

/* An address to listen on without the "tls:" before it, which says that its connections are to be secured. */
static inline const char *http_address_plain(const char *address)
{
	return strncmp(address, "tls:", 4) == 0 ? address + 4 : address;
}

/*
 * Decodes a path and removes its dot segments, in place; it begins with a slash and its percent signs were checked.
 * An encoded slash stays "%2F", so that it never becomes a separator. The result is not longer than the path and begins
 * with a slash. False when the path holds an encoded control character.
 */
bool http_path_normalise(char *path, size_t size, size_t *ret_size);

#endif
