/*
 * check_mcp_catalogue.c: what components offer, as MCP names, lists and finds it.
 * links: signalpy plugins/mcp/catalogue.c plugins/mcp/names.c plugins/mcp/built_in.c plugins/mcp/template.c */
#include "../plugins/mcp/catalogue.h"
#include "runner.h"

#include <signalpy/component.h>
#include <stdio.h>
#include <string.h>

SP_RECORD(greeting, (string, name));

/* ---- a gateway over a table -------------------------------------------------------------------------------------- */

enum { MOST = 450 };

static struct sp_exposed exposed[MOST];
static char addresses[MOST][80];
static size_t count;
static struct mcp_catalogue catalogue;
static int64_t revision;
static const char *changed_lately; /* the only instance that has changed; NULL: nobody knows which */

static void set_up(void)
{
	count = 0;
	changed_lately = NULL;
	catalogue = (struct mcp_catalogue){ 0 };
}

static void tear_down(void)
{
	mcp_catalogue_finish(&catalogue);
}

static struct sp_exposed *offer(const char *instance, const char *runnable, const char *prefix)
{
	struct sp_exposed *one = &exposed[count];

	snprintf(addresses[count], sizeof addresses[count], "%s.%s", instance, runnable);
	*one = (struct sp_exposed){ .struct_size = sizeof *one,
		.address = addresses[count++],
		.instance = instance,
		.component = "shop",
		.runnable = runnable,
		.transports = SP_MCP,
		.mcp_prefix = prefix };
	return one;
}

static void each(const struct sp_gateway *gateway SP_UNUSED, unsigned transports SP_UNUSED,
	bool (*visit)(void *user, const struct sp_exposed *exposed), void *user)
{
	for (size_t i = 0; i < count && visit(user, &exposed[i]); i++)
		;
}

static const struct sp_exposed *find(const struct sp_gateway *gateway SP_UNUSED, const char *address)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(exposed[i].address, address) == 0)
			return &exposed[i];
	return NULL;
}

static void each_skill(const struct sp_gateway *gateway SP_UNUSED,
	bool (*visit)(void *user, const struct sp_exposed_skill *skill), void *user)
{
	static const struct sp_exposed_skill skill = { .struct_size = sizeof skill,
		.instance = "shop",
		.name = "sell",
		.text = "Sell {what}." };

	visit(user, &skill);
}

static void each_kind(const struct sp_gateway *gateway SP_UNUSED,
	bool (*visit)(void *user, const struct sp_exposed_kind *kind), void *user)
{
	static const struct sp_exposed_kind kind = { .struct_size = sizeof kind,
		.instance = "shop",
		.name = "greeting",
		.record = &greeting_record };

	visit(user, &kind);
}

static int64_t get_revision(const struct sp_gateway *gateway SP_UNUSED)
{
	return ++revision;
}

static bool each_changed(const struct sp_gateway *gateway SP_UNUSED, int64_t since SP_UNUSED,
	void (*visit)(void *user, const char *instance), void *user)
{
	if (changed_lately)
		visit(user, changed_lately);
	return changed_lately != NULL;
}

static void each_of(const struct sp_gateway *gateway, const char *instance, const struct sp_exposed_visitor *visitor,
	void *user)
{
	for (size_t i = 0; visitor->runnable && i < count; i++)
		if (strcmp(exposed[i].instance, instance) == 0)
			visitor->runnable(user, &exposed[i]);
	if (visitor->skill && strcmp(instance, "shop") == 0)
		each_skill(gateway, visitor->skill, user);
	if (visitor->kind && strcmp(instance, "shop") == 0)
		each_kind(gateway, visitor->kind, user);
}

static const struct sp_gateway gateway = { .find = find,
	.each = each,
	.each_skill = each_skill,
	.each_kind = each_kind,
	.revision = get_revision,
	.each_changed = each_changed,
	.each_of = each_of };

/* ---- names ------------------------------------------------------------------------------------------------------- */

static void expect_name(const char *name, const char *address)
{
	char own[MCP_NAME_SIZE];
	const struct sp_exposed *found;

	ck_assert(mcp_catalogue_take(&catalogue, &gateway));
	found = mcp_tool_find(&gateway, &catalogue.names, name);
	ck_assert_msg(found != NULL, "there is no %s", name);
	ck_assert_str_eq(found->address, address);
	ck_assert(strchr(name, '.') || mcp_name_of(own, &gateway, &catalogue.names, found));
	ck_assert(strchr(name, '.') || strcmp(own, name) == 0);
}

/* A prefix stands for the default instance, and in front of others. */
START_TEST(prefixes_make_names)
{
	offer("shop", "buy", NULL);
	offer("shop", "sell", "trade");
	offer("corner", "sell", "trade");
	expect_name("shop_buy", "shop.buy");
	expect_name("trade_sell", "shop.sell");
	expect_name("trade_corner_sell", "corner.sell");
	expect_name("corner.sell", "corner.sell");
	offer("shop", "wave", "");
	offer("corner", "wave", "");
	expect_name("wave", "shop.wave");
	expect_name("corner_wave", "corner.wave");
}
END_TEST

