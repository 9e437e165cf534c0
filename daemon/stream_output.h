/*
 * stream_output.h: what a socket could not take at once, and the sending of it.
 */
#ifndef DAEMON_STREAM_OUTPUT_H
#define DAEMON_STREAM_OUTPUT_H

#include <signalpy/status.h>
#include <sys/uio.h>

/* All zero is an empty queue. */
struct stream_output {
	char *data;
	size_t begin, end, capacity;
};

void stream_output_finish(struct stream_output *output);
size_t stream_output_size(const struct stream_output *output);

/* Sends both parts to the non-blocking socket fd, at once when nothing waits before them; what is not taken is copied
 * and queued. SP_FAILED when the connection is broken, SP_NO_MEMORY. */
sp_status stream_output_send(struct stream_output *output, int fd, struct iovec parts[2]);

/* Sends what is queued, as far as fd takes it. SP_FAILED when the connection is broken. */
sp_status stream_output_continue(struct stream_output *output, int fd);

#endif
