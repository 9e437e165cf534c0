/* testing_storage.c: the storage of a test: in memory, with failures when the test wants them. */
#include "testing_storage.h"

#include <string.h>

#include "alloc.h"
#include "list.h"

/* What is kept: instance, key and value one behind the other in text, each with a zero at its end. */
struct kept {
	struct list link;
	const char *key;
	const char *value;
	size_t size;
	char text[];
};

enum request_kind { PUT, GET, LIST, REMOVE };

/* item carries the instance's name and the key of every request, and what a put will keep. */
struct request {
	struct list link;
	struct sp_ledger_entry entry;
	enum request_kind kind;
	sp_runtime *consumer; /* NULL: it has ended */
	struct kept *item;
	sp_stored_done done;
	void *user;
};

struct testing_storage {
	const struct sp_loop_ops *ops;
	void *loop;
	struct list kept; /* in the order of instances and keys */
	struct list requests;
	struct sp_task task;
	bool is_queued, is_held;
	sp_status failure;
	unsigned failures;
};

static struct kept *kept_create(const char *instance, const char *key, sp_bytes value)
{
	size_t names = strlen(instance) + strlen(key) + 2;
	struct kept *kept = sp_malloc(sizeof *kept + names + value.size + 1);
	char *to;

	if (!kept)
		return NULL;
	list_init(&kept->link);
	to = stpcpy(kept->text, instance) + 1;
	kept->key = to;
	to = stpcpy(to, key) + 1;
	kept->value = to;
	kept->size = value.size;
	if (value.size)
		memcpy(to, value.data, value.size);
	to[value.size] = '\0';
	return kept;
}

static int compare(const struct kept *kept, const char *instance, const char *key)
{
	int order = strcmp(kept->text, instance);

	return order != 0 ? order : strcmp(kept->key, key);
}

/* The first that does not stand before it; of the key itself if *ret_is_there. */
static struct list *find(const struct testing_storage *storage, const char *instance, const char *key,
	bool *ret_is_there)
{
	struct list *at = storage->kept.next;
	int order = -1;

	for (; at != &storage->kept; at = at->next) {
		order = compare(container_of(at, struct kept, link), instance, key);
		if (order >= 0)
			break;
	}
	*ret_is_there = order == 0;
	return at;
}

static void forget(struct testing_storage *storage, const char *instance, const char *key)
{
	bool is_there;
	struct list *at = find(storage, instance, key, &is_there);

	if (!is_there)
		return;
	list_remove(at);
	sp_free(container_of(at, struct kept, link));
}

static void keep(struct testing_storage *storage, struct kept *item)
{
	bool is_there;

	forget(storage, item->text, item->key);
	list_insert_before(find(storage, item->text, item->key, &is_there), &item->link);
}

/* ---- carrying out ---- */

static void get(const struct testing_storage *storage, const struct kept *asked, struct sp_stored *stored)
{
	bool is_there;
	const struct list *at = find(storage, asked->text, asked->key, &is_there);
	const struct kept *kept = container_of(at, const struct kept, link);

	if (is_there)
		stored->value = (sp_bytes){ kept->value, kept->size };
	else
		stored->status = SP_NOT_FOUND;
}

static bool is_listed(const struct kept *kept, const struct kept *asked)
{
	return strcmp(kept->text, asked->text) == 0 && strncmp(kept->key, asked->key, strlen(asked->key)) == 0;
}

/* The keys are to be freed. */
static const char **list_keys(const struct testing_storage *storage, const struct kept *asked, struct sp_stored *stored)
{
	const struct kept *kept;
	const char **keys;
	size_t count = 0;

	list_each(kept, &storage->kept, link)
		count += is_listed(kept, asked);
	keys = sp_calloc(count + 1, sizeof *keys);
	stored->keys = keys;
	if (!keys) {
		stored->status = SP_NO_MEMORY;
		return NULL;
	}
	list_each(kept, &storage->kept, link)
		if (is_listed(kept, asked))
			keys[stored->count++] = kept->key;
	return keys;
}

static const char **carry_out(struct testing_storage *storage, struct request *request, struct sp_stored *stored)
{
	switch (request->kind) {
	case PUT:
		keep(storage, request->item);
		request->item = NULL;
		break;
	case REMOVE:
		forget(storage, request->item->text, request->item->key);
		break;
	case GET:
		get(storage, request->item, stored);
		break;
	case LIST:
		return list_keys(storage, request->item, stored);
	}
	return NULL;
}

static void request_free(struct request *request)
{
	list_remove(&request->link);
	if (request->consumer)
		sp_ledger_remove(&request->entry);
	sp_free(request->item);
	sp_free(request);
}

static void tell(const struct request *request, struct sp_stored *stored)
{
	if (!request->consumer || !request->done)
		return;
	if (stored->status != SP_OK)
		stored->message = stored->status == SP_NOT_FOUND ? "nothing is stored under this key"
								 : "the test wants the storage to fail";
	sp_runtime_enter(request->consumer);
	request->done(request->user, stored);
	sp_runtime_leave(request->consumer);
}

