/* e2e_rest.c: what is told of the whole over HTTP, by the real daemon over a real socket. */
#include "daemon_kit.h"
#include "daemon_kit_clients.h"
#include "runner.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct test_daemon the_daemon;
static char *answer; /* the latest, head and body */

static void set_up(void)
{
	test_daemon_prepare(&the_daemon, NULL);
	test_daemon_drop(&the_daemon, "greeter", "greeter", 0);
	test_daemon_start(&the_daemon);
	test_wait_until(&the_daemon, test_is_callable, "greeter/greet");
}

static void tear_down(void)
{
	free(answer);
	answer = NULL;
	test_daemon_stop(&the_daemon);
	test_daemon_clean(&the_daemon);
}

/* Reads until the end, or until the text has been seen. */
static void read_until(int fd, const char *text)
{
	size_t size = 0, room = 1 << 20;
	ssize_t count;

	free(answer);
	answer = calloc(1, room);
	ck_assert_ptr_nonnull(answer);
	while (size + 1 < room && !(text && strstr(answer, text)) &&
		(count = read(fd, answer + size, room - size - 1)) > 0)
		size += (size_t)count;
}

static int ask(const char *method, const char *path, const char *fields)
{
	char request[512];
	int fd = test_connect_port(the_daemon.port);
	int size = snprintf(request, sizeof request, "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s\r\n",
		method, path, fields);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, request, (size_t)size), size);
	return fd;
}

static const char *get(const char *path, const char *fields)
{
	int fd = ask("GET", path, fields);

	read_until(fd, NULL);
	close(fd);
	return answer;
}

static void answered(const char *text)
{
	ck_assert_msg(strstr(answer, text) != NULL, "'%s' is not in: %s", text, answer);
}

START_TEST(says_whether_it_is_ready)
{
	get("/ready", "");
	answered("HTTP/1.1 200 OK\r\n");
	answered("\"state\":\"healthy\"");
}
END_TEST

START_TEST(answers_in_events)
{
	int fd = ask("POST", "/api/v1/greeter/greet", "Accept: text/event-stream\r\n");

	read_until(fd, NULL);
	close(fd);
	answered("Content-Type: text/event-stream\r\n");
	answered("event: result\ndata: {\"ok\":true,\"data\":{\"message\":\"Hello, world!\"}}\n\n");
}
END_TEST

START_TEST(shows_figures)
{
	get("/metrics", "");
	answered("application/openmetrics-text; version=1.0.0");
	answered("signalpy_calls_total{component=\"greeter\",runnable=\"greet\",code=\"ok\"} ");
	answered("process_resident_memory_bytes ");
	answered("\n# EOF\n");
}
END_TEST

START_TEST(describes_itself)
{
	get("/openapi.json", "");
	answered("ETag: \"");
	answered("\"/api/v1/greeter/greet\":{\"post\":{\"operationId\":\"greeter.greet\"");
	get("/docs", "");
	answered("Content-Security-Policy: default-src 'none'");
	answered("</html>");
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(says_whether_it_is_ready), TEST(answers_in_events), TEST(shows_figures),
		TEST(describes_itself) };

	return run_suite(&SUITE(cases, "rest over sockets", .set_up = set_up, .tear_down = tear_down));
}
