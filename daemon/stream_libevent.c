/* stream_libevent.c: byte streams on libevent, made for few system calls: one to read, one to answer. */
#include "loop_libevent.h"
#include "stream.h"
#include "stream_address.h"
#include "stream_input.h"
#include "stream_output.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

enum { BUFFER_SIZE = 65536, MILLISECOND = 1000000 };
enum { SENDING_MS = 10000, LINGERING_MS = 2000 };

/*
 * A stream: open, then closing (what is queued leaves, then the peer's end is awaited), then dead (its memory is kept
 * while a callback of it runs). A closing stream has no owner.
 */
struct sp_stream {
	TAILQ_ENTRY(sp_stream) link;
	struct streams *set;
	sp_runtime *consumer;
	struct sp_ledger_entry entry;
	const struct sp_stream_events *events; /* NULL until adopted, and again when closing */
	void *user;
	struct event readable, writable, timer;
	int fd;
	unsigned visits; /* callbacks that run now */
	sp_status broken; /* why nothing can be read or written any more */
	bool is_paused, is_reading, is_again, has_ended, was_told, is_closing, is_shut, is_dead;
	struct stream_input kept;
	struct stream_output output;
	int64_t deadline, timer_at; /* of the owner, and of the timer: it is only moved when it would come too late */
};

/* What is written inside a callback of a stream is gathered, and leaves with one call at its end. */
struct gathered {
	struct sp_stream *stream;
	size_t size;
	char data[BUFFER_SIZE];
};

struct streams {
	struct sp_event_loop *loop;
	struct sp_loop sockets; /* for the daemon's own use */
	struct lent_sockets *lent;
	TAILQ_HEAD(stream_list, sp_stream) all;
	struct gathered gathered;
	char input[BUFFER_SIZE]; /* what is read and consumed at once is never copied */
};

/* ---- the end ---- */

static void stream_free(struct sp_stream *stream)
{
	TAILQ_REMOVE(&stream->set->all, stream, link);
	stream_output_finish(&stream->output);
	stream_input_finish(&stream->kept);
	free(stream);
}

static void stream_end(struct sp_stream *stream)
{
	event_del(&stream->readable);
	event_del(&stream->writable);
	event_del(&stream->timer);
	close(stream->fd);
	if (stream->set->gathered.stream == stream)
		stream->set->gathered.size = 0;
	stream->is_dead = true;
	if (stream->visits == 0)
		stream_free(stream);
}

static void set_timer(struct sp_stream *stream, int64_t milliseconds)
{
	struct timeval after = { .tv_sec = milliseconds / 1000, .tv_usec = milliseconds % 1000 * 1000 };

	stream->timer_at = event_loop_now() + milliseconds * MILLISECOND;
	event_add(&stream->timer, &after);
}

static void start_reading(struct sp_stream *stream)
{
	if (stream->is_reading || stream->has_ended || stream->broken != SP_OK)
		return;
	stream->is_reading = event_add(&stream->readable, NULL) == 0;
}

static void stop_reading(struct sp_stream *stream)
{
	event_del(&stream->readable);
	stream->is_reading = false;
}

/* Has the stream's read callback run soon, though nothing came. */
static void wake(struct sp_stream *stream)
{
	event_active(&stream->readable, EV_READ, 0);
}

/* The owner hears of it from the loop, never inside its own call. */
static void stream_break(struct sp_stream *stream, sp_status why)
{
	if (stream->broken != SP_OK)
		return;
	stream->broken = why;
	stop_reading(stream);
	event_del(&stream->writable);
	wake(stream);
}

/* Everything has been sent: says so to the peer, and waits for its end, so that it can read the answer. */
static void linger(struct sp_stream *stream)
{
	if (stream->has_ended || stream->is_shut || shutdown(stream->fd, SHUT_WR) != 0) {
		stream_end(stream);
		return;
	}
	stream->is_shut = true;
	set_timer(stream, LINGERING_MS);
}

static void continue_closing(struct sp_stream *stream)
{
	if (stream->broken != SP_OK) {
		stream_end(stream);
		return;
	}
	start_reading(stream);
	if (stream_output_size(&stream->output) == 0)
		linger(stream);
	else
		set_timer(stream, SENDING_MS);
}

/* After a resumption: what is kept is given again, though nothing more came. */
static void give_again(struct sp_stream *stream)
{
	if (stream->is_again && stream->kept.size > 0)
		wake(stream);
	else
		stream->is_again = false;
}

/* ---- sending ---- */

