/*
 * check_http_listeners.c: changing what is listened on.
 * links: plugins/http/listeners.c kernel/error.c */
#include "../plugins/http/listeners.h"
#include "fake_streams.h"
#include "runner.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

static struct fake_streams fake;
static struct http_listeners listeners;
static struct sp_error error;
static char log_text[1024];
static const char *insecure; /* why there is no TLS */

static void write_log(const struct sp_logger *logger SP_UNUSED, enum sp_level level, const char *format,
	va_list arguments) SP_FORMAT(3, 0);

static void write_log(const struct sp_logger *logger SP_UNUSED, enum sp_level level, const char *format,
	va_list arguments)
{
	size_t at = strlen(log_text);

	at += (size_t)snprintf(log_text + at, sizeof log_text - at, "%s", level == SP_WARNING ? "warning: " : "");
	at += (size_t)vsnprintf(log_text + at, sizeof log_text - at, format, arguments);
	snprintf(log_text + at, sizeof log_text - at, "\n");
}

static const struct sp_logger logger = { .service = { .size = sizeof logger }, .write = write_log };

static void accept_nothing(void *user SP_UNUSED, struct sp_stream *stream SP_UNUSED, const char *peer SP_UNUSED,
	bool secure SP_UNUSED)
{
}

static void set_up(void)
{
	fake_streams_init(&fake);
	listeners = (struct http_listeners){ .loop = &fake.loop, .accept = accept_nothing };
	log_text[0] = '\0';
	insecure = NULL;
	error = (struct sp_error){ .code = SP_OK };
}

static void tear_down(void)
{
	http_listeners_finish(&listeners);
	ck_assert_uint_eq(fake_listening(&fake), 0);
	fake_streams_finish(&fake);
}

/* Listens on one or two addresses; NULL: none. */
static sp_status change(const char *first, const char *second, bool is_default)
{
	const char *addresses[] = { first, second };
	struct http_wish wish = { addresses, (size_t)(first != NULL) + (second != NULL), is_default, insecure, false };

	log_text[0] = '\0';
	return http_listeners_change(&listeners, wish, &logger, &error);
}

START_TEST(what_stays_is_not_touched)
{
	const struct sp_listener *kept;

	ck_assert_int_eq(change("a:1", "b:2", false), SP_OK);
	ck_assert_str_eq(log_text, "listening on a:1\nlistening on b:2\n");
	kept = listeners.items[1]->listener;
	ck_assert_int_eq(change("c:3", "b:2", false), SP_OK);
	ck_assert_str_eq(log_text, "listening on c:3\nno longer listening on a:1\n");
	ck_assert_uint_eq(listeners.count, 2);
	ck_assert_ptr_eq(listeners.items[0]->listener, kept);
	ck_assert_str_eq(listeners.addresses[0], "b:2");
	ck_assert_str_eq(listeners.addresses[1], "c:3");
	ck_assert_uint_eq(fake_listening(&fake), 2);
}
END_TEST

START_TEST(nothing_is_given_up_for_what_cannot_be_had)
{
	ck_assert_int_eq(change("a:1", NULL, false), SP_OK);
	fake.refused = "b:2";
	fake.refusal = SP_CONFLICT;
	ck_assert_int_eq(change("b:2", "c:3", false), SP_CONFLICT);
	ck_assert_str_eq(error.message, "b:2 cannot be had");
	ck_assert_uint_eq(fake_listening(&fake), 2);
	ck_assert_str_eq(listeners.addresses[0], "a:1");
	ck_assert_str_eq(listeners.addresses[1], "c:3");
	fake.refused = NULL;
	ck_assert_int_eq(change("b:2", "c:3", false), SP_OK);
	ck_assert_str_eq(log_text, "listening on b:2\nno longer listening on a:1\n");
}
END_TEST

START_TEST(a_machine_without_ipv6_has_its_default_all_the_same)
{
	fake.refused = "[::1]:8080";
	fake.refusal = SP_FAILED;
	ck_assert_int_eq(change("127.0.0.1:8080", "[::1]:8080", true), SP_OK);
	ck_assert_str_eq(log_text,
		"listening on 127.0.0.1:8080\nwarning: not listening on [::1]:8080: [::1]:8080 cannot be had\n");
	ck_assert_uint_eq(listeners.count, 1);
}
END_TEST

