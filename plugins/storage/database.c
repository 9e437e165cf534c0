/* database.c: what is kept, in one table of an SQLite file with a write-ahead log. */
#include "database.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MARK = 0x53505354, FORMAT = 1, BUSY_MS = 5000, KINDS = STORAGE_REMOVE + 1 };

struct database {
	sqlite3 *file;
	sqlite3_stmt *statements[KINDS];
	char path[];
};

static const char *const sources[KINDS] = {
	[STORAGE_PUT] = "INSERT OR REPLACE INTO kept (instance, key, value) VALUES (?1, ?2, ?3)",
	[STORAGE_GET] = "SELECT value FROM kept WHERE instance = ?1 AND key = ?2",
	[STORAGE_LIST] = "SELECT key FROM kept WHERE instance = ?1 AND key >= ?2 ORDER BY key",
	[STORAGE_REMOVE] = "DELETE FROM kept WHERE instance = ?1 AND key = ?2",
};

/* ---- failures ---------------------------------------------------------------------------------------------------- */

static sp_status status_of(int result)
{
	switch (result & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return SP_OK;
	case SQLITE_NOMEM:
		return SP_NO_MEMORY;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_ERROR:
		return SP_FAILED;
	default:
		return SP_UNAVAILABLE;
	}
}

static sp_status explain(const struct database *database, int result, char *message, size_t size)
{
	int number = sqlite3_system_errno(database->file);
	bool is_system = (result & 0xff) == SQLITE_IOERR || (result & 0xff) == SQLITE_CANTOPEN;
	bool is_damaged = (result & 0xff) == SQLITE_CORRUPT || (result & 0xff) == SQLITE_NOTADB;

	if (is_damaged)
		snprintf(message, size, "%s is damaged (%s): restore it from a backup, or move it away to begin anew",
			database->path, sqlite3_errstr(result));
	else
		snprintf(message, size, "%s: %s%s%s", database->path, sqlite3_errstr(result),
			is_system && number ? ": " : "", is_system && number ? strerror(number) : "");
	return status_of(result);
}

static sp_status refuse(const struct database *database, int result, struct sp_error *error)
{
	char message[sizeof error->message];
	sp_status status = explain(database, result, message, sizeof message);

	return sp_error_set(error, status, "%s", message);
}

/* ---- opening ----------------------------------------------------------------------------------------------------- */

/* What is kept is nobody else's affair. A file that is there is not touched: closing a descriptor of it would drop the
 * locks that a former version holds. */
static void make_private(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd >= 0)
		close(fd);
}

static int read_number(struct database *database, const char *source, int64_t *ret_number)
{
	sqlite3_stmt *statement = NULL;
	int result = sqlite3_prepare_v2(database->file, source, -1, &statement, NULL);

	if (result == SQLITE_OK)
		result = sqlite3_step(statement);
	if (result == SQLITE_ROW)
		*ret_number = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return result == SQLITE_ROW ? SQLITE_OK : result;
}

static int run(struct database *database, const char *source)
{
	return sqlite3_exec(database->file, source, NULL, NULL, NULL);
}

static int make_table(struct database *database)
{
	char source[256];

	snprintf(source, sizeof source,
		"BEGIN IMMEDIATE; CREATE TABLE IF NOT EXISTS kept (instance TEXT NOT NULL, key BLOB NOT NULL, "
		"value BLOB NOT NULL, PRIMARY KEY (instance, key)); "
		"PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT",
		MARK, FORMAT);
	return run(database, source);
}

/* Whether the file is ours, or new; and it is of no later format. */
static sp_status judge(struct database *database, struct sp_error *error)
{
	int64_t mark = 0, format = 0, tables = 0;
	int result = read_number(database, "SELECT count(*) FROM sqlite_master", &tables);

	if (result == SQLITE_OK)
		result = read_number(database, "PRAGMA application_id", &mark);
	if (result == SQLITE_OK)
		result = read_number(database, "PRAGMA user_version", &format);
	if (result != SQLITE_OK)
		return refuse(database, result, error);
	if (tables && mark != MARK)
		return sp_error_set(error, SP_FAILED, "%s is a database of another program", database->path);
	if (format > FORMAT)
		return sp_error_set(error, SP_FAILED, "%s was written by a later version of storage", database->path);
	result = tables ? SQLITE_OK : make_table(database);
	return result == SQLITE_OK ? SP_OK : refuse(database, result, error);
}

