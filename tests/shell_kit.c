/* shell_kit.c: commands that a test runs as a person would, and texts that it reads. */
#define _GNU_SOURCE
#include "shell_kit.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __has_feature
#define FEATURE(name) __has_feature(name)
#else
#define FEATURE(name) 0
#endif

#if defined __SANITIZE_ADDRESS__ || FEATURE(address_sanitizer)
const char shell_cflags[] = "-O1 -g -fsanitize=address,undefined";
#define IS_SANITIZED 1
#elif defined __SANITIZE_THREAD__ || FEATURE(thread_sanitizer)
const char shell_cflags[] = "-O1 -g -fsanitize=thread";
#define IS_SANITIZED 1
#else
const char shell_cflags[] = "-O2 -g";
#define IS_SANITIZED 0
#endif

#if !IS_SANITIZED
const char *const shell_compilers[] = { "gcc", "clang", NULL };
#elif defined __clang__
const char *const shell_compilers[] = { "clang", NULL };
#else
const char *const shell_compilers[] = { "gcc", NULL };
#endif

/* What was said last. It is never freed at the end, and need not be: it can still be reached. */
static char *said;

static void forget(void)
{
	free(said);
	said = NULL;
}

static void read_all(FILE *file)
{
	size_t size;
	FILE *text = open_memstream(&said, &size);
	int c;

	ck_assert_ptr_nonnull(text);
	while ((c = getc(file)) != EOF)
		putc(c, text);
	fclose(text);
}

static char *format_new(const char *format, va_list arguments) SP_FORMAT(1, 0);
static char *format_new(const char *format, va_list arguments)
{
	char *text = NULL;

	ck_assert_int_ge(vasprintf(&text, format, arguments), 0);
	return text;
}

const char *shell(int status, const char *format, ...)
{
	va_list arguments;
	char *command, *line = NULL;
	FILE *pipe;
	int ended;

	va_start(arguments, format);
	command = format_new(format, arguments);
	va_end(arguments);
	ck_assert_int_ge(asprintf(&line, "unset MAKEFLAGS MFLAGS MAKELEVEL; exec 2>&1 </dev/null; %s", command), 0);
	forget();
	pipe = popen(line, "re");
	ck_assert_ptr_nonnull(pipe);
	read_all(pipe);
	ended = pclose(pipe);
	ck_assert_msg(WIFEXITED(ended) && WEXITSTATUS(ended) == status, "%s\nended with %d instead of %d and said:\n%s",
		command, WEXITSTATUS(ended), status, said);
	free(command);
	free(line);
	return said;
}

static void install(const char *into, const char *prefix)
{
	const char *variant = &TEST_BUILD_DIR[sizeof TEST_SOURCE_DIR "/build" - 1];

	shell(0, "make -C %s -o all VARIANT=%s DESTDIR=%s PREFIX=%s/usr install", TEST_SOURCE_DIR,
		*variant == '/' ? variant + 1 : "release", into, prefix);
}

void shell_install(const char *directory)
{
	install("", directory);
}

void shell_stage(const char *directory)
{
	install(directory, "");
}

char *shell_read(const char *format, ...)
{
	va_list arguments;
	char *path, *text;
	FILE *file;

	va_start(arguments, format);
	path = format_new(format, arguments);
	va_end(arguments);
	file = fopen(path, "re");
	ck_assert_msg(file != NULL, "there is no %s", path);
	forget();
	read_all(file);
	text = strdup(said);
	ck_assert_ptr_nonnull(text);
	fclose(file);
	free(path);
	return text;
}

/* Where the display is; its end is cut off behind it. */
static char *find_display(char *page, const char *first)
{
	static const char begin[] = "\n.Bd -literal", end[] = "\n.Ed\n";

	for (char *at = strstr(page, begin); at; at = strstr(at, begin)) {
		char *stop = strstr(at, end);

		at = strchr(at + 1, '\n') + 1;
		if (!stop || strncmp(at, first, strlen(first)) != 0)
			continue;
		stop[1] = '\0';
		return at;
	}
	return NULL;
}

/* In mdoc a backslash is written \e, and \& is nothing. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *at = text; *at; at++) {
		bool is_escape = at[0] == '\\' && (at[1] == 'e' || at[1] == '&');

		if (!is_escape || at[1] == 'e')
			*to++ = *at;
		at += is_escape;
	}
	*to = '\0';
}

char *shell_read_example(const char *page, const char *first)
{
	char *text = shell_read("%s/man/%s", TEST_SOURCE_DIR, page), *display = find_display(text, first);

	ck_assert_msg(display != NULL, "%s shows no '%s'", page, first);
	unescape(display);
	memmove(text, display, strlen(display) + 1);
	return text;
}

bool shell_exists(const char *format, ...)
{
	va_list arguments;
	char *path;
	bool is_there;

	va_start(arguments, format);
	path = format_new(format, arguments);
	va_end(arguments);
	is_there = access(path, F_OK) == 0;
	free(path);
	return is_there;
}
