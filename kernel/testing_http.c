/* testing_http.c: see testing_http.h. */
#include "testing_http.h"

#include <signalpy/gateway.h>
#include <signalpy/http.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "alloc.h"
#include "list.h"

struct mounted {
	struct sp_ledger_entry entry;
	struct list link;
	sp_runtime *consumer;
	const struct sp_http_route *route;
	void *self;
};

/* The request that is under way. */
struct asked {
	struct sp_http_exchange exchange;
	const struct sp_testing_request *request;
	void (*gone)(void *user);
	void *user;
	json_t *answer; /* NULL: none has begun */
	char *body;
	size_t size;
	bool ended, failed;
};

struct testing_http {
	struct list mounts;
	struct asked *asked;
};

/* ---- what the handler does -------------------------------------------------------------------------------------- */

static struct asked *asked_of(const struct sp_http_exchange *exchange)
{
	return (struct asked *)exchange; /* its first member */
}

/* The value behind a name in a list of both. */
static const char *look_up(const char *const *list, const char *name, int (*compare)(const char *, const char *))
{
	for (; list && list[0]; list += 2)
		if (compare(list[0], name) == 0)
			return list[1];
	return NULL;
}

static const char *header(const struct sp_http_exchange *exchange, const char *name)
{
	return look_up(asked_of(exchange)->request->fields, name, strcasecmp);
}

static const char *part(const struct sp_http_exchange *exchange, const char *name)
{
	const char *value = look_up(asked_of(exchange)->request->parts, name, strcmp);

	return value ? value : "";
}

static const char *caller(const struct sp_http_exchange *exchange)
{
	const char *name = asked_of(exchange)->request->caller;

	return name ? name : "";
}

static void begin(struct sp_http_exchange *exchange, int status, const char *type, const struct sp_http_field *fields)
{
	struct asked *asked = asked_of(exchange);
	json_t *told = json_object();

	if (asked->answer) {
		json_decref(told);
		return;
	}
	for (; fields && fields->name; fields++)
		json_object_set_new(told, fields->name, json_string(fields->value));
	asked->answer = json_pack("{s:i, s:s*, s:o*}", "status", status, "type", type, "fields", told);
	asked->failed = !asked->answer;
}

static size_t send(struct sp_http_exchange *exchange, sp_bytes piece)
{
	struct asked *asked = asked_of(exchange);
	char *body;

	if (!asked->answer || asked->ended || !piece.size)
		return 0;
	body = sp_realloc(asked->body, asked->size + piece.size);
	asked->failed = asked->failed || !body;
	if (!body)
		return 0;
	memcpy(body + asked->size, piece.data, piece.size);
	asked->body = body;
	asked->size += piece.size;
	return 0;
}

static void end(struct sp_http_exchange *exchange)
{
	asked_of(exchange)->ended = true;
}

static void reply(struct sp_http_exchange *exchange, int status, const char *type, const struct sp_http_field *fields,
	sp_bytes body)
{
	if (asked_of(exchange)->answer)
		return;
	begin(exchange, status, type, fields);
	if (type)
		send(exchange, body);
	end(exchange);
}

static void on_gone(struct sp_http_exchange *exchange, void (*gone)(void *user), void *user)
{
	struct asked *asked = asked_of(exchange);

	asked->gone = gone;
	asked->user = user;
}

static void on_stream(struct sp_http_exchange *exchange SP_UNUSED, const struct sp_http_stream_events *events SP_UNUSED,
	void *user SP_UNUSED)
{
}

static const struct sp_http_exchange_ops exchange_ops = {
	.struct_size = sizeof exchange_ops,
	.header = header,
	.reply = reply,
	.on_gone = on_gone,
	.begin = begin,
	.send = send,
	.end = end,
	.on_stream = on_stream,
	.part = part,
	.caller = caller,
};

/* ---- the contract ----------------------------------------------------------------------------------------------- */

static void forget(struct mounted *mounted)
{
	sp_ledger_remove(&mounted->entry);
	list_remove(&mounted->link);
	sp_free(mounted);
}

static void release_entry(struct sp_ledger_entry *entry)
{
	forget(container_of(entry, struct mounted, entry));
}

static struct mounted *find_own(const struct testing_http *server, const sp_runtime *consumer,
	const struct sp_http_route *route)
{
	struct mounted *mounted;

	list_each(mounted, &server->mounts, link)
		if (mounted->consumer == consumer && mounted->route == route)
			return mounted;
	return NULL;
}

static sp_status route(const struct sp_http *http, const struct sp_http_route *route, void *self,
	struct sp_error *error)
{
	struct testing_http *server = http->service.self;
	struct mounted *mounted = find_own(server, http->service.consumer, route);

