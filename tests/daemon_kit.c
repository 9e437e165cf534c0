/* daemon_kit.c: a daemon of its own for an end-to-end test. */
#define _GNU_SOURCE
#include "daemon_kit.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "daemon_kit_clients.h"

enum { HIGH_DESCRIPTOR = 64, READY_MS = 60000, PATIENCE_MS = 20000, END_MS = 60000 };

int64_t test_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	ck_assert_msg(file != NULL, "cannot write %s: %s", path, strerror(errno));
	fputs(text, file);
	ck_assert_int_eq(fclose(file), 0);
}

/* The test's configuration, with a port that the system chooses. */
static char *with_listen_new(const char *configuration)
{
	json_t *tree = json_loads(configuration ? configuration : "{}", 0, NULL);
	json_t *http;
	char *text;

	ck_assert_msg(tree != NULL, "the test's configuration is not JSON: %s", configuration);
	http = json_object_get(tree, "http");
	if (!http) {
		http = json_object();
		json_object_set_new(tree, "http", http);
	}
	if (!json_object_get(http, "listen"))
		json_object_set_new(http, "listen", json_pack("[s]", "127.0.0.1:0"));
	text = json_dumps(tree, JSON_INDENT(1));
	json_decref(tree);
	return text;
}

void test_daemon_prepare(struct test_daemon *daemon, const char *configuration)
{
	const char *place = getenv("TMPDIR");
	char *text = with_listen_new(configuration);

	memset(daemon, 0, sizeof *daemon);
	snprintf(daemon->dir, sizeof daemon->dir, "%s/sp-XXXXXX", place && strlen(place) < 32 ? place : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(daemon->dir));
	snprintf(daemon->plugins, sizeof daemon->plugins, "%s/plugins", daemon->dir);
	snprintf(daemon->configuration, sizeof daemon->configuration, "%s/signalpyd.json", daemon->dir);
	snprintf(daemon->control, sizeof daemon->control, "%s/run/control.sock", daemon->dir);
	snprintf(daemon->log, sizeof daemon->log, "%s/log", daemon->dir);
	ck_assert_int_eq(mkdir(daemon->plugins, 0755), 0);
	write_file(daemon->configuration, text);
	free(text);
}

static void run_daemon(const struct test_daemon *daemon, int ready)
{
	char state[96], runtime[96], descriptor[16];
	int log = open(daemon->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

	snprintf(state, sizeof state, "%s/state", daemon->dir);
	snprintf(runtime, sizeof runtime, "%s/run", daemon->dir);
	snprintf(descriptor, sizeof descriptor, "%d", fcntl(ready, F_DUPFD, HIGH_DESCRIPTOR));
	close(ready);
	dup2(log, STDERR_FILENO);
	dup2(log, STDOUT_FILENO);
	if (daemon->before)
		daemon->before();
	execl(TEST_BUILD_DIR "/bin/signalpyd", "signalpyd", "-c", daemon->configuration, "--state-dir", state,
		"--runtime-dir", runtime, "--plugin-dir", TEST_BUILD_DIR "/lib/signalpy/plugins", "--plugin-dir",
		daemon->plugins, "--ready-fd", descriptor, (char *)NULL);
	_exit(127);
}

static void print_log(const struct test_daemon *daemon)
{
	char *text = test_file_new(daemon->log);

	fprintf(stderr, "---- the daemon's log:\n%s----\n", text ? text : "");
	free(text);
}

static void read_ready_line(struct test_daemon *daemon, int descriptor)
{
	char line[1024] = "";
	struct pollfd wait = { .fd = descriptor, .events = POLLIN };
	ssize_t got = poll(&wait, 1, READY_MS) > 0 ? read(descriptor, line, sizeof line - 1) : -1;
	json_t *ready;
	const char *address;

	if (got <= 0) {
		print_log(daemon);
		ck_abort_msg("the daemon did not get ready");
	}
	ready = json_loads(line, 0, NULL);
	ck_assert_msg(ready != NULL, "not a ready line: %s", line);
	address = json_string_value(json_array_get(json_object_get(ready, "http"), 0));
	daemon->port = address ? (int)strtol(strrchr(address, ':') + 1, NULL, 10) : 0;
	json_decref(ready);
}

void test_daemon_start(struct test_daemon *daemon)
{
	int ready[2];

	ck_assert_int_eq(pipe(ready), 0);
	fcntl(ready[0], F_SETFD, FD_CLOEXEC);
	daemon->pid = fork();
	ck_assert_int_ge(daemon->pid, 0);
	if (daemon->pid == 0)
		run_daemon(daemon, ready[1]);
	close(ready[1]);
	read_ready_line(daemon, ready[0]);
	close(ready[0]);
}

static int end(struct test_daemon *daemon, int number)
{
	int64_t until = test_now_ms() + END_MS;
	int status = 0;

	kill(daemon->pid, number);
	while (waitpid(daemon->pid, &status, WNOHANG) == 0) {
		if (test_now_ms() > until) {
			kill(daemon->pid, SIGKILL);
			print_log(daemon);
			ck_abort_msg("the daemon did not end");
		}
		poll(NULL, 0, 5);
	}
	daemon->pid = 0;
	return status;
}

void test_daemon_stop(struct test_daemon *daemon)
{
	int status = end(daemon, SIGTERM);

	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		print_log(daemon);
		ck_abort_msg("the daemon ended with wait status %d", status);
	}
}

