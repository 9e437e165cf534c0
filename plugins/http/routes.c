/* routes.c: which route of a path has the method, whether the caller may have it, and how it ends. */
#define _GNU_SOURCE /* stpcpy */
#include "routes.h"

#include <stdlib.h>
#include <string.h>

static struct http_connection *connection_of(const struct sp_http_exchange *exchange)
{
	return (struct http_connection *)exchange; /* its first member */
}

/* ---- what is refused -------------------------------------------------------------------------------------------- */

/* Words of components may hold anything, so jansson writes them. */
static void answer_error(struct sp_http_exchange *exchange, sp_status status, const char *message,
	const struct sp_http_field *fields)
{
	json_t *json =
		json_pack("{s:b, s:{s:s, s:s}}", "ok", 0, "error", "code", sp_status_word(status), "message", message);
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;

	if (text)
		exchange->ops->reply(exchange, sp_status_http(status), "application/json", fields,
			(sp_bytes){ text, strlen(text) });
	else
		http_exchange_refuse(connection_of(exchange), sp_status_http(status), "there is no more to tell");
	free(text);
	json_decref(json);
}

/* invalid: credentials were presented, and are wrong. */
static void fail(struct sp_http_exchange *exchange, sp_status status, const char *message, bool invalid)
{
	static const struct sp_http_field later[] = { { "Retry-After", "1" }, { NULL, NULL } };
	const struct sp_http_field who[] = { { "WWW-Authenticate",
						     invalid ? "Bearer realm=\"signalpyd\", error=\"invalid_token\""
							     : "Bearer realm=\"signalpyd\"" },
		{ NULL, NULL } };
	const struct sp_http_field *fields = status == SP_UNAUTHENTICATED ? who : NULL;

	if (status == SP_TOO_MANY || status == SP_UNAVAILABLE)
		fields = later;
	answer_error(exchange, status, message, fields);
}

/* ---- methods ---------------------------------------------------------------------------------------------------- */

static bool serves(const struct http_mount *mount, const char *method)
{
	const char *own = mount->route->method;

	return strcmp(own, method) == 0 || (strcmp(method, "HEAD") == 0 && strcmp(own, "GET") == 0);
}

/* A route of HEAD's own goes before one of GET that would serve it. */
static struct http_mount *pick(struct http_mount *mount, const char *method)
{
	struct http_mount *found = NULL;

	for (; mount; mount = http_mounts_next(mount)) {
		if (strcmp(mount->route->method, method) == 0)
			return mount;
		if (!found && serves(mount, method))
			found = mount;
	}
	return found;
}

static void allow(char *text, size_t size, const char *method)
{
	size_t length = strlen(text);

	if (!strstr(text, method) && length + strlen(method) + 3 < size)
		stpcpy(stpcpy(text + length, length ? ", " : ""), method);
}

/* OPTIONS asks what may be asked for, and is served wherever a route is. */
static void answer_allowed(struct sp_http_exchange *exchange, const struct http_mount *mount)
{
	char allowed[128] = "";
	const struct sp_http_field fields[] = { { "Allow", allowed }, { NULL, NULL } };
	bool asks = strcmp(exchange->method, "OPTIONS") == 0;
	static const char json[] = "{\"ok\":false,\"error\":{\"code\":\"method_not_allowed\",\"message\":"
				   "\"this method is not served here; the header Allow names those that are\"}}";

	for (; mount; mount = http_mounts_next(mount)) {
		allow(allowed, sizeof allowed, mount->route->method);
		if (serves(mount, "HEAD"))
			allow(allowed, sizeof allowed, "HEAD");
	}
	allow(allowed, sizeof allowed, "OPTIONS");
	exchange->ops->reply(exchange, asks ? 204 : 405, asks ? NULL : "application/json", fields,
		(sp_bytes){ json, asks ? 0 : sizeof json - 1 });
}

/* ---- callers ---------------------------------------------------------------------------------------------------- */

/* Who asks; NULL for nobody. Without a provider no token is known, and whatever demands one refuses. */
static sp_status identify(const struct http_guard *guard, struct sp_http_exchange *exchange,
	const struct sp_identity **ret_identity, struct sp_error *error)
{
	const char *token = sp_auth_token(exchange->ops->header(exchange, "Authorization"));

	*ret_identity = NULL;
	if (!token || !guard->auth)
		return SP_OK;
	return guard->auth->authenticate(guard->auth, token, ret_identity, error);
}

static sp_status keep_caller(struct sp_http_exchange *exchange, const struct sp_identity *identity)
{
	struct http_connection *connection = connection_of(exchange);

	if (!identity)
		return SP_OK;
	connection->caller = http_exchange_keep(connection, (sp_bytes){ identity->name, strlen(identity->name) });
	return connection->caller ? SP_OK : SP_NO_MEMORY;
}

enum { ADDRESS_SIZE = 96 };

static struct sp_demand demand_of(const struct http_mount *mount, char address[static ADDRESS_SIZE])
{
	snprintf(address, ADDRESS_SIZE, "%s.%s", sp_name(mount->consumer), mount->route->name);
	return (struct sp_demand){ .struct_size = sizeof(struct sp_demand),
		.address = address,
		.action = mount->route->action,
		.role = mount->route->role };
}

static sp_status admit(const struct http_guard *guard, const struct http_mount *mount,
	const struct sp_identity *identity, struct sp_error *error)
{
	char address[ADDRESS_SIZE];
	const struct sp_demand demand = demand_of(mount, address);

	return guard->gateway->admit(guard->gateway, SP_REST, identity, &demand, error);
}

