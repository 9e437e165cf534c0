/*
 * control_exchange.c: requests begun, answered, cancelled and abandoned; batches gathered.
 */
#include "control_exchange.h"

#include "control_methods.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The answers of one batch, until the last of them is there. */
struct batch {
	struct text out;
	size_t waiting;
	bool open; /* messages are still being read */
};

struct exchange {
	LIST_ENTRY(exchange) place;
	struct connection *connection; /* NULL: the caller has gone */
	struct batch *batch; /* NULL: answered by itself */
	sp_call *call; /* NULL: nothing that could be cancelled */
	size_t id_size; /* 0: a notification, which has no answer */
	char id[];
};

static const struct span no_id = { NULL, 0 };

struct connection *exchange_connection(const struct exchange *exchange)
{
	return exchange->connection;
}

struct control *exchange_control(const struct exchange *exchange)
{
	return connection_control(exchange->connection);
}

void exchange_wait(struct exchange *exchange, sp_call *call)
{
	exchange->call = call;
}

enum jsonrpc_code exchange_code(sp_status status)
{
	return status == SP_INVALID ? JSONRPC_INVALID_PARAMS : JSONRPC_FAILED;
}

static struct span id_of(const struct exchange *exchange)
{
	return (struct span){ exchange->id, exchange->id_size };
}

/* Where an answer is written: into its batch, or as a line. NULL when nothing may be written. */
static struct text *begin_answer(struct connection *connection, struct batch *batch)
{
	if (!batch)
		return connection_begin_line(connection);
	if (batch->out.size > 0)
		text_add(&batch->out, ",", 1);
	return &batch->out;
}

static void end_answer(struct connection *connection, const struct batch *batch)
{
	if (!batch)
		connection_end_line(connection);
}

/* Answers something that became no exchange. */
static void refuse(struct connection *connection, struct batch *batch, struct span id, enum jsonrpc_code code,
	const char *message)
{
	struct text *out = begin_answer(connection, batch);
	json_t *data = json_pack("{s:s}", "code", "bad_request");

	if (out) {
		jsonrpc_add_error(out, id, code, message, data);
		end_answer(connection, batch);
	}
	json_decref(data);
}

/* Sends and frees a batch when it waits for nothing more. */
static void settle(struct connection *connection, struct batch *batch)
{
	struct text *out;

	if (batch->open || batch->waiting > 0)
		return;
	out = connection && batch->out.size > 0 ? connection_begin_line(connection) : NULL;
	if (out) {
		text_add(out, "[", 1);
		text_add(out, batch->out.data, batch->out.size);
		text_add(out, "]", 1);
		out->failed = out->failed || batch->out.failed;
		connection_end_line(connection);
	}
	text_finish(&batch->out);
	free(batch);
}

static void finish(struct exchange *exchange)
{
	struct connection *connection = exchange->connection;
	struct batch *batch = exchange->batch;

	if (connection)
		LIST_REMOVE(exchange, place);
	free(exchange);
	if (batch) {
		batch->waiting--;
		settle(connection, batch);
	}
	if (connection)
		connection_count_exchange(connection, -1);
}

static struct text *begin_exchange_answer(struct exchange *exchange)
{
	if (!exchange->connection || exchange->id_size == 0)
		return NULL;
	return begin_answer(exchange->connection, exchange->batch);
}

static bool batch_is_full(const struct exchange *exchange)
{
	return exchange->batch && exchange->connection &&
		exchange->batch->out.size > (size_t)connection_limits(exchange->connection)->batch_answers;
}

static void succeed(struct exchange *exchange, const char *before, const json_t *value, const char *behind)
{
	struct text *out;

	if (batch_is_full(exchange)) {
		exchange_fail(exchange, SP_UNAVAILABLE, "the answers of this batch are too long: ask in several");
		return;
	}
	out = begin_exchange_answer(exchange);
	if (out) {
		jsonrpc_begin_response(out, id_of(exchange));
		text_add_text(out, before);
		text_add_json(out, value);
		text_add_text(out, behind);
		jsonrpc_end_response(out);
		end_answer(exchange->connection, exchange->batch);
	}
	finish(exchange);
}

void exchange_succeed_data(struct exchange *exchange, const json_t *data)
{
	succeed(exchange, "{\"data\":", data, "}");
}

void exchange_succeed(struct exchange *exchange, json_t *result)
{
	if (result)
		succeed(exchange, "", result, "");
	else
		exchange_fail(exchange, SP_NO_MEMORY, "out of memory");
	json_decref(result);
}

/* The data of an error; NULL without memory. */
static json_t *failure_data_new(const struct failure *failure)
{
	const struct sp_error *where = failure->where;
	json_t *data = json_pack("{s:s, s:O*, s:s*}", "code", failure->word, "details", failure->details, "trace_id",
		failure->trace_id);

	if (where && where->pointer[0])
		json_object_set_new(data, "pointer", json_string(where->pointer));
	if (where && where->line > 0) {
		json_object_set_new(data, "line", json_integer(where->line));
		json_object_set_new(data, "column", json_integer(where->column));
	}
	return data;
}

void exchange_fail_with(struct exchange *exchange, const struct failure *failure)
{
	struct text *out = begin_exchange_answer(exchange);
	json_t *data;

	if (out) {
		data = failure_data_new(failure);
		jsonrpc_add_error(out, id_of(exchange), failure->code, failure->message, data);
		json_decref(data);
		end_answer(exchange->connection, exchange->batch);
	}
	finish(exchange);
}

