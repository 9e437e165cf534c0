/* e2e_embedding.c: the programs of signalpy(3) are built from what is installed, and nothing else, and run. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner.h"
#include "shell_kit.h"
#include "temporary_directory.h"

static struct temporary_directory directory;

static void begin(void)
{
	temporary_directory_init(&directory);
	shell_install(directory.path);
}

static void end(void)
{
	temporary_directory_finish(&directory);
}

static unsigned count_lines(const char *text)
{
	unsigned count = 0;

	for (const char *at = text; *at; at = strchr(at, '\n') + 1)
		count += *at != '\n';
	return count;
}

/* The source of a program of the manual, which is 40 lines short. */
static const char *source_of(const char *name)
{
	char first[64], *text;
	const char *path;

	snprintf(first, sizeof first, "/* %s: ", name);
	text = shell_read_example("signalpy.3", first);
	ck_assert_uint_le(count_lines(text), 40);
	path = temporary_write(&directory, name, text);
	free(text);
	return path;
}

/* Builds source with what pkg-config says of packages, runs it, and answers what it wrote. */
static const char *run(const char *compiler, const char *source, const char *packages)
{
	shell(0,
		"cd %s && PKG_CONFIG_PATH=usr/lib/pkgconfig && export PKG_CONFIG_PATH && "
		"%s -std=gnu11 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wundef -Werror %s %s "
		"$(pkg-config --cflags --libs %s) -o program",
		directory.path, compiler, shell_cflags, source, packages);
	return shell(0, "LD_LIBRARY_PATH=%s/usr/lib %s/program", directory.path, directory.path);
}

START_TEST(a_program_needs_no_loop_of_its_own)
{
	const char *source = source_of("hello.c");

	for (const char *const *compiler = shell_compilers; *compiler; compiler++)
		ck_assert_str_eq(run(*compiler, source, "signalpy-event-loop"), "Hello, Ada!\n");
}
END_TEST

START_TEST(a_program_may_have_a_libevent_base)
{
	const char *source = source_of("ticker.c");

	for (const char *const *compiler = shell_compilers; *compiler; compiler++)
		ck_assert_str_eq(run(*compiler, source, "signalpy-event-loop libevent"), "ticker.ticked\n");
}
END_TEST

/* Whoever brings a loop of another kind needs no libevent, and whoever uses ours sees only what its header declares. */
START_TEST(the_libraries_bring_what_they_say)
{
	const char *said = shell(0, "readelf -d %s/usr/lib/libsignalpy.so.1", directory.path);

	ck_assert_msg(!strstr(said, "libevent"), "%s", said);
	said = shell(0,
		"nm -D --defined-only %s/usr/lib/libsignalpy-event-loop.so | grep -v -e ' sp_event_loop_' -e ' A ' || true",
		directory.path);
	ck_assert_str_eq(said, "");
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_program_needs_no_loop_of_its_own),
		TEST(a_program_may_have_a_libevent_base), TEST(the_libraries_bring_what_they_say) };

	return run_suite(&SUITE(cases, "embedding", .set_up = begin, .tear_down = end));
}
