/*
 * check_tls_plugin.c: HTTP over TLS: the plugins http and tls in a kernel of the test's own, with streams in memory.
 * links: signalpy -lssl -lcrypto */
#include "rest_kit.h"
#include "runner.h"
#include "tls_kit.h"

#include <check.h>
#include <signalpy/component.h>
#include <signalpy/http.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
SP_COMPONENT(mirror,
	(about, "Answers with the scheme and the body; later, if it is asked to."),
	(one, sp_http, http),
	(effect, mount));
/* clang-format on */

static struct sp_http_exchange *pending;
static unsigned left, gone;

static void on_gone(void *user SP_UNUSED)
{
	gone++;
	pending = NULL;
}

static void on_leaving(void *user SP_UNUSED)
{
	left++;
}

static void reflect(void *user SP_UNUSED, struct sp_http_exchange *exchange)
{
	static const struct sp_http_stream_events events = { .struct_size = sizeof events, .leaving = on_leaving };
	char text[256];

	if (strcmp(exchange->path, "/later") == 0) {
		pending = exchange;
		exchange->ops->on_gone(exchange, on_gone, NULL);
		exchange->ops->on_stream(exchange, &events, NULL);
		return;
	}
	snprintf(text, sizeof text, "%s %.*s", exchange->scheme, (int)exchange->body.size,
		exchange->body.size ? (const char *)exchange->body.data : "");
	exchange->ops->reply(exchange, 200, "text/plain", NULL, (sp_bytes){ text, strlen(text) });
}

static sp_status mirror_mount(struct mirror *self)
{
	const struct sp_http *http = sp_get(self->http);

	return http->mount(http, "/", reflect, self);
}

SP_PLUGIN(mirror, "1.0.0", mirror);

/* ---- the scene --------------------------------------------------------------------------------------------------- */

#define GET(path) "GET " path " HTTP/1.1\r\nHost: localhost\r\n\r\n"

static struct temporary_directory directory;
static struct fake_streams fake;
static sp_testing *testing;
static sp_plugin_handle *tls;
static struct tls_client client;
static bool has_client;

/* Names a pair in the directory. */
static sp_status set_pair(const char *name)
{
	char text[512];

	snprintf(text, sizeof text, "{\"certificate\":\"%s/%s.pem\",\"key\":\"%s/%s.key\"}", directory.path, name,
		directory.path, name);
	return sp_testing_set(testing, "tls", text);
}

static void listen_on(const char *list)
{
	ck_assert_int_eq(sp_testing_set(testing, "http.listen", list), SP_OK);
}

static void add_tls(void)
{
	tls = sp_testing_add(testing, rest_kit_plugin("tls"), NULL);
	ck_assert_ptr_nonnull(tls);
}

static void set_up(void)
{
	pending = NULL;
	left = gone = 0;
	has_client = false;
	temporary_directory_init(&directory);
	tls_kit_write(&directory, "a", (struct tls_kit_pair){ "A1", -1, 30 });
	tls_kit_write(&directory, "old", (struct tls_kit_pair){ "C1", -30, -1 });
	testing = rest_kit_open(&fake);
	listen_on("[\"tls:localhost:8443\"]");
	ck_assert_ptr_nonnull(sp_testing_add(testing, rest_kit_plugin("http"), NULL));
	ck_assert_ptr_nonnull(sp_testing_add(testing, &signalpy_plugin, NULL));
}

static void tear_down(void)
{
	rest_kit_close(testing, &fake);
	if (has_client)
		tls_client_finish(&client);
	temporary_directory_finish(&directory);
}

static void begin_serving(void)
{
	add_tls();
	ck_assert_int_eq(set_pair("a"), SP_OK);
	ck_assert_uint_eq(fake_listening(&fake), 1);
}

static void connect_client(void)
{
	struct sp_stream *stream = fake_connect(&fake);

	ck_assert_ptr_nonnull(stream);
	if (has_client)
		tls_client_finish(&client);
	tls_client_init(&client, stream, 0, NULL);
	has_client = true;
	tls_client_turn(&client);
	sp_testing_turn(testing);
}

