/*
 * check_auth_jwt.c: which JSON Web Tokens are believed, with keys that the test makes (R-PR-4).
 * links: plugins/auth/jwt.c plugins/auth/keys.c plugins/auth/names.c plugins/auth/base64url.c signalpy -lcrypto */
#define _GNU_SOURCE /* mempcpy */
#include <check.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <signalpy/status.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugins/auth/base64url.h"
#include "plugins/auth/jwt.h"
#include "runner.h"

enum { NOW = 1800000000, EC_HALF = 32 };

#define SECRET "0123456789abcdef0123456789abcdef"
#define CLAIMS "\"iss\":\"https://id\",\"aud\":\"api\",\"sub\":\"ada\""
#define GOOD "{" CLAIMS ",\"exp\":1800000100}"

/* ---- keys and signatures of the test's own ---------------------------------------------------------------------- */

static EVP_PKEY *secret, *rsa, *small_rsa, *ec, *edwards;
static struct keys *keys;

static char *pem_of(EVP_PKEY *key)
{
	BIO *memory = BIO_new(BIO_s_mem());
	char *data, *text;
	long size;

	ck_assert_int_eq(PEM_write_bio_PUBKEY(memory, key), 1);
	size = BIO_get_mem_data(memory, &data);
	text = calloc(1, (size_t)size + 1);
	ck_assert_ptr_nonnull(text);
	memcpy(text, data, (size_t)size);
	BIO_free(memory);
	return text;
}

static json_t *entry_new(const char *algorithm, EVP_PKEY *key)
{
	char *pem = pem_of(key);
	json_t *entry = json_pack("{s:s, s:s}", "algorithm", algorithm, "key", pem);

	free(pem);
	return entry;
}

static void set_up(void)
{
	struct sp_error error = { 0 };
	json_t *section;

	secret = EVP_PKEY_new_raw_private_key(EVP_PKEY_HMAC, NULL, (const unsigned char *)SECRET, sizeof SECRET - 1);
	rsa = EVP_RSA_gen(2048);
	small_rsa = EVP_RSA_gen(1024);
	ec = EVP_EC_gen("P-256");
	edwards = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	section = json_pack("{s:{s:s, s:s}, s:o, s:o, s:o}", "hs", "algorithm", "HS256", "secret", SECRET, "rs",
		entry_new("RS256", rsa), "es", entry_new("ES256", ec), "ed", entry_new("EdDSA", edwards));
	ck_assert_msg(keys_create(section, NULL, &keys, &error) == SP_OK, "%s", error.message);
	json_decref(section);
}

static void tear_down(void)
{
	EVP_PKEY *const all[] = { secret, rsa, small_rsa, ec, edwards };

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		EVP_PKEY_free(all[i]);
	keys_destroy(keys);
}

/* ES256 writes the two numbers one behind the other. */
static size_t raw_of(unsigned char *signature, size_t size)
{
	const unsigned char *at = signature;
	ECDSA_SIG *numbers = d2i_ECDSA_SIG(NULL, &at, (long)size);
	unsigned char raw[2 * EC_HALF];

	BN_bn2binpad(ECDSA_SIG_get0_r(numbers), raw, EC_HALF);
	BN_bn2binpad(ECDSA_SIG_get0_s(numbers), raw + EC_HALF, EC_HALF);
	ECDSA_SIG_free(numbers);
	memcpy(signature, raw, sizeof raw);
	return sizeof raw;
}

static size_t sign(EVP_PKEY *key, const char *text, unsigned char signature[static 512])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	size_t size = 512;

	ck_assert_int_eq(EVP_DigestSignInit(context, NULL, key == edwards ? NULL : EVP_sha256(), NULL, key), 1);
	ck_assert_int_eq(EVP_DigestSign(context, signature, &size, (const unsigned char *)text, strlen(text)), 1);
	EVP_MD_CTX_free(context);
	return key == ec ? raw_of(signature, size) : size;
}

static void add_part(char *token, const void *bytes, size_t size)
{
	base64url_encode(bytes, size, token + strlen(token));
}

