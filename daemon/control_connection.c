/*
 * control_connection.c: lines of one client, and the limits that keep it from harming others: who has too many requests
 * in flight, or leaves too much of its answers unread, is not read from until that is better; who does not read what it
 * asked to be sent is cut. A connection may become a conversation's, which is given the lines then.
 */
#include "control_connection.h"

#include "control_exchange.h"
#include "control_roles.h"
#include "control_watch.h"
#include "conversations.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum {
	OUT_FLUSH = 64 * 1024,
	CUT_MS = 1,
	LOOK_MS = 500, /* whether a client that sends no more is still there */
	RESERVED_SHARE = 8 /* of so many connections, one is kept for those who may do everything */
};

struct connection {
	LIST_ENTRY(connection) place;
	struct control *control;
	struct sp_stream *stream;
	struct peer peer;
	struct sp_identity identity;
	json_t *local; /* what its roles are of */
	const char **roles; /* ends with NULL */
	bool knows_roles;
	struct exchange_list exchanges;
	struct watch_list watches;
	struct conversation *conversation; /* NULL: lines are requests of ours */
	struct text out;
	size_t in_flight;
	size_t searched; /* bytes of the line that is not complete yet */
	bool reading; /* inside the stream's callback: answers are gathered */
	bool resting; /* the stream is paused */
	bool discarding; /* the rest of a line that was too long */
	bool half_closed; /* the client sends no more, and reads on */
	bool cut; /* ends when its stream's deadline comes */
	bool broken; /* and what is queued is not sent */
};

struct control *connection_control(const struct connection *connection)
{
	return connection->control;
}

const struct control_limits *connection_limits(const struct connection *connection)
{
	return connection->control->options.limits;
}

const struct peer *connection_peer(const struct connection *connection)
{
	return &connection->peer;
}

/* The strings of the roles are those of the configuration, which is kept as it is. Without memory there are none. */
static void find_roles(struct connection *connection)
{
	json_t *local =
		json_incref((json_t *)configuration_get(connection->control->options.configuration, "auth.local"));

	free(connection->roles);
	json_decref(connection->local);
	connection->local = local;
	connection->roles = NULL;
	if (local)
		connection->roles =
			control_roles_new(local, &connection->peer, event_loop_stream_descriptor(connection->stream));
	connection->identity.roles = connection->roles;
	connection->knows_roles = true;
}

/* They are found out anew when the next call begins: one that runs may have changed the configuration. */
const struct sp_identity *connection_identity(struct connection *connection)
{
	if (!connection->knows_roles)
		find_roles(connection);
	return &connection->identity;
}

void connection_forget_roles(struct connection *connection)
{
	connection->knows_roles = false;
}

struct exchange_list *connection_exchanges(struct connection *connection)
{
	return &connection->exchanges;
}

struct watch_list *connection_watches(struct connection *connection)
{
	return &connection->watches;
}

static size_t queued(const struct connection *connection)
{
	const struct sp_loop *sockets = connection->control->sockets;

	return connection->out.size + sockets->queued(sockets, connection->stream);
}

/* Ends a connection from wherever this is called: by the stream's own deadline, so that nobody finds it freed. */
static void cut(struct connection *connection, bool broken)
{
	const struct sp_loop *sockets = connection->control->sockets;

	connection->broken = connection->broken || broken;
	if (connection->cut)
		return;
	connection->cut = true;
	text_clear(&connection->out, 0);
	sockets->deadline(sockets, connection->stream, CUT_MS);
}

static void flush(struct connection *connection)
{
	const struct sp_loop *sockets = connection->control->sockets;
	struct text *out = &connection->out;
	bool was_reading = connection->reading;

	if (out->failed)
		cut(connection, true);
	if (out->size == 0 || connection->cut)
		return;
	connection->reading = true;
	if (sockets->write(sockets, connection->stream, out->data, out->size) != SP_OK)
		cut(connection, true);
	connection->reading = was_reading;
	text_clear(out, OUT_FLUSH);
}

struct text *connection_begin_line(struct connection *connection)
{
	if (!connection->cut && queued(connection) > (size_t)connection_limits(connection)->backlog) {
		log_printf(connection->control->options.log, SP_WARNING,
			"control: cut off %s (process %ld), which does not read what it asked for",
			connection->peer.name, (long)connection->peer.pid);
		cut(connection, true);
	}
	return connection->cut ? NULL : &connection->out;
}

void connection_end_line(struct connection *connection)
{
	text_add(&connection->out, "\n", 1);
	if (!connection->reading || connection->out.size > OUT_FLUSH)
		flush(connection);
}

/* ---- conversations ----------------------------------------------------------------------------------------------- */

