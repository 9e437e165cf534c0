/*
 * control_peer.c: the credentials of who connected, as the system tells them.
 */
#define _GNU_SOURCE /* struct ucred */
#include "control_peer.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { GROUPS_USUAL = 64, RECORD_SIZE_MIN = 1024, RECORD_SIZE_MAX = 1024 * 1024 };

static bool is_among(const gid_t *groups, size_t count, gid_t group)
{
	for (size_t i = 0; i < count; i++) {
		if (groups[i] == group)
			return true;
	}
	return false;
}

/* Whether group is among the size bytes of groups that the peer has. */
static bool has_many_groups(int fd, socklen_t size, gid_t group)
{
	gid_t *groups = malloc(size);
	bool found = groups && getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) == 0 &&
		is_among(groups, size / sizeof(gid_t), group);

	free(groups);
	return found;
}

static bool has_group(int fd, gid_t group)
{
	gid_t groups[GROUPS_USUAL];
	socklen_t size = sizeof groups;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) == 0)
		return is_among(groups, size / sizeof(gid_t), group);
	return errno == ERANGE && has_many_groups(fd, size, group);
}

bool peer_is_in(const struct peer *peer, int fd, gid_t group)
{
	return peer->gid == group || has_group(fd, group);
}

static enum peer_level level_of(const struct peer *peer, int fd, uid_t owner, gid_t group)
{
	if (peer->uid == 0 || peer->uid == owner)
		return PEER_MAY_ALL;
	if (group == PEER_NO_GROUP)
		return PEER_REFUSED;
	return peer_is_in(peer, fd, group) ? PEER_MAY_CALL : PEER_REFUSED;
}

static void name_of(uid_t uid, char *name, size_t size)
{
	struct passwd entry, *found = NULL;
	char text[RECORD_SIZE_MIN];

	if (getpwuid_r(uid, &entry, text, sizeof text, &found) == 0 && found)
		snprintf(name, size, "%s", found->pw_name);
	else
		snprintf(name, size, "%lu", (unsigned long)uid);
}

sp_status peer_read(int fd, uid_t owner, gid_t group, struct peer *ret_peer)
{
	struct ucred credentials;
	socklen_t size = sizeof credentials;
	struct peer peer = { 0 };

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0)
		return SP_FAILED;
	peer.uid = credentials.uid;
	peer.gid = credentials.gid;
	peer.pid = credentials.pid;
	peer.level = level_of(&peer, fd, owner, group);
	name_of(peer.uid, peer.name, sizeof peer.name);
	*ret_peer = peer;
	return SP_OK;
}

sp_status peer_group(const char *name, gid_t *ret_group)
{
	struct group entry, *found = NULL;
	sp_status status = SP_NOT_FOUND;
	size_t size = RECORD_SIZE_MIN;
	char *text = NULL;
	int refused;

	do {
		free(text);
		text = malloc(size);
		if (!text)
			return SP_NO_MEMORY;
		refused = getgrnam_r(name, &entry, text, size, &found);
		size *= 4;
	} while (refused == ERANGE && size <= RECORD_SIZE_MAX);
	if (found) {
		*ret_group = entry.gr_gid;
		status = SP_OK;
	}
	free(text);
	return status;
}
