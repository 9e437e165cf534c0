/*
 * control.h: the control socket: JSON-RPC 2.0, one message a line, on a unix socket.
 */
#ifndef DAEMON_CONTROL_H
#define DAEMON_CONTROL_H

#include "configuration.h"
#include "conversations.h"
#include "plugins.h"

struct control;

/* What a client may have of the socket; control.limits in signalpyd.conf(5). */
struct control_limits {
	int64_t connections, requests, line, batch, batch_answers, watches, unread, backlog;
};

struct control_options {
	sp_kernel *kernel;
	struct sp_event_loop *loop;
	struct plugins *plugins;
	struct configuration *configuration;
	struct log *log;
	const struct sp_gateway *gateway;
	struct conversations *conversations;
	const char *socket; /* path */
	const char *group; /* may read and call; NULL: none */
	const struct control_limits *limits; /* may change at any time */
	void (*shutdown)(void *user);
	json_t *(*bound_new)(void *user); /* what the daemon is bound to, for status: {"http": [...], "control": ...} */
	void *user;
};

/* Listens; NULL and error when it cannot. A socket that a dead daemon left is replaced, one of a living daemon
 * refused. */
struct control *control_create(const struct control_options *options, struct sp_error *error);
void control_destroy(struct control *control);

/* Tells those who watch the configuration what has changed, and gives everybody the roles that it says now; it is
 * called after each commit. control may be NULL. */
void control_tell_configuration(struct control *control);

#endif
