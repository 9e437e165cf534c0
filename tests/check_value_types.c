/* check_value_types.c: the built-in types of values (R-RX-2). */
#include "alloc.h"
#include "graph_kit.h"

#include <signalpy/value.h>
#include <string.h>

static unsigned wakes;

static sp_status count_wake(void *user, SP_UNUSED struct sp_error *error)
{
	wakes++;
	sp_node_get(user);
	return SP_OK;
}

/* Whether writing each value in turn wakes an effect. */
static void check_changes(const struct sp_value_type *type, const void *same, const void *other)
{
	struct kit kit;
	sp_node *signal;

	kit_open(&kit);
	signal = sp_signal_create(kit.graph, type, same);
	kit_effect(&kit, count_wake, signal);
	wakes = 0;
	ck_assert_int_eq(sp_node_write(signal, same), SP_OK);
	ck_assert_uint_eq(wakes, 0);
	ck_assert_int_eq(sp_node_write(signal, other), SP_OK);
	ck_assert_uint_eq(wakes, 1);
	ck_assert_int_eq(sp_node_write(signal, other), SP_OK);
	ck_assert_uint_eq(wakes, 1);
	ck_assert_int_eq(sp_node_write(signal, same), SP_OK);
	ck_assert_uint_eq(wakes, 2);
	kit_close(&kit);
}

START_TEST(plain_types_compare_by_value)
{
	bool yes = true, no = false;
	int64_t least = INT64_MIN, most = INT64_MAX;
	enum { RED, BLUE = 7 } red = RED, blue = BLUE;
	double half = 0.5, third = 1.0 / 3;
	const void *here = &yes, *there = &no;

	check_changes(&sp_type_boolean, &yes, &no);
	check_changes(&sp_type_integer, &least, &most);
	check_changes(&sp_type_choice, &red, &blue);
	check_changes(&sp_type_number, &half, &third);
	check_changes(&sp_type_pointer, &here, &there);
}
END_TEST

START_TEST(strings_and_bytes_compare_by_content)
{
	char first[] = "abc", second[] = "abd";
	const char *one = first, *other = second, *none = NULL, *empty = "";
	sp_bytes nothing = { NULL, 0 }, some = { first, 2 }, more = { first, 3 }, rest = { first + 1, 2 };

	check_changes(&sp_type_string, &one, &other);
	check_changes(&sp_type_string, &none, &one);
	check_changes(&sp_type_string, &empty, &none);
	check_changes(&sp_type_bytes, &some, &more);
	check_changes(&sp_type_bytes, &some, &rest);
	check_changes(&sp_type_bytes, &nothing, &some);
	strcpy(second, "abc");
	ck_assert(sp_type_string.equal(&sp_type_string, &one, &other));
}
END_TEST

START_TEST(copies_are_the_nodes_own)
{
	struct kit kit;
	char text[] = "abc";
	const char *at = text;
	sp_bytes bytes = { text, 3 };
	sp_node *string, *block;

	kit_open(&kit);
	string = sp_signal_create(kit.graph, &sp_type_string, &at);
	block = sp_signal_create(kit.graph, &sp_type_bytes, &bytes);
	text[0] = 'X';
	ck_assert_str_eq(*(const char *const *)sp_node_get(string), "abc");
	ck_assert_mem_eq(((const sp_bytes *)sp_node_get(block))->data, "abc", 3);
	kit_close(&kit);
}
END_TEST

START_TEST(copies_without_memory_are_refused)
{
	struct kit kit;
	const char *old = "old", *new = "new";
	sp_bytes before = { old, 3 }, after = { new, 3 };
	sp_node *string, *block;

	kit_open(&kit);
	string = sp_signal_create(kit.graph, &sp_type_string, &old);
	block = sp_signal_create(kit.graph, &sp_type_bytes, &before);
	sp_alloc_fail_after(0);
	ck_assert_int_eq(sp_node_write(string, &new), SP_NO_MEMORY);
	sp_alloc_fail_after(0);
	ck_assert_int_eq(sp_node_write(block, &after), SP_NO_MEMORY);
	ck_assert_str_eq(*(const char *const *)sp_node_get(string), "old");
	ck_assert_mem_eq(((const sp_bytes *)sp_node_get(block))->data, "old", 3);
	kit_close(&kit);
}
END_TEST

START_TEST(clones_share_nothing)
{
	json_t *value = json_pack("{s:[i]}", "a", 1), *copy = NULL, *null = NULL;
	const void *pointer = &value;

	ck_assert_int_eq(sp_type_json.clone(&sp_type_json, &copy, &value), SP_OK);
	ck_assert(json_equal(copy, value));
	ck_assert_ptr_ne(json_object_get(copy, "a"), json_object_get(value, "a"));
	sp_type_json.release(&sp_type_json, &copy);
	sp_type_json.release(&sp_type_json, &value);
	ck_assert_int_eq(sp_type_json.clone(&sp_type_json, &copy, &null), SP_OK);
	ck_assert_ptr_null(copy);
	sp_type_json.release(&sp_type_json, &null);
	ck_assert_int_eq(sp_type_pointer.clone(&sp_type_pointer, &copy, &pointer), SP_CONFLICT);
}
END_TEST

START_TEST(json_clone_without_memory_is_refused)
{
	json_t *value, *copy = NULL;

	sp_alloc_install();
	value = json_pack("{s:[i]}", "a", 1);
	sp_alloc_fail_after(0);
	ck_assert_int_eq(sp_type_json.clone(&sp_type_json, &copy, &value), SP_NO_MEMORY);
	ck_assert_ptr_null(copy);
	json_decref(value);
}
END_TEST

KIT_MAIN("value_types", plain_types_compare_by_value, strings_and_bytes_compare_by_content, copies_are_the_nodes_own,
	copies_without_memory_are_refused, clones_share_nothing, json_clone_without_memory_is_refused)
