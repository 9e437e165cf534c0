/*
 * e2e_storage.c: the plugin storage in a real daemon, through the example notebook (R-PR-1, R-PR-3): what was answered
 * is there after SIGKILL and after a replacement, and where it is kept does not change under way.
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon_kit.h"
#include "mcp_kit.h"
#include "mcp_transcript.h"
#include "runner.h"

enum { WRITERS = 8, ENOUGH = 400, REPLACEMENTS = 8, BETWEEN = 60 };

static struct test_daemon host;

/* Writes one note after the other, of which each says its number, and its latest number under one more title. */
struct writer {
	pthread_t thread;
	int index;
	long answered; /* notes below this one were answered */
	char failure[512];
};

static struct writer writers[WRITERS];
static atomic_bool stop;
static atomic_long answered;

static void begin(void)
{
	test_daemon_prepare(&host, NULL);
	test_daemon_drop(&host, "notebook", "notebook", 0);
	test_daemon_start(&host);
	test_wait_until(&host, test_is_callable, "notebook/list");
}

static void end(void)
{
	test_daemon_stop(&host);
	test_daemon_clean(&host);
}

/* Posts to the notebook; whether it answered 200. What it answered else is kept in failure. */
static bool post(const char *request, char *failure, size_t size)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)host.port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char answer[512] = "no answer";
	ssize_t got = -1;

	if (connect(fd, (const struct sockaddr *)&to, sizeof to) == 0 &&
		send(fd, request, strlen(request), MSG_NOSIGNAL) > 0)
		got = recv(fd, answer, sizeof answer - 1, 0);
	if (got > 0)
		answer[got] = '\0';
	close(fd);
	snprintf(failure, size, "%s", answer);
	return strncmp(answer, "HTTP/1.1 200", 12) == 0;
}

static bool write_note(const char *title, long number, char *failure, size_t size)
{
	char body[96], request[256];

	snprintf(body, sizeof body, "{\"title\":\"%s\",\"text\":\"%ld\"}", title, number);
	snprintf(request, sizeof request,
		"POST /api/v1/notebook/write HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
		"Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
		strlen(body), body);
	return post(request, failure, size);
}

static void *write_on(void *user)
{
	struct writer *writer = user;
	char title[32], latest[32];

	snprintf(latest, sizeof latest, "latest-%d", writer->index);
	while (!stop) {
		snprintf(title, sizeof title, "note-%d-%ld", writer->index, writer->answered);
		if (!write_note(title, writer->answered, writer->failure, sizeof writer->failure) ||
			!write_note(latest, writer->answered, writer->failure, sizeof writer->failure))
			break;
		writer->answered++;
		answered++;
	}
	return NULL;
}

static void begin_writing(void)
{
	for (int i = 0; i < WRITERS; i++) {
		writers[i].index = i;
		ck_assert_int_eq(pthread_create(&writers[i].thread, NULL, write_on, &writers[i]), 0);
	}
}

static void end_writing(void)
{
	stop = true;
	for (int i = 0; i < WRITERS; i++)
		pthread_join(writers[i].thread, NULL);
}

static bool are_answered(const struct test_daemon *daemon, const void *count)
{
	(void)daemon;
	return answered >= *(const long *)count;
}

static void wait_for(long count)
{
	test_wait_until(&host, are_answered, &count);
}

/* What a note says; -1 when it is not there. */
static long read_note(const char *title)
{
	char body[64];
	json_t *answer;
	const char *text;
	long number = -1;

	snprintf(body, sizeof body, "{\"title\":\"%s\"}", title);
	if (test_http_call(&host, "notebook/read", body, &answer) == 200) {
		text = json_string_value(json_object_get(json_object_get(answer, "data"), "text"));
		number = text ? strtol(text, NULL, 10) : -1;
	}
	json_decref(answer);
	return number;
}

static void expect_everything(void)
{
	char title[48];

	for (int i = 0; i < WRITERS; i++) {
		for (long number = 0; number < writers[i].answered; number++) {
			snprintf(title, sizeof title, "note-%d-%ld", i, number);
			ck_assert_msg(read_note(title) == number, "%s is lost", title);
		}
		snprintf(title, sizeof title, "latest-%d", i);
		ck_assert_int_ge(read_note(title),
			writers[i].answered - 1); /* one more may have come without its answer */
	}
}

START_TEST(what_was_answered_is_there_after_a_kill) /* R-PR-3 */
{
	begin_writing();
	wait_for(ENOUGH);
	test_daemon_kill(&host);
	end_writing();
	test_daemon_start(&host);
	test_wait_until(&host, test_is_callable, "notebook/list");
	expect_everything();
}
END_TEST

static void update(unsigned version)
{
	char command[1024], path[128];

	snprintf(path, sizeof path, "%s/storage-%u.so", host.dir, version);
	snprintf(command, sizeof command, "cp %s/lib/signalpy/plugins/storage.so %s && echo %u >>%s", TEST_BUILD_DIR,
		path, version, path);
	ck_assert_int_eq(system(command), 0);
	ck_assert_msg(test_signalctl(&host, (const char *[]){ "plugin", "update", "storage", path, NULL }) == 0, "%s",
		test_signalctl_output());
}