/* A commit is in the write-ahead log, and on the disk, before it is answered. */
static sp_status prepare(struct database *database, struct sp_error *error)
{
	int result = run(database, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
	sp_status status = result == SQLITE_OK ? judge(database, error) : refuse(database, result, error);

	if (status != SP_OK)
		return status;
	for (size_t kind = 0; result == SQLITE_OK && kind < KINDS; kind++)
		result = sqlite3_prepare_v3(database->file, sources[kind], -1, SQLITE_PREPARE_PERSISTENT,
			&database->statements[kind], NULL);
	return result == SQLITE_OK ? SP_OK : refuse(database, result, error);
}

struct database *database_open(const char *path, struct sp_error *error)
{
	size_t size = strlen(path) + 1;
	struct database *database = calloc(1, sizeof *database + size);
	int result;
	sp_status status;

	if (!database) {
		sp_error_set(error, SP_NO_MEMORY, "out of memory");
		return NULL;
	}
	memcpy(database->path, path, size);
	make_private(path);
	result = sqlite3_open_v2(path, &database->file,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
	if (result == SQLITE_OK) {
		sqlite3_extended_result_codes(database->file, 1);
		sqlite3_busy_timeout(database->file, BUSY_MS);
		status = prepare(database, error);
	} else {
		status = refuse(database, result, error);
	}
	if (status == SP_OK)
		return database;
	database_close(database);
	return NULL;
}

void database_close(struct database *database)
{
	if (!database)
		return;
	for (size_t kind = 0; kind < KINDS; kind++)
		sqlite3_finalize(database->statements[kind]);
	sqlite3_close(database->file);
	free(database);
}

/* ---- requests ---------------------------------------------------------------------------------------------------- */

static void forget_result(struct storage_request *request)
{
	free(request->found);
	free(request->keys);
	request->found = request->keys = NULL;
	request->size = request->count = 0;
	request->status = SP_OK;
	request->message[0] = '\0';
}

static sp_status lack_memory(struct storage_request *request)
{
	forget_result(request);
	snprintf(request->message, sizeof request->message, "out of memory");
	return request->status = SP_NO_MEMORY;
}

/* Adds bytes to what was found, and a zero behind them. */
static sp_status add_found(struct storage_request *request, const void *bytes, size_t size)
{
	char *found = realloc(request->found, request->size + size + 1);

	if (!found)
		return lack_memory(request);
	request->found = found;
	if (size)
		memcpy(found + request->size, bytes, size);
	found[request->size + size] = '\0';
	request->size += size + 1;
	return SP_OK;
}

static int get(sqlite3_stmt *statement, struct storage_request *request)
{
	int result = sqlite3_step(statement);

	if (result == SQLITE_ROW) {
		size_t size = (size_t)sqlite3_column_bytes(statement, 0);

		if (add_found(request, sqlite3_column_blob(statement, 0), size) == SP_OK)
			request->size = size;
	} else if (result == SQLITE_DONE) {
		request->status = SP_NOT_FOUND;
		snprintf(request->message, sizeof request->message, "nothing is stored under this key");
	}
	return result;
}

/* Points the keys into what was found. */
static void index_keys(struct storage_request *request)
{
	const char *key = request->found;

	request->keys = calloc(request->count + 1, sizeof *request->keys);
	if (!request->keys) {
		lack_memory(request);
		return;
	}
	for (size_t i = 0; i < request->count; i++) {
		request->keys[i] = key;
		key += strlen(key) + 1;
	}
}

static int list(sqlite3_stmt *statement, struct storage_request *request)
{
	size_t prefix = strlen(request->key);
	int result;

	while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
		size_t size = (size_t)sqlite3_column_bytes(statement, 0);
		const void *key = sqlite3_column_blob(statement, 0);

		if (size < prefix || memcmp(key, request->key, prefix) != 0)
			break;
		if (add_found(request, key, size) != SP_OK)
			return result;
		request->count++;
	}
	index_keys(request);
	return result;
}

static int bind(sqlite3_stmt *statement, const struct storage_request *request)
{
	const char *value = request->value.size ? request->value.data : "";
	int result = sqlite3_bind_text(statement, 1, request->instance, -1, SQLITE_STATIC);

	if (result == SQLITE_OK)
		result = sqlite3_bind_blob(statement, 2, request->key, (int)strlen(request->key), SQLITE_STATIC);
	if (result == SQLITE_OK && request->kind == STORAGE_PUT)
		result = sqlite3_bind_blob64(statement, 3, value, request->value.size, SQLITE_STATIC);
	return result;
}

/* Answers whether the file was read or written; nothing being there is no failure. */
static bool carry_out(struct database *database, struct storage_request *request)
{
	sqlite3_stmt *statement = database->statements[request->kind];
	int result = bind(statement, request);

	forget_result(request);
	if (result == SQLITE_OK && request->kind == STORAGE_GET)
		result = get(statement, request);
	else if (result == SQLITE_OK && request->kind == STORAGE_LIST)
		result = list(statement, request);
	else if (result == SQLITE_OK)
		result = sqlite3_step(statement);
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
	if (status_of(result) == SP_OK)
		return true;
	forget_result(request);
	request->status = explain(database, result, request->message, sizeof request->message);
	return false;
}

static bool carry_out_together(struct database *database, struct storage_request *first)
{
	bool done = run(database, "BEGIN IMMEDIATE") == SQLITE_OK;

	for (struct storage_request *request = first; done && request; request = request->next)
		done = carry_out(database, request);
	if (done && run(database, "COMMIT") == SQLITE_OK)
		return true;
	run(database, "ROLLBACK");
	return false;
}

void database_carry_out(struct database *database, struct storage_request *first)
{
	if (first && first->next && carry_out_together(database, first))
		return;
	for (struct storage_request *request = first; request; request = request->next)
		carry_out(database, request);
}
