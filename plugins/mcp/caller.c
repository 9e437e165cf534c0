/* caller.c: credentials, and the metadata of a protected resource. */
#include "caller.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WELL_KNOWN "/.well-known/oauth-protected-resource"

enum { ADDRESS_SIZE = 512 };

/* ---- where tokens are to be had --------------------------------------------------------------------------------- */

/* An older server does not tell. */
static const char *scheme_of(const struct sp_http_exchange *exchange)
{
	bool tells = exchange->struct_size >= offsetof(struct sp_http_exchange, scheme) + sizeof exchange->scheme;

	return tells ? exchange->scheme : "http";
}

/* The address by which clients know the server: that of the configuration, or the one that this client has used. */
static void address_of(const struct mcp_server *server, const struct sp_http_exchange *exchange,
	char address[static ADDRESS_SIZE])
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]";
	const char *host = exchange->ops->header(exchange, "Host");

	if (server->settings.resource && *server->settings.resource)
		snprintf(address, ADDRESS_SIZE, "%s", server->settings.resource);
	else
		snprintf(address, ADDRESS_SIZE, "%s://%s/mcp", scheme_of(exchange),
			host && *host && !host[strspn(host, good)] ? host : "localhost");
}

/* Where the path of an address begins. */
static size_t origin_of(const char *address)
{
	const char *host = strstr(address, "://");
	const char *begin = host ? host + 3 : address;

	return (size_t)(begin - address) + strcspn(begin, "/");
}

/* error is a word of RFC 6750, 3.1, or NULL. */
static void deny(const struct mcp_server *server, struct sp_http_exchange *exchange, int status, const json_t *message,
	const char *error)
{
	char address[ADDRESS_SIZE], challenge[ADDRESS_SIZE + 128];
	const struct sp_http_field fields[] = { { "WWW-Authenticate", challenge }, { NULL, NULL } };
	const char *begin = error ? ", error=\"" : "", *end = error ? "\"" : "";
	size_t origin;

	address_of(server, exchange, address);
	origin = origin_of(address);
	if (server->settings.issuer_count)
		snprintf(challenge, sizeof challenge, "Bearer resource_metadata=\"%.*s" WELL_KNOWN "%s\"%s%s%s",
			(int)origin, address, address + origin, begin, error ? error : "", end);
	else
		snprintf(challenge, sizeof challenge, "Bearer realm=\"signalpyd\"%s%s%s", begin, error ? error : "",
			end);
	mcp_http_answer_with(exchange, status, message, fields);
}

void mcp_caller_deny(const struct mcp_server *server, struct sp_http_exchange *exchange, int status,
	const json_t *message)
{
	deny(server, exchange, status, message, status == 403 ? "insufficient_scope" : NULL);
}

static json_t *metadata_new(const struct mcp_server *server, const struct sp_http_exchange *exchange)
{
	char address[ADDRESS_SIZE];
	json_t *issuers = json_array();

	for (size_t i = 0; i < server->settings.issuer_count; i++)
		json_array_append_new(issuers, json_string(server->settings.issuers[i]));
	address_of(server, exchange, address);
	return json_pack("{s:s, s:o, s:[s]}", "resource", address, "authorization_servers", issuers,
		"bearer_methods_supported", "header");
}

void mcp_caller_metadata(const struct mcp_server *server, struct sp_http_exchange *exchange)
{
	bool reads = strcmp(exchange->method, "GET") == 0 || strcmp(exchange->method, "HEAD") == 0;
	json_t *metadata;

	if (!server->settings.issuer_count || !reads) {
		mcp_http_refuse(exchange,
			&(struct mcp_fault){ .http = reads ? 404 : 405,
				.code = MCP_INVALID_REQUEST,
				.message = reads ? "no token is needed here" : "use GET" },
			reads ? NULL : "GET, HEAD");
		return;
	}
	metadata = metadata_new(server, exchange);
	mcp_http_answer(exchange, 200, metadata, NULL);
	json_decref(metadata);
}

