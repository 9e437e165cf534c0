/*
 * control_socket.h: the unix socket of the control connections, as a file: one daemon has it, and its group may open
 * it.
 */
#ifndef DAEMON_CONTROL_SOCKET_H
#define DAEMON_CONTROL_SOCKET_H

#include <signalpy/loop.h>
#include <sys/types.h>

struct control_socket;

/* Whom connections are told to. */
struct control_socket_options {
	const struct sp_loop *sockets;
	const char *path;
	gid_t group; /* PEER_NO_GROUP: it stays with the daemon's own */
	sp_accept accept;
	void *user;
};

/* Listens at the path; a socket that a dead daemon left there is replaced. NULL and error when it cannot: SP_CONFLICT
 * when another daemon has it, or something else is there. */
struct control_socket *control_socket_create(const struct control_socket_options *options, struct sp_error *error);

/* Stops listening; the socket goes with it. NULL is accepted. */
void control_socket_destroy(struct control_socket *socket);

#endif
