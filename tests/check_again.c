/* check_again.c: what lacked memory, and nobody asks for again, is done as soon as there is some. */
#include "kernel_kit.h"

#include <string.h>

#include "again.h"
#include "alloc.h"
#include "lifecycle.h"
#include "registry.h"

/* clang-format off */
SP_COMPONENT(speaker, (provide, voice));
SP_COMPONENT(pot,
	(signal, integer, level),
	(map, voice, voices, .by = "language"),
	(effect, follow),
	(effect, watch));
SP_COMPONENT(mirror, (provide, voice), (one, voice, voice, .filter = "(language=none)"));
/* clang-format on */

KIT_PLUGIN(speaker, &speaker_component);
KIT_PLUGIN(pot, &pot_component);
KIT_PLUGIN(mirror, &mirror_component);

static int64_t seen;
static unsigned watched;

static const char *say(SP_UNUSED const struct voice *voice)
{
	return "";
}

SP_SERVICE(speaker, voice, .say = say);
SP_SERVICE(mirror, voice, .say = say);

static sp_status pot_follow(struct pot *self)
{
	enum { MUCH = 2000 }; /* more than a frame has room for */

	if (*sp_format(self->rt, "%*s", MUCH, "x"))
		seen = sp_get(self->level);
	return SP_OK;
}

static sp_status pot_watch(struct pot *self)
{
	(void)sp_at(self->voices, "none");
	watched++;
	return SP_OK;
}

static struct instance *instance_of(sp_testing *world, const char *name)
{
	struct table_link *link = table_find(&sp_testing_kernel(world)->instances_by_name, name, strlen(name));

	ck_assert_ptr_nonnull(link);
	return container_of(link, struct instance, by_name);
}

static struct pot *open_pot(sp_testing **ret_world)
{
	*ret_world = world_open(NULL);
	world_add(*ret_world, &speaker_plugin);
	world_add(*ret_world, &pot_plugin);
	ck_assert_str_eq(sp_testing_state(*ret_world, "pot"), "active");
	return instance_of(*ret_world, "pot")->body->self;
}

/* R-CM-10: meanwhile the kernel says that something is wrong. */
START_TEST(an_effect_runs_again)
{
	sp_testing *world;
	struct pot *pot = open_pot(&world);

	sp_alloc_fail_from(0);
	sp_set(pot->level, 5);
	sp_testing_advance(world, 2500);
	sp_alloc_fail_from(-1);
	ck_assert_int_eq(seen, 0);
	ck_assert_int_eq(sp_kernel_state(sp_testing_kernel(world)), SP_KERNEL_DEGRADED);
	sp_testing_advance(world, 499);
	ck_assert_int_eq(seen, 0);
	sp_testing_advance(world, 1);
	ck_assert_int_eq(seen, 5);
	ck_assert_int_eq(sp_kernel_state(sp_testing_kernel(world)), SP_KERNEL_HEALTHY);
	ck_assert(!sp_testing_kernel(world)->again);
	sp_testing_destroy(world);
}
END_TEST

START_TEST(a_slot_follows_again)
{
	sp_testing *world;
	struct pot *pot = open_pot(&world);
	struct contract *contract = contract_of(sp_testing_kernel(world), "IVoice/1");
	const struct need *need = pot->rt->needs;

	sp_alloc_fail_from(0);
	contract_changed(contract, true);
	sp_testing_advance(world, 1500);
	ck_assert(need->behind);
	ck_assert_uint_eq(need->view->count, 1);
	sp_alloc_fail_from(-1);
	watched = 0;
	sp_testing_advance(world, 500);
	ck_assert(!need->behind);
	ck_assert_uint_eq(need->view->count, 1);
	ck_assert_uint_eq(watched, 1);
	sp_testing_advance(world, 5000);
	ck_assert_uint_eq(watched, 1);
	sp_testing_destroy(world);
}
END_TEST

START_TEST(a_cycle_is_told_again)
{
	sp_testing *world = world_open(NULL);
	const struct instance *instance;

	world_add(world, &mirror_plugin);
	instance = instance_of(world, "mirror");
	ck_assert_str_eq(instance->cycle, "mirror → mirror");
	sp_alloc_fail_from(0);
	sp_testing_kernel(world)->cycles_due = true;
	kernel_due(sp_testing_kernel(world));
	sp_testing_turn(world);
	sp_alloc_fail_from(-1);
	ck_assert_ptr_null(instance->cycle);
	sp_testing_advance(world, 1000);
	ck_assert_str_eq(instance->cycle, "mirror → mirror");
	sp_testing_destroy(world);
}
END_TEST

/* Whatever was asked for may be gone by then. */
START_TEST(nothing_may_be_left)
{
	sp_testing *world;

	open_pot(&world);
	kernel_again(sp_testing_kernel(world));
	kernel_again(sp_testing_kernel(world));
	sp_kernel_stop(sp_testing_kernel(world), NULL, NULL);
	sp_testing_advance(world, 1000);
	ck_assert(!sp_testing_kernel(world)->again);
	sp_testing_destroy(world);
}
END_TEST

KIT_MAIN("again", an_effect_runs_again, a_slot_follows_again, a_cycle_is_told_again, nothing_may_be_left)
