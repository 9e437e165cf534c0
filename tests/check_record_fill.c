/* check_record_fill.c: json becomes a struct, or every reason why it does not (R-RN-1, R-RN-2). */
#include <check.h>
#include <pthread.h>
#include <string.h>

#include "alloc.h"
#include "record.h"
#include "runner.h"

SP_CHOICE(colour, red, green, blue);
SP_RECORD(point, (integer, x, .otherwise = 7), (integer, y, .required = true));
SP_RECORD(everything,
	(string, text, .otherwise = "none", .min_length = 2, .max_length = 5),
	(string, code, .pattern = "^[A-Z]{2}$"),
	(string, host, .format = "hostname"),
	(integer, count, .otherwise = 3, .min = 1, .max = 10),
	(number, ratio, .otherwise = 0.5, .min = 0, .max = 1),
	(boolean, flag, .otherwise = true),
	(bytes, blob, .max_length = 4),
	(any, more),
	(choice(colour), colour, .otherwise = colour_green),
	(record(point), at),
	(array(integer), numbers, .min_items = 1, .max_items = 3),
	(array(record(point)), points),
	(array(string), words),
	(string, password, .secret = true, .pattern = "^x"));
SP_RECORD(strict, (string, name, .required = true), (record(point), at, .required = true));
SP_RECORD(holder, (array(record(anything)), values));
SP_RECORD(tricky, (integer, low, .min = 5, .required = true));

/* Memory that lasts as long as a test. */
struct memory {
	void *blocks[3000];
	size_t count;
};

static void *take(void *user, size_t size)
{
	struct memory *memory = user;
	void *block = sp_malloc(size);

	ck_assert_uint_lt(memory->count, 3000);
	if (block)
		memory->blocks[memory->count++] = block;
	return block;
}

static void give_back(struct memory *memory)
{
	while (memory->count > 0)
		sp_free(memory->blocks[--memory->count]);
}

static struct memory memory;
static json_t *json, *faults;

static void tear_down(void)
{
	sp_alloc_fail_after(-1);
	give_back(&memory);
	json_decref(json);
	json_decref(faults);
	json = faults = NULL;
}

static json_t *parse(const char *text)
{
	json_decref(json);
	json = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	ck_assert_msg(json != NULL, "%s", text);
	return json;
}

static sp_status fill(const struct sp_record *record, const char *text, void *value)
{
	struct sp_fill how = { take, &memory, &faults };

	json_decref(faults);
	faults = NULL;
	return sp_record_fill(record, parse(text), &how, value);
}

static void expect_ok(const char *text, struct everything *ret_value)
{
	sp_status status = fill(&everything_record, text, ret_value);

	ck_assert_msg(status == SP_OK, "%s: %s", text, faults ? json_dumps(faults, 0) : "");
	ck_assert_ptr_null(faults);
}

/* Expects one fault of those found to be at pointer, with rule and message. */
static void expect_listed(const char *pointer, const char *rule, const char *message)
{
	for (size_t i = 0; i < json_array_size(faults); i++) {
		json_t *fault = json_array_get(faults, i);

		if (strcmp(json_string_value(json_object_get(fault, "pointer")), pointer) == 0 &&
			strcmp(json_string_value(json_object_get(fault, "rule")), rule) == 0) {
			ck_assert_str_eq(json_string_value(json_object_get(fault, "message")), message);
			return;
		}
	}
	ck_abort_msg("no fault %s at %s in %s", rule, pointer, json_dumps(faults, 0));
}

START_TEST(absent_fields_have_their_defaults)
{
	struct everything value;

	memset(&value, 0xff, sizeof(value));
	expect_ok("{}", &value);
	ck_assert_str_eq(value.text, "none");
	ck_assert_ptr_null(value.code);
	ck_assert_int_eq(value.count, 3);
	ck_assert_double_eq(value.ratio, 0.5);
	ck_assert(value.flag);
	ck_assert_ptr_null(value.blob.data);
	ck_assert_ptr_null(value.more);
	ck_assert_int_eq(value.colour, colour_green);
	ck_assert_int_eq(value.at.x, 7);
	ck_assert_int_eq(value.at.y, 0);
	ck_assert_ptr_null(value.numbers.items);
	ck_assert_uint_eq(value.numbers.count, 0);
}
END_TEST

