/* parse.c: the lines of a request's head, its request line and the form of its field lines. */
#include "parse.h"
#include "chars.h"
#include "target.h"

#include <string.h>

enum { MOST_EMPTY_LINES = 4, LONGEST_METHOD = 32 };

enum http_progress http_wrong(struct http_fault *fault, int status, const char *message)
{
	*fault = (struct http_fault){ status, message };
	return HTTP_WRONG;
}

static enum http_progress bad(struct http_head *head, const char *message)
{
	return http_wrong(&head->fault, 400, message);
}

/* ---- the request line ------------------------------------------------------------------------------------------- */

/* The path and query that begin at `at`. */
static enum http_progress read_path(struct http_head *head, const char *data, uint32_t at, uint32_t size)
{
	const char *mark = memchr(data + at, '?', size);
	uint32_t path_size = mark ? (uint32_t)(mark - data) - at : size;

	head->path = (struct http_part){ at, path_size };
	if (mark)
		head->query = (struct http_part){ at + path_size + 1, size - path_size - 1 };
	if (!http_is_uri_part(HTTP_PATH, data + at, path_size))
		return bad(head,
			"the path of the target has a character that must be percent-encoded, or a wrong escape");
	if (mark && !http_is_uri_part(HTTP_QUERY, mark + 1, head->query.size))
		return bad(head,
			"the query of the target has a character that must be percent-encoded, or a wrong escape");
	return HTTP_DONE;
}

/* The length of "http://" or "https://" at the start of a target; 0 when it begins with neither. */
static uint32_t scheme_size(const char *target, uint32_t size)
{
	if (size >= 7 && http_same(target, 7, "http://"))
		return 7;
	if (size >= 8 && http_same(target, 8, "https://"))
		return 8;
	return 0;
}

/* "http://host:port/path?query" */
static enum http_progress read_absolute(struct http_head *head, const char *data, struct http_part target)
{
	struct http_authority authority;
	uint32_t scheme = scheme_size(data + target.at, target.size);
	uint32_t at = target.at + scheme, end = target.at + target.size, rest = at;

	if (!scheme)
		return bad(head, "the target is neither a path nor an http URL");
	while (rest < end && data[rest] != '/' && data[rest] != '?')
		rest++;
	head->host = (struct http_part){ at, rest - at };
	if (!http_authority_parse(data + at, rest - at, &authority))
		return bad(head, "the target's host or port is wrong");
	return read_path(head, data, rest, end - rest);
}

static bool is_method(const struct http_head *head, const char *data, const char *method)
{
	return head->method.size == strlen(method) && memcmp(data + head->method.at, method, head->method.size) == 0;
}

static enum http_progress read_target(struct http_head *head, const char *data)
{
	struct http_part target = head->target;

	if (is_method(head, data, "CONNECT"))
		return http_wrong(&head->fault, 501, "this is no proxy: CONNECT is not served");
	if (is_method(head, data, "TRACE"))
		return http_wrong(&head->fault, 501, "TRACE is not served: it would tell what others have sent");
	if (target.size == 1 && data[target.at] == '*') {
		head->asks_server = true;
		return is_method(head, data, "OPTIONS") ? HTTP_DONE : bad(head, "the target * goes with OPTIONS alone");
	}
	if (data[target.at] == '/')
		return read_path(head, data, target.at, target.size);
	return read_absolute(head, data, target);
}

/* "HTTP/1.1" */
static enum http_progress read_version(struct http_head *head, const char *version, uint32_t size)
{
	if (size != 8 || memcmp(version, "HTTP/", 5) != 0 || !http_is(HTTP_DIGIT, version[5]) || version[6] != '.' ||
		!http_is(HTTP_DIGIT, version[7]))
		return bad(head, "the request line does not end with a version such as HTTP/1.1");
	if (version[5] != '1')
		return http_wrong(&head->fault, 505, "this server speaks HTTP/1.1");
	head->minor = version[7] == '0' ? 0 : 1;
	return HTTP_DONE;
}

static enum http_progress read_request_line(struct http_head *head, const char *data, uint32_t size)
{
	const char *line = data + head->line;
	uint32_t method = (uint32_t)http_span(HTTP_TOKEN, line, size);
	const char *space;

	if (!method || method == size || line[method] != ' ')
		return bad(head, "the request line must be METHOD TARGET HTTP/1.1, with one space between");
	if (method > LONGEST_METHOD)
		return http_wrong(&head->fault, 501, "there is no method of that length");
	head->method = (struct http_part){ head->line, method };
	space = memchr(line + method + 1, ' ', size - method - 1);
	if (!space || space == line + method + 1)
		return bad(head, "the request line must be METHOD TARGET HTTP/1.1, with one space between");
	head->target = (struct http_part){ head->line + method + 1, (uint32_t)(space - line) - method - 1 };
	if (read_version(head, space + 1, size - (uint32_t)(space + 1 - line)) == HTTP_WRONG)
		return HTTP_WRONG;
	head->in_fields = true;
	return read_target(head, data);
}

