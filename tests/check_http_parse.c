/*
 * check_http_parse.c: the parser of request heads and chunked bodies, by itself. What is wrong is in http_cases.c.
 * links: plugins/http/parse.c plugins/http/fields.c plugins/http/chunks.c plugins/http/chars.c plugins/http/target.c */
#include "../plugins/http/chars.h"
#include "../plugins/http/chunks.h"
#include "../plugins/http/target.h"
#include "http_cases.h"
#include "runner.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char head_text[] = "\r\nPOST http://[::1]:80/a/b?c=d HTTP/1.1\r\nHost: other\r\nOrigin: x\r\n"
				"Content-Length: 12\r\nConnection: keep-alive, close\r\nExpect: 100-continue\r\n\r\n";

static bool part_is(struct http_part part, const char *text)
{
	return part.size == strlen(text) && memcmp(head_text + part.at, text, part.size) == 0;
}

START_TEST(a_head_is_told_in_parts)
{
	struct http_head head = { .line = 0 };

	ck_assert_int_eq(http_head_parse(&head, &http_case_limits, head_text, sizeof head_text - 1), HTTP_DONE);
	ck_assert(part_is(head.method, "POST"));
	ck_assert(part_is(head.target, "http://[::1]:80/a/b?c=d"));
	ck_assert(part_is(head.path, "/a/b"));
	ck_assert(part_is(head.query, "c=d"));
	ck_assert(part_is(head.host, "[::1]:80"));
	ck_assert(part_is(head.origin, "x"));
	ck_assert_uint_eq(head.size, sizeof head_text - 1);
	ck_assert_mem_eq(head_text + head.fields, "Host: other", 11);
	ck_assert_uint_eq(head.minor, 1);
	ck_assert(head.has_length && head.length == 12);
	ck_assert(head.close && head.keep_alive && !head.chunked && !head.asks_server);
	ck_assert_int_eq(head.expects, HTTP_EXPECTS_CONTINUE);
}
END_TEST

/* A copy with nothing behind it, so that reading beyond the end is caught. */
static enum http_progress parse_copy(struct http_head *head, size_t size)
{
	char *copy = malloc(size + !size);
	enum http_progress progress;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, head_text, size);
	progress = http_head_parse(head, &http_case_limits, copy, size);
	free(copy);
	return progress;
}

START_TEST(a_head_may_come_in_any_pieces)
{
	struct http_head whole = { .line = 0 }, pieces = { .line = 0 };
	size_t size;

	http_head_parse(&whole, &http_case_limits, head_text, sizeof head_text - 1);
	for (size = 0; size < sizeof head_text - 1; size++)
		ck_assert_int_eq(parse_copy(&pieces, size), HTTP_MORE);
	ck_assert_int_eq(parse_copy(&pieces, size), HTTP_DONE);
	ck_assert_mem_eq(&whole, &pieces, sizeof whole);
}
END_TEST

START_TEST(what_follows_a_head_is_left_alone)
{
	struct http_head head = { .line = 0 };
	char text[] = "GET / HTTP/1.0\r\n\r\n\0garbage\n\n";

	ck_assert_int_eq(http_head_parse(&head, &http_case_limits, text, sizeof text), HTTP_DONE);
	ck_assert_uint_eq(head.size, 18);
}
END_TEST

START_TEST(a_request_has_begun_with_its_first_byte)
{
	struct http_head head = { .line = 0 };

	ck_assert(!http_head_begun(&head, "", 0));
	http_head_parse(&head, &http_case_limits, "\r", 1);
	ck_assert(!http_head_begun(&head, "\r", 1));
	http_head_parse(&head, &http_case_limits, "\r\n", 2);
	ck_assert(!http_head_begun(&head, "\r\n", 2));
	http_head_parse(&head, &http_case_limits, "\r\nG", 3);
	ck_assert(http_head_begun(&head, "\r\nG", 3));
}
END_TEST

/* ---- chunks ------------------------------------------------------------------------------------------------------ */

START_TEST(chunks_may_come_in_any_pieces)
{
	static const char text[] = "3;a=\"b\"\r\nabc\r\nA\r\n0123456789\r\n0\r\nX: y\r\n\r\nbehind";
	struct http_chunks chunks = { .state = HTTP_CHUNK_SIZE };
	enum http_progress progress = HTTP_MORE;
	char body[32];
	size_t at = 0, come = 0, used, size = 0;
	sp_bytes content;

	while (progress == HTTP_MORE && come <= sizeof text) {
		sp_bytes data = { text + at, come - at };

		progress = http_chunks_read(&chunks, &http_case_limits, data, &used, &content);
		memcpy(body + size, content.size ? content.data : "", content.size);
		size += content.size;
		at += used;
		come += used == 0;
	}
	ck_assert_int_eq(progress, HTTP_DONE);
	ck_assert_str_eq(text + at, "behind");
	ck_assert_uint_eq(size, 13);
	ck_assert_mem_eq(body, "abc0123456789", 13);
}
END_TEST

