/* e2e_auth_live.c: what may be had changes at once, for calls to come and for streams, and a call that was let in goes
 * on (R-PR-4). */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth_kit.h"
#include "runner.h"
#include "temporary_directory.h"

static struct test_daemon served;

/* Signed with HS256 by the first of the secrets; bob's, with the scope "reader editor", until 2100. */
#define JWT \
	"eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJodHRwczovL2lkIiwiYXVkIjoiYXBpIiwic3ViIjoiYm9iIiwiZXhwIjo0MTAyNDQ0ODAwLCJzY29wZSI6InJlYWRlciBlZGl0b3IifQ.QK7A3QY2sMZvoCbCF9cWUaaRkk4coRJswxQ8ChGQmxA"

static const char first_secret[] = "0123456789abcdef0123456789abcdef",
		  other_secret[] = "fedcba9876543210fedcba9876543210";

/* ---- calls to come ----------------------------------------------------------------------------------------------- */

/* Roles are what they are at the moment of a call. */
START_TEST(changes_work_at_once)
{
	auth_kit_begin(&served, "");
	auth_kit_set(&served, "auth.roles.keeper", "[\"vault.open\"]");
	for (size_t j = 0; j < AUTH_SURFACES; j++)
		auth_kit_expect(auth_surfaces[j].call(&served, "open", "trout"), auth_surfaces[j].name, 200, NULL);
	auth_kit_set(&served, "auth.roles.keeper", "[]");
	for (size_t j = 0; j < AUTH_SURFACES; j++)
		auth_kit_expect(auth_surfaces[j].call(&served, "open", "trout"), auth_surfaces[j].name, 403, NULL);
	auth_kit_set(&served, "auth.tokens.bob", "null");
	for (size_t j = 0; j < AUTH_SURFACES; j++)
		auth_kit_expect(auth_surfaces[j].call(&served, "look", "trout"), auth_surfaces[j].name, 401, NULL);
	auth_kit_end(&served);
}
END_TEST

/* ---- calls under way --------------------------------------------------------------------------------------------- */

/* What a call with a token comes to. */
struct outcome {
	const char *token;
	int status;
};

static bool has_come(const struct test_daemon *daemon, const void *user)
{
	const struct outcome *outcome = user;

	return strtol(auth_kit_call_rest(daemon, "open", outcome->token) + strlen("HTTP/1.1 "), NULL, 10) ==
		outcome->status;
}

static void wait_until(const char *token, int status)
{
	test_wait_until(&served, has_come, &(struct outcome){ token, status });
}

/* A call that does not end before it is told to. */
static int begin_digging(const char *token)
{
	int descriptor = auth_kit_open(&served, "POST /api/v1/vault/dig", token, "", "{}");

	test_wait_until(&served, test_log_says, "somebody digs");
	return descriptor;
}

/* Reads until the text has come, or the end has, which alone is what is wanted when text is NULL. */
static void read_until(int descriptor, const char *text)
{
	char seen[16384];
	size_t size = 0;
	ssize_t got = 1;

	seen[0] = '\0';
	while ((!text || !strstr(seen, text)) && size < sizeof seen - 1 &&
		(got = read(descriptor, seen + size, sizeof seen - 1 - size)) > 0) {
		size += (size_t)got;
		seen[size] = '\0';
	}
	ck_assert_msg(text ? strstr(seen, text) != NULL : got == 0, "%s: %s", text ? text : "no end", seen);
}

static void publish(const char *type)
{
	char params[64];

	snprintf(params, sizeof params, "{\"type\":\"%s\"}", type);
	json_decref(test_control(&served, "event.publish", params, NULL));
}

static void end_digging(int descriptor)
{
	publish("vault.dug");
	read_until(descriptor, "HTTP/1.1 200 ");
	close(descriptor);
}

static const struct {
	const char *path, *value;
	int status; /* of calls to come */
} changes[] = {
	{ "auth.roles.opener", "[]", 403 },
	{ "auth.tokens.ada", "null", 401 },
	{ "plugins.disabled", "[\"auth\"]", 401 },
};

START_TEST(a_call_that_was_let_in_goes_on)
{
	int digging;

	auth_kit_begin(&served, "");
	digging = begin_digging("swordfish");
	auth_kit_set(&served, changes[_i].path, changes[_i].value);
	wait_until("swordfish", changes[_i].status);
	end_digging(digging);
	auth_kit_end(&served);
}
END_TEST

