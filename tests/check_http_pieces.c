/*
 * check_http_pieces.c: answers that are sent piece by piece.
 * links: plugins/http/server.c plugins/http/connection.c plugins/http/exchange.c plugins/http/pieces.c
 * links: plugins/http/parse.c plugins/http/fields.c plugins/http/chunks.c plugins/http/chars.c plugins/http/target.c plugins/http/patterns.c
 * links: plugins/http/buffer.c plugins/http/reply.c plugins/http/access.c plugins/http/addresses.c */
#include "http_kit.h"
#include "runner.h"

#include <check.h>
#include <string.h>

static struct http_kit kit;
static struct sp_stream *stream;
static unsigned drained, leaving;

static void end(void)
{
	struct sp_http_exchange *exchange = kit.pending;

	kit.pending = NULL; /* the next one may come at once */
	exchange->ops->end(exchange);
}

static void on_drained(void *user)
{
	ck_assert_ptr_eq(user, &kit);
	drained++;
}

static void on_leaving(void *user)
{
	ck_assert_ptr_eq(user, &kit);
	leaving++;
	end();
}

static const struct sp_http_stream_events events = { sizeof events, on_drained, on_leaving, NULL };

static void set_up(void)
{
	drained = leaving = 0;
	http_kit_init(&kit);
	kit.answers_later = true;
	stream = http_kit_connect(&kit);
}

static void tear_down(void)
{
	http_kit_finish(&kit);
}

static void sent(const char *text)
{
	ck_assert_msg(strstr(stream->sent, text) != NULL, "'%s' is not in '%s'", text, stream->sent);
}

static void not_sent(const char *text)
{
	ck_assert_msg(strstr(stream->sent, text) == NULL, "'%s' is in '%s'", text, stream->sent);
}

static void begin(const char *request)
{
	http_say(stream, request);
	kit.pending->ops->on_stream(kit.pending, &events, &kit);
	kit.pending->ops->begin(kit.pending, 200, "text/event-stream", NULL);
}

static size_t send_piece(const char *piece)
{
	return kit.pending->ops->send(kit.pending, (sp_bytes){ piece, strlen(piece) });
}

static const char get[] = "GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n";

START_TEST(pieces_are_chunks)
{
	begin(get);
	sent("HTTP/1.1 200 OK\r\n");
	sent("Content-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n");
	not_sent("Content-Length");
	ck_assert_uint_eq(send_piece("data: 1\n\n"), 0);
	sent("\r\n\r\n9\r\ndata: 1\n\n\r\n");
	send_piece("0123456789abcdef");
	sent("\r\n10\r\n0123456789abcdef\r\n");
	ck_assert_uint_eq(kit.works, 1);
	end();
	sent("\r\n0\r\n\r\n");
	ck_assert(stream->open);
	ck_assert_uint_eq(kit.works, 0);
	ck_assert_uint_eq(kit.gone, 0);
}
END_TEST

/* An empty chunk would end the body (RFC 9112, 7.1). */
START_TEST(an_empty_piece_is_not_sent)
{
	begin(get);
	send_piece("");
	not_sent("\r\n0\r\n");
	end();
}
END_TEST

START_TEST(the_next_request_waits_for_the_end)
{
	begin(get);
	http_say(stream, "GET /next HTTP/1.1\r\nHost: localhost\r\n\r\n");
	ck_assert_uint_eq(kit.requests, 1);
	end();
	ck_assert_uint_eq(kit.requests, 2);
	ck_assert_str_eq(kit.path, "/next");
	http_kit_answer(&kit, "then");
	sent("0\r\n\r\nHTTP/1.1 200 OK\r\n");
}
END_TEST

