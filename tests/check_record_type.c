/* check_record_type.c: records and arrays as values of a node: deep copies, equal by content. */
#include <check.h>
#include <string.h>

#include "alloc.h"
#include "record.h"
#include "runner.h"

SP_CHOICE(colour, red, green);
SP_RECORD(point, (integer, x), (string, name));
SP_RECORD(everything,
	(string, text),
	(integer, count),
	(number, ratio),
	(boolean, flag),
	(bytes, blob),
	(any, more),
	(choice(colour), colour),
	(record(point), at),
	(array(string), words),
	(array(record(point)), points));
SP_RECORD(holder,
	(record(everything), all),
	(array(integer), numbers),
	(string, text),
	(bytes, bytes),
	(any, any),
	(choice(colour), colour),
	(array(record(anything)), things));

static const char *words[] = { "a", NULL, "b" };
static const struct point points[] = { { 1, "one" }, { 2, NULL } };
static struct everything example;

static void set_up(void)
{
	example = (struct everything){
		.text = "text",
		.count = 1,
		.ratio = (double)NAN,
		.flag = true,
		.blob = { "\1\2", 2 },
		.more = json_pack("{s:[i]}", "a", 1),
		.colour = colour_green,
		.at = { 3, "three" },
		.words = { words, 3 },
		.points = { points, 2 },
	};
}

static void tear_down(void)
{
	json_decref(example.more);
}

START_TEST(plain_fields_have_the_built_in_types)
{
	ck_assert_ptr_eq(sp_field_type_create(holder_record.fields[2]), &sp_type_string);
	ck_assert_ptr_eq(sp_field_type_create(holder_record.fields[3]), &sp_type_bytes);
	ck_assert_ptr_eq(sp_field_type_create(holder_record.fields[4]), &sp_type_json);
	ck_assert_ptr_eq(sp_field_type_create(holder_record.fields[5]), &sp_type_choice);
	ck_assert_ptr_eq(sp_field_type_create(everything_record.fields[1]), &sp_type_integer);
	ck_assert_ptr_eq(sp_field_type_create(everything_record.fields[2]), &sp_type_number);
	ck_assert_ptr_eq(sp_field_type_create(everything_record.fields[3]), &sp_type_boolean);
	sp_field_type_destroy(&sp_type_string);
	sp_field_type_destroy(NULL);
}
END_TEST

START_TEST(a_copy_shares_nothing)
{
	const struct sp_value_type *type = sp_field_type_create(holder_record.fields[0]);
	struct everything copy;

	ck_assert_uint_eq(type->size, sizeof(struct everything));
	ck_assert_int_eq(type->keep(type, &copy, &example), SP_OK);
	ck_assert(type->equal(type, &copy, &example));
	ck_assert_ptr_ne(copy.text, example.text);
	ck_assert_ptr_ne(copy.blob.data, example.blob.data);
	ck_assert_ptr_ne(copy.more, example.more);
	ck_assert_ptr_ne(copy.points.items, example.points.items);
	ck_assert_str_eq(copy.points.items[0].name, "one");
	ck_assert_ptr_null(copy.words.items[1]);
	type->release(type, &copy);
	sp_field_type_destroy(type);
}
END_TEST

/* Makes the value other than the example, one way for each number; 0 changes nothing. */
static bool change(struct everything *value, int way)
{
	static const char *const other_words[] = { "a", "", "b" };
	static const struct point other_points[] = { { 1, "one" }, { 2, "two" } };

	switch (way) {
	case 1:
		value->text = NULL;
		break;
	case 2:
		value->count = 2;
		break;
	case 3:
		value->ratio = 1;
		break;
	case 4:
		value->flag = false;
		break;
	case 5:
		value->blob = (sp_bytes){ "\1\3", 2 };
		break;
	case 6:
		value->blob = (sp_bytes){ NULL, 0 };
		break;
	case 7:
		value->more = NULL;
		break;
	case 8:
		value->colour = colour_red;
		break;
	case 9:
		value->at.name = "drei";
		break;
	case 10:
		value->words.items = other_words;
		break;
	case 11:
		value->words.count = 2;
		break;
	case 12:
		value->points.items = other_points;
		break;
	default:
		return false;
	}
	return true;
}

START_TEST(content_decides_what_is_equal)
{
	const struct sp_value_type *type = sp_field_type_create(holder_record.fields[0]);
	struct everything changed = example;
	bool expected = !change(&changed, _i);

	ck_assert(type->equal(type, &example, &changed) == expected);
	ck_assert(type->equal(type, &changed, &example) == expected);
	ck_assert(type->equal(type, &changed, &changed));
	sp_field_type_destroy(type);
}
END_TEST

START_TEST(json_is_equal_by_content)
{
	const struct sp_value_type *type = sp_field_type_create(holder_record.fields[6]);
	struct anything left_item = { json_pack("[i]", 1) };
	struct anything right_item = { json_pack("[i]", 1) };
	struct sp_items left = { &left_item, 1 };
	struct sp_items right = { &right_item, 1 };

	ck_assert(type->equal(type, &left, &right));
	json_array_append_new(right_item.json, json_null());
	ck_assert(!type->equal(type, &left, &right));
	json_decref(left_item.json);
	json_decref(right_item.json);
	sp_field_type_destroy(type);
}
END_TEST

START_TEST(an_array_is_a_value)
{
	const struct sp_value_type *type = sp_field_type_create(holder_record.fields[1]);
	int64_t numbers[] = { 1, 2 };
	struct sp_items items = { numbers, 2 };
	struct sp_items none = { NULL, 0 };
	struct sp_items copy;

	ck_assert_int_eq(type->clone(type, &copy, &items), SP_OK);
	numbers[1] = 3;
	ck_assert(!type->equal(type, &copy, &items));
	type->release(type, &copy);
	ck_assert_int_eq(type->clone(type, &copy, &none), SP_OK);
	ck_assert(type->equal(type, &copy, &none));
	type->release(type, &copy);
	sp_field_type_destroy(type);
}
END_TEST

START_TEST(each_allocation_may_fail)
{
	const struct sp_value_type *type = NULL;
	struct everything copy;
	sp_status status;
	long count = 0;

	while (!type) {
		sp_alloc_fail_after(count++);
		type = sp_field_type_create(holder_record.fields[0]);
		sp_alloc_fail_after(-1);
	}
	ck_assert_int_gt(count, 5);
	count = 0;
	do {
		sp_alloc_fail_after(count++);
		status = type->keep(type, &copy, &example);
		sp_alloc_fail_after(-1);
	} while (status == SP_NO_MEMORY);
	ck_assert_int_gt(count, 8);
	ck_assert(type->equal(type, &copy, &example));
	type->release(type, &copy);
	sp_field_type_destroy(type);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(plain_fields_have_the_built_in_types), TEST(a_copy_shares_nothing),
		TEST(content_decides_what_is_equal, .times = 13), TEST(json_is_equal_by_content),
		TEST(an_array_is_a_value), TEST(each_allocation_may_fail) };

	sp_alloc_install();
	return run_suite(&SUITE(cases, "record_type", .set_up = set_up, .tear_down = tear_down));
}