/* Quirk 1: names are clean, no longer than 64 characters, and never the same twice. */
START_TEST(quirk_1_names_are_good_and_unique)
{
	char prefix[61];

	memset(prefix, 'p', sizeof prefix - 1);
	prefix[60] = '\0';
	offer("shop", "buy", "my shop.");
	offer("shop", "sell", prefix);
	offer("other", "b_c", "a");
	offer("shop", "c", "a_b");
	offer("shop", "b_c", "a");
	offer("plain", "b", NULL);
	offer("shop", "b", "plain");
	expect_name("my_shop__buy", "shop.buy");
	expect_name("shop_sell", "shop.sell");
	expect_name("a_b_c", "shop.b_c");
	expect_name("shop_c", "shop.c");
	expect_name("plain_b", "plain.b");
	expect_name("shop_b", "shop.b");
}
END_TEST

/* ---- lists ------------------------------------------------------------------------------------------------------- */

static json_t *items(enum mcp_list list)
{
	static const char *const keys[] = { [MCP_TOOLS] = "tools",
		[MCP_PROMPTS] = "prompts",
		[MCP_RESOURCES] = "resources",
		[MCP_TEMPLATES] = "resourceTemplates" };
	bool wrong;
	json_t *page, *made;

	ck_assert(mcp_catalogue_take(&catalogue, &gateway));
	page = mcp_page_new(&catalogue, list, NULL, &wrong);
	made = json_incref(json_object_get(page, keys[list]));
	json_decref(page);
	return made;
}

START_TEST(everything_is_in_one_list)
{
	static const size_t
		sizes[MCP_LISTS] = { [MCP_TOOLS] = 1, [MCP_PROMPTS] = 2, [MCP_RESOURCES] = 3, [MCP_TEMPLATES] = 1 };

	offer("shop", "buy", NULL);
	offer("shop", "ask", NULL)->prompt = true;
	offer("shop", "sign", NULL)->resource = "shop://sign";
	offer("shop", "shelf", NULL)->resource = "shop://shelf/{number}";
	for (int list = 0; list < MCP_LISTS; list++) {
		json_t *made = items((enum mcp_list)list);

		ck_assert_uint_eq(json_array_size(made), sizes[list]); /* with the skill and the kind */
		json_decref(made);
	}
}
END_TEST

/* Quirk 2: whatever its author wrote, a schema is one of an object with properties. */
START_TEST(quirk_2_schemas_are_of_objects)
{
	static const char *const schemas[] = { NULL, "{}", "{\"properties\":{\"a\":{}}}", "{\"type\":\"object\"}" };

	for (size_t i = 0; i < 4; i++) {
		json_t *made, *schema;

		count = 0;
		offer("shop", "buy", NULL)->schema = schemas[i];
		made = items(MCP_TOOLS);
		schema = json_object_get(json_array_get(made, 0), "inputSchema");
		ck_assert_str_eq(json_string_value(json_object_get(schema, "type")), "object");
		ck_assert(json_is_object(json_object_get(schema, "properties")));
		json_decref(made);
	}
}
END_TEST

/* Quirk 3: the last page has no cursor, and cursors of others are none. */
START_TEST(quirk_3_pages_end_without_a_cursor)
{
	static char names[MOST][16];
	json_t *page = NULL;
	const char *cursor = NULL;
	size_t seen = 0, pages = 0;
	bool wrong;

	for (size_t i = 0; i < MOST; i++) {
		snprintf(names[i], sizeof names[i], "r%zu", i);
		offer("shop", names[i], NULL);
	}
	ck_assert(mcp_catalogue_take(&catalogue, &gateway));
	do {
		json_t *next = mcp_page_new(&catalogue, MCP_TOOLS, cursor, &wrong);

		ck_assert(next && !wrong);
		json_decref(page);
		page = next;
		seen += json_array_size(json_object_get(page, "tools"));
		cursor = json_string_value(json_object_get(page, "nextCursor"));
		pages++;
	} while (cursor);
	ck_assert_uint_eq(seen, MOST);
	ck_assert_uint_eq(pages, 3);
	ck_assert_ptr_null(json_object_get(page, "nextCursor"));
	ck_assert_ptr_null(mcp_page_new(&catalogue, MCP_TOOLS, "after:nobody", &wrong));
	ck_assert(wrong);
	json_decref(page);
}
END_TEST

