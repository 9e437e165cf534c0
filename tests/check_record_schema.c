/* check_record_schema.c: records as JSON Schema 2020-12 (R-RN-1). */
#include <check.h>
#include <string.h>

#include "alloc.h"
#include "record.h"
#include "runner.h"

SP_CHOICE(colour, red, green);
SP_RECORD(point, (integer, x, .otherwise = 1), (integer, y, .required = true));
SP_RECORD(everything,
	(string, text, .otherwise = "a", .min_length = 1, .max_length = 5, .about = "some text", .example = "\"b\""),
	(string, code, .required = true, .pattern = "^[[:alpha:]_][[:digit:]]$", .format = "hostname"),
	(integer, count, .otherwise = 3, .min = 1, .max = 10),
	(number, ratio, .min = 0),
	(boolean, flag),
	(bytes, blob, .max_length = 4),
	(any, more, .about = "more", .example = "[1]"),
	(choice(colour), colour, .otherwise = colour_green),
	(record(point), at, .about = "where"),
	(array(integer), numbers, .min_items = 1, .max_items = 3),
	(array(record(anything)), things),
	(string, password, .secret = true, .otherwise = "x"),
	(integer, above, .min = 1),
	(number, below, .max = -1));

static const struct {
	const char *name, *schema;
} expected[] = {
	{ "text",
		"{\"type\":\"string\",\"minLength\":1,\"maxLength\":5,\"description\":\"some text\",\"examples\":[\"b\"],"
		"\"default\":\"a\"}" },
	{ "code", "{\"type\":\"string\",\"pattern\":\"^[A-Za-z_][0-9]$\",\"format\":\"hostname\"}" },
	{ "count", "{\"type\":\"integer\",\"minimum\":1,\"maximum\":10,\"default\":3}" },
	{ "ratio", "{\"type\":\"number\",\"minimum\":0.0,\"default\":0.0}" },
	{ "flag", "{\"type\":\"boolean\",\"default\":false}" },
	{ "blob", "{\"type\":\"string\",\"contentEncoding\":\"base64\",\"maxLength\":8}" },
	{ "more", "{\"description\":\"more\",\"examples\":[[1]]}" },
	{ "colour", "{\"type\":\"string\",\"enum\":[\"red\",\"green\"],\"default\":\"green\"}" },
	{ "at",
		"{\"type\":\"object\",\"properties\":{\"x\":{\"type\":\"integer\",\"default\":1},"
		"\"y\":{\"type\":\"integer\"}},\"required\":[\"y\"],\"additionalProperties\":false,\"description\":\"where\"}" },
	{ "numbers", "{\"type\":\"array\",\"items\":{\"type\":\"integer\"},\"minItems\":1,\"maxItems\":3}" },
	{ "things", "{\"type\":\"array\",\"items\":{}}" },
	{ "password", "{\"type\":\"string\",\"writeOnly\":true}" },
	{ "above", "{\"type\":\"integer\",\"minimum\":1}" },
	{ "below", "{\"type\":\"number\",\"maximum\":-1.0}" },
};

static void expect_text(const json_t *json, const char *text)
{
	char *found = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);

	ck_assert_ptr_nonnull(found);
	ck_assert_str_eq(found, text);
	sp_free(found);
}

START_TEST(each_member_is_described)
{
	json_t *schema = sp_record_schema_new(&everything_record);
	json_t *properties = json_object_get(schema, "properties");

	ck_assert_uint_eq(json_object_size(properties), sizeof(expected) / sizeof(expected[0]));
	expect_text(json_object_get(properties, expected[_i].name), expected[_i].schema);
	json_decref(schema);
}
END_TEST

START_TEST(a_record_is_a_closed_object)
{
	json_t *schema = sp_record_schema_new(&everything_record);

	expect_text(json_object_get(schema, "type"), "\"object\"");
	expect_text(json_object_get(schema, "required"), "[\"code\"]");
	expect_text(json_object_get(schema, "additionalProperties"), "false");
	ck_assert_uint_eq(json_object_size(schema), 4);
	json_decref(schema);
}
END_TEST

START_TEST(anything_has_an_empty_schema)
{
	json_t *schema = sp_record_schema_new(&anything_record);

	expect_text(schema, "{}");
	json_decref(schema);
}
END_TEST

START_TEST(a_field_is_described_by_itself)
{
	json_t *schema = sp_field_schema_new(everything_record.fields[2]);

	expect_text(schema, expected[2].schema);
	json_decref(schema);
}
END_TEST

START_TEST(each_allocation_may_fail)
{
	json_t *schema;
	long count = 0;

	do {
		sp_alloc_fail_after(count++);
		schema = sp_record_schema_new(&everything_record);
		sp_alloc_fail_after(-1);
	} while (!schema);
	ck_assert_int_gt(count, 100);
	ck_assert_uint_eq(json_object_size(json_object_get(schema, "properties")), 14);
	json_decref(schema);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(each_member_is_described,
						   .times = sizeof(expected) / sizeof(expected[0])),
		TEST(a_record_is_a_closed_object), TEST(anything_has_an_empty_schema),
		TEST(a_field_is_described_by_itself), TEST(each_allocation_may_fail) };

	sp_alloc_install();
	return run_suite(&SUITE(cases, "record_schema"));
}
