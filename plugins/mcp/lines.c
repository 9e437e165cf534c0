/* lines.c: a conversation by lines: its messages sorted by era, its requests, and what it is told. */
#include "lines.h"

#include "batch.h"
#include "changes.h"
#include "front.h"
#include "http_reply.h"
#include "runs.h"
#include "session.h"

#include <stdlib.h>
#include <string.h>

struct line_reply {
	struct mcp_reply reply; /* the first member */
	struct line_reply *previous, *next;
	struct mcp_lines *lines;
};

struct mcp_lines {
	struct mcp_lines *previous, *next; /* in the server */
	struct mcp_server *server;
	struct sp_conversation *conversation; /* NULL: it has ended */
	struct mcp_session *session; /* of the older era; NULL: none has begun */
	struct line_reply *replies;
	size_t open; /* replies, and batches */
	bool ending; /* the client says no more */
	bool leaving; /* another instance tells it what belongs to no request */
};

/* ---- writing ---------------------------------------------------------------------------------------------------- */

/* Answers how many bytes the client has not taken; without memory nothing is written. */
static size_t write_message(const struct mcp_lines *lines, const json_t *message)
{
	char room[4096], *text = NULL;
	size_t size = message ? json_dumpb(message, room, sizeof room, JSON_COMPACT) : 0;
	size_t unread = 0;

	if (!lines->conversation || size == 0)
		return 0;
	if (size > sizeof room)
		text = json_dumps(message, JSON_COMPACT);
	if (size <= sizeof room || text)
		unread = lines->conversation->ops->write(lines->conversation, text ? text : room, size);
	free(text);
	return unread;
}

/* Who asked to be told and does not read is cut off; answers wait, since no more is asked meanwhile. */
static void tell(const struct mcp_lines *lines, const json_t *message)
{
	if (write_message(lines, message) > (size_t)lines->server->settings.limits.unread)
		lines->conversation->ops->close(lines->conversation, "the client does not read what it is told");
}

void mcp_lines_tell(struct mcp_lines *lines, const json_t *message)
{
	if (!lines->leaving)
		tell(lines, message);
}

static void refuse(const struct mcp_lines *lines, const json_t *message, const struct mcp_fault *fault)
{
	const json_t *id = json_object_get(message, "id");
	bool answerable = json_is_string(id) || json_is_integer(id);
	json_t *error = mcp_error_new(answerable ? id : NULL, fault->code, fault->message, fault->data);

	write_message(lines, error);
	json_decref(error);
}

static void refuse_with(const struct mcp_lines *lines, const json_t *message, int code, const char *why)
{
	refuse(lines, message, &(struct mcp_fault){ .code = code, .message = why });
}

/* ---- replies ---------------------------------------------------------------------------------------------------- */

static struct line_reply *of(struct mcp_reply *reply)
{
	return (struct line_reply *)reply; /* its first member */
}

/* One thing less is to be answered. */
static void close_one(struct mcp_lines *lines)
{
	lines->open--;
	if (lines->ending && lines->open == 0 && lines->conversation)
		lines->conversation->ops->close(lines->conversation, NULL);
}

static void reply_destroy(struct line_reply *reply)
{
	struct mcp_lines *lines = reply->lines;

	if (reply->previous)
		reply->previous->next = reply->next;
	else
		lines->replies = reply->next;
	if (reply->next)
		reply->next->previous = reply->previous;
	free(reply);
	close_one(lines);
}

/* What belongs to a request is told by whoever answers it. */
static void line_send(struct mcp_reply *reply, const json_t *message)
{
	tell(of(reply)->lines, message);
}

static void line_finish(struct mcp_reply *reply, int http SP_UNUSED, const json_t *message)
{
	static const char no_memory[] =
		"{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32603,\"message\":\"out of memory\"}}";
	const struct mcp_lines *lines = of(reply)->lines;

	if (message)
		write_message(lines, message);
	else if (lines->conversation)
		lines->conversation->ops->write(lines->conversation, no_memory, sizeof no_memory - 1);
	reply_destroy(of(reply));
}

static bool line_finish_text(struct mcp_reply *reply, const char *text, size_t size)
{
	const struct mcp_lines *lines = of(reply)->lines;

	if (lines->conversation)
		lines->conversation->ops->write(lines->conversation, text, size);
	reply_destroy(of(reply));
	return true;
}

static void line_abandon(struct mcp_reply *reply)
{
	reply_destroy(of(reply));
}

static bool line_asks(const struct mcp_reply *reply)
{
	const struct mcp_lines *lines = ((const struct line_reply *)reply)->lines;

	return !lines->ending && !lines->leaving;
}

static void line_keep_alive(struct mcp_reply *reply SP_UNUSED)
{
}

static const struct mcp_reply_ops line_reply_ops = { line_send, line_finish, line_abandon, line_asks, line_keep_alive,
	line_finish_text, NULL };

