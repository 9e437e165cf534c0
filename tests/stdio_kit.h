/*
 * stdio_kit.h: signalctl mcp, started as a client of models does: a process with pipes. Every line that comes out of it
 * must be a message that every client takes; whatever fails fails the test. A suite is run by mcp_run_suite.
 */
#ifndef TESTS_STDIO_KIT_H
#define TESTS_STDIO_KIT_H

#include "mcp_kit.h"

struct stdio_client {
	pid_t pid;
	int in, out; /* its standard input and output; in is -1 when it was closed */
	unsigned exchange; /* in the transcript */
	char errors[96]; /* the file that its standard error goes to */
	char *text; /* what has come and was not taken */
	size_t size;
	json_int_t id; /* of the latest request */
};

/* Starts a daemon with tools to call (configuration as in daemon_kit.h), and a client of it. */
void stdio_serve(struct stdio_client *client, struct test_daemon *daemon, const char *configuration);

/* Starts signalctl mcp, with "--wait" and wait unless that is NULL. */
void stdio_open(struct stdio_client *client, const struct test_daemon *daemon, const char *wait);

/* Writes bytes as they are, of which the transcript does not know; and a line. */
void stdio_write(struct stdio_client *client, const char *bytes, size_t size);
void stdio_say(struct stdio_client *client, const char *line);

/* Sends a request of the older era (params NULL: none), or of the modern one (meta as in mcp_kit.h). */
void stdio_ask(struct stdio_client *client, const char *method, const char *params);
void stdio_ask_modern(struct stdio_client *client, const char *method, const char *params, const char *meta);

/* The next message, the caller's; NULL at the end. stdio_expect: its method is that. */
json_t *stdio_next(struct stdio_client *client);
json_t *stdio_expect(struct stdio_client *client, const char *method);

/* The answer to the latest request, which must be next; the caller's. */
json_t *stdio_answer(struct stdio_client *client);

/* Asks and answers what was answered. */
json_t *stdio_call(struct stdio_client *client, const char *method, const char *params);
json_t *stdio_call_modern(struct stdio_client *client, const char *method, const char *params, const char *meta);

/* initialize, and the notification behind it; the answer, the caller's. */
json_t *stdio_begin_session(struct stdio_client *client, const char *version, const char *capabilities);

/* The same, with all capabilities, and checks it. */
void stdio_begin(struct stdio_client *client, const char *version);

/* Answers the next question with a result; it is of that method. */
void stdio_answer_question(struct stdio_client *client, const char *method, const char *result);

/* It still answers, and has said nothing else meanwhile. */
void stdio_is_alive(struct stdio_client *client);

/* Ends the input; and waits for the end of the program: its exit code. No message may be left. */
void stdio_end_input(struct stdio_client *client);
int stdio_close(struct stdio_client *client);

/* Whether what it wrote to standard error has a text. */
bool stdio_complained(const struct stdio_client *client, const char *text);

#endif
