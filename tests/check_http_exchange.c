/*
 * check_http_exchange.c: what a handler is shown of a request, and what becomes of its answer.
 * links: plugins/http/server.c plugins/http/connection.c plugins/http/exchange.c plugins/http/pieces.c plugins/http/parse.c
 * links: plugins/http/fields.c plugins/http/chunks.c plugins/http/chars.c plugins/http/target.c plugins/http/patterns.c
 * links: plugins/http/buffer.c plugins/http/reply.c plugins/http/access.c plugins/http/addresses.c */
#include "http_kit.h"
#include "runner.h"

#include <check.h>
#include <string.h>

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

static const char *header(const char *name)
{
	return kit.pending->ops->header(kit.pending, name);
}

static void sent(const char *text)
{
	ck_assert_msg(strstr(stream->sent, text) != NULL, "'%s' is not in '%s'", text, stream->sent);
}

static void not_sent(const char *text)
{
	ck_assert_msg(strstr(stream->sent, text) == NULL, "'%s' is in '%s'", text, stream->sent);
}

/* ---- requests ---------------------------------------------------------------------------------------------------- */

START_TEST(a_request_is_shown_in_parts)
{
	kit.answers_later = true;
	http_say(stream, "PUT /a%20b/./c/../d?x=%41&y HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nbody");
	ck_assert_str_eq(kit.method, "PUT");
	ck_assert_str_eq(kit.path, "/a b/d");
	ck_assert_str_eq(kit.query, "x=%41&y");
	ck_assert_str_eq(kit.pending->peer, "127.0.0.1:4711");
	ck_assert_mem_eq(kit.pending->body.data, "body", 4);
	ck_assert_uint_eq(kit.pending->body.size, 4);
	ck_assert_uint_eq(kit.pending->struct_size, sizeof *kit.pending);
}
END_TEST

static const struct {
	const char *target, *path, *query;
} targets[] = {
	{ "/", "/", "" },
	{ "/?", "/", "" },
	{ "/?a?b", "/", "a?b" },
	{ "http://localhost", "/", "" },
	{ "http://localhost?q", "/", "q" },
	{ "http://localhost:80/p?q", "/p", "q" },
	{ "//x", "//x", "" },
};

START_TEST(a_target_is_taken_apart)
{
	http_say(stream, "GET ");
	http_say(stream, targets[_i].target);
	http_say(stream, " HTTP/1.1\r\nHost: localhost\r\n\r\n");
	ck_assert_str_eq(kit.path, targets[_i].path);
	ck_assert_str_eq(kit.query, targets[_i].query);
}
END_TEST

START_TEST(headers_are_found_by_name)
{
	kit.answers_later = true;
	http_say(stream,
		"GET / HTTP/1.1\r\nHost: localhost\r\nX-One: \t 1 \t\r\nX-Empty:\r\nX-Blank: \t \r\n"
		"X-Colon: a:b\r\nX-Last: z\r\n\r\n");
	ck_assert_str_eq(header("x-one"), "1");
	ck_assert_str_eq(header("X-ONE"), "1");
	ck_assert_str_eq(header("X-Empty"), "");
	ck_assert_str_eq(header("X-Blank"), "");
	ck_assert_str_eq(header("X-Blank"), "");
	ck_assert_str_eq(header("X-Colon"), "a:b");
	ck_assert_str_eq(header("X-Last"), "z");
	ck_assert_str_eq(header("host"), "localhost");
	ck_assert_ptr_null(header("X-On"));
	ck_assert_ptr_null(header("X-One1"));
	ck_assert_ptr_null(header(""));
}
END_TEST

START_TEST(several_headers_of_a_name_are_joined)
{
	kit.answers_later = true;
	http_say(stream, "GET / HTTP/1.1\r\nA: 1\r\nHost: localhost\r\na:2\r\nB: x\r\nA:   3\r\n\r\n");
	ck_assert_str_eq(header("A"), "1, 2, 3");
	ck_assert_str_eq(header("a"), "1, 2, 3");
	ck_assert_str_eq(header("b"), "x");
	ck_assert_ptr_eq(header("A"), header("a")); /* once, however often it is asked for */
}
END_TEST