static void answer_next(struct testing_storage *storage)
{
	struct request *request = container_of(storage->requests.next, struct request, link);
	struct sp_stored stored = { .struct_size = sizeof stored, .message = "" };
	const char **keys = NULL;

	list_remove(&request->link);
	if (request->consumer)
		sp_ledger_remove(&request->entry);
	if (storage->failures) {
		storage->failures--;
		stored.status = storage->failure;
	} else {
		keys = carry_out(storage, request, &stored);
	}
	tell(request, &stored);
	sp_free(keys);
	request->consumer = NULL;
	request_free(request);
}

static void answer_all(struct sp_task *task)
{
	struct testing_storage *storage = container_of(task, struct testing_storage, task);

	storage->is_queued = false;
	while (!storage->is_held && !list_is_empty(&storage->requests))
		answer_next(storage);
}

static void wake(struct testing_storage *storage)
{
	if (storage->is_queued || storage->is_held || list_is_empty(&storage->requests))
		return;
	storage->is_queued = true;
	storage->ops->defer(storage->loop, &storage->task);
}

/* ---- the contract ---- */

static void release_request(struct sp_ledger_entry *entry)
{
	struct request *request = container_of(entry, struct request, entry);

	request->consumer = NULL;
}

static sp_status begin(const struct sp_storage *service, struct request want, const char *key, sp_bytes value)
{
	struct testing_storage *storage = service->service.self;
	struct request *request = sp_malloc(sizeof *request);

	if (!request)
		return SP_NO_MEMORY;
	*request = want;
	request->consumer = service->service.consumer;
	request->item = kept_create(sp_name(request->consumer), key, value);
	if (!request->item) {
		sp_free(request);
		return SP_NO_MEMORY;
	}
	request->entry = (struct sp_ledger_entry){ .kind = "storage", .release = release_request };
	sp_ledger_add(request->consumer, &request->entry);
	list_add(&storage->requests, &request->link);
	wake(storage);
	return SP_OK;
}

static bool is_key(const char *key)
{
	return key && *key && strlen(key) <= SP_STORAGE_KEY_MAX;
}

static sp_status put(const struct sp_storage *service, const char *key, sp_bytes value, sp_stored_done done, void *user)
{
	if (!is_key(key) || (!value.data && value.size))
		return SP_INVALID;
	return begin(service, (struct request){ .kind = PUT, .done = done, .user = user }, key, value);
}

static sp_status get_value(const struct sp_storage *service, const char *key, sp_stored_done done, void *user)
{
	if (!is_key(key) || !done)
		return SP_INVALID;
	return begin(service, (struct request){ .kind = GET, .done = done, .user = user }, key, (sp_bytes){ 0 });
}

static sp_status list_values(const struct sp_storage *service, const char *prefix, sp_stored_done done, void *user)
{
	if (!done)
		return SP_INVALID;
	return begin(service, (struct request){ .kind = LIST, .done = done, .user = user }, prefix ? prefix : "",
		(sp_bytes){ 0 });
}

static sp_status remove_value(const struct sp_storage *service, const char *key, sp_stored_done done, void *user)
{
	if (!is_key(key))
		return SP_INVALID;
	return begin(service, (struct request){ .kind = REMOVE, .done = done, .user = user }, key, (sp_bytes){ 0 });
}

static const struct sp_storage table = { .service = { .size = sizeof(struct sp_storage) },
	.put = put,
	.get = get_value,
	.list = list_values,
	.remove = remove_value };

sp_status testing_storage_provide(struct testing_storage *storage, sp_kernel *kernel, int ranking)
{
	return sp_kernel_provide(kernel, &sp_storage_contract, &table, storage, ranking);
}

/* ---- the test's side ---- */

struct testing_storage *testing_storage_create(const struct sp_loop_ops *ops, void *loop)
{
	struct testing_storage *storage = sp_calloc(1, sizeof *storage);

	if (!storage)
		return NULL;
	storage->ops = ops;
	storage->loop = loop;
	storage->task.run = answer_all;
	list_init(&storage->kept);
	list_init(&storage->requests);
	return storage;
}

void testing_storage_destroy(struct testing_storage *storage)
{
	if (!storage)
		return;
	while (!list_is_empty(&storage->requests))
		request_free(container_of(storage->requests.next, struct request, link));
	while (!list_is_empty(&storage->kept)) {
		struct kept *kept = container_of(storage->kept.next, struct kept, link);

		list_remove(&kept->link);
		sp_free(kept);
	}
	sp_free(storage);
}

void testing_storage_fail(struct testing_storage *storage, sp_status status, unsigned count)
{
	storage->failure = status;
	storage->failures = count;
}

void testing_storage_hold(struct testing_storage *storage, bool hold)
{
	storage->is_held = hold;
	wake(storage);
}

sp_status testing_storage_put(struct testing_storage *storage, const char *instance, const char *key, const char *text)
{
	struct kept *item;

	if (!text) {
		forget(storage, instance, key);
		return SP_OK;
	}
	item = kept_create(instance, key, (sp_bytes){ text, strlen(text) });
	if (!item)
		return SP_NO_MEMORY;
	keep(storage, item);
	return SP_OK;
}

const char *testing_storage_get(const struct testing_storage *storage, const char *instance, const char *key)
{
	bool is_there;
	const struct list *at = find(storage, instance, key, &is_there);

	return is_there ? container_of(at, const struct kept, link)->value : NULL;
}
