/*
 * control_kit.h: the control socket without a daemon: streams in memory, a gateway that answers when it is told to, and
 * a kernel, plugins and configuration that note what was asked of them. Included by the one file of a test program.
 */
#ifndef TESTS_CONTROL_KIT_H
#define TESTS_CONTROL_KIT_H

#include "control.h"
#include "control_connection.h"
#include "control_log.h"
#include "fake_runtime.h"

#include <check.h>
#include <signalpy/gateway.h>
#include <signalpy/introspection.h>
#include <signalpy/rows.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct sp_stream {
	const struct sp_stream_events *events;
	void *user;
	int fd, other_fd;
	char *kept; /* what the owner has not consumed */
	size_t kept_size;
	char *sent;
	size_t sent_size, queued;
	int64_t deadline;
	bool paused, ended, aborted;
};

struct sp_call {
	struct sp_request request;
	char address[64], params[256], caller[64], roles[64], target[64];
	bool cancelled;
};

struct sp_subscription {
	void (*receive)(void *user, const sp_event *event);
	void *user;
	char pattern[64];
};

enum { KIT_CALLS = 2048, KIT_SUBSCRIPTIONS = 128 };

static struct {
	struct control control;
	struct sp_call calls[KIT_CALLS]; /* in the order they came */
	unsigned calls_made;
	bool later; /* the gateway keeps calls until kit_answer, the kernel who asks for health */
	sp_health_told health_told;
	void *health_user;
	struct sp_subscription *subscriptions[KIT_SUBSCRIPTIONS];
	struct sp_trace_watch *trace_watches[KIT_SUBSCRIPTIONS];
	uint64_t traced; /* how many records the trace has */
	char asked[256]; /* what was last asked of kernel, plugins, configuration */
	plugins_done plugins_done;
	void *plugins_user;
	sp_status answer; /* of kernel, plugins, configuration */
	enum sp_kernel_state state;
	unsigned rescans;
	bool shut_down;
	char log[512];
	enum sp_level level;
	uint64_t logged; /* how many records the log has */
	int bell;
	const char *local; /* the configuration's auth.local, JSON; NULL: nothing */
	bool renamed; /* in the configuration, something has another name */
} kit;

static inline void kit_note(const char *what, const char *more)
{
	snprintf(kit.asked, sizeof kit.asked, "%s %s", what, more ? more : "-");
}

/* ---- streams ----------------------------------------------------------------------------------------------------- */

static void kit_adopt(const struct sp_loop *loop, struct sp_stream *stream, const struct sp_stream_events *events,
	void *user)
{
	(void)loop;
	stream->events = events;
	stream->user = user;
}

static sp_status kit_write(const struct sp_loop *loop, struct sp_stream *stream, const void *data, size_t size)
{
	(void)loop;
	ck_assert(!stream->ended);
	stream->sent = realloc(stream->sent, stream->sent_size + size + 1);
	ck_assert_ptr_nonnull(stream->sent);
	memcpy(stream->sent + stream->sent_size, data, size);
	stream->sent_size += size;
	stream->sent[stream->sent_size] = '\0';
	return SP_OK;
}

static size_t kit_queued(const struct sp_loop *loop, const struct sp_stream *stream)
{
	(void)loop;
	return stream->queued;
}

static void kit_pause(const struct sp_loop *loop, struct sp_stream *stream)
{
	(void)loop;
	stream->paused = true;
}

static void kit_resume(const struct sp_loop *loop, struct sp_stream *stream)
{
	(void)loop;
	stream->paused = false;
}

static void kit_deadline(const struct sp_loop *loop, struct sp_stream *stream, int64_t milliseconds)
{
	(void)loop;
	stream->deadline = milliseconds;
}

static void kit_end(const struct sp_loop *loop, struct sp_stream *stream)
{
	(void)loop;
	ck_assert(!stream->ended);
	stream->ended = true;
}

static void kit_abort(const struct sp_loop *loop, struct sp_stream *stream)
{
	stream->aborted = true;
	kit_end(loop, stream);
}

