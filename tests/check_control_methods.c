/* check_control_methods.c: each method, and what it asks of the daemon. links: daemon kernel */
#include "control_methods.h"
#include "control_methods_kit.h"
#include "runner.h"

/* ---- each method ------------------------------------------------------------------------------------------------- */

#define NO_INSTANCE_X \
	ERROR("-32000", "there is no instance x; 'signalctl component list' lists them", "\"code\":\"not_found\"")

static const struct {
	const char *method, *params, *answer, *asked;
} methods[] = {
	{ "kernel.health", NULL,
		RESULT("{\"healthy\":false,\"state\":\"degraded\",\"reasons\":[\"dictionary is errored\"],"
		       "\"longest_hold_us\":2}"),
		"" },
	{ "kernel.ready", NULL,
		RESULT("{\"ready\":false,\"state\":\"degraded\",\"reasons\":[\"dictionary is errored\"]}"), "" },
	{ "log.level", NULL, RESULT("{\"level\":\"debug\"}"), "" },
	{ "log.level", "{\"level\":\"warning\"}", RESULT("{\"level\":\"warning\"}"), "" },
	{ "log.tail", NULL, RESULT("{\"records\":[]}"), "" },
	{ "log.unwatch", "{\"watch\":3}", ERROR("-32000", "this connection has no watch 3", "\"code\":\"not_found\""),
		"" },
	{ "config.unwatch", "{\"watch\":3}",
		ERROR("-32000", "this connection has no watch 3", "\"code\":\"not_found\""), "" },
	{ "kernel.ready", "[]",
		RESULT("{\"ready\":false,\"state\":\"degraded\",\"reasons\":[\"dictionary is errored\"]}"), "" },
	{ "metrics.list", NULL,
		RESULT("[{\"name\":\"calls\",\"kind\":\"counter\",\"about\":\"Calls.\",\"samples\":["
		       "{\"labels\":{\"code\":\"ok\"},\"value\":7},{\"labels\":{},\"value\":0.5}]},"
		       "{\"name\":\"took_seconds\",\"kind\":\"histogram\",\"unit\":\"seconds\",\"about\":\"How "
		       "long.\",\"samples\":[{\"labels\":{},\"count\":3,\"sum\":4.5,\"buckets\":[{\"most\":0.5,"
		       "\"count\":1},{\"most\":null,\"count\":3}]}]}]"),
		"" },
	{ "metrics.list", "{\"pattern\":\"c*x\"}", RESULT("[]"), "" },
	{ "kernel.drain", "{}", RESULT("{\"state\":\"draining\"}"), "drain -" },
	{ "kernel.shutdown", NULL, RESULT("{\"state\":\"draining\"}"), "" },
	{ "kernel.reload", NULL,
		RESULT("{\"ok\":true,\"faults\":[{\"file\":\"main.json\",\"message\":\"a comma is missing\"}]}"),
		"reload -" },
	{ "graph.show", NULL, RESULT("{\"nodes\":[],\"edges\":[]}"), "" },
	{ "graph.why", "{\"effect\":\"greeter.announce\"}", RESULT("{\"effect\":\"greeter.announce\",\"chain\":[]}"),
		"" },
	{ "graph.why", "{\"effect\":\"a.b\"}", ERROR("-32000", "there is no effect a.b", "\"code\":\"not_found\""),
		"" },
	{ "graph.trace", NULL, RESULT("{\"on\":false,\"missed\":0,\"records\":[]}"), "" },
	{ "graph.stop_trace", NULL, RESULT("{\"kept\":false}"), "" },
	{ "graph.unwatch", "{\"watch\":3}", ERROR("-32000", "this connection has no watch 3", "\"code\":\"not_found\""),
		"" },
	{ "component.list", NULL, RESULT("[{\"name\":\"greeter\"}]"), "" },
	{ "component.show", "{\"name\":\"greeter\"}", RESULT("{\"name\":\"greeter\"}"), "" },
	{ "component.show", "{\"name\":\"x\"}", NO_INSTANCE_X, "" },
	{ "component.health", "{\"name\":\"greeter\"}", RESULT("{\"name\":\"greeter\"}"), "ask greeter" },
	{ "component.retry", "{\"name\":\"greeter\"}", RESULT("{\"name\":\"greeter\"}"), "retry greeter" },
	{ "component.instantiate", "{\"component\":\"mailer\",\"name\":\"filed\"}",
		ERROR("-32000", "there is an instance filed already; 'signalctl component set' changes its properties",
			"\"code\":\"conflict\""),
		"" },
	{ "component.instantiate", "{\"component\":\"mailer\",\"name\":\"new\",\"properties\":[1]}",
		ERROR("-32602", "properties are an object", "\"code\":\"invalid_params\""), "" },
	{ "component.remove", "{\"name\":\"x\"}", NO_INSTANCE_X, "" },
	{ "component.remove", "{\"name\":\"guest\"}", RESULT("{\"name\":\"guest\",\"state\":\"removed\"}"),
		"unset instances.guest" },
	{ "component.remove", "{\"name\":\"filed\"}", RESULT("{\"name\":\"filed\",\"state\":\"removed\"}"),
		"instances.filed false" },
	{ "component.remove", "{\"name\":\"mailer\"}", RESULT("{\"name\":\"mailer\",\"state\":\"removed\"}"),
		"instances.mailer false" },
	{ "component.remove", "{\"name\":\"child\"}",
		ERROR("-32000", "child was made by code, which alone can remove it", "\"code\":\"conflict\""), "" },
	{ "component.set", "{\"name\":\"mailer\",\"properties\":{\"region\":\"EU\"}}",
		RESULT("{\"name\":\"mailer\",\"component\":\"mailer\",\"origin\":\"default\"}"),
		"instances.mailer.properties {\"region\": \"EU\"}" },
	{ "component.set", "{\"name\":\"child\",\"properties\":{\"region\":\"EU\"}}",
		RESULT("{\"name\":\"child\",\"component\":\"mailer\",\"origin\":\"parent\"}"), "properties child" },
	{ "service.list", NULL, RESULT("[{\"contract\":\"IDictionary/1\"}]"), "" },
	{ "plugin.list", NULL,
		RESULT("[{\"name\":\"greeter\",\"state\":\"active\"},{\"path\":\"/x.so\",\"state\":\"refused\",\"error\":\"no\"}]"),
		"" },
	{ "plugin.inspect", "{\"name\":\"greeter\"}", RESULT("{\"name\":\"greeter\"}"), "" },
	{ "plugin.inspect", "{\"name\":\"x\"}", ERROR("-32000", "there is no plugin x", "\"code\":\"not_found\""), "" },
	{ "plugin.load", "{\"path\":\"x.so\"}",
		ERROR("-32602", "path: x.so is not a whole path: begin it with /", "\"code\":\"invalid_params\""), "" },
	{ "event.publish", "{\"type\":\"a.b\",\"data\":[1]}", RESULT("{\"published\":true}"), "publish a.b" },
	{ "event.unwatch", "{\"watch\":3}", ERROR("-32000", "this connection has no watch 3", "\"code\":\"not_found\""),
		"" },
	{ "deadletter.list", NULL, RESULT("[{\"id\":7,\"target\":\"clerk.take\"}]"), "" },
	{ "deadletter.replay", "{\"id\":7}", RESULT("{\"replayed\":7}"), "replay 7" },
	{ "deadletter.purge", NULL, RESULT("{\"purged\":3}"), "purge -" },
	{ "config.get", "{\"path\":\"a.token\"}", RESULT("{\"path\":\"a.token\",\"value\":\"(secret)\"}"), "" },
	{ "config.get", "{\"path\":\"a.token\",\"reveal\":true}",
		RESULT("{\"path\":\"a.token\",\"value\":\"hunter2\"}"), "" },
	{ "config.get", "{\"path\":\"a\"}", RESULT("{\"path\":\"a\",\"value\":{\"port\":1,\"token\":\"(secret)\"}}"),
		"" },
	{ "config.get", "{\"path\":\"b\"}", ERROR("-32000", "the configuration has no b", "\"code\":\"not_found\""),
		"" },
	{ "config.show", "{\"path\":\"ab\"}", RESULT("{\"ab\":{\"value\":\"x\",\"origin\":\"default\"}}"), "" },
	{ "config.set", "{\"path\":\"a.port\",\"value\":{\"x\":[2]}}", RESULT("{\"path\":\"a.port\"}"),
		"a.port {\"x\": [2]}" },
	{ "config.patch", "{\"path\":\"a\",\"values\":{\"port\":2,\"host\":null}}", RESULT("{\"path\":\"a\"}"),
		"a {\"port\": 2, \"host\": null}" },
	{ "config.patch", "{\"values\":[]}",
		ERROR("-32602", "values: an object with one value at least is needed", "\"code\":\"invalid_params\""),
		"" },
	{ "config.unset", "{\"path\":\"a.port\"}", RESULT("{\"path\":\"a.port\"}"), "unset a.port" },
	{ "config.check", NULL,
		RESULT("{\"ok\":true,\"faults\":[{\"file\":\"main.json\",\"message\":\"a comma is missing\"}]}"), "" },
	{ "config.reload", NULL,
		RESULT("{\"ok\":true,\"faults\":[{\"file\":\"main.json\",\"message\":\"a comma is missing\"}]}"),
		"reload -" },
	{ "runnable.show", "{\"address\":\"x.y\"}",
		ERROR("-32000", "there is no runnable x.y; 'signalctl runnable list' lists them",
			"\"code\":\"not_found\""),
		"" },
};

