/* options.h: the command line of signalpyd, and the places it takes when nothing else is said. */
#ifndef DAEMON_OPTIONS_H
#define DAEMON_OPTIONS_H

#include <signalpy/status.h>

enum options_action { OPTIONS_RUN, OPTIONS_CHECK, OPTIONS_HELP, OPTIONS_VERSION };

/* Everything here is owned by the options. */
struct options {
	enum options_action action;
	char *file;
	bool file_given;
	char **sets; /* KEY=VALUE, ends with NULL */
	size_t set_count;
	char *state_dir, *runtime_dir;
	int ready_fd; /* -1: none */
};

/* Reads the command line and completes it from the environment: STATE_DIRECTORY and RUNTIME_DIRECTORY, then the
 * system's places for root and the XDG ones for others. SP_INVALID and error, which names the argument; finish in
 * either case. */
sp_status options_init(struct options *options, int count, char *const *arguments, struct sp_error *error);
void options_finish(struct options *options);

/* What --help prints; static. */
const char *options_help(void);

#endif
