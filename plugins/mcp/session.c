/* session.c: which sessions there are, what they are told and asked. */
#include "session.h"

#include "asks.h"
#include "caller.h"
#include "lines.h"
#include "methods.h"
#include "task_calls.h"

#include <inttypes.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void take_over(struct mcp_server *server);

/* ---- life ------------------------------------------------------------------------------------------------------- */

static void link_first(struct mcp_session *session)
{
	struct mcp_server *server = session->server;

	session->previous = NULL;
	session->next = server->sessions;
	if (session->next)
		session->next->previous = session;
	else
		server->last_session = session;
	server->sessions = session;
}

static void unlink_session(struct mcp_session *session)
{
	struct mcp_server *server = session->server;

	if (session->previous)
		session->previous->next = session->next;
	else
		server->sessions = session->next;
	if (session->next)
		session->next->previous = session->previous;
	else
		server->last_session = session->previous;
}

static int compare(const void *one, const void *other)
{
	return strcmp(((const struct mcp_session *)one)->id, ((const struct mcp_session *)other)->id);
}

static void cancel_requests(struct mcp_session *session)
{
	struct mcp_request *request = session->server->requests;

	while (request)
		if (request->origin.session == session && !request->ended) {
			mcp_request_cancel(request);
			request = session->server->requests;
		} else {
			request = request->next;
		}
}

void mcp_session_end(struct mcp_session *session)
{
	const struct mcp_server_owner *owner = &session->server->owner;

	json_object_del(owner->kept(owner->user)->sessions, session->id);
	mcp_tasks_end_session(session);
	mcp_session_destroy(session);
}

void mcp_session_destroy(struct mcp_session *session)
{
	cancel_requests(session);
	while (session->streams)
		mcp_stream_destroy(session->streams);
	unlink_session(session);
	tdelete(session, &session->server->session_tree, compare);
	session->server->session_count--;
	json_decref(session->resources);
	free(session->caller);
	free(session);
}

/* Whether somebody is connected to it. */
static bool is_attended(const struct mcp_session *session)
{
	const struct mcp_stream *stream = session->streams;

	while (stream && !stream->exchange)
		stream = stream->next;
	return stream || session->lines;
}

/* The session that was used longest ago, and that nobody is connected to: of one caller, or of anybody. */
static struct mcp_session *least_used(const struct mcp_server *server, const char *caller)
{
	struct mcp_session *session = server->last_session;

	while (session && (is_attended(session) || (caller && strcmp(session->caller, caller) != 0)))
		session = session->previous;
	return session;
}

/* When there is no room, a caller's own session makes some before another's: who begins many ends nobody else's. */
static bool make_room(struct mcp_server *server)
{
	struct mcp_session *session;

	if (server->session_count < (size_t)server->settings.sessions)
		return true;
	session = least_used(server, mcp_caller_name(server));
	if (!session)
		session = least_used(server, NULL);
	if (session)
		mcp_session_end(session);
	return session != NULL;
}

/* The version that is answered: the one asked for if it is spoken, else the newest of the era. */
static const char *agree(const char *asked)
{
	static const char *const spoken[] = { "2025-11-25", "2025-06-18", "2025-03-26" };

	for (size_t i = 0; asked && i < sizeof spoken / sizeof spoken[0]; i++)
		if (strcmp(spoken[i], asked) == 0)
			return spoken[i];
	return mcp_version_newest(MCP_OLDER);
}

static bool fill(struct mcp_session *session, const char *caller, const json_t *params)
{
	session->caller = strdup(caller);
	session->version = agree(json_string_value(json_object_get(params, "protocolVersion")));
	session->can_ask = mcp_asks_of(json_object_get(params, "capabilities"));
	session->log_level = SP_INFO;
	session->resources = json_object();
	return session->caller && session->resources && mcp_name_make(session->id);
}

