/* jwt.h: judges JSON Web Tokens (RFC 7519, signed as in RFC 7515; with the advice of RFC 8725). */
#ifndef AUTH_JWT_H
#define AUTH_JWT_H

#include "keys.h"

enum { JWT_MOST = 8192 }; /* letters of a token */

/* What a token must say; texts are borrowed. Times are seconds, now since 1970. */
struct jwt_rules {
	const struct keys *keys;
	const char *issuer, *audience;
	int64_t leeway, now;
};

/* The claims of a token that is signed, and meant for here and now: an object with a text "sub". NULL, and *error tells
 * the caller why, without the token: SP_UNAUTHENTICATED, SP_NO_MEMORY. */
json_t *jwt_claims_new(const struct jwt_rules *rules, const char *token, struct sp_error *error);

#endif
