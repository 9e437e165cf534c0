/* e2e_operator.c: what an operator looks at while a real daemon runs: its log, its configuration, plugins that
 * failed. */
#include "daemon_kit.h"
#include "daemon_kit_clients.h"
#include "runner.h"
#include "shell_kit.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static struct test_daemon daemon_here;
static char seen[96]; /* what a signalctl that follows has written */
static pid_t follower;

static void begin(void)
{
	test_daemon_prepare(&daemon_here, NULL);
	snprintf(seen, sizeof seen, "%s/seen", daemon_here.dir);
	test_daemon_start(&daemon_here);
}

static void end(void)
{
	int status;

	if (follower > 0) {
		kill(follower, SIGTERM);
		waitpid(follower, &status, 0);
	}
	test_daemon_stop(&daemon_here);
	test_daemon_clean(&daemon_here);
}

static const char *run(int code, const char *const words[])
{
	int ended = test_signalctl(&daemon_here, (const char **)words);

	ck_assert_msg(ended == code, "%d: %s", ended, test_signalctl_output());
	return test_signalctl_output();
}
#define RUN(code, ...) run(code, (const char *const[]){ __VA_ARGS__, NULL })

static bool was_seen(const struct test_daemon *daemon, const void *text)
{
	char *all = test_file_new(seen);
	bool found = all && strstr(all, text);

	(void)daemon;
	free(all);
	return found;
}

START_TEST(the_log_is_shown_and_followed)
{
	ck_assert_ptr_nonnull(strstr(RUN(0, "logs"), "info    the kernel is healthy\n"));
	ck_assert_ptr_nonnull(strstr(RUN(0, "logs", "--json"), "\"message\": \"the kernel is healthy\""));
	ck_assert_ptr_null(strstr(RUN(0, "logs", "--level", "error"), "the kernel is healthy"));
	RUN(6, "logs", "--level", "much");
	follower = test_signalctl_begin(&daemon_here, (const char *[]){ "logs", "--follow", NULL }, seen);
	test_wait_until(&daemon_here, was_seen, "the kernel is healthy");
	kill(daemon_here.pid, SIGHUP);
	test_wait_until(&daemon_here, was_seen, "configuration read again: nothing changed");
}
END_TEST

START_TEST(how_much_is_logged_changes)
{
	ck_assert_str_eq(RUN(0, "logs", "level"), "level: info\n");
	ck_assert_str_eq(RUN(0, "logs", "level", "error"), "level: error\n");
	RUN(6, "logs", "level", "much");
	RUN(0, "config", "set", "log.level", "warning");
	ck_assert_str_eq(RUN(0, "logs", "level"), "level: warning\n");
}
END_TEST

/* R-PR-2 */
START_TEST(a_component_may_log_more_or_less_than_others)
{
	test_daemon_drop(&daemon_here, "greeter", "greeter", 0);
	test_wait_until(&daemon_here, test_is_callable, "greeter/greet");
	RUN(0, "config", "set", "log.levels.greeter", "error");
	RUN(0, "config", "set", "components.greeter.greeting", "Quiet");
	RUN(0, "config", "set", "log.levels.greeter", "info");
	RUN(0, "config", "set", "components.greeter.greeting", "Loud");
	test_wait_until(&daemon_here, test_log_says, "the greeting is now 'Loud'");
	ck_assert(!test_log_says(&daemon_here, "the greeting is now 'Quiet'"));
	ck_assert_ptr_nonnull(
		strstr(RUN(6, "config", "set", "log.levels.greeter", "much"), "log.levels.greeter: must be one of"));
}
END_TEST

static const struct {
	const char *listen, *message;
} addresses[] = {
	{ "[\"127.0.0.1:0\", \"127.0.0.1:99999\"]", "http: listen: 127.0.0.1:99999 is no address: write " },
	{ "[\"tls:nowhere\"]", "http: listen: nowhere is no address: write " },
	{ "[\"unix:here\"]", "http: listen: unix:here is no address: the path must begin with /" },
	{ "[\"fd:web\"]", "http: listen: fd:web: the daemon was started with no socket of that name" },
};