static void add_dot(char *token)
{
	size_t length = strlen(token);

	token[length] = '.';
	token[length + 1] = '\0';
}

/* A token; static, until the next. Without a key its signature is empty. */
static const char *token_of(const char *header, const char *claims, EVP_PKEY *key)
{
	static char token[JWT_MOST];
	unsigned char signature[512];
	size_t size;

	token[0] = '\0';
	add_part(token, header, strlen(header));
	add_dot(token);
	add_part(token, claims, strlen(claims));
	size = key ? sign(key, token, signature) : 0;
	add_dot(token);
	add_part(token, signature, size);
	return token;
}

/* "ok", or why a token is refused. */
static const char *judge(const char *token)
{
	static struct sp_error error;
	const struct jwt_rules rules = { .keys = keys,
		.issuer = "https://id",
		.audience = "api",
		.leeway = 60,
		.now = NOW };
	json_t *claims = jwt_claims_new(&rules, token, &error);

	if (!claims)
		return error.message;
	ck_assert_str_eq(json_string_value(json_object_get(claims, "sub")), "ada");
	json_decref(claims);
	return "ok";
}

/* ---- algorithms and keys ---------------------------------------------------------------------------------------- */

#define SIGNATURE "the token's signature is wrong"
#define OTHER "the token's algorithm is not that of its key"
#define UNKNOWN "the token's key is not known"
#define HEADER "the token's header is not right"

