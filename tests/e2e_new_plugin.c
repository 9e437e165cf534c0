/* e2e_new_plugin.c: what scripts/new-plugin makes builds, passes its own test, and is served by the daemon. */
#include <check.h>
#include <string.h>

#include "daemon_kit.h"
#include "runner.h"
#include "shell_kit.h"
#include "temporary_directory.h"

static struct temporary_directory directory;

static void begin(void)
{
	temporary_directory_init(&directory);
}

static void end(void)
{
	temporary_directory_finish(&directory);
}

static const char *make_plugin(const char *name, const char *folder)
{
	return shell(0, "%s/scripts/new-plugin %s '%s/%s'", TEST_SOURCE_DIR, name, directory.path, folder);
}

/* Builds and tests a folder with all warnings as errors. where: the variables that tell it where signalpy is. */
static const char *build(const char *folder, const char *compiler, const char *where)
{
	return shell(0, "make -C '%s/%s' CC=%s CFLAGS='-Werror %s' LDFLAGS= %s all check", directory.path, folder,
		compiler, shell_cflags, where);
}

static const char in_tree[] = "SIGNALPY_BUILD=" TEST_BUILD_DIR;

START_TEST(it_builds_in_the_tree)
{
	const char *said;

	for (const char *const *compiler = shell_compilers; *compiler; compiler++) {
		make_plugin("shouter", "shouter");
		said = build("shouter", *compiler, in_tree);
		ck_assert_msg(strstr(said, "-isystem " TEST_SOURCE_DIR "/contracts") != NULL, "%s", said);
		ck_assert_msg(strstr(said, "100%: Checks: 4") != NULL, "%s", said);
		ck_assert(shell_exists("%s/shouter/shouter.so", directory.path));
		shell(0, "make -C %s/shouter SIGNALPY_TREE= SIGNALPY_BUILD= clean", directory.path);
		ck_assert(!shell_exists("%s/shouter/shouter.so", directory.path));
		ck_assert(!shell_exists("%s/shouter/check_shouter", directory.path));
		shell(0, "rm -r %s/shouter", directory.path);
	}
}
END_TEST

/* A dash is an underscore in C; the folder may be any. */
START_TEST(a_name_may_have_dashes)
{
	make_plugin("x-ray-2", "far away/rays");
	build("far away/rays", shell_compilers[0], in_tree);
	ck_assert(shell_exists("%s/far away/rays/x_ray_2.c", directory.path));
	ck_assert(shell_exists("%s/far away/rays/x-ray-2.so", directory.path));
}
END_TEST

START_TEST(it_builds_with_what_is_installed)
{
	char where[512], headers[512];
	const char *said;

	shell_install(directory.path);
	snprintf(where, sizeof where, "SIGNALPY_TREE=/nowhere PKG_CONFIG_PATH=%s/usr/lib/pkgconfig", directory.path);
	snprintf(headers, sizeof headers, "-isystem %s/usr/include/signalpy-1", directory.path);
	for (const char *const *compiler = shell_compilers; *compiler; compiler++) {
		make_plugin("shouter", "shouter");
		said = build("shouter", *compiler, where);
		ck_assert_msg(strstr(said, headers) != NULL, "%s", said);
		ck_assert_msg(strstr(said, TEST_SOURCE_DIR "/contracts") == NULL, "%s", said);
		ck_assert_msg(strstr(said, "100%: Checks: 4") != NULL, "%s", said);
		shell(0, "rm -r %s/shouter", directory.path);
	}
}
END_TEST

START_TEST(it_says_when_signalpy_is_missing)
{
	const char *said;

	make_plugin("shouter", "shouter");
	said = shell(2, "PKG_CONFIG_LIBDIR=/nowhere make -C %s/shouter SIGNALPY_TREE=/nowhere", directory.path);
	ck_assert_msg(strstr(said, "signalpy.pc is not found") != NULL, "%s", said);
}
END_TEST

