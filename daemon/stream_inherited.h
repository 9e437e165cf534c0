/* stream_inherited.h: listening sockets that the process was started with, in the manner of sd_listen_fds(3). */
#ifndef DAEMON_STREAM_INHERITED_H
#define DAEMON_STREAM_INHERITED_H

#include <signalpy/status.h>

struct inherited_sockets;

/* Takes them out of the environment (LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES), which children do not see any more; there
 * may be none. NULL without memory. They stay open until destroyed, for whoever started us keeps them open, too. */
struct inherited_sockets *inherited_sockets_take(void);
void inherited_sockets_destroy(struct inherited_sockets *sockets);

/* A non-blocking descriptor, the caller's, of the one with the name of address ("fd:NAME"), or that listens at address
 * as it stands there. SP_NOT_FOUND: there is none; SP_FAILED. A set of NULL is empty. */
sp_status inherited_sockets_lend(const struct inherited_sockets *sockets, const char *address, int *ret_fd,
	struct sp_error *error);

#endif
