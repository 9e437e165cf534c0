/* check_exposure.c: what can be called from outside, on which transport and by which name. */
#include "calls_kit.h"

#include <signalpy/component.h>
#include <stdio.h>
#include <string.h>

#include "exposure.h"

/* clang-format off */
SP_RECORD(item, (string, name, .required = true));

SP_COMPONENT(plain,
	(runnable, buy, item, item, .about = "Buys.", .timeout_ms = 70, .destructive = true, .idempotent = true),
	(later,    look, nothing, nothing, .read_only = true, .role = "clerk", .action = "shop.look", .as_task = true),
	(runnable, own, nothing, nothing, .transports = SP_NATIVE_ONLY),
	(runnable, mixed, nothing, nothing, .transports = SP_NATIVE_ONLY | SP_REST),
	(runnable, wire, nothing, nothing, .transports = SP_REST | SP_CLI));

SP_COMPONENT(web,
	(rest, .prefix = "/shop/", .version = "v2", .exclude = SP_NAMES("purge")),
	(runnable, buy, nothing, nothing),
	(runnable, purge, nothing, nothing),
	(runnable, typed, nothing, nothing, .transports = SP_CLI));

SP_COMPONENT(two_ways,
	(rest, .include = SP_NAMES("buy", "none")),
	(cli, .prefix = "two"),
	(runnable, buy, nothing, nothing),
	(runnable, sell, nothing, nothing));

SP_COMPONENT(bare,
	(rest, .prefix = "/"),
	(runnable, status, nothing, nothing));

SP_COMPONENT(deep,
	(rest, .prefix = "a/b"),
	(mcp, .exclude = SP_NAMES("dig")),
	(runnable, dig, nothing, nothing));

SP_COMPONENT(rival,
	(rest, .prefix = "shop", .version = "v2"),
	(runnable, buy, nothing, nothing),
	(runnable, other, nothing, nothing));

SP_COMPONENT(silent,
	(rest, .prefix = "shop", .version = "v2"),
	(activate));
/* clang-format on */

static sp_status plain_buy(struct plain *self SP_UNUSED, const struct item *in, struct item *out)
{
	out->name = in->name;
	return SP_OK;
}

#define HANDLER(component, name) \
	static sp_status component##_##name(struct component *self SP_UNUSED) \
	{ \
		return SP_OK; \
	}
static sp_status plain_look(struct plain *self SP_UNUSED, sp_call *call SP_UNUSED)
{
	return SP_OK;
}

HANDLER(plain, own)
HANDLER(plain, mixed)
HANDLER(plain, wire)
HANDLER(web, buy)
HANDLER(web, purge)
HANDLER(web, typed)
HANDLER(two_ways, buy)
HANDLER(two_ways, sell)
HANDLER(bare, status)
HANDLER(deep, dig)
HANDLER(rival, buy)
HANDLER(rival, other)
HANDLER(silent, activate)

static struct built built;

static const struct sp_exposed *find(sp_testing *testing, const char *address)
{
	const struct sp_gateway *gateway = sp_kernel_gateway(sp_testing_kernel(testing));

	return gateway->find(gateway, address);
}

/* The address that a REST path leads to; "" when nothing does. */
static const char *at_path(sp_testing *testing, const char *path)
{
	const struct sp_gateway *gateway = sp_kernel_gateway(sp_testing_kernel(testing));
	const struct sp_exposed *exposed = gateway->find_rest(gateway, path, strlen(path));

	return exposed ? exposed->address : "";
}

static sp_testing *open_with(const struct sp_component *component)
{
	sp_testing *testing = sp_testing_create(NULL);

	built_load(&built, testing, component, NULL);
	return testing;
}

