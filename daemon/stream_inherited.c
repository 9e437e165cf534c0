/* stream_inherited.c: sockets of socket activation, found by their name or by their address. */
#include "stream_inherited.h"

#include "stream_address.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FIRST = 3, MOST = 256, NAME_SIZE = 64 };

struct inherited {
	int fd; /* -1: it does not listen */
	char name[NAME_SIZE];
	char bound[ADDRESS_TEXT_SIZE];
};

struct inherited_sockets {
	size_t count;
	struct inherited all[];
};

/* How many were handed to this process and to no other. */
static size_t count_handed(void)
{
	const char *process = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
	long number = count ? strtol(count, NULL, 10) : 0;

	if (!process || strtol(process, NULL, 10) != (long)getpid() || number < 0)
		return 0;
	return number < MOST ? (size_t)number : MOST;
}

static void take(struct inherited *socket, int fd)
{
	struct stream_address bound = { .size = sizeof(bound) - sizeof(bound.size) };
	int listens = 0, flags = fcntl(fd, F_GETFL);
	socklen_t size = sizeof listens;

	socket->fd = -1;
	if (flags < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0)
		return;
	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 || !listens)
		return;
	if (getsockname(fd, &bound.any, &bound.size) != 0)
		return;
	stream_address_format(&bound, socket->bound);
	socket->fd = fd;
}

/* Names stand between colons, as many as there are descriptors. */
static void take_name(struct inherited *socket, const char **names)
{
	size_t size = strcspn(*names, ":");

	memcpy(socket->name, *names, size < NAME_SIZE ? size : NAME_SIZE - 1);
	*names += size + ((*names)[size] == ':');
}

struct inherited_sockets *inherited_sockets_take(void)
{
	const char *names = getenv("LISTEN_FDNAMES");
	size_t count = count_handed();
	struct inherited_sockets *sockets = calloc(1, sizeof *sockets + count * sizeof *sockets->all);

	if (!sockets)
		return NULL;
	sockets->count = count;
	for (size_t i = 0; i < count; i++) {
		take(&sockets->all[i], FIRST + (int)i);
		if (names)
			take_name(&sockets->all[i], &names);
	}
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	return sockets;
}

void inherited_sockets_destroy(struct inherited_sockets *sockets)
{
	for (size_t i = 0; sockets && i < sockets->count; i++)
		close(FIRST + (int)i);
	free(sockets);
}

/* The address in the form that a bound one is shown in. */
static void normalise(const char *address, char text[ADDRESS_TEXT_SIZE])
{
	struct stream_address parsed;

	text[0] = '\0';
	if (stream_address_parse(address, &parsed, NULL) == SP_OK)
		stream_address_format(&parsed, text);
}

static const struct inherited *find(const struct inherited_sockets *sockets, const char *address)
{
	bool by_name = strncmp(address, "fd:", strlen("fd:")) == 0;
	char text[ADDRESS_TEXT_SIZE];

	normalise(by_name ? "" : address, text);
	for (size_t i = 0; sockets && i < sockets->count; i++) {
		const struct inherited *socket = &sockets->all[i];

		if (socket->fd < 0)
			continue;
		if (strcmp(by_name ? socket->name : socket->bound, by_name ? address + strlen("fd:") : text) == 0)
			return socket;
	}
	return NULL;
}

sp_status inherited_sockets_lend(const struct inherited_sockets *sockets, const char *address, int *ret_fd,
	struct sp_error *error)
{
	const struct inherited *socket = find(sockets, address);
	int fd;

	if (!socket)
		return sp_error_set(error, SP_NOT_FOUND,
			"%s: the daemon was started with no socket of that name (LISTEN_FDNAMES)", address);
	fd = fcntl(socket->fd, F_DUPFD_CLOEXEC, FIRST);
	if (fd < 0)
		return sp_error_set(error, SP_FAILED, "%s: %s", address, strerror(errno));
	*ret_fd = fd;
	return SP_OK;
}
