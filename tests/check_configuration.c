/* check_configuration.c: the configuration as a whole, from the start to an edit that is live (R-CF-1 to 3). */
#include "configuration.h"

#include "configuration_setting.h"
#include "runner.h"

#include <unistd.h>

START_TEST(the_tree_is_committed_when_a_kernel_comes)
{
	begin();
	ck_assert_uint_eq(kernel.committed, 1);
	ck_assert_str_eq(greeting(), "Hello");
	ck_assert(json_equal(kernel.tree, configuration_tree(configuration)));
	ck_assert_str_eq(logged(), "");
}
END_TEST

START_TEST(values_can_be_asked_for)
{
	json_t *value;

	begin();
	ck_assert_str_eq(json_string_value(configuration_get(configuration, "log.level")), "info");
	ck_assert_ptr_null(configuration_get(configuration, "log.levle"));
	ck_assert_ptr_null(configuration_value_new(configuration, "log.levle", false));
	value = configuration_value_new(configuration, "components.greeter", false);
	ck_assert_str_eq(json_string_value(json_object_get(value, "greeting")), "Hello");
	json_decref(value);
}
END_TEST

static json_t *find_greeting(void *user)
{
	return *(const bool *)user ? json_pack("[s]", "components.greeter.greeting") : NULL;
}

/* R-CF-6 */
START_TEST(declared_secrets_are_hidden)
{
	bool known = true;
	json_t *value;

	begin();
	configuration_find_secrets(configuration, find_greeting, &known);
	value = configuration_show_new(configuration, false);
	ck_assert_str_eq(json_string_value(
				 json_object_get(json_object_get(value, "components.greeter.greeting"), "value")),
		"********");
	json_decref(value);
	known = false; /* memory runs out: nothing is shown rather than too much */
	ck_assert_ptr_null(configuration_show_new(configuration, false));
	ck_assert_ptr_null(configuration_value_new(configuration, "components.greeter.greeting", false));
	value = configuration_value_new(configuration, "components.greeter.greeting", true);
	ck_assert_str_eq(json_string_value(value), "Hello");
	json_decref(value);
}
END_TEST

static const struct {
	const char *content, *message;
	unsigned line, column;
} faulty[] = {
	{ "{\n\t\"log\": {\"level\": \"loud\"}\n}", ":2:19: log.level: must be one of debug, info, warning, error", 2,
		19 },
	{ "{\n", ":1:2: is not JSON: string or '}' expected; a brace, bracket or quote is not closed", 1, 2 },
	{ "{\"a\": 1, \"b\": 2}", " (and 1 more)", 1, 2 },
};

START_TEST(a_fault_prevents_the_start)
{
	struct sp_error error;

	temporary_write(&directory, "main.json", faulty[_i].content);
	ck_assert_ptr_null(create(&error));
	ck_assert_int_eq(error.code, SP_INVALID);
	ck_assert_ptr_nonnull(strstr(error.message, "main.json"));
	ck_assert_ptr_nonnull(strstr(error.message, faulty[_i].message));
	ck_assert_uint_eq(error.line, faulty[_i].line);
	ck_assert_uint_eq(error.column, faulty[_i].column);
}
END_TEST

START_TEST(every_fault_is_told_where_there_is_a_log)
{
	struct configuration_options options = { .file = temporary_path(&directory, "main.json"), .log = &daemon_log };
	struct sp_error error;
	const char *told;

	temporary_write(&directory, "main.json", "{\"a\": 1,\n\"log\": {\"level\": 7}}");
	ck_assert_ptr_null(configuration_create(&options, &error));
	ck_assert_str_eq(error.message, "the configuration has 2 faults");
	told = logged();
	ck_assert_ptr_nonnull(strstr(told, "main.json:1:2: a: is unknown"));
	ck_assert_ptr_nonnull(strstr(told, "main.json:2:18: log.level: must be "));
}
END_TEST

START_TEST(a_file_that_was_asked_for_must_be_there)
{
	struct sp_error error;

	ck_assert_int_eq(unlink(temporary_path(&directory, "main.json")), 0);
	ck_assert_ptr_null(create(&error));
	ck_assert_ptr_nonnull(strstr(error.message, "main.json: there is no such file"));
}
END_TEST

