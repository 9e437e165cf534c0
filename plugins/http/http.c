/* http: serves HTTP/1.1. Other components mount handlers on paths through the contract sp_http. */
#include "listeners.h"
#include "routes.h"
#include "target.h"

#include <signalpy/component.h>
#include <stdlib.h>

enum { TLS_PATIENCE_MS = 1000, AGAIN_MS = 2000 };

SP_RECORD(http_settings,
	(array(string), listen, .about = "what to listen on: HOST:PORT, [IPV6]:PORT or unix:/PATH, and tls: before it for "
		"HTTPS; loopback, port 8080, when it is empty"),
	(record(http_limits), limits),
	(array(string), hosts, .about = "values of the Host header that are served, NAME or NAME:PORT, * for any; loopback "
		"and the addresses listened on when it is empty"),
	(array(string), origins, .about = "values of the Origin header that are served, such as https://example.org, * for "
		"any; pages of this machine's own when it is empty"));

SP_COMPONENT(http,
	(about,    "Serves HTTP/1.1; components mount handlers on paths."),
	(settings, http_settings, settings, .at = "http"),
	(one,      sp_loop, loop),
	(one,      sp_gateway, gateway),
	(optional, sp_auth, auth),
	(optional, sp_logger, log),
	(optional, sp_tls, tls),
	(signal,   integer, changes, .about = "counts the changes of the addresses listened on"),
	(signal,   integer, waits, .about = "counts how often TLS has not come for too long, or an address could be had after all"),
	(timer,    tls_is_late),
	(timer,    try_again),
	(member,   bool, has_waited),
	(signal,   integer, unmounts, .about = "counts the mounts that have gone"),
	(member,   struct http_server, server),
	(member,   struct http_listeners, listeners),
	(member,   struct http_mounts, mounts),
	(activate),
	(deactivate),
	(check,    http_settings),
	(effect,   keep_limits),
	(effect,   keep_access),
	(effect,   keep_listening),
	(effect,   serve),
	(effect,   follow_auth),
	(timer,    ask, .every_ms = 30000),
	(timer,    ask_on),
	(member,   int, sent_away),
	(subscribe, auth_changed, "auth.changed"),
	(provide,  sp_http));

/* ---- what the server asks --------------------------------------------------------------------------------------- */

static const struct sp_loop *loop(void *user)
{
	return sp_peek(((struct http *)user)->loop);
}

static int64_t now(void *user)
{
	return sp_now_ms(((struct http *)user)->rt);
}

static bool dispatch(void *user, struct sp_http_exchange *exchange)
{
	const struct http *self = user;
	const struct http_guard guard = { sp_peek(self->gateway), sp_peek(self->auth) };

	return http_routes_dispatch(&self->mounts, &guard, exchange);
}

static void work(void *user, bool begins)
{
	if (begins)
		sp_work_begin(((struct http *)user)->rt);
	else
		sp_work_end(((struct http *)user)->rt);
}

static void let_go(void *user SP_UNUSED, struct http_connection *connection)
{
	http_route_let_go(connection);
}

static bool may_stay(void *user, struct http_connection *connection)
{
	const struct http *self = user;
	const struct http_guard guard = { sp_peek(self->gateway), sp_peek(self->auth) };

	return http_routes_may_stay(&guard, connection);
}

static void on_mount_gone(void *user, struct http_mount *mount)
{
	struct http *self = user;

	http_route_cut_off(&self->server, mount);
	sp_set(self->unmounts, sp_peek(self->unmounts) + 1);
}

static void on_connection(void *user, struct sp_stream *stream, const char *peer, bool secure)
{
	struct http *self = user;

	if (secure)
		http_server_accept_secure(&self->server, stream, peer);
	else
		http_server_accept(&self->server, stream, peer);
}

/* ---- life ------------------------------------------------------------------------------------------------------- */

static sp_status http_activate(struct http *self)
{
	self->server.owner = (struct http_server_owner){ loop, now, dispatch, work, let_go, may_stay, self };
	self->mounts.gone = on_mount_gone;
	self->mounts.user = self;
	self->listeners.accept = on_connection;
	self->listeners.user = self;
	return SP_OK;
}

static void give_up_listening(struct http *self)
{
	self->listeners.loop = sp_peek(self->loop);
	http_listeners_finish(&self->listeners);
}

static sp_status http_deactivate(struct http *self)
{
	give_up_listening(self);
	http_server_carry(&self->server, NULL);
	http_server_close(&self->server);
	http_server_finish(&self->server);
	http_mounts_finish(&self->mounts);
	return SP_OK;
}

/* Whoever has taken this instance's place hears of new connections; those that there are end with their next answer. */
static void leave(void *user)
{
	struct http *self = user;

	give_up_listening(self);
	http_server_leave(&self->server);
}

/* Reads nothing and so never runs again: its cleanup comes when effects end, which is before calls inside are waited
 * for and deactivate is run. */
