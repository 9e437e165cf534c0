/* check_instances_configured.c: instances come, change and go with the configuration, and disturb nobody (R-CM-8,
 * R-CF-3). */
#include "instances_configured.h"

#include <string.h>

#include "alloc.h"
#include "kernel.h"
#include "kernel_kit.h"

/* clang-format off */
SP_RECORD(post, (integer, port, .otherwise = 25, .max = 65535));
SP_COMPONENT(mailer,
	(about, "delivers", .on_demand = true),
	(settings, post, settings),
	(property, string, region, .otherwise = "home"),
	(property, string, key, .secret = true),
	(activate),
	(deactivate),
	(effect, follow));
SP_COMPONENT(greeter, (property, string, language, .otherwise = "en"), (activate), (deactivate), (effect, follow));
/* clang-format on */

static unsigned runs;
static bool silent;

static sp_status mailer_activate(struct mailer *self)
{
	if (!silent)
		diary_add("+%s", sp_name(self->rt));
	return SP_OK;
}

static sp_status mailer_deactivate(struct mailer *self)
{
	if (!silent)
		diary_add("-%s", sp_name(self->rt));
	return SP_OK;
}

static sp_status mailer_follow(struct mailer *self)
{
	const char *region = sp_get(self->region);

	runs++;
	if (!silent)
		diary_add("%s:%s:%d", sp_name(self->rt), region, (int)sp_get(self->settings.port));
	return SP_OK;
}

static sp_status greeter_activate(struct greeter *self)
{
	diary_add("+%s", sp_name(self->rt));
	return SP_OK;
}

static sp_status greeter_deactivate(struct greeter *self)
{
	diary_add("-%s", sp_name(self->rt));
	return SP_OK;
}

static sp_status greeter_follow(struct greeter *self)
{
	diary_add("%s:%s", sp_name(self->rt), sp_get(self->language));
	return SP_OK;
}

KIT_PLUGIN(mailer, &mailer_component);
KIT_PLUGIN(greeter, &greeter_component);

/* Sets what the configuration says of instances, which must be accepted; answers what happened. */
static const char *ask(sp_testing *world, const char *wishes)
{
	ck_assert_int_eq(sp_testing_set(world, "instances", wishes), SP_OK);
	return diary_take();
}

/* Proposes what is wrong: the first fault as "path: message", until the next call. */
static const char *refusal(sp_testing *world, const char *tree)
{
	static char text[512];
	json_t *faults = json_array(), *json = json_loads(tree, 0, NULL);
	const json_t *fault;

	ck_assert_int_eq(sp_kernel_check(sp_testing_kernel(world), json, faults), SP_INVALID);
	ck_assert_int_eq(sp_kernel_check(sp_testing_kernel(world), json, NULL), SP_INVALID);
	ck_assert_int_eq(sp_kernel_configure(sp_testing_kernel(world), json_incref(json), NULL), SP_INVALID);
	sp_testing_turn(world);
	fault = json_array_get(faults, 0);
	snprintf(text, sizeof text, "%s: %s", json_string_value(json_object_get(fault, "path")),
		json_string_value(json_object_get(fault, "message")));
	json_decref(faults);
	json_decref(json);
	return text;
}

