/* stream_address.c: parses addresses, opens sockets that listen. */
#include "stream_address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char unix_prefix[] = "unix:";

static sp_status parse_unix(const char *path, struct stream_address *address, struct sp_error *error)
{
	struct sockaddr_un *un = &address->un;
	size_t length = strlen(path);

	if (path[0] != '/' || length >= sizeof(un->sun_path))
		return sp_error_set(error, SP_INVALID,
			"unix:%s is no address: the path must begin with / and have at most %zu characters", path,
			sizeof(un->sun_path) - 1);
	un->sun_family = AF_UNIX;
	memcpy(un->sun_path, path, length + 1);
	address->size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + 1);
	return SP_OK;
}

static bool parse_port(const char *text, in_port_t *ret_port)
{
	char *end;
	unsigned long port;

	if (text[0] < '0' || text[0] > '9')
		return false;
	port = strtoul(text, &end, 10);
	if (*end != '\0' || port > 65535)
		return false;
	*ret_port = htons((uint16_t)port);
	return true;
}

static bool parse_host4(const char *host, struct stream_address *address, in_port_t port)
{
	struct sockaddr_in *in = &address->in;

	if (strcmp(host, "localhost") == 0)
		host = "127.0.0.1";
	if (strcmp(host, "*") == 0)
		host = "0.0.0.0";
	in->sin_family = AF_INET;
	in->sin_port = port;
	address->size = sizeof(*in);
	return inet_pton(AF_INET, host, &in->sin_addr) == 1;
}

static bool parse_host6(char *host, struct stream_address *address, in_port_t port)
{
	struct sockaddr_in6 *in6 = &address->in6;
	size_t length = strlen(host);

	if (length < 2 || host[length - 1] != ']')
		return false;
	host[length - 1] = '\0';
	in6->sin6_family = AF_INET6;
	in6->sin6_port = port;
	address->size = sizeof(*in6);
	return inet_pton(AF_INET6, host + 1, &in6->sin6_addr) == 1;
}

static bool parse_internet(const char *text, struct stream_address *address)
{
	const char *colon = strrchr(text, ':');
	char host[64];
	in_port_t port;
	size_t length;

	if (colon == NULL || !parse_port(colon + 1, &port))
		return false;
	length = (size_t)(colon - text);
	if (length >= sizeof(host))
		return false;
	memcpy(host, text, length);
	host[length] = '\0';
	return host[0] == '[' ? parse_host6(host, address, port) : parse_host4(host, address, port);
}

sp_status stream_address_parse(const char *text, struct stream_address *ret_address, struct sp_error *error)
{
	struct stream_address address = { .size = 0 };
	sp_status status = SP_OK;

	if (strncmp(text, unix_prefix, sizeof(unix_prefix) - 1) == 0)
		status = parse_unix(text + sizeof(unix_prefix) - 1, &address, error);
	else if (!parse_internet(text, &address))
		status = sp_error_set(error, SP_INVALID,
			"%.100s is no address: write 127.0.0.1:8080, [::1]:8080, *:8080 or unix:/path", text);
	if (status == SP_OK)
		*ret_address = address;
	return status;
}

const char *stream_address_path(const struct stream_address *address)
{
	if (address->any.sa_family != AF_UNIX || address->size <= offsetof(struct sockaddr_un, sun_path))
		return NULL;
	return address->un.sun_path;
}

void stream_address_format(const struct stream_address *address, char text[ADDRESS_TEXT_SIZE])
{
	const char *path = stream_address_path(address);
	char host[INET6_ADDRSTRLEN] = "";

	if (address->any.sa_family == AF_INET) {
		inet_ntop(AF_INET, &address->in.sin_addr, host, sizeof(host));
		snprintf(text, ADDRESS_TEXT_SIZE, "%s:%u", host, ntohs(address->in.sin_port));
	} else if (address->any.sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &address->in6.sin6_addr, host, sizeof(host));
		snprintf(text, ADDRESS_TEXT_SIZE, "[%s]:%u", host, ntohs(address->in6.sin6_port));
	} else if (path != NULL) {
		snprintf(text, ADDRESS_TEXT_SIZE, "unix:%s", path);
	} else {
		snprintf(text, ADDRESS_TEXT_SIZE, "unix");
	}
}

/* Why bind or listen failed. */
static sp_status explain(const char *text, int failure, struct sp_error *error)
{
	if (failure == EADDRINUSE)
		return sp_error_set(error, SP_CONFLICT, "%s is in use by another program", text);
	if (failure == EACCES || failure == EPERM)
		return sp_error_set(error, SP_FORBIDDEN, "%s: %s (a port below 1024 needs CAP_NET_BIND_SERVICE)", text,
			strerror(failure));
	return sp_error_set(error, SP_FAILED, "%s cannot be listened on: %s", text, strerror(failure));
}

/* Whether the socket at a path was left by a program that has ended. */
static bool is_stale(const struct stream_address *address)
{
	struct stat status;
	int fd, answer;

	if (stat(stream_address_path(address), &status) != 0 || !S_ISSOCK(status.st_mode))
		return false;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	answer = connect(fd, &address->any, address->size);
	if (answer != 0)
		answer = errno;
	close(fd);
	return answer == ECONNREFUSED;
}

/* The mode must be right before anybody can connect: Linux takes it over from the unbound socket. */
static int bind_unix(int fd, const struct stream_address *address)
{
	int failure;

	if (fchmod(fd, 0660) != 0)
		return errno;
	if (bind(fd, &address->any, address->size) == 0)
		return 0;
	failure = errno;
	if (failure != EADDRINUSE || !is_stale(address) || unlink(stream_address_path(address)) != 0)
		return failure;
	return bind(fd, &address->any, address->size) == 0 ? 0 : errno;
}

/* Sockets that are accepted inherit TCP_NODELAY: one call less for each of them. */
static int bind_internet(int fd, const struct stream_address *address)
{
	int on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (address->shares_port)
		setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
	if (address->any.sa_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	return bind(fd, &address->any, address->size) == 0 ? 0 : errno;
}

sp_status stream_address_listen(const struct stream_address *address, const char *text, int *ret_fd,
	struct sp_error *error)
{
	int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int failure, off = 0;

	if (fd < 0)
		return explain(text, errno, error);
	failure = stream_address_path(address) ? bind_unix(fd, address) : bind_internet(fd, address);
	if (failure == 0 && listen(fd, SOMAXCONN) != 0)
		failure = errno;
	if (failure != 0) {
		close(fd);
		return explain(text, failure, error);
	}
	if (address->shares_port)
		setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &off, sizeof(off));
	*ret_fd = fd;
	return SP_OK;
}

const char *stream_address_peer(int fd, char text[ADDRESS_TEXT_SIZE])
{
	struct stream_address peer = { .size = sizeof(peer) - sizeof(peer.size) };

	peer.un.sun_path[0] = '\0';
	if (getpeername(fd, &peer.any, &peer.size) != 0)
		return "gone";
	stream_address_format(&peer, text);
	return text;
}
