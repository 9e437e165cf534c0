/*
 * check_http_cases.c: every row of the table of hostile requests, in one piece, byte by byte, and in two pieces.
 * links: plugins/http/server.c plugins/http/connection.c plugins/http/exchange.c plugins/http/pieces.c plugins/http/parse.c
 * links: plugins/http/fields.c plugins/http/chunks.c plugins/http/chars.c plugins/http/target.c plugins/http/patterns.c
 * links: plugins/http/buffer.c plugins/http/reply.c plugins/http/access.c plugins/http/addresses.c */
#include "http_cases.h"
#include "http_kit.h"
#include "runner.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* The whole input of a case. */
static char *input_of(const struct http_case *row, size_t *ret_size)
{
	size_t rest = row->rest ? strlen(row->rest) : 0;
	char *input = malloc(row->size + row->fill + rest + 1);

	ck_assert_ptr_nonnull(input);
	memcpy(input, row->input, row->size);
	memset(input + row->size, 'a', row->fill);
	if (rest)
		memcpy(input + row->size + row->fill, row->rest, rest);
	*ret_size = row->size + row->fill + rest;
	return input;
}

/* Sends input in pieces: a first one, and then others of that size. */
static void run(const struct http_case *row, size_t first, size_t others)
{
	struct http_kit kit;
	struct sp_stream *stream;
	size_t size, at = 0, piece;
	char *input = input_of(row, &size);
	const char *statuses;

	http_kit_init(&kit);
	stream = http_kit_connect(&kit);
	while (stream->open && at < size) {
		piece = at ? others : first;
		if (piece > size - at)
			piece = size - at;
		fake_send(stream, input + at, piece);
		at += piece;
	}
	statuses = http_statuses(stream->sent, stream->sent_size);
	ck_assert_msg(strcmp(statuses, row->statuses) == 0 && stream->open != row->closes,
		"%s, in pieces of %zu and %zu: %s, %s, instead of %s", row->name, first, others, statuses,
		stream->open ? "stays open" : "closes", row->statuses);
	ck_assert_msg(!row->closes || !*row->statuses || strstr(stream->sent, "Connection: close\r\n"), "%s",
		row->name);
	http_kit_finish(&kit);
	free(input);
}

START_TEST(in_one_piece)
{
	run(&http_cases[_i], SIZE_MAX, SIZE_MAX);
}
END_TEST

START_TEST(byte_by_byte)
{
	run(&http_cases[_i], 1, 1);
}
END_TEST

START_TEST(in_two_pieces)
{
	const struct http_case *row = &http_cases[_i];
	size_t at;

	for (at = 1; at < row->size && at < 200; at++)
		run(row, at, SIZE_MAX);
}
END_TEST

static size_t count_cases(void)
{
	size_t count = 0;

	while (http_cases[count].name)
		count++;
	return count;
}

int main(void)
{
	const struct test_case cases[] = { TEST(in_one_piece, .times = count_cases()),
		TEST(byte_by_byte, .times = count_cases()), TEST(in_two_pieces, .times = count_cases()) };

	return run_suite(&SUITE(cases, "http cases"));
}
