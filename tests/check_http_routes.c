/*
 * check_http_routes.c: routes of components' own on the plugin http, in a kernel of the test's own, with streams in memory.
 * links: signalpy */
#include "rest_kit.h"
#include "runner.h"

#include <check.h>
#include <signalpy/component.h>
#include <signalpy/http.h>
#include <stdio.h>
#include <string.h>

/* ---- components with routes -------------------------------------------------------------------------------------- */

/* clang-format off */
SP_COMPONENT(shelf,
	(about,  "Holds one thing.", .version = "1"),
	(route,  put, "PUT", "/shelf/{name}", .max_body = 8),
	(route,  get, "GET", "/shelf/{name}"),
	(route,  list, "GET", "/shelf/list"),
	(route,  burn, "DELETE", "/shelf/{name}", .action = "shelf.burn"),
	(route,  hook, "POST", "/hook/", .open = true),
	(route,  wait, "GET", "/wait"),
	(route,  stream, "GET", "/stream"),
	(route,  tail, "GET", "/tail", .action = "shelf.tail"),
	(route,  deaf, "GET", "/deaf"),
	(signal, string, held, .otherwise = "none"));

SP_COMPONENT(rival, (route, get, "GET", "/shelf/{other}"), (route, post, "POST", "/shelf/{other}"));
SP_COMPONENT(doubled, (route, one, "GET", "/twice"), (route, two, "GET", "/twice"));
SP_COMPONENT(crooked, (route, wrong, "GET", "/a{b}"));
/* clang-format on */

/* What the exchanges that are under way told. */
static struct sp_http_exchange *waiting, *streaming;
static unsigned gone, left;

static void reply(struct sp_http_exchange *exchange, int status, const char *text)
{
	exchange->ops->reply(exchange, status, "text/plain", NULL, (sp_bytes){ text, strlen(text) });
}

static sp_status shelf_put(struct shelf *self, struct sp_http_exchange *exchange)
{
	sp_set(self->held, exchange->ops->part(exchange, "name"));
	exchange->ops->reply(exchange, 204, NULL, NULL, (sp_bytes){ NULL, 0 });
	return SP_OK;
}

static sp_status shelf_get(struct shelf *self, struct sp_http_exchange *exchange)
{
	const char *name = exchange->ops->part(exchange, "name");

	ck_assert_str_eq(exchange->ops->part(exchange, "nothing"), "");
	if (strcmp(sp_get(self->held), name) != 0)
		return sp_fail(self->rt, SP_NOT_FOUND, "nothing is called \"%s\"", name);
	reply(exchange, 200, name);
	return SP_OK;
}

static sp_status shelf_list(struct shelf *self, struct sp_http_exchange *exchange)
{
	reply(exchange, 200, sp_format(self->rt, "all: %s", sp_get(self->held)));
	return SP_OK;
}

static sp_status shelf_burn(struct shelf *self SP_UNUSED, struct sp_http_exchange *exchange)
{
	reply(exchange, 200, exchange->ops->caller(exchange));
	return SP_OK;
}

static sp_status shelf_hook(struct shelf *self SP_UNUSED, struct sp_http_exchange *exchange)
{
	reply(exchange, 200, exchange->path);
	return SP_OK;
}

static void on_gone(void *user SP_UNUSED)
{
	gone++;
	waiting = streaming = NULL;
}

static sp_status shelf_wait(struct shelf *self SP_UNUSED, struct sp_http_exchange *exchange)
{
	waiting = exchange;
	exchange->ops->on_gone(exchange, on_gone, NULL);
	return SP_OK;
}

static void on_leaving(void *user SP_UNUSED)
{
	left++;
	streaming->ops->send(streaming, (sp_bytes){ "bye", 3 });
	streaming->ops->end(streaming);
}

