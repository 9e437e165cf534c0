/*
 * control_kit.h: the control socket without a daemon: streams in memory, a gateway that answers when it is told to, and a
 * kernel, plugins and configuration that note what was asked of them. Included by the one file of a test program.
 */
#ifndef TESTS_CONTROL_KIT_H
#define TESTS_CONTROL_KIT_H

#include "control.h"
#include "control_connection.h"

#include <check.h>
#include <signalpy/gateway.h>
#include <signalpy/rows.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct sp_stream {
	const struct sp_stream_events *events;
	void *user;
	int fd, other_fd;
	char *kept; /* what the owner has not consumed */
	size_t kept_size;
	char *sent;
	size_t sent_size, queued;
	int64_t deadline;
	bool paused, ended, aborted;
};

struct sp_call {
	struct sp_request request;
	char address[64], params[256], caller[64];
	bool cancelled;
};

struct sp_subscription {
	void (*receive)(void *user, const sp_event *event);
	void *user;
	char pattern[64];
};

enum { KIT_CALLS = 2048, KIT_SUBSCRIPTIONS = 128 };

static struct {
	struct control control;
	struct sp_call calls[KIT_CALLS]; /* in the order they came */
	unsigned calls_made;
	bool later; /* the gateway keeps calls until kit_answer */
	struct sp_subscription *subscriptions[KIT_SUBSCRIPTIONS];
	char asked[256]; /* what was last asked of kernel, plugins, configuration */
	plugins_done plugins_done;
	void *plugins_user;
	sp_status answer; /* of kernel, plugins, configuration */
	enum sp_kernel_state state;
	unsigned rescans;
	bool shut_down;
	char log[512];
} kit;

static inline void kit_note(const char *what, const char *more)
{
	snprintf(kit.asked, sizeof kit.asked, "%s %s", what, more ? more : "-");
}

/* ---- streams ------------------------------------------------------------------------------------------------------- */

static void kit_adopt(const struct sp_loop *loop, struct sp_stream *stream, const struct sp_stream_events *events,
	void *user)
{
	(void)loop;
	stream->events = events;
	stream->user = user;
}

static sp_status kit_write(const struct sp_loop *loop, struct sp_stream *stream, const void *data, size_t size)
{
	(void)loop;
	ck_assert(!stream->ended);
	stream->sent = realloc(stream->sent, stream->sent_size + size + 1);
	ck_assert_ptr_nonnull(stream->sent);
	memcpy(stream->sent + stream->sent_size, data, size);
	stream->sent_size += size;
	stream->sent[stream->sent_size] = '\0';
	return SP_OK;
}

static size_t kit_queued(const struct sp_loop *loop, const struct sp_stream *stream)
{
	(void)loop;
	return stream->queued;
}

static void kit_pause(const struct sp_loop *loop, struct sp_stream *stream)
{
	(void)loop;
	stream->paused = true;
}

static void kit_resume(const struct sp_loop *loop, struct sp_stream *stream)
{
	(void)loop;
	stream->paused = false;
}

static void kit_deadline(const struct sp_loop *loop, struct sp_stream *stream, int64_t milliseconds)
{
	(void)loop;
	stream->deadline = milliseconds;
}

static void kit_end(const struct sp_loop *loop, struct sp_stream *stream)
{
	(void)loop;
	ck_assert(!stream->ended);
	stream->ended = true;
}

static void kit_abort(const struct sp_loop *loop, struct sp_stream *stream)
{
	stream->aborted = true;
	kit_end(loop, stream);
}

static const struct sp_loop kit_loop = {
	.adopt = kit_adopt,
	.write = kit_write,
	.queued = kit_queued,
	.pause = kit_pause,
	.resume = kit_resume,
	.deadline = kit_deadline,
	.close = kit_end,
	.abort = kit_abort,
};

const struct sp_loop *event_loop_sockets(struct event_loop *loop)
{
	(void)loop;
	return &kit_loop;
}

int event_loop_stream_descriptor(const struct sp_stream *stream)
{
	return stream->fd;
}

/* A client of this process's user connects. */
static inline struct sp_stream *kit_connect(void)
{
	struct sp_stream *stream = calloc(1, sizeof *stream);
	int pair[2];

	ck_assert_ptr_nonnull(stream);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	stream->fd = pair[0];
	stream->other_fd = pair[1];
	connection_accept(&kit.control, stream, "unix");
	return stream;
}

/* Frees a client whose connection has ended. */
static inline void kit_forget(struct sp_stream *stream)
{
	ck_assert(stream->ended);
	close(stream->fd);
	if (stream->other_fd >= 0)
		close(stream->other_fd);
	free(stream->kept);
	free(stream->sent);
	free(stream);
}

