/* request.c: one request from its envelope to its answer. */
#include "caller.h"
#include "lines.h"
#include "session.h"
#include "task_calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct mcp_method *const tables[] = { mcp_methods_tools, mcp_methods_prompts, mcp_methods_resources,
	mcp_methods_about, mcp_methods_sessions, mcp_methods_completion, mcp_methods_subscriptions, mcp_methods_tasks };

static const struct mcp_method *find_method(const char *name, enum mcp_era era)
{
	for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
		for (const struct mcp_method *method = tables[i]; method->name; method++)
			if (strcmp(method->name, name) == 0 && (era == MCP_MODERN ? method->modern : method->older))
				return method;
	return NULL;
}

/* ---- ending ----------------------------------------------------------------------------------------------------- */

static void unlink_request(struct mcp_request *request)
{
	if (request->previous)
		request->previous->next = request->next;
	else
		request->server->requests = request->next;
	if (request->next)
		request->next->previous = request->previous;
}

/* How many requests are under way, in all and in the session, which may end before the request is freed. */
static void count(struct mcp_request *request, int change)
{
	request->server->request_count += change;
	if (request->origin.session)
		request->origin.session->request_count += change;
}

/* While the gateway's call has not returned, or its answer is being read, the request must stay to be looked at. */
static void end(struct mcp_request *request)
{
	if (!request->ended)
		count(request, -1);
	request->ended = true;
	if (request->calling)
		return;
	unlink_request(request);
	if (request->waits)
		request->server->owner.work(request->server->owner.user, false);
	json_decref(request->origin.answers);
	json_decref(request->asked);
	json_decref(request->filter);
	json_decref(request->awaited);
	json_decref(request->message);
	free(request->identity);
	free(request);
}

void mcp_request_succeed(struct mcp_request *request, json_t *result)
{
	json_t *message;

	if (request->ended) {
		json_decref(result);
		return;
	}
	if (result && request->origin.era == MCP_MODERN && !json_object_get(result, "resultType"))
		json_object_set_new(result, "resultType", json_string("complete"));
	message = result ? mcp_result_new(request->id, result) : NULL;
	request->reply->ops->finish(request->reply, message ? 200 : 503, message);
	json_decref(message);
	end(request);
}

bool mcp_request_succeed_text(struct mcp_request *request, const char *members)
{
	const struct mcp_reply_ops *ops = request->reply->ops;
	bool modern = request->origin.era == MCP_MODERN;
	char id[256], text[4096];
	size_t id_size = json_dumpb(request->id, id, sizeof id, JSON_COMPACT | JSON_ENCODE_ANY);
	int size;

	if (request->ended || !ops->finish_text || !id_size || id_size > sizeof id)
		return false;
	size = snprintf(text, sizeof text, "{\"jsonrpc\":\"2.0\",\"id\":%.*s,\"result\":{%s%s}}", (int)id_size, id,
		members, modern ? ",\"resultType\":\"complete\"" : "");
	if (size < 0 || (size_t)size >= sizeof text || !ops->finish_text(request->reply, text, (size_t)size))
		return false;
	end(request);
	return true;
}

void mcp_request_fail(struct mcp_request *request, const struct mcp_fault *fault)
{
	json_t *message = mcp_error_new(request->id, fault->code, fault->message, fault->data);

	if (!request->ended)
		request->reply->ops->finish(request->reply, message ? fault->http : 503, message);
	json_decref(message);
	if (!request->ended)
		end(request);
}

static void give_up_call(struct mcp_request *request)
{
	const struct mcp_server_owner *owner = &request->server->owner;
	const struct sp_gateway *gateway = owner->gateway(owner->user);

	if (request->ticket)
		gateway->cancel(gateway, request->ticket);
	request->ticket = NULL;
}

void mcp_request_cancel(struct mcp_request *request)
{
	if (request->ended)
		return;
	give_up_call(request);
	request->reply->ops->abandon(request->reply);
	end(request);
}

