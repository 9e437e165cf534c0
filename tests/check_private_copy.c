/* check_private_copy.c: R-PL-3, what is mapped is a private copy. links: daemon/private_copy.c kernel/error.c */
#define _GNU_SOURCE /* unshare */
#include "private_copy.h"

#include "file_kit.h"
#include "runner.h"

#include <check.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>

static struct private_copies *copies;

static void set_up(void)
{
	kit_make_directory();
	copies = private_copies_create(kit_directory, NULL);
	ck_assert_ptr_nonnull(copies);
}

static void tear_down(void)
{
	private_copies_destroy(copies);
	kit_remove_directory();
}

static sp_status copy_of(const char *content, size_t size, struct private_copy *ret_copy)
{
	sp_status status;
	int fd;

	kit_write(kit_path("source"), content, size);
	fd = open(kit_path("source"), O_RDONLY | O_CLOEXEC);
	status = private_copy_make(copies, fd, "name.so", ret_copy, NULL);
	close(fd);
	return status;
}

static int count_copies(void)
{
	return kit_count_files(kit_path("mapped"));
}

START_TEST(the_directory_is_private)
{
	struct stat found;

	ck_assert_int_eq(stat(kit_path("mapped"), &found), 0);
	ck_assert_uint_eq(found.st_mode & 07777U, 0700);
	ck_assert_int_eq(count_copies(), 0);
}
END_TEST

START_TEST(a_copy_has_the_content_and_a_new_name)
{
	struct private_copy a, b;
	size_t size;
	char *content;

	ck_assert_int_eq(copy_of("content", 7, &a), SP_OK);
	ck_assert_int_eq(copy_of("content", 7, &b), SP_OK);
	ck_assert_str_ne(a.path, b.path);
	ck_assert_uint_eq(a.hash, b.hash);
	ck_assert_uint_eq(a.size, 7);
	private_copy_settle(&a);
	content = kit_read(a.path, &size);
	ck_assert_uint_eq(size, 7);
	ck_assert_mem_eq(content, "content", 7);
	free(content);
	private_copy_drop(&a);
	private_copy_drop(&b);
	private_copy_drop(&b);
	ck_assert_int_eq(count_copies(), 0);
}
END_TEST

/* What was copied does not change with the original. */
START_TEST(a_copy_is_independent)
{
	struct private_copy copy;
	size_t size;
	char *content;

	ck_assert_int_eq(copy_of("first", 5, &copy), SP_OK);
	kit_write(kit_path("source"), "", 0);
	content = kit_read(copy.path, &size);
	ck_assert_mem_eq(content, "first", 5);
	free(content);
	private_copy_drop(&copy);
}
END_TEST

START_TEST(other_content_has_another_hash)
{
	static const char *const contents[] = { "", "a", "b", "aaaaaaaa", "aaaaaaab", "baaaaaaa", "aaaaaaaaa" };
	enum { COUNT = sizeof(contents) / sizeof(contents[0]) };
	struct private_copy copy[COUNT];
	int i, j;

	for (i = 0; i < COUNT; i++)
		ck_assert_int_eq(copy_of(contents[i], strlen(contents[i]), &copy[i]), SP_OK);
	for (i = 0; i < COUNT; i++) {
		for (j = 0; j < i; j++)
			ck_assert(copy[i].hash != copy[j].hash || copy[i].size != copy[j].size);
	}
	for (i = 0; i < COUNT; i++)
		private_copy_drop(&copy[i]);
}
END_TEST

START_TEST(large_files_are_copied_whole)
{
	enum { SIZE = 300001 };
	char *content = malloc(SIZE), *got;
	struct private_copy copy;
	size_t i, size;

	for (i = 0; i < SIZE; i++)
		content[i] = (char)(i * 2654435761U >> 11);
	ck_assert_int_eq(copy_of(content, SIZE, &copy), SP_OK);
	got = kit_read(copy.path, &size);
	ck_assert_uint_eq(size, SIZE);
	ck_assert_mem_eq(got, content, SIZE);
	free(got);
	free(content);
	private_copy_drop(&copy);
}
END_TEST

START_TEST(what_is_no_file_is_refused)
{
	struct private_copy copy;
	int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);

	ck_assert_int_eq(private_copy_make(copies, fd, "zero", &copy, NULL), SP_INVALID);
	ck_assert_int_eq(count_copies(), 0);
	close(fd);
}
END_TEST

START_TEST(leftovers_are_swept_at_the_next_start)
{
	struct private_copy living;
	char other[64];

	ck_assert_int_eq(copy_of("living", 6, &living), SP_OK);
	snprintf(other, sizeof(other), "mapped/%d-1-1-greeter.so",
		(int)getpid()); /* an earlier process of our number */
	kit_write(kit_path(other), "x", 1);
	kit_write(kit_path("mapped/1999999999-77-1-greeter.so"), "x", 1);
	kit_write(kit_path("mapped/rubbish"), "x", 1);
	private_copies_destroy(copies);
	copies = private_copies_create(kit_directory, NULL);
	ck_assert_int_eq(count_copies(), 1);
	ck_assert_int_eq(access(living.path, F_OK), 0);
	private_copy_drop(&living);
}
END_TEST

START_TEST(a_missing_state_directory_is_an_error)
{
	struct sp_error error;

	ck_assert_ptr_null(private_copies_create(kit_path("missing"), &error));
	ck_assert_ptr_nonnull(strstr(error.message, "missing/mapped cannot be made"));
}
END_TEST

/* Mounts what is noexec, for this process alone; false where that is not allowed. */
static bool mount_noexec(const char *path)
{
	return mkdir(path, 0700) == 0 && unshare(CLONE_NEWNS) == 0 &&
		mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
		mount("none", path, "tmpfs", MS_NOEXEC, NULL) == 0;
}

START_TEST(copies_are_held_in_memory_where_files_cannot_be_mapped)
{
	struct private_copy copy;
	const char *state = kit_path("noexec");
	void *mapped;

	if (!mount_noexec(state))
		return;
	private_copies_destroy(copies);
	copies = private_copies_create(state, NULL);
	ck_assert(private_copies_in_memory(copies));
	ck_assert_int_eq(copy_of("content", 7, &copy), SP_OK);
	private_copy_settle(&copy);
	mapped = mmap(NULL, 7, PROT_READ | PROT_EXEC, MAP_PRIVATE, copy.fd, 0);
	ck_assert_ptr_ne(mapped, MAP_FAILED);
	munmap(mapped, 7);
	ck_assert_int_eq(access(copy.path, R_OK), 0);
	private_copy_drop(&copy);
	umount2(state, MNT_DETACH);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(the_directory_is_private), TEST(a_copy_has_the_content_and_a_new_name),
		TEST(a_copy_is_independent), TEST(other_content_has_another_hash), TEST(large_files_are_copied_whole),
		TEST(what_is_no_file_is_refused), TEST(leftovers_are_swept_at_the_next_start),
		TEST(a_missing_state_directory_is_an_error),
		TEST(copies_are_held_in_memory_where_files_cannot_be_mapped) };

	return run_suite(&SUITE(cases, "private_copy", .set_up = set_up, .tear_down = tear_down));
}
