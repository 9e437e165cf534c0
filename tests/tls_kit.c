/* tls_kit.c: see tls_kit.h. */
#include "tls_kit.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { DAY = 86400 };

static void must(bool holds)
{
	if (!holds)
		abort();
}

/* ---- certificates ----------------------------------------------------------------------------------------------- */

static void name(X509 *certificate)
{
	X509_NAME *subject = X509_get_subject_name(certificate);

	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)"localhost", -1, -1, 0);
	X509_set_issuer_name(certificate, subject);
}

X509 *tls_kit_certificate_new(EVP_PKEY *key, struct tls_kit_pair pair)
{
	X509 *certificate = X509_new();
	BIGNUM *serial = NULL;

	must(certificate && BN_hex2bn(&serial, pair.serial) > 0);
	BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(certificate));
	BN_free(serial);
	X509_set_version(certificate, 2);
	X509_gmtime_adj(X509_getm_notBefore(certificate), (long)pair.begins * DAY);
	X509_gmtime_adj(X509_getm_notAfter(certificate), (long)pair.ends * DAY);
	X509_set_pubkey(certificate, key);
	name(certificate);
	must(X509_sign(certificate, key, EVP_sha256()) > 0);
	return certificate;
}

static FILE *create(struct temporary_directory *directory, const char *stem, const char *ending)
{
	char file[64], aside[72];
	FILE *stream;

	snprintf(file, sizeof file, "%s%s", stem, ending);
	snprintf(aside, sizeof aside, "%s.new", file);
	stream = fopen(temporary_path(directory, aside), "w");
	must(stream != NULL);
	fchmod(fileno(stream), 0600);
	temporary_rename(directory, aside, file);
	return stream;
}

void tls_kit_write(struct temporary_directory *directory, const char *stem, struct tls_kit_pair pair)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = tls_kit_certificate_new(key, pair);
	FILE *file = create(directory, stem, ".pem");

	must(PEM_write_X509(file, certificate) == 1 && fclose(file) == 0);
	file = create(directory, stem, ".key");
	must(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1 && fclose(file) == 0);
	X509_free(certificate);
	EVP_PKEY_free(key);
}

/* ---- the client ------------------------------------------------------------------------------------------------- */

void tls_client_init(struct tls_client *client, struct sp_stream *stream, int version, const char *protocols)
{
	memset(client, 0, sizeof *client);
	client->stream = stream;
	client->context = SSL_CTX_new(TLS_client_method());
	must(client->context != NULL);
	SSL_CTX_set_min_proto_version(client->context, version);
	SSL_CTX_set_max_proto_version(client->context, version);
	SSL_CTX_set_security_level(client->context, 0);
	client->ssl = SSL_new(client->context);
	must(client->ssl != NULL);
	SSL_set_bio(client->ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	SSL_set_connect_state(client->ssl);
	if (protocols)
		SSL_set_alpn_protos(client->ssl, (const unsigned char *)protocols, (unsigned)strlen(protocols));
}

void tls_client_finish(struct tls_client *client)
{
	SSL_free(client->ssl);
	SSL_CTX_free(client->context);
}

/* Whether anything was sent or taken. */
static bool move_bytes(struct tls_client *client)
{
	char *data;
	long size = BIO_get_mem_data(SSL_get_wbio(client->ssl), &data);
	size_t come = client->stream->sent_size - client->taken;

	if (come)
		BIO_write(SSL_get_rbio(client->ssl), client->stream->sent + client->taken, (int)come);
	client->taken += come;
	if (size > 0 && client->stream->open) {
		char *copy = malloc((size_t)size);

		must(copy && BIO_read(SSL_get_wbio(client->ssl), copy, (int)size) == size);
		fake_send(client->stream, copy, (size_t)size);
		free(copy);
		return true;
	}
	return come > 0;
}

static void read_text(struct tls_client *client)
{
	size_t room = sizeof client->got - 1 - client->got_size;
	int size;

	while ((size = SSL_read(client->ssl, client->got + client->got_size, (int)room)) > 0) {
		client->got_size += (size_t)size;
		room -= (size_t)size;
	}
	client->got[client->got_size] = '\0';
	if (SSL_get_error(client->ssl, size) == SSL_ERROR_ZERO_RETURN)
		client->said_goodbye = true;
}

bool tls_client_turn(struct tls_client *client)
{
	do {
		if (SSL_do_handshake(client->ssl) == 1)
			read_text(client);
	} while (move_bytes(client));
	return SSL_is_init_finished(client->ssl);
}

void tls_client_say(struct tls_client *client, const char *text)
{
	must(SSL_write(client->ssl, text, (int)strlen(text)) > 0);
	tls_client_turn(client);
}

void tls_client_end(struct tls_client *client)
{
	SSL_shutdown(client->ssl);
	tls_client_turn(client);
}

char *tls_client_seal(struct tls_client *client, const char *text, size_t *ret_size)
{
	BIO *output = SSL_get_wbio(client->ssl);
	char *sealed;

	must(SSL_write(client->ssl, text, (int)strlen(text)) > 0);
	*ret_size = BIO_ctrl_pending(output);
	sealed = malloc(*ret_size);
	must(sealed && BIO_read(output, sealed, (int)*ret_size) == (int)*ret_size);
	return sealed;
}

const char *tls_client_serial(const struct tls_client *client)
{
	static char text[64];
	X509 *certificate = SSL_get1_peer_certificate(client->ssl);
	BIGNUM *serial;
	char *digits;

	if (!certificate)
		return "";
	serial = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), NULL);
	digits = BN_bn2hex(serial);
	snprintf(text, sizeof text, "%s", digits);
	OPENSSL_free(digits);
	BN_free(serial);
	X509_free(certificate);
	return text;
}
