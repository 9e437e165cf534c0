/* testing.c: a kernel in a unit test; see <signalpy/testing.h>. */
#include <signalpy/testing.h>
#include <stdio.h>
#include <string.h>

#include "alloc.h"
#include "call.h"
#include "kernel.h"
#include "lifecycle.h"
#include "testing_http.h"
#include "testing_loop.h"
#include "testing_storage.h"

/* How long a component may take to come to rest, on the test's own clock. */
enum { PATIENCE_MS = 60000 };

/* What a test adds itself is preferred to the fakes. */
enum { RANKING = 1000 };

/* Lines that were collected, and what the last reader was given. */
struct lines {
	char *text, *given;
	size_t length; /* of text */
};

struct sp_testing {
	struct testing_loop *loop;
	struct testing_storage *storage;
	struct testing_http *http; /* NULL: nothing was asked of it */
	sp_kernel *kernel;
	json_t *configuration;
	struct lines log, events;
	sp_subscription *subscription;
};

static void add_line(struct lines *lines, const char *line)
{
	size_t length = strlen(line);
	char *wider = sp_realloc(lines->text, lines->length + length + 2);

	if (!wider)
		return;
	snprintf(wider + lines->length, length + 2, "%s\n", line);
	lines->text = wider;
	lines->length += length + 1;
}

static const char *read_lines(struct lines *lines, bool clear)
{
	if (!clear)
		return lines->text ? lines->text : "";
	sp_free(lines->given);
	lines->given = lines->text;
	lines->text = NULL;
	lines->length = 0;
	return lines->given ? lines->given : "";
}

static void finish_lines(struct lines *lines)
{
	sp_free(lines->text);
	sp_free(lines->given);
}

static void take_log(void *user, enum sp_level level, const char *instance, const char *message)
{
	static const char *const words[] = { "debug", "info", "warning", "error" };
	struct sp_testing *testing = user;
	char line[640];

	snprintf(line, sizeof line, "%s %s: %s", words[level], *instance ? instance : "kernel", message);
	add_line(&testing->log, line);
}

static void take_event(void *user, const sp_event *event)
{
	struct sp_testing *testing = user;
	char *data = json_dumps(event->data, JSON_COMPACT | JSON_ENCODE_ANY);
	size_t size = strlen(event->type) + (data ? strlen(data) : 0) + 2;
	char *line = sp_malloc(size);

	if (line) {
		snprintf(line, size, "%s %s", event->type, data ? data : "");
		add_line(&testing->events, line);
	}
	sp_free(line);
	sp_free(data);
}

/* The logger of components under test: what they write is collected. */
static void write_log(const struct sp_logger *logger, enum sp_level level, const char *format, va_list arguments)
	SP_FORMAT(3, 0);
static void write_log(const struct sp_logger *logger, enum sp_level level, const char *format, va_list arguments)
{
	char message[512];

	vsnprintf(message, sizeof message, format, arguments);
	take_log(logger->service.self, level, sp_name(logger->service.consumer), message);
}

static const struct sp_logger logger_table = { .service = { .size = sizeof(struct sp_logger) }, .write = write_log };

/* Sets a dotted path below tree, making the objects on the way; SP_INVALID where something else stands in it. */
static sp_status set_path(json_t *tree, const char *path, json_t *value)
{
	const char *dot;

	while ((dot = strchr(path, '.')) != NULL) {
		json_t *below = json_object_getn(tree, path, (size_t)(dot - path));

		if (!below) {
			below = json_object();
			if (json_object_setn_new(tree, path, (size_t)(dot - path), below))
				return SP_NO_MEMORY;
		}
		if (!json_is_object(below))
			return SP_INVALID;
		tree = below;
		path = dot + 1;
	}
	return json_object_set(tree, path, value) ? SP_NO_MEMORY : SP_OK;
}

/* Takes away what is at a dotted path below tree, if anything is. */
static void unset_path(json_t *tree, const char *path)
{
	const char *dot = strrchr(path, '.');
	json_t *above = tree;

	while (dot && above && path < dot) {
		size_t length = strcspn(path, ".");

		above = json_object_getn(above, path, length);
		path += length + 1;
	}
	json_object_del(above, path);
}

static sp_status change_paths(json_t *tree, const json_t *changes)
{
	sp_status status = SP_OK;
	const char *path;
	json_t *value;

	json_object_foreach((json_t *)changes, path, value) {
		if (json_is_null(value))
			unset_path(tree, path);
		else if (status == SP_OK)
			status = set_path(tree, path, value);
	}
	return status;
}

