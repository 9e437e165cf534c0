/*
 * signalctl_help.c: help, made from the table of commands.
 */
#include "signalctl.h"
#include "signalctl_output.h"

#include <string.h>

enum { SYNOPSIS_SIZE = 96, SYNOPSIS_WIDTH = 34 };

static void synopsis(const struct command *command, char *text, size_t size)
{
	int used = snprintf(text, size, "%s%s%s", command->noun, command->verb ? " " : "",
		command->verb ? command->verb : "");

	for (size_t i = 0; i < ARGUMENTS_MAX && command->arguments[i].label && (size_t)used < size; i++)
		used += snprintf(text + used, size - (size_t)used, command->arguments[i].optional ? " [%s]" : " %s",
			command->arguments[i].label);
	if (command->rest && (size_t)used < size)
		snprintf(text + used, size - (size_t)used, " %s", command->rest);
}

static void print_row(FILE *out, const struct command *command)
{
	char text[SYNOPSIS_SIZE];

	synopsis(command, text, sizeof text);
	fprintf(out, "  %-*s %s\n", SYNOPSIS_WIDTH, text, command->about);
}

static void print_options(FILE *out, const struct option *options, size_t most)
{
	for (size_t i = 0; i < most && options[i].name; i++) {
		char letter[] = { '-', options[i].letter, ',', ' ', '\0' };
		char text[SYNOPSIS_SIZE];

		snprintf(text, sizeof text, "%s--%s%s%s", options[i].letter ? letter : "", options[i].name,
			options[i].value ? " " : "", options[i].value ? options[i].value : "");
		fprintf(out, "  %-*s %s\n", SYNOPSIS_WIDTH, text, options[i].about);
	}
}

void help_print_all(FILE *out)
{
	fputs("usage: signalctl [-s SOCKET] [--json] COMMAND ...\n\nTalks to a running signalpyd.\n\ncommands:\n", out);
	for (const struct command *command = commands; command->noun; command++)
		print_row(out, command);
	fputs("\noptions:\n", out);
	print_options(out, global_options, OPTIONS_MAX);
	fputs("\nComponents may have commands of their own, as the plugin auth has token new: signalctl token --help.\n",
		out);
	fputs("Every command has --help. exit codes: 0 done, 1 failed, 2 usage, 3 cannot reach the daemon, 4 denied,\n"
	      "5 not found, 6 invalid parameters, 7 timeout. See signalctl(1).\n",
		out);
}

void help_print_noun(FILE *out, const char *noun)
{
	fprintf(out, "usage: signalctl %s COMMAND ...\n\ncommands:\n", noun);
	for (const struct command *command = commands; command->noun; command++) {
		if (strcmp(command->noun, noun) == 0)
			print_row(out, command);
	}
}

void help_print_command(FILE *out, const struct command *command)
{
	char text[SYNOPSIS_SIZE];

	synopsis(command, text, sizeof text);
	fprintf(out, "usage: signalctl %s\n\n%s.\n\noptions:\n", text, command->about);
	print_options(out, command->options, OPTIONS_MAX);
	print_options(out, global_options, OPTIONS_MAX);
}

/* ---- as a document ----------------------------------------------------------------------------------------------- */

static json_t *options_new(const struct option *options, size_t most)
{
	json_t *list = must(json_array());

	for (size_t i = 0; i < most && options[i].name; i++) {
		const char letter[] = { options[i].letter, '\0' };

		json_array_append_new(list,
			json_pack("{s:s, s:s*, s:s*, s:s}", "name", options[i].name, "letter", *letter ? letter : NULL,
				"value", options[i].value, "about", options[i].about));
	}
	return list;
}

static json_t *arguments_new(const struct command *command)
{
	json_t *list = must(json_array());

	for (size_t i = 0; i < ARGUMENTS_MAX && command->arguments[i].label; i++)
		json_array_append_new(list,
			json_pack("{s:s, s:b}", "name", command->arguments[i].label, "required",
				!command->arguments[i].optional));
	return list;
}

static json_t *command_new(const struct command *command)
{
	char text[SYNOPSIS_SIZE];

	synopsis(command, text, sizeof text);
	return must(json_pack("{s:s+, s:s, s:o, s:o}", "usage", "signalctl ", text, "about", command->about,
		"arguments", arguments_new(command), "options", options_new(command->options, OPTIONS_MAX)));
}

/* Of one noun; of all when it is NULL. */
static json_t *commands_new(const char *noun)
{
	json_t *list = must(json_array());

	for (const struct command *command = commands; command->noun; command++) {
		if (!noun || strcmp(command->noun, noun) == 0)
			json_array_append_new(list, command_new(command));
	}
	return list;
}

static void print_document(const struct command *command, const char *noun)
{
	json_t *document = command ? command_new(command)
				   : must(json_pack("{s:s, s:o}", "usage", "signalctl [-s SOCKET] [--json] COMMAND ...",
					     "commands", commands_new(noun)));

	json_object_set_new(document, "global_options", options_new(global_options, OPTIONS_MAX));
	output_json(stdout, document);
	json_decref(document);
}

/* ---- for whom it is ---------------------------------------------------------------------------------------------- */

enum exit_code help(const struct invocation *invocation, const char *noun)
{
	if (invocation->json)
		print_document(invocation->command, noun);
	else if (invocation->command)
		help_print_command(stdout, invocation->command);
	else if (noun)
		help_print_noun(stdout, noun);
	else
		help_print_all(stdout);
	return EXIT_DONE;
}
