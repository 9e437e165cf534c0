/*
 * temporary_directory.h: a directory of a test's own, below TMPDIR, and files in it. Everything fails the test when the
 * system refuses.
 */
#ifndef TESTS_TEMPORARY_DIRECTORY_H
#define TESTS_TEMPORARY_DIRECTORY_H

#include <limits.h>

struct temporary_directory {
	char path[128];
	char joined[8][PATH_MAX];
	unsigned next;
};

void temporary_directory_init(struct temporary_directory *directory);
/* Removes it with all that is in it. */
void temporary_directory_finish(struct temporary_directory *directory);

/* The path of name in the directory; good for the next eight. */
const char *temporary_path(struct temporary_directory *directory, const char *name);

/* Writes content to a file in place; answers its path. */
const char *temporary_write(struct temporary_directory *directory, const char *name, const char *content);

/* Puts a file that is its owner's alone at a path, in the place of another, at once. */
void temporary_exchange(const char *path, const char *content);

/* Makes a directory, or a symbolic link; answers its path. */
const char *temporary_mkdir(struct temporary_directory *directory, const char *name);
const char *temporary_link(struct temporary_directory *directory, const char *name, const char *target);

/* Renames within the directory. */
void temporary_rename(struct temporary_directory *directory, const char *from, const char *to);

#endif
