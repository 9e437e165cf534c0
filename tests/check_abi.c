/*
 * check_abi.c: a plugin that was built with the first headers of ABI 1 (tests/fixtures/abi-1) works in the present kernel,
 * and rows that are shorter or longer than the kernel's own are read as their sizes say.
 * links: signalpy */
#include "calls_kit.h"

#include <dlfcn.h>
#include <signalpy/component.h>
#include <stdio.h>
#include <string.h>

static const struct sp_plugin *veteran_plugin(void)
{
	static void *library; /* stays open */
	char path[512];
	const struct sp_plugin *plugin;

	snprintf(path, sizeof(path), "%s/tests/fixtures/abi-1.so", TEST_BUILD_DIR);
	library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	ck_assert_msg(library != NULL, "%s", dlerror());
	plugin = dlsym(library, "signalpy_plugin");
	ck_assert_ptr_nonnull(plugin);
	return plugin;
}

static sp_testing *open_veteran(const char *configuration, sp_plugin_handle **ret_plugin)
{
	sp_testing *testing = sp_testing_create(configuration);
	struct sp_error error = { 0 };

	*ret_plugin = sp_testing_add(testing, veteran_plugin(), &error);
	ck_assert_msg(*ret_plugin != NULL, "%s", error.message);
	ck_assert_str_eq(sp_testing_state(testing, "veteran"), "active");
	return testing;
}

static json_t *call(sp_testing *testing, const char *address, const char *params)
{
	json_t *answer = sp_testing_call_new(testing, address, params);

	ck_assert_ptr_nonnull(answer);
	return answer;
}

static const char *text_of(const json_t *answer)
{
	const char *text = json_string_value(json_object_get(json_object_get(answer, "data"), "text"));

	return text ? text : "";
}