/* Sends what was gathered for the stream, and data behind it. */
static sp_status flush(struct sp_stream *stream, const void *data, size_t size)
{
	struct gathered *gathered = &stream->set->gathered;
	sp_status status;
	struct iovec parts[2] = { { .iov_base = gathered->data }, { .iov_base = (void *)data, .iov_len = size } };

	if (gathered->stream == stream) {
		parts[0].iov_len = gathered->size;
		gathered->size = 0;
	}
	if (parts[0].iov_len + size == 0)
		return SP_OK;
	status = stream_output_send(&stream->output, stream->fd, parts);
	if (status == SP_OK && stream_output_size(&stream->output) > 0 && event_add(&stream->writable, NULL) != 0)
		status = SP_FAILED;
	if (status != SP_OK)
		stream_break(stream, status);
	return status;
}

static sp_status stream_write(const struct sp_loop *loop, struct sp_stream *stream, const void *data, size_t size)
{
	struct gathered *gathered = &stream->set->gathered;

	(void)loop;
	if (stream->is_closing || stream->broken != SP_OK)
		return SP_GONE;
	if (size == 0)
		return SP_OK;
	if (gathered->stream != stream || size > sizeof(gathered->data) - gathered->size ||
		stream_output_size(&stream->output) > 0)
		return flush(stream, data, size);
	memcpy(gathered->data + gathered->size, data, size);
	gathered->size += size;
	return SP_OK;
}

static size_t stream_queued(const struct sp_loop *loop, const struct sp_stream *stream)
{
	(void)loop;
	return stream_output_size(&stream->output);
}

/* ---- visiting the owner ---- */

struct visit {
	struct sp_stream *stream;
	sp_runtime *consumer;
	bool gathers;
};

static struct visit visit_begin(struct sp_stream *stream)
{
	struct visit visit = { stream, stream->consumer, stream->set->gathered.stream == NULL };

	stream->visits++;
	if (visit.gathers)
		stream->set->gathered.stream = stream;
	event_loop_enter(stream->set->loop);
	if (visit.consumer != NULL)
		sp_runtime_enter(visit.consumer);
	return visit;
}

/* The stream may be gone afterwards. */
static void visit_end(const struct visit *visit, const char *what)
{
	struct sp_stream *stream = visit->stream;

	if (visit->consumer != NULL)
		sp_runtime_leave(visit->consumer);
	event_loop_leave(stream->set->loop, what);
	if (!stream->is_dead && stream->broken == SP_OK)
		flush(stream, NULL, 0);
	if (visit->gathers) {
		stream->set->gathered.stream = NULL;
		stream->set->gathered.size = 0;
	}
	if (--stream->visits > 0)
		return;
	if (stream->is_dead)
		stream_free(stream);
	else if (stream->is_closing)
		continue_closing(stream);
	else
		give_again(stream);
}

static void tell_closed(struct sp_stream *stream, sp_status why)
{
	struct visit visit;

	stop_reading(stream);
	if (stream->was_told || stream->events == NULL)
		return;
	stream->was_told = true;
	visit = visit_begin(stream);
	if (stream->events->closed != NULL)
		stream->events->closed(stream->user, stream, why);
	visit_end(&visit, "end of a stream");
}

/* ---- reading ---- */

static void deliver(struct sp_stream *stream, const char *data, size_t size)
{
	struct visit visit = visit_begin(stream);
	size_t consumed = stream->events->readable(stream->user, stream, data, size);

	if (consumed > size)
		consumed = size;
	if (!stream->is_closing && stream_input_keep(&stream->kept, data + consumed, size - consumed) != SP_OK)
		stream_break(stream, SP_NO_MEMORY);
	visit_end(&visit, "data of a stream");
}

static void receive(struct sp_stream *stream)
{
	size_t kept = stream->kept.size, room = sizeof(stream->set->input);
	char *into = kept == 0 ? stream->set->input : stream_input_room(&stream->kept, &room);
	ssize_t got;

	if (into == NULL) {
		stream_break(stream, SP_NO_MEMORY);
		return;
	}
	got = recv(stream->fd, into, room, 0);
	if (got > 0) {
		deliver(stream, into - kept, kept + (size_t)got);
	} else if (got == 0) {
		stream->has_ended = true;
		tell_closed(stream, SP_OK);
	} else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
		stream_break(stream, SP_FAILED);
	}
}

