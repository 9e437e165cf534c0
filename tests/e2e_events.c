/* e2e_events.c: the bus's events over HTTP by the real daemon: who may read them, what is narrowed, how a client goes
 * on after a restart of its own, and that one who never reads delays nobody and costs no memory. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "daemon_kit.h"
#include "daemon_kit_clients.h"
#include "runner.h"

/* The hashes of "swordfish", who may read events, and of "trout", who may not. */
static const char guarded[] =
	"{\"auth\":{\"tokens\":{\"ada\":{\"sha256\":\"b9f195c5cc7ef6afadbfbc42892ad47d3b24c6bc94bb510c4564a90a14e8b799\","
	"\"roles\":[\"reader\"]},"
	"\"bob\":{\"sha256\":\"d2dbacce3e851bf99053241e00ac5398bf17b61e228900dd22af0c5528c0e90b\"}},"
	"\"roles\":{\"reader\":[\"events.read\"]}}}";
#define ADA "Authorization: Bearer swordfish\r\n"
#define BOB "Authorization: Bearer trout\r\n"

static struct test_daemon served;

static void set_up(void)
{
	test_daemon_prepare(&served, guarded);
	test_daemon_start(&served);
}

static void tear_down(void)
{
	test_daemon_stop(&served);
	test_daemon_clean(&served);
}

/* A client of /events, and what it has read. */
struct reader {
	int fd;
	size_t size;
	char text[1 << 18];
};

static struct reader one, other;

