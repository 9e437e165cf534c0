/*
 * signalctl_terminal.c: the terminal as a whole, taken and given back.
 */
#include "signalctl_terminal.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

/* Another screen without a cursor, and back. */
#define ENTER "\033[?1049h\033[?25l"
#define LEAVE "\033[?25h\033[?1049l"

/* A handler of signals is given nothing: what it must put back can only be found here. */
static struct {
	volatile sig_atomic_t taken;
	bool has_keys; /* standard input is the terminal, too */
	struct termios before, during;
	int signals; /* a descriptor: the size has changed, or the program goes on after a stop */
	char typed[16]; /* keys that were read and not taken yet */
} here = { .signals = -1 };

static void put(const char *sequence)
{
	size_t size = strlen(sequence);
	ssize_t done;

	do
		done = write(STDOUT_FILENO, sequence, size);
	while (done > 0 && (sequence += done, size -= (size_t)done) > 0);
}

static void enter(void)
{
	if (here.has_keys)
		tcsetattr(STDIN_FILENO, TCSANOW, &here.during);
	put(ENTER);
}

static void leave(void)
{
	put(LEAVE);
	if (here.has_keys)
		tcsetattr(STDIN_FILENO, TCSANOW, &here.before);
}

/* The handler is gone when it is called: the signal comes again, and does what it does. */
static void end(int number)
{
	terminal_give_back();
	raise(number);
}

static void stop(int number)
{
	(void)number;
	leave();
	raise(SIGSTOP);
	enter();
}

static void handle_signals(void)
{
	static const int endings[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGSEGV, SIGBUS, SIGFPE, SIGILL,
		SIGABRT };
	struct sigaction ending = { .sa_handler = end, .sa_flags = (int)SA_RESETHAND | SA_NODEFER };
	struct sigaction stopping = { .sa_handler = stop, .sa_flags = SA_RESTART };
	sigset_t told;

	for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
		sigaction(endings[i], &ending, NULL);
	sigaction(SIGTSTP, &stopping, NULL);
	sigemptyset(&told);
	sigaddset(&told, SIGWINCH);
	sigaddset(&told, SIGCONT);
	sigprocmask(SIG_BLOCK, &told, NULL);
	here.signals = signalfd(-1, &told, SFD_CLOEXEC | SFD_NONBLOCK);
}

bool terminal_take(void)
{
	if (!isatty(STDOUT_FILENO))
		return false;
	here.has_keys = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &here.before) == 0;
	if (here.has_keys) {
		here.during = here.before;
		here.during.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
		here.during.c_cc[VMIN] = 1;
		here.during.c_cc[VTIME] = 0;
	}
	here.taken = 1;
	handle_signals();
	enter();
	return true;
}

void terminal_give_back(void)
{
	if (!here.taken)
		return;
	here.taken = 0;
	leave();
}

/* ---- keys -------------------------------------------------------------------------------------------------------- */

static const struct {
	const char *typed;
	enum key key;
} keys[] = { { "q", KEY_QUIT }, { "Q", KEY_QUIT }, { "k", KEY_UP }, { "\033[A", KEY_UP }, { "\033OA", KEY_UP },
	{ "j", KEY_DOWN }, { "\033[B", KEY_DOWN }, { "\033OB", KEY_DOWN }, { "\n", KEY_DOWN }, { "b", KEY_PAGE_UP },
	{ "\033[5~", KEY_PAGE_UP }, { " ", KEY_PAGE_DOWN }, { "\033[6~", KEY_PAGE_DOWN }, { "g", KEY_TOP },
	{ "\033[H", KEY_TOP }, { "\f", KEY_REDRAW } };

static enum key take_key(size_t size, enum key key)
{
	memmove(here.typed, here.typed + size, strlen(here.typed + size) + 1);
	return key;
}

/* The first of the keys that were typed. Where an unknown key that sends several bytes ends, nobody knows. */
static enum key first_key(void)
{
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		size_t size = strlen(keys[i].typed);

		if (strncmp(here.typed, keys[i].typed, size) == 0)
			return take_key(size, keys[i].key);
	}
	return take_key(here.typed[0] == '\033' ? strlen(here.typed) : 1, KEY_NONE);
}

/* A key is read whole, and with it what was typed since; who goes away quits. */
static enum key read_key(void)
{
	ssize_t size = read(STDIN_FILENO, here.typed, sizeof here.typed - 1);

	if (size <= 0)
		return KEY_QUIT;
	here.typed[size] = '\0';
	return here.typed[0] ? first_key() : KEY_NONE;
}

enum key terminal_wait(int descriptor, int milliseconds)
{
	struct pollfd waited[] = { { .fd = descriptor, .events = POLLIN }, { .fd = here.signals, .events = POLLIN },
		{ .fd = here.taken && here.has_keys ? STDIN_FILENO : -1, .events = POLLIN } };
	struct signalfd_siginfo told;

	if (here.typed[0])
		return first_key();
	if (poll(waited, sizeof waited / sizeof waited[0], milliseconds) <= 0)
		return KEY_NONE;
	if (waited[2].revents)
		return read_key();
	if (!(waited[1].revents & POLLIN))
		return KEY_NONE;
	while (read(here.signals, &told, sizeof told) > 0)
		continue;
	return KEY_REDRAW;
}
