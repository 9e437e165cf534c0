/* check_places.c: the directories that a daemon has to itself. */
#include "places.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner.h"
#include "temporary_directory.h"

static char state[512], runtime[512];

static struct options options_in(const char *directory)
{
	snprintf(state, sizeof state, "%s/a/b/state", directory);
	snprintf(runtime, sizeof runtime, "%s/run", directory);
	return (struct options){ .state_dir = state, .runtime_dir = runtime };
}

START_TEST(one_daemon_has_a_state_directory)
{
	struct temporary_directory directory;
	struct options options;
	struct places mine = { .lock = -1 }, another = { .lock = -1 };
	struct sp_error error;

	temporary_directory_init(&directory);
	options = options_in(directory.path);
	ck_assert_int_eq(places_take(&mine, &options, &error), SP_OK);
	ck_assert_int_eq(access(runtime, W_OK), 0);
	ck_assert_int_eq(places_take(&another, &options, &error), SP_CONFLICT);
	ck_assert_ptr_nonnull(strstr(error.message, state));
	places_leave(&another);
	places_leave(&mine);
	ck_assert_int_eq(places_take(&another, &options, &error), SP_OK);
	places_leave(&another);
	temporary_directory_finish(&directory);
}
END_TEST

START_TEST(a_directory_that_cannot_be_made_is_named)
{
	struct options options = { .state_dir = (char[]){ "/proc/nowhere" }, .runtime_dir = (char[]){ "/proc/run" } };
	struct places places = { .lock = -1 };
	struct sp_error error;

	ck_assert_int_eq(places_take(&places, &options, &error), SP_FAILED);
	ck_assert_ptr_nonnull(strstr(error.message, "/proc/nowhere"));
	places_leave(&places);
}
END_TEST

START_TEST(a_check_leaves_nothing)
{
	struct options options = { .state_dir = strdup("/var/lib/signalpy") };
	struct places places = { .lock = -1 };
	char path[sizeof places.scratch + 8];

	ck_assert_int_eq(places_take_scratch(&places, &options, NULL), SP_OK);
	ck_assert_str_eq(options.state_dir, places.scratch);
	snprintf(path, sizeof path, "%s/file", places.scratch);
	fclose(fopen(path, "w"));
	places_leave(&places);
	ck_assert_int_ne(access(options.state_dir, F_OK), 0);
	free(options.state_dir);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(one_daemon_has_a_state_directory),
		TEST(a_directory_that_cannot_be_made_is_named), TEST(a_check_leaves_nothing) };

	return run_suite(&SUITE(cases, "places"));
}