static void reader_open(struct reader *reader, const char *query, const char *fields)
{
	const struct timeval patience = { .tv_sec = 20 };
	char request[512];
	int size =
		snprintf(request, sizeof request, "GET /events%s HTTP/1.1\r\nHost: localhost\r\n%s\r\n", query, fields);

	reader->size = 0;
	reader->text[0] = '\0';
	reader->fd = test_connect_port(served.port);
	ck_assert_int_ge(reader->fd, 0);
	ck_assert_int_eq(setsockopt(reader->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
	ck_assert_int_eq(write(reader->fd, request, (size_t)size), size);
}

/* Reads until a text has come; what there is no room for is forgotten, but for the latest. */
static void reader_wait(struct reader *reader, const char *text)
{
	while (!strstr(reader->text, text)) {
		ssize_t count;

		if (reader->size > sizeof reader->text / 2) {
			memmove(reader->text, reader->text + reader->size - 1000, 1000);
			reader->size = 1000;
		}
		count = read(reader->fd, reader->text + reader->size, sizeof reader->text - reader->size - 1);
		ck_assert_msg(count > 0, "'%s' does not come: %.600s", text, reader->text);
		reader->size += (size_t)count;
		reader->text[reader->size] = '\0';
	}
}

static void publish(const char *type, const char *text)
{
	size_t size = strlen(text) + 200;
	char *params = malloc(size);

	ck_assert_ptr_nonnull(params);
	snprintf(params, size, "{\"type\":\"%s\",\"data\":{\"text\":\"%s\"}}", type, text);
	json_decref(test_control(&served, "event.publish", params, NULL));
	free(params);
}

static void status_is(const char *fields, const char *status)
{
	reader_open(&one, "", fields);
	reader_wait(&one, "\r\n\r\n");
	ck_assert_msg(strncmp(one.text, status, strlen(status)) == 0, "%s", one.text);
	close(one.fd);
}

/* R-PR-4 */
START_TEST(who_may_reads)
{
	status_is("", "HTTP/1.1 401 ");
	ck_assert_ptr_nonnull(strstr(one.text, "WWW-Authenticate: Bearer"));
	status_is("Authorization: Bearer pike\r\n", "HTTP/1.1 401 ");
	status_is(BOB, "HTTP/1.1 403 ");
	status_is(ADA, "HTTP/1.1 200 ");
	ck_assert_ptr_nonnull(strstr(one.text, "Content-Type: text/event-stream\r\n"));
}
END_TEST

/* A runnable in a worker thread publishes for the call that it runs for. */
START_TEST(an_event_of_a_worker_names_its_trace)
{
	static const char call[] = "POST /api/v1/counter/increment_in_worker HTTP/1.1\r\nHost: localhost\r\n"
				   "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n"
				   "Content-Type: application/json\r\nContent-Length: 8\r\n\r\n{\"by\":1}";
	int fd;

	test_daemon_drop(&served, "counter", "counter", 0);
	test_wait_until(&served, test_is_callable, "counter/get");
	reader_open(&one, "?pattern=counter.add", ADA);
	reader_wait(&one, "\r\n\r\n");
	fd = test_connect_port(served.port);
	ck_assert_int_eq(write(fd, call, sizeof call - 1), (int)sizeof call - 1);
	reader_wait(&one, "\"data\":{\"by\":1}");
	reader_wait(&one, "\"trace_id\":\"0af7651916cd43dd8448eb211c80319c\"");
	close(fd);
	close(one.fd);
}
END_TEST

START_TEST(a_pattern_narrows)
{
	reader_open(&one, "?pattern=orders.*", ADA);
	reader_wait(&one, "\r\n\r\n");
	publish("letters.new", "first");
	publish("orders.new", "second");
	reader_wait(&one, "second");
	ck_assert_ptr_nonnull(strstr(one.text, "\"type\":\"orders.new\""));
	ck_assert_ptr_null(strstr(one.text, "first"));
	close(one.fd);
}
END_TEST

/* The field that goes on behind the latest event that was read. */
static const char *after(const struct reader *reader)
{
	static char field[100];
	const char *at = reader->text, *id = NULL;

	while ((at = strstr(at, "\nid: ")))
		id = at += 5;
	ck_assert_ptr_nonnull(id);
	snprintf(field, sizeof field, ADA "Last-Event-ID: %.*s\r\n", (int)strcspn(id, "\r\n"), id);
	return field;
}

START_TEST(a_client_that_comes_back_has_missed_nothing)
{
	reader_open(&one, "?pattern=orders.*", ADA);
	reader_wait(&one, "\r\n\r\n");
	publish("orders.new", "zero");
	publish("orders.new", "first");
	reader_wait(&one, "first");
	close(one.fd);
	publish("orders.new", "second");
	publish("orders.new", "third");
	reader_open(&other, "?pattern=orders.*", after(&one));
	reader_wait(&other, "third");
	publish("orders.new", "fourth");
	reader_wait(&other, "fourth");
	ck_assert_ptr_nonnull(strstr(other.text, "second"));
	ck_assert_ptr_null(strstr(other.text, "first"));
	ck_assert_ptr_null(strstr(other.text, "event: missed"));
	close(other.fd);
}
END_TEST

/* Kilobytes of memory that the daemon has. */
static unsigned long memory(void)
{
	char path[40], line[256];
	unsigned long kilobytes = 0;
	FILE *file;

	snprintf(path, sizeof path, "/proc/%d/status", (int)served.pid);
	file = fopen(path, "re");
	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof line, file))
		if (strncmp(line, "VmRSS:", 6) == 0)
			kilobytes = strtoul(line + 6, NULL, 10);
	fclose(file);
	return kilobytes;
}

/* 20 MiB of events pass by a client that takes none of them: who reads has each at once. */
START_TEST(a_client_that_never_reads_delays_nobody)
{
	enum { EVENTS = 400, SIZE = 50000, ALLOWED = 12288 };
	char *text = malloc(SIZE + 1), mark[40];
	unsigned long before;

	ck_assert_ptr_nonnull(text);
	memset(text, 'x', SIZE);
	text[SIZE] = '\0';
	reader_open(&one, "", ADA);
	reader_open(&other, "", ADA);
	reader_wait(&other, "\r\n\r\n");
	publish("flood", text);
	before = memory();
	ck_assert_uint_gt(before, 0);
	for (int i = 0; i < EVENTS; i++) {
		snprintf(mark, sizeof mark, "event %d of many", i);
		publish("flood", text);
		publish("mark", mark);
		reader_wait(&other, mark);
	}
#if !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__
	ck_assert_uint_le(memory(), before + ALLOWED);
#endif
	reader_wait(&one, "event: missed");
	close(one.fd);
	close(other.fd);
	free(text);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(who_may_reads), TEST(an_event_of_a_worker_names_its_trace),
		TEST(a_pattern_narrows), TEST(a_client_that_comes_back_has_missed_nothing),
		TEST(a_client_that_never_reads_delays_nobody) };

	return run_suite(&SUITE(cases, "events", .set_up = set_up, .tear_down = tear_down, .timeout = 120));
}
