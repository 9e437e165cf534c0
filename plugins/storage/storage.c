/* storage: keeps bytes by key in a file, each instance's its own, durable before a put is answered. */
#include "worker.h"

#include <signalpy/component.h>
#include <signalpy/kernel.h>
#include <signalpy/logger.h>
#include <signalpy/places.h>
#include <signalpy/storage.h>
#include <stdlib.h>
#include <string.h>

enum { VALUE_MOST = 16 << 20, WAITING_MOST = 10000, WAITING_BYTES_MOST = 256 << 20 };

SP_RECORD(storage_settings,
	(string, path, .min_length = 1, .about = "the file; storage.db in the daemon's state directory when absent"));

/* A request with the loop's side of it, and the texts behind it. */
struct asked {
	struct storage_request request;
	struct sp_ledger_entry entry;
	sp_runtime *consumer; /* NULL: it has ended */
	sp_stored_done done;
	void *user;
	char text[];
};

SP_COMPONENT(storage,
	(about,            "Keeps bytes by key for components, durably."),
	(settings,         storage_settings, settings),
	(optional,         sp_places, places),
	(optional,         sp_logger, log),
	(provide,          sp_storage),
	(member,           char *, path),
	(member,           struct worker *, worker),
	(member,           sp_run *, run), /* of activate or deactivate */
	(member,           size_t, waiting),
	(member,           size_t, waiting_bytes),
	(member,           bool, stopping),
	(member,           bool, troubled),
	(watch,            answered),
	(check,            storage_settings),
	(activate_later),
	(deactivate_later));

/* ---- requests ---------------------------------------------------------------------------------------------------- */

static struct asked *asked_of(struct storage_request *request)
{
	return (struct asked *)request; /* its first member */
}

/* The entry's place in what is asked. */
static void release_entry(struct sp_ledger_entry *entry)
{
	struct asked *asked = (struct asked *)(void *)((char *)entry - offsetof(struct asked, entry));

	asked->consumer = NULL;
}

static struct asked *asked_create(enum storage_kind kind, const char *instance, const char *key, sp_bytes value)
{
	size_t instance_size = strlen(instance) + 1, key_size = strlen(key) + 1;
	struct asked *asked = calloc(1, sizeof *asked + instance_size + key_size + value.size);
	char *at;

	if (!asked)
		return NULL;
	at = asked->text;
	memcpy(at, instance, instance_size);
	memcpy(at + instance_size, key, key_size);
	if (value.size)
		memcpy(at + instance_size + key_size, value.data, value.size);
	asked->request = (struct storage_request){ .kind = kind,
		.instance = at,
		.key = at + instance_size,
		.value = { at + instance_size + key_size, value.size } };
	return asked;
}

static void asked_destroy(struct asked *asked)
{
	free(asked->request.found);
	free(asked->request.keys);
	free(asked);
}

static bool is_full(const struct storage *self, size_t more)
{
	return self->waiting >= WAITING_MOST || self->waiting_bytes + more > WAITING_BYTES_MOST;
}

/* Enters what is asked in the consumer's ledger, and counts it as work of this instance until it is told. */
static sp_status begin(const struct sp_storage *service, struct asked *asked, sp_stored_done done, void *user)
{
	struct storage *self = sp_self(storage, service);

	if (!asked)
		return SP_NO_MEMORY;
	asked->consumer = service->service.consumer;
	asked->done = done;
	asked->user = user;
	asked->entry =
		(struct sp_ledger_entry){ .kind = "storage", .file = "signalpy.storage", .release = release_entry };
	sp_ledger_add(asked->consumer, &asked->entry);
	self->waiting++;
	self->waiting_bytes += asked->request.value.size;
	sp_work_begin(self->rt);
	worker_add(self->worker, &asked->request);
	return SP_OK;
}

static sp_status ask(const struct sp_storage *service, enum storage_kind kind, const char *key, sp_stored_done done,
	void *user)
{
	const struct storage *self = sp_self(storage, service);
	const char *consumer = sp_name(service->service.consumer);

	if (self->stopping || is_full(self, 0))
		return SP_UNAVAILABLE;
	return begin(service, asked_create(kind, consumer, key, (sp_bytes){ NULL, 0 }), done, user);
}

static bool is_key(const char *key)
{
	return key && *key && strlen(key) <= SP_STORAGE_KEY_MAX;
}

static sp_status storage_put(const struct sp_storage *service, const char *key, sp_bytes value, sp_stored_done done,
	void *user)
{
	const struct storage *self = sp_self(storage, service);
	const char *consumer = sp_name(service->service.consumer);

	if (!is_key(key) || (!value.data && value.size) || value.size > VALUE_MOST)
		return SP_INVALID;
	if (self->stopping || is_full(self, value.size))
		return SP_UNAVAILABLE;
	return begin(service, asked_create(STORAGE_PUT, consumer, key, value), done, user);
}

static sp_status storage_get(const struct sp_storage *service, const char *key, sp_stored_done done, void *user)
{
	return is_key(key) && done ? ask(service, STORAGE_GET, key, done, user) : SP_INVALID;
}

static sp_status storage_list(const struct sp_storage *service, const char *prefix, sp_stored_done done, void *user)
{
	return done ? ask(service, STORAGE_LIST, prefix ? prefix : "", done, user) : SP_INVALID;
}

static sp_status storage_remove(const struct sp_storage *service, const char *key, sp_stored_done done, void *user)
{
	return is_key(key) ? ask(service, STORAGE_REMOVE, key, done, user) : SP_INVALID;
}

