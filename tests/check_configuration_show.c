/* check_configuration_show.c: origins and hidden edits (R-CF-1), places of faults (R-CF-3), secrets (R-CF-6). */
#include "configuration_show.h"

#include "configuration_faults.h"
#include "configuration_path.h"
#include "runner.h"

#include <check.h>
#include <string.h>

static struct configuration_layers *layers;
static json_t *declared;

static const char file_text[] =
	"{\n"
	"\t\"components\": {\n"
	"\t\t\"db\": { \"url\": \"x\", \"password\": \"hunter2\", \"key\": \"k\", \"pool\": {} },\n"
	"\t\t\"greeter\": { \"greeting\": \"Hello\" }\n"
	"\t}\n"
	"}\n";

static void add_file(struct configuration_layers *to, const char *name, const char *text)
{
	struct configuration_layer layer = {
		.kind = CONFIGURATION_FILE,
		.origin = strdup(name),
		.text = strdup(text),
		.size = strlen(text),
		.tree = json_loads(text, 0, NULL),
	};

	ck_assert_int_eq(configuration_layers_add(to, &layer), SP_OK);
}

static void add_tree(struct configuration_layers *to, enum configuration_layer_kind kind, const char *text)
{
	ck_assert_int_eq(configuration_layers_add_tree(to, kind, json_loads(text, 0, NULL)), SP_OK);
}

static void set_up(void)
{
	declared = json_pack("[s]", "components.db.key");
	layers = configuration_layers_create();
	add_tree(layers, CONFIGURATION_DEFAULT, "{\"log\":{\"level\":\"info\"}}");
	add_file(layers, "/etc/a.json", file_text);
	add_tree(layers, CONFIGURATION_RUN_TIME, "{\"components\":{\"greeter\":{\"greeting\":\"Ahoy\"}}}");
}

static void tear_down(void)
{
	configuration_layers_destroy(layers);
	json_decref(declared);
}

static const struct {
	const char *path;
	bool secret;
} secrets[] = {
	{ "components.db.password", true },
	{ "components.db.password.old", true },
	{ "components.db.admin_password", true },
	{ "components.db.Api_Token", true },
	{ "components.db.secret", true },
	{ "components.db.key", true },
	{ "components.db.key.private", true },
	{ "components.db.keys", false },
	{ "components.db.url", false },
	{ "components.db.tokens", false },
	{ "components.db.mysecret", false },
	{ "", false },
};

START_TEST(secrets_are_known)
{
	ck_assert_int_eq(configuration_secret(declared, secrets[_i].path), secrets[_i].secret);
}
END_TEST

START_TEST(every_value_has_its_origin)
{
	json_t *shown = configuration_origins_new(layers, declared, false);
	json_t *expected = json_loads("{\"log.level\":{\"value\":\"info\",\"origin\":\"default\"},"
				      "\"components.db.url\":{\"value\":\"x\",\"origin\":\"/etc/a.json\"},"
				      "\"components.db.password\":{\"value\":\"********\",\"origin\":\"/etc/a.json\"},"
				      "\"components.db.key\":{\"value\":\"********\",\"origin\":\"/etc/a.json\"},"
				      "\"components.db.pool\":{\"value\":{},\"origin\":\"/etc/a.json\"},"
				      "\"components.greeter.greeting\":{\"value\":\"Ahoy\",\"origin\":\"run time\"}}",
		0, NULL);

	ck_assert_ptr_nonnull(expected);
	ck_assert(json_equal(shown, expected));
	json_decref(shown);
	json_decref(expected);
}
END_TEST

START_TEST(the_privileged_see_secrets)
{
	json_t *shown = configuration_origins_new(layers, declared, true);
	const json_t *entry = json_object_get(shown, "components.db.password");

	ck_assert_str_eq(configuration_fault_text(entry, "value"), "hunter2");
	json_decref(shown);
}
END_TEST

START_TEST(secrets_inside_are_hidden)
{
	json_t *value = json_loads("{\"users\":[{\"name\":\"a\",\"token\":\"t\"},7],\"key\":{\"a\":1}}", 0, NULL);
	json_t *expected =
		json_loads("{\"users\":[{\"name\":\"a\",\"token\":\"********\"},7],\"key\":\"********\"}", 0, NULL);
	json_t *copy = configuration_redact_new(declared, "components.db", value);

	ck_assert(json_equal(copy, expected));
	json_decref(copy);
	copy = configuration_redact_new(declared, "components.db.secret", value);
	ck_assert_str_eq(json_string_value(copy), "********");
	json_decref(copy);
	json_decref(value);
	json_decref(expected);
}
END_TEST

