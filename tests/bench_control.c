/*
 * bench_control.c: one line over a unix socket, again and again, on many connections with many under way on each, to
 * whoever answers each line with one; scripts/bench-control compares the control socket with redis by it. Prints how
 * many were answered in the time, and how long the middle one took, in microseconds.
 */
#include "flow_kit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { CONNECTIONS_MOST = 1000, DEPTH_MOST = 64, LINE_MOST = 512 };

struct bench {
	const char *line; /* as often as there are under way on a connection */
	size_t line_size, depth;
	int epoll;
	unsigned long answered;
	struct flow_times times;
};

/* A connection that waits for the answers to what it has sent. */
struct connection {
	int fd;
	size_t missing;
	double sent;
};

static int connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if ((size_t)snprintf(address.sun_path, sizeof address.sun_path, "%s", path) >= sizeof address.sun_path)
		flow_fail("%s is too long", path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
		flow_fail("%s: %s", path, strerror(errno));
	return fd;
}

static void ask(const struct bench *bench, struct connection *connection)
{
	size_t size = bench->line_size * bench->depth;

	connection->missing = bench->depth;
	connection->sent = flow_now_us();
	if (send(connection->fd, bench->line, size, 0) != (ssize_t)size)
		flow_fail("what is sent is not taken");
}

static void hear(struct bench *bench, struct connection *connection)
{
	static char text[65536];
	ssize_t got = recv(connection->fd, text, sizeof text, 0);

	if (got <= 0)
		flow_fail("the server has gone");
	for (const char *at = text, *end = text + got; (at = memchr(at, '\n', (size_t)(end - at))); at++) {
		bench->answered++;
		connection->missing--;
	}
	if (connection->missing)
		return;
	flow_times_add(&bench->times, flow_now_us() - connection->sent);
	ask(bench, connection);
}

static void run(struct bench *bench, double us)
{
	struct epoll_event ready[64];
	double end = flow_now_us() + us;

	while (flow_now_us() < end) {
		int count = epoll_wait(bench->epoll, ready, 64, 1000);

		for (int i = 0; i < count; i++)
			hear(bench, ready[i].data.ptr);
	}
}

/* The line as often as it is under way on one connection. */
static void repeat(struct bench *bench, const char *line)
{
	static char lines[(DEPTH_MOST + 1) * LINE_MOST];

	bench->line = lines;
	bench->line_size = strlen(line) + 2;
	if (bench->line_size >= LINE_MOST || bench->depth > DEPTH_MOST)
		flow_fail("too much at once");
	for (size_t i = 0; i < bench->depth; i++)
		snprintf(lines + i * bench->line_size, LINE_MOST, "%s\r\n", line);
}

int main(int count, char **arguments)
{
	static struct connection connections[CONNECTIONS_MOST];
	struct bench bench = { .epoll = epoll_create1(0) };
	size_t wanted = count == 6 ? strtoul(arguments[3], NULL, 10) : 0;

	if (!wanted || wanted > CONNECTIONS_MOST)
		flow_fail("usage: bench_control SOCKET LINE CONNECTIONS UNDER-WAY SECONDS");
	bench.depth = strtoul(arguments[4], NULL, 10);
	repeat(&bench, arguments[2]);
	for (size_t i = 0; i < wanted; i++) {
		struct epoll_event event = { .events = EPOLLIN, .data.ptr = &connections[i] };

		connections[i].fd = connect_to(arguments[1]);
		epoll_ctl(bench.epoll, EPOLL_CTL_ADD, connections[i].fd, &event);
		ask(&bench, &connections[i]);
	}
	run(&bench, strtod(arguments[5], NULL) * 1e6);
	printf("%lu %.1f\n", bench.answered, flow_times_at(&bench.times, 0.5));
	return EXIT_SUCCESS;
}