START_TEST(a_method_asks_the_daemon)
{
	ck_assert_str_eq(ask(methods[_i].method, methods[_i].params), methods[_i].answer);
	ck_assert_str_eq(kit.asked, methods[_i].asked);
	ck_assert_int_eq(kit.shut_down, strcmp(methods[_i].method, "kernel.shutdown") == 0);
	ck_assert_uint_eq(kit.rescans, strcmp(methods[_i].method, "kernel.reload") == 0);
}
END_TEST

/* R-SUP-5: a check that takes time is waited for, and its end finds a client that has gone. */
START_TEST(health_may_be_told_later)
{
	const struct sp_error error = { 0 };

	kit.later = true;
	ck_assert_str_eq(ask("component.health", "{\"name\":\"greeter\"}"), "");
	kit.health_told(kit.health_user, "greeter", SP_OK, &error);
	kit_expect(client, RESULT("{\"name\":\"greeter\"}"));
	ck_assert_str_eq(ask("component.health", "{\"name\":\"greeter\"}"), "");
	kit_hang_up(client);
	kit.health_told(kit.health_user, "greeter", SP_OK, &error);
}
END_TEST

START_TEST(status_is_the_kernels_and_the_daemons)
{
	const char *answer = ask("kernel.status", NULL);

	ck_assert_ptr_nonnull(strstr(answer, "\"state\":\"degraded\""));
	ck_assert_ptr_nonnull(strstr(answer, "\"version\":\""));
	ck_assert_ptr_nonnull(strstr(answer, "\"configuration_faults\":[{\"message\":\"a comma is missing\"}]"));
	ck_assert_ptr_nonnull(
		strstr(answer, "\"plugins_refused\":[{\"path\":\"/x.so\",\"state\":\"refused\",\"error\":\"no\"}]"));
	ck_assert_ptr_nonnull(strstr(answer, "\"bound\":{\"control\":\"/run/x\"}"));
}
END_TEST

