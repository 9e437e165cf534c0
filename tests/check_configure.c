/* check_configure.c: the configuration tree is judged whole, and then changes in one batch what it must and nothing
 * else. */
#include "calls_kit.h"

#include <signalpy/component.h>
#include <stdio.h>
#include <string.h>

#include "alloc.h"

/* clang-format off */
SP_RECORD(pool, (integer, size, .otherwise = 4, .min = 1), (string, name, .otherwise = "main"));
SP_RECORD(base_settings,
	(string, url, .otherwise = "none", .max_length = 20),
	(record(pool), pool),
	(any, extra),
	(array(string), hosts),
	(integer, a), (integer, b), (integer, c), (integer, d), (integer, e));

SP_COMPONENT(base,
	(settings, base_settings, settings),
	(check, base_settings),
	(effect, follow_url),
	(effect, follow_size),
	(effect, follow_extra),
	(effect, follow_hosts),
	(effect, follow_letters),
	(runnable, url, nothing, nothing));

SP_RECORD(port_settings, (integer, port, .required = true, .max = 65535));
SP_COMPONENT(web,
	(settings, port_settings, settings, .at = "http.server"),
	(effect, follow_port));

SP_COMPONENT(fussy,
	(settings, port_settings, settings),
	(activate));

SP_COMPONENT(stubborn, (activate));

struct lack {
	struct sp_service service;
};
SP_CONTRACT(lack, "ILack", 1);
SP_COMPONENT(waiter, (settings, port_settings, settings), (one, lack, lack));
/* clang-format on */

static unsigned url_runs, size_runs, extra_runs, hosts_runs, letter_runs, checks, activations;
static char url[40];
static int64_t sum, port;

static sp_status base_check(const struct base *self, const struct base_settings *next)
{
	checks++;
	if (strcmp(next->url, sp_peek(self->settings.url)) != 0 && strcmp(next->url, "forbidden") == 0)
		return sp_fail(self->rt, SP_INVALID, "%s is not allowed after %s", next->url,
			sp_peek(self->settings.url));
	return SP_OK;
}

static sp_status base_follow_url(struct base *self)
{
	url_runs++;
	snprintf(url, sizeof(url), "%s", sp_get(self->settings.url));
	return SP_OK;
}

static sp_status base_follow_size(struct base *self)
{
	size_runs++;
	(void)sp_get(self->settings.pool.size);
	return SP_OK;
}

static sp_status base_follow_extra(struct base *self)
{
	extra_runs++;
	(void)sp_get(self->settings.extra);
	return SP_OK;
}

static sp_status base_follow_hosts(struct base *self)
{
	hosts_runs++;
	(void)sp_get(self->settings.hosts);
	return SP_OK;
}

static sp_status base_follow_letters(struct base *self)
{
	letter_runs++;
	sum = sp_get(self->settings.a) + sp_get(self->settings.b) + sp_get(self->settings.c) +
		sp_get(self->settings.d) + sp_get(self->settings.e);
	return SP_OK;
}

static sp_status base_url(struct base *self SP_UNUSED)
{
	return SP_OK;
}

static sp_status web_follow_port(struct web *self)
{
	port = sp_get(self->settings.port);
	return SP_OK;
}

static sp_status fussy_activate(struct fussy *self)
{
	activations++;
	return sp_peek(self->settings.port) == 13 ? sp_fail(self->rt, SP_FAILED, "13 brings bad luck") : SP_OK;
}

static sp_status stubborn_activate(struct stubborn *self)
{
	activations++;
	return sp_fail(self->rt, SP_FAILED, "never");
}

static struct built one, two, three;

static sp_testing *open_base(const char *configuration)
{
	sp_testing *testing = sp_testing_create(configuration);

	built_load(&one, testing, &base_component, NULL);
	ck_assert_str_eq(sp_testing_state(testing, "base"), "active");
	url_runs = size_runs = extra_runs = hosts_runs = letter_runs = 0;
	return testing;
}