/* R-CF-3 */
START_TEST(an_address_that_is_none_is_not_taken)
{
	ck_assert_ptr_nonnull(
		strstr(RUN(6, "config", "set", "http.listen", addresses[_i].listen), addresses[_i].message));
	ck_assert_ptr_nonnull(strstr(RUN(0, "status"), " is healthy"));
	RUN(0, "config", "set", "http.listen", "[\"127.0.0.1:0\", \"unix:/proc/nowhere/x\"]");
	ck_assert_ptr_nonnull(strstr(RUN(0, "status"), "unix:/proc/nowhere/x cannot be listened on"));
}
END_TEST

START_TEST(changes_of_the_configuration_are_followed)
{
	follower = test_signalctl_begin(&daemon_here, (const char *[]){ "config", "watch", "log", NULL }, seen);
	for (int i = 0; i < 100 && !was_seen(NULL, "log.level"); i++)
		RUN(0, "config", "set", "log.level", i % 2 ? "info" : "warning");
	test_wait_until(&daemon_here, was_seen, "log.level = ");
	ck_assert(!was_seen(NULL, "http"));
}
END_TEST

/* R-PL-3 */
START_TEST(what_failed_is_tried_again)
{
	char path[160];

	test_daemon_drop(&daemon_here, "greeter", "greeter", 0);
	test_wait_until(&daemon_here, test_is_callable, "greeter/greet");
	ck_assert_ptr_nonnull(strstr(RUN(1, "plugin", "retry", "greeter"), "greeter has not failed"));
	ck_assert_ptr_nonnull(strstr(RUN(5, "plugin", "retry", "nobody"), "there is no plugin nobody"));
	test_daemon_drop_fixture(&daemon_here, "wrong-abi", "wrong-abi");
	test_wait_until(&daemon_here, test_log_says, "wrong-abi.so");
	snprintf(path, sizeof path, "%s/wrong-abi.so", daemon_here.plugins);
	ck_assert_ptr_nonnull(strstr(RUN(6, "plugin", "retry", path), "built for ABI"));
}
END_TEST

/* Not as it was made, but what became of it. */
START_TEST(an_instance_that_is_added_tells_whether_it_serves)
{
	ck_assert_str_eq(RUN(0, "component", "add", "config-admin", "second"), "second 1.0.0: active\n");
	ck_assert_str_eq(RUN(0, "component", "add", "nobody", "third"),
		"third: waiting: waits for the component nobody, which no plugin has\n");
	RUN(0, "component", "remove", "second");
}
END_TEST

/* What cannot be written is a failure that is told. */
START_TEST(a_full_disk_is_told)
{
	const char *said =
		shell(1, "%s/bin/signalctl -s %s status 2>&1 >/dev/full", TEST_BUILD_DIR, daemon_here.control);

	ck_assert_str_eq(said, "signalctl: the result cannot be written: No space left on device\n");
}
END_TEST

START_TEST(a_directory_is_no_plugin)
{
	ck_assert_ptr_nonnull(strstr(RUN(6, "plugin", "load", "/tmp"), "/tmp: this is no regular file"));
}
END_TEST

int main(void)
{
	const struct test_case cases[] = {
		TEST(the_log_is_shown_and_followed),
		TEST(how_much_is_logged_changes),
		TEST(a_component_may_log_more_or_less_than_others),
		TEST(an_address_that_is_none_is_not_taken, .times = sizeof addresses / sizeof *addresses),
		TEST(changes_of_the_configuration_are_followed),
		TEST(what_failed_is_tried_again),
		TEST(an_instance_that_is_added_tells_whether_it_serves),
		TEST(a_full_disk_is_told),
		TEST(a_directory_is_no_plugin),
	};

	return run_suite(&SUITE(cases, "operator", .set_up = begin, .tear_down = end, .timeout = 90));
}
