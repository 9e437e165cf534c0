/* check_signalctl.c: the program, before a daemon that says what the test wants. links: -lpthread */
#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "runner.h"
#include "signalctl_kit.h"

/* ---- usage ------------------------------------------------------------------------------------------------------- */

static const struct {
	const char *words;
	int code;
	const char *out, *err;
} usages[] = {
	{ "", 2, "", "there is no command" },
	{ "--help", 0, "usage: signalctl [-s SOCKET]", "" },
	{ "-h", 0, "usage: signalctl [-s SOCKET]", "" },
	{ "--help|--json", 0, "\"usage\": \"signalctl plugin list\"", "" },
	{ "--help|plugin", 0, "plugin inspect NAME", "" },
	{ "--help|plugin|list", 0, "usage: signalctl plugin list", "" },
	{ "plugin|--help|--json", 0, "\"usage\": \"signalctl plugin list\"", "" },
	{ "plugin|--json", 2, "\"bad_request\"", "plugin what?" },
	{ "plugin|--nonsense", 2, "", "there is no option --nonsense here" },
	{ "events|--json|--help", 0, "\"letter\": \"f\"", "" },
	{ "component|set|a|--help|--json", 0, "\"usage\": \"signalctl component set NAME KEY=VALUE...\"", "" },
	{ "dance|--help", 2, "", "there is no command dance" },
	{ "status|--help", 0, "--watch", "" },
	{ "plugin|--help", 0, "plugin inspect NAME", "" },
	{ "plugin", 2, "", "plugin what?" },
	{ "plugin|eat", 2, "", "plugin has no command eat" },
	{ "plugin|load|--help", 0, "usage: signalctl plugin load FILE", "" },
	{ "plugin|load", 2, "", "FILE is missing" },
	{ "plugin|load|/dev/null|b", 2, "", "b is one argument too many" },
	{ "plugin|load|/no/such", 5, "", "/no/such: No such file" },
	{ "call", 2, "", "ADDRESS is missing" },
	{ "call|--help", 0, "--params JSON", "" },
	{ "deadletters|--help", 0, "deadletters replay ID", "" },
	{ "deadletters|replay|--help", 0, "usage: signalctl deadletters replay ID", "" },
	{ "deadletters|replay", 2, "", "ID is missing" },
	{ "deadletters|eat", 2, "", "deadletters has no command eat" },
	{ "deadletters|--nonsense", 2, "", "there is no option --nonsense here" },
	{ "dance", 2, "", "there is no command dance" },
	{ "--nonsense|status", 2, "", "there is no option --nonsense" },
	{ "status|--nonsense", 2, "", "there is no option --nonsense here" },
	{ "status|--watch=3", 2, "", "--watch takes no value" },
	{ "-s", 2, "", "--socket needs a value" },
	{ "--socket=|status", 2, "", "--socket needs a value" },
	{ "status|--watch|--json", 2, "\"bad_request\"", "leave out --watch" },
	{ "graph|--dot|--json", 2, "\"bad_request\"", "choose one" },
	{ "status", 3, "", "cannot reach signalpyd at" },
	{ "--json|status", 3, "\"unavailable\"", "cannot reach" },
	{ "-s|/no/such/socket|drain", 3, "", "/no/such/socket: No such file" },
	{ "-s/no/such/socket|drain", 3, "", "/no/such/socket: No such file" },
	{ "--socket=/no/such/socket|drain", 3, "", "/no/such/socket: No such file" },
	{ "version", 0, "signalpyd is not running here", "" },
	{ "--version|--json", 0, "\"signalpyd\": null", "" },
};

START_TEST(words_are_understood_or_refused)
{
	ctl_run(usages[_i].words, NULL);
	ck_assert_int_eq(ctl.code, usages[_i].code);
	ck_assert_msg(strstr(ctl.out, usages[_i].out) != NULL, "%s", ctl.out);
	ck_assert_msg(strstr(ctl.err, usages[_i].err) != NULL, "%s", ctl.err);
	ck_assert_msg(*usages[_i].out || !*ctl.out, "%s", ctl.out);
	ck_assert_msg(*usages[_i].err || !*ctl.err, "%s", ctl.err);
}
END_TEST

