/* seal.c: random names, seals and digests. The cryptography is OpenSSL's. */
#include "seal.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

enum { MAC_SIZE = 32, MAC_TEXT = 2 * MAC_SIZE };

static const char digits[] = "0123456789abcdef";

static void write_hexadecimal(char *text, const unsigned char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		text[2 * i] = digits[bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 15];
	}
}

bool mcp_key_make(struct mcp_key *key)
{
	return RAND_bytes(key->bytes, sizeof key->bytes) == 1;
}

void mcp_key_write(const struct mcp_key *key, char text[static 65])
{
	write_hexadecimal(text, key->bytes, sizeof key->bytes);
	text[2 * sizeof key->bytes] = '\0';
}

bool mcp_key_read(struct mcp_key *ret_key, const char *text)
{
	struct mcp_key key;

	if (strlen(text) != 2 * sizeof key.bytes || strspn(text, digits) != 2 * sizeof key.bytes)
		return false;
	for (size_t i = 0; i < sizeof key.bytes; i++)
		key.bytes[i] = (unsigned char)((strchr(digits, text[2 * i]) - digits) * 16 +
			(strchr(digits, text[2 * i + 1]) - digits));
	*ret_key = key;
	return true;
}

bool mcp_name_make(char name[static 33])
{
	unsigned char bytes[16];

	if (RAND_bytes(bytes, sizeof bytes) != 1)
		return false;
	write_hexadecimal(name, bytes, sizeof bytes);
	name[32] = '\0';
	return true;
}

static bool sign(const struct mcp_key *key, const char *text, char mac_text[static MAC_TEXT])
{
	unsigned char mac[MAC_SIZE];
	unsigned size = sizeof mac;

	if (!HMAC(EVP_sha256(), key->bytes, sizeof key->bytes, (const unsigned char *)text, strlen(text), mac, &size))
		return false;
	write_hexadecimal(mac_text, mac, sizeof mac);
	return true;
}

json_t *mcp_seal_new(const struct mcp_key *key, const json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
	char mac[MAC_TEXT];
	json_t *sealed = NULL;

	if (text && sign(key, text, mac))
		sealed = json_sprintf("%.*s.%s", MAC_TEXT, mac, text);
	free(text);
	return sealed;
}

json_t *mcp_unseal_new(const struct mcp_key *key, const char *sealed)
{
	char mac[MAC_TEXT];

	if (strlen(sealed) <= MAC_TEXT || sealed[MAC_TEXT] != '.' || !sign(key, sealed + MAC_TEXT + 1, mac))
		return NULL;
	if (CRYPTO_memcmp(mac, sealed, MAC_TEXT) != 0)
		return NULL;
	return json_loads(sealed + MAC_TEXT + 1, JSON_DECODE_ANY, NULL);
}

json_t *mcp_digest_new(const json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
	unsigned char hash[MAC_SIZE];
	char hash_text[MAC_TEXT];
	unsigned size = sizeof hash;
	json_t *digest = NULL;

	if (text && EVP_Digest(text, strlen(text), hash, &size, EVP_sha256(), NULL) == 1) {
		write_hexadecimal(hash_text, hash, sizeof hash);
		digest = json_stringn(hash_text, sizeof hash_text);
	}
	free(text);
	return digest;
}
