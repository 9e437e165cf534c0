/* check_configuration_values.c: values set at run time survive restarts and crashes (R-CF-1). */
#include "configuration_values.h"

#include "runner.h"
#include "temporary_directory.h"

#include <check.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct temporary_directory directory;
static json_t *notes, *values;

static void set_up(void)
{
	temporary_directory_init(&directory);
	notes = json_array();
	values = json_loads("{\"components\":{\"greeter\":{\"greeting\":\"Grüß\"}}}", 0, NULL);
}

static void tear_down(void)
{
	json_decref(values);
	json_decref(notes);
	temporary_directory_finish(&directory);
}

static json_t *read_values(const char *state_dir)
{
	json_t *read = NULL;

	ck_assert_int_eq(configuration_values_read(state_dir, notes, &read), SP_OK);
	ck_assert_ptr_nonnull(read);
	return read;
}

START_TEST(what_was_written_is_read)
{
	struct stat status;
	json_t *read;

	ck_assert_int_eq(configuration_values_write(directory.path, values, NULL), SP_OK);
	read = read_values(directory.path);
	ck_assert(json_equal(read, values));
	ck_assert_uint_eq(json_array_size(notes), 0);
	ck_assert_int_eq(stat(temporary_path(&directory, "values.json"), &status), 0);
	ck_assert_uint_eq(status.st_mode & 0777, 0600);
	ck_assert_int_ne(access(temporary_path(&directory, "values.json.new"), F_OK), 0);
	json_decref(read);
}
END_TEST

START_TEST(nothing_written_is_nothing_read)
{
	json_t *read = read_values(directory.path);

	ck_assert_uint_eq(json_object_size(read), 0);
	json_decref(read);
	read = read_values(temporary_path(&directory, "absent"));
	ck_assert_uint_eq(json_object_size(read), 0);
	json_decref(read);
	read = read_values(NULL);
	ck_assert_uint_eq(json_object_size(read), 0);
	json_decref(read);
	ck_assert_uint_eq(json_array_size(notes), 0);
}
END_TEST

START_TEST(without_a_state_directory_nothing_is_kept)
{
	ck_assert_int_eq(configuration_values_write(NULL, values, NULL), SP_OK);
}
END_TEST

START_TEST(the_state_directory_is_made)
{
	const char *state = temporary_path(&directory, "state");
	json_t *read;

	ck_assert_int_eq(configuration_values_write(state, values, NULL), SP_OK);
	read = read_values(state);
	ck_assert(json_equal(read, values));
	json_decref(read);
}
END_TEST

/* What a crash between two steps of writing leaves behind. */
START_TEST(a_half_written_file_is_ignored)
{
	json_t *read;

	ck_assert_int_eq(configuration_values_write(directory.path, values, NULL), SP_OK);
	temporary_write(&directory, "values.json.new", "{\"comp");
	read = read_values(directory.path);
	ck_assert(json_equal(read, values));
	json_decref(read);
	ck_assert_int_eq(configuration_values_write(directory.path, values, NULL), SP_OK);
	ck_assert_int_ne(access(temporary_path(&directory, "values.json.new"), F_OK), 0);
}
END_TEST

START_TEST(an_unreadable_file_is_moved_aside)
{
	const char *note;
	json_t *read;

	temporary_write(&directory, "values.json", "{\"a\": ");
	read = read_values(directory.path);
	ck_assert_uint_eq(json_object_size(read), 0);
	json_decref(read);
	ck_assert_uint_eq(json_array_size(notes), 1);
	note = json_string_value(json_array_get(notes, 0));
	ck_assert_ptr_nonnull(strstr(note, "values set at run time are ignored: "));
	ck_assert_ptr_nonnull(strstr(note, "values.json:1:"));
	ck_assert_ptr_nonnull(strstr(note, "values.json.rejected"));
	ck_assert_int_eq(access(temporary_path(&directory, "values.json.rejected"), F_OK), 0);
	ck_assert_int_ne(access(temporary_path(&directory, "values.json"), F_OK), 0);
}
END_TEST

START_TEST(a_failure_leaves_the_old_values)
{
	struct sp_error error;
	json_t *read;

	ck_assert_int_eq(configuration_values_write(directory.path, values, NULL), SP_OK);
	temporary_mkdir(&directory, "values.json.new");
	temporary_write(&directory, "values.json.new/file", "");
	ck_assert_int_eq(json_object_clear(values), 0);
	ck_assert_int_eq(configuration_values_write(directory.path, values, &error), SP_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(error.message, "values.json cannot be written: "));
	read = read_values(directory.path);
	ck_assert_uint_eq(json_object_size(read), 1);
	json_decref(read);
}
END_TEST

START_TEST(a_place_that_is_no_directory_is_told)
{
	struct sp_error error;
	const char *file = temporary_write(&directory, "file", "");

	ck_assert_int_eq(configuration_values_write(file, values, &error), SP_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(error.message, "file cannot be opened: Not a directory"));
	ck_assert_int_eq(configuration_values_write("/proc/none/here", values, &error), SP_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(error.message, "/proc/none/here cannot be made: "));
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(what_was_written_is_read), TEST(nothing_written_is_nothing_read),
		TEST(without_a_state_directory_nothing_is_kept), TEST(the_state_directory_is_made),
		TEST(a_half_written_file_is_ignored), TEST(an_unreadable_file_is_moved_aside),
		TEST(a_failure_leaves_the_old_values), TEST(a_place_that_is_no_directory_is_told) };

	return run_suite(&SUITE(cases, "configuration_values", .set_up = set_up, .tear_down = tear_down));
}