#define FAILURE(number, word) \
	"\"error\":{\"code\":" number ",\"message\":\"so it is\",\"data\":{\"code\":\"" word "\"}}"

static const struct {
	struct reply replies[2];
	int code;
} failures[] = {
	{ { { "kernel.drain", FAILURE("-32000", "failed"), NULL } }, 1 },
	{ { { "kernel.drain", FAILURE("-32000", "conflict"), NULL } }, 1 },
	{ { { "kernel.drain", FAILURE("-32000", "forbidden"), NULL } }, 4 },
	{ { { "kernel.drain", FAILURE("-32000", "unauthenticated"), NULL } }, 4 },
	{ { { "kernel.drain", FAILURE("-32000", "not_found"), NULL } }, 5 },
	{ { { "kernel.drain", FAILURE("-32602", "invalid_params"), NULL } }, 6 },
	{ { { "kernel.drain", FAILURE("-32000", "timeout"), NULL } }, 7 },
	{ { { "kernel.drain", "\"error\":{\"code\":-32603,\"message\":\"so it is\"}", NULL } }, 1 },
};

START_TEST(a_failure_has_its_exit_code)
{
	json_t *document;

	ctl_run("drain|--json", failures[_i].replies);
	ck_assert_int_eq(ctl.code, failures[_i].code);
	ck_assert_str_eq(ctl.err, "signalctl: so it is\n");
	document = json_loads(ctl.out, 0, NULL);
	ck_assert(json_is_false(json_object_get(document, "ok")));
	ck_assert_str_eq(json_string_value(json_object_get(json_object_get(document, "error"), "message")), "so it is");
	json_decref(document);
}
END_TEST

START_TEST(a_daemon_that_hangs_up_cannot_be_reached)
{
	static const struct reply none[] = { { NULL, NULL, NULL } };

	ctl_run("drain", none);
	ck_assert_int_eq(ctl.code, 3);
	ck_assert_ptr_nonnull(strstr(ctl.err, "ended the connection"));
}
END_TEST

#define RECORDS \
	"{\"number\":5,\"cause\":0,\"kind\":\"write\",\"owner\":\"o\",\"node\":\"s\",\"by\":\"b.c (call)\"}," \
	"{\"number\":6,\"cause\":0,\"kind\":\"write\",\"owner\":\"\",\"node\":\"t\"}," \
	"{\"number\":7,\"cause\":5,\"kind\":\"computed\",\"owner\":\"o\",\"node\":\"c\",\"outcome\":\"equal\"," \
	"\"duration_ns\":1000}," \
	"{\"number\":8,\"cause\":5,\"kind\":\"effect\",\"owner\":\"o\",\"node\":\"e\",\"outcome\":\"done\"," \
	"\"duration_ns\":2500000}"
#define FOLLOWED \
	{ \
		"graph.watch", "\"result\":{\"watch\":1}", \
			"{\"jsonrpc\":\"2.0\",\"method\":\"trace\",\"params\":{\"records\":[" RECORDS "]}}" \
	}
#define LETTERS \
	{ \
		"deadletter.list", \
			"\"result\":[{\"id\":7,\"target\":\"clerk.take\",\"type\":\"orders.paid\",\"source\":\"shop\",\"data\":{\"number\":7}," \
			"\"reason\":\"handler_error\",\"error\":\"the till is shut\",\"time_ms\":1700000000123}]", \
			NULL \
	}

/* ---- commands ---------------------------------------------------------------------------------------------------- */

