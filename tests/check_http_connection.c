/*
 * check_http_connection.c: keep-alive, pipelining, back-pressure, deadlines and limits of connections.
 * links: plugins/http/server.c plugins/http/connection.c plugins/http/exchange.c plugins/http/pieces.c plugins/http/parse.c
 * links: plugins/http/fields.c plugins/http/chunks.c plugins/http/chars.c plugins/http/target.c plugins/http/patterns.c
 * links: plugins/http/buffer.c plugins/http/reply.c plugins/http/access.c plugins/http/addresses.c */
#include "http_kit.h"
#include "runner.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define GET "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
#define POST "POST / HTTP/1.1\r\nHost: localhost\r\n"

static struct http_kit kit;
static struct sp_stream *stream;

static void set_up(void)
{
	http_kit_init(&kit);
	stream = http_kit_connect(&kit);
}

static void tear_down(void)
{
	http_kit_finish(&kit);
}

static void expect(const char *statuses, bool open)
{
	ck_assert_str_eq(http_statuses(stream->sent, stream->sent_size), statuses);
	ck_assert_int_eq(stream->open, open);
}

/* ---- pipelining -------------------------------------------------------------------------------------------------- */

START_TEST(answers_of_pipelined_requests_leave_with_one_write)
{
	http_say(stream, GET GET GET);
	expect("200 200 200", true);
	ck_assert_uint_eq(stream->writes, 1);
}
END_TEST

/* Who sends many requests at once has them answered some at a time, and others have their turn between. */
START_TEST(a_connection_yields_to_others)
{
	enum { MANY = 20 };
	char text[MANY * (sizeof GET - 1) + 1] = "";
	unsigned pauses = kit.fake.pauses;

	for (int i = 0; i < MANY; i++)
		memcpy(text + (size_t)i * (sizeof GET - 1), GET, sizeof GET);
	http_say(stream, text);
	ck_assert_uint_eq(kit.requests, MANY);
	ck_assert_uint_eq(kit.fake.pauses, pauses + 4);
	ck_assert(!stream->paused);
}
END_TEST

START_TEST(requests_wait_for_the_answer_before_theirs)
{
	kit.answers_later = true;
	http_say(stream, POST "Content-Length: 1\r\n\r\na" POST "Content-Length: 1\r\n\r\nb" GET);
	ck_assert_uint_eq(kit.requests, 1);
	ck_assert(stream->paused);
	http_kit_answer(&kit, "first");
	ck_assert_uint_eq(kit.requests, 2);
	http_kit_answer(&kit, "second");
	http_kit_answer(&kit, "third");
	expect("200 200 200", true);
	ck_assert(strstr(stream->sent, "first") < strstr(stream->sent, "second"));
	ck_assert(strstr(stream->sent, "second") < strstr(stream->sent, "third"));
	ck_assert(!stream->paused);
}
END_TEST

START_TEST(reading_goes_on_while_an_answer_is_awaited_until_bytes_come)
{
	kit.answers_later = true;
	http_say(stream, GET);
	ck_assert(!stream->paused);
	http_say(stream, "GET /2 ");
	ck_assert(stream->paused);
	http_kit_answer(&kit, "");
	ck_assert(!stream->paused);
	http_say(stream, "HTTP/1.1\r\nHost: localhost\r\n\r\n");
	ck_assert_str_eq(kit.path, "/2");
	http_kit_answer(&kit, "");
	expect("200 200", true);
}
END_TEST

START_TEST(a_client_that_takes_no_answers_is_not_read)
{
	static char body[4096];
	int i;

	memset(body, 'x', sizeof body);
	stream->room = 0;
	for (i = 0; i < 100 && !stream->paused; i++) {
		http_say(stream, POST "Content-Length: 4096\r\n\r\n");
		fake_send(stream, body, sizeof body);
	}
	ck_assert(stream->paused);
	ck_assert_int_lt(i, 70);
	http_say(stream, GET);
	ck_assert_uint_eq(kit.requests, (unsigned)i);
	fake_take(stream);
	ck_assert(!stream->paused);
	ck_assert_uint_eq(kit.requests, (unsigned)i + 1);
}
END_TEST

START_TEST(a_flood_of_pipelined_requests_is_not_gathered_without_end)
{
	char *flood = malloc(10000 * (sizeof GET - 1));
	size_t i;

	ck_assert_ptr_nonnull(flood);
	for (i = 0; i < 10000; i++)
		memcpy(flood + i * (sizeof GET - 1), GET, sizeof GET - 1);
	kit.server.limits.requests_per_connection = 1000000;
	stream->room = 0;
	fake_send(stream, flood, 10000 * (sizeof GET - 1));
	free(flood);
	ck_assert(stream->paused);
	ck_assert_uint_lt(stream->sent_size, 400000);
	while (stream->paused) {
		fake_take(stream);
		stream->room = stream->sent_size;
	}
	ck_assert_uint_eq(kit.requests, 10000);
}
END_TEST

/* ---- deadlines --------------------------------------------------------------------------------------------------- */