static void say(const char *text)
{
	client.got_size = 0;
	tls_client_say(&client, text);
	sp_testing_turn(testing);
	tls_client_turn(&client);
}

static void got(const char *text)
{
	ck_assert_msg(strstr(client.got, text) != NULL, "'%s' is not in '%s'", text, client.got);
}

static void advance(int64_t milliseconds)
{
	sp_testing_advance(testing, milliseconds);
	fake_advance(&fake, milliseconds);
	sp_testing_turn(testing);
}

/* How often the log says a text, since it was last cleared. */
static unsigned logged(const char *text)
{
	const char *at = sp_testing_log(testing, false);
	unsigned count = 0;

	for (; (at = strstr(at, text)) != NULL; at += strlen(text))
		count++;
	return count;
}

/* The serial number that a new connection is shown, after enough time for the files to be looked at. */
static const char *serial_now(void)
{
	advance(1000);
	connect_client();
	return tls_client_serial(&client);
}

/* ---- coming and going -------------------------------------------------------------------------------------------- */

/* Whatever is missing is waited for, and said; when it comes, HTTPS begins by itself. */
START_TEST(tls_is_waited_for)
{
	ck_assert_uint_eq(logged("waits for TLS"), 0);
	advance(1000);
	ck_assert_uint_eq(logged("tls:localhost:8443 waits for TLS: the plugin tls is not loaded"), 1);
	ck_assert_str_eq(sp_testing_state(testing, "http"), "active");
	listen_on("[\"tls:localhost:8443\", \"localhost:8080\"]");
	ck_assert_uint_ge(fake_listening(&fake), 1);
	add_tls();
	ck_assert_uint_ge(logged("tls:localhost:8443 waits for TLS: set tls.certificate and tls.key"), 1);
	ck_assert_int_eq(set_pair("a"), SP_OK);
	ck_assert_uint_eq(fake_listening(&fake), 2);
	ck_assert_uint_ge(logged("listening on tls:localhost:8443"), 1);
}
END_TEST

START_TEST(requests_know_how_they_came)
{
	begin_serving();
	connect_client();
	say("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello");
	got("200 OK");
	got("https hello");
	say(GET("/") GET("/"));
	got("\r\n\r\nhttps HTTP/1.1 200");
	listen_on("[\"localhost:8080\", \"tls:localhost:8443\"]");
	http_say(fake_connect(&fake), GET("/"));
	rest_kit_sent(fake.streams, "\r\n\r\nhttp ");
	ck_assert_uint_eq(fake_listening(&fake), 2);
}
END_TEST

/* What comes behind a request that is being answered waits, and is served without anything more having to come. */
START_TEST(requests_wait_for_the_answer_before_theirs)
{
	begin_serving();
	connect_client();
	say(GET("/later") GET("/") "GET / HTTP/1.1\r\n");
	ck_assert(client.stream->paused);
	say("Host: localhost\r\n\r\n");
	ck_assert_uint_eq(client.got_size, 0);
	pending->ops->reply(pending, 200, "text/plain", NULL, (sp_bytes){ "done", 4 });
	sp_testing_turn(testing);
	tls_client_turn(&client);
	ck_assert_str_eq(http_statuses(client.got, client.got_size), "200 200 200");
	ck_assert(strstr(client.got, "done") < strstr(client.got, "https "));
}
END_TEST

/* Others have their turn meanwhile, and nothing more has to come. */
START_TEST(many_requests_at_once_are_all_answered)
{
#define FIVE GET("/") GET("/") GET("/") GET("/") GET("/")
	begin_serving();
	connect_client();
	say(FIVE FIVE FIVE FIVE);
#undef FIVE
	ck_assert_uint_eq(strlen(http_statuses(client.got, client.got_size)), 20 * strlen("200 ") - 1);
	ck_assert(!client.stream->paused);
}
END_TEST

