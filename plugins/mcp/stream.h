/*
 * stream.h: a stream of events in a session of the older era: the answer of one POST, or what a GET listens to. It
 * outlives its connection: a client that lost it comes back with the id of the last event it has, and is sent what came
 * behind.
 */
#ifndef MCP_STREAM_H
#define MCP_STREAM_H

#include "http_reply.h"

struct mcp_session;

/* The upper part of a stream's number is the generation of the server that made it. */
enum { MCP_GENERATION_BITS = 32 };

struct mcp_stream {
	struct mcp_reply reply; /* the first member */
	struct mcp_stream *previous, *next;
	struct mcp_session *session;
	struct sp_http_exchange *exchange; /* NULL: the connection has gone */
	struct mcp_accept accept;
	uint64_t number, sequence; /* in the session; of the latest event */
	json_t *kept; /* the texts of the latest events, for who comes back */
	size_t kept_bytes; /* of these */
	bool announces; /* its answer tells the session's id */
	bool listens; /* a GET's */
	bool begun; /* events are sent on the connection */
	bool waited; /* for a while, without a word */
	bool ended;
};

/* Makes a stream for an exchange that has not been answered; NULL without memory. */
struct mcp_stream *mcp_stream_create(struct mcp_session *session, struct sp_http_exchange *exchange);
void mcp_stream_destroy(struct mcp_stream *stream);

/* Begins to send events on the connection of a GET. */
void mcp_stream_listen(struct mcp_stream *stream);

/* Sends a message as the next event, or keeps it until the client comes back. */
void mcp_stream_push(struct mcp_stream *stream, const json_t *message);

/* Goes on, on another connection, behind the event of an id ("3-14"); false when this session has no such stream. */
bool mcp_stream_resume(struct mcp_session *session, struct sp_http_exchange *exchange, const char *last_event);

/* Whether an event's id is of a stream that the session had once. */
bool mcp_stream_was_there(const struct mcp_session *session, const char *last_event);

/* Ends the connection of a stream; its client may come back. */
void mcp_stream_leave(struct mcp_stream *stream);

/* Lets a proxy in between know that the connection lives; an answer that takes long becomes a stream for that. */
void mcp_stream_keep_alive(struct mcp_stream *stream);

#endif
