/*
 * conversations.c: servers come and go, conversations stay. Each server that has a conversation has a seat in it. One
 * seat is told the lines; others only finish what they were asked before they were replaced.
 */
#include "conversations.h"

#include "shared_jsonrpc.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

/* Who serves a name; stands in the ledger of the instance that does. The latest comes first. */
struct server {
	struct sp_ledger_entry entry; /* the first member */
	LIST_ENTRY(server) place;
	struct conversations *conversations;
	sp_runtime *consumer;
	const struct sp_conversation_events *events;
	void *user;
	char name[];
};

struct seat {
	struct sp_conversation shown; /* the first member */
	LIST_ENTRY(seat) place;
	struct conversation *conversation;
	struct server *server;
	void *opened;
	bool closed; /* it has nothing more to say */
};

struct conversation {
	LIST_ENTRY(conversation) place;
	struct conversations *conversations;
	struct conversation_carrier carrier;
	LIST_HEAD(seat_list, seat) seats;
	struct seat *seat; /* that is told the lines; NULL: nobody is */
	char *remembered;
	bool ending; /* the client says no more */
	char name[];
};

struct conversations {
	struct sp_conversations table;
	const struct sp_loop_ops *ops;
	void *loop;
	struct sp_task task;
	bool is_queued;
	LIST_HEAD(server_list, server) servers;
	LIST_HEAD(conversation_list, conversation) all;
};

/* ---- what a server may do ---------------------------------------------------------------------------------------- */

static struct seat *seat_of(struct sp_conversation *shown)
{
	return (struct seat *)shown;
}

static size_t write_line(struct sp_conversation *shown, const char *line, size_t size)
{
	const struct conversation_carrier *carrier = &seat_of(shown)->conversation->carrier;

	return carrier->write(carrier->user, line, size);
}

/* A client that still speaks has nobody to speak to any more; one that does not waits for the answers of all. */
static void close_carrier(const struct conversation *conversation, const char *why)
{
	const struct seat *seat;

	if (conversation->ending) {
		LIST_FOREACH(seat, &conversation->seats, place)
		{
			if (!seat->closed)
				return;
		}
	}
	conversation->carrier.close(conversation->carrier.user, why);
}

static void close_seat(struct sp_conversation *shown, const char *why)
{
	struct seat *seat = seat_of(shown);

	seat->closed = true;
	close_carrier(seat->conversation, why);
}

static sp_status remember(struct sp_conversation *shown, const char *text)
{
	struct conversation *conversation = seat_of(shown)->conversation;
	char *copy = strdup(text);

	if (!copy)
		return SP_NO_MEMORY;
	free(conversation->remembered);
	conversation->remembered = copy;
	return SP_OK;
}

static const struct sp_conversation_ops ops = { sizeof ops, write_line, close_seat, remember };

/* ---- seats ------------------------------------------------------------------------------------------------------- */

static struct server *server_of(const struct conversations *conversations, const char *name)
{
	struct server *server = LIST_FIRST(&conversations->servers);

	while (server && strcmp(server->name, name) != 0)
		server = LIST_NEXT(server, place);
	return server;
}

static void seat_destroy(struct seat *seat)
{
	if (seat->conversation->seat == seat)
		seat->conversation->seat = NULL;
	LIST_REMOVE(seat, place);
	free(seat);
}

static void tell_ending(const struct seat *seat)
{
	sp_runtime *consumer = seat->server->consumer;

	sp_runtime_enter(consumer);
	seat->server->events->ending(seat->opened);
	sp_runtime_leave(consumer);
}

/* Makes a seat for a server and has it open the conversation; NULL without memory. */
static struct seat *seat_create(struct conversation *conversation, struct server *server)
{
	struct seat *seat = calloc(1, sizeof *seat);

