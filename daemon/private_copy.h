/*
 * private_copy.h: R-PL-3, what is mapped is a copy of a plugin's file that nobody else writes, under a name never used
 * before.
 */
#ifndef DAEMON_PRIVATE_COPY_H
#define DAEMON_PRIVATE_COPY_H

#include <signalpy/status.h>

struct private_copies;

/* Makes <state_dir>/mapped (mode 0700), removes what earlier daemons left there, and finds out whether files there can
 * be mapped; otherwise the copies are held in memory. NULL and error when the directory cannot be made. */
struct private_copies *private_copies_create(const char *state_dir, struct sp_error *error);
void private_copies_destroy(struct private_copies *copies);

/* Whether copies are held in memory, for the directory is mounted noexec. */
bool private_copies_in_memory(const struct private_copies *copies);

/* One copy. */
struct private_copy {
	char *path; /* what is to be opened */
	int fd; /* open for reading; stays so while mapped when the copy is in memory */
	uint64_t hash; /* of the content */
	uint64_t size;
	bool in_memory;
};

/*
 * Copies the file source (borrowed); name is part of the copy's. SP_UNAVAILABLE when it changes meanwhile: it is being
 * written. SP_NO_MEMORY, SP_FAILED (the disk is full).
 */
sp_status private_copy_make(struct private_copies *copies, int source, const char *name, struct private_copy *ret_copy,
	struct sp_error *error);

/* Closes what need not be open while the copy is mapped. */
void private_copy_settle(struct private_copy *copy);

/* Removes the copy, which must not be mapped any more; one that was zeroed is accepted. */
void private_copy_drop(struct private_copy *copy);

/* Frees the description, and leaves the copy to whoever has it mapped for ever. */
void private_copy_forget(struct private_copy *copy);

#endif
