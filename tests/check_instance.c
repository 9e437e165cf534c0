/* check_instance.c: an instance's name and states, as they are told (R-CM-2). */
#define _GNU_SOURCE /* memmem */
#include "alloc.h"
#include "kernel_kit.h"
#include "lifecycle.h"
#include "voices.h"

#include <string.h>

VOICE(anna, 10, "en");

/* clang-format off */
SP_COMPONENT(listener, (one, voice, from), (optional, voice, other));
SP_COMPONENT(broken, (activate), (runnable, try, nothing, nothing));
/* clang-format on */

static sp_status broken_activate(struct broken *self)
{
	return sp_fail(self->rt, SP_FAILED, "the well is dry");
}

static sp_status broken_try(SP_UNUSED struct broken *self)
{
	return SP_OK;
}

KIT_PLUGIN(listener, &listener_component);
KIT_PLUGIN(broken, &broken_component);

#define STATE(from, to, reason) \
	"component.state {\"instance\":\"listener\",\"from\":\"" from "\",\"to\":\"" to "\",\"reason\":\"" reason \
	"\"}\n"

/* Only what is told of the listener. */
static const char *told(sp_testing *world)
{
	static char lines[2048];
	const char *events = sp_testing_events(world, true);

	lines[0] = '\0';
	while (*events) {
		size_t length = strcspn(events, "\n") + 1;

		if (memmem(events, length, "\"listener\"", 10))
			strncat(lines, events, length);
		events += length;
	}
	return lines;
}

START_TEST(every_state_is_told)
{
	sp_testing *world = world_open(NULL);
	sp_plugin_handle *listener = world_add(world, &listener_plugin), *anna;

	ck_assert_str_eq(told(world), STATE("discovered", "waiting", "IVoice/1"));
	anna = world_add(world, &anna_plugin);
	ck_assert_str_eq(told(world),
		STATE("waiting", "resolved", "") STATE("resolved", "activating", "") STATE("activating", "active", ""));
	sp_testing_remove(world, anna);
	ck_assert_str_eq(told(world),
		STATE("active", "deactivating", "") STATE("deactivating", "resolved", "")
			STATE("resolved", "waiting", "IVoice/1"));
	sp_testing_remove(world, listener);
	ck_assert_str_eq(told(world), STATE("waiting", "stopped", ""));
	sp_testing_destroy(world);
}
END_TEST

START_TEST(an_error_is_told_with_its_reason)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &broken_plugin);
	ck_assert_ptr_nonnull(strstr(sp_testing_events(world, true),
		"{\"instance\":\"broken\",\"from\":\"activating\",\"to\":\"errored\",\"reason\":\"activate: the well is dry\"}"));
	ck_assert_ptr_nonnull(strstr(sp_testing_log(world, true), "error broken: activate: the well is dry\n"));
	ck_assert_str_eq(world_text(world, "broken", "reason"), "activate: the well is dry");
	ck_assert_str_eq(world_call_fails(world, "broken.try", "unavailable"),
		"broken is errored: activate: the well is dry");
	sp_testing_destroy(world);
}
END_TEST

START_TEST(states_have_words)
{
	static const char *const words[] = { "discovered", "resolved", "activating", "active", "errored", "waiting",
		"deactivating", "stopped" };

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		ck_assert_str_eq(instance_state_word((enum instance_state)i), words[i]);
}
END_TEST

/* Setting the state that it has is no event. */
START_TEST(the_same_state_is_not_told)
{
	sp_testing *world = world_open(NULL);
	struct instance *instance;

	world_add(world, &anna_plugin);
	instance = container_of(sp_testing_kernel(world)->instances.next, struct instance, link);
	sp_testing_events(world, true);
	instance_set_state(instance, INSTANCE_ACTIVE);
	sp_testing_turn(world);
	ck_assert_str_eq(sp_testing_events(world, true), "");
	sp_testing_destroy(world);
}
END_TEST

/* Only what a one requirement misses makes an instance wait; the first one is named. */
START_TEST(what_is_missing_is_named)
{
	sp_testing *world = world_open(NULL);
	const struct instance *instance;

	world_add(world, &listener_plugin);
	instance = container_of(sp_testing_kernel(world)->instances.next, struct instance, link);
	ck_assert_str_eq(instance_missing(instance)->row.row.name, "from");
	ck_assert_str_eq(world_text(world, "listener", "state"), "waiting");
	world_add(world, &anna_plugin);
	ck_assert_ptr_null(instance_missing(instance));
	sp_testing_destroy(world);
}
END_TEST

/* Without memory nothing is left of an instance. */
START_TEST(creation_may_fail_anywhere)
{
	sp_testing *world = world_open(NULL);
	struct sp_error error = { 0 };
	sp_plugin_handle *plugin = NULL;

	for (long allowed = 0; !plugin; allowed++) {
		sp_alloc_fail_after(allowed);
		sp_kernel_add(sp_testing_kernel(world), &broken_plugin, NULL, &plugin, &error);
		sp_alloc_fail_after(-1);
		ck_assert(plugin || error.code == SP_NO_MEMORY);
		ck_assert(plugin || list_is_empty(&sp_testing_kernel(world)->instances));
		ck_assert(plugin || list_is_empty(&sp_testing_kernel(world)->plugins));
		ck_assert_int_lt(allowed, 100);
	}
	sp_testing_turn(world);
	ck_assert_str_eq(sp_testing_state(world, "broken"), "errored");
	sp_testing_destroy(world);
}
END_TEST

int main(void)
{
	const TTest *const cases[] = { every_state_is_told, an_error_is_told_with_its_reason, states_have_words,
		the_same_state_is_not_told, what_is_missing_is_named, creation_may_fail_anywhere };

	return kit_run("instance", cases, sizeof cases / sizeof cases[0]);
}
