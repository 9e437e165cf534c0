/* exchange.c: one request from the end of its head to its answer. */
#define _GNU_SOURCE /* stpcpy */
#include "chars.h"
#include "connection.h"
#include "patterns.h"
#include "target.h"

#include <stdlib.h>
#include <string.h>

/* Kept for the handler: a text, or the name of a header field and, behind it, the values of all of its lines. */
struct http_header_text {
	struct http_header_text *next;
	size_t value; /* where the values begin; 0: it is no field's */
	char text[];
};

static struct http_connection *connection_of(const struct sp_http_exchange *exchange)
{
	return (struct http_connection *)exchange; /* its first member */
}

/* ---- header fields ---------------------------------------------------------------------------------------------- */

/* Ends a value with a zero byte, behind its last visible character; there is at least the CR to put it on. A former
 * look-up may have done so. */
static char *end_value(char *value, char *line_feed)
{
	while (value < line_feed && (*value == ' ' || *value == '\t'))
		value++;
	while (line_feed > value && memchr(" \t\r", line_feed[-1], 4))
		line_feed--;
	*line_feed = '\0';
	return value;
}

/* The value of the next field of that name, from the line at *at on; NULL at the end. */
static char *next_value(struct http_connection *connection, const char *name, char **at)
{
	char *end = connection->request.data + connection->head.size - 2;
	size_t size = strlen(name);

	while (*at < end) {
		char *line = *at, *line_feed = memchr(line, '\n', (size_t)(end - line));

		*at = line_feed + 1;
		if ((size_t)(line_feed - line) > size && line[size] == ':' && http_same(line, size, name))
			return end_value(line + size + 1, line_feed);
	}
	return NULL;
}

/* A text of that size that lives as long as the exchange. */
static struct http_header_text *text_new(struct http_connection *connection, size_t size)
{
	struct http_header_text *text = malloc(sizeof *text + size);

	if (!text)
		return NULL;
	text->value = 0;
	text->next = connection->texts;
	connection->texts = text;
	return text;
}

/* What was joined before is found again: a stream's client may be asked for as long as it stays. */
static const char *find_joined(const struct http_connection *connection, const char *name)
{
	const struct http_header_text *text = connection->texts;

	while (text && !(text->value && http_same(name, strlen(name), text->text)))
		text = text->next;
	return text ? text->text + text->value : NULL;
}

/* The values of a field that has several lines, of which the third and later ones follow at. They fit where the head
 * did. */
static const char *join(struct http_connection *connection, const char *name, const char *const values[static 2],
	char *at)
{
	struct http_header_text *joined = text_new(connection, strlen(name) + 1 + connection->head.size);
	const char *more;
	char *end;

	if (!joined)
		return NULL;
	joined->value = strlen(name) + 1;
	end = stpcpy(stpcpy(stpcpy(stpcpy(joined->text, name) + 1, values[0]), ", "), values[1]);
	while ((more = next_value(connection, name, &at)))
		end = stpcpy(stpcpy(end, ", "), more);
	return joined->text + joined->value;
}

const char *http_exchange_keep(struct http_connection *connection, sp_bytes text)
{
	struct http_header_text *kept = text_new(connection, text.size + 1);

	if (!kept)
		return NULL;
	memcpy(mempcpy(kept->text, text.data, text.size), "", 1);
	return kept->text;
}

static const char *header(const struct sp_http_exchange *exchange, const char *name)
{
	struct http_connection *connection = connection_of(exchange);
	char *at = connection->request.data + connection->head.fields;
	const char *values[2] = { next_value(connection, name, &at), NULL }, *joined;

	if (values[0])
		values[1] = next_value(connection, name, &at);
	if (!values[1])
		return values[0];
	joined = find_joined(connection, name);
	return joined ? joined : join(connection, name, values, at);
}

/* ---- answers ---------------------------------------------------------------------------------------------------- */

