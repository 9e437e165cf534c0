/* calls.c: hands requests to the gateway, and its answers to the clients. */
#include "calls.h"

#include "identity.h"
#include "media.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { BEHIND_MOST = 65536 }; /* bytes that a client has not taken, from where reports of progress are left out */

/* One request whose runnable has not answered. It is used again for another. */
struct rest_call {
	struct rest_site *site;
	struct rest_call *previous, *next;
	struct sp_http_exchange *exchange;
	sp_call *ticket;
	bool answered; /* before the gateway's call has returned */
	bool waits; /* the call outlives the handler, and counts as work of this instance */
	bool streams; /* the client wants events */
	bool begun; /* and has got the head of them */
	bool behind;
	bool busy; /* something is being sent: should the client go meanwhile, who sends it looks after that */
};

static struct rest_call *call_begin(struct rest_site *site, struct sp_http_exchange *exchange)
{
	struct rest_call *call = site->spare;

	if (call)
		site->spare = call->next;
	else
		call = malloc(sizeof *call);
	if (!call)
		return NULL;
	*call = (struct rest_call){ .site = site, .exchange = exchange, .next = site->calls };
	if (call->next)
		call->next->previous = call;
	site->calls = call;
	return call;
}

static void call_end(struct rest_call *call)
{
	struct rest_site *site = call->site;

	if (call->previous)
		call->previous->next = call->next;
	else
		site->calls = call->next;
	if (call->next)
		call->next->previous = call->previous;
	if (call->waits)
		sp_work_end(site->rt);
	call->next = site->spare;
	site->spare = call;
}

/* ---- events ------------------------------------------------------------------------------------------------------ */

static void on_drained(void *user)
{
	struct rest_call *call = user;

	call->behind = false;
}

static void begin_stream(struct rest_call *call)
{
	static const struct sp_http_stream_events events = { .struct_size = sizeof events, .drained = on_drained };

	if (call->begun)
		return;
	call->begun = true;
	call->exchange->ops->on_stream(call->exchange, &events, call);
	rest_stream_begin(call->exchange);
}

static sp_status text_begin(struct rest_text *text, const char *event)
{
	text->size = 0;
	if (rest_text_append(text, "event: ") != SP_OK || rest_text_append(text, event) != SP_OK)
		return SP_NO_MEMORY;
	return rest_text_append(text, "\ndata: ");
}

static void send_text(struct rest_call *call)
{
	const struct rest_text *text = &call->site->text;

	call->behind = call->exchange->ops->send(call->exchange, (sp_bytes){ text->data, text->size }) > BEHIND_MOST;
}

/* A courtesy: without memory, or when the client lags behind, it is lost. */
static void send_report(struct rest_call *call, const char *event, json_t *data)
{
	struct rest_text *text = &call->site->text;

	if (call->exchange && data && !call->behind && text_begin(text, event) == SP_OK &&
		rest_text_append_json(text, data) == SP_OK && rest_text_append(text, "\n\n") == SP_OK) {
		begin_stream(call);
		if (call->exchange)
			send_text(call);
	}
	json_decref(data);
}

static void on_progress(void *user, int64_t done, int64_t total, const char *note)
{
	send_report(user, "progress",
		json_pack("{s:I, s:I, s:s*}", "done", (json_int_t)done, "total", (json_int_t)total, "note", note));
}

static void on_line(void *user, enum sp_level level, const char *line)
{
	static const char *const words[] = { "debug", "info", "warning", "error" };
	const char *word = (unsigned)level < sizeof words / sizeof words[0] ? words[level] : "error";

	send_report(user, "log", json_pack("{s:s, s:s}", "level", word, "message", line));
}

/* The last event: all that is known, or, without memory, that. */
static void end_stream(struct rest_call *call, const struct sp_answer *came)
{
	static const char no_memory[] = "event: error\ndata: {\"ok\":false,\"error\":{\"code\":\"unavailable\","
					"\"message\":\"out of memory\"}}\n\n";
	struct rest_text *text = &call->site->text;
	struct sp_http_exchange *exchange = call->exchange;

	begin_stream(call);
	if (!call->exchange)
		return;
	if (text_begin(text, came->status == SP_OK ? "result" : "error") == SP_OK &&
		rest_text_append_answer(text, came) == SP_OK && rest_text_append(text, "\n\n") == SP_OK)
		send_text(call);
	else
		exchange->ops->send(exchange, (sp_bytes){ no_memory, sizeof no_memory - 1 });
	if (call->exchange)
		exchange->ops->end(exchange);
}

void rest_calls_beat(struct rest_site *site)
{
	for (struct rest_call *call = site->calls, *next; call; call = next) {
		next = call->next;
		if (call->begun && !call->behind)
			rest_stream_beat(call->exchange);
	}
}

/* ---- calls ------------------------------------------------------------------------------------------------------- */

/* What fails before anything was streamed has the status of its code, as without a stream. */
static void answer(struct rest_call *call, const struct sp_answer *came)
{
	call->busy = true;
	if (!call->exchange)
		return;
	if (call->begun || (call->streams && came->status == SP_OK))
		end_stream(call, came);
	else
		rest_answer(call->site, call->exchange, came);
}

