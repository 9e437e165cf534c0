/* check_configuration_environment.c: SIGNALPY_CFG_a__b=VALUE (R-CM-12) and --set a.b=VALUE. */
#include "configuration_faults.h"
#include "configuration_layers.h"
#include "runner.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *faults;
static struct configuration_layers *layers;

static void set_up(void)
{
	json_t *known = json_loads("{\"components\":{\"spell-checker\":{\"max_words\":1},\"x-y-z\":{}},"
				   " \"free\":{\"a-b\":{\"c-d\":1},\"e_f\":1,\"e-f\":1}}",
		0, NULL);

	faults = json_array();
	layers = configuration_layers_create();
	ck_assert_int_eq(configuration_layers_add_tree(layers, CONFIGURATION_DEFAULT, known), SP_OK);
}

static void tear_down(void)
{
	json_decref(faults);
	configuration_layers_destroy(layers);
}

/* What a layer became, compact; "" when none was added. */
static const char *layer_text(void)
{
	static char text[1024];
	size_t size = layers->count == 1 ? 0 : json_dumpb(layers->layers[1].tree, text, sizeof(text) - 1, JSON_COMPACT);

	text[size] = '\0';
	return text;
}

static const struct {
	const char *variable, *tree;
} variables[] = {
	{ "log__level=debug", "{\"log\":{\"level\":\"debug\"}}" },
	{ "loop__warn_ms=50", "{\"loop\":{\"warn_ms\":50}}" },
	{ "a=", "{\"a\":\"\"}" },
	{ "a=true", "{\"a\":true}" },
	{ "a=null", "{\"a\":null}" },
	{ "a=[1,\"x\"]", "{\"a\":[1,\"x\"]}" },
	{ "a=[::1]:80", "{\"a\":\"[::1]:80\"}" },
	{ "a=\"7\"", "{\"a\":\"7\"}" },
	{ "a={\"b\":{\"c\":1}}", "{\"a\":{\"b\":{\"c\":1}}}" },
	{ "a=b=c", "{\"a\":\"b=c\"}" },
	{ "components__spell_checker__max_words=9", "{\"components\":{\"spell-checker\":{\"max_words\":9}}}" },
	{ "components__x_y_z__k_l=9", "{\"components\":{\"x-y-z\":{\"k_l\":9}}}" },
	{ "components__not_known_yet__k_l=9", "{\"components\":{\"not-known-yet\":{\"k_l\":9}}}" },
	{ "instances__mailer_eu__component=mailer", "{\"instances\":{\"mailer-eu\":{\"component\":\"mailer\"}}}" },
	{ "policy__not_known_yet__audit=true", "{\"policy\":{\"not-known-yet\":{\"audit\":true}}}" },
	{ "free__a_b__c_d=9", "{\"free\":{\"a-b\":{\"c-d\":9}}}" },
	{ "free__g_h=9", "{\"free\":{\"g_h\":9}}" },
	{ "log___level=9", "{\"log\":{\"_level\":9}}" },
};

START_TEST(a_variable_becomes_a_path)
{
	char variable[200];
	char *environment[] = { variable, NULL };

	snprintf(variable, sizeof(variable), "SIGNALPY_CFG_%s", variables[_i].variable);
	ck_assert_int_eq(configuration_environment_add(layers, environment, faults), SP_OK);
	ck_assert_uint_eq(json_array_size(faults), 0);
	ck_assert_str_eq(layer_text(), variables[_i].tree);
	ck_assert_str_eq(layers->layers[1].origin, "environment");
}
END_TEST

static const struct {
	const char *variable, *fault;
} wrong_variables[] = {
	{ "free__e_f=1",
		"environment: SIGNALPY_CFG_free__e_f: 'e_f' may be e_f or e-f; set it in a file, or with --set" },
	{ "=1", "environment: SIGNALPY_CFG_: '' is no path: a step of it is empty" },
	{ "a____b=1", "environment: SIGNALPY_CFG_a____b: 'a..b' is no path: a step of it is empty" },
	{ "a__=1", "environment: SIGNALPY_CFG_a__: 'a.' is no path: a step of it is empty" },
	{ "a=\xff", "environment: SIGNALPY_CFG_a: the value is not UTF-8" },
	{ "a=b,\xff", "environment: SIGNALPY_CFG_a: the value is not UTF-8" },
};

