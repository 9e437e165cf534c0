/* graph_slab.h: memory for many small objects of one size. Freed objects are used again; memory is given back at the
 * end. */
#ifndef KERNEL_GRAPH_SLAB_H
#define KERNEL_GRAPH_SLAB_H

#include <stddef.h>

struct sp_slab_object {
	struct sp_slab_object *next;
};

struct sp_slab_chunk;

struct sp_slab {
	size_t size; /* of one object; a multiple of 16 */
	struct sp_slab_object *unused; /* freed ones */
	char *next, *end; /* the rest of the newest chunk, never used yet */
	struct sp_slab_chunk *chunks; /* newest first */
};

/* Makes an empty slab for objects of size bytes. */
void sp_slab_init(struct sp_slab *slab, size_t size);

/* Frees all memory, whatever still lies in it. */
void sp_slab_finish(struct sp_slab *slab);

/* Gets another chunk and takes its first object; NULL without memory. */
void *sp_slab_grow(struct sp_slab *slab);

/* Calls visit for every object that was ever taken, freed ones too, chunk by chunk. */
void sp_slab_each(const struct sp_slab *slab, void (*visit)(void *user, void *object), void *user);

/* Takes an object, its bytes undefined; NULL without memory. */
static inline void *sp_slab_take(struct sp_slab *slab)
{
	struct sp_slab_object *object = slab->unused;
	char *next = slab->next;

	if (object != NULL) {
		slab->unused = object->next;
		return object;
	}
	if (next == slab->end)
		return sp_slab_grow(slab);
	slab->next = next + slab->size;
	return next;
}

/* Gives an object back. Its first pointer is overwritten, the rest stays as it is until it is taken again. */
static inline void sp_slab_give(struct sp_slab *slab, void *memory)
{
	struct sp_slab_object *object = memory;

	object->next = slab->unused;
	slab->unused = object;
}

#endif
