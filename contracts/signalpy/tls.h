/*
 * tls.h: the contract of TLS under streams. Whoever accepts connections (loop.h) asks for it with (optional, sp_tls,
 * tls), and hands it a stream before adopting it; what it gets back is a stream too, of bytes in the clear, with
 * functions as sp_loop has them. Everything here is [loop].
 */
#ifndef SIGNALPY_TLS_H
#define SIGNALPY_TLS_H

#include <signalpy/loop.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Whoever secures streams holds a lease on this service, and on the loop's, until the last of them has ended: a
 * provider that is removed or replaced goes when they have. It should end them soon, once it sees another provider or
 * none.
 */
struct sp_tls {
	struct sp_service service;

	/* Whether there is a certificate to secure streams with. SP_UNAVAILABLE, and *error says what is missing, for
	 * people. Tracked. */
	sp_status (*ready)(const struct sp_tls *tls, struct sp_error *error);

	/*
	 * Makes *ret_stream of a stream that was just accepted and not adopted, which is its own from then on. loop,
	 * the table with the stream's functions, is borrowed until it has ended. peer is for messages; copied. On
	 * failure the stream is as it was: SP_UNAVAILABLE (see ready), SP_NO_MEMORY.
	 */
	sp_status (*secure)(const struct sp_tls *tls, const struct sp_loop *loop, struct sp_stream *stream,
		const char *peer, struct sp_stream **ret_stream);

	/*
	 * The functions for such streams: adopt, write, queued, pause, resume, deadline, close and abort, as in
	 * sp_loop; those of listeners are NULL. Borrowed like the service. A stream begins, once adopted, by agreeing
	 * with its peer on keys. Until then write answers SP_UNAVAILABLE and readable is not called; who does not want
	 * to wait for ever sets a deadline. If they do not agree, closed is told SP_FAILED. Of one that is agreed,
	 * closed tells SP_OK when the peer has said that it sends no more, and SP_GONE when the connection ended
	 * without: then what came last may have been cut off by somebody else, which matters unless each message tells
	 * its own length. close says so to the peer.
	 */
	const struct sp_loop *(*streams)(const struct sp_tls *tls);

	/* The version that was agreed on, such as "TLSv1.3"; static. NULL as long as none was. */
	const char *(*version)(const struct sp_tls *tls, const struct sp_stream *stream);
};
SP_CONTRACT(sp_tls, "signalpy.tls", 1);

#ifdef __cplusplus
}
#endif
#endif
