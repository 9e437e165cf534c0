/* check_configuration_set.c: values set at run time are judged, kept and committed, or nothing happens (R-CF-1). */
#include "configuration_setting.h"
#include "runner.h"

#include <stdlib.h>
#include <unistd.h>

static const char path[] = "components.greeter.greeting";

START_TEST(a_value_is_committed_and_kept)
{
	begin();
	ck_assert_int_eq(configuration_set(configuration, path, json_string("Ahoy"), NULL), SP_OK);
	ck_assert_str_eq(greeting(), "Ahoy");
	ck_assert_uint_eq(times_changed, 1);
	ck_assert_str_eq(logged(), "info: configuration: components.greeter.greeting was set at run time\n");
	configuration_destroy(configuration);
	begin();
	ck_assert_str_eq(greeting(), "Ahoy");
}
END_TEST

START_TEST(a_value_survives_a_reload)
{
	begin();
	ck_assert_int_eq(configuration_set(configuration, path, json_string("Ahoy"), NULL), SP_OK);
	ck_assert_int_eq(configuration_reload(configuration, NULL), SP_OK);
	ck_assert_str_eq(greeting(), "Ahoy");
}
END_TEST

START_TEST(what_is_unset_lets_the_files_through)
{
	struct sp_error error;

	begin();
	ck_assert_int_eq(configuration_set(configuration, path, json_string("Ahoy"), NULL), SP_OK);
	ck_assert_int_eq(configuration_unset(configuration, path, NULL), SP_OK);
	ck_assert_str_eq(greeting(), "Hello");
	ck_assert_int_eq(configuration_unset(configuration, path, &error), SP_NOT_FOUND);
	ck_assert_str_eq(error.message, "components.greeter.greeting was not set at run time");
	configuration_destroy(configuration);
	begin();
	ck_assert_str_eq(greeting(), "Hello");
}
END_TEST

START_TEST(several_are_set_at_once_or_none)
{
	json_t *patch = json_pack("{s:s}", "greeting", "Ahoy"), *wrong_patch;
	struct sp_error error;

	begin();
	ck_assert(!configuration_is_run_time(configuration, path));
	ck_assert_int_eq(configuration_patch(configuration, "components.greeter", patch, NULL), SP_OK);
	ck_assert_str_eq(greeting(), "Ahoy");
	ck_assert_uint_eq(times_changed, 1);
	ck_assert(!configuration_is_run_time(configuration, path)); /* a file has it too */
	wrong_patch = json_pack("{s:s, s:i}", "greeting", "Servus", "greting", 7);
	ck_assert_int_eq(configuration_patch(configuration, "components.greeter", wrong_patch, &error), SP_INVALID);
	ck_assert_int_eq(configuration_patch(configuration, "components..", patch, &error), SP_INVALID);
	ck_assert_str_eq(greeting(), "Ahoy");
	json_object_set_new(patch, "greeting", json_null());
	ck_assert_int_eq(configuration_patch(configuration, "components.greeter", patch, NULL), SP_OK);
	ck_assert_str_eq(greeting(), "Hello");
	json_object_clear(patch);
	json_object_set_new(patch, path, json_string("Servus")); /* a whole path */
	ck_assert_int_eq(configuration_patch(configuration, "", patch, NULL), SP_OK);
	ck_assert_str_eq(greeting(), "Servus");
	json_decref(patch);
	json_decref(wrong_patch);
}
END_TEST

static const struct {
	const char *path, *value;
	sp_status status;
	const char *message;
} wrong[] = {
	{ "components.greeter.greeting", "7", SP_INVALID, "run time: components.greeter.greeting: must be a text" },
	{ "components.greeter.greting", "7", SP_INVALID, "run time: components.greeter.greting: is unknown" },
	{ "log.level", "\"loud\"", SP_INVALID, "run time: log.level: must be one of debug, info, warning, error" },
	{ "plugins.disabled.0", "\"x\"", SP_INVALID, "plugins.disabled is a list; set it as a whole" },
	{ "a..b", "7", SP_INVALID, "'a..b' is no path: a step of it is empty" },
	{ "", "{}", SP_INVALID, "'' is no path: a step of it is empty" },
};