static sp_status shelf_stream(struct shelf *self SP_UNUSED, struct sp_http_exchange *exchange)
{
	static const struct sp_http_stream_events events = { .struct_size = sizeof events, .leaving = on_leaving };

	streaming = exchange;
	exchange->ops->on_stream(exchange, &events, NULL);
	exchange->ops->begin(exchange, 200, "text/plain", NULL);
	return SP_OK;
}

static sp_status shelf_tail(struct shelf *self, struct sp_http_exchange *exchange)
{
	return shelf_stream(self, exchange);
}

static sp_status shelf_deaf(struct shelf *self SP_UNUSED, struct sp_http_exchange *exchange)
{
	exchange->ops->on_gone(exchange, on_gone, NULL);
	exchange->ops->begin(exchange, 200, "text/plain", NULL);
	return SP_OK;
}

static sp_status rival_get(struct rival *self SP_UNUSED, struct sp_http_exchange *exchange)
{
	reply(exchange, 200, "rival");
	return SP_OK;
}

static sp_status rival_post(struct rival *self SP_UNUSED, struct sp_http_exchange *exchange)
{
	reply(exchange, 200, "posted");
	return SP_OK;
}

static sp_status doubled_one(struct doubled *self SP_UNUSED, struct sp_http_exchange *exchange SP_UNUSED)
{
	return SP_FAILED;
}

static sp_status doubled_two(struct doubled *self SP_UNUSED, struct sp_http_exchange *exchange SP_UNUSED)
{
	return SP_FAILED;
}

static sp_status crooked_wrong(struct crooked *self SP_UNUSED, struct sp_http_exchange *exchange SP_UNUSED)
{
	return SP_FAILED;
}

