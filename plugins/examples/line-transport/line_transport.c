/* line-transport: a transport of a stranger's: a line "address {json}" over a socket calls a runnable, and is answered
 * by a line of JSON. All that it knows of the daemon is <signalpy/gateway.h> and <signalpy/loop.h>. */
#include <signalpy/component.h>
#include <signalpy/gateway.h>
#include <signalpy/loop.h>
#include <stdlib.h>
#include <string.h>

enum {
	MOST_LINE = 65536, /* bytes of a line */
	MOST_QUEUED = 65536, /* bytes that a client may leave unread before it is read no further */
	MOST_CLIENTS = 100,
	IDLE_MS = 300000
};

SP_RECORD(line_settings,
	(string, listen, .otherwise = "127.0.0.1:7070", .about = "what to listen on: HOST:PORT, [IPV6]:PORT or unix:/PATH"));

/* One connection. Its lines are answered one after the other. */
struct client {
	struct client *previous, *next;
	struct line_transport *self;
	struct sp_stream *stream; /* NULL when it has ended */
	sp_call *ticket;
	bool called; /* a call has not been answered */
	bool waits; /* it counts as work of this instance */
	bool inside; /* bytes are being read: it is freed afterwards */
	bool paused;
};

SP_COMPONENT(line_transport,
	(about,    "Calls runnables by lines of text.", .name_space = "examples"),
	(settings, line_settings, settings),
	(one,      sp_loop, loop),
	(one,      sp_gateway, gateway),
	(member,   struct sp_listener *, listener),
	(member,   struct client *, clients),
	(member,   unsigned, client_count),
	(activate),
	(deactivate),
	(effect,   listen));

static sp_status line_transport_activate(SP_UNUSED struct line_transport *self)
{
	return SP_OK;
}

/* ---- answers ----------------------------------------------------------------------------------------------------- */

/* One line; json is taken over. */
static void say(const struct client *client, json_t *json)
{
	static const char no_memory[] =
		"{\"ok\":false,\"error\":{\"code\":\"unavailable\",\"message\":\"out of memory\"}}";
	const struct sp_loop *loop = sp_peek(client->self->loop);
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	const char *line = text ? text : no_memory;

	if (client->stream)
		loop->write(loop, client->stream, line, strlen(line));
	if (client->stream)
		loop->write(loop, client->stream, "\n", 1);
	free(text);
	json_decref(json);
}

static void refuse(const struct client *client, const char *message)
{
	say(client, json_pack("{s:b, s:{s:s, s:s}}", "ok", false, "error", "code", "bad_request", "message", message));
}

static json_t *answer_new(const struct sp_answer *answer)
{
	if (answer->status == SP_OK)
		return json_pack("{s:b, s:O}", "ok", true, "data", answer->data);
	return json_pack("{s:b, s:{s:s, s:s, s:O*}}", "ok", false, "error", "code", answer->code, "message",
		answer->message, "details", answer->details);
}

/* ---- the end of a connection ------------------------------------------------------------------------------------- */

static void forget(struct client *client)
{
	struct line_transport *self = client->self;

	if (client->previous)
		client->previous->next = client->next;
	else
		self->clients = client->next;
	if (client->next)
		client->next->previous = client->previous;
	self->client_count--;
	free(client);
}

static void stop_waiting(struct client *client)
{
	if (client->waits)
		sp_work_end(client->self->rt);
	client->waits = client->called = false;
}

/* What was written is still sent; nobody wants what was asked and not answered. The client is there until it is
 * forgotten. */
static void end(struct client *client)
{
	const struct sp_loop *loop = sp_peek(client->self->loop);
	const struct sp_gateway *gateway = sp_peek(client->self->gateway);

	if (!client->stream)
		return;
	loop->close(loop, client->stream);
	client->stream = NULL;
	if (client->waits)
		gateway->cancel(gateway, client->ticket);
	stop_waiting(client);
}

/* ---- calls ------------------------------------------------------------------------------------------------------- */

/* A client that waits for an answer, or does not take those it has, is not read. */
static bool may_go_on(const struct client *client)
{
	const struct sp_loop *loop = sp_peek(client->self->loop);

	return client->stream && !client->called && loop->queued(loop, client->stream) <= MOST_QUEUED;
}

/* Begins anew with each line, not with each byte, so that nobody stays who never ends one. */
static void set_deadline(const struct client *client)
{
	const struct sp_loop *loop = sp_peek(client->self->loop);

	if (client->stream)
		loop->deadline(loop, client->stream, client->called ? 0 : IDLE_MS);
}

