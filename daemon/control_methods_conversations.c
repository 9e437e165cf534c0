/*
 * control_methods_conversations.c: the method conversation.open, with which a connection becomes a conversation's.
 */
#include "control_methods.h"

#include <signalpy/record.h>

SP_RECORD(conversation_opened,
	(string, with, .required = true, .min_length = 1, .max_length = 64, .about = "what is spoken: mcp"));

static void conversation_open(struct exchange *exchange, const void *params)
{
	const struct conversation_opened *in = params;
	const struct connection *connection = exchange_connection(exchange);
	const struct peer *peer = connection_peer(connection);
	struct sp_error error = { 0 };
	sp_status status = connection_converse(exchange_connection(exchange), in->with, &error);

	if (status != SP_OK) {
		exchange_fail_error(exchange, status, &error);
		return;
	}
	log_printf(exchange_control(exchange)->options.log, SP_INFO, "control: %s (process %ld) speaks %s", peer->name,
		(long)peer->pid, in->with);
	exchange_succeed(exchange, json_pack("{s:s}", "speaks", in->with));
}

const struct control_method control_methods_conversations[] = {
	{ "conversation.open", PEER_MAY_CALL,
		"Gives the connection, which must have nothing else under way, to a conversation",
		&conversation_opened_record, "object", conversation_open, NULL },
	{ 0 },
};
