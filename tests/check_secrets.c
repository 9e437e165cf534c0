/* check_secrets.c: which settings must not be shown (R-CF-6). */
#include "kernel_kit.h"
#include "runner.h"

#include <string.h>

/* clang-format off */
SP_RECORD(account,
	(string, user),
	(string, password, .secret = true));

SP_RECORD(vault_settings,
	(string, pin, .secret = true),
	(string, open),
	(record(account), owner),
	(array(record(account)), others));

SP_COMPONENT(vault,
	(settings, vault_settings, settings),
	(property, string, key, .otherwise = "hush", .secret = true),
	(property, string, colour, .otherwise = "red"));
SP_RECORD(guard_properties,
	(record(account), owner),
	(array(record(account)), others));

SP_COMPONENT(guard,
	(properties, guard_properties, given),
	(property, record(account), boss));
/* clang-format on */

KIT_PLUGIN(vault, &vault_component);
KIT_PLUGIN(guard, &guard_component);

START_TEST(declared_secrets_are_listed_with_their_paths)
{
	sp_testing *world = world_open("{}");
	json_t *paths, *expected;

	world_add(world, &vault_plugin);
	paths = sp_kernel_secrets_new(sp_testing_kernel(world));
	expected = json_pack("[s, s, s, s, s]", "components.vault.pin", "components.vault.owner.password",
		"components.vault.others.password", "components.vault.others", "instances.vault.properties.key");
	ck_assert(json_equal(paths, expected));
	json_decref(paths);
	json_decref(expected);
	sp_testing_destroy(world);
}
END_TEST

START_TEST(secret_properties_are_hidden_in_the_listing)
{
	sp_testing *world = world_open("{}");
	json_t *component, *properties;

	world_add(world, &vault_plugin);
	component = sp_kernel_component_new(sp_testing_kernel(world), "vault");
	properties = json_object_get(component, "properties");
	ck_assert_str_eq(json_string_value(json_object_get(properties, "key")), "********");
	ck_assert_str_eq(json_string_value(json_object_get(properties, "colour")), "red");
	json_decref(component);
	sp_testing_destroy(world);
}
END_TEST

/* However deep in a record or a list, as they were given and as slots. */
START_TEST(secrets_inside_of_properties_are_hidden)
{
	sp_testing *world = world_open(
		"{\"instances\":{\"guard\":{\"properties\":{\"owner\":{\"user\":\"ada\",\"password\":\"first\"},"
		"\"others\":[{\"user\":\"bob\",\"password\":\"second\"}],\"boss\":{\"password\":\"third\"}}}}}");
	json_t *component;
	char *text;

	world_add(world, &guard_plugin);
	component = sp_kernel_component_new(sp_testing_kernel(world), "guard");
	text = json_dumps(component, JSON_COMPACT);
	ck_assert_ptr_nonnull(strstr(text, "\"owner\":{\"user\":\"ada\",\"password\":\"********\"}"));
	ck_assert_ptr_nonnull(strstr(text, "\"others\":[{\"user\":\"bob\",\"password\":\"********\"}]"));
	ck_assert_ptr_nonnull(strstr(text, "\"boss\":{\"password\":\"********\"}"));
	ck_assert_ptr_null(strstr(text, "first"));
	ck_assert_ptr_null(strstr(text, "second"));
	ck_assert_ptr_null(strstr(text, "third"));
	free(text);
	json_decref(component);
	sp_testing_destroy(world);
}
END_TEST

START_TEST(the_graph_does_not_show_them)
{
	sp_testing *world = world_open("{\"components\":{\"vault\":{\"pin\":\"1234\",\"open\":\"shown\"}}}");
	json_t *graph;
	char *text;

	world_add(world, &vault_plugin);
	graph = sp_kernel_graph_new(sp_testing_kernel(world));
	text = json_dumps(graph, 0);
	ck_assert_ptr_null(strstr(text, "1234"));
	ck_assert_ptr_null(strstr(text, "hush"));
	ck_assert_ptr_nonnull(strstr(text, "shown"));
	free(text);
	json_decref(graph);
	sp_testing_destroy(world);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(declared_secrets_are_listed_with_their_paths),
		TEST(secret_properties_are_hidden_in_the_listing), TEST(secrets_inside_of_properties_are_hidden),
		TEST(the_graph_does_not_show_them) };

	return run_suite(&SUITE(cases, "secrets"));
}
