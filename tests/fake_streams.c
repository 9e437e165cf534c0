/* fake_streams.c: see fake_streams.h. */
#include "fake_streams.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of the library, which most of these programs are linked without. */
__attribute__((weak)) const void *sp_runtime_here(const struct sp_service *service, const struct sp_source_line *line)
{
	(void)line;
	return service;
}

static struct fake_streams *fake_of(const struct sp_loop *loop)
{
	return loop->service.self;
}

static void append(char **text, size_t *size, const void *data, size_t more)
{
	*text = realloc(*text, *size + more + 1);
	if (!*text)
		abort();
	if (more)
		memcpy(*text + *size, data, more);
	*size += more;
	(*text)[*size] = '\0';
}

static void enter(const struct sp_stream *stream)
{
	if (stream->consumer)
		stream->fake->enter(stream->consumer);
}

/* A stream that ended meanwhile is still there, but whose it was may not. */
static void leave(const struct sp_stream *stream)
{
	if (stream->consumer)
		stream->fake->leave(stream->consumer);
}

/* A copy, so that reading beyond its end is caught. */
static void deliver_once(struct sp_stream *stream)
{
	size_t size = stream->input_size, used;
	char *copy = malloc(size);

	if (!copy)
		abort();
	memcpy(copy, stream->input, size);
	enter(stream);
	used = stream->events->readable(stream->user, stream, copy, size);
	leave(stream);
	free(copy);
	if (used > size)
		abort();
	memmove(stream->input, stream->input + used, size - used);
	stream->input_size -= used;
}

/* Gives the owner what has come; and what it leaves again, if it resumes reading meanwhile. */
static void deliver(struct sp_stream *stream)
{
	stream->again = true;
	if (stream->delivers)
		return;
	stream->delivers = true;
	while (stream->again) {
		stream->again = false;
		if (stream->open && stream->events && !stream->paused && stream->input_size)
			deliver_once(stream);
	}
	stream->delivers = false;
}

static sp_status fake_listen(const struct sp_loop *loop, const char *address, const struct sp_acceptor *acceptor,
	struct sp_listener **ret_listener, struct sp_error *error)
{
	struct fake_streams *fake = fake_of(loop);
	struct sp_listener *listener;

	if (fake->refused && strcmp(fake->refused, address) == 0) {
		*error = (struct sp_error){ .code = fake->refusal };
		snprintf(error->message, sizeof error->message, "%.60s cannot be had", address);
		return fake->refusal;
	}
	listener = calloc(1, sizeof *listener);
	if (!listener)
		abort();
	snprintf(listener->address, sizeof listener->address, "%s", address);
	listener->consumer = loop->service.consumer;
	listener->accept = acceptor->accept;
	listener->user = acceptor->user;
	listener->open = true;
	listener->next = fake->listeners;
	fake->listeners = listener;
	*ret_listener = listener;
	return SP_OK;
}

static const char *fake_listener_address(const struct sp_loop *loop SP_UNUSED, const struct sp_listener *listener)
{
	return listener->address;
}

static void fake_unlisten(const struct sp_loop *loop SP_UNUSED, struct sp_listener *listener)
{
	listener->open = false;
}

static void fake_adopt(const struct sp_loop *loop SP_UNUSED, struct sp_stream *stream,
	const struct sp_stream_events *events, void *user)
{
	stream->events = events;
	stream->user = user;
}

static sp_status fake_write(const struct sp_loop *loop SP_UNUSED, struct sp_stream *stream, const void *data,
	size_t size)
{
	if (!stream->open)
		abort();
	append(&stream->sent, &stream->sent_size, data, size);
	stream->writes++;
	return SP_OK;
}

static size_t fake_queued(const struct sp_loop *loop SP_UNUSED, const struct sp_stream *stream)
{
	return stream->sent_size > stream->room ? stream->sent_size - stream->room : 0;
}

static void fake_pause(const struct sp_loop *loop, struct sp_stream *stream)
{
	stream->paused = true;
	fake_of(loop)->pauses++;
}

static void fake_resume(const struct sp_loop *loop SP_UNUSED, struct sp_stream *stream)
{
	stream->paused = false;
	deliver(stream);
}