#define PLUGIN(of) \
	static const struct sp_plugin of##_plugin = { { SP_ABI_MAJOR, sizeof(struct sp_plugin) }, #of, "1.0.0", \
		(const struct sp_component *const[]){ &of##_component, NULL } }
PLUGIN(shelf);
PLUGIN(rival);
PLUGIN(doubled);
PLUGIN(crooked);

/* ---- a kernel with http and the shelf ---------------------------------------------------------------------------- */

static struct fake_streams fake;
static sp_testing *testing;
static sp_plugin_handle *http, *shelf;
static struct sp_stream *stream;

static void set_up(void)
{
	testing = rest_kit_open(&fake);
	shelf = sp_testing_add(testing, &shelf_plugin, NULL);
	ck_assert_str_eq(sp_testing_state(testing, "shelf"), "active");
	http = sp_testing_add(testing, rest_kit_plugin("http"), NULL);
	stream = fake_connect(&fake);
	ck_assert_ptr_nonnull(stream);
}

static void tear_down(void)
{
	rest_kit_close(testing, &fake);
}

static void ask(struct sp_stream *to, const char *line, const char *fields)
{
	char request[512];

	snprintf(request, sizeof request, "%s HTTP/1.1\r\nHost: localhost\r\n%s\r\n", line, fields);
	http_say(to, request);
	sp_testing_turn(testing);
}

static void answered(const struct sp_stream *from, const char *statuses)
{
	ck_assert_str_eq(http_statuses(from->sent, from->sent_size), statuses);
}

/* ---- which route ------------------------------------------------------------------------------------------------- */

START_TEST(a_route_is_served)
{
	ask(stream, "PUT /shelf/tea%20cup", "");
	ask(stream, "GET /shelf/tea%20cup", "");
	rest_kit_sent(stream, "\r\n\r\ntea cup");
	ask(stream, "GET /shelf/list", "");
	rest_kit_sent(stream, "\r\n\r\nall: tea cup");
	ask(stream, "POST /hook/a/b", "");
	rest_kit_sent(stream, "\r\n\r\n/hook/a/b");
	ask(stream, "GET /shelf/", "");
	ask(stream, "GET /shelf/a/b", "");
	answered(stream, "204 200 200 200 404 404");
}
END_TEST

START_TEST(the_methods_of_a_path_are_told)
{
	ask(stream, "PATCH /shelf/cup", "");
	rest_kit_sent(stream, "HTTP/1.1 405 Method Not Allowed\r\n");
	rest_kit_sent(stream, "\"code\":\"method_not_allowed\"");
	rest_kit_sent(stream, "PUT");
	rest_kit_sent(stream, "GET, HEAD");
	rest_kit_sent(stream, "DELETE");
	ask(stream, "OPTIONS /shelf/list", "");
	rest_kit_sent(stream, "HTTP/1.1 204 No Content\r\n");
	rest_kit_sent(stream, "Allow: GET, HEAD, OPTIONS\r\n");
	ask(stream, "HEAD /shelf/list", "");
	rest_kit_sent(stream, "Content-Length: 9\r\n");
	rest_kit_not_sent(stream, "all: ");
}
END_TEST

START_TEST(what_a_handler_says_is_answered)
{
	ask(stream, "GET /shelf/cup", "");
	answered(stream, "404");
	rest_kit_sent(stream, "\"code\":\"not_found\",\"message\":\"nothing is called \\\"cup\\\"\"");
	ck_assert(stream->open);
}
END_TEST

START_TEST(a_body_may_be_too_large)
{
	ask(stream, "PUT /shelf/cup", "Content-Length: 8\r\n");
	http_say(stream, "12345678");
	ask(stream, "PUT /shelf/cup", "Content-Length: 9\r\n");
	http_say(stream, "123456789");
	sp_testing_turn(testing);
	answered(stream, "204 413");
	rest_kit_sent(stream, "\"code\":\"payload_too_large\"");
}
END_TEST

/* ---- who may ----------------------------------------------------------------------------------------------------- */

/* The hashes of "swordfish" and of "trout". */
static const char guarded[] =
	"{\"tokens\":{\"ada\":{\"sha256\":\"b9f195c5cc7ef6afadbfbc42892ad47d3b24c6bc94bb510c4564a90a14e8b799\",\"roles\":[\"keeper\"]},"
	"\"bob\":{\"sha256\":\"d2dbacce3e851bf99053241e00ac5398bf17b61e228900dd22af0c5528c0e90b\"}},"
	"\"roles\":{\"keeper\":[\"shelf.*\"]}}";

static const struct {
	const char *line, *header, *status, *text;
} callers[] = {
	{ "DELETE /shelf/cup", "", "401", "WWW-Authenticate: Bearer realm=\"signalpyd\"\r\n" },
	{ "DELETE /shelf/cup", "Authorization: Bearer swordfish\r\n", "200", "\r\n\r\nada" },
	{ "DELETE /shelf/cup", "Authorization: Bearer trout\r\n", "403", "\"code\":\"forbidden\"" },
	{ "DELETE /shelf/cup", "Authorization: Bearer pike\r\n", "401", "error=\"invalid_token\"" },
	{ "DELETE /shelf/cup", "Authorization: Basic YTpi\r\n", "401", "\"code\":\"unauthenticated\"" },
	{ "GET /shelf/list", "", "200", "all: none" },
	{ "GET /shelf/list", "Authorization: Bearer pike\r\n", "401", "error=\"invalid_token\"" },
	{ "POST /hook/", "Authorization: Bearer pike\r\n", "200", "/hook/" },
};

/* R-PR-4: as for a runnable. */
START_TEST(a_caller_is_known_by_a_token)
{
	ck_assert_ptr_nonnull(sp_testing_add(testing, rest_kit_plugin("auth"), NULL));
	ck_assert_int_eq(sp_testing_set(testing, "auth", guarded), SP_OK);
	ask(stream, callers[_i].line, callers[_i].header);
	answered(stream, callers[_i].status);
	rest_kit_sent(stream, callers[_i].text);
	ck_assert_ptr_null(strstr(sp_testing_log(testing, false), "fish"));
}
END_TEST

/* R-PR-4: fail closed. */
START_TEST(without_a_provider_what_is_guarded_is_closed)
{
	ask(stream, "DELETE /shelf/cup", "Authorization: Bearer swordfish\r\n");
	ask(stream, "GET /shelf/list", "");
	answered(stream, "403 200");
	ck_assert_ptr_nonnull(strstr(sp_testing_events(testing, true),
		"call.denied {\"address\":\"shelf.burn\",\"caller\":\"\",\"transport\":\"rest\",\"code\":\"forbidden\"}"));
	ck_assert_int_eq(sp_testing_set(testing, "auth.required", "true"), SP_OK);
	ask(stream, "GET /shelf/list", "");
	ask(stream, "POST /hook/", "");
	answered(stream, "403 200 401 200");
}
END_TEST

/* What is done to a stream's client, and whether it may stay. */
static const struct {
	const char *path, *value;
	bool stays;
} changes[] = {
	{ "auth.roles.other", "[\"shelf.*\"]", true },
	{ "auth.roles.keeper", "[\"shelf.burn\"]", false },
	{ "auth.tokens.ada.roles", "[]", false },
	{ "auth.tokens.ada", "null", false },
	{ "auth", "null", false },
};

/* R-PR-4: also while it is answered. */
START_TEST(a_stream_ends_when_its_client_may_not_have_it_any_more)
{
	ck_assert_ptr_nonnull(sp_testing_add(testing, rest_kit_plugin("auth"), NULL));
	ck_assert_int_eq(sp_testing_set(testing, "auth", guarded), SP_OK);
	ask(stream, "GET /tail", "Authorization: Bearer swordfish\r\n");
	answered(stream, "200");
	sp_testing_advance(testing, 100000);
	ck_assert_uint_eq(left, 0);
	ck_assert_int_eq(sp_testing_set(testing, changes[_i].path, changes[_i].value), SP_OK);
	sp_testing_advance(testing, 10);
	ck_assert_int_eq(left, !changes[_i].stays);
	if (changes[_i].stays)
		streaming->ops->end(streaming);
	else
		rest_kit_sent(stream, "bye");
	ck_assert_int_eq(strstr(sp_testing_log(testing, true), "any more: 1\n") != NULL, !changes[_i].stays);
}
END_TEST

START_TEST(who_asks_too_often_is_refused)
{
	ck_assert_int_eq(sp_testing_set(testing, "policy.shelf.limits", "{\"list\":{\"calls\":1,\"within_ms\":90000}}"),
		SP_OK);
	ask(stream, "GET /shelf/list", "");
	ask(stream, "GET /shelf/list", "");
	answered(stream, "200 429");
	rest_kit_sent(stream, "Retry-After: ");
}
END_TEST

/* ---- who has a path ---------------------------------------------------------------------------------------------- */

START_TEST(a_path_that_is_taken_is_told_with_both_names)
{
	ck_assert_ptr_nonnull(sp_testing_add(testing, &rival_plugin, NULL));
	ck_assert_ptr_nonnull(
		strstr(sp_testing_log(testing, true), "rival cannot have GET /shelf/{other}: shelf serves it already"));
	ask(stream, "POST /shelf/cup", "");
	rest_kit_sent(stream, "posted");
	ask(stream, "GET /shelf/cup", "");
	answered(stream, "200 404");
	sp_testing_remove(testing, shelf);
	ask(stream, "GET /shelf/cup", "");
	rest_kit_sent(stream, "rival");
}
END_TEST

START_TEST(a_component_cannot_have_a_path_twice)
{
	ck_assert_ptr_nonnull(sp_testing_add(testing, &doubled_plugin, NULL));
	ck_assert_ptr_nonnull(
		strstr(sp_testing_log(testing, true), "doubled cannot have GET /twice: doubled serves it already"));
}
END_TEST

START_TEST(a_path_that_is_none_is_told)
{
	ck_assert_ptr_nonnull(sp_testing_add(testing, &crooked_plugin, NULL));
	ck_assert_ptr_nonnull(strstr(sp_testing_log(testing, true), "/a{b} is no path"));
}
END_TEST

/* ---- coming and going -------------------------------------------------------------------------------------------- */

/* R-CM-9 */
START_TEST(routes_go_with_their_component)
{
	sp_testing_remove(testing, shelf);
	ask(stream, "GET /shelf/list", "");
	answered(stream, "404");
}
END_TEST

START_TEST(a_server_that_comes_again_is_given_the_routes)
{
	sp_testing_remove(testing, http);
	ck_assert(!stream->open);
	ck_assert_str_eq(sp_testing_state(testing, "shelf"), "active");
	http = sp_testing_add(testing, rest_kit_plugin("http"), NULL);
	stream = fake_connect(&fake);
	ask(stream, "GET /shelf/list", "");
	answered(stream, "200");
}
END_TEST

/* R-PL-10 */
START_TEST(a_replaced_server_has_the_routes)
{
	struct sp_stream *newer;

	ask(stream, "GET /wait", "");
	ck_assert_int_eq(sp_testing_replace(testing, &http, rest_kit_plugin("http"), NULL), SP_OK);
	newer = fake_connect(&fake);
	ask(newer, "GET /shelf/list", "");
	answered(newer, "200");
	reply(waiting, 200, "late");
	rest_kit_sent(stream, "late");
	ck_assert_uint_eq(gone, 0);
}
END_TEST

/* R-PL-5: what was begun is answered by the old instance, what comes by the new one. */
START_TEST(a_replaced_component_has_its_routes)
{
	struct sp_stream *other = fake_connect(&fake), *third = fake_connect(&fake);

	ask(stream, "GET /wait", "");
	ask(other, "GET /stream", "");
	ck_assert_int_eq(sp_testing_replace(testing, &shelf, &shelf_plugin, NULL), SP_OK);
	ck_assert_uint_eq(left, 1);
	rest_kit_sent(other, "bye");
	ask(third, "GET /shelf/list", "");
	answered(third, "200");
	ck_assert_ptr_nonnull(waiting);
	reply(waiting, 200, "late");
	rest_kit_sent(stream, "late");
	ck_assert(stream->open && other->open);
}
END_TEST

START_TEST(a_removed_component_answers_what_it_has_begun)
{
	struct sp_stream *deaf = fake_connect(&fake);

	ask(stream, "GET /wait", "");
	ask(deaf, "GET /deaf", "");
	sp_testing_remove(testing, shelf);
	ck_assert(!deaf->open);
	ck_assert_uint_eq(gone, 1);
	ck_assert_uint_eq(stream->sent_size, 0);
}
END_TEST

START_TEST(a_client_that_goes_is_told)
{
	ask(stream, "GET /wait", "");
	fake_close(stream, SP_OK);
	ck_assert_uint_eq(gone, 1);
	sp_testing_remove(testing, shelf);
	ck_assert_str_eq(sp_testing_state(testing, "shelf"), "");
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_route_is_served), TEST(the_methods_of_a_path_are_told),
		TEST(what_a_handler_says_is_answered), TEST(a_body_may_be_too_large),
		TEST(a_caller_is_known_by_a_token, .times = sizeof callers / sizeof *callers),
		TEST(without_a_provider_what_is_guarded_is_closed),
		TEST(a_stream_ends_when_its_client_may_not_have_it_any_more, .times = sizeof changes / sizeof *changes),
		TEST(who_asks_too_often_is_refused), TEST(a_path_that_is_taken_is_told_with_both_names),
		TEST(a_component_cannot_have_a_path_twice), TEST(a_path_that_is_none_is_told),
		TEST(routes_go_with_their_component), TEST(a_server_that_comes_again_is_given_the_routes),
		TEST(a_replaced_server_has_the_routes), TEST(a_replaced_component_has_its_routes),
		TEST(a_removed_component_answers_what_it_has_begun), TEST(a_client_that_goes_is_told) };

	return run_suite(&SUITE(cases, "http routes", .set_up = set_up, .tear_down = tear_down));
}
