/* e2e_start.c: what whoever starts the daemon wrongly is told: everything at once, where it stands, and how to go
 * on. */
#include "runner.h"
#include "shell_kit.h"
#include "temporary_directory.h"

#include <check.h>
#include <string.h>

static struct temporary_directory directory;

static void begin(void)
{
	temporary_directory_init(&directory);
}

static void end(void)
{
	temporary_directory_finish(&directory);
}

static void tells(const char *said, const char *text)
{
	ck_assert_msg(strstr(said, text) != NULL, "'%s' is not in: %s", text, said);
}

/* The faults of the daemon's own keys, and of the components', which its plugins judge. R-CF-3 */
START_TEST(a_check_tells_every_fault_and_where_it_stands)
{
	const char *said;

	temporary_write(&directory, "own.json", "{\"log\": {\"level\": \"loud\"},\n\"htpt\": {}}");
	said = shell(1, "%s/bin/signalpyd --check -c %s/own.json", TEST_BUILD_DIR, directory.path);
	tells(said, "own.json:1:19: log.level: must be one of debug, info, warning, error\n");
	tells(said, "own.json:2:1: htpt: is unknown; did you mean http?");
	tells(said, "the configuration has 2 faults\n");
	temporary_write(&directory, "theirs.json",
		"{\"components\": {\"greeter\": {\"greting\": 1,\n\"greeting\": 2}}}");
	said = shell(1, "%s/bin/signalpyd --check -c %s/theirs.json --plugin-dir %s/lib/signalpy/examples",
		TEST_BUILD_DIR, directory.path, TEST_BUILD_DIR);
	tells(said, "theirs.json:1:29: components.greeter.greting: is unknown; known here: greeting\n");
	tells(said, "theirs.json:2:13: components.greeter.greeting: must be a string, is an integer\n");
}
END_TEST

START_TEST(a_plugin_directory_that_is_not_there_is_told)
{
	tells(shell(0, "%s/bin/signalpyd --check --plugin-dir %s/plugins", TEST_BUILD_DIR, directory.path),
		"/plugins is not there; it is read as soon as it is\n");
}
END_TEST

static const struct {
	const char *options, *told;
} wrong[] = {
	{ "--nothing", "--nothing is no option; see signalpyd --help" },
	{ "extra", "'extra' is no option; see signalpyd --help" },
	{ "--state-dir", "--state-dir needs a value; see signalpyd --help" },
	{ "--set log.level", "--set log.level: write --set KEY=VALUE" },
	{ "--set =debug", "--set =debug: write --set KEY=VALUE" },
	{ "--ready-fd first", "--ready-fd takes a descriptor's number, not 'first'" },
	{ "--ready-fd 9", "--ready-fd 9: no such descriptor is open" },
};

START_TEST(a_wrong_command_line_has_its_exit_code)
{
	tells(shell(2, "%s/bin/signalpyd %s 9>&-", TEST_BUILD_DIR, wrong[_i].options), wrong[_i].told);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_check_tells_every_fault_and_where_it_stands),
		TEST(a_plugin_directory_that_is_not_there_is_told),
		TEST(a_wrong_command_line_has_its_exit_code, .times = sizeof wrong / sizeof wrong[0]) };

	return run_suite(&SUITE(cases, "start", .set_up = begin, .tear_down = end, .timeout = 60));
}
