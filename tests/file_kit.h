/*
 * file_kit.h: a temporary directory and files in it, for the suites of plugins. Included by the one file of a test
 * program.
 */
#ifndef TESTS_FILE_KIT_H
#define TESTS_FILE_KIT_H

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <fts.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char kit_directory[128];

/* A path in the temporary directory; one of eight buffers in turn. */
static inline const char *kit_path(const char *name)
{
	static char paths[8][256];
	static unsigned next;
	char *path = paths[next++ % 8];

	snprintf(path, sizeof(paths[0]), "%s/%s", kit_directory, name);
	return path;
}

/* A fixture's file, as the build left it. */
static inline const char *kit_fixture(const char *name)
{
	static char paths[8][256];
	static unsigned next;
	char *path = paths[next++ % 8];

	snprintf(path, sizeof(paths[0]), TEST_BUILD_DIR "/tests/fixtures/%s.so", name);
	return path;
}

static inline void kit_make_directory(void)
{
	const char *temporary = getenv("TMPDIR");

	snprintf(kit_directory, sizeof(kit_directory), "%.90s/spXXXXXX", temporary != NULL ? temporary : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(kit_directory));
}

static inline void kit_remove_tree(const char *path)
{
	char *const paths[] = { (char *)(uintptr_t)path, NULL };
	FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	const FTSENT *entry;

	ck_assert_ptr_nonnull(tree);
	while ((entry = fts_read(tree)) != NULL) {
		if (entry->fts_info == FTS_DP)
			rmdir(entry->fts_accpath);
		else if (entry->fts_info != FTS_D)
			unlink(entry->fts_accpath);
	}
	fts_close(tree);
}

static inline void kit_remove_directory(void)
{
	kit_remove_tree(kit_directory);
}

/* The content of a file, freed by the caller. */
static inline char *kit_read(const char *path, size_t *ret_size)
{
	struct stat found;
	char *data;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	ck_assert_msg(fd >= 0 && fstat(fd, &found) == 0, "%s is not there; was it built?", path);
	data = malloc((size_t)found.st_size + 1);
	ck_assert_int_eq(read(fd, data, (size_t)found.st_size), found.st_size);
	close(fd);
	*ret_size = (size_t)found.st_size;
	return data;
}

/* How many files lie in a directory. */
static inline int kit_count_files(const char *path)
{
	struct dirent **entries = NULL;
	int i, count = scandir(path, &entries, NULL, alphasort), files = 0;

	for (i = 0; i < count; i++) {
		files += entries[i]->d_name[0] != '.';
		free(entries[i]);
	}
	free(entries);
	return files;
}

/* Writes in place, as cp does. */
static inline void kit_write(const char *path, const void *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, data, size), (ssize_t)size);
	close(fd);
}

static inline void kit_copy(const char *from, const char *to)
{
	size_t size;
	char *data = kit_read(from, &size);

	kit_write(to, data, size);
	free(data);
}

#endif