static bool says_hello(const struct test_daemon *daemon, const void *expected)
{
	json_t *body = NULL;
	int status = test_http_call(daemon, "shouter/say", "{\"text\":\"hello\"}", &body);
	const char *text = json_string_value(json_object_get(json_object_get(body, "data"), "text"));
	bool is_right = status == 200 && text && strcmp(text, expected) == 0;

	json_decref(body);
	return is_right;
}

/* R-PL-1: what was made is served when it is copied there, replaced when it is changed, and gone when it is removed. */
START_TEST(the_daemon_serves_it)
{
	struct test_daemon daemon;
	const char *arguments[] = { "call", "shouter.say", "--text", "hi", NULL };

	make_plugin("shouter", "shouter");
	build("shouter", shell_compilers[0], in_tree);
	test_daemon_prepare(&daemon, NULL);
	test_daemon_start(&daemon);
	shell(0, "cp %s/shouter/shouter.so %s", directory.path, daemon.plugins);
	test_wait_until(&daemon, says_hello, "hello!");
	ck_assert_int_eq(test_signalctl(&daemon, arguments), 0);
	ck_assert_str_eq(test_signalctl_output(), "text: hi!\n");

	shell(0, "sed -i 's/\"!\"/\"?!\"/' %s/shouter/shouter.c", directory.path);
	shell(0, "make -C %s/shouter CFLAGS='%s' LDFLAGS= %s", directory.path, shell_cflags, in_tree);
	shell(0, "cp %s/shouter/shouter.so %s", directory.path, daemon.plugins);
	test_wait_until(&daemon, says_hello, "hello?!");
	shell(0, "rm %s/shouter.so", daemon.plugins);
	test_wait_until(&daemon, test_is_not_callable, "shouter/say");
	test_daemon_stop(&daemon);
	test_daemon_clean(&daemon);
}
END_TEST

/* R-CM-12 */
START_TEST(a_wrong_name_is_refused)
{
	static const struct {
		const char *name, *why;
	} wrong[] = {
		{ "Shouter", "is no name for a component" },
		{ "2shout", "is no name for a component" },
		{ "shout_er", "is no name for a component" },
		{ "''", "is no name for a component" },
		{ "../shouter", "is no name for a component" },
		{ "a2345678901234567890123456789012", "is no name for a component" },
		{ "switch", "means something else in C" },
		{ "linux", "means something else in C" },
		{ "sp-logger", "is taken by the headers" },
		{ "nothing", "is taken by the headers" },
		{ "--help", "usage: scripts/new-plugin" },
		{ "", "usage: scripts/new-plugin" },
		{ "one two three", "usage: scripts/new-plugin" },
	};
	const char *said;

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		said = shell(2, "cd %s && %s/scripts/new-plugin %s", directory.path, TEST_SOURCE_DIR, wrong[i].name);
		ck_assert_msg(strstr(said, wrong[i].why) != NULL, "%s: %s", wrong[i].name, said);
	}
	ck_assert_str_eq(shell(0, "ls -A %s", directory.path), "");
}
END_TEST

START_TEST(nothing_is_overwritten)
{
	const char *said;

	temporary_mkdir(&directory, "shouter");
	temporary_write(&directory, "shouter/shouter.c", "mine\n");
	said = shell(1, "cd %s && %s/scripts/new-plugin shouter", directory.path, TEST_SOURCE_DIR);
	ck_assert_msg(strstr(said, "shouter is there already") != NULL, "%s", said);
	ck_assert_str_eq(shell(0, "cd %s/shouter && ls -A && cat shouter.c", directory.path), "shouter.c\nmine\n");
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(it_builds_in_the_tree), TEST(a_name_may_have_dashes),
		TEST(it_builds_with_what_is_installed), TEST(it_says_when_signalpy_is_missing),
		TEST(the_daemon_serves_it), TEST(a_wrong_name_is_refused), TEST(nothing_is_overwritten) };

	return run_suite(&SUITE(cases, "new-plugin", .set_up = begin, .tear_down = end));
}