/* Streams and questions of one generation of the server are none of another's. */
static bool enter(struct mcp_session *session, struct mcp_server *server)
{
	session->server = server;
	session->used_at = server->owner.now(server->owner.user);
	session->streams_made = session->questions_made = (uint64_t)server->owner.kept(server->owner.user)->generation
		<< MCP_GENERATION_BITS;
	if (!tsearch(session, &server->session_tree, compare))
		return false;
	server->session_count++;
	link_first(session);
	return true;
}

static void discard(struct mcp_session *session)
{
	json_decref(session ? session->resources : NULL);
	free(session ? session->caller : NULL);
	free(session);
}

struct mcp_session *mcp_session_create(struct mcp_server *server, struct mcp_lines *lines, const json_t *params,
	struct mcp_fault *fault)
{
	struct mcp_session *session;

	*fault = (struct mcp_fault){ 503, MCP_INTERNAL_ERROR, "there is no room for another session", NULL };
	take_over(server);
	session = make_room(server) ? calloc(1, sizeof *session) : NULL;
	if (!session || !fill(session, mcp_caller_name(server), params) || !enter(session, server)) {
		discard(session);
		return NULL;
	}
	session->lines = lines;
	if (mcp_session_keep(session))
		return session;
	mcp_session_end(session);
	return NULL;
}

/* ---- another generation ----------------------------------------------------------------------------------------- */

bool mcp_session_keep(const struct mcp_session *session)
{
	const struct mcp_server_owner *owner = &session->server->owner;
	json_t *kept = json_pack("{s:s, s:s, s:s, s:i, s:i, s:O}", "id", session->id, "version", session->version,
		"caller", session->caller, "asks", (int)session->can_ask, "level", (int)session->log_level, "resources",
		session->resources);
	bool done;

	if (!session->lines)
		return json_object_set_new(owner->kept(owner->user)->sessions, session->id, kept) == 0;
	done = mcp_lines_remember(session->lines, kept);
	json_decref(kept);
	return done;
}

/* The session that another instance has kept, but for its id; NULL without memory. */
static struct mcp_session *kept_create(const json_t *kept)
{
	struct mcp_session *session = calloc(1, sizeof *session);
	const char *caller = json_string_value(json_object_get(kept, "caller"));

	if (!session)
		return NULL;
	session->caller = strdup(caller ? caller : "");
	session->version = agree(json_string_value(json_object_get(kept, "version")));
	session->can_ask = (unsigned)json_integer_value(json_object_get(kept, "asks"));
	session->log_level = (enum sp_level)json_integer_value(json_object_get(kept, "level"));
	session->resources = json_deep_copy(json_object_get(kept, "resources"));
	if (session->caller && session->resources)
		return session;
	discard(session);
	return NULL;
}

static bool enter_as(struct mcp_session *session, struct mcp_server *server, const char *id)
{
	size_t size = id ? strlen(id) + 1 : 0;

	if (!size || size > sizeof session->id)
		return false;
	memcpy(session->id, id, size);
	return enter(session, server);
}

/* Without memory it is not known, and its client begins anew. */
static void revive(struct mcp_server *server, const char *id, const json_t *kept)
{
	struct mcp_session *session = kept_create(kept);

	if (session && !enter_as(session, server, id))
		discard(session);
}

struct mcp_session *mcp_session_create_kept(struct mcp_server *server, struct mcp_lines *lines, const json_t *kept)
{
	struct mcp_session *session = kept_create(kept);

	if (!session)
		return NULL;
	session->lines = lines;
	if (enter_as(session, server, json_string_value(json_object_get(kept, "id"))))
		return session;
	discard(session);
	return NULL;
}

static struct mcp_session *look_up(const struct mcp_server *server, const char *id)
{
	struct mcp_session key;
	void *found;

	if (strlen(id) >= sizeof key.id)
		return NULL;
	memcpy(key.id, id, strlen(id) + 1);
	found = tfind(&key, &server->session_tree, compare);
	return found ? *(struct mcp_session **)found : NULL;
}

