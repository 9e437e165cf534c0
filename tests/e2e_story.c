/* e2e_story.c: the story of the README with a real daemon: call, configure, drop in, take away. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "daemon_kit.h"
#include "runner.h"

static struct test_daemon daemon;

static void start(const char *configuration)
{
	test_daemon_prepare(&daemon, configuration);
	test_daemon_drop(&daemon, "greeter", "greeter", 0);
	test_daemon_start(&daemon);
}

static void stop(void)
{
	test_daemon_stop(&daemon);
	test_daemon_clean(&daemon);
}

static void expect_greeting(const char *body, const char *message)
{
	json_t *answer;
	int status = test_http_call(&daemon, "greeter/greet", body, &answer);
	const char *said = json_string_value(json_object_get(json_object_get(answer, "data"), "message"));

	ck_assert_int_eq(status, 200);
	ck_assert_str_eq(said, message);
	json_decref(answer);
}

static bool greets_with(const struct test_daemon *of, const void *greeting)
{
	json_t *answer;
	const char *said;
	bool so;

	test_http_call(of, "greeter/greet", "{\"name\":\"Ada\"}", &answer);
	said = json_string_value(json_object_get(json_object_get(answer, "data"), "message"));
	so = said && strncmp(said, greeting, strlen(greeting)) == 0;
	json_decref(answer);
	return so;
}

/* R-RN-7: the same runnable over REST and signalctl. */
START_TEST(calls_over_rest_and_signalctl)
{
	start(NULL);
	expect_greeting("{\"name\":\"Ada\"}", "Hello, Ada!");
	expect_greeting("{}", "Hello, world!");
	ck_assert_int_eq(test_signalctl(&daemon, (const char *[]){ "call", "greeter.greet", "--name", "Ada", NULL }),
		0);
	ck_assert_ptr_nonnull(strstr(test_signalctl_output(), "Hello, Ada!"));
	ck_assert_int_eq(test_signalctl(&daemon, (const char *[]){ "call", "greeter.greet", "--help", NULL }), 0);
	ck_assert_ptr_nonnull(strstr(test_signalctl_output(), "--name"));
	ck_assert_ptr_nonnull(strstr(test_signalctl_output(), "who to greet"));
	ck_assert_int_eq(test_signalctl(&daemon, (const char *[]){ "status", NULL }), 0);
	ck_assert_ptr_nonnull(strstr(test_signalctl_output(), "greeter"));
	stop();
}
END_TEST

/* The table of errors, as REST and as signalctl's exit codes. */
START_TEST(says_what_was_wrong)
{
	static const struct {
		const char *path, *body, *code;
		int status;
	} cases[] = {
		{ "greeter/greet", "{\"name\":", "bad_request", 400 },
		{ "greeter/greet", "[1]", "invalid_params", 422 },
		{ "greeter/greet", "{\"nam\":\"Ada\"}", "invalid_params", 422 },
		{ "greeter/greet", "{\"name\":7}", "invalid_params", 422 },
		{ "greeter/wave", "{}", "not_found", 404 },
		{ "nobody/greet", "{}", "not_found", 404 },
	};

	start(NULL);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		json_t *answer;
		int status = test_http_call(&daemon, cases[i].path, cases[i].body, &answer);

		ck_assert_msg(status == cases[i].status, "%s %s: status %d", cases[i].path, cases[i].body, status);
		ck_assert_str_eq(json_string_value(json_object_get(json_object_get(answer, "error"), "code")),
			cases[i].code);
		json_decref(answer);
	}
	ck_assert_int_eq(test_signalctl(&daemon, (const char *[]){ "call", "greeter.wave", NULL }), 5);
	ck_assert_int_eq(test_signalctl(&daemon,
				 (const char *[]){ "call", "greeter.greet", "--params", "{\"nam\":1}", NULL }),
		6);
	stop();
}
END_TEST

/* R-CF-2, R-CF-4: an edit is live within 200 ms, whichever way the file is replaced, and wakes the effect once. */
START_TEST(follows_the_configuration)
{
	int64_t took;

	start("{\"components\":{\"greeter\":{\"greeting\":\"Hello\"}}}");
	for (int in_place = 0; in_place < 2; in_place++) {
		const char *greeting = in_place ? "Servus" : "Salut";
		char text[160];

		snprintf(text, sizeof text,
			"{\"http\":{\"listen\":[\"127.0.0.1:%d\"]},\"components\":{\"greeter\":{\"greeting\":\"%s\"}}}",
			daemon.port, greeting);
		test_daemon_configure(&daemon, text, in_place);
		took = test_wait_until(&daemon, greets_with, greeting);
		if (!getenv("TEST_SLOW"))
			ck_assert_int_lt(took, 1000);
	}
	ck_assert_uint_eq(test_log_count(&daemon, "the greeting is now 'Salut'"), 1);
	ck_assert_uint_eq(test_log_count(&daemon, "the greeting is now 'Servus'"), 1);
	stop();
}
END_TEST

