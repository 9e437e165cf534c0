/* e2e_auth_surfaces.c: what a runnable demands is demanded over REST, MCP of both eras and the control socket alike,
 * also when the provider goes; and what callers prove themselves with is written nowhere (R-PR-4). */
#include <check.h>
#include <signalpy/value.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "auth_kit.h"
#include "daemon_kit_clients.h"
#include "runner.h"

static struct test_daemon served;

/* The word that the control socket answers to the owner, "" for a result. */
static const char *own_call(const char *runnable)
{
	const char *code;
	char params[64];

	snprintf(params, sizeof params, "{\"address\":\"vault.%s\",\"params\":{}}", runnable);
	json_decref(test_control(&served, "runnable.call", params, &code));
	return code;
}

/* ---- who may ----------------------------------------------------------------------------------------------------- */

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
	auth_kit_begin(&served, "");
	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
		for (size_t j = 0; j < AUTH_SURFACES; j++) {
			bool wrong = calls[i].status == 401 && calls[i].token;

			auth_kit_expect(auth_surfaces[j].call(&served, calls[i].runnable, calls[i].token),
				auth_surfaces[j].name, calls[i].status,
				wrong				 ? "error=\"invalid_token\""
					: calls[i].status == 403 ? auth_surfaces[j].scope
								 : NULL);
		}
	ck_assert_str_eq(own_call("open"), "");
	ck_assert_str_eq(own_call("rule"), "");
	auth_kit_end(&served);
}
END_TEST

/* Without a provider nobody may, not even the owner: who was to judge is not there. */
static void expect_closed(void)
{
	for (size_t j = 0; j < AUTH_SURFACES; j++) {
		auth_kit_expect(auth_surfaces[j].call(&served, "look", NULL), auth_surfaces[j].name, 200, NULL);
		auth_kit_expect(auth_surfaces[j].call(&served, "open", NULL), auth_surfaces[j].name, 403,
			auth_surfaces[j].scope);
		auth_kit_expect(auth_surfaces[j].call(&served, "open", "swordfish"), auth_surfaces[j].name, 401,
			"no auth provider is there");
	}
	ck_assert_str_eq(own_call("look"), "");
	ck_assert_str_eq(own_call("open"), "forbidden");
	ck_assert_str_eq(own_call("rule"), "forbidden");
	auth_kit_expect(auth_kit_exchange(&served,
				"GET /events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
		"events", 403, NULL);
}

START_TEST(without_the_provider_all_is_closed)
{
	auth_kit_begin(&served, ",\"plugins\":{\"disabled\":[\"auth\"]}");
	expect_closed();
	auth_kit_end(&served);
}
END_TEST

static bool has_gone(const struct test_daemon *daemon SP_UNUSED, const void *user SP_UNUSED)
{
	return strstr(auth_kit_call_rest(&served, "open", NULL), " 403 ") != NULL;
}

START_TEST(when_the_provider_goes_all_is_closed)
{
	auth_kit_begin(&served, "");
	auth_kit_expect(auth_kit_call_rest(&served, "open", "swordfish"), "rest", 200, NULL);
	auth_kit_set(&served, "plugins.disabled", "[\"auth\"]");
	test_wait_until(&served, has_gone, NULL);
	expect_closed();
	auth_kit_end(&served);
}
END_TEST

/* What a caller may be is limited by itself, on whatever surface it comes; another caller has a count of its own. */
START_TEST(calls_are_limited_on_all_surfaces_together)
{
	auth_kit_begin(&served, ",\"policy\":{\"vault\":{\"limits\":{\"open\":{\"calls\":1,\"within_ms\":900000}}}}");
	auth_kit_expect(auth_kit_call_rest(&served, "open", "swordfish"), "rest", 200, NULL);
	auth_kit_expect(auth_kit_call_rest(&served, "open", "swordfish"), "rest", 429, "Retry-After: 9");
	auth_kit_expect(auth_kit_call_modern(&served, "open", "swordfish"), "mcp", 200, "called too often");
	auth_kit_expect(auth_kit_call_older(&served, "open", "swordfish"), "mcp", 200, "called too often");
	auth_kit_expect(auth_kit_call_modern(&served, "open", AUTH_MARKER), "mcp", 200, "\"isError\":false");
	ck_assert_str_eq(own_call("open"), "");
	ck_assert_str_eq(own_call("open"), "too_many_requests");
	auth_kit_end(&served);
}
END_TEST

/* Who was let in and who was not is in the log, with the surface, where the policy wants that. */
START_TEST(what_was_judged_is_on_record)
{
	auth_kit_begin(&served, ",\"policy\":{\"vault\":{\"audit\":true}}");
	auth_kit_expect(auth_kit_call_rest(&served, "open", "swordfish"), "rest", 200, NULL);
	auth_kit_expect(auth_kit_call_modern(&served, "open", "trout"), "mcp", 403, NULL);
	auth_kit_expect(auth_kit_call_older(&served, "rule", NULL), "mcp", 401, NULL);
	ck_assert_str_eq(own_call("open"), "");
	ck_assert_uint_eq(test_log_count(&served, "caller=ada outcome=allowed address=vault.open transport=rest"), 1);
	ck_assert_uint_eq(test_log_count(&served, "caller=bob outcome=forbidden address=vault.open transport=mcp"), 1);
	ck_assert_uint_eq(test_log_count(&served, "caller= outcome=unauthenticated address=vault.rule transport=mcp"),
		1);
	ck_assert_uint_eq(test_log_count(&served, "outcome=allowed address=vault.open transport=cli"), 1);
	auth_kit_end(&served);
}
END_TEST

/* ---- credentials ------------------------------------------------------------------------------------------------- */

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
		ck_assert_msg(!text || !strstr(text, AUTH_MARKER), "%s tells it: %s", name, text);
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
	answer = auth_kit_exchange(&served, request);
	ck_assert_msg(!strstr(answer, AUTH_MARKER), "%s tells it: %s", path, answer);
}