START_TEST(lines_without_a_value_are_joined)
{
	kit.answers_later = true;
	http_say(stream, "GET / HTTP/1.1\r\nHost: localhost\r\nA:\r\nA:\r\nA:\r\nA:\r\nA:\r\n\r\n");
	ck_assert_str_eq(header("A"), ", , , , ");
}
END_TEST

START_TEST(a_chunked_body_is_whole)
{
	http_say(stream,
		"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
		"3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\nTrailer: x\r\n\r\n");
	sent("Content-Length: 7\r\n");
	sent("\r\n\r\nabcdefg");
}
END_TEST

START_TEST(a_request_stays_valid_until_it_is_answered)
{
	struct sp_stream *other = http_kit_connect(&kit);
	struct sp_http_exchange *first;

	kit.answers_later = true;
	http_say(stream, "POST /first HTTP/1.1\r\nHost: localhost\r\nX: 1\r\nContent-Length: 5\r\n\r\nfirst");
	first = kit.pending;
	http_say(other, "POST /other HTTP/1.1\r\nHost: localhost\r\nX: 2\r\nContent-Length: 5\r\n\r\nother");
	ck_assert_str_eq(first->path, "/first");
	ck_assert_str_eq(first->ops->header(first, "X"), "1");
	ck_assert_mem_eq(first->body.data, "first", 5);
	http_kit_answer(&kit, "to the other");
	first->ops->reply(first, 200, "text/plain", NULL, first->body);
	sent("\r\n\r\nfirst");
	ck_assert_ptr_nonnull(strstr(other->sent, "\r\n\r\nto the other"));
}
END_TEST

/* ---- answers ----------------------------------------------------------------------------------------------------- */

