/*
 * mcp_transcript.h: writes down what a suite of MCP sends and receives, and has tests/mcp_messages.py validate it
 * against the published schemas (tests/fixtures/schemas) in a test behind all others.
 */
#ifndef TESTS_MCP_TRANSCRIPT_H
#define TESTS_MCP_TRANSCRIPT_H

#include "runner.h"

#include <jansson.h>

/* run_suite with a transcript, and one test more. */
int mcp_run_suite(const struct test_suite *suite);

/* An exchange: of HTTP one request and all that comes on its connection, of another transport a whole connection. */
unsigned mcp_note_exchange(void);

/* What is sent in it, with header fields ("" where there are none); the status of its answer; a message of the server,
 * or a batch. */
void mcp_note_sent(unsigned exchange, const char *fields, const char *body);
void mcp_note_status(unsigned exchange, int status);
void mcp_note_received(unsigned exchange, const json_t *message);

/* Validates a transcript given as a file from its beginning; answers the exit status of the script and what it said,
 * the caller's. */
int mcp_transcript_validate(int file, char **ret_said);

#endif