static const struct {
	const char *method, *params, *answer;
} refusals[] = {
	{ "component.health", "{\"name\":\"greeter\"}", ERROR("-32000", "greeter feels ill", "\"code\":\"conflict\"") },
	{ "component.retry", "{\"name\":\"greeter\"}",
		ERROR("-32000", "greeter is not errored", "\"code\":\"conflict\"") },
	{ "event.publish", "{\"type\":\"a.b\"}",
		ERROR("-32000", "the event a.b was not published: conflict", "\"code\":\"conflict\"") },
	{ "deadletter.replay", "{\"id\":8}", ERROR("-32000", "clerk.take is not there", "\"code\":\"conflict\"") },
	{ "config.set", "{\"path\":\"a.port\",\"value\":1}",
		ERROR("-32000", "must be a number", "\"code\":\"conflict\",\"pointer\":\"/a/port\"") },
	{ "config.reload", NULL,
		ERROR("-32000", "nothing was changed: the configuration has 1 faults; the first: a comma is missing",
			"\"code\":\"failed\",\"details\":[{\"file\":\"main.json\",\"message\":\"a comma is missing\"}]") },
};

START_TEST(a_refusal_is_passed_on)
{
	kit.answer = SP_CONFLICT;
	ck_assert_str_eq(ask(refusals[_i].method, refusals[_i].params), refusals[_i].answer);
}
END_TEST