static struct mcp_reply *reply_create(struct mcp_lines *lines)
{
	struct line_reply *reply = calloc(1, sizeof *reply);

	if (!reply)
		return NULL;
	reply->reply.ops = &line_reply_ops;
	reply->lines = lines;
	reply->next = lines->replies;
	if (reply->next)
		reply->next->previous = reply;
	lines->replies = reply;
	lines->open++;
	return &reply->reply;
}

/* ---- requests --------------------------------------------------------------------------------------------------- */

/* A conversation may have as many under way as a session, with those of the modern era. */
static bool has_room(const struct mcp_lines *lines, size_t count)
{
	return lines->open + count <= (size_t)lines->server->settings.limits.requests_per_session;
}

static void refuse_many(const struct mcp_lines *lines, const json_t *message)
{
	refuse_with(lines, message, MCP_TOO_MANY, "too many requests are under way; wait for answers");
}

/* The request begins, unless there are too many; origin's answers are stolen. */
static void begin(struct mcp_lines *lines, const struct mcp_origin *origin, json_t *message)
{
	bool room = has_room(lines, 1);
	struct mcp_reply *reply = room ? reply_create(lines) : NULL;

	if (reply) {
		mcp_request_begin(lines->server, origin, message, reply);
		return;
	}
	json_decref(origin->answers);
	if (room)
		refuse_with(lines, message, MCP_INTERNAL_ERROR, "out of memory");
	else
		refuse_many(lines, message);
}

static void begin_modern(struct mcp_lines *lines, json_t *message)
{
	struct mcp_origin origin;
	struct mcp_fault fault;

	if (mcp_modern_origin(lines->server, NULL, message, &origin, &fault))
		begin(lines, &origin, message);
	else
		refuse(lines, message, &fault);
}

static void end_session(struct mcp_lines *lines)
{
	if (lines->session)
		mcp_session_end(lines->session);
	lines->session = NULL;
}

/* Who begins once more begins anew. */
static void initialize(struct mcp_lines *lines, const json_t *message)
{
	struct mcp_fault fault;

	end_session(lines);
	lines->session = mcp_session_create(lines->server, lines, json_object_get(message, "params"), &fault);
	if (!lines->session)
		refuse(lines, message, &fault);
}

/* Before it begins, a client may only see whether anybody is there. */
static void begin_older(struct mcp_lines *lines, json_t *message)
{
	struct mcp_origin origin = { .era = MCP_OLDER, .identity = lines->server->caller };

	if (mcp_message_is_initialize(message)) {
		initialize(lines, message);
		if (!lines->session)
			return;
	}
	if (lines->session)
		origin = mcp_session_origin(lines->session);
	if (lines->session || strcmp(json_string_value(json_object_get(message, "method")), "ping") == 0)
		begin(lines, &origin, message);
	else
		refuse_with(lines, message, MCP_INVALID_REQUEST, "there is no session yet; begin with initialize");
}

static bool is_same(const struct mcp_request *request, const json_t *id)
{
	return json_equal(request->id, id) && !request->ended;
}

/* Of either era; one that is not under way any more is none. */
static void cancel(struct mcp_lines *lines, const json_t *id)
{
	struct mcp_request *request = lines->session ? mcp_request_find(lines->server, lines->session, id) : NULL;
	struct line_reply *reply = lines->replies;

	while (!request && reply) {
		request = is_same(reply->reply.request, id) ? reply->reply.request : NULL;
		reply = reply->next;
	}
	if (request)
		mcp_request_cancel(request);
}

/* A notification, or the answer to a question. */
static void take_silent(struct mcp_lines *lines, const json_t *message)
{
	const json_t *cancelled = mcp_message_cancelled(message);

	if (cancelled)
		cancel(lines, cancelled);
	else if (lines->session && mcp_message_kind(message) == MCP_RESPONSE)
		mcp_session_take_answer(lines->session, message);
}

/* ---- batches ---------------------------------------------------------------------------------------------------- */

static void on_batch_done(void *user, const json_t *answers)
{
	struct mcp_lines *lines = user;

	if (json_array_size(answers) > 0)
		write_message(lines, answers);
	close_one(lines);
}