static sp_status http_serve(struct http *self)
{
	return sp_cleanup(self->rt, leave, self);
}

/* ---- who may stay ----------------------------------------------------------------------------------------------- */

/* Some at a time, so that nobody waits: there may be many streams, and a signature takes its time. */
static sp_status http_ask_on(struct http *self)
{
	bool more;

	self->sent_away += http_server_ask_streams(&self->server, &more);
	if (more)
		return sp_timer_start(self->ask_on, 1);
	if (self->sent_away)
		sp_info(self->log, "streams have ended whose clients may not have them any more: %d", self->sent_away);
	self->sent_away = 0;
	return SP_OK;
}

/* A token expires without a sign. */
static sp_status http_ask(struct http *self)
{
	self->server.round++;
	return http_ask_on(self);
}

static sp_status http_auth_changed(struct http *self, const sp_event *event SP_UNUSED)
{
	return http_ask(self);
}

/* Another provider, or none. It is asked later, when all that follows the same change has. */
static sp_status http_follow_auth(struct http *self)
{
	(void)sp_get(self->auth);
	self->server.round++;
	return sp_timer_start(self->ask_on, 1);
}

/* ---- settings --------------------------------------------------------------------------------------------------- */

/* At the start a wrong address is told, and those beside it are served; later nobody is taken in by one. */
static sp_status http_check(const struct http *self, const struct http_settings *next)
{
	const struct sp_loop *loop = sp_peek(self->loop);
	struct sp_error error = { .code = SP_OK };

	for (size_t i = 0; i < next->listen.count && sp_has(loop, check_address); i++)
		if (loop->check_address(loop, http_address_plain(next->listen.items[i]), &error) != SP_OK)
			return sp_fail(self->rt, SP_INVALID, "listen: %s", error.message);
	return SP_OK;
}

static sp_status http_keep_limits(struct http *self)
{
	const struct http_limits_slots *limits = &self->settings.limits;

	self->server.limits = (struct http_limits){
		.line = sp_get(limits->line),
		.header_bytes = sp_get(limits->header_bytes),
		.header_count = sp_get(limits->header_count),
		.body = sp_get(limits->body),
		.connections = sp_get(limits->connections),
		.connections_per_address = sp_get(limits->connections_per_address),
		.requests_per_connection = sp_get(limits->requests_per_connection),
		.header_ms = sp_get(limits->header_ms),
		.body_ms = sp_get(limits->body_ms),
		.idle_ms = sp_get(limits->idle_ms),
		.unread = sp_get(limits->unread),
	};
	return SP_OK;
}

static sp_status http_keep_access(struct http *self)
{
	__typeof__(*self->settings.hosts.of) hosts = sp_get(self->settings.hosts);
	__typeof__(*self->settings.origins.of) origins = sp_get(self->settings.origins);
	sp_status status = http_texts_set(&self->server.access.hosts, hosts.items, hosts.count);

	return status == SP_OK ? http_texts_set(&self->server.access.origins, origins.items, origins.count) : status;
}

/* What was really bound, ports found included, for whoever shows it. */
static void tell_addresses(struct http *self)
{
	json_t *addresses = json_array();

	for (size_t i = 0; i < self->listeners.count; i++)
		json_array_append_new(addresses, json_string(self->listeners.addresses[i]));
	sp_publish(self->rt, "http.listening", json_pack("{s:o*}", "addresses", addresses));
}

static void end_carrier(struct http_carrier *carrier)
{
	struct http *self = carrier->user;

	sp_lease_release(self->rt, carrier->tls);
	sp_lease_release(self->rt, carrier->loop);
	free(carrier);
}

/* Leases, since connections outlive the handler, and the plugin's place in the wiring. */
static struct http_carrier *carrier_new(struct http *self, const struct sp_tls *tls)
{
	struct http_carrier *carrier = calloc(1, sizeof *carrier);

	if (!carrier)
		return NULL;
	*carrier = (struct http_carrier){ .end = end_carrier, .user = self, .users = 1 };
	carrier->tls = sp_lease(self->rt, tls);
	carrier->loop = sp_lease(self->rt, sp_get(self->loop));
	if (!carrier->tls || !carrier->loop) {
		end_carrier(carrier);
		return NULL;
	}
	carrier->streams = carrier->tls->streams(carrier->tls);
	return carrier;
}

/* Whether there is something to secure connections with, after a change of it too; else error says what is missing. */
static sp_status follow_tls(struct http *self, struct sp_error *error)
{
	const struct sp_tls *tls = sp_get(self->tls);
	const struct http_carrier *carrier = self->server.carrier;
	struct http_carrier *next = NULL;
	bool changed = tls ? !carrier || carrier->tls->service.self != tls->service.self : carrier != NULL;

	if (changed && tls)
		next = carrier_new(self, tls);
	if (changed)
		http_server_carry(&self->server, next);
	if (!tls)
		return sp_error_set(error, SP_UNAVAILABLE, "the plugin tls is not loaded");
	return self->server.carrier ? tls->ready(tls, error) : sp_error_set(error, SP_NO_MEMORY, "no memory");
}

