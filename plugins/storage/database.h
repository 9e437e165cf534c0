/*
 * database.h: the file in which values are kept, and requests that are carried out on it. One thread has a database; a
 * request belongs to that thread from when it is handed over until it is answered.
 */
#ifndef STORAGE_DATABASE_H
#define STORAGE_DATABASE_H

#include <signalpy/value.h>

enum storage_kind { STORAGE_PUT, STORAGE_GET, STORAGE_LIST, STORAGE_REMOVE };

struct storage_request {
	struct storage_request *next;
	enum storage_kind kind;
	const char *instance, *key; /* key is the prefix of a list */
	sp_bytes value; /* of a put */
	/* What it came to. found and keys are freed by whoever frees the request. */
	sp_status status;
	char message[256]; /* why it failed */
	void *found; /* the value; or the keys, each with a zero behind it */
	size_t size;
	const char **keys; /* into found, count of them and a NULL */
	size_t count;
};

struct database;

/* Opens the file, and makes it, for its owner's eyes only, if it is not there. NULL and error, which names the file:
 * SP_NO_MEMORY; SP_UNAVAILABLE (it cannot be read or written); SP_FAILED (it is damaged, or not ours). A file that
 * cannot be opened is left as it is. */
struct database *database_open(const char *path, struct sp_error *error);

/* NULL is accepted. */
void database_close(struct database *database);

/* Carries out a list of requests, in order, in one transaction: those that write have been answered durably when this
 * returns. If that fails each is done in a transaction of its own, so that one request's failure is no other's. */
void database_carry_out(struct database *database, struct storage_request *first);

#endif
