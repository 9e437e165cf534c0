/* check_configuration_file.c: one file, read and parsed; what is wrong with it, and where (R-CF-3). */
#include "configuration_file.h"

#include "configuration_faults.h"
#include "runner.h"
#include "temporary_directory.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct temporary_directory directory;
static json_t *faults;
static char text[1024];

static void set_up(void)
{
	temporary_directory_init(&directory);
	faults = json_array();
}

static void tear_down(void)
{
	json_decref(faults);
	temporary_directory_finish(&directory);
}

/* The only fault, without the directory. */
static const char *fault(void)
{
	char line[1024];
	const char *at;

	ck_assert_uint_eq(json_array_size(faults), 1);
	configuration_fault_write(json_array_get(faults, 0), line, sizeof(line));
	at = strstr(line, directory.path);
	snprintf(text, sizeof(text), "%s", at == line ? line + strlen(directory.path) + 1 : line);
	return text;
}

static const struct {
	const char *content, *fault;
} wrong[] = {
	{ "", "a.json:1:1: is empty; write at least {}" },
	{ " \n\t", "a.json:1:1: is empty; write at least {}" },
	{ "[1]", "a.json:1:1: must be one JSON object, { ... }, at its top" },
	{ "\n 12", "a.json:2:2: is not JSON: '[' or '{' expected; correct the JSON there" },
	{ "{\n\t\"a\": hello\n}", "a.json:2:7: is not JSON: invalid token; correct the JSON there" },
	{ "{\n\t\"a\": 1,\n}",
		"a.json:3:1: is not JSON: string or '}' expected; maybe the comma before it is one too many, or a value is "
		"missing" },
	{ "{\"a\": [1,]}",
		"a.json:1:10: is not JSON: unexpected token; maybe the comma before it is one too many, or a value is missing" },
	{ "{\n\"a\": 1\n\"b\": 2}",
		"a.json:3:3: is not JSON: '}' expected; maybe a comma or a colon is missing before it" },
	{ "{ // why\n}", "a.json:1:3: is not JSON: string or '}' expected; JSON has no comments" },
	{ "# why\n{}", "a.json:1:1: is not JSON: '[' or '{' expected; JSON has no comments" },
	{ "{'a': 1}", "a.json:1:2: is not JSON: string or '}' expected; text stands between double quotes" },
	{ "{\"a\": 1, \"b\": {\n\"c\": 2, \"c\": 3}}",
		"a.json:2:9: is not JSON: duplicate object key; remove one of the two" },
	{ "{\"a\": {", "a.json:1:7: is not JSON: string or '}' expected; a brace, bracket or quote is not closed" },
	{ "{} {}", "a.json:1:4: is not JSON: end of file expected; correct the JSON there" },
	{ "\xef\xbb\xbf{}", "a.json:1:1: begins with a byte order mark; save the file as UTF-8 without one" },
	{ "{\"a\": \"\xff\"}", "a.json:1:8: is not JSON: unable to decode byte 0xff; save the file as UTF-8" },
};

START_TEST(what_is_wrong_is_told)
{
	struct configuration_layer layer;
	const char *path = temporary_write(&directory, "a.json", wrong[_i].content);

	ck_assert_int_eq(configuration_file_read(path, &layer, faults), SP_INVALID);
	ck_assert_str_eq(fault(), wrong[_i].fault);
}
END_TEST

/* R-CF-6 */
START_TEST(what_the_file_holds_is_not_quoted)
{
	struct configuration_layer layer;
	const char *path = temporary_write(&directory, "a.json", "{\"password\": hunter2}");

	ck_assert_int_eq(configuration_file_read(path, &layer, faults), SP_INVALID);
	ck_assert_ptr_null(strstr(fault(), "hunter2"));
}
END_TEST

START_TEST(what_is_nested_too_deep_is_refused)
{
	char *content = malloc(10000);
	struct configuration_layer layer;

	ck_assert_ptr_nonnull(content);
	memcpy(content, "{\"a\":", 5);
	memset(content + 5, '[', 5000);
	content[5005] = '\0';
	ck_assert_int_eq(configuration_file_read(temporary_write(&directory, "a.json", content), &layer, faults),
		SP_INVALID);
	ck_assert_ptr_nonnull(strstr(fault(), "it is nested too deep"));
	free(content);
}
END_TEST

START_TEST(what_is_too_large_is_refused)
{
	struct configuration_layer layer;
	const char *path = temporary_write(&directory, "a.json", "{}");

	ck_assert_int_eq(truncate(path, CONFIGURATION_FILE_MAX + 1), 0);
	ck_assert_int_eq(configuration_file_read(path, &layer, faults), SP_INVALID);
	ck_assert_str_eq(fault(), "a.json: is larger than 16 MiB, too large for a configuration");
}
END_TEST

START_TEST(no_file_is_not_found)
{
	struct configuration_layer layer;

	ck_assert_int_eq(configuration_file_read(temporary_path(&directory, "a.json"), &layer, faults), SP_NOT_FOUND);
	temporary_write(&directory, "b", "");
	ck_assert_int_eq(configuration_file_read(temporary_path(&directory, "b/a.json"), &layer, faults), SP_NOT_FOUND);
	ck_assert_uint_eq(json_array_size(faults), 0);
}
END_TEST

/* A pipe that nobody writes to must not hold the daemon. */
START_TEST(what_is_no_file_is_refused)
{
	struct configuration_layer layer;
	const char *path = temporary_path(&directory, "a.json");

	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(configuration_file_read(path, &layer, faults), SP_INVALID);
	ck_assert_str_eq(fault(), "a.json: is not a regular file");
	json_array_clear(faults);
	ck_assert_int_eq(configuration_file_read(directory.path, &layer, faults), SP_INVALID);
	ck_assert_uint_eq(json_array_size(faults), 1);
}
END_TEST

/* Some files of the system do not tell their size. */
START_TEST(a_file_may_be_larger_than_it_says)
{
	struct configuration_layer layer;

	ck_assert_int_eq(configuration_file_read("/proc/self/status", &layer, faults), SP_INVALID);
	ck_assert_ptr_nonnull(strstr(fault(), "/proc/self/status:1:1: is not JSON"));
}
END_TEST

START_TEST(a_file_keeps_its_text)
{
	struct configuration_layer layer;
	const char *path = temporary_write(&directory, "a.json", "{\"a\": {\"b\": 1.5}}\n");

	ck_assert_int_eq(configuration_file_read(path, &layer, faults), SP_OK);
	ck_assert_str_eq(layer.origin, path);
	ck_assert_uint_eq(layer.size, 18);
	ck_assert_mem_eq(layer.text, "{\"a\": {\"b\": 1.5}}\n", 18);
	ck_assert_uint_eq(json_object_size(layer.tree), 1);
	configuration_layer_finish(&layer);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(what_is_wrong_is_told, .times = sizeof(wrong) / sizeof(wrong[0])),
		TEST(what_the_file_holds_is_not_quoted), TEST(what_is_nested_too_deep_is_refused),
		TEST(what_is_too_large_is_refused), TEST(no_file_is_not_found), TEST(what_is_no_file_is_refused),
		TEST(a_file_may_be_larger_than_it_says), TEST(a_file_keeps_its_text) };

	return run_suite(&SUITE(cases, "configuration_file", .set_up = set_up, .tear_down = tear_down));
}