bool mcp_session_has_tasks(const struct mcp_session *session)
{
	return session && strcmp(session->version, "2025-11-25") >= 0;
}

enum sp_level mcp_session_level(const struct mcp_server *server, const char *id)
{
	const struct mcp_session *session = look_up(server, id);

	return session ? session->log_level : SP_INFO;
}

static void take_over(struct mcp_server *server)
{
	const struct mcp_kept *kept = server->owner.kept(server->owner.user);
	const char *id;
	json_t *session;

	if (server->generation == kept->generation)
		return;
	server->generation = kept->generation;
	json_object_foreach(kept->sessions, id, session)
		if (!look_up(server, id))
			revive(server, id, session);
}

/* Whether somebody is connected to it, or something is under way in it. */
static bool is_used(const struct mcp_session *session)
{
	const struct mcp_stream *stream = session->streams;

	while (stream && !stream->reply.request)
		stream = stream->next;
	return stream || is_attended(session);
}

static bool is_unused(const struct mcp_session *session, int64_t now)
{
	return !is_used(session) && now - session->used_at >= session->server->settings.session_ms;
}

struct mcp_session *mcp_session_find(struct mcp_server *server, const char *id)
{
	int64_t now = server->owner.now(server->owner.user);
	struct mcp_session *session;

	take_over(server);
	session = look_up(server, id);
	if (!session)
		return NULL;
	if (is_unused(session, now)) {
		mcp_session_end(session);
		return NULL;
	}
	session->used_at = now;
	unlink_session(session);
	link_first(session);
	return session;
}

void mcp_sessions_tend(struct mcp_server *server)
{
	int64_t now = server->owner.now(server->owner.user);
	struct mcp_session *session, *next;

	take_over(server);
	for (session = server->sessions; session; session = next) {
		next = session->next;
		for (struct mcp_stream *stream = session->streams; stream; stream = stream->next)
			mcp_stream_keep_alive(stream);
		if (is_used(session))
			session->used_at = now;
		else if (is_unused(session, now))
			mcp_session_end(session);
	}
}

bool mcp_request_is_asking(const struct mcp_request *request)
{
	return !request->ticket && json_object_size(request->asked) > 0;
}

/* The client's answers will reach the next instance, which knows nothing of the question. */
static void give_up_questions(struct mcp_server *server)
{
	struct mcp_request *request, *next;

	for (request = server->requests; request; request = next) {
		next = request->next;
		if (mcp_request_is_asking(request))
			mcp_request_fail(request,
				&(struct mcp_fault){ 200, MCP_INTERNAL_ERROR,
					"the server was replaced while it asked; call again", NULL });
	}
}

void mcp_sessions_leave(struct mcp_server *server)
{
	give_up_questions(server);
	for (struct mcp_session *session = server->sessions; session; session = session->next)
		for (struct mcp_stream *stream = session->streams; stream; stream = stream->next)
			if (stream->listens)
				mcp_stream_leave(stream);
}

/* ---- telling ---------------------------------------------------------------------------------------------------- */

/* What belongs to no request goes to one stream that listens: one that is connected, or else the latest to come
 * back. */
static struct mcp_stream *listening(const struct mcp_session *session)
{
	struct mcp_stream *latest = NULL;

	for (struct mcp_stream *stream = session->streams; stream; stream = stream->next) {
		if (stream->listens && stream->exchange)
			return stream;
		if (stream->listens && !latest)
			latest = stream;
	}
	return latest;
}

static void tell_message(struct mcp_session *session, const json_t *message)
{
	struct mcp_stream *stream = listening(session);

	if (session->lines && message)
		mcp_lines_tell(session->lines, message);
	else if (stream && message)
		mcp_stream_push(stream, message);
}

static void tell(struct mcp_session *session, const char *method, json_t *params)
{
	json_t *message = mcp_notification_new(method, params);

	tell_message(session, message);
	json_decref(message);
}

