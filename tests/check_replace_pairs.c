/* check_replace_pairs.c: instances come and go by what hooks do while their plugin is replaced (R-PL-5, R-PL-10). */
#include "replace_kit.h"

#include <stdio.h>

/* clang-format off */
SP_COMPONENT(egg_one, (runnable, version, nothing, number));
SP_COMPONENT(egg_two, (runnable, version, nothing, number));
SP_COMPONENT(nest_one, (state, number, 1), (runnable, version, nothing, number));
SP_COMPONENT(nest_two, (state, number, 1), (activate), (runnable, version, nothing, number));
/* clang-format on */

static struct {
	sp_kernel *kernel;
	const char *removes; /* in the activation of the next nest */
	int lays; /* eggs while its state is taken */
} plan;

static sp_status answer(struct number *out, int version)
{
	out->value = version;
	return SP_OK;
}

static sp_status egg_one_version(SP_UNUSED struct egg_one *self, struct number *out)
{
	return answer(out, 1);
}

static sp_status egg_two_version(SP_UNUSED struct egg_two *self, struct number *out)
{
	return answer(out, 2);
}

static sp_status nest_one_version(SP_UNUSED struct nest_one *self, struct number *out)
{
	return answer(out, 1);
}

static sp_status nest_two_version(SP_UNUSED struct nest_two *self, struct number *out)
{
	return answer(out, 2);
}

static sp_status nest_one_snapshot(struct nest_one *self, struct number *out)
{
	char name[32];

	for (int i = 0; i < plan.lays; i++) {
		snprintf(name, sizeof name, "laid-%d", i);
		ck_assert_int_eq(sp_spawn(self->rt, "egg", name, NULL), SP_OK);
	}
	return answer(out, 1);
}

static sp_status nest_one_restore(SP_UNUSED struct nest_one *self, SP_UNUSED const struct number *in)
{
	return SP_OK;
}

static sp_status nest_two_snapshot(SP_UNUSED struct nest_two *self, struct number *out)
{
	return answer(out, 2);
}

static sp_status nest_two_restore(SP_UNUSED struct nest_two *self, SP_UNUSED const struct number *in)
{
	return SP_OK;
}

static sp_status nest_two_activate(struct nest_two *self)
{
	(void)self;
	if (plan.removes)
		ck_assert_int_eq(sp_kernel_instance_remove(plan.kernel, plan.removes, NULL), SP_OK);
	return SP_OK;
}

static struct built one, two;
static struct replaced replaced;
static sp_testing *testing;

/* An egg, a nest, and a third instance, an egg; then the plugin is replaced. */
static void replace(void)
{
	const struct sp_instance_options third = { sizeof third, "egg", "third", NULL };
	sp_plugin_handle *plugin;

	testing = sp_testing_create(NULL);
	plan.kernel = sp_testing_kernel(testing);
	built_begin(&one, "birds", "1");
	built_add(&one, &egg_one_component, "egg");
	built_add(&one, &nest_one_component, "nest");
	plugin = sp_testing_add(testing, &one.plugin, NULL);
	ck_assert_int_eq(sp_kernel_instantiate(plan.kernel, &third, NULL), SP_OK);
	sp_testing_turn(testing);
	built_begin(&two, "birds", "2");
	built_add(&two, &egg_two_component, "egg");
	built_add(&two, &nest_two_component, "nest");
	ck_assert_int_eq(replaced_begin(&replaced, plugin, &two, NULL), SP_OK);
	sp_testing_turn(testing);
	ck_assert_int_eq(replaced.status, SP_OK);
	ck_assert_int_eq(call_integer(testing, "nest.version", NULL, "value"), 2);
}

START_TEST(an_activation_may_remove_an_instance)
{
	plan.removes = "egg";
	replace();
	ck_assert_str_eq(sp_testing_state(testing, "egg"), "");
	ck_assert_int_eq(call_integer(testing, "third.version", NULL, "value"), 2);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(a_snapshot_may_spawn_many)
{
	plan.lays = 40;
	replace();
	ck_assert_int_eq(call_integer(testing, "laid-39.version", NULL, "value"), 2);
	sp_testing_destroy(testing);
}
END_TEST

KIT_MAIN("replace_pairs", an_activation_may_remove_an_instance, a_snapshot_may_spawn_many)
