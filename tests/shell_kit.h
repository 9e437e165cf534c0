/*
 * shell_kit.h: commands that a test runs as a person would, and texts that it reads. Whatever fails fails the test, and
 * shows what was said.
 */
#ifndef TESTS_SHELL_KIT_H
#define TESTS_SHELL_KIT_H

#include <signalpy/status.h>

/* Compilers to build with, ending with NULL, and the flags that go with them: what is loaded into a sanitised program,
 * or linked with its library, is built by the same compiler in the same way. */
extern const char *const shell_compilers[];
extern const char shell_cflags[];

/* Runs a command line in a shell, without the variables of a make above; it must exit with status. What it wrote,
 * errors too, good until the next run. */
const char *shell(int status, const char *format, ...) SP_FORMAT(2, 3);

/* The content of a file, which the caller frees. */
char *shell_read(const char *format, ...) SP_FORMAT(1, 2);

/* What the display of a manual page that begins with first shows, which the caller frees. */
char *shell_read_example(const char *page, const char *first);

/* Installs below a directory what has been built, and builds nothing: other tests run at the same time. */
void shell_install(const char *directory);

/* The same for the prefix /usr, but put into a directory, as for a package. */
void shell_stage(const char *directory);

/* Whether something is at a path. */
bool shell_exists(const char *format, ...) SP_FORMAT(1, 2);

#endif
