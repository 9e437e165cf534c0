/* log_tail.h: the last records of the log, for who looks at them while the daemon runs. */
#ifndef DAEMON_LOG_TAIL_H
#define DAEMON_LOG_TAIL_H

#include <jansson.h>
#include <signalpy/logger.h>
#include <stdint.h>

enum { LOG_TAIL_KEPT = 512, LOG_TAIL_LINE_MAX = 8192 };

struct log_tail {
	uint64_t number; /* of the latest record */
	struct log_tail_record {
		enum sp_level level;
		char *line; /* JSON; NULL: it was too long, or there was no memory for it */
	} records[LOG_TAIL_KEPT];
};

/* Keeps a record, of which line is the JSON, size bytes of it. */
void log_tail_add(struct log_tail *tail, enum sp_level level, const char *line, size_t size);
void log_tail_finish(struct log_tail *tail);

/* The records of at least level behind the one numbered after, as an array of objects with their "number"; NULL without
 * memory. */
json_t *log_tail_new(const struct log_tail *tail, uint64_t after, enum sp_level level);

#endif
