/* limits.h: what readers of events may have; the record that stands in the configuration as rest.limits. */
#ifndef REST_LIMITS_H
#define REST_LIMITS_H

#include <signalpy/record.h>

SP_RECORD(rest_limits,
	(integer, streams, .otherwise = 10000, .min = 0, .max = 1000000, .about = "readers of /events at once (503)"),
	(integer, kept_bytes, .otherwise = 1048576, .min = 1024, .max = 1073741824,
		.about = "bytes of the latest events that are kept for readers who come back"),
	(integer, event_bytes, .otherwise = 262144, .min = 1024, .max = 1073741824,
		.about = "bytes of one event; a longer one is missed by all"),
	(integer, kept_ms, .otherwise = 300000, .min = 0, .max = 86400000,
		.about = "milliseconds for which they are kept after the last reader has gone"),
	(integer, unread, .otherwise = 65536, .min = 1024, .max = 1073741824,
		.about = "bytes that a reader has not taken, from where it is sent no more until it has"));

#endif
