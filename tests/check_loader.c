/*
 * check_loader.c: opening a plugin, and knowing whether it is gone.
 * links: daemon/loader.c daemon/elf_note.c daemon/elf_file.c kernel/error.c
 */
#include "loader.h"

#include "file_kit.h"
#include "runner.h"

#include <check.h>

static struct elf_note note;
static struct sp_error error;

/* Opens a copy of a fixture, since one name is opened once only. */
static struct loaded *open_copy(const char *fixture)
{
	const char *path = kit_path(fixture);
	int fd;

	kit_copy(kit_fixture(fixture), path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	memset(&error, 0, sizeof(error));
	ck_assert_int_eq(elf_note_read(fd, &note, &error), SP_OK);
	close(fd);
	return loader_open(path, &note, &error);
}

static bool is_mapped(const char *path)
{
	char line[512];
	bool found = false;
	FILE *maps = fopen("/proc/self/maps", "re");

	while (fgets(line, sizeof(line), maps) != NULL)
		found = found || strstr(line, path) != NULL;
	fclose(maps);
	return found;
}

START_TEST(a_plugin_is_opened_and_closed)
{
	struct loaded *loaded = open_copy("trivial");
	const struct sp_plugin *descriptor;

	ck_assert_msg(loaded != NULL, "%s", error.message);
	descriptor = loader_descriptor(loaded);
	ck_assert_str_eq(descriptor->name, "trivial");
	ck_assert_ptr_null(descriptor->components[1]);
	ck_assert(is_mapped(kit_path("trivial")));
	ck_assert_int_eq(loader_close(loaded), LOADER_UNMAPPED);
	ck_assert(!is_mapped(kit_path("trivial")));
}
END_TEST

START_TEST(one_that_stays_is_noticed)
{
	struct loaded *loaded = open_copy("nodelete");

	ck_assert_msg(loaded != NULL, "%s", error.message);
	ck_assert_int_eq(loader_close(loaded), LOADER_RESIDENT);
	ck_assert(is_mapped(kit_path("nodelete")));
}
END_TEST

static const struct {
	const char *fixture, *message;
} refused[] = {
	{ "no-symbol", "no-symbol has a note, but no symbol signalpy_plugin" },
	{ "name-mismatch", "the note says name_mismatch, the descriptor other" },
	{ "undefined-symbol", "undefined symbol: nobody_has_this_function" },
};

START_TEST(a_plugin_that_breaks_its_promise_is_closed)
{
	ck_assert_ptr_null(open_copy(refused[_i].fixture));
	ck_assert_int_eq(error.code, SP_INVALID);
	ck_assert_msg(strstr(error.message, refused[_i].message) != NULL, "%s", error.message);
	ck_assert_ptr_null(strstr(error.message, kit_directory));
	ck_assert(!is_mapped(kit_path(refused[_i].fixture)));
}
END_TEST

START_TEST(the_version_must_be_that_of_the_note)
{
	int fd = open(kit_fixture("trivial"), O_RDONLY | O_CLOEXEC);

	ck_assert_int_eq(elf_note_read(fd, &note, &error), SP_OK);
	close(fd);
	snprintf(note.version, sizeof(note.version), "9.9");
	ck_assert_ptr_null(loader_open(kit_fixture("trivial"), &note, &error));
	ck_assert_str_eq(error.message, "trivial: the note says version 9.9, the descriptor 1.0.0");
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_plugin_is_opened_and_closed), TEST(one_that_stays_is_noticed),
		TEST(a_plugin_that_breaks_its_promise_is_closed, .times = sizeof(refused) / sizeof(refused[0])),
		TEST(the_version_must_be_that_of_the_note) };

	return run_suite(&SUITE(cases, "loader", .set_up = kit_make_directory, .tear_down = kit_remove_directory));
}
