/* check_table.c: intrusive links by their text. */
#include "alloc.h"
#include "graph_kit.h"
#include "table.h"

#include <stdio.h>
#include <string.h>

enum { MANY = 1000 };

struct entry {
	struct table_link link;
	char key[16];
};

static void fill(struct table *table, struct entry *entries)
{
	table_init(table);
	for (size_t i = 0; i < MANY; i++) {
		snprintf(entries[i].key, sizeof entries[i].key, "key-%zu", i);
		table_insert(table, &entries[i].link, entries[i].key);
	}
}

static const struct table_link *find(const struct table *table, const char *key)
{
	return table_find(table, key, strlen(key));
}

static void check_and_empty(struct table *table, struct entry *entries)
{
	ck_assert_uint_eq(table->count, MANY);
	for (size_t i = 0; i < MANY; i++)
		ck_assert_ptr_eq(find(table, entries[i].key), &entries[i].link);
	ck_assert_ptr_null(find(table, "key-1000"));
	for (size_t i = 0; i < MANY; i += 2)
		table_remove(table, &entries[i].link);
	for (size_t i = 0; i < MANY; i++)
		ck_assert_ptr_eq(find(table, entries[i].key), i % 2 ? &entries[i].link : NULL);
	for (size_t i = 1; i < MANY; i += 2)
		table_remove(table, &entries[i].link);
	ck_assert_uint_eq(table->count, 0);
	table_finish(table);
}

START_TEST(many_are_found)
{
	static struct entry entries[MANY];
	struct table table;

	fill(&table, entries);
	ck_assert_uint_ge(table.size, MANY);
	check_and_empty(&table, entries);
}
END_TEST

START_TEST(without_memory_it_only_gets_slower)
{
	static struct entry entries[MANY];
	struct table table;

	for (long allowed = 0; allowed < 3; allowed++) {
		sp_alloc_fail_after(allowed);
		fill(&table, entries);
		sp_alloc_fail_after(-1);
		check_and_empty(&table, entries);
	}
}
END_TEST

START_TEST(the_earliest_of_a_key_is_found)
{
	static struct entry others[MANY];
	struct table_link first = { 0 }, second = { 0 };
	struct table table;

	table_init(&table);
	table_insert(&table, &first, "same");
	table_insert(&table, &second, "same");
	for (size_t i = 0; i < MANY; i++) {
		snprintf(others[i].key, sizeof others[i].key, "key-%zu", i);
		table_insert(&table, &others[i].link, others[i].key);
	}
	ck_assert_ptr_eq(find(&table, "same"), &first);
	table_remove(&table, &first);
	ck_assert_ptr_eq(find(&table, "same"), &second);
	table_remove(&table, &second);
	ck_assert_ptr_null(find(&table, "same"));
	table_finish(&table);
}
END_TEST

START_TEST(a_key_may_be_part_of_a_text)
{
	struct table_link link = { 0 }, longer = { 0 };
	struct table table;

	table_init(&table);
	table_insert(&table, &longer, "greeter.greet");
	table_insert(&table, &link, "greeter");
	ck_assert_ptr_eq(table_find(&table, "greeter.greet", 7), &link);
	ck_assert_ptr_eq(table_find(&table, "greeter.greet", 13), &longer);
	ck_assert_ptr_null(table_find(&table, "greeter", 6));
	ck_assert_ptr_null(table_find(&table, "", 0));
	table_remove(&table, &link);
	table_remove(&table, &longer);
	table_finish(&table);
}
END_TEST

int main(void)
{
	const TTest *const cases[] = { many_are_found, without_memory_it_only_gets_slower,
		the_earliest_of_a_key_is_found, a_key_may_be_part_of_a_text };

	return kit_run("table", cases, sizeof cases / sizeof cases[0]);
}
