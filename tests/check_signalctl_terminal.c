/* check_signalctl_terminal.c: signalctl on terminals of 80 and 200 columns. links: daemon -lpthread */
#include "runner.h"
#include "signalctl_kit.h"
#include "signalctl_width.h"

#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define REASON \
	"waits for the service signalpy.dictionary/1, which nobody provides; the plugin that had it was taken away " \
	"while the clerk of the shop was still reading in it"
#define LONG_NAME "a-component-with-a-name-that-is-very-much-longer-than-most-of-them-and-does-not-fit"
#define STATUS \
	"\"result\":{\"state\":\"degraded\",\"version\":\"0.1.0\",\"pid\":7,\"reasons\":[\"clerk waits\"],\"components\":[" \
	"{\"name\":\"" LONG_NAME "\",\"component\":\"x\",\"state\":\"active\",\"version\":\"1.0\",\"age_ms\":5000," \
	"\"in_flight\":3,\"provides\":[{\"contract\":\"signalpy.dictionary/1\",\"ranking\":1}]}," \
	"{\"name\":\"clerk\",\"component\":\"clerk\",\"state\":\"waiting\",\"version\":\"1.0\",\"reason\":\"" REASON \
	"\",\"age_ms\":5000,\"in_flight\":0,\"provides\":[]}]," \
	"\"counts\":{\"calls\":10,\"waves\":20,\"effect_runs\":30,\"events\":40,\"in_flight\":3}}"

static const struct reply replies[] = { { "kernel.status", STATUS, NULL },
	{ "event.watch", "\"result\":{\"watch\":1}", NULL },
	{ "runnable.show", "\"result\":{\"address\":\"a.b\",\"params\":{\"properties\":{}}}", NULL },
	{ "runnable.call", "\"result\":{\"data\":{\"done\":true}}",
		"{\"jsonrpc\":\"2.0\",\"method\":\"progress\",\"params\":{\"done\":1,\"total\":2,\"note\":\"" REASON
		"\"}}" },
	{ NULL, NULL, NULL } };

/* Takes colours and movements of the cursor out of what was written. */
static void strip(void)
{
	char *to = ctl.out;

	for (const char *from = ctl.out; *from; from++) {
		if (*from == '\033' && from[1] == '[')
			from += 1 + strcspn(from + 1, "ABCDHJKhlm");
		else if (*from != '\r')
			*to++ = *from;
	}
	*to = '\0';
}

static void expect_lines_to_fit(size_t columns)
{
	char *copy = strdup(ctl.out), *rest = copy, *line;

	while ((line = strsep(&rest, "\n")) != NULL)
		ck_assert_msg(width_of(line) <= columns, "%zu cells: %s", width_of(line), line);
	free(copy);
}

/* Whether all words of a text were written, whatever stands between them. */
static bool has_words(const char *text)
{
	char *copy = strdup(text), *rest = copy, *word;
	const char *at = ctl.out;

	while (at && (word = strsep(&rest, " ")) != NULL)
		at = strstr(at, word);
	free(copy);
	return at != NULL;
}

static const unsigned short columns[] = { 80, 200 };

START_TEST(the_status_page_fits)
{
	ctl_run_on_terminal("status", replies, columns[_i]);
	ck_assert_int_eq(ctl.code, 0);
	ck_assert_ptr_nonnull(strstr(ctl.out, "\033[31mdegraded\033[0m"));
	strip();
	expect_lines_to_fit(columns[_i]);
	ck_assert_msg(has_words(REASON), "%s", ctl.out);
	ck_assert_int_eq(strstr(ctl.out, LONG_NAME " ") != NULL, columns[_i] == 200);
	ck_assert_int_eq(strstr(ctl.out, "\xe2\x80\xa6") != NULL, columns[_i] == 80);
	ck_assert_ptr_nonnull(strstr(ctl.out, "signalpy.dictionary/1"));
	ck_assert_int_eq(strstr(ctl.out, "PROVIDES") != NULL, columns[_i] == 200);
}
END_TEST

START_TEST(top_fits)
{
	ctl.patience = 5; /* three watches, and two pages */
	ctl_run_on_terminal("top", replies, columns[_i]);
	ck_assert_int_eq(ctl.code, 3);
	ck_assert(strstr(ctl.out, "\033[?25h\033[?1049l") < strstr(ctl.out, "signalpyd ended the connection"));
	ck_assert_ptr_nonnull(strstr(ctl.out, "\033[?1049h\033[?25l\033[H"));
	strip();
	expect_lines_to_fit(columns[_i]);
	ck_assert_ptr_nonnull(strstr(ctl.out, "3 in flight, 2 components"));
	ck_assert_ptr_nonnull(strstr(ctl.out, "calls - (10)   waves - (20)   effects - (30)   events - (40)"));
	ck_assert_ptr_nonnull(strstr(ctl.out, "calls 0.0/s (10)"));
	ck_assert(strstr(ctl.out, "a-component") < strstr(ctl.out, "clerk"));
}
END_TEST

START_TEST(progress_is_a_bar_that_goes_away)
{
	ctl_run_on_terminal("call|a.b", replies, columns[_i]);
	ck_assert_int_eq(ctl.code, 0);
	ck_assert_ptr_nonnull(strstr(ctl.out, "\r\033[K[###############               ]  50% waits for"));
	ck_assert_ptr_nonnull(strstr(ctl.out, "\r\033[Kdone: true"));
	*strstr(ctl.out, "\r\033[Kdone") = '\0';
	strip();
	ck_assert_uint_le(width_of(ctl.out), columns[_i]);
	ck_assert_ptr_nonnull(strstr(ctl.asked, "\"progress\":true"));
}
END_TEST

START_TEST(elsewhere_there_is_no_bar)
{
	ctl_run("call|a.b", replies);
	ck_assert_str_eq(ctl.out, "done: true\n");
	ck_assert_str_eq(ctl.err, "");
	ck_assert_ptr_nonnull(strstr(ctl.asked, "\"progress\":false"));
}
END_TEST

START_TEST(colours_may_be_forbidden)
{
	setenv("NO_COLOR", "1", 1);
	ctl_run_on_terminal("status", replies, 80);
	ck_assert_ptr_null(strchr(ctl.out, '\033'));
}
END_TEST

START_TEST(top_is_no_document)
{
	ctl_run("top|--json", NULL);
	ck_assert_int_eq(ctl.code, 2);
	ck_assert_ptr_nonnull(strstr(ctl.err, "signalctl status --json has the counts"));
}
END_TEST

int main(void)
{
	const struct test_case cases[] = {
		TEST(the_status_page_fits, .times = 2),
		TEST(top_fits, .times = 2),
		TEST(progress_is_a_bar_that_goes_away, .times = 2),
		TEST(elsewhere_there_is_no_bar),
		TEST(colours_may_be_forbidden),
		TEST(top_is_no_document),
	};

	unsetenv("NO_COLOR");
	return run_suite(&SUITE(cases, "signalctl_terminal", .set_up = ctl_open, .tear_down = ctl_close));
}
