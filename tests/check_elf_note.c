/*
 * check_elf_note.c: R-PL-2, a plugin's file is judged before it is mapped.
 * links: daemon/elf_note.c daemon/elf_file.c kernel/error.c
 */
#define _GNU_SOURCE /* memfd_create, memmem */
#include "elf_note.h"
#include "file_kit.h"
#include "runner.h"

#include <check.h>
#include <elf.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct elf_note note;
static struct sp_error error;

static sp_status judge_path(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	sp_status status;

	ck_assert_msg(fd >= 0, "%s is not there; was it built?", path);
	memset(&error, 0, sizeof(error));
	status = elf_note_read(fd, &note, &error);
	close(fd);
	return status;
}

static sp_status judge_bytes(const void *data, size_t size)
{
	int fd = memfd_create("plugin", MFD_CLOEXEC);
	sp_status status;

	ck_assert_int_eq(write(fd, data, size), (ssize_t)size);
	memset(&error, 0, sizeof(error));
	status = elf_note_read(fd, &note, &error);
	close(fd);
	return status;
}

START_TEST(a_good_plugin_says_who_it_is)
{
	ck_assert_int_eq(judge_path(kit_fixture("trivial")), SP_OK);
	ck_assert_str_eq(note.name, "trivial");
	ck_assert_str_eq(note.version, "1.0.0");
	ck_assert_uint_eq(note.abi_major, SP_ABI_MAJOR);
	ck_assert_uint_eq(note.abi_minor, SP_ABI_MINOR);
	ck_assert_uint_ge(strlen(note.build_id), 32);
	ck_assert_uint_eq(strspn(note.build_id, "0123456789abcdef"), strlen(note.build_id));
	ck_assert_ptr_null(note.resident);
}
END_TEST

static const struct {
	const char *fixture, *message;
} refused[] = {
	{ "wrong-abi", "was built for ABI 99.0, the daemon has 1.0" },
	{ "newer-abi", "was built for ABI 1.99, the daemon has 1.0" },
	{ "no-note", "has no signalpy note" },
	{ "origin-runpath", "the RUNPATH $ORIGIN/libs cannot work" },
};

START_TEST(a_bad_plugin_is_refused_with_the_reason)
{
	ck_assert_int_eq(judge_path(kit_fixture(refused[_i].fixture)), SP_INVALID);
	ck_assert_int_eq(error.code, SP_INVALID);
	ck_assert_msg(strstr(error.message, refused[_i].message) != NULL, "%s", error.message);
}
END_TEST

/* R-PL-7: what can never be unmapped is known at load. */
static const struct {
	const char *fixture, *why;
} resident[] = {
	{ "nodelete", "nodelete" },
	{ "thread-key", "destructors of threads" },
	{ "unique-symbol", "unique symbols" },
};

START_TEST(what_can_never_be_unmapped_is_marked)
{
	ck_assert_int_eq(judge_path(kit_fixture(resident[_i].fixture)), SP_OK);
	ck_assert_ptr_nonnull(note.resident);
	ck_assert_msg(strstr(note.resident, resident[_i].why) != NULL, "%s", note.resident);
}
END_TEST

START_TEST(underscores_are_dashes_to_people)
{
	ck_assert_int_eq(judge_path(kit_fixture("thread-key")), SP_OK);
	ck_assert_str_eq(note.identifier, "thread_key");
	ck_assert_str_eq(note.name, "thread-key");
}
END_TEST

START_TEST(what_is_no_elf_file_is_refused)
{
	ck_assert_int_eq(judge_bytes("#!/bin/sh\n", 10), SP_INVALID);
	ck_assert_ptr_nonnull(strstr(error.message, "no ELF file"));
	ck_assert_int_eq(judge_bytes("", 0), SP_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(error.message, "cut off after 0 bytes"));
	ck_assert_int_eq(judge_path("/dev/null"), SP_INVALID);
	ck_assert_ptr_nonnull(strstr(error.message, "no regular file"));
}
END_TEST

