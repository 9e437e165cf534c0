/*
 * signalctl.c: talks to a running signalpyd from the command line: from words to a command, and its exit code.
 */
#include "signalctl.h"

#include "signalctl_client.h"
#include "signalctl_invoke.h"

#include <string.h>

enum { SOCKET_SIZE = 256 };

/* Words that are no command: the verb is missing, or wrong, or they are a component's own. */
static enum exit_code run_unknown(struct invocation *invocation, char *const *words)
{
	if (is_noun(words[0]) && asks_for_help(words[1])) {
		help_print_noun(stdout, words[0]);
		return EXIT_DONE;
	}
	if (is_noun(words[0]) && !words[1])
		return complain_usage(invocation, "%s what? See signalctl %s --help", words[0], words[0]);
	if (is_noun(words[0]))
		return complain_usage(invocation, "%s has no command %s: see signalctl %s --help", words[0], words[1],
			words[0]);
	if (!words[1] || words[1][0] == '-')
		return complain_usage(invocation, "there is no command %s: see signalctl --help", words[0]);
	invocation->rest = words + 2;
	return run_prefixed(invocation, words[0], words[1]);
}

static enum exit_code run_words(struct invocation *invocation, char *const *words)
{
	enum exit_code code;

	if (invocation->version)
		return run_version(invocation);
	if (invocation->help) {
		help_print_all(stdout);
		return EXIT_DONE;
	}
	if (!words[0])
		return complain_usage(invocation, "which command? See signalctl --help");
	if (!find_command(invocation, &words))
		return run_unknown(invocation, words);
	code = take_arguments(invocation, words);
	if (code != EXIT_DONE)
		return code;
	if (invocation->help && !(invocation->command->rest && invocation->arguments[0])) {
		help_print_command(stdout, invocation->command);
		return EXIT_DONE;
	}
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
	if (fflush(stdout) != 0 && code == EXIT_DONE)
		code = EXIT_FAILED;
	return (int)code;
}