	if (!seat)
		return NULL;
	seat->shown = (struct sp_conversation){ .struct_size = sizeof seat->shown,
		.ops = &ops,
		.identity = conversation->carrier.identity,
		.remembered = conversation->remembered };
	seat->conversation = conversation;
	seat->server = server;
	LIST_INSERT_HEAD(&conversation->seats, seat, place);
	sp_runtime_enter(server->consumer);
	seat->opened = server->events->open(server->user, &seat->shown);
	sp_runtime_leave(server->consumer);
	seat->shown.remembered = NULL;
	if (seat->opened)
		return seat;
	seat_destroy(seat);
	return NULL;
}

/* The seat that a server has, or is given now; NULL for no server, and without memory. */
static struct seat *seat_for(struct conversation *conversation, struct server *server)
{
	struct seat *seat;

	if (!server)
		return NULL;
	LIST_FOREACH(seat, &conversation->seats, place)
	{
		if (seat->server == server)
			return seat;
	}
	return seat_create(conversation, server);
}

/* Lets the latest server of the name be told the lines, if it is not yet. */
static void settle(struct conversation *conversation)
{
	struct server *server = server_of(conversation->conversations, conversation->name);

	if (conversation->seat && conversation->seat->server == server)
		return;
	conversation->seat = seat_for(conversation, server);
	if (conversation->seat && conversation->ending)
		tell_ending(conversation->seat);
	else if (conversation->ending)
		close_carrier(conversation, NULL);
}

static void settle_all(struct sp_task *task)
{
	struct conversations *conversations =
		(struct conversations *)(void *)((char *)task - offsetof(struct conversations, task));
	struct conversation *conversation;

	conversations->is_queued = false;
	LIST_FOREACH(conversation, &conversations->all, place)
	settle(conversation);
}

static void settle_soon(struct conversations *conversations)
{
	if (!conversations->is_queued)
		conversations->ops->defer(conversations->loop, &conversations->task);
	conversations->is_queued = true;
}

/* ---- servers ----------------------------------------------------------------------------------------------------- */

/* The consumer ends: it is told nothing more. */
static void release_server(struct sp_ledger_entry *entry)
{
	struct server *server = (struct server *)entry;
	struct conversation *conversation;

	LIST_FOREACH(conversation, &server->conversations->all, place)
	{
		struct seat *seat, *next;

		for (seat = LIST_FIRST(&conversation->seats); seat; seat = next) {
			next = LIST_NEXT(seat, place);
			if (seat->server == server)
				seat_destroy(seat);
		}
		if (conversation->ending)
			close_carrier(conversation, NULL);
	}
	settle_soon(server->conversations);
	LIST_REMOVE(server, place);
	sp_ledger_remove(&server->entry);
	free(server);
}

static sp_status serve(const struct sp_conversations *service, const char *name,
	const struct sp_conversation_events *events, void *user)
{
	struct conversations *conversations = service->service.self;
	sp_runtime *consumer = service->service.consumer;
	struct server *server = server_of(conversations, name);
	size_t size = strlen(name);

	if (!size || !events)
		return SP_INVALID;
	if (server && strcmp(sp_name(server->consumer), sp_name(consumer)) != 0)
		return SP_CONFLICT;
	server = calloc(1, sizeof *server + size + 1);
	if (!server)
		return SP_NO_MEMORY;
	server->entry = (struct sp_ledger_entry){ .kind = "conversations", .release = release_server };
	server->conversations = conversations;
	server->consumer = consumer;
	server->events = events;
	server->user = user;
	memcpy(server->name, name, size + 1);
	LIST_INSERT_HEAD(&conversations->servers, server, place);
	sp_ledger_add(consumer, &server->entry);
	settle_soon(conversations);
	return SP_OK;
}

/* ---- conversations ----------------------------------------------------------------------------------------------- */