/* Wherever a file was cut off, it is said so. */
START_TEST(a_truncated_file_is_refused)
{
	size_t size, at, step;
	char *data = kit_read(kit_fixture("trivial"), &size);

	step = size / 400 + 1;
	for (at = 0; at < size; at += step)
		ck_assert_int_eq(judge_bytes(data, at), SP_UNAVAILABLE);
	ck_assert_int_eq(judge_bytes(data, size - 1), SP_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(error.message, "cut off"));
	ck_assert_int_eq(judge_bytes(data, size), SP_OK);
	free(data);
}
END_TEST

static const struct {
	size_t offset;
	unsigned char value;
	const char *message;
} patches[] = {
	{ EI_CLASS, ELFCLASS32, "is 32-bit, the daemon is 64-bit" },
	{ EI_DATA, ELFDATA2MSB, "is big-endian, the daemon is little-endian" },
	{ offsetof(Elf64_Ehdr, e_machine), EM_S390, "the file is for s390, the daemon is for" },
	{ offsetof(Elf64_Ehdr, e_machine), 200, "the file is for an unknown machine" },
	{ offsetof(Elf64_Ehdr, e_type), ET_REL, "linked with -shared" },
	{ offsetof(Elf64_Ehdr, e_phentsize), 1, "segment table is malformed" },
	{ offsetof(Elf64_Ehdr, e_phnum), 0, "no signalpy note" },
};

START_TEST(another_machine_is_refused_naming_both)
{
	size_t size;
	char *data = kit_read(kit_fixture("trivial"), &size);

	data[patches[_i].offset] = (char)patches[_i].value;
	ck_assert_int_eq(judge_bytes(data, size), SP_INVALID);
	ck_assert_msg(strstr(error.message, patches[_i].message) != NULL, "%s", error.message);
	free(data);
}
END_TEST

static struct sp_note *find_note(char *data, size_t size)
{
	static const char owner[12] = SP_NOTE_OWNER;
	char *at = memmem(data, size, owner, sizeof(owner));

	ck_assert_ptr_nonnull(at);
	return (struct sp_note *)(void *)(at + sizeof(owner));
}

static const struct {
	const char *name, *version, *message;
} notes[] = {
	{ "", "1.0", "name in the note" },
	{ "Upper", "1.0", "name in the note" },
	{ "with-dash", "1.0", "name in the note" },
	{ "_underscore", "1.0", "name in the note" },
	{ "a234567890123456789012345678901x", "1.0", "name in the note" },
	{ "good", "", "version in the note" },
	{ "good", "1 0", "version in the note" },
	{ "good", "1.0\n", "version in the note" },
};

START_TEST(a_malformed_note_is_refused)
{
	size_t size;
	char *data = kit_read(kit_fixture("trivial"), &size);
	struct sp_note *content = find_note(data, size);

	snprintf(content->name, sizeof(content->name), "%s", notes[_i].name);
	snprintf(content->version, sizeof(content->version), "%s", notes[_i].version);
	ck_assert_int_eq(judge_bytes(data, size), SP_INVALID);
	ck_assert_msg(strstr(error.message, notes[_i].message) != NULL, "%s", error.message);
	free(data);
}
END_TEST

START_TEST(a_name_without_end_is_refused)
{
	size_t size;
	char *data = kit_read(kit_fixture("trivial"), &size);
	struct sp_note *content = find_note(data, size);

	memset(content->name, 'a', sizeof(content->name));
	ck_assert_int_eq(judge_bytes(data, size), SP_INVALID);
	memcpy(content->name, "ok", 3);
	memset(content->version, '1', sizeof(content->version));
	ck_assert_int_eq(judge_bytes(data, size), SP_INVALID);
	free(data);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_good_plugin_says_who_it_is),
		TEST(a_bad_plugin_is_refused_with_the_reason, .times = sizeof(refused) / sizeof(refused[0])),
		TEST(what_can_never_be_unmapped_is_marked, .times = sizeof(resident) / sizeof(resident[0])),
		TEST(underscores_are_dashes_to_people), TEST(what_is_no_elf_file_is_refused),
		TEST(a_truncated_file_is_refused),
		TEST(another_machine_is_refused_naming_both, .times = sizeof(patches) / sizeof(patches[0])),
		TEST(a_malformed_note_is_refused, .times = sizeof(notes) / sizeof(notes[0])),
		TEST(a_name_without_end_is_refused) };

	return run_suite(&SUITE(cases, "elf_note"));
}