static const struct {
	const char *words;
	struct reply replies[3];
	int code;
	const char *asked, *out;
} commands[] = {
	{ "drain", { { "kernel.drain", "\"result\":{\"state\":\"draining\"}", NULL } }, 0, "kernel.drain {}\n",
		"state: draining\n" },
	{ "drain|--json", { { "kernel.drain", "\"result\":{\"state\":\"draining\"}", NULL } }, 0, "kernel.drain {}\n",
		"{\n  \"state\": \"draining\"\n}\n" },
	{ "plugin|load|/dev/null",
		{ { "plugin.load", "\"result\":{\"name\":\"a\",\"version\":\"1.0\",\"state\":\"active\"}", NULL } }, 0,
		"plugin.load {\"path\":\"/dev/null\"}\n", "a 1.0: active\n" },
	{ "plugin|update|a",
		{ { "plugin.update", "\"result\":{\"name\":\"a\",\"state\":\"active\",\"note\":\"no state\"}", NULL } },
		0, "plugin.update {\"name\":\"a\"}\n", "a: active: no state\n" },
	{ "plugin|list",
		{ { "plugin.list", "\"result\":[{\"name\":\"a\",\"state\":\"active\",\"error\":null}]", NULL } }, 0,
		"plugin.list {}\n", "NAME  STATE\na     active\n" },
	{ "plugin|list",
		{ { "plugin.list", "\"result\":[{\"name\":null,\"path\":\"/x/bad.so\",\"state\":\"refused\"}]",
			NULL } },
		0, "plugin.list {}\n", "\nbad.so  refused  /x/bad.so\n" },
	{ "service|list", { { "service.list", "\"result\":[]", NULL } }, 0, "service.list {}\n", "none\n" },
	{ "config|set|a.b|5", { { "config.set", "\"result\":{\"path\":\"a.b\"}", NULL } }, 0,
		"config.set {\"path\":\"a.b\",\"value\":5}\n", "path: a.b\n" },
	{ "config|set|a.b|-5", { { "config.set", "\"result\":{\"path\":\"a.b\"}", NULL } }, 0,
		"config.set {\"path\":\"a.b\",\"value\":-5}\n", "path: a.b\n" },
	{ "config|set|a.b|--|--x", { { "config.set", "\"result\":{\"path\":\"a.b\"}", NULL } }, 0,
		"config.set {\"path\":\"a.b\",\"value\":\"--x\"}\n", "path: a.b\n" },
	{ "config|get|a|--reveal", { { "config.get", "\"result\":{\"path\":\"a\",\"value\":\"text\"}", NULL } }, 0,
		"config.get {\"path\":\"a\",\"reveal\":true}\n", "text\n" },
	{ "config|show|--origin",
		{ { "config.show", "\"result\":{\"a.b\":{\"value\":5,\"origin\":\"x.json\"}}", NULL } }, 0,
		"config.show {}\n", "PATH  VALUE  ORIGIN\na.b   5      x.json\n" },
	{ "config|show|nobody", { { "config.show", "\"result\":{}", NULL } }, 0, "config.show {\"path\":\"nobody\"}\n",
		"none\n" },
	{ "config|check",
		{ { "config.check",
			"\"result\":{\"ok\":false,\"faults\":[{\"file\":\"x.json\",\"line\":3,\"column\":7,\"path\":\"a.b\","
			"\"message\":\"must be a number\"}]}",
			NULL } },
		1, "config.check {}\n", "x.json:3:7: a.b: must be a number\n" },
	{ "config|reload",
		{ { "config.reload",
			"\"result\":{\"ok\":true,\"changed\":2,\"hidden\":[{\"path\":\"a\",\"origin\":\"x.json\",\"by\":\"run "
			"time\",\"hint\":\"unset it\"}]}",
			NULL } },
		0, "config.reload {}\n", "hidden: a of x.json by run time: unset it\nno faults, 2 changed\n" },
	{ "events|a.*",
		{ { "event.watch", "\"result\":{\"watch\":1}",
			"{\"jsonrpc\":\"2.0\",\"method\":\"event\",\"params\":{\"type\":\"a.b\",\"data\":{\"x\":1},\"source\":\"me\",\"time_ms\":0}}" } },
		0, "event.watch {\"pattern\":\"a.*\"}\n", ":00.000 a.b me {\"x\":1}\n" },
	{ "metrics|calls*",
		{ { "metrics.list",
			"\"result\":[{\"name\":\"calls\",\"samples\":[{\"labels\":{\"a\":\"b\",\"code\":\"ok\"},\"value\":7}]},"
			"{\"name\":\"calls_seconds\",\"unit\":\"seconds\",\"samples\":[{\"labels\":{},\"count\":4,\"sum\":0.002}]},"
			"{\"name\":\"calls_sizes\",\"samples\":[{\"labels\":{},\"count\":2,\"sum\":5}]}]",
			NULL } },
		0, "metrics.list {\"pattern\":\"calls*\"}\n",
		"METRIC         VALUE             OF\n"
		"calls          7                 a=b code=ok\n"
		"calls_seconds  4, mean 500.0 \xc2\xb5s  \n"
		"calls_sizes    2, mean 2.5       \n" },
	{ "metrics|x", { { "metrics.list", "\"result\":[]", NULL } }, 0, "metrics.list {\"pattern\":\"x\"}\n",
		"none\n" },
	{ "hello|--help",
		{ { "runnable.list",
			"\"result\":[{\"address\":\"greeter.greet\",\"cli\":\"hello\",\"runnable\":\"greet\",\"about\":"
			"\"Greets\"},{\"address\":\"a.b\",\"runnable\":\"b\"}]",
			NULL } },
		0, "runnable.list -\n",
		"USAGE                                    ABOUT\nsignalctl hello greet [--NAME VALUE]...  Greets\n" },
	{ "hello|--help|--json",
		{ { "runnable.list", "\"result\":[{\"cli\":\"hello\",\"runnable\":\"greet\"}]", NULL } }, 0,
		"runnable.list -\n", "\"usage\": \"signalctl hello greet [--NAME VALUE]...\"" },
	{ "publish|a.b|[1]", { { "event.publish", "\"result\":{\"published\":true}", NULL } }, 0,
		"event.publish {\"type\":\"a.b\",\"data\":[1]}\n", "published: true\n" },
	{ "deadletters", { LETTERS }, 0, "deadletter.list {}\n",
		"  handler_error  clerk.take  orders.paid  the till is shut\n" },
	{ "deadletters|list", { LETTERS }, 0, "deadletter.list {}\n",
		"ID  TIME                 REASON         TARGET      TYPE         ERROR\n7   2023-11-1" },
	{ "deadletters|--json", { LETTERS }, 0, "deadletter.list {}\n", "\"data\": {\n      \"number\": 7\n" },
	{ "deadletters", { { "deadletter.list", "\"result\":[]", NULL } }, 0, "deadletter.list {}\n", "none\n" },
	{ "deadletters|replay|7", { { "deadletter.replay", "\"result\":{\"replayed\":7}", NULL } }, 0,
		"deadletter.replay {\"id\":7}\n", "replayed: 7\n" },
	{ "deadletters|purge", { { "deadletter.purge", "\"result\":{\"purged\":3}", NULL } }, 0,
		"deadletter.purge {}\n", "purged: 3\n" },
	{ "component|add|mailer|eu|region=EU|port=25|--json",
		{ { "component.instantiate", "\"result\":{\"name\":\"eu\",\"state\":\"discovered\"}", NULL },
			{ "component.show", "\"result\":{\"name\":\"eu\",\"state\":\"waiting\"}", NULL } },
		0,
		"component.instantiate {\"component\":\"mailer\",\"name\":\"eu\",\"properties\":{\"region\":\"EU\","
		"\"port\":25}}\n"
		"component.show {\"name\":\"eu\"}\n",
		"\"state\": \"waiting\"" },
	{ "component|set|eu|note=a=b|region=null",
		{ { "component.set", "\"result\":{\"name\":\"eu\",\"state\":\"active\"}", NULL },
			{ "component.show", "\"result\":{\"name\":\"eu\",\"state\":\"active\"}", NULL } },
		0,
		"component.set {\"name\":\"eu\",\"properties\":{\"note\":\"a=b\",\"region\":null}}\n"
		"component.show {\"name\":\"eu\"}\n",
		"eu: active\n" },
	{ "component|remove|eu", { { "component.remove", "\"result\":{\"name\":\"eu\",\"state\":\"removed\"}", NULL } },
		0, "component.remove {\"name\":\"eu\"}\n", "eu: removed\n" },
	{ "component|add|--help", { { NULL, NULL, NULL } }, 0, "", "component add COMPONENT NAME [KEY=VALUE]...\n" },
	{ "component|set|eu|--help", { { NULL, NULL, NULL } }, 0, "", "component set NAME KEY=VALUE...\n" },
	{ "graph|--dot",
		{ { "graph.show",
			"\"result\":{\"nodes\":[{\"id\":1,\"kind\":\"signal\",\"name\":\"n\\\"\",\"owner\":\"o\",\"stale\":true}],\"edges\":"
			"[[1,1]]}",
			NULL } },
		0, "graph.show -\n",
		"\tsubgraph cluster_0 {\n\tlabel=\"o\";\n\tn1 [shape=ellipse, style=dashed, label=\"n\\\"\"];\n\t}\n\tn1 -> "
		"n1;\n" },
	{ "graph", { { "graph.show", "\"result\":{\"nodes\":[{\"id\":1,\"kind\":\"effect\",\"runs\":4}]}", NULL } }, 0,
		"graph.show -\n", "1   effect  effect  4                     \n1 nodes, 0 edges\n" },
	{ "graph|show",
		{ { "graph.show",
			"\"result\":{\"nodes\":[{\"id\":1,\"kind\":\"effect\",\"name\":\"n\",\"owner\":\"o\",\"runs\":4,"
			"\"last_run_ms\":1700000000123,\"last_duration_ns\":3210,\"failed\":true}]}",
			NULL } },
		0, "graph.show -\n", "  3.2 \xc2\xb5s  failed" },
	{ "graph|why|o.n",
		{ { "graph.why",
			"\"result\":{\"effect\":\"o.n\",\"runs\":2,\"reason\":\"\",\"chain\":[{\"kind\":\"write\",\"owner\":\"o\","
			"\"node\":\"s\",\"by\":\"a.b (call)\"},{\"kind\":\"effect\",\"owner\":\"o\",\"node\":\"n\","
			"\"duration_ns\":850}]}",
			NULL } },
		0, "graph.why {\"effect\":\"o.n\"}\n",
		"o.n ran 2 times\n             write o.s by a.b (call)\n               effect o.n, 850 ns\n" },
	{ "graph|why|o.n",
		{ { "graph.why",
			"\"result\":{\"effect\":\"o.n\",\"runs\":2,\"reason\":\"\",\"chain\":[{\"kind\":\"write\",\"owner\":\"o\","
			"\"node\":\"s\"}]}",
			NULL } },
		0, "graph.why {\"effect\":\"o.n\"}\n", "see signalctl trace start\n" },
	{ "graph|why|o.n",
		{ { "graph.why",
			"\"result\":{\"effect\":\"o.n\",\"runs\":1,\"failed\":true,\"reason\":\"it ran for the first time\","
			"\"chain\":[]}",
			NULL } },
		0, "graph.why {\"effect\":\"o.n\"}\n",
		"o.n ran once, and failed last; last: it ran for the first time\n" },
	{ "trace", { { "graph.trace", "\"result\":{\"on\":false,\"missed\":0,\"records\":[]}", NULL } }, 0,
		"graph.trace -\n", "no trace is kept: signalctl trace start" },
	{ "trace|show", { { "graph.trace", "\"result\":{\"on\":true,\"missed\":0,\"records\":[]}", NULL } }, 0,
		"graph.trace -\n", "nothing has happened" },
	{ "trace", { { "graph.trace", "\"result\":{\"on\":true,\"missed\":3,\"records\":[" RECORDS "]}", NULL } }, 0,
		"graph.trace -\n",
		"3 earlier records are not kept any more\n             write o.s by b.c (call)\n"
		"               computed o.c equal, 1.0 \xc2\xb5s\n               effect o.e done, 2.5 ms\n"
		"             write t\n" },
	{ "trace|--json", { { "graph.trace", "\"result\":{\"on\":true,\"records\":[]}", NULL } }, 0, "graph.trace -\n",
		"\"records\": []" },
	{ "trace|start", { { "graph.start_trace", "\"result\":{\"kept\":true}", NULL } }, 0, "graph.start_trace {}\n",
		"kept: true\n" },
	{ "trace|stop", { { "graph.stop_trace", "\"result\":{\"kept\":false}", NULL } }, 0, "graph.stop_trace {}\n",
		"kept: false\n" },
};

