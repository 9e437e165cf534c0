/* check_control_watch.c: what is told over the control socket as it happens, until nobody wants to know. links: daemon kernel */
#include "control_methods_kit.h"
#include "runner.h"

START_TEST(a_watch_tells_of_events_until_it_ends)
{
	ck_assert_str_eq(ask("event.watch", "{\"pattern\":\"orders.*\"}"), RESULT("{\"watch\":1}"));
	ck_assert_str_eq(kit.subscriptions[0]->pattern, "orders.*");
	kit_publish("orders.placed", json_pack("{s:i}", "n", 5));
	kit_expect(client,
		"{\"jsonrpc\":\"2.0\",\"method\":\"event\",\"params\":{\"watch\":1,\"type\":\"orders.placed\",\"data\":{\"n\":5},"
		"\"source\":\"greeter\",\"time_ms\":1700000000123}}\n");
	ck_assert_str_eq(ask("event.watch", NULL), RESULT("{\"watch\":2}"));
	ck_assert_str_eq(kit.subscriptions[1]->pattern, "*");
	ck_assert_str_eq(ask("event.unwatch", "{\"watch\":1}"), RESULT("{\"watching\":false}"));
	ck_assert_uint_eq(kit_subscription_count(), 1);
}
END_TEST

START_TEST(a_watch_tells_of_the_trace_until_it_ends)
{
	kit_trace(2);
	ck_assert_str_eq(ask("graph.watch", NULL), RESULT("{\"watch\":1}"));
	ck_assert_str_eq(ask("event.watch", NULL), RESULT("{\"watch\":2}"));
	kit_trace(1);
	kit_expect(client,
		"{\"jsonrpc\":\"2.0\",\"method\":\"trace\",\"params\":{\"missed\":0,\"records\":[{\"number\":3}],"
		"\"watch\":1}}\n");
	kit_trace(0);
	kit_expect(client, "");
	ck_assert_ptr_nonnull(strstr(ask("graph.unwatch", "{\"watch\":2}"), "\"not_found\""));
	ck_assert_ptr_nonnull(strstr(ask("event.unwatch", "{\"watch\":1}"), "\"not_found\""));
	ck_assert_str_eq(ask("graph.unwatch", "{\"watch\":1}"), RESULT("{\"watching\":false}"));
	ck_assert_uint_eq(kit_trace_watch_count(), 0);
}
END_TEST

START_TEST(much_is_told_in_pieces)
{
	char *sent;
	size_t lines = 0;

	ask("graph.watch", NULL);
	kit_trace(600);
	sent = kit_take(client);
	for (const char *at = strchr(sent, '\n'); at; at = strchr(at + 1, '\n'))
		lines++;
	ck_assert_uint_eq(lines, 3);
	ck_assert_ptr_nonnull(strstr(sent, "{\"number\":600}"));
	free(sent);
}
END_TEST

START_TEST(trace_may_be_kept_for_nobody)
{
	ck_assert_str_eq(ask("graph.start_trace", NULL), RESULT("{\"kept\":true}"));
	ck_assert_str_eq(ask("graph.start_trace", NULL), RESULT("{\"kept\":true}"));
	ck_assert_uint_eq(kit_trace_watch_count(), 1);
	kit_trace(2);
	ck_assert_str_eq(ask("graph.trace", "{\"after\":1}"),
		RESULT("{\"on\":true,\"missed\":0,\"records\":[{\"number\":2}]}"));
	ck_assert_str_eq(ask("graph.stop_trace", NULL), RESULT("{\"kept\":false}"));
	ck_assert_uint_eq(kit_trace_watch_count(), 0);
	ask("graph.start_trace", NULL);
	be_in_group();
	ck_assert_ptr_nonnull(strstr(ask("graph.stop_trace", NULL), "\"forbidden\""));
	ck_assert_ptr_nonnull(strstr(ask("graph.watch", NULL), "\"watch\":1"));
}
END_TEST

START_TEST(a_watch_tells_of_the_log_until_it_ends)
{
	kit_log(2);
	ck_assert_str_eq(ask("log.watch", NULL), RESULT("{\"watch\":1}"));
	ck_assert_str_eq(ask("log.watch", "{\"level\":\"error\"}"), RESULT("{\"watch\":2}"));
	kit_log(1);
	kit_expect(client,
		"{\"jsonrpc\":\"2.0\",\"method\":\"log\",\"params\":{\"watch\":1,\"records\":[{\"number\":3}]}}\n");
	ck_assert_str_eq(ask("log.tail", "{\"after\":2}"), RESULT("{\"records\":[{\"number\":3}]}"));
	ck_assert_str_eq(ask("log.unwatch", "{\"watch\":1}"), RESULT("{\"watching\":false}"));
	kit_log(1);
	kit_expect(client, "");
	ck_assert_str_eq(ask("log.watch", "{\"after\":3}"),
		RESULT("{\"watch\":3}") "{\"jsonrpc\":\"2.0\",\"method\":\"log\",\"params\":{\"watch\":3,\"records\":[{"
					"\"number\":4}]}}\n");
}
END_TEST

START_TEST(a_log_that_cannot_be_watched_is_told)
{
	kit.answer = SP_NO_MEMORY;
	ck_assert_ptr_nonnull(strstr(ask("log.watch", NULL), "the log cannot be watched"));
	kit.answer = SP_OK;
	ck_assert_str_eq(ask("log.watch", NULL), RESULT("{\"watch\":1}"));
}
END_TEST

START_TEST(a_watch_tells_of_the_configuration_until_it_ends)
{
	ck_assert_str_eq(ask("config.watch", NULL), RESULT("{\"watch\":1}"));
	ck_assert_str_eq(ask("config.watch", "{\"path\":\"ab\"}"), RESULT("{\"watch\":2}"));
	control_tell_configuration(&kit.control);
	kit_expect(client, "");
	kit.renamed = true;
	control_tell_configuration(&kit.control);
	kit_expect(client,
		"{\"jsonrpc\":\"2.0\",\"method\":\"config\",\"params\":{\"watch\":1,\"changed\":{\"b.port\":1,"
		"\"a.port\":null}}}\n");
	control_tell_configuration(&kit.control);
	kit_expect(client, "");
	ck_assert_str_eq(ask("config.unwatch", "{\"watch\":1}"), RESULT("{\"watching\":false}"));
	kit.renamed = false;
	control_tell_configuration(&kit.control);
	control_tell_configuration(NULL);
	kit_expect(client, "");
}
END_TEST

START_TEST(watches_are_limited)
{
	for (int i = 0; i < 64; i++)
		ck_assert_ptr_nonnull(strstr(ask("event.watch", NULL), "\"result\""));
	ck_assert_ptr_nonnull(strstr(ask("event.watch", NULL), "\"conflict\""));
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_watch_tells_of_events_until_it_ends),
		TEST(a_watch_tells_of_the_trace_until_it_ends), TEST(much_is_told_in_pieces),
		TEST(trace_may_be_kept_for_nobody), TEST(a_watch_tells_of_the_log_until_it_ends),
		TEST(a_log_that_cannot_be_watched_is_told), TEST(a_watch_tells_of_the_configuration_until_it_ends),
		TEST(watches_are_limited) };

	return run_suite(&SUITE(cases, "control_watch", .set_up = open_client, .tear_down = close_client));
}
