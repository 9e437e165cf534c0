/*
 * signalctl_invoke.h: what turns words into an invocation and runs it.
 */
#ifndef DAEMON_SIGNALCTL_INVOKE_H
#define DAEMON_SIGNALCTL_INVOKE_H

#include "signalctl.h"

/* Writes the path of the socket when -s does not name one: SIGNALPY_SOCKET, else that of the daemon of this user. */
void default_socket(char *path, size_t size);

/* Reads the options and arguments behind a command's words; EXIT_USAGE when they do not fit, told already. With --help,
 * arguments may be missing. */
enum exit_code take_arguments(struct invocation *invocation, char *const *words);

/* Finds the command of one or two words at *words, enters it and moves behind them; false when they are none. */
bool find_command(struct invocation *invocation, char *const **words);

/* Whether a word begins commands of two words. */
bool is_noun(const char *word);

/* Runs the command. */
enum exit_code run_command(struct invocation *invocation);

#endif