START_TEST(a_command_asks_and_shows)
{
	ctl_run(commands[_i].words, commands[_i].replies);
	ck_assert_str_eq(ctl.err, "");
	ck_assert_int_eq(ctl.code, commands[_i].code);
	ck_assert_str_eq(ctl.asked, commands[_i].asked);
	ck_assert_msg(strstr(ctl.out, commands[_i].out) != NULL, "%s", ctl.out);
}
END_TEST

START_TEST(a_trace_is_followed_to_its_end)
{
	static const struct reply replies[] = { FOLLOWED, { NULL, NULL, NULL } };

	ctl_run("trace|--follow", replies);
	ck_assert_int_eq(ctl.code, 3);
	ck_assert_ptr_nonnull(strstr(ctl.err, "signalpyd ended the connection"));
	ck_assert_ptr_nonnull(strstr(ctl.out, "effect o.e done, 2.5 ms\n"));
	ctl_run("trace|-f|--json", replies);
	ck_assert_ptr_nonnull(strstr(ctl.out, "\"duration_ns\":1000}\n{\"number\":8,\"cause\":5,\"kind\":\"effect\""));
}
END_TEST

/* ---- calls ------------------------------------------------------------------------------------------------------- */

#define SHOWN(destructive) \
	{ \
		"runnable.show", \
			"\"result\":{\"address\":\"greeter.greet\",\"about\":\"Greets\",\"destructive\":" destructive \
			",\"params\":{\"type\":" \
			"\"object\",\"properties\":{\"name\":{\"type\":\"string\",\"default\":\"world\"},\"timeout\":{\"type\":\"integer\"}}}}", \
			NULL \
	}
