/*
 * control_peer.h: who is at the other end of a unix socket, and what it may do.
 */
#ifndef DAEMON_CONTROL_PEER_H
#define DAEMON_CONTROL_PEER_H

#include <signalpy/status.h>
#include <stdbool.h>
#include <sys/types.h>

#define PEER_NO_GROUP ((gid_t)-1)

/* Nothing; read and call; everything. */
enum peer_level { PEER_REFUSED, PEER_MAY_CALL, PEER_MAY_ALL };

struct peer {
	uid_t uid;
	gid_t gid;
	pid_t pid;
	enum peer_level level;
	char name[64]; /* of the user; its number when it has no name */
};

/* Fills *ret_peer from the credentials of a connected socket: root and owner may do everything, who is in group (unless
 * it is PEER_NO_GROUP) may read and call, others are refused. SP_FAILED when the system does not tell. */
sp_status peer_read(int fd, uid_t owner, gid_t group, struct peer *ret_peer);

/* Whether the peer is in a group; fd is its socket. */
bool peer_is_in(const struct peer *peer, int fd, gid_t group);

/* The group of that name. SP_NOT_FOUND. */
sp_status peer_group(const char *name, gid_t *ret_group);

#endif
