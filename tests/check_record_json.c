/* check_record_json.c: structs become json, and what was filled from json becomes the same json again. */
#include <check.h>
#include <stdlib.h>

#include "alloc.h"
#include "record.h"
#include "runner.h"

SP_CHOICE(colour, red, green);
SP_RECORD(point, (integer, x), (integer, y));
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
	(array(record(point)), points),
	(array(record(anything)), things),
	(array(integer), some, .min_items = 1));

SP_RECORD(limited,
	(integer, above, .min = 1),
	(integer, below, .max = -1),
	(integer, needed, .required = true, .min = 1),
	(integer, around, .min = -1, .max = 1),
	(number, share, .min = 0.5, .otherwise = 0.75));

static void expect_json(const struct everything *value, const char *text)
{
	json_t *json = sp_record_json_new(&everything_record, value);
	char *found = json_dumps(json, JSON_COMPACT);

	ck_assert_str_eq(found, text);
	sp_free(found);
	json_decref(json);
}

START_TEST(absent_fields_are_left_out)
{
	expect_json(&(struct everything){ .ratio = (double)NAN, .colour = (enum colour)9 },
		"{\"count\":0,\"flag\":false,\"at\":{\"x\":0,\"y\":0},\"words\":[],\"points\":[],\"things\":[]}");
}
END_TEST

/* Where there is no room for 0, it says that nothing is there; filling reads it back as 0, and refuses it when
 * given. */
START_TEST(a_zero_outside_of_the_limits_is_absent)
{
	struct sp_record_plan *plan = sp_record_plan_create(&limited_record, NULL);
	struct limited value = { .needed = 4 };
	struct sp_fill how = { NULL, NULL, NULL };
	json_t *json = sp_record_json_new(&limited_record, &value);
	char *text = json_dumps(json, JSON_COMPACT);

	ck_assert_ptr_nonnull(plan);
	ck_assert_str_eq(text, "{\"needed\":4,\"around\":0}");
	ck_assert_int_eq(sp_record_plan_fill(plan, json, &how, &value), SP_OK);
	ck_assert_int_eq(value.above, 0);
	ck_assert_int_eq(value.below, 0);
	ck_assert_double_eq(value.share, 0.75);
	json_object_set_new(json, "above", json_integer(0));
	ck_assert_int_eq(sp_record_plan_fill(plan, json, &how, &value), SP_INVALID);
	json_decref(json);
	sp_free(text);
	json = sp_record_json_new(&limited_record, &(struct limited){ .above = 2, .below = -2, .share = 1 });
	text = json_dumps(json, JSON_COMPACT);
	ck_assert_str_eq(text, "{\"above\":2,\"below\":-2,\"needed\":0,\"around\":0,\"share\":1.0}");
	sp_free(text);
	json_decref(json);
	sp_record_plan_destroy(plan);
}
END_TEST

START_TEST(present_fields_are_rendered)
{
	static const char *const words[] = { "a", NULL };
	static const struct point points[] = { { 1, 2 }, { 3, 4 } };
	struct anything things[] = { { json_true() } };
	struct everything value = {
		.text = "\u00e4\"",
		.count = INT64_MIN,
		.ratio = 0.5,
		.flag = true,
		.blob = { "\1\2", 2 },
		.more = json_pack("[i]", 1),
		.colour = colour_green,
		.at = { 5, 6 },
		.words = { words, 2 },
		.points = { points, 2 },
		.things = { things, 1 },
	};

	expect_json(&value,
		"{\"text\":\"\u00e4\\\"\",\"count\":-9223372036854775808,\"ratio\":0.5,\"flag\":true,\"blob\":\"AQI=\","
		"\"more\":[1],\"colour\":\"green\",\"at\":{\"x\":5,\"y\":6},\"words\":[\"a\",null],"
		"\"points\":[{\"x\":1,\"y\":2},{\"x\":3,\"y\":4}],\"things\":[true]}");
	ck_assert_uint_eq(value.more->refcount, 1);
	json_decref(value.more);
}
END_TEST

START_TEST(bad_utf8_is_refused)
{
	ck_assert_ptr_null(sp_record_json_new(&everything_record, &(struct everything){ .text = "\xff" }));
}
END_TEST

START_TEST(sp_json_takes_members)
{
	json_t *json = SP_JSON(point, .y = 2);

	ck_assert_int_eq(json_integer_value(json_object_get(json, "y")), 2);
	json_decref(json);
}
END_TEST

START_TEST(anything_is_itself)
{
	struct anything any = { NULL };
	json_t *json = sp_record_json_new(&anything_record, &any);

	ck_assert(json_is_null(json));
	any.json = json_integer(4);
	json = sp_record_json_new(&anything_record, &any);
	ck_assert_ptr_eq(json, any.json);
	json_decref(json);
	json_decref(any.json);
}
END_TEST

START_TEST(a_field_is_rendered_by_itself)
{
	int64_t count = 3;
	const char *text = NULL;
	json_t *json = sp_field_json_new(everything_record.fields[1], &count);

	ck_assert_int_eq(json_integer_value(json), 3);
	json_decref(json);
	json = sp_field_json_new(everything_record.fields[0], &text);
	ck_assert(json_is_null(json));
	json_decref(json);
}
END_TEST

START_TEST(each_allocation_may_fail)
{
	static const char *const words[] = { "a" };
	static const struct point points[] = { { 1, 2 } };
	struct everything value = { .text = "a", .blob = { "\1", 1 }, .words = { words, 1 }, .points = { points, 1 } };
	json_t *json;
	long count = 0;

	do {
		sp_alloc_fail_after(count++);
		json = sp_record_json_new(&everything_record, &value);
		sp_alloc_fail_after(-1);
	} while (!json);
	ck_assert_int_gt(count, 20);
	ck_assert_uint_eq(json_object_size(json), 10);
	json_decref(json);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(absent_fields_are_left_out),
		TEST(a_zero_outside_of_the_limits_is_absent), TEST(present_fields_are_rendered),
		TEST(bad_utf8_is_refused), TEST(sp_json_takes_members), TEST(anything_is_itself),
		TEST(a_field_is_rendered_by_itself), TEST(each_allocation_may_fail) };

	sp_alloc_install();
	return run_suite(&SUITE(cases, "record_json"));
}