static void take_batch(struct mcp_lines *lines, const json_t *messages)
{
	struct mcp_batch *batch;
	json_t *message;
	size_t i;

	if (!lines->session || !mcp_session_has_batches(lines->session)) {
		refuse_with(lines, NULL, MCP_INVALID_REQUEST, "there are no batches in this version of MCP");
		return;
	}
	if (json_array_size(messages) > (size_t)lines->server->settings.limits.batch) {
		refuse_with(lines, NULL, MCP_INVALID_REQUEST, "the batch holds more messages than it may");
		return;
	}
	if (!has_room(lines, json_array_size(messages))) {
		refuse_many(lines, NULL);
		return;
	}
	batch = mcp_batch_create(messages, on_batch_done, lines);
	if (!batch) {
		refuse_with(lines, NULL, MCP_INTERNAL_ERROR, "out of memory");
		return;
	}
	lines->open++;
	json_array_foreach(messages, i, message) {
		struct mcp_origin origin = mcp_session_origin(lines->session);

		if (mcp_message_kind(message) == MCP_REQUEST)
			mcp_request_begin(lines->server, &origin, message, mcp_batch_reply(batch));
		else
			take_silent(lines, message);
	}
	mcp_batch_end(batch);
}

/* ---- lines ------------------------------------------------------------------------------------------------------ */

static void take_message(struct mcp_lines *lines, json_t *message)
{
	struct mcp_fault fault;

	switch (mcp_message_era(message, NULL, &fault)) {
	case MCP_FAULTY:
		refuse(lines, message, &fault);
		break;
	case MCP_MODERN:
		if (mcp_message_kind(message) == MCP_REQUEST)
			begin_modern(lines, message);
		else
			take_silent(lines, message);
		break;
	case MCP_OLDER:
		if (json_is_array(message))
			take_batch(lines, message);
		else if (mcp_message_kind(message) == MCP_REQUEST)
			begin_older(lines, message);
		else
			take_silent(lines, message);
		break;
	}
}

static bool is_blank(const char *line, size_t size)
{
	while (size > 0 && strchr(" \t\r", line[size - 1]) && line[size - 1])
		size--;
	return size == 0;
}

void mcp_lines_take(struct mcp_lines *lines, const char *line, size_t size)
{
	struct mcp_unread why;
	json_t *message;

	if (!line) {
		refuse_with(lines, NULL, MCP_INVALID_REQUEST,
			"the line is longer than it may be (control.limits.line)");
		return;
	}
	if (is_blank(line, size))
		return;
	message = mcp_message_read_new(line, size, &why);
	lines->server->caller = lines->conversation->identity;
	if (message)
		take_message(lines, message);
	else
		refuse_with(lines, NULL, MCP_PARSE_ERROR, why.text);
	lines->server->caller = NULL;
	json_decref(message);
}

/* ---- life ------------------------------------------------------------------------------------------------------- */

bool mcp_lines_remember(struct mcp_lines *lines, const json_t *kept)
{
	char *text = kept ? json_dumps(kept, JSON_COMPACT) : NULL;
	bool done = text && lines->conversation->ops->remember(lines->conversation, text) == SP_OK;

	free(text);
	return done;
}

/* What has changed between the former instance and this one is not known. */
static void go_on(struct mcp_lines *lines)
{
	json_t *kept = json_loads(lines->conversation->remembered, 0, NULL);

	lines->session = kept ? mcp_session_create_kept(lines->server, lines, kept) : NULL;
	if (lines->session)
		mcp_session_tell_all(lines->session);
	json_decref(kept);
}

struct mcp_lines *mcp_lines_open(struct mcp_server *server, struct sp_conversation *conversation)
{
	struct mcp_lines *lines = calloc(1, sizeof *lines);

	if (!lines)
		return NULL;
	lines->server = server;
	lines->conversation = conversation;
	lines->next = server->lines;
	if (lines->next)
		lines->next->previous = lines;
	server->lines = lines;
	if (conversation->remembered)
		go_on(lines);
	return lines;
}

struct mcp_server *mcp_lines_server(const struct mcp_lines *lines)
{
	return lines->server;
}

/* A subscription has no end of its own, and a question no answer any more. */
void mcp_lines_end(struct mcp_lines *lines)
{
	struct line_reply *reply, *next;

	lines->ending = true;
	lines->open++;
	for (reply = lines->replies; reply; reply = next) {
		struct mcp_request *request = reply->reply.request;

		next = reply->next;
		if (mcp_request_is_asking(request))
			mcp_request_fail(request,
				&(struct mcp_fault){ .code = MCP_INTERNAL_ERROR,
					.message = "the client does not answer" });
		else if (request->awaited)
			mcp_task_answer_waiting(request);
		else
			mcp_subscription_end(request);
	}
	close_one(lines);
}

void mcp_lines_destroy(struct mcp_lines *lines)
{
	lines->conversation = NULL;
	end_session(lines);
	while (lines->replies)
		mcp_request_cancel(lines->replies->reply.request);
	if (lines->previous)
		lines->previous->next = lines->next;
	else
		lines->server->lines = lines->next;
	if (lines->next)
		lines->next->previous = lines->previous;
	free(lines);
}

void mcp_lines_leave(struct mcp_server *server)
{
	for (struct mcp_lines *lines = server->lines; lines; lines = lines->next)
		lines->leaving = true;
}
