/* graph_slab.c: chunks from which equal objects are cut. */
#include "graph_slab.h"

#include "alloc.h"

#include <stdint.h>

enum { CHUNK_BYTES = 32 * 1024, CACHE_LINE = 64 };

struct sp_slab_chunk {
	struct sp_slab_chunk *older;
};

void sp_slab_init(struct sp_slab *slab, size_t size)
{
	*slab = (struct sp_slab){ .size = size };
}

void sp_slab_finish(struct sp_slab *slab)
{
	struct sp_slab_chunk *chunk = slab->chunks;

	while (chunk != NULL) {
		struct sp_slab_chunk *older = chunk->older;

		sp_free(chunk);
		chunk = older;
	}
	sp_slab_init(slab, slab->size);
}

/* The first object of a chunk: objects of 64 bytes fill one cache line each. */
static char *first_object(struct sp_slab_chunk *chunk)
{
	char *start = (char *)(chunk + 1);

	return start + (CACHE_LINE - (uintptr_t)start % CACHE_LINE) % CACHE_LINE;
}

static char *end_of_objects(const struct sp_slab *slab, struct sp_slab_chunk *chunk)
{
	char *first = first_object(chunk), *limit = (char *)chunk + CHUNK_BYTES;

	return limit - (size_t)(limit - first) % slab->size;
}

void *sp_slab_grow(struct sp_slab *slab)
{
	struct sp_slab_chunk *chunk = sp_malloc(CHUNK_BYTES);

	if (chunk == NULL)
		return NULL;
	chunk->older = slab->chunks;
	slab->chunks = chunk;
	slab->next = first_object(chunk) + slab->size;
	slab->end = end_of_objects(slab, chunk);
	return first_object(chunk);
}

void sp_slab_each(const struct sp_slab *slab, void (*visit)(void *user, void *object), void *user)
{
	struct sp_slab_chunk *chunk = slab->chunks;
	char *end = slab->next; /* only the newest chunk may be part used */

	for (; chunk != NULL; chunk = chunk->older) {
		char *object;

		for (object = first_object(chunk); object != end; object += slab->size)
			visit(user, object);
		end = chunk->older != NULL ? end_of_objects(slab, chunk->older) : NULL;
	}
}