#define CALLED \
	{ \
		"runnable.call", "\"result\":{\"data\":{\"message\":\"Hello, Ada!\"}}", NULL \
	}

static const struct reply greeter[] = { SHOWN("false"), CALLED, { NULL, NULL, NULL } };
static const struct reply destructive[] = { SHOWN("true"), CALLED, { NULL, NULL, NULL } };
static const struct reply own_command[] = {
	{ "runnable.list", "\"result\":[{\"address\":\"greeter.greet\",\"cli\":\"hello\",\"runnable\":\"greet\"}]",
		NULL },
	SHOWN("false"), CALLED, { NULL, NULL, NULL }
};

static const struct {
	const char *words;
	const struct reply *replies;
	int code;
	const char *called, *out, *err;
} calls[] = {
	{ "call|greeter.greet|--name|Ada", greeter, 0, "{\"name\":\"Ada\"}", "message: Hello, Ada!\n", "" },
	{ "call|greeter.greet|--name=Ada|--json", greeter, 0, "{\"name\":\"Ada\"}", "\"ok\": true", "" },
	{ "call|greeter.greet|--params|{\"name\":\"Bob\"}", greeter, 0, "{\"name\":\"Bob\"}", "Hello", "" },
	{ "call|greeter.greet|--params|{\"name\":\"Bob\"}|--name|Ada", greeter, 0, "{\"name\":\"Ada\"}", "Hello", "" },
	{ "call|greeter.greet|--params|-", greeter, 0, "{\"name\":\"Eve\"}", "Hello", "" },
	{ "call|greeter.greet|--timeout|5", greeter, 0, "{\"timeout\":5}", "Hello", "" },
	{ "call|--timeout|5|greeter.greet", greeter, 0, "\"timeout_ms\":5", "Hello", "" },
	{ "call|--timeout|0|greeter.greet", greeter, 2, "", "", "no number of milliseconds" },
	{ "call|greeter.greet|--target|eu", greeter, 0, "\"target\":\"eu\"", "Hello", "" },
	{ "call|--target=eu|greeter.greet", greeter, 0, "{\"address\":\"greeter.greet\",\"target\":\"eu\"}", "Hello",
		"" },
	{ "call|greeter.greet|--help", greeter, 0, "", "--name TEXT", "" },
	{ "call|greeter.greet|--nmae|Ada", greeter, 2, "", "", "greeter.greet has no parameter --nmae" },
	{ "call|greeter.greet|Ada", greeter, 2, "", "", "greeter.greet has no parameter Ada" },
	{ "call|greeter.greet|--name", greeter, 2, "", "", "--name needs a value" },
	{ "call|greeter.greet|--timeout|x", greeter, 6, "", "", "not a whole number" },
	{ "call|greeter.greet|--params|[1]", greeter, 2, "", "", "--params is no JSON object" },
	{ "call|greeter.greet|--params|{", greeter, 2, "", "", "--params is not JSON" },
	{ "call|greeter.greet", destructive, 2, "", "", "add --yes" },
	{ "call|greeter.greet|-y", destructive, 0, "{}", "Hello", "" },
	{ "call|--yes|greeter.greet", destructive, 0, "{}", "Hello", "" },
	{ "call|greeter.greet|--help", destructive, 0, "", "asks first", "" },
	{ "call|greeter.greet|--help|--json", greeter, 0, "", "\"about\": \"Greets\"", "" },
	{ "hello|greet|--help", own_command, 0, "", "usage: signalctl hello greet [--NAME VALUE]", "" },
	{ "hello", own_command, 2, "", "", "hello what? See signalctl hello --help" },
	{ "hallo|--help", own_command, 2, "", "", "there is no command hallo" },
	{ "hello|greet|--name|Ada", own_command, 0, "{\"name\":\"Ada\"}", "Hello", "" },
	{ "hello|wave", own_command, 2, "", "", "no component has it either" },
	{ "publish|a.b|{", own_command, 2, "", "", "JSON is not valid: " },
	{ "config|set|a.b|\xff", own_command, 2, "", "", "argument 4 is not text in UTF-8" },
	{ "component|set|eu", own_command, 2, "", "", "KEY=VALUE is missing" },
	{ "component|set|eu|region", own_command, 2, "", "", "region is no property: write KEY=VALUE" },
	{ "component|set|eu|=EU", own_command, 2, "", "", "=EU is no property" },
	{ "component|add|mailer|eu|--region", own_command, 2, "", "", "there is no option --region here" },
};

