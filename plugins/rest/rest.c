/* rest: every runnable as POST /api/<version>/<instance>/<runnable>, and GET /health. */
#include "answer.h"
#include "media.h"

#include <inttypes.h>
#include <signalpy/auth.h>
#include <signalpy/component.h>
#include <signalpy/http.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* One request whose runnable has not answered. It is used again for another. */
struct rest_call {
	struct rest *self;
	struct rest_call *previous, *next;
	struct sp_http_exchange *exchange;
	sp_call *ticket;
	bool answered; /* before the gateway's call has returned */
	bool waits; /* the call outlives the handler, and counts as work of this instance */
};

SP_COMPONENT(rest,
	(about,    "Offers every runnable as POST /api/<version>/<instance>/<runnable>."),
	(one,      sp_http, http),
	(one,      sp_gateway, gateway),
	(optional, sp_auth, auth),
	(member,   struct rest_text, text),
	(member,   struct rest_call *, calls),
	(member,   struct rest_call *, spare),
	(deactivate),
	(effect,   mount));

static const char api[] = "/api/", health[] = "/health", target[] = "Signalpy-Target";

/* ---- answers ---------------------------------------------------------------------------------------------------- */

static void send(struct rest *self, struct sp_http_exchange *exchange, int status, const struct sp_http_field *fields)
{
	exchange->ops->reply(exchange, status, "application/json", fields,
		(sp_bytes){ self->text.data, self->text.size });
}

/* There is memory for a constant at least. */
static void send_no_memory(struct sp_http_exchange *exchange)
{
	static const struct sp_http_field later[] = { { "Retry-After", "1" }, { NULL, NULL } };
	static const char json[] = "{\"ok\":false,\"error\":{\"code\":\"unavailable\",\"message\":\"out of memory\"}}";

	exchange->ops->reply(exchange, 503, "application/json", later, (sp_bytes){ json, sizeof json - 1 });
}

static void refuse(struct rest *self, struct sp_http_exchange *exchange, sp_status status, const char *message)
{
	if (rest_text_render_error(&self->text, sp_status_word(status), message) == SP_OK)
		send(self, exchange, sp_status_http(status), NULL);
	else
		send_no_memory(exchange);
}

static void refuse_method(struct rest *self, struct sp_http_exchange *exchange, const struct sp_http_field *allow)
{
	const char *message = sp_format(self->rt, "%s is not allowed here; use %s", exchange->method, allow->value);

	if (rest_text_render_error(&self->text, "method_not_allowed", message) == SP_OK)
		send(self, exchange, 405, allow);
	else
		send_no_memory(exchange);
}

static void refuse_type(struct rest *self, struct sp_http_exchange *exchange, const char *type)
{
	const char *message =
		sp_format(self->rt, "the Content-Type is %s; it must be application/json", type ? type : "missing");

	if (rest_text_render_error(&self->text, "unsupported_media_type", message) == SP_OK)
		send(self, exchange, 415, NULL);
	else
		send_no_memory(exchange);
}

/* No credentials were presented, or wrong ones (RFC 6750, 3). */
static const struct sp_http_field who_are_you[] = { { "WWW-Authenticate", "Bearer realm=\"signalpyd\"" },
	{ NULL, NULL } };
static const struct sp_http_field not_you[] = {
	{ "WWW-Authenticate", "Bearer realm=\"signalpyd\", error=\"invalid_token\"" }, { NULL, NULL }
};

static void refuse_token(struct rest *self, struct sp_http_exchange *exchange, const char *message)
{
	if (rest_text_render_error(&self->text, "unauthenticated", message) == SP_OK)
		send(self, exchange, 401, not_you);
	else
		send_no_memory(exchange);
}

static void answer(struct rest *self, struct sp_http_exchange *exchange, const struct sp_answer *came)
{
	int status = came->status == SP_OK ? 200 : sp_status_http(came->status);
	char seconds[24];
	const struct sp_http_field later[] = { { "Retry-After", seconds }, { NULL, NULL } };

	snprintf(seconds, sizeof seconds, "%" PRId64, came->retry_ms > 0 ? (came->retry_ms + 999) / 1000 : 1);
	if (rest_text_render(&self->text, came) != SP_OK)
		send_no_memory(exchange);
	else if (status == 401)
		send(self, exchange, status, who_are_you);
	else
		send(self, exchange, status, status == 503 || status == 429 ? later : NULL);
}

/* ---- calls ------------------------------------------------------------------------------------------------------ */

static struct rest_call *call_begin(struct rest *self, struct sp_http_exchange *exchange)
{
	struct rest_call *call = self->spare;

	if (call)
		self->spare = call->next;
	else
		call = malloc(sizeof *call);
	if (!call)
		return NULL;
	*call = (struct rest_call){ .self = self, .exchange = exchange, .next = self->calls };
	if (call->next)
		call->next->previous = call;
	self->calls = call;
	return call;
}

static void call_end(struct rest_call *call)
{
	struct rest *self = call->self;

	if (call->previous)
		call->previous->next = call->next;
	else
		self->calls = call->next;
	if (call->next)
		call->next->previous = call->previous;
	if (call->waits)
		sp_work_end(self->rt);
	call->next = self->spare;
	self->spare = call;
}

/* The gateway has the answer. Before its call has returned, the call must stay for the caller to look at. */
static void on_done(void *user, const struct sp_answer *came)
{
	struct rest_call *call = user;

	call->answered = true;
	answer(call->self, call->exchange, came);
	if (call->waits)
		call_end(call);
}

/* The client has gone: nobody wants the answer. */
static void on_gone(void *user)
{
	struct rest_call *call = user;
	const struct sp_gateway *gateway = sp_peek(call->self->gateway);

	gateway->cancel(gateway, call->ticket);
	call_end(call);
}

