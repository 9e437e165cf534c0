/*
 * check_tls_session.c: a stream of TLS over a stream in memory, against a client of OpenSSL's own.
 * links: plugins/tls/session.c plugins/tls/pair.c signalpy -lssl -lcrypto */
#include "../plugins/tls/pair.h"
#include "../plugins/tls/session.h"
#include "runner.h"
#include "tls_kit.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct temporary_directory directory;
static struct fake_streams fake;
static struct session_host host;
static SSL_CTX *context;
static struct sp_stream *below, *stream;
static struct tls_client client;
static const struct sp_loop *functions = &session_functions;

/* What the owner has seen, and shall do. */
static struct {
	char last[65536];
	size_t last_size, leaves; /* leaves: bytes that it does not consume */
	unsigned calls, drained, timed_out, closed;
	sp_status why;
	bool closes, aborts, pauses;
	char told[256];
} owner;

static size_t on_readable(void *user SP_UNUSED, struct sp_stream *from, const char *data, size_t size)
{
	ck_assert_ptr_eq(from, stream);
	ck_assert_uint_lt(size, sizeof owner.last);
	memcpy(owner.last, data, size);
	owner.last[size] = '\0';
	owner.last_size = size;
	owner.calls++;
	if (owner.pauses)
		functions->pause(functions, stream);
	if (owner.closes)
		functions->close(functions, stream);
	if (owner.aborts)
		functions->abort(functions, stream);
	return size - (owner.leaves < size ? owner.leaves : size);
}

static void on_drained(void *user SP_UNUSED, struct sp_stream *from SP_UNUSED)
{
	owner.drained++;
}

static void on_timed_out(void *user SP_UNUSED, struct sp_stream *from SP_UNUSED)
{
	owner.timed_out++;
}

static void on_closed(void *user SP_UNUSED, struct sp_stream *from, sp_status why)
{
	owner.closed++;
	owner.why = why;
	functions->close(functions, from);
}

static void tell(void *user SP_UNUSED, const char *peer, const char *why)
{
	snprintf(owner.told, sizeof owner.told, "%s: %s", peer, why);
}

static void connect_anew(int version, const char *protocols)
{
	static const struct sp_stream_events events = { sizeof events, on_readable, on_drained, on_timed_out,
		on_closed };
	struct session_below on = { &fake.loop, NULL, "127.0.0.1:4711", NULL };

	memset(&owner, 0, sizeof owner);
	on.stream = below = fake_stream_create(&fake);
	ck_assert_int_eq(session_create(&host, context, &on, &stream), SP_OK);
	functions->adopt(functions, stream, &events, NULL);
	tls_client_init(&client, below, version, protocols);
}

static void load(double version)
{
	const struct pair_place place = { "a.pem", "a.key", directory.path, version };
	struct sp_error error = { 0 };

	SSL_CTX_free(context);
	ck_assert_msg(pair_load(&place, &context, &error) == SP_OK, "%s", error.message);
}

static void set_up(void)
{
	temporary_directory_init(&directory);
	tls_kit_write(&directory, "a", (struct tls_kit_pair){ "A1", -1, 30 });
	fake_streams_init(&fake);
	host = (struct session_host){ .tell = tell };
	ck_assert_int_eq(session_host_init(&host), SP_OK);
	context = NULL;
	load(1.2);
	connect_anew(0, NULL);
}

static void tear_down(void)
{
	if (!owner.closed && !owner.closes && !owner.aborts)
		functions->close(functions, stream);
	tls_client_finish(&client);
	SSL_CTX_free(context);
	session_host_finish(&host);
	fake_streams_finish(&fake);
	temporary_directory_finish(&directory);
}

static void say(const char *text)
{
	ck_assert_int_eq(functions->write(functions, stream, text, strlen(text)), SP_OK);
	tls_client_turn(&client);
}

static void again(int version, const char *protocols)
{
	functions->close(functions, stream);
	tls_client_finish(&client);
	connect_anew(version, protocols);
}

/* ---- agreeing --------------------------------------------------------------------------------------------------- */

