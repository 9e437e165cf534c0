/* e2e_hooks.c: R-CM-3: activate and deactivate that take time, in a real daemon that is asked to end meanwhile. */
#include <check.h>
#include <stdlib.h>

#include "daemon_kit.h"
#include "runner.h"

static struct test_daemon daemon;

static void start(const char *configuration)
{
	test_daemon_prepare(&daemon, configuration);
	test_daemon_drop_fixture(&daemon, "slow-end", "slow-end");
	test_daemon_start(&daemon);
	test_wait_until(&daemon, test_log_says, "begins to come");
}

static void serve(const char *configuration)
{
	start(configuration);
	test_wait_until(&daemon, test_is_callable, "slow-end/times");
}

START_TEST(the_daemon_waits_for_deactivation)
{
	serve("{\"components\":{\"slow-end\":{\"end_ms\":300}}}");
	test_daemon_stop(&daemon);
	ck_assert_uint_eq(test_log_count(&daemon, "begins to go"), 1);
	ck_assert_uint_eq(test_log_count(&daemon, "time has passed"), 2);
	ck_assert_uint_eq(test_log_count(&daemon, "has not ended within"), 0);
	test_daemon_clean(&daemon);
}
END_TEST

/* What an unloading has begun goes on when the daemon is asked to end, and is not begun again. */
START_TEST(the_daemon_ends_while_deactivation_is_under_way)
{
	serve("{\"components\":{\"slow-end\":{\"end_ms\":500}}}");
	test_daemon_take_away(&daemon, "slow-end");
	test_wait_until(&daemon, test_log_says, "begins to go");
	test_daemon_stop(&daemon);
	ck_assert_uint_eq(test_log_count(&daemon, "begins to go"), 1);
	ck_assert_uint_eq(test_log_count(&daemon, "time has passed"), 2);
	ck_assert_uint_eq(test_log_count(&daemon, "has not ended within"), 0);
	test_daemon_clean(&daemon);
}
END_TEST

START_TEST(the_deadline_of_deactivation_is_told)
{
	serve("{\"components\":{\"slow-end\":{\"end_ms\":1300}}}");
	test_daemon_stop(&daemon);
	ck_assert_uint_eq(test_log_count(&daemon, "deactivate: has not ended within 1000 ms"), 1);
	test_daemon_clean(&daemon);
}
END_TEST

/* Without having served it owes no deactivation, unless activation succeeds after all. */
START_TEST(the_daemon_ends_while_activation_is_under_way)
{
	start("{\"components\":{\"slow-end\":{\"begin_ms\":500}}}");
	ck_assert(test_is_not_callable(&daemon, "slow-end/times"));
	test_daemon_stop(&daemon);
	ck_assert_uint_eq(test_log_count(&daemon, "begins to go"), 1);
	test_daemon_clean(&daemon);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(the_daemon_waits_for_deactivation),
		TEST(the_daemon_ends_while_deactivation_is_under_way), TEST(the_deadline_of_deactivation_is_told),
		TEST(the_daemon_ends_while_activation_is_under_way) };

	return run_suite(&SUITE(cases, "hooks", .timeout = 60));
}
