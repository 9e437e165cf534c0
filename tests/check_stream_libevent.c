/*
 * check_stream_libevent.c: byte streams, from both sides.
 * links: daemon/loop_libevent.c daemon/workers.c daemon/stream_libevent.c daemon/stream_listen.c kernel/error.c
 * links: daemon/stream_inherited.c
 * links: daemon/stream_address.c daemon/stream_input.c daemon/stream_output.c
 */
#include "fake_runtime.h"
#include "runner.h"
#include "stream_kit.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void set_up(void)
{
	kit_open();
}

static void tear_down(void)
{
	kit_close();
}

/* ---- reading ---- */

START_TEST(bytes_arrive_and_an_answer_leaves)
{
	int client = kit_connect();

	kit.on_readable = kit_echo;
	kit_send(client, "hello");
	kit_expect(client, "hello");
	ck_assert_str_eq(kit.peer, kit_peer_of(client));
	ck_assert_int_eq(kit.consumer.depth, 0);
	ck_assert_int_ge(kit.consumer.entries, 2);
	close(client);
	kit_turn_until(kit_is_closed);
	ck_assert_int_eq(kit.closed_with, SP_OK);
}
END_TEST

static size_t take_lines(const char *data, size_t size)
{
	const char *end = memchr(data, '\n', size);

	return end == NULL ? 0 : (size_t)(end - data) + 1;
}

static bool has_two_pieces(void)
{
	return kit.pieces == 2;
}

/* What is left is given again, with more behind it. */
START_TEST(what_is_not_consumed_is_given_again)
{
	int client = kit_connect();

	kit.on_readable = take_lines;
	kit_send(client, "one and ");
	kit_turn_until(kit_has_read);
	ck_assert_str_eq(kit.last, "one and ");
	kit_send(client, "a half\ntwo");
	kit_turn_until(has_two_pieces);
	ck_assert_str_eq(kit.last, "one and a half\ntwo");
	close(client);
}
END_TEST

static size_t take_line_and_pause(const char *data, size_t size)
{
	kit.sockets->pause(kit.sockets, kit.stream);
	return take_lines(data, size);
}

/* After a pause the bytes that are there already are given without more having come. */
START_TEST(a_pause_keeps_bytes_for_later)
{
	int client = kit_connect();

	kit.on_readable = take_line_and_pause;
	kit_send(client, "one\ntwo\n");
	kit_turn_until(kit_has_read);
	kit_send(client, "three\n");
	kit_turn();
	ck_assert_uint_eq(kit.pieces, 1);
	kit.sockets->resume(kit.sockets, kit.stream);
	kit_turn_until(has_two_pieces);
	ck_assert_str_eq(kit.last, "two\n");
	kit.on_readable = kit_take;
	kit.sockets->resume(kit.sockets, kit.stream);
	kit_turn_until_read("three\n");
	close(client);
}
END_TEST

static size_t pause_and_resume(const char *data, size_t size)
{
	kit.sockets->pause(kit.sockets, kit.stream);
	kit.sockets->resume(kit.sockets, kit.stream);
	return take_lines(data, size);
}

START_TEST(a_pause_may_end_inside_the_callback)
{
	int client = kit_connect();

	kit.on_readable = pause_and_resume;
	kit_send(client, "one\ntwo\n");
	kit_turn_until(has_two_pieces);
	ck_assert_str_eq(kit.last, "two\n");
	close(client);
}
END_TEST

/* ---- writing ---- */

static size_t answer_in_pieces(const char *data, size_t size)
{
	(void)data;
	ck_assert_int_eq(kit.sockets->write(kit.sockets, kit.stream, "HTTP", 4), SP_OK);
	ck_assert_int_eq(kit.sockets->write(kit.sockets, kit.stream, "", 0), SP_OK);
	ck_assert_int_eq(kit.sockets->write(kit.sockets, kit.stream, "/1.1", 4), SP_OK);
	ck_assert_uint_eq(kit.sockets->queued(kit.sockets, kit.stream), 0);
	return size;
}

START_TEST(pieces_written_in_one_callback_leave_together)
{
	int client = kit_connect();
	char got[16] = "";

	kit.on_readable = answer_in_pieces;
	kit_send(client, "GET");
	kit_turn_until(kit_has_read);
	ck_assert_int_eq(recv(client, got, sizeof(got) - 1, 0), 8);
	ck_assert_str_eq(got, "HTTP/1.1");
	close(client);
}
END_TEST

