/* check_traits.c: what a component is, inferred from its rows (R-CM-11). */
#include "kernel_kit.h"
#include "runner.h"

#include <signalpy/logger.h>
#include <string.h>

/* clang-format off */
SP_RECORD(traits_settings, (string, colour));
SP_RECORD(traits_state, (integer, count));

SP_COMPONENT(plain, (about, "Has nothing."));

SP_COMPONENT(rich,
	(settings, traits_settings, settings),
	(property, string, place, .otherwise = "here"),
	(signal, integer, count),
	(optional, sp_logger, log),
	(provide, voice, .native = "choir"),
	(state, traits_state, 1),
	(supervise, watch_over),
	(subscribe, hear, "noise"),
	(kind, traits_state),
	(skill, sing, "Sing.", .uses = SP_NAMES("sing_now")),
	(rest, .prefix = "/choir"),
	(runnable, sing_now, nothing, nothing));
/* clang-format on */

/* Contracts of providers, as far as traits look at them. */
#define PROVIDER(T, name) \
	struct T { \
		struct sp_service service; \
	}; \
	SP_CONTRACT(T, name, 1)
PROVIDER(auth, "signalpy.auth");
PROVIDER(credentials, "signalpy.credentials");
PROVIDER(storage, "signalpy.storage");
PROVIDER(tracer, "signalpy.tracer");
PROVIDER(store, "signalpy.stor");

SP_COMPONENT(guard, (optional, auth, auth), (optional, tracer, tracer));
SP_COMPONENT(keyring, (optional, credentials, credentials));
SP_COMPONENT(shelf, (optional, storage, storage), (optional, store, store));

KIT_PLUGIN(both, &plain_component, &rich_component);
KIT_PLUGIN(users, &guard_component, &keyring_component, &shelf_component);

static const char *rich_say(const struct voice *voice)
{
	(void)voice;
	return "la";
}

SP_SERVICE(rich, voice, .say = rich_say);

static sp_status rich_snapshot(struct rich *self, struct traits_state *out)
{
	out->count = sp_get(self->count);
	return SP_OK;
}

static sp_status rich_restore(struct rich *self, const struct traits_state *in)
{
	return sp_set(self->count, in->count);
}

static sp_verdict rich_watch_over(SP_UNUSED struct rich *self, SP_UNUSED sp_failure *failure)
{
	return SP_RESTART;
}

static sp_status rich_hear(SP_UNUSED struct rich *self, SP_UNUSED const sp_event *event)
{
	return SP_OK;
}

static sp_status rich_sing_now(SP_UNUSED struct rich *self)
{
	return SP_OK;
}

static void expect_traits(sp_testing *world, const char *instance, const char *expected)
{
	json_t *component = sp_kernel_component_new(sp_testing_kernel(world), instance);
	json_t *traits = json_loads(expected, 0, NULL);
	char *found = json_dumps(json_object_get(component, "traits"), 0);

	ck_assert_msg(json_equal(json_object_get(component, "traits"), traits), "%s is %s", instance, found);
	free(found);
	json_decref(component);
	json_decref(traits);
}

START_TEST(a_component_without_rows_has_the_first_level)
{
	sp_testing *world = world_open("{}");

	world_add(world, &both_plugin);
	expect_traits(world, "plain",
		"[\"identifiable\", \"lifecycle\", \"dependable\", \"registrable\", \"inspectable\", \"factoryable\","
		" \"versioned\"]");
	sp_testing_destroy(world);
}
END_TEST

START_TEST(each_row_gives_its_trait)
{
	sp_testing *world = world_open("{}");

	world_add(world, &both_plugin);
	expect_traits(world, "rich",
		"[\"identifiable\", \"lifecycle\", \"dependable\", \"registrable\", \"inspectable\", \"factoryable\","
		" \"observable\", \"configurable\", \"communicable\", \"supervisable\", \"runnable\", \"subscribable\", \"kinded\","
		" \"skillful\", \"routable\", \"reactive\", \"adaptable\", \"updatable\", \"targeted\", \"versioned\"]");
	sp_testing_destroy(world);
}
END_TEST

#define FIRST_LEVEL \
	"[\"identifiable\", \"lifecycle\", \"dependable\", \"registrable\", \"inspectable\", \"factoryable\", "

START_TEST(what_is_required_of_providers_gives_traits)
{
	sp_testing *world = world_open("{}");

	world_add(world, &users_plugin);
	expect_traits(world, "guard", FIRST_LEVEL "\"observable\", \"secured\", \"versioned\"]");
	expect_traits(world, "keyring", FIRST_LEVEL "\"secured\", \"scoped\", \"versioned\"]");
	expect_traits(world, "shelf", FIRST_LEVEL "\"storable\", \"scoped\", \"versioned\"]");
	sp_testing_destroy(world);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_component_without_rows_has_the_first_level),
		TEST(each_row_gives_its_trait), TEST(what_is_required_of_providers_gives_traits) };

	return run_suite(&SUITE(cases, "traits"));
}
