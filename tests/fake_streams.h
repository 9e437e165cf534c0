/*
 * fake_streams.h: <signalpy/loop.h> in memory: streams whose other end is the test, and a clock that the test moves.
 */
#ifndef TESTS_FAKE_STREAMS_H
#define TESTS_FAKE_STREAMS_H

#include <signalpy/loop.h>

/* A listener or a stream. It stays readable for the test until fake_streams_finish. */
struct sp_listener {
	struct sp_listener *next;
	char address[64];
	sp_runtime *consumer;
	sp_accept accept;
	void *user;
	bool open;
};

struct sp_stream {
	struct sp_stream *next;
	struct fake_streams *fake;
	sp_runtime *consumer; /* NULL: nobody is entered */
	const struct sp_stream_events *events;
	void *user;
	char *input, *sent; /* what has come and was not used; what was written; sent ends with a zero byte */
	size_t input_size, sent_size;
	size_t room; /* how much may be written before it queues up */
	unsigned writes;
	int64_t due; /* of the deadline; 0: none */
	bool open, aborted, paused, again, delivers;
};

struct fake_streams {
	struct sp_loop loop; /* hand this to what is tested */
	void (*enter)(sp_runtime *consumer), (*leave)(sp_runtime *consumer); /* around callbacks, as the daemon does */
	int64_t now;
	struct sp_stream *streams;
	struct sp_listener *listeners;
	const char *refused; /* this address cannot be listened on ... */
	sp_status refusal; /* ... for that reason */
	unsigned pauses, deadlines;
};

void fake_streams_init(struct fake_streams *fake);
void fake_streams_finish(struct fake_streams *fake);

/* A new connection, not adopted yet; and one that the latest listener that is open is told of (NULL: none is). */
struct sp_stream *fake_stream_create(struct fake_streams *fake);
struct sp_stream *fake_connect(struct fake_streams *fake);

/* The peer sends, closes (SP_OK) or breaks the connection (SP_FAILED), or takes what is queued. */
void fake_send(struct sp_stream *stream, const char *data, size_t size);
void fake_close(struct sp_stream *stream, sp_status why);
void fake_take(struct sp_stream *stream);

/* Moves the clock, and fires each deadline on its moment. */
void fake_advance(struct fake_streams *fake, int64_t milliseconds);

/* How many listeners are open. */
unsigned fake_listening(const struct fake_streams *fake);

#endif
