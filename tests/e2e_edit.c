/* e2e_edit.c: the configuration of a real daemon in an editor, which here is a command of the shell (R-CF-1,
 * R-CF-6). */
#include "daemon_kit.h"
#include "daemon_kit_clients.h"
#include "runner.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONFIGURATION \
	"{\"auth\":{\"jwt\":{\"issuer\":\"i\",\"audience\":\"a\",\"keys\":{\"k\":{\"algorithm\":\"HS256\",\"secret\":" \
	"\"0123456789abcdef0123456789abcdef\"}}}},\"log\":{\"level\":\"info\"}," \
	"\"components\":{\"greeter\":{\"greeting\":\"Hello\"}}}"

static struct test_daemon daemon_here;

static void begin(void)
{
	test_daemon_prepare(&daemon_here, CONFIGURATION);
	test_daemon_drop(&daemon_here, "greeter", "greeter", 0);
	test_daemon_start(&daemon_here);
	setenv("TMPDIR", daemon_here.dir, 1);
	unsetenv("VISUAL");
}

static void end(void)
{
	test_daemon_stop(&daemon_here);
	test_daemon_clean(&daemon_here);
}

/* Edits what is at a path ("": everything) with a command of the shell; what was said. */
static const char *edit(int code, const char *path, const char *editor)
{
	const char *words[] = { "config", "edit", *path ? path : NULL, NULL };
	int ended;

	setenv("EDITOR", editor, 1);
	ended = test_signalctl(&daemon_here, words);
	ck_assert_msg(ended == code, "%d: %s", ended, test_signalctl_output());
	return test_signalctl_output();
}

static const char *run(int code, const char *const words[])
{
	int ended = test_signalctl(&daemon_here, (const char **)words);

	ck_assert_msg(ended == code, "%d: %s", ended, test_signalctl_output());
	return test_signalctl_output();
}
#define RUN(code, ...) run(code, (const char *const[]){ __VA_ARGS__, NULL })

START_TEST(what_is_changed_is_set)
{
	ck_assert_str_eq(edit(0, "", "true"), "nothing was changed\n");
	ck_assert_str_eq(edit(0, "", "sed -i -e s/info/warning/ -e s/Hello/Howdy/"),
		"log.level = warning\ncomponents.greeter.greeting = Howdy\n");
	ck_assert_str_eq(RUN(0, "call", "greeter.greet"), "message: Howdy, world!\n");
	ck_assert_str_eq(edit(0, "components.greeter.greeting", "echo '\"Hi\"' >"),
		"components.greeter.greeting = Hi\n");
	ck_assert_str_eq(edit(0, "components.stranger", "echo '{\"colour\": \"red\"}' >"),
		"components.stranger.colour = red\n");
	setenv("VISUAL", "sed -i s/Hi/Ahoy/", 1);
	ck_assert_str_eq(edit(0, "components.greeter", "false"), "components.greeter.greeting = Ahoy\n");
}
END_TEST

/* What a file says comes back, and cannot be taken away here. */
START_TEST(what_is_taken_out_is_taken_back)
{
	const char *said;

	edit(0, "components.greeter", "sed -i s/Hello/Howdy/");
	said = edit(0, "components.greeter", "echo '{}' >");
	ck_assert_msg(strstr(said, "components.greeter.greeting stays: it comes from ") != NULL, "%s", said);
	ck_assert_str_eq(RUN(0, "call", "greeter.greet"), "message: Hello, world!\n");
	edit(0, "components.stranger", "echo '{\"colour\": \"red\"}' >");
	ck_assert_str_eq(edit(0, "components.stranger", "echo '{}' >"), "components.stranger.colour is taken back\n");
}
END_TEST

static const struct {
	const char *path, *editor, *said;
	int code;
} wrong[] = {
	{ "", "false", "false failed, and nothing was changed", 1 },
	{ "", "no-such-editor", "no-such-editor failed", 1 },
	{ "", "echo '{' >", "this is not JSON", 6 },
	{ "", "echo '[]' >", "the configuration is an object", 6 },
	{ "log.level", "echo '\"much\"' >", "log.level", 6 },
	{ "components.greeter", "echo '{\"greeting\": 5}' >", "must be a string", 6 },
	{ "components.greeter", "echo '{\"a.b\": 5}' >", "a name has a dot in it", 6 },
	{ "auth.jwt.keys", "echo '{\"l\": {\"algorithm\": \"HS256\", \"secret\": \"********\"}}' >", "that is hidden",
		6 },
};

/* What was written is not lost, and nothing has changed. */
START_TEST(what_is_wrong_is_refused_whole)
{
	const char *said = edit(wrong[_i].code, wrong[_i].path, wrong[_i].editor);
	char place[256], *kept;

	ck_assert_msg(strstr(said, wrong[_i].said) != NULL, "%s", said);
	ck_assert_ptr_nonnull(strstr(said, "what you wrote is in "));
	ck_assert_int_eq(sscanf(strstr(said, "what you wrote is in "), "what you wrote is in %255s", place), 1);
	kept = test_file_new(place);
	ck_assert_ptr_nonnull(kept);
	free(kept);
	ck_assert_str_eq(RUN(0, "config", "get", "log.level"), "info\n");
	ck_assert_str_eq(RUN(0, "call", "greeter.greet"), "message: Hello, world!\n");
}
END_TEST

START_TEST(secrets_stay_hidden)
{
	char copy[96], command[256], *seen;

	snprintf(copy, sizeof copy, "%s/copy", daemon_here.dir);
	snprintf(command, sizeof command, "sh -c 'cat \"$1\" >%s; stat -c %%a \"$1\" >>%s' sh", copy, copy);
	ck_assert_str_eq(edit(0, "", command), "nothing was changed\n");
	seen = test_file_new(copy);
	ck_assert_ptr_nonnull(strstr(seen, "\n600\n"));
	ck_assert_ptr_nonnull(strstr(seen, "\"********\""));
	ck_assert_ptr_null(strstr(seen, "0123456789abcdef"));
	free(seen);
	edit(0, "", "sed -i s/HS256/HS256/");
	ck_assert_ptr_nonnull(
		strstr(RUN(0, "config", "get", "auth.jwt.keys.k.secret", "--reveal"), "0123456789abcdef"));
	setenv("EDITOR", command, 1);
	RUN(0, "config", "edit", "--reveal");
	seen = test_file_new(copy);
	ck_assert_ptr_nonnull(strstr(seen, "0123456789abcdef"));
	free(seen);
}
END_TEST

START_TEST(a_script_gets_one_document)
{
	json_t *changes;

	setenv("EDITOR", "sed -i s/Hello/Howdy/", 1);
	changes = json_loads(RUN(0, "--json", "config", "edit"), 0, NULL);
	ck_assert_str_eq(json_string_value(json_object_get(changes, "components.greeter.greeting")), "Howdy");
	json_decref(changes);
	setenv("EDITOR", "echo x >", 1);
	ck_assert_ptr_nonnull(strstr(RUN(6, "--json", "config", "edit"), "\"invalid_params\""));
}
END_TEST

int main(void)
{
	const struct test_case cases[] = {
		TEST(what_is_changed_is_set),
		TEST(what_is_taken_out_is_taken_back),
		TEST(what_is_wrong_is_refused_whole, .times = sizeof wrong / sizeof wrong[0]),
		TEST(secrets_stay_hidden),
		TEST(a_script_gets_one_document),
	};

	return run_suite(&SUITE(cases, "edit", .set_up = begin, .tear_down = end, .timeout = 90));
}