SP_SERVICE(storage, sp_storage, .put = storage_put, .get = storage_get, .list = storage_list, .remove = storage_remove);

/* ---- answers ----------------------------------------------------------------------------------------------------- */

/* Says once that requests fail, and once that they do no more. */
static void follow_trouble(struct storage *self, const struct storage_request *request)
{
	bool failed = request->status != SP_OK && request->status != SP_NOT_FOUND;

	if (failed && !self->troubled)
		sp_error(self->log, "requests fail: %s", request->message);
	else if (!failed && self->troubled)
		sp_info(self->log, "requests succeed again");
	self->troubled = failed;
}

static void tell(const struct asked *asked)
{
	const struct storage_request *request = &asked->request;
	const struct sp_stored stored = { .struct_size = sizeof stored,
		.status = request->status,
		.message = request->message,
		.value = { request->kind == STORAGE_GET ? request->found : NULL,
			request->kind == STORAGE_GET ? request->size : 0 },
		.keys = request->keys,
		.count = request->count };

	sp_runtime_enter(asked->consumer);
	asked->done(asked->user, &stored);
	sp_runtime_leave(asked->consumer);
}

static void finish(struct storage *self, struct asked *asked)
{
	follow_trouble(self, &asked->request);
	if (asked->consumer)
		sp_ledger_remove(&asked->entry);
	if (asked->consumer && asked->done)
		tell(asked);
	self->waiting--;
	self->waiting_bytes -= asked->request.value.size;
	asked_destroy(asked);
	sp_work_end(self->rt);
}

static void drop_worker(struct storage *self)
{
	sp_watch_stop(self->answered);
	worker_destroy(self->worker);
	free(self->path);
	self->worker = NULL;
	self->path = NULL;
}

/* The worker has ended: so does the hook that waited for it. */
static sp_status part(struct storage *self, sp_status status, const struct sp_error *why)
{
	sp_run *run = self->run;

	drop_worker(self);
	self->run = NULL;
	if (status != SP_OK)
		sp_fail(run, status, "%s", why->message);
	sp_finish(run, status);
	return SP_OK;
}

static sp_status storage_answered(struct storage *self, int fd SP_UNUSED, unsigned events SP_UNUSED)
{
	enum worker_state state;
	struct sp_error error;
	struct storage_request *request = worker_collect(self->worker, &state, &error), *next;

	for (; request; request = next) {
		next = request->next;
		finish(self, asked_of(request));
	}
	if (state == WORKER_REFUSED)
		return part(self, error.code, &error);
	if (state == WORKER_ENDED)
		return part(self, SP_OK, NULL);
	if (state == WORKER_OPEN && self->run && !self->stopping) {
		sp_finish(self->run, SP_OK);
		self->run = NULL;
	}
	return SP_OK;
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

/* The path that the settings mean, which the caller frees; *ret_path is NULL when they mean none. */
static sp_status path_of(const struct storage *self, const char *set, char **ret_path)
{
	const struct sp_places *places = sp_peek(self->places);
	const char *directory = places ? places->state(places) : NULL;
	size_t size;

	*ret_path = NULL;
	if (set) {
		*ret_path = strdup(set);
		return *ret_path ? SP_OK : SP_NO_MEMORY;
	}
	if (!directory)
		return SP_OK;
	size = strlen(directory) + sizeof "/storage.db";
	*ret_path = malloc(size);
	if (!*ret_path)
		return SP_NO_MEMORY;
	snprintf(*ret_path, size, "%s/storage.db", directory);
	return SP_OK;
}

/* What was kept would seem lost if the file were another from now on. */
static sp_status storage_check(const struct storage *self, const struct storage_settings *next)
{
	char *wanted;
	sp_status status;

	if (!self->path)
		return SP_OK;
	status = path_of(self, next->path, &wanted);
	if (status == SP_OK && (!wanted || strcmp(wanted, self->path) != 0))
		status = sp_fail(self->rt, SP_INVALID,
			"path: %s is in use, and another file would not have what was kept: stop the daemon, "
			"move the file, and start it with the new path",
			self->path);
	free(wanted);
	return status;
}

/* The hook ends when the worker says so. If it cannot be followed it is waited for here. */
static sp_status follow_worker(struct storage *self, sp_run *run)
{
	sp_status status = sp_watch_start(self->answered, worker_descriptor(self->worker), SP_READABLE);

	if (status == SP_OK) {
		self->run = run;
		return SP_LATER;
	}
	worker_stop(self->worker);
	drop_worker(self);
	return sp_fail(run, status, "the descriptor of the thread cannot be watched");
}

static sp_status storage_activate(struct storage *self, sp_run *run)
{
	struct sp_error error = { 0 };
	sp_status status = path_of(self, sp_peek(self->settings.path), &self->path);

	if (status != SP_OK)
		return sp_fail(run, status, "out of memory");
	if (!self->path)
		return sp_fail(run, SP_INVALID,
			"this host offers no directory: set the path of the file to keep things in");
	self->worker = worker_create(self->path, &error);
	if (!self->worker) {
		free(self->path);
		self->path = NULL;
		return sp_fail(run, error.code, "%s", error.message);
	}
	return follow_worker(self, run);
}

static sp_status storage_deactivate(struct storage *self, sp_run *run)
{
	self->stopping = true;
	worker_stop(self->worker);
	return follow_worker(self, run); /* nothing was followed any more since the last request was answered */
}

SP_PLUGIN(storage, "1.0.0", storage);