static size_t write_line(void *user, const char *line, size_t size)
{
	struct connection *connection = user;
	struct text *out = connection_begin_line(connection);

	if (!out)
		return 0;
	text_add(out, line, size);
	connection_end_line(connection);
	return queued(connection);
}

static void close_conversation(void *user, const char *why)
{
	struct connection *connection = user;

	if (connection->cut)
		return;
	if (why)
		log_printf(connection->control->options.log, SP_WARNING,
			"control: the conversation with %s (process %ld) ends: %s", connection->peer.name,
			(long)connection->peer.pid, why);
	flush(connection);
	cut(connection, false);
}

sp_status connection_converse(struct connection *connection, const char *name, struct sp_error *error)
{
	const struct conversation_carrier carrier = { name, connection_identity(connection), write_line,
		close_conversation, connection };

	if (connection->conversation || connection->in_flight > 1 || !LIST_EMPTY(&connection->watches))
		return sp_error_set(error, SP_CONFLICT, "a conversation needs a connection of its own");
	connection->conversation = conversation_create(connection->control->options.conversations, &carrier, error);
	return connection->conversation ? SP_OK : error->code;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static bool must_rest(const struct connection *connection)
{
	const struct control_limits *limits = connection_limits(connection);

	return connection->in_flight >= (size_t)limits->requests || queued(connection) > (size_t)limits->unread;
}

/* Pauses or resumes the stream; ends the connection when its client sends no more and has been answered. */
static void balance(struct connection *connection)
{
	const struct sp_loop *sockets = connection->control->sockets;
	bool rest = must_rest(connection);

	if (connection->cut || connection->reading)
		return;
	if (connection->half_closed) {
		if (connection->in_flight == 0 && LIST_EMPTY(&connection->watches) && !connection->conversation)
			cut(connection, false);
		return;
	}
	if (rest == connection->resting)
		return;
	connection->resting = rest;
	if (rest)
		sockets->pause(sockets, connection->stream);
	else
		sockets->resume(sockets, connection->stream);
}

void connection_count_exchange(struct connection *connection, int change)
{
	connection->in_flight += (size_t)change;
	if (change < 0)
		balance(connection);
}

static void take_whole_line(struct connection *connection, struct span line)
{
	if (connection->conversation) {
		connection_identity(connection); /* in which it speaks: its roles may have changed */
		conversation_take(connection->conversation, line);
	} else if (line.at) {
		exchange_begin(connection, line);
	} else {
		exchange_refuse_line(connection);
	}
}

/* Takes one line, or the bytes of a line that is too long, from data. Answers how many bytes; 0 when there is no whole
 * line. */
static size_t take_line(struct connection *connection, const char *data, size_t size)
{
	const char *end = memchr(data + connection->searched, '\n', size - connection->searched);
	size_t length = end ? (size_t)(end - data) : size;
	bool discarding = connection->discarding;

	connection->searched = end ? 0 : size;
	if (discarding || length > (size_t)connection_limits(connection)->line) {
		connection->discarding = !end;
		connection->searched = 0;
		if (!discarding)
			take_whole_line(connection, (struct span){ NULL, 0 });
		return end ? length + 1 : size;
	}
	if (!end)
		return 0;
	take_whole_line(connection, (struct span){ data, length });
	return length + 1;
}

static size_t readable(void *user, struct sp_stream *stream SP_UNUSED, const char *data, size_t size)
{
	struct connection *connection = user;
	size_t used = 0, taken = 1;

	connection->reading = true;
	while (used < size && taken > 0 && !connection->cut && !must_rest(connection)) {
		taken = take_line(connection, data + used, size - used);
		used += taken;
		if (used == size || taken == 0 || must_rest(connection))
			flush(connection);
	}
	connection->reading = false;
	balance(connection);
	return connection->cut ? size : used;
}

static void drained(void *user, struct sp_stream *stream SP_UNUSED)
{
	balance(user);
}

/* Whether the peer has closed its side only, and still reads. */
static bool still_reads(const struct connection *connection)
{
	struct pollfd poll_fd = { .fd = event_loop_stream_descriptor(connection->stream), .events = POLLIN };

	return poll(&poll_fd, 1, 0) >= 0 && !(poll_fd.revents & (POLLHUP | POLLERR | POLLNVAL));
}

/* Nobody tells when a client goes that has closed its side before. */
static void timed_out(void *user, struct sp_stream *stream)
{
	struct connection *connection = user;
	const struct sp_loop *sockets = connection->control->sockets;

	if (!connection->cut && still_reads(connection)) {
		sockets->deadline(sockets, stream, LOOK_MS);
		return;
	}
	connection->broken = connection->broken || !connection->cut;
	connection_destroy(connection);
}

static void closed(void *user, struct sp_stream *stream, sp_status why)
{
	struct connection *connection = user;
	const struct sp_loop *sockets = connection->control->sockets;

	if (why == SP_OK && still_reads(connection)) {
		connection->half_closed = true;
		if (!connection->cut)
			sockets->deadline(sockets, stream, LOOK_MS);
		if (connection->conversation)
			conversation_end(connection->conversation);
		balance(connection);
		return;
	}
	connection->broken = true;
	if (connection->reading)
		cut(connection, true);
	else
		connection_destroy(connection);
}

static const struct sp_stream_events connection_events = {
	.struct_size = sizeof connection_events,
	.readable = readable,
	.drained = drained,
	.timed_out = timed_out,
	.closed = closed,
};

/* Says why to somebody who may not speak, and hangs up. */
static void refuse(const struct control *control, struct sp_stream *stream, const char *word, const char *message)
{
	static const struct sp_stream_events deaf = { .struct_size = sizeof deaf };
	const struct sp_loop *sockets = control->sockets;
	json_t *data = json_pack("{s:s}", "code", word);
	struct text text = { 0 };

	jsonrpc_add_error(&text, (struct span){ NULL, 0 }, JSONRPC_FAILED, message, data);
	text_add(&text, "\n", 1);
	sockets->adopt(sockets, stream, &deaf, NULL);
	if (!text.failed)
		sockets->write(sockets, stream, text.data, text.size);
	sockets->close(sockets, stream);
	text_finish(&text);
	json_decref(data);
}

static void refuse_peer(const struct control *control, struct sp_stream *stream, const struct peer *peer)
{
	const char *group = control->group_name;
	struct sp_error why;

	sp_error_set(&why, SP_FORBIDDEN, "%s may not use this socket: that is for root, the user signalpyd runs as%s%s",
		peer->name, control->group == PEER_NO_GROUP ? "" : " and the group ",
		control->group == PEER_NO_GROUP ? "" : group);
	log_printf(control->options.log, SP_WARNING, "control: refused %s (process %ld)", peer->name, (long)peer->pid);
	refuse(control, stream, "forbidden", why.message);
}

static void open_connection(struct control *control, struct sp_stream *stream, const struct peer *peer)
{
	struct connection *connection = calloc(1, sizeof *connection);

	if (!connection) {
		refuse(control, stream, "unavailable", "out of memory");
		return;
	}
	connection->control = control;
	connection->stream = stream;
	connection->peer = *peer;
	connection->identity = (struct sp_identity){ .struct_size = sizeof connection->identity,
		.name = connection->peer.name,
		.privileged = peer->level == PEER_MAY_ALL };
	LIST_INIT(&connection->exchanges);
	LIST_INIT(&connection->watches);
	LIST_INSERT_HEAD(&control->connections, connection, place);
	control->connection_count++;
	control->sockets->adopt(control->sockets, stream, &connection_events, connection);
}

/* However many connections others hold, who may do everything gets in to mend it. */
static bool is_full(const struct control *control, enum peer_level level)
{
	int64_t most = control->options.limits->connections, reserved = most / RESERVED_SHARE;

	return control->connection_count >= (level == PEER_MAY_ALL ? most : most - reserved);
}

void connection_accept(void *user, struct sp_stream *stream, const char *peer SP_UNUSED)
{
	struct control *control = user;
	struct peer who;

	if (peer_read(event_loop_stream_descriptor(stream), control->owner, control->group, &who) != SP_OK)
		refuse(control, stream, "forbidden", "the system does not tell who you are");
	else if (who.level == PEER_REFUSED)
		refuse_peer(control, stream, &who);
	else if (is_full(control, who.level))
		refuse(control, stream, "too_many_requests", "too many connections (control.limits): close some");
	else
		open_connection(control, stream, &who);
}

void connection_destroy(struct connection *connection)
{
	const struct sp_loop *sockets = connection->control->sockets;

	connection->cut = true;
	conversation_destroy(connection->conversation);
	exchange_abandon(&connection->exchanges);
	control_watches_finish(&connection->watches);
	LIST_REMOVE(connection, place);
	connection->control->connection_count--;
	if (connection->broken)
		sockets->abort(sockets, connection->stream);
	else
		sockets->close(sockets, connection->stream);
	text_finish(&connection->out);
	free(connection->roles);
	json_decref(connection->local);
	free(connection);
}

struct connection *connection_next(const struct control *control, const struct connection *connection)
{
	return connection ? LIST_NEXT(connection, place) : LIST_FIRST(&control->connections);
}
