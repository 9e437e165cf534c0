/* signalctl_kit.c: a daemon that says what the test wants, and signalctl before it. */
#include "signalctl_kit.h"

#include <check.h>
#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <pty.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORDS_MAX = 12 };

struct signalctl_kit ctl;

static int listener;
static pthread_t thread;

/* ---- the daemon -------------------------------------------------------------------------------------------------- */

static const struct reply *find_reply(const char *method)
{
	const struct reply *reply = ctl.replies;

	while (reply->method && strcmp(reply->method, method) != 0)
		reply++;
	return reply->method ? reply : NULL;
}

static void note(const char *method, const json_t *params)
{
	char *text = params ? json_dumps(params, JSON_COMPACT) : strdup("-");
	size_t used = strlen(ctl.asked);

	snprintf(ctl.asked + used, sizeof ctl.asked - used, "%s %s\n", method, text);
	free(text);
}

/* Answers one line; false ends the connection. Who watches the trace has seen all of it. */
static bool answer(FILE *stream, const char *line)
{
	json_t *request = json_loads(line, 0, NULL);
	const char *method = json_string_value(json_object_get(request, "method"));
	const struct reply *reply = find_reply(method);

	note(method, json_object_get(request, "params"));
	if (reply && reply->before)
		fprintf(stream, "%s\n", reply->before);
	if (reply)
		fprintf(stream, "{\"jsonrpc\":\"2.0\",\"id\":%lld,%s}\n",
			(long long)json_integer_value(json_object_get(request, "id")), reply->members);
	fflush(stream);
	json_decref(request);
	return reply && strcmp(reply->method, "graph.watch") != 0 && --ctl.patience != 0;
}

static void *serve(void *unused)
{
	int fd;

	(void)unused;
	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		FILE *in = fdopen(fd, "r"), *out = fdopen(dup(fd), "w");
		char line[4096];

		while (fgets(line, sizeof line, in) && answer(out, line))
			continue;
		fclose(in);
		fclose(out);
	}
	return NULL;
}

void ctl_serve(const struct reply *replies)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	ctl.replies = replies;
	snprintf(address.sun_path, sizeof address.sun_path, "%s", ctl.path);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
	ck_assert_int_eq(listen(listener, 8), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, serve, NULL), 0);
}

void ctl_stop(void)
{
	shutdown(listener, SHUT_RDWR);
	pthread_join(thread, NULL);
	close(listener);
	unlink(ctl.path);
}

/* ---- the program ------------------------------------------------------------------------------------------------- */

void ctl_open(void)
{
	const char *parent = getenv("TMPDIR");

	snprintf(ctl.directory, sizeof ctl.directory, "%.40s/ctl-XXXXXX",
		parent && strlen(parent) < 40 ? parent : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(ctl.directory));
	snprintf(ctl.path, sizeof ctl.path, "%s/socket", ctl.directory);
	ctl.asked[0] = '\0';
}

void ctl_close(void)
{
	unlink(ctl.path);
	rmdir(ctl.directory);
}

static void read_file(FILE *file, char *text)
{
	rewind(file);
	text[fread(text, 1, CTL_OUTPUT - 1, file)] = '\0';
	fclose(file);
}

_Noreturn static void become(const char *words, FILE *in, FILE *out, FILE *err)
{
	char *arguments[WORDS_MAX + 2] = { "signalctl" };
	char copy[512], *rest = copy;
	int count = 1;

	snprintf(copy, sizeof copy, "%s", words);
	while (count <= WORDS_MAX && (arguments[count] = strsep(&rest, "|")) != NULL)
		count++;
	dup2(fileno(in), STDIN_FILENO);
	dup2(fileno(out), STDOUT_FILENO);
	dup2(fileno(err), STDERR_FILENO);
	setenv("SIGNALPY_SOCKET", ctl.path, 1);
	execv(TEST_BUILD_DIR "/bin/signalctl", arguments);
	_exit(99);
}

void ctl_run_with_input(const char *words, const char *input)
{
	FILE *in = tmpfile(), *out = tmpfile(), *err = tmpfile();
	int status;
	pid_t child;

	fputs(input, in);
	rewind(in);
	child = fork();
	if (child == 0)
		become(words, in, out, err);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	ctl.code = WEXITSTATUS(status);
	ck_assert_int_ne(ctl.code, 99);
	fclose(in);
	read_file(out, ctl.out);
	read_file(err, ctl.err);
}

void ctl_run(const char *words, const struct reply *replies)
{
	if (replies)
		ctl_serve(replies);
	ctl_run_with_input(words, "");
	if (replies)
		ctl_stop();
}

/* What comes out of a terminal until nobody has its other end any more. */
static void read_terminal(int terminal)
{
	size_t size = 0;
	ssize_t got;

	while ((got = read(terminal, ctl.out + size, CTL_OUTPUT - 1 - size)) > 0)
		size += (size_t)got;
	ctl.out[size] = '\0';
}

void ctl_run_on_terminal(const char *words, const struct reply *replies, unsigned short columns)
{
	struct winsize window = { .ws_col = columns, .ws_row = 40 };
	int terminal, other, status;
	pid_t child;

	ck_assert_int_eq(openpty(&terminal, &other, NULL, NULL, &window), 0);
	ck_assert_int_eq(fcntl(terminal, F_SETFD, FD_CLOEXEC), 0);
	ctl_serve(replies);
	child = fork();
	if (child == 0) {
		FILE *end = fdopen(other, "r+");

		become(words, end, end, end);
	}
	close(other);
	read_terminal(terminal);
	close(terminal);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	ctl.code = WEXITSTATUS(status);
	ctl_stop();
}
