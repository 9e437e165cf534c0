/*
 * keys.h: the keys that signatures of JSON Web Tokens are verified with. Each is made for one algorithm, and verifies
 * no other: {"main": {"algorithm": "ES256", "key": "-----BEGIN PUBLIC KEY-----..."}}.
 */
#ifndef AUTH_KEYS_H
#define AUTH_KEYS_H

#include <jansson.h>
#include <signalpy/value.h>

struct keys;

/* Makes the keys of the section auth.jwt.keys (NULL: none). A file that is named relatively lies in directory, which
 * may be NULL. SP_INVALID, SP_NO_MEMORY; *error says which, and never holds a secret. */
sp_status keys_create(const json_t *section, const char *directory, struct keys **ret_keys, struct sp_error *error);
void keys_destroy(struct keys *keys);

/* Whether the files of keys are others than when this was asked last, or they were read. */
bool keys_have_changed(struct keys *keys);

/* Whether there is any. */
bool keys_exist(const struct keys *keys);

/* Whether the key of that name (NULL: the only one) is made for the algorithm and signature is its own of text.
 * SP_UNAUTHENTICATED, and *error says why. */
sp_status keys_verify(const struct keys *keys, const char *name, const char *algorithm, const sp_bytes texts[static 2],
	struct sp_error *error);

#endif