static const struct sp_loop kit_loop = {
	.adopt = kit_adopt,
	.write = kit_write,
	.queued = kit_queued,
	.pause = kit_pause,
	.resume = kit_resume,
	.deadline = kit_deadline,
	.close = kit_end,
	.abort = kit_abort,
};

const struct sp_loop *event_loop_sockets(struct sp_event_loop *loop)
{
	(void)loop;
	return &kit_loop;
}

int event_loop_stream_descriptor(const struct sp_stream *stream)
{
	return stream->fd;
}

/* A client of this process's user connects. */
static inline struct sp_stream *kit_connect(void)
{
	struct sp_stream *stream = calloc(1, sizeof *stream);
	int pair[2];

	ck_assert_ptr_nonnull(stream);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	stream->fd = pair[0];
	stream->other_fd = pair[1];
	connection_accept(&kit.control, stream, "unix");
	return stream;
}

/* Frees a client whose connection has ended. */
static inline void kit_forget(struct sp_stream *stream)
{
	ck_assert(stream->ended);
	close(stream->fd);
	if (stream->other_fd >= 0)
		close(stream->other_fd);
	free(stream->kept);
	free(stream->sent);
	free(stream);
}

/* Hands on what is kept, unless the stream is paused. */
static inline void kit_deliver(struct sp_stream *stream)
{
	size_t consumed;

	if (stream->paused || stream->ended || stream->kept_size == 0)
		return;
	consumed = stream->events->readable(stream->user, stream, stream->kept, stream->kept_size);
	ck_assert_uint_le(consumed, stream->kept_size);
	memmove(stream->kept, stream->kept + consumed, stream->kept_size - consumed);
	stream->kept_size -= consumed;
}

/* The client sends bytes. */
static inline void kit_send(struct sp_stream *stream, const char *data, size_t size)
{
	stream->kept = realloc(stream->kept, stream->kept_size + size);
	ck_assert_ptr_nonnull(stream->kept);
	memcpy(stream->kept + stream->kept_size, data, size);
	stream->kept_size += size;
	kit_deliver(stream);
}

/* The client's deadline passes, if it has one. */
static inline void kit_expire(struct sp_stream *stream)
{
	if (stream->deadline > 0 && !stream->ended)
		stream->events->timed_out(stream->user, stream);
}

/* The client goes away. */
static inline void kit_hang_up(struct sp_stream *stream)
{
	close(stream->other_fd);
	stream->other_fd = -1;
	stream->events->closed(stream->user, stream, SP_OK);
}

/* Takes all that was sent to the client; the caller frees it. */
static inline char *kit_take(struct sp_stream *stream)
{
	char *sent = stream->sent ? stream->sent : strdup("");

	stream->sent = NULL;
	stream->sent_size = 0;
	return sent;
}

/* The client has been sent this, and nothing else, since the last time. */
static inline void kit_expect(struct sp_stream *stream, const char *lines)
{
	char *sent = kit_take(stream);

	ck_assert_str_eq(sent, lines);
	free(sent);
}

/* Sends one line and takes the line that answers it. */
static inline json_t *kit_ask_new(struct sp_stream *stream, const char *line)
{
	char *sent;
	json_t *answer;

	kit_send(stream, line, strlen(line));
	kit_send(stream, "\n", 1);
	sent = kit_take(stream);
	answer = json_loads(sent, 0, NULL);
	ck_assert_msg(answer != NULL, "%s was answered by %s", line, sent);
	free(sent);
	return answer;
}

#include "control_fakes.h"

/* ---- the rest ---------------------------------------------------------------------------------------------------- */

void log_printf(struct log *log, enum sp_level level, const char *format, ...)
{
	va_list arguments;

	(void)log;
	(void)level;
	va_start(arguments, format);
	vsnprintf(kit.log, sizeof kit.log, format, arguments);
	va_end(arguments);
}