enum { BULK = 8 << 20 };

static bool is_drained(void)
{
	return kit.drained > 0;
}

static void read_bulk(int client, const char *bulk, size_t size)
{
	char *got = malloc(size);
	size_t at = 0;
	ssize_t n;

	while (at < size) {
		n = recv(client, got + at, size - at, MSG_DONTWAIT);
		ck_assert(n > 0 || (n < 0 && errno == EAGAIN));
		at += n > 0 ? (size_t)n : 0;
		kit_turn();
	}
	ck_assert_mem_eq(got, bulk, size);
	free(got);
}

static char *make_bulk(void)
{
	char *bulk = malloc(BULK);
	size_t i;

	for (i = 0; i < BULK; i++)
		bulk[i] = (char)(i * 2654435761U >> 13);
	return bulk;
}

START_TEST(what_a_slow_peer_does_not_take_waits)
{
	int client = kit_connect();
	char *bulk = make_bulk();

	ck_assert_int_eq(kit.sockets->write(kit.sockets, kit.stream, bulk, BULK / 2), SP_OK);
	ck_assert_uint_gt(kit.sockets->queued(kit.sockets, kit.stream), 0);
	ck_assert_int_eq(kit.sockets->write(kit.sockets, kit.stream, bulk + BULK / 2, BULK / 2), SP_OK);
	read_bulk(client, bulk, BULK);
	kit_turn_until(is_drained);
	ck_assert_uint_eq(kit.drained, 1);
	ck_assert_uint_eq(kit.sockets->queued(kit.sockets, kit.stream), 0);
	close(client);
	free(bulk);
}
END_TEST

