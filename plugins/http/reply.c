/* reply.c: status lines, dates, header fields and error bodies. */
#include "reply.h"

#include <stdio.h>
#include <string.h>

/* More than all that is written besides the type, the fields and the body. */
enum { HEAD_ROOM = 256 };

static const struct status_line {
	int status;
	const char *text;
	size_t size;
} status_lines[] = {
#define LINE(status, reason) \
	{ \
		status, "HTTP/1.1 " #status " " reason "\r\n", sizeof "HTTP/1.1 " #status " " reason "\r\n" - 1 \
	}
	LINE(200, "OK"),
	LINE(201, "Created"),
	LINE(202, "Accepted"),
	LINE(204, "No Content"),
	LINE(206, "Partial Content"),
	LINE(301, "Moved Permanently"),
	LINE(302, "Found"),
	LINE(303, "See Other"),
	LINE(304, "Not Modified"),
	LINE(307, "Temporary Redirect"),
	LINE(308, "Permanent Redirect"),
	LINE(400, "Bad Request"),
	LINE(401, "Unauthorized"),
	LINE(403, "Forbidden"),
	LINE(404, "Not Found"),
	LINE(405, "Method Not Allowed"),
	LINE(406, "Not Acceptable"),
	LINE(408, "Request Timeout"),
	LINE(409, "Conflict"),
	LINE(410, "Gone"),
	LINE(412, "Precondition Failed"),
	LINE(413, "Content Too Large"),
	LINE(414, "URI Too Long"),
	LINE(415, "Unsupported Media Type"),
	LINE(416, "Range Not Satisfiable"),
	LINE(417, "Expectation Failed"),
	LINE(422, "Unprocessable Content"),
	LINE(429, "Too Many Requests"),
	LINE(431, "Request Header Fields Too Large"),
	LINE(500, "Internal Server Error"),
	LINE(501, "Not Implemented"),
	LINE(502, "Bad Gateway"),
	LINE(503, "Service Unavailable"),
	LINE(504, "Gateway Timeout"),
	LINE(505, "HTTP Version Not Supported"),
#undef LINE
};

static char *put(char *at, const char *text, size_t size)
{
	memcpy(at, text, size);
	return at + size;
}

static char *put_text(char *at, const char *text)
{
	return put(at, text, strlen(text));
}

static char *put_number(char *at, uint64_t number)
{
	char digits[20];
	size_t i = sizeof digits;

	do {
		digits[--i] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	return put(at, digits + i, sizeof digits - i);
}

static char *put_two(char *at, int number)
{
	*at++ = (char)('0' + number / 10 % 10);
	*at++ = (char)('0' + number % 10);
	return at;
}

static char *put_status(char *at, int status)
{
	size_t i;

	for (i = 0; i < sizeof status_lines / sizeof *status_lines; i++) {
		if (status_lines[i].status == status)
			return put(at, status_lines[i].text, status_lines[i].size);
	}
	at = put_text(at, "HTTP/1.1 ");
	at = put_number(at, (uint64_t)status);
	return put_text(at, " \r\n");
}

/* As RFC 9110, 5.6.7 wants it, whatever the locale. */
static void write_date(struct http_date *date, time_t now)
{
	static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov",
		"Dec" };
	struct tm tm;
	char *at = date->line;

	gmtime_r(&now, &tm);
	at = put_text(at, "Date: ");
	at = put(at, days[tm.tm_wday], 3);
	at = put_text(at, ", ");
	at = put_two(at, tm.tm_mday);
	*at++ = ' ';
	at = put(at, months[tm.tm_mon], 3);
	*at++ = ' ';
	at = put_two(at, (tm.tm_year + 1900) / 100);
	at = put_two(at, tm.tm_year % 100);
	*at++ = ' ';
	at = put_two(at, tm.tm_hour);
	*at++ = ':';
	at = put_two(at, tm.tm_min);
	*at++ = ':';
	at = put_two(at, tm.tm_sec);
	at = put_text(at, " GMT\r\n");
	*at = '\0';
	date->second = now;
}

/* Whether a field can be written without ending the head, or the line. */
static bool is_safe(const struct sp_http_field *field)
{
	return field->name[0] && !strpbrk(field->name, "\r\n: ") && field->value && !strpbrk(field->value, "\r\n");
}

static size_t fields_size(const struct sp_http_field *fields)
{
	size_t size = 0;

	for (; fields && fields->name; fields++)
		size += strlen(fields->name) + (fields->value ? strlen(fields->value) : 0) + 4;
	return size;
}