/* The gateway has the answer. Before its call has returned, the call must stay for the caller to look at. */
static void on_done(void *user, const struct sp_answer *came)
{
	struct rest_call *call = user;

	call->answered = true;
	answer(call, came);
	if (call->waits)
		call_end(call);
}

/* Nobody wants the answer any more. */
static void give_up(struct rest_call *call)
{
	const struct sp_gateway *gateway = call->site->gateway;

	gateway->cancel(gateway, call->ticket);
	call_end(call);
}

/* The client has gone. If that was while its call was begun, there is no ticket yet. */
static void on_gone(void *user)
{
	struct rest_call *call = user;

	call->exchange = NULL;
	if (call->waits && !call->busy)
		give_up(call);
}

static void wait_for_answer(struct rest_call *call)
{
	if (call->streams && call->exchange)
		begin_stream(call);
	if (!call->exchange) {
		give_up(call);
		return;
	}
	call->waits = true;
	sp_work_begin(call->site->rt);
}

/* As events, unless it wants the answer by itself more than that. */
static bool wants_events(const char *accept)
{
	int events = rest_wants(accept, "text/event-stream");

	return events && events >= rest_wants(accept, "application/json");
}

static void call_runnable(struct rest_site *site, struct sp_http_exchange *exchange, const char *address,
	const struct sp_identity *identity)
{
	const char *accept = exchange->ops->header(exchange, "Accept");
	struct rest_call *call = call_begin(site, exchange);
	struct sp_request request = { .struct_size = sizeof request,
		.address = address,
		.transport = SP_REST,
		.identity = identity,
		.params = exchange->body,
		.done = on_done,
		.user = call,
		.traceparent = exchange->ops->header(exchange, "traceparent") };

	if (!call) {
		rest_refuse_no_memory(exchange);
		return;
	}
	if (request.traceparent)
		request.tracestate = exchange->ops->header(exchange, "tracestate");
	call->streams = wants_events(accept);
	if (call->streams) {
		request.progress = on_progress;
		request.tell = on_line;
	}
	exchange->ops->on_gone(exchange, on_gone, call);
	site->gateway->call(site->gateway, &request, &call->ticket);
	if (call->answered)
		call_end(call);
	else
		wait_for_answer(call);
}

static void refuse_media(struct rest_site *site, struct sp_http_exchange *exchange, const char *message,
	const struct sp_http_field *fields)
{
	if (rest_text_render_error(&site->text, "unsupported_media_type", message) == SP_OK)
		rest_send(site, exchange, 415, fields);
	else
		rest_refuse_no_memory(exchange);
}

/* Whether a body, if there is one, is JSON, and neither compressed nor encoded otherwise; answers 415 when it is
 * not. */
static bool is_readable(struct rest_site *site, struct sp_http_exchange *exchange)
{
	static const struct sp_http_field plain[] = { { "Accept-Encoding", "identity" }, { NULL, NULL } };
	const char *type = exchange->ops->header(exchange, "Content-Type"),
		   *coding = exchange->ops->header(exchange, "Content-Encoding");
	bool encoded = coding && strcasecmp(coding, "identity") != 0;

	if (!exchange->body.size || (rest_is_json(type) && !encoded))
		return true;
	if (encoded)
		refuse_media(site, exchange,
			sp_format(site->rt, "the Content-Encoding is %s; the body must not be encoded", coding), plain);
	else
		refuse_media(site, exchange,
			sp_format(site->rt, "the Content-Type is %s; it must be application/json",
				type ? type : "missing"),
			NULL);
	return false;
}

/* What a path calls, in the instance that the target picks if there is one; NULL and error. */
static const struct sp_exposed *find(struct rest_site *site, struct sp_http_exchange *exchange, struct sp_error *error)
{
	const struct sp_gateway *gateway = site->gateway;
	const char *path = exchange->path + strlen(REST_API),
		   *picks = exchange->ops->header(exchange, "Signalpy-Target");

	if (picks)
		return gateway->find_rest_target(gateway, path, picks, error);
	sp_error_set(error, SP_NOT_FOUND, "there is no runnable at %s; signalctl runnable list shows all",
		exchange->path);
	return gateway->find_rest(gateway, path, strlen(path));
}

void rest_on_api(void *user, struct sp_http_exchange *exchange)
{
	struct rest_site *site = user;
	struct sp_error error;
	const struct sp_exposed *exposed = find(site, exchange, &error);
	const struct sp_identity *identity;

	if (!rest_identify(site, exchange, &identity))
		return;
	if (!exposed)
		rest_refuse(site, exchange, error.code, error.message);
	else if (!rest_is_post(site, exchange))
		return;
	else if (is_readable(site, exchange))
		call_runnable(site, exchange, exposed->address, identity);
}

void rest_calls_finish(struct rest_site *site)
{
	static const struct sp_answer stopped = { .struct_size = sizeof stopped,
		.status = SP_UNAVAILABLE,
		.code = "unavailable",
		.message = "REST is going down; try again later" };
	struct rest_call *call;

	while ((call = site->calls)) {
		site->gateway->cancel(site->gateway, call->ticket);
		answer(call, &stopped);
		call_end(call);
	}
	while ((call = site->spare)) {
		site->spare = call->next;
		free(call);
	}
}
