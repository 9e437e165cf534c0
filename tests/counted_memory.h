/*
 * counted_memory.h: how much memory kernel/alloc.c, and jansson through it, hold. The first lines of a test that asks
 * say
 *
 *   links: kernel -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup,--wrap=free
 *
 * and its main calls sp_alloc_install first. What the test allocates itself is counted too.
 */
#ifndef TESTS_COUNTED_MEMORY_H
#define TESTS_COUNTED_MEMORY_H

#include <stddef.h>

struct counted_memory {
	size_t blocks, bytes; /* allocated and not freed; bytes as the allocator rounds them */
};

/* Any thread. */
struct counted_memory counted_memory(void);

#endif
