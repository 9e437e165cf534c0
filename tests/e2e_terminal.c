/* e2e_terminal.c: signalctl on real terminals, those of tmux, of 80 and of 200 columns, before a real daemon. */
#include "daemon_kit.h"
#include "runner.h"
#include "shell_kit.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 30, MANY = 60 };

static const int columns[] = { 80, 200 };
static struct test_daemon daemon_here;
static int width; /* of the terminal */

/* A daemon in which something waits, something was refused, and there are many instances of one component. */
static void begin(void)
{
	char configuration[8192] = "{\"instances\":{\"a-waiting-one-with-a-longer-nam\":{\"component\":\"nobody\"}";
	size_t used = strlen(configuration);

	for (int i = 1; i <= MANY; i++)
		used += (size_t)snprintf(configuration + used, sizeof configuration - used,
			",\"greeter-with-number-%d\":{\"component\":\"greeter\"}", i);
	snprintf(configuration + used, sizeof configuration - used, "}}");
	test_daemon_prepare(&daemon_here, configuration);
	test_daemon_drop(&daemon_here, "greeter", "greeter", 0);
	test_daemon_drop(&daemon_here, "pool", "pool", 0);
	test_daemon_drop_fixture(&daemon_here, "wrong-abi", "wrong-abi");
	test_daemon_start(&daemon_here);
}

static bool has_tmux(void)
{
	return system("command -v tmux >/dev/null") == 0;
}

#define TMUX "tmux -f /dev/null -S %s/tmux "

static void end(void)
{
	if (width > 0)
		shell(0, TMUX "kill-server", daemon_here.dir);
	test_daemon_stop(&daemon_here);
	test_daemon_clean(&daemon_here);
}

/* Opens a terminal with a shell in it; without tmux the test has nothing to do. */
static bool open_terminal(int cells)
{
	if (!has_tmux())
		return false;
	width = cells;
	shell(0,
		TMUX "new-session -d -s t -x %d -y %d \"env -u NO_COLOR SIGNALPY_SOCKET=%s PATH=%s/bin:$PATH PS1='> ' "
		     "LC_ALL=C.UTF-8 sh\"",
		daemon_here.dir, width, ROWS, daemon_here.control, TEST_BUILD_DIR);
	return true;
}

static void type(const char *line)
{
	shell(0, TMUX "send-keys -t t '%s' Enter", daemon_here.dir, line);
}

static void press(const char *key)
{
	shell(0, TMUX "send-keys -t t %s", daemon_here.dir, key);
}

/* What the terminal shows; a line that it had to break is one again. */
static const char *seen(void)
{
	return shell(0, TMUX "capture-pane -p -J -t t", daemon_here.dir);
}

static bool shows(const struct test_daemon *daemon SP_UNUSED, const void *text)
{
	return strstr(seen(), text) != NULL;
}

static bool shows_not(const struct test_daemon *daemon SP_UNUSED, const void *text)
{
	return strstr(seen(), text) == NULL;
}

static void await(const char *text)
{
	test_wait_until(&daemon_here, shows, text);
}

/* No line is wider than the terminal: what follows a wide character or a dot of an ellipsis counts as it is seen. */
static void expect_lines_to_fit(void)
{
	const char *text = seen();

	while (*text) {
		size_t size = strcspn(text, "\n"), cells = 0;

		for (size_t i = 0; i < size; i++)
			cells += (text[i] & 0xc0) != 0x80;
		while (cells > 0 && text[size - 1] == ' ' && cells > (size_t)width)
			cells--;
		ck_assert_msg(cells <= (size_t)width, "%zu cells: %.*s", cells, (int)size, text);
		text += size + (text[size] == '\n');
	}
}

/* Where a text begins in its line. */
static size_t column_of(const char *screen, const char *text)
{
	const char *found = strstr(screen, text), *line = found;

	ck_assert_msg(found != NULL, "there is no %s in: %s", text, screen);
	while (line > screen && line[-1] != '\n')
		line--;
	return (size_t)(found - line);
}

/* ---- the status page --------------------------------------------------------------------------------------------- */

