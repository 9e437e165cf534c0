/* rest_kit.h: what the suites of REST share: the shipped plugins in a kernel of the test's own, with streams in
 * memory. */
#ifndef TESTS_REST_KIT_H
#define TESTS_REST_KIT_H

#include "http_answers.h"

#include <signalpy/testing.h>

/* A kernel whose loop has the streams; it ends with them. */
sp_testing *rest_kit_open(struct fake_streams *fake);
void rest_kit_close(sp_testing *testing, struct fake_streams *fake);

/* The descriptor of a shipped plugin. */
const struct sp_plugin *rest_kit_plugin(const char *name);

/* Fails the test unless text was sent, or if it was. */
void rest_kit_sent(const struct sp_stream *from, const char *text);
void rest_kit_not_sent(const struct sp_stream *from, const char *text);

#endif