void mcp_session_tell(struct mcp_server *server, const char *id, const json_t *message)
{
	struct mcp_session *session = look_up(server, id);

	if (session)
		tell_message(session, message);
}

void mcp_session_tell_all(struct mcp_session *session)
{
	static const char *const lists[] = { "tools", "prompts", "resources" };
	char method[64];

	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
		snprintf(method, sizeof method, "notifications/%s/list_changed", lists[i]);
		tell(session, method, NULL);
	}
}

void mcp_sessions_tell(struct mcp_server *server, const char *method)
{
	for (struct mcp_session *session = server->sessions; session; session = session->next)
		tell(session, method, NULL);
}

void mcp_sessions_tell_resource(struct mcp_server *server, const char *method, const char *uri)
{
	for (struct mcp_session *session = server->sessions; session; session = session->next)
		if (json_object_get(session->resources, uri))
			tell(session, method, json_pack("{s:s}", "uri", uri));
}

/* ---- requests ---------------------------------------------------------------------------------------------------- */

struct mcp_origin mcp_session_origin(struct mcp_session *session)
{
	return (struct mcp_origin){ .era = MCP_OLDER,
		.session = session,
		.identity = session->server->caller,
		.can_ask = session->can_ask,
		.log_level = session->log_level,
		.logs = true };
}

bool mcp_session_has_batches(const struct mcp_session *session)
{
	return strcmp(session->version, "2025-03-26") == 0;
}

/* ---- asking ----------------------------------------------------------------------------------------------------- */

static bool ask(struct mcp_request *request, const char *name, const json_t *question)
{
	struct mcp_session *session = request->origin.session;
	char id[40];
	json_t *message;

	snprintf(id, sizeof id, "ask-%" PRIu64, ++session->questions_made);
	message = json_pack("{s:s, s:s, s:O, s:O*}", "jsonrpc", "2.0", "id", id, "method",
		json_object_get(question, "method"), "params", json_object_get(question, "params"));
	if (message && json_object_set_new(request->asked, id, json_string(name)) == 0)
		request->reply->ops->send(request->reply, message);
	json_decref(message);
	return message != NULL;
}

bool mcp_session_ask(struct mcp_request *request, const json_t *questions)
{
	const char *name;
	json_t *question;

	if (!request->origin.session || !request->reply->ops->asks(request->reply))
		return false;
	if (!request->asked)
		request->asked = json_object();
	json_object_foreach((json_t *)questions, name, question)
		if (!ask(request, name, question))
			return false;
	mcp_request_stay(request);
	return true;
}

static struct mcp_request *asking(const struct mcp_session *session, const char *id)
{
	struct mcp_request *request = session->server->requests;

	while (request && (request->origin.session != session || !json_object_get(request->asked, id)))
		request = request->next;
	return request;
}

static bool keep_answer(struct mcp_request *request, const char *id, json_t *result)
{
	const char *name = json_string_value(json_object_get(request->asked, id));

	if (!request->origin.answers)
		request->origin.answers = json_object();
	return json_object_set(request->origin.answers, name, result) == 0 && json_object_del(request->asked, id) == 0;
}

void mcp_session_take_answer(struct mcp_session *session, const json_t *message)
{
	const char *id = json_string_value(json_object_get(message, "id"));
	struct mcp_request *request = id ? asking(session, id) : NULL;
	json_t *result = json_object_get(message, "result");
	const char *why = json_string_value(json_object_get(json_object_get(message, "error"), "message"));

	if (!request) {
		mcp_task_take_answer(session, message);
		return;
	}
	if (!result || !keep_answer(request, id, result))
		mcp_request_fail(request,
			&(struct mcp_fault){ 200, MCP_INTERNAL_ERROR, why ? why : "the client did not answer", NULL });
	else if (json_object_size(request->asked) == 0)
		request->run->run(request);
}
