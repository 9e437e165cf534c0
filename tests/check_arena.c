/* check_arena.c: memory that is freed all at once. */
#include "alloc.h"
#include "arena.h"
#include "graph_kit.h"

#include <string.h>

struct numbers {
	const int64_t *items;
	size_t count;
};

static void append(struct arena *arena, struct numbers *numbers, int64_t value)
{
	arena_append(arena, numbers, sizeof value, &value);
}

static const char *format(struct arena *arena, const char *text, ...) SP_FORMAT(2, 3);
static const char *format(struct arena *arena, const char *text, ...)
{
	const char *made;
	va_list arguments;

	va_start(arguments, text);
	made = arena_format(arena, text, arguments);
	va_end(arguments);
	return made;
}

static bool is_zero(const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

START_TEST(memory_is_zeroed_aligned_and_apart)
{
	static const size_t sizes[] = { 0, 1, 7, 16, 900, 200, 4096, 4097, 100000, 1 };
	struct arena arena;
	char *last = NULL;

	arena_init(&arena);
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		char *memory = arena_allocate(&arena, sizes[i]);

		ck_assert_ptr_nonnull(memory);
		ck_assert_uint_eq((uintptr_t)memory % _Alignof(max_align_t), 0);
		ck_assert(is_zero(memory, sizes[i]));
		memset(memory, 0xa5, sizes[i]);
		ck_assert(last == NULL || *last == (char)0xa5);
		last = sizes[i] > 0 ? memory : last;
	}
	arena_finish(&arena);
	ck_assert_ptr_nonnull(arena_allocate_for(&arena, 8));
	arena_finish(&arena);
}
END_TEST

START_TEST(the_first_bytes_cost_no_allocation)
{
	struct arena arena;

	arena_init(&arena);
	sp_alloc_fail_after(0);
	for (size_t used = 0; used < ARENA_FIRST; used += 96)
		ck_assert_ptr_nonnull(arena_allocate(&arena, 96));
	ck_assert(!sp_alloc_has_failed());
	ck_assert_ptr_null(arena_allocate(&arena, 96));
	ck_assert(arena.failed);
	sp_alloc_fail_after(-1);
	arena_finish(&arena);
	ck_assert(!arena.failed);
}
END_TEST

START_TEST(too_large_is_refused)
{
	struct arena arena;

	arena_init(&arena);
	ck_assert_ptr_null(arena_allocate(&arena, SIZE_MAX));
	ck_assert(arena.failed);
	arena_finish(&arena);
}
END_TEST

START_TEST(text_is_formatted)
{
	char longer[5000];
	struct arena arena;

	memset(longer, 'x', sizeof longer - 1);
	longer[sizeof longer - 1] = '\0';
	arena_init(&arena);
	ck_assert_str_eq(format(&arena, "%s and %d", "one", 2), "one and 2");
	ck_assert_uint_eq(strlen(format(&arena, "<%s>", longer)), sizeof longer + 1);
	sp_alloc_fail_after(0);
	ck_assert_str_eq(format(&arena, "<%s>", longer), "");
	ck_assert(arena.failed);
	sp_alloc_fail_after(-1);
	arena_finish(&arena);
}
END_TEST

START_TEST(arrays_grow_side_by_side)
{
	struct numbers odd = { NULL, 0 }, even = { NULL, 0 };
	struct arena arena;

	arena_init(&arena);
	for (int64_t i = 0; i < 1000; i++)
		append(&arena, i % 2 ? &odd : &even, i);
	ck_assert_uint_eq(odd.count, 500);
	ck_assert_uint_eq(even.count, 500);
	for (int64_t i = 0; i < 500; i++) {
		ck_assert_int_eq(even.items[i], 2 * i);
		ck_assert_int_eq(odd.items[i], 2 * i + 1);
	}
	arena_finish(&arena);
}
END_TEST

/* An array that came with a parameter has no room behind it. */
START_TEST(a_foreign_array_is_copied_before_it_grows)
{
	static const int64_t given[] = { 1, 2, 3 };
	struct numbers numbers = { given, 3 };
	struct arena arena;

	arena_init(&arena);
	append(&arena, &numbers, 4);
	ck_assert_ptr_ne(numbers.items, given);
	ck_assert_uint_eq(numbers.count, 4);
	ck_assert_int_eq(numbers.items[0] * 1000 + numbers.items[1] * 100 + numbers.items[2] * 10 + numbers.items[3],
		1234);
	arena_finish(&arena);
}
END_TEST

START_TEST(an_array_stays_when_memory_ends)
{
	struct numbers numbers = { NULL, 0 };
	struct arena arena;

	arena_init(&arena);
	sp_alloc_fail_after(0);
	for (int64_t i = 0; !arena.failed; i++)
		append(&arena, &numbers, i);
	sp_alloc_fail_after(-1);
	ck_assert_uint_gt(numbers.count, 0);
	for (size_t i = 0; i < numbers.count; i++)
		ck_assert_int_eq(numbers.items[i], (int64_t)i);
	arena_finish(&arena);
}
END_TEST

int main(void)
{
	const TTest *const cases[] = { memory_is_zeroed_aligned_and_apart, the_first_bytes_cost_no_allocation,
		too_large_is_refused, text_is_formatted, arrays_grow_side_by_side,
		a_foreign_array_is_copied_before_it_grows, an_array_stays_when_memory_ends };

	return kit_run("arena", cases, sizeof cases / sizeof cases[0]);
}
