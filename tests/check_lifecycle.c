/* check_lifecycle.c: in what order instances start and stop, and what keeps them (R-CM-2, R-CM-3, R-CM-5). */
#include "kernel_kit.h"
#include "voices.h"

#include <string.h>

struct ears {
	struct sp_service service;
	int (*hear)(const struct ears *ears);
};
SP_CONTRACT(ears, "IEars", 1);

VOICE(anna, 10, "en");

/* clang-format off */
SP_COMPONENT(base, (provide, voice), (activate), (deactivate), (later, wait, nothing, nothing),
	(member, sp_call *, call));
SP_COMPONENT(middle, (one, voice, below), (provide, ears), (activate), (deactivate),
	(later, wait, nothing, nothing), (member, sp_call *, call), (effect, follow));
SP_COMPONENT(top, (one, ears, below), (activate), (deactivate));
SP_COMPONENT(aside, (activate), (deactivate));
SP_COMPONENT(left, (provide, voice), (optional, ears, other), (activate), (deactivate), (effect, follow));
SP_COMPONENT(right, (provide, ears), (optional, voice, other), (activate), (deactivate));
SP_COMPONENT(needy, (one, ears, other), (provide, voice), (activate), (deactivate));
SP_COMPONENT(giving, (provide, ears), (optional, voice, other), (activate), (deactivate));
SP_COMPONENT(front, (rest, .prefix = "/shop"), (runnable, sell, nothing, nothing));
SP_COMPONENT(third, (rest, .prefix = "shop"), (runnable, sell, nothing, nothing));
SP_COMPONENT(elsewhere, (rest, .prefix = "market"), (runnable, sell, nothing, nothing));
SP_COMPONENT(rival, (rest, .prefix = "shop"), (runnable, sell, nothing, nothing), (activate), (deactivate));
/* clang-format on */

