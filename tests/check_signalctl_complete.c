/* check_signalctl_complete.c: how words go on, and the scripts by which shells ask. links: -lpthread */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "runner.h"
#include "shell_kit.h"
#include "signalctl_kit.h"

#define GREET \
	"{\"address\":\"greeter.greet\",\"runnable\":\"greet\",\"cli\":\"greeter\",\"component\":\"greeter\"," \
	"\"about\":\"Greets\"}"
#define WAVE \
	"{\"address\":\"greeter.wave\",\"runnable\":\"wave\",\"cli\":\"greeter\",\"component\":\"greeter\"," \
	"\"about\":\"Waves\"}"

static const struct reply replies[] = {
	{ "runnable.list", "\"result\":[" GREET "," WAVE "]", NULL },
	{ "runnable.show",
		"\"result\":{\"params\":{\"properties\":{"
		"\"first_name\":{\"type\":\"string\",\"description\":\"whom\"},"
		"\"loud\":{\"type\":\"boolean\",\"description\":\"shout\"},"
		"\"colour\":{\"type\":\"string\",\"enum\":[\"red\",\"green\"]},"
		"\"sizes\":{\"type\":\"array\",\"items\":{\"type\":\"integer\",\"enum\":[1,12]}}}}}",
		NULL },
	{ "plugin.list",
		"\"result\":[{\"name\":\"greeter\",\"version\":\"1.0\"},{\"path\":\"/x.so\"},{\"name\":\"grocer\"}]",
		NULL },
	{ "component.list",
		"\"result\":[{\"name\":\"a\",\"component\":\"clerk\",\"plugin\":\"shop\"},"
		"{\"name\":\"b\",\"component\":\"clerk\",\"plugin\":\"shop\"}]",
		NULL },
	{ "config.show",
		"\"result\":{\"http.listen\":{\"value\":1,\"origin\":\"default\"},\"log.level\":{\"value\":\"info\"}}",
		NULL },
	{ "deadletter.list", "\"result\":[{\"id\":7,\"type\":\"orders.paid\"},{\"id\":8,\"type\":\"x\"}]", NULL },
	{ NULL, NULL, NULL },
};

static const struct {
	const char *words, *out;
} completions[] = {
	{ "dr", "drain\tRefuses new calls from now on; those inside go on\n" },
	{ "gree", "greeter\tgreeter\n" },
	{ "-",
		"--socket\tthe daemon's control socket\n--json\tprint one JSON document\n"
		"--help\texplain, and do nothing\n--version\tprint the versions\n" },
	{ "--json|shut", "shutdown\tDrains, stops every component, and ends the daemon\n" },
	{ "--nonsense|shut", "" },
	{ "plugin|ins", "inspect\tShows all of one plugin\n" },
	{ "plugin|eat|", "" },
	{ "plugin|inspect|", "greeter\t1.0\ngrocer\n" },
	{ "plugin|inspect|gre", "greeter\t1.0\n" },
	{ "plugin|inspect|greeter|", "" },
	{ "plugin|load|", "" },
	{ "component|show|", "a\nb\n" },
	{ "component|add|", "clerk\tshop\n" },
	{ "config|get|l", "log.level\n" },
	{ "config|get|--r", "--reveal\tshow secrets too\n" },
	{ "config|get|--reveal|h", "http.listen\tdefault\n" },
	{ "deadletters|replay|", "7\torders.paid\n8\tx\n" },
	{ "call|", "greeter.greet\tGreets\ngreeter.wave\tWaves\n" },
	{ "call|--timeout|5|greeter.w", "greeter.wave\tWaves\n" },
	{ "call|greeter.greet|--f", "--first-name\twhom\n" },
	{ "call|greeter.greet|--loud|--no", "--no-loud\n" },
	{ "call|greeter.greet|--colour|", "red\ngreen\n" },
	{ "call|greeter.greet|--colour|g", "green\n" },
	{ "call|greeter.greet|--sizes|1", "1\n12\n" },
	{ "call|greeter.greet|--first_name|", "" },
	{ "call|greeter.greet|--y", "--yes\tdo not ask before something destructive\n" },
	{ "greeter|w", "wave\tWaves\n" },
	{ "greeter|greet|--col", "--colour\n" },
	{ "greeter|greet|--colour|r", "red\n" },
	{ "dance|", "" },
	{ "completion|f", "fish\n" },
};

START_TEST(words_go_on)
{
	char words[256];

	snprintf(words, sizeof words, "complete|--|%s", completions[_i].words);
	ctl_run(words, replies);
	ck_assert_str_eq(ctl.out, completions[_i].out);
	ck_assert_str_eq(ctl.err, "");
	ck_assert_int_eq(ctl.code, 0);
}
END_TEST

