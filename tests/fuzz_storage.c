/* fuzz_storage.c: any keys, kept, asked for, listed by any prefix and removed, in the names of two instances, against a model.
 * links: plugins/storage/database.c kernel/error.c -lsqlite3 */
#include <signalpy/storage.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plugins/storage/database.h"

enum { INSTANCES = 2, KEPT_MOST = 64, OPERATIONS = KEPT_MOST };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must be kept for one instance, in the order of its bytes. */
struct model {
	char keys[KEPT_MOST][SP_STORAGE_KEY_MAX + 1];
	char values[KEPT_MOST];
	size_t count;
};

static const char *const instances[INSTANCES] = { "one", "one-more" };
static char path[64];

static void expect(bool right)
{
	if (!right)
		abort();
}

static void remove_file(void)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char name[80];

	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		snprintf(name, sizeof name, "%s%s", path, ends[i]);
		unlink(name);
	}
}

/* One file for all inputs: opening it takes longest. */
static struct database *open_once(void)
{
	static struct database *database;
	struct sp_error error;

	if (database)
		return database;
	snprintf(path, sizeof path, "/tmp/fuzz_storage.%ld", (long)getpid());
	database = database_open(path, &error);
	expect(database != NULL);
	atexit(remove_file);
	return database;
}

/* ---- the model --------------------------------------------------------------------------------------------------- */

/* Where a key is, or would be. */
static size_t place_of(const struct model *model, const char *key)
{
	size_t place = 0;

	while (place < model->count && strcmp(model->keys[place], key) < 0)
		place++;
	return place;
}

static bool has(const struct model *model, size_t place, const char *key)
{
	return place < model->count && strcmp(model->keys[place], key) == 0;
}

static void model_put(struct model *model, const char *key, char value)
{
	size_t place = place_of(model, key), behind = model->count - place;

	if (!has(model, place, key)) {
		memmove(model->keys[place + 1], model->keys[place], behind * sizeof model->keys[0]);
		memmove(model->values + place + 1, model->values + place, behind);
		memcpy(model->keys[place], key, strlen(key) + 1);
		model->count++;
	}
	model->values[place] = value;
}

static void model_remove(struct model *model, const char *key)
{
	size_t place = place_of(model, key);

	if (!has(model, place, key))
		return;
	model->count--;
	memmove(model->keys[place], model->keys[place + 1], (model->count - place) * sizeof model->keys[0]);
	memmove(model->values + place, model->values + place + 1, model->count - place);
}

/* ---- what the file tells ----------------------------------------------------------------------------------------- */

static void compare_value(const struct model *model, const struct storage_request *request)
{
	size_t place = place_of(model, request->key);

	expect(request->status == (has(model, place, request->key) ? SP_OK : SP_NOT_FOUND));
	if (request->status == SP_OK)
		expect(request->size == 1 && *(const char *)request->found == model->values[place]);
}

static void compare_keys(const struct model *model, const struct storage_request *request)
{
	size_t count = 0;

	expect(request->status == SP_OK);
	for (size_t i = 0; i < model->count; i++)
		if (strncmp(model->keys[i], request->key, strlen(request->key)) == 0)
			expect(count < request->count && strcmp(request->keys[count++], model->keys[i]) == 0);
	expect(count == request->count && !request->keys[count]);
}

static void carry_out(struct model *models, unsigned instance, enum storage_kind kind, const char *key)
{
	struct model *model = &models[instance];
	struct storage_request request = { .kind = kind,
		.instance = instances[instance],
		.key = key,
		.value = { key, kind == STORAGE_PUT } };

	database_carry_out(open_once(), &request);
	if (kind == STORAGE_PUT)
		model_put(model, key, *key);
	else if (kind == STORAGE_REMOVE)
		model_remove(model, key);
	else if (kind == STORAGE_GET)
		compare_value(model, &request);
	else
		compare_keys(model, &request);
	expect(request.status == SP_OK || request.status == SP_NOT_FOUND);
	free(request.found);
	free(request.keys);
}

/* Everything is removed in the end, so that the next input finds nothing. */
static void clear(struct model *models)
{
	for (unsigned i = 0; i < INSTANCES; i++) {
		carry_out(models, i, STORAGE_LIST, "");
		while (models[i].count)
			carry_out(models, i, STORAGE_REMOVE, models[i].keys[0]);
		carry_out(models, i, STORAGE_LIST, "");
	}
}

/* An operation is one byte, what it does and for whom, and a text that ends with a zero byte. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct model models[INSTANCES];
	char key[SP_STORAGE_KEY_MAX + 1];

	for (int i = 0; i < OPERATIONS && size > 1; i++) {
		size_t length = strnlen((const char *)data + 1, size - 1);
		enum storage_kind kind = (enum storage_kind)(data[0] % (STORAGE_REMOVE + 1));
		unsigned instance = data[0] / (STORAGE_REMOVE + 1) % INSTANCES;

		snprintf(key, sizeof key, "%.*s", (int)length, (const char *)data + 1);
		if (*key || kind == STORAGE_LIST)
			carry_out(models, instance, kind, key);
		data += 1 + length;
		size -= 1 + length;
		if (size) { /* the zero byte */
			data++;
			size--;
		}
	}
	clear(models);
	return 0;
}
