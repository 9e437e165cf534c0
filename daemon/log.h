/*
 * log.h: the daemon's own log, one record a line on stderr, and the logger that components get. It is the last resort:
 * it works before the configuration is read and after everything else has gone.
 */
#ifndef DAEMON_LOG_H
#define DAEMON_LOG_H

#include <signalpy/kernel.h>

struct log;

enum log_format { LOG_TEXT, LOG_JSON };

/* Makes the log on descriptor fd (borrowed), level info, format text; NULL without memory. */
struct log *log_create(int fd);
void log_destroy(struct log *log);

/* What is written: this level and above. */
enum sp_level log_level(const struct log *log);

/* Changes what is written; may be called at any time on the loop thread. */
void log_set_level(struct log *log, enum sp_level level);

/* Gives instances levels of their own instead: levels, borrowed, is an object of names and "debug" to "error", or null;
 * NULL: none has one. SP_NO_MEMORY leaves those that were. As log_set_level. */
sp_status log_set_levels(struct log *log, const json_t *levels);
void log_set_format(struct log *log, enum log_format format);

/* Writes one record of an instance ("" is the daemon). Any thread. Never blocks: what a full descriptor does not take
 * is dropped and counted. */
void log_write(struct log *log, enum sp_level level, const char *instance, const char *message);
void log_printf(struct log *log, enum sp_level level, const char *format, ...) SP_FORMAT(3, 4);

/* Opens the file that the log goes to once more, by the name it had at the start: it was renamed, and a new one is to
 * be written. SP_OK also when the log goes to no file; else the old one is kept on with. */
sp_status log_reopen(struct log *log, struct sp_error *error);

/* The last records, those of at least level behind the one numbered after: an array of {"time", "level", "instance",
 * "message", "number"}; NULL without memory. And the number of the latest. */
json_t *log_records_new(struct log *log, uint64_t after, enum sp_level level);
uint64_t log_latest(struct log *log);

/* An eventfd (borrowed) that counts each record that is written from now on; -1: none. */
void log_set_bell(struct log *log, int bell);

/* Offers the logger contract to components (ranking 1000, so that any plugin's logger is preferred). */
sp_status log_provide(struct log *log, sp_kernel *kernel);

#endif
