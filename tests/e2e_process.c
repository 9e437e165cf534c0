/* e2e_process.c: the daemon as a process among others: what systemd tells it and is told, its signals, its log. */
#define _GNU_SOURCE
#include "daemon_kit.h"
#include "daemon_kit_clients.h"
#include "runner.h"

#include <arpa/inet.h>
#include <check.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE_MS = 20000, HIGH = 80, FIRST = 3 };

static struct test_daemon daemon_here;
static char notified[108]; /* path */
static int notices, handed[2];

/* ---- what it tells ----------------------------------------------------------------------------------------------- */

static void prepare(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	test_daemon_prepare(&daemon_here, NULL);
	snprintf(notified, sizeof notified, "%s/notify", daemon_here.dir);
	memcpy(address.sun_path, notified, strlen(notified) + 1);
	notices = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(notices, (struct sockaddr *)&address, sizeof address), 0);
}

static void clean(void)
{
	if (daemon_here.pid > 0)
		test_daemon_kill(&daemon_here);
	close(notices);
	test_daemon_clean(&daemon_here);
}

static void be_watched(void)
{
	char process[16];

	setenv("NOTIFY_SOCKET", notified, 1);
	setenv("WATCHDOG_USEC", "20000", 1);
	snprintf(process, sizeof process, "%d", (int)getpid());
	setenv("WATCHDOG_PID", process, 1);
}

/* The next notice that begins so; others are passed over. */
static const char *await_notice(const char *beginning)
{
	static char text[256];
	struct pollfd wait = { .fd = notices, .events = POLLIN };
	ssize_t size;

	do {
		ck_assert_msg(poll(&wait, 1, PATIENCE_MS) == 1, "%s was not told", beginning);
		size = recv(notices, text, sizeof text - 1, 0);
		text[size > 0 ? size : 0] = '\0';
	} while (strncmp(text, beginning, strlen(beginning)) != 0);
	return text;
}

START_TEST(systemd_is_told_how_far_it_is)
{
	struct timespec now;
	long long told;

	daemon_here.before = be_watched;
	test_daemon_start(&daemon_here);
	await_notice("READY=1");
	for (int i = 0; i < 3; i++)
		await_notice("WATCHDOG=1");
	clock_gettime(CLOCK_MONOTONIC, &now);
	kill(daemon_here.pid, SIGHUP);
	told = strtoll(await_notice("RELOADING=1\nMONOTONIC_USEC=") + strlen("RELOADING=1\nMONOTONIC_USEC="), NULL, 10);
	ck_assert_int_ge(told, (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	ck_assert_str_eq(await_notice("READY=1"), "READY=1");
	kill(daemon_here.pid, SIGTERM);
	await_notice("STOPPING=1");
	test_daemon_stop(&daemon_here);
}
END_TEST

static void be_watched_as_another(void)
{
	setenv("NOTIFY_SOCKET", notified, 1);
	setenv("WATCHDOG_USEC", "20000", 1);
	setenv("WATCHDOG_PID", "1", 1);
}

START_TEST(the_watchdog_of_another_process_is_left_alone)
{
	daemon_here.before = be_watched_as_another;
	test_daemon_start(&daemon_here);
	kill(daemon_here.pid, SIGHUP);
	for (const char *notice = ""; strcmp(notice, "READY=1") != 0;) {
		notice = await_notice("");
		ck_assert_str_ne(notice, "WATCHDOG=1");
	}
	test_daemon_stop(&daemon_here);
}
END_TEST

/* ---- its log ----------------------------------------------------------------------------------------------------- */

START_TEST(a_log_that_was_renamed_is_opened_again)
{
	char moved[96];

	test_daemon_start(&daemon_here);
	snprintf(moved, sizeof moved, "%s.1", daemon_here.log);
	ck_assert_int_eq(rename(daemon_here.log, moved), 0);
	kill(daemon_here.pid, SIGUSR1);
	test_wait_until(&daemon_here, test_log_says, "the log was opened again");
	test_daemon_stop(&daemon_here);
	ck_assert_uint_eq(test_log_count(&daemon_here, "stopping"), 1);
	ck_assert_uint_eq(test_log_count(&daemon_here, "the kernel is healthy"), 0);
	unlink(moved);
}
END_TEST

/* ---- sockets that it was started with ---------------------------------------------------------------------------- */

/* Descriptors of listening sockets: one on a port that is not known before, one at the control socket's path. */
static void make_sockets(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_un path = { .sun_family = AF_UNIX };
	char directory[96];
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&any, sizeof any), 0);
	ck_assert_int_eq(listen(fd, 8), 0);
	handed[0] = fcntl(fd, F_DUPFD_CLOEXEC, HIGH);
	close(fd);
	snprintf(directory, sizeof directory, "%s/run", daemon_here.dir);
	mkdir(directory, 0700);
	memcpy(path.sun_path, daemon_here.control, strlen(daemon_here.control) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&path, sizeof path), 0);
	ck_assert_int_eq(listen(fd, 8), 0);
	handed[1] = fcntl(fd, F_DUPFD_CLOEXEC, HIGH);
	close(fd);
}

