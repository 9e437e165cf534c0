/* check_configuration_keys.c: the daemon's own keys, and that signalpyd.conf(5) tells each of them with its default. */
#include "configuration_keys.h"

#include "configuration_faults.h"
#include "configuration_path.h"
#include "runner.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *found;
static char *manual;

static const char *source_directory(void)
{
	const char *directory = getenv("SP_SOURCE_DIR");

#ifdef TEST_SOURCE_DIR
	return directory ? directory : TEST_SOURCE_DIR;
#else
	return directory ? directory : ".";
#endif
}

static void set_up(void)
{
	char path[4096];
	FILE *file;
	size_t size;

	found = json_array();
	snprintf(path, sizeof(path), "%s/man/signalpyd.conf.5", source_directory());
	file = fopen(path, "re");
	ck_assert_msg(file != NULL, "%s cannot be read", path);
	manual = malloc(100000);
	ck_assert_ptr_nonnull(manual);
	size = fread(manual, 1, 99999, file);
	manual[size] = '\0';
	fclose(file);
}

static void tear_down(void)
{
	free(manual);
	json_decref(found);
}

/* What the manual must say is the default. */
static void default_of(const struct configuration_key *key, char text[static 100])
{
	snprintf(text, 100, "%s", key->manual ? key->manual : key->otherwise);
}

/* The manual has an item for each key, ".It Cm log.level", and in it the sentence with the default and the choices. */
START_TEST(the_manual_tells_every_key)
{
	for (const struct configuration_key *key = configuration_keys(); key->path; key++) {
		char item[100], otherwise[100], sentence[200], range[100];
		const char *at, *end, *said;

		snprintf(item, sizeof(item), ".It Cm %s\n", key->path);
		at = strstr(manual, item);
		ck_assert_msg(at != NULL, "signalpyd.conf(5) does not tell of %s", key->path);
		end = strstr(at + 1, "\n.It ");
		default_of(key, otherwise);
		snprintf(sentence, sizeof(sentence), "The default is %s.\n", otherwise);
		said = strstr(at, sentence);
		ck_assert_msg(said && (!end || said < end), "%s: signalpyd.conf(5) does not say: %s", key->path,
			sentence);
		if (key->type != CONFIGURATION_INTEGER)
			continue;
		snprintf(range, sizeof(range), "from %lld to %lld", (long long)key->minimum, (long long)key->maximum);
		said = strstr(at, range);
		ck_assert_msg(said && (!end || said < end), "%s: signalpyd.conf(5) does not say: %s", key->path, range);
	}
}
END_TEST

START_TEST(the_manual_tells_no_other_key)
{
	static const char *const sections[] = { "plugins.", "control.", "log.", "loop.", "workers." };
	char path[100];

	for (const char *at = manual; (at = strstr(at, ".It Cm ")) != NULL; at++) {
		if (sscanf(at, ".It Cm %99s", path) != 1)
			continue;
		for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
			if (strncmp(path, sections[i], strlen(sections[i])) == 0)
				ck_assert_msg(configuration_keys_find(path) != NULL, "there is no key %s", path);
	}
}
END_TEST

START_TEST(the_defaults_are_valid)
{
	json_t *defaults = configuration_keys_defaults_new();

	ck_assert_ptr_nonnull(defaults);
	ck_assert_int_eq(configuration_keys_check(defaults, found), SP_OK);
	ck_assert_uint_eq(json_array_size(found), 0);
	for (const struct configuration_key *key = configuration_keys(); key->path; key++)
		ck_assert_int_eq(configuration_path_get(defaults, key->path) != NULL, key->otherwise != NULL);
	json_decref(defaults);
}
END_TEST

static const char *const right[] = {
	"{}",
	"{\"log\":{\"level\":\"debug\",\"format\":\"json\"}}",
	"{\"log\":{\"level\":\"error\"}}",
	"{\"log\":{\"levels\":{\"spell-checker\":\"debug\",\"greeter\":\"error\",\"shop\":null}}}",
	"{\"plugins\":{\"dirs\":[\"/a\",\"/b\"],\"disabled\":[],\"hold_ms\":60000}}",
	"{\"control\":{\"socket\":\"/run/x\",\"group\":\"adm\"}}",
	"{\"workers\":{\"max\":0}}",
	"{\"http\":{\"whatever\":1}}",
	"{\"components\":{\"greeter\":{\"greeting\":\"Hi\"},\"spell-checker\":{}}}",
	"{\"policy\":{\"spell-checker\":{\"publish\":[\"words.*\"],\"audit\":true}}}",
};

START_TEST(what_is_right_passes)
{
	json_t *tree = json_loads(right[_i], 0, NULL);

	ck_assert_int_eq(configuration_keys_check(tree, found), SP_OK);
	ck_assert_uint_eq(json_array_size(found), 0);
	json_decref(tree);
}
END_TEST

