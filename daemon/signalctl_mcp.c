/*
 * signalctl_mcp.c: MCP over standard input and output: what a client of models starts. Lines go to the daemon and come
 * from it as they are; whatever else is to be said goes to standard error.
 */
#include "signalctl.h"
#include "signalctl_client.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	FLOW_SIZE = 64 * 1024,
	PIECE = PIPE_BUF, /* what a pipe takes without blocking, once it takes anything */
	ANSWER_MS = 2000,
	WAIT_S = 10,
	WAIT_S_MAX = 86400
};

/* What was read on one side and is to be written on the other. */
struct flow {
	size_t size;
	bool ended; /* nothing more will be read */
	char data[FLOW_SIZE];
};

struct pump {
	int socket;
	struct flow in, out;
	int64_t wait_ms, until_ms; /* after the input's end; when that is over, 0: the input has not ended */
	bool is_broken; /* nobody reads the output */
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- reading and writing ----------------------------------------------------------------------------------------- */

static bool is_for_later(void)
{
	return errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK;
}

static void fill(struct flow *flow, int fd)
{
	ssize_t got = read(fd, flow->data + flow->size, sizeof flow->data - flow->size);

	if (got > 0)
		flow->size += (size_t)got;
	else
		flow->ended = got == 0 || !is_for_later();
}

static void drop(struct flow *flow, size_t size)
{
	flow->size -= size;
	memmove(flow->data, flow->data + size, flow->size);
}

/* A daemon that hung up may have said something before, which is still read. */
static void send_some(struct pump *pump)
{
	ssize_t sent = send(pump->socket, pump->in.data, pump->in.size, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (sent > 0)
		drop(&pump->in, (size_t)sent);
	else if (sent < 0 && !is_for_later())
		drop(&pump->in, pump->in.size);
}

static void print_some(struct pump *pump)
{
	struct flow *out = &pump->out;
	ssize_t written = write(STDOUT_FILENO, out->data, out->size < PIECE ? out->size : PIECE);

	if (written > 0)
		drop(out, (size_t)written);
	else if (written < 0 && !is_for_later())
		pump->is_broken = true;
}

/* ---- the pump ---------------------------------------------------------------------------------------------------- */

/* What can be done now, or when it is too late. */
static void wait_for(const struct pump *pump, struct pollfd fds[static 3])
{
	int64_t left = pump->until_ms - now_ms();
	int timeout = !pump->until_ms ? -1 : left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
	bool reads = !pump->in.ended && pump->in.size < FLOW_SIZE;
	bool receives = !pump->out.ended && pump->out.size<FLOW_SIZE, sends = pump->in.size> 0;

	fds[0] = (struct pollfd){ .fd = reads ? STDIN_FILENO : -1, .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = receives || sends ? pump->socket : -1,
		.events = (short)((receives ? POLLIN : 0) | (sends ? POLLOUT : 0)) };
	fds[2] = (struct pollfd){ .fd = STDOUT_FILENO, .events = (short)(pump->out.size > 0 ? POLLOUT : 0) };
	if (poll(fds, 3, timeout) < 0)
		memset(fds, 0, 3 * sizeof *fds);
}

static void move(struct pump *pump, const struct pollfd fds[static 3])
{
	bool had_ended = pump->in.ended && pump->in.size == 0;

	if (fds[0].revents)
		fill(&pump->in, STDIN_FILENO);
	if (fds[1].revents & POLLOUT)
		send_some(pump);
	if (fds[1].revents & (POLLIN | POLLHUP | POLLERR) && pump->out.size < FLOW_SIZE)
		fill(&pump->out, pump->socket);
	if (fds[2].revents & POLLOUT)
		print_some(pump);
	else if (fds[2].revents)
		pump->is_broken = true;
	if (!had_ended && pump->in.ended && pump->in.size == 0) {
		shutdown(pump->socket, SHUT_WR);
		pump->until_ms = now_ms() + pump->wait_ms;
	}
}

/* Until the daemon has said all, nobody reads it any more, or it is too late. */
static bool is_over(const struct pump *pump)
{
	if (pump->is_broken || (pump->out.ended && pump->out.size == 0))
		return true;
	return pump->until_ms && now_ms() >= pump->until_ms;
}

/* Whether a daemon answers: one that has just ended may still be connected to. */
static bool is_served(const char *path)
{
	struct client *client = client_create(path);
	bool is_asked = client && client_send(client, "kernel.ready", NULL) > 0 && client_wait(client, ANSWER_MS);
	json_t *answer = is_asked ? client_receive(client) : NULL;

	client_destroy(client);
	json_decref(answer);
	return answer != NULL;
}

static enum exit_code tell_end(const struct invocation *invocation, const struct pump *pump)
{
	if (pump->is_broken)
		return complain(invocation, EXIT_FAILED, "failed", NULL, "nobody reads the output any more");
	if (pump->until_ms && pump->out.ended)
		return EXIT_DONE;
	if (pump->until_ms)
		return complain(invocation, EXIT_TIMED_OUT, "timeout", NULL,
			"the input has ended, and not everything was answered in time: see --wait");
	if (!is_served(invocation->socket))
		return complain(invocation, EXIT_UNREACHABLE, "unavailable", NULL,
			"signalpyd has gone: start it, and begin again");
	return complain(invocation, EXIT_FAILED, "unavailable", NULL,
		"signalpyd has ended the conversation: see signalctl logs");
}

/* ---- the command ------------------------------------------------------------------------------------------------- */

static enum exit_code read_wait(const struct invocation *invocation, int64_t *ret_milliseconds)
{
	const char *text = option_value(invocation, "wait");
	char *end = NULL;
	long long seconds = text ? strtoll(text, &end, 10) : WAIT_S;

	if (text && (!*text || *end || seconds < 0 || seconds > WAIT_S_MAX))
		return complain_usage(invocation, "--wait takes a number of seconds up to %d, not %s", WAIT_S_MAX,
			text);
	*ret_milliseconds = seconds * 1000;
	return EXIT_DONE;
}

enum exit_code run_mcp(struct invocation *invocation)
{
	struct pump pump = { 0 };
	struct pollfd fds[3];
	json_t *result = NULL;
	enum exit_code code;

	invocation->json = false; /* standard output is the client's */
	code = read_wait(invocation, &pump.wait_ms);
	if (code == EXIT_DONE)
		code = ask(invocation, "conversation.open", must(json_pack("{s:s}", "with", "mcp")), &result);
	json_decref(result);
	if (code != EXIT_DONE)
		return code;
	signal(SIGPIPE, SIG_IGN);
	pump.socket = client_descriptor(invocation->client);
	while (!is_over(&pump)) {
		wait_for(&pump, fds);
		move(&pump, fds);
	}
	return tell_end(invocation, &pump);
}
