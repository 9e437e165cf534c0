/* mcp: offers runnables as tools, prompts and resources to MCP clients, at /mcp and by lines (signalctl mcp). */
#include "caller.h"
#include "changes.h"
#include "front.h"
#include "lines.h"
#include "session.h"
#include "task_calls.h"

#include <signalpy/component.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

SP_RECORD(mcp_settings,
	(string,  name, .otherwise = "signalpyd", .max_length = 100, .about = "what the server calls itself"),
	(string,  instructions, .about = "what a model should know before it uses anything here"),
	(integer, sessions, .otherwise = 10000, .min = 1, .max = 1000000,
		.about = "the most sessions of clients before revision 2026-07-28"),
	(integer, session_ms, .otherwise = 1800000, .min = 1000,
		.about = "how long such a session lasts that nobody uses, in milliseconds"),
	(integer, tasks, .otherwise = 10000, .min = 0, .max = 1000000,
		.about = "the most tasks at once, those included whose results are kept"),
	(integer, tasks_per_caller, .otherwise = 1000, .min = 0, .max = 1000000,
		.about = "the most of them that one caller has"),
	(integer, task_ms, .otherwise = 600000, .min = 1000,
		.about = "how long a task's result is kept at most, in milliseconds"),
	(integer, task_poll_ms, .otherwise = 1000, .min = 10,
		.about = "how often a client may ask how far a task is, in milliseconds"),
	(integer, task_after_ms, .otherwise = 500, .min = 0,
		.about = "how long a client of 2026-07-28 that takes tasks waits for an answer before it gets one"),
	(record(mcp_limits), limits),
	(string,  resource, .about = "the address of /mcp as clients know it; what they call it by when it is empty"),
	(array(string), authorization_servers, .about = "where clients get tokens: addresses of OAuth servers"));

SP_RECORD(mcp_handed_over, (any, task, .required = true));

SP_COMPONENT(mcp,
	(about,     "Offers runnables to MCP clients, at /mcp and to signalctl mcp."),
	(settings,  mcp_settings, settings, .at = "mcp"),
	(optional,  sp_http, http),
	(one,       sp_gateway, gateway),
	(optional,  sp_auth, auth),
	(optional,  sp_conversations, conversations),
	(one,       mcp_memory, memory),
	(member,    struct mcp_server, server),
	(activate),
	(deactivate),
	(effect,    keep_settings),
	(effect,    keep_limits),
	(effect,    follow),
	(effect,    mount),
	(effect,    converse),
	(effect,    serve),
	(member,    bool, stale), /* the lists are those from before a change */
	(timer,     soon),
	(timer,     promote),
	(runnable,  take_over, mcp_handed_over, nothing, .transports = SP_NATIVE_ONLY,
		.about = "Takes what a task came to from the instance that the plugin had before."),
	(timer,     tend, .every_ms = 15000),
	(subscribe, resource_updated, "mcp.resource.updated"));

/* ---- what the server asks --------------------------------------------------------------------------------------- */

static const struct sp_gateway *gateway(void *user)
{
	return sp_get(((struct mcp *)user)->gateway);
}

static struct mcp_kept *kept(void *user)
{
	const struct mcp_memory *memory = sp_get(((struct mcp *)user)->memory);

	return memory->kept(memory);
}

static const struct sp_auth *auth(void *user)
{
	return sp_peek(((struct mcp *)user)->auth);
}

static int64_t now(void *user)
{
	return sp_now_ms(((struct mcp *)user)->rt);
}

static int64_t wall_time(void *user SP_UNUSED)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void work(void *user, bool begins)
{
	if (begins)
		sp_work_begin(((struct mcp *)user)->rt);
	else
		sp_work_end(((struct mcp *)user)->rt);
}

static void wake(void *user, int64_t milliseconds)
{
	sp_timer_start(((struct mcp *)user)->promote, milliseconds);
}