/* TLS may come a moment later, as when plugins are loaded one after the other. */
static sp_status http_tls_is_late(struct http *self)
{
	self->has_waited = true;
	return sp_set(self->waits, sp_peek(self->waits) + 1);
}

/* again: it was tried before, and nobody is told what cannot be had. */
static sp_status listen_now(struct http *self, bool again, struct sp_error *error)
{
	static const char *const loopback[] = { "127.0.0.1:8080", "[::1]:8080" };
	__typeof__(*self->settings.listen.of) listen = sp_get(self->settings.listen);
	struct http_wish wish = { .addresses = listen.items, .count = listen.count, .again = again };
	struct sp_error insecure;
	sp_status status;

	if (!wish.count) {
		wish.addresses = loopback;
		wish.count = sizeof loopback / sizeof *loopback;
		wish.is_default = true;
	}
	if (follow_tls(self, &insecure) != SP_OK)
		wish.insecure = insecure.message;
	self->listeners.loop = sp_get(self->loop);
	status = http_listeners_change(&self->listeners, wish, sp_peek(self->log), error);
	if (http_access_bind(&self->server.access, self->listeners.addresses, self->listeners.count) != SP_OK)
		return sp_error_set(error, SP_NO_MEMORY, "out of memory");
	return status;
}

/* It is the effect that tells: it runs again as soon as this has changed something. */
static sp_status http_try_again(struct http *self)
{
	size_t before = self->listeners.count;
	struct sp_error error;

	if (listen_now(self, true, &error) != SP_OK && self->listeners.count == before)
		return sp_timer_start(self->try_again, AGAIN_MS);
	return sp_set(self->waits, sp_peek(self->waits) + 1);
}

/* An address that another program has may become free, and one that this machine has not may come. */
static void watch_for_addresses(struct http *self, sp_status status)
{
	if (status == SP_CONFLICT || status == SP_FAILED)
		sp_timer_start(self->try_again, AGAIN_MS);
	else
		sp_timer_stop(self->try_again);
}

static sp_status judge_listening(struct http *self, sp_status status, const struct sp_error *error)
{
	(void)sp_get(self->waits);
	watch_for_addresses(self, status);
	if (status == SP_UNAVAILABLE && !self->has_waited)
		return sp_timer_start(self->tls_is_late, TLS_PATIENCE_MS);
	sp_timer_stop(self->tls_is_late);
	self->has_waited = status == SP_UNAVAILABLE;
	if (status == SP_OK)
		return SP_OK;
	return sp_fail(self->rt, status, "%s%s", error->message,
		status == SP_UNAVAILABLE || status == SP_INVALID ? "" : "; set http.listen to an address that is free");
}

static sp_status http_keep_listening(struct http *self)
{
	struct sp_error error;
	sp_status status = listen_now(self, false, &error);

	sp_set(self->changes, sp_peek(self->changes) + 1);
	tell_addresses(self);
	return judge_listening(self, status, &error);
}

/* ---- the contract ----------------------------------------------------------------------------------------------- */

/* Who is refused may try again when a mount has gone. */
static sp_status add(const struct sp_http *http, const struct http_mount *what, const char *path,
	struct sp_error *error)
{
	struct http *self = sp_self(http, http);
	sp_status status = http_mounts_add(&self->mounts, http->service.consumer, what, path, error);

	if (status == SP_CONFLICT)
		(void)sp_get(self->unmounts);
	return status;
}

static sp_status mount(const struct sp_http *http, const char *prefix, sp_http_handler handler, void *user)
{
	const struct http_mount what = { .handler = handler, .user = user };

	if (!handler)
		return SP_INVALID;
	return add(http, &what, prefix, NULL);
}

static void unmount(const struct sp_http *http, const char *prefix)
{
	struct http_mount *mount = http_mounts_of(&sp_self(http, http)->mounts, http->service.consumer, prefix, NULL);

	if (mount)
		http_mount_destroy(mount);
}

static sp_status route(const struct sp_http *http, const struct sp_http_route *route, void *self,
	struct sp_error *error)
{
	const struct http_mount what = { .route = route, .user = self };

	return add(http, &what, route->path, error);
}

static void unroute(const struct sp_http *http, const struct sp_http_route *route)
{
	struct http *self = sp_self(http, http);
	struct http_mount *mount = http_mounts_of(&self->mounts, http->service.consumer, route->path, route);

	if (mount)
		http_route_leave(&self->server, mount);
}

static const char *const *addresses(const struct sp_http *http, size_t *ret_count)
{
	struct http *self = sp_self(http, http);

	(void)sp_get(self->changes);
	*ret_count = self->listeners.count;
	return self->listeners.addresses;
}

SP_SERVICE(http, sp_http, .mount = mount, .unmount = unmount, .addresses = addresses, .route = route,
	.unroute = unroute);

SP_PLUGIN(http, "1.0.0", http);
