/* check_alloc.c: any single allocation can be made to fail. */
#include "alloc.h"
#include "graph_kit.h"

#include <jansson.h>

START_TEST(one_allocation_fails)
{
	void *first, *second, *third;

	sp_alloc_fail_after(1);
	first = sp_malloc(10);
	ck_assert(!sp_alloc_has_failed());
	second = sp_calloc(1, 10);
	ck_assert(sp_alloc_has_failed());
	third = sp_strdup("third");
	ck_assert_ptr_nonnull(first);
	ck_assert_ptr_null(second);
	ck_assert_str_eq(third, "third");
	sp_alloc_fail_after(0);
	ck_assert_ptr_null(sp_realloc(third, 100));
	third = sp_realloc(third, 100);
	sp_alloc_fail_after(0);
	ck_assert_ptr_null(sp_strdup("fourth"));
	sp_alloc_fail_after(0);
	sp_alloc_fail_after(-1);
	ck_assert(!sp_alloc_has_failed());
	sp_free(first);
	sp_free(third);
	sp_free(NULL);
}
END_TEST

START_TEST(all_allocations_fail)
{
	void *first;

	sp_alloc_fail_from(1);
	first = sp_malloc(10);
	ck_assert_ptr_nonnull(first);
	ck_assert(!sp_alloc_has_failed());
	for (int i = 0; i < 3; i++)
		ck_assert_ptr_null(sp_calloc(1, 10));
	ck_assert_ptr_null(sp_realloc(first, 100));
	ck_assert(sp_alloc_has_failed());
	sp_alloc_fail_after(-1);
	ck_assert(!sp_alloc_has_failed());
	sp_free(first);
	first = sp_strdup("first");
	ck_assert_ptr_nonnull(first);
	sp_free(first);
}
END_TEST

START_TEST(json_allocates_here)
{
	sp_alloc_install();
	sp_alloc_fail_after(0);
	ck_assert_ptr_null(json_string("text"));
	ck_assert(sp_alloc_has_failed());
}
END_TEST

KIT_MAIN("alloc", one_allocation_fails, all_allocations_fail, json_allocates_here)