static void on_taken_over(void *user, const struct sp_answer *answer SP_UNUSED)
{
	work(user, false);
}

/* The instance that serves now has this one's name. */
static void hand_over(void *user, const json_t *record)
{
	struct mcp *self = user;
	const struct sp_gateway *to = sp_get(self->gateway);
	json_t *params = json_pack("{s:O}", "task", (json_t *)record);
	char *text = params ? json_dumps(params, JSON_COMPACT) : NULL, address[80];
	struct sp_request call = { .struct_size = sizeof call,
		.address = address,
		.params = { text, text ? strlen(text) : 0 },
		.done = on_taken_over,
		.user = self };
	sp_call *ticket;

	snprintf(address, sizeof address, "%s.take_over", sp_name(self->rt));
	if (text) {
		work(self, true);
		to->call(to, &call, &ticket);
	}
	free(text);
	json_decref(params);
}

static sp_status mcp_take_over(struct mcp *self, const struct mcp_handed_over *in)
{
	mcp_task_take_over(&self->server, in->task);
	return SP_OK;
}

/* ---- life ------------------------------------------------------------------------------------------------------- */

static sp_status mcp_activate(struct mcp *self)
{
	self->server.owner =
		(struct mcp_server_owner){ gateway, kept, now, wall_time, auth, work, wake, hand_over, self };
	self->server.settings.version = "1.0.0";
	return SP_OK;
}

static sp_status mcp_deactivate(struct mcp *self)
{
	mcp_server_close(&self->server);
	return SP_OK;
}

/* Effects end before what is under way is waited for: who listens comes back, and is told by the next instance. */
static void leave(void *user)
{
	mcp_changes_end(&((struct mcp *)user)->server);
	mcp_lines_leave(&((struct mcp *)user)->server);
	mcp_sessions_leave(&((struct mcp *)user)->server);
	mcp_tasks_leave(&((struct mcp *)user)->server);
}

static sp_status mcp_serve(struct mcp *self)
{
	return sp_cleanup(self->rt, leave, self);
}

static sp_status mcp_tend(struct mcp *self)
{
	struct mcp_request *request, *next;

	for (request = self->server.requests; request; request = next) {
		next = request->next; /* a client that has gone is found out */
		if (request->origin.era == MCP_MODERN) /* streams of sessions are the sessions' to tend */
			request->reply->ops->keep_alive(request->reply);
	}
	mcp_sessions_tend(&self->server);
	mcp_tasks_tend(&self->server);
	return SP_OK;
}

static sp_status mcp_promote(struct mcp *self)
{
	mcp_tasks_promote(&self->server);
	return SP_OK;
}

/* ---- what it follows -------------------------------------------------------------------------------------------- */

static sp_status mcp_keep_limits(struct mcp *self)
{
	const struct mcp_limits_slots *limits = &self->settings.limits;

	self->server.settings.limits = (struct mcp_limits){
		.requests = sp_get(limits->requests),
		.requests_per_session = sp_get(limits->requests_per_session),
		.batch = sp_get(limits->batch),
		.subscriptions = sp_get(limits->subscriptions),
		.uri = sp_get(limits->uri),
		.kept_streams = sp_get(limits->kept_streams),
		.kept_events = sp_get(limits->kept_events),
		.kept_bytes = sp_get(limits->kept_bytes),
		.unread = sp_get(limits->unread),
	};
	return SP_OK;
}

static sp_status mcp_keep_settings(struct mcp *self)
{
	struct mcp_preferences *settings = &self->server.settings;
	__typeof__(*self->settings.authorization_servers.of) issuers = sp_get(self->settings.authorization_servers);

	settings->name = sp_get(self->settings.name);
	settings->instructions = sp_get(self->settings.instructions);
	settings->sessions = sp_get(self->settings.sessions);
	settings->session_ms = sp_get(self->settings.session_ms);
	settings->tasks = sp_get(self->settings.tasks);
	settings->tasks_per_caller = sp_get(self->settings.tasks_per_caller);
	settings->task_ms = sp_get(self->settings.task_ms);
	settings->task_poll_ms = sp_get(self->settings.task_poll_ms);
	settings->task_after_ms = sp_get(self->settings.task_after_ms);
	settings->resource = sp_get(self->settings.resource);
	settings->issuers = issuers.items;
	settings->issuer_count = issuers.count;
	return SP_OK;
}

