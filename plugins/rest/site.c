/* site.c: the answers that are alike everywhere. */
#include "identity.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { SECONDS_SIZE = 24, ANSWER_FIELDS = 4 };

static const struct sp_http_field later[] = { { "Retry-After", "1" }, { NULL, NULL } };

void rest_send(struct rest_site *site, struct sp_http_exchange *exchange, int status,
	const struct sp_http_field *fields)
{
	exchange->ops->reply(exchange, status, "application/json", fields,
		(sp_bytes){ site->text.data, site->text.size });
}

void rest_refuse_no_memory(struct sp_http_exchange *exchange)
{
	static const char json[] = "{\"ok\":false,\"error\":{\"code\":\"unavailable\",\"message\":\"out of memory\"}}";

	exchange->ops->reply(exchange, 503, "application/json", later, (sp_bytes){ json, sizeof json - 1 });
}

void rest_refuse(struct rest_site *site, struct sp_http_exchange *exchange, sp_status status, const char *message)
{
	if (rest_text_render_error(&site->text, sp_status_word(status), message) == SP_OK)
		rest_send(site, exchange, sp_status_http(status), status == SP_UNAVAILABLE ? later : NULL);
	else
		rest_refuse_no_memory(exchange);
}

/* The fields that go with an answer. They end with a NULL name. */
static void find_fields(const struct sp_answer *came, char seconds[static SECONDS_SIZE],
	struct sp_http_field fields[static ANSWER_FIELDS])
{
	int status = sp_status_http(came->status);

	snprintf(seconds, SECONDS_SIZE, "%" PRId64, came->retry_ms > 0 ? (came->retry_ms + 999) / 1000 : 1);
	if (status == 401)
		*fields++ = (struct sp_http_field){ "WWW-Authenticate", REST_CHALLENGE };
	if (status == 503 || status == 429)
		*fields++ = (struct sp_http_field){ "Retry-After", seconds };
	if (came->traceparent)
		*fields++ = (struct sp_http_field){ "traceresponse", came->traceparent };
	*fields = (struct sp_http_field){ NULL, NULL };
}

void rest_answer(struct rest_site *site, struct sp_http_exchange *exchange, const struct sp_answer *came)
{
	char seconds[SECONDS_SIZE];
	struct sp_http_field fields[ANSWER_FIELDS];

	if (rest_text_render(&site->text, came) != SP_OK) {
		rest_refuse_no_memory(exchange);
		return;
	}
	find_fields(came, seconds, fields);
	rest_send(site, exchange, sp_status_http(came->status), fields);
}

static void refuse_method(struct rest_site *site, struct sp_http_exchange *exchange, const struct sp_http_field *allow)
{
	const char *message = sp_format(site->rt, "%s is not allowed here; use %s", exchange->method, allow->value);

	if (rest_text_render_error(&site->text, "method_not_allowed", message) == SP_OK)
		rest_send(site, exchange, 405, allow);
	else
		rest_refuse_no_memory(exchange);
}

bool rest_is_post(struct rest_site *site, struct sp_http_exchange *exchange)
{
	static const struct sp_http_field post[] = { { "Allow", "POST" }, { NULL, NULL } };

	if (strcmp(exchange->method, "POST") == 0)
		return true;
	refuse_method(site, exchange, post);
	return false;
}

bool rest_is_get(struct rest_site *site, struct sp_http_exchange *exchange)
{
	static const struct sp_http_field get[] = { { "Allow", "GET, HEAD" }, { NULL, NULL } };

	if (strcmp(exchange->method, "GET") == 0 || strcmp(exchange->method, "HEAD") == 0)
		return true;
	refuse_method(site, exchange, get);
	return false;
}

void rest_stream_begin(struct sp_http_exchange *exchange)
{
	static const struct sp_http_field fresh[] = { { "Cache-Control", "no-store" }, { NULL, NULL } };

	exchange->ops->begin(exchange, 200, "text/event-stream", fresh);
}

void rest_stream_beat(struct sp_http_exchange *exchange)
{
	exchange->ops->send(exchange, (sp_bytes){ ":\n\n", 3 });
}