/* A key is for one algorithm: neither "none", nor a public key taken for a secret, nor another key is believed. */
START_TEST(a_key_verifies_its_own_algorithm_alone)
{
	EVP_PKEY *confused;
	char *pem = pem_of(rsa);
	const struct {
		const char *header, *outcome;
		EVP_PKEY **key;
	} cases[] = {
		{ "{\"alg\":\"HS256\",\"kid\":\"hs\"}", "ok", &secret },
		{ "{\"alg\":\"RS256\",\"kid\":\"rs\",\"typ\":\"JWT\"}", "ok", &rsa },
		{ "{\"alg\":\"ES256\",\"kid\":\"es\",\"typ\":\"at+JWT\"}", "ok", &ec },
		{ "{\"alg\":\"EdDSA\",\"kid\":\"ed\"}", "ok", &edwards },
		{ "{\"alg\":\"HS256\",\"kid\":\"rs\"}", OTHER, &confused },
		{ "{\"alg\":\"HS256\",\"kid\":\"hs\"}", SIGNATURE, &confused },
		{ "{\"alg\":\"RS256\",\"kid\":\"rs\"}", SIGNATURE, &small_rsa },
		{ "{\"alg\":\"ES256\",\"kid\":\"es\"}", SIGNATURE, &edwards },
		{ "{\"alg\":\"EdDSA\",\"kid\":\"ed\"}", SIGNATURE, &ec },
		{ "{\"alg\":\"RS256\",\"kid\":\"hs\"}", OTHER, &rsa },
		{ "{\"alg\":\"none\",\"kid\":\"rs\"}", OTHER, NULL },
		{ "{\"alg\":\"RS256\",\"kid\":\"rs\"}", SIGNATURE, NULL },
		{ "{\"alg\":\"ES256\",\"kid\":\"es\"}", SIGNATURE, NULL },
		{ "{\"alg\":\"HS256\",\"kid\":\"hs\"}", SIGNATURE, NULL },
		{ "{\"alg\":\"HS256\",\"kid\":\"xx\"}", UNKNOWN, &secret },
		{ "{\"alg\":\"HS256\"}", "the token does not say which key it is signed with", &secret },
		{ "{\"alg\":\"HS256\",\"kid\":7}", HEADER, &secret },
		{ "{\"alg\":7,\"kid\":\"hs\"}", HEADER, &secret },
		{ "{\"kid\":\"hs\"}", HEADER, &secret },
		{ "{\"alg\":\"HS256\",\"kid\":\"hs\",\"typ\":\"logout+jwt\"}", HEADER, &secret },
		{ "{\"alg\":\"HS256\",\"kid\":\"hs\",\"typ\":\"application/at+jwt\"}", "ok", &secret },
		{ "{\"alg\":\"HS256\",\"kid\":\"hs\",\"typ\":\"application/\"}", HEADER, &secret },
		{ "{\"alg\":\"HS256\",\"kid\":\"hs\",\"typ\":null}", HEADER, &secret },
		{ "{\"alg\":\"hs256\",\"kid\":\"hs\"}", OTHER, &secret },
		{ "{\"alg\":\"HS384\",\"kid\":\"hs\"}", OTHER, &secret },
		{ "{\"alg\":\"HS256 \",\"kid\":\"hs\"}", OTHER, &secret },
		{ "{\"alg\":[\"HS256\"],\"kid\":\"hs\"}", HEADER, &secret },
		{ "{\"alg\":\"None\",\"kid\":\"hs\"}", OTHER, NULL },
		{ "{\"alg\":\"\",\"kid\":\"hs\"}", OTHER, NULL },
		{ "{\"alg\":\"HS256\",\"kid\":null}", HEADER, &secret },
		{ "{\"alg\":\"HS256\",\"kid\":\"\"}", UNKNOWN, &secret },
		{ "{\"alg\":\"HS256\",\"kid\":\"../hs\"}", UNKNOWN, &secret },
		{ "{\"alg\":\"HS256\",\"kid\":\"hs\\u0000\"}", HEADER, &secret },
		{ "{\"alg\":\"HS256\",\"kid\":\"hs\",\"crit\":[]}", "the token demands what is not known here",
			&secret },
		{ "{\"alg\":\"HS256\",\"kid\":\"hs\",\"crit\":null}", "the token demands what is not known here",
			&secret },
		/* A key that the token brings itself, or says where to fetch, is not looked at. */
		{ "{\"alg\":\"HS256\",\"kid\":\"hs\",\"jwk\":{\"kty\":\"oct\",\"k\":\"AAAA\"}}", SIGNATURE, &confused },
		{ "{\"alg\":\"RS256\",\"kid\":\"rs\",\"jku\":\"http://localhost/\"}", SIGNATURE, &small_rsa },
		{ "{\"alg\":\"dir\",\"enc\":\"A256GCM\",\"kid\":\"hs\"}", OTHER, &secret },
		{ "{\"alg\":\"HS256\",\"kid\":\"hs\"}{}", HEADER, &secret },
		{ "{\"alg\":\"HS256\",\"kid\":\"hs\",\"kid\":\"hs\"}", HEADER, &secret },
		{ "{\"alg\":\"HS256\",\"kid\":\"hs\",\"crit\":[\"b64\"]}", "the token demands what is not known here",
			&secret },
		{ "[]", HEADER, &secret },
		{ "", HEADER, &secret },
	};

	confused = EVP_PKEY_new_raw_private_key(EVP_PKEY_HMAC, NULL, (const unsigned char *)pem, strlen(pem));
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		ck_assert_str_eq(judge(token_of(cases[i].header, GOOD, cases[i].key ? *cases[i].key : NULL)),
			cases[i].outcome);
	EVP_PKEY_free(confused);
	free(pem);
}
END_TEST

/* ---- claims ----------------------------------------------------------------------------------------------------- */

#define WRONG "the token's claims are not right"
#define ISSUER "the token is from another issuer"
#define AUDIENCE "the token is for another audience"
#define WHOSE "the token does not say whose it is"
#define NAME "the token's subject is no name that a caller may have"
#define UNTIL "the token does not say until when it is valid"
#define FOR_API "\"iss\":\"https://id\",\"aud\":\"api\",\"exp\":1800000100"
#define EXPIRED "the token has expired"

