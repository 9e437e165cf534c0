/*
 * check_mcp_catalogue.c: what components offer, as MCP names, lists and finds it.
 * links: signalpy plugins/mcp/catalogue.c plugins/mcp/template.c */
#include "../plugins/mcp/catalogue.h"
#include "runner.h"

#include <signalpy/component.h>
#include <stdio.h>
#include <string.h>

SP_RECORD(greeting, (string, name));

/* ---- a gateway over a table --------------------------------------------------------------------------------------- */

enum { MOST = 450 };

static struct sp_exposed exposed[MOST];
static char addresses[MOST][80];
static size_t count;

static void set_up(void)
{
	count = 0;
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

static const struct sp_gateway gateway = { .find = find,
	.each = each,
	.each_skill = each_skill,
	.each_kind = each_kind };

/* ---- names -------------------------------------------------------------------------------------------------------- */

static void expect_name(const char *name, const char *address)
{
	json_t *names = mcp_names_new(&gateway);
	const struct sp_exposed *found = mcp_tool_find(&gateway, names, name);

	ck_assert_msg(found != NULL, "there is no %s", name);
	ck_assert_str_eq(found->address, address);
	json_decref(names);
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
	expect_name("a_b_c", "shop.c");
	expect_name("shop_b_c", "shop.b_c");
	expect_name("plain_b", "plain.b");
	expect_name("shop_b", "shop.b");
}
END_TEST

/* ---- lists -------------------------------------------------------------------------------------------------------- */

static json_t *items(enum mcp_list list)
{
	json_t *names = mcp_names_new(&gateway), *made = mcp_items_new(&gateway, names, list);

	json_decref(names);
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
	json_t *made, *page = NULL;
	const char *cursor = NULL;
	size_t seen = 0, pages = 0;
	bool wrong;

	for (size_t i = 0; i < MOST; i++) {
		snprintf(names[i], sizeof names[i], "r%zu", i);
		offer("shop", names[i], NULL);
	}
	made = items(MCP_TOOLS);
	do {
		json_t *next = mcp_page_new(made, MCP_TOOLS, cursor, &wrong);

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
	ck_assert_ptr_null(mcp_page_new(made, MCP_TOOLS, "after:nobody", &wrong));
	ck_assert(wrong);
	json_decref(page);
	json_decref(made);
}
END_TEST

START_TEST(resources_are_found_by_uri_and_template)
{
	json_t *params, *contents;

	offer("shop", "shelf", NULL)->resource = "shop://shelf/{number}";
	offer("shop", "sign", NULL)->resource = "shop://sign";
	ck_assert_str_eq(mcp_resource_find(&gateway, "shop://sign", &params)->address, "shop.sign");
	json_decref(params);
	ck_assert_str_eq(mcp_resource_find(&gateway, "shop://shelf/7", &params)->address, "shop.shelf");
	ck_assert_str_eq(json_string_value(json_object_get(params, "number")), "7");
	json_decref(params);
	ck_assert_ptr_null(mcp_resource_find(&gateway, "shop://cellar", &params));
	ck_assert_ptr_nonnull(mcp_template_find(&gateway, "shop://shelf/{number}"));
	ck_assert_ptr_null(mcp_template_find(&gateway, "shop://sign"));
	contents = mcp_built_in_resource_new(&gateway, "skill://shop/sell");
	ck_assert_uint_eq(json_array_size(contents), 1);
	json_decref(contents);
	contents = mcp_built_in_resource_new(&gateway, "kind://shop/greeting");
	ck_assert_uint_eq(json_array_size(contents), 1);
	json_decref(contents);
	ck_assert_ptr_null(mcp_built_in_resource_new(&gateway, "kind://shop/nothing"));
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(prefixes_make_names), TEST(quirk_1_names_are_good_and_unique),
		TEST(everything_is_in_one_list), TEST(quirk_2_schemas_are_of_objects),
		TEST(quirk_3_pages_end_without_a_cursor), TEST(resources_are_found_by_uri_and_template) };

	return run_suite(&SUITE(cases, "mcp catalogue", .set_up = set_up));
}