static const struct {
	const char *tree, *path, *rule, *message;
} wrong[] = {
	{ "{\"log\":{\"level\":\"loud\"}}", "log.level", "enum", "must be one of debug, info, warning, error" },
	{ "{\"log\":{\"level\":\"info, warning\"}}", "log.level", "enum",
		"must be one of debug, info, warning, error" },
	{ "{\"log\":{\"level\":\"\"}}", "log.level", "enum", "must be one of debug, info, warning, error" },
	{ "{\"log\":{\"level\":7}}", "log.level", "enum", "must be one of debug, info, warning, error" },
	{ "{\"log\":{\"levle\":\"info\"}}", "log.levle", "unknown",
		"is unknown; did you mean log.level? See signalpyd.conf(5)" },
	{ "{\"log\":{\"levels\":\"debug\"}}", "log.levels", "type", "must be an object, { ... }" },
	{ "{\"log\":{\"levels\":{\"greeter\":\"loud\"}}}", "log.levels.greeter", "enum",
		"must be one of debug, info, warning, error" },
	{ "{\"log\":{\"levels\":{\"spell_checker\":\"info\"}}}", "log.levels.spell_checker", "unknown",
		"is no component's name; those have small letters, digits and -, 31 at most" },
	{ "{\"log\":\"info\"}", "log", "type", "must be an object, { ... }" },
	{ "{\"loop\":{\"warn_ms\":-1}}", "loop.warn_ms", "type", "must be an integer from 0 to 60000" },
	{ "{\"loop\":{\"warn_ms\":1.5}}", "loop.warn_ms", "type", "must be an integer from 0 to 60000" },
	{ "{\"loop\":{\"warn_ms\":null}}", "loop.warn_ms", "type", "must be an integer from 0 to 60000" },
	{ "{\"control\":{\"limits\":{\"line\":1}}}", "control.limits.line", "type",
		"must be an integer from 1024 to 67108864" },
	{ "{\"control\":{\"limits\":{\"lines\":1024}}}", "control.limits.lines", "unknown",
		"is unknown; did you mean control.limits.line? See signalpyd.conf(5)" },
	{ "{\"control\":{\"limits\":7}}", "control.limits", "type", "must be an object, { ... }" },
	{ "{\"plugins\":{\"hold_max\":0}}", "plugins.hold_max", "type", "must be an integer from 1 to 1000000" },
	{ "{\"plugins\":{\"dirs\":\"/a\"}}", "plugins.dirs", "type", "must be a list of texts, [\"...\"]" },
	{ "{\"plugins\":{\"dirs\":[\"/a\",7]}}", "plugins.dirs.1", "type", "must be a text that is not empty" },
	{ "{\"plugins\":{\"dir\":[]}}", "plugins.dir", "unknown",
		"is unknown; did you mean plugins.dirs? See signalpyd.conf(5)" },
	{ "{\"control\":{\"group\":\"\"}}", "control.group", "type", "must be a text that is not empty" },
	{ "{\"control\":{\"group\":\"a\\u0000b\"}}", "control.group", "type", "must be a text that is not empty" },
	{ "{\"htpp\":{}}", "htpp", "unknown",
		"is unknown; did you mean http? A component's own keys stand in components.<instance>" },
	{ "{\"LOG\":{}}", "LOG", "unknown",
		"is unknown; did you mean log? A component's own keys stand in components.<instance>" },
	{ "{\"http\":[]}", "http", "type", "must be an object, { ... }" },
	{ "{\"auth\":7}", "auth", "type", "must be an object, { ... }" },
	{ "{\"components\":{\"spell_checker\":{}}}", "components.spell_checker", "unknown",
		"is no component's name; those have small letters, digits and -, 31 at most" },
	{ "{\"components\":{\"greeter\":7}}", "components.greeter", "type", "must be an object, { ... }" },
	{ "{\"policy\":{\"spell_checker\":{}}}", "policy.spell_checker", "unknown",
		"is no component's name; those have small letters, digits and -, 31 at most" },
	{ "{\"policy\":{\"greeter\":7}}", "policy.greeter", "type", "must be an object, { ... }" },
	{ "{\"policy\":7}", "policy", "type", "must be an object, { ... }" },
};

START_TEST(what_is_wrong_is_told)
{
	json_t *tree = json_loads(wrong[_i].tree, JSON_ALLOW_NUL, NULL), *fault;

	ck_assert_int_eq(configuration_keys_check(tree, found), SP_OK);
	ck_assert_uint_eq(json_array_size(found), 1);
	fault = json_array_get(found, 0);
	ck_assert_str_eq(configuration_fault_text(fault, "path"), wrong[_i].path);
	ck_assert_str_eq(configuration_fault_text(fault, "rule"), wrong[_i].rule);
	ck_assert_str_eq(configuration_fault_text(fault, "message"), wrong[_i].message);
	json_decref(tree);
}
END_TEST

START_TEST(all_faults_are_told)
{
	json_t *tree = json_loads("{\"log\":{\"level\":1,\"format\":2},\"loop\":{\"x\":1},\"y\":1}", 0, NULL);

	ck_assert_int_eq(configuration_keys_check(tree, found), SP_OK);
	ck_assert_uint_eq(json_array_size(found), 4);
	json_decref(tree);
}
END_TEST

START_TEST(names_of_any_length_are_safe)
{
	char name[700];
	json_t *tree = json_object(), *log = json_object();

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	json_object_set_new(log, name, json_true());
	json_object_set_new(tree, "log", log);
	json_object_set_new(tree, name, json_true());
	ck_assert_int_eq(configuration_keys_check(tree, found), SP_OK);
	ck_assert_uint_eq(json_array_size(found), 2);
	json_decref(tree);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(the_manual_tells_every_key), TEST(the_manual_tells_no_other_key),
		TEST(the_defaults_are_valid), TEST(what_is_right_passes, .times = sizeof(right) / sizeof(right[0])),
		TEST(what_is_wrong_is_told, .times = sizeof(wrong) / sizeof(wrong[0])), TEST(all_faults_are_told),
		TEST(names_of_any_length_are_safe) };

	return run_suite(&SUITE(cases, "configuration_keys", .set_up = set_up, .tear_down = tear_down));
}
