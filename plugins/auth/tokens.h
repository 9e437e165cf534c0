/*
 * tokens.h: static tokens. A token is "sp_" and 256 random bits; what is kept of it is its SHA-256, which tells nothing
 * about it: {"ci": {"sha256": "...", "roles": ["editor"]}}.
 */
#ifndef AUTH_TOKENS_H
#define AUTH_TOKENS_H

#include <jansson.h>
#include <signalpy/status.h>
#include <stdbool.h>

enum { TOKEN_SIZE = 48, TOKEN_HASH_SIZE = 65 }; /* with their zero bytes */

/* Makes a token and its hash, in hexadecimal digits; false when the system has no random bits to give. */
bool token_make(char token[static TOKEN_SIZE], char hash[static TOKEN_HASH_SIZE]);

/* Judges the section auth.tokens; SP_INVALID. */
sp_status tokens_check(const json_t *tokens, struct sp_error *error);

/* The name that a token has in the section, NULL when it has none; and its roles, which may be NULL. How long it takes
 * does not depend on the token. */
const char *tokens_find(const json_t *tokens, const char *token, const json_t **ret_roles);

#endif