static void hand_over(void)
{
	char process[16];

	dup2(handed[0], FIRST);
	dup2(handed[1], FIRST + 1);
	snprintf(process, sizeof process, "%d", (int)getpid());
	setenv("LISTEN_PID", process, 1);
	setenv("LISTEN_FDS", "2", 1);
	setenv("LISTEN_FDNAMES", "web:control", 1);
}

static int port_of(int fd)
{
	struct sockaddr_in bound = { .sin_port = 0 };
	socklen_t size = sizeof bound;

	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&bound, &size), 0);
	return ntohs(bound.sin_port);
}

static void expect_healthy(void)
{
	json_t *status = test_control(&daemon_here, "kernel.status", "{}", NULL);

	ck_assert_str_eq(json_string_value(json_object_get(status, "state")), "healthy");
	json_decref(status);
}

/* By its name, and by its address; a client that came before the daemon is served, and one of the next daemon. */
START_TEST(sockets_that_were_handed_over_are_listened_on)
{
	struct stat found;
	int early;

	make_sockets();
	test_daemon_configure(&daemon_here, "{\"http\":{\"listen\":[\"fd:web\"]}}", false);
	early = test_connect_path(daemon_here.control);
	ck_assert_int_ge(early, 0);
	daemon_here.before = hand_over;
	for (int i = 0; i < 2; i++) {
		test_daemon_start(&daemon_here);
		ck_assert_int_eq(daemon_here.port, port_of(handed[0]));
		expect_healthy();
		test_daemon_stop(&daemon_here);
		ck_assert_int_eq(stat(daemon_here.control, &found), 0);
		ck_assert_uint_eq(found.st_mode & 0777, 0660);
	}
	close(early);
	close(handed[0]);
	close(handed[1]);
}
END_TEST

/* A listener that goes and comes back is lent the same socket: who handed it over has it open all the time. */
START_TEST(a_socket_that_was_handed_over_is_lent_again)
{
	char given[96], other[64];

	make_sockets();
	snprintf(given, sizeof given, "{\"http\":{\"listen\":[\"127.0.0.1:%d\"]}}", port_of(handed[0]));
	snprintf(other, sizeof other, "{\"http\":{\"listen\":[\"127.0.0.1:0\"]}}");
	test_daemon_configure(&daemon_here, given, false);
	daemon_here.before = hand_over;
	test_daemon_start(&daemon_here);
	test_daemon_configure(&daemon_here, other, false);
	kill(daemon_here.pid, SIGHUP);
	test_daemon_configure(&daemon_here, given, false);
	kill(daemon_here.pid, SIGHUP);
	expect_healthy();
	test_daemon_stop(&daemon_here);
	close(handed[0]);
	close(handed[1]);
}
END_TEST

START_TEST(a_name_that_was_not_handed_over_is_told)
{
	test_daemon_configure(&daemon_here, "{\"http\":{\"listen\":[\"fd:nothing\"]}}", false);
	test_daemon_start(&daemon_here);
	test_wait_until(&daemon_here, test_log_says, "fd:nothing: the daemon was started with no socket of that name");
	test_daemon_stop(&daemon_here);
}
END_TEST

static void be_limited(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = 64;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* However few a shell gives it, as many as it may. */
START_TEST(the_limit_of_files_is_raised)
{
	struct rlimit own, limit;

	daemon_here.before = be_limited;
	test_daemon_start(&daemon_here);
	ck_assert_int_eq(prlimit(daemon_here.pid, RLIMIT_NOFILE, NULL, &limit), 0);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &own), 0);
	ck_assert_uint_eq(limit.rlim_cur, own.rlim_max);
	test_daemon_stop(&daemon_here);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = {
		TEST(systemd_is_told_how_far_it_is),
		TEST(the_watchdog_of_another_process_is_left_alone),
		TEST(a_log_that_was_renamed_is_opened_again),
		TEST(sockets_that_were_handed_over_are_listened_on),
		TEST(a_socket_that_was_handed_over_is_lent_again),
		TEST(a_name_that_was_not_handed_over_is_told),
		TEST(the_limit_of_files_is_raised),
	};

	return run_suite(&SUITE(cases, "process", .set_up = prepare, .tear_down = clean, .timeout = 60));
}