START_TEST(present_fields_are_taken)
{
	struct everything value;

	expect_ok("{\"text\": \"\u00e4\u00f6\u00fc\", \"code\": \"EN\", \"host\": \"a.example\", \"count\": 10, "
		  "\"ratio\": 1, \"flag\": false, \"blob\": \"AQID\", \"more\": [null], \"colour\": \"blue\", "
		  "\"at\": {\"y\": -1}, \"numbers\": [1, 2], \"points\": [{\"x\": 1, \"y\": 2}, {\"y\": 3}], "
		  "\"words\": [\"a\", \"b\"]}",
		&value);
	ck_assert_str_eq(value.text, "\u00e4\u00f6\u00fc");
	ck_assert_ptr_eq(value.text, json_string_value(json_object_get(json, "text")));
	ck_assert_int_eq(value.count, 10);
	ck_assert_double_eq(value.ratio, 1);
	ck_assert(!value.flag);
	ck_assert_mem_eq(value.blob.data, "\1\2\3", 3);
	ck_assert_uint_eq(value.blob.size, 3);
	ck_assert_ptr_eq(value.more, json_object_get(json, "more"));
	ck_assert_uint_eq(value.more->refcount, 1);
	ck_assert_int_eq(value.colour, colour_blue);
	ck_assert_int_eq(value.at.x, 7);
	ck_assert_int_eq(value.at.y, -1);
	ck_assert_int_eq(value.numbers.items[1], 2);
	ck_assert_uint_eq(value.points.count, 2);
	ck_assert_int_eq(value.points.items[0].x, 1);
	ck_assert_int_eq(value.points.items[1].x, 7);
	ck_assert_str_eq(value.words.items[1], "b");
}
END_TEST

START_TEST(whole_numbers_are_integers)
{
	struct everything value;

	expect_ok("{\"count\": 3.0, \"ratio\": 0, \"more\": null, \"blob\": \"\"}", &value);
	ck_assert_int_eq(value.count, 3);
	ck_assert(json_is_null(value.more));
	ck_assert_ptr_nonnull(value.blob.data);
	ck_assert_uint_eq(value.blob.size, 0);
}
END_TEST

/* R-RN-2: each rule, with where, and with words that tell what was expected and what was found. */
static const struct {
	const char *text, *pointer, *rule, *message;
} wrong[] = {
	{ "[]", "", "type", "must be an object, is an array" },
	{ "{\"text\": 1}", "/text", "type", "must be a string, is an integer" },
	{ "{\"text\": \"a\\u0000b\"}", "/text", "type", "must not contain a zero byte" },
	{ "{\"text\": \"\u00e4\"}", "/text", "minLength", "must have at least 2 characters, has 1" },
	{ "{\"text\": \"123456\"}", "/text", "maxLength", "must have at most 5 characters, has 6" },
	{ "{\"code\": \"en\"}", "/code", "pattern", "must match ^[A-Z]{2}$, is \"en\"" },
	{ "{\"code\": \"a\\nb\"}", "/code", "pattern", "must match ^[A-Z]{2}$, is \"a?b\"" },
	{ "{\"code\": \"0123456789012345678901234567890123456789+\"}", "/code", "pattern",
		"must match ^[A-Z]{2}$, is \"0123456789012345678901234567890123456789...\"" },
	{ "{\"password\": \"geheim\"}", "/password", "pattern", "must match ^x, is a text that is secret" },
	{ "{\"host\": \"a_b\"}", "/host", "format", "must be the name of a host, is \"a_b\"" },
	{ "{\"count\": 0}", "/count", "minimum", "must be at least 1, is 0" },
	{ "{\"count\": 11}", "/count", "maximum", "must be at most 10, is 11" },
	{ "{\"count\": 1.5}", "/count", "type", "must be an integer of 64 bits, is 1.5" },
	{ "{\"count\": 1e300}", "/count", "type", "must be an integer of 64 bits, is 1e+300" },
	{ "{\"count\": 9223372036854775808.0}", "/count", "type",
		"must be an integer of 64 bits, is 9.22337203685478e+18" },
	{ "{\"count\": \"1\"}", "/count", "type", "must be an integer, is a string" },
	{ "{\"count\": null}", "/count", "type", "must be an integer, is null" },
	{ "{\"ratio\": -0.1}", "/ratio", "minimum", "must be at least 0, is -0.1" },
	{ "{\"ratio\": 1.1}", "/ratio", "maximum", "must be at most 1, is 1.1" },
	{ "{\"ratio\": true}", "/ratio", "type", "must be a number, is true" },
	{ "{\"flag\": 1}", "/flag", "type", "must be true or false, is an integer" },
	{ "{\"blob\": 1.5}", "/blob", "type", "must be a string of base64, is a number" },
	{ "{\"blob\": \"AQI\"}", "/blob", "format", "must be base64 with its padding (RFC 4648)" },
	{ "{\"blob\": \"AQIDBAU=\"}", "/blob", "maxLength", "must have at most 4 bytes, has 5" },
	{ "{\"colour\": \"pink\"}", "/colour", "enum", "must be one of red, green, blue, is \"pink\"" },
	{ "{\"colour\": 0}", "/colour", "type", "must be a string, is an integer" },
	{ "{\"at\": {}}", "/at/y", "required", "is required" },
	{ "{\"at\": {\"y\": 1, \"z\": 1}}", "/at/z", "unknown", "is unknown; known here: x, y" },
	{ "{\"at\": false}", "/at", "type", "must be an object, is false" },
	{ "{\"numbers\": {}}", "/numbers", "type", "must be an array, is an object" },
	{ "{\"numbers\": []}", "/numbers", "minItems", "must have at least 1 items, has 0" },
	{ "{\"numbers\": [1, 2, 3, 4]}", "/numbers", "maxItems", "must have at most 3 items, has 4" },
	{ "{\"numbers\": [1, \"2\"]}", "/numbers/1", "type", "must be an integer, is a string" },
	{ "{\"points\": [{\"y\": 1}, {}]}", "/points/1/y", "required", "is required" },
	{ "{\"words\": [\"a\", \"b\", 3]}", "/words/2", "type", "must be a string, is an integer" },
};