/* ---- targets ----------------------------------------------------------------------------------------------------- */

static const struct {
	const char *path, *normal; /* NULL: refused */
} paths[] = {
	{ "/", "/" },
	{ "/a/b", "/a/b" },
	{ "/a/./b", "/a/b" },
	{ "/a/../b", "/b" },
	{ "/a/b/..", "/a/" },
	{ "/a/b/.", "/a/b/" },
	{ "/..", "/" },
	{ "/.", "/" },
	{ "/../../../a", "/a" },
	{ "/a/../..", "/" },
	{ "/a//b", "/a//b" },
	{ "/a//../b", "/a/b" },
	{ "/...", "/..." },
	{ "/.a/..b/c.", "/.a/..b/c." },
	{ "/%61%62", "/ab" },
	{ "/a%2Fb%2fc", "/a%2Fb%2Fc" },
	{ "/a%2F../b", "/a%2F../b" },
	{ "/%2e%2E/a", "/a" },
	{ "/a/%2e%2e%2fb", "/a/..%2Fb" },
	{ "/%25", "/%" },
	{ "/%252e", "/%2e" },
	{ "/%C3%A4", "/\xc3\xa4" },
	{ "/a%20b", "/a b" },
	{ "/%00", NULL },
	{ "/%1f", NULL },
	{ "/%7F", NULL },
	{ "/a%0D%0Ab", NULL },
};

START_TEST(a_path_has_one_form)
{
	char path[64];
	size_t size;

	snprintf(path, sizeof path, "%s", paths[_i].path);
	if (!http_path_normalise(path, strlen(path), &size)) {
		ck_assert_ptr_null(paths[_i].normal);
		return;
	}
	path[size] = '\0';
	ck_assert_ptr_nonnull(paths[_i].normal);
	ck_assert_str_eq(path, paths[_i].normal);
}
END_TEST

static const struct {
	const char *text, *host, *port; /* host NULL: refused */
	bool is_address;
} authorities[] = {
	{ "localhost", "localhost", "", false },
	{ "localhost:80", "localhost", "80", false },
	{ "localhost:", "localhost", "", false },
	{ "127.0.0.1:8080", "127.0.0.1", "8080", true },
	{ "127.0.0.256", "127.0.0.256", "", false },
	{ "[::1]", "[::1]", "", true },
	{ "[2001:db8::1]:443", "[2001:db8::1]", "443", true },
	{ "a%20b", "a%20b", "", false },
	{ "", NULL, NULL, false },
	{ ":80", NULL, NULL, false },
	{ "a b", NULL, NULL, false },
	{ "a%2", NULL, NULL, false },
	{ "a:80:80", NULL, NULL, false },
	{ "a:65536", NULL, NULL, false },
	{ "a:000000000000000000065535", "a", "000000000000000000065535", false },
	{ "a:99999999999999999999999999", NULL, NULL, false },
	{ "a@b", NULL, NULL, false },
	{ "[]", NULL, NULL, false },
	{ "[", NULL, NULL, false },
	{ "[::1", NULL, NULL, false },
	{ "[::1]x", NULL, NULL, false },
	{ "[127.0.0.1]", NULL, NULL, false },
	{ "[fe80::1%25eth0]", NULL, NULL, false },
	{ "[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]", NULL, NULL, false },
	{ "::1", NULL, NULL, false },
};

START_TEST(an_authority_is_taken_apart)
{
	const char *text = authorities[_i].text, *host = authorities[_i].host;
	struct http_authority found;

	if (!http_authority_parse(text, strlen(text), &found)) {
		ck_assert_ptr_null(host);
		return;
	}
	ck_assert_ptr_nonnull(host);
	ck_assert(http_same(found.host, found.host_size, host));
	ck_assert(http_same(found.port, found.port_size, authorities[_i].port));
	ck_assert_int_eq(found.is_address, authorities[_i].is_address);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_head_is_told_in_parts), TEST(a_head_may_come_in_any_pieces),
		TEST(what_follows_a_head_is_left_alone), TEST(a_request_has_begun_with_its_first_byte),
		TEST(chunks_may_come_in_any_pieces), TEST(a_path_has_one_form, .times = sizeof paths / sizeof *paths),
		TEST(an_authority_is_taken_apart, .times = sizeof authorities / sizeof *authorities) };

	return run_suite(&SUITE(cases, "http parse"));
}