START_TEST(bodies_may_be_large)
{
	enum { RECORDS = 50 };
	char head[128], part[4001];
	unsigned i;

	begin_serving();
	connect_client();
	memset(part, 'b', sizeof part - 1);
	part[sizeof part - 1] = '\0';
	snprintf(head, sizeof head, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %zu\r\n\r\n",
		RECORDS * (sizeof part - 1));
	say(head);
	for (i = 0; i < RECORDS; i++)
		say(part);
	got("HTTP/1.1 200 ");
	got("https bbbb");
	ck_assert_uint_eq(client.stream->input_size, 0);
}
END_TEST

/* A client that takes no answers is read no more, until it does. */
START_TEST(who_takes_no_answers_is_not_read)
{
	unsigned asked = 0;

	begin_serving();
	connect_client();
	client.stream->room = 0;
	while (!client.stream->paused && ++asked < 100000)
		tls_client_say(&client, GET("/") GET("/") GET("/") GET("/"));
	ck_assert_uint_lt(client.stream->sent_size, 1048576);
	client.got_size = 0;
	fake_take(client.stream);
	ck_assert(!client.stream->paused);
	say(GET("/"));
	got("https ");
}
END_TEST

/* Without TLS there is no answer, and nobody answers in the clear where TLS is asked for. */
START_TEST(nothing_is_said_in_the_clear)
{
	struct sp_stream *stream;

	begin_serving();
	stream = fake_connect(&fake);
	http_say(stream, GET("/"));
	ck_assert_ptr_null(strstr(stream->sent, "HTTP/1.1"));
	ck_assert(!stream->open);
	ck_assert_uint_eq(logged("it speaks HTTP without TLS"), 1);
}
END_TEST

START_TEST(a_handshake_has_a_deadline)
{
	struct sp_stream *stream;

	begin_serving();
	ck_assert_int_eq(sp_testing_set(testing, "http.limits.header_ms", "500"), SP_OK);
	stream = fake_connect(&fake);
	http_say(stream, "\x16\x03\x01");
	advance(499);
	ck_assert(stream->open);
	advance(1);
	ck_assert(!stream->open);
	ck_assert_uint_eq(stream->sent_size, 0);
}
END_TEST

/* Who has agreed on TLS may be idle as long as on any other connection. */
/* It was answered, and takes nothing of that. */
START_TEST(a_handshake_that_is_not_read_has_the_same)
{
	struct sp_stream *stream;
	char hello[2048];
	int size;

	begin_serving();
	ck_assert_int_eq(sp_testing_set(testing, "http.limits.header_ms", "500"), SP_OK);
	stream = fake_connect(&fake);
	stream->room = 0;
	tls_client_init(&client, stream, 0, NULL);
	has_client = true;
	SSL_do_handshake(client.ssl);
	size = BIO_read(SSL_get_wbio(client.ssl), hello, sizeof hello);
	fake_send(stream, hello, (size_t)size);
	ck_assert_uint_gt(stream->sent_size, 0);
	advance(499);
	ck_assert(stream->open);
	advance(1);
	ck_assert(!stream->open);
	ck_assert(stream->aborted);
}
END_TEST

START_TEST(idle_connections_may_stay)
{
	begin_serving();
	ck_assert_int_eq(sp_testing_set(testing, "http.limits.header_ms", "500"), SP_OK);
	connect_client();
	advance(2000);
	ck_assert(client.stream->open);
	say("GET /");
	advance(501);
	tls_client_turn(&client);
	got("HTTP/1.1 408 ");
	ck_assert(!client.stream->open);
}
END_TEST

START_TEST(beyond_the_limit_connections_are_closed)
{
	struct sp_stream *stream;

	begin_serving();
	ck_assert_int_eq(sp_testing_set(testing, "http.limits.connections", "1"), SP_OK);
	connect_client();
	stream = fake_connect(&fake);
	ck_assert(!stream->open);
	ck_assert_uint_eq(stream->sent_size, 0);
	say(GET("/"));
	got("https ");
}
END_TEST

