/* e2e_auth_tokens.c: a real daemon that wants to know its callers: a token made, used over HTTP, taken back
 * (R-PR-4). */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth_kit.h"
#include "runner.h"

static struct test_daemon served;

static void begin(void)
{
	test_daemon_prepare(&served, "{\"auth\":{\"required\":true},\"log\":{\"level\":\"debug\"}}");
	test_daemon_drop(&served, "greeter", "greeter", 0);
	test_daemon_start(&served);
}

static void end(void)
{
	test_daemon_clean(&served);
}

/* Greets somebody with a token (NULL: none). */
static const char *greet(const char *token)
{
	return auth_kit_ask(&served, "POST /api/v1/greeter/greet", token, "", NULL);
}

/* Makes a token and lets the daemon know it. */
static void make_token(char token[static 64])
{
	char value[256];
	const char *command;

	ck_assert_int_eq(test_signalctl(&served,
				 (const char *[]){ "token", "new", "--name", "ci", "--role", "editor", NULL }),
		0);
	ck_assert_ptr_nonnull(strstr(test_signalctl_output(), "sp_"));
	ck_assert_int_eq(sscanf(strstr(test_signalctl_output(), "sp_"), "%63[A-Za-z0-9_-]", token), 1);
	command = strstr(test_signalctl_output(), "auth.tokens.ci '");
	ck_assert_msg(command != NULL, "%s", test_signalctl_output());
	ck_assert_int_eq(sscanf(command, "auth.tokens.ci '%255[^']'", value), 1);
	auth_kit_set(&served, "auth.tokens.ci", value);
}

START_TEST(a_token_lets_its_bearer_in)
{
	char token[64] = "";

	auth_kit_expect(greet(NULL), "rest", 401, "WWW-Authenticate: Bearer realm");
	make_token(token);
	auth_kit_expect(greet(token), "rest", 200, NULL);
	auth_kit_expect(auth_kit_ask(&served, "POST /api/v1/auth/new", token, "", "{\"name\":\"x\"}"), "rest", 404,
		NULL);
	token[10] = token[10] == 'a' ? 'b' : 'a';
	auth_kit_expect(greet(token), "rest", 401, NULL);
	token[10] = '\0';
	auth_kit_expect(greet(token), "rest", 401, NULL);
	ck_assert_int_eq(test_signalctl(&served, (const char *[]){ "call", "greeter.greet", NULL }), 0);
	test_daemon_stop(&served);
}
END_TEST

START_TEST(a_token_is_taken_back_and_written_nowhere)
{
	char token[64];

	make_token(token);
	auth_kit_expect(greet(token), "rest", 200, NULL);
	ck_assert_int_eq(test_signalctl(&served, (const char *[]){ "config", "show", NULL }), 0);
	ck_assert_ptr_null(strstr(test_signalctl_output(), token));
	ck_assert_int_eq(test_signalctl(&served, (const char *[]){ "config", "unset", "auth.tokens.ci", NULL }), 0);
	auth_kit_expect(greet(token), "rest", 401, NULL);
	ck_assert_uint_eq(test_log_count(&served, token), 0);
	test_daemon_stop(&served);
}
END_TEST

/* The secret of a key is hidden, and a change that is wrong is refused. */
START_TEST(secrets_are_hidden)
{
	static const char jwt[] = "{\"issuer\":\"i\",\"audience\":\"a\",\"keys\":{\"k\":{\"algorithm\":\"HS256\","
				  "\"secret\":\"0123456789abcdef0123456789abcdef\"}}}";
	static const char bad[] = "{\"issuer\":\"i\",\"audience\":\"a\",\"keys\":{\"k\":{\"algorithm\":\"RS256\","
				  "\"secret\":\"0123456789abcdef0123456789abcdef\"}}}";

	auth_kit_set(&served, "auth.jwt", jwt);
	ck_assert_int_eq(test_signalctl(&served, (const char *[]){ "config", "show", NULL }), 0);
	ck_assert_ptr_nonnull(strstr(test_signalctl_output(), "HS256"));
	ck_assert_ptr_null(strstr(test_signalctl_output(), "0123456789abcdef"));
	ck_assert_int_ne(test_signalctl(&served, (const char *[]){ "config", "set", "auth.jwt", bad, NULL }), 0);
	ck_assert_ptr_null(strstr(test_signalctl_output(), "0123456789abcdef"));
	ck_assert_uint_eq(test_log_count(&served, "0123456789abcdef"), 0);
	test_daemon_stop(&served);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_token_lets_its_bearer_in),
		TEST(a_token_is_taken_back_and_written_nowhere), TEST(secrets_are_hidden) };

	return run_suite(&SUITE(cases, "auth tokens", .set_up = begin, .tear_down = end));
}
