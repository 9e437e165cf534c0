/* fuzz_jwt.c: any text as a JSON Web Token, also one that is signed, so that what lies behind the signature is read.
 * links: plugins/auth/jwt.c plugins/auth/keys.c plugins/auth/names.c plugins/auth/base64url.c signalpy -lcrypto */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/auth/base64url.h"
#include "plugins/auth/jwt.h"

#define SECRET "0123456789abcdef0123456789abcdef"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct keys *keys_new(void)
{
	json_t *section = json_pack("{s:{s:s, s:s}}", "k", "algorithm", "HS256", "secret", SECRET);
	struct keys *keys = NULL;

	if (keys_create(section, NULL, &keys, NULL) != SP_OK)
		abort();
	json_decref(section);
	return keys;
}

/* The text as claims that are signed; the caller frees it. */
static char *signed_new(const uint8_t *claims, size_t size)
{
	static const char header[] = "eyJhbGciOiJIUzI1NiJ9.";
	unsigned char signature[EVP_MAX_MD_SIZE];
	unsigned length = 0;
	char *token = malloc(size * 2 + 256);
	size_t end;

	if (!token)
		abort();
	memcpy(token, header, sizeof header - 1);
	base64url_encode(claims, size, token + sizeof header - 1);
	HMAC(EVP_sha256(), SECRET, sizeof SECRET - 1, (unsigned char *)token, strlen(token), signature, &length);
	end = strlen(token);
	token[end] = '.';
	base64url_encode(signature, length, token + end + 1);
	return token;
}

static void judge(const struct keys *keys, const char *token)
{
	const struct jwt_rules rules = { .keys = keys,
		.issuer = "i",
		.audience = "a",
		.leeway = 60,
		.now = 1800000000 };
	struct sp_error error = { .message = "" };
	json_t *claims = jwt_claims_new(&rules, token, &error);

	if (!claims == !error.message[0])
		abort();
	if (claims && !json_string_value(json_object_get(claims, "sub")))
		abort();
	json_decref(claims);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct keys *keys;
	char *text = calloc(1, size + 1), *token = signed_new(data, size);

	if (!keys)
		keys = keys_new();
	if (!text)
		abort();
	memcpy(text, data, size);
	judge(keys, text);
	judge(keys, token);
	free(text);
	free(token);
	return 0;
}
