/* stream_output.c: sends to a socket, and keeps what it did not take. */
#include "stream_output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { LEAST_CAPACITY = 4096 };

void stream_output_finish(struct stream_output *output)
{
	free(output->data);
	*output = (struct stream_output){ .data = NULL };
}

size_t stream_output_size(const struct stream_output *output)
{
	return output->end - output->begin;
}

/* Makes room for more bytes at the end: moves what is there to the front, or grows. */
static sp_status make_room(struct stream_output *output, size_t more)
{
	size_t size = stream_output_size(output), capacity = output->capacity;
	char *grown;

	if (more <= capacity - output->end)
		return SP_OK;
	if (output->begin > 0)
		memmove(output->data, output->data + output->begin, size);
	output->begin = 0;
	output->end = size;
	if (more <= capacity / 2 && size <= capacity / 2)
		return SP_OK;
	if (capacity < LEAST_CAPACITY)
		capacity = LEAST_CAPACITY;
	while (capacity - size < more)
		capacity *= 2;
	grown = realloc(output->data, capacity);
	if (grown == NULL)
		return SP_NO_MEMORY;
	output->data = grown;
	output->capacity = capacity;
	return SP_OK;
}

static sp_status enqueue(struct stream_output *output, const struct iovec *part, size_t skipped)
{
	size_t size = part->iov_len - skipped;
	sp_status status = make_room(output, size);

	if (status != SP_OK)
		return status;
	memcpy(output->data + output->end, (const char *)part->iov_base + skipped, size);
	output->end += size;
	return SP_OK;
}

/* How many bytes were taken, -1 when the connection is broken. One part alone costs the system less. */
static ssize_t send_parts(int fd, struct iovec parts[2])
{
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
	const struct iovec *only = parts[0].iov_len == 0 ? &parts[1] : &parts[0];
	bool is_one = parts[0].iov_len == 0 || parts[1].iov_len == 0;
	ssize_t sent;

	do
		sent = is_one ? send(fd, only->iov_base, only->iov_len, MSG_NOSIGNAL | MSG_DONTWAIT)
			      : sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (sent < 0 && errno == EINTR);
	if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 0;
	return sent;
}

sp_status stream_output_send(struct stream_output *output, int fd, struct iovec parts[2])
{
	ssize_t taken = stream_output_size(output) == 0 ? send_parts(fd, parts) : 0;
	sp_status status = SP_OK;
	size_t sent = (size_t)taken, first = parts[0].iov_len;

	if (taken < 0)
		return SP_FAILED;
	if (sent < first)
		status = enqueue(output, &parts[0], sent);
	sent = sent > first ? sent - first : 0;
	if (status == SP_OK && sent < parts[1].iov_len)
		status = enqueue(output, &parts[1], sent);
	return status;
}

sp_status stream_output_continue(struct stream_output *output, int fd)
{
	struct iovec parts[2] = { { output->data + output->begin, stream_output_size(output) } };
	ssize_t taken = send_parts(fd, parts);

	if (taken < 0)
		return SP_FAILED;
	output->begin += (size_t)taken;
	if (output->begin == output->end)
		stream_output_finish(output);
	return SP_OK;
}
