/* e2e_package.c: what is installed, and the Debian package that is made of it: taken apart, and started from where it
 * lies. */
#include "runner.h"
#include "shell_kit.h"
#include "temporary_directory.h"

#include <check.h>
#include <stdlib.h>
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

/* Below /usr it is configured in /etc, elsewhere in its own prefix. */
START_TEST(the_configuration_lies_where_the_prefix_says)
{
	char *unit;

	shell_stage(directory.path);
	ck_assert(shell_exists("%s/etc/signalpy/signalpyd.json", directory.path));
	ck_assert(shell_exists("%s/etc/signalpy/conf.d", directory.path));
	unit = shell_read("%s/usr/lib/systemd/system/signalpyd.service", directory.path);
	ck_assert_ptr_nonnull(strstr(unit, "\nExecStart=/usr/sbin/signalpyd -c /etc/signalpy/signalpyd.json\n"));
	ck_assert_ptr_nonnull(
		strstr(unit, "\nExecReload=/usr/bin/signalctl -s %t/signalpy/control.sock config reload\n"));
	ck_assert_ptr_nonnull(strstr(unit, "\nType=notify\n"));
	ck_assert_ptr_nonnull(strstr(unit, "\nWatchdogSec="));
	ck_assert_ptr_null(strstr(unit, "DIR@"));
	free(unit);
	shell_install(directory.path);
	ck_assert(shell_exists("%s/usr/etc/signalpy/signalpyd.json", directory.path));
	unit = shell_read("%s/usr/lib/systemd/system/signalpyd.service", directory.path);
	ck_assert_ptr_nonnull(strstr(unit, "/usr/etc/signalpy/signalpyd.json\n"));
	free(unit);
}
END_TEST

/* systemd understands its units, where it is installed. */
START_TEST(units_are_understood)
{
	shell_install(directory.path);
	shell(0,
		"command -v systemd-analyze >/dev/null || exit 0; cd %s/usr/lib/systemd/system && "
		"systemd-analyze verify --man=no ./signalpyd.service ./signalpyd.socket 2>&1 | grep signalpyd && exit 1; exit 0",
		directory.path);
}
END_TEST

static bool can_package(void)
{
	return system("command -v dpkg-deb >/dev/null && command -v dpkg-shlibdeps >/dev/null") == 0;
}

static const char *const content[] = { "./etc/signalpy/signalpyd.json", "./etc/signalpy/conf.d/README",
	"./usr/sbin/signalpyd", "./usr/bin/signalctl", "./usr/lib/libsignalpy.so.1",
	"./usr/lib/signalpy/plugins/rest.so", "./usr/lib/systemd/system/signalpyd.service",
	"./usr/include/signalpy-1/signalpy/component.h", "./usr/share/man/man1/signalctl.1.gz",
	"./usr/share/doc/signalpy/copyright", "./usr/share/bash-completion/completions/signalctl" };

static const char *const control[] = { "Package: signalpy\n", "Version: 7.8.9\n", "libjansson4", "libevent-" };

START_TEST(a_package_is_whole)
{
	char *text;

	if (!can_package())
		return;
	shell(0, "mkdir %s/root", directory.path);
	text = strdup(shell(0, "echo %s/root", directory.path));
	text[strcspn(text, "\n")] = '\0';
	shell_stage(text);
	shell(0, "%s/scripts/deb %s 7.8.9 %s", TEST_SOURCE_DIR, text, directory.path);
	free(text);
	text = strdup(shell(0, "dpkg-deb -c %s/signalpy_7.8.9_*.deb", directory.path));
	for (size_t i = 0; i < sizeof content / sizeof content[0]; i++)
		ck_assert_msg(strstr(text, content[i]) != NULL, "the package lacks %s", content[i]);
	free(text);
	text = strdup(shell(0, "dpkg-deb -f %s/signalpy_7.8.9_*.deb", directory.path));
	for (size_t i = 0; i < sizeof control / sizeof control[0]; i++)
		ck_assert_msg(strstr(text, control[i]) != NULL, "%s is not in: %s", control[i], text);
	free(text);
	shell(0, "dpkg-deb -x %s/signalpy_7.8.9_*.deb %s/taken-apart", directory.path, directory.path);
	ck_assert_ptr_nonnull(
		strstr(shell(0, "%s/taken-apart/usr/sbin/signalpyd --version", directory.path), "signalpyd"));
	shell(0,
		"cd %s/taken-apart && usr/sbin/signalpyd --check -c etc/signalpy/signalpyd.json --state-dir %s/state "
		"--plugin-dir usr/lib/signalpy/plugins --set plugins.allow_untrusted=true",
		directory.path, directory.path);
	shell(0, "%s/taken-apart/usr/bin/signalctl --help", directory.path);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(the_configuration_lies_where_the_prefix_says),
		TEST(units_are_understood), TEST(a_package_is_whole) };

	return run_suite(&SUITE(cases, "package", .set_up = begin, .tear_down = end, .timeout = 180));
}