static const struct {
	const char *claims, *outcome;
} claims[] = {
	{ GOOD, "ok" },
	{ "{" CLAIMS ",\"exp\":1799999941}", "ok" },
	{ "{" CLAIMS ",\"exp\":1799999940}", EXPIRED },
	{ "{" CLAIMS ",\"exp\":-1e300}", EXPIRED },
	{ "{" CLAIMS ",\"exp\":1800000100.5,\"nbf\":1800000060}", "ok" },
	{ "{" CLAIMS ",\"exp\":1800000100,\"nbf\":1800000061}", "the token is not valid yet" },
	{ "{" CLAIMS ",\"exp\":1800000100,\"nbf\":\"x\"}", UNTIL },
	{ "{" CLAIMS ",\"exp\":\"1800000100\"}", UNTIL },
	{ "{" CLAIMS "}", UNTIL },
	{ "{\"iss\":\"https://id\",\"aud\":[\"web\",\"api\"],\"sub\":\"ada\",\"exp\":1800000100}", "ok" },
	{ "{\"iss\":\"https://id\",\"aud\":[\"web\",7],\"sub\":\"ada\",\"exp\":1800000100}", AUDIENCE },
	{ "{\"iss\":\"https://id\",\"aud\":\"ap\",\"sub\":\"ada\",\"exp\":1800000100}", AUDIENCE },
	{ "{\"iss\":\"https://id\",\"sub\":\"ada\",\"exp\":1800000100}", AUDIENCE },
	{ "{\"iss\":\"https://id/\",\"aud\":\"api\",\"sub\":\"ada\",\"exp\":1800000100}", ISSUER },
	{ "{\"aud\":\"api\",\"sub\":\"ada\",\"exp\":1800000100}", ISSUER },
	{ "{\"iss\":\"https://id\",\"aud\":\"api\",\"exp\":1800000100}", WHOSE },
	{ "{\"iss\":\"https://id\",\"aud\":\"api\",\"sub\":\"\",\"exp\":1800000100}", WHOSE },
	{ "{" FOR_API ",\"sub\":7}", WHOSE },
	{ "{" FOR_API ",\"sub\":\"a\\nb\"}", NAME },
	{ "{" FOR_API ",\"sub\":\"a b\"}", NAME },
	{ "{" FOR_API ",\"sub\":\"instance:greeter\"}", NAME },
	{ "{" FOR_API ",\"sub\":\"a\\u0085b\"}", NAME },
	{ "{" FOR_API ",\"sub\":\"a\\u00a0b\"}", NAME },
	{ "{" FOR_API ",\"sub\":\"a\\u2003b\"}", NAME },
	{ "{" FOR_API ",\"sub\":\"a\\u202eb\"}", NAME },
	{ "{" FOR_API ",\"sub\":\"a\\u2066b\"}", NAME },
	{ "{" FOR_API ",\"sub\":\"a\\u0000b\"}", WRONG },
	{ "{" CLAIMS ",\"sub\":\"bob\",\"exp\":1800000100}", WRONG },
	{ "{" CLAIMS ",\"exp\":1e308}", "ok" },
	{ "{" CLAIMS ",\"exp\":9223372036854775807}", "ok" },
	{ "{" CLAIMS ",\"exp\":1e400}", WRONG },
	{ "{" CLAIMS ",\"exp\":99999999999999999999}", WRONG },
	{ "{" CLAIMS ",\"exp\":NaN}", WRONG },
	{ "{" CLAIMS ",\"exp\":true}", UNTIL },
	{ "{" CLAIMS ",\"exp\":null}", UNTIL },
	{ "{" CLAIMS ",\"exp\":[1800000100]}", UNTIL },
	{ "{" CLAIMS ",\"exp\":-0}", EXPIRED },
	{ "{" CLAIMS ",\"exp\":1800000100,\"nbf\":-9223372036854775808}", "ok" },
	{ "{" CLAIMS ",\"exp\":1800000100,\"nbf\":null}", UNTIL },
	{ "{" CLAIMS ",\"exp\":1800000100,\"nbf\":1e308}", "the token is not valid yet" },
	{ "{\"iss\":[\"https://id\"],\"aud\":\"api\",\"sub\":\"ada\",\"exp\":1800000100}", ISSUER },
	{ "{\"iss\":null,\"aud\":\"api\",\"sub\":\"ada\",\"exp\":1800000100}", ISSUER },
	{ "{\"iss\":\"https://id\",\"aud\":[],\"sub\":\"ada\",\"exp\":1800000100}", AUDIENCE },
	{ "{\"iss\":\"https://id\",\"aud\":[[\"api\"]],\"sub\":\"ada\",\"exp\":1800000100}", AUDIENCE },
	{ "{\"iss\":\"https://id\",\"aud\":{\"api\":1},\"sub\":\"ada\",\"exp\":1800000100}", AUDIENCE },
	{ "{\"iss\":\"https://id\",\"aud\":\"API\",\"sub\":\"ada\",\"exp\":1800000100}", AUDIENCE },
	{ "{" CLAIMS ",\"exp\":1800000100,\"x\":{\"a\":1,\"a\":2}}", WRONG },
	{ GOOD "{}", WRONG },
	{ GOOD " \n", "ok" },
	{ "\xef\xbb\xbf" GOOD, WRONG },
	{ "{" CLAIMS ",\"exp\":1800000100,\"x\":\"\xff\"}", WRONG },
	{ "[]", WRONG },
	{ "{", WRONG },
};