START_TEST(they_come_change_and_go) /* R-CM-8 */
{
	sp_testing *world = world_open("{\"components\": {\"eu\": {\"port\": 99}}}");

	world_add(world, &mailer_plugin);
	ck_assert_str_eq(diary_take(), "");
	ck_assert_str_eq(ask(world, "{\"eu\": {\"component\": \"mailer\", \"properties\": {\"region\": \"EU\"}}}"),
		"+eu eu:EU:99");
	ck_assert_str_eq(
		ask(world,
			"{\"eu\": {\"component\": \"mailer\", \"properties\": {\"region\": \"EU\"}}, \"us\": {\"component\": "
			"\"mailer\"}}"),
		"+us us:home:25");
	ck_assert_str_eq(ask(world, "{\"eu\": {\"component\": \"mailer\"}, \"us\": {\"component\": \"mailer\"}}"),
		"eu:home:99"); /* as a signal, without a restart */
	ck_assert_str_eq(ask(world, "{\"us\": {\"component\": \"mailer\"}}"), "-eu");
	ck_assert_str_eq(ask(world, "{\"us\": {\"component\": \"mailer\", \"enabled\": false}}"), "-us");
	ck_assert_str_eq(ask(world, "{\"us\": {\"component\": \"mailer\", \"enabled\": true}, \"mailer\": {}}"),
		"+us us:home:25 +mailer mailer:home:25");
	sp_testing_destroy(world);
}
END_TEST

START_TEST(a_default_instance_is_switched_off_and_given_properties) /* R-CM-8 */
{
	sp_testing *world = world_open("{\"instances\": {\"greeter\": false}}");
	sp_plugin_handle *plugin = world_add(world, &greeter_plugin);

	ck_assert_str_eq(diary_take(), "");
	ck_assert_str_eq(ask(world, "{}"), "+greeter greeter:en");
	ck_assert_str_eq(world_text(world, "greeter", "origin"), "default");
	ck_assert_str_eq(ask(world, "{\"greeter\": {\"properties\": {\"language\": \"de\"}}}"), "greeter:de");
	ck_assert_str_eq(ask(world, "{}"), "greeter:en");
	ck_assert_str_eq(ask(world, "{\"greeter\": false}"), "-greeter");
	sp_testing_remove(world, plugin);
	ck_assert_str_eq(ask(world, "{\"greeter\": {\"properties\": {\"language\": \"fr\"}}}"), "");
	world_add(world, &greeter_plugin);
	ck_assert_str_eq(diary_take(), "+greeter greeter:fr");
	sp_testing_destroy(world);
}
END_TEST

START_TEST(one_waits_for_its_component) /* R-CM-8, R-CM-5 */
{
	sp_testing *world = world_open("{\"instances\": {\"eu\": {\"component\": \"mailer\"}}}");
	sp_plugin_handle *plugin;
	json_t *list = sp_kernel_components_new(sp_testing_kernel(world));

	ck_assert_uint_eq(json_array_size(list), 1);
	ck_assert_ptr_null(json_object_get(json_array_get(list, 0), "age_ms")); /* nobody knows since when */
	json_decref(list);
	ck_assert_str_eq(world_text(world, "eu", "state"), "waiting");
	ck_assert_str_eq(world_text(world, "eu", "reason"), "waits for the component mailer, which no plugin has");
	ck_assert_int_eq(sp_kernel_state(sp_testing_kernel(world)), SP_KERNEL_HEALTHY);
	for (int i = 0; i < 2; i++) {
		plugin = world_add(world, &mailer_plugin);
		ck_assert_str_eq(diary_take(), "+eu eu:home:25");
		ck_assert_str_eq(world_text(world, "eu", "origin"), "configuration");
		sp_testing_remove(world, plugin);
		ck_assert_str_eq(diary_take(), "-eu");
		ck_assert_str_eq(world_text(world, "eu", "state"), "waiting");
	}
	sp_testing_destroy(world);
}
END_TEST

START_TEST(another_component_makes_it_anew) /* R-CM-8 */
{
	sp_testing *world = world_open("{\"instances\": {\"eu\": {\"component\": \"mailer\"}}}");

	world_add(world, &mailer_plugin);
	world_add(world, &greeter_plugin);
	ck_assert_str_eq(diary_take(), "+eu eu:home:25 +greeter greeter:en");
	ck_assert_str_eq(ask(world, "{\"eu\": {\"component\": \"greeter\"}}"), "-eu +eu eu:en");
	ck_assert_str_eq(ask(world, "{\"eu\": {\"component\": \"butler\"}}"), "-eu");
	ck_assert_str_eq(ask(world, "{\"greeter\": {\"component\": \"mailer\"}}"), "-greeter +greeter greeter:home:25");
	sp_testing_destroy(world);
}
END_TEST