START_TEST(the_page_fits_and_is_scrolled)
{
	const char *screen;

	if (!open_terminal(columns[_i]))
		return;
	type("signalctl status --watch");
	await("lines 1 to 29 of ");
	await("STATE    VERSION"); /* a wider state, such as activating, has gone */
	expect_lines_to_fit();
	screen = seen();
	ck_assert(strncmp(screen, "signalpyd ", strlen("signalpyd ")) == 0);
	ck_assert(strstr(screen, "a-waiting-one-with-a-longer-nam  waiting") < strstr(screen, "refused "));
	ck_assert(strstr(screen, "refused ") < strstr(screen, "COMPONENT "));
	ck_assert_uint_eq(column_of(screen, "STATE    VERSION"), column_of(screen, "active   1.0.0"));
	ck_assert_uint_eq(column_of(screen, "NEEDS ATTENTION"), 0);
	ck_assert_uint_eq(column_of(screen, "STATE    WHY"),
		column_of(screen, "waiting  waits for the component nobody"));
	ck_assert_int_eq(strstr(screen, "PROVIDES") != NULL, width == 200);
	press("Space");
	await("greeter-with-number-20 ");
	test_wait_until(&daemon_here, shows_not, "NEEDS ATTENTION");
	press("Space Space Space Space"); /* some of which are read at once */
	await("\n  pool-worker-3 ");
	press("g");
	await("NEEDS ATTENTION");
}
END_TEST

START_TEST(the_page_follows_what_happens)
{
	if (!open_terminal(columns[_i]))
		return;
	type("signalctl status --watch");
	await("NEEDS ATTENTION");
	test_daemon_take_away(&daemon_here, "wrong-abi");
	test_wait_until(&daemon_here, shows_not, "wrong-abi");
	shell(0, TMUX "resize-window -t t -x 100 -y 12", daemon_here.dir);
	await("lines 1 to 11 of ");
	width = 100;
	expect_lines_to_fit();
}
END_TEST

static const char *const ways[] = { "q", "C-c", "kill" };

static void leave(const char *way)
{
	if (strcmp(way, "kill") == 0)
		shell(0, "kill $(" TMUX "list-panes -t t -F '#{pane_pid}' | xargs pgrep -P)", daemon_here.dir);
	else
		press(way);
}

/* However it ends, what was there before is there again, and what is typed is seen. */
START_TEST(the_terminal_is_given_back)
{
	if (!open_terminal(columns[0]))
		return;
	type("echo be\"\"fore");
	await("before");
	type("signalctl top");
	await("0 in flight, ");
	ck_assert_ptr_null(strstr(seen(), "before"));
	leave(ways[_i]);
	await("before");
	type("echo beh\"\"ind");
	await("echo beh");
	await("behind");
	ck_assert_str_eq(shell(0, TMUX "display-message -p -t t '#{alternate_on}#{cursor_flag}'", daemon_here.dir),
		"01\n");
}
END_TEST

START_TEST(top_fits)
{
	if (!open_terminal(columns[_i]))
		return;
	type("signalctl top");
	await("/s (");
	await("STATE    IN FLIGHT");
	expect_lines_to_fit();
	ck_assert_uint_eq(column_of(seen(), "STATE    IN FLIGHT"), column_of(seen(), "waiting  0"));
	ck_assert_ptr_nonnull(strstr(seen(), width == 80 ? "waits for the" : "waits for the component nobody"));
}
END_TEST

/* ---- what else is long ------------------------------------------------------------------------------------------- */

static const struct {
	const char *command, *last; /* what stands in it when it is complete */
} listings[] = {
	{ "signalctl plugin list", "wrong-abi" },
	{ "signalctl component list", "a-waiting-one-with-a-longer-nam" },
	{ "signalctl runnable list", "pool-worker-3" },
	{ "signalctl service list", "signalpy.gateway/1" },
	{ "signalctl component show pool", "unhealthy_after: 3" },
	{ "signalctl config show --origin", "instances.a-waiting" },
	{ "signalctl metrics", "signalpy_plugin_updates" },
	{ "signalctl logs", "the kernel is " },
	{ "signalctl graph", " nodes, " },
};

/* At both widths, over and over. */
START_TEST(what_is_listed_fits)
{
	char command[128];

	if (!open_terminal(columns[_i % 2]))
		return;
	snprintf(command, sizeof command, "%s; echo do\"\"ne", listings[_i / 2].command);
	type(command);
	await("\ndone");
	expect_lines_to_fit();
}
END_TEST

