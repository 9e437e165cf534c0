/* stream_input.c: keeps what the owner of a stream has not consumed. */
#include "stream_input.h"

#include <stdlib.h>
#include <string.h>

enum { LEAST_ROOM = 4096 };

void stream_input_finish(struct stream_input *input)
{
	free(input->data);
	*input = (struct stream_input){ .data = NULL };
}

sp_status stream_input_keep(struct stream_input *input, const char *data, size_t size)
{
	if (size == 0) {
		stream_input_finish(input);
		return SP_OK;
	}
	if (input->data == NULL) {
		input->data = malloc(size + LEAST_ROOM);
		if (input->data == NULL)
			return SP_NO_MEMORY;
		input->capacity = size + LEAST_ROOM;
	}
	memmove(input->data, data, size);
	input->size = size;
	return SP_OK;
}

char *stream_input_room(struct stream_input *input, size_t *ret_room)
{
	size_t capacity = input->capacity;
	char *grown;

	if (capacity - input->size < LEAST_ROOM) {
		capacity = 2 * capacity + LEAST_ROOM;
		grown = realloc(input->data, capacity);
		if (grown == NULL)
			return NULL;
		input->data = grown;
		input->capacity = capacity;
	}
	*ret_room = input->capacity - input->size;
	return input->data + input->size;
}