/* ---- the plugin goes --------------------------------------------------------------------------------------------- */

/* Connections hold on to what secures them: a request that is being answered is answered, an idle one has a moment. */
START_TEST(removing_the_plugin_drops_nothing)
{
	begin_serving();
	connect_client();
	say(GET("/later"));
	ck_assert_ptr_nonnull(pending);
	sp_testing_remove(testing, tls);
	ck_assert_uint_eq(fake_listening(&fake), 0);
	ck_assert_uint_eq(left, 1);
	ck_assert_uint_eq(gone, 0);
	advance(20000);
	ck_assert(client.stream->open);
	pending->ops->reply(pending, 200, "text/plain", NULL, (sp_bytes){ "done", 4 });
	sp_testing_turn(testing);
	tls_client_turn(&client);
	got("done");
	got("Connection: close");
	ck_assert(client.said_goodbye && !client.stream->open && !client.stream->aborted);
	ck_assert_str_eq(sp_testing_state(testing, "tls"), "");
	ck_assert_uint_ge(logged("waits for TLS: the plugin tls is not loaded"), 1);
}
END_TEST

START_TEST(an_idle_connection_has_a_moment)
{
	begin_serving();
	connect_client();
	say(GET("/"));
	sp_testing_remove(testing, tls);
	ck_assert(client.stream->open);
	advance(1000);
	tls_client_turn(&client);
	ck_assert(client.said_goodbye && !client.stream->open);
}
END_TEST

/* The socket is never given up, and both versions have their connections. */
START_TEST(replacing_the_plugin_drops_nothing)
{
	const struct sp_plugin *same = rest_kit_plugin("tls");
	const struct sp_plugin next = { .head = same->head,
		.name = same->name,
		.version = "9.0.0",
		.components = same->components };
	struct tls_client former;
	struct sp_error error = { 0 };

	begin_serving();
	connect_client();
	say(GET("/later"));
	former = client;
	has_client = false;
	ck_assert_int_eq(sp_testing_replace(testing, &tls, &next, &error), SP_OK);
	ck_assert_uint_eq(fake_listening(&fake), 1);
	connect_client();
	say(GET("/"));
	got("https ");
	pending->ops->reply(pending, 200, "text/plain", NULL, (sp_bytes){ "done", 4 });
	tls_client_turn(&former);
	ck_assert_ptr_nonnull(strstr(former.got, "done"));
	ck_assert(!former.stream->open && client.stream->open);
	tls_client_finish(&former);
	advance(5000);
	say(GET("/"));
	got("https ");
}
END_TEST

START_TEST(a_port_is_secured_without_being_given_up)
{
	struct sp_stream *plain;

	struct sp_listener *listener;

	listen_on("[\"localhost:8443\"]");
	listener = fake.listeners;
	plain = fake_connect(&fake);
	http_say(plain, GET("/later"));
	begin_serving();
	listen_on("[\"tls:localhost:8443\"]");
	ck_assert(fake.listeners == listener && listener->open);
	connect_client();
	say(GET("/"));
	got("https ");
	pending->ops->reply(pending, 200, "text/plain", NULL, (sp_bytes){ "done", 4 });
	rest_kit_sent(plain, "done");
}
END_TEST

/* ---- the pair ---------------------------------------------------------------------------------------------------- */

/* R-CF-3: what would not serve is refused, and what was before stays. */
START_TEST(a_wrong_pair_is_refused)
{
	begin_serving();
	ck_assert_int_eq(set_pair("old"), SP_INVALID);
	ck_assert_int_eq(set_pair("none"), SP_INVALID);
	ck_assert_int_eq(sp_testing_set(testing, "tls.key", "null"), SP_INVALID);
	ck_assert_int_eq(sp_testing_set(testing, "tls.min_version", "1.1"), SP_INVALID);
	ck_assert_str_eq(serial_now(), "A1");
	ck_assert_int_eq(sp_testing_set(testing, "tls.min_version", "1.3"), SP_OK);
	ck_assert_str_eq(serial_now(), "A1");
	ck_assert_str_eq(SSL_get_version(client.ssl), "TLSv1.3");
}
END_TEST

