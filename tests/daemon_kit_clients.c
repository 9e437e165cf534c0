/* daemon_kit_clients.c: the small clients of daemon_kit: HTTP, the control socket, signalctl. */
#define _GNU_SOURCE
#include "daemon_kit_clients.h"

#include <arpa/inet.h>
#include <check.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon_kit.h"

enum { ARGUMENTS_MOST = 12 };

static char *output;

char *test_file_new(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = NULL;
	size_t room = 0;

	if (!file)
		return NULL;
	if (getdelim(&text, &room, '\0', file) < 0) {
		free(text);
		text = NULL;
	}
	fclose(file);
	return text;
}

int test_connect_port(int port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connect(descriptor, (const struct sockaddr *)&to, sizeof to) == 0)
		return descriptor;
	close(descriptor);
	return -1;
}

int test_connect_path(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(to.sun_path, sizeof to.sun_path, "%s", path);
	if (connect(descriptor, (const struct sockaddr *)&to, sizeof to) == 0)
		return descriptor;
	close(descriptor);
	return -1;
}

/* Sends text and reads until the peer closes, or, with line, to the end of the first line. */
static char *exchange_new(int descriptor, const char *text, bool line)
{
	size_t used = 0, room = 65536;
	char *answer = malloc(room);
	ssize_t got;

	ck_assert_int_eq(send(descriptor, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
	while ((got = read(descriptor, answer + used, room - used - 1)) > 0) {
		used += (size_t)got;
		if (line && memchr(answer, '\n', used))
			break;
		if (room - used < 4096) {
			char *wider = realloc(answer, room *= 2);

			ck_assert_ptr_nonnull(wider);
			answer = wider;
		}
	}
	answer[used] = '\0';
	close(descriptor);
	return answer;
}

int test_http_call(const struct test_daemon *daemon, const char *path, const char *body, json_t **ret_body)
{
	int descriptor = test_connect_port(daemon->port), status = 0;
	char *request = NULL, *answer;
	const char *begins;

	*ret_body = NULL;
	if (descriptor < 0)
		return 0;
	ck_assert_int_gt(asprintf(&request,
				 "POST /api/v1/%s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
				 "Connection: close\r\nContent-Length: %zu\r\n\r\n%s",
				 path, strlen(body), body),
		0);
	answer = exchange_new(descriptor, request, false);
	if (strncmp(answer, "HTTP/1.1 ", 9) == 0)
		status = (int)strtol(answer + 9, NULL, 10);
	begins = strstr(answer, "\r\n\r\n");
	if (begins)
		*ret_body = json_loads(begins + 4, 0, NULL);
	free(request);
	free(answer);
	return status;
}

json_t *test_control(const struct test_daemon *daemon, const char *method, const char *params, const char **ret_code)
{
	static char code[64];
	int descriptor = test_connect_path(daemon->control);
	char *request = NULL, *answer;
	const char *word;
	json_t *message, *result;

	ck_assert_int_ge(descriptor, 0);
	ck_assert_int_gt(asprintf(&request, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":%s}\n", method,
				 params ? params : "{}"),
		0);
	answer = exchange_new(descriptor, request, true);
	message = json_loads(answer, 0, NULL);
	ck_assert_msg(message != NULL, "not JSON: %s", answer);
	result = json_incref(json_object_get(message, "result"));
	word = json_string_value(json_object_get(json_object_get(json_object_get(message, "error"), "data"), "code"));
	snprintf(code, sizeof code, "%s", word ? word : "");
	if (ret_code)
		*ret_code = code;
	json_decref(message);
	free(request);
	free(answer);
	return result;
}

static void run_signalctl(const struct test_daemon *daemon, const char *arguments[], int descriptor)
{
	const char *all[ARGUMENTS_MOST] = { "signalctl", "-s", daemon->control };
	size_t count = 3;

	while (*arguments && count < ARGUMENTS_MOST - 1)
		all[count++] = *arguments++;
	dup2(descriptor, STDOUT_FILENO);
	dup2(descriptor, STDERR_FILENO);
	execv(TEST_BUILD_DIR "/bin/signalctl", (char *const *)all);
	_exit(127);
}

int test_signalctl(const struct test_daemon *daemon, const char *arguments[])
{
	int ends[2], status = 0;
	size_t room = 0;
	FILE *stream;
	pid_t child;

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	child = fork();
	if (child == 0)
		run_signalctl(daemon, arguments, ends[1]);
	close(ends[1]);
	free(output);
	output = NULL;
	stream = fdopen(ends[0], "r");
	if (getdelim(&output, &room, '\0', stream) < 0 && output)
		output[0] = '\0';
	fclose(stream);
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

pid_t test_signalctl_begin(const struct test_daemon *daemon, const char *arguments[], const char *path)
{
	int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	pid_t child;

	ck_assert_int_ge(descriptor, 0);
	child = fork();
	if (child == 0)
		run_signalctl(daemon, arguments, descriptor);
	close(descriptor);
	return child;
}

const char *test_signalctl_output(void)
{
	return output ? output : "";
}