#define HOOKS(C) \
	static sp_status C##_activate(SP_UNUSED struct C *self) \
	{ \
		diary_add("+" #C); \
		return SP_OK; \
	} \
	static sp_status C##_deactivate(SP_UNUSED struct C *self) \
	{ \
		diary_add("-" #C); \
		return SP_OK; \
	}
#define SPEAKS(C) \
	static const char *C##_say(SP_UNUSED const struct voice *service) \
	{ \
		return #C; \
	} \
	SP_SERVICE(C, voice, .say = C##_say)
#define HEARS(C) \
	static int C##_hear(SP_UNUSED const struct ears *service) \
	{ \
		return 1; \
	} \
	SP_SERVICE(C, ears, .hear = C##_hear)
#define WAITS(C) \
	static struct C *the_##C; \
	static sp_status C##_wait(struct C *self, sp_call *call) \
	{ \
		the_##C = self; \
		self->call = call; \
		return SP_LATER; \
	}

HOOKS(base)
HOOKS(middle)
HOOKS(top)
HOOKS(aside)
HOOKS(left)
HOOKS(right)
HOOKS(needy)
HOOKS(giving)
SPEAKS(base);
SPEAKS(left);
SPEAKS(needy);
HEARS(middle);
HEARS(right);
HEARS(giving);
WAITS(base)
WAITS(middle)

static sp_status middle_follow(struct middle *self)
{
	const struct voice *below = sp_get(self->below);

	diary_add("middle:%s", below->say(below));
	return SP_OK;
}

static sp_status left_follow(struct left *self)
{
	diary_add("left:%s", sp_get(self->other) ? "bound" : "alone");
	return SP_OK;
}

HOOKS(rival)

static sp_status front_sell(SP_UNUSED struct front *self)
{
	return SP_OK;
}

static sp_status rival_sell(SP_UNUSED struct rival *self)
{
	return SP_OK;
}

static sp_status third_sell(SP_UNUSED struct third *self)
{
	return SP_OK;
}

static sp_status elsewhere_sell(SP_UNUSED struct elsewhere *self)
{
	return SP_OK;
}

static struct sp_component moved; /* elsewhere under the name of front */
KIT_PLUGIN(front, &front_component);
KIT_VERSION(front_elsewhere, front, "2.0.0", &moved);
KIT_PLUGIN(third, &third_component);
KIT_PLUGIN(rival, &rival_component);
KIT_PLUGIN(base, &base_component);
KIT_PLUGIN(middle, &middle_component);
KIT_PLUGIN(top, &top_component);
KIT_PLUGIN(aside, &aside_component);
KIT_PLUGIN(left, &left_component);
KIT_PLUGIN(right, &right_component);
KIT_PLUGIN(pair, &left_component, &right_component);
KIT_PLUGIN(couple, &needy_component, &giving_component);
KIT_PLUGIN(needy, &needy_component);
KIT_PLUGIN(tower, &top_component, &middle_component, &aside_component, &base_component);

/* R-CM-5: whatever the order in which they come, the order of activation is that of the requirements. */
START_TEST(plugins_come_in_any_order)
{
	static const struct sp_plugin *const orders[][3] = { { &base_plugin, &middle_plugin, &top_plugin },
		{ &base_plugin, &top_plugin, &middle_plugin }, { &middle_plugin, &base_plugin, &top_plugin },
		{ &middle_plugin, &top_plugin, &base_plugin }, { &top_plugin, &base_plugin, &middle_plugin },
		{ &top_plugin, &middle_plugin, &base_plugin } };

	for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
		sp_testing *world = world_open(NULL);

		for (size_t plugin = 0; plugin < 3; plugin++)
			world_add(world, orders[i][plugin]);
		ck_assert_str_eq(sp_testing_state(world, "top"), "active");
		ck_assert_str_eq(diary_take(), "+base +middle middle:base +top");
		sp_testing_destroy(world);
		ck_assert_str_eq(diary_take(), "-top -middle -base");
	}
}
END_TEST

START_TEST(one_plugin_may_hold_them_all)
{
	sp_testing *world = world_open(NULL);
	sp_plugin_handle *tower = world_add(world, &tower_plugin);
	const char *events;

	ck_assert_str_eq(diary_take(), "+aside +base +middle middle:base +top");
	events = sp_testing_events(world, true);
	ck_assert_ptr_nonnull(strstr(events,
		"{\"instance\":\"top\",\"from\":\"discovered\",\"to\":\"waiting\","
		"\"reason\":\"IEars/1\"}"));
	sp_testing_remove(world, tower);
	ck_assert_str_eq(diary_take(), "-top -middle -aside -base");
	ck_assert_str_eq(sp_testing_state(world, "base"), "");
	sp_testing_destroy(world);
}
END_TEST

/* R-CM-3: shutdown in reverse of activation, including who came later, each consumer before its provider. */
START_TEST(shutdown_is_in_reverse)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &top_plugin);
	world_add(world, &aside_plugin);
	world_add(world, &middle_plugin);
	world_add(world, &base_plugin);
	world_add(world, &anna_plugin);
	ck_assert_str_eq(diary_take(), "+aside +base +middle middle:base +top +anna");
	sp_testing_destroy(world);
	ck_assert_str_eq(diary_take(), "-anna -top -middle -base -aside");
}
END_TEST

/* R-CM-3: also one whose only tie is optional, and that was there before its provider. */
START_TEST(an_optional_consumer_stops_first)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &right_plugin);
	world_add(world, &anna_plugin);
	ck_assert_str_eq(diary_take(), "+right +anna");
	sp_testing_destroy(world);
	ck_assert_str_eq(diary_take(), "-right -anna");
}
END_TEST

/* A provider waits for a consumer that waits for its call. */
START_TEST(a_provider_waits_for_a_busy_consumer)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &base_plugin);
	world_add(world, &middle_plugin);
	world_begin(world, "middle.wait");
	diary_take();
	sp_kernel_stop(sp_testing_kernel(world), NULL, NULL);
	sp_testing_turn(world);
	ck_assert_str_eq(diary_take(), "");
	ck_assert_str_eq(sp_testing_state(world, "base"), "deactivating");
	sp_call_finish(the_middle->call, SP_OK);
	sp_testing_turn(world);
	ck_assert_str_eq(diary_take(), "answered -middle -base");
	sp_testing_destroy(world);
}
END_TEST

/* R-CM-3, and two that hold each other, as optional requirements can, end all the same: by removal and by shutdown. */
START_TEST(a_circle_of_optional_requirements_ends)
{
	sp_testing *world = world_open(NULL);
	int gone = 0;
	sp_plugin_handle *pair = world_add_counted(world, &pair_plugin, &gone);

	ck_assert_str_eq(diary_take(), "+left left:alone +right left:bound");
	sp_testing_remove(world, pair);
	ck_assert_int_eq(gone, 1);
	ck_assert_uint_eq(times_in(diary_take(), "-"), 2);
	world_add_counted(world, &pair_plugin, &gone);
	sp_testing_destroy(world);
	ck_assert_int_eq(gone, 2);
}
END_TEST

