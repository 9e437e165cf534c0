/* check_configuration_reload.c: a reload is committed whole or not at all (R-CF-3). */
#include "configuration_setting.h"
#include "runner.h"

static const char broken[] = "{\n\t\"components\": {\"greeter\": {\n\t\t\"greeting\": 42\n\t}}\n}\n";

static json_t *report;

static sp_status reload(void)
{
	json_decref(report);
	report = NULL;
	return configuration_reload(configuration, &report);
}

static void tear_down_all(void)
{
	json_decref(report);
	report = NULL;
	tear_down();
}

START_TEST(a_change_is_reported)
{
	begin();
	temporary_write(&directory, "main.json",
		"{\"components\": {\"greeter\": {\"greeting\": \"Hi\"}}, \"log\": {\"level\": \"debug\"}}");
	ck_assert_int_eq(reload(), SP_OK);
	ck_assert(json_is_true(json_object_get(report, "ok")));
	ck_assert_int_eq(json_integer_value(json_object_get(report, "changed")), 2);
	ck_assert_uint_eq(json_array_size(json_object_get(report, "faults")), 0);
	ck_assert_str_eq(logged(), "info: configuration read again: 2 keys changed\n");
	ck_assert_str_eq(greeting(), "Hi");
	ck_assert_uint_eq(kernel.committed, 2);
	ck_assert_uint_eq(times_changed, 1);
}
END_TEST

START_TEST(a_change_of_nothing_commits_nothing)
{
	begin();
	temporary_write(&directory, "main.json", "{ \"components\": { \"greeter\": { \"greeting\": \"Hello\" } } }");
	ck_assert_int_eq(reload(), SP_OK);
	ck_assert_int_eq(json_integer_value(json_object_get(report, "changed")), 0);
	ck_assert_uint_eq(kernel.committed, 1);
	ck_assert_uint_eq(times_changed, 0);
	ck_assert_str_eq(logged(), "info: configuration read again: nothing changed\n");
}
END_TEST

START_TEST(a_fault_of_a_component_changes_nothing)
{
	json_t *faults;

	begin();
	temporary_write(&directory, "main.json", broken);
	ck_assert_int_eq(reload(), SP_INVALID);
	ck_assert_uint_eq(kernel.committed, 1);
	ck_assert_str_eq(greeting(), "Hello");
	ck_assert(json_is_false(json_object_get(report, "ok")));
	faults = configuration_faults_new(configuration);
	ck_assert(json_equal(faults, json_object_get(report, "faults")));
	ck_assert_uint_eq(json_array_size(faults), 1);
	ck_assert_int_eq(json_integer_value(json_object_get(json_array_get(faults, 0), "line")), 3);
	ck_assert_int_eq(json_integer_value(json_object_get(json_array_get(faults, 0), "column")), 15);
	ck_assert_str_eq(json_string_value(json_object_get(json_array_get(faults, 0), "file")),
		temporary_path(&directory, "main.json"));
	json_decref(faults);
	ck_assert_ptr_nonnull(strstr(logged(), "main.json:3:15: components.greeter.greeting: must be a text\n"));
}
END_TEST

START_TEST(the_same_fault_is_logged_once)
{
	begin();
	temporary_write(&directory, "main.json", broken);
	ck_assert_int_eq(reload(), SP_INVALID);
	ck_assert_str_ne(logged(), "");
	ck_assert_int_eq(reload(), SP_INVALID);
	ck_assert_str_eq(logged(), "");
}
END_TEST

START_TEST(what_was_mended_is_taken)
{
	json_t *faults;

	begin();
	temporary_write(&directory, "main.json", "{");
	ck_assert_int_eq(reload(), SP_INVALID);
	temporary_write(&directory, "main.json", "{\"components\": {\"greeter\": {\"greeting\": \"Hello\"}}}");
	ck_assert_int_eq(reload(), SP_OK);
	faults = configuration_faults_new(configuration);
	ck_assert_uint_eq(json_array_size(faults), 0);
	json_decref(faults);
}
END_TEST

START_TEST(the_faults_of_all_own_keys_are_told)
{
	begin();
	temporary_write(&directory, "main.json", "{\"log\": {\"level\": 1}, \"lgo\": {}}");
	temporary_write(&directory, "conf.d/a.json", "{\"loop\": {\"warn_ms\": \"x\"}}");
	ck_assert_int_eq(reload(), SP_INVALID);
	ck_assert_uint_eq(json_array_size(json_object_get(report, "faults")), 3);
	ck_assert_ptr_nonnull(strstr(logged(), "conf.d/a.json:1:22: loop.warn_ms: must be an integer"));
}
END_TEST