/* A key that is exchanged while a call is under way that it has let in. */
START_TEST(a_key_changes_while_a_call_is_under_way)
{
	char path[96], jwt[384];
	int digging;

	auth_kit_begin(&served, "");
	snprintf(path, sizeof path, "%s/key", served.dir);
	temporary_exchange(path, first_secret);
	snprintf(jwt, sizeof jwt,
		"{\"issuer\":\"https://id\",\"audience\":\"api\",\"roles_claim\":\"scope\",\"keys\":{\"a\":{"
		"\"algorithm\":\"HS256\",\"file\":\"%s\"}}}",
		path);
	auth_kit_set(&served, "auth.jwt", jwt);
	auth_kit_set(&served, "auth.roles.editor", "[\"vault.*\"]");
	digging = begin_digging(JWT);
	temporary_exchange(path, other_secret);
	wait_until(JWT, 401);
	temporary_exchange(path, first_secret);
	wait_until(JWT, 200);
	end_digging(digging);
	auth_kit_end(&served);
}
END_TEST

/* ---- streams ----------------------------------------------------------------------------------------------------- */

enum { EVENTS, OLDER, MODERN, STREAMS };

/* All that there is to listen to. */
static void listen_to_all(const char *token, int streams[static STREAMS])
{
	static const char listen[] =
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"subscriptions/listen\",\"params\":{\"notifications\":{"
		"\"toolsListChanged\":true},\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
		"\"io.modelcontextprotocol/clientCapabilities\":{}}}}";
	char fields[128];

	streams[EVENTS] = auth_kit_open(&served, "GET /events", token, "", NULL);
	read_until(streams[EVENTS], "text/event-stream");
	snprintf(fields, sizeof fields, "Mcp-Session-Id: %s\r\nAccept: text/event-stream\r\n",
		auth_kit_session(&served, token));
	streams[OLDER] = auth_kit_open(&served, "GET /mcp", token, fields, NULL);
	read_until(streams[OLDER], "text/event-stream");
	streams[MODERN] = auth_kit_open(&served, "POST /mcp", token,
		"MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: subscriptions/listen\r\n"
		"Accept: application/json, text/event-stream\r\n",
		listen);
	read_until(streams[MODERN], "acknowledged");
}

START_TEST(streams_end_when_their_token_is_taken_back)
{
	int adas[STREAMS], eves[STREAMS];

	auth_kit_begin(&served, "");
	listen_to_all("swordfish", adas);
	listen_to_all(AUTH_MARKER, eves);
	auth_kit_set(&served, "auth.tokens.ada", "null");
	for (int i = 0; i < STREAMS; i++)
		read_until(adas[i], NULL);
	publish("vault.still");
	read_until(eves[EVENTS], "vault.still");
	auth_kit_set(&served, "auth.roles.opener", "[\"vault.*\"]");
	read_until(eves[EVENTS], NULL);
	test_daemon_drop(&served, "greeter", "greeter", 0);
	read_until(eves[OLDER], "list_changed");
	read_until(eves[MODERN], "list_changed");
	auth_kit_set(&served, "plugins.disabled", "[\"auth\"]");
	read_until(eves[OLDER], NULL);
	read_until(eves[MODERN], NULL);
	for (int i = 0; i < STREAMS; i++) {
		close(adas[i]);
		close(eves[i]);
	}
	auth_kit_end(&served);
}
END_TEST

/* Nobody's as well, when everybody is to be known from now on. */
START_TEST(streams_of_nobody_end_when_an_identity_is_required)
{
	char fields[128];
	int stream;

	auth_kit_begin(&served, "");
	snprintf(fields, sizeof fields, "Mcp-Session-Id: %s\r\nAccept: text/event-stream\r\n",
		auth_kit_session(&served, NULL));
	stream = auth_kit_open(&served, "GET /mcp", NULL, fields, NULL);
	read_until(stream, "text/event-stream");
	auth_kit_set(&served, "auth.required", "true");
	read_until(stream, NULL);
	close(stream);
	auth_kit_end(&served);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(changes_work_at_once),
		TEST(a_call_that_was_let_in_goes_on, .times = sizeof changes / sizeof changes[0]),
		TEST(a_key_changes_while_a_call_is_under_way), TEST(streams_end_when_their_token_is_taken_back),
		TEST(streams_of_nobody_end_when_an_identity_is_required) };

	return run_suite(&SUITE(cases, "auth while something is under way"));
}
