/* check_graph_slab.c: memory for equal objects. */
#include "alloc.h"
#include "graph_kit.h"
#include "graph_slab.h"

#include <string.h>

enum { OBJECTS = 5000, SIZE = 96 };

static void count(void *user, SP_UNUSED void *object)
{
	++*(size_t *)user;
}

static size_t count_objects(const struct sp_slab *slab)
{
	size_t objects = 0;

	sp_slab_each(slab, count, &objects);
	return objects;
}

START_TEST(objects_are_apart_and_used_again)
{
	static char *objects[OBJECTS];
	struct sp_slab slab;
	size_t i;

	sp_slab_init(&slab, SIZE);
	ck_assert_uint_eq(count_objects(&slab), 0);
	for (i = 0; i < OBJECTS; i++) {
		objects[i] = sp_slab_take(&slab);
		ck_assert_uint_eq((uintptr_t)objects[i] % 32, 0);
		memset(objects[i], (int)(i % 251), SIZE);
	}
	for (i = 0; i < OBJECTS; i++)
		ck_assert(objects[i][0] == objects[i][SIZE - 1] && (unsigned char)objects[i][SIZE / 2] == i % 251);
	ck_assert_uint_eq(count_objects(&slab), OBJECTS);
	sp_slab_give(&slab, objects[7]);
	sp_slab_give(&slab, objects[9]);
	ck_assert_ptr_eq(sp_slab_take(&slab), objects[9]);
	ck_assert_ptr_eq(sp_slab_take(&slab), objects[7]);
	ck_assert_uint_eq(count_objects(&slab), OBJECTS);
	sp_slab_finish(&slab);
	ck_assert_uint_eq(count_objects(&slab), 0);
}
END_TEST

START_TEST(slab_without_memory_answers_null)
{
	struct sp_slab slab;

	sp_slab_init(&slab, SIZE);
	sp_alloc_fail_after(0);
	ck_assert_ptr_null(sp_slab_take(&slab));
	ck_assert_ptr_nonnull(sp_slab_take(&slab));
	sp_slab_finish(&slab);
}
END_TEST

KIT_MAIN("graph_slab", objects_are_apart_and_used_again, slab_without_memory_answers_null)
