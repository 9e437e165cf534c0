/* pair.c: reads a certificate and its key, and refuses what would not serve. */
#include "pair.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILE_MOST = 1048576 };

/* A file's content while it is judged. name is the setting that names the file. */
struct document {
	const char *name;
	char path[PATH_MAX];
	char *text;
	size_t size;
};

/* ---- files ------------------------------------------------------------------------------------------------------ */

static bool find_path(const char *name, const char *directory, char path[static PATH_MAX])
{
	int length;

	if (*name == '/')
		length = snprintf(path, PATH_MAX, "%s", name);
	else if (directory)
		length = snprintf(path, PATH_MAX, "%s/%s", directory, name);
	else
		return false;
	return length < PATH_MAX;
}

static void look_at(const char *name, const char *directory, struct file_stamp *stamp)
{
	char path[PATH_MAX];
	struct stat about;

	if (!name || !find_path(name, directory, path) || stat(path, &about) != 0)
		return;
	stamp->device = about.st_dev;
	stamp->inode = about.st_ino;
	stamp->size = about.st_size;
	stamp->modified = about.st_mtim;
	stamp->changed = about.st_ctim;
}

void pair_look(const struct pair_place *place, struct pair_stamp *ret_stamp)
{
	*ret_stamp = (struct pair_stamp){ .certificate = { .size = 0 } };
	look_at(place->certificate, place->directory, &ret_stamp->certificate);
	look_at(place->key, place->directory, &ret_stamp->key);
}

static bool is_same_time(struct timespec one, struct timespec other)
{
	return one.tv_sec == other.tv_sec && one.tv_nsec == other.tv_nsec;
}

static bool is_same_file(const struct file_stamp *one, const struct file_stamp *other)
{
	return one->device == other->device && one->inode == other->inode && one->size == other->size &&
		is_same_time(one->modified, other->modified) && is_same_time(one->changed, other->changed);
}

bool pair_stamp_is(const struct pair_stamp *one, const struct pair_stamp *other)
{
	return is_same_file(&one->certificate, &other->certificate) && is_same_file(&one->key, &other->key);
}

static sp_status refuse(const struct document *document, const char *why, struct sp_error *error)
{
	return sp_error_set(error, SP_INVALID, "%s: %.120s %s", document->name, document->path, why);
}

/* Whether a file that is open may be taken: neither a pipe that nobody fills, nor a key that everybody reads. */
static sp_status judge_file(const struct document *document, int fd, bool is_secret, struct sp_error *error)
{
	struct stat about;

	if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode))
		return refuse(document, "is not a file", error);
	if (about.st_size > FILE_MOST)
		return refuse(document, "is larger than any certificate or key", error);
	if (is_secret && (about.st_mode & S_IRWXO))
		return refuse(document, "is open to every user of this machine: chmod o= it, and consider a new key",
			error);
	return SP_OK;
}

static sp_status read_text(struct document *document, int fd, struct sp_error *error)
{
	ssize_t got;

	document->text = malloc(FILE_MOST + 1);
	if (!document->text)
		return sp_error_set(error, SP_NO_MEMORY, "no memory to read %.120s", document->path);
	while ((got = read(fd, document->text + document->size, FILE_MOST + 1 - document->size)) > 0)
		document->size += (size_t)got;
	return got == 0 && document->size <= FILE_MOST ? SP_OK : refuse(document, "cannot be read", error);
}

static sp_status open_document(struct document *document, const char *name, const char *directory,
	struct sp_error *error)
{
	bool is_secret = strcmp(document->name, "tls.key") == 0;
	sp_status status;
	int fd;

