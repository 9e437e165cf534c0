/* arena.c: memory that is freed all at once. */
#include "arena.h"

#include <stdio.h>
#include <string.h>

#include "alloc.h"

struct arena_block {
	struct arena_block *next;
	size_t used, size;
	_Alignas(max_align_t) char bytes[];
};

/* How every array of a record begins: see SP__C_array in <signalpy/value.h>. */
struct array {
	void *items;
	size_t count;
};

enum { ALIGNMENT = _Alignof(max_align_t), BLOCK = 4096 };

void arena_init(struct arena *arena)
{
	arena->blocks = NULL;
	arena->growths = NULL;
	arena->used = 0;
	arena->failed = false;
}

void arena_finish(struct arena *arena)
{
	for (struct arena_block *block = arena->blocks, *next; block; block = next) {
		next = block->next;
		sp_free(block);
	}
	arena_init(arena);
}

static void *take(char *bytes, size_t *used, size_t size)
{
	char *memory = bytes + *used;

	*used += size;
	return memset(memory, 0, size);
}

static struct arena_block *add_block(struct arena *arena, size_t size)
{
	size_t room = size > BLOCK ? size : BLOCK;
	struct arena_block *block = sp_malloc(sizeof *block + room);

	if (!block) {
		arena->failed = true;
		return NULL;
	}
	*block = (struct arena_block){ .next = arena->blocks, .size = room };
	arena->blocks = block;
	return block;
}

void *arena_allocate(struct arena *arena, size_t size)
{
	struct arena_block *block = arena->blocks;

	if (size > SIZE_MAX / 2) {
		arena->failed = true;
		return NULL;
	}
	size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (!block && size <= ARENA_FIRST - arena->used)
		return take(arena->first, &arena->used, size);
	if (!block || size > block->size - block->used)
		block = add_block(arena, size);
	return block ? take(block->bytes, &block->used, size) : NULL;
}

void *arena_allocate_for(void *user, size_t size)
{
	return arena_allocate(user, size);
}

const char *arena_format(struct arena *arena, const char *format, va_list arguments)
{
	va_list again;
	int length;
	char *text;

	va_copy(again, arguments);
	length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	text = length < 0 ? NULL : arena_allocate(arena, (size_t)length + 1);
	if (!text)
		return "";
	vsnprintf(text, (size_t)length + 1, format, arguments);
	return text;
}

/* An array that arena_append has grown. Others, such as one copied from a parameter, have no room behind their
 * items. */
struct arena_growth {
	struct arena_growth *next;
	void *items;
	size_t capacity;
};

static struct arena_growth *growth_of(struct arena *arena, const void *items)
{
	struct arena_growth *growth = arena->growths;

	while (growth && growth->items != items)
		growth = growth->next;
	return growth;
}

static struct arena_growth *new_growth(struct arena *arena)
{
	struct arena_growth *growth = arena_allocate(arena, sizeof *growth);

	if (!growth)
		return NULL;
	growth->next = arena->growths;
	arena->growths = growth;
	return growth;
}

void arena_append(struct arena *arena, void *array_at, size_t size, const void *value)
{
	struct array *array = array_at;
	struct arena_growth *growth = array->count ? growth_of(arena, array->items) : NULL;

	if (!growth || array->count == growth->capacity) {
		size_t capacity = array->count ? array->count * 2 : 4;
		void *wider = arena_allocate(arena, capacity * size);

		growth = growth || !wider ? growth : new_growth(arena);
		if (!wider || !growth)
			return;
		if (array->count)
			memcpy(wider, array->items, array->count * size);
		array->items = growth->items = wider;
		growth->capacity = capacity;
	}
	memcpy((char *)array->items + array->count++ * size, value, size);
}