/* What a lower layer says now, by which layer it is hidden, and the hint. */
static const struct {
	const char *edited, *by_text;
	enum configuration_layer_kind by;
	const char *hint; /* NULL: not hidden */
} edits[] = {
	{ "{\"a\":{\"b\":2}}", "{\"a\":{\"b\":3}}", CONFIGURATION_RUN_TIME, "signalctl config unset a.b" },
	{ "{\"a\":{\"b\":2}}", "{\"a\":3}", CONFIGURATION_RUN_TIME, "signalctl config unset a" },
	{ "{\"a\":{\"b\":2}}", "{\"a\":{\"b\":{\"c\":1}}}", CONFIGURATION_RUN_TIME, "signalctl config unset a.b" },
	{ "{\"a\":{\"b\":2}}", "{\"a\":{\"b\":3}}", CONFIGURATION_ENVIRONMENT,
		"remove the variable from the environment, and restart" },
	{ "{\"a\":{\"b\":2}}", "{\"a\":{\"b\":3}}", CONFIGURATION_ARGUMENTS,
		"remove --set from the command line, and restart" },
	{ "{\"a\":{\"b\":2}}", "{\"a\":{\"b\":3}}", CONFIGURATION_FILE, "edit that file" },
	{ "{\"a\":{\"b\":2}}", "{\"a\":{\"b\":2}}", CONFIGURATION_RUN_TIME, NULL },
	{ "{\"a\":{\"b\":2}}", "{\"a\":{\"c\":3}}", CONFIGURATION_RUN_TIME, NULL },
	{ "{\"a\":{\"b\":1}}", "{\"a\":{\"b\":3}}", CONFIGURATION_RUN_TIME, NULL }, /* not edited */
};

START_TEST(a_hidden_edit_is_told)
{
	struct configuration_layers *before = configuration_layers_create(), *now = configuration_layers_create();
	json_t *hidden = json_array(), *entry;

	add_file(before, "/etc/a.json", "{\"a\":{\"b\":1}}");
	add_file(now, "/etc/a.json", edits[_i].edited);
	if (edits[_i].by == CONFIGURATION_FILE)
		add_file(now, "/etc/b.json", edits[_i].by_text);
	else
		add_tree(now, edits[_i].by, edits[_i].by_text);
	if (edits[_i].by == CONFIGURATION_FILE)
		add_file(before, "/etc/b.json", edits[_i].by_text);
	ck_assert_int_eq(configuration_hidden(before, now, hidden), SP_OK);
	ck_assert_uint_eq(json_array_size(hidden), edits[_i].hint != NULL);
	entry = json_array_get(hidden, 0);
	if (entry) {
		ck_assert_str_eq(configuration_fault_text(entry, "path"), "a.b");
		ck_assert_str_eq(configuration_fault_text(entry, "origin"), "/etc/a.json");
		ck_assert_str_eq(configuration_fault_text(entry, "hint"), edits[_i].hint);
	}
	configuration_layers_destroy(before);
	configuration_layers_destroy(now);
	json_decref(hidden);
}
END_TEST

static const struct {
	const char *path, *rule, *line;
} faults[] = {
	{ "components.db.url", "type", "/etc/a.json:3:18: components.db.url: message" },
	{ "components.db.url", "unknown", "/etc/a.json:3:11: components.db.url: message" },
	{ "components.db.host", "required", "/etc/a.json:3:9: components.db.host: message" },
	{ "components.greeter.greeting", "type", "run time: components.greeter.greeting: message" },
	{ "components.greeter.name", "required", "/etc/a.json:4:14: components.greeter.name: message" },
	{ "absent", "required", "/etc/a.json:1:1: absent: message" },
	{ "log.level", "type", "default: log.level: message" },
	{ "components.db.password", "type", "/etc/a.json:3:35: components.db.password: is refused by the rule 'type'" },
};

START_TEST(a_fault_is_placed)
{
	json_t *found = json_array(), *placed = json_array();
	char line[200];

	ck_assert_int_eq(configuration_fault_find(found, faults[_i].path, faults[_i].rule, "message"), SP_OK);
	ck_assert_int_eq(configuration_faults_place(found, layers, declared, placed), SP_OK);
	configuration_fault_write(json_array_get(placed, 0), line, sizeof(line));
	ck_assert_str_eq(line, faults[_i].line);
	json_decref(found);
	json_decref(placed);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(secrets_are_known, .times = sizeof(secrets) / sizeof(secrets[0])),
		TEST(every_value_has_its_origin), TEST(the_privileged_see_secrets), TEST(secrets_inside_are_hidden),
		TEST(a_hidden_edit_is_told, .times = sizeof(edits) / sizeof(edits[0])),
		TEST(a_fault_is_placed, .times = sizeof(faults) / sizeof(faults[0])) };

	return run_suite(&SUITE(cases, "configuration_show", .set_up = set_up, .tear_down = tear_down));
}