START_TEST(faults_name_the_path) /* R-CF-3 */
{
	sp_testing *world = world_open(NULL);
	const struct sp_instance_options made = { sizeof made, "greeter", "made", NULL };

	world_add(world, &mailer_plugin);
	world_add(world, &greeter_plugin);
	sp_kernel_instantiate(sp_testing_kernel(world), &made, NULL);
	sp_testing_turn(world);
	diary_take();
	ck_assert_str_eq(refusal(world, "{\"instances\": []}"),
		"instances: must be an object: what is asked for by the name of each instance");
	ck_assert_str_eq(refusal(world, "{\"instances\": {\"Eu\": {}}}"),
		"instances.Eu: is no instance's name; those are [a-z][a-z0-9-]{0,30}");
	ck_assert_str_eq(refusal(world, "{\"instances\": {\"eu\": 1}}"),
		"instances.eu: must be an object with component, properties and enabled, or false for none of this name");
	ck_assert_str_eq(refusal(world, "{\"instances\": {\"eu\": {\"component\": \"Mailer\"}}}"),
		"instances.eu.component: must be a component's name, \"mailer\"");
	ck_assert_str_eq(refusal(world, "{\"instances\": {\"eu\": {\"class\": \"mailer\"}}}"),
		"instances.eu.class: is unknown; an instance has component, properties and enabled");
	ck_assert_str_eq(refusal(world, "{\"instances\": {\"mailer\": {\"isolated\": true}}}"), /* R-PL-9 */
		"instances.mailer.isolated: must be false: a plugin cannot have a process of its own yet");
	ck_assert_str_eq(refusal(world,
				 "{\"instances\": {\"eu\": {\"component\": \"mailer\", \"properties\": "
				 "{\"size\": 1}}}}"),
		"instances.eu.properties.size: is no property of mailer; known here: region, key, service_ranking");
	ck_assert_ptr_nonnull(strstr(refusal(world,
					     "{\"instances\": {\"eu\": {\"component\": \"mailer\", "
					     "\"properties\": {\"region\": 1}}}}"),
		"instances.eu.properties.region: must be a string"));
	ck_assert_ptr_nonnull(strstr(refusal(world,
					     "{\"instances\": {\"eu\": {\"component\": \"mailer\"}}, "
					     "\"components\": {\"eu\": {\"port\": 70000}}}"),
		"components.eu.port: "));
	ck_assert_str_eq(refusal(world, "{\"instances\": {\"made\": false}}"),
		"instances.made: conflict: the name belongs to an instance of greeter that was made by code");
	ck_assert_str_eq(diary_take(), "");
	sp_testing_destroy(world);
}
END_TEST

/* What was accepted while the component was not there may not suit it: that is the instance's error, and one may mend
 * it. */
START_TEST(what_does_not_suit_a_late_component_is_its_error) /* R-CM-10 */
{
	sp_testing *world =
		world_open("{\"instances\": {\"eu\": {\"component\": \"mailer\", \"properties\": {\"size\": 1}}}}");

	world_add(world, &mailer_plugin);
	ck_assert_str_eq(sp_testing_state(world, "eu"), "errored");
	ck_assert_str_eq(world_text(world, "eu", "reason"),
		"property size: is no property of mailer; known here: region, key, service_ranking");
	ck_assert_int_eq(sp_kernel_state(sp_testing_kernel(world)), SP_KERNEL_DEGRADED);
	ck_assert_str_eq(ask(world, "{\"eu\": {\"component\": \"mailer\"}}"), "+eu eu:home:25");
	sp_testing_destroy(world);
}
END_TEST

