/* check_signalctl_flags.c: a runnable's parameters as command-line flags (R-RN-1). links: daemon */
#include "runner.h"
#include "signalctl_flags.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const char schema_text[] = "{\"type\":\"object\",\"required\":[\"name\"],\"properties\":{"
				  "\"name\":{\"type\":\"string\",\"description\":\"whom\",\"examples\":[\"Ada\"]},"
				  "\"max_items\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":9,\"default\":3},"
				  "\"ratio\":{\"type\":\"number\"},"
				  "\"loud\":{\"type\":\"boolean\",\"default\":false},"
				  "\"no_wait\":{\"type\":\"boolean\"},"
				  "\"level\":{\"type\":\"string\",\"enum\":[\"debug\",\"info\"]},"
				  "\"tags\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},"
				  "\"sizes\":{\"type\":\"array\",\"items\":{\"type\":\"integer\"}},"
				  "\"address\":{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}}},"
				  "\"anything\":{}}}";

static json_t *schema, *params;
static char message[256];

static void make(void)
{
	schema = json_loads(schema_text, 0, NULL);
	params = json_object();
	ck_assert_ptr_nonnull(schema);
}

static void forget(void)
{
	json_decref(schema);
	json_decref(params);
}

static void expect(const char *text)
{
	json_t *expected = json_loads(text, 0, NULL);

	ck_assert_ptr_nonnull(expected);
	ck_assert(json_equal(params, expected));
	json_decref(expected);
}

static const struct {
	char *words[8];
	const char *params;
} taken[] = {
	{ { "--name", "Ada" }, "{\"name\":\"Ada\"}" },
	{ { "--name=Ada" }, "{\"name\":\"Ada\"}" },
	{ { "--name=" }, "{\"name\":\"\"}" },
	{ { "--name", "--loud" }, "{\"name\":\"--loud\"}" },
	{ { "--name", "a", "--name", "b" }, "{\"name\":\"b\"}" },
	{ { "--max-items", "-7" }, "{\"max_items\":-7}" },
	{ { "--max_items", "7" }, "{\"max_items\":7}" },
	{ { "--ratio", "1e3" }, "{\"ratio\":1000.0}" },
	{ { "--loud", "--max-items=1" }, "{\"loud\":true,\"max_items\":1}" },
	{ { "--no-loud" }, "{\"loud\":false}" },
	{ { "--loud=false" }, "{\"loud\":false}" },
	{ { "--no-wait" }, "{\"no_wait\":true}" },
	{ { "--no-no-wait" }, "{\"no_wait\":false}" },
	{ { "--level", "info" }, "{\"level\":\"info\"}" },
	{ { "--tags", "a", "--tags=b", "--tags", "c" }, "{\"tags\":[\"a\",\"b\",\"c\"]}" },
	{ { "--sizes", "1", "--sizes", "2" }, "{\"sizes\":[1,2]}" },
	{ { "--address", "{\"city\":\"Paris\"}" }, "{\"address\":{\"city\":\"Paris\"}}" },
	{ { "--anything", "[1,null]" }, "{\"anything\":[1,null]}" },
	{ { "--anything", "text" }, "{\"anything\":\"text\"}" },
};

START_TEST(flags_become_parameters)
{
	char *const *words = taken[_i].words;

	while (*words)
		ck_assert_int_eq(flags_take(schema, params, &words, message, sizeof message), FLAG_TAKEN);
	expect(taken[_i].params);
}
END_TEST

static const struct {
	char *words[3];
	enum flag_outcome outcome;
	const char *message;
} refused[] = {
	{ { "--nobody", "x" }, FLAG_UNKNOWN, "" },
	{ { "--no-name" }, FLAG_UNKNOWN, "" },
	{ { "--no-loud=true" }, FLAG_UNKNOWN, "" },
	{ { "--" }, FLAG_UNKNOWN, "" },
	{ { "name" }, FLAG_UNKNOWN, "" },
	{ { "-n" }, FLAG_UNKNOWN, "" },
	{ { "--name" }, FLAG_MISSING, "--name needs a value: text in UTF-8" },
	{ { "--max-items", "x" }, FLAG_INVALID, "--max_items: x is not a whole number" },
	{ { "--max-items", "1.5" }, FLAG_INVALID, "--max_items: 1.5 is not a whole number" },
	{ { "--max-items", " 1" }, FLAG_INVALID, "--max_items:  1 is not a whole number" },
	{ { "--max-items", "99999999999999999999" }, FLAG_INVALID,
		"--max_items: 99999999999999999999 is not a whole number" },
	{ { "--max-items=" }, FLAG_INVALID, "--max_items:  is not a whole number" },
	{ { "--ratio", "inf" }, FLAG_INVALID, "--ratio: inf is not a number" },
	{ { "--loud=maybe" }, FLAG_INVALID, "--loud: maybe is not true or false" },
	{ { "--address", "[1]" }, FLAG_INVALID, "--address: [1] is not a JSON object" },
	{ { "--name", "\xff" }, FLAG_INVALID, "--name: \xff is not text in UTF-8" },
	{ { "--sizes", "a" }, FLAG_INVALID, "--sizes: a is not a whole number" },
};

START_TEST(flags_that_do_not_fit_are_refused)
{
	char *const *words = refused[_i].words;

	message[0] = '\0';
	ck_assert_int_eq(flags_take(schema, params, &words, message, sizeof message), refused[_i].outcome);
	ck_assert_ptr_eq(words, refused[_i].words);
	ck_assert_str_eq(message, refused[_i].message);
	expect("{}");
}
END_TEST

START_TEST(help_names_every_parameter)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	flags_print_help(schema, out);
	fclose(out);
	ck_assert_ptr_nonnull(strstr(text, "  --name TEXT                        whom (like Ada) (required)\n"));
	ck_assert_ptr_nonnull(
		strstr(text, "  --max-items INTEGER                 (at least 1) (at most 9) (default 3)\n"));
	ck_assert_ptr_nonnull(strstr(text, "  --[no-]loud "));
	ck_assert_ptr_nonnull(strstr(text, "(one of debug, info)"));
	ck_assert_ptr_nonnull(strstr(text, "  --sizes INTEGER ... "));
	ck_assert_ptr_nonnull(strstr(text, "  --address JSON "));
	ck_assert_ptr_nonnull(strstr(text, "  --anything VALUE "));
	free(text);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(flags_become_parameters, .times = sizeof taken / sizeof taken[0]),
		TEST(flags_that_do_not_fit_are_refused, .times = sizeof refused / sizeof refused[0]),
		TEST(help_names_every_parameter) };

	return run_suite(&SUITE(cases, "signalctl_flags", .set_up = make, .tear_down = forget));
}
