/* flow_kit.c: many HTTP connections of one process, for benchmarks. */
#include "flow_kit.h"

#include <event2/buffer.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

void flow_fail(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fputc('\n', stderr);
	exit(EXIT_FAILURE);
}

double flow_now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* ---- times ------------------------------------------------------------------------------------------------------ */

void flow_times_add(struct flow_times *times, double us)
{
	if (times->count == times->room) {
		times->room = times->room ? 2 * times->room : 1024;
		times->of = realloc(times->of, times->room * sizeof *times->of);
		if (!times->of)
			flow_fail("out of memory");
	}
	times->of[times->count++] = us;
}

static int compare(const void *one, const void *other)
{
	double left = *(const double *)one, right = *(const double *)other;

	return (left > right) - (left < right);
}

double flow_times_at(struct flow_times *times, double share)
{
	size_t at = (size_t)(share * (double)times->count);

	if (!times->count)
		return 0;
	qsort(times->of, times->count, sizeof *times->of, compare);
	return times->of[at < times->count ? at : times->count - 1];
}

/* ---- answers ---------------------------------------------------------------------------------------------------- */

void flow_header(const char *head, const char *name, char *value, size_t size)
{
	size_t length = strlen(name);

	value[0] = '\0';
	for (const char *line = strstr(head, "\r\n"); line; line = strstr(line, "\r\n")) {
		line += 2;
		if (strncasecmp(line, name, length) != 0 || line[length] != ':')
			continue;
		line += length + 1 + strspn(line + length + 1, " ");
		snprintf(value, size, "%.*s", (int)strcspn(line, "\r"), line);
		return;
	}
}

/* The whole of what has arrived, as text. */
static char *pull(struct evbuffer *buffer, size_t size)
{
	return size ? (char *)evbuffer_pullup(buffer, (ev_ssize_t)size) : NULL;
}

static bool take_stream(struct flow *flow, struct evbuffer *buffer)
{
	size_t size = evbuffer_get_length(buffer);

	if (size)
		flow->told(flow, NULL, pull(buffer, size), size);
	evbuffer_drain(buffer, size);
	return false;
}

/* One answer, or the head of one that streams; false when it is not all there. */
static bool take_answer(struct flow *flow, struct evbuffer *buffer)
{
	struct evbuffer_ptr end = evbuffer_search(buffer, "\r\n\r\n", 4, NULL);
	char head[4096], value[32];
	size_t head_size = end.pos < 0 ? 0 : (size_t)end.pos + 4, body_size;

	if (end.pos < 0 || head_size >= sizeof head)
		return false;
	evbuffer_copyout(buffer, head, head_size);
	head[head_size] = '\0';
	flow_header(head, "Content-Length", value, sizeof value);
	if (!value[0] && strncmp(head, "HTTP/1.1 202", 12) != 0) {
		evbuffer_drain(buffer, head_size);
		flow->streams = true;
		flow->told(flow, head, "", 0);
		return true;
	}
	body_size = strtoul(value, NULL, 10);
	if (evbuffer_get_length(buffer) < head_size + body_size)
		return false;
	evbuffer_drain(buffer, head_size);
	flow->told(flow, head, pull(buffer, body_size), body_size);
	evbuffer_drain(buffer, body_size);
	return true;
}

static void on_readable(struct bufferevent *connection, void *user)
{
	struct flow *flow = user;
	struct evbuffer *buffer = bufferevent_get_input(connection);

	while (flow->streams ? take_stream(flow, buffer) : take_answer(flow, buffer))
		continue;
}

static void on_event(struct bufferevent *connection, short what, void *user)
{
	int one = 1;

	(void)user;
	if (what & BEV_EVENT_CONNECTED)
		setsockopt(bufferevent_getfd(connection), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	else
		flow_fail("a connection has ended: %s", what & BEV_EVENT_EOF ? "closed" : "error");
}

/* ---- connections ------------------------------------------------------------------------------------------------ */

struct flow *flow_create(struct event_base *base, int port, flow_told *told, void *user)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons((in_port_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct flow *flow = calloc(1, sizeof *flow);

	if (!flow || !(flow->connection = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE)))
		flow_fail("out of memory");
	flow->told = told;
	flow->user = user;
	bufferevent_setcb(flow->connection, on_readable, NULL, on_event, flow);
	bufferevent_enable(flow->connection, EV_READ | EV_WRITE);
	if (bufferevent_socket_connect(flow->connection, (struct sockaddr *)&address, sizeof address) != 0)
		flow_fail("no connection to port %d", port);
	return flow;
}

void flow_destroy(struct flow *flow)
{
	if (!flow)
		return;
	bufferevent_free(flow->connection);
	free(flow);
}

void flow_send(struct flow *flow, const char *what, const char *fields, const char *body)
{
	evbuffer_add_printf(bufferevent_get_output(flow->connection), "%s HTTP/1.1\r\nHost: localhost\r\n%s", what,
		fields);
	if (body)
		evbuffer_add_printf(bufferevent_get_output(flow->connection),
			"Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s", strlen(body), body);
	else
		evbuffer_add_printf(bufferevent_get_output(flow->connection), "\r\n");
}
