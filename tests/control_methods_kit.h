/* control_methods_kit.h: a client that asks the control socket of control_kit.h for methods. Included by the one file
 * of a test program. */
#ifndef TESTS_CONTROL_METHODS_KIT_H
#define TESTS_CONTROL_METHODS_KIT_H

#include "control_kit.h"

static struct sp_stream *client;

static inline void open_client(void)
{
	kit_open();
	client = kit_connect();
}

static inline void close_client(void)
{
	kit_close();
	kit_forget(client);
}

/* The client is one of the group. */
static inline void be_in_group(void)
{
	/* the connection's own copy, found through the public face */
	struct peer *peer = (struct peer *)connection_peer(LIST_FIRST(&kit.control.connections));

	peer->level = PEER_MAY_CALL;
}

/* Asks for a method, params as JSON text, and takes the answer as text, which lives until the next. */
static inline const char *ask(const char *method, const char *params)
{
	static char line[1024], answer[16384];
	char *sent;

	snprintf(line, sizeof line, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\"%s%s}\n", method,
		params ? ",\"params\":" : "", params ? params : "");
	kit_send(client, line, strlen(line));
	sent = kit_take(client);
	snprintf(answer, sizeof answer, "%s", sent);
	free(sent);
	return answer;
}

#define RESULT(text) "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":" text "}\n"
#define ERROR(number, message, more) \
	"{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":" number ",\"message\":\"" message "\",\"data\":{" more \
	"}}}\n"

#endif
