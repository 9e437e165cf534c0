/* check_instances.c: many instances of one factory, each for itself, and what becomes of them with their plugin
 * (R-CM-8). */
#include "replace_kit.h"

#include <string.h>

#include "alloc.h"
#include "kernel.h"

/* clang-format off */
SP_COMPONENT(maid,
	(about, "comes when called", .on_demand = true),
	(property, string, region, .otherwise = "EU"),
	(settings, number, settings),
	(activate),
	(deactivate),
	(runnable, value, nothing, number));
SP_COMPONENT(keen, (about, "comes by itself"), (activate));
/* clang-format on */

static unsigned activations, deactivations;

static sp_status maid_activate(struct maid *self SP_UNUSED)
{
	activations++;
	return SP_OK;
}

static sp_status maid_deactivate(struct maid *self SP_UNUSED)
{
	deactivations++;
	return SP_OK;
}

static sp_status maid_value(struct maid *self, struct number *out)
{
	out->value = sp_get(self->settings.value);
	return SP_OK;
}

static sp_status keen_activate(struct keen *self SP_UNUSED)
{
	return SP_OK;
}

static struct built one, two;
static struct replaced replaced;

static sp_status make(sp_testing *testing, const char *component, const char *name, json_t *properties,
	struct sp_error *error)
{
	const struct sp_instance_options options = { sizeof options, component, name, properties };
	sp_status status = sp_kernel_instantiate(sp_testing_kernel(testing), &options, error);

	json_decref(properties);
	sp_testing_turn(testing);
	return status;
}

static sp_status end(sp_testing *testing, const char *name)
{
	sp_status status = sp_kernel_instance_remove(sp_testing_kernel(testing), name, NULL);

	sp_testing_turn(testing);
	return status;
}

START_TEST(instances_do_not_notice_each_other) /* R-CM-8 */
{
	sp_testing *testing = sp_testing_create("{\"components\": {\"ann\": {\"value\": 5}}}");

	built_load(&one, testing, &maid_component, "maid");
	ck_assert_str_eq(sp_testing_state(testing, "maid"), ""); /* .on_demand */
	ck_assert_int_eq(make(testing, "maid", "ann", NULL, NULL), SP_OK);
	ck_assert_int_eq(make(testing, "maid", "bea", json_pack("{s:s}", "region", "US"), NULL), SP_OK);
	ck_assert_uint_eq(activations, 2);
	ck_assert_int_eq(call_integer(testing, "ann.value", NULL, "value"), 5);
	ck_assert_int_eq(call_integer(testing, "bea.value", NULL, "value"), 1);
	ck_assert_int_eq(sp_testing_set(testing, "components.bea.value", "7"), SP_OK);
	ck_assert_int_eq(call_integer(testing, "ann.value", NULL, "value"), 5);
	ck_assert_int_eq(call_integer(testing, "bea.value", NULL, "value"), 7);
	ck_assert_int_eq(end(testing, "ann"), SP_OK);
	ck_assert_uint_eq(activations, 2);
	ck_assert_uint_eq(deactivations, 1);
	ck_assert_str_eq(call_code(testing, "ann.value", NULL), "not_found");
	ck_assert_int_eq(call_integer(testing, "bea.value", NULL, "value"), 7);
	ck_assert_int_eq(make(testing, "maid", "ann", NULL, NULL), SP_OK);
	ck_assert_int_eq(call_integer(testing, "ann.value", NULL, "value"), 5);
	sp_testing_destroy(testing);
	ck_assert_uint_eq(deactivations, 3);
}
END_TEST

START_TEST(what_cannot_be_made_is_told) /* R-CM-8, R-CM-12 */
{
	sp_testing *testing = sp_testing_create(NULL);
	struct sp_error error = { 0 };

	built_load(&one, testing, &maid_component, "maid");
	ck_assert_int_eq(make(testing, "butler", "ann", NULL, &error), SP_NOT_FOUND);
	ck_assert_str_eq(error.message, "no component butler is loaded");
	ck_assert_int_eq(make(testing, "maid", "Ann", NULL, &error), SP_INVALID);
	ck_assert_str_eq(error.message, "an instance's name is [a-z][a-z0-9-]{0,30}, not Ann");
	ck_assert_int_eq(make(testing, "maid", "ann_b", NULL, &error), SP_INVALID);
	ck_assert_int_eq(make(testing, "maid", "a-name-that-has-32-characters-ok", NULL, &error), SP_INVALID);
	ck_assert_int_eq(make(testing, "maid", "ann", json_pack("{s:s}", "size", "US"), &error), SP_INVALID);
	ck_assert_str_eq(error.message, "property size: is no property of maid; known here: region, service_ranking");
	ck_assert_str_eq(error.pointer, "/size");
	ck_assert_int_eq(make(testing, "maid", "ann", json_pack("{s:i}", "region", 1), &error), SP_INVALID);
	ck_assert_str_eq(error.pointer, "/region");
	ck_assert_int_eq(make(testing, "maid", "ann", NULL, NULL), SP_OK);
	ck_assert_int_eq(make(testing, "maid", "ann", NULL, &error), SP_CONFLICT);
	ck_assert_str_eq(error.message, "conflict: there is an instance ann already, of component maid");
	ck_assert_int_eq(end(testing, "bea"), SP_NOT_FOUND);
	ck_assert_int_eq(sp_kernel_set_properties(sp_testing_kernel(testing), "bea", NULL, &error), SP_NOT_FOUND);
	ck_assert_str_eq(error.message, "no instance bea; see 'signalctl component list'");
	sp_testing_destroy(testing);
}
END_TEST

