/* e2e_auth_surfaces.c: what a runnable demands is demanded over REST, MCP of both eras and the control socket alike, also
 * when the provider goes; and what callers prove themselves with is written nowhere (R-PR-4). */
#define _GNU_SOURCE /* asprintf */
#include <check.h>
#include <signalpy/value.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon_kit.h"
#include "daemon_kit_clients.h"
#include "runner.h"

/* The hashes of "swordfish", "trout" and of the marker that is looked for. */
#define ADA \
	"\"ada\":{\"sha256\":\"b9f195c5cc7ef6afadbfbc42892ad47d3b24c6bc94bb510c4564a90a14e8b799\",\"roles\":[\"opener\"]}"
#define BOB \
	"\"bob\":{\"sha256\":\"d2dbacce3e851bf99053241e00ac5398bf17b61e228900dd22af0c5528c0e90b\",\"roles\":[\"keeper\"]}"
#define EVE \
	"\"eve\":{\"sha256\":\"e3e265ce94f7882ff0a7e69ac267aefd9fff191e4286d2998b0faa840ad507d5\",\"roles\":[\"opener\",\"keeper\"]}"
#define MARKER "marker-of-a-secret-4711"
#define AUTH "{\"tokens\":{" ADA "," BOB "," EVE "},\"roles\":{\"opener\":[\"vault.*\",\"events.read\"]}}"

static struct test_daemon served;

static void begin(const char *more)
{
	char *configuration = NULL;

	ck_assert_int_gt(asprintf(&configuration, "{\"auth\":" AUTH ",\"log\":{\"level\":\"debug\"}%s}", more), 0);
	test_daemon_prepare(&served, configuration);
	test_daemon_drop_fixture(&served, "vault", "vault");
	test_daemon_start(&served);
	free(configuration);
}

static void end(void)
{
	test_daemon_stop(&served);
	test_daemon_clean(&served);
}

/* ---- four ways to call -------------------------------------------------------------------------------------------- */

/* Sends a request and reads until the connection ends; the whole answer, until the next. */
static const char *exchange(const char *request)
{
	static char answer[65536];
	int descriptor = test_connect_port(served.port);
	size_t size = 0;
	ssize_t got;

	ck_assert_int_ge(descriptor, 0);
	ck_assert_int_eq(write(descriptor, request, strlen(request)), (ssize_t)strlen(request));
	while ((got = read(descriptor, answer + size, sizeof answer - 1 - size)) > 0)
		size += (size_t)got;
	answer[size] = '\0';
	close(descriptor);
	return answer;
}

/* POSTs a body with a token (NULL: none) and more fields. */
static const char *post(const char *path, const char *token, const char *fields, const char *body)
{
	char *request = NULL;
	const char *answer;

	ck_assert_int_gt(asprintf(&request,
				 "POST %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
				 "Content-Type: application/json\r\n%s%s%s%sContent-Length: %zu\r\n\r\n%s",
				 path, token ? "Authorization: Bearer " : "", token ? token : "", token ? "\r\n" : "",
				 fields, strlen(body), body),
		0);
	answer = exchange(request);
	free(request);
	return answer;
}

static const char *call_rest(const char *runnable, const char *token)
{
	char path[64];

	snprintf(path, sizeof path, "/api/v1/vault/%s", runnable);
	return post(path, token, "", "{}");
}

static const char *call_modern(const char *runnable, const char *token)
{
	char fields[160], body[320];

	snprintf(fields, sizeof fields,
		"MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: vault_%s\r\n", runnable);
	snprintf(body, sizeof body,
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"vault_%s\",\"arguments\":{},"
		"\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
		"\"io.modelcontextprotocol/clientCapabilities\":{}}}}",
		runnable);
	return post("/mcp", token, fields, body);
}

/* In a session of the caller's own; a token that is wrong begins none. */
static const char *call_older(const char *runnable, const char *token)
{
	static const char initialize[] =
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":"
		"\"2025-11-25\",\"capabilities\":{},\"clientInfo\":{\"name\":\"t\",\"version\":\"1\"}}}";
	static const char field[] = "\r\nMcp-Session-Id: ";
	const char *answer = post("/mcp", token, "", initialize), *found = strstr(answer, field);
	char fields[128], body[160];

	if (!found)
		return answer;
	snprintf(fields, sizeof fields, "Mcp-Session-Id: %.32s\r\n", found + strlen(field));
	snprintf(body, sizeof body,
		"{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/call\",\"params\":{\"name\":\"vault_%s\",\"arguments\":{}}}",
		runnable);
	return post("/mcp", token, fields, body);
}