void mcp_server_close(struct mcp_server *server)
{
	struct mcp_request *request, *next;

	for (request = server->requests; request; request = next) {
		next = request->next;
		mcp_request_cancel(request);
	}
	while (server->lines)
		mcp_lines_destroy(server->lines);
	while (server->sessions)
		mcp_session_destroy(server->sessions);
	mcp_catalogue_finish(&server->catalogue);
}

/* ---- what a runnable tells -------------------------------------------------------------------------------------- */

void mcp_request_notify(struct mcp_request *request, const char *method, json_t *params)
{
	json_t *message = mcp_notification_new(method, params);

	if (message && !request->ended)
		request->reply->ops->send(request->reply, message);
	json_decref(message);
}

/* Only who gave a token is told, and only of what is more than before (MCP 2025-11-25, "Progress"). */
static void on_progress(void *user, int64_t done, int64_t total, const char *note)
{
	struct mcp_request *request = user;
	json_t *token = mcp_message_meta(request->message, "progressToken"), *params;

	if (request->origin.in_task && !request->ended && done > request->progress)
		mcp_task_note(request, done, total, note);
	if ((!json_is_string(token) && !json_is_integer(token)) || done <= request->progress)
		return;
	request->progress = done;
	params = json_pack("{s:O, s:I, s:s*}", "progressToken", token, "progress", (json_int_t)done, "message", note);
	if (total > 0)
		json_object_set_new(params, "total", json_integer(total));
	mcp_request_notify(request, "notifications/progress", params);
}

static void on_line(void *user, enum sp_level level, const char *text)
{
	static const char *const levels[] = { "debug", "info", "warning", "error" };
	struct mcp_request *request = user;

	if (!request->origin.logs || level < request->origin.log_level)
		return;
	mcp_request_notify(request, "notifications/message",
		json_pack("{s:s, s:s}", "level", levels[level], "data", text));
}

void mcp_request_stay(struct mcp_request *request)
{
	const struct mcp_server_owner *owner = &request->server->owner;

	if (!request->waits)
		owner->work(owner->user, true);
	request->waits = true;
}

/* ---- calls ------------------------------------------------------------------------------------------------------ */

/* For want of an identity, or of what the runnable demands; what a runnable refuses by itself is its result. */
static bool is_denied(const struct mcp_request *request, const struct sp_answer *answer)
{
	return answer->status == SP_UNAUTHENTICATED || (answer->status == SP_FORBIDDEN && request->guarded);
}

static void on_done(void *user, const struct sp_answer *answer)
{
	struct mcp_request *request = user;
	bool inside = request->calling;

	request->ticket = NULL;
	request->calling = true;
	if (!request->ended && is_denied(request, answer))
		mcp_request_fail(request,
			&(struct mcp_fault){ .http = sp_status_http(answer->status),
				.code = MCP_INVALID_REQUEST,
				.message = answer->message,
				.data = json_pack("{s:s, s:s*}", "code", answer->code, "trace_id", answer->trace_id) });
	else if (!request->ended)
		request->answered(request, answer);
	request->calling = inside;
	if (!inside && request->ended)
		end(request);
}

/* What the message says of its trace goes before what the request that carried it says. */
static void find_trace(const struct mcp_request *request, struct sp_request *ret_call)
{
	const struct mcp_reply *reply = request->reply;

	ret_call->traceparent = json_string_value(mcp_message_meta(request->message, "traceparent"));
	ret_call->tracestate = json_string_value(mcp_message_meta(request->message, "tracestate"));
	if (ret_call->traceparent || !reply->ops->header)
		return;
	ret_call->traceparent = reply->ops->header(reply, "traceparent");
	if (ret_call->traceparent)
		ret_call->tracestate = reply->ops->header(reply, "tracestate");
}