static bool why_says(const struct test_daemon *of, const void *text)
{
	test_signalctl(of, (const char *[]){ "graph", "why", "greeter.announce", NULL });
	return strstr(test_signalctl_output(), text) != NULL;
}

static void expect_in_order(const char *text, const char *const *parts)
{
	for (; *parts; parts++) {
		const char *at = strstr(text, *parts);

		ck_assert_msg(at != NULL, "no '%s' in: %s", *parts, text);
		text = at + strlen(*parts);
	}
}

/* R-RX-11: why an effect ran is known without a trace, and a trace shows every step. */
START_TEST(tells_why_an_effect_ran)
{
	static const char *const chain[] = { "write greeter.greeting by configuration: components.greeter.greeting\n",
		"computed greeter.greeting", "effect greeter.announce", NULL };
	static const char *const dot[] = { "digraph", "subgraph cluster_", "label=\"greeter\"", "label=\"announce\"",
		" -> ", NULL };

	start("{\"components\":{\"greeter\":{\"greeting\":\"Hello\"}}}");
	ck_assert(why_says(&daemon, "it ran for the first time"));
	ck_assert_int_eq(test_signalctl(&daemon, (const char *[]){ "trace", NULL }), 0);
	ck_assert_ptr_nonnull(strstr(test_signalctl_output(), "no trace is kept"));
	ck_assert_int_eq(test_signalctl(&daemon, (const char *[]){ "trace", "start", NULL }), 0);
	test_daemon_configure(&daemon, "{\"components\":{\"greeter\":{\"greeting\":\"Salut\"}}}", false);
	test_wait_until(&daemon, why_says, "configuration: ");
	expect_in_order(test_signalctl_output(), chain);
	ck_assert_int_eq(test_signalctl(&daemon, (const char *[]){ "trace", NULL }), 0);
	expect_in_order(test_signalctl_output(), chain);
	ck_assert_int_eq(test_signalctl(&daemon, (const char *[]){ "trace", "stop", NULL }), 0);
	ck_assert(why_says(&daemon, chain[0]));
	ck_assert_int_eq(test_signalctl(&daemon, (const char *[]){ "graph", "why", "greeter.sing", NULL }), 5);
	ck_assert_int_eq(test_signalctl(&daemon, (const char *[]){ "graph", "--dot", NULL }), 0);
	expect_in_order(test_signalctl_output(), dot);
	stop();
}
END_TEST

static bool status_says(const struct test_daemon *of, const void *text)
{
	test_signalctl(of, (const char *[]){ "status", NULL });
	return strstr(test_signalctl_output(), text) != NULL;
}

/* R-CF-3: a wrong edit changes nothing, and status says where and why. */
START_TEST(refuses_a_wrong_configuration)
{
	start("{\"components\":{\"greeter\":{\"greeting\":\"Hello\"}}}");
	test_daemon_configure(&daemon, "{\n  \"components\": {\n", false);
	test_wait_until(&daemon, status_says, "signalpyd.json:2:18");
	expect_greeting("{}", "Hello, world!");
	test_daemon_configure(&daemon,
		"{\n  \"http\": {\"listen\": [\"127.0.0.1:0\"]},\n  \"components\": {\"greeter\": {\n   \"greeting\": 5}}\n}\n",
		false);
	test_wait_until(&daemon, status_says, "signalpyd.json:4");
	test_wait_until(&daemon, status_says, "components.greeter.greeting");
	expect_greeting("{}", "Hello, world!");
	stop();
}
END_TEST

/* R-PL-1: a dropped plugin is callable within 300 ms, and gone when its file is. */
START_TEST(follows_the_plugin_directory)
{
	int64_t took;

	start(NULL);
	test_daemon_drop(&daemon, "counter", "counter", 0);
	took = test_wait_until(&daemon, test_is_callable, "counter/get");
	if (!getenv("TEST_SLOW"))
		ck_assert_int_lt(took, 1000);
	test_daemon_take_away(&daemon, "counter");
	test_wait_until(&daemon, test_is_not_callable, "counter/get");
	expect_greeting("{}", "Hello, world!");
	stop();
}
END_TEST