/* Issuer, audience, expiry, not before; a member that is written twice is refused. */
START_TEST(claims_are_judged)
{
	for (size_t i = 0; i < sizeof claims / sizeof claims[0]; i++)
		ck_assert_msg(strcmp(judge(token_of("{\"alg\":\"HS256\",\"kid\":\"hs\"}", claims[i].claims, secret)),
				      claims[i].outcome) == 0,
			"%s: %s", claims[i].claims,
			judge(token_of("{\"alg\":\"HS256\",\"kid\":\"hs\"}", claims[i].claims, secret)));
}
END_TEST

/* ---- the text of a token ---------------------------------------------------------------------------------------- */

/* Whatever letter is changed, the token is not believed. */
START_TEST(a_token_that_was_changed_is_refused)
{
	char *token = strdup(token_of("{\"alg\":\"EdDSA\",\"kid\":\"ed\"}", GOOD, edwards));

	ck_assert_str_eq(judge(token), "ok");
	for (char *letter = token; *letter; letter++) {
		char was = *letter;

		*letter = was == 'A' ? 'B' : 'A';
		ck_assert_str_ne(judge(token), "ok");
		*letter = was;
	}
	free(token);
}
END_TEST

/* One token has one way to be written: nothing before, between or behind its parts, and no other letters for the same
 * bytes. */
START_TEST(a_token_is_written_in_one_way)
{
	static const char *const changed[] = { "%s.", "%s=", "%s ", ".%s", " %s", "%s.e30", "%s\n", "Bearer %s" };
	char *token = strdup(token_of("{\"alg\":\"HS256\",\"kid\":\"hs\"}", GOOD, secret)), other[1024];
	size_t last = strlen(token) - 1;

	for (size_t i = 0; i < sizeof changed / sizeof changed[0]; i++) {
		snprintf(other, sizeof other, changed[i], token);
		ck_assert_msg(strcmp(judge(other), "this is no token") == 0, "%s: %s", changed[i], judge(other));
	}
	ck_assert_str_eq(judge(token), "ok");
	token[last]++; /* the 32 bytes leave two bits of the last letter, which must be zero */
	ck_assert_str_eq(judge(token), "this is no token");
	free(token);
}
END_TEST

/* What is nested a thousandfold is read or refused, and no stack overflows. */
START_TEST(what_is_nested_is_bounded)
{
	enum { DEPTH = 1800 };
	static const char head[] = "{" CLAIMS ",\"exp\":1800000100,\"x\":";
	char nested[sizeof head + 2UL * DEPTH + 1] = "", *at = mempcpy(nested, head, sizeof head - 1);

	memset(at, '[', DEPTH);
	at += DEPTH;
	memset(at, ']', DEPTH);
	at[DEPTH] = '}';
	ck_assert_str_eq(judge(token_of("{\"alg\":\"HS256\",\"kid\":\"hs\"}", nested, secret)), "ok");
	*at = '[';
	ck_assert_str_eq(judge(token_of("{\"alg\":\"HS256\",\"kid\":\"hs\"}", nested, secret)), WRONG);
}
END_TEST