/* Hands on what is kept, unless the stream is paused. */
static inline void kit_deliver(struct sp_stream *stream)
{
	size_t consumed;

	if (stream->paused || stream->ended || stream->kept_size == 0)
		return;
	consumed = stream->events->readable(stream->user, stream, stream->kept, stream->kept_size);
	ck_assert_uint_le(consumed, stream->kept_size);
	memmove(stream->kept, stream->kept + consumed, stream->kept_size - consumed);
	stream->kept_size -= consumed;
}

/* The client sends bytes. */
static inline void kit_send(struct sp_stream *stream, const char *data, size_t size)
{
	stream->kept = realloc(stream->kept, stream->kept_size + size);
	ck_assert_ptr_nonnull(stream->kept);
	memcpy(stream->kept + stream->kept_size, data, size);
	stream->kept_size += size;
	kit_deliver(stream);
}

/* The client's deadline passes, if it has one. */
static inline void kit_expire(struct sp_stream *stream)
{
	if (stream->deadline > 0 && !stream->ended)
		stream->events->timed_out(stream->user, stream);
}

/* The client goes away. */
static inline void kit_hang_up(struct sp_stream *stream)
{
	close(stream->other_fd);
	stream->other_fd = -1;
	stream->events->closed(stream->user, stream, SP_OK);
}

/* Takes all that was sent to the client; the caller frees it. */
static inline char *kit_take(struct sp_stream *stream)
{
	char *sent = stream->sent ? stream->sent : strdup("");

	stream->sent = NULL;
	stream->sent_size = 0;
	return sent;
}

/* The client has been sent this, and nothing else, since the last time. */
static inline void kit_expect(struct sp_stream *stream, const char *lines)
{
	char *sent = kit_take(stream);

	ck_assert_str_eq(sent, lines);
	free(sent);
}

/* Sends one line and takes the line that answers it. */
static inline json_t *kit_ask_new(struct sp_stream *stream, const char *line)
{
	char *sent;
	json_t *answer;

	kit_send(stream, line, strlen(line));
	kit_send(stream, "\n", 1);
	sent = kit_take(stream);
	answer = json_loads(sent, 0, NULL);
	ck_assert_msg(answer != NULL, "%s was answered by %s", line, sent);
	free(sent);
	return answer;
}

/* ---- the gateway --------------------------------------------------------------------------------------------------- */

static inline void kit_answer(struct sp_call *call, sp_status status, const char *data)
{
	json_t *json = data ? json_loads(data, 0, NULL) : NULL;
	json_t *details = json_pack("[{s:s, s:s}]", "pointer", "/name", "message", "is missing");
	const struct sp_answer answer = {
		.struct_size = sizeof answer,
		.status = status,
		.code = status == SP_OK ? NULL : sp_status_word(status),
		.data = json,
		.message = status == SP_OK ? NULL : "it was told to fail",
		.details = status == SP_INVALID ? details : NULL,
	};

	call->request.done(call->request.user, &answer);
	json_decref(json);
	json_decref(details);
}

static void kit_call(const struct sp_gateway *gateway, const struct sp_request *request, sp_call **ret_call)
{
	struct sp_call *call = &kit.calls[kit.calls_made++ % KIT_CALLS];

	(void)gateway;
	call->request = *request;
	call->cancelled = false;
	ck_assert_uint_eq(request->transport, SP_CLI);
	snprintf(call->address, sizeof call->address, "%s", request->address);
	snprintf(call->params, sizeof call->params, "%.*s", (int)request->params.size,
		(const char *)request->params.data);
	snprintf(call->caller, sizeof call->caller, "%s%s", request->identity->name,
		request->identity->privileged ? " privileged" : "");
	if (kit.later)
		*ret_call = call;
	else if (strcmp(request->address, "greeter.greet") == 0)
		kit_answer(call, SP_OK, "{\"message\":\"Hello\"}");
	else
		kit_answer(call, strcmp(request->address, "greeter.invalid") == 0 ? SP_INVALID : SP_NOT_FOUND, NULL);
}

static void kit_cancel(const struct sp_gateway *gateway, sp_call *call)
{
	(void)gateway;
	ck_assert(!call->cancelled);
	call->cancelled = true;
}

SP_RECORD(kit_greet, (string, name, .otherwise = "world", .about = "whom"));

static const struct sp_exposed kit_exposed = { .struct_size = sizeof kit_exposed,
	.address = "greeter.greet",
	.instance = "greeter",
	.component = "greeter",
	.runnable = "greet",
	.about = "Greets",
	.rest_path = "v1/greeter/greet",
	.takes = &kit_greet_record,
	.transports = SP_REST | SP_CLI,
	.destructive = true,
	.timeout_ms = 5000 };

static const struct sp_exposed *kit_find(const struct sp_gateway *gateway, const char *address)
{
	(void)gateway;
	return strcmp(address, kit_exposed.address) == 0 ? &kit_exposed : NULL;
}