static char *put_fields(char *at, const struct sp_http_field *fields)
{
	for (; fields && fields->name; fields++) {
		if (!is_safe(fields))
			continue;
		at = put_text(at, fields->name);
		at = put(at, ": ", 2);
		at = put_text(at, fields->value);
		at = put(at, "\r\n", 2);
	}
	return at;
}

static char *put_open_content(char *at, const struct http_reply *reply)
{
	if (!reply->type)
		return at;
	at = put_text(at, "Content-Type: ");
	at = put_text(at, reply->type);
	return put_text(at, reply->chunked ? "\r\nTransfer-Encoding: chunked\r\n" : "\r\n");
}

static char *put_content(char *at, const struct http_reply *reply, bool has_body)
{
	static const char type[] = "Content-Type: ", length[] = "\r\nContent-Length: ";

	if (reply->status == 204 || reply->status == 304)
		return at;
	if (reply->open)
		return put_open_content(at, reply);
	if (has_body) {
		at = put(at, type, sizeof type - 1);
		at = put_text(at, reply->type);
		at = put(at, length, sizeof length - 1);
	} else {
		at = put(at, length + 2, sizeof length - 3);
	}
	at = put_number(at, has_body ? reply->body.size : 0);
	return put(at, "\r\n", 2);
}

bool http_reply_write(struct http_buffer *output, const struct http_reply *reply, struct http_date *date, time_t now)
{
	bool has_body = reply->type && !strpbrk(reply->type, "\r\n") && reply->status != 204 && reply->status != 304;
	size_t room = HEAD_ROOM + fields_size(reply->fields);
	char *at;

	if (has_body)
		room += strlen(reply->type) + reply->body.size;
	if (!http_buffer_reserve(output, room))
		return false;
	if (date->second != now || !date->line[0])
		write_date(date, now);
	at = put_status(output->data + output->size, reply->status);
	at = put(at, date->line, sizeof "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n" - 1);
	at = put_content(at, reply, has_body);
	if (reply->close)
		at = put_text(at, "Connection: close\r\n");
	else if (reply->keep_alive)
		at = put_text(at, "Connection: keep-alive\r\n");
	at = put_fields(at, reply->fields);
	at = put(at, "\r\n", 2);
	if (has_body && reply->body.size && !reply->head_only)
		at = put(at, reply->body.data, reply->body.size);
	output->size = (size_t)(at - output->data);
	return true;
}

bool http_chunk_write(struct http_buffer *output, sp_bytes piece)
{
	enum { FRAME = 2 * sizeof(size_t) + 4 };
	static const char digits[] = "0123456789abcdef";
	char *at;
	int shift = 0;

	if (!piece.size)
		return true;
	if (!http_buffer_reserve(output, piece.size + FRAME))
		return false;
	at = output->data + output->size;
	while (piece.size >> shift > 15)
		shift += 4;
	for (; shift >= 0; shift -= 4)
		*at++ = digits[piece.size >> shift & 15];
	at = put(at, "\r\n", 2);
	at = put(at, piece.data, piece.size);
	at = put(at, "\r\n", 2);
	output->size = (size_t)(at - output->data);
	return true;
}

bool http_chunks_end(struct http_buffer *output)
{
	return http_buffer_append(output, "0\r\n\r\n", 5);
}

size_t http_error_json(char *json, size_t size, const char *code, const char *message)
{
	int length = snprintf(json, size, "{\"ok\":false,\"error\":{\"code\":\"%s\",\"message\":\"", code);
	size_t at = length < 0 ? 0 : (size_t)length;

	for (; *message && at + sizeof "\"}}" < size; message++) {
		bool plain = *message >= ' ' && *message < 0x7f && *message != '"' && *message != '\\';

		json[at++] = plain ? *message : '?';
	}
	memcpy(json + at, "\"}}", sizeof "\"}}");
	return at + 3;
}

const char *http_error_word(int status)
{
	static const struct {
		int status;
		const char *word;
	} words[] = {
		{ 403, "forbidden" },
		{ 404, "not_found" },
		{ 405, "method_not_allowed" },
		{ 408, "timeout" },
		{ 413, "payload_too_large" },
		{ 415, "unsupported_media_type" },
		{ 500, "failed" },
		{ 503, "unavailable" },
	};
	size_t i;

	for (i = 0; i < sizeof words / sizeof *words; i++) {
		if (words[i].status == status)
			return words[i].word;
	}
	return "bad_request";
}