static const struct {
	int version;
	const char *name;
} versions[] = { { TLS1_2_VERSION, "TLSv1.2" }, { TLS1_3_VERSION, "TLSv1.3" } };

START_TEST(bytes_go_both_ways)
{
	again(versions[_i].version, NULL);
	ck_assert_ptr_null(session_version(stream));
	ck_assert(tls_client_turn(&client));
	ck_assert_str_eq(session_version(stream), versions[_i].name);
	ck_assert_str_eq(tls_client_serial(&client), "A1");
	tls_client_say(&client, "hello");
	ck_assert_str_eq(owner.last, "hello");
	say("welcome");
	ck_assert_str_eq(client.got, "welcome");
	ck_assert_ptr_null(strstr(below->sent, "welcome"));
	ck_assert_str_eq(owner.told, "");
}
END_TEST

START_TEST(nothing_is_written_before)
{
	ck_assert_int_eq(functions->write(functions, stream, "x", 1), SP_UNAVAILABLE);
	ck_assert_uint_eq(below->sent_size, 0);
	fake_take(below);
	ck_assert_uint_eq(owner.drained, 0);
}
END_TEST

START_TEST(versions_that_are_too_old_are_refused)
{
	again(TLS1_1_VERSION, NULL);
	ck_assert(!tls_client_turn(&client));
	ck_assert_int_eq(owner.why, SP_FAILED);
	ck_assert(!below->open);
	ck_assert_str_eq(owner.told, "127.0.0.1:4711: unsupported protocol");
	load(1.3);
	tls_client_finish(&client);
	connect_anew(TLS1_2_VERSION, NULL);
	ck_assert(!tls_client_turn(&client));
	ck_assert_int_eq(owner.why, SP_FAILED);
}
END_TEST

START_TEST(who_speaks_another_protocol_is_refused)
{
	const unsigned char *chosen;
	unsigned size;

	again(0, "\x02h2\x08http/1.1");
	ck_assert(tls_client_turn(&client));
	SSL_get0_alpn_selected(client.ssl, &chosen, &size);
	ck_assert_uint_eq(size, 8);
	ck_assert_int_eq(memcmp(chosen, "http/1.1", size), 0);
	again(0, "\x02h2");
	ck_assert(!tls_client_turn(&client));
	ck_assert_int_eq(owner.why, SP_FAILED);
	ck_assert_uint_gt(below->sent_size, 0); /* an alert */
}
END_TEST

