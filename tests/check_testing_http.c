/* check_testing_http.c: routes as a unit test asks them. */
#include "kernel_kit.h"
#include "runner.h"
#include "testing_http.h"

#include <signalpy/http.h>
#include <string.h>

/* clang-format off */
SP_COMPONENT(page,
	(route, echo, "POST", "/echo/{name}"),
	(route, fail, "GET", "/fail"),
	(route, wait, "GET", "/wait"),
	(route, stream, "GET", "/stream"),
	(posted, struct sp_http_exchange, finish));
/* clang-format on */

static struct page *the_page;
static unsigned gone;

static void on_gone(void *user SP_UNUSED)
{
	gone++;
}

static sp_status page_echo(struct page *self, struct sp_http_exchange *exchange)
{
	const struct sp_http_exchange_ops *ops = exchange->ops;
	const struct sp_http_field fields[] = { { "X-Seen", ops->header(exchange, "x-SENT") }, { NULL, NULL } };
	const char *text = sp_format(self->rt, "%s %s?%s %s %s %.*s", exchange->method, exchange->path, exchange->query,
		ops->part(exchange, "name"), ops->caller(exchange), (int)exchange->body.size,
		(const char *)exchange->body.data);

	ops->reply(exchange, 200, "text/plain", fields[0].value ? fields : NULL, (sp_bytes){ text, strlen(text) });
	ops->reply(exchange, 500, NULL, NULL, (sp_bytes){ NULL, 0 });
	return SP_OK;
}

static sp_status page_fail(struct page *self, struct sp_http_exchange *exchange SP_UNUSED)
{
	return sp_fail(self->rt, SP_CONFLICT, "not now");
}

static void release_nothing(void *object SP_UNUSED)
{
}

/* Answers with the loop's next turn. */
static sp_status page_wait(struct page *self, struct sp_http_exchange *exchange)
{
	exchange->ops->on_gone(exchange, on_gone, NULL);
	if (exchange->body.size)
		return SP_OK;
	return sp_post(self->rt, page, finish, exchange, release_nothing);
}

static sp_status page_finish(struct page *self SP_UNUSED, struct sp_http_exchange *exchange)
{
	exchange->ops->reply(exchange, 204, NULL, NULL, (sp_bytes){ NULL, 0 });
	return SP_OK;
}

static sp_status page_stream(struct page *self, struct sp_http_exchange *exchange)
{
	the_page = self;
	exchange->ops->on_gone(exchange, on_gone, NULL);
	exchange->ops->begin(exchange, 200, "text/event-stream", NULL);
	exchange->ops->send(exchange, (sp_bytes){ "one ", 4 });
	exchange->ops->send(exchange, (sp_bytes){ "two", 3 });
	if (exchange->body.size)
		exchange->ops->end(exchange);
	return SP_OK;
}

SP_PLUGIN(page, "1.0.0", page);

static sp_testing *testing;
static sp_plugin_handle *plugin;

static void set_up(void)
{
	testing = sp_testing_create(NULL);
	ck_assert_ptr_nonnull(testing);
	plugin = sp_testing_add(testing, &signalpy_plugin, NULL);
	ck_assert_ptr_nonnull(plugin);
}

static void tear_down(void)
{
	sp_testing_destroy(testing);
}

static void answers(const char *address, const struct sp_testing_request *request, const char *expected)
{
	json_t *answer = sp_testing_request_new(testing, address, request);
	char *text = answer ? json_dumps(answer, JSON_COMPACT | JSON_SORT_KEYS) : NULL;

	if (expected)
		ck_assert_str_eq(text, expected);
	else
		ck_assert_ptr_null(text);
	free(text);
	json_decref(answer);
}

START_TEST(a_route_is_asked_by_name)
{
	const char *const parts[] = { "name", "ada", NULL }, *const fields[] = { "X-Sent", "yes", NULL };
	const struct sp_testing_request bare = { .struct_size = sizeof bare },
					whole = { .struct_size = sizeof whole,
						.path = "/echo/ada",
						.query = "a=b",
						.caller = "bob",
						.parts = parts,
						.fields = fields,
						.body = { "body", 4 } };

	answers("page.echo", &bare,
		"{\"body\":\"POST /echo/{name}?   \",\"fields\":{},\"status\":200,\"type\":\"text/plain\"}");
	answers("page.echo", &whole,
		"{\"body\":\"POST /echo/ada?a=b ada bob body\",\"fields\":{\"X-Seen\":\"yes\"},\"status\":200,"
		"\"type\":\"text/plain\"}");
	answers("page.fail", &bare, "{\"code\":\"conflict\",\"message\":\"not now\",\"status\":409}");
	answers("page.nothing", &bare, NULL);
	answers("page", &bare, NULL);
}
END_TEST

START_TEST(an_answer_may_come_later_or_never)
{
	const struct sp_testing_request later = { .struct_size = sizeof later },
					never = { .struct_size = sizeof never, .body = { "x", 1 } };

	answers("page.wait", &later, "{\"body\":\"\",\"fields\":{},\"status\":204}");
	ck_assert_uint_eq(gone, 0);
	answers("page.wait", &never, NULL);
	ck_assert_uint_eq(gone, 1);
}
END_TEST

START_TEST(an_answer_may_come_in_pieces)
{
	const struct sp_testing_request open = { .struct_size = sizeof open },
					whole = { .struct_size = sizeof whole, .body = { "x", 1 } };

	answers("page.stream", &whole,
		"{\"body\":\"one two\",\"fields\":{},\"status\":200,\"type\":\"text/event-stream\"}");
	ck_assert_uint_eq(gone, 0);
	answers("page.stream", &open,
		"{\"body\":\"one two\",\"fields\":{},\"open\":true,\"status\":200,\"type\":\"text/event-stream\"}");
	ck_assert_uint_eq(gone, 1);
}
END_TEST

START_TEST(routes_go_with_their_component)
{
	const struct sp_testing_request request = { .struct_size = sizeof request };

	answers("page.fail", &request, "{\"code\":\"conflict\",\"message\":\"not now\",\"status\":409}");
	ck_assert_int_eq(sp_testing_replace(testing, &plugin, &signalpy_plugin, NULL), SP_OK);
	answers("page.fail", &request, "{\"code\":\"conflict\",\"message\":\"not now\",\"status\":409}");
	sp_testing_remove(testing, plugin);
	answers("page.fail", &request, NULL);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_route_is_asked_by_name), TEST(an_answer_may_come_later_or_never),
		TEST(an_answer_may_come_in_pieces), TEST(routes_go_with_their_component) };

	return run_suite(&SUITE(cases, "testing http", .set_up = set_up, .tear_down = tear_down));
}