START_TEST(an_idle_connection_is_closed_without_a_word)
{
	fake_advance(&kit.fake, 4999);
	ck_assert(stream->open);
	http_say(stream, GET);
	fake_advance(&kit.fake, 4999);
	ck_assert(stream->open);
	fake_advance(&kit.fake, 1);
	expect("200", false);
	ck_assert(!stream->aborted);
}
END_TEST

START_TEST(a_header_block_has_its_time_however_it_drips)
{
	fake_advance(&kit.fake, 3000);
	http_say(stream, "GET / HTTP/1.1\r\n");
	fake_advance(&kit.fake, 600);
	http_say(stream, "Host: localhost\r\n");
	fake_advance(&kit.fake, 399);
	expect("", true);
	fake_advance(&kit.fake, 1);
	expect("408", false);
	ck_assert_ptr_nonnull(strstr(stream->sent, "\"code\":\"timeout\""));
}
END_TEST

START_TEST(a_body_has_its_time)
{
	http_say(stream, "POST / HTTP/1.1\r\nHost: localhost\r\n");
	fake_advance(&kit.fake, 900);
	http_say(stream, "Content-Length: 10\r\n\r\n");
	fake_advance(&kit.fake, 900);
	http_say(stream, "123456789");
	fake_advance(&kit.fake, 99);
	expect("", true);
	fake_advance(&kit.fake, 1);
	expect("408", false);
}
END_TEST

START_TEST(empty_lines_are_no_request)
{
	http_say(stream, "\r\n");
	fake_advance(&kit.fake, 4999);
	expect("", true);
	fake_advance(&kit.fake, 1);
	expect("", false);
}
END_TEST

START_TEST(a_handler_has_all_time)
{
	kit.answers_later = true;
	http_say(stream, GET);
	fake_advance(&kit.fake, 100000);
	ck_assert(stream->open);
	http_kit_answer(&kit, "");
	fake_advance(&kit.fake, 4999);
	expect("200", true);
	fake_advance(&kit.fake, 1);
	expect("200", false);
}
END_TEST

START_TEST(a_client_that_takes_its_answer_slowly_stays_and_one_that_does_not_is_cut_off)
{
	http_say(stream, GET);
	stream->room = 10;
	fake_advance(&kit.fake, 5000);
	ck_assert(stream->open);
	stream->room = 20;
	fake_advance(&kit.fake, 5000);
	ck_assert(stream->open);
	fake_advance(&kit.fake, 5000);
	ck_assert(!stream->open);
	ck_assert(stream->aborted);
}
END_TEST

START_TEST(requests_that_follow_fast_set_no_deadlines)
{
	unsigned before, i;

	http_say(stream, GET);
	before = kit.fake.deadlines;
	for (i = 0; i < 100; i++)
		http_say(stream, GET);
	ck_assert_uint_eq(kit.fake.deadlines, before);
}
END_TEST

/* ---- limits ------------------------------------------------------------------------------------------------------ */

START_TEST(a_connection_too_many_is_turned_away)
{
	struct sp_stream *second;

	kit.server.limits.connections = 1;
	second = http_kit_connect(&kit);
	ck_assert_str_eq(http_statuses(second->sent, second->sent_size), "503");
	ck_assert_ptr_nonnull(strstr(second->sent, "Retry-After: 1\r\n"));
	ck_assert(!second->open);
	http_say(stream, "GET / HTTP/1.0\r\n\r\n");
	expect("200", false);
	ck_assert(http_kit_connect(&kit)->open);
}
END_TEST

START_TEST(an_address_has_so_many_connections)
{
	struct sp_stream *second;

	kit.server.limits.connections_per_address = 1;
	second = http_kit_connect(&kit);
	ck_assert_str_eq(http_statuses(second->sent, second->sent_size), "503");
	ck_assert_ptr_nonnull(strstr(second->sent, "from your address"));
	http_say(stream, "GET / HTTP/1.0\r\n\r\n");
	expect("200", false);
	ck_assert(http_kit_connect(&kit)->open);
}
END_TEST

START_TEST(a_connection_has_so_many_requests)
{
	kit.server.limits.requests_per_connection = 3;
	http_say(stream, GET GET);
	expect("200 200", true);
	ck_assert_ptr_null(strstr(stream->sent, "Connection: close"));
	http_say(stream, GET GET);
	expect("200 200 200", false);
	ck_assert_ptr_nonnull(strstr(stream->sent, "Connection: close"));
}
END_TEST

/* ---- clients that go --------------------------------------------------------------------------------------------- */

START_TEST(a_handler_is_told_that_its_client_has_gone)
{
	kit.answers_later = true;
	http_say(stream, GET);
	ck_assert_uint_eq(kit.works, 1);
	fake_close(stream, _i ? SP_FAILED : SP_OK);
	ck_assert_uint_eq(kit.gone, 1);
	ck_assert_uint_eq(kit.works, 0);
	expect("", false);
	ck_assert_int_eq(stream->aborted, _i);
}
END_TEST

START_TEST(a_handler_that_has_answered_hears_nothing)
{
	kit.answers_later = true;
	http_say(stream, GET);
	http_kit_answer(&kit, "");
	fake_close(stream, SP_OK);
	ck_assert_uint_eq(kit.gone, 0);
	expect("200", false);
}
END_TEST