START_TEST(an_answer_has_a_date_and_a_length_and_names_no_server)
{
	http_say(stream, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
	ck_assert_mem_eq(stream->sent, "HTTP/1.1 200 OK\r\nDate: ", 23);
	sent(" GMT\r\n");
	sent("Content-Type: text/plain\r\nContent-Length: 0\r\n");
	not_sent("Server:");
	not_sent("Connection:");
}
END_TEST

START_TEST(the_answer_to_head_has_a_length_and_no_body)
{
	http_say(stream, "HEAD / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nbody");
	sent("Content-Length: 4\r\n");
	not_sent("body");
	ck_assert_str_eq(kit.method, "HEAD");
}
END_TEST

START_TEST(a_wrong_head_request_has_no_body_either)
{
	http_say(stream, "HEAD / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n");
	sent("400 Bad Request\r\n");
	sent("Content-Type: application/json\r\n");
	not_sent("Content-Length: 0");
	not_sent("{");
}
END_TEST

START_TEST(no_content_has_no_length)
{
	kit.status = _i ? 304 : 204;
	http_say(stream, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nbody");
	not_sent("Content-Length");
	not_sent("Content-Type");
	not_sent("body");
}
END_TEST

START_TEST(an_answer_without_a_type_has_no_body)
{
	kit.answers_later = true;
	http_say(stream, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
	kit.pending->ops->reply(kit.pending, 202, NULL, NULL, (sp_bytes){ NULL, 0 });
	sent("HTTP/1.1 202 Accepted\r\n");
	sent("Content-Length: 0\r\n");
	not_sent("Content-Type");
}
END_TEST

START_TEST(fields_that_would_break_the_answer_are_left_out)
{
	static const struct sp_http_field fields[] = { { "X-Good", "1" }, { "X-Evil", "a\r\nX-Injected: b" },
		{ "X\r\nX-Injected", "b" }, { "", "b" }, { "X-Null", NULL }, { "X-Too", "2" }, { NULL, NULL } };

	kit.fields = fields;
	http_say(stream, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
	sent("X-Good: 1\r\nX-Too: 2\r\n\r\n");
	not_sent("Injected");
	not_sent("X-Null");
}
END_TEST

START_TEST(statuses_without_a_name_and_wrong_ones)
{
	static const struct {
		int status;
		const char *line;
	} rows[] = { { 299, "HTTP/1.1 299 \r\n" }, { 99, "HTTP/1.1 500 " }, { 100, "HTTP/1.1 500 " },
		{ 1000, "HTTP/1.1 500 " }, { -1, "HTTP/1.1 500 " }, { 422, "HTTP/1.1 422 Unprocessable Content\r\n" } };

	kit.status = rows[_i].status;
	http_say(stream, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
	sent(rows[_i].line);
}
END_TEST

START_TEST(a_client_of_1_0_is_told_that_the_connection_stays)
{
	http_say(stream, "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n");
	sent("Connection: keep-alive\r\n");
}
END_TEST

START_TEST(errors_are_json)
{
	kit.serves_nothing = true;
	http_say(stream, "GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n");
	sent("HTTP/1.1 404 Not Found\r\n");
	sent("Content-Type: application/json\r\n");
	sent("{\"ok\":false,\"error\":{\"code\":\"not_found\",\"message\":\"");
	http_say(stream, "GET /x HTTP/1.1\r\nHost: evil.example:81\r\n\r\n");
	sent("\"code\":\"forbidden\",\"message\":\"Host evil.example:81 is not allowed here; the setting http.hosts");
	http_say(stream, "GET /x HTTP/1.1\r\nHost: localhost\r\nOrigin: a\"b\\c\xff\r\n\r\n");
	sent("\"message\":\"Origin a?b?c? is not allowed here; the setting http.origins");
}
END_TEST

START_TEST(a_body_is_asked_for)
{
	http_say(stream, "POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
	ck_assert_str_eq(stream->sent, "HTTP/1.1 100 Continue\r\n\r\n");
	http_say(stream, "body");
	ck_assert_str_eq(http_statuses(stream->sent, stream->sent_size), "100 200");
	http_say(stream, "POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\nbo");
	http_say(stream, "dy");
	ck_assert_str_eq(http_statuses(stream->sent, stream->sent_size), "100 200 200");
}
END_TEST

START_TEST(a_unix_socket_has_no_hosts)
{
	struct sp_stream *local = fake_stream_create(&kit.fake);

	http_server_accept(&kit.server, local, "unix");
	http_say(local, "GET / HTTP/1.1\r\nHost: whatever\r\n\r\n");
	ck_assert_str_eq(http_statuses(local->sent, local->sent_size), "200");
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_request_is_shown_in_parts),
		TEST(a_target_is_taken_apart, .times = sizeof targets / sizeof *targets),
		TEST(headers_are_found_by_name), TEST(several_headers_of_a_name_are_joined),
		TEST(lines_without_a_value_are_joined), TEST(a_chunked_body_is_whole),
		TEST(a_request_stays_valid_until_it_is_answered),
		TEST(an_answer_has_a_date_and_a_length_and_names_no_server),
		TEST(the_answer_to_head_has_a_length_and_no_body), TEST(a_wrong_head_request_has_no_body_either),
		TEST(no_content_has_no_length, .times = 2), TEST(an_answer_without_a_type_has_no_body),
		TEST(fields_that_would_break_the_answer_are_left_out),
		TEST(statuses_without_a_name_and_wrong_ones, .times = 6),
		TEST(a_client_of_1_0_is_told_that_the_connection_stays), TEST(errors_are_json),
		TEST(a_body_is_asked_for), TEST(a_unix_socket_has_no_hosts) };

	return run_suite(&SUITE(cases, "http exchange", .set_up = set_up, .tear_down = tear_down));
}
