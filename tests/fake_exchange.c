/* fake_exchange.c: a client of HTTP that is the test itself. */
#include "fake_exchange.h"

#include <check.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static struct fake_exchange *of(const struct sp_http_exchange *exchange)
{
	return (struct fake_exchange *)exchange; /* its first member */
}

static const char *header(const struct sp_http_exchange *exchange, const char *name)
{
	const char *const *field = of(exchange)->fields;

	while (field && *field && strcasecmp(*field, name) != 0)
		field += 2;
	return field && *field ? field[1] : NULL;
}

static void add(struct fake_exchange *fake, sp_bytes piece)
{
	size_t used = strlen(fake->sent);

	ck_assert_uint_lt(used + piece.size, sizeof fake->sent);
	snprintf(fake->sent + used, sizeof fake->sent - used, "%.*s", (int)piece.size, (const char *)piece.data);
}

static void reply(struct sp_http_exchange *exchange, int status, const char *type SP_UNUSED,
	const struct sp_http_field *fields SP_UNUSED, sp_bytes body)
{
	ck_assert_int_eq(of(exchange)->status, 0);
	of(exchange)->status = status;
	of(exchange)->ended = true;
	add(of(exchange), body);
}

static void on_gone(struct sp_http_exchange *exchange, void (*gone)(void *user), void *user)
{
	of(exchange)->gone = gone;
	of(exchange)->user = user;
}

static void on_stream(struct sp_http_exchange *exchange SP_UNUSED, const struct sp_http_stream_events *events SP_UNUSED,
	void *user SP_UNUSED)
{
}

static void begin(struct sp_http_exchange *exchange, int status, const char *type,
	const struct sp_http_field *fields SP_UNUSED)
{
	ck_assert_int_eq(of(exchange)->status, 0);
	ck_assert_str_eq(type, "text/event-stream");
	of(exchange)->status = status;
	of(exchange)->begun = true;
}

static size_t send(struct sp_http_exchange *exchange, sp_bytes piece)
{
	ck_assert(of(exchange)->begun && !of(exchange)->ended);
	add(of(exchange), piece);
	return of(exchange)->unread;
}

static void end(struct sp_http_exchange *exchange)
{
	of(exchange)->ended = true;
}

static const struct sp_http_exchange_ops ops = { .struct_size = sizeof ops,
	.header = header,
	.reply = reply,
	.on_gone = on_gone,
	.begin = begin,
	.send = send,
	.end = end,
	.on_stream = on_stream };

void fake_exchange_init(struct fake_exchange *fake, const char *method, const char *const *fields, const char *body)
{
	*fake = (struct fake_exchange){ .exchange = { .struct_size = sizeof fake->exchange,
						.ops = &ops,
						.method = method,
						.path = "/mcp",
						.query = "",
						.peer = "test",
						.body = { body, body ? strlen(body) : 0 },
						.scheme = "http" },
		.fields = fields };
}

void fake_exchange_go(struct fake_exchange *fake)
{
	fake->ended = true;
	if (fake->gone)
		fake->gone(fake->user);
}

void fake_exchange_was_sent(struct fake_exchange *fake, const char *text)
{
	ck_assert_str_eq(fake->sent, text);
	fake->sent[0] = '\0';
}

void fake_exchange_was_told(struct fake_exchange *fake, const char *text)
{
	ck_assert_msg(strstr(fake->sent, text), "no '%s' in '%s'", text, fake->sent);
	fake->sent[0] = '\0';
}
