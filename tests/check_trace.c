/* check_trace.c: the trace of a kernel's graph: kept while somebody watches, told as json, without values (R-RX-11). */
#include "trace.h"

#include "alloc.h"
#include "desk.h"

#include <string.h>

/* A watch that counts how often it was told, and then ends others. */
struct listener {
	sp_trace_watch *watch, **ends;
	unsigned told;
};

static void hear(void *user)
{
	struct listener *listener = user;

	listener->told++;
	if (listener->ends) {
		sp_trace_watch_destroy(*listener->ends);
		*listener->ends = NULL;
	}
}

static void listen(sp_testing *world, struct listener *listener)
{
	*listener = (struct listener){ 0 };
	listener->watch = sp_kernel_trace_watch(sp_testing_kernel(world), hear, listener);
	ck_assert_ptr_nonnull(listener->watch);
}

static json_t *records_of(const json_t *trace)
{
	return json_object_get(trace, "records");
}

static void expect_record(const json_t *record, const char *kind, const char *owner, const char *node,
	const char *outcome)
{
	ck_assert_str_eq(json_string_value(json_object_get(record, "kind")), kind);
	ck_assert_str_eq(json_string_value(json_object_get(record, "owner")), owner);
	ck_assert_str_eq(json_string_value(json_object_get(record, "node")), node);
	ck_assert_str_eq(json_string_value(json_object_get(record, "outcome")), outcome);
}

static json_int_t number_in(const json_t *record, const char *member)
{
	return json_integer_value(json_object_get(record, member));
}

START_TEST(waves_are_told)
{
	sp_testing *world = world_open(NULL);
	struct listener listener;
	json_t *trace;
	const json_t *records;

	world_add(world, &desk_plugin);
	listen(world, &listener);
	ck_assert_int_eq(sp_testing_set(world, "components.desk.motto", "\"less\""), SP_OK);
	ck_assert_uint_eq(listener.told, 1);
	trace = sp_kernel_trace_new(sp_testing_kernel(world), 0, 1000);
	records = records_of(trace);
	ck_assert(json_is_true(json_object_get(trace, "on")));
	ck_assert_uint_eq(json_array_size(records), 3);
	expect_record(json_array_get(records, 0), "write", "desk", "motto", "changed");
	expect_record(json_array_get(records, 1), "computed", "desk", "title", "changed");
	expect_record(json_array_get(records, 2), "effect", "desk", "print", "done");
	ck_assert_str_eq(json_string_value(json_object_get(json_array_get(records, 0), "by")),
		"configuration: components.desk.motto");
	ck_assert_ptr_null(json_object_get(json_array_get(records, 1), "by"));
	ck_assert_int_eq(number_in(json_array_get(records, 2), "cause"), 2);
	ck_assert_int_eq(number_in(json_array_get(records, 2), "wave"), number_in(json_array_get(records, 0), "wave"));
	json_decref(trace);
	sp_trace_watch_destroy(listener.watch);
	sp_testing_destroy(world);
}
END_TEST

START_TEST(is_kept_while_somebody_watches)
{
	sp_testing *world = world_open(NULL);
	sp_kernel *kernel = sp_testing_kernel(world);
	struct listener one, other;
	json_t *trace;

	world_add(world, &desk_plugin);
	world_call(world, "desk.set", "{\"value\":1}");
	ck_assert_uint_eq(sp_kernel_trace_latest(kernel), 0);
	listen(world, &one);
	listen(world, &other);
	world_call(world, "desk.set", "{\"value\":2}");
	sp_trace_watch_destroy(one.watch);
	sp_trace_watch_destroy(NULL);
	ck_assert_uint_eq(sp_kernel_trace_latest(kernel), 3);
	world_call(world, "desk.set", "{\"value\":3}");
	ck_assert_uint_eq(sp_kernel_trace_latest(kernel), 6);
	ck_assert_uint_eq(one.told, 1);
	ck_assert_uint_eq(other.told, 2);
	sp_trace_watch_destroy(other.watch);
	world_call(world, "desk.set", "{\"value\":4}");
	trace = sp_kernel_trace_new(kernel, 0, 1000);
	ck_assert(json_is_false(json_object_get(trace, "on")));
	ck_assert_uint_eq(json_array_size(records_of(trace)), 0);
	ck_assert_int_eq(number_in(trace, "missed"), 6);
	json_decref(trace);
	sp_testing_destroy(world);
}
END_TEST