START_TEST(a_component_may_refuse_when_the_kernel_comes)
{
	struct sp_error error;

	temporary_write(&directory, "main.json", "{\"components\": {\"greeter\": {\"greeting\": 7}}}");
	configuration = create(&error);
	ck_assert_ptr_nonnull(configuration);
	ck_assert_int_eq(configuration_attach(configuration, &kernel, &daemon_log, &error), SP_INVALID);
	ck_assert_ptr_nonnull(strstr(error.message, "main.json:1:41: components.greeter.greeting: must be a text"));
	ck_assert_str_eq(error.pointer, "components.greeter.greeting");
	ck_assert_uint_eq(kernel.committed, 0);
}
END_TEST

START_TEST(relative_names_and_options_are_kept)
{
	const char *sets[] = { "log.level=debug", NULL };
	char *environment[] = { "SIGNALPY_CFG_log__format=json", NULL };
	struct configuration_options options = { .file = "main.json", .sets = sets, .environment = environment };

	ck_assert_int_eq(chdir(directory.path), 0);
	temporary_write(&directory, "conf.d/a.json", "{\"loop\":{\"warn_ms\":7}}");
	configuration = configuration_create(&options, NULL);
	ck_assert_ptr_nonnull(configuration);
	sets[0] = "log.level=error";
	environment[0] = "SIGNALPY_CFG_log__format=text";
	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_int_eq(configuration_reload(configuration, NULL), SP_OK);
	ck_assert_str_eq(json_string_value(configuration_get(configuration, "log.level")), "debug");
	ck_assert_str_eq(json_string_value(configuration_get(configuration, "log.format")), "json");
	ck_assert_int_eq(json_integer_value(configuration_get(configuration, "loop.warn_ms")), 7);
}
END_TEST

START_TEST(an_edit_is_live_within_200_ms)
{
	begin();
	temporary_write(&directory, "main.json", "{\"components\": {\"greeter\": {\"greeting\": \"Hi\"}}}");
	turn(&loop, 0);
	turn(&loop, 30);
	ck_assert_str_eq(greeting(), "Hi");
	ck_assert_uint_eq(kernel.committed, 2);
	ck_assert_uint_eq(times_changed, 1);
	ck_assert_str_eq(logged(), "info: configuration read again: 1 key changed\n");
}
END_TEST

START_TEST(values_that_cannot_be_read_do_not_prevent_the_start)
{
	temporary_mkdir(&directory, "state");
	temporary_write(&directory, "state/values.json", "{");
	begin();
	ck_assert_ptr_nonnull(strstr(logged(), "warning: configuration: values set at run time are ignored: "));
}
END_TEST

START_TEST(values_that_are_refused_do_not_prevent_the_start)
{
	temporary_mkdir(&directory, "state");
	temporary_write(&directory, "state/values.json", "{\"log\":{\"level\":\"loud\"}}");
	begin();
	ck_assert_str_eq(json_string_value(configuration_get(configuration, "log.level")), "info");
	ck_assert_ptr_nonnull(strstr(logged(), "ignored: run time: log.level: must be one of"));
	ck_assert_int_eq(access(temporary_path(&directory, "state/values.json.rejected"), F_OK), 0);
}
END_TEST

START_TEST(values_that_hide_the_files_are_told_at_the_start)
{
	temporary_mkdir(&directory, "state");
	temporary_write(&directory, "state/values.json", "{\"components\":{\"greeter\":{\"greeting\":\"Ahoy\"}}}");
	begin();
	ck_assert_str_eq(greeting(), "Ahoy");
	ck_assert_ptr_nonnull(strstr(logged(),
		"run time hides it; to let it through: signalctl config unset "
		"components.greeter.greeting\n"));
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(the_tree_is_committed_when_a_kernel_comes),
		TEST(values_can_be_asked_for), TEST(declared_secrets_are_hidden),
		TEST(a_fault_prevents_the_start, .times = sizeof(faulty) / sizeof(faulty[0])),
		TEST(every_fault_is_told_where_there_is_a_log), TEST(a_file_that_was_asked_for_must_be_there),
		TEST(a_component_may_refuse_when_the_kernel_comes), TEST(relative_names_and_options_are_kept),
		TEST(an_edit_is_live_within_200_ms), TEST(values_that_cannot_be_read_do_not_prevent_the_start),
		TEST(values_that_are_refused_do_not_prevent_the_start),
		TEST(values_that_hide_the_files_are_told_at_the_start) };

	return run_suite(&SUITE(cases, "configuration", .set_up = set_up, .tear_down = tear_down));
}