void http_exchange_release(struct http_connection *connection)
{
	const struct http_server *server = connection->server;
	struct http_header_text *text;

	if (connection->at_work)
		server->owner.work(server->owner.user, false);
	connection->at_work = false;
	connection->caller = connection->pattern = NULL;
	if (connection->route)
		server->owner.let_go(server->owner.user, connection);
	while ((text = connection->texts)) {
		connection->texts = text->next;
		free(text);
	}
	http_spares_give(&connection->server->spares, &connection->request);
}

void http_exchange_done(struct http_connection *connection, bool keep)
{
	connection->gone = NULL;
	connection->events = NULL;
	connection->closing = !keep;
	connection->phase = HTTP_IDLE;
	connection->since = connection->server->now;
	http_exchange_release(connection);
	memset(&connection->head, 0, sizeof connection->head);
	memset(&connection->chunks, 0, sizeof connection->chunks);
	connection->head_only = connection->keep = connection->filled = false;
}

void http_exchange_answer(struct http_connection *connection, struct http_reply *reply)
{
	struct http_server *server = connection->server;
	bool keep = connection->keep && !http_connection_leaves(connection);

	reply->head_only = connection->head_only;
	reply->close = !keep;
	reply->keep_alive = keep && !connection->head.minor;
	if (!http_reply_write(http_connection_output(connection), reply, &server->date, time(NULL))) {
		http_connection_end(connection, true);
		return;
	}
	http_exchange_done(connection, keep);
}

void http_exchange_refuse(struct http_connection *connection, int status, const char *message)
{
	static const struct sp_http_field later[] = { { "Retry-After", "1" }, { NULL, NULL } };
	char json[512];
	size_t size = http_error_json(json, sizeof json, http_error_word(status), message);
	struct http_reply reply = { .status = status,
		.type = "application/json",
		.fields = status == 503 ? later : NULL,
		.body = { json, size } };

	/* Whatever comes behind half a request cannot be told from the rest of it. */
	if (connection->phase != HTTP_ANSWERING)
		connection->keep = false;
	http_exchange_answer(connection, &reply);
}

static void reply(struct sp_http_exchange *exchange, int status, const char *type, const struct sp_http_field *fields,
	sp_bytes body)
{
	struct http_connection *connection = connection_of(exchange);
	struct http_reply answer = { .status = status, .type = type, .fields = fields, .body = body };

	if (connection->phase != HTTP_ANSWERING)
		return;
	if (status < 200 || status > 599)
		answer.status = 500;
	http_connection_enter(connection);
	http_exchange_answer(connection, &answer);
	http_connection_leave(connection);
}

static void on_gone(struct sp_http_exchange *exchange, void (*gone)(void *user), void *user)
{
	struct http_connection *connection = connection_of(exchange);

	connection->gone = gone;
	connection->gone_user = user;
}

static const char *part(const struct sp_http_exchange *exchange, const char *name)
{
	struct http_connection *connection = connection_of(exchange);
	sp_bytes text = { NULL, 0 };
	const char *kept = NULL;

	if (connection->pattern)
		text = http_path_part(connection->pattern, exchange->path, name);
	if (text.data)
		kept = http_exchange_keep(connection, text);
	return kept ? kept : "";
}

static const char *caller(const struct sp_http_exchange *exchange)
{
	const char *name = connection_of(exchange)->caller;

	return name ? name : "";
}

const struct sp_http_exchange_ops http_exchange_ops = {
	.struct_size = sizeof http_exchange_ops,
	.header = header,
	.reply = reply,
	.on_gone = on_gone,
	.begin = http_pieces_begin,
	.send = http_pieces_send,
	.end = http_pieces_end,
	.on_stream = http_pieces_watch,
	.part = part,
	.caller = caller,
};

/* ---- requests --------------------------------------------------------------------------------------------------- */

/* Ends a part of the copied head with a zero byte; what stood there is not needed any more. */
static const char *end_part(struct http_connection *connection, struct http_part part)
{
	connection->request.data[part.at + part.size] = '\0';
	return connection->request.data + part.at;
}