START_TEST(a_check_changes_nothing)
{
	json_t *faults;

	begin();
	temporary_write(&directory, "main.json", broken);
	ck_assert_int_eq(configuration_check(configuration, &report), SP_OK);
	ck_assert(json_is_false(json_object_get(report, "ok")));
	ck_assert_uint_eq(json_array_size(json_object_get(report, "faults")), 1);
	faults = configuration_faults_new(configuration);
	ck_assert_uint_eq(json_array_size(faults), 0);
	json_decref(faults);
	temporary_write(&directory, "main.json", "{\"components\": {\"greeter\": {\"greeting\": \"Hi\"}}}");
	json_decref(report);
	ck_assert_int_eq(configuration_check(configuration, &report), SP_OK);
	ck_assert_int_eq(json_integer_value(json_object_get(report, "changed")), 1);
	ck_assert_str_eq(greeting(), "Hello");
	ck_assert_uint_eq(kernel.committed, 1);
	ck_assert_str_eq(logged(), "");
}
END_TEST

/* R-CF-1 */
START_TEST(an_edit_that_is_hidden_is_reported)
{
	json_t *hidden;

	begin();
	ck_assert_int_eq(configuration_set(configuration, "components.greeter.greeting", json_string("Ahoy"), NULL),
		SP_OK);
	logged();
	temporary_write(&directory, "main.json", "{\"components\": {\"greeter\": {\"greeting\": \"Hi\"}}}");
	ck_assert_int_eq(reload(), SP_OK);
	hidden = json_array_get(json_object_get(report, "hidden"), 0);
	ck_assert_str_eq(json_string_value(json_object_get(hidden, "hint")),
		"signalctl config unset components.greeter.greeting");
	ck_assert_str_eq(json_string_value(json_object_get(hidden, "by")), "run time");
	ck_assert_str_eq(greeting(), "Ahoy");
	ck_assert_ptr_nonnull(strstr(logged(), "has no effect, run time hides it"));
	ck_assert_int_eq(configuration_unset(configuration, "components.greeter.greeting", NULL), SP_OK);
	ck_assert_str_eq(greeting(), "Hi");
}
END_TEST

START_TEST(what_works_at_the_next_start_only_is_told)
{
	begin();
	temporary_write(&directory, "main.json", "{\"control\": {\"socket\": \"/x\"}}");
	ck_assert_int_eq(reload(), SP_OK);
	ck_assert_ptr_nonnull(strstr(logged(), "control.socket is read at the start only"));
}
END_TEST

/* R-CF-6 */
START_TEST(a_fault_of_a_secret_tells_no_value)
{
	begin();
	temporary_write(&directory, "main.json", "{\"components\": {\"greeter\": {\"api_token\": 4711}}}");
	ck_assert_int_eq(reload(), SP_INVALID);
	ck_assert_ptr_null(strstr(logged(), "4711"));
}
END_TEST

static void reload_inside(void *user SP_UNUSED)
{
	struct sp_error error;

	ck_assert_int_eq(configuration_reload(configuration, NULL), SP_CONFLICT);
	ck_assert_int_eq(configuration_check(configuration, NULL), SP_CONFLICT);
	ck_assert_int_eq(configuration_set(configuration, "log.level", json_string("debug"), &error), SP_CONFLICT);
	ck_assert_int_eq(configuration_unset(configuration, "log.level", &error), SP_CONFLICT);
}

START_TEST(no_change_begins_inside_another)
{
	begin();
	kernel.committing = reload_inside;
	temporary_write(&directory, "main.json", "{}");
	ck_assert_int_eq(reload(), SP_OK);
	ck_assert_uint_eq(kernel.committed, 2);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_change_is_reported), TEST(a_change_of_nothing_commits_nothing),
		TEST(a_fault_of_a_component_changes_nothing), TEST(the_same_fault_is_logged_once),
		TEST(what_was_mended_is_taken), TEST(the_faults_of_all_own_keys_are_told),
		TEST(a_check_changes_nothing), TEST(an_edit_that_is_hidden_is_reported),
		TEST(what_works_at_the_next_start_only_is_told), TEST(a_fault_of_a_secret_tells_no_value),
		TEST(no_change_begins_inside_another) };

	return run_suite(&SUITE(cases, "configuration_reload", .set_up = set_up, .tear_down = tear_down_all));
}