START_TEST(what_is_no_token_is_refused)
{
	static const char *const texts[] = { "", ".", "..", "...", "a.b", "a.b.c", "e30.e30.e30.e30", "e30=.e30.",
		"e3 0.e30.", "e30\xc3\xa4.e30.", "e31.e30." };
	char *longest = calloc(1, JWT_MOST + 2);

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		ck_assert_str_ne(judge(texts[i]), "ok");
	memset(longest, '.', JWT_MOST + 1);
	ck_assert_str_eq(judge(longest), "this is no token");
	free(longest);
}
END_TEST

/* ---- keys of the configuration ---------------------------------------------------------------------------------- */

static const char *fault_of(json_t *section)
{
	static struct sp_error error;
	struct keys *made = NULL;
	sp_status status = section ? keys_create(section, "/", &made, &error) : SP_NO_MEMORY;

	keys_destroy(made);
	json_decref(section);
	return status == SP_OK ? "ok" : error.message;
}

static json_t *section_new(const char *algorithm, EVP_PKEY *key)
{
	return json_pack("{s:o}", "k", entry_new(algorithm, key));
}

START_TEST(a_key_must_suit_its_algorithm)
{
	static const char hs[] =
		"auth.jwt.keys.k must hold a secret of at least 32 bytes that is no PEM (in secret, or in a "
		"file that is named)";
	char *pem = pem_of(rsa);

	ck_assert_str_eq(fault_of(section_new("RS256", rsa)), "ok");
	ck_assert_ptr_nonnull(strstr(fault_of(section_new("RS256", small_rsa)), "at least 2048 bits"));
	ck_assert_ptr_nonnull(strstr(fault_of(section_new("RS256", ec)), "an RSA public key"));
	ck_assert_ptr_nonnull(strstr(fault_of(section_new("ES256", edwards)), "P-256"));
	ck_assert_ptr_nonnull(strstr(fault_of(section_new("EdDSA", rsa)), "Ed25519"));
	ck_assert_ptr_nonnull(strstr(fault_of(section_new("none", rsa)), "must be one of HS256"));
	ck_assert_str_eq(fault_of(json_pack("{s:{s:s, s:s}}", "k", "algorithm", "HS256", "secret", "short")), hs);
	ck_assert_str_eq(fault_of(json_pack("{s:{s:s, s:s}}", "k", "algorithm", "HS256", "secret", pem)), hs);
	ck_assert_str_eq(fault_of(json_pack("{s:{s:s, s:s}}", "k", "algorithm", "HS256", "file", "no/such")),
		"auth.jwt.keys.k: //no/such cannot be read: No such file or directory");
	ck_assert_str_eq(fault_of(json_pack("{s:{s:s}}", "k", "algorithm", "HS256")), hs);
	ck_assert_ptr_nonnull(strstr(fault_of(json_array()), "must be an object"));
	free(pem);
}
END_TEST

START_TEST(a_key_is_read_from_a_file)
{
	char path[] = "/tmp/check_jwt.XXXXXX";
	int fd = mkstemp(path);
	FILE *file = fdopen(fd, "w");

	ck_assert_int_eq(PEM_write_PUBKEY(file, ec), 1);
	fclose(file);
	ck_assert_str_eq(fault_of(json_pack("{s:{s:s, s:s}}", "k", "algorithm", "ES256", "file", path)), "ok");
	ck_assert_str_eq(fault_of(json_pack("{s:{s:s, s:s}}", "k", "algorithm", "ES256", "file", path + 1)), "ok");
	remove(path);
}
END_TEST

static void write_file(const char *path, const char *text, mode_t mode)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
	ck_assert_int_eq(chmod(path, mode), 0);
}