/* ---- field lines ------------------------------------------------------------------------------------------------ */

const char *http_field_parse(const char *line, size_t size, struct http_part *ret_name, struct http_part *ret_value)
{
	const char *value;
	size_t name = http_span(HTTP_TOKEN, line, size), value_size;

	if (name == size || line[name] != ':' || !name) {
		if (line[0] == ' ' || line[0] == '\t')
			return "a header line begins with white space";
		if (name < size && (line[name] == ' ' || line[name] == '\t'))
			return "a header name is followed by white space";
		return "a header line is not NAME: VALUE";
	}
	value = line + name + 1;
	value_size = size - name - 1;
	if (http_span(HTTP_VALUE, value, value_size) != value_size)
		return "a header value has a control character";
	http_trim(&value, &value_size);
	*ret_name = (struct http_part){ 0, (uint32_t)name };
	*ret_value = (struct http_part){ (uint32_t)(value - line), (uint32_t)value_size };
	return NULL;
}

static enum http_progress read_field(struct http_head *head, const char *data, uint32_t size)
{
	struct http_part name, value;
	const char *why = http_field_parse(data + head->line, size, &name, &value);

	if (why)
		return bad(head, why);
	name.at += head->line;
	value.at += head->line;
	return http_field_apply(head, data, name, value);
}

/* ---- lines ------------------------------------------------------------------------------------------------------ */

/* A request that does not even begin like one is refused at once: it may be another protocol that never ends a line. */
static bool begins_wrong(const struct http_head *head, const char *data, size_t size)
{
	size_t come = size - head->line;

	if (head->in_fields || !come || http_is(HTTP_TOKEN, data[head->line]))
		return false;
	return data[head->line] != '\r' || (come > 1 && data[head->line + 1] != '\n');
}

/* Whether so many bytes of a line, or of the header block, are too many. */
static enum http_progress check_size(struct http_head *head, const struct http_limits *limits, uint64_t line_size,
	uint64_t end)
{
	if (!head->in_fields && line_size > (uint64_t)limits->line)
		return http_wrong(&head->fault, 414, "the request line is too long");
	if (head->in_fields && end - head->fields > (uint64_t)limits->header_bytes)
		return http_wrong(&head->fault, 431, "the header block is too long");
	return HTTP_MORE;
}

/* The end of the line has not come yet. */
static enum http_progress wait_for_line(struct http_head *head, const struct http_limits *limits, const char *data,
	size_t size)
{
	size_t come = size - head->line;

	head->searched = (uint32_t)size;
	if (come && data[size - 1] == '\r')
		come--;
	return check_size(head, limits, come, size);
}

static enum http_progress read_empty_line(struct http_head *head, uint32_t next)
{
	if (head->in_fields) {
		head->size = next;
		return http_fields_finish(head);
	}
	if (++head->empty_lines > MOST_EMPTY_LINES)
		return bad(head, "too many empty lines before the request");
	return HTTP_MORE;
}

static enum http_progress read_line(struct http_head *head, const struct http_limits *limits, const char *data,
	uint32_t size)
{
	if (!head->in_fields)
		return read_request_line(head, data, size);
	if (++head->fields_seen > limits->header_count)
		return http_wrong(&head->fault, 431, "there are too many header fields");
	return read_field(head, data, size);
}

/* One line, whose last byte is at end; HTTP_MORE when others must follow. */
static enum http_progress take_line(struct http_head *head, const struct http_limits *limits, const char *data,
	uint32_t end)
{
	uint32_t size = end - head->line, next = end + 1;
	bool ends_well = size && data[end - 1] == '\r', was_in_fields = head->in_fields;
	enum http_progress progress;

	if (ends_well)
		size--;
	if (check_size(head, limits, size, next) == HTTP_WRONG)
		return HTTP_WRONG;
	if (!ends_well)
		return bad(head, "a line must end with CR LF");
	if (size) {
		progress = read_line(head, limits, data, size) == HTTP_WRONG ? HTTP_WRONG : HTTP_MORE;
	} else {
		progress = read_empty_line(head, next);
	}
	if (head->in_fields && !was_in_fields)
		head->fields = next;
	head->line = head->searched = next;
	return progress;
}

enum http_progress http_head_parse(struct http_head *head, const struct http_limits *limits, const char *data,
	size_t size)
{
	enum http_progress progress = HTTP_MORE;
	const char *end;

	while (progress == HTTP_MORE) {
		if (begins_wrong(head, data, size))
			return bad(head, "this is not an HTTP request");
		end = memchr(data + head->searched, '\n', size - head->searched);
		if (!end)
			return wait_for_line(head, limits, data, size);
		progress = take_line(head, limits, data, (uint32_t)(end - data));
	}
	return progress;
}

bool http_head_begun(const struct http_head *head, const char *data, size_t size)
{
	return head->in_fields || (size > head->line && data[head->line] != '\r');
}