static bool route_admits_still(const struct http_guard *guard, struct http_connection *connection)
{
	const struct sp_gateway *gateway = guard->gateway;
	char address[ADDRESS_SIZE];
	const struct sp_demand demand = demand_of(connection->route, address);
	const struct sp_identity *identity;

	return connection->route->route->open ||
		(identify(guard, &connection->exchange, &identity, NULL) == SP_OK &&
			gateway->admits_still(gateway, SP_REST, identity, &demand, NULL) == SP_OK);
}

bool http_routes_may_stay(const struct http_guard *guard, struct http_connection *connection)
{
	static const size_t known = offsetof(struct sp_http_stream_events, may_stay) + sizeof(void (*)(void));
	const struct sp_http_stream_events *events = connection->events;

	if (connection->route)
		return route_admits_still(guard, connection);
	return !events || events->struct_size < known || !events->may_stay || events->may_stay(connection->events_user);
}

/* Whether the route may be given the request; answers when it may not. */
static bool let_in(const struct http_guard *guard, const struct http_mount *mount, struct sp_http_exchange *exchange)
{
	const struct sp_identity *identity = NULL;
	struct sp_error error = { .code = SP_OK };
	sp_status status = SP_OK;

	if (mount->route->open)
		return true;
	status = identify(guard, exchange, &identity, &error);
	if (status != SP_OK) {
		fail(exchange, status, error.message, true);
		return false;
	}
	status = admit(guard, mount, identity, &error);
	if (status == SP_OK)
		status = keep_caller(exchange, identity);
	if (status != SP_OK)
		fail(exchange, status, error.message, false);
	return status == SP_OK;
}

/* ---- running ---------------------------------------------------------------------------------------------------- */

static bool is_too_large(const struct http_mount *mount, struct sp_http_exchange *exchange)
{
	int64_t most = mount->route->max_body;

	if (most <= 0 || exchange->body.size <= (uint64_t)most)
		return false;
	http_exchange_refuse(connection_of(exchange), 413, "the body is larger than this route takes");
	return true;
}

static void run(struct http_mount *mount, struct sp_http_exchange *exchange)
{
	struct http_connection *connection = connection_of(exchange);
	sp_runtime *consumer = mount->consumer;
	struct sp_error error = { .code = SP_OK };
	sp_status status;

	connection->route = mount;
	connection->pattern = mount->path;
	mount->uses++;
	sp_work_begin(consumer);
	sp_work_begin(consumer); /* a second time, so that it is there until it was left */
	sp_runtime_enter(consumer);
	status = sp_runtime_judge(consumer, mount->route->run(mount->user, exchange), &error);
	if (status < 0 && connection->phase == HTTP_ANSWERING)
		fail(exchange, status, error.message, false);
	sp_runtime_leave(consumer);
	sp_work_end(consumer);
}

bool http_routes_dispatch(const struct http_mounts *mounts, const struct http_guard *guard,
	struct sp_http_exchange *exchange)
{
	struct http_mount *mount = http_mounts_find(mounts, exchange->path), *route;

	if (!mount)
		return false;
	if (!mount->route) {
		sp_runtime *consumer = mount->consumer;

		sp_runtime_enter(consumer);
		mount->handler(mount->user, exchange);
		sp_runtime_leave(consumer);
		return true;
	}
	route = pick(mount, exchange->method);
	if (!route)
		answer_allowed(exchange, mount);
	else if (let_in(guard, route, exchange) && !is_too_large(route, exchange))
		run(route, exchange);
	return true;
}

/* ---- ending ----------------------------------------------------------------------------------------------------- */

void http_route_let_go(struct http_connection *connection)
{
	struct http_mount *mount = connection->route;
	sp_runtime *consumer = mount->consumer;

	connection->route = NULL;
	mount->uses--;
	if (mount->leaving && !mount->uses)
		http_mount_destroy(mount);
	sp_work_end(consumer);
}

void http_route_leave(struct http_server *server, struct http_mount *mount)
{
	struct http_connection *connection;
	struct http_walk walk;

	if (!mount->uses) {
		http_mount_destroy(mount);
		return;
	}
	mount->leaving = true;
	mount->uses++; /* so that it is there until all have been told */
	http_walk_begin(&walk, server);
	while ((connection = http_walk_next(&walk))) {
		if (connection->route != mount)
			continue;
		http_connection_enter(connection);
		if (connection->phase == HTTP_STREAMING && !(connection->events && connection->events->leaving))
			http_connection_end(connection, false);
		else
			http_pieces_tell_leaving(connection);
		http_connection_leave(connection);
	}
	http_walk_end(&walk, server);
	if (!--mount->uses)
		http_mount_destroy(mount);
}

static void cut_off(struct http_connection *connection)
{
	connection->route = NULL;
	connection->pattern = NULL;
	connection->gone = NULL;
	connection->events = NULL;
	if (connection->phase == HTTP_ANSWERING)
		http_exchange_refuse(connection, 503, "the component that was to answer has gone; try again later");
	else
		http_connection_end(connection, true);
}

void http_route_cut_off(struct http_server *server, struct http_mount *mount)
{
	struct http_connection *connection;
	struct http_walk walk;

	http_walk_begin(&walk, server);
	while (mount->uses && (connection = http_walk_next(&walk))) {
		if (connection->route != mount)
			continue;
		mount->uses--;
		http_connection_enter(connection);
		cut_off(connection);
		http_connection_leave(connection);
		sp_work_end(mount->consumer);
	}
	http_walk_end(&walk, server);
}
