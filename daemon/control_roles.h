/* control_roles.h: the roles that the configuration gives users and groups of this system, who come over the control
 * socket. */
#ifndef DAEMON_CONTROL_ROLES_H
#define DAEMON_CONTROL_ROLES_H

#include "control_peer.h"

#include <jansson.h>

/*
 * The names of the roles of a peer, whose socket is fd, by auth.local: {"users": {"ada": ["editor"]}, "groups": {"ops":
 * ["keeper"]}}; each once. A new array, ending with NULL, that the caller frees; its strings are those of local, and
 * live as long as that. NULL without memory.
 */
const char **control_roles_new(const json_t *local, const struct peer *peer, int fd);

#endif