/* R-CM-5: dependencies resolve in whatever order plugins arrive; who waits says for what. */
START_TEST(resolves_in_any_order)
{
	json_t *answer;

	start(NULL);
	test_daemon_drop(&daemon, "spell-checker", "spell-checker", 0);
	test_wait_until(&daemon, status_says, "IDictionary/1");
	ck_assert_int_eq(test_http_call(&daemon, "spell-checker/check", "{\"words\":[\"hello\"]}", &answer), 503);
	json_decref(answer);
	test_daemon_drop(&daemon, "dictionary-en", "dictionary-en", 0);
	test_wait_until(&daemon, status_says, "dictionary-en");
	ck_assert_int_eq(test_http_call(&daemon, "spell-checker/check", "{\"words\":[\"hello\",\"xyz\"]}", &answer),
		200);
	ck_assert_uint_eq(json_array_size(json_object_get(json_object_get(answer, "data"), "unknown")), 1);
	json_decref(answer);
	test_daemon_take_away(&daemon, "dictionary-en");
	test_wait_until(&daemon, status_says, "waits for IDictionary/1");
	stop();
}
END_TEST

static void expect_asked(const char **words, const char *told)
{
	ck_assert_msg(test_signalctl(&daemon, words) == 0, "%s", test_signalctl_output());
	ck_assert_msg(strstr(test_signalctl_output(), told) != NULL, "%s", test_signalctl_output());
}

/* R-CM-8: an instance that an operator asked for is called, and is there again after SIGKILL, until it is removed. */
START_TEST(keeps_the_instances_that_were_added)
{
	static const char *call[] = { "call", "guest.greet", "--name", "Ada", NULL };

	start("{\"instances\":{\"twin\":{\"component\":\"greeter\"},\"eu\":{\"component\":\"mailer\"}}}");
	expect_asked((const char *[]){ "component", "add", "greeter", "guest", NULL }, "guest ");
	expect_asked((const char *[]){ "config", "set", "components.guest.greeting", "Salut", NULL }, "guest");
	expect_asked(call, "Salut, Ada!");
	expect_asked((const char *[]){ "call", "twin.greet", "--name", "Ada", NULL }, "Hello, Ada!");
	expect_asked((const char *[]){ "status", NULL }, "waits for the component mailer, which no plugin has");
	test_daemon_kill(&daemon);
	test_daemon_start(&daemon);
	expect_asked(call, "Salut, Ada!");
	ck_assert_int_eq(test_signalctl(&daemon, (const char *[]){ "component", "set", "guest", "size=1", NULL }), 6);
	expect_asked((const char *[]){ "component", "remove", "guest", NULL }, "guest: removed");
	expect_asked((const char *[]){ "component", "remove", "twin", NULL }, "twin: removed");
	ck_assert_int_eq(test_signalctl(&daemon, call), 5);
	expect_asked((const char *[]){ "config", "show", "--origin", "instances", NULL }, "instances.twin");
	stop();
}
END_TEST

static char watched[96]; /* what the watching signalctl has written */

static bool page_says(const struct test_daemon *of, const void *text)
{
	static char page[65536];
	FILE *file = fopen(watched, "r");
	size_t size = file ? fread(page, 1, sizeof page - 1, file) : 0;

	(void)of;
	page[size] = '\0';
	if (file)
		fclose(file);
	return strstr(page, text) != NULL;
}

/* R-CM-2: a change is seen by whoever watches, without being asked for. */
START_TEST(a_watched_status_follows)
{
	pid_t child;
	int status;

	start(NULL);
	snprintf(watched, sizeof watched, "%s/watched", daemon.dir);
	child = test_signalctl_begin(&daemon, (const char *[]){ "status", "--watch", NULL }, watched);
	test_wait_until(&daemon, page_says, "greeter");
	test_daemon_drop(&daemon, "spell-checker", "spell-checker", 0);
	test_wait_until(&daemon, page_says, "waits for IDictionary/1");
	test_daemon_stop(&daemon);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 3);
	test_daemon_clean(&daemon);
}
END_TEST

/* Stopping and starting again needs no repair, not even after SIGKILL. */
START_TEST(survives_a_kill)
{
	start(NULL);
	for (int i = 0; i < 5; i++) {
		test_daemon_drop(&daemon, "counter", "counter", (unsigned)i + 1);
		test_daemon_kill(&daemon);
		test_daemon_start(&daemon);
		expect_greeting("{\"name\":\"Ada\"}", "Hello, Ada!");
		test_wait_until(&daemon, test_is_callable, "counter/get");
	}
	stop();
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(calls_over_rest_and_signalctl), TEST(says_what_was_wrong),
		TEST(follows_the_configuration), TEST(tells_why_an_effect_ran), TEST(refuses_a_wrong_configuration),
		TEST(follows_the_plugin_directory), TEST(resolves_in_any_order),
		TEST(keeps_the_instances_that_were_added), TEST(a_watched_status_follows), TEST(survives_a_kill) };

	return run_suite(&SUITE(cases, "story", .timeout = 120));
}
