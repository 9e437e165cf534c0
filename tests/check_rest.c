/*
 * check_rest.c: runnables over HTTP: the plugins http and rest in a kernel of the test's own, with streams in memory.
 * links: signalpy */
#include "parrot.h"
#include "runner.h"

/* clang-format off */
SP_COMPONENT(finch,
	(about, "Sings, in no instance by itself.", .target_property = "colour", .on_demand = true),
	(property, string, colour),
	(runnable, sing, nothing, said),
	(rest, .prefix = "birds", .version = "v2"));
/* clang-format on */

static sp_status finch_sing(struct finch *self, struct said *out)
{
	out->text = sp_name(self->rt);
	return SP_OK;
}

SP_COMPONENT(cage, (runnable, open, nothing, nothing, .action = "cage.open"));

static sp_status cage_open(struct cage *self SP_UNUSED)
{
	return SP_OK;
}

SP_PLUGIN(parrot, "1.0.0", parrot, finch, cage);

static void set_up(void)
{
	parrot_begin(&signalpy_plugin);
}

/* ---- answers ----------------------------------------------------------------------------------------------------- */

START_TEST(a_runnable_answers)
{
	post(stream, "say", "{\"text\":\"h\\u00e4\"}");
	rest_kit_sent(stream, "HTTP/1.1 200 OK\r\n");
	rest_kit_sent(stream, "Content-Type: application/json\r\n");
	rest_kit_sent(stream, "\r\n\r\n{\"ok\":true,\"data\":{\"text\":\"h\xc3\xa4\"}}");
	post(stream, "ask", "{\"number\":3}");
	rest_kit_sent(stream, "{\"ok\":true,\"data\":{}}");
	ck_assert_str_eq(http_statuses(stream->sent, stream->sent_size), "200 200");
}
END_TEST

static void make(const char *component, const char *name, const char *colour)
{
	struct sp_instance_options options = { .struct_size = sizeof options, .component = component, .name = name };

	options.properties = json_pack("{s:s}", "colour", colour);
	ck_assert_int_eq(sp_kernel_instantiate(sp_testing_kernel(testing), &options, NULL), SP_OK);
	json_decref(options.properties);
	sp_testing_turn(testing);
}

/* With a prefix of its own, and though no instance bears the component's name. */
START_TEST(a_target_goes_by_the_components_path) /* R-RN-7 */
{
	make("finch", "ann", "red");
	make("finch", "ben", "blue");
	say(stream, "POST /api/v2/birds/sing HTTP/1.1\r\nHost: localhost\r\nSignalpy-Target: blue\r\n\r\n");
	rest_kit_sent(stream, "{\"ok\":true,\"data\":{\"text\":\"ben\"}}");
	say(stream, "POST /api/v2/birds/sing HTTP/1.1\r\nHost: localhost\r\nSignalpy-Target: grey\r\n\r\n");
	rest_kit_sent(stream, "no instance of component finch has the colour 'grey'");
	say(stream, "POST /api/v2/birds/sing HTTP/1.1\r\nHost: localhost\r\n\r\n");
	rest_kit_sent(stream, "there is no runnable at /api/v2/birds/sing");
	say(stream, "POST /api/v2/birds/ann/sing HTTP/1.1\r\nHost: localhost\r\n\r\n");
	rest_kit_sent(stream, "{\"ok\":true,\"data\":{\"text\":\"ann\"}}");
	ck_assert_str_eq(http_statuses(stream->sent, stream->sent_size), "200 404 404 200");
}
END_TEST

START_TEST(a_target_picks_the_instance) /* R-RN-7 */
{
	static const char *const paths[] = { "parrot/say", "bird/say", "parrot/hide", "parrot/say/more" };
	char request[256];

	make("parrot", "bird", "red");
	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
		snprintf(request, sizeof request,
			"POST /api/v1/%s HTTP/1.1\r\nHost: localhost\r\nSignalpy-Target: red\r\n\r\n", paths[i]);
		say(stream, request);
	}
	say(stream, "POST /api/v1/parrot/say HTTP/1.1\r\nHost: localhost\r\nSignalpy-Target: blue\r\n\r\n");
	rest_kit_sent(stream, "no instance of component parrot has the colour 'blue'");
	ck_assert_str_eq(http_statuses(stream->sent, stream->sent_size), "200 404 404 404 404");
	rest_kit_sent(stream, "no component has a runnable at /api/v1/bird/say, and a target picks an instance of one");
}
END_TEST