static void wait_for_answer(struct rest *self, struct rest_call *call)
{
	call->waits = true;
	sp_work_begin(self->rt);
	call->exchange->ops->on_gone(call->exchange, on_gone, call);
}

/* What stands behind "Bearer "; NULL when there is no such thing. */
static const char *token_of(const char *credentials)
{
	static const char scheme[] = "Bearer ";

	if (strncasecmp(credentials, scheme, sizeof scheme - 1) != 0)
		return NULL;
	credentials += strspn(credentials + sizeof scheme - 2, " ") + sizeof scheme - 2;
	return *credentials ? credentials : NULL;
}

/* Who calls, NULL for nobody. Whoever presents credentials that are wrong is answered, also where none were needed. */
static bool find_identity(struct rest *self, struct sp_http_exchange *exchange, const struct sp_identity **ret_identity)
{
	const char *credentials = exchange->ops->header(exchange, "Authorization");
	const struct sp_auth *auth = sp_peek(self->auth);
	const char *token = credentials ? token_of(credentials) : NULL;
	struct sp_error error = { .code = SP_OK };

	*ret_identity = NULL;
	if (!credentials)
		return true;
	if (!token)
		sp_error_set(&error, SP_UNAUTHENTICATED, "the header Authorization is not Bearer and a token");
	else if (!auth)
		sp_error_set(&error, SP_UNAUTHENTICATED, "no auth provider is there to know the token");
	else if (auth->authenticate(auth, token, ret_identity, &error) == SP_OK)
		return true;
	refuse_token(self, exchange, error.message);
	return false;
}

static void call_runnable(struct rest *self, struct sp_http_exchange *exchange, const char *address,
	const struct sp_identity *identity)
{
	const struct sp_gateway *gateway = sp_peek(self->gateway);
	struct rest_call *call = call_begin(self, exchange);
	struct sp_request request = { .struct_size = sizeof request,
		.address = address,
		.transport = SP_REST,
		.params = exchange->body,
		.identity = identity,
		.done = on_done,
		.user = call };

	if (!call) {
		send_no_memory(exchange);
		return;
	}
	gateway->call(gateway, &request, &call->ticket);
	if (call->answered)
		call_end(call);
	else
		wait_for_answer(self, call);
}

/* ---- requests --------------------------------------------------------------------------------------------------- */

/* What a path calls, in the instance that the target picks if there is one; NULL and error. */
static const struct sp_exposed *find(struct rest *self, struct sp_http_exchange *exchange, struct sp_error *error)
{
	const struct sp_gateway *gateway = sp_peek(self->gateway);
	const char *path = exchange->path + sizeof api - 1, *picks = exchange->ops->header(exchange, target);

	if (picks)
		return gateway->find_rest_target(gateway, path, picks, error);
	sp_error_set(error, SP_NOT_FOUND, "there is no runnable at %s; signalctl runnable list shows all",
		exchange->path);
	return gateway->find_rest(gateway, path, strlen(path));
}

static void on_api(void *user, struct sp_http_exchange *exchange)
{
	static const struct sp_http_field post[] = { { "Allow", "POST" }, { NULL, NULL } };
	struct rest *self = user;
	struct sp_error error;
	const struct sp_exposed *exposed = find(self, exchange, &error);
	const char *type = exchange->ops->header(exchange, "Content-Type");
	const struct sp_identity *identity;

	if (!find_identity(self, exchange, &identity))
		return;
	if (!exposed)
		refuse(self, exchange, error.code, error.message);
	else if (strcmp(exchange->method, "POST") != 0)
		refuse_method(self, exchange, post);
	else if (exchange->body.size && !rest_is_json(type))
		refuse_type(self, exchange, type);
	else
		call_runnable(self, exchange, exposed->address, identity);
}

static void on_health(void *user, struct sp_http_exchange *exchange)
{
	static const struct sp_http_field get[] = { { "Allow", "GET, HEAD" }, { NULL, NULL } };
	static const char alive[] = "{\"ok\":true,\"data\":{\"status\":\"alive\"}}";
	struct rest *self = user;

	if (strcmp(exchange->method, "GET") != 0 && strcmp(exchange->method, "HEAD") != 0)
		refuse_method(self, exchange, get);
	else
		exchange->ops->reply(exchange, 200, "application/json", NULL, (sp_bytes){ alive, sizeof alive - 1 });
}

/* ---- life ------------------------------------------------------------------------------------------------------- */

/* Runs again for another server. The former one keeps its mounts while it finishes what it has begun; they end with it. */
static sp_status rest_mount(struct rest *self)
{
	const struct sp_http *http = sp_get(self->http);
	sp_status status = sp_here(http)->mount(http, api, on_api, self);

	if (status == SP_OK)
		status = sp_here(http)->mount(http, health, on_health, self);
	if (status == SP_OK)
		return SP_OK;
	return sp_fail(self->rt, status, "%s and %s cannot be mounted: %s", api, health,
		status == SP_CONFLICT ? "another component serves them" : sp_status_word(status));
}

static sp_status rest_deactivate(struct rest *self)
{
	static const struct sp_answer stopped = { .struct_size = sizeof stopped,
		.status = SP_UNAVAILABLE,
		.code = "unavailable",
		.message = "REST is going down; try again later" };
	const struct sp_gateway *gateway = sp_peek(self->gateway);
	struct rest_call *call;

	while ((call = self->calls)) {
		gateway->cancel(gateway, call->ticket);
		answer(self, call->exchange, &stopped);
		call_end(call);
	}
	while ((call = self->spare)) {
		self->spare = call->next;
		free(call);
	}
	rest_text_finish(&self->text);
	return SP_OK;
}

SP_PLUGIN(rest, "1.0.0", rest);
