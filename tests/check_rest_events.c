/*
 * check_rest_events.c: the bus's events over HTTP: the plugins http and rest in a kernel of the test's own, with streams in
 * memory.
 * links: signalpy */
#include "rest_kit.h"
#include "runner.h"

#include <check.h>
#include <signalpy/auth.h>
#include <signalpy/component.h>
#include <stdio.h>
#include <string.h>

SP_COMPONENT(guard, (provide, sp_auth));

static bool expired; /* the token */

static const struct sp_identity ada = { .struct_size = sizeof ada, .name = "ada" };

static sp_status authenticate(const struct sp_auth *auth SP_UNUSED, const char *token,
	const struct sp_identity **ret_identity, struct sp_error *error)
{
	if (strcmp(token, "secret") != 0 || expired)
		return sp_error_set(error, SP_UNAUTHENTICATED, "nobody has that token");
	*ret_identity = &ada;
	return SP_OK;
}

static sp_status authorize(const struct sp_auth *auth SP_UNUSED, const struct sp_identity *identity,
	const struct sp_demand *demand, struct sp_error *error)
{
	ck_assert_str_eq(demand->address, "rest.events");
	ck_assert_str_eq(demand->action, "events.read");
	return strcmp(identity->name, "ada") == 0 ? SP_OK : sp_error_set(error, SP_UNAUTHENTICATED, "who are you?");
}

SP_SERVICE(guard, sp_auth, .authenticate = authenticate, .authorize = authorize);
SP_PLUGIN(guard, "1.0.0", guard);

static struct fake_streams fake;
static sp_testing *testing;
static sp_plugin_handle *rest;
static struct sp_stream *stream;

static void set_up(void)
{
	testing = rest_kit_open(&fake);
	ck_assert_ptr_nonnull(sp_testing_add(testing, rest_kit_plugin("http"), NULL));
	rest = sp_testing_add(testing, rest_kit_plugin("rest"), NULL);
	stream = fake_connect(&fake);
	ck_assert_ptr_nonnull(stream);
}

static void tear_down(void)
{
	rest_kit_close(testing, &fake);
}

static void read_events(struct sp_stream *from, const char *query, const char *fields)
{
	char request[512];

	snprintf(request, sizeof request, "GET /events%s HTTP/1.1\r\nHost: localhost\r\n%s\r\n", query, fields);
	http_say(from, request);
	sp_testing_turn(testing);
}

static void publish(const char *type, int number)
{
	sp_kernel_publish(sp_testing_kernel(testing), type, json_pack("{s:i}", "number", number));
	sp_testing_turn(testing);
}

/* The header that goes on behind the latest event that a client was sent. */
static const char *after(const struct sp_stream *from)
{
	static char field[80];
	const char *at = from->sent, *id = NULL;

	while ((at = strstr(at, "id: ")))
		id = at += 4;
	ck_assert_ptr_nonnull(id);
	snprintf(field, sizeof field, "Last-Event-ID: %.*s\r\n", (int)strcspn(id, "\n"), id);
	return field;
}

START_TEST(events_are_streamed)
{
	read_events(stream, "", "");
	rest_kit_sent(stream, "HTTP/1.1 200 OK\r\n");
	rest_kit_sent(stream, "Content-Type: text/event-stream\r\n");
	publish("orders.new", 7);
	rest_kit_sent(stream, "data: {\"type\":\"orders.new\",\"source\":\"\",\"time_ms\":");
	rest_kit_sent(stream, "\"data\":{\"number\":7}}\n\n");
	ck_assert(stream->open);
}
END_TEST

START_TEST(a_pattern_narrows)
{
	read_events(stream, "?pattern=orders.%2A", "");
	publish("letters.new", 1);
	publish("orders.new", 2);
	rest_kit_not_sent(stream, "letters.new");
	rest_kit_sent(stream, "orders.new");
}
END_TEST

