/* counted_memory.c: stands between the kernel and the allocator, and counts. */
#include "counted_memory.h"

#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static atomic_size_t blocks, bytes;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
void __real_free(void *memory);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);
void __wrap_free(void *memory);

static void *counted(void *memory)
{
	if (memory) {
		atomic_fetch_add_explicit(&blocks, 1, memory_order_relaxed);
		atomic_fetch_add_explicit(&bytes, malloc_usable_size(memory), memory_order_relaxed);
	}
	return memory;
}

static void forget(size_t size)
{
	atomic_fetch_sub_explicit(&blocks, 1, memory_order_relaxed);
	atomic_fetch_sub_explicit(&bytes, size, memory_order_relaxed);
}

void *__wrap_malloc(size_t size)
{
	return counted(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
	return counted(__real_calloc(count, size));
}

void *__wrap_realloc(void *old, size_t size)
{
	size_t former = old ? malloc_usable_size(old) : 0;
	void *memory = __real_realloc(old, size);

	if (old && memory)
		forget(former);
	return counted(memory);
}

char *__wrap_strdup(const char *text)
{
	return counted(__real_strdup(text));
}

void __wrap_free(void *memory)
{
	if (memory)
		forget(malloc_usable_size(memory));
	__real_free(memory);
}

struct counted_memory counted_memory(void)
{
	return (struct counted_memory){ atomic_load(&blocks), atomic_load(&bytes) };
}
