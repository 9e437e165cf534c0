/*
 * signalctl.c: talks to a running signalpyd from the command line: from words to a command, and its exit code.
 */
#include "signalctl.h"

#include "signalctl_client.h"
#include "signalctl_invoke.h"

#include <string.h>

enum { SOCKET_SIZE = 256 };

/* The options that follow a word which begins commands, or a component's. */
static enum exit_code take_options(struct invocation *invocation, char *const **words)
{
	enum exit_code code = EXIT_DONE;

	while (code == EXIT_DONE && **words && (**words)[0] == '-') {
		code = take_option(invocation, words);
		if (code == EXIT_MISSING)
			return complain_usage(invocation, "there is no option %s here: see --help", **words);
	}
	return code;
}

/* Words of which the second is missing, or wrong. */
static enum exit_code run_noun(struct invocation *invocation, const char *noun, const char *verb)
{
	if (invocation->help)
		return help(invocation, noun);
	if (verb)
		return complain_usage(invocation, "%s has no command %s: see signalctl %s --help", noun, verb, noun);
	return complain_usage(invocation, "%s what? See signalctl %s --help", noun, noun);
}

/* Words that are no command: the verb is missing, or wrong, or they are a component's own. */
static enum exit_code run_unknown(struct invocation *invocation, char *const *words)
{
	const char *first = *words++;
	enum exit_code code = take_options(invocation, &words);

	if (code != EXIT_DONE)
		return code;
	if (is_noun(first))
		return run_noun(invocation, first, *words);
	if (!*words)
		return run_prefix(invocation, first);
	invocation->rest = words + 1;
	return run_prefixed(invocation, first, *words);
}

/* What cannot be sent as JSON is no name of anything. */
static enum exit_code check_text(const struct invocation *invocation, char *const *words)
{
	for (size_t i = 0; words[i]; i++) {
		json_t *text = json_string(words[i]);

		if (!text)
			return complain_usage(invocation, "argument %zu is not text in UTF-8", i + 1);
		json_decref(text);
	}
	return EXIT_DONE;
}

static enum exit_code run_words(struct invocation *invocation, char *const *words)
{
	enum exit_code code = check_text(invocation, words);

	if (code != EXIT_DONE)
		return code;
	if (invocation->version)
		return run_version(invocation);
	if (!words[0] && invocation->help)
		return help(invocation, NULL);
	if (!words[0])
		return complain_usage(invocation, "which command? See signalctl --help");
	if (!find_command(invocation, &words))
		return run_unknown(invocation, words);
	code = take_arguments(invocation, words);
	if (code != EXIT_DONE)
		return code;
	if (invocation->help && !(invocation->command->rest && invocation->arguments[0]))
		return help(invocation, NULL);
	return run_command(invocation);
}

int main(int argc, char **argv)
{
	char socket[SOCKET_SIZE];
	struct invocation invocation = { .socket = socket };
	char *const *words = argv + (argc > 0);
	enum exit_code code = EXIT_DONE;

	default_socket(socket, sizeof socket);
	while (code == EXIT_DONE && *words && (*words)[0] == '-')
		code = take_option(&invocation, &words);
	if (code == EXIT_MISSING)
		code = complain_usage(&invocation, "there is no option %s: see signalctl --help", *words);
	else if (code == EXIT_DONE)
		code = run_words(&invocation, words);
	client_destroy(invocation.client);
	if ((fflush(stdout) != 0 || ferror(stdout)) && code == EXIT_DONE) {
		perror("signalctl: the result cannot be written");
		code = EXIT_FAILED;
	}
	return (int)code;
}
