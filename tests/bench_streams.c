/*
 * bench_streams.c: many clients at once, over HTTP, of a daemon that has the greeter: streams that are open and idle,
 * calls beside clients that never read, and plugins that come and go while clients of MCP follow them.
 * scripts/bench-streams starts the daemon, prints the table and says what is measured.
 */
#define _GNU_SOURCE /* memmem */
#include "flow_kit.h"

#include <event2/buffer.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CALL_US = 2000, BEHIND_MOST = 4096, OPENING_MOST = 64, PIPELINED = 2000, KEY_SIZE = 128 };

#define MODERN "MCP-Protocol-Version: 2026-07-28\r\n"
#define ACCEPT "Accept: application/json, text/event-stream\r\n"
#define META \
	"\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\"," \
	"\"io.modelcontextprotocol/clientCapabilities\":{}}"

static int port;
static struct event_base *base;

/* ---- calls at a steady pace -------------------------------------------------------------------------------------- */

struct caller {
	struct flow *flow;
	struct event *pace;
	double sent[BEHIND_MOST]; /* when, of those not answered, by number */
	size_t sent_count, answered;
	struct flow_times times;
};

static void on_called(struct flow *flow, const char *head, const char *body, size_t size)
{
	struct caller *caller = flow->user;

	if (!head || strncmp(head, "HTTP/1.1 200", 12) != 0)
		flow_fail("a call was answered %.*s", (int)size, body);
	flow_times_add(&caller->times, flow_now_us() - caller->sent[caller->answered++ % BEHIND_MOST]);
}

static void call_once(evutil_socket_t fd, short what, void *user)
{
	struct caller *caller = user;

	(void)fd;
	(void)what;
	if (caller->sent_count - caller->answered == BEHIND_MOST)
		flow_fail("%d calls are not answered", BEHIND_MOST);
	caller->sent[caller->sent_count++ % BEHIND_MOST] = flow_now_us();
	flow_send(caller->flow, "POST /api/v1/greeter/greet", "", "{\"name\":\"World\"}");
}

static void caller_start(struct caller *caller)
{
	struct timeval every = { 0, CALL_US };

	caller->flow = flow_create(base, port, on_called, caller);
	caller->pace = event_new(base, -1, EV_PERSIST, call_once, caller);
	event_add(caller->pace, &every);
}

static void caller_print(struct caller *caller)
{
	struct flow_times *times = &caller->times;

	printf("{\"made\":%zu,\"calls\":%zu,\"p50_us\":%.0f,\"p99_us\":%.0f,\"p999_us\":%.0f,\"max_us\":%.0f}\n",
		caller->answered, times->count, flow_times_at(times, 0.5), flow_times_at(times, 0.99),
		flow_times_at(times, 0.999), flow_times_at(times, 1));
}

static void run_for(double seconds)
{
	struct timeval time = { (time_t)seconds, (suseconds_t)(fmod(seconds, 1) * 1e6) };

	event_base_loopexit(base, &time);
	event_base_dispatch(base);
}

/* ---- clients of MCP ---------------------------------------------------------------------------------------------- */

/* Follows the list of tools, on a connection that streams and one that asks. */
struct client {
	struct flow *stream, *asks;
	struct clients *clients;
	char session[KEY_SIZE]; /* empty: of the modern era */
	size_t told; /* that the list has changed */
	bool open, asking, stale, saw_last; /* the last change, in a list that it was told to fetch */
	char seen[8]; /* the end of what the stream brought last */
};

struct clients {
	struct client *of;
	size_t count, opened, opening;
	const char *last; /* a tool that the last change brings; NULL: it has not been made yet */
	size_t saw_last;
};

static void ask(struct client *client)
{
	char fields[2 * KEY_SIZE];

	if (client->asking) {
		client->stale = true;
		return;
	}
	client->asking = true;
	client->stale = false;
	if (!client->asks)
		flow_fail("a client has nothing to ask on");
	if (!client->session[0]) {
		flow_send(client->asks, "POST /mcp", MODERN ACCEPT "Mcp-Method: tools/list\r\n",
			"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\",\"params\":{" META "}}");
		return;
	}
	snprintf(fields, sizeof fields, ACCEPT "MCP-Protocol-Version: 2025-11-25\r\nMcp-Session-Id: %s\r\n",
		client->session);
	flow_send(client->asks, "POST /mcp", fields, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}");
}

static void on_list(struct client *client, const char *body, size_t size)
{
	const char *last = client->clients->last;

	client->asking = false;
	if (last && !client->saw_last && memmem(body, size, last, strlen(last))) {
		client->saw_last = true;
		client->clients->saw_last++;
	}
	if (client->stale)
		ask(client);
}