static const struct {
	const char *name;
	const char *(*call)(const char *runnable, const char *token);
	const char *scope; /* in the challenge of a 403 */
} surfaces[] = { { "rest", call_rest, NULL }, { "mcp, modern", call_modern, "error=\"insufficient_scope\"" },
	{ "mcp, older", call_older, "error=\"insufficient_scope\"" } };

enum { SURFACES = sizeof surfaces / sizeof surfaces[0] };

/* The word that the control socket answers to the owner, "" for a result. */
static const char *own_call(const char *runnable)
{
	const char *code;
	char params[64];

	snprintf(params, sizeof params, "{\"address\":\"vault.%s\",\"params\":{}}", runnable);
	json_decref(test_control(&served, "runnable.call", params, &code));
	return code;
}

static void expect(const char *answer, const char *surface, int status, const char *line)
{
	char start[32];

	snprintf(start, sizeof start, "HTTP/1.1 %d ", status);
	ck_assert_msg(strncmp(answer, start, strlen(start)) == 0, "%s: %s", surface, answer);
	ck_assert_msg(!line || strstr(answer, line), "%s: no %s in %s", surface, line, answer);
	ck_assert_msg(status != 401 || strstr(answer, "WWW-Authenticate: Bearer "), "%s: %s", surface, answer);
}

/* ---- who may ------------------------------------------------------------------------------------------------------ */

static const struct {
	const char *runnable, *token;
	int status;
} calls[] = {
	{ "look", NULL, 200 },
	{ "look", "pike", 401 },
	{ "open", NULL, 401 },
	{ "open", "pike", 401 },
	{ "open", "swordfish", 200 },
	{ "open", "trout", 403 },
	{ "rule", NULL, 401 },
	{ "rule", "swordfish", 403 },
	{ "rule", "trout", 200 },
};

START_TEST(every_surface_demands_the_same)
{
	begin("");
	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
		for (size_t j = 0; j < SURFACES; j++) {
			bool wrong = calls[i].status == 401 && calls[i].token;

			expect(surfaces[j].call(calls[i].runnable, calls[i].token), surfaces[j].name, calls[i].status,
				wrong				 ? "error=\"invalid_token\""
					: calls[i].status == 403 ? surfaces[j].scope
								 : NULL);
		}
	ck_assert_str_eq(own_call("open"), "");
	ck_assert_str_eq(own_call("rule"), "");
	end();
}
END_TEST

/* Without a provider nobody may, not even the owner: who was to judge is not there. */
static void expect_closed(void)
{
	for (size_t j = 0; j < SURFACES; j++) {
		expect(surfaces[j].call("look", NULL), surfaces[j].name, 200, NULL);
		expect(surfaces[j].call("open", NULL), surfaces[j].name, 403, surfaces[j].scope);
		expect(surfaces[j].call("open", "swordfish"), surfaces[j].name, 401, "no auth provider is there");
	}
	ck_assert_str_eq(own_call("look"), "");
	ck_assert_str_eq(own_call("open"), "forbidden");
	ck_assert_str_eq(own_call("rule"), "forbidden");
	expect(exchange("GET /events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"), "events", 403, NULL);
}

START_TEST(without_the_provider_all_is_closed)
{
	begin(",\"plugins\":{\"disabled\":[\"auth\"]}");
	expect_closed();
	end();
}
END_TEST

static bool has_gone(const struct test_daemon *daemon SP_UNUSED, const void *user SP_UNUSED)
{
	return strstr(call_rest("open", NULL), " 403 ") != NULL;
}

START_TEST(when_the_provider_goes_all_is_closed)
{
	begin("");
	expect(call_rest("open", "swordfish"), "rest", 200, NULL);
	ck_assert_int_eq(test_signalctl(&served,
				 (const char *[]){ "config", "set", "plugins.disabled", "[\"auth\"]", NULL }),
		0);
	test_wait_until(&served, has_gone, NULL);
	expect_closed();
	end();
}
END_TEST

