/* e2e_supervision.c: the example pool in a real daemon: its tree in the status, a crash, a restart, and too many of
 * them. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "daemon_kit.h"
#include "runner.h"

static struct test_daemon daemon;

static void run(const char *first, const char *second, const char *third, const char *fourth)
{
	ck_assert_int_eq(test_signalctl(&daemon, (const char *[]){ first, second, third, fourth, NULL }), 0);
}

static void start(const char *configuration)
{
	test_daemon_prepare(&daemon, configuration);
	test_daemon_drop(&daemon, "pool", "pool", 0);
	test_daemon_start(&daemon);
	test_wait_until(&daemon, test_is_callable, "pool-worker-3/work");
}

static void stop(void)
{
	test_daemon_stop(&daemon);
	test_daemon_clean(&daemon);
}

/* A member of one instance in the listing, a new value. */
static json_t *member_new(const struct test_daemon *of, const char *name, const char *member)
{
	json_t *list = test_control(of, "component.list", "{}", NULL), *found = NULL, *item;
	size_t i;

	json_array_foreach(list, i, item)
		if (strcmp(json_string_value(json_object_get(item, "name")), name) == 0)
			found = json_incref(json_object_get(item, member));
	json_decref(list);
	return found;
}

static bool has_restarted(const struct test_daemon *of, const void *name)
{
	json_t *restarts = member_new(of, name, "restarts"), *state = member_new(of, name, "state");
	bool so = json_integer_value(restarts) > 0 && strcmp(json_string_value(state), "active") == 0;

	json_decref(restarts);
	json_decref(state);
	return so;
}

static bool has_failed(const struct test_daemon *of, const void *name)
{
	json_t *state = member_new(of, name, "state");
	bool so = strcmp(json_string_value(state), "errored") == 0;

	json_decref(state);
	return so;
}

/* R-SUP-1, R-SUP-3: seen from outside. */
START_TEST(a_worker_crashes_and_comes_back)
{
	json_t *parent;

	start(NULL);
	parent = member_new(&daemon, "pool-worker-2", "parent");
	ck_assert_str_eq(json_string_value(parent), "pool");
	json_decref(parent);
	run("status", NULL, NULL, NULL);
	ck_assert_ptr_nonnull(strstr(test_signalctl_output(), "\n  pool-worker-2  active"));
	ck_assert_ptr_null(strstr(test_signalctl_output(), "RESTARTS"));
	run("call", "pool.crash", "--worker", "pool-worker-2");
	test_wait_until(&daemon, has_restarted, "pool-worker-2");
	ck_assert(test_log_says(&daemon, "pool-worker-2 has failed, attempt 1"));
	ck_assert(test_is_callable(&daemon, "pool-worker-2/work"));
	ck_assert(!has_restarted(&daemon, "pool-worker-1"));
	run("status", NULL, NULL, NULL);
	ck_assert_ptr_nonnull(strstr(test_signalctl_output(), "RESTARTS"));
	run("component", "show", "pool", NULL);
	ck_assert_ptr_nonnull(strstr(test_signalctl_output(), "one_for_one"));
	stop();
}
END_TEST

/* The effect spawns and stops while it runs; a new version of the plugin finds its workers. */
START_TEST(workers_come_and_go)
{
	start(NULL);
	run("config", "set", "components.pool.workers", "4");
	test_wait_until(&daemon, test_is_callable, "pool-worker-4/work");
	test_daemon_drop(&daemon, "pool", "pool", 100);
	test_wait_until(&daemon, test_log_says, "version 1.0.0 replaced 1.0.0");
	ck_assert(test_is_callable(&daemon, "pool-worker-4/work"));
	run("config", "set", "components.pool.workers", "1");
	test_wait_until(&daemon, test_is_not_callable, "pool-worker-2/work");
	ck_assert(test_is_callable(&daemon, "pool-worker-1/work"));
	stop();
}
END_TEST

/* R-SUP-3: the pool fails when it has restarted too often, and begins anew when told to. */
START_TEST(a_pool_fails_and_is_tried_again)
{
	static const char *const names[] = { "pool-worker-1", "pool-worker-2", "pool-worker-3", "pool-worker-4",
		"pool-worker-5", "pool-worker-6" };

	start("{\"components\":{\"pool\":{\"workers\":6}}}");
	test_wait_until(&daemon, test_is_callable, "pool-worker-6/work");
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		run("call", "pool.crash", "--worker", names[i]);
	test_wait_until(&daemon, has_failed, "pool");
	run("status", NULL, NULL, NULL);
	ck_assert_ptr_nonnull(strstr(test_signalctl_output(), "degraded"));
	ck_assert_ptr_nonnull(strstr(test_signalctl_output(), "after 5 restarts of children within 60000 ms"));
	ck_assert_ptr_null(strstr(test_signalctl_output(), "pool-worker-1 "));
	run("component", "retry", "pool", NULL);
	test_wait_until(&daemon, test_is_callable, "pool-worker-6/work");
	stop();
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_worker_crashes_and_comes_back), TEST(workers_come_and_go),
		TEST(a_pool_fails_and_is_tried_again) };

	return run_suite(&SUITE(cases, "supervision", .timeout = 60));
}
