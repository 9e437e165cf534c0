/* keys.c: keys and signatures, through OpenSSL. */
#define _GNU_SOURCE
#include "keys.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MOST = 65536, SECRET_LEAST = 32, RSA_BITS_LEAST = 2048, EC_HALF = 32 };

static const struct algorithm {
	const char *name;
	int type; /* of the key */
	const char *kind; /* of a public key */
	const char *wanted;
} algorithms[] = {
	{ "HS256", EVP_PKEY_HMAC, NULL, "a secret of at least 32 bytes that is no PEM" },
	{ "RS256", EVP_PKEY_RSA, "RSA", "an RSA public key of at least 2048 bits, as PEM" },
	{ "ES256", EVP_PKEY_EC, "EC", "a public key on the curve P-256, as PEM" },
	{ "EdDSA", EVP_PKEY_ED25519, "ED25519", "an Ed25519 public key, as PEM" },
	{ NULL, 0, NULL, NULL },
};

/* By which one knows that a file is another: all zero when it is not there. */
struct print {
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec changed;
};

struct key {
	struct key *next;
	const struct algorithm *algorithm;
	EVP_PKEY *key;
	char *path; /* of its file; NULL: it stands in the configuration */
	struct print print;
	char name[];
};

struct keys {
	struct key *first;
};

/* ---- making them ------------------------------------------------------------------------------------------------ */

static const struct algorithm *algorithm_of(const json_t *entry)
{
	const char *name = json_string_value(json_object_get(entry, "algorithm"));
	const struct algorithm *algorithm = algorithms;

	while (name && algorithm->name && strcmp(algorithm->name, name) != 0)
		algorithm++;
	return name && algorithm->name ? algorithm : NULL;
}

static struct print print_of(const char *path)
{
	struct print print = { 0 };
	struct stat found;

	if (stat(path, &found) == 0)
		print = (struct print){ found.st_dev, found.st_ino, found.st_size, found.st_ctim };
	return print;
}

static bool is_same(const struct print *one, const struct print *other)
{
	return one->device == other->device && one->inode == other->inode && one->size == other->size &&
		one->changed.tv_sec == other->changed.tv_sec && one->changed.tv_nsec == other->changed.tv_nsec;
}

/* A name without a slash in front is one of the credentials directory. NULL when there is none, or no memory. */
static char *path_new(const char *directory, const char *name)
{
	char *path = NULL;

	if (*name == '/')
		return strdup(name);
	if (!directory || asprintf(&path, "%s/%s", directory, name) < 0)
		return NULL;
	return path;
}

/* Whether a file that is open may be taken: no pipe that nobody fills, no key that everybody could have written, and no
 * secret that everybody could have read. */
static const char *fault_of_file(int fd, const struct algorithm *algorithm)
{
	struct stat about;

	if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode))
		return "is not a file";
	if (algorithm->type == EVP_PKEY_HMAC && (about.st_mode & S_IRWXO))
		return "is open to every user of this machine: chmod o= it, and consider a new secret";
	return about.st_mode & S_IWOTH ? "can be written by every user of this machine: chmod o-w it" : NULL;
}

/* The bytes of a file, ended by a zero byte; NULL, and error says why. */
static char *read_bytes(int fd, const char *path, size_t *ret_size, struct sp_error *error)
{
	char *text = malloc(FILE_MOST + 1);
	size_t size = 0;
	ssize_t got = 0;

	while (text && size <= FILE_MOST && (got = read(fd, text + size, FILE_MOST + 1 - size)) > 0)
		size += (size_t)got;
	if (text && got == 0) {
		text[size] = '\0';
		*ret_size = size;
		return text;
	}
	sp_error_set(error, SP_INVALID, "%.128s %s", path,
		size > FILE_MOST ? "is larger than any key" : "cannot be read");
	free(text);
	return NULL;
}