START_TEST(no_body_is_an_empty_object)
{
	say(stream, "POST /api/v1/parrot/say HTTP/1.1\r\nHost: localhost\r\n\r\n");
	rest_kit_sent(stream, "{\"ok\":true,\"data\":{\"text\":\"nothing\"}}");
}
END_TEST

START_TEST(a_long_result_is_whole)
{
	char json[4200], request[4400];

	snprintf(json, sizeof json, "{\"text\":\"%4000d\"}", 1);
	snprintf(request, sizeof request,
		"POST /api/v1/parrot/say HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
		"Content-Length: %zu\r\n\r\n%s",
		strlen(json), json);
	say(stream, request);
	ck_assert_str_eq(http_statuses(stream->sent, stream->sent_size), "200");
	rest_kit_sent(stream, json);
}
END_TEST

static const struct {
	const char *request; /* what comes behind the method and before Host */
	const char *status, *body;
} wrong[] = {
	{ "GET /api/v1/parrot/say HTTP/1.1\r\n", "405", "GET is not allowed here; use POST" },
	{ "GET /api/v1/parrot/say HTTP/1.1\r\n", "405", "Allow: POST\r\n" },
	{ "HEAD /api/v1/parrot/say HTTP/1.1\r\n", "405", "Allow: POST\r\n" },
	{ "OPTIONS /api/v1/parrot/say HTTP/1.1\r\n", "405", "\"code\":\"method_not_allowed\"" },
	{ "POST /api/v1/parrot/sing HTTP/1.1\r\n", "404", "\"code\":\"not_found\"" },
	{ "POST /api/v1/parrot/hide HTTP/1.1\r\n", "404", "\"code\":\"not_found\"" },
	{ "POST /api/v1/parrot/say/ HTTP/1.1\r\n", "404", "there is no runnable at /api/v1/parrot/say/" },
	{ "POST /api/ HTTP/1.1\r\n", "404", "\"code\":\"not_found\"" },
	{ "POST /api HTTP/1.1\r\n", "404", "\"code\":\"not_found\"" },
	{ "POST /api/v1/parrot/fail HTTP/1.1\r\n", "500",
		"{\"ok\":false,\"error\":{\"code\":\"failed\",\"message\":\"the parrot is \\\"dead\\\"\",\"trace_id\":\"" },
	{ "POST /api/v1/parrot/refuse HTTP/1.1\r\n", "503", "Retry-After: 1\r\n" },
	{ "POST /api/v1/parrot/ask HTTP/1.1\r\n", "422", "\"code\":\"invalid_params\"" },
	{ "POST /api/v1/parrot/ask HTTP/1.1\r\n", "422", "\"details\":[{\"pointer\":\"/number\"" },
	{ "POST /api/v1/parrot/ask HTTP/1.1\r\nContent-Length: 2\r\n", "415",
		"the Content-Type is missing; it must be "
		"application/json" },
	{ "POST /api/v1/parrot/ask HTTP/1.1\r\nContent-Type: text/xml\r\nContent-Length: 2\r\n", "415",
		"\"code\":\"unsupported_media_type\",\"message\":\"the Content-Type is text/xml; it must be "
		"application/json\"" },
	{ "POST /api/v1/parrot/ask HTTP/1.1\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n",
		"415", "the Content-Encoding is gzip; the body must not be encoded" },
	{ "POST /api/v1/parrot/ask HTTP/1.1\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n",
		"415", "Accept-Encoding: identity\r\n" },
	{ "POST /api/v1/parrot/ask HTTP/1.1\r\nContent-Type: application/jsonp\r\nContent-Length: 2\r\n", "415", "" },
	{ "POST /api/v1/parrot/ask HTTP/1.1\r\nContent-Type: application/json ; charset=utf-8\r\n"
	  "Content-Length: 2\r\n",
		"400", "\"code\":\"bad_request\"" },
	{ "GET /health HTTP/1.1\r\n", "200", "{\"ok\":true,\"data\":{\"status\":\"alive\"}}" },
	{ "POST /health HTTP/1.1\r\n", "405", "Allow: GET, HEAD\r\n" },
	{ "GET /ready HTTP/1.1\r\n", "200", "{\"ok\":true,\"data\":{\"healthy\":true,\"state\":\"healthy\"," },
	{ "POST /ready HTTP/1.1\r\n", "405", "Allow: GET, HEAD\r\n" },
	{ "POST /metrics HTTP/1.1\r\n", "405", "Allow: GET, HEAD\r\n" },
	{ "POST /api/v1/parrot/show HTTP/1.1\r\n", "200",
		"{\"ok\":true,\"data\":{},\"content\":[{\"type\":\"text\",\"text\":\"a feather\"}]}" },
	{ "POST /api/v1/parrot/say HTTP/1.1\r\nAccept: text/event-stream\r\n", "200",
		"event: result\ndata: {\"ok\":true,\"data\":{\"text\":\"nothing\"}}\n\n" },
	{ "POST /api/v1/parrot/say HTTP/1.1\r\nAccept: application/json, text/event-stream\r\n", "200",
		"event: result\n" },
	{ "POST /api/v1/parrot/say HTTP/1.1\r\nAccept: application/json, text/event-stream;q=0.9\r\n", "200",
		"Content-Type: application/json\r\n" },
	{ "POST /api/v1/parrot/ask HTTP/1.1\r\nAccept: text/event-stream\r\n", "422",
		"Content-Type: application/json\r\n" },
	{ "GET /healthy HTTP/1.1\r\n", "404", "\"code\":\"not_found\"" },
};