START_TEST(a_call_takes_flags)
{
	ctl_serve(calls[_i].replies);
	ctl_run_with_input(calls[_i].words, "{\"name\":\"Eve\"}");
	ctl_stop();
	ck_assert_msg(ctl.code == calls[_i].code, "%d: %s", ctl.code, ctl.err);
	ck_assert_msg(strstr(ctl.asked, calls[_i].called) != NULL, "%s", ctl.asked);
	ck_assert_int_eq(strstr(ctl.asked, "runnable.call") != NULL, *calls[_i].called != '\0');
	ck_assert_msg(strstr(ctl.out, calls[_i].out) != NULL, "%s", ctl.out);
	ck_assert_msg(strstr(ctl.err, calls[_i].err) != NULL, "%s", ctl.err);
}
END_TEST

START_TEST(faults_of_parameters_are_listed)
{
	static const struct reply refusing[] = { SHOWN("false"),
		{ "runnable.call",
			"\"error\":{\"code\":-32602,\"message\":\"1 fault\",\"data\":{\"code\":\"invalid_params\",\"details\":[{"
			"\"pointer\":\"/name\",\"rule\":\"required\",\"message\":\"is missing\"}]}}",
			NULL },
		{ NULL, NULL, NULL } };

	ctl_run("call|greeter.greet", refusing);
	ck_assert_int_eq(ctl.code, 6);
	ck_assert_str_eq(ctl.err, "signalctl: 1 fault\n  /name: is missing\n");
	ck_assert_str_eq(ctl.out, "");
}
END_TEST