/* Lines that are longer than the terminal are broken between words, and what goes on stands further in. */
START_TEST(what_follows_is_broken_between_words)
{
	if (!open_terminal(columns[0]))
		return;
	type("signalctl events --follow \"orders.*\"");
	for (int i = 0; i < 100 && !shows(NULL, "orders.placed signalpyd"); i++)
		test_signalctl(&daemon_here,
			(const char *[]){ "publish", "orders.placed",
				"\"some words that are so many that they do not fit, whatever one does about it, at all\"",
				NULL });
	await("orders.placed ");
	expect_lines_to_fit();
	ck_assert_ptr_nonnull(strstr(seen(), "\n             "));
}
END_TEST

/* ---- colours ----------------------------------------------------------------------------------------------------- */

static const char *coloured(void)
{
	return shell(0, TMUX "capture-pane -p -e -t t", daemon_here.dir);
}

START_TEST(colours_are_for_terminals)
{
	if (!open_terminal(columns[0]))
		return;
	type("clear; signalctl plugin list; echo do\"\"ne");
	await("\ndone");
	ck_assert_ptr_nonnull(strstr(coloured(), "\033[31mrefused"));
	ck_assert_ptr_nonnull(strstr(coloured(), "\033[32mactive"));
	type("clear; NO_COLOR=1 signalctl plugin list; echo no\"\"ne");
	await("\nnone");
	ck_assert_ptr_null(strstr(coloured(), "\033[3"));
	type("clear; signalctl plugin list | cat; echo pi\"\"ped");
	await("\npiped");
	ck_assert_ptr_null(strstr(coloured(), "\033[3"));
}
END_TEST

/* ---- completion -------------------------------------------------------------------------------------------------- */

/* How each shell is begun, and told of the completion, where it is installed. */
static const struct {
	const char *shell, *begin, *setup;
} shells[] = {
	{ "bash", "bash --norc --noprofile", "source <(signalctl completion bash)" },
	{ "zsh", "zsh -f", "autoload -Uz compinit; compinit -u -D; source <(signalctl completion zsh)" },
	{ "fish", "env HOME=. XDG_DATA_HOME=. fish --no-config", "signalctl completion fish | source" },
};

/* What is begun, and as what it is completed by the tabulator: commands, instances, runnables, flags. */
static const struct {
	const char *begun, *completed;
} words[] = {
	{ "signalctl plugin insp", "signalctl plugin inspect" },
	{ "signalctl component show pool-worker-2", "signalctl component show pool-worker-2 " },
	{ "signalctl call greeter-with-number-37.gr", "signalctl call greeter-with-number-37.greet" },
	{ "signalctl call greeter.greet --na", "signalctl call greeter.greet --name" },
};

START_TEST(shells_complete)
{
	if (!open_terminal(columns[0]))
		return;
	if (strcmp(shell(0, "command -v %s || echo no", shells[_i].shell), "no\n") == 0)
		return;
	shell(0, "cd %s && mkdir -p fish", daemon_here.dir);
	shell(0, TMUX "send-keys -t t 'cd %s; %s' Enter", daemon_here.dir, daemon_here.dir, shells[_i].begin);
	shell(0, TMUX "send-keys -t t '%s; echo re\"\"ady' Enter", daemon_here.dir, shells[_i].setup);
	await("\nready");
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		press("C-l");
		shell(0, TMUX "send-keys -t t '%s' Tab", daemon_here.dir, words[i].begun);
		await(words[i].completed);
		press("C-u"); /* and no signal, with which the shell may throw away what is typed next */
	}
}
END_TEST

int main(void)
{
	const struct test_case cases[] = {
		TEST(the_page_fits_and_is_scrolled, .times = 2),
		TEST(the_page_follows_what_happens, .times = 2),
		TEST(the_terminal_is_given_back, .times = sizeof ways / sizeof ways[0]),
		TEST(top_fits, .times = 2),
		TEST(what_is_listed_fits, .times = sizeof listings / sizeof listings[0] * 2),
		TEST(what_follows_is_broken_between_words),
		TEST(colours_are_for_terminals),
		TEST(shells_complete, .times = sizeof shells / sizeof shells[0]),
	};

	if (!has_tmux())
		puts("tmux is not installed: terminals are not tested");
	return run_suite(&SUITE(cases, "terminal", .set_up = begin, .tear_down = end, .timeout = 90));
}
