/* mcp_kit.c: a small client of MCP over HTTP. It speaks HTTP/1.0, so that an answer ends with its connection. */
#define _GNU_SOURCE
#include "mcp_kit.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon_kit_clients.h"
#include "mcp_transcript.h"

/* ---- what every message must be ---------------------------------------------------------------------------------- */

/* Quirk 3 of MCP clients: absent is absent. */
static void check_no_null(const json_t *value, const char *text)
{
	const char *key;
	json_t *item;
	size_t i;

	ck_assert_msg(!json_is_null(value), "null in %s", text);
	json_object_foreach((json_t *)value, key, item)
		check_no_null(item, text);
	json_array_foreach(value, i, item)
		check_no_null(item, text);
}

/* Quirks 1 and 2. */
static void check_tool(const json_t *tool)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
	const char *name = mcp_text_at(tool, "name");

	ck_assert_msg(strlen(name) <= 64 && strspn(name, good) == strlen(name), "the tool's name is '%s'", name);
	ck_assert_str_eq(mcp_text_at(tool, "inputSchema.type"), "object");
	ck_assert_msg(json_is_object(mcp_at(tool, "inputSchema.properties")), "%s has no properties", name);
	ck_assert_ptr_null(mcp_at(tool, "inputSchema.anyOf"));
	if (mcp_at(tool, "outputSchema"))
		ck_assert_str_eq(mcp_text_at(tool, "outputSchema.type"), "object");
}

/* What the published schemas leave open; the rest is validated when the suite has ended (mcp_transcript.h). */
void mcp_check_message(const json_t *message)
{
	const json_t *result = json_object_get(message, "result"), *tool;
	char *text = json_dumps(message, JSON_COMPACT);
	size_t i;

	check_no_null(message, text);
	json_array_foreach(json_object_get(result, "tools"), i, tool)
		check_tool(tool);
	if (json_is_true(json_object_get(result, "isError"))) /* quirk 4 */
		ck_assert_msg(!json_object_get(result, "structuredContent"), "%s", text);
	free(text);
}

const json_t *mcp_at(const json_t *message, const char *path)
{
	while (message && *path) {
		size_t size = strcspn(path, ".");

		if (json_is_array(message))
			message = json_array_get(message, strtoul(path, NULL, 10));
		else
			message = json_object_getn(message, path, size);
		path += size + (path[size] == '.');
	}
	return message;
}

const char *mcp_text_at(const json_t *message, const char *path)
{
	const char *text = json_string_value(mcp_at(message, path));

	if (!text) {
		char *dumped = json_dumps(message, JSON_COMPACT | JSON_ENCODE_ANY);

		ck_abort_msg("no text at %s of %s", path, dumped ? dumped : "nothing");
	}
	return text;
}

json_int_t mcp_number_at(const json_t *message, const char *path)
{
	const json_t *number = mcp_at(message, path);

	if (!json_is_integer(number)) {
		char *dumped = json_dumps(message, JSON_COMPACT | JSON_ENCODE_ANY);

		ck_abort_msg("no number at %s of %s", path, dumped ? dumped : "nothing");
	}
	return json_integer_value(number);
}

/* ---- requests of HTTP -------------------------------------------------------------------------------------------- */

static bool read_more(struct mcp_answer *answer)
{
	char block[16384];
	ssize_t got = recv(answer->descriptor, block, sizeof block, 0);

	ck_assert_msg(got >= 0, "nothing came for a long time");
	if (got == 0)
		return false;
	answer->text = realloc(answer->text, answer->size + (size_t)got + 1);
	ck_assert_ptr_nonnull(answer->text);
	memcpy(answer->text + answer->size, block, (size_t)got);
	answer->size += (size_t)got;
	answer->text[answer->size] = '\0';
	return true;
}

static void read_head(struct mcp_answer *answer)
{
	const char *end;

	while (!answer->text || !(end = strstr(answer->text, "\r\n\r\n")))
		ck_assert_msg(read_more(answer), "the connection ended before an answer: %s",
			answer->text ? answer->text : "");
	answer->at = (size_t)(end - answer->text) + 4;
	answer->status = (int)strtol(answer->text + strcspn(answer->text, " "), NULL, 10);
	answer->events = mcp_has_field(answer, "Content-Type: text/event-stream");
}