void exchange_fail_error(struct exchange *exchange, sp_status status, const struct sp_error *error)
{
	const struct failure failure = {
		.code = exchange_code(status),
		.word = sp_status_word(status),
		.message = error && error->message[0] ? error->message : sp_status_word(status),
		.where = error,
	};

	exchange_fail_with(exchange, &failure);
}

void exchange_fail(struct exchange *exchange, sp_status status, const char *format, ...)
{
	struct sp_error error = { 0 };
	va_list arguments;

	va_start(arguments, format);
	sp_error_set_list(&error, status, format, arguments);
	va_end(arguments);
	exchange_fail_error(exchange, status, &error);
}

void exchange_notify(const struct exchange *exchange, const char *method, json_t *members)
{
	struct text *out =
		exchange->connection && exchange->id_size > 0 ? connection_begin_line(exchange->connection) : NULL;

	if (out && members) {
		json_object_set_new(members, "id", json_loadb(exchange->id, exchange->id_size, JSON_DECODE_ANY, NULL));
		jsonrpc_add_notification(out, method, members);
		connection_end_line(exchange->connection);
	}
	json_decref(members);
}

/* Begins one request; one that is none is answered at once. */
static void begin_one(struct connection *connection, struct batch *batch, const struct jsonrpc_request *request)
{
	struct exchange *exchange;

	if (request->fault) {
		refuse(connection, batch, request->id, JSONRPC_INVALID_REQUEST, request->fault);
		return;
	}
	exchange = malloc(sizeof *exchange + request->id.size);
	if (!exchange) {
		refuse(connection, batch, request->id, JSONRPC_INTERNAL_ERROR, "out of memory");
		return;
	}
	exchange->connection = connection;
	exchange->batch = batch;
	exchange->call = NULL;
	exchange->id_size = request->id.size;
	if (request->id.size > 0)
		memcpy(exchange->id, request->id.at, request->id.size);
	LIST_INSERT_HEAD(connection_exchanges(connection), exchange, place);
	connection_count_exchange(connection, 1);
	if (batch)
		batch->waiting++;
	control_method_run(exchange, request->method, request->params);
}

static void begin_batch(struct connection *connection, struct jsonrpc_line *line)
{
	size_t most = (size_t)connection_limits(connection)->batch, count = jsonrpc_count(line, most + 1);
	struct batch *batch = count > 0 && count <= most ? calloc(1, sizeof *batch) : NULL;
	struct jsonrpc_request request;
	char why[64];

	if (count == 0) {
		refuse(connection, NULL, no_id, JSONRPC_INVALID_REQUEST, "the batch is empty");
	} else if (count > most) {
		snprintf(why, sizeof why, "a batch may hold at most %zu messages", most);
		refuse(connection, NULL, no_id, JSONRPC_INVALID_REQUEST, why);
	} else if (!batch) {
		refuse(connection, NULL, no_id, JSONRPC_INTERNAL_ERROR, "out of memory");
	} else {
		batch->open = true;
		while (jsonrpc_next(line, &request))
			begin_one(connection, batch, &request);
		batch->open = false;
		settle(connection, batch);
	}
}

static bool is_blank(struct span line)
{
	for (size_t i = 0; i < line.size; i++) {
		if (!strchr(" \t\r", line.at[i]) || !line.at[i])
			return false;
	}
	return true;
}

void exchange_begin(struct connection *connection, struct span line)
{
	struct jsonrpc_request request;
	struct jsonrpc_line message;
	char why[64];
	size_t wrong;

	if (is_blank(line))
		return;
	if (!jsonrpc_read(line, &message, &wrong)) {
		snprintf(why, sizeof why, "this is not JSON: look at byte %zu of the line", wrong + 1);
		refuse(connection, NULL, no_id, JSONRPC_PARSE_ERROR, why);
	} else if (message.batch) {
		begin_batch(connection, &message);
	} else if (jsonrpc_next(&message, &request)) {
		begin_one(connection, NULL, &request);
	}
}

void exchange_refuse_line(struct connection *connection)
{
	char why[64];

	snprintf(why, sizeof why, "a line may be at most %" PRId64 " bytes long", connection_limits(connection)->line);
	refuse(connection, NULL, no_id, JSONRPC_INVALID_REQUEST, why);
}

static void cancel_call(struct exchange *exchange)
{
	const struct sp_gateway *gateway = exchange_control(exchange)->options.gateway;
	sp_call *call = exchange->call;

	exchange->call = NULL;
	gateway->cancel(gateway, call);
}

void exchange_abandon(struct exchange_list *exchanges)
{
	struct exchange *exchange, *next;

	for (exchange = LIST_FIRST(exchanges); exchange; exchange = next) {
		bool cancelled = exchange->call != NULL;

		if (cancelled)
			cancel_call(exchange);
		next = LIST_NEXT(exchange, place);
		LIST_REMOVE(exchange, place);
		exchange->connection = NULL;
		if (cancelled)
			finish(exchange);
	}
}

static struct exchange *find_call(struct exchange_list *exchanges, const json_t *id)
{
	struct exchange *exchange = LIST_FIRST(exchanges);

	for (; exchange; exchange = LIST_NEXT(exchange, place)) {
		json_t *other =
			exchange->call ? json_loadb(exchange->id, exchange->id_size, JSON_DECODE_ANY, NULL) : NULL;
		bool same = other && json_equal(other, id);

		json_decref(other);
		if (same)
			return exchange;
	}
	return NULL;
}

bool exchange_cancel(struct exchange_list *exchanges, const json_t *id)
{
	struct exchange *exchange = find_call(exchanges, id);

	if (!exchange)
		return false;
	cancel_call(exchange);
	exchange_fail(exchange, SP_CANCELLED, "cancelled by its caller");
	return true;
}