void test_daemon_kill(struct test_daemon *daemon)
{
	end(daemon, SIGKILL);
}

static int remove_one(const char *path, const struct stat *about, int type, struct FTW *at)
{
	(void)about;
	(void)type;
	(void)at;
	return remove(path);
}

void test_daemon_clean(struct test_daemon *daemon)
{
	ck_assert_int_eq(nftw(daemon->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

static void copy_file(const char *from, const char *to, unsigned extra)
{
	char block[65536];
	int in = open(from, O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	ssize_t got;

	ck_assert_msg(in >= 0 && out >= 0, "cannot copy %s to %s", from, to);
	while ((got = read(in, block, sizeof block)) > 0)
		ck_assert_int_eq(write(out, block, (size_t)got), got);
	if (extra)
		ck_assert_int_eq(write(out, &extra, sizeof extra), sizeof extra);
	close(in);
	close(out);
}

static void drop(struct test_daemon *daemon, const char *from, const char *to, unsigned extra)
{
	char hidden[160], path[160];

	snprintf(hidden, sizeof hidden, "%s/.%s.so", daemon->plugins, to);
	snprintf(path, sizeof path, "%s/%s.so", daemon->plugins, to);
	copy_file(from, hidden, extra);
	ck_assert_int_eq(rename(hidden, path), 0);
}

void test_daemon_drop(struct test_daemon *daemon, const char *name, const char *to, unsigned extra)
{
	char from[512];

	snprintf(from, sizeof from, TEST_BUILD_DIR "/lib/signalpy/examples/%s.so", name);
	drop(daemon, from, to, extra);
}

void test_daemon_drop_fixture(struct test_daemon *daemon, const char *name, const char *to)
{
	char from[512];

	snprintf(from, sizeof from, TEST_BUILD_DIR "/tests/fixtures/%s.so", name);
	drop(daemon, from, to, 0);
}

void test_daemon_cut_off(struct test_daemon *daemon, const char *name, off_t size)
{
	char path[160];
	int descriptor;

	snprintf(path, sizeof path, "%s/%s.so", daemon->plugins, name);
	descriptor = open(path, O_WRONLY | O_CLOEXEC);
	ck_assert_int_eq(ftruncate(descriptor, size), 0);
	close(descriptor);
}

void test_daemon_take_away(struct test_daemon *daemon, const char *name)
{
	char path[160];

	snprintf(path, sizeof path, "%s/%s.so", daemon->plugins, name);
	ck_assert_int_eq(unlink(path), 0);
}

void test_daemon_configure(struct test_daemon *daemon, const char *configuration, bool in_place)
{
	char aside[128];

	if (in_place) {
		write_file(daemon->configuration, configuration);
		return;
	}
	snprintf(aside, sizeof aside, "%s/aside.json", daemon->dir);
	write_file(aside, configuration);
	ck_assert_int_eq(rename(aside, daemon->configuration), 0);
}

int64_t test_wait_until(const struct test_daemon *daemon,
	bool (*ask)(const struct test_daemon *daemon, const void *user), const void *user)
{
	int64_t begun = test_now_ms();

	while (!ask(daemon, user)) {
		if (test_now_ms() - begun > PATIENCE_MS) {
			print_log(daemon);
			ck_abort_msg("waited in vain for %s", (const char *)user);
		}
		poll(NULL, 0, 2);
	}
	return test_now_ms() - begun;
}

bool test_is_callable(const struct test_daemon *daemon, const void *path)
{
	json_t *body = NULL;
	int status = test_http_call(daemon, path, "{}", &body);

	json_decref(body);
	return status == 200;
}

bool test_is_not_callable(const struct test_daemon *daemon, const void *path)
{
	return !test_is_callable(daemon, path);
}

unsigned test_log_count(const struct test_daemon *daemon, const char *text)
{
	char *log = test_file_new(daemon->log);
	unsigned count = 0;

	for (const char *at = log; at && (at = strstr(at, text)) != NULL; at += strlen(text))
		count++;
	free(log);
	return count;
}

bool test_log_says(const struct test_daemon *daemon, const void *text)
{
	return test_log_count(daemon, text) > 0;
}