/* Of a circle, the one that can do without loses its service first. */
START_TEST(a_circle_breaks_where_it_is_optional)
{
	sp_testing *world = world_open(NULL);
	int gone = 0;
	sp_plugin_handle *couple = world_add_counted(world, &couple_plugin, &gone);

	ck_assert_str_eq(diary_take(), "+giving +needy");
	sp_testing_remove(world, couple);
	ck_assert_str_eq(diary_take(), "-needy -giving");
	ck_assert_int_eq(gone, 1);
	sp_testing_destroy(world);
}
END_TEST

/* R-CM-5, of two that require each other since one has changed over: no effect sees nothing while they end. */
START_TEST(a_circle_that_a_change_over_made_ends)
{
	sp_testing *world = world_open(NULL);
	sp_plugin_handle *base = world_add(world, &base_plugin), *middle = world_add(world, &middle_plugin);
	sp_plugin_handle *needy = world_add(world, &needy_plugin);

	ck_assert_str_eq(diary_take(), "+base +middle middle:base +needy");
	sp_testing_remove(world, base);
	ck_assert_str_eq(diary_take(), "middle:needy -base");
	sp_kernel_remove(middle);
	sp_testing_remove(world, needy);
	ck_assert_str_eq(diary_take(), "-needy -middle");
	ck_assert_int_eq(sp_kernel_state(sp_testing_kernel(world)), SP_KERNEL_HEALTHY);
	sp_testing_destroy(world);
}
END_TEST

START_TEST(removal_of_one_of_a_circle_frees_the_other)
{
	sp_testing *world = world_open(NULL);
	sp_plugin_handle *left = world_add(world, &left_plugin);

	world_add(world, &right_plugin);
	diary_take();
	sp_testing_remove(world, left);
	ck_assert_str_eq(diary_take(), "-left");
	ck_assert_str_eq(sp_testing_state(world, "right"), "active");
	sp_testing_destroy(world);
}
END_TEST

/* Calls inside are waited for, until the drain's deadline: each body's own, however many leave after it. */
START_TEST(calls_inside_are_waited_for_until_the_deadline)
{
	sp_testing *world = world_open(NULL);
	int gone = 0;
	sp_plugin_handle *base = world_add_counted(world, &base_plugin, &gone);
	sp_plugin_handle *anna = world_add(world, &anna_plugin);

	world_begin(world, "base.wait");
	diary_take();
	sp_testing_remove(world, base);
	sp_testing_advance(world, 6000);
	sp_testing_remove(world, anna);
	ck_assert_str_eq(diary_take(), "-anna");
	sp_testing_advance(world, 3999);
	ck_assert_str_eq(diary_take(), "");
	sp_testing_advance(world, 1);
	ck_assert_str_eq(diary_take(), "the component was stopped before it answered");
	ck_assert_int_eq(gone, 0);
	sp_call_finish(the_base->call, SP_OK);
	sp_testing_turn(world);
	ck_assert_str_eq(diary_take(), "-base");
	ck_assert_int_eq(gone, 1);
	sp_testing_destroy(world);
}
END_TEST

START_TEST(two_that_leave_have_a_deadline_each)
{
	sp_testing *world = world_open(NULL);
	sp_plugin_handle *base = world_add(world, &base_plugin), *middle = world_add(world, &middle_plugin);

	world_add(world, &anna_plugin);
	world_begin(world, "base.wait");
	world_begin(world, "middle.wait");
	diary_take();
	sp_testing_remove(world, base);
	sp_testing_advance(world, 5000);
	sp_testing_remove(world, middle);
	sp_testing_advance(world, 5000);
	ck_assert_str_eq(diary_take(), "middle:anna the component was stopped before it answered");
	sp_testing_advance(world, 5000);
	ck_assert_str_eq(diary_take(), "the component was stopped before it answered");
	sp_call_finish(the_base->call, SP_OK);
	sp_call_finish(the_middle->call, SP_OK);
	sp_testing_destroy(world);
}
END_TEST

