/* check_options.c: the command line of signalpyd, and the places that the environment names. */
#define _GNU_SOURCE
#include "options.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner.h"
#include "temporary_directory.h"

enum { WORDS_MOST = 8 };

/* Reads words, which end with NULL, as the command line; *options is to be finished. */
static sp_status read_words(struct options *options, const char *const *words, struct sp_error *error)
{
	char *arguments[WORDS_MOST + 1] = { (char *)"signalpyd" };
	int count = 1;

	for (; *words; words++)
		arguments[count++] = (char *)*words;
	return options_init(options, count, arguments, error);
}

static const struct {
	const char *words[WORDS_MOST], *message;
} refused[] = {
	{ { "--nonsense" }, "--nonsense is no option; see signalpyd --help" },
	{ { "start" }, "'start' is no option; see signalpyd --help" },
	{ { "--state-dir" }, "--state-dir needs a value; see signalpyd --help" },
	{ { "--state-dir", "" }, "--state-dir takes a directory, not ''; see signalpyd --help" },
	{ { "--runtime-dir=" }, "--runtime-dir takes a directory, not ''; see signalpyd --help" },
	{ { "--plugin-dir", "/a", "--plugin-dir", "" },
		"--plugin-dir takes a directory, not ''; see signalpyd --help" },
	{ { "--ready-fd", "3x" }, "--ready-fd takes a descriptor's number, not '3x'" },
	{ { "--ready-fd", "-1" }, "--ready-fd takes a descriptor's number, not '-1'" },
	{ { "--ready-fd", "" }, "--ready-fd takes a descriptor's number, not ''" },
	{ { "--ready-fd", "4294967296" }, "--ready-fd takes a descriptor's number, not '4294967296'" },
};

START_TEST(what_is_wrong_is_named)
{
	struct options options;
	struct sp_error error;

	ck_assert_int_eq(read_words(&options, refused[_i].words, &error), SP_INVALID);
	ck_assert_str_eq(error.message, refused[_i].message);
	options_finish(&options);
}
END_TEST

/* A relative path to the control socket would be no address, and where it lies is told to others. */
START_TEST(directories_become_absolute)
{
	static const char *const words[] = { "--state-dir", "state", "--runtime-dir", "/run/mine", "--plugin-dir", "p",
		"--plugin-dir=/q", NULL };
	struct temporary_directory directory;
	struct options options;
	char *sets = NULL;

	temporary_directory_init(&directory);
	ck_assert_int_eq(chdir(directory.path), 0);
	ck_assert_int_eq(read_words(&options, words, NULL), SP_OK);
	ck_assert_str_eq(options.state_dir, temporary_path(&directory, "state"));
	ck_assert_str_eq(options.runtime_dir, "/run/mine");
	ck_assert_int_gt(asprintf(&sets, "plugins.dirs=[\"%s\",\"/q\"]", temporary_path(&directory, "p")), 0);
	ck_assert_str_eq(options.sets[0], sets);
	ck_assert_ptr_null(options.sets[1]);
	free(sets);
	options_finish(&options);
	ck_assert_int_eq(chdir("/"), 0);
	temporary_directory_finish(&directory);
}
END_TEST

START_TEST(the_command_line_goes_before_the_environment)
{
	static const char *const given[] = { "--state-dir", "/mine", NULL }, *const none[] = { NULL };
	struct options options;

	ck_assert_int_eq(setenv("STATE_DIRECTORY", "/of/systemd", 1), 0);
	ck_assert_int_eq(read_words(&options, none, NULL), SP_OK);
	ck_assert_str_eq(options.state_dir, "/of/systemd");
	ck_assert(!options.file_given);
	ck_assert_int_eq(options.ready_fd, -1);
	options_finish(&options);
	ck_assert_int_eq(read_words(&options, given, NULL), SP_OK);
	ck_assert_str_eq(options.state_dir, "/mine");
	options_finish(&options);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(what_is_wrong_is_named, .times = sizeof refused / sizeof *refused),
		TEST(directories_become_absolute), TEST(the_command_line_goes_before_the_environment) };

	return run_suite(&SUITE(cases, "options"));
}
