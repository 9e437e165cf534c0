/*
 * check_rest_whole.c: long calls as events, and what REST tells of the whole: readiness, figures, description and page.
 * links: signalpy */
#include "parrot.h"
#include "runner.h"

SP_PLUGIN(parrot, "1.0.0", parrot);

/* Another, with what the description is to tell besides. */
/* clang-format off */
SP_RECORD(feather, (string, colour, .required = true));

SP_COMPONENT(plumage,
	(kind,     feather, .about = "One of many.", .version = "3"),
	(runnable, pluck, feather, feather, .about = "Takes one out. It hurts.", .destructive = true, .role = "keeper"));
/* clang-format on */

static sp_status plumage_pluck(struct plumage *self SP_UNUSED, const struct feather *in SP_UNUSED,
	struct feather *out SP_UNUSED)
{
	return SP_OK;
}

static const struct sp_plugin plumage_plugin = { { SP_ABI_MAJOR, sizeof(struct sp_plugin) }, "plumage", "1.0.0",
	(const struct sp_component *const[]){ &plumage_component, NULL } };

/* Another, which fails to activate. */
SP_COMPONENT(ailing, (activate));

static sp_status ailing_activate(struct ailing *self)
{
	return sp_fail(self->rt, SP_FAILED, "a cold");
}

static const struct sp_plugin ailing_plugin = { { SP_ABI_MAJOR, sizeof(struct sp_plugin) }, "ailing", "1.0.0",
	(const struct sp_component *const[]){ &ailing_component, NULL } };

static void set_up(void)
{
	parrot_begin(&signalpy_plugin);
}

/* ---- answers in events ------------------------------------------------------------------------------------------- */

static void post_for_events(void)
{
	say(stream, "POST /api/v1/parrot/wait HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n");
}

START_TEST(a_long_call_tells_how_far_it_is)
{
	post_for_events();
	rest_kit_sent(stream, "HTTP/1.1 200 OK\r\n");
	rest_kit_sent(stream, "Content-Type: text/event-stream\r\n");
	sp_progress(the_parrot->waiting, 1, 3, "half a word");
	rest_kit_sent(stream, "event: progress\ndata: {\"done\":1,\"total\":3,\"note\":\"half a word\"}\n\n");
	sp_tell(the_parrot->waiting, SP_WARNING, "two\nlines");
	rest_kit_sent(stream, "event: log\ndata: {\"level\":\"warning\",\"message\":\"two\\nlines\"}\n\n");
	sp_testing_advance(testing, 2900);
	finish_waiting("whole");
	rest_kit_sent(stream, "event: result\ndata: {\"ok\":true,\"data\":{\"text\":\"whole\"}}\n\n");
	rest_kit_sent(stream, "\r\n0\r\n\r\n");
	post(stream, "say", "{}");
	rest_kit_sent(stream, "\"nothing\"");
}
END_TEST

START_TEST(what_fails_on_the_way_is_an_event)
{
	post_for_events();
	sp_testing_advance(testing, 3000);
	rest_kit_sent(stream, "event: error\ndata: {\"ok\":false,\"error\":{\"code\":\"timeout\"");
	rest_kit_sent(stream, "\r\n0\r\n\r\n");
	finish_waiting("");
}
END_TEST

START_TEST(who_leaves_a_stream_cancels_its_call)
{
	post_for_events();
	fake_close(stream, SP_OK);
	ck_assert(sp_is_cancelled(the_parrot->waiting));
	sp_progress(the_parrot->waiting, 1, 3, NULL);
	finish_waiting("nobody");
	ck_assert_ptr_null(strstr(stream->sent, "nobody"));
}
END_TEST