START_TEST(each_rule_is_told)
{
	struct everything value;

	ck_assert_int_eq(fill(&everything_record, wrong[_i].text, &value), SP_INVALID);
	ck_assert_uint_eq(json_array_size(faults), 1);
	expect_listed(wrong[_i].pointer, wrong[_i].rule, wrong[_i].message);
}
END_TEST

START_TEST(one_fault_is_enough_without_a_list)
{
	struct everything value;
	struct sp_fill how = { take, &memory, NULL };

	ck_assert_int_eq(sp_record_fill(&everything_record, parse(wrong[_i].text), &how, &value), SP_INVALID);
}
END_TEST

/* R-RN-2: a validation error lists every fault with its JSON pointer. */
START_TEST(every_fault_is_listed)
{
	struct everything value;

	ck_assert_int_eq(
		fill(&everything_record,
			"{\"count\": 0, \"text\": \"1\", \"a/b~c\": 1, \"flag\": 0, \"points\": [1, {\"x\": \"\"}]}",
			&value),
		SP_INVALID);
	ck_assert_uint_eq(json_array_size(faults), 7);
	expect_listed("/count", "minimum", "must be at least 1, is 0");
	expect_listed("/text", "minLength", "must have at least 2 characters, has 1");
	expect_listed("/flag", "type", "must be true or false, is an integer");
	expect_listed("/points/0", "type", "must be an object, is an integer");
	expect_listed("/points/1/x", "type", "must be an integer, is a string");
	expect_listed("/points/1/y", "required", "is required");
	expect_listed("/a~1b~0c", "unknown",
		"is unknown; known here: text, code, host, count, ratio, flag, blob, more, colour, at, numbers, points, "
		"words, password");
}
END_TEST

START_TEST(what_is_required_must_be_there)
{
	struct strict value;

	ck_assert_int_eq(fill(&strict_record, "{\"at\": {}}", &value), SP_INVALID);
	ck_assert_uint_eq(json_array_size(faults), 2);
	expect_listed("/name", "required", "is required");
	expect_listed("/at/y", "required", "is required");
	ck_assert_int_eq(fill(&strict_record, "{\"name\": \"\", \"at\": {\"y\": 1}}", &value), SP_OK);
}
END_TEST

START_TEST(a_default_of_what_is_required_is_never_used)
{
	struct tricky value;

	ck_assert_int_eq(fill(&tricky_record, "{\"low\": 5}", &value), SP_OK);
	ck_assert_int_eq(value.low, 5);
}
END_TEST

START_TEST(anything_holds_any_value)
{
	struct anything any;
	struct holder holder;

	ck_assert_int_eq(fill(&anything_record, "[1]", &any), SP_OK);
	ck_assert_ptr_eq(any.json, json);
	ck_assert_int_eq(fill(&holder_record, "{\"values\": [false, null]}", &holder), SP_OK);
	ck_assert(json_is_false(holder.values.items[0].json));
	ck_assert(json_is_null(holder.values.items[1].json));
}
END_TEST

/* A body of many faults must not become an answer of many megabytes. */
START_TEST(faults_without_end_are_cut)
{
	struct everything value;
	char text[20100];
	char *end = stpcpy(text, "{\"words\": [0");

	for (size_t i = 0; i < 5000; i++)
		end = stpcpy(end, ",0");
	stpcpy(end, "]}");
	ck_assert_int_eq(fill(&everything_record, text, &value), SP_INVALID);
	ck_assert_uint_eq(json_array_size(faults), 1001);
	expect_listed("", "more", "there are more faults, which are not listed");
}
END_TEST

