/*
 * check_tls_pair.c: which certificates and keys are taken, and what is said of the others.
 * links: plugins/tls/pair.c signalpy -lssl -lcrypto */
#include "../plugins/tls/pair.h"
#include "runner.h"
#include "shell_kit.h"
#include "tls_kit.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static struct temporary_directory directory;
static struct sp_error error;
static SSL_CTX *context;

static void set_up(void)
{
	temporary_directory_init(&directory);
	tls_kit_write(&directory, "good", (struct tls_kit_pair){ "11", -1, 30 });
	tls_kit_write(&directory, "other", (struct tls_kit_pair){ "12", -1, 30 });
	tls_kit_write(&directory, "old", (struct tls_kit_pair){ "13", -30, -1 });
	tls_kit_write(&directory, "early", (struct tls_kit_pair){ "14", 2, 30 });
	error = (struct sp_error){ .code = SP_OK };
	context = NULL;
}

static void tear_down(void)
{
	SSL_CTX_free(context);
	temporary_directory_finish(&directory);
}

static sp_status load(const char *certificate, const char *key)
{
	const struct pair_place place = { certificate, key, directory.path, 1.2 };

	SSL_CTX_free(context);
	context = NULL;
	return pair_load(&place, &context, &error);
}

START_TEST(a_pair_is_taken)
{
	char date[PAIR_DATE_SIZE];

	ck_assert_msg(load("good.pem", "good.key") == SP_OK, "%s", error.message);
	ck_assert_msg(load(temporary_path(&directory, "good.pem"), temporary_path(&directory, "good.key")) == SP_OK,
		"%s", error.message);
	ck_assert_int_eq(SSL_CTX_get_min_proto_version(context), TLS1_2_VERSION);
	pair_end(context, date);
	ck_assert_msg(strstr(date, " GMT") != NULL, "%s", date);
}
END_TEST

static const struct {
	const char *certificate, *key, *why;
} wrong[] = {
	{ "good.pem", "other.key", "tls.key: */other.key is not the key of tls.certificate (key values mismatch)" },
	{ "old.pem", "old.key", "tls.certificate: */old.pem expired at * GMT" },
	{ "early.pem", "early.key", "tls.certificate: */early.pem is not valid before * GMT" },
	{ "none.pem", "good.key", "tls.certificate: */none.pem cannot be read: No such file or directory" },
	{ "good.pem", "none.key", "tls.key: */none.key cannot be read: No such file or directory" },
	{ "good.key", "good.key", "tls.certificate: */good.key holds no certificate as PEM (no start line)" },
	{ "good.pem", "good.pem", "tls.key: */good.pem holds no key as PEM that is readable without a passphrase (*)" },
	{ "open.pem", "open.key", "tls.key: */open.key is open to every user of this machine: chmod o= it, *" },
	{ "empty.pem", "good.key", "tls.certificate: */empty.pem holds no certificate as PEM (no start line)" },
	{ "half.pem", "good.key", "tls.certificate: */half.pem holds no certificate as PEM (*)" },
	{ "broken-chain.pem", "good.key", "tls.certificate: */broken-chain.pem holds a certificate that cannot be *" },
	{ "directory", "good.key", "tls.certificate: */directory is not a file" },
	{ "pipe", "good.key", "tls.certificate: */pipe is not a file" },
	{ "big.pem", "good.key", "tls.certificate: */big.pem is larger than any certificate or key" },
	{ "weak.pem", "weak.key", "tls.certificate: */weak.pem cannot be used (ee key too small)" },
	{ "good.pem", "locked.key",
		"tls.key: */locked.key holds no key as PEM that is readable without a passphrase (*" },
};

static void make_wrong_files(void)
{
	const char *at = directory.path;

	shell(0, "cd %s && cp good.pem open.pem && cp good.key open.key && chmod 644 open.key && : >empty.pem", at);
	shell(0, "cd %s && head -c 200 good.pem >half.pem && cat good.pem half.pem >broken-chain.pem", at);
	shell(0, "cd %s && mkdir directory && mkfifo pipe && head -c 2000000 /dev/zero >big.pem", at);
	shell(0,
		"cd %s && openssl req -x509 -newkey rsa:1024 -nodes -days 9 -subj /CN=localhost -keyout weak.key "
		"-out weak.pem",
		at);
	shell(0, "cd %s && openssl pkey -in good.key -aes256 -passout pass:secret -out locked.key", at);
}