struct conversation *conversation_create(struct conversations *conversations,
	const struct conversation_carrier *carrier, struct sp_error *error)
{
	size_t size = strlen(carrier->name);
	struct conversation *conversation;

	if (!server_of(conversations, carrier->name)) {
		sp_error_set(error, SP_UNAVAILABLE, "nobody speaks %s here: is the plugin %s loaded?", carrier->name,
			carrier->name);
		return NULL;
	}
	conversation = calloc(1, sizeof *conversation + size + 1);
	if (conversation) {
		conversation->conversations = conversations;
		conversation->carrier = *carrier;
		conversation->carrier.name = memcpy(conversation->name, carrier->name, size + 1);
		LIST_INIT(&conversation->seats);
		LIST_INSERT_HEAD(&conversations->all, conversation, place);
		settle(conversation);
		if (conversation->seat)
			return conversation;
	}
	conversation_destroy(conversation);
	sp_error_set(error, SP_NO_MEMORY, "out of memory");
	return NULL;
}

void conversation_destroy(struct conversation *conversation)
{
	struct seat *seat, *next;

	if (!conversation)
		return;
	LIST_REMOVE(conversation, place);
	for (seat = LIST_FIRST(&conversation->seats); seat; seat = next) {
		const struct sp_conversation_events *events = seat->server->events;
		sp_runtime *consumer = seat->server->consumer;
		void *opened = seat->opened;

		next = LIST_NEXT(seat, place);
		seat_destroy(seat);
		sp_runtime_enter(consumer);
		events->gone(opened);
		sp_runtime_leave(consumer);
	}
	free(conversation->remembered);
	free(conversation);
}

/* While nobody serves it: who asks is told so. */
static void refuse(const struct conversation *conversation, struct span line)
{
	const struct conversation_carrier *carrier = &conversation->carrier;
	struct jsonrpc_line message;
	struct jsonrpc_request request;
	struct sp_error why;
	size_t wrong;

	if (!line.at || !jsonrpc_read(line, &message, &wrong))
		return;
	sp_error_set(&why, SP_UNAVAILABLE, "nobody speaks %s here any more: load the plugin %s, and it goes on",
		conversation->name, conversation->name);
	while (jsonrpc_next(&message, &request)) {
		json_t *data = json_pack("{s:s}", "code", sp_status_word(why.code));
		struct text text = { 0 };

		if (!request.fault && request.id.size > 0)
			jsonrpc_add_error(&text, request.id, JSONRPC_FAILED, why.message, data);
		if (!text.failed && text.size > 0)
			carrier->write(carrier->user, text.data, text.size);
		text_finish(&text);
		json_decref(data);
	}
}

void conversation_take(struct conversation *conversation, struct span line)
{
	const struct seat *seat;
	sp_runtime *consumer;

	settle(conversation);
	seat = conversation->seat;
	if (!seat) {
		refuse(conversation, line);
		return;
	}
	consumer = seat->server->consumer;
	sp_runtime_enter(consumer);
	seat->server->events->line(seat->opened, line.at, line.size);
	sp_runtime_leave(consumer);
}

void conversation_end(struct conversation *conversation)
{
	struct seat *seat, *next;

	if (conversation->ending)
		return;
	conversation->ending = true;
	for (seat = LIST_FIRST(&conversation->seats); seat; seat = next) {
		next = LIST_NEXT(seat, place);
		tell_ending(seat);
	}
	if (LIST_EMPTY(&conversation->seats))
		close_carrier(conversation, NULL);
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

struct conversations *conversations_create(const struct sp_loop_ops *loop_ops, void *loop)
{
	struct conversations *conversations = calloc(1, sizeof *conversations);

	if (!conversations)
		return NULL;
	conversations->table =
		(struct sp_conversations){ .service = { .size = sizeof conversations->table }, .serve = serve };
	conversations->ops = loop_ops;
	conversations->loop = loop;
	conversations->task.run = settle_all;
	LIST_INIT(&conversations->servers);
	LIST_INIT(&conversations->all);
	return conversations;
}

void conversations_destroy(struct conversations *conversations)
{
	free(conversations);
}

const struct sp_conversations *conversations_table(const struct conversations *conversations)
{
	return &conversations->table;
}
