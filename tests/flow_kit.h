/* flow_kit.h: many HTTP connections of one process, for benchmarks: requests in turn, and answers that stream. */
#ifndef TESTS_FLOW_KIT_H
#define TESTS_FLOW_KIT_H

#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>

struct flow;

/* head is the answer's, text of its own; body has size bytes. An answer without a length is told once with its head,
 * and then piece by piece with a NULL head. */
typedef void flow_told(struct flow *flow, const char *head, const char *body, size_t size);

struct flow {
	struct bufferevent *connection;
	flow_told *told;
	void *user;
	bool streams;
};

/* Connects to a port of this machine; a connection that fails ends the process. */
struct flow *flow_create(struct event_base *base, int port, flow_told *told, void *user);
void flow_destroy(struct flow *flow);

/* Sends a request: METHOD PATH, header lines that each end with \r\n (""), and a body (NULL). */
void flow_send(struct flow *flow, const char *what, const char *fields, const char *body);

/* Copies the value of a header of an answer; "" when there is none. */
void flow_header(const char *head, const char *name, char *value, size_t size);

/* Microseconds of a clock that only goes on. */
double flow_now_us(void);

/* A growing list of measured times, in microseconds. */
struct flow_times {
	double *of;
	size_t count, room;
};
void flow_times_add(struct flow_times *times, double us);

/* The time that a share of them does not exceed; sorts them. */
double flow_times_at(struct flow_times *times, double share);

/* Ends the process with a message. */
_Noreturn void flow_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