START_TEST(an_old_client_reads_until_the_connection_closes)
{
	begin("GET /events HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
	send_piece("abc");
	sent("Connection: close\r\n");
	sent("\r\n\r\nabc");
	not_sent("chunked");
	end();
	ck_assert(!stream->open);
	not_sent("0\r\n");
}
END_TEST

START_TEST(head_is_answered_without_pieces)
{
	begin("HEAD /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
	send_piece("abc");
	end();
	sent("Transfer-Encoding: chunked\r\n");
	not_sent("abc");
	not_sent("\r\n0\r\n");
	ck_assert(stream->open);
}
END_TEST

START_TEST(a_handler_sees_what_is_not_taken_and_hears_when_it_is)
{
	begin(get);
	stream->room = stream->sent_size;
	ck_assert_uint_gt(send_piece("abc"), 0);
	ck_assert_uint_eq(drained, 0);
	fake_take(stream);
	ck_assert_uint_eq(drained, 1);
	fake_take(stream);
	ck_assert_uint_eq(drained, 1);
	end();
}
END_TEST

START_TEST(a_quiet_answer_outlives_the_idle_deadline)
{
	begin(get);
	fake_advance(&kit.fake, 20 * kit.server.limits.idle_ms);
	ck_assert_uint_eq(kit.gone, 0);
	ck_assert_uint_eq(send_piece("abc"), 0);
	end();
	ck_assert(stream->open);
}
END_TEST

START_TEST(who_takes_nothing_is_cut_off)
{
	begin(get);
	fake_advance(&kit.fake, 3 * kit.server.limits.idle_ms);
	stream->room = stream->sent_size;
	send_piece("abc");
	fake_advance(&kit.fake, 3 * kit.server.limits.idle_ms);
	ck_assert_uint_eq(kit.gone, 1);
	ck_assert(stream->aborted);
}
END_TEST

START_TEST(a_client_that_goes_is_told)
{
	begin(get);
	fake_close(stream, _i ? SP_OK : SP_FAILED);
	ck_assert_uint_eq(kit.gone, 1);
	ck_assert(!stream->open);
}
END_TEST

START_TEST(the_server_leaves_when_the_pieces_end)
{
	begin(get);
	send_piece("last");
	http_server_leave(&kit.server);
	ck_assert_uint_eq(leaving, 1);
	sent("4\r\nlast\r\n0\r\n\r\n");
	ck_assert(!stream->open);
}
END_TEST

START_TEST(a_server_that_closes_ends_the_pieces)
{
	begin(get);
	http_server_close(&kit.server);
	ck_assert_uint_eq(kit.gone, 1);
	not_sent("503");
}
END_TEST

static int ask_streams(bool *ret_more)
{
	kit.server.round++;
	return http_server_ask_streams(&kit.server, ret_more);
}

START_TEST(who_may_not_stay_is_let_go)
{
	bool more;

	ck_assert_int_eq(ask_streams(&more), 0);
	ck_assert_uint_eq(kit.asked, 0); /* there is no answer yet */
	begin(get);
	ck_assert_int_eq(ask_streams(&more), 0);
	ck_assert_uint_eq(kit.asked, 1);
	kit.nobody_stays = true;
	ck_assert_int_eq(http_server_ask_streams(&kit.server, &more), 0);
	ck_assert_uint_eq(kit.asked, 1); /* once in a round */
	ck_assert_int_eq(ask_streams(&more), 1);
	ck_assert(!more);
	ck_assert_uint_eq(leaving, 1);
	sent("\r\n0\r\n\r\n");
	ck_assert(stream->open); /* it may ask again, and is judged as anybody */
}
END_TEST

START_TEST(who_does_not_leave_is_cut_off)
{
	static const struct sp_http_stream_events none = { .struct_size = sizeof none };
	bool more;

	begin(get);
	kit.pending->ops->on_stream(kit.pending, &none, &kit);
	kit.nobody_stays = true;
	ck_assert_int_eq(ask_streams(&more), 1);
	ck_assert_uint_eq(kit.gone, 1);
	ck_assert(!stream->open);
}
END_TEST

/* So that no other client waits for it. */
START_TEST(many_are_asked_some_at_a_time)
{
	enum { STREAMS = 80 };
	struct sp_stream *streams[STREAMS];
	unsigned before = 0, turns = 0;
	bool more = true;

	for (int i = 0; i < STREAMS; i++) {
		streams[i] = http_kit_connect(&kit);
		http_say(streams[i], get);
		kit.pending->ops->begin(kit.pending, 200, "text/plain", NULL);
	}
	for (kit.server.round++; more; turns++) {
		http_server_ask_streams(&kit.server, &more);
		ck_assert_uint_le(kit.asked - before, 8);
		before = kit.asked;
	}
	ck_assert_uint_eq(kit.asked, STREAMS);
	ck_assert_uint_ge(turns, 10);
}
END_TEST

/* A handler may end all that it sends as soon as it is asked to leave one of them. */
static struct sp_http_exchange *all[3];

static void on_leaving_end_all(void *user SP_UNUSED)
{
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		struct sp_http_exchange *exchange = all[i];

		all[i] = NULL;
		if (exchange)
			exchange->ops->end(exchange);
	}
}

START_TEST(a_handler_may_end_all_at_once)
{
	static const struct sp_http_stream_events end_all = { .struct_size = sizeof end_all,
		.leaving = on_leaving_end_all };
	bool more;

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		http_say(http_kit_connect(&kit),
			"GET /events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
		all[i] = kit.pending;
		all[i]->ops->on_stream(all[i], &end_all, NULL);
		all[i]->ops->begin(all[i], 200, "text/plain", NULL);
	}
	kit.nobody_stays = true;
	if (_i)
		http_server_leave(&kit.server);
	else
		ask_streams(&more);
	ck_assert_int_eq(kit.server.connection_count, 1); /* that of the set-up */
}
END_TEST

START_TEST(pieces_and_a_whole_answer_do_not_mix)
{
	struct sp_http_exchange *exchange;

	begin(get);
	exchange = kit.pending;
	exchange->ops->reply(exchange, 200, "text/plain", NULL, (sp_bytes){ "no", 2 });
	exchange->ops->begin(exchange, 500, "text/plain", NULL);
	not_sent("no");
	not_sent("500");
	end();
	ck_assert_uint_eq(exchange->ops->send(exchange, (sp_bytes){ "late", 4 }), 0);
	exchange->ops->end(exchange);
	not_sent("late");
}
END_TEST

START_TEST(a_head_is_made_safe)
{
	http_say(stream, get);
	kit.pending->ops->begin(kit.pending, _i ? 99 : 601, "a\r\nb", NULL);
	sent("HTTP/1.1 500 Internal Server Error\r\n");
	sent("Content-Type: application/octet-stream\r\n");
	end();
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(pieces_are_chunks), TEST(an_empty_piece_is_not_sent),
		TEST(the_next_request_waits_for_the_end), TEST(an_old_client_reads_until_the_connection_closes),
		TEST(head_is_answered_without_pieces), TEST(a_handler_sees_what_is_not_taken_and_hears_when_it_is),
		TEST(a_quiet_answer_outlives_the_idle_deadline), TEST(who_takes_nothing_is_cut_off),
		TEST(a_client_that_goes_is_told, .times = 2), TEST(the_server_leaves_when_the_pieces_end),
		TEST(who_may_not_stay_is_let_go), TEST(who_does_not_leave_is_cut_off),
		TEST(many_are_asked_some_at_a_time), TEST(a_handler_may_end_all_at_once, .times = 2),
		TEST(a_server_that_closes_ends_the_pieces), TEST(pieces_and_a_whole_answer_do_not_mix),
		TEST(a_head_is_made_safe, .times = 2) };

	return run_suite(&SUITE(cases, "http_pieces", .set_up = set_up, .tear_down = tear_down));
}