START_TEST(what_is_wrong_is_named)
{
	say(stream, wrong[_i].request);
	say(stream, "Host: localhost\r\n\r\n");
	if (strstr(wrong[_i].request, "Content-Length"))
		say(stream, "[}");
	ck_assert_mem_eq(stream->sent + 9, wrong[_i].status, 3);
	rest_kit_sent(stream, wrong[_i].body);
	ck_assert(stream->open);
}
END_TEST

/* ---- answers that take time -------------------------------------------------------------------------------------- */

START_TEST(an_answer_may_come_later)
{
	post(stream, "wait", "{}");
	ck_assert_uint_eq(stream->sent_size, 0);
	finish_waiting("there");
	rest_kit_sent(stream, "{\"ok\":true,\"data\":{\"text\":\"there\"}}");
	post(stream, "say", "{}");
	ck_assert_str_eq(http_statuses(stream->sent, stream->sent_size), "200 200");
}
END_TEST

START_TEST(a_deadline_answers_504)
{
	post(stream, "wait", "{}");
	sp_testing_advance(testing, 3000);
	ck_assert_str_eq(http_statuses(stream->sent, stream->sent_size), "504");
	rest_kit_sent(stream, "\"code\":\"timeout\"");
	finish_waiting("");
	ck_assert_str_eq(http_statuses(stream->sent, stream->sent_size), "504");
}
END_TEST

START_TEST(a_client_that_goes_cancels_its_call)
{
	post(stream, "wait", "{}");
	ck_assert(!sp_is_cancelled(the_parrot->waiting));
	fake_close(stream, SP_OK);
	ck_assert(sp_is_cancelled(the_parrot->waiting));
	finish_waiting("nobody");
	ck_assert_uint_eq(stream->sent_size, 0);
}
END_TEST

/* ---- who calls --------------------------------------------------------------------------------------------------- */

/* The hashes of "swordfish" and of "trout". */
static const char guarded[] =
	"{\"tokens\":{\"ada\":{\"sha256\":\"b9f195c5cc7ef6afadbfbc42892ad47d3b24c6bc94bb510c4564a90a14e8b799\",\"roles\":[\"keeper\"]},"
	"\"bob\":{\"sha256\":\"d2dbacce3e851bf99053241e00ac5398bf17b61e228900dd22af0c5528c0e90b\"}},"
	"\"roles\":{\"keeper\":[\"cage.*\"]}}";

