/* e2e_docs.c: /docs in a headless Chromium, used by somebody with a keyboard, on a phone, in dark colours. */
#include "daemon_kit.h"
#include "runner.h"
#include "shell_kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct test_daemon served;

/* The hash of "swordfish". */
static const char configuration[] =
	"{\"auth\":{\"required\":true,\"tokens\":{\"ada\":{"
	"\"sha256\":\"b9f195c5cc7ef6afadbfbc42892ad47d3b24c6bc94bb510c4564a90a14e8b799\"}}}}";

static void set_up(void)
{
	test_daemon_prepare(&served, configuration);
	test_daemon_drop_fixture(&served, "every-field", "every-field");
	test_daemon_drop(&served, "greeter", "greeter", 0);
	test_daemon_start(&served);
}

static void tear_down(void)
{
	test_daemon_stop(&served);
	test_daemon_clean(&served);
}

START_TEST(a_person_can_use_the_page)
{
	const char *said = shell(0, TEST_SOURCE_DIR "/tests/docs_page.py http://127.0.0.1:%d swordfish %d", served.port,
		getenv("TEST_SLOW") ? 60 : 20);

	if (strncmp(said, "skipped: ", 9) == 0)
		printf("%s", said);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_person_can_use_the_page) };

	return run_suite(&SUITE(cases, "docs", .set_up = set_up, .tear_down = tear_down, .timeout = 100));
}
