/* e2e_prober.c: the example prober in a real daemon: an asynchronous effect that a descriptor ends, and runs again when
 * the configuration changes (R-RX-7). */
#include <arpa/inet.h>
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon_kit.h"
#include "runner.h"

/* A port of this machine, on which something listens or nothing does. */
static int open_port(bool listens, int *ret_port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t size = sizeof address;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	if (listens)
		ck_assert_int_eq(listen(fd, 1), 0);
	*ret_port = ntohs(address.sin_port);
	return fd;
}

static bool says(const struct test_daemon *daemon, const void *listens)
{
	json_t *answer = test_control(daemon, "runnable.call", "{\"address\":\"prober.show\",\"params\":{}}", NULL);
	const json_t *found = json_object_get(json_object_get(answer, "data"), "listens");
	bool same = json_is_boolean(found) && json_is_true(found) == *(const bool *)listens;

	json_decref(answer);
	return same;
}

START_TEST(prober_follows_its_port)
{
	static const bool yes = true, no = false;
	struct test_daemon daemon;
	char configuration[80];
	int port, closed_port, fd = open_port(true, &port), closed = open_port(false, &closed_port);

	snprintf(configuration, sizeof configuration, "{\"components\":{\"prober\":{\"port\":%d}}}", port);
	test_daemon_prepare(&daemon, configuration);
	test_daemon_drop(&daemon, "prober", "prober", 0);
	test_daemon_start(&daemon);
	test_wait_until(&daemon, says, &yes);
	snprintf(configuration, sizeof configuration, "{\"components\":{\"prober\":{\"port\":%d}}}", closed_port);
	test_daemon_configure(&daemon, configuration, false);
	test_wait_until(&daemon, says, &no);
	test_daemon_stop(&daemon);
	test_daemon_clean(&daemon);
	close(fd);
	close(closed);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(prober_follows_its_port) };

	return run_suite(&SUITE(cases, "prober", .timeout = 60));
}
