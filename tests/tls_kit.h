/* tls_kit.h: certificates of a test's own, and a client of TLS at the other end of a stream in memory. */
#ifndef TESTS_TLS_KIT_H
#define TESTS_TLS_KIT_H

#include "fake_streams.h"
#include "temporary_directory.h"

#include <openssl/ssl.h>

/* A key, and a certificate for it in the name of localhost, valid from one day to another, counted from now. */
struct tls_kit_pair {
	const char *serial; /* hexadecimal digits that tell it from others */
	int begins, ends;
};

/* A certificate for a key that is there already. */
X509 *tls_kit_certificate_new(EVP_PKEY *key, struct tls_kit_pair pair);

/* Writes STEM.pem and STEM.key, which only its owner may read. */
void tls_kit_write(struct temporary_directory *directory, const char *stem, struct tls_kit_pair pair);

struct tls_client {
	SSL_CTX *context;
	SSL *ssl;
	struct sp_stream *stream;
	size_t taken; /* of what was sent to it */
	char got[65536]; /* in the clear; ends with a zero byte */
	size_t got_size;
	bool said_goodbye; /* the server has */
};

/* Begins nothing yet. version: TLS1_2_VERSION ..., 0 for any; protocols: what ALPN offers, with lengths, or NULL. */
void tls_client_init(struct tls_client *client, struct sp_stream *stream, int version, const char *protocols);
void tls_client_finish(struct tls_client *client);

/* Exchanges bytes with the server until none are left: the handshake first. Whether TLS was agreed on. */
bool tls_client_turn(struct tls_client *client);

/* Says a text; says that nothing more will come. Both turn. */
void tls_client_say(struct tls_client *client, const char *text);
void tls_client_end(struct tls_client *client);

/* Encrypts a text without sending it; answers the bytes, which are the caller's. */
char *tls_client_seal(struct tls_client *client, const char *text, size_t *ret_size);

/* The serial number of the server's certificate, as it was written; until the next. */
const char *tls_client_serial(const struct tls_client *client);

#endif
