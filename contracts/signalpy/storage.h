/*
 * storage.h: the storage contract: bytes by key, which outlive the process. A component asks for it with (one,
 * sp_storage, storage). What it keeps is its instance's own: the service knows its consumer, and nobody can name
 * another (R-PR-1). A replacement and a later start find what was kept under the same instance's name. Everything here
 * is [loop].
 */
#ifndef SIGNALPY_STORAGE_H
#define SIGNALPY_STORAGE_H

#include <signalpy/value.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { SP_STORAGE_KEY_MAX = 255 };

/* What a request came to; borrowed until done returns. value is told by get; keys by list, count of them and a NULL
 * behind them. message says why status is a failure; "" on success. */
struct sp_stored {
	uint32_t struct_size;
	sp_status status;
	const char *message;
	sp_bytes value;
	const char *const *keys;
	size_t count;
};

typedef void (*sp_stored_done)(void *user, const struct sp_stored *stored);

/*
 * Each of these begins a request and answers SP_OK; then done is called once, from the top of the loop, inside the
 * instance that asked. Or it answers why not, and done is not called: SP_INVALID (a key is 1 to 255 bytes; the value is
 * larger than the provider keeps), SP_UNAVAILABLE (it lets no more requests wait), SP_NO_MEMORY. Requests of one
 * instance are carried out and told in their order. When the instance ends first, what was begun is carried out all the
 * same, and nobody is told. done may be NULL for put and remove. key, prefix and value are copied.
 */
struct sp_storage {
	struct sp_service service;

	/* Keeps value under key, in place of what was there. SP_OK is told when it is durable: it outlives a kill
	 * -9. */
	sp_status (*put)(const struct sp_storage *storage, const char *key, sp_bytes value, sp_stored_done done,
		void *user);

	/* Tells the value of key, or SP_NOT_FOUND. */
	sp_status (*get)(const struct sp_storage *storage, const char *key, sp_stored_done done, void *user);

	/* Tells the keys that begin with prefix (NULL or "": all), in the order of their bytes. */
	sp_status (*list)(const struct sp_storage *storage, const char *prefix, sp_stored_done done, void *user);

	/* Deletes what is under key, durably; SP_OK is told too when nothing is. */
	sp_status (*remove)(const struct sp_storage *storage, const char *key, sp_stored_done done, void *user);
};
SP_CONTRACT(sp_storage, "signalpy.storage", 1);

#ifdef __cplusplus
}
#endif
#endif
