/*
 * loop.h: sockets for components: listeners and byte streams on the daemon's loop. A component asks for it with (one,
 * sp_loop, loop). All that it makes stands in the component's ledger and ends with it at the latest; a listener or a
 * stream that was not given back by then is reported, with the line that sp_here names at listen or adopt. Timers and
 * descriptor watches are rows of the component (runtime.h) and need no contract. Everything here is [loop].
 */
#ifndef SIGNALPY_LOOP_H
#define SIGNALPY_LOOP_H

#include <signalpy/value.h>

#ifdef __cplusplus
extern "C" {
#endif

struct sp_listener;
struct sp_stream;

/*
 * What a stream tells its owner. readable is given all bytes that are there and answers how many it consumed; what is
 * left is given again, with more behind it, when more has come. drained is told when all that had to be queued has
 * left. timed_out is told when the deadline of sp_loop.deadline has passed. closed is told once, when the peer has
 * closed its side (with SP_OK; the stream can still be written and must be closed), or the connection broke
 * (SP_FAILED). The stream is valid until close or abort is called on it; no callback comes afterwards, not even when
 * called inside one.
 */
struct sp_stream_events {
	uint32_t struct_size;
	size_t (*readable)(void *user, struct sp_stream *stream, const char *data, size_t size);
	void (*drained)(void *user, struct sp_stream *stream);
	void (*timed_out)(void *user, struct sp_stream *stream);
	void (*closed)(void *user, struct sp_stream *stream, sp_status why);
};

/* Told of each connection; the stream belongs to the component from then on and must be adopted before it returns.
 * peer is "127.0.0.1:4711", "[::1]:4711" or "unix"; borrowed. */
typedef void (*sp_accept)(void *user, struct sp_stream *stream, const char *peer);
struct sp_acceptor {
	sp_accept accept;
	void *user;
};

struct sp_loop {
	struct sp_service service;

	/*
	 * Listens on "host:port" (IPv6 as "[::1]:port"; port 0: any free one) or "unix:/path", and tells accept of each
	 * connection (acceptor is copied). The socket belongs to the daemon and is lent by name: a second listener on
	 * the same address, of a replacement, shares it. On failure *error says why: SP_INVALID (not an address),
	 * SP_CONFLICT (in use), SP_FORBIDDEN, SP_FAILED.
	 */
	sp_status (*listen)(const struct sp_loop *loop, const char *address, const struct sp_acceptor *acceptor,
		struct sp_listener **ret_listener, struct sp_error *error);

	/* The address really bound, with the port found; borrowed until the listener ends. */
	const char *(*listener_address)(const struct sp_loop *loop, const struct sp_listener *listener);

	/* Stops accepting and gives the listener back. Connections accepted stay; those that wait to be are accepted
	 * first. */
	void (*unlisten)(const struct sp_loop *loop, struct sp_listener *listener);

	/* Gives a stream its events (borrowed until it ends) and starts reading. */
	void (*adopt)(const struct sp_loop *loop, struct sp_stream *stream, const struct sp_stream_events *events,
		void *user);

	/* Writes: sent at once when nothing is queued, the rest is copied and queued. SP_NO_MEMORY breaks the stream,
	 * which is told by closed. queued answers the bytes that wait. */
	sp_status (*write)(const struct sp_loop *loop, struct sp_stream *stream, const void *data, size_t size);
	size_t (*queued)(const struct sp_loop *loop, const struct sp_stream *stream);

	/* Stops and starts reading, for back-pressure; bytes that came meanwhile are given after resuming. */
	void (*pause)(const struct sp_loop *loop, struct sp_stream *stream);
	void (*resume)(const struct sp_loop *loop, struct sp_stream *stream);

	/* Calls timed_out once after so many milliseconds, unless set anew; 0: never. */
	void (*deadline)(const struct sp_loop *loop, struct sp_stream *stream, int64_t milliseconds);

	/* close: what is queued is still sent (for at most 10 s), then the connection ends; what the peer still sends
	 * is read and thrown away meanwhile, so that it sees the answer. abort: it is reset at once, and what the peer
	 * has not taken is lost. */
	void (*close)(const struct sp_loop *loop, struct sp_stream *stream);
	void (*abort)(const struct sp_loop *loop, struct sp_stream *stream);

	/* Whether listen could read an address; nobody need have it, and it need not be free. SP_INVALID, SP_FAILED,
	 * and *error says why. */
	sp_status (*check_address)(const struct sp_loop *loop, const char *address, struct sp_error *error);
};
SP_CONTRACT(sp_loop, "signalpy.loop", 1);

#ifdef __cplusplus
}
#endif
#endif