START_TEST(a_wrong_record_is_a_fault)
{
	static const struct sp_record broken = { sizeof(struct sp_record), 0, "broken", NULL };
	struct everything value;

	ck_assert_int_eq(fill(&broken, "{}", &value), SP_INVALID);
	expect_listed("", "record", "broken: a record of anything has a json_t *");
}
END_TEST

START_TEST(a_field_is_filled_by_itself)
{
	struct sp_field_plan *plan = sp_field_plan_create(tricky_record.fields[0], NULL);
	struct sp_fill how = { take, &memory, &faults };
	int64_t value = 1;

	ck_assert_int_eq(sp_field_plan_fill(plan, parse("6"), &how, &value), SP_OK);
	ck_assert_int_eq(value, 6);
	ck_assert_int_eq(sp_field_plan_fill(plan, NULL, &how, &value), SP_INVALID);
	expect_listed("", "required", "is required");
	json_decref(faults);
	ck_assert_int_eq(sp_field_plan_fill(plan, parse("4"), &how, &value), SP_INVALID);
	expect_listed("", "minimum", "must be at least 5, is 4");
	sp_field_plan_destroy(plan);
	plan = sp_field_plan_create(point_record.fields[0], NULL);
	ck_assert_int_eq(sp_field_plan_fill(plan, NULL, &how, &value), SP_OK);
	ck_assert_int_eq(value, 7);
	sp_field_plan_destroy(plan);
}
END_TEST

START_TEST(a_missing_object_is_an_empty_one)
{
	struct sp_record_plan *plan = sp_record_plan_create(&strict_record, NULL);
	struct sp_fill how = { take, &memory, &faults };
	struct strict value;

	ck_assert_int_eq(sp_record_plan_fill(plan, NULL, &how, &value), SP_INVALID);
	ck_assert_uint_eq(json_array_size(faults), 2);
	sp_record_plan_destroy(plan);
}
END_TEST

static void *fill_often(void *plan)
{
	json_t *input = json_loads("{\"code\": \"EN\", \"host\": \"a\", \"count\": 0}", 0, NULL);
	json_t *found = NULL;
	struct sp_fill how = { NULL, NULL, &found };
	struct everything value;
	sp_status status = SP_INVALID;

	for (int i = 0; i < 200 && status == SP_INVALID; i++) {
		status = sp_record_plan_fill(plan, input, &how, &value);
		json_decref(found);
	}
	json_decref(input);
	return status == SP_INVALID ? plan : NULL;
}

START_TEST(one_plan_serves_many_threads)
{
	struct sp_record_plan *plan = sp_record_plan_create(&everything_record, NULL);
	pthread_t threads[3];
	void *result;

	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, fill_often, plan), 0);
	for (size_t i = 0; i < 3; i++) {
		pthread_join(threads[i], &result);
		ck_assert_ptr_eq(result, plan);
	}
	sp_record_plan_destroy(plan);
}
END_TEST

/* Every allocation fails in turn; the answer is SP_NO_MEMORY and nothing is lost. */
START_TEST(each_allocation_may_fail)
{
	static const char *const texts[] = { "{\"blob\": \"AQID\", \"points\": [{\"y\": 1}], \"words\": [\"a\"]}",
		"{\"count\": 0, \"points\": [{\"x\": \"\"}]}" };
	static const sp_status ends[] = { SP_OK, SP_INVALID };
	json_t *input = json_loads(texts[_i], 0, NULL);
	struct sp_fill how = { take, &memory, &faults };
	struct everything value;
	long count = 0;
	sp_status status;

	do {
		sp_alloc_fail_after(count++);
		status = sp_record_fill(&everything_record, input, &how, &value);
		sp_alloc_fail_after(-1);
		give_back(&memory);
	} while (status == SP_NO_MEMORY && !faults);
	ck_assert_int_eq(status, ends[_i]);
	ck_assert_int_gt(count, 10);
	ck_assert(status == SP_INVALID || !faults);
	json_decref(input);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(absent_fields_have_their_defaults), TEST(present_fields_are_taken),
		TEST(whole_numbers_are_integers), TEST(each_rule_is_told, .times = sizeof(wrong) / sizeof(wrong[0])),
		TEST(one_fault_is_enough_without_a_list, .times = sizeof(wrong) / sizeof(wrong[0])),
		TEST(every_fault_is_listed), TEST(what_is_required_must_be_there),
		TEST(a_default_of_what_is_required_is_never_used), TEST(anything_holds_any_value),
		TEST(faults_without_end_are_cut), TEST(a_wrong_record_is_a_fault), TEST(a_field_is_filled_by_itself),
		TEST(a_missing_object_is_an_empty_one), TEST(one_plan_serves_many_threads),
		TEST(each_allocation_may_fail, .times = 2) };

	sp_alloc_install();
	return run_suite(&SUITE(cases, "record_fill", .tear_down = tear_down));
}