/* ---- who it is -------------------------------------------------------------------------------------------------- */

/* Who brought no credentials is not told that they are wrong (RFC 6750, 3.1). */
static void refuse(const struct mcp_server *server, struct sp_http_exchange *exchange, sp_status status,
	const char *why)
{
	const struct mcp_fault too_many = { .http = 429, .code = MCP_TOO_MANY, .message = why };
	json_t *message;

	if (status == SP_TOO_MANY) {
		mcp_http_refuse(exchange, &too_many, NULL);
		return;
	}
	message = mcp_error_new(NULL, MCP_INVALID_REQUEST, why, NULL);
	deny(server, exchange, 401, message, exchange->ops->header(exchange, "Authorization") ? "invalid_token" : NULL);
	json_decref(message);
}

static sp_status find_caller(const struct mcp_server *server, const char *credentials,
	const struct sp_identity **ret_caller, struct sp_error *error)
{
	const struct sp_auth *auth = server->owner.auth(server->owner.user);
	const char *token = sp_auth_token(credentials);

	if (!token)
		return sp_error_set(error, SP_UNAUTHENTICATED, "the header Authorization is not Bearer and a token");
	if (!auth)
		return sp_error_set(error, SP_UNAUTHENTICATED, "no auth provider is there to know the token");
	return auth->authenticate(auth, token, ret_caller, error);
}

static const struct sp_demand demand = { .struct_size = sizeof demand, .address = "mcp" };

bool mcp_caller_find(struct mcp_server *server, struct sp_http_exchange *exchange)
{
	const char *credentials = exchange->ops->header(exchange, "Authorization");
	const struct sp_gateway *gateway = server->owner.gateway(server->owner.user);
	sp_status status = SP_OK;
	struct sp_error error;

	server->caller = NULL;
	if (credentials)
		status = find_caller(server, credentials, &server->caller, &error);
	if (status == SP_OK)
		status = gateway->admit(gateway, SP_MCP, server->caller, &demand, &error);
	if (status != SP_OK)
		refuse(server, exchange, status, error.message);
	return status == SP_OK;
}

bool mcp_caller_may_stay(const struct mcp_server *server, const struct sp_http_exchange *exchange)
{
	const char *credentials = exchange->ops->header(exchange, "Authorization");
	const struct sp_gateway *gateway = server->owner.gateway(server->owner.user);
	const struct sp_identity *caller = NULL;

	return (!credentials || find_caller(server, credentials, &caller, NULL) == SP_OK) &&
		gateway->admits_still(gateway, SP_MCP, caller, &demand, NULL) == SP_OK;
}

const char *mcp_caller_name(const struct mcp_server *server)
{
	return server->caller && server->caller->name ? server->caller->name : "";
}

/* ---- a copy ----------------------------------------------------------------------------------------------------- */

static size_t count_of(const char *const *roles, size_t *ret_size)
{
	size_t count = 0;

	*ret_size = 0;
	for (; roles && roles[count]; count++)
		*ret_size += strlen(roles[count]) + 1;
	return count;
}

/* One block: the identity, its list of roles, and all texts. */
struct sp_identity *mcp_caller_copy_new(const struct sp_identity *identity)
{
	size_t size, count = count_of(identity->roles, &size), name_size = strlen(identity->name) + 1;
	struct sp_identity *copy = malloc(sizeof *copy + (count + 1) * sizeof(char *) + size + name_size);
	const char **roles = copy ? (const char **)(void *)(copy + 1) : NULL;
	char *text = copy ? (char *)(roles + count + 1) : NULL;

	if (!copy)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		roles[i] = text;
		text = stpcpy(text, identity->roles[i]) + 1;
	}
	roles[count] = NULL;
	*copy = (struct sp_identity){ .struct_size = sizeof *copy,
		.name = memcpy(text, identity->name, name_size),
		.privileged = identity->privileged,
		.roles = roles };
	return copy;
}
