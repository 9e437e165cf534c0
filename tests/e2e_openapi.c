/* e2e_openapi.c: what /openapi.json says is so, of the shipped plugins and all examples. A script walks through it. */
#include "daemon_kit.h"
#include "runner.h"
#include "shell_kit.h"

#include <glob.h>
#include <stdio.h>
#include <string.h>

static struct test_daemon served;

/* The hash of "swordfish". */
static const char configuration[] =
	"{\"auth\":{\"roles\":{\"all\":[\"*\"]},\"tokens\":{\"ada\":{\"roles\":[\"all\"],"
	"\"sha256\":\"b9f195c5cc7ef6afadbfbc42892ad47d3b24c6bc94bb510c4564a90a14e8b799\"}}},"
	"\"components\":{\"line-transport\":{\"listen\":\"127.0.0.1:0\"}}}";

static void drop_examples(void)
{
	glob_t found;

	ck_assert_int_eq(glob(TEST_BUILD_DIR "/lib/signalpy/examples/*.so", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *file = strrchr(found.gl_pathv[i], '/') + 1;
		char name[64];

		snprintf(name, sizeof name, "%.*s", (int)strcspn(file, "."), file);
		test_daemon_drop(&served, name, name, 0);
	}
	globfree(&found);
}

static void set_up(void)
{
	test_daemon_prepare(&served, configuration);
	drop_examples();
	test_daemon_start(&served);
}

static void tear_down(void)
{
	test_daemon_stop(&served);
	test_daemon_clean(&served);
}

#define SCRIPT TEST_SOURCE_DIR "/tests/openapi_truth.py http://127.0.0.1:%d swordfish"

START_TEST(what_is_documented_is_so)
{
	const char *said = shell(0, SCRIPT, served.port);

	ck_assert_msg(strstr(said, "never succeeded: none\n") != NULL, "%s", said);
}
END_TEST

/* Changes the document, in jq's place: puts a JSON text behind a path of keys. */
static void change(json_t *document, const char *const keys[], const char *value)
{
	json_t *at = document, *made = json_loads(value, JSON_DECODE_ANY, NULL);

	ck_assert_ptr_nonnull(made);
	for (; keys[1]; keys++)
		ck_assert_ptr_nonnull(at = json_object_get(at, keys[0]));
	ck_assert_int_eq(json_object_set_new(at, keys[0], made), 0);
}

#define GREET "paths", "/api/v1/greeter/greet", "post"

/* Each change makes the document wrong, or untrue. */
START_TEST(what_is_not_so_is_found)
{
	static const struct {
		const char *keys[12], *value, *path, *said;
	} rows[] = {
		{ { "info" }, "{}", "/", "/info: 'title' is a required property" },
		{ { GREET, "x", NULL }, "1", "/", "/paths//api/v1/greeter/greet" },
		{ { "components", "schemas", "error" }, "{\"type\":\"nothing\"}", "/", "/components/schemas/error" },
		{ { "components", "schemas", "alive" }, "{\"type\":\"array\"}", "/health", "GET /health" },
		{ { GREET, "responses", "4XX" }, "{\"description\":\"none\",\"content\":{}}", "/api/v1/greeter",
			"415" },
		{ { GREET, "responses" }, "{\"200\":{\"description\":\"fine\"}}", "/api/v1/greeter",
			"the status is not documented" },
		{ { GREET, "responses", "200", "content", "application/json", "schema", "properties", "data" },
			"{\"required\":[\"more\"]}", "/api/v1/greeter", "'more' is a required property" },
		{ { GREET, "requestBody", "content", "application/json", "schema" },
			"{\"properties\":{\"name\":{\"type\":\"integer\"}}}", "/api/v1/greeter",
			"but the schema says" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		json_t *document = json_loads(shell(0, "curl -s localhost:%d/openapi.json", served.port), 0, NULL);
		const char *said;
		char path[128];

		ck_assert_ptr_nonnull(document);
		change(document, rows[i].keys, rows[i].value);
		snprintf(path, sizeof path, "%s/document.json", served.dir);
		ck_assert_int_eq(json_dump_file(document, path, 0), 0);
		json_decref(document);
		said = shell(1, SCRIPT " %s %s", served.port, path, rows[i].path);
		ck_assert_msg(strstr(said, rows[i].said) != NULL, "no '%s' in: %s", rows[i].said, said);
	}
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(what_is_documented_is_so), TEST(what_is_not_so_is_found) };

	return run_suite(&SUITE(cases, "openapi", .set_up = set_up, .tear_down = tear_down, .timeout = 100));
}