static char *read_file(const struct key *key, size_t *ret_size, struct sp_error *error)
{
	int fd = open(key->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	const char *fault = fd < 0 ? strerror(errno) : fault_of_file(fd, key->algorithm);
	char *text = NULL;

	if (fault)
		sp_error_set(error, SP_INVALID, "%.128s %s%s", key->path, fd < 0 ? "cannot be read: " : "", fault);
	else
		text = read_bytes(fd, key->path, ret_size, error);
	if (fd >= 0)
		close(fd);
	return text;
}

static EVP_PKEY *read_secret(const char *text, size_t size)
{
	if (strstr(text, "-----BEGIN"))
		return NULL;
	while (size > 0 && text[size - 1] == '\n')
		size--;
	if (size < SECRET_LEAST)
		return NULL;
	return EVP_PKEY_new_raw_private_key(EVP_PKEY_HMAC, NULL, (const unsigned char *)text, size);
}

static bool suits(const EVP_PKEY *key, const struct algorithm *algorithm)
{
	char curve[32] = "";

	if (!key || (algorithm->kind && !EVP_PKEY_is_a(key, algorithm->kind)))
		return false;
	if (algorithm->type == EVP_PKEY_RSA)
		return EVP_PKEY_get_bits(key) >= RSA_BITS_LEAST;
	if (algorithm->type != EVP_PKEY_EC)
		return true;
	return EVP_PKEY_get_group_name(key, curve, sizeof curve, NULL) == 1 && strcmp(curve, "prime256v1") == 0;
}

static EVP_PKEY *read_key(const struct algorithm *algorithm, const char *text, size_t size)
{
	BIO *memory = algorithm->type == EVP_PKEY_HMAC ? NULL : BIO_new_mem_buf(text, (int)size);
	EVP_PKEY *key = memory ? PEM_read_bio_PUBKEY(memory, NULL, NULL, NULL) : NULL;

	BIO_free(memory);
	if (algorithm->type == EVP_PKEY_HMAC)
		key = read_secret(text, size);
	ERR_clear_error();
	if (suits(key, algorithm))
		return key;
	EVP_PKEY_free(key);
	return NULL;
}

/* What the file was is known before it is read, so that no change is missed. */
static EVP_PKEY *load_file(struct key *key, struct sp_error *error)
{
	EVP_PKEY *loaded;
	size_t size;
	char *text;

	key->print = print_of(key->path);
	text = read_file(key, &size, error);
	loaded = text ? read_key(key->algorithm, text, size) : NULL;
	if (text)
		OPENSSL_cleanse(text, size);
	free(text);
	return loaded;
}

/* The key of an entry, from where it is: its member secret or key, or a file, of which error says why it cannot be
 * read. */
static EVP_PKEY *load(struct key *key, const json_t *entry, const char *directory, struct sp_error *error)
{
	const json_t *given = json_object_get(entry, key->algorithm->type == EVP_PKEY_HMAC ? "secret" : "key");
	const char *file = json_string_value(json_object_get(entry, "file"));

	if (json_object_size(entry) != 2 || (!file && !json_is_string(given)))
		return NULL;
	if (!file)
		return read_key(key->algorithm, json_string_value(given), json_string_length(given));
	key->path = path_new(directory, file);
	return key->path ? load_file(key, error) : NULL;
}

static sp_status add(struct keys *keys, const char *name, const json_t *entry, const char *directory,
	struct sp_error *error)
{
	const struct algorithm *algorithm = algorithm_of(entry);
	size_t size = strlen(name) + 1;
	struct sp_error why = { .code = SP_OK };
	struct key *key;

	if (!algorithm)
		return sp_error_set(error, SP_INVALID,
			"auth.jwt.keys.%.64s.algorithm must be one of HS256, RS256, ES256 and EdDSA", name);
	key = calloc(1, sizeof *key + size);
	if (!key)
		return sp_error_set(error, SP_NO_MEMORY, "out of memory");
	memcpy(key->name, name, size);
	key->algorithm = algorithm;
	key->next = keys->first;
	keys->first = key;
	key->key = load(key, entry, directory, &why);
	if (key->key)
		return SP_OK;
	if (why.code != SP_OK)
		return sp_error_set(error, SP_INVALID, "auth.jwt.keys.%.64s: %s", name, why.message);
	return sp_error_set(error, SP_INVALID, "auth.jwt.keys.%.64s must hold %s (in %s, or in a file that is named)",
		name, algorithm->wanted, algorithm->type == EVP_PKEY_HMAC ? "secret" : "key");
}

static sp_status add_all(struct keys *keys, const json_t *section, const char *directory, struct sp_error *error)
{
	const char *name;
	json_t *entry;

	if (section && !json_is_object(section))
		return sp_error_set(error, SP_INVALID, "auth.jwt.keys must be an object: a key for each name");
	json_object_foreach((json_t *)section, name, entry) {
		sp_status status = add(keys, name, entry, directory, error);

		if (status != SP_OK)
			return status;
	}
	return SP_OK;
}

sp_status keys_create(const json_t *section, const char *directory, struct keys **ret_keys, struct sp_error *error)
{
	struct keys *keys = calloc(1, sizeof *keys);
	sp_status status;

	if (!keys)
		return sp_error_set(error, SP_NO_MEMORY, "out of memory");
	status = add_all(keys, section, directory, error);
	if (status == SP_OK)
		*ret_keys = keys;
	else
		keys_destroy(keys);
	return status;
}

void keys_destroy(struct keys *keys)
{
	struct key *next;

	if (!keys)
		return;
	for (struct key *key = keys->first; key; key = next) {
		next = key->next;
		EVP_PKEY_free(key->key);
		free(key->path);
		free(key);
	}
	free(keys);
}

bool keys_have_changed(struct keys *keys)
{
	bool changed = false;

	for (struct key *key = keys ? keys->first : NULL; key; key = key->next) {
		struct print now = key->path ? print_of(key->path) : key->print;

		changed = changed || !is_same(&now, &key->print);
		key->print = now;
	}
	return changed;
}

bool keys_exist(const struct keys *keys)
{
	return keys && keys->first;
}

/* ---- signatures ------------------------------------------------------------------------------------------------- */

static const struct key *find(const struct keys *keys, const char *name)
{
	const struct key *key = keys->first;

	if (!name)
		return key && !key->next ? key : NULL;
	while (key && strcmp(key->name, name) != 0)
		key = key->next;
	return key;
}

static bool verify_secret(EVP_MD_CTX *context, EVP_PKEY *key, sp_bytes text, sp_bytes signature)
{
	unsigned char own[EVP_MAX_MD_SIZE];
	size_t size = sizeof own;

	return EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
		EVP_DigestSign(context, own, &size, text.data, text.size) == 1 && size == signature.size &&
		CRYPTO_memcmp(own, signature.data, size) == 0;
}

/* The two numbers of an ES256 signature, as OpenSSL writes them; 0 when they are none. The caller frees *ret_der. */
static int der_of(sp_bytes signature, unsigned char **ret_der)
{
	const unsigned char *bytes = signature.data;
	ECDSA_SIG *numbers = signature.size == (size_t)2 * EC_HALF ? ECDSA_SIG_new() : NULL;
	BIGNUM *r = numbers ? BN_bin2bn(bytes, EC_HALF, NULL) : NULL;
	BIGNUM *s = numbers ? BN_bin2bn(bytes + EC_HALF, EC_HALF, NULL) : NULL;
	int size = 0;

	if (r && s && ECDSA_SIG_set0(numbers, r, s) == 1) {
		size = i2d_ECDSA_SIG(numbers, ret_der);
	} else {
		BN_free(r);
		BN_free(s);
	}
	ECDSA_SIG_free(numbers);
	return size > 0 ? size : 0;
}

static bool verify_public(EVP_MD_CTX *context, const struct key *key, sp_bytes text, sp_bytes signature)
{
	const EVP_MD *hash = key->algorithm->type == EVP_PKEY_ED25519 ? NULL : EVP_sha256();

	return EVP_DigestVerifyInit(context, NULL, hash, NULL, key->key) == 1 &&
		EVP_DigestVerify(context, signature.data, signature.size, text.data, text.size) == 1;
}

static bool is_signed(const struct key *key, sp_bytes text, sp_bytes signature)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	unsigned char *der = NULL;
	bool good = context != NULL;

	if (good && key->algorithm->type == EVP_PKEY_EC) {
		signature.size = (size_t)der_of(signature, &der);
		signature.data = der;
		good = der != NULL;
	}
	if (good && key->algorithm->type == EVP_PKEY_HMAC)
		good = verify_secret(context, key->key, text, signature);
	else if (good)
		good = verify_public(context, key, text, signature);
	OPENSSL_free(der);
	EVP_MD_CTX_free(context);
	ERR_clear_error();
	return good;
}

sp_status keys_verify(const struct keys *keys, const char *name, const char *algorithm, const sp_bytes texts[static 2],
	struct sp_error *error)
{
	const struct key *key = find(keys, name);

	if (!key)
		return sp_error_set(error, SP_UNAUTHENTICATED,
			name ? "the token's key is not known" : "the token does not say which key it is signed with");
	if (strcmp(key->algorithm->name, algorithm) != 0)
		return sp_error_set(error, SP_UNAUTHENTICATED, "the token's algorithm is not that of its key");
	if (!is_signed(key, texts[0], texts[1]))
		return sp_error_set(error, SP_UNAUTHENTICATED, "the token's signature is wrong");
	return SP_OK;
}
