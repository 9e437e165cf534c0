/* check_signalctl_commands.c: every command and option is in help and in the manual. links: daemon */
#include "runner.h"
#include "signalctl.h"

#include <check.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static char *manual;

/* The manual of the source tree: SP_SOURCE_DIR, else the current directory. */
static void read_manual(void)
{
	const char *source = getenv("SP_SOURCE_DIR");
	char path[4096];
	FILE *file;
	long size;

	snprintf(path, sizeof path, "%s/man/signalctl.1", source ? source : ".");
	file = fopen(path, "r");
	ck_assert_msg(file != NULL, "%s cannot be read: SP_SOURCE_DIR names the source tree", path);
	ck_assert_int_eq(fseek(file, 0, SEEK_END), 0);
	size = ftell(file);
	rewind(file);
	manual = calloc(1, (size_t)size + 1);
	ck_assert_ptr_nonnull(manual);
	ck_assert_uint_eq(fread(manual, 1, (size_t)size, file), (size_t)size);
	fclose(file);
}

static void free_manual(void)
{
	free(manual);
}

/* The line of the manual that begins a command; the caller frees it. */
static char *manual_line_of(const struct command *command)
{
	char start[128];
	const char *found;

	snprintf(start, sizeof start, "\n.It Cm %s%s%s", command->noun, command->verb ? " " : "",
		command->verb ? command->verb : "");
	found = strstr(manual, start);
	while (found && !isspace((unsigned char)found[strlen(start)]))
		found = strstr(found + 1, start);
	if (!found) {
		ck_abort_msg("signalctl(1) has no%s", start + 4);
		return NULL;
	}
	return strndup(found + 1, strcspn(found + 1, "\n"));
}

static char *help_of(const struct command *command)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (command)
		help_print_command(out, command);
	else
		help_print_all(out);
	fclose(out);
	return text;
}

static void expect_option(const struct option *option, const char *help, const char *from)
{
	char flag[64], letter[8];

	snprintf(flag, sizeof flag, "--%s", option->name);
	ck_assert_msg(strstr(help, flag) != NULL, "help has no %s", flag);
	snprintf(flag, sizeof flag, "Fl -%s", option->name);
	ck_assert_msg(strstr(from, flag) != NULL, "signalctl(1) has no %s in %.60s", flag, from);
	snprintf(letter, sizeof letter, "Fl %c", option->letter);
	if (option->letter)
		ck_assert_msg(strstr(manual, letter) != NULL, "signalctl(1) has no %s", letter);
}

START_TEST(a_command_is_in_help_and_manual)
{
	const struct command *command = &commands[_i];
	char *line = manual_line_of(command), *help = help_of(command), *all = help_of(NULL);
	char words[64];

	snprintf(words, sizeof words, "  %s%s%s", command->noun, command->verb ? " " : "",
		command->verb ? command->verb : "");
	ck_assert_ptr_nonnull(strstr(all, words));
	for (size_t i = 0; i < OPTIONS_MAX && command->options[i].name; i++)
		expect_option(&command->options[i], help, line);
	for (size_t i = 0; i < ARGUMENTS_MAX && command->arguments[i].label; i++)
		ck_assert_ptr_nonnull(strstr(help, command->arguments[i].label));
	for (size_t i = 0; global_options[i].name; i++)
		expect_option(&global_options[i], help, manual);
	free(line);
	free(help);
	free(all);
}
END_TEST

/* A command calls a method with what it takes, or runs by itself. */
START_TEST(a_command_does_something)
{
	const struct command *command = &commands[_i];

	ck_assert((command->method != NULL) != (command->run != NULL));
	ck_assert_ptr_nonnull(command->about);
	for (size_t i = 0; i < ARGUMENTS_MAX && command->arguments[i].label; i++)
		ck_assert_ptr_nonnull(command->arguments[i].parameter);
	ck_assert(command->verb || !command->usual);
	for (const struct command *other = commands; other < command; other++)
		ck_assert(strcmp(other->noun, command->noun) != 0 || (other->verb && command->verb && !command->usual));
}
END_TEST

static size_t count_commands(void)
{
	size_t count = 0;

	while (commands[count].noun)
		count++;
	return count;
}

int main(void)
{
	const struct test_case cases[] = { TEST(a_command_is_in_help_and_manual, .times = count_commands()),
		TEST(a_command_does_something, .times = count_commands()) };

	return run_suite(&SUITE(cases, "signalctl_commands", .set_up = read_manual, .tear_down = free_manual));
}
