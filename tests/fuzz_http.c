/*
 * fuzz_http.c: any bytes, cut at any place, as requests. Cut or whole, the parser must say the same, and a server must
 * answer the same. The first byte says where to cut.
 * links: plugins/http/server.c plugins/http/connection.c plugins/http/exchange.c plugins/http/pieces.c plugins/http/parse.c
 * links: plugins/http/fields.c plugins/http/chunks.c plugins/http/chars.c plugins/http/target.c plugins/http/patterns.c
 * links: plugins/http/buffer.c plugins/http/reply.c plugins/http/access.c plugins/http/addresses.c */
#define _GNU_SOURCE /* memmem */
#include "../plugins/http/target.h"
#include "http_cases.h"
#include "http_kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STATUSES_SIZE = 256 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static bool contains(const char *text, size_t size, const char *what)
{
	return memmem(text, size, what, strlen(what)) != NULL;
}

/* A path that was let through is safe. */
static void check_path(const char *data, const struct http_head *head)
{
	size_t size = head->path.size;
	char *path = malloc(size + 1);

	require(path != NULL);
	memcpy(path, data + head->path.at, size);
	if (size && http_path_normalise(path, size, &size)) {
		require(size <= head->path.size && path[0] == '/');
		require(!memchr(path, '\0', size) && !contains(path, size, "/../") && !contains(path, size, "/./"));
		require(size < 3 || memcmp(path + size - 3, "/..", 3) != 0);
	}
	free(path);
}

static bool same_part(struct http_part left, struct http_part right)
{
	return left.at == right.at && left.size == right.size;
}

static bool same_head(const struct http_head *left, const struct http_head *right)
{
	return left->size == right->size && left->fields == right->fields && same_part(left->method, right->method) &&
		same_part(left->path, right->path) && same_part(left->query, right->query) &&
		same_part(left->host, right->host) && same_part(left->origin, right->origin) &&
		left->chunked == right->chunked && left->length == right->length && left->close == right->close;
}

static void check_head(const char *data, size_t size, size_t step)
{
	struct http_head whole = { .line = 0 }, pieces = { .line = 0 };
	enum http_progress once = http_head_parse(&whole, &http_case_limits, data, size), now = HTTP_MORE;
	size_t come;

	for (come = step; now == HTTP_MORE && come < size; come += step)
		now = http_head_parse(&pieces, &http_case_limits, data, come);
	if (now == HTTP_MORE)
		now = http_head_parse(&pieces, &http_case_limits, data, size);
	require(once == now);
	require(once != HTTP_WRONG ||
		(whole.fault.status == pieces.fault.status && whole.fault.message == pieces.fault.message));
	if (once != HTTP_DONE)
		return;
	require(whole.size <= size && same_head(&whole, &pieces));
	check_path(data, &whole);
}

/* The statuses of the answers to data in pieces, and how many requests a handler has seen. */
static unsigned serve(const char *data, size_t size, size_t step, char *statuses)
{
	struct http_kit kit;
	struct sp_stream *stream;
	size_t at, piece;
	unsigned requests;

	http_kit_init(&kit);
	kit.status = 204;
	stream = http_kit_connect(&kit);
	for (at = 0; at < size && stream->open; at += piece) {
		piece = size - at < step ? size - at : step;
		fake_send(stream, data + at, piece);
	}
	snprintf(statuses, STATUSES_SIZE, "%s", http_statuses(stream->sent, stream->sent_size));
	require(!strchr(statuses, '?'));
	requests = kit.requests;
	http_kit_finish(&kit);
	return requests;
}

/* Whether a body is asked for depends on where the bytes were cut. */
static void drop_continue(char *statuses)
{
	char *found;

	while ((found = strstr(statuses, "100")))
		memmove(found, found + 3 + (found[3] == ' '), strlen(found + 3 + (found[3] == ' ')) + 1);
	if (*statuses && statuses[strlen(statuses) - 1] == ' ')
		statuses[strlen(statuses) - 1] = '\0';
}

static void check_server(const char *data, size_t size, size_t step)
{
	char whole[STATUSES_SIZE], pieces[STATUSES_SIZE];
	unsigned once = serve(data, size, SIZE_MAX, whole), cut = serve(data, size, step, pieces);

	drop_continue(whole);
	drop_continue(pieces);
	require(once == cut);
	require(strlen(whole) > 200 || strcmp(whole, pieces) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 1;

	if (!size)
		return 0;
	check_head(text, size - 1, (size_t)data[0] + 1);
	check_server(text, size - 1, (size_t)data[0] + 1);
	return 0;
}
