/* e2e_slow_clients.c: clients that send and never read, or hardly send: what the daemon keeps for them is bounded,
 * which they feel, and nobody else does. Nothing is measured by the clock: what a client can push in ends, and others
 * are answered. */
#define _GNU_SOURCE /* asprintf */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon_kit.h"
#include "daemon_kit_clients.h"
#include "runner.h"

enum { MEBIBYTE = 1048576 };

/* Whoever bears "swordfish" may read events. */
#define READER \
	"\"auth\":{\"tokens\":{\"ada\":{\"sha256\":\"b9f195c5cc7ef6afadbfbc42892ad47d3b24c6bc94bb510c4564a90a14e8b799\"," \
	"\"roles\":[\"reader\"]}},\"roles\":{\"reader\":[\"events.read\"]}}"

static struct test_daemon served;

static void begin(const char *configuration)
{
	test_daemon_prepare(&served, configuration);
	test_daemon_drop(&served, "greeter", "greeter", 0);
	test_daemon_start(&served);
}

static void end(void)
{
	test_daemon_stop(&served);
	test_daemon_clean(&served);
}

/* Somebody else is answered. */
static void expect_service(void)
{
	json_t *body = NULL;

	ck_assert_int_eq(test_http_call(&served, "greeter/greet", "{\"name\":\"Ada\"}", &body), 200);
	json_decref(body);
	ck_assert_ptr_nonnull(body = test_control(&served, "kernel.status", NULL, NULL));
	json_decref(body);
}

/* A connection of somebody who reads little: the system shall not keep much for him. */
static int connect_slowly(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)served.port) };
	struct timeval patience = { .tv_sec = 20 };
	int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), small = 4096;

	ck_assert_int_ge(descriptor, 0);
	setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
	setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(connect(descriptor, (struct sockaddr *)&address, sizeof address), 0);
	return descriptor;
}