START_TEST(a_wrong_variable_is_told)
{
	char variable[200], text[400];
	char *environment[] = { variable, NULL };

	snprintf(variable, sizeof(variable), "SIGNALPY_CFG_%s", wrong_variables[_i].variable);
	ck_assert_int_eq(configuration_environment_add(layers, environment, faults), SP_OK);
	ck_assert_uint_eq(json_array_size(faults), 1);
	configuration_fault_write(json_array_get(faults, 0), text, sizeof(text));
	ck_assert_str_eq(text, wrong_variables[_i].fault);
	ck_assert_str_eq(layer_text(), "");
}
END_TEST

START_TEST(a_long_name_is_refused)
{
	char *variable = malloc(100000);
	char *environment[] = { variable, NULL };

	ck_assert_ptr_nonnull(variable);
	snprintf(variable, 14, "SIGNALPY_CFG_");
	for (size_t at = 13; at < 99990; at++)
		variable[at] = at % 3 == 1 ? 'a' : '_';
	memcpy(variable + 99990, "=1", 3);
	ck_assert_int_eq(configuration_environment_add(layers, environment, faults), SP_OK);
	ck_assert_uint_eq(json_array_size(faults), 1);
	free(variable);
}
END_TEST

START_TEST(only_our_variables_are_copied_and_the_outer_come_first)
{
	char *environment[] = { "HOME=/", "SIGNALPY_CFG_a__b=2", "SIGNALPY_CFG_a={\"c\":1,\"b\":1}", "SIGNALPY_CFG_",
		"X", NULL };
	char **copy = configuration_environment_copy(environment);

	ck_assert_ptr_nonnull(copy);
	ck_assert_str_eq(copy[0], environment[2]);
	ck_assert_str_eq(copy[1], environment[1]);
	ck_assert_ptr_null(copy[2]);
	ck_assert_int_eq(configuration_environment_add(layers, copy, faults), SP_OK);
	ck_assert_str_eq(layer_text(), "{\"a\":{\"c\":1,\"b\":2}}");
	configuration_list_destroy(copy);
	copy = configuration_environment_copy(NULL);
	ck_assert_ptr_nonnull(copy);
	configuration_list_destroy(copy);
}
END_TEST

START_TEST(arguments_become_a_layer)
{
	char *sets[] = { "log.level=debug", "components.spell-checker.max_words=7", "log.format=json", NULL };

	ck_assert_int_eq(configuration_arguments_add(layers, sets, faults), SP_OK);
	ck_assert_str_eq(layer_text(),
		"{\"log\":{\"level\":\"debug\",\"format\":\"json\"},\"components\":{\"spell-checker\":{\"max_words\":7}}}");
	ck_assert_str_eq(layers->layers[1].origin, "command line");
}
END_TEST

static const struct {
	const char *argument, *fault;
} wrong_arguments[] = {
	{ "log.level", "command line: --set log.level: a value is missing; write --set KEY=VALUE" },
	{ "=1", "command line: --set : '' is no path: a step of it is empty" },
	{ "a..b=1", "command line: --set a..b: 'a..b' is no path: a step of it is empty" },
	{ "a b=1",
		"command line: --set a b: 'a b' is no path: its steps have letters, digits, _ and -, with a dot between" },
	{ "set.before=1", "command line: --set set.before: set.before: set is set to something that is no object" },
};

START_TEST(a_wrong_argument_is_told)
{
	char *sets[] = { "set=1", (char *)wrong_arguments[_i].argument, NULL };
	char text[400];

	ck_assert_int_eq(configuration_arguments_add(layers, sets, faults), SP_OK);
	ck_assert_uint_eq(json_array_size(faults), 1);
	configuration_fault_write(json_array_get(faults, 0), text, sizeof(text));
	ck_assert_str_eq(text, wrong_arguments[_i].fault);
}
END_TEST

START_TEST(nothing_adds_no_layer)
{
	char *nothing[] = { NULL };

	ck_assert_int_eq(configuration_arguments_add(layers, nothing, faults), SP_OK);
	ck_assert_int_eq(configuration_environment_add(layers, nothing, faults), SP_OK);
	ck_assert_uint_eq(layers->count, 1);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_variable_becomes_a_path,
						   .times = sizeof(variables) / sizeof(variables[0])),
		TEST(a_wrong_variable_is_told, .times = sizeof(wrong_variables) / sizeof(wrong_variables[0])),
		TEST(a_long_name_is_refused), TEST(only_our_variables_are_copied_and_the_outer_come_first),
		TEST(arguments_become_a_layer),
		TEST(a_wrong_argument_is_told, .times = sizeof(wrong_arguments) / sizeof(wrong_arguments[0])),
		TEST(nothing_adds_no_layer) };

	return run_suite(&SUITE(cases, "configuration_environment", .set_up = set_up, .tear_down = tear_down));
}
