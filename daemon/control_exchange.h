/*
 * control_exchange.h: an exchange is one request, from its line to its answer. It outlives its connection only while it
 * waits for something that cannot be cancelled; then its answer is thrown away.
 */
#ifndef DAEMON_CONTROL_EXCHANGE_H
#define DAEMON_CONTROL_EXCHANGE_H

#include "control_connection.h"
#include "shared_jsonrpc.h"

/* Begins to answer what a line holds, or says that it is not JSON. */
void exchange_begin(struct connection *connection, struct span line);

/* Answers a line that was too long to be kept. */
void exchange_refuse_line(struct connection *connection);

/* Gives up every exchange of a connection that ends. */
void exchange_abandon(struct exchange_list *exchanges);

/* Ends the call in flight whose request had that id, with the answer that it was cancelled. False when there is
 * none. */
bool exchange_cancel(struct exchange_list *exchanges, const json_t *id);

/* Its connection; NULL when the caller has gone. Not NULL while a method's run has not returned. */
struct connection *exchange_connection(const struct exchange *exchange);
struct control *exchange_control(const struct exchange *exchange);

/* It waits for a call of the gateway, which is cancelled when the caller goes. */
void exchange_wait(struct exchange *exchange, sp_call *call);

/* What an answer says went wrong; all is borrowed. */
struct failure {
	enum jsonrpc_code code;
	const char *word; /* of the error table */
	const char *message;
	const json_t *details; /* may be NULL */
	const char *trace_id; /* of a call; may be NULL */
	const struct sp_error *where; /* pointer, line and column; may be NULL */
};

/* Each of these ends the exchange, which is gone afterwards: with a result, which is stolen (NULL: memory ran out);
 * with the result of a runnable, {"data": data}; with a failure. */
void exchange_succeed(struct exchange *exchange, json_t *result);
void exchange_succeed_data(struct exchange *exchange, const json_t *data);
void exchange_fail(struct exchange *exchange, sp_status status, const char *format, ...) SP_FORMAT(3, 4);
void exchange_fail_error(struct exchange *exchange, sp_status status, const struct sp_error *error);
void exchange_fail_with(struct exchange *exchange, const struct failure *failure);

/* The number of an error for status. */
enum jsonrpc_code exchange_code(sp_status status);

/* Sends a notification about an exchange: {"id": its id, ...members}; members is stolen. */
void exchange_notify(const struct exchange *exchange, const char *method, json_t *members);

#endif
