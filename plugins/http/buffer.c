/* buffer.c: growing bytes, and those that wait to be used again. */
#include "buffer.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { SMALLEST = 1024 };

bool http_buffer_reserve(struct http_buffer *buffer, size_t more)
{
	size_t capacity = buffer->capacity ? buffer->capacity : SMALLEST;
	char *data;

	if (buffer->capacity - buffer->size >= more)
		return true;
	if (more > SIZE_MAX / 4 - buffer->size)
		return false;
	while (capacity - buffer->size < more)
		capacity *= 2;
	data = realloc(buffer->data, capacity);
	if (!data)
		return false;
	buffer->data = data;
	buffer->capacity = capacity;
	return true;
}

bool http_buffer_append(struct http_buffer *buffer, const void *data, size_t size)
{
	if (!size)
		return true;
	if (!http_buffer_reserve(buffer, size))
		return false;
	memcpy(buffer->data + buffer->size, data, size);
	buffer->size += size;
	return true;
}

void http_buffer_finish(struct http_buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct http_buffer){ NULL, 0, 0 };
}

struct http_buffer http_spares_take(struct http_spares *spares)
{
	return spares->count ? spares->buffers[--spares->count] : (struct http_buffer){ NULL, 0, 0 };
}

void http_spares_give(struct http_spares *spares, struct http_buffer *buffer)
{
	buffer->size = 0;
	if (!buffer->data || buffer->capacity > HTTP_SPARE_SIZE || spares->count == HTTP_SPARE_BUFFERS) {
		http_buffer_finish(buffer);
		return;
	}
	spares->buffers[spares->count++] = *buffer;
	*buffer = (struct http_buffer){ NULL, 0, 0 };
}

void http_spares_finish(struct http_spares *spares)
{
	while (spares->count)
		http_buffer_finish(&spares->buffers[--spares->count]);
}
