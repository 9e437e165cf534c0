/* e2e_documents.c: README and manual say what the programs, the headers and the tree say. */
#include <check.h>
#include <ctype.h>
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
}

static void end(void)
{
	temporary_directory_finish(&directory);
}

static char *kept(const char *text)
{
	char *copy = strdup(text);

	ck_assert_ptr_nonnull(copy);
	return copy;
}

/* Whether text holds mark, and name right behind it, as a whole word. */
static bool has(const char *text, const char *mark, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = strstr(text, mark); at; at = strstr(at + 1, mark)) {
		const char *found = at + strlen(mark);
		unsigned char next = strncmp(found, name, length) == 0 ? (unsigned char)found[length] : 'x';

		if (!isalnum(next) && next != '_' && next != '-')
			return true;
	}
	return false;
}

/* Takes the name of small letters, digits and any of others behind at; answers whether there is one. */
static bool take_name(const char *at, const char *others, char name[static 64])
{
	size_t length = 0;

	while (length < 63 &&
		(islower((unsigned char)at[length]) || isdigit((unsigned char)at[length]) ||
			(at[length] && strchr(others, at[length]))))
		length++;
	memcpy(name, at, length);
	name[length] = '\0';
	return length > 0 && islower((unsigned char)name[0]);
}

/* Every name that stands behind mark in text stands behind other_mark in other. */
static void names_stand_in(const char *text, const char *mark, const char *other, const char *other_mark)
{
	char name[64];
	unsigned count = 0;

	for (const char *at = strstr(text, mark); at; at = strstr(at + 1, mark)) {
		if (!take_name(at + strlen(mark), "_-", name))
			continue;
		ck_assert_msg(has(other, other_mark, name), "%s%s stands on one side, but not %s%s on the other", mark,
			name, other_mark, name);
		count++;
	}
	ck_assert_uint_gt(count, 0);
}