/* Every answer that a caller with the marker gets, too. */
static void use(const char *token)
{
	static const char *const runnables[] = { "open", "rule", "look", "crack", "no_such" };

	for (size_t i = 0; i < sizeof runnables / sizeof runnables[0]; i++)
		for (size_t j = 0; j < AUTH_SURFACES; j++) {
			const char *answer = auth_surfaces[j].call(&served, runnables[i], token);

			ck_assert_msg(!strstr(answer, AUTH_MARKER), "%s tells it: %s", auth_surfaces[j].name, answer);
		}
}

/* What clients send that is wrong, with the marker in it. */
static const char *const wrong[] = {
	"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Basic " AUTH_MARKER "\r\n\r\n",
	"GET /events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: " AUTH_MARKER "\r\n\r\n",
	"GET /events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer " AUTH_MARKER
	" x\r\n\r\n",
	"POST /api/v1/vault/open HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer " AUTH_MARKER
	"\r\nAuthorization: Bearer " AUTH_MARKER "\r\n\r\n",
	"POST /api/v1/vault/open HTTP/1.1\r\nHost: localhost\r\nAuthorization : Bearer " AUTH_MARKER "\r\n\r\n",
	"POST /api/v1/vault/open HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " AUTH_MARKER
	"\r\nbroken\r\n\r\n",
	"POST /api/v1/vault/open HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
	"Authorization: Bearer eyJhbGciOiJub25lIn0." AUTH_MARKER ".\r\n\r\n",
	"POST /api/v1/vault/open?access_token=" AUTH_MARKER " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
	"POST /mcp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer " AUTH_MARKER "\r\n\r\n",
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

	auth_kit_call_rest(&served, "crack", "swordfish");
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

/* R-CF-6: a token is in no log, event, trace, metric, listing, description, dead letter or file, whatever is done with
 * it. */
START_TEST(credentials_are_written_nowhere)
{
	static const char *const paths[] = { "/health", "/ready", "/metrics", "/openapi.json", "/docs" };
	struct follower followers[2];
	char command[128];

	auth_kit_begin(&served, ",\"policy\":{\"vault\":{\"audit\":true}}");
	followers[0] = follow("events");
	followers[1] = follow("logs");
	use(AUTH_MARKER);
	use("x" AUTH_MARKER);
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		ck_assert_ptr_null(strstr(auth_kit_exchange(&served, wrong[i]), AUTH_MARKER));
	look_at_everything();
	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
		look_at(paths[i]);
	ck_assert_int_eq(test_signalctl(&served, (const char *[]){ "config", "show", "--origin", NULL }), 0);
	ck_assert_ptr_null(strstr(test_signalctl_output(), AUTH_MARKER));
	ck_assert_uint_ge(test_log_count(&served, "caller=eve"), 2);
	test_daemon_stop(&served);
	for (size_t i = 0; i < sizeof followers / sizeof followers[0]; i++)
		ck_assert_int_eq(waitpid(followers[i].pid, NULL, 0), followers[i].pid);
	snprintf(command, sizeof command, "! grep -rlaF -e " AUTH_MARKER " %s", served.dir);
	ck_assert_int_eq(system(command), 0);
	test_daemon_clean(&served);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(every_surface_demands_the_same),
		TEST(without_the_provider_all_is_closed), TEST(when_the_provider_goes_all_is_closed),
		TEST(calls_are_limited_on_all_surfaces_together), TEST(what_was_judged_is_on_record),
		TEST(credentials_are_written_nowhere) };

	return run_suite(&SUITE(cases, "auth on every surface"));
}
