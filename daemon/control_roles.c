/* control_roles.c: which roles the users and groups of this system have. */
#include "control_roles.h"

#include <stdlib.h>
#include <string.h>

/* What is found; counted first, and then entered. */
struct roles {
	const char **names; /* NULL: only counted */
	size_t count;
};

static bool has_role(const struct roles *roles, const char *role)
{
	for (size_t i = 0; roles->names && i < roles->count; i++) {
		if (strcmp(roles->names[i], role) == 0)
			return true;
	}
	return false;
}

static void add_roles(struct roles *roles, const json_t *list)
{
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item) {
		const char *role = json_string_value(item);

		if (!role || has_role(roles, role))
			continue;
		if (roles->names)
			roles->names[roles->count] = role;
		roles->count++;
	}
}

/* A group that is not there has no members. */
static bool is_member(const struct peer *peer, int fd, const char *name)
{
	gid_t group;

	return peer_group(name, &group) == SP_OK && peer_is_in(peer, fd, group);
}

static void find_roles(struct roles *roles, const json_t *local, const struct peer *peer, int fd)
{
	json_t *groups = json_object_get(local, "groups"), *list;
	const char *name;

	add_roles(roles, json_object_get(json_object_get(local, "users"), peer->name));
	json_object_foreach(groups, name, list) {
		if (is_member(peer, fd, name))
			add_roles(roles, list);
	}
}

const char **control_roles_new(const json_t *local, const struct peer *peer, int fd)
{
	struct roles roles = { NULL, 0 };

	find_roles(&roles, local, peer, fd);
	roles.names = calloc(roles.count + 1, sizeof *roles.names);
	roles.count = 0;
	if (roles.names)
		find_roles(&roles, local, peer, fd);
	return roles.names;
}