static void expect_count(sp_testing *testing, const char *address, const char *params, int64_t count)
{
	ck_assert_int_eq(call_integer(testing, address, params, "value"), count);
}

/* Version 1 of counter with the instances counter, left and right, which have counted to 1, 2 and 3. */
static sp_testing *open_three(sp_plugin_handle **ret_plugin)
{
	sp_testing *testing = kit_open_counter(&one, ret_plugin);

	ck_assert_int_eq(make(testing, "counter", "left", NULL, NULL), SP_OK);
	ck_assert_int_eq(make(testing, "counter", "right", json_pack("{s:s}", "label", "r"), NULL), SP_OK);
	expect_count(testing, "counter.add", "{\"value\": 1}", 1);
	expect_count(testing, "left.add", "{\"value\": 2}", 2);
	expect_count(testing, "right.add", "{\"value\": 3}", 3);
	kit.diary[0] = '\0';
	return testing;
}

static void expect_replaced(void)
{
	ck_assert_uint_eq(replaced.times, 1);
	ck_assert_msg(replaced.status == SP_OK, "%s", replaced.error.message);
}

START_TEST(all_instances_are_carried_over) /* R-CM-8, R-PL-5 */
{
	sp_plugin_handle *counter;
	sp_testing *testing = open_three(&counter);

	kit_begin_two(&replaced, &two, counter);
	sp_testing_turn(testing);
	expect_replaced();
	expect_count(testing, "counter.add", "{\"by\": 10}", 11);
	expect_count(testing, "left.add", "{\"by\": 10}", 12);
	expect_count(testing, "right.add", "{\"by\": 10}", 13);
	sp_kernel_remove(replaced.now);
	sp_testing_turn(testing);
	ck_assert_str_eq(sp_testing_state(testing, "left"), "");
	ck_assert_uint_eq(sp_testing_kernel(testing)->instances_by_name.count, 0);
	sp_testing_destroy(testing);
}
END_TEST

/* One that somebody has made under that name stays as it is. */
START_TEST(a_version_that_is_not_on_demand_has_its_default_instance) /* R-CM-8, R-PL-5 */
{
	static struct sp_component maid_two;
	static const struct sp_component *const components[] = { &maid_component, NULL },
						*const next[] = { &maid_two, NULL };
	static const struct sp_plugin first = { { SP_ABI_MAJOR, sizeof first }, "maids", "1.0.0", components };
	static const struct sp_plugin second = { { SP_ABI_MAJOR, sizeof second }, "maids", "2.0.0", next };

	maid_two = keen_component;
	maid_two.name = "maid";
	for (int made = 0; made < 2; made++) {
		sp_testing *testing = sp_testing_create(NULL);
		sp_plugin_handle *maids = sp_testing_add(testing, &first, NULL);

		ck_assert_str_eq(sp_testing_state(testing, "maid"), "");
		if (made)
			ck_assert_int_eq(make(testing, "maid", "maid", NULL, NULL), SP_OK);
		ck_assert_int_eq(sp_testing_replace(testing, &maids, &second, NULL), SP_OK);
		ck_assert_str_eq(sp_testing_state(testing, "maid"), "active");
		ck_assert_uint_eq(sp_testing_kernel(testing)->instances_by_name.count, 1);
		ck_assert_ptr_null(strstr(sp_testing_log(testing, true), "conflict"));
		sp_testing_destroy(testing);
	}
}
END_TEST