START_TEST(plugins_answer_later)
{
	ck_assert_str_eq(ask("plugin.load", "{\"path\":\"/tmp/x.so\"}"), "");
	ck_assert_str_eq(kit.asked, "load /tmp/x.so");
	kit_plugins_finish(SP_OK);
	kit_expect(client, RESULT("{\"name\":\"greeter\",\"state\":\"active\"}"));
	ck_assert_str_eq(ask("plugin.update", "{\"name\":\"greeter\"}"), "");
	ck_assert_str_eq(kit.asked, "update -");
	kit_plugins_finish(SP_FAILED);
	kit_expect(client, ERROR("-32000", "the file is truncated", "\"code\":\"failed\""));
	ck_assert_str_eq(ask("plugin.unload", "{\"name\":\"greeter\"}"), "");
	kit_plugins_finish(SP_INVALID);
	kit_expect(client, ERROR("-32602", "the file is truncated", "\"code\":\"invalid_params\""));
	ck_assert_str_eq(ask("plugin.retry", "{\"name\":\"greeter\"}"), "");
	ck_assert_str_eq(kit.asked, "retry greeter");
	kit_plugins_finish(SP_OK);
	kit_expect(client, RESULT("{\"name\":\"greeter\",\"state\":\"active\"}"));
}
END_TEST

/* ---- parameters -------------------------------------------------------------------------------------------------- */

START_TEST(every_fault_of_the_parameters_is_told)
{
	const char *answer = ask("plugin.load", "{\"file\":\"/x\"}");

	ck_assert_ptr_nonnull(strstr(answer, "\"code\":-32602"));
	ck_assert_ptr_nonnull(strstr(answer, "\"pointer\":\"/file\""));
	ck_assert_ptr_nonnull(strstr(answer, "\"pointer\":\"/path\""));
	ck_assert_ptr_nonnull(strstr(ask("kernel.drain", "{\"now\":true}"), "\"pointer\":\"/now\""));
	ck_assert_str_eq(kit.asked, "");
}
END_TEST

START_TEST(parameters_have_names)
{
	ck_assert_str_eq(ask("plugin.load", "[\"/x\"]"),
		ERROR("-32602", "plugin.load takes its parameters by name: \\\"params\\\" must be an object",
			"\"code\":\"invalid_params\""));
}
END_TEST

/* ---- calling ----------------------------------------------------------------------------------------------------- */

START_TEST(a_call_hands_the_text_of_its_parameters_on)
{
	ask("runnable.call", "{\"params\":{ \"name\" : \"Ada\" } ,\"address\":\"greeter.greet\",\"timeout_ms\":250}");
	ck_assert_str_eq(kit.calls[0].address, "greeter.greet");
	ck_assert_str_eq(kit.calls[0].params, "{ \"name\" : \"Ada\" }");
	ck_assert_int_eq(kit.calls[0].request.timeout_ms, 250);
	if (geteuid() == 0)
		ck_assert_str_eq(kit.calls[0].caller, "root privileged");
}
END_TEST

