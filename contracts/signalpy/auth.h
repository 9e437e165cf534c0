/*
 * auth.h: the auth contract: who a caller is, and what it may do. Transports authenticate whoever brings credentials;
 * the kernel asks for authorisation, once, behind the gateway, before a runnable that demands an action or a role is
 * run. Without a provider such a runnable is refused (R-PR-4). A provider publishes the event auth.changed, {}, when
 * tokens or roles have changed: clients that are sent a stream are judged again then. Everything here is [loop] and
 * answers at once.
 */
#ifndef SIGNALPY_AUTH_H
#define SIGNALPY_AUTH_H

#include <signalpy/gateway.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a runnable demands of its caller; action and role may be NULL, not both. */
struct sp_demand {
	uint32_t struct_size;
	const char *address; /* "greeter.greet" */
	const char *action, *role;
};

struct sp_auth {
	struct sp_service service;

	/* Who bears a token (what stands behind "Bearer " in an Authorization header). *ret_identity is borrowed until
	 * the loop turns. SP_UNAUTHENTICATED, and *error tells the caller why, without the token. */
	sp_status (*authenticate)(const struct sp_auth *auth, const char *token,
		const struct sp_identity **ret_identity, struct sp_error *error);

	/* Whether identity meets a demand. SP_UNAUTHENTICATED when it is nobody (its name is ""), SP_FORBIDDEN when it
	 * lacks what is demanded; *error tells the caller why. */
	sp_status (*authorize)(const struct sp_auth *auth, const struct sp_identity *identity,
		const struct sp_demand *demand, struct sp_error *error);
};
SP_CONTRACT(sp_auth, "signalpy.auth", 1);

/* The token in the value of an Authorization header, which it points into; NULL where that is not Bearer and a token,
 * or is NULL. [any] */
SP_API const char *sp_auth_token(const char *authorization);

#ifdef __cplusplus
}
#endif
#endif