void mcp_request_call(struct mcp_request *request, const struct sp_exposed *exposed, json_t *arguments,
	void (*answered)(struct mcp_request *request, const struct sp_answer *answer))
{
	static const struct sp_identity nobody = { .struct_size = sizeof nobody, .name = "" };
	const struct mcp_server_owner *owner = &request->server->owner;
	const struct sp_gateway *gateway = owner->gateway(owner->user);
	struct sp_request call = { .struct_size = sizeof call,
		.address = exposed->address,
		.transport = exposed->transports & SP_MCP, /* what suggests values need not be on it */
		.identity =
			request->origin.identity ? request->origin.identity : &nobody, /* else it were this instance */
		.done = on_done,
		.progress = on_progress,
		.user = request,
		.tell = on_line,
		.can_ask = request->origin.can_ask,
		.answers = request->origin.answers,
		.values = arguments };

	find_trace(request, &call);
	request->answered = answered;
	request->guarded = exposed->action || exposed->role;
	request->calling = true;
	gateway->call(gateway, &call, &request->ticket);
	request->calling = false;
	json_decref(arguments);
	if (!request->ended) {
		mcp_request_stay(request);
		mcp_task_expect(request);
		return;
	}
	give_up_call(request);
	end(request);
}

/* ---- beginning -------------------------------------------------------------------------------------------------- */

/* Refuses what becomes no request. */
static void refuse(const struct mcp_origin *origin, const json_t *message, struct mcp_reply *reply,
	const struct mcp_fault *fault)
{
	json_t *error = mcp_error_new(json_object_get(message, "id"), fault->code, fault->message, NULL);

	json_decref(origin->answers);
	reply->ops->finish(reply, fault->http, error);
	json_decref(error);
}

/* Why there is no room for another request; NULL when there is. */
static const struct mcp_fault *lack_of_room(const struct mcp_server *server, const struct mcp_session *session)
{
	static const struct mcp_fault many = { 503, MCP_TOO_MANY, "too many requests are under way; try again later",
		NULL };
	static const struct mcp_fault many_here = { 429, MCP_TOO_MANY,
		"too many requests of this session are under way; wait for some of the answers, or cancel some", NULL };

	if (session && session->request_count >= server->settings.limits.requests_per_session)
		return &many_here;
	return server->request_count >= server->settings.limits.requests ? &many : NULL;
}

void mcp_request_begin(struct mcp_server *server, const struct mcp_origin *origin, json_t *message,
	struct mcp_reply *reply)
{
	static const struct mcp_fault no_memory = { 503, MCP_INTERNAL_ERROR, "out of memory", NULL };
	const struct mcp_fault *lack = lack_of_room(server, origin->session);
	struct sp_identity *identity = !lack && origin->identity ? mcp_caller_copy_new(origin->identity) : NULL;
	struct mcp_request *request = lack ? NULL : calloc(1, sizeof *request);

	if (!request || (origin->identity && !identity)) {
		free(identity);
		free(request);
		refuse(origin, message, reply, lack ? lack : &no_memory);
		return;
	}
	request->server = server;
	request->reply = reply;
	request->origin = *origin;
	request->origin.identity = request->identity = identity;
	request->message = json_incref(message);
	request->id = json_object_get(message, "id");
	request->params = json_object_get(message, "params");
	request->method = json_string_value(json_object_get(message, "method"));
	request->progress = origin->told - 1;
	request->task_after = -1;
	reply->request = request;
	request->next = server->requests;
	if (request->next)
		request->next->previous = request;
	server->requests = request;
	count(request, 1);
	request->run = find_method(request->method, origin->era);
	if (request->run)
		request->run->run(request);
	else
		mcp_request_fail(request,
			&(struct mcp_fault){ .http = origin->era == MCP_MODERN ? 404 : 200,
				.code = MCP_METHOD_NOT_FOUND,
				.message = "there is no such method" });
}

struct mcp_request *mcp_request_find(struct mcp_server *server, const struct mcp_session *session, const json_t *id)
{
	struct mcp_request *request = server->requests;

	while (request && (request->origin.session != session || request->ended || !json_equal(request->id, id)))
		request = request->next;
	return request;
}