/* Comes last: reading on may bring bytes at once, and the end of the connection. */
static void read_on(struct client *client)
{
	const struct sp_loop *loop = sp_peek(client->self->loop);
	bool pause = !may_go_on(client);

	if (!client->stream || client->inside)
		return;
	if (pause == client->paused)
		return;
	client->paused = pause;
	if (pause)
		loop->pause(loop, client->stream);
	else
		loop->resume(loop, client->stream);
}

static void on_done(void *user, const struct sp_answer *answer)
{
	struct client *client = user;

	say(client, answer_new(answer));
	stop_waiting(client);
	set_deadline(client);
	read_on(client);
}

/* Whoever is at the other end is nobody to the daemon: it may call what demands neither an action nor a role. */
static void call(struct client *client, const char *address, sp_bytes params)
{
	const struct sp_gateway *gateway = sp_peek(client->self->gateway);
	const struct sp_request request = { .struct_size = sizeof request,
		.address = address,
		.transport = SP_REST, /* it offers what is offered there */
		.params = params,
		.done = on_done,
		.user = client };

	client->called = true;
	gateway->call(gateway, &request, &client->ticket);
	if (!client->called)
		return;
	client->waits = true; /* this instance is not stopped before the answer */
	sp_work_begin(client->self->rt);
}

static void take_line(struct client *client, const char *line, size_t size)
{
	size_t word = 0;

	while (size && (line[size - 1] == '\r' || line[size - 1] == ' '))
		size--;
	while (word < size && line[word] != ' ')
		word++;
	if (!size)
		return;
	if (memchr(line, '\0', size))
		refuse(client, "a line is text without zero bytes");
	else
		call(client, sp_format(client->self->rt, "%.*s", (int)word, line),
			(sp_bytes){ line + word, size - word });
}

/* ---- what a stream tells ----------------------------------------------------------------------------------------- */

static size_t on_readable(void *user, SP_UNUSED struct sp_stream *stream, const char *data, size_t size)
{
	struct client *client = user;
	const char *at = data, *newline;

	client->inside = true;
	while (may_go_on(client) && (newline = memchr(at, '\n', size - (size_t)(at - data)))) {
		take_line(client, at, (size_t)(newline - at));
		at = newline + 1;
	}
	if (may_go_on(client) && size - (size_t)(at - data) > MOST_LINE) {
		refuse(client, "a line may be at most 65536 bytes long");
		end(client);
	}
	client->inside = false;
	if (at > data)
		set_deadline(client);
	if (client->stream) {
		read_on(client);
		return (size_t)(at - data);
	}
	forget(client);
	return size;
}

static void on_drained(void *user, SP_UNUSED struct sp_stream *stream)
{
	read_on(user);
}

static void on_timed_out(void *user, SP_UNUSED struct sp_stream *stream)
{
	end(user);
	forget(user);
}

static void on_closed(void *user, SP_UNUSED struct sp_stream *stream, SP_UNUSED sp_status why)
{
	struct client *client = user;

	end(client);
	if (!client->inside)
		forget(client);
}

static void on_connection(void *user, struct sp_stream *stream, SP_UNUSED const char *peer)
{
	static const struct sp_stream_events events = { sizeof events, on_readable, on_drained, on_timed_out,
		on_closed };
	struct line_transport *self = user;
	const struct sp_loop *loop = sp_peek(self->loop);
	struct client *client = self->client_count < MOST_CLIENTS ? calloc(1, sizeof *client) : NULL;

	if (!client) {
		loop->abort(loop, stream);
		return;
	}
	client->self = self;
	client->stream = stream;
	client->next = self->clients;
	if (client->next)
		client->next->previous = client;
	self->clients = client;
	self->client_count++;
	loop->deadline(loop, stream, IDLE_MS);
	loop->adopt(loop, stream, &events, client);
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

static void stop_listening(void *user)
{
	struct line_transport *self = user;
	const struct sp_loop *loop = sp_peek(self->loop);

	if (self->listener)
		loop->unlisten(loop, self->listener);
	self->listener = NULL;
}

/* Runs again when the address changes, after its cleanup; connections stay. */
static sp_status line_transport_listen(struct line_transport *self)
{
	const struct sp_loop *loop = sp_get(self->loop);
	const struct sp_acceptor acceptor = { on_connection, self };
	struct sp_error error;
	sp_status status = loop->listen(loop, sp_get(self->settings.listen), &acceptor, &self->listener, &error);

	if (status != SP_OK)
		return sp_fail(self->rt, status, "%s", error.message);
	return sp_cleanup(self->rt, stop_listening, self);
}

static sp_status line_transport_deactivate(struct line_transport *self)
{
	for (struct client *client = self->clients, *next; client; client = next) {
		next = client->next;
		end(client);
		forget(client);
	}
	return SP_OK;
}

SP_PLUGIN(line_transport, "1.0.0", line_transport);
