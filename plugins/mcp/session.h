/* session.h: the sessions of the older era. */
#ifndef MCP_SESSION_H
#define MCP_SESSION_H

#include "stream.h"

struct mcp_session {
	struct mcp_session *previous, *next; /* in the server */
	struct mcp_server *server;
	char id[33];
	const char *version; /* static */
	char *caller; /* whose it is; "" for nobody */
	struct mcp_lines *lines; /* the conversation that it is the session of; NULL: it is one of HTTP's */
	unsigned can_ask;
	enum sp_level log_level;
	json_t *resources; /* the URIs subscribed to, as keys */
	struct mcp_stream *streams; /* the latest first */
	int64_t used_at;
	uint64_t streams_made, questions_made;
	size_t kept_bytes; /* of events, in all its streams */
	int64_t request_count; /* under way */
};

/* Makes a session for what an initialize request says, of HTTP's or (lines not NULL) of a conversation; NULL without
 * memory, randomness, or room: then *fault says why. */
struct mcp_session *mcp_session_create(struct mcp_server *server, struct mcp_lines *lines, const json_t *params,
	struct mcp_fault *fault);

/* Makes the session of a conversation that another instance has begun, of what that kept; NULL without memory. */
struct mcp_session *mcp_session_create_kept(struct mcp_server *server, struct mcp_lines *lines, const json_t *kept);

/* Ends a session: what is under way in it is cancelled. */
void mcp_session_end(struct mcp_session *session);

/* The same, but it is kept for the next instance of the server. */
void mcp_session_destroy(struct mcp_session *session);

/* Keeps what a next instance of the server must know of a session; false without memory. */
bool mcp_session_keep(const struct mcp_session *session);

/* The session of an id, which counts as used now; NULL when there is none. */
struct mcp_session *mcp_session_find(struct mcp_server *server, const char *id);

/* Ends the sessions that nobody has used for long, and lets the streams of the others live. */
void mcp_sessions_tend(struct mcp_server *server);

/* Ends what sessions of HTTP's listen to, whose clients come back to the next instance, and fails what waits for their
 * answers. */
void mcp_sessions_leave(struct mcp_server *server);

/* Whether a session's client knows tasks; session may be NULL. */
bool mcp_session_has_tasks(const struct mcp_session *session);

/* The least level of lines that a session is sent, by its id; and a message for what it listens to. Neither counts as
 * use of the session; there need be none. */
enum sp_level mcp_session_level(const struct mcp_server *server, const char *id);
void mcp_session_tell(struct mcp_server *server, const char *id, const json_t *message);

/* Where a request in a session comes from. */
struct mcp_origin mcp_session_origin(struct mcp_session *session);

/* Whether its version of the protocol has batches. */
bool mcp_session_has_batches(const struct mcp_session *session);

/* Takes a client's answer to a question; unknown ones are ignored. */
void mcp_session_take_answer(struct mcp_session *session, const json_t *message);

/* Tells a session that every list may have changed. */
void mcp_session_tell_all(struct mcp_session *session);

/* Whether a request waits for its client's answers. */
bool mcp_request_is_asking(const struct mcp_request *request);

/* Tells every session something, or those that subscribed to a resource. */
void mcp_sessions_tell(struct mcp_server *server, const char *method);
void mcp_sessions_tell_resource(struct mcp_server *server, const char *method, const char *uri);

#endif
