/* check_control_peer.c: who is at the other end. links: daemon/control_peer.c */
#define _GNU_SOURCE /* setgroups */
#include "control_peer.h"
#include "runner.h"

#include <check.h>
#include <grp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SOME = 3, MANY = 200, OF_INTEREST = 54321, STRANGER = 12345 };

/* What is told of a peer that has a user, a group, and so many others, of which the last is of interest. */
static struct peer peer_of(uid_t uid, gid_t gid, size_t count, gid_t asked)
{
	gid_t groups[MANY];
	struct peer peer;
	int pair[2];

	for (size_t i = 0; i < count; i++)
		groups[i] = i + 1 < count ? (gid_t)(60000 + i) : OF_INTEREST;
	ck_assert_int_eq(setgroups(count, groups), 0);
	ck_assert_int_eq(setegid(gid), 0);
	ck_assert_int_eq(seteuid(uid), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	ck_assert_int_eq(seteuid(0), 0);
	ck_assert_int_eq(peer_read(pair[0], 777, asked, &peer), SP_OK);
	close(pair[0]);
	close(pair[1]);
	return peer;
}

static const struct {
	uid_t uid;
	gid_t gid;
	size_t groups;
	gid_t asked;
	enum peer_level level;
} peers[] = {
	{ 0, 0, 0, PEER_NO_GROUP, PEER_MAY_ALL },
	{ 777, 1, 0, PEER_NO_GROUP, PEER_MAY_ALL },
	{ STRANGER, 1, SOME, PEER_NO_GROUP, PEER_REFUSED },
	{ STRANGER, 1, 0, OF_INTEREST, PEER_REFUSED },
	{ STRANGER, OF_INTEREST, 0, OF_INTEREST, PEER_MAY_CALL },
	{ STRANGER, 1, SOME, OF_INTEREST, PEER_MAY_CALL },
	{ STRANGER, 1, MANY, OF_INTEREST, PEER_MAY_CALL },
	{ STRANGER, 1, MANY, OF_INTEREST + 1, PEER_REFUSED },
};

START_TEST(a_peer_has_a_level)
{
	struct peer peer;

	if (geteuid() != 0)
		return;
	peer = peer_of(peers[_i].uid, peers[_i].gid, peers[_i].groups, peers[_i].asked);
	ck_assert_int_eq(peer.level, peers[_i].level);
	ck_assert_uint_eq(peer.uid, peers[_i].uid);
	ck_assert_int_eq(peer.pid, getpid());
	if (peer.uid == 0)
		ck_assert_str_eq(peer.name, "root");
	if (peer.uid == STRANGER)
		ck_assert_str_eq(peer.name, "12345");
}
END_TEST

START_TEST(what_is_no_socket_has_no_peer)
{
	struct peer peer;
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(peer_read(ends[0], 0, PEER_NO_GROUP, &peer), SP_FAILED);
	close(ends[0]);
	close(ends[1]);
}
END_TEST

START_TEST(a_group_is_found_by_its_name)
{
	gid_t group = 77;

	ck_assert_int_eq(peer_group("no such group", &group), SP_NOT_FOUND);
	ck_assert_uint_eq(group, 77);
	ck_assert_int_eq(peer_group("root", &group), SP_OK);
	ck_assert_uint_eq(group, 0);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_peer_has_a_level, .times = sizeof peers / sizeof peers[0]),
		TEST(what_is_no_socket_has_no_peer), TEST(a_group_is_found_by_its_name) };

	return run_suite(&SUITE(cases, "control_peer"));
}