/* Copies the head and brings its parts into the form that handlers see. */
static bool copy_request(struct http_connection *connection, const char *data)
{
	struct http_head *head = &connection->head;
	size_t size = head->path.size;

	connection->request = http_spares_take(&connection->server->spares);
	if (!http_buffer_append(&connection->request, data, head->size)) {
		http_exchange_refuse(connection, 503, "there is no memory for the request");
		return false;
	}
	if (size && !http_path_normalise(connection->request.data + head->path.at, size, &size)) {
		http_exchange_refuse(connection, 400, "the path of the target has an encoded control character");
		return false;
	}
	head->path.size = (uint32_t)size;
	return true;
}

/* What can be refused before the body is read. */
static bool is_welcome(struct http_connection *connection, const char *data)
{
	const struct http_server *server = connection->server;
	const struct http_head *head = &connection->head;
	bool local = strncmp(connection->peer, "unix", 4) == 0;
	char message[240];
	const char *why = local ? NULL : http_access_refuse(&server->access, head, data, message);

	if (why)
		http_exchange_refuse(connection, 403, why);
	else if (head->expects == HTTP_EXPECTS_OTHER)
		http_exchange_refuse(connection, 417, "the only expectation met is 100-continue");
	else if (head->has_length && head->length > (uint64_t)server->limits.body)
		http_exchange_refuse(connection, 413, "the body is too large");
	else
		return copy_request(connection, data);
	return false;
}

static bool is_head(const struct http_head *head, const char *data)
{
	return head->method.size == 4 && memcmp(data + head->method.at, "HEAD", 4) == 0;
}

void http_exchange_refuse_head(struct http_connection *connection, const char *data)
{
	const struct http_fault *fault = &connection->head.fault;

	connection->head_only = is_head(&connection->head, data);
	http_exchange_refuse(connection, fault->status, fault->message);
}

void http_exchange_begin(struct http_connection *connection, const char *data, bool body_has_come)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	const struct http_server *server = connection->server;
	const struct http_head *head = &connection->head;
	bool has_body = head->chunked || (head->has_length && head->length);

	connection->requests++;
	connection->keep = !head->close && (head->minor || head->keep_alive) &&
		connection->requests < server->limits.requests_per_connection;
	connection->head_only = is_head(head, data);
	/* A request without a body is complete: refusing it costs no connection. */
	connection->phase = has_body ? HTTP_BODY : HTTP_ANSWERING;
	if (!is_welcome(connection, data))
		return;
	if (!has_body) {
		http_exchange_dispatch(connection);
		return;
	}
	connection->since = server->now;
	if (head->expects == HTTP_EXPECTS_CONTINUE && !body_has_come &&
		!http_buffer_append(http_connection_output(connection), go_on, sizeof go_on - 1))
		http_connection_end(connection, true);
}

/* OPTIONS * asks about the server as a whole. */
static void answer_server_options(struct http_connection *connection)
{
	static const struct sp_http_field allow[] = { { "Allow", "GET, HEAD, POST, OPTIONS" }, { NULL, NULL } };
	struct http_reply answer = { .status = 204, .fields = allow };

	http_exchange_answer(connection, &answer);
}

void http_exchange_dispatch(struct http_connection *connection)
{
	struct http_server *server = connection->server;
	struct http_head *head = &connection->head;
	struct sp_http_exchange *exchange = &connection->exchange;

	connection->phase = HTTP_ANSWERING;
	if (head->asks_server) {
		answer_server_options(connection);
		return;
	}
	exchange->method = end_part(connection, head->method);
	exchange->query = head->query.at ? end_part(connection, head->query) : "";
	exchange->path = head->path.size ? end_part(connection, head->path) : "/";
	exchange->body.data = connection->request.data + head->size;
	exchange->body.size = connection->request.size - head->size;
	if (!server->owner.dispatch(server->owner.user, exchange))
		http_exchange_refuse(connection, 404, "nothing is served at this path");
	connection->at_work = connection->phase >= HTTP_ANSWERING && connection->stream;
	if (connection->at_work)
		server->owner.work(server->owner.user, true);
}
