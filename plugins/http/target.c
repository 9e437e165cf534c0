/* target.c: takes authorities apart and brings paths to the one form that handlers see. */
#define _GNU_SOURCE /* memmem */
#include "target.h"
#include "chars.h"

#include <arpa/inet.h>
#include <string.h>

/* Whether text is an address of a family, as inet_pton reads it. */
static bool is_address(int family, const char *text, size_t size)
{
	char copy[INET6_ADDRSTRLEN];
	unsigned char address[sizeof(struct in6_addr)];

	if (size >= sizeof copy)
		return false;
	memcpy(copy, text, size);
	copy[size] = '\0';
	return inet_pton(family, copy, address) == 1;
}

static bool port_is_right(const char *digits, size_t size)
{
	unsigned port = 0;
	size_t i;

	for (i = 0; i < size && port <= 65535; i++) {
		if (!http_is(HTTP_DIGIT, digits[i]))
			return false;
		port = port * 10 + (unsigned)(digits[i] - '0');
	}
	return port <= 65535;
}

bool http_authority_parse(const char *text, size_t size, struct http_authority *ret_authority)
{
	struct http_authority found = { .host = text };
	const char *closing = size && text[0] == '[' ? memchr(text, ']', size) : NULL;

	if (closing) {
		found.host_size = (size_t)(closing - text) + 1;
		found.is_address = is_address(AF_INET6, text + 1, found.host_size - 2);
		if (!found.is_address)
			return false;
	} else {
		found.host_size = http_span(HTTP_HOST, text, size);
		if (!found.host_size || !http_is_uri_part(HTTP_HOST, text, found.host_size))
			return false;
		found.is_address = is_address(AF_INET, text, found.host_size);
	}
	if (found.host_size < size) {
		found.port = text + found.host_size + 1;
		found.port_size = size - found.host_size - 1;
		if (text[found.host_size] != ':' || !port_is_right(found.port, found.port_size))
			return false;
	}
	*ret_authority = found;
	return true;
}

/* Decodes one escape to *ret_byte; true when it was one that must stay as it is. */
static bool stays_escaped(const char *escape, char *ret_byte)
{
	unsigned value = http_hex(escape[1]) << 4 | http_hex(escape[2]);

	*ret_byte = (char)value;
	return value == '/';
}

/* Decodes in place; false at a control character. */
static bool decode(char *path, size_t size, size_t *ret_size)
{
	size_t from = 0, to = 0;

	while (from < size) {
		if (path[from] != '%') {
			path[to++] = path[from++];
		} else if (stays_escaped(path + from, &path[to])) {
			path[to++] = '%';
			path[to++] = '2';
			path[to++] = 'F';
			from += 3;
		} else {
			if ((unsigned char)path[to] < 0x20 || path[to] == 0x7f)
				return false;
			to++;
			from += 3;
		}
	}
	*ret_size = to;
	return true;
}

/* The length of the path whose last segment is taken away: "/a/b" becomes "/a", "/a" and "" become "". */
static size_t parent(const char *path, size_t size)
{
	while (size && path[size - 1] != '/')
		size--;
	return size ? size - 1 : 0;
}

/* RFC 3986, 5.2.4, for a path that begins with a slash: segment by segment, each with the slash before it. */
static size_t remove_dots(char *path, size_t size)
{
	size_t from = 0, to = 0, next;

	while (from < size) {
		const char *slash = memchr(path + from + 1, '/', size - from - 1);

		next = slash ? (size_t)(slash - path) : size;
		if (next - from == 2 && path[from + 1] == '.') {
			if (next == size)
				path[to++] = '/';
		} else if (next - from == 3 && path[from + 1] == '.' && path[from + 2] == '.') {
			to = parent(path, to);
			if (next == size)
				path[to++] = '/';
		} else {
			memmove(path + to, path + from, next - from);
			to += next - from;
		}
		from = next;
	}
	return to;
}

bool http_path_normalise(char *path, size_t size, size_t *ret_size)
{
	if (memchr(path, '%', size) && !decode(path, size, &size))
		return false;
	if (memmem(path, size, "/.", 2))
		size = remove_dots(path, size);
	*ret_size = size;
	return true;
}
