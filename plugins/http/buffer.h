/* buffer.h: bytes that grow, and a small store of buffers that were used before, so that a request allocates
 * nothing. */
#ifndef HTTP_BUFFER_H
#define HTTP_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

/* Begins as all zeroes. */
struct http_buffer {
	char *data;
	size_t size, capacity;
};

/* Makes room for `more` bytes behind what is there; false without memory. */
bool http_buffer_reserve(struct http_buffer *buffer, size_t more);

/* Appends; false without memory. */
bool http_buffer_append(struct http_buffer *buffer, const void *data, size_t size);

/* Frees the bytes; the buffer may be used again. */
void http_buffer_finish(struct http_buffer *buffer);

enum { HTTP_SPARE_BUFFERS = 32, HTTP_SPARE_SIZE = 65536 };

/* Begins as all zeroes. */
struct http_spares {
	struct http_buffer buffers[HTTP_SPARE_BUFFERS];
	unsigned count;
};

/* An empty buffer, with room if one is spare. */
struct http_buffer http_spares_take(struct http_spares *spares);

/* Gives a buffer back, which is empty afterwards; one that grew beyond HTTP_SPARE_SIZE is freed. */
void http_spares_give(struct http_spares *spares, struct http_buffer *buffer);

void http_spares_finish(struct http_spares *spares);

#endif