START_TEST(old_plugin_is_described) /* architecture: the plugin ABI */
{
	sp_plugin_handle *plugin;
	sp_testing *testing = open_veteran(NULL, &plugin);
	json_t *component = sp_kernel_component_new(sp_testing_kernel(testing), "veteran");
	const struct sp_gateway *gateway = sp_kernel_gateway(sp_testing_kernel(testing));
	const struct sp_exposed *greet = gateway->find(gateway, "veteran.greet");

	ck_assert_str_eq(json_string_value(json_object_get(component, "version")), "1.2.3");
	ck_assert_str_eq(json_string_value(json_object_get(component, "about")), "Has a row of every word.");
	ck_assert_str_eq(greet->rest_path, "v1/old/greet");
	ck_assert_str_eq(greet->cli_prefix, "veteran");
	ck_assert_str_eq(greet->about, "Greets.");
	ck_assert_uint_eq(gateway->find(gateway, "veteran.nap")->transports, SP_MCP | SP_CLI);
	json_decref(component);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(old_plugin_answers) /* architecture: the plugin ABI; R-RN-2, R-RN-3 */
{
	sp_plugin_handle *plugin;
	sp_testing *testing =
		open_veteran("{\"components\": {\"veteran\": {\"greeting\": \"Hi\", \"mood\": \"calm\"}}}", &plugin);
	json_t *answer = call(testing, "veteran.greet",
		"{\"name\": \"ada\", \"factor\": 1.5, \"loud\": true, \"blob\": \"QUI=\", \"free\": [1], \"mood\": \"cross\","
		" \"limit\": {\"most\": 4}, \"numbers\": [1, 2]}");
	json_t *wanted = json_pack("{s:s, s:i, s:[i,i], s:[i], s:s}", "text", "Hi. ada 15 1", "count", 5, "numbers", 2,
		4, "free", 1, "blob", "QUI=");
	struct called nap;

	ck_assert(json_equal(json_object_get(answer, "data"), wanted));
	json_decref(answer);
	json_decref(wanted);
	ck_assert_str_eq(call_code(testing, "veteran.greet", "{\"name\": \"ADA\"}"), "invalid_params");
	answer = call(testing, "veteran.toil", NULL);
	ck_assert_str_eq(text_of(answer), "Hi. EN");
	json_decref(answer);
	called_begin(&nap, testing, "veteran.nap", NULL);
	ck_assert_str_eq(nap.progress, "1/2 asleep;");
	sp_testing_advance(testing, 100);
	ck_assert_str_eq(nap.code, "ok");
	called_finish(&nap);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(old_plugin_reacts) /* architecture: the plugin ABI; R-CF-3, R-BUS-1 */
{
	sp_plugin_handle *plugin;
	sp_testing *testing = open_veteran(NULL, &plugin);

	ck_assert_ptr_nonnull(strstr(sp_testing_log(testing, true), "info veteran: greeting Hello!, count 1"));
	ck_assert_ptr_nonnull(strstr(sp_testing_events(testing, true), "old.up {}"));
	ck_assert_int_eq(sp_testing_set(testing, "components.veteran.greeting", "\"Boo\""), SP_INVALID);
	ck_assert_int_eq(sp_testing_set(testing, "components.veteran.greeting", "\"Hey\""), SP_OK);
	sp_kernel_publish(sp_testing_kernel(testing), "veteran.x", NULL);
	sp_testing_turn(testing);
	ck_assert_ptr_nonnull(strstr(sp_testing_log(testing, true), "info veteran: greeting Hey!, count 11"));
	sp_testing_advance(testing, 5000);
	ck_assert_str_eq(sp_testing_state(testing, "veteran"), "active");
	sp_testing_remove(testing, plugin);
	ck_assert_ptr_nonnull(strstr(sp_testing_events(testing, true), "old.down {}"));
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(old_plugin_is_replaced) /* architecture: the plugin ABI; R-PL-5 */
{
	sp_plugin_handle *plugin;
	sp_testing *testing = open_veteran(NULL, &plugin);
	struct sp_error error = { 0 };
	json_t *answer;

	sp_kernel_publish(sp_testing_kernel(testing), "veteran.x", NULL);
	sp_testing_turn(testing);
	ck_assert_msg(sp_testing_replace(testing, &plugin, veteran_plugin(), &error) == SP_OK, "%s", error.message);
	answer = call(testing, "veteran.greet", "{\"factor\": 1}");
	ck_assert_int_eq(json_integer_value(json_object_get(json_object_get(answer, "data"), "count")), 20);
	json_decref(answer);
	sp_testing_destroy(testing);
}
END_TEST

/* ---- rows of other sizes ----------------------------------------------------------------------------------------- */

static sp_status answer_ok(void *self, sp_call *call, const void *in, void *out)
{
	(void)self;
	(void)call;
	(void)in;
	(void)out;
	return SP_OK;
}

/* A runnable row of a later minor version, with a member that this kernel does not know. */
struct later_runnable {
	struct sp_runnable row;
	const char *motto;
};

/* Loads a component of one row, which is size bytes long; NULL when it is refused, and *error says why. */
static sp_plugin_handle *load_row(sp_testing *testing, struct later_runnable *row, size_t size, struct sp_error *error)
{
	static const struct sp_row *rows[2];
	static struct sp_component component;
	static struct built built;

	*row = (struct later_runnable){ .row = { .row = { SP_ROW_RUNNABLE, (uint16_t)size, 0, "go" },
						.run = answer_ok,
						.about = "about",
						.timeout_ms = 5,
						.transports = SP_NATIVE_ONLY,
						.role = "clerk" },
		.motto = "onwards" };
	rows[0] = &row->row.row;
	component = (struct sp_component){ { SP_ABI_MAJOR, sizeof(component) }, "rower", sizeof(void *), rows, __FILE__,
		1 };
	built_begin(&built, "rower", "1");
	built_add(&built, &component, NULL);
	return sp_testing_add(testing, &built.plugin, error);
}

START_TEST(row_of_a_later_version_is_cut) /* architecture: tables grow by appending */
{
	sp_testing *testing = sp_testing_create(NULL);
	const struct sp_gateway *gateway = sp_kernel_gateway(sp_testing_kernel(testing));
	struct later_runnable row;

	ck_assert_ptr_nonnull(load_row(testing, &row, sizeof(row), NULL));
	ck_assert_str_eq(gateway->find(gateway, "rower.go")->about, "about");
	ck_assert_str_eq(gateway->find(gateway, "rower.go")->role, "clerk");
	ck_assert_str_eq(call_code(testing, "rower.go", NULL), "forbidden");
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(members_that_a_row_has_not_are_zero) /* architecture: a member is used only if its head says it is there */
{
	sp_testing *testing = sp_testing_create(NULL);
	const struct sp_gateway *gateway = sp_kernel_gateway(sp_testing_kernel(testing));
	struct later_runnable row;

	ck_assert_ptr_nonnull(load_row(testing, &row, offsetof(struct sp_runnable, about), NULL));
	ck_assert_ptr_null(gateway->find(gateway, "rower.go")->about);
	ck_assert_ptr_null(gateway->find(gateway, "rower.go")->role);
	ck_assert_uint_eq(gateway->find(gateway, "rower.go")->transports, SP_REST | SP_MCP | SP_CLI);
	ck_assert_str_eq(call_code(testing, "rower.go", NULL), "ok");
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(row_without_what_it_needs_is_refused) /* architecture: the plugin ABI */
{
	sp_testing *testing = sp_testing_create(NULL);
	struct later_runnable row;
	struct sp_error error = { 0 };

	ck_assert_ptr_null(load_row(testing, &row, offsetof(struct sp_runnable, run), &error));
	ck_assert_int_eq(error.code, SP_INVALID);
	ck_assert_ptr_nonnull(strstr(error.message, "component rower, row go"));
	ck_assert_ptr_null(load_row(testing, &row, sizeof(struct sp_row), &error));
	ck_assert_ptr_null(load_row(testing, &row, 0, &error));
	ck_assert_ptr_nonnull(load_row(testing, &row, sizeof(struct sp_runnable), &error));
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(component_without_rows_is_refused) /* architecture: {abi_major, struct_size} comes first */
{
	static const struct sp_row *const none[] = { NULL };
	sp_testing *testing = sp_testing_create(NULL);
	struct sp_component component = { { SP_ABI_MAJOR, sizeof(component) }, "rower", sizeof(void *), none, "f", 1 };
	struct sp_error error = { 0 };
	struct built built;

	component.head.struct_size = offsetof(struct sp_component, rows);
	built_begin(&built, "rower", "1");
	built_add(&built, &component, NULL);
	ck_assert_ptr_null(sp_testing_add(testing, &built.plugin, &error));
	ck_assert_int_eq(error.code, SP_INVALID);
	built.components[0].head.struct_size = sizeof(component);
	built.plugin.head.struct_size = offsetof(struct sp_plugin, components);
	ck_assert_ptr_null(sp_testing_add(testing, &built.plugin, &error));
	built.plugin.head.struct_size = sizeof(struct sp_plugin);
	built.plugin.head.abi_major = SP_ABI_MAJOR + 1;
	ck_assert_ptr_null(sp_testing_add(testing, &built.plugin, &error));
	ck_assert_ptr_nonnull(strstr(error.message, "ABI 2"));
	built.plugin.head.abi_major = SP_ABI_MAJOR;
	ck_assert_ptr_nonnull(sp_testing_add(testing, &built.plugin, &error));
	sp_testing_destroy(testing);
}
END_TEST

KIT_MAIN("abi", old_plugin_is_described, old_plugin_answers, old_plugin_reacts, old_plugin_is_replaced,
	row_of_a_later_version_is_cut, members_that_a_row_has_not_are_zero, row_without_what_it_needs_is_refused,
	component_without_rows_is_refused)