START_TEST(one_that_comes_meanwhile_is_replaced_too) /* R-PL-5, R-CM-8 */
{
	sp_plugin_handle *counter;
	sp_testing *testing = open_three(&counter);
	struct called in_flight;
	char name[] = "new-a";

	called_begin(&in_flight, testing, "left.wait", NULL);
	kit_begin_two(&replaced, &two, counter);
	for (; name[4] < 'k'; name[4]++)
		ck_assert_int_eq(make(testing, "counter", name, NULL, NULL), SP_OK);
	ck_assert_uint_eq(replaced.times, 0);
	kit_release(testing);
	expect_replaced();
	expect_count(testing, "new-a.version", NULL, 2);
	expect_count(testing, "new-j.version", NULL, 2);
	expect_count(testing, "right.add", "{\"by\": 10}", 13);
	called_finish(&in_flight);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(one_that_goes_meanwhile_does_not_keep_it) /* R-PL-5, R-CM-8 */
{
	sp_plugin_handle *counter;
	sp_testing *testing = open_three(&counter);
	struct called in_flight, held;

	called_begin(&in_flight, testing, "left.wait", NULL);
	kit_begin_two(&replaced, &two, counter);
	sp_testing_turn(testing);
	called_begin(&held, testing, "right.version", NULL);
	ck_assert_uint_eq(held.times + replaced.times, 0);
	ck_assert_int_eq(end(testing, "left"), SP_OK);
	expect_replaced();
	ck_assert_int_eq(called_integer(&held, "value"), 2);
	kit_release(testing);
	ck_assert_str_eq(sp_testing_state(testing, "left"), "");
	expect_count(testing, "counter.add", "{\"by\": 10}", 11);
	called_finish(&in_flight);
	called_finish(&held);
	sp_testing_destroy(testing);
}
END_TEST

/* A component that the new version lacks takes its instances along. */
START_TEST(a_component_that_vanishes_takes_its_instances) /* R-CM-8, R-PL-5 */
{
	sp_testing *testing = sp_testing_create(NULL);
	sp_plugin_handle *plugin = NULL;

	built_begin(&one, "house", "1");
	built_add(&one, &maid_component, NULL);
	built_add(&one, &plain_one_component, "plain");
	plugin = sp_testing_add(testing, &one.plugin, NULL);
	ck_assert_int_eq(make(testing, "maid", "ann", NULL, NULL), SP_OK);
	ck_assert_int_eq(make(testing, "plain", "simple", NULL, NULL), SP_OK);
	built_begin(&two, "house", "2");
	built_add(&two, &plain_two_component, "plain");
	ck_assert_int_eq(sp_testing_replace(testing, &plugin, &two.plugin, NULL), SP_OK);
	ck_assert_str_eq(sp_testing_state(testing, "ann"), "");
	expect_count(testing, "simple.version", NULL, 2);
	expect_count(testing, "plain.version", NULL, 2);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(properties_that_the_next_version_lacks_are_told) /* R-PL-5 */
{
	sp_plugin_handle *counter;
	sp_testing *testing = open_three(&counter);
	struct sp_error error = { 0 };

	kit_plugin(&two, &counter_three_component, "counter", "3");
	ck_assert_int_eq(sp_testing_replace(testing, &counter, &two.plugin, &error), SP_INVALID);
	ck_assert_ptr_nonnull(strstr(error.message, "property label: is no property of counter"));
	expect_count(testing, "right.add", "{\"value\": 10}", 13);
	sp_testing_destroy(testing);
}
END_TEST

/* Without memory there is no instance, and nobody knows of it. */
START_TEST(making_one_may_fail_anywhere)
{
	sp_testing *testing = sp_testing_create(NULL);
	json_t *properties = json_pack("{s:s}", "region", "US");
	struct sp_error error = { 0 };
	sp_status status = SP_NO_MEMORY;

	built_load(&one, testing, &maid_component, "maid");
	for (long allowed = 0; status != SP_OK; allowed++) {
		sp_alloc_fail_after(allowed);
		status = sp_kernel_instantiate(sp_testing_kernel(testing),
			&(struct sp_instance_options){ sizeof(struct sp_instance_options), "maid", "ann", properties },
			&error);
		sp_alloc_fail_after(-1);
		ck_assert(status == SP_OK || error.code == SP_NO_MEMORY);
		ck_assert_uint_eq(sp_testing_kernel(testing)->instances_by_name.count, status == SP_OK);
		ck_assert_int_lt(allowed, 200);
	}
	sp_testing_turn(testing);
	ck_assert_str_eq(sp_testing_state(testing, "ann"), "active");
	json_decref(properties);
	sp_testing_destroy(testing);
}
END_TEST

int main(void)
{
	const TTest *const cases[] = { instances_do_not_notice_each_other, what_cannot_be_made_is_told,
		all_instances_are_carried_over, a_version_that_is_not_on_demand_has_its_default_instance,
		one_that_comes_meanwhile_is_replaced_too, one_that_goes_meanwhile_does_not_keep_it,
		a_component_that_vanishes_takes_its_instances, properties_that_the_next_version_lacks_are_told,
		making_one_may_fail_anywhere };

	return kit_run("instances", cases, sizeof cases / sizeof cases[0]);
}