/* Commits a tree; *ret_faults is new, for the caller. */
static sp_status configure(sp_testing *testing, const char *text, json_t **ret_faults)
{
	json_t *tree = json_loads(text, 0, NULL);

	ck_assert_ptr_nonnull(tree);
	*ret_faults = json_array();
	return sp_kernel_configure(sp_testing_kernel(testing), tree, *ret_faults);
}

/* Whether there is a fault of that path and rule, told of that instance. */
static bool has_fault(const json_t *faults, const char *path, const char *rule, const char *instance)
{
	const json_t *fault;
	size_t i;

	json_array_foreach(faults, i, fault) {
		ck_assert_str_ne(json_string_value(json_object_get(fault, "message")), "");
		ck_assert_ptr_nonnull(json_string_value(json_object_get(fault, "pointer")));
		if (strcmp(json_string_value(json_object_get(fault, "path")), path) == 0 &&
			strcmp(json_string_value(json_object_get(fault, "rule")), rule) == 0 &&
			strcmp(json_string_value(json_object_get(fault, "instance")), instance) == 0)
			return true;
	}
	return false;
}

START_TEST(only_readers_of_a_key_are_woken) /* R-CF-4 */
{
	sp_testing *testing =
		open_base("{\"components\": {\"base\": {\"extra\": {\"x\": [1]}, \"hosts\": [\"p\", \"q\"]}}}");

	ck_assert_int_eq(sp_testing_set(testing, "components.base.url", "\"db\""), SP_OK);
	ck_assert_str_eq(url, "db");
	ck_assert_uint_eq(url_runs, 1);
	ck_assert_uint_eq(size_runs + extra_runs + hosts_runs + letter_runs, 0);
	ck_assert_int_eq(sp_testing_set(testing, "components.base.pool.size", "9"), SP_OK);
	ck_assert_uint_eq(size_runs, 1);
	ck_assert_int_eq(sp_testing_set(testing, "components.base.pool.name", "\"x\""), SP_OK);
	ck_assert_int_eq(sp_testing_set(testing, "elsewhere", "1"), SP_OK);
	ck_assert_int_eq(sp_testing_set(testing, "components.base.extra", "{\"x\": [1]}"), SP_OK);
	ck_assert_int_eq(sp_testing_set(testing, "components.base.hosts", "[\"p\", \"q\"]"), SP_OK);
	ck_assert_uint_eq(url_runs + size_runs + extra_runs + hosts_runs + letter_runs, 2);
	ck_assert_int_eq(sp_testing_set(testing, "components.base.extra.x", "2"), SP_OK);
	ck_assert_int_eq(sp_testing_set(testing, "components.base.hosts", "[\"p\"]"), SP_OK);
	ck_assert_uint_eq(extra_runs, 1);
	ck_assert_uint_eq(hosts_runs, 1);
	ck_assert_int_eq(sp_testing_set(testing, "components.base", "{}"), SP_OK);
	ck_assert_str_eq(url, "none");
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(ten_keys_make_one_wave) /* R-CF-4 */
{
	sp_testing *testing = open_base(NULL);
	uint64_t waves;

	sp_kernel_setting(sp_testing_kernel(testing), "components");
	waves = kernel_counts(testing).waves;
	ck_assert_int_eq(
		sp_testing_set(testing, "components.base",
			"{\"a\": 1, \"b\": 2, \"c\": 3, \"d\": 4, \"e\": 5, \"url\": \"u\", \"extra\": 1, \"hosts\": [\"h\"],"
			"\"pool\": {\"size\": 2, \"name\": \"n\"}}"),
		SP_OK);
	ck_assert_uint_eq(kernel_counts(testing).waves, waves + 1);
	ck_assert_uint_eq(letter_runs, 1);
	ck_assert_int_eq(sum, 15);
	ck_assert_uint_eq(url_runs + size_runs + extra_runs + hosts_runs, 4);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(every_fault_is_told_with_its_path) /* R-CF-3 */
{
	sp_testing *testing = open_base("{\"http\": {\"server\": {\"port\": 1}}}");
	json_t *faults;

	built_load(&two, testing, &web_component, NULL);
	ck_assert_int_eq(
		configure(testing,
			"{\"components\": {\"base\": {\"url\": 7, \"pool\": {\"size\": 0, \"depth\": 1}, \"hosts\": [\"a\", 2],"
			"\"nonsense\": null}}, \"http\": {\"server\": {\"port\": 70000}}}",
			&faults),
		SP_INVALID);
	ck_assert_uint_eq(json_array_size(faults), 6);
	ck_assert(has_fault(faults, "components.base.url", "type", "base"));
	ck_assert(has_fault(faults, "components.base.pool.size", "minimum", "base"));
	ck_assert(has_fault(faults, "components.base.pool.depth", "unknown", "base"));
	ck_assert(has_fault(faults, "components.base.hosts.1", "type", "base"));
	ck_assert(has_fault(faults, "components.base.nonsense", "unknown", "base"));
	ck_assert(has_fault(faults, "http.server.port", "maximum", "web"));
	json_decref(faults);
	ck_assert_int_eq(configure(testing, "{\"components\": {\"base\": 3}}", &faults), SP_INVALID);
	ck_assert(has_fault(faults, "components.base", "type", "base"));
	ck_assert(has_fault(faults, "http.server.port", "required", "web"));
	json_decref(faults);
	sp_testing_destroy(testing);
}
END_TEST

/* R-CF-3: what nobody would read is not ignored in silence. */
START_TEST(a_section_that_nobody_reads_is_refused)
{
	sp_testing *testing = open_base("{\"http\": {\"server\": {\"port\": 1}}}");
	json_t *faults;

	built_load(&two, testing, &web_component, NULL);
	built_load(&three, testing, &stubborn_component, NULL);
	ck_assert_int_eq(configure(testing,
				 "{\"components\": {\"stubborn\": {\"any\": 1, \"more\": {}}, \"web\": {\"port\": 2}, "
				 "\"nobody\": {\"any\": 1}}, \"http\": {\"server\": {\"port\": 1}}}",
				 &faults),
		SP_INVALID);
	ck_assert_uint_eq(json_array_size(faults), 3);
	ck_assert(has_fault(faults, "components.stubborn.any", "unknown", "stubborn"));
	ck_assert(has_fault(faults, "components.stubborn.more", "unknown", "stubborn"));
	ck_assert(has_fault(faults, "components.web.port", "unknown", "web"));
	ck_assert_str_eq(json_string_value(json_object_get(json_array_get(faults, 1), "message")),
		"is unknown; stubborn has no settings");
	json_decref(faults);
	ck_assert_int_eq(sp_testing_set(testing, "components.stubborn", "{}"), SP_OK);
	sp_testing_destroy(testing);
}
END_TEST

/* R-CM-10: nor when its component comes later, which is errored until it is taken back. */
START_TEST(a_component_that_comes_to_a_section_it_does_not_read_says_so)
{
	sp_testing *testing = open_base("{\"components\": {\"web\": {\"port\": 2}}, "
					"\"http\": {\"server\": {\"port\": 1}}}");

	built_load(&two, testing, &web_component, NULL);
	ck_assert_str_eq(sp_testing_state(testing, "web"), "errored");
	ck_assert_ptr_nonnull(strstr(sp_testing_log(testing, true),
		"configuration components.web.port: is unknown; the settings of web stand in http.server"));
	ck_assert_int_eq(sp_testing_set(testing, "components.web", "{}"), SP_OK);
	ck_assert_str_eq(sp_testing_state(testing, "web"), "active");
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(faulty_tree_changes_nothing) /* R-CF-3 */
{
	sp_testing *testing = open_base("{\"http\": {\"server\": {\"port\": 1}}}");
	sp_node *whole = sp_kernel_setting(sp_testing_kernel(testing), "");
	json_t *before, *faults;

	built_load(&two, testing, &web_component, NULL);
	before = json_deep_copy(*(json_t *const *)sp_node_peek(whole));
	ck_assert_int_eq(
		configure(testing,
			"{\"components\": {\"base\": {\"url\": \"good\"}}, \"http\": {\"server\": {\"port\": -1.5}}}",
			&faults),
		SP_INVALID);
	json_decref(faults);
	ck_assert_int_eq(configure(testing,
				 "{\"components\": {\"base\": {\"url\": \"good\"}}, \"http\": {\"server\": {}}}",
				 &faults),
		SP_INVALID);
	json_decref(faults);
	ck_assert_uint_eq(url_runs, 0);
	ck_assert_str_eq(url, "none");
	ck_assert_int_eq(port, 1);
	ck_assert(json_equal(before, *(json_t *const *)sp_node_peek(whole)));
	json_decref(before);
	ck_assert_int_eq(sp_kernel_configure(sp_testing_kernel(testing), json_pack("{s:i}", "http", 1), NULL),
		SP_INVALID);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(check_alone_changes_nothing) /* R-CF-3 */
{
	sp_testing *testing = open_base(NULL);
	json_t *tree = json_loads("{\"components\": {\"base\": {\"url\": \"good\"}}}", 0, NULL), *faults = json_array();

	ck_assert_int_eq(sp_kernel_check(sp_testing_kernel(testing), tree, faults), SP_OK);
	ck_assert_uint_eq(json_array_size(faults), 0);
	ck_assert_uint_eq(checks, 1);
	ck_assert_uint_eq(url_runs, 0);
	json_decref(tree);
	json_decref(faults);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(component_may_object) /* R-CF-3 */
{
	sp_testing *testing = open_base(NULL);
	json_t *faults;

	ck_assert_int_eq(configure(testing, "{\"components\": {\"base\": {\"url\": \"forbidden\"}}}", &faults),
		SP_INVALID);
	ck_assert_uint_eq(json_array_size(faults), 1);
	ck_assert(has_fault(faults, "components.base", "check", "base"));
	ck_assert_str_eq(json_string_value(json_object_get(json_array_get(faults, 0), "message")),
		"forbidden is not allowed after none");
	json_decref(faults);
	ck_assert_str_eq(url, "none");
	checks = 0;
	ck_assert_int_eq(sp_testing_set(testing, "other", "1"), SP_OK);
	ck_assert_uint_eq(checks, 0);
	ck_assert_int_eq(sp_testing_set(testing, "components.base.url", "7"), SP_INVALID);
	ck_assert_uint_eq(checks, 0);
	ck_assert_int_eq(sp_testing_set(testing, "components.base.url", "\"fine\""), SP_OK);
	ck_assert_uint_eq(checks, 1);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(errored_instance_is_tried_again_when_its_section_changes) /* R-CF-3, R-CM-10 */
{
	sp_testing *testing = sp_testing_create("{\"components\": {\"fussy\": {\"port\": 13}}}");

	built_load(&one, testing, &fussy_component, NULL);
	built_load(&two, testing, &stubborn_component, NULL);
	ck_assert_str_eq(sp_testing_state(testing, "fussy"), "errored");
	activations = 0;
	ck_assert_int_eq(sp_testing_set(testing, "else", "1"), SP_OK);
	ck_assert_uint_eq(activations, 0);
	ck_assert_int_eq(sp_testing_set(testing, "components.fussy.port", "14"), SP_OK);
	ck_assert_uint_eq(activations, 1);
	ck_assert_str_eq(sp_testing_state(testing, "fussy"), "active");
	ck_assert_int_eq(sp_testing_set(testing, "components.fussy.port", "13"), SP_OK);
	ck_assert_str_eq(sp_testing_state(testing, "fussy"), "active");
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(instance_with_a_faulty_section_comes_up_when_it_is_right) /* R-CF-3, R-CM-10 */
{
	sp_testing *testing = sp_testing_create(NULL);
	json_t *faults;

	built_load(&one, testing, &fussy_component, NULL);
	ck_assert_str_eq(sp_testing_state(testing, "fussy"), "errored");
	ck_assert_ptr_nonnull(strstr(sp_testing_log(testing, true), "components.fussy.port"));
	ck_assert_int_eq(configure(testing, "{\"components\": {\"fussy\": {\"port\": \"x\"}}}", &faults), SP_INVALID);
	ck_assert(has_fault(faults, "components.fussy.port", "type", "fussy"));
	json_decref(faults);
	ck_assert_int_eq(sp_testing_set(testing, "components.fussy.port", "80"), SP_OK);
	ck_assert_str_eq(sp_testing_state(testing, "fussy"), "active");
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(section_of_an_instance_that_waits_is_judged) /* R-CF-3 */
{
	sp_testing *testing = sp_testing_create("{\"components\": {\"waiter\": {\"port\": 1}}}");

	built_load(&one, testing, &waiter_component, NULL);
	ck_assert_str_eq(sp_testing_state(testing, "waiter"), "waiting");
	ck_assert_int_eq(sp_testing_set(testing, "components.waiter.port", "\"x\""), SP_INVALID);
	ck_assert_int_eq(sp_testing_set(testing, "components.waiter.port", "2"), SP_OK);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(one_node_for_a_path) /* R-CF-4 */
{
	sp_testing *testing = sp_testing_create("{\"a\": {\"b\": 1}}");
	sp_kernel *kernel = sp_testing_kernel(testing);
	sp_node *node = sp_kernel_setting(kernel, "a.b"), *none = sp_kernel_setting(kernel, "a.b.c");
	char path[] = "z.y";
	sp_node *later = sp_kernel_setting(kernel, path);

	path[0] = 'x';
	ck_assert_ptr_eq(sp_kernel_setting(kernel, "a.b"), node);
	ck_assert_int_eq(json_integer_value(*(json_t *const *)sp_node_peek(node)), 1);
	ck_assert_ptr_null(*(json_t *const *)sp_node_peek(none));
	ck_assert_int_eq(sp_testing_set(testing, "z.y", "{\"deep\": true}"), SP_OK);
	ck_assert(json_is_object(*(json_t *const *)sp_node_peek(later)));
	ck_assert_int_eq(sp_testing_set(testing, "z", "null"), SP_OK);
	ck_assert_ptr_null(*(json_t *const *)sp_node_peek(later));
	for (size_t i = 0; i < 100; i++) {
		char name[16];

		snprintf(name, sizeof(name), "n%zu", i);
		ck_assert_ptr_nonnull(sp_kernel_setting(kernel, name));
	}
	ck_assert_ptr_eq(sp_kernel_setting(kernel, "a.b"), node);
	sp_testing_destroy(testing);
}
END_TEST

/* One reload with the nth allocation refused; whether there was an nth. */
static bool reload_without(long count)
{
	sp_testing *testing = open_base(NULL);
	json_t *tree =
		json_loads("{\"components\": {\"base\": {\"a\": 1, \"b\": 2, \"url\": \"fine\", \"hosts\": [\"p\"]}}}",
			0, NULL);
	json_t *faults = json_array();
	sp_status status;
	bool failed;

	sp_alloc_fail_after(count);
	status = sp_kernel_configure(sp_testing_kernel(testing), tree, faults);
	failed = sp_alloc_has_failed();
	sp_alloc_fail_after(-1);
	ck_assert(status == SP_OK || status == SP_NO_MEMORY);
	ck_assert_int_eq(sum, status == SP_OK ? 3 : 0);
	ck_assert(status == SP_OK || strcmp(url, "none") == 0);
	sp_testing_turn(testing);
	ck_assert_str_eq(call_code(testing, "base.url", NULL), "ok");
	json_decref(faults);
	sp_testing_destroy(testing);
	sum = 0;
	return failed;
}

START_TEST(reload_without_memory_changes_nothing) /* R-CF-3 */
{
	long count = 0;

	while (reload_without(count))
		count++;
	ck_assert_int_gt(count, 2);
}
END_TEST

int main(void)
{
	const TTest *const cases[] = { only_readers_of_a_key_are_woken, ten_keys_make_one_wave,
		every_fault_is_told_with_its_path, a_section_that_nobody_reads_is_refused,
		a_component_that_comes_to_a_section_it_does_not_read_says_so, faulty_tree_changes_nothing,
		check_alone_changes_nothing, component_may_object,
		errored_instance_is_tried_again_when_its_section_changes,
		instance_with_a_faulty_section_comes_up_when_it_is_right, section_of_an_instance_that_waits_is_judged,
		one_node_for_a_path, reload_without_memory_changes_nothing };

	sp_alloc_install();
	return kit_run("configure", cases, sizeof(cases) / sizeof(cases[0]));
}