static const struct {
	const char *data;
	size_t size;
	const char *why;
} garbage[] = {
	{ "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", 35, "it speaks HTTP without TLS" },
	{ "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16, "wrong version number" },
	{ "\x16\x03\x01\xff\xff\x01\xff\xff\xff", 9, "packet length too long" },
	{ "\x16\x03\x01\x00\x05\x02\x00\x00\x01\x00", 10, "unexpected message" },
	{ "\x15\x03\x01\x00\x02\x02\x28", 7, "unexpected message" },
	{ "\x17\x03\x03\x00\x01\x00", 6, "unexpected message" },
};

START_TEST(garbage_ends_it)
{
	char told[256];

	fake_send(below, garbage[_i].data, garbage[_i].size);
	snprintf(told, sizeof told, "127.0.0.1:4711: %s", garbage[_i].why);
	ck_assert_str_eq(owner.told, told);
	ck_assert_uint_eq(owner.closed, 1);
	ck_assert_int_eq(owner.why, SP_FAILED);
	ck_assert_uint_eq(owner.calls, 0);
	ck_assert(!below->open);
}
END_TEST

START_TEST(a_handshake_that_is_cut_off_ends_it)
{
	static const char half[] = "\x16\x03\x01\x02\x00\x01\x00\x01";

	if (_i)
		fake_send(below, half, sizeof half - 1);
	fake_close(below, _i < 2 ? SP_OK : SP_FAILED);
	ck_assert_int_eq(owner.why, SP_FAILED);
	ck_assert_str_eq(owner.told, "127.0.0.1:4711: it went before TLS was agreed on");
	ck_assert(!below->open);
}
END_TEST

START_TEST(deadlines_are_those_of_the_stream_below)
{
	functions->deadline(functions, stream, 100);
	fake_advance(&fake, 99);
	ck_assert_uint_eq(owner.timed_out, 0);
	fake_advance(&fake, 1);
	ck_assert_uint_eq(owner.timed_out, 1);
}
END_TEST

/* ---- reading ---------------------------------------------------------------------------------------------------- */

/* However the bytes are cut, what is read is the same. */
START_TEST(bytes_may_come_one_by_one)
{
	size_t size, i;
	char *sealed;

	ck_assert(tls_client_turn(&client));
	sealed = tls_client_seal(&client, "hello", &size);
	for (i = 0; i < size; i++) {
		ck_assert_uint_eq(owner.calls, 0);
		fake_send(below, sealed + i, 1);
	}
	ck_assert_str_eq(owner.last, "hello");
	ck_assert_uint_eq(below->input_size, 0);
	free(sealed);
}
END_TEST

START_TEST(what_is_not_consumed_is_given_again_with_more)
{
	ck_assert(tls_client_turn(&client));
	owner.leaves = 100;
	tls_client_say(&client, "one ");
	tls_client_say(&client, "two ");
	ck_assert_str_eq(owner.last, "one two ");
	owner.leaves = 4;
	tls_client_say(&client, "three");
	ck_assert_str_eq(owner.last, "one two three");
	owner.leaves = 0;
	tls_client_say(&client, "!");
	ck_assert_str_eq(owner.last, "hree!");
	ck_assert_uint_eq(owner.calls, 4);
	ck_assert_uint_eq(below->input_size, 0);
	tls_client_say(&client, "anew");
	ck_assert_str_eq(owner.last, "anew");
}
END_TEST

/* While it is paused nothing is decrypted; resuming brings what was left, though nothing more has come. */
START_TEST(pausing_holds_everything_back)
{
	ck_assert(tls_client_turn(&client));
	owner.pauses = true;
	owner.leaves = 2;
	tls_client_say(&client, "abcd");
	tls_client_say(&client, "ef");
	ck_assert_uint_eq(owner.calls, 1);
	ck_assert(below->paused);
	owner.pauses = false;
	owner.leaves = 0;
	functions->resume(functions, stream);
	ck_assert_uint_eq(owner.calls, 3);
	ck_assert_str_eq(owner.last, "ef");
	ck_assert_uint_eq(below->input_size, 0);
}
END_TEST

START_TEST(resuming_brings_what_was_left_alone)
{
	ck_assert(tls_client_turn(&client));
	owner.pauses = true;
	owner.leaves = 2;
	tls_client_say(&client, "abcd");
	functions->resume(functions, stream);
	ck_assert_uint_eq(owner.calls, 2);
	ck_assert_str_eq(owner.last, "cd");
	owner.pauses = false;
	owner.leaves = 0;
	functions->resume(functions, stream);
	ck_assert_uint_eq(owner.calls, 3);
	ck_assert_str_eq(owner.last, "cd");
	ck_assert_uint_eq(below->input_size, 0);
	tls_client_say(&client, "x");
	ck_assert_str_eq(owner.last, "x");
}
END_TEST

START_TEST(records_that_come_together_are_given_one_by_one)
{
	char *first, *second, *both;
	size_t size, more;

	ck_assert(tls_client_turn(&client));
	first = tls_client_seal(&client, "first", &size);
	second = tls_client_seal(&client, "second", &more);
	both = malloc(size + more);
	ck_assert_ptr_nonnull(both);
	memcpy(both, first, size);
	memcpy(both + size, second, more);
	fake_send(below, both, size + more);
	ck_assert_uint_eq(owner.calls, 2);
	ck_assert_str_eq(owner.last, "second");
	free(first);
	free(second);
	free(both);
}
END_TEST

/* ---- writing ---------------------------------------------------------------------------------------------------- */

START_TEST(what_the_peer_does_not_take_counts)
{
	static char much[40000];

	ck_assert(tls_client_turn(&client));
	memset(much, 'm', sizeof much - 1);
	below->room = below->sent_size;
	ck_assert_int_eq(functions->write(functions, stream, much, sizeof much - 1), SP_OK);
	ck_assert_uint_gt(functions->queued(functions, stream), sizeof much);
	fake_take(below);
	ck_assert_uint_eq(owner.drained, 1);
	ck_assert_uint_eq(functions->queued(functions, stream), 0);
	tls_client_turn(&client);
	ck_assert_str_eq(client.got, much);
}
END_TEST

/* ---- the end ---------------------------------------------------------------------------------------------------- */

START_TEST(closing_says_goodbye)
{
	ck_assert(tls_client_turn(&client));
	owner.closes = true;
	tls_client_say(&client, "bye");
	ck_assert(!below->open && !below->aborted);
	tls_client_turn(&client);
	ck_assert(client.said_goodbye);
	ck_assert_uint_eq(owner.closed, 0);
}
END_TEST

START_TEST(aborting_does_not)
{
	ck_assert(tls_client_turn(&client));
	owner.aborts = true;
	tls_client_say(&client, "bye");
	ck_assert(below->aborted);
	tls_client_turn(&client);
	ck_assert(!client.said_goodbye);
}
END_TEST

START_TEST(the_peers_goodbye_is_told_from_a_cut)
{
	ck_assert(tls_client_turn(&client));
	if (_i)
		tls_client_end(&client);
	else
		fake_close(below, SP_OK);
	ck_assert_uint_eq(owner.closed, 1);
	ck_assert_int_eq(owner.why, _i ? SP_OK : SP_GONE);
	ck_assert(!below->open);
}
END_TEST

START_TEST(a_byte_that_was_changed_ends_it)
{
	char *sealed;
	size_t size;

	ck_assert(tls_client_turn(&client));
	sealed = tls_client_seal(&client, "hello", &size);
	sealed[size - 1] ^= 1;
	fake_send(below, sealed, size);
	free(sealed);
	ck_assert_uint_eq(owner.calls, 0);
	ck_assert_int_eq(owner.why, SP_FAILED);
	ck_assert_str_eq(owner.told, ""); /* TLS was agreed on */
}
END_TEST

/* Keys are agreed on once: the client that wants to do so again is not obeyed, and what it sends else is read. */
START_TEST(keys_are_not_renegotiated)
{
	again(TLS1_2_VERSION, NULL);
	ck_assert(tls_client_turn(&client));
	SSL_renegotiate(client.ssl);
	SSL_do_handshake(client.ssl);
	tls_client_turn(&client);
	tls_client_turn(&client);
	ck_assert_int_eq(SSL_num_renegotiations(client.ssl), 1); /* begun */
	ck_assert_uint_eq(owner.calls, 0);
	ck_assert(!SSL_is_init_finished(client.ssl) || owner.closed);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(bytes_go_both_ways, .times = sizeof versions / sizeof *versions),
		TEST(nothing_is_written_before), TEST(versions_that_are_too_old_are_refused),
		TEST(who_speaks_another_protocol_is_refused),
		TEST(garbage_ends_it, .times = sizeof garbage / sizeof *garbage),
		TEST(a_handshake_that_is_cut_off_ends_it, .times = 3), TEST(deadlines_are_those_of_the_stream_below),
		TEST(bytes_may_come_one_by_one), TEST(what_is_not_consumed_is_given_again_with_more),
		TEST(pausing_holds_everything_back), TEST(resuming_brings_what_was_left_alone),
		TEST(records_that_come_together_are_given_one_by_one), TEST(what_the_peer_does_not_take_counts),
		TEST(closing_says_goodbye), TEST(aborting_does_not),
		TEST(the_peers_goodbye_is_told_from_a_cut, .times = 2), TEST(a_byte_that_was_changed_ends_it),
		TEST(keys_are_not_renegotiated) };

	return run_suite(&SUITE(cases, "tls session", .set_up = set_up, .tear_down = tear_down));
}
