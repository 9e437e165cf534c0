/* tokens.c: static tokens and their hashes. */
#include "tokens.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

#include "base64url.h"
#include "names.h"
#include "roles.h"

enum { RANDOM_BYTES = 32, HASH_BYTES = 32 };

static bool hash_of(const char *token, char hash[static TOKEN_HASH_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char bytes[EVP_MAX_MD_SIZE];

	if (EVP_Digest(token, strlen(token), bytes, NULL, EVP_sha256(), NULL) != 1)
		return false;
	for (size_t i = 0; i < HASH_BYTES; i++) {
		hash[2 * i] = digits[bytes[i] >> 4];
		hash[2 * i + 1] = digits[bytes[i] & 15];
	}
	hash[TOKEN_HASH_SIZE - 1] = '\0';
	return true;
}

bool token_make(char token[static TOKEN_SIZE], char hash[static TOKEN_HASH_SIZE])
{
	unsigned char bytes[RANDOM_BYTES];

	if (RAND_bytes(bytes, sizeof bytes) != 1)
		return false;
	base64url_encode(bytes, sizeof bytes, token + snprintf(token, TOKEN_SIZE, "sp_"));
	OPENSSL_cleanse(bytes, sizeof bytes);
	return hash_of(token, hash);
}

static bool is_hash(const json_t *value)
{
	const char *text = json_string_value(value);

	return text && strlen(text) == TOKEN_HASH_SIZE - 1 && !text[strspn(text, "0123456789abcdef")];
}

static sp_status check_entry(const char *name, const json_t *entry, struct sp_error *error)
{
	const json_t *roles = json_object_get(entry, "roles");

	if (!is_hash(json_object_get(entry, "sha256")))
		return sp_error_set(error, SP_INVALID,
			"auth.tokens.%.64s.sha256 must be 64 digits, 0 to 9 and a to f; signalctl token new makes them",
			name);
	if (!roles_are_names(roles))
		return sp_error_set(error, SP_INVALID, "auth.tokens.%.64s.roles must be a list of names of roles",
			name);
	if (json_object_size(entry) != (roles ? 2 : 1))
		return sp_error_set(error, SP_INVALID, "auth.tokens.%.64s holds more than sha256 and roles", name);
	return SP_OK;
}

static sp_status check_name(const char *name, struct sp_error *error)
{
	if (name_is_good(name))
		return SP_OK;
	return sp_error_set(error, SP_INVALID,
		"a name in auth.tokens must have 1 to %d bytes, no spaces, and not begin with instance:", NAME_MOST);
}

sp_status tokens_check(const json_t *tokens, struct sp_error *error)
{
	const char *name;
	json_t *entry;

	if (tokens && !json_is_object(tokens))
		return sp_error_set(error, SP_INVALID, "auth.tokens must be an object: a token for each name");
	json_object_foreach((json_t *)tokens, name, entry) {
		sp_status status = check_name(name, error);

		if (status == SP_OK && !json_is_null(entry))
			status = check_entry(name, entry, error);
		if (status != SP_OK)
			return status;
	}
	return SP_OK;
}

const char *tokens_find(const json_t *tokens, const char *token, const json_t **ret_roles)
{
	const char *name, *found = NULL;
	char hash[TOKEN_HASH_SIZE];
	json_t *entry;

	if (!hash_of(token, hash))
		return NULL;
	json_object_foreach((json_t *)tokens, name, entry) {
		const json_t *known = json_object_get(entry, "sha256");

		if (!is_hash(known) || CRYPTO_memcmp(json_string_value(known), hash, TOKEN_HASH_SIZE - 1) != 0)
			continue;
		found = name;
		*ret_roles = json_object_get(entry, "roles");
	}
	return found;
}
