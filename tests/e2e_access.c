/* e2e_access.c: who may do what at the control socket of a real daemon: its owner, its group, those with roles,
 * strangers; and tokens that are exchanged (R-PR-4). */
#include "daemon_kit.h"
#include "runner.h"
#include "shell_kit.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct test_daemon daemon_here;

static void begin(void)
{
	test_daemon_prepare(&daemon_here, "{\"control\":{\"group\":\"daemon\"}}");
	test_daemon_drop_fixture(&daemon_here, "guarded", "guarded");
	test_daemon_start(&daemon_here);
	shell(0, "chmod 755 %s %s/run", daemon_here.dir, daemon_here.dir);
}

static void end(void)
{
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

/* Only root can be somebody else, and others must be able to reach the program. */
static bool can_be_others(void)
{
	return geteuid() == 0 && system("command -v setpriv >/dev/null") == 0 &&
		system("getent passwd nobody >/dev/null && getent group daemon >/dev/null") == 0 &&
		system("setpriv --reuid=nobody --clear-groups test -x " TEST_BUILD_DIR "/bin/signalctl") == 0;
}

/* Runs signalctl as nobody, who is in no group but this. */
static const char *as_nobody(int code, const char *group, const char *words)
{
	return shell(code, "SIGNALPY_SOCKET=%s setpriv --reuid=nobody --regid=nogroup --groups=%s %s/bin/signalctl %s",
		daemon_here.control, group, TEST_BUILD_DIR, words);
}

START_TEST(the_group_reads_and_calls)
{
	if (!can_be_others())
		return;
	ck_assert_ptr_nonnull(strstr(as_nobody(0, "daemon", "status"), "healthy"));
	ck_assert_ptr_nonnull(strstr(as_nobody(0, "daemon", "call guarded.open"), "opened for nobody"));
	ck_assert_ptr_nonnull(strstr(as_nobody(0, "daemon", "logs level"), "level: info"));
	ck_assert_ptr_nonnull(strstr(as_nobody(4, "daemon", "logs level debug"), "root and the user"));
	ck_assert_ptr_nonnull(strstr(as_nobody(4, "daemon", "config set log.level debug"), "you are nobody"));
	ck_assert_ptr_nonnull(strstr(as_nobody(4, "daemon", "shutdown"), "is for root"));
	as_nobody(4, "nogroup", "status");
}
END_TEST

START_TEST(roles_are_given_to_users_and_groups)
{
	if (!can_be_others())
		return;
	ck_assert_ptr_nonnull(strstr(as_nobody(4, "daemon", "call guarded.edit"), "guarded.edit"));
	RUN(0, "config", "set", "auth.roles.editor", "[\"papers.*\"]");
	RUN(0, "config", "set", "auth.local.groups.daemon", "[\"editor\"]");
	as_nobody(0, "daemon", "call guarded.edit");
	as_nobody(4, "daemon", "call guarded.keep");
	RUN(0, "config", "set", "auth.local.users.nobody", "[\"keeper\"]");
	as_nobody(0, "daemon", "call guarded.keep");
	RUN(0, "config", "unset", "auth.local.groups.daemon");
	as_nobody(4, "daemon", "call guarded.edit");
	as_nobody(0, "daemon", "call guarded.keep");
	RUN(0, "call", "guarded.edit");
}
END_TEST

/* ---- tokens over REST -------------------------------------------------------------------------------------------- */

/* Makes a token for ci with these words behind, and lets the daemon know it. */
static void make_token(char token[static 64], const char *role)
{
	json_t *made = json_loads(RUN(0, "--json", "token", "new", "--name", "ci", "--role", role), 0, NULL);
	const json_t *data = json_object_get(made, "data");
	const char *command = json_string_value(json_object_get(data, "configure"));

	ck_assert_ptr_nonnull(command);
	snprintf(token, 64, "%s", json_string_value(json_object_get(data, "token")));
	shell(0, "PATH=%s/bin:$PATH SIGNALPY_SOCKET=%s; export PATH SIGNALPY_SOCKET; %s", TEST_BUILD_DIR,
		daemon_here.control, command);
	json_decref(made);
}

/* The HTTP status of a call with a token. */
static int call_with(const char *token, const char *path)
{
	return (int)strtol(shell(0,
				   "curl -s -o /dev/null -w '%%{http_code}' -H 'Authorization: Bearer %s' --json '{}' "
				   "http://127.0.0.1:%d/api/v1/%s",
				   token, daemon_here.port, path),
		NULL, 10);
}

START_TEST(a_token_is_made_exchanged_and_taken_back)
{
	char first[64], second[64];

	RUN(0, "config", "set", "auth.roles.editor", "[\"papers.*\"]");
	make_token(first, "editor");
	ck_assert_int_eq(call_with(first, "guarded/edit"), 200);
	ck_assert_int_eq(call_with(first, "guarded/keep"), 403);
	make_token(second, "keeper");
	ck_assert_str_ne(first, second);
	ck_assert_int_eq(call_with(first, "guarded/edit"), 401);
	ck_assert_int_eq(call_with(second, "guarded/keep"), 200);
	ck_assert_int_eq(call_with(second, "guarded/edit"), 403);
	RUN(0, "config", "unset", "auth.tokens.ci");
	ck_assert_int_eq(call_with(second, "guarded/keep"), 401);
	ck_assert_uint_eq(test_log_count(&daemon_here, second), 0);
}
END_TEST

/* ---- exit codes -------------------------------------------------------------------------------------------------- */

START_TEST(every_exit_code_is_real)
{
	char elsewhere[160];

	RUN(0, "call", "guarded.open");
	RUN(1, "plugin", "retry", "guarded");
	RUN(2, "call");
	snprintf(elsewhere, sizeof elsewhere, "%s/nothing", daemon_here.dir);
	RUN(3, "-s", elsewhere, "status");
	RUN(5, "call", "guarded.steal");
	RUN(6, "call", "guarded.wait", "--ms", "-7");
	RUN(7, "call", "--timeout", "20", "guarded.wait", "--ms", "60000");
	if (can_be_others())
		as_nobody(4, "daemon", "drain");
	ck_assert_ptr_nonnull(strstr(RUN(2, "call", "guarded.burn"), "add --yes"));
	ck_assert_ptr_nonnull(strstr(RUN(0, "call", "--yes", "guarded.burn"), "burnt"));
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(the_group_reads_and_calls), TEST(roles_are_given_to_users_and_groups),
		TEST(a_token_is_made_exchanged_and_taken_back), TEST(every_exit_code_is_real) };

	return run_suite(&SUITE(cases, "access", .set_up = begin, .tear_down = end, .timeout = 90));
}