static const struct {
	const char *runnable, *header, *status, *challenge; /* NULL: none */
} callers[] = {
	{ "parrot/say", "", "200", NULL },
	{ "parrot/say", "Authorization: Bearer swordfish\r\n", "200", NULL },
	{ "parrot/say", "Authorization: Bearer pike\r\n", "401", "invalid_token" },
	{ "parrot/say", "Authorization: Bearer swordfish\r\nAuthorization: Bearer swordfish\r\n", "401",
		"invalid_token" },
	{ "parrot/say", "Authorization: Basic YTpi\r\n", "401", "invalid_token" },
	{ "parrot/say", "Authorization: Bearer\r\n", "401", "invalid_token" },
	{ "parrot/nothing", "Authorization: Bearer pike\r\n", "401", "invalid_token" },
	{ "cage/open", "", "401", "Bearer realm=\"signalpyd\"\r\n" },
	{ "cage/open", "Authorization: Bearer swordfish\r\n", "200", NULL },
	{ "cage/open", "authorization:   bearer   swordfish\r\n", "200", NULL },
	{ "cage/open", "Authorization: Bearer trout\r\n", "403", NULL },
};

/* R-PR-4: a token that is wrong is refused everywhere; without one only what is guarded is. */
START_TEST(a_caller_is_known_by_a_token)
{
	char request[256];

	ck_assert_ptr_nonnull(sp_testing_add(testing, rest_kit_plugin("auth"), NULL));
	ck_assert_int_eq(sp_testing_set(testing, "auth", guarded), SP_OK);
	snprintf(request, sizeof request, "POST /api/v1/%s HTTP/1.1\r\nHost: localhost\r\n%s\r\n", callers[_i].runnable,
		callers[_i].header);
	say(stream, request);
	ck_assert_str_eq(http_statuses(stream->sent, stream->sent_size), callers[_i].status);
	if (callers[_i].challenge)
		rest_kit_sent(stream, callers[_i].challenge);
	else
		ck_assert_ptr_null(strstr(stream->sent, "WWW-Authenticate"));
	ck_assert_ptr_null(strstr(sp_testing_log(testing, false), "fish"));
	ck_assert_ptr_null(strstr(sp_testing_events(testing, false), "fish"));
}
END_TEST

/* R-PR-4: fail closed. */
START_TEST(without_a_provider_no_token_is_right)
{
	say(stream, "POST /api/v1/parrot/say HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer x\r\n\r\n");
	say(stream, "POST /api/v1/cage/open HTTP/1.1\r\nHost: localhost\r\n\r\n");
	ck_assert_str_eq(http_statuses(stream->sent, stream->sent_size), "401 403");
}
END_TEST

START_TEST(who_calls_too_often_is_told_when_to_come_again)
{
	ck_assert_int_eq(sp_testing_set(testing, "policy.parrot.limits", "{\"say\":{\"calls\":1,\"within_ms\":90000}}"),
		SP_OK);
	post(stream, "say", "{}");
	post(stream, "say", "{}");
	ck_assert_str_eq(http_statuses(stream->sent, stream->sent_size), "200 429");
	rest_kit_sent(stream, "Retry-After: 90\r\n");
	rest_kit_sent(stream, "\"code\":\"too_many_requests\"");
}
END_TEST

/* ---- traces ------------------------------------------------------------------------------------------------------ */

#define TRACE "0af7651916cd43dd8448eb211c80319c"
#define IN_TRACE "traceparent: 00-" TRACE "-b7ad6b7169203331-01\r\n"

static void post_in_trace(const char *runnable, const char *fields)
{
	char request[400];

	snprintf(request, sizeof request, "POST /api/v1/parrot/%s HTTP/1.1\r\nHost: localhost\r\n%s\r\n", runnable,
		fields);
	say(stream, request);
}

/* R-PR-5 */
START_TEST(a_request_names_its_trace)
{
	post_in_trace("say", IN_TRACE);
	rest_kit_sent(stream, "\r\ntraceresponse: 00-" TRACE "-");
	rest_kit_not_sent(stream, "b7ad6b7169203331");
	rest_kit_not_sent(stream, "trace_id");
	post_in_trace("fail", IN_TRACE "tracestate: rojo=1\r\n");
	rest_kit_sent(stream, ",\"trace_id\":\"" TRACE "\"}}");
}
END_TEST

