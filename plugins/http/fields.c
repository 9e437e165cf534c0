/* fields.c: the header fields that decide how a message is framed and whom it is for. */
#include "chars.h"
#include "parse.h"
#include "target.h"

static enum http_progress bad(struct http_head *head, const char *message)
{
	return http_wrong(&head->fault, 400, message);
}

static enum http_progress apply_host(struct http_head *head, const char *data, struct http_part value)
{
	struct http_authority authority;

	if (++head->hosts > 1)
		return bad(head, "there must be one Host header");
	if (!http_authority_parse(data + value.at, value.size, &authority))
		return bad(head, "the Host header is not HOST or HOST:PORT");
	if (!head->host.size)
		head->host = value;
	return HTTP_MORE;
}

static enum http_progress apply_origin(struct http_head *head, const char *data SP_UNUSED, struct http_part value)
{
	head->origins++;
	head->origin = value;
	return HTTP_MORE;
}

/* Reads digits; false when there is anything else. */
static bool read_length(const char *digits, size_t size, uint64_t *ret_length)
{
	uint64_t length = 0;
	size_t i;

	if (!size || http_span(HTTP_DIGIT, digits, size) != size)
		return false;
	for (i = 0; i < size; i++)
		length = length > UINT64_MAX / 10 - 1 ? UINT64_MAX : length * 10 + (unsigned)(digits[i] - '0');
	*ret_length = length;
	return true;
}

/* Several lengths are tolerated when they are one and the same (RFC 9110, 8.6). */
static enum http_progress apply_length(struct http_head *head, const char *data, struct http_part value)
{
	const char *list = data + value.at, *member;
	size_t size = value.size, member_size;
	uint64_t length;

	while (http_next_member(&list, &size, &member, &member_size)) {
		if (!read_length(member, member_size, &length))
			return bad(head, "the Content-Length header is not a number");
		if (head->has_length && head->length != length)
			return bad(head, "there are different Content-Length headers");
		head->has_length = true;
		head->length = length;
	}
	return HTTP_MORE;
}

/* chunked must be the last coding and must stand there once. */
static enum http_progress apply_codings(struct http_head *head, const char *data, struct http_part value)
{
	const char *list = data + value.at, *coding;
	size_t size = value.size, coding_size;

	head->has_codings = true;
	while (http_next_member(&list, &size, &coding, &coding_size)) {
		if (!coding_size)
			continue;
		if (head->chunked)
			return bad(head, "the Transfer-Encoding chunked must be the last, and only once");
		head->chunked = http_same(coding, coding_size, "chunked");
		head->unknown_coding |= !head->chunked;
	}
	return HTTP_MORE;
}

static enum http_progress apply_connection(struct http_head *head, const char *data, struct http_part value)
{
	const char *list = data + value.at, *option;
	size_t size = value.size, option_size;

	while (http_next_member(&list, &size, &option, &option_size)) {
		head->close |= http_same(option, option_size, "close");
		head->keep_alive |= http_same(option, option_size, "keep-alive");
	}
	return HTTP_MORE;
}

static enum http_progress apply_expect(struct http_head *head, const char *data, struct http_part value)
{
	const char *list = data + value.at, *expectation;
	size_t size = value.size, expectation_size;

	while (http_next_member(&list, &size, &expectation, &expectation_size)) {
		if (!http_same(expectation, expectation_size, "100-continue"))
			head->expects = HTTP_EXPECTS_OTHER;
		else if (head->expects == HTTP_EXPECTS_NOTHING)
			head->expects = HTTP_EXPECTS_CONTINUE;
	}
	return HTTP_MORE;
}

enum http_progress http_field_apply(struct http_head *head, const char *data, struct http_part name,
	struct http_part value)
{
	static const struct {
		const char *name;
		uint32_t size;
		enum http_progress (*apply)(struct http_head *head, const char *data, struct http_part value);
	} known[] = {
		{ "host", 4, apply_host },
		{ "content-length", 14, apply_length },
		{ "connection", 10, apply_connection },
		{ "origin", 6, apply_origin },
		{ "expect", 6, apply_expect },
		{ "transfer-encoding", 17, apply_codings },
	};
	size_t i;

	for (i = 0; i < sizeof known / sizeof *known; i++) {
		if (name.size == known[i].size && http_same(data + name.at, name.size, known[i].name))
			return known[i].apply(head, data, value);
	}
	return HTTP_MORE;
}

/* RFC 9112, 6.1 and 6.3: whatever could be read in two ways is refused. */
static enum http_progress check_codings(struct http_head *head)
{
	if (!head->minor)
		return bad(head, "HTTP/1.0 has no Transfer-Encoding");
	if (head->has_length)
		return bad(head, "Transfer-Encoding and Content-Length exclude each other");
	if (!head->chunked)
		return bad(head, "the last Transfer-Encoding must be chunked");
	if (head->unknown_coding)
		return http_wrong(&head->fault, 501, "the only Transfer-Encoding served is chunked");
	return HTTP_DONE;
}

enum http_progress http_fields_finish(struct http_head *head)
{
	if (head->minor && !head->hosts)
		return bad(head, "the Host header is missing");
	if (!head->minor)
		head->expects = HTTP_EXPECTS_NOTHING;
	return head->has_codings ? check_codings(head) : HTTP_DONE;
}