/* R-PR-4: roles come from the configuration, and change with it. */
START_TEST(a_caller_has_the_roles_of_the_configuration)
{
	char local[256];

	ask("runnable.call", "{\"address\":\"greeter.greet\"}");
	ck_assert_str_eq(kit.calls[0].roles, "");
	snprintf(local, sizeof local, "{\"users\":{\"%s\":[\"editor\"]}}",
		connection_peer(LIST_FIRST(&kit.control.connections))->name);
	kit.local = local;
	ask("runnable.call", "{\"address\":\"greeter.greet\"}");
	ck_assert_str_eq(kit.calls[1].roles, "");
	control_tell_configuration(&kit.control);
	ask("runnable.call", "{\"address\":\"greeter.greet\"}");
	ck_assert_str_eq(kit.calls[2].roles, "editor ");
	kit.local = NULL;
	control_tell_configuration(&kit.control);
	ask("runnable.call", "{\"address\":\"greeter.greet\"}");
	ck_assert_str_eq(kit.calls[3].roles, "");
}
END_TEST

/* R-RN-7 */
START_TEST(a_target_is_handed_on)
{
	ask("runnable.call", "{\"address\":\"greeter.greet\",\"target\":\"eu\",\"params\":{\"name\":\"Ada\"}}");
	ck_assert_str_eq(kit.calls[0].target, "eu");
	ck_assert_str_eq(kit.calls[0].params, "{\"name\":\"Ada\"}");
	ck_assert_ptr_nonnull(strstr(ask("runnable.show", "{\"address\":\"greeter.greet\",\"target\":\"eu\"}"),
		"\"instance\":\"greeter\""));
	ck_assert_ptr_nonnull(
		strstr(ask("runnable.show", "{\"address\":\"greeter.greet\",\"target\":\"us\"}"), "nobody has us"));
}
END_TEST

/* However it is written. */
START_TEST(a_call_may_be_written_oddly)
{
	ask("runnable.call",
		"{\"params\":{\"name\":\"Ada\"},\"\\u0061ddress\":\"gree\\u0074er.greet\",\"timeout_ms\":0}");
	ck_assert_str_eq(kit.calls[0].address, "greeter.greet");
	ask("runnable.call", "{\"address\":\"greeter.greet\",\"timeout_ms\":7}");
	ck_assert_str_eq(kit.calls[1].params, "");
	ck_assert_int_eq(kit.calls[1].request.timeout_ms, 7);
	ask("runnable.call",
		"{\"address\":\"a-very-long-address.012345678901234567890123456789012345678901234567890123456789"
		"012345678901234567890123456789012345678901234567890123456789\"}");
	ck_assert_str_eq(kit.calls[2].address, "a-very-long-address.0123456789012345678901234567890123456789012");
	ck_assert_uint_eq(kit.calls_made, 3);
}
END_TEST

static const struct {
	const char *params, *told;
} wrong_calls[] = {
	{ NULL, "/address" },
	{ "{}", "/address" },
	{ "{\"address\":5}", "/address" },
	{ "{\"address\":\"greeter.greet\",\"params\":null}", "the parameters of a runnable are an object" },
	{ "{\"address\":\"greeter.greet\",\"params\":[1]}", "the parameters of a runnable are an object" },
	{ "{\"address\":\"greeter.greet\",\"timeout_ms\":-1}", "/timeout_ms" },
	{ "{\"address\":\"greeter.greet\",\"timeout_ms\":1.5}", "/timeout_ms" },
	{ "{\"address\":\"greeter.greet\",\"timeout_ms\":99999999999999999999}", "cannot be read" },
	{ "{\"address\":\"greeter.greet\",\"progress\":1}", "/progress" },
	{ "{\"address\":\"greeter.greet\",\"target\":5}", "/target" },
	{ "{\"address\":\"greeter.greet\",\"parms\":{}}", "/parms" },
	{ "[\"greeter.greet\"]", "by name" },
};

START_TEST(a_wrong_call_is_refused)
{
	const char *answer = ask("runnable.call", wrong_calls[_i].params);

	ck_assert_ptr_nonnull(strstr(answer, "\"code\":-32602"));
	ck_assert_msg(strstr(answer, wrong_calls[_i].told) != NULL, "%s", answer);
	ck_assert_uint_eq(kit.calls_made, 0);
}
END_TEST