/* Reads and throws away; at the peer's end a stream that has sent everything ends. */
static void discard(struct sp_stream *stream)
{
	ssize_t got = recv(stream->fd, stream->set->input, sizeof(stream->set->input), 0);

	if (got > 0 || (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)))
		return;
	stream->has_ended = true;
	stop_reading(stream);
	if (got < 0 || stream_output_size(&stream->output) == 0)
		stream_end(stream);
}

static void on_readable(evutil_socket_t fd, short what, void *user)
{
	struct sp_stream *stream = user;

	(void)fd;
	(void)what;
	if (stream->is_closing && stream->broken == SP_OK) {
		discard(stream);
	} else if (stream->is_closing) {
		stream_end(stream);
	} else if (stream->broken != SP_OK) {
		tell_closed(stream, stream->broken);
	} else if (stream->is_paused) {
		stop_reading(stream);
	} else if (stream->is_again) {
		stream->is_again = false;
		deliver(stream, stream->kept.data, stream->kept.size);
	} else {
		receive(stream);
	}
}

/* ---- writing what waits ---- */

static void tell_drained(struct sp_stream *stream)
{
	struct visit visit;

	if (stream->events == NULL || stream->events->drained == NULL)
		return;
	visit = visit_begin(stream);
	stream->events->drained(stream->user, stream);
	visit_end(&visit, "drained stream");
}

static void on_writable(evutil_socket_t fd, short what, void *user)
{
	struct sp_stream *stream = user;

	(void)fd;
	(void)what;
	if (stream_output_continue(&stream->output, stream->fd) != SP_OK) {
		stream_break(stream, SP_FAILED);
		return;
	}
	if (stream_output_size(&stream->output) > 0)
		return;
	event_del(&stream->writable);
	if (stream->is_closing)
		linger(stream);
	else
		tell_drained(stream);
}

/* ---- time ---- */

static void on_timer(evutil_socket_t fd, short what, void *user)
{
	struct sp_stream *stream = user;
	int64_t left = stream->deadline - event_loop_now();
	struct visit visit;

	(void)fd;
	(void)what;
	stream->timer_at = 0;
	if (stream->is_closing) {
		stream_end(stream);
		return;
	}
	if (stream->deadline == 0)
		return;
	if (left > 0) {
		set_timer(stream, (left + MILLISECOND - 1) / MILLISECOND);
		return;
	}
	stream->deadline = 0;
	if (stream->events == NULL || stream->events->timed_out == NULL)
		return;
	visit = visit_begin(stream);
	stream->events->timed_out(stream->user, stream);
	visit_end(&visit, "deadline of a stream");
}

static void stream_deadline(const struct sp_loop *loop, struct sp_stream *stream, int64_t milliseconds)
{
	(void)loop;
	if (stream->is_closing)
		return;
	if (milliseconds <= 0) {
		stream->deadline = 0;
		return;
	}
	stream->deadline = event_loop_now() + milliseconds * MILLISECOND;
	if (stream->timer_at == 0 || stream->timer_at > stream->deadline)
		set_timer(stream, milliseconds);
}

/* ---- the table ---- */

static void stream_pause(const struct sp_loop *loop, struct sp_stream *stream)
{
	(void)loop;
	stream->is_paused = true;
}

static void stream_resume(const struct sp_loop *loop, struct sp_stream *stream)
{
	(void)loop;
	if (!stream->is_paused || stream->is_closing)
		return;
	stream->is_paused = false;
	start_reading(stream);
	stream->is_again = true;
	if (stream->visits == 0)
		give_again(stream);
}

static void stream_adopt(const struct sp_loop *loop, struct sp_stream *stream, const struct sp_stream_events *events,
	void *user)
{
	(void)loop;
	if (stream->is_closing)
		return;
	stream->events = events;
	stream->user = user;
	if (stream->consumer != NULL && stream->entry.next == NULL)
		sp_ledger_add(stream->consumer, &stream->entry);
	start_reading(stream);
}

static void part_from_owner(struct sp_stream *stream)
{
	if (stream->entry.next != NULL)
		sp_ledger_remove(&stream->entry);
	stream->consumer = NULL;
	stream->events = NULL;
	stream->is_closing = true;
}

static void stream_close(const struct sp_loop *loop, struct sp_stream *stream)
{
	(void)loop;
	if (stream->is_closing)
		return;
	part_from_owner(stream);
	if (stream->visits == 0)
		continue_closing(stream);
}

/* The connection is reset: what the system still holds for a client that does not read would else outlive it by
 * minutes. */
