/* check_origin.c: who writes a signal, as the trace tells it (R-RX-11). */
#include "origin.h"

#include "desk.h"
#include "trace.h"

#include <stdio.h>
#include <string.h>

VOICE(anna, 10, "en");

static uint64_t looked_at;

/* Who wrote a node since the last look; "nobody" when nobody did. */
static const char *writer_of(sp_testing *world, const char *owner, const char *name)
{
	static char by[ORIGIN_SIZE];
	json_t *trace = sp_kernel_trace_new(sp_testing_kernel(world), looked_at, 1000);
	const json_t *record;
	size_t i;

	snprintf(by, sizeof by, "nobody");
	json_array_foreach(json_object_get(trace, "records"), i, record)
		if (strcmp(json_string_value(json_object_get(record, "kind")), "write") == 0 &&
			strcmp(json_string_value(json_object_get(record, "owner")), owner) == 0 &&
			strcmp(json_string_value(json_object_get(record, "node")), name) == 0)
			snprintf(by, sizeof by, "%s", json_string_value(json_object_get(record, "by")));
	looked_at = sp_kernel_trace_latest(sp_testing_kernel(world));
	json_decref(trace);
	return by;
}

static sp_testing *open_desk(sp_trace_watch **ret_watch)
{
	sp_testing *world = world_open(NULL);

	looked_at = 0;
	*ret_watch = sp_kernel_trace_watch(sp_testing_kernel(world), NULL, NULL);
	ck_assert_ptr_nonnull(*ret_watch);
	world_add(world, &desk_plugin);
	return world;
}

static void close_desk(sp_testing *world, sp_trace_watch *watch)
{
	sp_trace_watch_destroy(watch);
	sp_testing_destroy(world);
}

START_TEST(entries_are_named)
{
	sp_trace_watch *watch;
	sp_testing *world = open_desk(&watch);

	ck_assert_str_eq(writer_of(world, "desk", "count"), "desk.activate (hook)");
	world_call(world, "desk.set", "{\"value\":5}");
	ck_assert_str_eq(writer_of(world, "desk", "count"), "desk.set (call)");
	world_call(world, "desk.set", "{\"value\":6}");
	ck_assert_str_eq(writer_of(world, "desk", "copy"), "desk.follow (effect)");
	world_call(world, "desk.wait", NULL);
	sp_testing_advance(world, 5);
	ck_assert_str_eq(writer_of(world, "desk", "count"), "desk.tick (timer)");
	ck_assert_int_eq(sp_kernel_publish(sp_testing_kernel(world), "desk.noted", json_object()), SP_OK);
	sp_testing_turn(world);
	ck_assert_str_eq(writer_of(world, "desk", "count"), "desk.note (event)");
	ck_assert_str_eq(writer_of(world, "desk", "count"), "nobody");
	close_desk(world, watch);
}
END_TEST

START_TEST(configuration_is_named_with_its_path)
{
	sp_trace_watch *watch;
	sp_testing *world = open_desk(&watch);

	ck_assert_int_eq(sp_testing_set(world, "components.desk.motto", "\"less\""), SP_OK);
	ck_assert_str_eq(writer_of(world, "desk", "motto"), "configuration: components.desk.motto");
	ck_assert_int_eq(sp_testing_set(world, "components.desk.lamp.watts", "60"), SP_OK);
	ck_assert_str_eq(writer_of(world, "desk", "watts"), "configuration: components.desk.lamp.watts");
	ck_assert_ptr_nonnull(sp_kernel_setting(sp_testing_kernel(world), "a.b"));
	ck_assert_int_eq(sp_testing_set(world, "a.b", "1"), SP_OK);
	ck_assert_str_eq(writer_of(world, "", "a.b"), "configuration: a.b");
	close_desk(world, watch);
}
END_TEST

START_TEST(services_are_named_by_contract)
{
	sp_trace_watch *watch;
	sp_testing *world = open_desk(&watch);

	world_add(world, &anna_plugin);
	ck_assert_str_eq(writer_of(world, "desk", "critic"), "services: IVoice/1");
	close_desk(world, watch);
}
END_TEST

START_TEST(properties_are_named_by_instance)
{
	sp_trace_watch *watch;
	sp_testing *world = open_desk(&watch);
	json_t *properties = json_pack("{s:s}", "place", "there");

	ck_assert_int_eq(sp_kernel_set_properties(sp_testing_kernel(world), "desk", properties, NULL), SP_OK);
	ck_assert_str_eq(writer_of(world, "desk", "place"), "properties of desk");
	json_decref(properties);
	close_desk(world, watch);
}
END_TEST

START_TEST(whoever_has_no_name_is_the_host)
{
	sp_trace_watch *watch;
	sp_testing *world = open_desk(&watch);
	sp_graph *graph = sp_kernel_graph(sp_testing_kernel(world));
	const int64_t one = 1, two = 2;
	sp_node *node = sp_signal_create(graph, &sp_type_integer, &one);

	ck_assert_int_eq(sp_node_describe(node, "mine", NULL), SP_OK);
	sp_node_write(node, &two);
	ck_assert_str_eq(writer_of(world, "", "mine"), "kernel");
	close_desk(world, watch);
}
END_TEST

int main(void)
{
	const TTest *const cases[] = { entries_are_named, configuration_is_named_with_its_path,
		services_are_named_by_contract, properties_are_named_by_instance, whoever_has_no_name_is_the_host };

	return kit_run("origin", cases, sizeof cases / sizeof cases[0]);
}
