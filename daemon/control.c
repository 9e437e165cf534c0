/*
 * control.c: the control socket as a whole: made, listening, ended.
 */
#include "control.h"

#include "control_connection.h"
#include "control_log.h"
#include "control_peer.h"
#include "control_socket.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The name is kept: it is the configuration's, which may change. */
static sp_status find_group(struct control *control, const char *group, struct sp_error *error)
{
	sp_status status;

	control->group = PEER_NO_GROUP;
	if (!group || !*group)
		return SP_OK;
	control->group_name = strdup(group);
	if (!control->group_name)
		return sp_error_set(error, SP_NO_MEMORY, "no memory for the control socket");
	status = peer_group(group, &control->group);
	if (status == SP_NOT_FOUND)
		return sp_error_set(error, status, "there is no group %s (control.group): make it, or name another",
			group);
	return status == SP_OK ? SP_OK : sp_error_set(error, status, "cannot look up the group %s", group);
}

static bool start(struct control *control, struct sp_error *error)
{
	struct control_socket_options options = { .sockets = control->sockets,
		.path = control->options.socket,
		.accept = connection_accept,
		.user = control };

	if (find_group(control, control->options.group, error) != SP_OK)
		return false;
	options.group = control->group;
	control->socket = control_socket_create(&options, error);
	return control->socket != NULL;
}

struct control *control_create(const struct control_options *options, struct sp_error *error)
{
	struct control *control = calloc(1, sizeof *control);

	if (!control) {
		sp_error_set(error, SP_NO_MEMORY, "no memory for the control socket");
		return NULL;
	}
	control->options = *options;
	control->sockets = event_loop_sockets(options->loop);
	control->owner = geteuid();
	LIST_INIT(&control->connections);
	if (start(control, error))
		return control;
	control_destroy(control);
	return NULL;
}

void control_destroy(struct control *control)
{
	if (!control)
		return;
	control_socket_destroy(control->socket);
	while (!LIST_EMPTY(&control->connections))
		connection_destroy(LIST_FIRST(&control->connections));
	sp_trace_watch_destroy(control->trace);
	control_log_destroy(control->log);
	free(control->group_name);
	free(control);
}