START_TEST(without_a_trace_only_failures_tell_one)
{
	post_in_trace("say", "");
	rest_kit_not_sent(stream, "trace");
	post_in_trace("say", IN_TRACE IN_TRACE);
	post_in_trace("say", "traceparent: 00-" TRACE "-b7ad6b7169203331-1\r\n");
	rest_kit_not_sent(stream, "trace");
	post_in_trace("fail", "");
	rest_kit_sent(stream, "\r\ntraceresponse: 00-");
	rest_kit_sent(stream, ",\"trace_id\":\"");
}
END_TEST

/* ---- replacement ------------------------------------------------------------------------------------------------- */

/* R-PL-10 */
START_TEST(a_replaced_server_finishes_its_requests)
{
	struct sp_stream *idle = fake_connect(&fake), *newer;
	struct sp_error error = { .message = "" };

	post(stream, "wait", "{}");
	ck_assert_msg(sp_testing_replace(testing, &http, rest_kit_plugin("http"), &error) == SP_OK, "%s",
		error.message);
	ck_assert(stream->open && idle->open);
	newer = fake_connect(&fake);
	post(newer, "say", "{}");
	ck_assert_str_eq(http_statuses(newer->sent, newer->sent_size), "200");
	ck_assert(newer->open);
	post(idle, "say", "{\"text\":\"last\"}");
	rest_kit_sent(idle, "\"last\"");
	rest_kit_sent(idle, "Connection: close\r\n");
	ck_assert(!idle->open);
	finish_waiting("late");
	rest_kit_sent(stream, "\"late\"");
	rest_kit_sent(stream, "Connection: close\r\n");
	ck_assert(!stream->open);
}
END_TEST

START_TEST(a_replaced_rest_finishes_its_calls)
{
	struct sp_stream *other = fake_connect(&fake);
	struct sp_error error = { .message = "" };

	post(stream, "wait", "{}");
	ck_assert_msg(sp_testing_replace(testing, &rest, rest_kit_plugin("rest"), &error) == SP_OK, "%s",
		error.message);
	post(other, "say", "{}");
	ck_assert_str_eq(http_statuses(other->sent, other->sent_size), "200");
	finish_waiting("late");
	rest_kit_sent(stream, "\"late\"");
	post(stream, "say", "{}");
	ck_assert_str_eq(http_statuses(stream->sent, stream->sent_size), "200 200");
}
END_TEST

START_TEST(a_server_that_is_removed_closes)
{
	sp_testing_remove(testing, http);
	ck_assert_str_eq(sp_testing_state(testing, "rest"), "waiting");
	ck_assert(!stream->open);
	ck_assert_uint_eq(fake_listening(&fake), 0);
}
END_TEST

START_TEST(without_rest_nothing_is_served)
{
	sp_testing_remove(testing, rest);
	post(stream, "say", "{}");
	ck_assert_str_eq(http_statuses(stream->sent, stream->sent_size), "404");
}
END_TEST

/* ---- settings of the server -------------------------------------------------------------------------------------- */

START_TEST(addresses_follow_the_configuration)
{
	ck_assert_uint_eq(fake_listening(&fake), 2);
	ck_assert_int_eq(sp_testing_set(testing, "http.listen", "[\"10.0.0.1:80\", \"127.0.0.1:8080\"]"), SP_OK);
	ck_assert_uint_eq(fake_listening(&fake), 2);
	ck_assert_str_eq(fake.listeners->address, "10.0.0.1:80");
	say(stream, "GET /health HTTP/1.1\r\nHost: 10.0.0.1\r\n\r\n");
	ck_assert_str_eq(http_statuses(stream->sent, stream->sent_size), "200");
	ck_assert_int_eq(sp_testing_set(testing, "http.listen", "[\"10.0.0.2:80\"]"), SP_OK);
	ck_assert_uint_eq(fake_listening(&fake), 1);
	say(stream, "GET /health HTTP/1.1\r\nHost: 10.0.0.1\r\n\r\n");
	ck_assert_str_eq(http_statuses(stream->sent, stream->sent_size), "200 403");
	ck_assert(stream->open);
}
END_TEST