/* The word may be cut in two; what is looked for is short, and comes once for each notification. */
static void on_stream(struct flow *flow, const char *head, const char *body, size_t size)
{
	static const char mark[] = "st_changed";
	struct client *client = flow->user;

	if (head && strncmp(head, "HTTP/1.1 200", 12) != 0)
		flow_fail("a stream was refused: %.60s", head);
	if (head && !client->open) {
		client->open = true;
		client->clients->opened++;
		client->clients->opening--;
	}
	for (const char *at = body; at && (at = memmem(at, size - (size_t)(at - body), mark, sizeof mark - 1)); at++) {
		client->told++;
		if (client->asks)
			ask(client);
	}
}

static void listen_older(struct client *client)
{
	char fields[2 * KEY_SIZE];

	snprintf(fields, sizeof fields,
		"Accept: text/event-stream\r\nMCP-Protocol-Version: 2025-11-25\r\nMcp-Session-Id: %s\r\n",
		client->session);
	client->stream->told = on_stream;
	flow_send(client->stream, "GET /mcp", fields, NULL);
}

static void on_initialized(struct flow *flow, const char *head, const char *body, size_t size)
{
	struct client *client = flow->user;

	if (!head || strncmp(head, "HTTP/1.1 200", 12) != 0)
		flow_fail("initialize was answered %.*s", (int)size, body);
	flow_header(head, "Mcp-Session-Id", client->session, sizeof client->session);
	listen_older(client);
}

static void on_asked(struct flow *flow, const char *head, const char *body, size_t size)
{
	if (!head || strncmp(head, "HTTP/1.1 200", 12) != 0)
		flow_fail("tools/list was answered %.*s", (int)size, body);
	on_list(flow->user, body, size);
}

static void open_older(struct client *client)
{
	client->stream = flow_create(base, port, on_initialized, client);
	flow_send(client->stream, "POST /mcp", ACCEPT,
		"{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"2025-11-25\","
		"\"capabilities\":{},\"clientInfo\":{\"name\":\"bench\",\"version\":\"1\"}}}");
}

static void open_modern(struct client *client)
{
	client->stream = flow_create(base, port, on_stream, client);
	flow_send(client->stream, "POST /mcp", MODERN ACCEPT "Mcp-Method: subscriptions/listen\r\n",
		"{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"subscriptions/listen\",\"params\":{\"notifications\":{"
		"\"toolsListChanged\":true}," META "}}");
}

/* With a token that may. */
static void ask_for_events(struct flow *flow)
{
	char fields[2 * KEY_SIZE];

	snprintf(fields, sizeof fields, "Accept: text/event-stream\r\nAuthorization: Bearer %s\r\n",
		getenv("BENCH_TOKEN"));
	flow_send(flow, "GET /events", fields, NULL);
}

static void open_events(struct client *client)
{
	client->stream = flow_create(base, port, on_stream, client);
	ask_for_events(client->stream);
}

/* One that has made a call and is kept. */
static void open_connection(struct client *client)
{
	client->stream = flow_create(base, port, on_stream, client);
	flow_send(client->stream, "POST /api/v1/greeter/greet", "", "{\"name\":\"World\"}");
}

static const struct kind {
	const char *name;
	void (*open)(struct client *client);
} kinds[] = { { "older", open_older }, { "modern", open_modern }, { "events", open_events },
	{ "connections", open_connection } };

static const struct kind *kind_of(const char *name)
{
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	flow_fail("bench_streams: there is no kind %s", name);
}

static void clients_create(struct clients *clients, size_t count)
{
	clients->of = calloc(count, sizeof *clients->of);
	if (!clients->of)
		flow_fail("out of memory");
}

/* No more at a time than a listener keeps waiting. */
static void clients_open(struct clients *clients, const struct kind *kind, size_t count)
{
	size_t end = clients->count + count;

	while (clients->opened < end) {
		while (clients->count < end && clients->opening < OPENING_MOST) {
			struct client *client = &clients->of[clients->count++];

			client->clients = clients;
			clients->opening++;
			kind->open(client);
		}
		event_base_loop(base, EVLOOP_ONCE);
	}
}

/* ---- idle KIND COUNT --------------------------------------------------------------------------------------------- */

static void idle(char **arguments)
{
	struct clients clients = { 0 };
	size_t count = strtoul(arguments[1], NULL, 10);
	char end;

	clients_create(&clients, count);
	clients_open(&clients, kind_of(arguments[0]), count);
	run_for(0.2);
	printf("%zu\n", clients.opened);
	fflush(stdout);
	while (read(STDIN_FILENO, &end, 1) > 0)
		continue;
}

/* ---- calls SECONDS SLOW ------------------------------------------------------------------------------------------ */

static void on_nothing(struct flow *flow, const char *head, const char *body, size_t size)
{
	(void)flow;
	(void)head;
	(void)body;
	(void)size;
}