START_TEST(a_broken_connection_is_told_once)
{
	int client = kit_connect();
	struct linger at_once = { .l_onoff = 1 };
	sp_status status;

	setsockopt(client, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(client);
	kit_turn_until(kit_is_closed);
	ck_assert_int_eq(kit.closed_with, SP_FAILED);
	status = kit.sockets->write(kit.sockets, kit.stream, "late", 4);
	ck_assert_int_eq(status, SP_GONE);
	kit_turn();
	ck_assert_uint_eq(kit.closed, 1);
}
END_TEST

/* A peer that has closed its side still gets the answer. */
START_TEST(a_half_closed_stream_can_be_written)
{
	int client = kit_connect();

	kit_send(client, "question");
	shutdown(client, SHUT_WR);
	kit_turn_until(kit_is_closed);
	ck_assert_int_eq(kit.closed_with, SP_OK);
	kit.sockets->write(kit.sockets, kit.stream, "answer", 6);
	kit_end_stream();
	kit_expect(client, "answer");
	kit_expect_end(client);
	close(client);
}
END_TEST

/* ---- ending ---- */

START_TEST(close_sends_what_is_queued)
{
	int client = kit_connect();
	char *bulk = make_bulk();

	kit.sockets->write(kit.sockets, kit.stream, bulk, BULK);
	kit_end_stream();
	read_bulk(client, bulk, BULK);
	kit_expect_end(client);
	ck_assert_uint_eq(kit.drained + kit.closed, 0);
	close(client);
	free(bulk);
}
END_TEST

static size_t answer_and_close(const char *data, size_t size)
{
	(void)data;
	kit.sockets->write(kit.sockets, kit.stream, "bye", 3);
	kit_end_stream();
	return size;
}

/* What the peer still sends does not destroy the answer it has not read yet. */
START_TEST(close_inside_a_callback_lingers)
{
	int client = kit_connect();
	int i;

	kit.on_readable = answer_and_close;
	kit_send(client, "a");
	kit_turn_until(kit_has_ended);
	for (i = 0; i < 50; i++) {
		kit_send(client, "more that nobody wants");
		kit_turn();
	}
	kit_expect(client, "bye");
	kit_expect_end(client);
	ck_assert_uint_eq(kit.pieces, 1);
	close(client);
}
END_TEST

static size_t abort_at_once(const char *data, size_t size)
{
	(void)data;
	kit.sockets->write(kit.sockets, kit.stream, "never", 5);
	kit.sockets->abort(kit.sockets, kit.stream);
	kit.stream = NULL;
	return size;
}

START_TEST(abort_inside_a_callback_ends_at_once)
{
	int client = kit_connect();
	char got;

	kit.on_readable = abort_at_once;
	kit_send(client, "a");
	kit_turn_until(kit_has_ended);
	ck_assert_int_eq(recv(client, &got, 1, MSG_DONTWAIT), -1);
	ck_assert_int_eq(errno, ECONNRESET); /* nothing is kept for a peer that does not read */
	close(client);
}
END_TEST

static bool is_timed_out(void)
{
	return kit.timed_out > 0;
}

START_TEST(a_deadline_passes_once)
{
	int client = kit_connect();

	kit.sockets->deadline(kit.sockets, kit.stream, 60000);
	kit.sockets->deadline(kit.sockets, kit.stream, 5);
	kit_turn_until(is_timed_out);
	kit_turn();
	ck_assert_uint_eq(kit.timed_out, 1);
	kit.sockets->deadline(kit.sockets, kit.stream, 1);
	kit.sockets->deadline(kit.sockets, kit.stream, 0);
	kit_turn();
	kit_turn();
	ck_assert_uint_eq(kit.timed_out, 1);
	kit.sockets->deadline(kit.sockets, kit.stream, 1);
	kit.sockets->deadline(kit.sockets, kit.stream, 20);
	kit.timed_out = 0;
	kit_turn_until(is_timed_out);
	close(client);
}
END_TEST

/* R-CM-9: the end of an instance ends its streams and listeners, and reports them; what was written is still sent. */
START_TEST(the_ledger_ends_what_an_instance_left)
{
	int client = kit_connect();

	kit.sockets->write(kit.sockets, kit.stream, "last words", 10);
	fake_reports = 0;
	fake_sweep(&kit.consumer);
	ck_assert_int_eq(fake_reports, 2);
	kit.stream = NULL;
	kit.listener = NULL;
	kit_expect(client, "last words");
	kit_expect_end(client);
	ck_assert_int_eq(kit_try_connect(), ECONNREFUSED);
	close(client);
}
END_TEST

START_TEST(a_stream_that_is_not_adopted_ends)
{
	int client;

	kit.refuses = true;
	client = kit_connect_raw();
	kit_expect_end(client);
	ck_assert_ptr_eq(kit.consumer.ledger.next, kit.consumer.ledger.previous); /* the listener alone */
	close(client);
}
END_TEST

START_TEST(the_daemon_itself_needs_no_ledger)
{
	int client;

	kit_listen_as(NULL);
	client = kit_connect();
	kit.on_readable = kit_echo;
	kit_send(client, "x");
	kit_expect(client, "x");
	ck_assert_int_ge(event_loop_stream_descriptor(kit.stream), 0);
	close(client);
}
END_TEST

START_TEST(components_are_offered_the_contract)
{
	const struct sp_loop *table;

	ck_assert_int_eq(sp_event_loop_provide(kit.loop, NULL), SP_OK);
	table = fake_provided.table;
	ck_assert_str_eq(fake_provided.contract->name, sp_loop_contract.name);
	ck_assert_ptr_eq(fake_provided.self, kit.loop);
	ck_assert_uint_eq(table->service.size, sizeof(*table));
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(bytes_arrive_and_an_answer_leaves),
		TEST(what_is_not_consumed_is_given_again), TEST(a_pause_keeps_bytes_for_later),
		TEST(a_pause_may_end_inside_the_callback), TEST(pieces_written_in_one_callback_leave_together),
		TEST(what_a_slow_peer_does_not_take_waits), TEST(a_broken_connection_is_told_once),
		TEST(a_half_closed_stream_can_be_written), TEST(close_sends_what_is_queued),
		TEST(close_inside_a_callback_lingers), TEST(abort_inside_a_callback_ends_at_once),
		TEST(a_deadline_passes_once), TEST(the_ledger_ends_what_an_instance_left),
		TEST(a_stream_that_is_not_adopted_ends), TEST(the_daemon_itself_needs_no_ledger),
		TEST(components_are_offered_the_contract) };

	return run_suite(&SUITE(cases, "stream_libevent", .set_up = set_up, .tear_down = tear_down));
}
