/* http_kit.c: see http_kit.h. */
#define _GNU_SOURCE /* memmem */
#include "http_kit.h"

#include "http_cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int64_t now(void *user)
{
	return ((struct http_kit *)user)->fake.now;
}

static void work(void *user, bool begins)
{
	struct http_kit *kit = user;

	kit->works += begins ? 1U : -1U;
}

static void on_gone(void *user)
{
	struct http_kit *kit = user;

	kit->gone++;
	kit->pending = NULL;
}

static bool dispatch(void *user, struct sp_http_exchange *exchange)
{
	struct http_kit *kit = user;

	if (kit->serves_nothing)
		return false;
	kit->requests++;
	snprintf(kit->method, sizeof kit->method, "%s", exchange->method);
	snprintf(kit->path, sizeof kit->path, "%s", exchange->path);
	snprintf(kit->query, sizeof kit->query, "%s", exchange->query);
	if (kit->answers_later) {
		kit->pending = exchange;
		exchange->ops->on_gone(exchange, on_gone, kit);
	} else {
		exchange->ops->reply(exchange, kit->status, "text/plain", kit->fields, exchange->body);
	}
	return true;
}

void http_kit_init(struct http_kit *kit)
{
	*kit = (struct http_kit){ .status = 200 };
	fake_streams_init(&kit->fake);
	kit->server.loop = &kit->fake.loop;
	kit->server.owner = (struct http_server_owner){ now, dispatch, work, kit };
	kit->server.limits = http_case_limits;
}

void http_kit_finish(struct http_kit *kit)
{
	http_server_close(&kit->server);
	if (kit->works || kit->server.connections || kit->server.connection_count)
		abort();
	http_server_finish(&kit->server);
	fake_streams_finish(&kit->fake);
}

struct sp_stream *http_kit_connect(struct http_kit *kit)
{
	struct sp_stream *stream = fake_stream_create(&kit->fake);

	http_server_accept(&kit->server, stream, "127.0.0.1:4711");
	return stream;
}

void http_kit_say(struct sp_stream *stream, const char *text)
{
	fake_send(stream, text, strlen(text));
}

void http_kit_answer(struct http_kit *kit, const char *body)
{
	struct sp_http_exchange *exchange = kit->pending;

	kit->pending = NULL;
	exchange->ops->reply(exchange, 200, "text/plain", NULL, (sp_bytes){ body, strlen(body) });
}

/* The size of the answer at the start of text; 0 when it is none. */
static size_t answer_size(const char *text, size_t size)
{
	static const char length_name[] = "Content-Length: ";
	const char *end = memmem(text, size, "\r\n\r\n", 4), *length;
	size_t head, body = 0;

	if (!end || size < 15 || memcmp(text, "HTTP/1.1 ", 9) != 0 || text[12] != ' ')
		return 0;
	head = (size_t)(end - text) + 4;
	if (memcmp(text + 9, "100", 3) == 0)
		return head;
	length = memmem(text, head, length_name, sizeof length_name - 1);
	if (length)
		body = strtoul(length + sizeof length_name - 1, NULL, 10);
	if (!memmem(text, head, "\r\nDate: ", 8) || body > size - head)
		return 0;
	return head + body;
}

const char *http_statuses(const char *text, size_t size)
{
	static char statuses[256];
	size_t at = 0, answer;

	statuses[0] = '\0';
	while (size && at < sizeof statuses - 8) {
		answer = answer_size(text, size);
		at += (size_t)snprintf(statuses + at, 8, "%s%.3s", at ? " " : "", answer ? text + 9 : "?");
		if (!answer)
			break;
		text += answer;
		size -= answer;
	}
	return statuses;
}