START_TEST(a_refused_value_changes_nothing)
{
	struct sp_error error;
	json_t *before;

	begin();
	before = json_deep_copy(configuration_tree(configuration));
	ck_assert_int_eq(configuration_set(configuration, wrong[_i].path,
				 json_loads(wrong[_i].value, JSON_DECODE_ANY, NULL), &error),
		wrong[_i].status);
	ck_assert_str_eq(error.message, wrong[_i].message);
	ck_assert(json_equal(configuration_tree(configuration), before));
	ck_assert_uint_eq(kernel.committed, 1);
	ck_assert_uint_eq(times_changed, 0);
	ck_assert_int_ne(access(temporary_path(&directory, "state/values.json"), F_OK), 0);
	json_decref(before);
}
END_TEST

START_TEST(a_path_inside_a_value_is_refused)
{
	struct sp_error error;

	begin();
	ck_assert_int_eq(configuration_set(configuration, path, json_string("Ahoy"), NULL), SP_OK);
	ck_assert_int_eq(configuration_set(configuration, "components.greeter.greeting.x", json_true(), &error),
		SP_CONFLICT);
}
END_TEST

START_TEST(a_value_that_cannot_be_kept_is_not_committed)
{
	struct sp_error error;

	begin();
	temporary_write(&directory, "state", "");
	ck_assert_int_eq(configuration_set(configuration, path, json_string("Ahoy"), &error), SP_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(error.message, "state cannot be opened"));
	ck_assert_str_eq(greeting(), "Hello");
	ck_assert_str_eq(json_string_value(configuration_get(configuration, path)), "Hello");
}
END_TEST

START_TEST(what_works_at_the_next_start_only_is_told)
{
	begin();
	ck_assert_int_eq(configuration_set(configuration, "workers.max", json_integer(2), NULL), SP_OK);
	ck_assert_ptr_nonnull(strstr(logged(), "workers.max is read at the start only"));
}
END_TEST

/* Every allocation of jansson fails in turn: nothing is half done, and nothing leaks. */
static struct {
	long left; /* -1: none fails */
	bool failed;
} allocations = { .left = -1 };

static void *failing_malloc(size_t size)
{
	if (allocations.left == 0) {
		allocations.failed = true;
		return NULL;
	}
	allocations.left -= allocations.left > 0;
	return malloc(size);
}

static void fail_after(long count)
{
	allocations.left = count;
	allocations.failed = false;
}

static sp_status whole_life(void)
{
	sp_status status = SP_NO_MEMORY;

	configuration = create(NULL);
	if (configuration)
		status = configuration_attach(configuration, &kernel, &daemon_log, NULL);
	if (status == SP_OK)
		status = configuration_set(configuration, path, json_string("Ahoy"), NULL);
	if (status == SP_OK)
		status = configuration_unset(configuration, path, NULL);
	if (status == SP_OK)
		status = configuration_reload(configuration, NULL);
	configuration_destroy(configuration);
	configuration = NULL;
	return status;
}

START_TEST(every_allocation_may_fail)
{
	sp_status status = SP_OK;
	long count = 0;

	json_set_alloc_funcs(failing_malloc, free);
	do {
		fail_after(count++);
		status = whole_life();
		ck_assert(status == SP_OK || status == SP_NO_MEMORY);
		ck_assert(allocations.failed || status == SP_OK);
	} while (allocations.failed);
	fail_after(-1);
	ck_assert_int_gt(count, 100);
	json_set_alloc_funcs(malloc, free);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_value_is_committed_and_kept), TEST(a_value_survives_a_reload),
		TEST(several_are_set_at_once_or_none), TEST(what_is_unset_lets_the_files_through),
		TEST(a_refused_value_changes_nothing, .times = sizeof(wrong) / sizeof(wrong[0])),
		TEST(a_path_inside_a_value_is_refused), TEST(a_value_that_cannot_be_kept_is_not_committed),
		TEST(what_works_at_the_next_start_only_is_told), TEST(every_allocation_may_fail) };

	return run_suite(&SUITE(cases, "configuration_set", .set_up = set_up, .tear_down = tear_down));
}
