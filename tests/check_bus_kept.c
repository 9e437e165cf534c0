/* check_bus_kept.c: events that were kept during a replacement, for a subscription that is gone afterwards. */
#include "kernel_kit.h"

#include <string.h>

/* clang-format off */
SP_RECORD(blank, (integer, number));

SP_COMPONENT(ear,
	(subscribe, hear, "drum.*"),
	(later, wait, nothing, nothing),
	(state, blank, 1));
SP_COMPONENT(deaf, (member, int64_t, unused), (state, blank, 1));
/* clang-format on */

static sp_call *waiting;
static struct sp_component deaf_ear; /* a version of ear */

KIT_PLUGIN(ear, &ear_component);
KIT_VERSION(ear_two, ear, "2.0.0", &deaf_ear);

static sp_status ear_hear(struct ear *self SP_UNUSED, const sp_event *event)
{
	diary_add("%s", event->type);
	return SP_OK;
}

static sp_status ear_wait(struct ear *self SP_UNUSED, sp_call *call)
{
	waiting = call;
	return SP_LATER;
}

static sp_status ear_snapshot(struct ear *self SP_UNUSED, struct blank *out SP_UNUSED)
{
	return SP_OK;
}

static sp_status ear_restore(struct ear *self SP_UNUSED, const struct blank *in SP_UNUSED)
{
	return SP_OK;
}

static sp_status deaf_snapshot(struct deaf *self SP_UNUSED, struct blank *out SP_UNUSED)
{
	return SP_OK;
}

static sp_status deaf_restore(struct deaf *self SP_UNUSED, const struct blank *in SP_UNUSED)
{
	return SP_OK;
}

static void note_replaced(void *user, sp_status status, const struct sp_error *error SP_UNUSED,
	sp_plugin_handle *now SP_UNUSED)
{
	*(sp_status *)user = status;
}

START_TEST(an_event_for_a_subscription_that_is_gone_is_a_dead_letter) /* R-BUS-3, R-PL-5 */
{
	sp_testing *world = world_open(NULL);
	sp_plugin_handle *plugin = world_add(world, &ear_plugin);
	sp_status status = SP_LATER;
	struct sp_replacement how = { .struct_size = sizeof(how), .done = note_replaced, .user = &status };
	json_t *letters, *letter;

	deaf_ear = deaf_component;
	deaf_ear.name = "ear";
	how.descriptor = &ear_two_plugin;
	world_begin(world, "ear.wait");
	ck_assert_int_eq(sp_kernel_replace(plugin, &how, NULL), SP_OK);
	sp_testing_turn(world);
	sp_kernel_publish(sp_testing_kernel(world), "drum.one", json_pack("{s:i}", "beat", 1));
	sp_testing_turn(world);
	sp_finish(waiting, SP_OK);
	sp_testing_turn(world);
	ck_assert_int_eq(status, SP_OK);
	ck_assert_str_eq(diary_take(), "answered");
	letters = sp_kernel_dead_letters_new(sp_testing_kernel(world));
	ck_assert_uint_eq(json_array_size(letters), 1);
	letter = json_array_get(letters, 0);
	ck_assert_str_eq(json_string_value(json_object_get(letter, "target")), "ear.hear");
	ck_assert_str_eq(json_string_value(json_object_get(letter, "type")), "drum.one");
	ck_assert_str_eq(json_string_value(json_object_get(letter, "error")),
		"the version that took over has no such subscription");
	ck_assert_int_eq(json_integer_value(json_object_get(json_object_get(letter, "data"), "beat")), 1);
	json_decref(letters);
	sp_testing_destroy(world);
}
END_TEST

KIT_MAIN("bus_kept", an_event_for_a_subscription_that_is_gone_is_a_dead_letter)
