/*
 * log_text.h: a line of the log while it is written; whatever stands in a message, it stays one line and valid UTF-8.
 */
#ifndef DAEMON_LOG_TEXT_H
#define DAEMON_LOG_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* All zero is an empty line. data is begin while it fits, and is not ended by a zero byte. */
struct log_text {
	char *data;
	size_t size, capacity;
	bool failed; /* without memory: what was added since is missing */
	char begin[1024];
};

void log_text_finish(struct log_text *text);
void log_text_add(struct log_text *text, const char *added);

/* Adds text from anywhere: control characters and bytes that are not UTF-8 are escaped, as JSON does (\u001b) or as C
 * does (\x1b); in JSON also quotes and backslashes. */
void log_text_add_escaped(struct log_text *text, const char *added, bool as_json);

#endif
