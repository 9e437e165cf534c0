/*
 * check_storage_worker.c: the thread of the plugin storage, and two of them on one file.
 * links: plugins/storage/worker.c plugins/storage/database.c kernel/error.c -lsqlite3 */
#include "../plugins/storage/worker.h"
#include "runner.h"
#include "temporary_directory.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MANY = 300, KEY_SIZE = 16 };

static struct temporary_directory directory;
static struct storage_request requests[MANY];
static char values[MANY][KEY_SIZE];

static void begin(void)
{
	temporary_directory_init(&directory);
}

static void end(void)
{
	temporary_directory_finish(&directory);
}

/* Waits until there is something, and collects it. */
static struct storage_request *collect(struct worker *worker, enum worker_state *ret_state, struct sp_error *error)
{
	struct pollfd wait = { .fd = worker_descriptor(worker), .events = POLLIN };

	ck_assert_int_eq(poll(&wait, 1, 20000), 1);
	return worker_collect(worker, ret_state, error);
}

static struct worker *open_worker(void)
{
	enum worker_state state;
	struct sp_error error;
	struct worker *worker = worker_create(temporary_path(&directory, "storage.db"), &error);

	ck_assert_ptr_nonnull(worker);
	ck_assert_ptr_null(collect(worker, &state, &error));
	ck_assert_msg(state == WORKER_OPEN, "%s", error.message);
	return worker;
}

/* Collects until the worker has ended; how many were answered, each with SP_OK and in the order of their values. */
static size_t end_worker(struct worker *worker)
{
	enum worker_state state = WORKER_OPEN;
	struct sp_error error;
	size_t count = 0;
	long latest = -1;

	worker_stop(worker);
	while (state != WORKER_ENDED)
		for (const struct storage_request *at = collect(worker, &state, &error); at; at = at->next) {
			ck_assert_msg(at->status == SP_OK, "%s", at->message);
			ck_assert_int_gt(strtol(at->value.data, NULL, 10), latest);
			latest = strtol(at->value.data, NULL, 10);
			count++;
		}
	worker_destroy(worker);
	return count;
}

static void put(struct worker *worker, size_t number)
{
	snprintf(values[number], KEY_SIZE, "%zu", number);
	requests[number] = (struct storage_request){ .kind = STORAGE_PUT,
		.instance = "ann",
		.key = "latest",
		.value = { values[number], strlen(values[number]) } };
	worker_add(worker, &requests[number]);
}

static long latest(void)
{
	struct sp_error error;
	struct database *database = database_open(temporary_path(&directory, "storage.db"), &error);
	struct storage_request request = { .kind = STORAGE_GET, .instance = "ann", .key = "latest" };
	long number;

	database_carry_out(database, &request);
	number = request.status == SP_OK ? strtol(request.found, NULL, 10) : -1;
	free(request.found);
	database_close(database);
	return number;
}

START_TEST(what_was_given_is_carried_out_before_the_end)
{
	struct worker *worker = open_worker();

	for (size_t i = 0; i < MANY; i++)
		put(worker, i);
	ck_assert_uint_eq(end_worker(worker), MANY);
	ck_assert_int_eq(latest(), MANY - 1);
}
END_TEST

/* R-PL-5: requests go to one version, and from some moment on to the next, while the former still works. */
START_TEST(two_versions_keep_the_order)
{
	struct worker *former = open_worker(), *next = open_worker();

	for (size_t i = 0; i < MANY; i++)
		put(i < MANY / 2 ? former : next, i);
	ck_assert_uint_eq(end_worker(next), MANY - MANY / 2);
	ck_assert_int_eq(latest(), MANY - 1);
	ck_assert_uint_eq(end_worker(former), MANY / 2);
	ck_assert_int_eq(latest(), MANY - 1);
}
END_TEST

START_TEST(a_file_that_cannot_be_opened_is_told)
{
	struct sp_error error = { 0 };
	struct worker *worker = worker_create("/proc/no/such/place", &error);
	enum worker_state state;

	ck_assert_ptr_null(collect(worker, &state, &error));
	ck_assert_int_eq(state, WORKER_REFUSED);
	ck_assert_ptr_nonnull(strstr(error.message, "/proc/no/such/place: unable to open"));
	worker_destroy(worker);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(what_was_given_is_carried_out_before_the_end),
		TEST(two_versions_keep_the_order), TEST(a_file_that_cannot_be_opened_is_told) };

	return run_suite(&SUITE(cases, "storage_worker", .set_up = begin, .tear_down = end, .timeout = 120));
}
