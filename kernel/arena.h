/*
 * arena.h: memory that is freed all at once: what a handler makes with sp_format and sp_append, and what a call's
 * parameters are filled into. One thread at a time.
 */
#ifndef KERNEL_ARENA_H
#define KERNEL_ARENA_H

#include <signalpy/status.h>

enum { ARENA_FIRST = 960 };

struct arena_block;
struct arena_growth;
struct arena {
	struct arena_block *blocks; /* latest first */
	struct arena_growth *growths;
	size_t used; /* of first */
	bool failed; /* an allocation was refused */
	_Alignas(max_align_t) char first[ARENA_FIRST];
};

void arena_init(struct arena *arena);

/* Frees everything that was allocated; the arena is as new. */
void arena_finish(struct arena *arena);

/* size bytes, zeroed and aligned for anything; NULL without memory, and then the arena is marked failed. */
void *arena_allocate(struct arena *arena, size_t size);

/* arena_allocate as an sp_allocate of <signalpy/record.h>; user is the arena. */
void *arena_allocate_for(void *user, size_t size);

/* Formatted text; "" without memory. */
const char *arena_format(struct arena *arena, const char *format, va_list arguments) SP_FORMAT(2, 0);

/* Appends one value of size bytes to array, a struct { items, count }; without memory the array stays as it is. */
void arena_append(struct arena *arena, void *array, size_t size, const void *value);

#endif