START_TEST(an_address_that_was_taken_is_tried_again)
{
	fake.refused = "10.0.0.1:80";
	fake.refusal = SP_CONFLICT;
	ck_assert_int_eq(sp_testing_set(testing, "http.listen", "[\"10.0.0.1:80\"]"), SP_OK);
	sp_testing_log(testing, true);
	sp_testing_advance(testing, 10000);
	ck_assert_uint_eq(fake_listening(&fake), 2);
	ck_assert_str_eq(sp_testing_log(testing, true), "");
	fake.refused = NULL;
	sp_testing_advance(testing, 2000);
	ck_assert_uint_eq(fake_listening(&fake), 1);
	ck_assert_str_eq(fake.listeners->address, "10.0.0.1:80");
	ck_assert_ptr_nonnull(strstr(sp_testing_log(testing, true), "listening on 10.0.0.1:80"));
	sp_testing_advance(testing, 10000);
	ck_assert_str_eq(sp_testing_log(testing, true), "");
}
END_TEST

START_TEST(an_address_that_is_taken_is_told)
{
	fake.refused = "10.0.0.1:80";
	fake.refusal = SP_CONFLICT;
	sp_testing_log(testing, true);
	ck_assert_int_eq(sp_testing_set(testing, "http.listen", "[\"10.0.0.1:80\"]"), SP_OK);
	ck_assert_uint_eq(fake_listening(&fake), 2);
	ck_assert_ptr_nonnull(
		strstr(sp_testing_log(testing, true), "10.0.0.1:80 cannot be had; set http.listen to an"));
	fake.refused = "nonsense";
	fake.refusal = SP_INVALID;
	ck_assert_int_eq(sp_testing_set(testing, "http.listen", "[\"nonsense\"]"), SP_OK);
	ck_assert_ptr_nonnull(strstr(sp_testing_log(testing, true), "nonsense cannot be had\n"));
}
END_TEST

START_TEST(hosts_and_limits_follow_the_configuration)
{
	ck_assert_int_eq(sp_testing_set(testing, "http.hosts", "[\"api.example\"]"), SP_OK);
	ck_assert_int_eq(sp_testing_set(testing, "http.limits.body", "4"), SP_OK);
	say(stream, "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
	say(stream, "GET /health HTTP/1.1\r\nHost: api.example\r\n\r\n");
	say(stream, "POST /health HTTP/1.1\r\nHost: api.example\r\nContent-Length: 5\r\n\r\n");
	ck_assert_str_eq(http_statuses(stream->sent, stream->sent_size), "403 200 413");
	ck_assert_int_eq(sp_testing_set(testing, "http.limits.line", "0"), SP_INVALID);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_runnable_answers), TEST(a_target_picks_the_instance),
		TEST(a_target_goes_by_the_components_path), TEST(no_body_is_an_empty_object),
		TEST(a_long_result_is_whole), TEST(what_is_wrong_is_named, .times = sizeof wrong / sizeof *wrong),
		TEST(an_answer_may_come_later), TEST(a_deadline_answers_504),
		TEST(a_caller_is_known_by_a_token, .times = sizeof callers / sizeof *callers),
		TEST(without_a_provider_no_token_is_right), TEST(who_calls_too_often_is_told_when_to_come_again),
		TEST(a_client_that_goes_cancels_its_call), TEST(a_request_names_its_trace),
		TEST(without_a_trace_only_failures_tell_one), TEST(a_replaced_server_finishes_its_requests),
		TEST(a_replaced_rest_finishes_its_calls), TEST(a_server_that_is_removed_closes),
		TEST(without_rest_nothing_is_served), TEST(addresses_follow_the_configuration),
		TEST(an_address_that_is_taken_is_told), TEST(an_address_that_was_taken_is_tried_again),
		TEST(hosts_and_limits_follow_the_configuration) };

	return run_suite(&SUITE(cases, "rest", .set_up = set_up, .tear_down = parrot_end));
}
