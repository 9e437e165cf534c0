/* control_log.h: what the control socket keeps while the log is watched. */
#ifndef DAEMON_CONTROL_LOG_H
#define DAEMON_CONTROL_LOG_H

struct control_log;

/* Ends it; nobody watches any more. */
void control_log_destroy(struct control_log *heard);

#endif