START_TEST(a_default_that_another_has_is_a_failure)
{
	fake.refused = "[::1]:8080";
	fake.refusal = SP_CONFLICT;
	ck_assert_int_eq(change("127.0.0.1:8080", "[::1]:8080", true), SP_CONFLICT);
	ck_assert_uint_eq(listeners.count, 1);
}
END_TEST

START_TEST(a_default_of_which_nothing_can_be_had_is_a_failure)
{
	fake.refused = "[::1]:8080";
	fake.refusal = SP_FAILED;
	ck_assert_int_eq(change("[::1]:8080", NULL, true), SP_FAILED);
	ck_assert_str_eq(error.message, "no address to listen on");
}
END_TEST

START_TEST(an_address_named_twice_is_listened_on_once)
{
	ck_assert_int_eq(change("a:1", "a:1", false), SP_OK);
	ck_assert_uint_eq(fake_listening(&fake), 1);
}
END_TEST

/* What shall be secured, and cannot be, is not listened on; nothing else suffers. */
START_TEST(tls_that_is_not_there_is_waited_for)
{
	insecure = "there is no certificate";
	ck_assert_int_eq(change("tls:a:1", "b:2", false), SP_UNAVAILABLE);
	ck_assert_str_eq(error.message, "tls:a:1 waits for TLS: there is no certificate");
	ck_assert_str_eq(log_text, "listening on b:2\n");
	insecure = NULL;
	ck_assert_int_eq(change("tls:a:1", "b:2", false), SP_OK);
	ck_assert_str_eq(log_text, "listening on tls:a:1\n");
	ck_assert(listeners.items[1]->secure && !listeners.items[0]->secure);
	ck_assert_str_eq(fake.listeners->address, "a:1");
	ck_assert_str_eq(listeners.addresses[1], "tls:a:1");
	insecure = "the plugin has gone";
	ck_assert_int_eq(change("tls:a:1", "b:2", false), SP_UNAVAILABLE);
	ck_assert_str_eq(log_text, "no longer listening on tls:a:1\n");
	ck_assert_uint_eq(fake_listening(&fake), 1);
}
END_TEST

START_TEST(an_address_is_secured_without_being_given_up)
{
	const struct sp_listener *kept;

	ck_assert_int_eq(change("a:1", "b:2", false), SP_OK);
	kept = listeners.items[0]->listener;
	ck_assert_int_eq(change("tls:a:1", "b:2", false), SP_OK);
	ck_assert_str_eq(log_text, "listening on tls:a:1, from now on with TLS\n");
	ck_assert_ptr_eq(listeners.items[0]->listener, kept);
	ck_assert_str_eq(listeners.addresses[0], "tls:a:1");
	ck_assert(listeners.items[0]->secure);
	ck_assert_int_eq(change("a:1", NULL, false), SP_OK);
	ck_assert_str_eq(log_text, "listening on a:1, from now on without TLS\nno longer listening on b:2\n");
	ck_assert(!listeners.items[0]->secure);
	ck_assert_int_eq(change("a:1", "tls:a:1", false), SP_CONFLICT);
	ck_assert_str_eq(error.message, "a:1 is wanted both with and without TLS");
	ck_assert(!listeners.items[0]->secure);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(what_stays_is_not_touched), TEST(tls_that_is_not_there_is_waited_for),
		TEST(an_address_is_secured_without_being_given_up), TEST(nothing_is_given_up_for_what_cannot_be_had),
		TEST(a_machine_without_ipv6_has_its_default_all_the_same),
		TEST(a_default_that_another_has_is_a_failure), TEST(a_default_of_which_nothing_can_be_had_is_a_failure),
		TEST(an_address_named_twice_is_listened_on_once) };

	return run_suite(&SUITE(cases, "http listeners", .set_up = set_up, .tear_down = tear_down));
}
