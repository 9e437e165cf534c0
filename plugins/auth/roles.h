/* roles.h: lists of roles, and which actions a role may do: {"editor": ["orders.*"]}. */
#ifndef AUTH_ROLES_H
#define AUTH_ROLES_H

#include <jansson.h>
#include <signalpy/auth.h>

/* Whether a list holds nothing but names that need no quoting, at most 64 of them; NULL is an empty one. */
bool roles_are_names(const json_t *list);

/* Judges the section auth.roles; SP_INVALID. */
sp_status roles_check(const json_t *roles, struct sp_error *error);

/* Judges auth.local.users or auth.local.groups; SP_INVALID. */
sp_status roles_check_local(const char *name, const json_t *section, struct sp_error *error);

/* Whether identity has a role; whether one of its roles may do an action. */
bool roles_have(const struct sp_identity *identity, const char *role);
bool roles_grant(const json_t *roles, const struct sp_identity *identity, const char *action);

#endif