/* What many changes in a row come to is told once: soon after the first, and before the next request at the latest. */
static sp_status mcp_follow(struct mcp *self)
{
	enum { SOON_MS = 10 };
	const struct sp_gateway *gateway = sp_get(self->gateway);
	bool waits = self->stale;

	(void)gateway->revision(gateway);
	self->stale = true;
	return waits ? SP_OK : sp_timer_start(self->soon, SOON_MS);
}

static sp_status take_changes(struct mcp *self)
{
	if (!self->stale)
		return SP_OK;
	self->stale = !mcp_changes_take(&self->server);
	return self->stale ? SP_NO_MEMORY : SP_OK;
}

static sp_status mcp_soon(struct mcp *self)
{
	enum { AGAIN_MS = 1000 };
	sp_status status = take_changes(self);

	if (status != SP_OK)
		sp_timer_start(self->soon, AGAIN_MS);
	return status;
}

static sp_status mcp_resource_updated(struct mcp *self, const sp_event *event)
{
	const char *uri = json_string_value(json_object_get(event->data, "uri"));

	if (!uri)
		return sp_fail(self->rt, SP_INVALID, "mcp.resource.updated has no uri");
	mcp_changes_tell_resource(&self->server, uri);
	return SP_OK;
}

static void on_exchange(void *user, struct sp_http_exchange *exchange)
{
	take_changes(user); /* without memory the former lists do */
	mcp_front(&((struct mcp *)user)->server, exchange);
}

static void on_metadata(void *user, struct sp_http_exchange *exchange)
{
	mcp_caller_metadata(&((struct mcp *)user)->server, exchange);
}

static const struct {
	const char *path;
	sp_http_handler handler;
} mounts[] = {
	{ "/mcp", on_exchange },
	{ "/.well-known/oauth-protected-resource", on_metadata },
	{ "/.well-known/oauth-protected-resource/mcp", on_metadata },
};

/* Without a server of HTTP there are conversations by lines alone. */
static sp_status mcp_mount(struct mcp *self)
{
	const struct sp_http *http = sp_get(self->http);

	for (size_t i = 0; http && i < sizeof mounts / sizeof mounts[0]; i++) {
		sp_status status = http->mount(http, mounts[i].path, mounts[i].handler, self);

		if (status != SP_OK)
			return sp_fail(self->rt, status, "%s cannot be mounted: %s", mounts[i].path,
				status == SP_CONFLICT ? "another component serves it" : sp_status_word(status));
	}
	return SP_OK;
}

/* ---- conversations by lines ------------------------------------------------------------------------------------- */

static void *on_open(void *user, struct sp_conversation *conversation)
{
	return mcp_lines_open(&((struct mcp *)user)->server, conversation);
}

static void on_line(void *opened, const char *line, size_t size)
{
	const struct mcp_server *server = mcp_lines_server(opened);

	take_changes(server->owner.user);
	mcp_lines_take(opened, line, size);
}

static void on_ending(void *opened)
{
	mcp_lines_end(opened);
}

static void on_gone(void *opened)
{
	mcp_lines_destroy(opened);
}

static const struct sp_conversation_events conversation_events = { sizeof conversation_events, on_open, on_line,
	on_ending, on_gone };

static sp_status mcp_converse(struct mcp *self)
{
	const struct sp_conversations *conversations = sp_get(self->conversations);

	return conversations ? sp_here(conversations)->serve(conversations, "mcp", &conversation_events, self) : SP_OK;
}

SP_PLUGIN(mcp, "1.0.0", mcp_keeper, mcp);