/* Roles and tokens are what they are at the moment of a call. */
START_TEST(changes_work_at_once)
{
	begin("");
	ck_assert_int_eq(test_signalctl(&served,
				 (const char *[]){ "config", "set", "auth.roles.keeper", "[\"vault.open\"]", NULL }),
		0);
	for (size_t j = 0; j < SURFACES; j++)
		expect(surfaces[j].call("open", "trout"), surfaces[j].name, 200, NULL);
	ck_assert_int_eq(test_signalctl(&served, (const char *[]){ "config", "set", "auth.roles.keeper", "[]", NULL }),
		0);
	for (size_t j = 0; j < SURFACES; j++)
		expect(surfaces[j].call("open", "trout"), surfaces[j].name, 403, NULL);
	ck_assert_int_eq(test_signalctl(&served, (const char *[]){ "config", "set", "auth.tokens", "{}", NULL }), 0);
	end();
}
END_TEST

/* What a caller may be is limited by itself, on whatever surface it comes; another caller has a count of its own. */
START_TEST(calls_are_limited_on_all_surfaces_together)
{
	begin(",\"policy\":{\"vault\":{\"limits\":{\"open\":{\"calls\":1,\"within_ms\":900000}}}}");
	expect(call_rest("open", "swordfish"), "rest", 200, NULL);
	expect(call_rest("open", "swordfish"), "rest", 429, "Retry-After: 9");
	expect(call_modern("open", "swordfish"), "mcp", 200, "called too often");
	expect(call_older("open", "swordfish"), "mcp", 200, "called too often");
	expect(call_modern("open", MARKER), "mcp", 200, "\"isError\":false");
	ck_assert_str_eq(own_call("open"), "");
	ck_assert_str_eq(own_call("open"), "too_many_requests");
	end();
}
END_TEST

/* Who was let in and who was not is in the log, with the surface, where the policy wants that. */
START_TEST(what_was_judged_is_on_record)
{
	begin(",\"policy\":{\"vault\":{\"audit\":true}}");
	expect(call_rest("open", "swordfish"), "rest", 200, NULL);
	expect(call_modern("open", "trout"), "mcp", 403, NULL);
	expect(call_older("rule", NULL), "mcp", 401, NULL);
	ck_assert_str_eq(own_call("open"), "");
	ck_assert_uint_eq(test_log_count(&served, "caller=ada outcome=allowed address=vault.open transport=rest"), 1);
	ck_assert_uint_eq(test_log_count(&served, "caller=bob outcome=forbidden address=vault.open transport=mcp"), 1);
	ck_assert_uint_eq(test_log_count(&served, "caller= outcome=unauthenticated address=vault.rule transport=mcp"),
		1);
	ck_assert_uint_eq(test_log_count(&served, "outcome=allowed address=vault.open transport=cli"), 1);
	end();
}
END_TEST

/* ---- credentials -------------------------------------------------------------------------------------------------- */

/* Asks all that the control socket tells of itself without being told what; nothing of it may hold the marker. */
static void look_at_everything(void)
{
	static const char *const not_asked[] = { "kernel.shutdown", "kernel.drain", "deadletter.purge" };
	json_t *described = test_control(&served, "rpc.discover", NULL, NULL), *method;
	size_t i, j;

	ck_assert_uint_gt(json_array_size(json_object_get(described, "methods")), 20);
	json_array_foreach(json_object_get(described, "methods"), i, method) {
		const char *name = json_string_value(json_object_get(method, "name"));
		char *text;
		json_t *result;

		for (j = 0; j < sizeof not_asked / sizeof not_asked[0] && strcmp(name, not_asked[j]) != 0; j++)
			continue;
		if (j < sizeof not_asked / sizeof not_asked[0] || strstr(name, ".watch"))
			continue; /* what is watched comes when it likes; followers look at it */
		result = test_control(&served, name, NULL, NULL);
		text = result ? json_dumps(result, JSON_ENCODE_ANY) : NULL;
		ck_assert_msg(!text || !strstr(text, MARKER), "%s tells it: %s", name, text);
		free(text);
		json_decref(result);
	}
	json_decref(described);
}