START_TEST(runnables_are_listed_and_shown)
{
	const char *answer = ask("runnable.list", NULL);

	ck_assert_ptr_nonnull(strstr(answer, "[{\"address\":\"greeter.greet\",\"instance\":\"greeter\""));
	ck_assert_ptr_nonnull(strstr(answer, "\"transports\":[\"rest\",\"cli\"],\"destructive\":true"));
	answer = ask("runnable.show", "{\"address\":\"greeter.greet\"}");
	ck_assert_ptr_nonnull(
		strstr(answer, "\"params\":{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\""));
	ck_assert_ptr_nonnull(
		strstr(answer, "\"result\":{\"type\":\"object\",\"properties\":{},\"additionalProperties\":false}"));
}
END_TEST

/* ---- who may ----------------------------------------------------------------------------------------------------- */

START_TEST(the_group_may_read_and_call)
{
	be_in_group();
	ck_assert_ptr_nonnull(strstr(ask("kernel.status", NULL), "\"result\""));
	ck_assert_ptr_nonnull(strstr(ask("runnable.call", "{\"address\":\"greeter.greet\"}"), "\"result\""));
	ck_assert_ptr_nonnull(strstr(ask("config.get", "{\"path\":\"a\"}"), "(secret)"));
	ck_assert_ptr_nonnull(strstr(ask("deadletter.list", NULL), "\"result\""));
	ck_assert_str_eq(ask("log.level", NULL), RESULT("{\"level\":\"debug\"}"));
	ck_assert_ptr_nonnull(strstr(ask("log.level", "{\"level\":\"error\"}"), "\"forbidden\""));
	ck_assert_str_eq(ask("log.level", NULL), RESULT("{\"level\":\"debug\"}"));
}
END_TEST

static const char *const for_owner[] = { "kernel.drain", "kernel.shutdown", "kernel.reload", "plugin.load",
	"plugin.unload", "plugin.update", "plugin.retry", "component.retry", "component.instantiate",
	"component.remove", "component.set", "event.publish", "config.set", "config.unset", "config.patch",
	"config.reload", "deadletter.replay", "deadletter.purge", "graph.start_trace", "graph.stop_trace" };

static bool is_listed(const char *name)
{
	for (size_t i = 0; i < sizeof for_owner / sizeof for_owner[0]; i++) {
		if (strcmp(for_owner[i], name) == 0)
			return true;
	}
	return false;
}

static bool is_where_it_belongs(void *user SP_UNUSED, const struct control_method *method)
{
	ck_assert_msg((method->level == PEER_MAY_ALL) == is_listed(method->name), "%s", method->name);
	return true;
}

/* Every method that is for the owner alone stands in the list above, and no other. */
START_TEST(who_may_what_is_decided)
{
	control_methods_each(is_where_it_belongs, NULL);
}
END_TEST

START_TEST(the_group_may_not_change_anything)
{
	be_in_group();
	ck_assert_ptr_nonnull(strstr(ask(for_owner[_i], "{}"), "\"forbidden\""));
	ck_assert_str_eq(kit.asked, "");
	ck_assert(!kit.shut_down);
	ck_assert_ptr_nonnull(strstr(kit.log, "was refused"));
}
END_TEST

/* R-CF-6 */
START_TEST(the_group_sees_no_secrets)
{
	be_in_group();
	ck_assert_ptr_nonnull(strstr(ask("config.get", "{\"path\":\"a.token\",\"reveal\":true}"), "\"forbidden\""));
	ck_assert_ptr_nonnull(strstr(ask("config.show", "{\"reveal\":true}"), "\"forbidden\""));
}
END_TEST

START_TEST(what_the_owner_changes_is_logged)
{
	ask("kernel.drain", NULL);
	ck_assert_ptr_nonnull(strstr(kit.log, "control: kernel.drain by "));
}
END_TEST

/* ---- rpc.discover ------------------------------------------------------------------------------------------------ */

