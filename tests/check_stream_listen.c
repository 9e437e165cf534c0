/*
 * check_stream_listen.c: listening sockets, and how they are lent.
 * links: daemon/loop_libevent.c daemon/workers.c daemon/stream_libevent.c daemon/stream_listen.c kernel/error.c
 * links: daemon/stream_inherited.c
 * links: daemon/stream_address.c daemon/stream_input.c daemon/stream_output.c
 */
#include "fake_runtime.h"
#include "runner.h"
#include "stream_kit.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static char directory[64], path[96], address[128];

static void set_up(void)
{
	const char *temporary = getenv("TMPDIR");

	kit_open();
	snprintf(directory, sizeof(directory), "%.40s/spXXXXXX", temporary ? temporary : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/socket", directory);
	snprintf(address, sizeof(address), "unix:%s", path);
}

static void tear_down(void)
{
	kit_close();
	unlink(path);
	ck_assert_int_eq(rmdir(directory), 0);
}

/* The table as another consumer has it. */
static struct sp_loop table_of(sp_runtime *consumer)
{
	struct sp_loop table = *event_loop_sockets(kit.loop);

	table.service.consumer = consumer;
	return table;
}

static int connect_unix(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(at.sun_path, path, strlen(path) + 1);
	ck_assert_int_eq(connect(client, (struct sockaddr *)&at, sizeof(at)), 0);
	return client;
}

static void note_accept(void *user, struct sp_stream *stream, const char *peer)
{
	(void)stream; /* not adopted: it ends */
	(void)peer;
	++*(unsigned *)user;
}

static unsigned accepted[2];

static bool first_was_asked(void)
{
	return accepted[0] > 0;
}

static bool second_was_asked(void)
{
	return accepted[1] > 0;
}

/* R-PL-10: the old and the new of a replacement hold one socket together; the old is told while it listens. */
START_TEST(a_replacement_shares_the_socket)
{
	struct sp_runtime old, new;
	struct sp_loop table[2] = { table_of(&old), table_of(&new) };
	struct sp_listener *listener[2];

	fake_runtime_init(&old, "http");
	fake_runtime_init(&new, "http");
	memset(accepted, 0, sizeof(accepted));
	ck_assert_int_eq(table[0].listen(&table[0], address, &(struct sp_acceptor){ note_accept, &accepted[0] },
				 &listener[0], NULL),
		SP_OK);
	ck_assert_int_eq(table[1].listen(&table[1], address, &(struct sp_acceptor){ note_accept, &accepted[1] },
				 &listener[1], NULL),
		SP_OK);
	close(connect_unix());
	kit_turn_until(first_was_asked);
	table[0].unlisten(&table[0], listener[0]);
	close(connect_unix());
	kit_turn_until(second_was_asked);
	ck_assert_uint_eq(accepted[0], 1);
	fake_sweep(&new);
	ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

/* Who has connected is not lost with the socket; where another goes on with it, they are left to that one. */
START_TEST(who_waits_is_accepted_before_the_end)
{
	struct sp_runtime old, new;
	struct sp_loop table[2] = { table_of(&old), table_of(&new) };
	struct sp_listener *listener[2];
	int clients[3];

	fake_runtime_init(&old, "http");
	fake_runtime_init(&new, "http");
	memset(accepted, 0, sizeof(accepted));
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(table[i].listen(&table[i], address, &(struct sp_acceptor){ note_accept, &accepted[i] },
					 &listener[i], NULL),
			SP_OK);
	for (int i = 0; i < 3; i++)
		clients[i] = connect_unix();
	table[0].unlisten(&table[0], listener[0]);
	ck_assert_uint_eq(accepted[0], 0);
	table[1].unlisten(&table[1], listener[1]);
	ck_assert_uint_eq(accepted[1], 3);
	ck_assert_int_ne(access(path, F_OK), 0);
	for (int i = 0; i < 3; i++)
		close(clients[i]);
}
END_TEST

static unsigned bound_port(const struct sp_loop *table, const struct sp_listener *listener)
{
	return (unsigned)strtoul(strrchr(table->listener_address(table, listener), ':') + 1, NULL, 10);
}

static sp_status listen_at(const struct sp_loop *table, const char *host, unsigned port,
	struct sp_listener **ret_listener)
{
	char text[64];

	snprintf(text, sizeof text, "%s:%u", host, port);
	return table->listen(table, text, &(struct sp_acceptor){ note_accept, accepted }, ret_listener, NULL);
}

/* A component may widen its address to all of the machine's, and narrow it again, with both for a moment; nobody else
 * gets in between, nor afterwards. */
START_TEST(a_port_goes_to_another_address)
{
	struct sp_runtime other;
	struct sp_loop table = table_of(&other);
	struct sp_listener *wide, *narrow, *stranger;
	unsigned port = bound_port(kit.sockets, kit.listener);

	fake_runtime_init(&other, "stranger");
	ck_assert_int_eq(listen_at(&table, "0.0.0.0", port, &stranger), SP_CONFLICT);
	ck_assert_int_eq(listen_at(kit.sockets, "0.0.0.0", port, &wide), SP_OK);
	kit.sockets->unlisten(kit.sockets, kit.listener);
	kit.listener = NULL;
	ck_assert_int_eq(listen_at(&table, "127.0.0.1", port, &stranger), SP_CONFLICT);
	ck_assert_int_eq(listen_at(kit.sockets, "*", port, &narrow), SP_OK); /* the same by another name, and back */
	kit.sockets->unlisten(kit.sockets, wide);
	ck_assert_int_eq(listen_at(kit.sockets, "0.0.0.0", port, &wide), SP_OK);
	kit.sockets->unlisten(kit.sockets, narrow);
	ck_assert_int_eq(listen_at(kit.sockets, "127.0.0.1", port, &narrow), SP_OK);
	kit.sockets->unlisten(kit.sockets, wide);
	ck_assert_int_eq(listen_at(&table, "localhost", port, &stranger), SP_CONFLICT);
	kit.sockets->unlisten(kit.sockets, narrow);
	ck_assert_int_eq(listen_at(&table, "localhost", port, &stranger), SP_OK);
	table.unlisten(&table, stranger);
}
END_TEST

/* Port 0 is lent by name as well: the replacement finds itself on the port that clients know. */
START_TEST(a_replacement_keeps_a_port_that_was_found)
{
	struct sp_runtime new;
	struct sp_loop table = table_of(&new);
	struct sp_listener *listener;
	char before[64];

	fake_runtime_init(&new, kit.consumer.name);
	snprintf(before, sizeof(before), "%s", kit.sockets->listener_address(kit.sockets, kit.listener));
	ck_assert_int_eq(table.listen(&table, "127.0.0.1:0", &(struct sp_acceptor){ note_accept, accepted }, &listener,
				 NULL),
		SP_OK);
	ck_assert_str_eq(table.listener_address(&table, listener), before);
	fake_sweep(&new);
}
END_TEST

START_TEST(another_component_has_a_conflict)
{
	struct sp_runtime other;
	struct sp_loop table = table_of(&other);
	struct sp_listener *listener, *mine;
	struct sp_error error;

	fake_runtime_init(&other, "stranger");
	ck_assert_int_eq(kit.sockets->listen(kit.sockets, address, &(struct sp_acceptor){ note_accept, accepted },
				 &mine, &error),
		SP_OK);
	ck_assert_int_eq(table.listen(&table, address, &(struct sp_acceptor){ note_accept, accepted }, &listener,
				 &error),
		SP_CONFLICT);
	ck_assert_ptr_nonnull(strstr(error.message, "is in use by server"));
	kit.sockets->unlisten(kit.sockets, mine);
	ck_assert(fake_ledger_is_empty(&other));
}
END_TEST

static int leave_stale_socket(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(at.sun_path, path, strlen(path) + 1);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	return fd;
}

START_TEST(a_socket_of_a_dead_program_is_replaced)
{
	struct sp_listener *listener;

	close(leave_stale_socket());
	ck_assert_int_eq(kit.sockets->listen(kit.sockets, address, &(struct sp_acceptor){ note_accept, accepted },
				 &listener, NULL),
		SP_OK);
	kit.sockets->unlisten(kit.sockets, listener);
}
END_TEST

START_TEST(a_socket_of_a_living_program_is_not)
{
	int fd = leave_stale_socket();
	struct sp_listener *listener;
	struct sp_error error;

	ck_assert_int_eq(listen(fd, 1), 0);
	ck_assert_int_eq(kit.sockets->listen(kit.sockets, address, &(struct sp_acceptor){ note_accept, accepted },
				 &listener, &error),
		SP_CONFLICT);
	ck_assert_ptr_nonnull(strstr(error.message, path));
	close(fd);
}
END_TEST

START_TEST(a_file_in_the_way_is_not_touched)
{
	struct sp_listener *listener;

	ck_assert_int_eq(mknod(path, S_IFREG | 0600, 0), 0);
	ck_assert_int_eq(kit.sockets->listen(kit.sockets, address, &(struct sp_acceptor){ note_accept, accepted },
				 &listener, NULL),
		SP_CONFLICT);
	ck_assert_int_eq(access(path, F_OK), 0);
}
END_TEST

/* The file that has taken the socket's place is another's. */
START_TEST(a_socket_file_that_was_replaced_stays)
{
	struct sp_listener *listener;

	ck_assert_int_eq(kit.sockets->listen(kit.sockets, address, &(struct sp_acceptor){ note_accept, accepted },
				 &listener, NULL),
		SP_OK);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(mknod(path, S_IFREG | 0600, 0), 0);
	kit.sockets->unlisten(kit.sockets, listener);
	ck_assert_int_eq(access(path, F_OK), 0);
}
END_TEST

static void unlisten_inside(void *user, struct sp_stream *stream, const char *peer)
{
	(void)user;
	(void)stream;
	(void)peer;
	accepted[0]++;
	kit.sockets->unlisten(kit.sockets, kit.listener);
	kit.listener = NULL;
}

/* Two have connected to a listener that ends with the first of them. */
static void let_two_wait(int clients[static 2])
{
	kit.sockets->unlisten(kit.sockets, kit.listener);
	accepted[0] = 0;
	ck_assert_int_eq(kit.sockets->listen(kit.sockets, address, &(struct sp_acceptor){ unlisten_inside, NULL },
				 &kit.listener, NULL),
		SP_OK);
	clients[0] = connect_unix();
	clients[1] = connect_unix();
}

START_TEST(a_listener_may_end_in_its_callback)
{
	int clients[2];

	let_two_wait(clients);
	kit_turn_until(first_was_asked);
	kit_expect_end(clients[0]);
	kit_expect_end(clients[1]);
	ck_assert_uint_eq(accepted[0], 1);
	close(clients[0]);
	close(clients[1]);
}
END_TEST

/* One of those who wait may have it end; then nobody is accepted after that one. */
START_TEST(a_listener_may_end_while_it_ends)
{
	int clients[2];

	let_two_wait(clients);
	kit.sockets->unlisten(kit.sockets, kit.listener);
	ck_assert_uint_eq(accepted[0], 1);
	ck_assert_ptr_null(kit.listener);
	close(clients[0]);
	close(clients[1]);
}
END_TEST

START_TEST(the_mode_of_a_unix_socket_keeps_others_out)
{
	struct sp_listener *listener;
	struct stat status;

	ck_assert_int_eq(kit.sockets->listen(kit.sockets, address, &(struct sp_acceptor){ note_accept, accepted },
				 &listener, NULL),
		SP_OK);
	ck_assert_str_eq(kit.sockets->listener_address(kit.sockets, listener), address);
	ck_assert_int_eq(stat(path, &status), 0);
	ck_assert_uint_eq(status.st_mode & 07117U, 0);
	kit.sockets->unlisten(kit.sockets, listener);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_replacement_shares_the_socket),
		TEST(a_replacement_keeps_a_port_that_was_found), TEST(another_component_has_a_conflict),
		TEST(a_socket_of_a_dead_program_is_replaced), TEST(a_socket_of_a_living_program_is_not),
		TEST(a_file_in_the_way_is_not_touched), TEST(a_socket_file_that_was_replaced_stays),
		TEST(a_port_goes_to_another_address), TEST(a_listener_may_end_in_its_callback),
		TEST(a_listener_may_end_while_it_ends), TEST(who_waits_is_accepted_before_the_end),
		TEST(the_mode_of_a_unix_socket_keeps_others_out) };

	return run_suite(&SUITE(cases, "stream_listen", .set_up = set_up, .tear_down = tear_down));
}