static void look_at(const char *path)
{
	char request[160];
	const char *answer;

	snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", path);
	answer = exchange(request);
	ck_assert_msg(!strstr(answer, MARKER), "%s tells it: %s", path, answer);
}

/* Every answer that a caller with the marker gets, too. */
static void use(const char *token)
{
	static const char *const runnables[] = { "open", "rule", "look", "crack", "no_such" };

	for (size_t i = 0; i < sizeof runnables / sizeof runnables[0]; i++)
		for (size_t j = 0; j < SURFACES; j++) {
			const char *answer = surfaces[j].call(runnables[i], token);

			ck_assert_msg(!strstr(answer, MARKER), "%s tells it: %s", surfaces[j].name, answer);
		}
}

/* What clients send that is wrong, with the marker in it. */
static const char *const wrong[] = {
	"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Basic " MARKER "\r\n\r\n",
	"GET /events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: " MARKER "\r\n\r\n",
	"GET /events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer " MARKER " x\r\n\r\n",
	"POST /api/v1/vault/open HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer " MARKER
	"\r\nAuthorization: Bearer " MARKER "\r\n\r\n",
	"POST /api/v1/vault/open HTTP/1.1\r\nHost: localhost\r\nAuthorization : Bearer " MARKER "\r\n\r\n",
	"POST /api/v1/vault/open HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " MARKER "\r\nbroken\r\n\r\n",
	"POST /api/v1/vault/open HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
	"Authorization: Bearer eyJhbGciOiJub25lIn0." MARKER ".\r\n\r\n",
	"POST /api/v1/vault/open?access_token=" MARKER " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
	"POST /mcp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer " MARKER "\r\n\r\n",
};

/* A signalctl that follows something, and the file it writes to. */
struct follower {
	pid_t pid;
	char path[96];
};

static bool has_begun(const struct test_daemon *daemon SP_UNUSED, const void *user)
{
	const struct follower *follower = user;
	char *text;
	bool begun;

	call_rest("crack", "swordfish");
	text = test_file_new(follower->path);
	begun = text && strstr(text, "vault");
	free(text);
	return begun;
}

static struct follower follow(const char *what)
{
	struct follower follower;

	snprintf(follower.path, sizeof follower.path, "%s/seen-%s", served.dir, what);
	follower.pid = test_signalctl_begin(&served, (const char *[]){ what, "--follow", NULL }, follower.path);
	test_wait_until(&served, has_begun, &follower);
	return follower;
}

/* R-CF-6: a token is in no log, event, trace, metric, listing, description, dead letter or file, whatever is done with it. */
START_TEST(credentials_are_written_nowhere)
{
	static const char *const paths[] = { "/health", "/ready", "/metrics", "/openapi.json", "/docs" };
	struct follower followers[2];
	char command[128];

	begin(",\"policy\":{\"vault\":{\"audit\":true}}");
	followers[0] = follow("events");
	followers[1] = follow("logs");
	use(MARKER);
	use("x" MARKER);
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		ck_assert_ptr_null(strstr(exchange(wrong[i]), MARKER));
	look_at_everything();
	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
		look_at(paths[i]);
	ck_assert_int_eq(test_signalctl(&served, (const char *[]){ "config", "show", "--origin", NULL }), 0);
	ck_assert_ptr_null(strstr(test_signalctl_output(), MARKER));
	ck_assert_uint_ge(test_log_count(&served, "caller=eve"), 2);
	test_daemon_stop(&served);
	for (size_t i = 0; i < sizeof followers / sizeof followers[0]; i++)
		ck_assert_int_eq(waitpid(followers[i].pid, NULL, 0), followers[i].pid);
	snprintf(command, sizeof command, "! grep -rlaF -e " MARKER " %s", served.dir);
	ck_assert_int_eq(system(command), 0);
	test_daemon_clean(&served);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(every_surface_demands_the_same),
		TEST(without_the_provider_all_is_closed), TEST(when_the_provider_goes_all_is_closed),
		TEST(changes_work_at_once), TEST(calls_are_limited_on_all_surfaces_together),
		TEST(what_was_judged_is_on_record), TEST(credentials_are_written_nowhere) };

	return run_suite(&SUITE(cases, "auth on every surface"));
}