	if (mounted)
		return SP_OK;
	mounted = sp_calloc(1, sizeof *mounted);
	if (!mounted)
		return sp_error_set(error, SP_NO_MEMORY, "out of memory");
	mounted->entry = (struct sp_ledger_entry){ .kind = "route", .release = release_entry };
	mounted->consumer = http->service.consumer;
	mounted->route = route;
	mounted->self = self;
	list_insert_before(server->mounts.next, &mounted->link);
	sp_ledger_add(mounted->consumer, &mounted->entry);
	return SP_OK;
}

static void unroute(const struct sp_http *http, const struct sp_http_route *route)
{
	struct mounted *mounted = find_own(http->service.self, http->service.consumer, route);

	if (mounted)
		forget(mounted);
}

/* A handler of paths is never asked: it has no name. */
static sp_status mount(const struct sp_http *http SP_UNUSED, const char *prefix, sp_http_handler handler,
	void *user SP_UNUSED)
{
	return *prefix == '/' && handler ? SP_OK : SP_INVALID;
}

static void unmount(const struct sp_http *http SP_UNUSED, const char *prefix SP_UNUSED)
{
}

static const char *const *addresses(const struct sp_http *http SP_UNUSED, size_t *ret_count)
{
	static const char *const none[] = { NULL };

	*ret_count = 0;
	return none;
}

static const struct sp_http table = {
	.service = { .size = sizeof table },
	.mount = mount,
	.unmount = unmount,
	.addresses = addresses,
	.route = route,
	.unroute = unroute,
};

struct testing_http *testing_http_create(void)
{
	struct testing_http *server = sp_calloc(1, sizeof *server);

	if (server)
		list_init(&server->mounts);
	return server;
}

void testing_http_destroy(struct testing_http *server)
{
	sp_free(server);
}

sp_status testing_http_provide(struct testing_http *server, sp_kernel *kernel, int ranking)
{
	return sp_kernel_provide(kernel, &sp_http_contract, &table, server, ranking);
}

/* ---- asking ----------------------------------------------------------------------------------------------------- */

/* The latest of that address: another version of the component may be ending. */
static const struct mounted *find(const struct testing_http *server, const char *address)
{
	const char *dot = strchr(address, '.');
	const struct mounted *mounted;

	list_each(mounted, &server->mounts, link) {
		const char *name = sp_name(mounted->consumer);

		if (dot && strlen(name) == (size_t)(dot - address) && strncmp(name, address, strlen(name)) == 0 &&
			strcmp(mounted->route->name, dot + 1) == 0)
			return mounted;
	}
	return NULL;
}

static void run(const struct mounted *mounted, struct asked *asked)
{
	sp_runtime *consumer = mounted->consumer;
	struct sp_error error = { .code = SP_OK };
	sp_status status;

	sp_runtime_enter(consumer);
	status = sp_runtime_judge(consumer, mounted->route->run(mounted->self, &asked->exchange), &error);
	if (status < 0 && !asked->answer) {
		asked->answer = json_pack("{s:i, s:s, s:s}", "status", sp_status_http(status), "code",
			sp_status_word(status), "message", error.message);
		asked->failed = !asked->answer;
		asked->ended = true;
	}
	sp_runtime_leave(consumer);
}

bool testing_http_begin(struct testing_http *server, const char *address, const struct sp_testing_request *request)
{
	const struct mounted *mounted = find(server, address);
	struct asked *asked = mounted ? sp_calloc(1, sizeof *asked) : NULL;

	if (!asked)
		return false;
	asked->exchange = (struct sp_http_exchange){ .struct_size = sizeof asked->exchange,
		.ops = &exchange_ops,
		.method = mounted->route->method,
		.path = request->path ? request->path : mounted->route->path,
		.query = request->query ? request->query : "",
		.peer = "127.0.0.1:0",
		.body = request->body };
	asked->request = request;
	server->asked = asked;
	run(mounted, asked);
	return true;
}

static json_t *answer_new(struct asked *asked)
{
	json_t *body;

	if (json_object_get(asked->answer, "code"))
		return json_incref(asked->answer);
	body = asked->answer ? json_stringn(asked->size ? asked->body : "", asked->size) : NULL;
	if (!body || asked->failed || json_object_set_new(asked->answer, "body", body) < 0)
		return NULL;
	if (!asked->ended)
		json_object_set_new(asked->answer, "open", json_true());
	return json_incref(asked->answer);
}

json_t *testing_http_end_new(struct testing_http *server)
{
	struct asked *asked = server->asked;
	json_t *answer = answer_new(asked);

	if (!asked->ended && asked->gone)
		asked->gone(asked->user);
	server->asked = NULL;
	json_decref(asked->answer);
	sp_free(asked->body);
	sp_free(asked);
	return answer;
}