/* The lines of text that begin with start, as a new text. */
static char *lines_new(const char *text, const char *start)
{
	char *lines = kept(text), *to = lines, *copy = kept(text), *rest = NULL;

	for (char *line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		if (strncmp(line, start, strlen(start)) == 0)
			to += sprintf(to, "%s\n", line);
	*to = '\0';
	free(copy);
	return lines;
}

/* ---- the programs ---- */

START_TEST(the_manual_has_every_option_of_signalpyd)
{
	char *help = kept(shell(0, "%s/bin/signalpyd --help", TEST_BUILD_DIR));
	char *page = shell_read("%s/man/signalpyd.8", TEST_SOURCE_DIR);
	char *items = lines_new(page, ".It Fl");

	names_stand_in(help, "--", items, "Fl -");
	names_stand_in(items, "Fl -", help, "--");
	free(help);
	free(page);
	free(items);
}
END_TEST

static char *help_of_signalctl(const char *command)
{
	return kept(shell(0, "%s/bin/signalctl %s --help", TEST_BUILD_DIR, command));
}

/* The first one or two words of a line that are a command, in two letters and more. */
static bool take_command(const char *line, char command[static 132])
{
	char first[64], second[64];

	if (!take_name(line, "-", first))
		return false;
	line += strlen(first);
	if (*line == ' ' && take_name(line + 1, "-", second))
		snprintf(command, 132, "%s %s", first, second);
	else
		snprintf(command, 132, "%s", first);
	return true;
}

/* Whether a line of the help lists a verb that may be left out behind that noun. */
static bool is_usual(const char *line, const char *noun)
{
	const char *end = strchr(line, '\n'), *without = strstr(line, "; also without ");
	size_t length = strlen(noun);

	return strncmp(line, noun, length) == 0 && line[length] == ' ' && without && end && without < end;
}

/* Whether the help lists the command. */
static bool is_command(const char *help, const char *command)
{
	char line[140], listed[132];
	const char *at = help;

	snprintf(line, sizeof line, "\n  %.*s", (int)strcspn(command, " "), command);
	while ((at = strstr(at, line)) != NULL) {
		at += 3;
		if (take_command(at, listed) && (strcmp(listed, command) == 0 || !strchr(listed, ' ')))
			return true;
		if (is_usual(at, command))
			return true;
	}
	return false;
}

START_TEST(the_manual_has_every_command_of_signalctl)
{
	char *help = help_of_signalctl(""), *page = shell_read("%s/man/signalctl.1", TEST_SOURCE_DIR);
	char *rows = lines_new(help, "  "), *items = lines_new(page, ".It Cm "), *rest = NULL;
	char command[132];
	unsigned count = 0;

	for (char *line = strtok_r(rows, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char *options;

		if (!take_command(line + 2, command))
			continue;
		ck_assert_msg(has(items, ".It Cm ", command), "signalctl(1) lacks '%s'", command);
		options = help_of_signalctl(command);
		names_stand_in(options, "  --", page, "Fl -");
		free(options);
		count++;
	}
	ck_assert_uint_gt(count, 20);
	rest = NULL;
	for (char *line = strtok_r(items, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		if (take_command(line + strlen(".It Cm "), command))
			ck_assert_msg(is_command(help, command), "signalctl(1) has '%s', which is no command", command);
	free(help);
	free(page);
	free(rows);
	free(items);
}
END_TEST

/* ---- the headers ---- */

START_TEST(the_manual_and_the_readme_have_every_word_of_a_row)
{
	char *header = shell_read("%s/contracts/signalpy/words.h", TEST_SOURCE_DIR);
	char *page = shell_read("%s/man/signalpy-plugin.7", TEST_SOURCE_DIR);
	char *readme = shell_read("%s/README.md", TEST_SOURCE_DIR);
	char *words = lines_new(header, "\tSP_ROW_WORD_"), *items = lines_new(page, ".It Pq Cm ");

	names_stand_in(words, "SP_ROW_WORD_", items, ".It Pq Cm ");
	names_stand_in(items, ".It Pq Cm ", words, "SP_ROW_WORD_");
	names_stand_in(words, "SP_ROW_WORD_", readme, "`");
	free(header);
	free(page);
	free(readme);
	free(words);
	free(items);
}
END_TEST

/* ---- what is served over HTTP ---- */

START_TEST(the_manual_has_every_path_of_http)
{
	char *page = shell_read("%s/man/signalpyd.8", TEST_SOURCE_DIR);
	char *rest = shell_read("%s/plugins/rest/rest.c", TEST_SOURCE_DIR);
	char *mcp = shell_read("%s/plugins/mcp/mcp.c", TEST_SOURCE_DIR);
	char *paths = lines_new(page, ".It Pa /"), *mounts = strstr(rest, "mounts[] = {");
	char *others = strstr(mcp, "{ \"/");

	ck_assert_ptr_nonnull(mounts);
	ck_assert_ptr_nonnull(others);
	*strchr(mounts, ';') = *strchr(others, '}') = '\0';
	names_stand_in(mounts, "{ \"/", paths, ".It Pa /");
	names_stand_in(others, "{ \"/", paths, ".It Pa /");
	ck_assert(has(paths, ".It Pa /", "api"));
	free(page);
	free(rest);
	free(mcp);
	free(paths);
}
END_TEST

static const char *compile(const char *compiler, const char *options, const char *source, const char *to)
{
	return shell(0,
		"%s -std=gnu11 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wundef -Werror %s %s %s "
		"$(PKG_CONFIG_PATH=%s/lib/pkgconfig pkg-config --cflags --libs signalpy) -Wl,-rpath,%s/lib -o %s/%s",
		compiler, shell_cflags, options, source, TEST_BUILD_DIR, TEST_BUILD_DIR, directory.path, to);
}

static void build_plugin(const char *begin, const char *file)
{
	char *text = shell_read_example("signalpy-plugin.7", begin);
	const char *source = temporary_write(&directory, file, text);

	free(text);
	for (const char *const *compiler = shell_compilers; *compiler; compiler++)
		compile(*compiler, "-fPIC -fvisibility=hidden -shared", source, "example.so");
}

START_TEST(the_plugins_of_the_manual_build)
{
	build_plugin("#include <signalpy/component.h>\n\nSP_RECORD(shouter", "shouter.c");
	build_plugin("#include <poll.h>\n", "pulse.c");
}
END_TEST

/* ---- the tree ---- */

/* The greeter stands in the README to the byte, and is short. */
START_TEST(the_readme_shows_the_greeter)
{
	char *readme = shell_read("%s/README.md", TEST_SOURCE_DIR);
	char *greeter = shell_read("%s/plugins/examples/greeter/greeter.c", TEST_SOURCE_DIR);
	const char *shown = strstr(readme, "```c\n");
	unsigned lines = 0;

	ck_assert_ptr_nonnull(shown);
	shown += strlen("```c\n");
	ck_assert_msg(strncmp(shown, greeter, strlen(greeter)) == 0 &&
			strncmp(shown + strlen(greeter), "```\n", 4) == 0,
		"the greeter in README.md is not plugins/examples/greeter/greeter.c");
	for (const char *at = strchr(greeter, '\n'); at; at = strchr(at + 1, '\n'))
		lines++;
	ck_assert_uint_le(lines, 45);
	free(readme);
	free(greeter);
}
END_TEST

/* What documents are held to. */
struct truth {
	char *help, *makefile;
};

/* A path below one of the rooms must be there; what the tour itself makes is not judged. */
static void judge_path(const char *path)
{
	static const char *const rooms[] = { "conf/", "contracts/", "daemon/", "kernel/", "man/", "plugins/",
		"scripts/", "tests/" };

	if (strncmp(path, "build/bin/", strlen("build/bin/")) == 0)
		ck_assert_msg(shell_exists("%s/%s", TEST_BUILD_DIR, path + strlen("build/")), "there is no %s", path);
	for (size_t i = 0; i < sizeof rooms / sizeof rooms[0]; i++)
		if (strncmp(path, rooms[i], strlen(rooms[i])) == 0)
			ck_assert_msg(shell_exists("%s/%s", TEST_SOURCE_DIR, path), "there is no %s", path);
}

/* A word of a command line, and what follows it. */
static void judge_word(const struct truth *truth, const char *word, const char *rest)
{
	char command[132], target[68];

	judge_path(word);
	if (strcmp(word, "build/bin/signalctl") == 0) {
		ck_assert_msg(take_command(rest, command), "signalctl needs a command, not '%s'", rest);
		ck_assert_msg(is_command(truth->help, command), "signalctl has no command '%s'", command);
	}
	if (strcmp(word, "make") == 0 && take_name(rest, "-", command)) {
		snprintf(target, sizeof target, "\n%.64s", command);
		ck_assert_msg(has(truth->makefile, target, ""), "make has no target '%s'", command);
	}
}

static void judge_words(const struct truth *truth, char *text)
{
	static const char between[] = " ;'\"";

	while (*(text += strspn(text, between))) {
		char *word = text;

		text += strcspn(text, between);
		if (*text)
			*text++ = '\0';
		judge_word(truth, word, text);
	}
}

/* What stands between `these` in a line. */
static void judge_spans(const struct truth *truth, char *line)
{
	char *at = strchr(line, '`'), *stop;

	while (at && (stop = strchr(at + 1, '`')) != NULL) {
		*stop = '\0';
		judge_words(truth, at + 1);
		at = strchr(stop + 1, '`');
	}
}

static void judge_document(const struct truth *truth, const char *path)
{
	char *text = shell_read("%s/%s", TEST_SOURCE_DIR, path), *rest = NULL;
	bool in_commands = false, in_code = false;

	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (strncmp(line, "```", 3) == 0) {
			in_code = !in_code;
			in_commands = in_code && strcmp(line, "```sh") == 0;
		} else if (in_commands || strncmp(line, "    ", 4) == 0) {
			judge_words(truth, line);
		} else if (!in_code) {
			judge_spans(truth, line);
		}
	}
	free(text);
}

START_TEST(what_the_readmes_name_is_there)
{
	static const char *const documents[] = { "README.md", "plugins/examples/counter/README.md",
		"plugins/examples/dictionary-en/README.md", "plugins/examples/dictionary-fr/README.md",
		"plugins/examples/greeter/README.md", "plugins/examples/notebook/README.md",
		"plugins/examples/prober/README.md", "plugins/storage/README.md", "plugins/examples/quotas/README.md",
		"plugins/examples/spell-checker/README.md", "plugins/examples/stock-by-call/README.md",
		"plugins/examples/stock-by-event/README.md", "plugins/examples/stock-by-signal/README.md" };
	struct truth truth = { help_of_signalctl(""), shell_read("%s/Makefile", TEST_SOURCE_DIR) };

	for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++)
		judge_document(&truth, documents[i]);
	free(truth.help);
	free(truth.makefile);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(the_manual_has_every_option_of_signalpyd),
		TEST(the_manual_has_every_command_of_signalctl),
		TEST(the_manual_and_the_readme_have_every_word_of_a_row), TEST(the_manual_has_every_path_of_http),
		TEST(the_plugins_of_the_manual_build), TEST(the_readme_shows_the_greeter),
		TEST(what_the_readmes_name_is_there) };

	return run_suite(&SUITE(cases, "documents", .set_up = begin, .tear_down = end));
}
