/* stdio_kit.c: a client of MCP through pipes. */
#define _GNU_SOURCE
#include "stdio_kit.h"

#include <check.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon_kit_clients.h"
#include "mcp_transcript.h"

enum { PATIENCE_MS = 20000 };

/* ---- the program ------------------------------------------------------------------------------------------------- */

_Noreturn static void become(const struct stdio_client *client, const struct test_daemon *daemon, const char *wait,
	const int ends[static 2])
{
	int errors = open(client->errors, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	dup2(ends[0], STDIN_FILENO);
	dup2(ends[1], STDOUT_FILENO);
	dup2(errors, STDERR_FILENO);
	execl(TEST_BUILD_DIR "/bin/signalctl", "signalctl", "-s", daemon->control, "mcp", wait ? "--wait" : NULL, wait,
		NULL);
	_exit(127);
}

void stdio_open(struct stdio_client *client, const struct test_daemon *daemon, const char *wait)
{
	static unsigned opened;
	int in[2], out[2];

	*client = (struct stdio_client){ .exchange = mcp_note_exchange() };
	snprintf(client->errors, sizeof client->errors, "%s/errors-%u", daemon->dir, opened++);
	ck_assert_int_eq(pipe2(in, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(out, O_CLOEXEC), 0);
	client->pid = fork();
	ck_assert_int_ge(client->pid, 0);
	if (client->pid == 0)
		become(client, daemon, wait, (int[]){ in[0], out[1] });
	close(in[0]);
	close(out[1]);
	client->in = in[1];
	client->out = out[0];
}

void stdio_serve(struct stdio_client *client, struct test_daemon *daemon, const char *configuration)
{
	test_daemon_prepare(daemon, configuration);
	test_daemon_drop_fixture(daemon, "mcp-conformance", "mcp-conformance");
	test_daemon_drop(daemon, "greeter", "greeter", 0);
	test_daemon_drop(daemon, "counter", "counter", 0);
	test_daemon_start(daemon);
	signal(SIGPIPE, SIG_IGN);
	stdio_open(client, daemon, NULL);
}

void stdio_end_input(struct stdio_client *client)
{
	if (client->in >= 0)
		close(client->in);
	client->in = -1;
}

int stdio_close(struct stdio_client *client)
{
	json_t *left;
	int status;

	stdio_end_input(client);
	left = stdio_next(client);
	ck_assert_msg(!left, "more came than was expected: %s", json_dumps(left, 0));
	close(client->out);
	ck_assert_int_eq(waitpid(client->pid, &status, 0), client->pid);
	ck_assert_msg(WIFEXITED(status), "it was killed by signal %d", WTERMSIG(status));
	free(client->text);
	return WEXITSTATUS(status);
}

bool stdio_complained(const struct stdio_client *client, const char *text)
{
	char *errors = test_file_new(client->errors);
	bool has = errors && strstr(errors, text);

	free(errors);
	return has;
}

/* ---- lines ------------------------------------------------------------------------------------------------------- */

void stdio_write(struct stdio_client *client, const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t written = write(client->in, bytes, size);

		ck_assert_int_gt(written, 0);
		bytes += written;
		size -= (size_t)written;
	}
}

void stdio_say(struct stdio_client *client, const char *line)
{
	if (*line)
		mcp_note_sent(client->exchange, "", line);
	stdio_write(client, line, strlen(line));
	stdio_write(client, "\n", 1);
}

static bool read_more(struct stdio_client *client)
{
	struct pollfd ready = { .fd = client->out, .events = POLLIN };
	char block[16384];
	ssize_t got;

	ck_assert_msg(poll(&ready, 1, PATIENCE_MS) == 1, "nothing came for a long time");
	got = read(client->out, block, sizeof block);
	ck_assert_int_ge(got, 0);
	if (got == 0)
		return false;
	client->text = realloc(client->text, client->size + (size_t)got);
	ck_assert_ptr_nonnull(client->text);
	memcpy(client->text + client->size, block, (size_t)got);
	client->size += (size_t)got;
	return true;
}

json_t *stdio_next(struct stdio_client *client)
{
	const char *end = NULL;
	json_t *message, *item;
	size_t size, i;

	while (!client->text || !(end = memchr(client->text, '\n', client->size)))
		if (!read_more(client)) {
			ck_assert_msg(client->size == 0, "the last line has no end");
			return NULL;
		}
	size = (size_t)(end - client->text);
	message = json_loadb(client->text, size, 0, NULL);
	ck_assert_msg(message != NULL, "this is no message: %.*s", (int)size, client->text);
	client->size -= size + 1;
	memmove(client->text, client->text + size + 1, client->size);
	mcp_note_received(client->exchange, message);
	json_array_foreach(message, i, item)
		mcp_check_message(item);
	if (json_is_object(message))
		mcp_check_message(message);
	return message;
}

/* ---- messages ---------------------------------------------------------------------------------------------------- */

static void send_message(struct stdio_client *client, json_t *message)
{
	char *text = json_dumps(message, JSON_COMPACT);

	ck_assert_ptr_nonnull(text);
	stdio_say(client, text);
	free(text);
	json_decref(message);
}

void stdio_ask(struct stdio_client *client, const char *method, const char *params)
{
	send_message(client, mcp_request_new(++client->id, method, params));
}

void stdio_ask_modern(struct stdio_client *client, const char *method, const char *params, const char *meta)
{
	send_message(client, mcp_modern_new(++client->id, method, params, meta));
}

json_t *stdio_expect(struct stdio_client *client, const char *method)
{
	json_t *message = stdio_next(client);

	ck_assert_str_eq(mcp_text_at(message, "method"), method);
	return message;
}

json_t *stdio_answer(struct stdio_client *client)
{
	json_t *message = stdio_next(client);

	ck_assert_int_eq(mcp_number_at(message, "id"), client->id);
	return message;
}

json_t *stdio_call(struct stdio_client *client, const char *method, const char *params)
{
	stdio_ask(client, method, params);
	return stdio_answer(client);
}

json_t *stdio_call_modern(struct stdio_client *client, const char *method, const char *params, const char *meta)
{
	json_t *answer;

	stdio_ask_modern(client, method, params, meta);
	answer = stdio_answer(client);
	if (mcp_at(answer, "result"))
		ck_assert_ptr_nonnull(mcp_at(answer, "result.resultType"));
	return answer;
}

json_t *stdio_begin_session(struct stdio_client *client, const char *version, const char *capabilities)
{
	char params[512];
	json_t *answer;

	snprintf(params, sizeof params,
		"{\"protocolVersion\":\"%s\",\"capabilities\":%s,\"clientInfo\":{\"name\":\"test\",\"version\":\"1\"}}",
		version, capabilities);
	answer = stdio_call(client, "initialize", params);
	stdio_say(client, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}");
	return answer;
}

void stdio_begin(struct stdio_client *client, const char *version)
{
	json_t *answer = stdio_begin_session(client, version,
		"{\"elicitation\":{},\"sampling\":{},\"roots\":{\"listChanged\":true}}");

	ck_assert_str_eq(mcp_text_at(answer, "result.protocolVersion"), version);
	ck_assert_str_eq(mcp_text_at(answer, "result.serverInfo.name"), "signalpyd");
	json_decref(answer);
}

void stdio_answer_question(struct stdio_client *client, const char *method, const char *result)
{
	json_t *question = stdio_expect(client, method);
	char line[512];

	snprintf(line, sizeof line, "{\"jsonrpc\":\"2.0\",\"id\":\"%s\",\"result\":%s}", mcp_text_at(question, "id"),
		result);
	stdio_say(client, line);
	json_decref(question);
}

void stdio_is_alive(struct stdio_client *client)
{
	json_decref(stdio_call(client, "ping", NULL));
}