/* A name and its addresses are free as soon as a plugin is removed, though calls inside go on. */
START_TEST(a_plugin_may_come_back_while_the_former_leaves)
{
	sp_testing *world = world_open(NULL);
	int gone = 0;
	sp_plugin_handle *base = world_add_counted(world, &base_plugin, &gone);
	sp_call *call;

	world_begin(world, "base.wait");
	call = the_base->call;
	sp_testing_remove(world, base);
	world_add(world, &base_plugin);
	ck_assert_int_eq(gone, 0);
	ck_assert_str_eq(sp_testing_state(world, "base"), "active");
	world_begin(world, "base.wait");
	ck_assert_ptr_ne(the_base->call, call);
	sp_call_finish(call, SP_OK);
	sp_testing_turn(world);
	ck_assert_int_eq(gone, 1);
	sp_call_finish(the_base->call, SP_OK);
	sp_testing_turn(world);
	ck_assert_str_eq(sp_testing_state(world, "base"), "active");
	sp_testing_destroy(world);
}
END_TEST

/* R-RN-7: the second claimant of a path is errored, with none of its code run, until the first one goes. */
START_TEST(a_path_belongs_to_one)
{
	sp_testing *world = world_open(NULL);
	sp_plugin_handle *front = world_add(world, &front_plugin);

	world_add(world, &rival_plugin);
	ck_assert_str_eq(sp_testing_state(world, "rival"), "errored");
	ck_assert_str_eq(world_text(world, "rival", "reason"), "conflict: the path /api/v1/shop/sell belongs to front");
	ck_assert_int_eq(sp_kernel_retry(sp_testing_kernel(world), "rival", NULL), SP_OK);
	sp_testing_turn(world);
	ck_assert_str_eq(sp_testing_state(world, "rival"), "errored");
	ck_assert_str_eq(diary_take(), "");
	sp_testing_remove(world, front);
	ck_assert_str_eq(sp_testing_state(world, "rival"), "active");
	ck_assert_str_eq(diary_take(), "+rival");
	world_call(world, "rival.sell", NULL);
	sp_testing_destroy(world);
}
END_TEST

/* Of two who wait for a path the older one gets it; a claimant that goes waits no longer. */
START_TEST(a_path_that_is_free_goes_to_the_next)
{
	sp_testing *world = world_open(NULL);
	sp_plugin_handle *front = world_add(world, &front_plugin), *rival = world_add(world, &rival_plugin);
	sp_plugin_handle *third = world_add(world, &third_plugin);

	ck_assert_str_eq(sp_testing_state(world, "third"), "errored");
	sp_testing_remove(world, front);
	ck_assert_str_eq(sp_testing_state(world, "rival"), "active");
	ck_assert_str_eq(world_text(world, "third", "reason"), "conflict: the path /api/v1/shop/sell belongs to rival");
	world_add(world, &front_plugin);
	sp_testing_remove(world, third);
	sp_testing_remove(world, rival);
	ck_assert_str_eq(sp_testing_state(world, "front"), "active");
	sp_testing_destroy(world);
}
END_TEST

/* A new version that gives a path up makes it free. */
START_TEST(a_path_that_a_new_version_gives_up_is_free)
{
	sp_testing *world = world_open(NULL);
	sp_plugin_handle *front = world_add(world, &front_plugin);

	moved = elsewhere_component;
	moved.name = "front";
	world_add(world, &rival_plugin);
	ck_assert_int_eq(sp_testing_replace(world, &front, &front_elsewhere_plugin, NULL), SP_OK);
	ck_assert_str_eq(sp_testing_state(world, "rival"), "active");
	ck_assert_str_eq(sp_testing_state(world, "front"), "active");
	sp_testing_destroy(world);
}
END_TEST

int main(void)
{
	const TTest *const cases[] = { plugins_come_in_any_order, one_plugin_may_hold_them_all, shutdown_is_in_reverse,
		an_optional_consumer_stops_first, a_provider_waits_for_a_busy_consumer,
		a_circle_of_optional_requirements_ends, a_circle_breaks_where_it_is_optional,
		a_circle_that_a_change_over_made_ends, removal_of_one_of_a_circle_frees_the_other,
		calls_inside_are_waited_for_until_the_deadline, two_that_leave_have_a_deadline_each,
		a_plugin_may_come_back_while_the_former_leaves, a_path_belongs_to_one,
		a_path_that_is_free_goes_to_the_next, a_path_that_a_new_version_gives_up_is_free };

	return kit_run("lifecycle", cases, sizeof cases / sizeof cases[0]);
}
