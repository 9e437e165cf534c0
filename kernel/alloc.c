/* alloc.c: memory, with the one switch by which tests let allocations fail. */
#include "alloc.h"

#include <jansson.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/*
 * How many allocations succeed before one fails; that one leaves FIRED behind, or OUT, with which all others fail too.
 * Otherwise nothing fails below zero, and an allocation costs one relaxed load. It belongs to the process, as malloc
 * does.
 */
enum { NEVER = -1, FIRED = -2, OUT = -3 };
static atomic_long successes_left = NEVER, left_behind = FIRED;

static bool must_fail(void)
{
	long left = atomic_load_explicit(&successes_left, memory_order_relaxed);

	while (left >= 0) {
		long next = left == 0 ? atomic_load(&left_behind) : left - 1;

		if (atomic_compare_exchange_weak(&successes_left, &left, next))
			return left == 0;
	}
	return left == OUT;
}

void *sp_malloc(size_t size)
{
	return must_fail() ? NULL : malloc(size);
}

void *sp_calloc(size_t count, size_t size)
{
	return must_fail() ? NULL : calloc(count, size);
}

void *sp_realloc(void *old, size_t size)
{
	return must_fail() ? NULL : realloc(old, size);
}

char *sp_strdup(const char *text)
{
	return must_fail() ? NULL : strdup(text);
}

void sp_free(void *memory)
{
	free(memory);
}

void sp_alloc_install(void)
{
	json_set_alloc_funcs(sp_malloc, sp_free);
}

static void fail_after(long count, long behind)
{
	atomic_store(&left_behind, behind);
	atomic_store(&successes_left, count < 0 ? NEVER : count);
}

void sp_alloc_fail_after(long count)
{
	fail_after(count, FIRED);
}

void sp_alloc_fail_from(long count)
{
	fail_after(count, OUT);
}

bool sp_alloc_has_failed(void)
{
	return atomic_load(&successes_left) <= FIRED;
}