START_TEST(secret_properties_are_told_as_such) /* R-CF-6 */
{
	sp_testing *world = world_open("{\"instances\": {\"eu\": {\"component\": \"mailer\"}}}");
	json_t *secrets;

	world_add(world, &mailer_plugin);
	secrets = sp_kernel_secrets_new(sp_testing_kernel(world));
	ck_assert_uint_eq(json_array_size(secrets), 1);
	ck_assert_str_eq(json_string_value(json_array_get(secrets, 0)), "instances.eu.properties.key");
	json_decref(secrets);
	sp_testing_destroy(world);
}
END_TEST

/* A tree with many instances, of which the first few have another region. */
static json_t *many(int count, int changed)
{
	json_t *wishes = json_object();
	char name[32];

	for (int i = 0; i < count; i++) {
		snprintf(name, sizeof name, "m-%d", i);
		json_object_set_new(wishes, name,
			json_pack("{s:s, s:{s:s}}", "component", "mailer", "properties", "region",
				i < changed ? "there" : "here"));
	}
	return json_pack("{s:o}", "instances", wishes);
}

START_TEST(a_change_of_ten_wakes_ten) /* R-CF-4, and a figure of performance */
{
	sp_testing *world = world_open(NULL);
	struct sp_graph_counts before, after;

	silent = true;
	world_add(world, &mailer_plugin);
	ck_assert_int_eq(sp_kernel_configure(sp_testing_kernel(world), many(1000, 0), NULL), SP_OK);
	sp_testing_turn(world);
	ck_assert_uint_eq(runs, 1000);
	sp_graph_count(sp_kernel_graph(sp_testing_kernel(world)), &before);
	ck_assert_int_eq(sp_kernel_configure(sp_testing_kernel(world), many(1000, 10), NULL), SP_OK);
	sp_graph_count(sp_kernel_graph(sp_testing_kernel(world)), &after);
	ck_assert_uint_eq(runs, 1010);
	ck_assert_uint_eq(after.waves - before.waves, 1);
	ck_assert_uint_eq(after.effect_runs - before.effect_runs,
		20); /* each's own, and the one that follows properties */
	sp_testing_destroy(world);
}
END_TEST

/* Either all of it comes true, or nothing. */
START_TEST(a_commit_may_fail_anywhere) /* R-CF-3 */
{
	sp_testing *world = world_open("{\"instances\": {\"eu\": {\"component\": \"mailer\"}, \"us\": {\"component\": "
				       "\"mailer\"}}}");
	sp_status status = SP_NO_MEMORY;

	world_add(world, &mailer_plugin);
	diary_take();
	for (long allowed = 0; status != SP_OK; allowed++) {
		json_t *tree = json_loads("{\"instances\": {\"eu\": {\"component\": \"mailer\", \"properties\": "
					  "{\"region\": \"EU\"}}, \"asia\": {\"component\": \"mailer\"}}}",
			0, NULL);

		sp_alloc_fail_after(allowed);
		status = sp_kernel_configure(sp_testing_kernel(world), tree, NULL);
		sp_alloc_fail_after(-1);
		ck_assert(status == SP_OK || status == SP_NO_MEMORY);
		if (status != SP_OK)
			ck_assert_uint_eq(sp_testing_kernel(world)->instances_by_name.count, 2);
		ck_assert_int_lt(allowed, 400);
	}
	sp_testing_turn(world);
	ck_assert_str_eq(diary_take(), "eu:EU:25 -us +asia asia:home:25");
	sp_testing_destroy(world);
}
END_TEST

int main(void)
{
	const TTest *const cases[] = { they_come_change_and_go, a_default_instance_is_switched_off_and_given_properties,
		one_waits_for_its_component, another_component_makes_it_anew, faults_name_the_path,
		what_does_not_suit_a_late_component_is_its_error, secret_properties_are_told_as_such,
		a_change_of_ten_wakes_ten, a_commit_may_fail_anywhere };

	return kit_run("instances_configured", cases, sizeof cases / sizeof cases[0]);
}