/* Whoever renews the files need not tell anybody. */
START_TEST(a_renewed_pair_is_taken_up)
{
	begin_serving();
	connect_client();
	tls_kit_write(&directory, "a", (struct tls_kit_pair){ "A2", -1, 30 });
	ck_assert_str_eq(tls_client_serial(&client), "A1");
	say(GET("/"));
	got("https ");
	ck_assert_str_eq(serial_now(), "A2");
	ck_assert_uint_eq(logged("a.pem is valid until"), 2);
	connect_client();
	ck_assert_uint_eq(logged("a.pem is valid until"), 2);
}
END_TEST

START_TEST(a_renewal_that_failed_leaves_the_former)
{
	begin_serving();
	temporary_write(&directory, "a.pem", "certbot was killed");
	ck_assert_str_eq(serial_now(), "A1");
	ck_assert_str_eq(serial_now(), "A1");
	ck_assert_uint_eq(logged("holds no certificate as PEM (no start line); the former certificate goes on serving"),
		1);
	tls_kit_write(&directory, "a", (struct tls_kit_pair){ "A3", -1, 30 });
	ck_assert_str_eq(serial_now(), "A3");
}
END_TEST

/* A pair that is not there yet when the daemon starts is taken up when it comes. */
START_TEST(a_pair_may_come_later)
{
	char text[512];

	tear_down();
	set_up();
	snprintf(text, sizeof text, "{\"certificate\":\"%s/b.pem\",\"key\":\"%s/b.key\"}", directory.path,
		directory.path);
	ck_assert_int_eq(sp_testing_set(testing, "tls", text), SP_OK); /* nobody judges it yet */
	add_tls();
	ck_assert_uint_eq(logged("b.pem cannot be read: No such file or directory"), 1);
	advance(5000);
	ck_assert_uint_eq(fake_listening(&fake), 0);
	tls_kit_write(&directory, "b", (struct tls_kit_pair){ "B1", -1, 30 });
	advance(1000);
	ck_assert_uint_eq(fake_listening(&fake), 1);
	ck_assert_str_eq(serial_now(), "B1");
}
END_TEST

START_TEST(taking_the_pair_away_ends_listening)
{
	begin_serving();
	connect_client();
	ck_assert_int_eq(sp_testing_set(testing, "tls", "null"), SP_OK);
	ck_assert_uint_eq(fake_listening(&fake), 0);
	say(GET("/"));
	got("https ");
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(tls_is_waited_for), TEST(requests_know_how_they_came),
		TEST(requests_wait_for_the_answer_before_theirs), TEST(bodies_may_be_large),
		TEST(many_requests_at_once_are_all_answered), TEST(who_takes_no_answers_is_not_read),
		TEST(nothing_is_said_in_the_clear), TEST(a_handshake_has_a_deadline),
		TEST(a_handshake_that_is_not_read_has_the_same), TEST(idle_connections_may_stay),
		TEST(beyond_the_limit_connections_are_closed), TEST(removing_the_plugin_drops_nothing),
		TEST(an_idle_connection_has_a_moment), TEST(replacing_the_plugin_drops_nothing),
		TEST(a_port_is_secured_without_being_given_up), TEST(a_wrong_pair_is_refused),
		TEST(a_renewed_pair_is_taken_up), TEST(a_renewal_that_failed_leaves_the_former),
		TEST(a_pair_may_come_later), TEST(taking_the_pair_away_ends_listening) };

	return run_suite(&SUITE(cases, "tls plugin", .set_up = set_up, .tear_down = tear_down));
}