static const struct {
	const char *algorithm, *text; /* NULL: an RSA key */
	mode_t mode;
	const char *outcome;
} files[] = {
	{ "HS256", SECRET "\n", 0600, "ok" },
	{ "HS256", SECRET, 0640, "ok" },
	{ "HS256", SECRET, 0604, "is open to every user of this machine: chmod o= it, and consider a new secret" },
	{ "HS256", "", 0600, "must hold a secret of at least 32 bytes" },
	{ "HS256", "short", 0600, "must hold a secret of at least 32 bytes" },
	{ "HS256", NULL, 0600, "must hold a secret of at least 32 bytes that is no PEM" },
	{ "RS256", NULL, 0644, "ok" },
	{ "RS256", NULL, 0646, "can be written by every user of this machine: chmod o-w it" },
	{ "RS256", "", 0644, "must hold an RSA public key" },
	{ "ES256", NULL, 0644, "must hold a public key on the curve P-256" },
};

START_TEST(a_file_of_a_key_is_judged)
{
	char path[] = "/tmp/check_jwt.XXXXXX", *pem = pem_of(rsa);
	const char *fault;

	close(mkstemp(path));
	write_file(path, files[_i].text ? files[_i].text : pem, files[_i].mode);
	fault = fault_of(json_pack("{s:{s:s, s:s}}", "k", "algorithm", files[_i].algorithm, "file", path));
	ck_assert_msg(strstr(fault, files[_i].outcome) != NULL, "%s", fault);
	remove(path);
	free(pem);
}
END_TEST

/* Neither a pipe, which nobody may ever fill, nor a directory, nor what has no end; a link is what it names. */
START_TEST(what_is_no_file_holds_no_key)
{
	char path[] = "/tmp/check_jwt.XXXXXX", name[48], link[48];

	ck_assert_ptr_nonnull(mkdtemp(path));
	snprintf(name, sizeof name, "%s/key", path);
	snprintf(link, sizeof link, "%s/link", path);
	ck_assert_int_eq(mkfifo(name, 0600), 0);
	ck_assert_int_eq(symlink(name, link), 0);
	ck_assert_ptr_nonnull(strstr(fault_of(json_pack("{s:{s:s, s:s}}", "k", "algorithm", "HS256", "file", link)),
		"/link is not a file"));
	remove(name);
	ck_assert_ptr_nonnull(strstr(fault_of(json_pack("{s:{s:s, s:s}}", "k", "algorithm", "HS256", "file", link)),
		"cannot be read: No such file"));
	write_file(name, SECRET, 0600);
	ck_assert_str_eq(fault_of(json_pack("{s:{s:s, s:s}}", "k", "algorithm", "HS256", "file", link)), "ok");
	ck_assert_ptr_nonnull(strstr(fault_of(json_pack("{s:{s:s, s:s}}", "k", "algorithm", "HS256", "file", path)),
		"is not a file"));
	ck_assert_ptr_nonnull(
		strstr(fault_of(json_pack("{s:{s:s, s:s}}", "k", "algorithm", "HS256", "file", "/dev/zero")),
			"is not a file"));
	ck_assert_int_eq(truncate(name, 65537), 0);
	ck_assert_ptr_nonnull(strstr(fault_of(json_pack("{s:{s:s, s:s}}", "k", "algorithm", "HS256", "file", name)),
		"is larger than any key"));
	remove(name);
	remove(link);
	rmdir(path);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_key_verifies_its_own_algorithm_alone), TEST(claims_are_judged),
		TEST(a_token_that_was_changed_is_refused), TEST(what_is_no_token_is_refused),
		TEST(a_token_is_written_in_one_way), TEST(what_is_nested_is_bounded),
		TEST(a_key_must_suit_its_algorithm), TEST(a_key_is_read_from_a_file),
		TEST(a_file_of_a_key_is_judged, .times = sizeof files / sizeof files[0]),
		TEST(what_is_no_file_holds_no_key) };

	return run_suite(&SUITE(cases, "jwt", .set_up = set_up, .tear_down = tear_down));
}