START_TEST(everything_declared_is_shown) /* R-RN-1, R-RN-5 */
{
	sp_testing *testing = open_with(&plain_component);
	const struct sp_exposed *buy = find(testing, "plain.buy"), *look = find(testing, "plain.look");

	ck_assert_str_eq(buy->address, "plain.buy");
	ck_assert_str_eq(buy->instance, "plain");
	ck_assert_str_eq(buy->component, "plain");
	ck_assert_str_eq(buy->runnable, "buy");
	ck_assert_str_eq(buy->about, "Buys.");
	ck_assert_str_eq(buy->rest_path, "v1/plain/buy");
	ck_assert_ptr_null(buy->cli_prefix);
	ck_assert_ptr_eq(buy->takes, &item_record);
	ck_assert_ptr_eq(buy->gives, &item_record);
	ck_assert_uint_eq(buy->transports, SP_REST | SP_MCP | SP_CLI);
	ck_assert(buy->destructive && buy->idempotent && !buy->read_only);
	ck_assert_int_eq(buy->timeout_ms, 70);
	ck_assert(!buy->may_last && !buy->as_task);
	ck_assert(look->read_only && !look->destructive && look->may_last && look->as_task);
	ck_assert_str_eq(look->role, "clerk");
	ck_assert_str_eq(look->action, "shop.look");
	ck_assert_ptr_null(look->takes);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(native_keeps_it_off_every_surface) /* R-RN-5 */
{
	sp_testing *testing = open_with(&plain_component);

	ck_assert_uint_eq(find(testing, "plain.own")->transports, 0);
	ck_assert_ptr_null(find(testing, "plain.own")->rest_path);
	ck_assert_uint_eq(find(testing, "plain.mixed")->transports, 0);
	ck_assert_uint_eq(find(testing, "plain.wire")->transports, SP_REST | SP_CLI);
	ck_assert_str_eq(at_path(testing, "v1/plain/own"), "");
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(prefix_replaces_the_instance) /* R-RN-7 */
{
	sp_testing *testing = open_with(&web_component);

	ck_assert_str_eq(find(testing, "web.buy")->rest_path, "v2/shop/buy");
	ck_assert_str_eq(at_path(testing, "v2/shop/buy"), "web.buy");
	ck_assert_str_eq(at_path(testing, "v2/shop/buy/"), "");
	ck_assert_str_eq(at_path(testing, "v2/shop/bu"), "");
	ck_assert_str_eq(at_path(testing, "/v2/shop/buy"), "");
	ck_assert_str_eq(at_path(testing, "v1/web/buy"), "");
	ck_assert_str_eq(at_path(testing, ""), "");
	ck_assert_uint_eq(find(testing, "web.buy")->transports, SP_REST);
	ck_assert_uint_eq(find(testing, "web.purge")->transports, 0);
	ck_assert_uint_eq(find(testing, "web.typed")->transports, 0);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(include_and_exclude_choose) /* surfaces: REST */
{
	sp_testing *testing = open_with(&two_ways_component);
	struct built second;

	ck_assert_uint_eq(find(testing, "two-ways.buy")->transports, SP_REST | SP_CLI);
	ck_assert_str_eq(find(testing, "two-ways.buy")->rest_path, "v1/two-ways/buy");
	ck_assert_str_eq(find(testing, "two-ways.buy")->cli_prefix, "two");
	ck_assert_uint_eq(find(testing, "two-ways.sell")->transports, SP_CLI);
	ck_assert_ptr_null(find(testing, "two-ways.sell")->rest_path);
	built_load(&second, testing, &deep_component, NULL);
	ck_assert_uint_eq(find(testing, "deep.dig")->transports, SP_REST);
	ck_assert_str_eq(find(testing, "deep.dig")->rest_path, "v1/a/b/dig");
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(empty_prefix_leaves_no_empty_part) /* R-RN-7 */
{
	sp_testing *testing = open_with(&bare_component);

	ck_assert_str_eq(find(testing, "bare.status")->rest_path, "v1/status");
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(second_claimant_of_a_path_is_errored) /* R-RN-7 */
{
	sp_testing *testing = sp_testing_create(NULL);
	struct built one, other, third;
	sp_plugin_handle *web = built_load(&one, testing, &web_component, NULL);

	built_load(&other, testing, &rival_component, NULL);
	ck_assert_str_eq(sp_testing_state(testing, "rival"), "errored");
	ck_assert_ptr_nonnull(strstr(sp_testing_log(testing, true), "conflict: the path /api/v2/shop/buy"));
	ck_assert_str_eq(at_path(testing, "v2/shop/buy"), "web.buy");
	ck_assert_str_eq(at_path(testing, "v2/shop/other"), "");
	ck_assert_ptr_null(find(testing, "rival.buy"));
	ck_assert_str_eq(call_code(testing, "rival.other", "{}"), "not_found");
	built_load(&third, testing, &silent_component, NULL);
	ck_assert_str_eq(sp_testing_state(testing, "silent"), "active");
	sp_testing_remove(testing, web);
	ck_assert_str_eq(sp_testing_state(testing, "rival"), "active");
	ck_assert_str_eq(at_path(testing, "v2/shop/buy"), "rival.buy");
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(nothing_is_left_of_a_plugin_that_was_removed) /* R-CM-9, R-RN-6 */
{
	sp_testing *testing = sp_testing_create(NULL);
	struct built one, other;
	sp_plugin_handle *web = built_load(&one, testing, &web_component, NULL);

	built_load(&other, testing, &plain_component, NULL);
	sp_testing_remove(testing, web);
	ck_assert_ptr_null(find(testing, "web.buy"));
	ck_assert_str_eq(at_path(testing, "v2/shop/buy"), "");
	ck_assert_str_eq(at_path(testing, "v1/plain/buy"), "plain.buy");
	ck_assert_uint_eq(sp_testing_kernel(testing)->addresses.count, 5);
	ck_assert_uint_eq(sp_testing_kernel(testing)->rest_paths.count, 3);
	built_load(&one, testing, &web_component, NULL);
	ck_assert_str_eq(at_path(testing, "v2/shop/buy"), "web.buy");
	sp_testing_destroy(testing);
}
END_TEST

/* What a listing is told of: whose exposures have changed since when, and what they are now. */
struct heard {
	char text[200];
};

static void hear(void *user, const char *text)
{
	struct heard *heard = user;
	size_t size = strlen(heard->text);

	snprintf(heard->text + size, sizeof heard->text - size, "%s%s", size ? " " : "", text);
}

static bool hear_runnable(void *user, const struct sp_exposed *exposed)
{
	hear(user, exposed->runnable);
	return strcmp(exposed->runnable, "own") != 0;
}

START_TEST(a_listing_learns_what_has_changed)
{
	static const struct sp_exposed_visitor visitor = { .struct_size = sizeof visitor, .runnable = hear_runnable };
	sp_testing *testing = open_with(&plain_component);
	const struct sp_gateway *gateway = sp_kernel_gateway(sp_testing_kernel(testing));
	int64_t revision = gateway->revision(gateway);
	struct built other;
	struct heard heard = { "" };

	ck_assert(gateway->each_changed(gateway, revision, hear, &heard));
	ck_assert_str_eq(heard.text, "");
	built_load(&other, testing, &web_component, NULL);
	ck_assert(gateway->each_changed(gateway, revision, hear, &heard));
	ck_assert_str_eq(heard.text, "web");
	ck_assert(!gateway->each_changed(gateway, -1, hear, &heard));
	ck_assert(!gateway->each_changed(gateway, revision + 1000, hear, &heard));
	heard.text[0] = '\0';
	gateway->each_of(gateway, "plain", &visitor, &heard);
	ck_assert_str_eq(heard.text, "buy look own"); /* and no further */
	heard.text[0] = '\0';
	gateway->each_of(gateway, "nobody", &visitor, &heard);
	ck_assert_str_eq(heard.text, "");
	sp_testing_destroy(testing);
}
END_TEST

/* Of what is long ago it is only known that there was something. */
START_TEST(a_listing_is_told_when_it_is_too_old)
{
	sp_testing *testing = open_with(&plain_component);
	const struct sp_gateway *gateway = sp_kernel_gateway(sp_testing_kernel(testing));
	int64_t revision = gateway->revision(gateway);
	struct heard heard = { "" };

	for (int i = 0; i < 300; i++) {
		struct built other;

		sp_plugin_handle *plugin = built_load(&other, testing, &web_component, NULL);

		sp_testing_remove(testing, plugin);
	}
	ck_assert(!gateway->each_changed(gateway, revision, hear, &heard));
	ck_assert_str_eq(heard.text, "");
	sp_testing_destroy(testing);
}
END_TEST

KIT_MAIN("exposure", everything_declared_is_shown, native_keeps_it_off_every_surface, prefix_replaces_the_instance,
	include_and_exclude_choose, empty_prefix_leaves_no_empty_part, second_claimant_of_a_path_is_errored,
	nothing_is_left_of_a_plugin_that_was_removed, a_listing_learns_what_has_changed,
	a_listing_is_told_when_it_is_too_old)
