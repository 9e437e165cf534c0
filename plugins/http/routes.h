/* routes.h: gives requests to mounts and routes, and looks after what routes have begun. */
#ifndef HTTP_ROUTES_H
#define HTTP_ROUTES_H

#include "connection.h"
#include "mounts.h"

#include <signalpy/auth.h>

/* Who decides about what routes demand; auth may be NULL. */
struct http_guard {
	const struct sp_gateway *gateway;
	const struct sp_auth *auth;
};

/* Gives an exchange to what is mounted on its path; false when nothing is. A route is given it when its method is
 * served there, and the caller may have it; else it is answered here. */
bool http_routes_dispatch(const struct http_mounts *mounts, const struct http_guard *guard,
	struct sp_http_exchange *exchange);

/* Whether the client of an answer in pieces may still have it: on a route by what that demands, else by its handler's
 * word. */
bool http_routes_may_stay(const struct http_guard *guard, struct http_connection *connection);

/* The route of a connection has its request no more. */
void http_route_let_go(struct http_connection *connection);

/* A route is taken away by its owner: what it streams is told, or ends where nobody wants to be told. */
void http_route_leave(struct http_server *server, struct http_mount *mount);

/* A mount goes: what it has not answered is answered here, what it streams breaks off, and it is told of neither. */
void http_route_cut_off(struct http_server *server, struct http_mount *mount);

#endif
