/* http_answers.h: a client of an HTTP server over streams in memory: sends texts and reads what was answered. */
#ifndef TESTS_HTTP_ANSWERS_H
#define TESTS_HTTP_ANSWERS_H

#include "fake_streams.h"

/* Sends a text. */
void http_say(struct sp_stream *stream, const char *text);

/* The statuses of all answers that text begins with, "100 200"; a static buffer. "?" stands for what is no answer. */
const char *http_statuses(const char *text, size_t size);

#endif