START_TEST(a_wrong_request_is_refused)
{
	char query[300] = "?pattern=";

	memset(query + strlen(query), 'x', 256);
	read_events(stream, query, "");
	rest_kit_sent(stream, "the pattern is too long");
	http_say(stream, "POST /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
	rest_kit_sent(stream, "Allow: GET, HEAD\r\n");
	http_say(stream, "HEAD /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
	ck_assert_str_eq(http_statuses(stream->sent, stream->sent_size), "400 405 200");
	rest_kit_not_sent(stream, "Content-Length: 0"); /* GET's would not be told either */
}
END_TEST

START_TEST(who_comes_back_misses_nothing)
{
	struct sp_stream *again = fake_connect(&fake);

	read_events(stream, "", "");
	publish("orders.new", 1);
	fake_close(stream, SP_OK);
	publish("orders.new", 2);
	publish("orders.new", 3);
	read_events(again, "", after(stream));
	rest_kit_not_sent(again, "\"number\":1}");
	rest_kit_sent(again, "\"number\":2}");
	rest_kit_sent(again, "\"number\":3}");
	rest_kit_not_sent(again, "missed");
	publish("orders.new", 4);
	rest_kit_sent(again, "\"number\":4}");
}
END_TEST

/* What is kept is bounded; who comes too late is told how much it missed. */
START_TEST(who_comes_too_late_is_told)
{
	struct sp_stream *again = fake_connect(&fake);
	char text[20001] = { 0 };

	memset(text, 'x', sizeof text - 1);
	read_events(stream, "", "");
	publish("orders.new", 1);
	fake_close(stream, SP_OK);
	for (int i = 0; i < 100; i++) {
		sp_kernel_publish(sp_testing_kernel(testing), "big", json_pack("{s:s}", "text", text));
		sp_testing_turn(testing);
	}
	read_events(again, "?pattern=orders.*", after(stream));
	rest_kit_sent(again, "event: missed\ndata: {\"events\":");
	rest_kit_not_sent(again, "null");
	publish("orders.new", 5);
	rest_kit_sent(again, "\"number\":5}");
}
END_TEST

START_TEST(another_count_is_told)
{
	read_events(stream, "", "Last-Event-ID: 0000-12\r\n");
	rest_kit_sent(stream, "event: missed\ndata: {\"events\":null}\n\n");
	publish("orders.new", 5);
	rest_kit_sent(stream, "\"number\":5}");
}
END_TEST

START_TEST(nothing_is_kept_for_nobody)
{
	struct sp_stream *again = fake_connect(&fake);

	read_events(stream, "", "");
	publish("orders.new", 1);
	fake_close(stream, SP_OK);
	sp_testing_advance(testing, 330000);
	publish("orders.new", 2);
	read_events(again, "", after(stream));
	rest_kit_not_sent(again, "\"number\":2}");
	rest_kit_sent(again, "{\"events\":null}");
}
END_TEST

/* A client that takes nothing holds bounded memory, and no other up; when it takes again, it goes on where it was. */
START_TEST(a_client_that_lags_is_waited_for)
{
	struct sp_stream *quick = fake_connect(&fake);
	char text[5001] = { 0 };
	size_t before;

	memset(text, 'y', sizeof text - 1);
	stream->room = 1000;
	read_events(stream, "", "");
	read_events(quick, "?pattern=last", "");
	for (int i = 0; i < 100; i++) {
		sp_kernel_publish(sp_testing_kernel(testing), "big", json_pack("{s:s}", "text", text));
		sp_testing_turn(testing);
	}
	before = stream->sent_size;
	ck_assert_uint_lt(before, 100000);
	publish("last", 9);
	rest_kit_sent(quick, "\"number\":9}");
	for (int i = 0; i < 20; i++) {
		fake_take(stream);
		sp_testing_turn(testing);
	}
	rest_kit_sent(stream, "\"number\":9}");
	rest_kit_not_sent(stream, "missed");
}
END_TEST

START_TEST(a_heartbeat_keeps_the_stream_alive)
{
	size_t before;

	read_events(stream, "", "");
	before = stream->sent_size;
	sp_testing_advance(testing, 16000);
	ck_assert_uint_gt(stream->sent_size, before);
	ck_assert_ptr_nonnull(strstr(stream->sent + before, ":\n\n"));
}
END_TEST

/* R-BUS-3: what failed, with its data, is for signalctl alone. */
START_TEST(some_events_are_withheld)
{
	read_events(stream, "", "");
	publish("audit.refused", 1);
	publish("orders.new", 2);
	rest_kit_not_sent(stream, "audit.");
	rest_kit_sent(stream, "\"number\":2}");
}
END_TEST

START_TEST(a_replaced_rest_ends_its_streams)
{
	struct sp_error error = { .message = "" };

	read_events(stream, "", "");
	ck_assert_msg(sp_testing_replace(testing, &rest, rest_kit_plugin("rest"), &error) == SP_OK, "%s",
		error.message);
	rest_kit_sent(stream, "\r\n0\r\n\r\n");
	read_events(stream, "", "");
	publish("orders.new", 5);
	rest_kit_sent(stream, "\"number\":5}");
}
END_TEST

START_TEST(an_auth_provider_decides_who_reads)
{
	ck_assert_ptr_nonnull(sp_testing_add(testing, &signalpy_plugin, NULL));
	read_events(stream, "", "");
	rest_kit_sent(stream, "HTTP/1.1 401 ");
	rest_kit_sent(stream, "WWW-Authenticate: Bearer realm=\"signalpyd\"\r\n");
	read_events(stream, "", "Authorization: Bearer guessed\r\n");
	rest_kit_sent(stream, "error=\"invalid_token\"");
	read_events(stream, "", "Authorization: Basic c2VjcmV0\r\n");
	rest_kit_sent(stream, "is not Bearer and a token");
	read_events(stream, "", "Authorization: bearer secret\r\n");
	publish("orders.new", 5);
	rest_kit_sent(stream, "\"number\":5}");
}
END_TEST

/* R-PR-4: who was refused, and who was let in, is told as of a call. */
START_TEST(readers_are_on_record)
{
	ck_assert_ptr_nonnull(sp_testing_add(testing, &signalpy_plugin, NULL));
	ck_assert_int_eq(sp_testing_set(testing, "policy.rest",
				 "{\"audit\":true,\"limits\":{\"events\":{\"calls\":1,\"within_ms\":90000}}}"),
		SP_OK);
	sp_testing_log(testing, true);
	read_events(stream, "", "");
	read_events(stream, "", "Authorization: Bearer secret\r\n");
	stream = fake_connect(&fake);
	read_events(stream, "", "Authorization: Bearer secret\r\n");
	rest_kit_sent(stream, "HTTP/1.1 429 ");
	ck_assert_ptr_nonnull(
		strstr(sp_testing_log(testing, false), "caller= outcome=unauthenticated address=rest.events"));
	ck_assert_ptr_nonnull(strstr(sp_testing_log(testing, false), "caller=ada outcome=allowed address=rest.events"));
	ck_assert_ptr_nonnull(strstr(sp_testing_events(testing, false), "call.denied {\"address\":\"rest.events\""));
}
END_TEST

/* A token expires without a sign; nothing of asking again is recorded, or counts. */
START_TEST(a_reader_goes_when_its_token_has_expired)
{
	expired = false;
	ck_assert_ptr_nonnull(sp_testing_add(testing, &signalpy_plugin, NULL));
	ck_assert_int_eq(sp_testing_set(testing, "policy.rest",
				 "{\"audit\":true,\"limits\":{\"events\":{\"calls\":1,\"within_ms\":900000}}}"),
		SP_OK);
	read_events(stream, "", "Authorization: Bearer secret\r\n");
	sp_testing_log(testing, true);
	sp_testing_advance(testing, 90000);
	publish("orders.new", 5);
	rest_kit_sent(stream, "\"number\":5}");
	ck_assert_ptr_null(strstr(sp_testing_log(testing, false), "audit"));
	expired = true;
	sp_testing_advance(testing, 30000);
	rest_kit_sent(stream, "\r\n0\r\n\r\n");
	publish("orders.new", 6);
	rest_kit_not_sent(stream, "\"number\":6}");
	expired = false;
}
END_TEST

/* R-PR-4: a provider that was meant to be there, and is not, opens nothing. */
START_TEST(without_the_provider_that_is_configured_nobody_reads)
{
	sp_plugin_handle *auth = sp_testing_add(testing, rest_kit_plugin("auth"), NULL);

	ck_assert_int_eq(sp_testing_set(testing, "auth.roles", "{\"reader\":[\"events.read\"]}"), SP_OK);
	read_events(stream, "", "");
	sp_testing_remove(testing, auth);
	read_events(stream, "", "");
	read_events(stream, "", "Authorization: Bearer x\r\n");
	ck_assert_str_eq(http_statuses(stream->sent, stream->sent_size), "401 403 401");
	ck_assert_int_eq(sp_testing_set(testing, "auth", "null"), SP_OK);
	read_events(stream, "", "");
	publish("orders.new", 5);
	rest_kit_sent(stream, "\"number\":5}");
}
END_TEST

START_TEST(readers_are_limited)
{
	struct sp_stream *other = fake_connect(&fake);

	ck_assert_int_eq(sp_testing_set(testing, "rest.limits.streams", "1"), SP_OK);
	read_events(stream, "", "");
	read_events(other, "", "");
	ck_assert_str_eq(http_statuses(other->sent, other->sent_size), "503");
	rest_kit_sent(other, "Retry-After: 1\r\n");
	fake_close(stream, SP_OK);
	read_events(other, "", "");
	rest_kit_sent(other, "Content-Type: text/event-stream\r\n");
}
END_TEST

START_TEST(what_is_kept_is_limited)
{
	ck_assert_int_eq(sp_testing_set(testing, "rest.limits.kept_bytes", "1024"), SP_OK);
	ck_assert_int_eq(sp_testing_set(testing, "rest.limits.event_bytes", "1024"), SP_OK);
	ck_assert_int_eq(sp_testing_set(testing, "rest.limits.event_bytes", "10"), SP_INVALID);
	read_events(stream, "", "");
	publish("orders.new", 1);
	for (int i = 2; i < 20; i++)
		publish("orders.new", i);
	read_events(fake_connect(&fake), "", "");
	stream = fake_connect(&fake);
	read_events(stream, "", "Last-Event-ID: nonsense\r\n");
	rest_kit_sent(stream, "\"number\":19}");
	rest_kit_not_sent(stream, "\"number\":1}");
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(events_are_streamed), TEST(a_pattern_narrows),
		TEST(a_wrong_request_is_refused), TEST(who_comes_back_misses_nothing), TEST(who_comes_too_late_is_told),
		TEST(another_count_is_told), TEST(nothing_is_kept_for_nobody), TEST(a_client_that_lags_is_waited_for),
		TEST(a_heartbeat_keeps_the_stream_alive), TEST(some_events_are_withheld),
		TEST(a_replaced_rest_ends_its_streams), TEST(an_auth_provider_decides_who_reads),
		TEST(readers_are_on_record), TEST(a_reader_goes_when_its_token_has_expired),
		TEST(without_the_provider_that_is_configured_nobody_reads), TEST(readers_are_limited),
		TEST(what_is_kept_is_limited) };

	return run_suite(&SUITE(cases, "events over HTTP", .set_up = set_up, .tear_down = tear_down));
}