static void say(int descriptor, const char *text)
{
	ck_assert_int_eq(send(descriptor, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* Reads to the end; how many bytes came. */
static size_t read_to_end(int descriptor, char *first, size_t size)
{
	char block[65536];
	size_t come = 0;
	ssize_t got;

	while ((got = recv(descriptor, block, sizeof block, 0)) > 0) {
		if (come + 1 < size) {
			size_t kept = (size_t)got < size - 1 - come ? (size_t)got : size - 1 - come;

			memcpy(first + come, block, kept);
			first[come + kept] = '\0';
		}
		come += (size_t)got;
	}
	ck_assert_msg(got == 0 || errno == ECONNRESET, "the connection did not end");
	close(descriptor);
	return come;
}

/* ---- who pushes requests and reads no answers -------------------------------------------------------------------- */

/* Pushes a request again and again until nothing goes in any more, though others were answered meanwhile; how much
 * went. */
static size_t push(int descriptor, const char *request, size_t most)
{
	enum { ROUNDS = 10 };
	size_t size = strlen(request), pushed = 0, at = 0;
	int stuck = 0;

	while (stuck < ROUNDS && pushed < most) {
		ssize_t sent = send(descriptor, request + at, size - at, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (sent < 0) {
			ck_assert_int_eq(errno, EAGAIN);
			expect_service();
			stuck++;
			continue;
		}
		stuck = 0;
		pushed += (size_t)sent;
		at = (at + (size_t)sent) % size;
	}
	return pushed;
}

START_TEST(requests_are_not_read_whose_answers_nobody_reads)
{
	int descriptor;

	begin("{\"http\":{\"limits\":{\"unread\":4096,\"requests_per_connection\":1000000000}}}");
	descriptor = connect_slowly();
	ck_assert_uint_lt(push(descriptor, "GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n",
				  (size_t)64 * MEBIBYTE),
		(size_t)32 * MEBIBYTE);
	close(descriptor);
	expect_service();
	end();
}
END_TEST

START_TEST(lines_are_not_read_whose_answers_nobody_reads)
{
	int descriptor;

	begin("{\"control\":{\"limits\":{\"unread\":4096}}}");
	descriptor = test_connect_path(served.control);
	ck_assert_int_ge(descriptor, 0);
	ck_assert_uint_lt(push(descriptor, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"rpc.discover\"}\n",
				  (size_t)64 * MEBIBYTE),
		(size_t)8 * MEBIBYTE);
	close(descriptor);
	expect_service();
	end();
}
END_TEST

/* ---- who listens and does not read ------------------------------------------------------------------------------- */

/* Publishes an event so often, and waits until all of them are. */
static void publish(const char *type, const char *data, int times)
{
	int descriptor = test_connect_path(served.control);
	char *line = NULL, block[65536];
	int size = asprintf(&line,
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"event.publish\",\"params\":{\"type\":\"%s\",\"data\":%s}}\n",
		type, data);

	ck_assert_int_ge(descriptor, 0);
	ck_assert_int_gt(size, 0);
	for (int i = 0; i < times; i++) {
		ssize_t got = 0;

		ck_assert_int_eq(send(descriptor, line, (size_t)size, MSG_NOSIGNAL), size);
		while (got == 0 || block[got - 1] != '\n') {
			got = recv(descriptor, block, sizeof block, 0);
			ck_assert_int_gt(got, 0);
		}
	}
	free(line);
	close(descriptor);
}

/* A text of so many letters in an object, until the next. */
static const char *large(const char *name, size_t size)
{
	static char data[65536];
	int length = snprintf(data, sizeof data, "{\"%s\":\"test://", name);

	memset(data + length, 'x', size);
	snprintf(data + (size_t)length + size, sizeof data - (size_t)length - size, "\"}");
	return data;
}

/* Reads the head of an answer, and nothing behind it that is not there yet. */
static void read_head(int descriptor)
{
	char head[4096];
	size_t size = 0;

	while (!memmem(head, size, "\r\n\r\n", 4)) {
		ck_assert_uint_lt(size, sizeof head);
		ck_assert_int_eq(recv(descriptor, head + size, 1, 0), 1);
		size++;
	}
	ck_assert_msg(strncmp(head, "HTTP/1.1 200 ", 13) == 0, "%.*s", (int)size, head);
}

/* Much more is published than is kept for it; it is cut off when it has taken nothing for long. */
START_TEST(a_reader_of_events_that_does_not_read_is_cut_off)
{
	enum { EVENTS = 600, SIZE = 60000 };
	int descriptor;
	size_t come;

	begin("{\"http\":{\"limits\":{\"idle_ms\":300}},\"rest\":{\"limits\":{\"unread\":4096}}," READER "}");
	descriptor = connect_slowly();
	say(descriptor, "GET /events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer swordfish\r\n\r\n");
	read_head(descriptor);
	publish("much.of.it", large("text", SIZE), EVENTS);
	expect_service();
	ck_assert_int_eq(poll(&(struct pollfd){ .fd = descriptor }, 1, 20000), 1); /* it was reset */
	come = read_to_end(descriptor, NULL, 0);
	ck_assert_uint_lt(come, (size_t)EVENTS * SIZE / 2);
	end();
}
END_TEST

START_TEST(a_listener_of_mcp_that_does_not_read_is_let_go)
{
	enum { EVENTS = 12000, SIZE = 1900 };
	char *body = NULL, *request = NULL;
	const char *uri;
	int descriptor;

	begin("{\"mcp\":{\"limits\":{\"unread\":65536}}}");
	uri = large("uri", SIZE);
	ck_assert_int_gt(
		asprintf(&body,
			"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"subscriptions/listen\",\"params\":{\"notifications\":"
			"{\"resourceSubscriptions\":[%.*s]},\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":"
			"\"2026-07-28\",\"io.modelcontextprotocol/clientCapabilities\":{}}}}",
			(int)strlen(uri) - 8, uri + 7),
		0);
	ck_assert_int_gt(
		asprintf(&request,
			"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
			"Connection: close\r\nMCP-Protocol-Version: 2026-07-28\r\nMcp-Method: subscriptions/listen\r\n"
			"Content-Length: %zu\r\n\r\n%s",
			strlen(body), body),
		0);
	descriptor = connect_slowly();
	say(descriptor, request);
	read_head(descriptor);
	publish("mcp.resource.updated", uri, EVENTS);
	expect_service();
	ck_assert_uint_lt(read_to_end(descriptor, NULL, 0), (size_t)EVENTS * SIZE);
	free(body);
	free(request);
	end();
}
END_TEST

START_TEST(a_watcher_that_does_not_read_is_cut_off)
{
	enum { EVENTS = 40, SIZE = 60000 };
	char first[256];
	int descriptor;

	begin("{\"control\":{\"limits\":{\"backlog\":65536}}}");
	descriptor = test_connect_path(served.control);
	say(descriptor,
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"event.watch\",\"params\":{\"pattern\":\"much.*\"}}\n");
	ck_assert_int_gt(recv(descriptor, first, sizeof first, 0), 0);
	publish("much.of.it", large("text", SIZE), EVENTS);
	expect_service();
	ck_assert_uint_lt(read_to_end(descriptor, NULL, 0), (size_t)EVENTS * SIZE);
	test_wait_until(&served, test_log_says, "does not read what it asked for");
	end();
}
END_TEST

/* ---- who hardly sends -------------------------------------------------------------------------------------------- */

static const char *const halves[] = {
	"GET /health HTTP/1.1\r\nHost: localhost\r\nX: ",
	"POST /api/v1/greeter/greet HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n{",
	"POST /api/v1/greeter/greet HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{",
	"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{",
};

/* A hundred of them hold nobody up, and are told that they took too long. */
START_TEST(half_a_request_is_not_waited_for_without_end)
{
	enum { CLIENTS = 100 };
	int descriptors[CLIENTS];
	char answer[256];

	begin("{\"http\":{\"limits\":{\"header_ms\":500,\"body_ms\":500}}}");
	for (size_t i = 0; i < CLIENTS; i++) {
		descriptors[i] = connect_slowly();
		say(descriptors[i], halves[i % (sizeof halves / sizeof halves[0])]);
	}
	expect_service();
	for (size_t i = 0; i < CLIENTS; i++) {
		read_to_end(descriptors[i], answer, sizeof answer);
		ck_assert_msg(strncmp(answer, "HTTP/1.1 408 ", 13) == 0, "%s", answer);
	}
	end();
}
END_TEST

/* Who sends no more gives up its call, but who has asked for all is answered. */
START_TEST(half_a_connection_is_answered)
{
	char answer[512] = "";
	int descriptor;

	begin(NULL);
	descriptor = connect_slowly();
	say(descriptor, "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
	shutdown(descriptor, SHUT_WR);
	read_to_end(descriptor, answer, sizeof answer);
	ck_assert_msg(strncmp(answer, "HTTP/1.1 200 ", 13) == 0, "%s", answer);
	descriptor = connect_slowly();
	say(descriptor, "GET /health HTTP/1.1\r\nHost: loc");
	shutdown(descriptor, SHUT_WR);
	read_to_end(descriptor, answer, sizeof answer);
	ck_assert_msg(strncmp(answer, "HTTP/1.1 400 ", 13) == 0, "%s", answer);
	end();
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(requests_are_not_read_whose_answers_nobody_reads),
		TEST(lines_are_not_read_whose_answers_nobody_reads),
		TEST(a_reader_of_events_that_does_not_read_is_cut_off),
		TEST(a_listener_of_mcp_that_does_not_read_is_let_go), TEST(a_watcher_that_does_not_read_is_cut_off),
		TEST(half_a_request_is_not_waited_for_without_end), TEST(half_a_connection_is_answered) };

	return run_suite(&SUITE(cases, "slow clients"));
}