static void stream_abort(const struct sp_loop *loop, struct sp_stream *stream)
{
	const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

	(void)loop;
	if (stream->is_closing)
		return;
	part_from_owner(stream);
	(void)setsockopt(stream->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
	stream_end(stream);
}

static void release_stream(struct sp_ledger_entry *entry)
{
	struct sp_stream *stream = (void *)((char *)entry - offsetof(struct sp_stream, entry));
	char text[ADDRESS_TEXT_SIZE];

	sp_ledger_report(stream->consumer, entry, stream_address_peer(stream->fd, text));
	stream_close(NULL, stream);
}

static sp_status listen_on(const struct sp_loop *loop, const char *address, const struct sp_acceptor *acceptor,
	struct sp_listener **ret_listener, struct sp_error *error)
{
	struct streams *streams = event_loop_streams(loop->service.self);
	struct listening listening = { address, loop->service.consumer, acceptor->accept, acceptor->user };

	return lent_sockets_listen(streams->lent, &listening, ret_listener, error);
}

static sp_status check_address(const struct sp_loop *loop, const char *address, struct sp_error *error)
{
	return lent_sockets_check(event_loop_streams(loop->service.self)->lent, address, error);
}

static const struct sp_loop table = {
	.service = { .size = sizeof(table) },
	.listen = listen_on,
	.listener_address = listener_address,
	.unlisten = listener_end,
	.adopt = stream_adopt,
	.write = stream_write,
	.queued = stream_queued,
	.pause = stream_pause,
	.resume = stream_resume,
	.deadline = stream_deadline,
	.close = stream_close,
	.abort = stream_abort,
	.check_address = check_address,
};

sp_status sp_event_loop_provide(struct sp_event_loop *loop, sp_kernel *kernel)
{
	return sp_kernel_provide(kernel, &sp_loop_contract, &table, loop, 0);
}

const struct sp_loop *event_loop_sockets(struct sp_event_loop *loop)
{
	return &event_loop_streams(loop)->sockets;
}

int event_loop_stream_descriptor(const struct sp_stream *stream)
{
	return stream->fd;
}

/* ---- making ---- */

static struct sp_stream *stream_create(struct streams *streams, const struct connection *connection)
{
	struct event_base *base = event_loop_base(streams->loop);
	struct sp_stream *stream = calloc(1, sizeof(*stream));

	if (stream == NULL)
		return NULL;
	stream->set = streams;
	stream->fd = connection->fd;
	stream->consumer = connection->consumer;
	event_assign(&stream->readable, base, stream->fd, EV_READ | EV_PERSIST, on_readable, stream);
	event_assign(&stream->writable, base, stream->fd, EV_WRITE | EV_PERSIST, on_writable, stream);
	evtimer_assign(&stream->timer, base, on_timer, stream);
	TAILQ_INSERT_TAIL(&streams->all, stream, link);
	stream->entry = (struct sp_ledger_entry){ .kind = "stream", .release = release_stream };
	return stream;
}

void streams_offer(struct streams *streams, const struct connection *connection)
{
	struct sp_stream *stream = stream_create(streams, connection);
	struct visit visit;

	if (stream == NULL) {
		close(connection->fd);
		return;
	}
	visit = visit_begin(stream);
	connection->accept(connection->user, stream, connection->peer);
	if (stream->events == NULL && !stream->is_closing) {
		part_from_owner(stream);
		stream->broken = SP_GONE;
	}
	visit_end(&visit, "new connection");
}

sp_status event_loop_inherit(struct sp_event_loop *loop)
{
	return lent_sockets_inherit(event_loop_streams(loop)->lent);
}

struct streams *streams_create(struct sp_event_loop *loop, struct sp_error *error)
{
	struct streams *streams = calloc(1, sizeof(*streams));

	if (streams != NULL)
		streams->lent = lent_sockets_create(loop);
	if (streams == NULL || streams->lent == NULL) {
		free(streams);
		sp_error_set(error, SP_NO_MEMORY, "no memory for streams");
		return NULL;
	}
	streams->loop = loop;
	streams->sockets = table;
	streams->sockets.service.self = loop;
	TAILQ_INIT(&streams->all);
	return streams;
}

void streams_destroy(struct streams *streams)
{
	struct sp_stream *stream, *next;

	if (streams == NULL)
		return;
	lent_sockets_destroy(streams->lent);
	for (stream = TAILQ_FIRST(&streams->all); stream != NULL; stream = next) {
		next = TAILQ_NEXT(stream, link);
		if (!stream->is_closing)
			part_from_owner(stream);
		stream_end(stream);
	}
	free(streams);
}