/* The first fault in words. */
static sp_status tell(const json_t *faults, sp_status status, struct sp_error *error)
{
	const json_t *fault = json_array_get(faults, 0);
	const char *path = json_string_value(json_object_get(fault, "path"));
	const char *message = json_string_value(json_object_get(fault, "message"));

	if (status != SP_OK)
		sp_error_set(error, status, "%s: %s", path ? path : "the configuration",
			message ? message : sp_status_word(status));
	return status;
}

/* What components change of the configuration, and the test. */
static sp_status change(void *user, const json_t *changes, struct sp_error *error)
{
	struct sp_testing *testing = user;
	json_t *tree = json_deep_copy(testing->configuration), *faults = json_array();
	sp_status status = tree && faults ? change_paths(tree, changes) : SP_NO_MEMORY;

	if (status == SP_OK)
		status = sp_kernel_configure(testing->kernel, json_incref(tree), faults);
	tell(faults, status, error);
	if (status == SP_OK) {
		json_decref(testing->configuration);
		testing->configuration = json_incref(tree);
	}
	json_decref(tree);
	json_decref(faults);
	return status;
}

static sp_status open_kernel(struct sp_testing *testing)
{
	struct sp_kernel_options options = { .struct_size = sizeof options,
		.ops = testing_loop_ops(),
		.loop = testing->loop,
		.user = testing,
		.log = take_log,
		.change = change };

	testing->kernel = sp_kernel_create(&options, NULL);
	if (!testing->kernel)
		return SP_NO_MEMORY;
	if (sp_kernel_provide(testing->kernel, &sp_logger_contract, &logger_table, testing, RANKING) != SP_OK ||
		testing_storage_provide(testing->storage, testing->kernel, RANKING) != SP_OK)
		return SP_NO_MEMORY;
	testing->subscription = sp_kernel_subscribe(testing->kernel, "*", take_event, testing);
	if (!testing->subscription)
		return SP_NO_MEMORY;
	return sp_kernel_configure(testing->kernel, json_incref(testing->configuration), NULL);
}

sp_testing *sp_testing_create(const char *configuration)
{
	struct sp_testing *testing = sp_calloc(1, sizeof *testing);

	if (!testing)
		return NULL;
	testing->loop = testing_loop_create();
	testing->storage = testing->loop ? testing_storage_create(testing_loop_ops(), testing->loop) : NULL;
	testing->configuration = json_loads(configuration ? configuration : "{}", JSON_REJECT_DUPLICATES, NULL);
	if (!testing->loop || !testing->storage || !testing->configuration || open_kernel(testing) != SP_OK) {
		sp_testing_destroy(testing);
		return NULL;
	}
	sp_kernel_boot(testing->kernel);
	testing_loop_turn(testing->loop);
	return testing;
}

static void note_stopped(void *user)
{
	*(bool *)user = true;
}

void sp_testing_destroy(sp_testing *testing)
{
	bool stopped = false;

	if (!testing)
		return;
	if (testing->kernel) {
		testing_loop_hold_work(testing->loop, false);
		testing_storage_hold(testing->storage, false);
		sp_kernel_stop(testing->kernel, note_stopped, &stopped);
		testing_loop_turn(testing->loop);
		if (!stopped)
			testing_loop_advance(testing->loop, (int64_t)PATIENCE_MS * 1000000);
		sp_subscription_destroy(testing->subscription);
		sp_kernel_destroy(testing->kernel);
	}
	testing_http_destroy(testing->http);
	testing_storage_destroy(testing->storage);
	testing_loop_destroy(testing->loop);
	json_decref(testing->configuration);
	finish_lines(&testing->log);
	finish_lines(&testing->events);
	sp_free(testing);
}

sp_kernel *sp_testing_kernel(sp_testing *testing)
{
	return testing->kernel;
}

sp_plugin_handle *sp_testing_add(sp_testing *testing, const struct sp_plugin *descriptor, struct sp_error *error)
{
	sp_plugin_handle *plugin = NULL;

	if (sp_kernel_add(testing->kernel, descriptor, NULL, &plugin, error) != SP_OK)
		return NULL;
	testing_loop_turn(testing->loop);
	return plugin;
}

struct replaced {
	bool done;
	sp_status status;
	struct sp_error error;
	sp_plugin_handle *now;
};

static void note_replaced(void *user, sp_status status, const struct sp_error *error, sp_plugin_handle *now)
{
	struct replaced *replaced = user;

	replaced->done = true;
	replaced->status = status;
	if (error)
		replaced->error = *error;
	replaced->now = now;
}

