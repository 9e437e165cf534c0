/*
 * stream_input.h: what the owner of a stream has been given and has not consumed yet.
 */
#ifndef DAEMON_STREAM_INPUT_H
#define DAEMON_STREAM_INPUT_H

#include <signalpy/status.h>

/* All zero keeps nothing, and has no memory. */
struct stream_input {
	char *data;
	size_t size, capacity;
};

void stream_input_finish(struct stream_input *input);

/* Keeps size bytes of data instead of what was kept; data may lie in it. SP_NO_MEMORY. */
sp_status stream_input_keep(struct stream_input *input, const char *data, size_t size);

/* Room for more bytes right behind what is kept; NULL without memory. */
char *stream_input_room(struct stream_input *input, size_t *ret_room);

#endif
