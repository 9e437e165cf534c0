/*
 * control_socket.c: the lock that lets one daemon alone have a path, and the socket there.
 */
#include "control_socket.h"

#include "control_peer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct control_socket {
	const struct sp_loop *sockets;
	struct sp_listener *listener;
	int lock;
};

/* The lock ends with its process, however that ends: who has it may take away what another has left at the path. */
static sp_status take_lock(struct control_socket *socket, const char *path, struct sp_error *error)
{
	char lock[PATH_MAX];

	if (snprintf(lock, sizeof lock, "%s.lock", path) >= (int)sizeof lock)
		return sp_error_set(error, SP_INVALID, "the path of the control socket is too long: %s", path);
	socket->lock = open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (socket->lock < 0)
		return sp_error_set(error, SP_FAILED, "cannot make %s for the control socket: %s", lock,
			strerror(errno));
	if (flock(socket->lock, LOCK_EX | LOCK_NB) == 0)
		return SP_OK;
	if (errno == EWOULDBLOCK)
		return sp_error_set(error, SP_CONFLICT, "another signalpyd has the control socket %s", path);
	return sp_error_set(error, SP_FAILED, "cannot lock %s: %s", lock, strerror(errno));
}

/* Whether the socket has its mode and group already: one that the daemon was started with may be another's. */
static bool is_in_order(const struct control_socket_options *options)
{
	struct stat found;

	return stat(options->path, &found) == 0 && (found.st_mode & 0777) == 0660 &&
		(options->group == PEER_NO_GROUP || found.st_gid == options->group);
}

static sp_status listen_at(struct control_socket *socket, const struct control_socket_options *options,
	struct sp_error *error)
{
	char address[PATH_MAX + sizeof "unix:"];
	sp_status status;

	snprintf(address, sizeof address, "unix:%s", options->path);
	status = socket->sockets->listen(socket->sockets, address,
		&(struct sp_acceptor){ options->accept, options->user }, &socket->listener, error);
	if (status != SP_OK)
		return status;
	if (is_in_order(options))
		return SP_OK;
	if (options->group != PEER_NO_GROUP && chown(options->path, (uid_t)-1, options->group) != 0)
		return sp_error_set(error, SP_FAILED, "cannot give %s to its group (control.group): %s", options->path,
			strerror(errno));
	if (chmod(options->path, 0660) != 0)
		return sp_error_set(error, SP_FAILED, "cannot set the mode of %s: %s", options->path, strerror(errno));
	return SP_OK;
}

struct control_socket *control_socket_create(const struct control_socket_options *options, struct sp_error *error)
{
	struct control_socket *socket = calloc(1, sizeof *socket);
	sp_status status;

	if (!socket) {
		sp_error_set(error, SP_NO_MEMORY, "no memory for the control socket");
		return NULL;
	}
	socket->sockets = options->sockets;
	socket->lock = -1;
	status = take_lock(socket, options->path, error);
	if (status == SP_OK)
		status = listen_at(socket, options, error);
	if (status == SP_OK)
		return socket;
	control_socket_destroy(socket);
	return NULL;
}

void control_socket_destroy(struct control_socket *socket)
{
	if (!socket)
		return;
	if (socket->listener)
		socket->sockets->unlisten(socket->sockets, socket->listener);
	if (socket->lock >= 0)
		close(socket->lock);
	free(socket);
}
