/* signalctl_terminal.h: the terminal as a whole, taken for a page that is shown in place, and its keys. */
#ifndef DAEMON_SIGNALCTL_TERMINAL_H
#define DAEMON_SIGNALCTL_TERMINAL_H

#include <stdbool.h>

/* What somebody at the terminal wants: KEY_REDRAW when its size has changed, too. */
enum key { KEY_NONE, KEY_QUIT, KEY_UP, KEY_DOWN, KEY_PAGE_UP, KEY_PAGE_DOWN, KEY_TOP, KEY_REDRAW };

/* Takes the terminal that standard output goes to, if it is one: what was shown comes back at the end, however the
 * program ends, short of SIGKILL. False when it is none. give_back is harmless when it was not taken. */
bool terminal_take(void);
void terminal_give_back(void);

/* Waits until there is a key, a descriptor is readable, or so many milliseconds have passed. */
enum key terminal_wait(int descriptor, int milliseconds);

#endif