static void fake_deadline(const struct sp_loop *loop, struct sp_stream *stream, int64_t milliseconds)
{
	struct fake_streams *fake = fake_of(loop);

	stream->due = milliseconds ? fake->now + milliseconds : 0;
	fake->deadlines++;
}

static void fake_end(const struct sp_loop *loop SP_UNUSED, struct sp_stream *stream)
{
	if (!stream->open)
		abort();
	stream->open = false;
	stream->due = 0;
}

static void fake_abort(const struct sp_loop *loop, struct sp_stream *stream)
{
	fake_end(loop, stream);
	stream->aborted = true;
}

void fake_streams_init(struct fake_streams *fake)
{
	*fake = (struct fake_streams){ .now = 1000000 };
	fake->loop = (struct sp_loop){
		.service = { .size = sizeof fake->loop, .self = fake },
		.listen = fake_listen,
		.listener_address = fake_listener_address,
		.unlisten = fake_unlisten,
		.adopt = fake_adopt,
		.write = fake_write,
		.queued = fake_queued,
		.pause = fake_pause,
		.resume = fake_resume,
		.deadline = fake_deadline,
		.close = fake_end,
		.abort = fake_abort,
	};
}

void fake_streams_finish(struct fake_streams *fake)
{
	struct sp_stream *stream;
	struct sp_listener *listener;

	while ((stream = fake->streams)) {
		fake->streams = stream->next;
		free(stream->input);
		free(stream->sent);
		free(stream);
	}
	while ((listener = fake->listeners)) {
		fake->listeners = listener->next;
		free(listener);
	}
}

struct sp_stream *fake_stream_create(struct fake_streams *fake)
{
	struct sp_stream *stream = calloc(1, sizeof *stream);

	if (!stream)
		abort();
	stream->fake = fake;
	stream->open = true;
	stream->room = SIZE_MAX;
	stream->next = fake->streams;
	fake->streams = stream;
	append(&stream->sent, &stream->sent_size, "", 0);
	return stream;
}

struct sp_stream *fake_connect(struct fake_streams *fake)
{
	struct sp_listener *listener = fake->listeners;
	struct sp_stream *stream;

	while (listener && !listener->open)
		listener = listener->next;
	if (!listener)
		return NULL;
	stream = fake_stream_create(fake);
	stream->consumer = fake->enter ? listener->consumer : NULL;
	enter(stream);
	listener->accept(listener->user, stream, "127.0.0.1:4711");
	leave(stream);
	return stream;
}

void fake_send(struct sp_stream *stream, const char *data, size_t size)
{
	append(&stream->input, &stream->input_size, data, size);
	deliver(stream);
}

void fake_close(struct sp_stream *stream, sp_status why)
{
	if (!stream->open)
		return;
	enter(stream);
	stream->events->closed(stream->user, stream, why);
	leave(stream);
}

void fake_take(struct sp_stream *stream)
{
	stream->room = SIZE_MAX;
	if (!stream->open)
		return;
	enter(stream);
	stream->events->drained(stream->user, stream);
	leave(stream);
}

/* The stream whose deadline is the next one not later than until. */
static struct sp_stream *next_due(const struct fake_streams *fake, int64_t until)
{
	struct sp_stream *stream, *first = NULL;

	for (stream = fake->streams; stream; stream = stream->next) {
		if (stream->due && stream->due <= until && (!first || stream->due < first->due))
			first = stream;
	}
	return first;
}

void fake_advance(struct fake_streams *fake, int64_t milliseconds)
{
	int64_t until = fake->now + milliseconds;
	struct sp_stream *stream;

	while ((stream = next_due(fake, until))) {
		fake->now = stream->due;
		stream->due = 0;
		enter(stream);
		stream->events->timed_out(stream->user, stream);
		leave(stream);
	}
	fake->now = until;
}

unsigned fake_listening(const struct fake_streams *fake)
{
	const struct sp_listener *listener;
	unsigned count = 0;

	for (listener = fake->listeners; listener; listener = listener->next)
		count += listener->open;
	return count;
}
