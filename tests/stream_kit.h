/*
 * stream_kit.h: a server of one connection at a time and a client, on one thread, for the suites of streams. Included
 * by the one file of a test program that includes fake_runtime.h.
 */
#ifndef TESTS_STREAM_KIT_H
#define TESTS_STREAM_KIT_H

#include "event_loop.h"
#include "fake_runtime.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The server, and what it saw. */
static struct {
	struct sp_event_loop *loop;
	const struct sp_loop *sockets; /* of consumer */
	struct sp_loop table;
	struct sp_runtime consumer;
	struct sp_listener *listener;
	struct sp_stream *stream;
	struct sockaddr_in address;
	char peer[64], last[256];
	size_t (*on_readable)(const char *data, size_t size);
	unsigned pieces, drained, timed_out, closed, accepted;
	sp_status closed_with;
	bool refuses;
	void *alarm;
	bool (*until)(void);
} kit;

static inline size_t kit_take(const char *data, size_t size)
{
	(void)data;
	return size;
}

static inline size_t kit_echo(const char *data, size_t size)
{
	ck_assert_int_eq(kit.consumer.depth, kit.sockets->service.consumer != NULL);
	ck_assert_int_eq(kit.sockets->write(kit.sockets, kit.stream, data, size), SP_OK);
	return size;
}

static size_t kit_readable(void *user, struct sp_stream *stream, const char *data, size_t size)
{
	size_t kept = size < sizeof(kit.last) ? size : sizeof(kit.last) - 1;

	ck_assert_ptr_eq(user, &kit);
	ck_assert_ptr_eq(stream, kit.stream);
	memcpy(kit.last, data, kept);
	kit.last[kept] = '\0';
	kit.pieces++;
	return kit.on_readable(data, size);
}

static void kit_drained(void *user, struct sp_stream *stream)
{
	(void)user;
	(void)stream;
	kit.drained++;
}

static void kit_timed_out(void *user, struct sp_stream *stream)
{
	(void)user;
	(void)stream;
	kit.timed_out++;
}

static void kit_closed(void *user, struct sp_stream *stream, sp_status why)
{
	(void)user;
	(void)stream;
	kit.closed++;
	kit.closed_with = why;
}

static void kit_accept(void *user, struct sp_stream *stream, const char *peer)
{
	static const struct sp_stream_events events = { sizeof(events), kit_readable, kit_drained, kit_timed_out,
		kit_closed };

	ck_assert_ptr_eq(user, &kit);
	kit.accepted++;
	snprintf(kit.peer, sizeof(kit.peer), "%s", peer);
	if (kit.refuses)
		return;
	kit.stream = stream;
	kit.sockets->adopt(kit.sockets, stream, &events, &kit);
}

/* ---- turning ---- */

static void kit_look(void *user)
{
	(void)user;
	if (kit.until == NULL || kit.until())
		sp_event_loop_quit(kit.loop);
	else
		sp_event_loop_ops()->timer_start(kit.alarm, 500000);
}

static void kit_turn_until(bool (*until)(void))
{
	kit.until = until;
	sp_event_loop_ops()->timer_start(kit.alarm, 0);
	sp_event_loop_run(kit.loop);
}

/* Lets the loop see to whatever is there now. */
static inline void kit_turn(void)
{
	kit_turn_until(NULL);
	kit_turn_until(NULL);
}

static inline bool kit_is_closed(void)
{
	return kit.closed > 0;
}

static inline bool kit_has_read(void)
{
	return kit.pieces > 0;
}

static inline bool kit_has_ended(void)
{
	return kit.stream == NULL;
}

static inline void kit_turn_until_read(const char *text)
{
	while (strcmp(kit.last, text) != 0)
		kit_turn();
}

/* ---- server ---- */

static inline void kit_end_stream(void)
{
	kit.sockets->close(kit.sockets, kit.stream);
	kit.stream = NULL;
}

static void kit_listen_as(sp_runtime *consumer)
{
	struct sp_error error = { .code = SP_OK };
	unsigned port;

	if (kit.listener != NULL)
		kit.sockets->unlisten(kit.sockets, kit.listener);
	kit.table = *event_loop_sockets(kit.loop);
	kit.table.service.consumer = consumer;
	kit.sockets = &kit.table;
	kit.sockets->listen(kit.sockets, "127.0.0.1:0", &(struct sp_acceptor){ kit_accept, &kit }, &kit.listener,
		&error);
	ck_assert_msg(error.code == SP_OK, "%s", error.message);
	ck_assert_int_eq(sscanf(kit.sockets->listener_address(kit.sockets, kit.listener), "127.0.0.1:%u", &port), 1);
	kit.address.sin_family = AF_INET;
	kit.address.sin_port = htons((uint16_t)port);
	kit.address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
}

static void kit_open(void)
{
	memset(&kit, 0, sizeof(kit));
	kit.loop = sp_event_loop_create(NULL, 1, NULL);
	ck_assert_ptr_nonnull(kit.loop);
	kit.alarm = sp_event_loop_ops()->timer_create(kit.loop, kit_look, NULL);
	kit.on_readable = kit_take;
	fake_runtime_init(&kit.consumer, "server");
	kit_listen_as(&kit.consumer);
}

static void kit_close(void)
{
	if (kit.stream != NULL)
		kit.sockets->abort(kit.sockets, kit.stream);
	if (kit.listener != NULL)
		kit.sockets->unlisten(kit.sockets, kit.listener);
	ck_assert(fake_ledger_is_empty(&kit.consumer));
	sp_event_loop_ops()->timer_destroy(kit.alarm);
	sp_event_loop_destroy(kit.loop);
}

/* ---- client ---- */

static int kit_connect_raw(void)
{
	int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(client, 0);
	ck_assert_int_eq(connect(client, (struct sockaddr *)&kit.address, sizeof(kit.address)), 0);
	return client;
}

/* What connect fails with, 0 when it does not. */
static inline int kit_try_connect(void)
{
	int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int failure = connect(client, (struct sockaddr *)&kit.address, sizeof(kit.address)) == 0 ? 0 : errno;

	close(client);
	return failure;
}

static inline bool kit_has_stream(void)
{
	return kit.stream != NULL;
}

static inline int kit_connect(void)
{
	int client = kit_connect_raw();

	kit_turn_until(kit_has_stream);
	return client;
}

static inline const char *kit_peer_of(int client)
{
	static char text[32];
	struct sockaddr_in own;
	socklen_t size = sizeof(own);

	getsockname(client, (struct sockaddr *)&own, &size);
	snprintf(text, sizeof(text), "127.0.0.1:%u", ntohs(own.sin_port));
	return text;
}

static inline void kit_send(int client, const char *text)
{
	ck_assert_int_eq(send(client, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* Turns until the client has received exactly text. */
static inline void kit_expect(int client, const char *text)
{
	char got[256];
	size_t at = 0, size = strlen(text);
	ssize_t n;

	while (at < size) {
		n = recv(client, got + at, size - at, MSG_DONTWAIT);
		ck_assert_msg(n > 0 || (n < 0 && errno == EAGAIN), "%zu of %zu bytes: %s", at, size, strerror(errno));
		at += n > 0 ? (size_t)n : 0;
		kit_turn();
	}
	ck_assert_mem_eq(got, text, size);
}

/* Turns until the server has ended the connection; a reset is an end too. */
static inline void kit_expect_end(int client)
{
	char got;
	ssize_t n;

	while ((n = recv(client, &got, 1, MSG_DONTWAIT)) < 0 && errno == EAGAIN)
		kit_turn();
	ck_assert_int_le(n, 0);
}

#endif
