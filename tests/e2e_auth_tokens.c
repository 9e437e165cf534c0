/* e2e_auth_tokens.c: a real daemon that wants to know its callers: a token made, used over HTTP, taken back (R-PR-4). */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon_kit.h"
#include "daemon_kit_clients.h"
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

/* Sends a request and reads until the connection ends; the whole answer, until the next. */
static const char *exchange(const char *request)
{
	static char answer[8192];
	int fd = test_connect_port(served.port);
	size_t size = 0;
	ssize_t got;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, request, strlen(request)), (ssize_t)strlen(request));
	while ((got = read(fd, answer + size, sizeof answer - 1 - size)) > 0)
		size += (size_t)got;
	answer[size] = '\0';
	close(fd);
	return answer;
}

/* Greets somebody with a token ("": none). */
static const char *greet(const char *token)
{
	char request[512];

	snprintf(request, sizeof request,
		"POST /api/v1/greeter/greet HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s%s%s\r\n",
		*token ? "Authorization: Bearer " : "", token, *token ? "\r\n" : "");
	return exchange(request);
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
	ck_assert_int_eq(test_signalctl(&served, (const char *[]){ "config", "set", "auth.tokens.ci", value, NULL }),
		0);
}

static void begins_with(const char *text, const char *start)
{
	ck_assert_msg(strncmp(text, start, strlen(start)) == 0, "%s", text);
}

START_TEST(a_token_lets_its_bearer_in)
{
	char token[64] = "";

	begins_with(greet(""), "HTTP/1.1 401 ");
	ck_assert_ptr_nonnull(strstr(greet(""), "WWW-Authenticate: Bearer realm"));
	make_token(token);
	begins_with(greet(token), "HTTP/1.1 200 ");
	token[10] = token[10] == 'a' ? 'b' : 'a';
	begins_with(greet(token), "HTTP/1.1 401 ");
	token[10] = '\0';
	begins_with(greet(token), "HTTP/1.1 401 ");
	ck_assert_int_eq(test_signalctl(&served, (const char *[]){ "call", "greeter.greet", NULL }), 0);
	test_daemon_stop(&served);
}
END_TEST

START_TEST(a_token_is_taken_back_and_written_nowhere)
{
	char token[64];

	make_token(token);
	begins_with(greet(token), "HTTP/1.1 200 ");
	ck_assert_int_eq(test_signalctl(&served, (const char *[]){ "config", "show", NULL }), 0);
	ck_assert_ptr_null(strstr(test_signalctl_output(), token));
	ck_assert_int_eq(test_signalctl(&served, (const char *[]){ "config", "unset", "auth.tokens.ci", NULL }), 0);
	begins_with(greet(token), "HTTP/1.1 401 ");
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

	ck_assert_int_eq(test_signalctl(&served, (const char *[]){ "config", "set", "auth.jwt", jwt, NULL }), 0);
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