enum sp_level log_level(const struct log *log)
{
	(void)log;
	return kit.level;
}

void log_set_level(struct log *log, enum sp_level level)
{
	(void)log;
	kit.level = level;
}

uint64_t log_latest(struct log *log)
{
	(void)log;
	return kit.logged;
}

json_t *log_records_new(struct log *log, uint64_t after, enum sp_level level)
{
	json_t *records = json_array();

	(void)log;
	for (uint64_t i = after + 1; level < SP_ERROR && i <= kit.logged; i++)
		json_array_append_new(records, json_pack("{s:I}", "number", (json_int_t)i));
	return records;
}

void log_set_bell(struct log *log, int bell)
{
	(void)log;
	kit.bell = bell;
}

/* The loop, as far as the bell needs it. */
static struct {
	void (*ready)(void *user, int fd, unsigned events);
	void *user;
} kit_ear;

static void *kit_watch_create(void *loop, void (*ready)(void *user, int fd, unsigned events), void *user)
{
	(void)loop;
	kit_ear.ready = ready;
	kit_ear.user = user;
	return &kit_ear;
}

static sp_status kit_watch_start(void *watch, int fd, unsigned events)
{
	(void)watch;
	(void)fd;
	ck_assert_uint_eq(events, SP_READABLE);
	return kit.answer;
}

static void kit_watch_destroy(void *watch)
{
	if (watch)
		kit_ear.ready = NULL;
}

const struct sp_loop_ops *sp_event_loop_ops(void)
{
	static const struct sp_loop_ops ops = { .struct_size = sizeof ops,
		.watch_create = kit_watch_create,
		.watch_start = kit_watch_start,
		.watch_destroy = kit_watch_destroy };

	return &ops;
}

/* Records are written, and the loop turns. */
static inline void kit_log(unsigned records)
{
	uint64_t count = records;

	kit.logged += records;
	if (kit_ear.ready) {
		ck_assert_int_eq(write(kit.bell, &count, sizeof count), sizeof count);
		kit_ear.ready(kit_ear.user, kit.bell, SP_READABLE);
	}
}

int64_t event_loop_longest_hold(struct sp_event_loop *loop, bool reset)
{
	(void)loop;
	(void)reset;
	return 2000;
}

static void kit_shutdown(void *user)
{
	ck_assert_ptr_eq(user, &kit);
	kit.shut_down = true;
}

static json_t *kit_bound_new(void *user)
{
	ck_assert_ptr_eq(user, &kit);
	return json_pack("{s:s}", "control", "/run/x");
}

static struct control_limits kit_limits;

static inline void kit_open(void)
{
	kit_limits = (struct control_limits){ .connections = 1024,
		.requests = 1024,
		.line = 1048576,
		.batch = 1000,
		.batch_answers = 4194304,
		.watches = 64,
		.unread = 262144,
		.backlog = 4194304 };
	memset(&kit, 0, sizeof kit);
	kit.state = SP_KERNEL_DEGRADED;
	kit.control.options = (struct control_options){ .gateway = &kit_gateway,
		.limits = &kit_limits,
		.shutdown = kit_shutdown,
		.bound_new = kit_bound_new,
		.user = &kit };
	kit.control.sockets = &kit_loop;
	kit.control.owner = geteuid();
	kit.control.group = PEER_NO_GROUP;
	LIST_INIT(&kit.control.connections);
}

static inline void kit_close(void)
{
	while (!LIST_EMPTY(&kit.control.connections))
		connection_destroy(LIST_FIRST(&kit.control.connections));
	ck_assert_uint_eq(kit.control.connection_count, 0);
	ck_assert_uint_eq(kit_subscription_count(), 0);
	sp_trace_watch_destroy(kit.control.trace);
	kit.control.trace = NULL;
	control_log_destroy(kit.control.log);
	kit.control.log = NULL;
	ck_assert(!kit_ear.ready);
	ck_assert_uint_eq(kit_trace_watch_count(), 0);
	configuration_get(NULL, "");
}

#endif
