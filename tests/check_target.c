/* check_target.c: a component called with a target, which picks the instance (R-RN-7). */
#include "kernel_kit.h"

#include <signalpy/gateway.h>
#include <stdio.h>

/* clang-format off */
SP_RECORD(told, (string, text));
SP_RECORD(region, (string, region));

SP_COMPONENT(store,
	(about, "keeps things", .target_property = "region", .on_demand = true),
	(property, string, region),
	(runnable, name, nothing, told),
	(runnable, move, region, nothing));
SP_COMPONENT(shelf,
	(about, "one of many", .target_property = "number"),
	(property, integer, number, .otherwise = 7),
	(runnable, name, nothing, told));
SP_COMPONENT(plain, (runnable, name, nothing, told));
SP_COMPONENT(wrong, (about, "says what it has not", .target_property = "region"), (runnable, name, nothing, told));
/* clang-format on */

static sp_status store_name(struct store *self, struct told *out)
{
	out->text = sp_name(self->rt);
	return SP_OK;
}

static sp_status store_move(struct store *self, const struct region *in)
{
	return sp_set(self->region, in->region);
}

static sp_status shelf_name(struct shelf *self, struct told *out)
{
	out->text = sp_name(self->rt);
	return SP_OK;
}

static sp_status plain_name(struct plain *self, struct told *out)
{
	out->text = sp_name(self->rt);
	return SP_OK;
}

static sp_status wrong_name(struct wrong *self, struct told *out)
{
	out->text = sp_name(self->rt);
	return SP_OK;
}

KIT_PLUGIN(shop, &store_component, &shelf_component, &plain_component);
KIT_VERSION(shop_two, shop, "2.0.0", &store_component, &shelf_component, &plain_component);
KIT_PLUGIN(wrong, &wrong_component);

static char answered[300];

static void note(void *user SP_UNUSED, const struct sp_answer *answer)
{
	snprintf(answered, sizeof(answered), "%s%s%s", answer->code ? answer->code : "", answer->code ? ": " : "",
		answer->code ? answer->message : json_string_value(json_object_get(answer->data, "text")));
}

/* Who answered, or why nobody did. */
static const char *ask(sp_testing *world, const char *address, const char *target)
{
	const struct sp_gateway *gateway = sp_kernel_gateway(sp_testing_kernel(world));
	const struct sp_request request = { .struct_size = sizeof(request),
		.address = address,
		.done = note,
		.target = target };

	gateway->call(gateway, &request, NULL);
	sp_testing_turn(world);
	return answered;
}

static void make(sp_testing *world, const char *name, const char *in)
{
	struct sp_instance_options options = { .struct_size = sizeof(options), .component = "store", .name = name };

	options.properties = json_pack("{s:s}", "region", in);
	ck_assert_int_eq(sp_kernel_instantiate(sp_testing_kernel(world), &options, NULL), SP_OK);
	json_decref(options.properties);
	sp_testing_turn(world);
}

static sp_testing *shop_open(sp_plugin_handle **ret_plugin)
{
	sp_testing *world = world_open(NULL);

	*ret_plugin = world_add(world, &shop_plugin);
	make(world, "store-a", "eu");
	make(world, "store-b", "us");
	make(world, "store-c", "us");
	return world;
}

START_TEST(the_instance_with_that_value) /* R-RN-7 */
{
	sp_plugin_handle *plugin;
	sp_testing *world = shop_open(&plugin);

	ck_assert_str_eq(ask(world, "store.name", "eu"), "store-a");
	ck_assert_str_eq(ask(world, "store.name", "us"), "store-b"); /* the oldest */
	ck_assert_str_eq(ask(world, "shelf.name", "7"), "shelf");
	ck_assert_str_eq(ask(world, "store-c.name", NULL), "store-c");
	sp_testing_destroy(world);
}
END_TEST

START_TEST(what_it_picks_follows_the_properties) /* R-RN-7, R-CM-6 */
{
	sp_plugin_handle *plugin;
	sp_testing *world = shop_open(&plugin);

	json_decref(sp_testing_call_new(world, "store-a.move", "{\"region\": \"asia\"}"));
	ck_assert_str_eq(ask(world, "store.name", "eu"),
		"not_found: no instance of component store has the region 'eu'");
	ck_assert_str_eq(ask(world, "store.name", "asia"), "store-a");
	ck_assert_int_eq(sp_kernel_instance_remove(sp_testing_kernel(world), "store-b", NULL), SP_OK);
	ck_assert_str_eq(ask(world, "store.name", "us"), "store-c");
	ck_assert_int_eq(sp_testing_replace(world, &plugin, &shop_two_plugin, NULL), SP_OK);
	ck_assert_str_eq(ask(world, "store.name", "us"), "store-c");
	ck_assert_str_eq(ask(world, "shelf.name", "7"), "shelf");
	sp_testing_remove(world, plugin);
	ck_assert_str_eq(ask(world, "store.name", "us"),
		"not_found: there is no component store: with a target, write component.runnable");
	sp_testing_destroy(world);
}
END_TEST

START_TEST(a_target_that_picks_nothing_is_told) /* R-RN-7 */
{
	sp_plugin_handle *plugin;
	sp_testing *world = shop_open(&plugin);
	const struct sp_gateway *gateway = sp_kernel_gateway(sp_testing_kernel(world));
	struct sp_error error = { 0 };

	ck_assert_str_eq(ask(world, "plain.name", "eu"),
		"invalid_params: component plain declares no target_property: name the instance");
	ck_assert_str_eq(ask(world, "store.nothing", "eu"), "not_found: there is no runnable store-a.nothing");
	ck_assert_str_eq(ask(world, "shelf.name", "seven"),
		"not_found: no instance of component shelf has the number 'seven'");
	ck_assert_str_eq(gateway->find_target(gateway, "store.name", "eu", &error)->address, "store-a.name");
	ck_assert_ptr_null(gateway->find_target(gateway, "store.name", "mars", &error));
	ck_assert_int_eq(error.code, SP_NOT_FOUND);
	sp_testing_destroy(world);
}
END_TEST

START_TEST(a_component_has_the_property_it_names) /* R-RN-7 */
{
	sp_testing *world = world_open(NULL);
	sp_status status;

	ck_assert_str_eq(world_refusal(world, &wrong_plugin, &status),
		"component wrong: the target_property region is no property of it");
	sp_testing_destroy(world);
}
END_TEST

KIT_MAIN("target", the_instance_with_that_value, what_it_picks_follows_the_properties,
	a_target_that_picks_nothing_is_told, a_component_has_the_property_it_names)