sp_status sp_testing_replace(sp_testing *testing, sp_plugin_handle **plugin, const struct sp_plugin *descriptor,
	struct sp_error *error)
{
	struct replaced replaced = { 0 };
	struct sp_replacement how = { .struct_size = sizeof how,
		.descriptor = descriptor,
		.done = note_replaced,
		.user = &replaced };
	sp_status status = sp_kernel_replace(*plugin, &how, error);

	if (status != SP_OK)
		return status;
	testing_loop_turn(testing->loop);
	if (!replaced.done)
		testing_loop_advance(testing->loop, (int64_t)PATIENCE_MS * 1000000);
	if (error && replaced.status != SP_OK)
		*error = replaced.error;
	*plugin = replaced.now;
	return replaced.status;
}

void sp_testing_remove(sp_testing *testing, sp_plugin_handle *plugin)
{
	sp_kernel_remove(plugin);
	testing_loop_turn(testing->loop);
}

void sp_testing_turn(sp_testing *testing)
{
	testing_loop_turn(testing->loop);
}

void sp_testing_advance(sp_testing *testing, int64_t milliseconds)
{
	testing_loop_advance(testing->loop, nanoseconds_of(milliseconds));
}

void sp_testing_hold_work(sp_testing *testing, bool hold)
{
	testing_loop_hold_work(testing->loop, hold);
}

void sp_testing_work(sp_testing *testing)
{
	testing_loop_work(testing->loop);
	testing_loop_turn(testing->loop);
}

sp_status sp_testing_set(sp_testing *testing, const char *path, const char *text)
{
	json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
	json_t *changes = value ? json_pack("{s:O}", path, value) : NULL;
	sp_status status = changes ? change(testing, changes, NULL) : SP_INVALID;

	testing_loop_turn(testing->loop);
	json_decref(value);
	json_decref(changes);
	return status;
}

static void take_answer(void *user, const struct sp_answer *answer)
{
	json_t **ret_answer = user;

	if (answer->status == SP_OK)
		*ret_answer = json_pack("{s:b, s:o}", "ok", 1, "data", json_deep_copy(answer->data));
	else
		*ret_answer = json_pack("{s:b, s:{s:s, s:s, s:o*}}", "ok", 0, "error", "code", answer->code, "message",
			answer->message, "details", json_deep_copy(answer->details));
}

json_t *sp_testing_call_new(sp_testing *testing, const char *address, const char *params)
{
	json_t *answer = NULL;
	struct sp_request request = { .struct_size = sizeof request,
		.address = address,
		.params = { params, params ? strlen(params) : 0 },
		.done = take_answer,
		.user = &answer };
	sp_call *call;

	call_begin(testing->kernel, NULL, &request, &call);
	testing_loop_turn(testing->loop);
	if (!answer && call)
		call_cancel(call);
	return answer;
}

const char *sp_testing_state(sp_testing *testing, const char *name)
{
	struct table_link *link = table_find(&testing->kernel->instances_by_name, name, strlen(name));

	return link ? instance_state_word(container_of(link, struct instance, by_name)->state) : "";
}

const char *sp_testing_log(sp_testing *testing, bool clear)
{
	return read_lines(&testing->log, clear);
}

const char *sp_testing_events(sp_testing *testing, bool clear)
{
	return read_lines(&testing->events, clear);
}

sp_status sp_testing_store(sp_testing *testing, const char *instance, const char *key, const char *text)
{
	return testing_storage_put(testing->storage, instance, key, text);
}

const char *sp_testing_stored(sp_testing *testing, const char *instance, const char *key)
{
	return testing_storage_get(testing->storage, instance, key);
}

void sp_testing_fail_storage(sp_testing *testing, sp_status status, unsigned count)
{
	testing_storage_fail(testing->storage, status, count);
}

void sp_testing_hold_storage(sp_testing *testing, bool hold)
{
	testing_storage_hold(testing->storage, hold);
	testing_loop_turn(testing->loop);
}

static sp_status serve_http(sp_testing *testing)
{
	if (testing->http)
		return SP_OK;
	testing->http = testing_http_create();
	if (!testing->http || testing_http_provide(testing->http, testing->kernel, RANKING) != SP_OK)
		return SP_NO_MEMORY;
	testing_loop_turn(testing->loop);
	return SP_OK;
}

json_t *sp_testing_request_new(sp_testing *testing, const char *address, const struct sp_testing_request *request)
{
	json_t *answer;

	if (serve_http(testing) != SP_OK || !testing_http_begin(testing->http, address, request))
		return NULL;
	testing_loop_turn(testing->loop);
	answer = testing_http_end_new(testing->http);
	testing_loop_turn(testing->loop);
	return answer;
}
