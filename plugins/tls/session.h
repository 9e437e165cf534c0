/*
 * session.h: TLS on one stream: what came is given to OpenSSL in place and taken from it record by record, what is
 * written goes to the stream below at once. A session keeps no more than its owner has not consumed.
 */
#ifndef TLS_SESSION_H
#define TLS_SESSION_H

#include <openssl/ssl.h>
#include <signalpy/tls.h>

/* What sessions have in common; it outlives them. */
struct session_host {
	BIO_METHOD *method;
	/* Tells of a connection on which TLS was not agreed on. */
	void (*tell)(void *user, const char *peer, const char *why);
	void *user;
};

/* Makes the method, or frees it. SP_NO_MEMORY. */
sp_status session_host_init(struct session_host *host);
void session_host_finish(struct session_host *host);

/* What a session is made on. */
struct session_below {
	const struct sp_loop *loop;
	struct sp_stream *stream;
	const char *peer;
	sp_runtime *consumer; /* in whose ledger it stands; NULL: none */
};

/* Makes a session of a connection that was accepted; see sp_tls.secure. SP_NO_MEMORY. */
sp_status session_create(const struct session_host *host, SSL_CTX *context, const struct session_below *below,
	struct sp_stream **ret_stream);

/* See sp_tls.streams and sp_tls.version. */
extern const struct sp_loop session_functions;
const char *session_version(const struct sp_stream *stream);

#endif
