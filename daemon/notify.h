/* notify.h: tells whoever started the daemon how far it is: systemd's notification socket (sd_notify(3)). */
#ifndef DAEMON_NOTIFY_H
#define DAEMON_NOTIFY_H

/* Sends state ("READY=1", "STOPPING=1", lines) to NOTIFY_SOCKET; does nothing when there is none. What cannot be sent
 * is not an error: the daemon runs all the same. */
void notify(const char *state);

/* Tells that the configuration is being read again; READY=1 tells that it has been. */
void notify_reloading(void);

#endif