/* What OpenRPC demands of a parameter, and of a result. */
static void expect_descriptor(const json_t *descriptor)
{
	const json_t *schema = json_object_get(descriptor, "schema");

	ck_assert_uint_gt(json_string_length(json_object_get(descriptor, "name")), 0);
	ck_assert(json_is_object(schema));
}

static void expect_method(const json_t *described, const struct control_method *method)
{
	const json_t *params = json_object_get(described, "params"), *param;
	const json_t *result = json_object_get(described, "result");
	bool was_optional = false;
	size_t i;

	ck_assert_str_eq(json_string_value(json_object_get(described, "name")), method->name);
	ck_assert_uint_gt(json_string_length(json_object_get(described, "summary")), 0);
	ck_assert_str_eq(json_string_value(json_object_get(described, "paramStructure")), "by-name");
	ck_assert_uint_eq(json_array_size(params) > 0, method->takes != NULL);
	json_array_foreach(params, i, param) {
		expect_descriptor(param);
		ck_assert(json_is_boolean(json_object_get(param, "required")));
		ck_assert_msg(json_string_length(json_object_get(json_object_get(param, "schema"), "description")) > 0,
			"%s: a parameter is not explained", method->name);
		ck_assert_msg(!was_optional || json_is_false(json_object_get(param, "required")),
			"%s: what must be there stands behind what need not", method->name);
		was_optional = json_is_false(json_object_get(param, "required"));
	}
	expect_descriptor(result);
	ck_assert_str_eq(json_string_value(json_object_get(json_object_get(result, "schema"), "type")), method->gives);
}

/* Finds a method in the list, which holds it once. */
static bool is_described(void *user, const struct control_method *method)
{
	const json_t *list = user, *described;
	unsigned count = 0;
	size_t i;

	json_array_foreach(list, i, described) {
		if (strcmp(json_string_value(json_object_get(described, "name")), method->name) != 0)
			continue;
		expect_method(described, method);
		count++;
	}
	ck_assert_msg(count == 1, "%s is described %u times", method->name, count);
	return true;
}

static bool count_method(void *user, const struct control_method *method)
{
	(void)method;
	++*(size_t *)user;
	return true;
}

START_TEST(every_method_is_described)
{
	json_t *answer = kit_ask_new(client, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"rpc.discover\"}");
	const json_t *document = json_object_get(answer, "result");
	json_t *list = json_object_get(document, "methods");
	size_t count = 0;

	ck_assert_str_eq(json_string_value(json_object_get(document, "openrpc")), "1.3.2");
	ck_assert_str_eq(json_string_value(json_object_get(json_object_get(document, "info"), "title")), "signalpyd");
	ck_assert(json_is_string(json_object_get(json_object_get(document, "info"), "version")));
	control_methods_each(count_method, &count);
	ck_assert_uint_ge(count, 50);
	ck_assert_uint_eq(json_array_size(list), count);
	control_methods_each(is_described, list);
	json_decref(answer);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_method_asks_the_daemon, .times = sizeof methods / sizeof methods[0]),
		TEST(status_is_the_kernels_and_the_daemons),
		TEST(a_refusal_is_passed_on, .times = sizeof refusals / sizeof refusals[0]), TEST(plugins_answer_later),
		TEST(every_fault_of_the_parameters_is_told), TEST(parameters_have_names),
		TEST(a_call_hands_the_text_of_its_parameters_on), TEST(a_caller_has_the_roles_of_the_configuration),
		TEST(a_target_is_handed_on), TEST(a_call_may_be_written_oddly),
		TEST(a_wrong_call_is_refused, .times = sizeof wrong_calls / sizeof wrong_calls[0]),
		TEST(runnables_are_listed_and_shown), TEST(the_group_may_read_and_call),
		TEST(the_group_may_not_change_anything, .times = sizeof for_owner / sizeof for_owner[0]),
		TEST(who_may_what_is_decided), TEST(the_group_sees_no_secrets), TEST(what_the_owner_changes_is_logged),
		TEST(health_may_be_told_later), TEST(every_method_is_described) };

	return run_suite(&SUITE(cases, "control_methods", .set_up = open_client, .tear_down = close_client));
}