START_TEST(resources_are_found_by_uri_and_template)
{
	json_t *params, *contents;

	offer("shop", "shelf", NULL)->resource = "shop://shelf/{number}";
	offer("shop", "sign", NULL)->resource = "shop://sign";
	ck_assert(mcp_catalogue_take(&catalogue, &gateway));
	ck_assert_str_eq(mcp_resource_find(&gateway, &catalogue.names, "shop://sign", &params)->address, "shop.sign");
	json_decref(params);
	ck_assert_str_eq(mcp_resource_find(&gateway, &catalogue.names, "shop://shelf/7", &params)->address,
		"shop.shelf");
	ck_assert_str_eq(json_string_value(json_object_get(params, "number")), "7");
	json_decref(params);
	ck_assert_ptr_null(mcp_resource_find(&gateway, &catalogue.names, "shop://cellar", &params));
	ck_assert_ptr_nonnull(mcp_template_find(&gateway, &catalogue.names, "shop://shelf/{number}"));
	ck_assert_ptr_null(mcp_template_find(&gateway, &catalogue.names, "shop://sign"));
	contents = mcp_built_in_resource_new(&gateway, "skill://shop/sell");
	ck_assert_uint_eq(json_array_size(contents), 1);
	json_decref(contents);
	contents = mcp_built_in_resource_new(&gateway, "kind://shop/greeting");
	ck_assert_uint_eq(json_array_size(contents), 1);
	json_decref(contents);
	ck_assert_ptr_null(mcp_built_in_resource_new(&gateway, "kind://shop/nothing"));
}
END_TEST

/* ---- changes ----------------------------------------------------------------------------------------------------- */

static void expect_tools(const char *expected)
{
	json_t *made = items(MCP_TOOLS), *item;
	char all[200] = "";
	size_t i, size = 0;

	json_array_foreach(made, i, item)
		size += (size_t)snprintf(all + size, sizeof all - size, "%s%s", i ? " " : "",
			json_string_value(json_object_get(item, "name")));
	ck_assert_str_eq(all, expected);
	json_decref(made);
}

/* Only what has changed is looked at again. */
START_TEST(an_instance_is_listed_anew_by_itself)
{
	offer("corner", "buy", NULL);
	offer("shop", "buy", NULL);
	expect_tools("corner_buy shop_buy");
	ck_assert(
		catalogue.changed[MCP_TOOLS] && catalogue.changed[MCP_RESOURCES] && !catalogue.changed[MCP_TEMPLATES]);
	changed_lately = "shop";
	expect_tools("corner_buy shop_buy");
	ck_assert(!catalogue.changed[MCP_TOOLS] && !catalogue.changed[MCP_RESOURCES]);
	exposed[0].about = "Nobody said that this has changed.";
	exposed[1].about = "Buys.";
	changed_lately = "corner";
	expect_tools("corner_buy shop_buy");
	ck_assert(catalogue.changed[MCP_TOOLS]);
	changed_lately = "nobody";
	expect_tools("corner_buy shop_buy");
	ck_assert(!catalogue.changed[MCP_TOOLS]);
	count = 1;
	changed_lately = "shop";
	expect_tools("corner_buy");
	ck_assert(catalogue.changed[MCP_TOOLS]);
}
END_TEST

/* Whoever was first by its address has a name; who leaves it leaves it to the next. */
START_TEST(names_pass_on_to_whoever_else_claims_them)
{
	offer("shop", "b_c", "a");
	offer("aisle", "x", NULL);
	expect_tools("aisle_x a_b_c");
	offer("booth", "c", "a_b")->component = "booth";
	changed_lately = "booth";
	expect_tools("aisle_x a_b_c shop_b_c");
	expect_name("a_b_c", "booth.c");
	offer("a", "b_c", NULL);
	changed_lately = "a";
	expect_tools("a_b_c aisle_x booth_c shop_b_c");
	expect_name("a_b_c", "a.b_c");
	count = 3;
	expect_tools("aisle_x a_b_c shop_b_c");
	count = 2;
	changed_lately = "booth";
	expect_tools("aisle_x a_b_c");
	expect_name("a_b_c", "shop.b_c");
}
END_TEST

/* Resources that share a URI, or go, are found as they stand. */
START_TEST(resources_pass_on_their_uris)
{
	json_t *params;

	offer("booth", "sign", NULL)->resource = "shop://sign";
	offer("corner", "sign", NULL)->resource = "shop://sign";
	ck_assert(mcp_catalogue_take(&catalogue, &gateway));
	ck_assert_str_eq(mcp_resource_find(&gateway, &catalogue.names, "shop://sign", &params)->instance, "booth");
	json_decref(params);
	exposed[0].instance = "elsewhere";
	exposed[0].transports = 0;
	changed_lately = "booth";
	ck_assert(mcp_catalogue_take(&catalogue, &gateway));
	ck_assert_str_eq(mcp_resource_find(&gateway, &catalogue.names, "shop://sign", &params)->instance, "corner");
	json_decref(params);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(prefixes_make_names), TEST(quirk_1_names_are_good_and_unique),
		TEST(everything_is_in_one_list), TEST(quirk_2_schemas_are_of_objects),
		TEST(quirk_3_pages_end_without_a_cursor), TEST(resources_are_found_by_uri_and_template),
		TEST(an_instance_is_listed_anew_by_itself), TEST(names_pass_on_to_whoever_else_claims_them),
		TEST(resources_pass_on_their_uris) };

	return run_suite(&SUITE(cases, "mcp catalogue", .set_up = set_up, .tear_down = tear_down));
}