START_TEST(is_told_in_pieces)
{
	sp_testing *world = world_open(NULL);
	sp_kernel *kernel = sp_testing_kernel(world);
	struct listener listener;
	json_t *trace;

	world_add(world, &desk_plugin);
	listen(world, &listener);
	for (int i = 0; i < 2000; i++)
		world_call(world, "desk.set", i % 2 ? "{\"value\":1}" : "{\"value\":2}");
	ck_assert_uint_eq(sp_kernel_trace_latest(kernel), 6000);
	trace = sp_kernel_trace_new(kernel, 0, 10);
	ck_assert_int_eq(number_in(trace, "missed"), 6000 - 4096);
	ck_assert_uint_eq(json_array_size(records_of(trace)), 10);
	ck_assert_int_eq(number_in(json_array_get(records_of(trace), 0), "number"), 6000 - 4096 + 1);
	json_decref(trace);
	trace = sp_kernel_trace_new(kernel, 5990, 1000);
	ck_assert_int_eq(number_in(trace, "missed"), 0);
	ck_assert_uint_eq(json_array_size(records_of(trace)), 10);
	json_decref(trace);
	sp_trace_watch_destroy(listener.watch);
	sp_testing_destroy(world);
}
END_TEST

START_TEST(watches_may_end_when_told)
{
	sp_testing *world = world_open(NULL);
	struct listener listeners[3];

	world_add(world, &desk_plugin);
	for (size_t i = 0; i < 3; i++)
		listen(world, &listeners[i]);
	listeners[0].ends = &listeners[1].watch;
	world_call(world, "desk.set", "{\"value\":1}");
	ck_assert_uint_eq(listeners[0].told, 1);
	ck_assert_uint_eq(listeners[1].told, 0);
	ck_assert_uint_eq(listeners[2].told, 1);
	listeners[0].ends = &listeners[0].watch;
	listeners[2].ends = &listeners[2].watch;
	world_call(world, "desk.set", "{\"value\":2}");
	world_call(world, "desk.set", "{\"value\":3}");
	ck_assert_uint_eq(listeners[0].told, 2);
	ck_assert_uint_eq(listeners[2].told, 2);
	sp_testing_destroy(world);
}
END_TEST

/* R-CF-6: a trace tells names, never values. */
START_TEST(no_value_is_told)
{
	sp_testing *world = world_open(NULL);
	struct listener listener;
	json_t *trace;
	char *text;

	world_add(world, &desk_plugin);
	listen(world, &listener);
	ck_assert_int_eq(sp_testing_set(world, "components.desk.key", "\"correct horse\""), SP_OK);
	trace = sp_kernel_trace_new(sp_testing_kernel(world), 0, 1000);
	text = json_dumps(trace, JSON_COMPACT);
	ck_assert_ptr_nonnull(strstr(text, "components.desk.key"));
	ck_assert_ptr_nonnull(strstr(text, "unlock"));
	ck_assert_ptr_null(strstr(text, "correct horse"));
	ck_assert_ptr_null(strstr(text, "hunter2"));
	free(text);
	json_decref(trace);
	sp_trace_watch_destroy(listener.watch);
	sp_testing_destroy(world);
}
END_TEST

/* R-PL-7: what was recorded outlives the plugin that it is about. */
START_TEST(records_outlive_their_plugin)
{
	sp_testing *world = world_open(NULL);
	struct listener listener;
	sp_plugin_handle *plugin = world_add(world, &desk_plugin);
	json_t *trace;

	listen(world, &listener);
	world_call(world, "desk.set", "{\"value\":1}");
	sp_testing_remove(world, plugin);
	trace = sp_kernel_trace_new(sp_testing_kernel(world), 0, 1);
	expect_record(json_array_get(records_of(trace), 0), "write", "desk", "count", "changed");
	json_decref(trace);
	sp_trace_watch_destroy(listener.watch);
	sp_testing_destroy(world);
}
END_TEST

/* Fails each allocation in turn: nobody watches, and nothing is kept. */
START_TEST(without_memory_nothing_is_watched)
{
	sp_testing *world = world_open(NULL);
	sp_trace_watch *watch = NULL;

	world_add(world, &desk_plugin);
	for (int after = 0; !watch; after++) {
		ck_assert_int_lt(after, 10);
		sp_alloc_fail_after(after);
		watch = sp_kernel_trace_watch(sp_testing_kernel(world), NULL, NULL);
		sp_alloc_fail_after(-1);
		world_call(world, "desk.set", after % 2 ? "{\"value\":1}" : "{\"value\":2}");
		ck_assert_uint_eq(sp_kernel_trace_latest(sp_testing_kernel(world)), watch ? 3 : 0);
	}
	sp_trace_watch_destroy(watch);
	sp_testing_destroy(world);
}
END_TEST

int main(void)
{
	const TTest *const cases[] = { waves_are_told, is_kept_while_somebody_watches, is_told_in_pieces,
		watches_may_end_when_told, no_value_is_told, records_outlive_their_plugin,
		without_memory_nothing_is_watched };

	return kit_run("trace", cases, sizeof cases / sizeof cases[0]);
}
