/* check_properties.c: properties given from outside change as signals, and rank and filter anew (R-CM-6, R-CM-8). */
#include "alloc.h"
#include "kernel.h"
#include "kernel_kit.h"
#include "voices.h"

#include <string.h>

VOICE(anna, 10, "en");

/* clang-format off */
SP_RECORD(inner, (integer, depth, .otherwise = 1), (string, note));
SP_RECORD(shape, (string, color, .otherwise = "red"), (integer, size, .otherwise = 1, .max = 9), (record(inner), inner),
	(any, extra));
SP_COMPONENT(form,
	(properties, shape, shape),
	(property, boolean, round),
	(property, integer, turns),
	(provide, voice, .ranking = 50),
	(effect, follow_color),
	(effect, follow_size),
	(effect, follow_turns),
	(runnable, grow, nothing, nothing));
SP_COMPONENT(hearer, (optional, voice, best), (optional, voice, german, .filter = "(language=de)"),
	(effect, follow_best), (effect, follow_german));
/* clang-format on */

static const char *form_say(const struct voice *service)
{
	return sp_name(sp_self(form, service)->rt);
}
SP_SERVICE(form, voice, .say = form_say);

static sp_status form_follow_color(struct form *self)
{
	diary_add("%s=%s", sp_name(self->rt), sp_get(self->shape.color));
	return SP_OK;
}

static sp_status form_follow_size(struct form *self)
{
	diary_add("%s=%d/%d", sp_name(self->rt), (int)sp_get(self->shape.size), (int)sp_get(self->shape.inner.depth));
	return SP_OK;
}

static sp_status form_follow_turns(struct form *self)
{
	if (sp_get(self->turns))
		diary_add("%s:%d", sp_name(self->rt), (int)sp_get(self->turns));
	return SP_OK;
}

static sp_status form_grow(struct form *self)
{
	return sp_set(self->turns, 8);
}

static void note(const char *what, const struct voice *voice)
{
	diary_add("%s:%s", what, voice ? voice->say(voice) : "nobody");
}

static sp_status hearer_follow_best(struct hearer *self)
{
	note("best", sp_get(self->best));
	return SP_OK;
}

static sp_status hearer_follow_german(struct hearer *self)
{
	note("german", sp_get(self->german));
	return SP_OK;
}

KIT_PLUGIN(form, &form_component);
KIT_PLUGIN(hearer, &hearer_component);

static sp_status set(sp_testing *world, const char *name, const char *patch, struct sp_error *error)
{
	json_t *json = json_loads(patch, 0, NULL);
	sp_status status = sp_kernel_set_properties(sp_testing_kernel(world), name, json, error);

	json_decref(json);
	sp_testing_turn(world);
	return status;
}

static void make(sp_testing *world, const char *component, const char *name, const char *properties)
{
	json_t *json = json_loads(properties, 0, NULL);
	const struct sp_instance_options options = { sizeof options, component, name, json };

	ck_assert_int_eq(sp_kernel_instantiate(sp_testing_kernel(world), &options, NULL), SP_OK);
	json_decref(json);
	sp_testing_turn(world);
}

START_TEST(a_patch_changes_what_it_names) /* R-CM-6 */
{
	sp_testing *world = world_open(NULL);

	world_add(world, &form_plugin);
	make(world, "form", "disc", "{\"color\": \"blue\", \"inner\": {\"depth\": 4}, \"round\": true}");
	ck_assert_str_eq(diary_take(), "form=red form=1/1 disc=blue disc=1/4");
	world_call(world, "disc.grow", NULL);
	ck_assert_str_eq(diary_take(), "disc:8");
	ck_assert_int_eq(set(world, "disc", "{\"color\": \"green\", \"extra\": [1]}", NULL), SP_OK);
	ck_assert_str_eq(diary_take(), "disc=green"); /* the turns stay what the component made of them */
	ck_assert_int_eq(set(world, "disc", "{\"color\": \"green\", \"extra\": [1]}", NULL), SP_OK);
	ck_assert_str_eq(diary_take(), "");
	ck_assert_int_eq(set(world, "disc", "{\"color\": null, \"size\": 3, \"turns\": 2}", NULL), SP_OK);
	ck_assert_str_eq(diary_take(), "disc=red disc=3/4 disc:2"); /* one wave */
	ck_assert_uint_eq(world_size(world, "disc", "properties"), 8);
	sp_testing_destroy(world);
}
END_TEST