	if (!find_path(name, directory, document->path))
		return sp_error_set(error, SP_INVALID,
			"%s: %.120s does not begin with /, and there is no credentials directory for it to lie in",
			document->name, name);
	fd = open(document->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return sp_error_set(error, SP_INVALID, "%s: %.120s cannot be read: %s", document->name, document->path,
			strerror(errno));
	status = judge_file(document, fd, is_secret, error);
	if (status == SP_OK)
		status = read_text(document, fd, error);
	close(fd);
	return status;
}

static void close_document(struct document *document)
{
	if (document->text)
		OPENSSL_cleanse(document->text, document->size);
	free(document->text);
}

/* ---- certificates ----------------------------------------------------------------------------------------------- */

/* Why OpenSSL refused, in its words. */
static const char *reason(void)
{
	const char *text = ERR_reason_error_string(ERR_peek_last_error());

	return text ? text : "it is damaged";
}

static sp_status refuse_for(const struct document *document, const char *what, struct sp_error *error)
{
	char why[160];

	snprintf(why, sizeof why, "%s (%s)", what, reason());
	return refuse(document, why, error);
}

static void write_date(const ASN1_TIME *time, char date[static PAIR_DATE_SIZE])
{
	BIO *memory = BIO_new(BIO_s_mem());
	int length = 0;

	if (memory && ASN1_TIME_print(memory, time) == 1)
		length = BIO_read(memory, date, PAIR_DATE_SIZE - 1);
	date[length > 0 ? length : 0] = '\0';
	BIO_free(memory);
}

void pair_end(const SSL_CTX *context, char date[static PAIR_DATE_SIZE])
{
	write_date(X509_get0_notAfter(SSL_CTX_get0_certificate(context)), date);
}

static sp_status judge_dates(const struct document *document, const X509 *certificate, struct sp_error *error)
{
	const ASN1_TIME *begin = X509_get0_notBefore(certificate), *end = X509_get0_notAfter(certificate);
	char why[160], date[PAIR_DATE_SIZE];
	bool is_early = X509_cmp_current_time(begin) > 0;

	if (!is_early && X509_cmp_current_time(end) >= 0)
		return SP_OK;
	write_date(is_early ? begin : end, date);
	snprintf(why, sizeof why, "%s %s", is_early ? "is not valid before" : "expired at", date);
	return refuse(document, why, error);
}

/* The certificates behind the first: those between it and the root, which clients need not have. */
static sp_status take_chain(const struct document *document, BIO *memory, SSL_CTX *context, struct sp_error *error)
{
	unsigned long end;
	X509 *next;

	while ((next = PEM_read_bio_X509(memory, NULL, NULL, NULL))) {
		if (SSL_CTX_add0_chain_cert(context, next) == 1)
			continue;
		X509_free(next);
		return refuse_for(document, "holds a certificate that cannot be sent", error);
	}
	end = ERR_peek_last_error();
	if (ERR_GET_LIB(end) != ERR_LIB_PEM || ERR_GET_REASON(end) != PEM_R_NO_START_LINE)
		return refuse_for(document, "holds a certificate that cannot be read", error);
	ERR_clear_error();
	return SP_OK;
}

static sp_status take_certificate(const struct document *document, SSL_CTX *context, struct sp_error *error)
{
	BIO *memory = BIO_new_mem_buf(document->text, (int)document->size);
	X509 *first = memory ? PEM_read_bio_X509(memory, NULL, NULL, NULL) : NULL;
	sp_status status;

	if (!first)
		status = refuse_for(document, "holds no certificate as PEM", error);
	else if (judge_dates(document, first, error) != SP_OK)
		status = SP_INVALID;
	else if (SSL_CTX_use_certificate(context, first) != 1)
		status = refuse_for(document, "cannot be used", error);
	else
		status = take_chain(document, memory, context, error);
	X509_free(first);
	BIO_free(memory);
	return status;
}

/* Nobody is there to be asked for a passphrase: the empty one is tried. */
static sp_status take_key(const struct document *document, SSL_CTX *context, struct sp_error *error)
{
	BIO *memory = BIO_new_mem_buf(document->text, (int)document->size);
	char passphrase[] = "";
	EVP_PKEY *key = memory ? PEM_read_bio_PrivateKey(memory, NULL, NULL, passphrase) : NULL;
	sp_status status = SP_OK;

	if (!key)
		status = refuse_for(document, "holds no key as PEM that is readable without a passphrase", error);
	else if (SSL_CTX_use_PrivateKey(context, key) != 1 || SSL_CTX_check_private_key(context) != 1)
		status = refuse_for(document, "is not the key of tls.certificate", error);
	EVP_PKEY_free(key);
	BIO_free(memory);
	return status;
}

/* ---- what connections are made with ----------------------------------------------------------------------------- */

/* A client that speaks other protocols only would not understand us, and might be led here by somebody (RFC 9325,
 * 3.7). */
static int choose_protocol(SSL *ssl, const unsigned char **ret_chosen, unsigned char *ret_size,
	const unsigned char *offered, unsigned offered_size, void *user)
{
	static const unsigned char ours[] = "\x08http/1.1";
	unsigned char *chosen;
	int outcome = SSL_select_next_proto(&chosen, ret_size, ours, sizeof ours - 1, offered, offered_size);

	(void)ssl;
	(void)user;
	*ret_chosen = chosen;
	return outcome == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* Sessions are resumed by tickets, which clients keep: the server remembers nothing of them. */
static SSL_CTX *context_new(double min_version)
{
	static const unsigned char identity[] = "signalpyd";
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());

	if (!context)
		return NULL;
	SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
	if (SSL_CTX_set_min_proto_version(context, min_version > 1.25 ? TLS1_3_VERSION : TLS1_2_VERSION) == 1 &&
		SSL_CTX_set_session_id_context(context, identity, sizeof identity - 1) == 1)
		return context;
	SSL_CTX_free(context);
	return NULL;
}

sp_status pair_place_check(const struct pair_place *place, bool *ret_named, struct sp_error *error)
{
	bool has_certificate = place->certificate && *place->certificate, has_key = place->key && *place->key;
	/* As they are read from the same text, they are the same number. */
	bool is_version = place->min_version >= 1.2 && (place->min_version <= 1.2 || place->min_version >= 1.3);

	if (!is_version)
		return sp_error_set(error, SP_INVALID, "tls.min_version must be 1.2 or 1.3");
	if (has_certificate != has_key)
		return sp_error_set(error, SP_INVALID, "tls.%s is missing, and tls.%s is of no use without it",
			has_key ? "certificate" : "key", has_key ? "key" : "certificate");
	*ret_named = has_key;
	return SP_OK;
}

sp_status pair_load(const struct pair_place *place, SSL_CTX **ret_context, struct sp_error *error)
{
	struct document certificate = { .name = "tls.certificate" }, key = { .name = "tls.key" };
	SSL_CTX *context = context_new(place->min_version);
	sp_status status = SP_OK;

	if (!context)
		status = sp_error_set(error, SP_NO_MEMORY, "no memory for TLS");
	if (status == SP_OK)
		status = open_document(&certificate, place->certificate, place->directory, error);
	if (status == SP_OK)
		status = open_document(&key, place->key, place->directory, error);
	if (status == SP_OK)
		status = take_certificate(&certificate, context, error);
	if (status == SP_OK)
		status = take_key(&key, context, error);
	close_document(&certificate);
	close_document(&key);
	ERR_clear_error();
	if (status == SP_OK)
		*ret_context = context;
	else
		SSL_CTX_free(context);
	return status;
}