static void kit_each(const struct sp_gateway *gateway, unsigned transports,
	bool (*visit)(void *user, const struct sp_exposed *exposed), void *user)
{
	(void)gateway;
	if (transports & kit_exposed.transports)
		visit(user, &kit_exposed);
}

static const struct sp_gateway kit_gateway = { .call = kit_call,
	.cancel = kit_cancel,
	.find = kit_find,
	.each = kit_each };

/* ---- the kernel ---------------------------------------------------------------------------------------------------- */

json_t *sp_kernel_status_new(sp_kernel *kernel)
{
	(void)kernel;
	return json_pack("{s:s, s:[s], s:[]}", "state", "degraded", "reasons", "dictionary is errored", "components");
}

json_t *sp_kernel_components_new(sp_kernel *kernel)
{
	(void)kernel;
	return json_pack("[{s:s}]", "name", "greeter");
}

json_t *sp_kernel_component_new(sp_kernel *kernel, const char *instance)
{
	(void)kernel;
	return strcmp(instance, "greeter") == 0 ? json_pack("{s:s}", "name", "greeter") : NULL;
}

json_t *sp_kernel_services_new(sp_kernel *kernel)
{
	(void)kernel;
	return json_pack("[{s:s}]", "contract", "IDictionary/1");
}

json_t *sp_kernel_graph_new(sp_kernel *kernel)
{
	(void)kernel;
	return json_pack("{s:[], s:[]}", "nodes", "edges");
}

enum sp_kernel_state sp_kernel_state(const sp_kernel *kernel)
{
	(void)kernel;
	return kit.state;
}

void sp_kernel_drain(sp_kernel *kernel)
{
	(void)kernel;
	kit_note("drain", NULL);
}

sp_status sp_kernel_retry(sp_kernel *kernel, const char *instance, struct sp_error *error)
{
	(void)kernel;
	kit_note("retry", instance);
	return kit.answer == SP_OK ? SP_OK : sp_error_set(error, kit.answer, "%s is not errored", instance);
}

sp_status sp_kernel_publish(sp_kernel *kernel, const char *type, json_t *data)
{
	(void)kernel;
	kit_note("publish", type);
	json_decref(data);
	return kit.answer;
}

sp_subscription *sp_kernel_subscribe(sp_kernel *kernel, const char *pattern,
	void (*receive)(void *user, const sp_event *event), void *user)
{
	struct sp_subscription *subscription = calloc(1, sizeof *subscription);
	unsigned free_place = 0;

	(void)kernel;
	ck_assert_ptr_nonnull(subscription);
	subscription->receive = receive;
	subscription->user = user;
	snprintf(subscription->pattern, sizeof subscription->pattern, "%s", pattern);
	while (kit.subscriptions[free_place])
		free_place++;
	kit.subscriptions[free_place] = subscription;
	return subscription;
}

void sp_subscription_destroy(sp_subscription *subscription)
{
	for (unsigned i = 0; i < KIT_SUBSCRIPTIONS; i++) {
		if (kit.subscriptions[i] == subscription)
			kit.subscriptions[i] = NULL;
	}
	free(subscription);
}

/* Publishes to every watch. */
static inline void kit_publish(const char *type, json_t *data)
{
	const sp_event event = { .struct_size = sizeof event,
		.type = type,
		.data = data,
		.source = "greeter",
		.time_ms = 1700000000123 };

	for (unsigned i = 0; i < KIT_SUBSCRIPTIONS; i++) {
		if (kit.subscriptions[i])
			kit.subscriptions[i]->receive(kit.subscriptions[i]->user, &event);
	}
	json_decref(data);
}

static inline unsigned kit_subscription_count(void)
{
	unsigned count = 0;

	for (unsigned i = 0; i < KIT_SUBSCRIPTIONS; i++)
		count += kit.subscriptions[i] != NULL;
	return count;
}

/* ---- plugins ------------------------------------------------------------------------------------------------------- */

static void kit_plugins(const char *what, const char *name, plugins_done done, void *user)
{
	kit_note(what, name);
	kit.plugins_done = done;
	kit.plugins_user = user;
}

/* The plugins are done with what was asked last. */
static inline void kit_plugins_finish(sp_status status)
{
	json_t *result = json_pack("{s:s, s:s}", "name", "greeter", "state", "active");
	struct sp_error error = { 0 };

	if (status == SP_OK) {
		kit.plugins_done(kit.plugins_user, SP_OK, result, NULL);
	} else {
		sp_error_set(&error, status, "the file is truncated");
		kit.plugins_done(kit.plugins_user, status, NULL, &error);
	}
	json_decref(result);
}

void plugins_load(struct plugins *plugins, const char *path, plugins_done done, void *user)
{
	(void)plugins;
	kit_plugins("load", path, done, user);
}