START_TEST(a_wrong_patch_changes_nothing) /* R-CF-3 */
{
	sp_testing *world = world_open(NULL);
	struct sp_error error = { 0 };

	world_add(world, &form_plugin);
	diary_take();
	ck_assert_int_eq(set(world, "form", "{\"color\": \"blue\", \"size\": 10}", &error), SP_INVALID);
	ck_assert_str_eq(error.pointer, "/size");
	ck_assert_int_eq(set(world, "form", "{\"inner\": {\"depth\": \"deep\"}}", &error), SP_INVALID);
	ck_assert_str_eq(error.pointer, "/inner/depth");
	ck_assert_int_eq(set(world, "form", "{\"round\": 1}", &error), SP_INVALID);
	ck_assert_str_eq(error.pointer, "/round");
	ck_assert_int_eq(set(world, "form", "{\"service_ranking\": \"1\"}", &error), SP_INVALID);
	ck_assert_str_eq(error.message, "property service_ranking: must be an integer");
	ck_assert_int_eq(set(world, "form", "{\"weight\": 1}", &error), SP_INVALID);
	ck_assert_str_eq(error.message,
		"property weight: is no property of form; known here: color, size, inner, extra, round, turns, service_ranking");
	ck_assert_str_eq(diary_take(), "");
	sp_testing_destroy(world);
}
END_TEST

START_TEST(a_changed_property_ranks_and_filters_anew) /* R-CM-6 */
{
	sp_testing *world = world_open(NULL);

	world_add(world, &hearer_plugin);
	world_add(world, &anna_plugin);
	world_add(world, &form_plugin);
	make(world, "anna", "berta", "{\"service_ranking\": 20, \"language\": \"de\"}");
	diary_take();
	ck_assert_int_eq(set(world, "berta", "{\"service_ranking\": 5}", NULL), SP_OK);
	ck_assert_str_eq(diary_take(), "best:berta");
	ck_assert_int_eq(set(world, "berta", "{\"language\": \"fr\"}", NULL), SP_OK);
	ck_assert_str_eq(diary_take(), "german:nobody");
	ck_assert_int_eq(set(world, "form", "{\"service_ranking\": 1}", NULL), SP_OK); /* which it does not declare */
	ck_assert_str_eq(diary_take(), "best:form");
	ck_assert_int_eq(set(world, "form", "{\"service_ranking\": null}", NULL), SP_OK);
	ck_assert_str_eq(diary_take(), "best:berta");
	sp_testing_destroy(world);
}
END_TEST

/* Either all of it changes, or nothing does. */
START_TEST(setting_may_fail_anywhere)
{
	sp_testing *world = world_open(NULL);
	json_t *patch =
		json_loads("{\"color\": \"a text that needs memory of its own\", \"service_ranking\": 3}", 0, NULL);
	sp_status status = SP_NO_MEMORY;

	world_add(world, &form_plugin);
	diary_take();
	for (long allowed = 0; status != SP_OK; allowed++) {
		sp_alloc_fail_after(allowed);
		status = sp_kernel_set_properties(sp_testing_kernel(world), "form", patch, NULL);
		sp_alloc_fail_after(-1);
		ck_assert(status == SP_OK || status == SP_NO_MEMORY);
		ck_assert(status == SP_OK || strcmp(diary_take(), "") == 0);
		ck_assert_int_lt(allowed, 200);
	}
	ck_assert_str_eq(diary_take(), "form=a text that needs memory of its own");
	json_decref(patch);
	sp_testing_destroy(world);
}
END_TEST

int main(void)
{
	const TTest *const cases[] = { a_patch_changes_what_it_names, a_wrong_patch_changes_nothing,
		a_changed_property_ranks_and_filters_anew, setting_may_fail_anywhere };

	return kit_run("properties", cases, sizeof cases / sizeof cases[0]);
}