START_TEST(half_a_request_is_answered_400)
{
	http_say(stream, _i ? POST "Content-Length: 3\r\n\r\nab" : "GET / HT");
	fake_close(stream, SP_OK);
	expect("400", false);
}
END_TEST

START_TEST(an_answer_given_twice_is_sent_once)
{
	struct sp_http_exchange *exchange;

	kit.answers_later = true;
	http_say(stream, GET);
	exchange = kit.pending;
	http_kit_answer(&kit, "");
	exchange->ops->reply(exchange, 200, NULL, NULL, (sp_bytes){ NULL, 0 });
	expect("200", true);
}
END_TEST

/* ---- the end of the server --------------------------------------------------------------------------------------- */

/* R-PL-10 */
START_TEST(a_server_that_leaves_finishes_its_requests)
{
	struct sp_stream *idle = http_kit_connect(&kit), *late = http_kit_connect(&kit);

	kit.answers_later = true;
	http_say(stream, GET);
	http_server_leave(&kit.server);
	ck_assert_uint_eq(kit.works, 2);
	fake_advance(&kit.fake, 999);
	kit.answers_later = false;
	http_say(late, GET);
	ck_assert_str_eq(http_statuses(late->sent, late->sent_size), "200");
	ck_assert(!late->open);
	ck_assert(idle->open);
	fake_advance(&kit.fake, 1);
	ck_assert(!idle->open);
	ck_assert(stream->open);
	http_kit_answer(&kit, "");
	expect("200", false);
	ck_assert_ptr_nonnull(strstr(stream->sent, "Connection: close"));
	ck_assert_uint_eq(kit.works, 0);
}
END_TEST

START_TEST(a_server_that_is_closed_answers_503)
{
	struct sp_stream *idle = http_kit_connect(&kit), *half = http_kit_connect(&kit);

	kit.answers_later = true;
	http_say(half, "GET / HT");
	http_say(stream, GET);
	http_server_close(&kit.server);
	expect("503", false);
	ck_assert_uint_eq(kit.gone, 1);
	ck_assert_str_eq(http_statuses(half->sent, half->sent_size), "503");
	ck_assert_uint_eq(idle->sent_size, 0);
	ck_assert(!idle->open && !half->open);
}
END_TEST

/* The same when it was to be the last answer, and the server leaves meanwhile. */
START_TEST(a_last_answer_is_taken_slowly_as_well)
{
	stream->room = 10;
	http_say(stream, "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" GET);
	fake_advance(&kit.fake, 5000);
	ck_assert(stream->open);
	http_server_leave(&kit.server);
	stream->room = 20;
	fake_advance(&kit.fake, 4000);
	ck_assert(stream->open);
	fake_take(stream);
	ck_assert(!stream->open);
	ck_assert(!stream->aborted);
	ck_assert_str_eq(http_statuses(stream->sent, stream->sent_size), "200");
	ck_assert_uint_eq(kit.requests, 1);
}
END_TEST

START_TEST(who_does_not_take_a_last_answer_is_cut_off)
{
	stream->room = 10;
	http_say(stream, "GET / HTTP/1.0\r\n\r\n");
	fake_advance(&kit.fake, 9999);
	ck_assert(stream->open);
	fake_advance(&kit.fake, 1);
	ck_assert(!stream->open);
	ck_assert(stream->aborted);
	ck_assert_int_eq(kit.server.connection_count, 0);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(answers_of_pipelined_requests_leave_with_one_write),
		TEST(a_connection_yields_to_others), TEST(requests_wait_for_the_answer_before_theirs),
		TEST(reading_goes_on_while_an_answer_is_awaited_until_bytes_come),
		TEST(a_client_that_takes_no_answers_is_not_read),
		TEST(a_flood_of_pipelined_requests_is_not_gathered_without_end),
		TEST(a_connection_too_many_is_turned_away), TEST(an_address_has_so_many_connections),
		TEST(a_connection_has_so_many_requests), TEST(a_handler_is_told_that_its_client_has_gone, .times = 2),
		TEST(a_handler_that_has_answered_hears_nothing), TEST(half_a_request_is_answered_400, .times = 2),
		TEST(an_answer_given_twice_is_sent_once), TEST(a_server_that_leaves_finishes_its_requests),
		TEST(a_server_that_is_closed_answers_503), TEST(an_idle_connection_is_closed_without_a_word),
		TEST(a_header_block_has_its_time_however_it_drips), TEST(a_body_has_its_time),
		TEST(empty_lines_are_no_request), TEST(a_handler_has_all_time),
		TEST(a_client_that_takes_its_answer_slowly_stays_and_one_that_does_not_is_cut_off),
		TEST(a_last_answer_is_taken_slowly_as_well), TEST(who_does_not_take_a_last_answer_is_cut_off),
		TEST(requests_that_follow_fast_set_no_deadlines) };

	return run_suite(&SUITE(cases, "http connection", .set_up = set_up, .tear_down = tear_down));
}