void plugins_unload(struct plugins *plugins, const char *name, plugins_done done, void *user)
{
	(void)plugins;
	kit_plugins("unload", name, done, user);
}

void plugins_update(struct plugins *plugins, const char *name, const char *path, plugins_done done, void *user)
{
	(void)plugins;
	(void)name;
	kit_plugins("update", path, done, user);
}

void plugins_rescan(struct plugins *plugins)
{
	(void)plugins;
	kit.rescans++;
}

json_t *plugins_list_new(const struct plugins *plugins)
{
	(void)plugins;
	return json_pack("[{s:s, s:s}, {s:s, s:s}]", "name", "greeter", "state", "active", "path", "/x.so", "state",
		"refused");
}

json_t *plugins_inspect_new(const struct plugins *plugins, const char *name)
{
	(void)plugins;
	return strcmp(name, "greeter") == 0 ? json_pack("{s:s}", "name", "greeter") : NULL;
}

/* ---- configuration ------------------------------------------------------------------------------------------------- */

json_t *configuration_show_new(const struct configuration *configuration, bool reveal)
{
	(void)configuration;
	return json_pack("{s:{s:i, s:s}, s:{s:s, s:s}, s:{s:s, s:s}}", "a.port", "value", 1, "origin", "main.json",
		"a.token", "value", reveal ? "hunter2" : "(secret)", "origin", "run time", "ab", "value", "x", "origin",
		"default");
}

const json_t *configuration_get(const struct configuration *configuration, const char *path)
{
	static json_t *kept;

	(void)configuration;
	json_decref(kept);
	kept = NULL;
	if (strcmp(path, "a") == 0)
		kept = json_pack("{s:i, s:s}", "port", 1, "token", "hunter2");
	else if (strcmp(path, "a.token") == 0)
		kept = json_string("hunter2");
	return kept;
}

sp_status configuration_set(struct configuration *configuration, const char *path, json_t *value,
	struct sp_error *error)
{
	char *text = json_dumps(value, JSON_ENCODE_ANY);

	(void)configuration;
	kit_note(path, text);
	free(text);
	json_decref(value);
	if (kit.answer == SP_OK)
		return SP_OK;
	sp_error_set(error, kit.answer, "must be a number");
	strcpy(error->pointer, "/a/port");
	return kit.answer;
}

sp_status configuration_unset(struct configuration *configuration, const char *path, struct sp_error *error)
{
	(void)configuration;
	kit_note("unset", path);
	return kit.answer == SP_OK ? SP_OK : sp_error_set(error, kit.answer, "%s was not set", path);
}

static sp_status kit_report(json_t **ret_report)
{
	*ret_report = json_pack("{s:b, s:[{s:s, s:s}]}", "ok", kit.answer == SP_OK, "faults", "file", "main.json",
		"message", "a comma is missing");
	return kit.answer;
}

sp_status configuration_reload(struct configuration *configuration, json_t **ret_report)
{
	(void)configuration;
	kit_note("reload", NULL);
	return kit_report(ret_report);
}

sp_status configuration_check(struct configuration *configuration, json_t **ret_report)
{
	(void)configuration;
	return kit_report(ret_report);
}

json_t *configuration_faults_new(const struct configuration *configuration)
{
	(void)configuration;
	return json_pack("[{s:s}]", "message", "a comma is missing");
}

/* ---- the rest ------------------------------------------------------------------------------------------------------ */

void log_printf(struct log *log, enum sp_level level, const char *format, ...)
{
	va_list arguments;

	(void)log;
	(void)level;
	va_start(arguments, format);
	vsnprintf(kit.log, sizeof kit.log, format, arguments);
	va_end(arguments);
}

static void kit_shutdown(void *user)
{
	ck_assert_ptr_eq(user, &kit);
	kit.shut_down = true;
}

static json_t *kit_bound_new(void *user)
{
	ck_assert_ptr_eq(user, &kit);
	return json_pack("{s:s}", "control", "/run/x");
}

static inline void kit_open(void)
{
	memset(&kit, 0, sizeof kit);
	kit.state = SP_KERNEL_DEGRADED;
	kit.control.options = (struct control_options){ .gateway = &kit_gateway,
		.shutdown = kit_shutdown,
		.bound_new = kit_bound_new,
		.user = &kit };
	kit.control.sockets = &kit_loop;
	kit.control.owner = geteuid();
	kit.control.group = PEER_NO_GROUP;
	LIST_INIT(&kit.control.connections);
}

static inline void kit_close(void)
{
	while (!LIST_EMPTY(&kit.control.connections))
		connection_destroy(LIST_FIRST(&kit.control.connections));
	ck_assert_uint_eq(kit.control.connection_count, 0);
	ck_assert_uint_eq(kit_subscription_count(), 0);
	configuration_get(NULL, "");
}

#endif