/* Half of them ask for long answers, half follow what happens; none reads. */
static void open_slow(size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct flow *flow = flow_create(base, port, on_nothing, NULL);

		bufferevent_disable(flow->connection, EV_READ);
		if (i % 2)
			ask_for_events(flow);
		for (size_t k = 0; i % 2 == 0 && k < PIPELINED; k++)
			flow_send(flow, "GET /openapi.json", "", NULL);
	}
}

static void calls(char **arguments)
{
	static struct caller caller;

	caller_start(&caller);
	run_for(0.5);
	open_slow(strtoul(arguments[1], NULL, 10));
	run_for(arguments[1][0] == '0' ? 0.1 : 3); /* until what lies between is full */
	caller.times.count = 0;
	run_for(strtod(arguments[0], NULL));
	caller_print(&caller);
}

/* ---- changes CLIENTS CHANGES FOLDER ONE OTHER LAST TOOL ---------------------------------------------------------- */

/* A plugin comes, is replaced by another version of it, and goes, in turn. */
struct changing {
	const char *const *files; /* the one, the other */
	char path[512], fresh[512];
	size_t made, wanted;
	struct event *pace;
};

static void put(const struct changing *changing, const char *file, const char *path)
{
	unlink(changing->fresh);
	if (link(file, changing->fresh) != 0 || rename(changing->fresh, path) != 0)
		flow_fail("%s cannot be put at %s", file, path);
}

static void change_once(evutil_socket_t fd, short what, void *user)
{
	struct changing *changing = user;
	size_t step = changing->made++ % 3;

	(void)fd;
	(void)what;
	if (changing->made == changing->wanted)
		event_base_loopbreak(base);
	if (step == 2)
		unlink(changing->path);
	else
		put(changing, changing->files[step], changing->path);
}

static void subscribe(struct clients *clients, size_t count)
{
	clients_create(clients, count);
	clients_open(clients, kind_of("older"), count / 2);
	clients_open(clients, kind_of("modern"), count - count / 2);
	for (size_t i = 0; i < clients->count; i++)
		clients->of[i].asks = flow_create(base, port, on_asked, &clients->of[i]);
}

static double await_last(struct clients *clients)
{
	double began = flow_now_us();

	while (clients->saw_last < clients->count && flow_now_us() - began < 10e6)
		run_for(0.002);
	return (flow_now_us() - began) / 1e3;
}

static size_t told_of(const struct clients *clients, bool most)
{
	size_t told = clients->of[0].told;

	for (size_t i = 1; i < clients->count; i++)
		if (most ? clients->of[i].told > told : clients->of[i].told < told)
			told = clients->of[i].told;
	return told;
}

static void changes(char **arguments)
{
	struct clients clients = { 0 };
	struct changing changing = { .files = (const char *const *)&arguments[3],
		.wanted = strtoul(arguments[1], NULL, 10) };
	struct timeval every = { 0, 60000 };
	double took;

	snprintf(changing.path, sizeof changing.path, "%s/changing.so", arguments[2]);
	snprintf(changing.fresh, sizeof changing.fresh, "%s/.fresh", arguments[2]);
	subscribe(&clients, strtoul(arguments[0], NULL, 10));
	run_for(0.5);
	changing.pace = event_new(base, -1, EV_PERSIST, change_once, &changing);
	event_add(changing.pace, &every);
	event_base_dispatch(base);
	event_del(changing.pace);
	clients.last = arguments[6];
	snprintf(changing.path, sizeof changing.path, "%s/last.so", arguments[2]);
	put(&changing, arguments[5], changing.path);
	took = await_last(&clients);
	printf("{\"changes\":%zu,\"clients\":%zu,\"saw_last\":%zu,\"last_ms\":%.1f,\"told_least\":%zu,\"told_most\":%zu}\n",
		changing.made + 1, clients.count, clients.saw_last, took, told_of(&clients, false),
		told_of(&clients, true));
}

int main(int count, char **arguments)
{
	static const struct {
		const char *name;
		int arguments;
		void (*run)(char **arguments);
	} runs[] = { { "idle", 2, idle }, { "calls", 2, calls }, { "changes", 7, changes } };

	for (size_t i = 0; count > 2 && i < sizeof runs / sizeof runs[0]; i++)
		if (strcmp(arguments[2], runs[i].name) == 0 && count == 3 + runs[i].arguments) {
			port = (int)strtol(arguments[1], NULL, 10);
			base = event_base_new();
			runs[i].run(&arguments[3]);
			return EXIT_SUCCESS;
		}
	fputs("usage: bench_streams PORT idle KIND COUNT | calls SECONDS SLOW | changes CLIENTS CHANGES FOLDER ONE OTHER LAST TOOL\n",
		stderr);
	return EXIT_FAILURE;
}
