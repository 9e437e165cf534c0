/* temporary_directory.c: a directory of a test's own. */
#define _XOPEN_SOURCE 700
#include "temporary_directory.h"

#include <check.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void temporary_directory_init(struct temporary_directory *directory)
{
	const char *parent = getenv("TMPDIR");

	directory->next = 0;
	snprintf(directory->path, sizeof(directory->path), "%s/sp-XXXXXX", parent ? parent : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(directory->path));
}

static int remove_entry(const char *path, const struct stat *status, int flag, struct FTW *where)
{
	(void)status;
	(void)flag;
	(void)where;
	return remove(path);
}

void temporary_directory_finish(struct temporary_directory *directory)
{
	ck_assert_int_eq(nftw(directory->path, remove_entry, 16, FTW_DEPTH | FTW_PHYS), 0);
}

const char *temporary_path(struct temporary_directory *directory, const char *name)
{
	char *path = directory->joined[directory->next++ % 8];
	size_t length = strlen(directory->path);

	ck_assert_uint_lt(length + strlen(name) + 1, PATH_MAX);
	memcpy(path, directory->path, length);
	path[length] = '/';
	memcpy(path + length + 1, name, strlen(name) + 1);
	return path;
}

const char *temporary_write(struct temporary_directory *directory, const char *name, const char *content)
{
	const char *path = temporary_path(directory, name);
	FILE *file = fopen(path, "we");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(content, file), 0);
	ck_assert_int_eq(fclose(file), 0);
	return path;
}

void temporary_exchange(const char *path, const char *content)
{
	char fresh[PATH_MAX];
	FILE *file;

	ck_assert_int_lt(snprintf(fresh, sizeof(fresh), "%s.new", path), sizeof(fresh));
	file = fopen(fresh, "we");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(content, file), 0);
	ck_assert_int_eq(fclose(file), 0);
	ck_assert_int_eq(chmod(fresh, 0600), 0);
	ck_assert_int_eq(rename(fresh, path), 0);
}

const char *temporary_mkdir(struct temporary_directory *directory, const char *name)
{
	const char *path = temporary_path(directory, name);

	ck_assert_int_eq(mkdir(path, 0700), 0);
	return path;
}

const char *temporary_link(struct temporary_directory *directory, const char *name, const char *target)
{
	const char *path = temporary_path(directory, name);

	ck_assert_int_eq(symlink(target, path), 0);
	return path;
}

void temporary_rename(struct temporary_directory *directory, const char *from, const char *to)
{
	ck_assert_int_eq(rename(temporary_path(directory, from), temporary_path(directory, to)), 0);
}
