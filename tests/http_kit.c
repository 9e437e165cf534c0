/* http_kit.c: see http_kit.h. */
#include "http_kit.h"

#include "http_cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct sp_loop *loop(void *user)
{
	return &((struct http_kit *)user)->fake.loop;
}

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

static bool may_stay(void *user, struct http_connection *connection SP_UNUSED)
{
	struct http_kit *kit = user;

	kit->asked++;
	return !kit->nobody_stays;
}

void http_kit_init(struct http_kit *kit)
{
	*kit = (struct http_kit){ .status = 200 };
	fake_streams_init(&kit->fake);
	kit->server.owner = (struct http_server_owner){ loop, now, dispatch, work, NULL, may_stay, kit };
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

void http_kit_answer(struct http_kit *kit, const char *body)
{
	struct sp_http_exchange *exchange = kit->pending;

	kit->pending = NULL;
	exchange->ops->reply(exchange, 200, "text/plain", NULL, (sp_bytes){ body, strlen(body) });
}