START_TEST(the_first_word_may_be_any)
{
	ctl_run("complete|--|", replies);
	ck_assert_ptr_nonnull(strstr(ctl.out, "\nplugin\ncomponent\n"));
	ck_assert_ptr_nonnull(strstr(ctl.out, "\ngreeter\tgreeter\n"));
	ctl_run("complete|dr", replies);
	ck_assert_ptr_nonnull(strstr(ctl.out, "drain\t"));
	ctl_run("complete", replies);
	ck_assert_int_eq(ctl.code, 2);
}
END_TEST

/* Commands are known without it; and nobody is disturbed while typing. */
START_TEST(a_daemon_that_does_not_run_is_no_failure)
{
	ctl_run("complete|--|plugin|inspect|", NULL);
	ck_assert_str_eq(ctl.out, "");
	ck_assert_str_eq(ctl.err, "");
	ck_assert_int_eq(ctl.code, 0);
	ctl_run("complete|--|-s|/no/such/socket|stat", NULL);
	ck_assert_ptr_nonnull(strstr(ctl.out, "status\t"));
}
END_TEST

START_TEST(a_shell_without_a_script_is_refused)
{
	ctl_run("completion|csh", NULL);
	ck_assert_int_eq(ctl.code, 2);
	ck_assert_str_eq(ctl.err, "signalctl: there is no completion for csh: choose bash, zsh or fish\n");
}
END_TEST

/* What bash finds for the words of a command line, the last being written. */
static const char *bash(const char *words)
{
	return shell(0,
		"cat >%s.sh <<'END'\n"
		"source <(" TEST_BUILD_DIR "/bin/signalctl completion bash)\n"
		"COMP_WORDS=(signalctl %s)\n"
		"COMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n"
		"complete -p signalctl >/dev/null || exit\n"
		"_signalctl " TEST_BUILD_DIR "/bin/signalctl \"${COMP_WORDS[COMP_CWORD]}\" x\n"
		"echo \"${COMPREPLY[*]}\"\n"
		"END\n"
		"SIGNALPY_SOCKET=%s bash %s.sh; code=$?; rm %s.sh; exit $code",
		ctl.path, words, ctl.path, ctl.path, ctl.path);
}

START_TEST(bash_completes)
{
	ctl_serve(replies);
	ck_assert_str_eq(bash("plugin ins"), "inspect\n");
	ck_assert_str_eq(bash("call greeter.greet --colour ''"), "red green\n");
	ck_assert_str_eq(bash("config get ''"), "http.listen log.level\n");
	ck_assert_str_eq(bash("plugin load ''"), "\n");
	ctl_stop();
}
END_TEST

/* Where they are installed, they take the scripts as they are. */
START_TEST(other_shells_can_read_theirs)
{
	static const char *const shells[] = { "zsh", "fish" };

	for (size_t i = 0; i < sizeof shells / sizeof shells[0]; i++) {
		const char *said = shell(0,
			"%s/bin/signalctl completion %s >%s.script; "
			"if command -v %s >/dev/null; then HOME=%s %s -n %s.script; fi; code=$?; rm %s.script; exit $code",
			TEST_BUILD_DIR, shells[i], ctl.path, shells[i], ctl.directory, shells[i], ctl.path, ctl.path);

		ck_assert_str_eq(said, "");
	}
}
END_TEST

START_TEST(fish_completes)
{
	const char *said;

	ctl_serve(replies);
	said = shell(0,
		"command -v fish >/dev/null || { echo inspect; exit 0; }; export HOME=$(mktemp -d); "
		"PATH=%s/bin:$PATH SIGNALPY_SOCKET=%s fish -c "
		"'signalctl completion fish | source; complete -C \"signalctl plugin ins\"' | cut -f 1; rm -r $HOME",
		TEST_BUILD_DIR, ctl.path);
	ck_assert_str_eq(said, "inspect\n");
	ctl_stop();
}
END_TEST

int main(void)
{
	const struct test_case cases[] = {
		TEST(words_go_on, .times = sizeof completions / sizeof completions[0]),
		TEST(the_first_word_may_be_any),
		TEST(a_daemon_that_does_not_run_is_no_failure),
		TEST(a_shell_without_a_script_is_refused),
		TEST(bash_completes),
		TEST(other_shells_can_read_theirs),
		TEST(fish_completes),
	};

	return run_suite(&SUITE(cases, "signalctl_complete", .set_up = ctl_open, .tear_down = ctl_close));
}