static void send_request(const struct test_daemon *daemon, const char *request_line, const char *fields,
	const char *body, struct mcp_answer *ret_answer)
{
	struct timeval patience = { .tv_sec = 20 };
	char *request = NULL;
	int size = asprintf(&request, "%s HTTP/1.0\r\nHost: localhost\r\n%s%sContent-Length: %zu\r\n\r\n%s",
		request_line, fields, daemon->credentials ? daemon->credentials : "", body ? strlen(body) : 0,
		body ? body : "");

	memset(ret_answer, 0, sizeof *ret_answer);
	ret_answer->exchange = mcp_note_exchange();
	ret_answer->sent = body;
	if (body)
		mcp_note_sent(ret_answer->exchange, fields, body);
	ret_answer->descriptor = test_connect_port(daemon->port);
	ck_assert_int_ge(ret_answer->descriptor, 0);
	setsockopt(ret_answer->descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	ck_assert_int_eq(send(ret_answer->descriptor, request, (size_t)size, MSG_NOSIGNAL), size);
	free(request);
}

void mcp_await(struct mcp_answer *answer)
{
	read_head(answer);
	mcp_note_status(answer->exchange, answer->status);
}

void mcp_open(const struct test_daemon *daemon, const char *request_line, const char *fields, const char *body,
	struct mcp_answer *ret_answer)
{
	send_request(daemon, request_line, fields, body, ret_answer);
	mcp_await(ret_answer);
}

bool mcp_has_field(const struct mcp_answer *answer, const char *line)
{
	const char *found = strstr(answer->text, line);

	return found && found < answer->text + answer->at;
}

/* An answer that nobody has looked at is a message all the same. */
static void read_unread(struct mcp_answer *answer)
{
	if (answer->sent && answer->status && !answer->events && answer->status != 401 && answer->status != 403)
		json_decref(mcp_next(answer));
}

void mcp_close(struct mcp_answer *answer)
{
	read_unread(answer);
	close(answer->descriptor);
	free(answer->text);
	answer->text = NULL;
}

/* One event: its lines are id, event, data, retry, comments. NULL when it has no data. */
static json_t *take_event(struct mcp_answer *answer, const char *end)
{
	const char *line = answer->text + answer->at;
	json_t *message = NULL;

	for (; line < end; line += strcspn(line, "\n") + 1) {
		size_t size = strcspn(line, "\n");

		if (strncmp(line, "id: ", 4) == 0)
			snprintf(answer->last_event, sizeof answer->last_event, "%.*s", (int)size - 4, line + 4);
		else if (strncmp(line, "data: ", 6) == 0 && size > 6)
			message = json_loadb(line + 6, size - 6, 0, NULL);
	}
	answer->at = (size_t)(end - answer->text) + 2;
	return message;
}

static json_t *next_event(struct mcp_answer *answer)
{
	for (;;) {
		const char *end = strstr(answer->text + answer->at, "\n\n");
		json_t *message = end ? take_event(answer, end) : NULL;

		if (message)
			return message;
		if (!end && !read_more(answer))
			return NULL;
	}
}

static json_t *whole_body(struct mcp_answer *answer)
{
	json_t *message;

	while (read_more(answer))
		;
	message = json_loads(answer->text + answer->at, 0, NULL);
	answer->at = answer->size;
	return message;
}

json_t *mcp_next(struct mcp_answer *answer)
{
	json_t *message = answer->events ? next_event(answer) : whole_body(answer), *item;
	size_t i;

	if (message)
		mcp_note_received(answer->exchange, message);
	json_array_foreach(message, i, item)
		mcp_check_message(item);
	if (json_is_object(message))
		mcp_check_message(message);
	return message;
}

/* The last of its messages. */
static json_t *last_message(struct mcp_answer *answer)
{
	json_t *last = NULL, *message;

	while ((message = mcp_next(answer))) {
		json_decref(last);
		last = message;
	}
	mcp_close(answer);
	return last;
}

json_t *mcp_request_new(json_int_t id, const char *method, const char *params)
{
	json_t *message = json_pack("{s:s, s:I, s:s}", "jsonrpc", "2.0", "id", id, "method", method);

	if (params)
		json_object_set_new(message, "params", json_loads(params, 0, NULL));
	ck_assert_msg(!params || mcp_at(message, "params"), "not JSON: %s", params);
	return message;
}

void mcp_expect_error(json_t *answer, json_int_t code)
{
	ck_assert_int_eq(mcp_number_at(answer, "error.code"), code);
	json_decref(answer);
}

void mcp_replace(const struct test_daemon *daemon, const char *plugin)
{
	char params[512];
	const char *code;
	json_t *result;

	snprintf(params, sizeof params, "{\"name\":\"%s\",\"path\":\"%s/lib/signalpy/plugins/%s.so\"}", plugin,
		TEST_BUILD_DIR, plugin);
	result = test_control(daemon, "plugin.update", params, &code);
	ck_assert_msg(result != NULL, "%s: %s", plugin, code);
	json_decref(result);
}

/* ---- the older era ----------------------------------------------------------------------------------------------- */

static void session_fields(const struct mcp_session_client *client, char fields[static 512])
{
	snprintf(fields, 512,
		"Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n"
		"MCP-Protocol-Version: %s\r\n%s%s%s",
		client->version, client->session[0] ? "Mcp-Session-Id: " : "", client->session,
		client->session[0] ? "\r\n" : "");
}

static void note_session(struct mcp_session_client *client, const struct mcp_answer *answer)
{
	const char *found = strstr(answer->text, "\r\nMcp-Session-Id: ");

	ck_assert_ptr_nonnull(found);
	found += strlen("\r\nMcp-Session-Id: ");
	snprintf(client->session, sizeof client->session, "%.*s", (int)strcspn(found, "\r"), found);
}

json_t *mcp_begin_session(struct mcp_session_client *client, const struct test_daemon *daemon, const char *version,
	const char *capabilities)
{
	struct mcp_answer answer;
	char params[512];

	*client = (struct mcp_session_client){ .daemon = daemon, .version = version };
	snprintf(params, sizeof params,
		"{\"protocolVersion\":\"%s\",\"capabilities\":%s,\"clientInfo\":{\"name\":\"test\",\"version\":\"1\"}}",
		version, capabilities);
	mcp_session_open(client, "initialize", params, &answer);
	ck_assert_int_eq(answer.status, 200);
	note_session(client, &answer);
	ck_assert_int_eq(mcp_session_send(client, "POST",
				 "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}"),
		202);
	return last_message(&answer);
}

void mcp_session_begin(struct mcp_session_client *client, const char *method, const char *params,
	struct mcp_answer *ret_answer)
{
	json_t *message = mcp_request_new(++client->id, method, params);
	char *body = json_dumps(message, JSON_COMPACT), fields[512];

	session_fields(client, fields);
	send_request(client->daemon, "POST /mcp", fields, body, ret_answer);
	json_decref(message);
	free(body);
}

void mcp_session_open(struct mcp_session_client *client, const char *method, const char *params,
	struct mcp_answer *ret_answer)
{
	mcp_session_begin(client, method, params, ret_answer);
	mcp_await(ret_answer);
}

json_t *mcp_session_call(struct mcp_session_client *client, const char *method, const char *params)
{
	struct mcp_answer answer;
	json_t *message;

	mcp_session_open(client, method, params, &answer);
	ck_assert_int_eq(answer.status, 200);
	message = last_message(&answer);
	ck_assert_int_eq(mcp_number_at(message, "id"), client->id);
	return message;
}

int mcp_session_send(struct mcp_session_client *client, const char *method, const char *body)
{
	struct mcp_answer answer;
	char line[32], fields[512];

	snprintf(line, sizeof line, "%s /mcp", method);
	session_fields(client, fields);
	mcp_open(client->daemon, line, fields, body, &answer);
	mcp_close(&answer);
	return answer.status;
}

void mcp_session_listen(struct mcp_session_client *client, const char *last_event, struct mcp_answer *ret_answer)
{
	char fields[512];

	session_fields(client, fields);
	if (last_event)
		snprintf(fields + strlen(fields), sizeof fields - strlen(fields), "Last-Event-ID: %s\r\n", last_event);
	mcp_open(client->daemon, "GET /mcp", fields, NULL, ret_answer);
}

/* ---- the modern era ---------------------------------------------------------------------------------------------- */

json_t *mcp_modern_new(json_int_t id, const char *method, const char *params, const char *meta)
{
	json_t *message = mcp_request_new(id, method, params ? params : "{}");
	json_t *whole = meta ? json_loads(meta, 0, NULL) : json_object();

	ck_assert_msg(whole != NULL, "not JSON: %s", meta);
	json_object_set_new(whole, "io.modelcontextprotocol/protocolVersion", json_string("2026-07-28"));
	if (!json_object_get(whole, "io.modelcontextprotocol/clientCapabilities"))
		json_object_set_new(whole, "io.modelcontextprotocol/clientCapabilities", json_object());
	json_object_set_new(json_object_get(message, "params"), "_meta", whole);
	return message;
}

/* What the header Mcp-Name says. */
static const json_t *subject_of(const json_t *message)
{
	static const char *const places[] = { "params.name", "params.uri", "params.taskId" };
	const json_t *subject = NULL;

	for (size_t i = 0; !subject && i < sizeof places / sizeof places[0]; i++)
		subject = mcp_at(message, places[i]);
	return json_is_string(subject) ? subject : NULL;
}

void mcp_modern_begin(const struct test_daemon *daemon, const char *method, const char *params, const char *meta,
	struct mcp_answer *ret_answer)
{
	json_t *message = mcp_modern_new(7, method, params, meta);
	const json_t *subject = subject_of(message);
	char *body = json_dumps(message, JSON_COMPACT), fields[512];

	snprintf(fields, sizeof fields,
		"Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n"
		"MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: %s\r\n%s%s%s",
		method, subject ? "Mcp-Name: " : "", subject ? json_string_value(subject) : "", subject ? "\r\n" : "");
	send_request(daemon, "POST /mcp", fields, body, ret_answer);
	json_decref(message);
	free(body);
}

void mcp_modern_open(const struct test_daemon *daemon, const char *method, const char *params, const char *meta,
	struct mcp_answer *ret_answer)
{
	mcp_modern_begin(daemon, method, params, meta, ret_answer);
	mcp_await(ret_answer);
}

json_t *mcp_modern_call(const struct test_daemon *daemon, const char *method, const char *params, const char *meta)
{
	struct mcp_answer answer;
	json_t *message;

	mcp_modern_open(daemon, method, params, meta, &answer);
	message = last_message(&answer);
	ck_assert_int_eq(mcp_number_at(message, "id"), 7);
	if (mcp_at(message, "result"))
		ck_assert_ptr_nonnull(mcp_at(message, "result.resultType"));
	return message;
}