/* Reports are left out for a client that does not take them; the result is not. */
START_TEST(a_client_that_lags_misses_reports)
{
	char note[1000];

	memset(note, 'x', sizeof note - 1);
	note[sizeof note - 1] = '\0';
	stream->room = 500;
	post_for_events();
	for (int i = 0; i < 1000; i++)
		sp_progress(the_parrot->waiting, i, 1000, note);
	ck_assert_uint_lt(stream->sent_size, 100000);
	finish_waiting("whole");
	rest_kit_sent(stream, "\"whole\"");
}
END_TEST

/* ---- the whole --------------------------------------------------------------------------------------------------- */

START_TEST(who_is_not_well_is_not_ready)
{
	struct sp_error error;

	ck_assert_ptr_nonnull(sp_testing_add(testing, &ailing_plugin, &error));
	say(stream, "GET /ready HTTP/1.1\r\nHost: localhost\r\n\r\n");
	rest_kit_sent(stream, "HTTP/1.1 503 ");
	rest_kit_sent(stream, "Retry-After: 1\r\n");
	rest_kit_sent(stream,
		"{\"code\":\"unavailable\",\"message\":\"signalpyd is degraded\","
		"\"details\":[\"ailing: activate: a cold\"]}");
	sp_kernel_drain(sp_testing_kernel(testing));
	say(stream, "GET /ready HTTP/1.1\r\nHost: localhost\r\n\r\n");
	rest_kit_sent(stream, "signalpyd is draining");
	say(stream, "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
	ck_assert_str_eq(http_statuses(stream->sent, stream->sent_size), "503 503 200");
}
END_TEST

static const char *const figures[] = { "Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n",
	"# TYPE signalpy_calls counter\n",
	"signalpy_calls_total{component=\"parrot\",runnable=\"say\",code=\"ok\"} 1\n",
	"signalpy_calls_total{component=\"parrot\",runnable=\"ask\",code=\"invalid_params\"} 1\n",
	"signalpy_call_duration_seconds_bucket{component=\"parrot\",runnable=\"say\",le=\"1.0\"} 1\n",
	"signalpy_call_duration_seconds_bucket{component=\"parrot\",runnable=\"say\",le=\"+Inf\"} 1\n",
	"signalpy_call_duration_seconds_count{component=\"parrot\",runnable=\"say\"} 1\n",
	"signalpy_kernel_state{state=\"healthy\"} 1\n", "signalpy_components{state=\"active\"} 3\n",
	"# UNIT process_cpu_seconds seconds\n", "process_resident_memory_bytes ", "process_open_fds ", "\n# EOF\n" };

START_TEST(figures_are_openmetrics)
{
	post(stream, "say", "{}");
	post(stream, "ask", "{}");
	say(stream, "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
	for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++)
		rest_kit_sent(stream, figures[i]);
	ck_assert_str_eq(stream->sent + stream->sent_size - 7, "\n# EOF\n");
}
END_TEST

static void get(const char *path, const char *fields)
{
	char request[256];

	stream->sent[stream->sent_size = 0] = '\0';
	snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n", path, fields);
	say(stream, request);
}

static json_t *body_new(void)
{
	const char *body = strstr(stream->sent, "\r\n\r\n");
	json_error_t error;
	json_t *json = body ? json_loads(body + 4, 0, &error) : NULL;

	ck_assert_msg(json != NULL, "no JSON in: %s", stream->sent);
	return json;
}

static void keep_tag(char tag[64])
{
	const char *at = strstr(stream->sent, "ETag: ");

	ck_assert_ptr_nonnull(at);
	ck_assert_int_eq(sscanf(at, "ETag: %30[^\r]", tag), 1);
}

START_TEST(the_description_follows_what_is_there)
{
	char before[64], after[64], again[64], fields[128];
	struct sp_error error;
	sp_plugin_handle *plumage;

	get("/openapi.json", "");
	keep_tag(before);
	ck_assert_ptr_null(strstr(stream->sent, "/api/v1/parrot/hide"));
	ck_assert_ptr_null(strstr(stream->sent, "securitySchemes"));
	snprintf(fields, sizeof fields, "If-None-Match: %s\r\n", before);
	get("/openapi.json", fields);
	rest_kit_sent(stream, "HTTP/1.1 304 ");
	plumage = sp_testing_add(testing, &plumage_plugin, &error);
	get("/openapi.json", fields);
	rest_kit_sent(stream, "HTTP/1.1 200 ");
	keep_tag(after);
	ck_assert_str_ne(before, after);
	sp_testing_remove(testing, plumage);
	get("/openapi.json", "");
	keep_tag(again);
	ck_assert_str_eq(before, again);
}
END_TEST

static const char *text_at(const json_t *json, const char *one, const char *other)
{
	const char *text = json_string_value(json_object_get(json_object_get(json, one), other));

	return text ? text : "";
}

START_TEST(the_description_is_true)
{
	struct sp_error error;
	json_t *root, *post_say, *pluck;

	sp_testing_add(testing, &plumage_plugin, &error);
	get("/openapi.json", "");
	root = body_new();
	ck_assert_str_eq(json_string_value(json_object_get(root, "openapi")), "3.1.0");
	post_say = json_object_get(json_object_get(json_object_get(root, "paths"), "/api/v1/parrot/say"), "post");
	ck_assert_str_eq(json_string_value(json_object_get(post_say, "operationId")), "parrot.say");
	ck_assert_ptr_null(json_object_get(post_say, "security"));
	ck_assert(json_is_false(json_object_get(json_object_get(post_say, "requestBody"), "required")));
	pluck = json_object_get(json_object_get(json_object_get(root, "paths"), "/api/v1/plumage/pluck"), "post");
	ck_assert_str_eq(json_string_value(json_object_get(pluck, "summary")), "Takes one out");
	ck_assert(json_is_true(json_object_get(pluck, "x-destructive")));
	ck_assert_ptr_nonnull(json_object_get(pluck, "security"));
	ck_assert_str_eq(text_at(json_object_get(json_object_get(json_object_get(pluck, "requestBody"), "content"),
					 "application/json"),
				 "schema", "$ref"),
		"#/components/schemas/plumage.feather");
	ck_assert_str_eq(text_at(json_object_get(json_object_get(root, "components"), "schemas"), "plumage.feather",
				 "description"),
		"One of many.");
	json_decref(root);
}
END_TEST

/* The page is one, takes nothing from elsewhere, and runs no script but its own. */
START_TEST(the_page_is_whole)
{
	char nonce[64], tag[96];
	const char *at;

	get("/docs", "");
	rest_kit_sent(stream, "Content-Type: text/html; charset=utf-8\r\n");
	rest_kit_sent(stream, "Content-Security-Policy: default-src 'none'; script-src 'nonce-");
	at = strstr(stream->sent, "script-src 'nonce-");
	ck_assert_int_eq(sscanf(at, "script-src 'nonce-%32[0-9a-f]'", nonce), 1);
	snprintf(tag, sizeof tag, "<script nonce=\"%s\">", nonce);
	rest_kit_sent(stream, tag);
	snprintf(tag, sizeof tag, "<style nonce=\"%s\">", nonce);
	rest_kit_sent(stream, tag);
	rest_kit_not_sent(stream, "{nonce}");
	rest_kit_not_sent(stream, "https://");
	rest_kit_not_sent(stream, "innerHTML");
	rest_kit_sent(stream, "</html>\n");
	get("/docs", "");
	rest_kit_not_sent(stream, nonce);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_long_call_tells_how_far_it_is),
		TEST(what_fails_on_the_way_is_an_event), TEST(who_leaves_a_stream_cancels_its_call),
		TEST(a_client_that_lags_misses_reports), TEST(who_is_not_well_is_not_ready),
		TEST(figures_are_openmetrics), TEST(the_description_follows_what_is_there),
		TEST(the_description_is_true), TEST(the_page_is_whole) };

	return run_suite(&SUITE(cases, "the whole over HTTP", .set_up = set_up, .tear_down = parrot_end));
}
