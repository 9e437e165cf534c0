/* auth_kit.c: see auth_kit.h. */
#define _GNU_SOURCE /* asprintf */
#include "auth_kit.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon_kit_clients.h"

/* The hashes of "swordfish", "trout" and of the marker. */
const char auth_kit_section[] =
	"{\"tokens\":{"
	"\"ada\":{\"sha256\":\"b9f195c5cc7ef6afadbfbc42892ad47d3b24c6bc94bb510c4564a90a14e8b799\",\"roles\":[\"opener\"]},"
	"\"bob\":{\"sha256\":\"d2dbacce3e851bf99053241e00ac5398bf17b61e228900dd22af0c5528c0e90b\",\"roles\":[\"keeper\"]},"
	"\"eve\":{\"sha256\":\"e3e265ce94f7882ff0a7e69ac267aefd9fff191e4286d2998b0faa840ad507d5\","
	"\"roles\":[\"opener\",\"keeper\"]}},"
	"\"roles\":{\"opener\":[\"vault.*\",\"events.read\"]}}";

void auth_kit_begin(struct test_daemon *daemon, const char *more)
{
	char *configuration = NULL;

	ck_assert_int_gt(asprintf(&configuration, "{\"auth\":%s,\"log\":{\"level\":\"debug\"}%s}", auth_kit_section,
				 more),
		0);
	test_daemon_prepare(daemon, configuration);
	test_daemon_drop_fixture(daemon, "vault", "vault");
	test_daemon_start(daemon);
	free(configuration);
}

void auth_kit_end(struct test_daemon *daemon)
{
	test_daemon_stop(daemon);
	test_daemon_clean(daemon);
}

/* ---- requests ---------------------------------------------------------------------------------------------------- */

static int send_request(const struct test_daemon *daemon, const char *request)
{
	int descriptor = test_connect_port(daemon->port);

	ck_assert_int_ge(descriptor, 0);
	ck_assert_int_eq(write(descriptor, request, strlen(request)), (ssize_t)strlen(request));
	return descriptor;
}

static const char *read_answer(int descriptor)
{
	static char answer[65536];
	size_t size = 0;
	ssize_t got;

	while ((got = read(descriptor, answer + size, sizeof answer - 1 - size)) > 0)
		size += (size_t)got;
	answer[size] = '\0';
	close(descriptor);
	return answer;
}

const char *auth_kit_exchange(const struct test_daemon *daemon, const char *request)
{
	return read_answer(send_request(daemon, request));
}

int auth_kit_open(const struct test_daemon *daemon, const char *line, const char *token, const char *fields,
	const char *body)
{
	char *request = NULL, head[128] = "";
	int descriptor;

	if (body)
		snprintf(head, sizeof head, "Content-Type: application/json\r\nContent-Length: %zu\r\n", strlen(body));
	ck_assert_int_gt(asprintf(&request, "%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s%s%s%s%s\r\n%s",
				 line, token ? "Authorization: Bearer " : "", token ? token : "", token ? "\r\n" : "",
				 fields, head, body ? body : ""),
		0);
	descriptor = send_request(daemon, request);
	free(request);
	return descriptor;
}

const char *auth_kit_ask(const struct test_daemon *daemon, const char *line, const char *token, const char *fields,
	const char *body)
{
	return read_answer(auth_kit_open(daemon, line, token, fields, body));
}

/* ---- ways to call ------------------------------------------------------------------------------------------------ */

const char *auth_kit_call_rest(const struct test_daemon *daemon, const char *runnable, const char *token)
{
	char line[64];

	snprintf(line, sizeof line, "POST /api/v1/vault/%s", runnable);
	return auth_kit_ask(daemon, line, token, "", "{}");
}

const char *auth_kit_call_modern(const struct test_daemon *daemon, const char *runnable, const char *token)
{
	char fields[160], body[320];

	snprintf(fields, sizeof fields,
		"MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: vault_%s\r\n", runnable);
	snprintf(body, sizeof body,
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"vault_%s\",\"arguments\":{},"
		"\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
		"\"io.modelcontextprotocol/clientCapabilities\":{}}}}",
		runnable);
	return auth_kit_ask(daemon, "POST /mcp", token, fields, body);
}

static const char *initialize(const struct test_daemon *daemon, const char *token)
{
	return auth_kit_ask(daemon, "POST /mcp", token, "",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":"
		"\"2025-11-25\",\"capabilities\":{},\"clientInfo\":{\"name\":\"t\",\"version\":\"1\"}}}");
}

static const char *session_of(const char *answer)
{
	static const char field[] = "\r\nMcp-Session-Id: ";
	static char session[33];
	const char *found = strstr(answer, field);

	if (!found)
		return NULL;
	snprintf(session, sizeof session, "%.32s", found + strlen(field));
	return session;
}

const char *auth_kit_session(const struct test_daemon *daemon, const char *token)
{
	return session_of(initialize(daemon, token));
}

/* In a session of the caller's own; a token that is wrong begins none. */
const char *auth_kit_call_older(const struct test_daemon *daemon, const char *runnable, const char *token)
{
	const char *answer = initialize(daemon, token), *session = session_of(answer);
	char fields[128], body[160];

	if (!session)
		return answer;
	snprintf(fields, sizeof fields, "Mcp-Session-Id: %s\r\n", session);
	snprintf(body, sizeof body,
		"{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/call\",\"params\":{\"name\":\"vault_%s\",\"arguments\":{}}}",
		runnable);
	return auth_kit_ask(daemon, "POST /mcp", token, fields, body);
}

const struct auth_surface auth_surfaces[AUTH_SURFACES] = { { "rest", auth_kit_call_rest, NULL },
	{ "mcp, modern", auth_kit_call_modern, "error=\"insufficient_scope\"" },
	{ "mcp, older", auth_kit_call_older, "error=\"insufficient_scope\"" } };

/* ---- what is expected -------------------------------------------------------------------------------------------- */

void auth_kit_expect(const char *answer, const char *surface, int status, const char *text)
{
	char start[32];

	snprintf(start, sizeof start, "HTTP/1.1 %d ", status);
	ck_assert_msg(strncmp(answer, start, strlen(start)) == 0, "%s: %s", surface, answer);
	ck_assert_msg(!text || strstr(answer, text), "%s: no %s in %s", surface, text, answer);
	ck_assert_msg(status != 401 || strstr(answer, "WWW-Authenticate: Bearer "), "%s: %s", surface, answer);
}

void auth_kit_set(const struct test_daemon *daemon, const char *path, const char *value)
{
	ck_assert_msg(test_signalctl(daemon, (const char *[]){ "config", "set", path, value, NULL }) == 0,
		"%s = %s: %s", path, value, test_signalctl_output());
}
