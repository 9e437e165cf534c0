/* auth_kit.h: a daemon with a vault, to which callers come over HTTP with tokens and without. */
#ifndef TESTS_AUTH_KIT_H
#define TESTS_AUTH_KIT_H

#include "daemon_kit.h"

/* What eve's token is; it must be written nowhere. Ada's is "swordfish", bob's "trout". */
#define AUTH_MARKER "marker-of-a-secret-4711"

/* The section auth: ada and eve may open the vault and read events, bob and eve are its keepers. */
extern const char auth_kit_section[];

/* Starts a daemon with that section, the fixture vault, and more members of the configuration (",..." or ""). */
void auth_kit_begin(struct test_daemon *daemon, const char *more);
void auth_kit_end(struct test_daemon *daemon);

/* Sends a request and reads until the connection ends: the whole answer, until the next. */
const char *auth_kit_exchange(const struct test_daemon *daemon, const char *request);

/* Sends a request with a token (NULL: none), more header lines and a body (NULL: none) on a connection of its own,
 * which the caller reads and closes. */
int auth_kit_open(const struct test_daemon *daemon, const char *line, const char *token, const char *fields,
	const char *body);

/* The same, and reads until the connection ends: the whole answer, until the next. */
const char *auth_kit_ask(const struct test_daemon *daemon, const char *line, const char *token, const char *fields,
	const char *body);

/* Calls a runnable of the vault: over REST, and MCP of both eras. */
const char *auth_kit_call_rest(const struct test_daemon *daemon, const char *runnable, const char *token);
const char *auth_kit_call_modern(const struct test_daemon *daemon, const char *runnable, const char *token);
const char *auth_kit_call_older(const struct test_daemon *daemon, const char *runnable, const char *token);

/* A session of the older era: its id, until the next; NULL when none was begun. */
const char *auth_kit_session(const struct test_daemon *daemon, const char *token);

enum { AUTH_SURFACES = 3 };

struct auth_surface {
	const char *name;
	const char *(*call)(const struct test_daemon *daemon, const char *runnable, const char *token);
	const char *scope; /* in the challenge of a 403 */
};

extern const struct auth_surface auth_surfaces[AUTH_SURFACES];

/* Fails the test unless an answer has a status and a text (NULL: any), and 401 a challenge. */
void auth_kit_expect(const char *answer, const char *surface, int status, const char *text);

/* Sets a value of the configuration by signalctl. */
void auth_kit_set(const struct test_daemon *daemon, const char *path, const char *value);

#endif
