/*
 * signalctl_client.c: lines over a blocking unix socket.
 */
#include "signalctl_client.h"

#include "shared_jsonrpc.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { CHUNK = 64 * 1024 };

struct client {
	int fd;
	long long sent; /* requests */
	char *data; /* what has come and is not taken */
	size_t size, capacity;
	size_t taken, searched;
};

static int connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length = strlen(path);
	int fd;

	if (length >= sizeof address.sun_path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, length + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
		int why = errno;

		close(fd);
		errno = why;
		return -1;
	}
	return fd;
}

struct client *client_create(const char *path)
{
	int fd = connect_to(path);
	struct client *client = fd >= 0 ? calloc(1, sizeof *client) : NULL;

	if (client)
		client->fd = fd;
	else if (fd >= 0)
		close(fd);
	return client;
}

void client_destroy(struct client *client)
{
	if (!client)
		return;
	close(client->fd);
	free(client->data);
	free(client);
}

/* A daemon that hung up may have said why before: what it sent is still to be read. */
static bool send_all(int fd, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t sent = send(fd, data, size, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return errno == EPIPE;
		data += sent;
		size -= (size_t)sent;
	}
	return true;
}

long long client_send(struct client *client, const char *method, const json_t *params)
{
	struct text line = { 0 };
	bool sent;

	jsonrpc_add_request(&line, ++client->sent, method, params);
	text_add(&line, "\n", 1);
	if (line.failed)
		errno = ENOMEM;
	sent = !line.failed && send_all(client->fd, line.data, line.size);
	text_finish(&line);
	return sent ? client->sent : -1;
}

/* The next whole line that has come; NULL when there is none yet. */
static const char *take_line(struct client *client, size_t *ret_size)
{
	const char *line = client->data + client->taken;
	size_t waiting = client->size - client->taken;
	const char *end =
		waiting > client->searched ? memchr(line + client->searched, '\n', waiting - client->searched) : NULL;

	client->searched = end ? 0 : waiting;
	if (!end)
		return NULL;
	*ret_size = (size_t)(end - line);
	client->taken += *ret_size + 1;
	return line;
}

static bool make_room(struct client *client)
{
	size_t capacity = client->capacity > 0 ? client->capacity * 2 : 2 * (size_t)CHUNK;
	char *grown;

	if (client->taken > 0) {
		memmove(client->data, client->data + client->taken, client->size - client->taken);
		client->size -= client->taken;
		client->taken = 0;
	}
	if (client->capacity - client->size >= CHUNK)
		return true;
	grown = realloc(client->data, capacity);
	if (!grown)
		return false;
	client->data = grown;
	client->capacity = capacity;
	return true;
}

static bool fill(struct client *client)
{
	ssize_t got;

	if (!make_room(client))
		return false;
	do
		got = recv(client->fd, client->data + client->size, client->capacity - client->size, 0);
	while (got < 0 && errno == EINTR);
	if (got <= 0)
		return false;
	client->size += (size_t)got;
	return true;
}

int client_descriptor(const struct client *client)
{
	return client->fd;
}

bool client_wait(struct client *client, int milliseconds)
{
	struct pollfd descriptor = { .fd = client->fd, .events = POLLIN };
	size_t waiting = client->size - client->taken;

	if (waiting > 0 && memchr(client->data + client->taken, '\n', waiting))
		return true;
	return poll(&descriptor, 1, milliseconds) > 0;
}

json_t *client_receive(struct client *client)
{
	const char *line;
	json_t *message;
	size_t size;

	while ((line = take_line(client, &size)) == NULL) {
		if (!fill(client))
			return NULL;
	}
	message = json_loadb(line, size, 0, NULL);
	if (json_is_object(message))
		return message;
	json_decref(message);
	return NULL;
}
