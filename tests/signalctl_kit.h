/* signalctl_kit.h: signalctl as a program, before a daemon that says what the test wants. */
#ifndef TESTS_SIGNALCTL_KIT_H
#define TESTS_SIGNALCTL_KIT_H

enum { CTL_OUTPUT = 16384 };

/* What the daemon answers a method: the members of the message behind its id. before, if any, is a line sent first. */
struct reply {
	const char *method, *members, *before;
};

struct signalctl_kit {
	char directory[64], path[96]; /* of the socket */
	const struct reply *replies; /* ends with a NULL method */
	char asked[4096]; /* every method and its params, one a line */
	int patience; /* how many the daemon still answers; 0: as many as come */
	char out[CTL_OUTPUT], err[CTL_OUTPUT]; /* what signalctl wrote */
	int code; /* its exit code */
};
extern struct signalctl_kit ctl;

/* Makes a directory for the socket, and removes it: a fixture. */
void ctl_open(void);
void ctl_close(void);

/* Starts and stops the daemon. It hangs up after a method that has no reply, and after graph.watch. */
void ctl_serve(const struct reply *replies);
void ctl_stop(void);

/* Runs signalctl with words, separated by |, and keeps what it wrote and its exit code; without a daemon when replies
 * is NULL. */
void ctl_run(const char *words, const struct reply *replies);
void ctl_run_with_input(const char *words, const char *input);

/* As ctl_run, on a terminal of so many columns, which takes output and errors: all of it is kept as output. */
void ctl_run_on_terminal(const char *words, const struct reply *replies, unsigned short columns);

#endif
