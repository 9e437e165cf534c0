/*
 * alloc.h: the one door to memory. Everything the kernel and jansson allocate comes through here, so that a test can
 * let any single allocation fail.
 */
#ifndef KERNEL_ALLOC_H
#define KERNEL_ALLOC_H

#include <stdbool.h>
#include <stddef.h>

/* As malloc, calloc, realloc, strdup, free; NULL without memory. Any thread. */
void *sp_malloc(size_t size) __attribute__((malloc, warn_unused_result));
void *sp_calloc(size_t count, size_t size) __attribute__((malloc, warn_unused_result));
void *sp_realloc(void *old, size_t size) __attribute__((warn_unused_result));
char *sp_strdup(const char *text) __attribute__((malloc, warn_unused_result));
void sp_free(void *memory);

/* Makes jansson allocate here too. Before any other thread runs, and before any json value is made. */
void sp_alloc_install(void);

/* For tests: lets one allocation fail, after count more have succeeded; a negative count lets none fail. Any thread. */
void sp_alloc_fail_after(long count);

/* As sp_alloc_fail_after, but from that one on every allocation fails, until sp_alloc_fail_after(-1). */
void sp_alloc_fail_from(long count);

/* Whether an allocation that these asked to fail has failed by now. Any thread. */
bool sp_alloc_has_failed(void);

#endif
