/* e2e_openrpc.c: what rpc.discover says is so, of every method of the control socket. A script asks them. */
#include "daemon_kit.h"
#include "runner.h"
#include "shell_kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct test_daemon asked;

static void set_up(void)
{
	test_daemon_prepare(&asked, NULL);
	test_daemon_drop(&asked, "greeter", "greeter", 0);
	test_daemon_drop(&asked, "counter", "counter", 0);
	test_daemon_drop(&asked, "prober", "prober", 0);
	test_daemon_drop_fixture(&asked, "wrong-abi", "wrong-abi");
	test_daemon_start(&asked);
}

static void tear_down(void)
{
	test_daemon_stop(&asked);
	test_daemon_clean(&asked);
}

#define SCRIPT TEST_SOURCE_DIR "/tests/openrpc_truth.py %s " TEST_BUILD_DIR "/bin/signalctl %s"

START_TEST(what_is_described_is_so)
{
	shell(0, SCRIPT, asked.control, asked.dir);
}
END_TEST

/* Each makes the document wrong, or untrue; from and to are texts of the document. */
START_TEST(what_is_not_so_is_found)
{
	static const struct {
		const char *from, *to, *said;
	} rows[] = {
		{ "\"openrpc\": \"1.3.2\"", "\"openrpc\": \"9\"", "rpc.discover: /openrpc: '9' is not one of" },
		{ "\"paramStructure\"", "\"parameters\"", "rpc.discover: /methods/0: " },
		{ "\"name\": \"runnable.list\"", "\"name\": \"runnable.lost\"", "runnable.list: is not documented" },
		{ "\"watch\": {\"type\": \"integer\"}", "\"watch\": {\"type\": \"text\"}",
			"components/schemas/watching" },
		{ "\"ready\": {\"type\": \"boolean\"}", "\"ready\": {\"type\": \"integer\"}",
			"kernel.ready {}: /ready:" },
		{ "\"name\": \"reveal\", \"required\": false", "\"name\": \"reveal\", \"required\": true",
			"is not refused, but" },
	};
	const char *code;
	json_t *document = test_control(&asked, "rpc.discover", "{}", &code);
	char *text = json_dumps(document, 0);

	ck_assert_ptr_nonnull(text);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *at = strstr(text, rows[i].from), *said;
		char path[128];
		FILE *file;

		ck_assert_msg(at != NULL, "no %s in %s", rows[i].from, text);
		snprintf(path, sizeof path, "%s/document.json", asked.dir);
		file = fopen(path, "w");
		ck_assert_ptr_nonnull(file);
		fprintf(file, "%.*s%s%s", (int)(at - text), text, rows[i].to, at + strlen(rows[i].from));
		ck_assert_int_eq(fclose(file), 0);
		said = shell(1, "rm -f %s/between.sock; " SCRIPT " %s", asked.dir, asked.control, asked.dir, path);
		ck_assert_msg(strstr(said, rows[i].said) != NULL, "no '%s' in: %s", rows[i].said, said);
	}
	free(text);
	json_decref(document);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(what_is_described_is_so), TEST(what_is_not_so_is_found) };

	return run_suite(&SUITE(cases, "openrpc", .set_up = set_up, .tear_down = tear_down, .timeout = 100));
}