/* A star stands for anything up to what follows it. */
static bool is_like(const char *text, const char *pattern)
{
	size_t size;

	for (; *pattern == '*' || (*pattern && *pattern == *text); pattern++) {
		if (*pattern != '*') {
			text++;
			continue;
		}
		size = strcspn(pattern + 1, "*");
		if (!size)
			return true;
		while (*text && strncmp(text, pattern + 1, size) != 0)
			text++;
	}
	return !*text && !*pattern;
}

START_TEST(what_would_not_serve_is_refused)
{
	make_wrong_files();
	ck_assert_int_eq(load(wrong[_i].certificate, wrong[_i].key), SP_INVALID);
	ck_assert_msg(is_like(error.message, wrong[_i].why), "%s", error.message);
	ck_assert_ptr_null(context);
}
END_TEST

START_TEST(certificates_in_between_are_sent_too)
{
	STACK_OF(X509) *chain = NULL;

	shell(0, "cd %s && cat good.pem other.pem old.pem >chain.pem", directory.path);
	ck_assert_msg(load("chain.pem", "good.key") == SP_OK, "%s", error.message);
	ck_assert_int_eq(SSL_CTX_get0_chain_certs(context, &chain), 1);
	ck_assert_int_eq(sk_X509_num(chain), 2);
}
END_TEST

START_TEST(a_relative_name_lies_in_the_credentials_directory)
{
	const struct pair_place nowhere = { "good.pem", "good.key", NULL, 1.2 };

	ck_assert_int_eq(pair_load(&nowhere, &context, &error), SP_INVALID);
	ck_assert_str_eq(error.message,
		"tls.certificate: good.pem does not begin with /, and there is no credentials directory for it to lie in");
}
END_TEST

static const struct {
	const char *certificate, *key;
	double version;
	const char *why; /* NULL: it suits */
	bool named;
} places[] = {
	{ "a", "b", 1.2, NULL, true },
	{ "a", "b", 1.3, NULL, true },
	{ NULL, NULL, 1.2, NULL, false },
	{ "", "", 1.3, NULL, false },
	{ "a", NULL, 1.2, "tls.key is missing, and tls.certificate is of no use without it", false },
	{ "", "b", 1.2, "tls.certificate is missing, and tls.key is of no use without it", false },
	{ "a", "b", 1.25, "tls.min_version must be 1.2 or 1.3", false },
	{ "a", "b", 1.1, "tls.min_version must be 1.2 or 1.3", false },
};

START_TEST(settings_are_judged)
{
	const struct pair_place place = { places[_i].certificate, places[_i].key, NULL, places[_i].version };
	bool named = false;

	ck_assert_int_eq(pair_place_check(&place, &named, &error), places[_i].why ? SP_INVALID : SP_OK);
	ck_assert_str_eq(error.message, places[_i].why ? places[_i].why : "");
	ck_assert_int_eq(named, places[_i].named);
}
END_TEST

START_TEST(a_change_of_either_file_is_seen)
{
	const struct pair_place place = { "good.pem", "good.key", directory.path, 1.2 };
	struct pair_stamp one, other, none = { .certificate = { .size = 0 } };

	pair_look(&place, &one);
	pair_look(&place, &other);
	ck_assert(pair_stamp_is(&one, &other));
	ck_assert(!pair_stamp_is(&one, &none));
	ck_assert_int_eq(chmod(temporary_path(&directory, "good.key"), 0400), 0);
	pair_look(&place, &other);
	ck_assert(!pair_stamp_is(&one, &other));
	tls_kit_write(&directory, "good", (struct tls_kit_pair){ "15", -1, 30 });
	pair_look(&place, &one);
	ck_assert(!pair_stamp_is(&one, &other));
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_pair_is_taken),
		TEST(what_would_not_serve_is_refused, .times = sizeof wrong / sizeof *wrong),
		TEST(certificates_in_between_are_sent_too), TEST(a_relative_name_lies_in_the_credentials_directory),
		TEST(settings_are_judged, .times = sizeof places / sizeof *places),
		TEST(a_change_of_either_file_is_seen) };

	return run_suite(&SUITE(cases, "tls pair", .set_up = set_up, .tear_down = tear_down));
}
