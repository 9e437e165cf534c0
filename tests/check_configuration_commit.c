/* links: daemon signalpy */
/* check_configuration_commit.c: the configuration in front of a real kernel with a real component (R-CF-3, R-CF-4). */
#include "configuration.h"

#include "runner.h"
#include "temporary_directory.h"

#include <check.h>
#include <signalpy/component.h>
#include <signalpy/testing.h>
#include <stdio.h>
#include <string.h>

SP_RECORD(greeter_settings, (string, greeting, .otherwise = "Hello", .min_length = 2), (integer, volume, .max = 11),
	(string, code, .secret = true, .min_length = 8));

SP_COMPONENT(greeter, (settings, greeter_settings, settings), (effect, listen));

SP_PLUGIN(greeter, "1.0.0", greeter);

static unsigned effects;

static sp_status greeter_listen(struct greeter *self)
{
	effects += sp_get(self->settings.greeting)[0] != '\0';
	return SP_OK;
}

static struct temporary_directory directory;
static sp_testing *testing;
static struct configuration *configuration;

/* Neither is reached here: there is no log, and nothing is watched. */
void log_write(struct log *log SP_UNUSED, enum sp_level level SP_UNUSED, const char *instance SP_UNUSED,
	const char *message SP_UNUSED)
{
}

const struct sp_loop_ops *sp_event_loop_ops(void)
{
	return NULL;
}

static void write_section(const char *section)
{
	char text[400];

	snprintf(text, sizeof(text), "{\n\t\"components\": {\n\t\t\"greeter\": %s\n\t}\n}\n", section);
	temporary_write(&directory, "main.json", text);
}

static void set_up(void)
{
	struct configuration_options options = { .file_required = true };

	effects = 0;
	temporary_directory_init(&directory);
	write_section("{\"greeting\": \"Hi\"}");
	options.file = temporary_path(&directory, "main.json");
	configuration = configuration_create(&options, NULL);
	ck_assert_ptr_nonnull(configuration);
	testing = sp_testing_create(NULL);
	ck_assert_ptr_nonnull(testing);
	ck_assert_int_eq(configuration_attach(configuration, sp_testing_kernel(testing), NULL, NULL), SP_OK);
	ck_assert_ptr_nonnull(sp_testing_add(testing, &signalpy_plugin, NULL));
	ck_assert_str_eq(sp_testing_state(testing, "greeter"), "active");
	ck_assert_uint_eq(effects, 1);
}

static void tear_down(void)
{
	configuration_destroy(configuration);
	sp_testing_destroy(testing);
	temporary_directory_finish(&directory);
}

START_TEST(an_edit_runs_what_read_it)
{
	write_section("{\"greeting\": \"Ahoy\"}");
	ck_assert_int_eq(configuration_reload(configuration, NULL), SP_OK);
	sp_testing_turn(testing);
	ck_assert_uint_eq(effects, 2);
	write_section("{\"greeting\": \"Ahoy\", \"volume\": 3}");
	ck_assert_int_eq(configuration_reload(configuration, NULL), SP_OK);
	sp_testing_turn(testing);
	ck_assert_uint_eq(effects, 2);
}
END_TEST

static const struct {
	const char *section, *path;
	int line, column;
} wrong[] = {
	{ "{\"greeting\": 42}", "components.greeter.greeting", 3, 27 },
	{ "{\"greeting\": \"x\"}", "components.greeter.greeting", 3, 27 },
	{ "{\"greting\": \"Hi\"}", "components.greeter.greting", 3, 15 },
	{ "{\n\"volume\": 12}", "components.greeter.volume", 4, 11 },
	{ "{\"code\": \"hunter2\"}", "components.greeter.code", 3, 23 },
};

START_TEST(a_fault_has_its_place)
{
	json_t *report, *fault;

	write_section(wrong[_i].section);
	ck_assert_int_eq(configuration_reload(configuration, &report), SP_INVALID);
	ck_assert_uint_eq(json_array_size(json_object_get(report, "faults")), 1);
	fault = json_array_get(json_object_get(report, "faults"), 0);
	ck_assert_str_eq(json_string_value(json_object_get(fault, "path")), wrong[_i].path);
	ck_assert_int_eq(json_integer_value(json_object_get(fault, "line")), wrong[_i].line);
	ck_assert_int_eq(json_integer_value(json_object_get(fault, "column")), wrong[_i].column);
	ck_assert_ptr_null(strstr(json_string_value(json_object_get(fault, "message")), "hunter2"));
	json_decref(report);
	sp_testing_turn(testing);
	ck_assert_uint_eq(effects, 1);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(an_edit_runs_what_read_it),
		TEST(a_fault_has_its_place, .times = sizeof(wrong) / sizeof(wrong[0])) };

	return run_suite(&SUITE(cases, "configuration_commit", .set_up = set_up, .tear_down = tear_down));
}
