/* limits.h: what a client may ask of the server; the record that stands in the configuration as http.limits. */
#ifndef HTTP_LIMITS_H
#define HTTP_LIMITS_H

#include <signalpy/record.h>

SP_RECORD(http_limits,
	(integer, line, .otherwise = 8192, .min = 64, .max = 1048576, .about = "bytes of a request line (414)"),
	(integer, header_bytes, .otherwise = 16384, .min = 128, .max = 1048576,
		.about = "bytes of a header block, or of the trailers or chunk extensions of a body (431, 413)"),
	(integer, header_count, .otherwise = 100, .min = 1, .max = 10000, .about = "header fields of a request (431)"),
	(integer, body, .otherwise = 1048576, .min = 0, .max = 1073741824, .about = "bytes of a request body (413)"),
	(integer, connections, .otherwise = 10000, .min = 1, .max = 1000000, .about = "open connections (503)"),
	(integer, connections_per_address, .otherwise = 10000, .min = 1, .max = 1000000,
		.about = "open connections of one address, of IPv6 one /64 (503)"),
	(integer, requests_per_connection, .otherwise = 10000, .min = 1,
		.about = "requests answered before a connection is closed"),
	(integer, header_ms, .otherwise = 10000, .min = 1, .max = 86400000,
		.about = "milliseconds from the first byte of a request to the end of its header block (408)"),
	(integer, body_ms, .otherwise = 30000, .min = 1, .max = 86400000,
		.about = "milliseconds from there to the end of the body (408)"),
	(integer, idle_ms, .otherwise = 60000, .min = 1, .max = 86400000,
		.about = "milliseconds without a request, or without an answer being taken, before a connection is closed"),
	(integer, unread, .otherwise = 262144, .min = 1024, .max = 1073741824,
		.about = "bytes of answers that a client may leave unread before no more of its requests are read"));

#endif
