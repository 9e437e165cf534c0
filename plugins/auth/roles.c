/* roles.c: who may do what. */
#include "roles.h"

#include <fnmatch.h>
#include <string.h>

enum { ROLES_MOST = 64, NAME_MOST = 64 };

static bool is_name(const json_t *value)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:-";
	const char *text = json_string_value(value);

	return text && *text && strlen(text) <= NAME_MOST && !text[strspn(text, letters)];
}

bool roles_are_names(const json_t *list)
{
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
		if (!is_name(item))
			return false;
	return !list || (json_is_array(list) && json_array_size(list) <= ROLES_MOST);
}

static bool is_list_of_texts(const json_t *list)
{
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
		if (!json_is_string(item))
			return false;
	return json_is_array(list);
}

sp_status roles_check(const json_t *roles, struct sp_error *error)
{
	const char *role;
	json_t *actions;

	if (roles && !json_is_object(roles))
		return sp_error_set(error, SP_INVALID, "auth.roles must be an object: a list of actions for each role");
	json_object_foreach((json_t *)roles, role, actions)
		if (!is_list_of_texts(actions))
			return sp_error_set(error, SP_INVALID,
				"auth.roles.%.64s must be a list of actions, [\"orders.*\"]", role);
	return SP_OK;
}

sp_status roles_check_local(const char *name, const json_t *section, struct sp_error *error)
{
	const char *member;
	json_t *roles;

	if (section && !json_is_object(section))
		return sp_error_set(error, SP_INVALID, "auth.local.%s must be an object: a list of roles for each name",
			name);
	json_object_foreach((json_t *)section, member, roles)
		if (!roles_are_names(roles))
			return sp_error_set(error, SP_INVALID,
				"auth.local.%s.%.64s must be a list of names of roles, [\"editor\"]", name, member);
	return SP_OK;
}

bool roles_have(const struct sp_identity *identity, const char *role)
{
	for (const char *const *own = identity->roles; own && *own; own++)
		if (strcmp(*own, role) == 0)
			return true;
	return false;
}

static bool matches_any(const json_t *patterns, const char *action)
{
	const json_t *pattern;
	size_t i;

	json_array_foreach(patterns, i, pattern)
		if (json_is_string(pattern) && fnmatch(json_string_value(pattern), action, 0) == 0)
			return true;
	return false;
}

bool roles_grant(const json_t *roles, const struct sp_identity *identity, const char *action)
{
	for (const char *const *own = identity->roles; own && *own; own++)
		if (matches_any(json_object_get(roles, *own), action))
			return true;
	return false;
}
