/* limits.h: what clients may have of the server; the record that stands in the configuration as mcp.limits. */
#ifndef MCP_LIMITS_H
#define MCP_LIMITS_H

#include <signalpy/record.h>

/* Bytes that a client may leave unread, unless the configuration says otherwise. */
enum { MCP_MOST_UNSENT = 1048576 };

SP_RECORD(mcp_limits,
	(integer, requests, .otherwise = 20000, .min = 1, .max = 10000000,
		.about = "requests under way, those included that listen (503)"),
	(integer, requests_per_session, .otherwise = 1024, .min = 1, .max = 1000000,
		.about = "requests under way in one session (429)"),
	(integer, batch, .otherwise = 100, .min = 1, .max = 10000, .about = "messages of a batch (400)"),
	(integer, subscriptions, .otherwise = 1000, .min = 0, .max = 1000000,
		.about = "resources that a session, or a listening request, subscribes to"),
	(integer, uri, .otherwise = 2048, .min = 16, .max = 1048576, .about = "bytes of such a resource's URI"),
	(integer, kept_streams, .otherwise = 32, .min = 1, .max = 10000,
		.about = "streams of a session that wait for their client to come back"),
	(integer, kept_events, .otherwise = 128, .min = 1, .max = 100000,
		.about = "events of one stream that are kept for its client to come back"),
	(integer, kept_bytes, .otherwise = 1048576, .min = 1024, .max = 1073741824,
		.about = "bytes of the events that are kept for one session"),
	(integer, unread, .otherwise = MCP_MOST_UNSENT, .min = 1024, .max = 1073741824,
		.about = "bytes that a client may leave unread before its stream ends"));

#endif