/* Requests to the former version and the next keep their order, and none fails. */
START_TEST(a_replacement_under_load_loses_nothing) /* R-PL-5, R-PR-3 */
{
	begin_writing();
	for (unsigned i = 0; i < REPLACEMENTS; i++) {
		wait_for(answered + BETWEEN);
		update(i);
	}
	wait_for(answered + BETWEEN);
	end_writing();
	for (int i = 0; i < WRITERS; i++)
		ck_assert_msg(strncmp(writers[i].failure, "HTTP/1.1 200", 12) == 0, "%s", writers[i].failure);
	expect_everything();
}
END_TEST

static void expect(int code, const char **words, const char *told)
{
	ck_assert_msg(test_signalctl(&host, words) == code, "%s", test_signalctl_output());
	ck_assert_msg(strstr(test_signalctl_output(), told) != NULL, "%s", test_signalctl_output());
}

START_TEST(the_file_does_not_change_while_it_is_in_use)
{
	char path[128];

	snprintf(path, sizeof path, "%s/other.db", host.dir);
	expect(0, (const char *[]){ "call", "notebook.write", "--title", "milk", "--text", "two", NULL }, "");
	expect(6, (const char *[]){ "config", "set", "components.storage.path", path, NULL },
		"/state/storage.db is in use, and another file would not have what was kept");
	expect(0, (const char *[]){ "call", "notebook.read", "--title", "milk", NULL }, "two");
	snprintf(path, sizeof path, "%s/state/storage.db", host.dir);
	expect(0, (const char *[]){ "config", "set", "components.storage.path", path, NULL }, "");
	expect(0, (const char *[]){ "call", "notebook.read", "--title", "milk", NULL }, "two");
}
END_TEST

static bool shows(const struct test_daemon *daemon, const void *text)
{
	test_signalctl(daemon, (const char *[]){ "component", "show", "storage", NULL });
	return strstr(test_signalctl_output(), text) != NULL;
}

/* Told where and why; who needs storage waits, until the setting is right. */
START_TEST(a_place_that_cannot_be_written_is_told)
{
	char path[128];

	test_daemon_stop(&host);
	test_daemon_configure(&host,
		"{\"components\":{\"storage\":{\"path\":\"/proc/no/storage.db\"}},\"http\":{\"listen\":[\"127.0.0.1:0\"]}}",
		false);
	test_daemon_start(&host);
	test_wait_until(&host, shows, "/proc/no/storage.db: unable to open");
	expect(0, (const char *[]){ "status", NULL }, "signalpy.storage");
	snprintf(path, sizeof path, "%s/kept.db", host.dir);
	expect(0, (const char *[]){ "config", "set", "components.storage.path", path, NULL }, "");
	test_wait_until(&host, test_is_callable, "notebook/list");
}
END_TEST

/* What the tool of the component answers a client of MCP that names a target. */
static void expect_tool(const char *target, const char *path, const char *text)
{
	char meta[64];
	json_t *message;

	snprintf(meta, sizeof meta, "{\"signalpy/target\":\"%s\"}", target);
	message = mcp_modern_call(&host, "tools/call",
		"{\"name\":\"notebook_read\",\"arguments\":{\"title\":\"milk\"}}", meta);
	ck_assert_msg(mcp_text_at(message, path) && strstr(mcp_text_at(message, path), text), "%s is not in %s", text,
		json_dumps(message, 0));
	json_decref(message);
}

/* R-PR-1, R-RN-7: two notebooks with notes of their own; a target picks one by its owner. */
START_TEST(each_instance_has_its_own)
{
	char failure[512];

	test_daemon_configure(&host,
		"{\"http\":{\"listen\":[\"127.0.0.1:0\"]},\"instances\":{\"notebook\":false,"
		"\"ann\":{\"component\":\"notebook\",\"properties\":{\"owner\":\"Ann\"}},"
		"\"ben\":{\"component\":\"notebook\",\"properties\":{\"owner\":\"Ben\"}}}}",
		false);
	test_wait_until(&host, test_is_callable, "ben/list");
	expect(0, (const char *[]){ "call", "ann.write", "--title", "milk", "--text", "two", NULL }, "");
	expect(0, (const char *[]){ "call", "--target", "Ann", "notebook.read", "--title", "milk", NULL }, "two");
	expect(5, (const char *[]){ "call", "--target", "Ben", "notebook.read", "--title", "milk", NULL },
		"nothing is stored under this key");
	expect(5, (const char *[]){ "call", "--target", "Cat", "notebook.read", "--title", "milk", NULL },
		"no instance of component notebook has the owner 'Cat'");
	ck_assert_msg(post("POST /api/v1/notebook/list HTTP/1.1\r\nHost: localhost\r\nSignalpy-Target: Ann\r\n"
			   "Connection: close\r\n\r\n",
			      failure, sizeof failure),
		"%s", failure);
	ck_assert_ptr_nonnull(strstr(failure, "{\"titles\":[\"milk\"]}"));
	expect_tool("Ann", "result.structuredContent.text", "two");
	expect_tool("Cat", "error.message", "no instance of component notebook has the owner 'Cat'");
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(what_was_answered_is_there_after_a_kill),
		TEST(a_replacement_under_load_loses_nothing), TEST(the_file_does_not_change_while_it_is_in_use),
		TEST(a_place_that_cannot_be_written_is_told), TEST(each_instance_has_its_own) };

	return mcp_run_suite(&SUITE(cases, "storage", .set_up = begin, .tear_down = end, .timeout = 120));
}