START_TEST(what_the_message_says_already_is_not_repeated)
{
	static const struct reply refusing[] = {
		{ "kernel.drain",
			"\"error\":{\"code\":-32602,\"message\":\"kernel.drain: /x: is unknown\",\"data\":{\"code\":"
			"\"invalid_params\",\"details\":[{\"pointer\":\"/x\",\"rule\":\"known\",\"message\":"
			"\"is unknown\"}]}}",
			NULL },
		{ NULL, NULL, NULL }
	};

	ctl_run("drain", refusing);
	ck_assert_str_eq(ctl.err, "signalctl: kernel.drain: /x: is unknown\n");
}
END_TEST

/* A message has an end, which may come inside a character. */
START_TEST(a_message_that_was_cut_off_is_a_document_all_the_same)
{
	static const struct reply none[] = { { NULL, NULL, NULL } };
	char words[1200] = "--json|";
	json_t *document;

	for (size_t at = strlen(words); at + 3 < sizeof words; at += 2)
		memcpy(words + at, "\xc3\xa9", 3);
	ctl_run(words, none);
	ck_assert_int_eq(ctl.code, 2);
	document = json_loads(ctl.out, 0, NULL);
	ck_assert_ptr_nonnull(strstr(json_string_value(json_object_get(json_object_get(document, "error"), "message")),
		"there is no command \xc3\xa9"));
	json_decref(document);
}
END_TEST

