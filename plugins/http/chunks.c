/* chunks.c: the size lines, the data and the trailers of a chunked body. */
#include "chunks.h"
#include "chars.h"

#include <string.h>

enum { LONGEST_SIZE_LINE = 1024 };

static enum http_progress bad(struct http_chunks *chunks, const char *message)
{
	return http_wrong(&chunks->fault, 400, message);
}

static size_t skip_white(const char *text, size_t at, size_t size)
{
	while (at < size && (text[at] == ' ' || text[at] == '\t'))
		at++;
	return at;
}

/* Behind a quoted string that begins at `at`; 0 when it does not end. */
static size_t skip_quoted(const char *text, size_t at, size_t size)
{
	for (at++; at < size && http_is(HTTP_VALUE, text[at]); at++) {
		if (text[at] == '"')
			return at + 1;
		if (text[at] == '\\' && (++at == size || !http_is(HTTP_VALUE, text[at])))
			return 0;
	}
	return 0;
}

/* Behind one token or quoted string; 0 when there is none. */
static size_t skip_word(const char *text, size_t at, size_t size)
{
	size_t token;

	if (at < size && text[at] == '"')
		return skip_quoted(text, at, size);
	token = http_span(HTTP_TOKEN, text + at, size - at);
	return token ? at + token : 0;
}

/* Whether text is *( BWS ";" BWS name [ BWS "=" BWS value ] ). */
static bool are_extensions(const char *text, size_t size)
{
	size_t at = 0, name;

	while (at < size) {
		at = skip_white(text, at, size);
		if (at == size || text[at] != ';')
			return false;
		at = skip_white(text, at + 1, size);
		name = http_span(HTTP_TOKEN, text + at, size - at);
		if (!name)
			return false;
		at += name;
		name = skip_white(text, at, size);
		if (name == size || text[name] != '=')
			continue;
		at = skip_word(text, skip_white(text, name + 1, size), size);
		if (!at)
			return false;
	}
	return true;
}

static enum http_progress read_size(struct http_chunks *chunks, const struct http_limits *limits, const char *line,
	size_t size)
{
	size_t digits = http_span(HTTP_HEX, line, size), i;
	uint64_t length = 0;

	if (!digits || !are_extensions(line + digits, size - digits))
		return bad(chunks, "a chunk does not begin with its size in hexadecimal digits");
	chunks->overhead += size - digits;
	if (chunks->overhead > (uint64_t)limits->header_bytes)
		return http_wrong(&chunks->fault, 413, "the chunk extensions are too long");
	for (i = 0; i < digits; i++)
		length = length > UINT64_MAX >> 5 ? UINT64_MAX >> 1 : length << 4 | http_hex(line[i]);
	if (length > (uint64_t)limits->body || chunks->total + length > (uint64_t)limits->body)
		return http_wrong(&chunks->fault, 413, "the body is too large");
	chunks->total += length;
	chunks->left = length;
	chunks->state = length ? HTTP_CHUNK_DATA : HTTP_CHUNK_TRAILERS;
	return HTTP_MORE;
}

/* A trailer must be a field; it is then thrown away. */
static enum http_progress read_trailer(struct http_chunks *chunks, const struct http_limits *limits, const char *line,
	size_t size)
{
	struct http_part name, value;
	const char *why;

	if (!size)
		return HTTP_DONE;
	chunks->overhead += size;
	if (chunks->overhead > (uint64_t)limits->header_bytes || ++chunks->trailers > limits->header_count)
		return http_wrong(&chunks->fault, 431, "there are too many trailers");
	why = http_field_parse(line, size, &name, &value);
	return why ? bad(chunks, why) : HTTP_MORE;
}

/* Whether an unfinished line is already too long to become one. */
static enum http_progress check_unfinished(struct http_chunks *chunks, const struct http_limits *limits,
	const char *line, size_t size)
{
	if (size && line[size - 1] == '\r')
		size--;
	if (chunks->state == HTTP_CHUNK_SIZE && size > LONGEST_SIZE_LINE)
		return bad(chunks, "the line with a chunk's size is too long");
	if (chunks->state == HTTP_CHUNK_TRAILERS && chunks->overhead + size > (uint64_t)limits->header_bytes)
		return http_wrong(&chunks->fault, 431, "there are too many trailers");
	return HTTP_MORE;
}

static enum http_progress take_line(struct http_chunks *chunks, const struct http_limits *limits, sp_bytes data,
	size_t *ret_used)
{
	const char *line = data.data, *end = memchr(line + chunks->searched, '\n', data.size - chunks->searched);
	size_t size = end ? (size_t)(end - line) : data.size;

	if (check_unfinished(chunks, limits, line, size) == HTTP_WRONG)
		return HTTP_WRONG;
	chunks->searched = end ? 0 : (uint32_t)data.size;
	if (!end)
		return HTTP_MORE;
	*ret_used = size + 1;
	if (!size || line[size - 1] != '\r')
		return bad(chunks, "a line of a chunked body must end with CR LF");
	if (chunks->state == HTTP_CHUNK_SIZE)
		return read_size(chunks, limits, line, size - 1);
	return read_trailer(chunks, limits, line, size - 1);
}

static enum http_progress take_end(struct http_chunks *chunks, sp_bytes data, size_t *ret_used)
{
	const char *end = data.data;

	if (end[0] != '\r' || (data.size > 1 && end[1] != '\n'))
		return bad(chunks, "a chunk is not followed by CR LF");
	if (data.size > 1) {
		*ret_used = 2;
		chunks->state = HTTP_CHUNK_SIZE;
	}
	return HTTP_MORE;
}

static enum http_progress take_data(struct http_chunks *chunks, sp_bytes data, size_t *ret_used, sp_bytes *ret_content)
{
	size_t size = data.size < chunks->left ? data.size : (size_t)chunks->left;

	*ret_used = size;
	*ret_content = (sp_bytes){ data.data, size };
	chunks->left -= size;
	if (!chunks->left)
		chunks->state = HTTP_CHUNK_END;
	return HTTP_MORE;
}

enum http_progress http_chunks_read(struct http_chunks *chunks, const struct http_limits *limits, sp_bytes data,
	size_t *ret_used, sp_bytes *ret_content)
{
	*ret_used = 0;
	*ret_content = (sp_bytes){ NULL, 0 };
	if (!data.size)
		return HTTP_MORE;
	if (chunks->state == HTTP_CHUNK_DATA)
		return take_data(chunks, data, ret_used, ret_content);
	if (chunks->state == HTTP_CHUNK_END)
		return take_end(chunks, data, ret_used);
	return take_line(chunks, limits, data, ret_used);
}
