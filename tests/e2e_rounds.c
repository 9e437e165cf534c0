/*
 * e2e_rounds.c: R-PL-8: a thousand rounds of load, update and remove leave descriptors, mappings, threads and memory as
 * they were. TEST_ROUNDS=... does more: make bench does ten thousand.
 */
#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon_kit.h"
#include "daemon_kit_clients.h"
#include "runner.h"

struct figures {
	unsigned descriptors, mappings, threads;
	long kilobytes; /* private memory */
};

static struct test_daemon daemon;

static int every(const struct dirent *entry)
{
	return entry->d_name[0] != '\0';
}

static unsigned count_entries(const char *path)
{
	struct dirent **entries;
	int count = scandir(path, &entries, every, alphasort);

	ck_assert_int_ge(count, 0);
	for (int i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
	return (unsigned)count;
}

static unsigned count_lines(const char *path)
{
	char *text = test_file_new(path);
	unsigned count = 0;

	for (const char *at = text; at && (at = strchr(at, '\n')) != NULL; at++)
		count++;
	free(text);
	return count;
}

/* What it has written. Pages of files that it has only read are shared or not as others have them mapped meanwhile. */
static long private_memory(const char *path)
{
	static const char kind[] = "Private_Dirty:";
	char *text = test_file_new(path);
	const char *at = text ? strstr(text, kind) : NULL;
	long kilobytes = at ? strtol(at + sizeof kind - 1, NULL, 10) : 0;

	free(text);
	return kilobytes;
}

static struct figures take_figures(void)
{
	struct figures figures;
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/fd", (int)daemon.pid);
	figures.descriptors = count_entries(path);
	snprintf(path, sizeof path, "/proc/%d/task", (int)daemon.pid);
	figures.threads = count_entries(path);
	snprintf(path, sizeof path, "/proc/%d/maps", (int)daemon.pid);
	figures.mappings = count_lines(path);
	snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)daemon.pid);
	figures.kilobytes = private_memory(path);
	return figures;
}

static void control(const char *method, const char *params)
{
	const char *code;
	json_t *result = test_control(&daemon, method, params, &code);

	ck_assert_msg(result != NULL, "%s %s: %s", method, params, code);
	json_decref(result);
}

static void round_trip(void)
{
	static const char file[] = "{\"path\":\"" TEST_BUILD_DIR "/lib/signalpy/examples/counter.so\"}";
	static const char again[] =
		"{\"name\":\"counter\",\"path\":\"" TEST_BUILD_DIR "/lib/signalpy/examples/counter.so\"}";

	control("plugin.load", file);
	control("runnable.call", "{\"address\":\"counter.increment\",\"params\":{}}");
	control("plugin.update", again);
	control("runnable.call", "{\"address\":\"counter.increment_in_worker\",\"params\":{\"after_ms\":1}}");
	control("plugin.unload", "{\"name\":\"counter\"}");
}

static unsigned rounds_wanted(void)
{
	const char *given = getenv("TEST_ROUNDS");

	if (given)
		return (unsigned)strtoul(given, NULL, 10);
	return getenv("TEST_SLOW") ? 60 : 1000;
}

static void print_figures(const char *when, const struct figures *figures)
{
	printf("%s: %u descriptors, %u mappings, %u threads, %ld KiB of private memory\n", when, figures->descriptors,
		figures->mappings, figures->threads, figures->kilobytes);
	fflush(stdout);
}

START_TEST(rounds_leave_nothing_behind)
{
	unsigned rounds = rounds_wanted();
	struct figures before, after;

	test_daemon_prepare(&daemon, NULL);
	test_daemon_start(&daemon);
	for (unsigned i = 0; i < rounds / 10; i++)
		round_trip();
	before = take_figures();
	for (unsigned i = rounds / 10; i < rounds; i++)
		round_trip();
	after = take_figures();
	printf("%u rounds of load, update and remove\n", rounds);
	print_figures("after a tenth", &before);
	print_figures("after all", &after);
	ck_assert_uint_le(after.descriptors,
		before.descriptors + 2); /* connections of the test itself that are just closing */
	ck_assert_uint_le(after.threads, before.threads + 1);
	if (!getenv("TEST_SLOW")) {
		ck_assert_uint_le(after.mappings, before.mappings + 4);
		ck_assert_msg(after.kilobytes <= before.kilobytes + 256, "private memory grew from %ld to %ld KiB",
			before.kilobytes, after.kilobytes);
	}
	test_daemon_stop(&daemon);
	test_daemon_clean(&daemon);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(rounds_leave_nothing_behind) };

	return run_suite(&SUITE(cases, "rounds", .timeout = 240));
}
