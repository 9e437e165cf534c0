/* check_signalctl_watch.c: a page that is shown again when events say that it has changed. links: -lpthread */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "runner.h"
#include "signalctl_kit.h"

#define HEALTHY "\"result\":{\"state\":\"healthy\",\"version\":\"0.1.0\",\"components\":[]}"
#define EVENT(type) "{\"jsonrpc\":\"2.0\",\"method\":\"event\",\"params\":{\"type\":\"" type "\"}}"
#define WATCHES \
	"event.watch {\"pattern\":\"kernel.*\"}\n" \
	"event.watch {\"pattern\":\"component.*\"}\n" \
	"event.watch {\"pattern\":\"plugin.*\"}\n"

/* An event that comes while the page is asked for is not lost, and the page is asked for once more. */
START_TEST(a_watched_page_follows_events)
{
	static const struct reply replies[] = { { "event.watch", "\"result\":{\"watch\":1}", NULL },
		{ "kernel.status", HEALTHY, EVENT("component.state") }, { NULL, NULL, NULL } };

	ctl.patience = 6;
	ctl_run("status|--watch", replies);
	ck_assert_str_eq(ctl.asked, WATCHES "kernel.status -\nkernel.status -\nkernel.status -\n");
	ck_assert_str_eq(ctl.out,
		"signalpyd 0.1.0 is healthy\n\nno components\n\n"
		"signalpyd 0.1.0 is healthy\n\nno components\n\n"
		"signalpyd 0.1.0 is healthy\n\nno components\n\n");
	ck_assert_str_eq(ctl.err, "signalctl: signalpyd ended the connection\n");
	ck_assert_int_eq(ctl.code, 3);
}
END_TEST

/* Without an event nothing is asked. */
START_TEST(a_watched_page_that_does_not_change_is_shown_once)
{
	static const struct reply replies[] = { { "event.watch", "\"result\":{\"watch\":1}", NULL },
		{ "kernel.status", HEALTHY, NULL }, { NULL, NULL, NULL } };

	ctl.patience = 4;
	ctl_run("status|--watch", replies);
	ck_assert_str_eq(ctl.asked, WATCHES "kernel.status -\n");
	ck_assert_str_eq(ctl.out, "signalpyd 0.1.0 is healthy\n\nno components\n\n");
	ck_assert_int_eq(ctl.code, 3);
}
END_TEST

START_TEST(who_may_not_watch_is_told)
{
	static const struct reply replies[] = {
		{ "event.watch",
			"\"error\":{\"code\":-32003,\"message\":\"not for you\",\"data\":{"
			"\"code\":\"forbidden\"}}",
			NULL },
		{ NULL, NULL, NULL }
	};

	ctl_run("status|--watch", replies);
	ck_assert_str_eq(ctl.err, "signalctl: not for you\n");
	ck_assert_int_eq(ctl.code, 4);
	ck_assert_str_eq(ctl.out, "");
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_watched_page_follows_events),
		TEST(a_watched_page_that_does_not_change_is_shown_once), TEST(who_may_not_watch_is_told) };

	return run_suite(&SUITE(cases, "signalctl_watch", .set_up = ctl_open, .tear_down = ctl_close));
}
