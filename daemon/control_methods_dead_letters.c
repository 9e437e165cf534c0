/*
 * control_methods_dead_letters.c: the methods deadletter.*: events that were not delivered or not handled.
 */
#include "control_methods.h"

#include <signalpy/record.h>

SP_RECORD(dead_letter_chosen, (integer, id, .required = true, .about = "the number that deadletter.list tells", .example = "7"));

static sp_kernel *kernel_of(const struct exchange *exchange)
{
	return exchange_control(exchange)->options.kernel;
}

static void deadletter_list(struct exchange *exchange, const void *params SP_UNUSED)
{
	exchange_succeed(exchange, sp_kernel_dead_letters_new(kernel_of(exchange)));
}

static void deadletter_replay(struct exchange *exchange, const void *params)
{
	const struct dead_letter_chosen *in = params;
	struct sp_error error = { 0 };
	sp_status status = sp_kernel_dead_letter_replay(kernel_of(exchange), in->id, &error);

	if (status == SP_OK)
		exchange_succeed(exchange, json_pack("{s:I}", "replayed", (json_int_t)in->id));
	else
		exchange_fail_error(exchange, status, &error);
}

static void deadletter_purge(struct exchange *exchange, const void *params SP_UNUSED)
{
	size_t count = sp_kernel_dead_letters_purge(kernel_of(exchange));

	exchange_succeed(exchange, json_pack("{s:I}", "purged", (json_int_t)count));
}

const struct control_method control_methods_dead_letters[] = {
	{ "deadletter.list", PEER_MAY_CALL, "Lists the events that were not delivered or not handled, the oldest first",
		NULL, "array", deadletter_list, NULL },
	{ "deadletter.replay", PEER_MAY_ALL, "Hands an event to the handler that failed again, or publishes it again",
		&dead_letter_chosen_record, "object", deadletter_replay, NULL },
	{ "deadletter.purge", PEER_MAY_ALL, "Forgets all dead letters", NULL, "object", deadletter_purge, NULL },
	{ 0 },
};
