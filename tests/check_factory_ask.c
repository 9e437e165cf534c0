/* check_factory_ask.c: questions about a component. */
#include "kernel_kit.h"
#include "model.h"

#include <string.h>

SP_RECORD(count, (integer, value));

/* clang-format off */
SP_COMPONENT(plain,
	(activate),
	(runnable, show, nothing, nothing),
	(runnable, native, nothing, nothing, .transports = SP_NATIVE_ONLY),
	(runnable, rest_only, nothing, nothing, .transports = SP_REST),
	(state, count, 3),
	(old_state, count, 2));

SP_COMPONENT(fronted,
	(runnable, show, nothing, nothing),
	(runnable, hide, nothing, nothing),
	(runnable, native, nothing, nothing, .transports = SP_NATIVE_ONLY | SP_REST),
	(runnable, cli_only, nothing, nothing, .transports = SP_CLI),
	(rest, .prefix = "/shop", .exclude = SP_NAMES("hide")),
	(cli, .include = SP_NAMES("hide", "cli_only"), .exclude = SP_NAMES("show")));
/* clang-format on */

#define ANSWERS_OK(function, ...) \
	static sp_status function(__VA_ARGS__) \
	{ \
		return SP_OK; \
	}
ANSWERS_OK(plain_activate, SP_UNUSED struct plain *self)
ANSWERS_OK(plain_show, SP_UNUSED struct plain *self)
ANSWERS_OK(plain_native, SP_UNUSED struct plain *self)
ANSWERS_OK(plain_rest_only, SP_UNUSED struct plain *self)
ANSWERS_OK(plain_snapshot, SP_UNUSED struct plain *self, SP_UNUSED struct count *out)
ANSWERS_OK(plain_restore, SP_UNUSED struct plain *self, SP_UNUSED const struct count *in)
ANSWERS_OK(plain_restore_2, SP_UNUSED struct plain *self, SP_UNUSED const struct count *in)
ANSWERS_OK(fronted_show, SP_UNUSED struct fronted *self)
ANSWERS_OK(fronted_hide, SP_UNUSED struct fronted *self)
ANSWERS_OK(fronted_native, SP_UNUSED struct fronted *self)
ANSWERS_OK(fronted_cli_only, SP_UNUSED struct fronted *self)

static struct sp_plugin_handle plugin = { .version = "1" };

static unsigned exposure(const struct factory *factory, const char *name)
{
	factory_each(plan, factory->runnables, const struct runnable_plan)
		if (strcmp(plan->row.row.name, name) == 0)
			return factory_exposure(factory, plan);
	ck_abort_msg("no runnable %s", name);
	return 0;
}

/* R-RN-5 */
START_TEST(without_transport_rows_all_is_exposed)
{
	struct factory *factory = factory_create(&plugin, &plain_component, NULL);

	ck_assert_uint_eq(exposure(factory, "show"), SP_REST | SP_MCP | SP_CLI);
	ck_assert_uint_eq(exposure(factory, "native"), 0);
	ck_assert_uint_eq(exposure(factory, "rest_only"), SP_REST);
	ck_assert_ptr_null(factory_transport(factory, "rest"));
	factory_destroy(factory);
}
END_TEST

START_TEST(transport_rows_choose)
{
	struct factory *factory = factory_create(&plugin, &fronted_component, NULL);

	ck_assert_uint_eq(exposure(factory, "show"), SP_REST);
	ck_assert_uint_eq(exposure(factory, "hide"), SP_CLI);
	ck_assert_uint_eq(exposure(factory, "native"), 0);
	ck_assert_uint_eq(exposure(factory, "cli_only"), SP_CLI);
	ck_assert_str_eq(factory_transport(factory, "rest")->prefix, "/shop");
	ck_assert_ptr_null(factory_transport(factory, "mcp"));
	factory_destroy(factory);
}
END_TEST

START_TEST(hooks_and_states_are_found)
{
	struct factory *factory = factory_create(&plugin, &plain_component, NULL);

	ck_assert_str_eq(factory_hook(factory, SP_HOOK_ACTIVATE)->row.name, "activate");
	ck_assert_ptr_null(factory_hook(factory, SP_HOOK_DEACTIVATE));
	ck_assert_uint_eq(factory_snapshot(factory)->row.version, 3);
	ck_assert_ptr_ne(factory_restore(factory, 2), factory_restore(factory, 3));
	ck_assert(factory_restore(factory, 2)->row.snapshot == NULL);
	ck_assert_ptr_null(factory_restore(factory, 1));
	factory_destroy(factory);
}
END_TEST

/* R-CM-12 */
START_TEST(words_and_names)
{
	static const char longest[] = "abcdefghijklmnopqrstuvwxyz01234";
	char name[32] = "as it was";

	ck_assert(name_is_word("a"));
	ck_assert(name_is_word("spell_checker9"));
	ck_assert(name_is_word(longest));
	ck_assert(!name_is_word("abcdefghijklmnopqrstuvwxyz012345"));
	ck_assert(!name_is_word(""));
	ck_assert(!name_is_word(NULL));
	ck_assert(!name_is_word("_a"));
	ck_assert(!name_is_word("aB"));
	ck_assert(!name_is_word("a\xc3\xa4"));
	ck_assert_int_eq(name_from_identifier("Nope", name), SP_INVALID);
	ck_assert_str_eq(name, "as it was");
	ck_assert_int_eq(name_from_identifier("a_b_", name), SP_OK);
	ck_assert_str_eq(name, "a-b-");
	ck_assert_int_eq(name_from_identifier(longest, name), SP_OK);
	ck_assert_str_eq(name, longest);
}
END_TEST

int main(void)
{
	const TTest *const cases[] = { without_transport_rows_all_is_exposed, transport_rows_choose,
		hooks_and_states_are_found, words_and_names };

	return kit_run("factory_ask", cases, sizeof cases / sizeof cases[0]);
}