/* ---- status ------------------------------------------------------------------------------------------------------ */

START_TEST(the_status_page_shows_first_what_needs_attention)
{
	static const struct reply status[] = {
		{ "kernel.status",
			"\"result\":{\"state\":\"degraded\",\"version\":\"0.1.0\",\"pid\":7,\"reasons\":[\"b is errored\"],\"bound\":{\"http\":"
			"[\"127.0.0.1:8080\"],\"control\":\"/run/x\"},\"components\":[{\"name\":\"a\",\"component\":\"a\",\"state\":\"active\","
			"\"version\":\"1.0\",\"age_ms\":61000,\"in_flight\":3,\"provides\":[{\"contract\":\"IA/1\",\"ranking\":5}]},"
			"{\"name\":\"b\",\"component\":\"c\",\"state\":\"waiting\",\"reason\":\"for IB/1\",\"parent\":\"a\",\"restarts\":2}],"
			"\"configuration_faults\":[{\"file\":\"x.json\",\"line\":3,\"column\":7,\"path\":\"a.b\",\"message\":\"bad\"}],"
			"\"plugins_refused\":[{\"name\":\"\",\"path\":\"/y.so\",\"error\":\"truncated\"}]}",
			NULL },
		{ NULL, NULL, NULL },
	};

	ctl_run("status", status);
	ck_assert_str_eq(ctl.out,
		"signalpyd 0.1.0 is degraded (process 7)\n"
		"  b is errored\n"
		"  http: 127.0.0.1:8080\n"
		"  control: /run/x\n"
		"\n"
		"NEEDS ATTENTION  STATE    WHY\n"
		"b                waiting  for IB/1\n"
		"plugin           refused  /y.so: truncated\n"
		"configuration    refused  x.json:3:7: a.b: bad\n"
		"\n"
		"COMPONENT  STATE    VERSION  RANK  AGE  IN FLIGHT  PROVIDES  RESTARTS  OF\n"
		"a          active   1.0      5     1m   3          IA/1                \n"
		"  b        waiting                                           2         c\n");
	ck_assert_int_eq(ctl.code, 0);
}
END_TEST

START_TEST(a_status_with_nothing_in_it_is_shown_too)
{
	static const struct reply status[] = { { "kernel.status", "\"result\":{}", NULL }, { NULL, NULL, NULL } };

	ctl_run("status", status);
	ck_assert_int_eq(ctl.code, 0);
	ck_assert_ptr_nonnull(strstr(ctl.out, "no components"));
}
END_TEST

int main(void)
{
	const struct test_case cases[] = {
		TEST(words_are_understood_or_refused, .times = sizeof usages / sizeof usages[0]),
		TEST(a_failure_has_its_exit_code, .times = sizeof failures / sizeof failures[0]),
		TEST(a_daemon_that_hangs_up_cannot_be_reached),
		TEST(a_command_asks_and_shows, .times = sizeof commands / sizeof commands[0]),
		TEST(a_trace_is_followed_to_its_end), TEST(a_call_takes_flags, .times = sizeof calls / sizeof calls[0]),
		TEST(faults_of_parameters_are_listed), TEST(what_the_message_says_already_is_not_repeated),
		TEST(a_message_that_was_cut_off_is_a_document_all_the_same),
		TEST(the_status_page_shows_first_what_needs_attention), TEST(a_status_with_nothing_in_it_is_shown_too)
	};

	return run_suite(&SUITE(cases, "signalctl", .set_up = ctl_open, .tear_down = ctl_close));
}
