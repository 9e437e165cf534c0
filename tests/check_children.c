/* check_children.c: instances that code spawns: who they are, when they go, and what a replacement does to them
 * (R-CM-3, R-CM-8, R-CM-9, R-PL-10). */
#include "family_kit.h"

#include <stdio.h>
#include <string.h>

/* clang-format off */
SP_RECORD(kin, (string, name, .required = true));
SP_RECORD(size, (string, text));
SP_COMPONENT(cub, (about, "a child of its parent's plugin", .on_demand = true), (provide, voice), (activate), (deactivate),
	(runnable, size, nothing, size));
SP_COMPONENT(cub_two, (about, "a child of its parent's plugin", .on_demand = true), (provide, voice), (activate),
	(deactivate), (runnable, size, nothing, size));
SP_COMPONENT(bear, (supervise, judge, .max_restarts = 1), (activate), (deactivate), (runnable, spawn, kin, nothing));
SP_COMPONENT(bear_two, (activate), (deactivate), (runnable, spawn, kin, nothing), (runnable, stop, kin, nothing));
SP_COMPONENT(bound, (one, voice, other), (activate), (deactivate));
SP_COMPONENT(rabbit, (activate));
SP_COMPONENT(anna, (provide, voice, .ranking = -1));
/* clang-format on */

static bool must_fail, wants_other;

#define HOOKS(C) \
	static sp_status C##_activate(struct C *self) \
	{ \
		diary_add("+%s", sp_name(self->rt)); \
		return SP_OK; \
	} \
	static sp_status C##_deactivate(struct C *self) \
	{ \
		diary_add("-%s", sp_name(self->rt)); \
		return SP_OK; \
	}
#define CUB(C, version) \
	HOOKS(C) \
	static const char *C##_say(SP_UNUSED const struct voice *voice) \
	{ \
		return version; \
	} \
	SP_SERVICE(C, voice, .say = C##_say); \
	static sp_status C##_size(SP_UNUSED struct C *self, struct size *out) \
	{ \
		out->text = version; \
		return SP_OK; \
	}
CUB(cub, "one")
CUB(cub_two, "two")

static sp_status rabbit_activate(struct rabbit *self)
{
	return sp_spawn(self->rt, "rabbit", sp_format(self->rt, "%sx", sp_name(self->rt)), NULL);
}

static sp_status bear_activate(struct bear *self)
{
	sp_status status = sp_spawn(self->rt, "cub", "own", NULL);

	return status == SP_OK ? sp_spawn(self->rt, "kid", "foreign", json_pack("{s:i}", "size", 7)) : status;
}

static sp_status bear_deactivate(struct bear *self)
{
	diary_add("-%s", sp_name(self->rt));
	return SP_OK;
}

static sp_verdict bear_judge(SP_UNUSED struct bear *self, SP_UNUSED sp_failure *failure)
{
	return SP_RESTART;
}

static sp_status bear_spawn(struct bear *self, const struct kin *in)
{
	return sp_spawn(self->rt, "kid", in->name, NULL);
}

/* Spawns again what it finds, and one that is new. */
static sp_status bear_two_activate(struct bear_two *self)
{
	sp_status status = sp_spawn(self->rt, wants_other ? "kid" : "cub", "own", NULL);

	if (status == SP_OK)
		status = sp_spawn(self->rt, "cub", "late", NULL);
	if (status == SP_OK && must_fail)
		status = sp_fail(self->rt, SP_FAILED, "not today");
	return status;
}

static sp_status bear_two_deactivate(struct bear_two *self)
{
	diary_add("-%s", sp_name(self->rt));
	return SP_OK;
}

static sp_status bear_two_spawn(struct bear_two *self, const struct kin *in)
{
	return sp_spawn(self->rt, "kid", in->name, NULL);
}

static sp_status bear_two_stop(struct bear_two *self, const struct kin *in)
{
	return sp_stop_child(self->rt, in->name);
}

static sp_status bound_activate(struct bound *self)
{
	diary_add("+%s", sp_name(self->rt));
	return sp_spawn(self->rt, "kid", "mine", NULL);
}

static sp_status bound_deactivate(struct bound *self)
{
	const struct voice *other = sp_get(self->other);

	diary_add("-%s:%s", sp_name(self->rt), other ? other->say(other) : "alone");
	return SP_OK;
}

static const char *anna_say(SP_UNUSED const struct voice *voice)
{
	return "anna";
}
SP_SERVICE(anna, voice, .say = anna_say);

KIT_PLUGIN(anna, &anna_component);
KIT_PLUGIN(bound, &bound_component);

/* A component under another name than its C identifier has: both versions are called alike. */
static struct sp_component named(const struct sp_component *component, const char *name)
{
	struct sp_component copy = *component;

	copy.name = name;
	return copy;
}

static struct sp_component two_components[2];
static const struct sp_component *const two_list[] = { &two_components[0], &two_components[1], NULL };
static const struct sp_plugin two_plugin = { { SP_ABI_MAJOR, sizeof two_plugin }, "bears", "2.0.0", two_list };
KIT_PLUGIN(bears, &bear_component, &cub_component);

/* A world with the first version of the bears, and kids of another plugin. */
static sp_testing *open_bears(sp_plugin_handle **ret_bears)
{
	sp_testing *world = family_open(&nobody_component, NULL);

	must_fail = wants_other = false;
	two_components[0] = named(&bear_two_component, "bear");
	two_components[1] = named(&cub_two_component, "cub");
	diary_take();
	*ret_bears = world_add(world, &bears_plugin);
	family_expect("+own +foreign");
	return world;
}

static void close_quietly(sp_testing *world)
{
	sp_testing_destroy(world);
	diary_take();
}

/* Calls a runnable, which must fail with that code; answers why, until the next call. */
static const char *refusal(sp_testing *world, const char *address, const char *params, const char *code)
{
	static char why[300];
	json_t *answer = sp_testing_call_new(world, address, params);
	const json_t *error = json_object_get(answer, "error");

	ck_assert_ptr_nonnull(error);
	ck_assert_str_eq(json_string_value(json_object_get(error, "code")), code);
	snprintf(why, sizeof why, "%s", json_string_value(json_object_get(error, "message")));
	json_decref(answer);
	return why;
}

/* ---- who they are ------------------------------------------------------------------------------------------------ */

/* R-CM-8: by name, with properties of their own; R-CM-9: in the ledger, with file and line. */
START_TEST(a_child_is_an_instance_of_its_own)
{
	sp_testing *world = family_open(&nobody_component, NULL);

	world_call(world, "nobody.spawn", "{\"name\":\"ann\",\"properties\":{\"size\":3}}");
	world_call(world, "nobody.spawn", "{\"name\":\"bob\"}");
	family_expect("+nobody +ann +bob");
	ck_assert_str_eq(world_call(world, "ann.size", "{}"), "3");
	ck_assert_str_eq(world_call(world, "bob.size", "{}"), "0");
	ck_assert_str_eq(world_text(world, "ann", "parent"), "nobody");
	ck_assert_str_eq(world_text(world, "ann", "component"), "kid");
	ck_assert_uint_eq(world_size(world, "nobody", "children"), 2);
	ck_assert_uint_eq(world_size(world, "nobody", "ledger"), 2);
	world_call(world, "nobody.spawn", "{\"name\":\"ann\"}");
	ck_assert_uint_eq(world_size(world, "nobody", "children"), 2);
	world_call(world, "nobody.stop", "{\"name\":\"ann\"}");
	family_expect("-ann");
	family_state(world, "ann", "");
	world_call(world, "nobody.spawn", "{\"name\":\"ann\"}");
	family_expect("+ann");
	close_quietly(world);
}
END_TEST

START_TEST(the_ledger_tells_the_line)
{
	sp_testing *world = family_open(&nobody_component, "a");
	json_t *nobody = sp_kernel_component_new(sp_testing_kernel(world), "nobody");
	const json_t *entry = json_array_get(json_object_get(nobody, "ledger"), 0);

	ck_assert_str_eq(json_string_value(json_object_get(entry, "kind")), "child");
	ck_assert_ptr_nonnull(strstr(json_string_value(json_object_get(entry, "file")), "family_kit.c"));
	ck_assert_int_gt(json_integer_value(json_object_get(entry, "line")), 0);
	json_decref(nobody);
	close_quietly(world);
}
END_TEST

START_TEST(what_cannot_be_spawned_is_refused)
{
	static const struct {
		const char *params, *code, *why;
	} cases[] = {
		{ "{\"name\":\"a\",\"component\":\"none\"}", "not_found",
			"cannot spawn a: there is no component none" },
		{ "{\"name\":\"nobody\"}", "conflict",
			"conflict: there is an instance nobody already, of component nobody" },
		{ "{\"name\":\"A\"}", "invalid_params", "an instance's name is [a-z][a-z0-9-]{0,30}, not A" },
		{ "{\"name\":\"a\",\"properties\":7}", "invalid_params",
			"cannot spawn a: its properties are not an object" },
	};
	sp_testing *world = family_open(&nobody_component, NULL);

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		ck_assert_str_eq(refusal(world, "nobody.spawn", cases[i].params, cases[i].code), cases[i].why);
	refusal(world, "nobody.spawn", "{\"name\":\"a\",\"properties\":{\"size\":\"big\"}}", "invalid_params");
	ck_assert_str_eq(refusal(world, "nobody.stop", "{\"name\":\"a\"}", "not_found"), "nobody has no child a");
	ck_assert_uint_eq(world_size(world, "nobody", "ledger"), 0);
	close_quietly(world);
}
END_TEST

/* R-CM-8: whom the configuration waits for is to be seen, and has the name when it comes. */
START_TEST(a_name_that_the_configuration_gave_away_is_not_free)
{
	sp_testing *world = family_open(&nobody_component, NULL);

	ck_assert_int_eq(sp_testing_set(world, "instances.late", "{\"component\":\"absent\"}"), SP_OK);
	ck_assert_str_eq(refusal(world, "nobody.spawn", "{\"name\":\"late\"}", "conflict"),
		"cannot spawn late: the configuration asks for an instance of that name, of component absent");
	ck_assert_str_eq(world_text(world, "late", "state"), "waiting");
	ck_assert_int_eq(sp_testing_set(world, "instances.late", "false"), SP_OK);
	world_call(world, "nobody.spawn", "{\"name\":\"late\"}");
	ck_assert_str_eq(world_text(world, "late", "state"), "active");
	close_quietly(world);
}
END_TEST

/* R-CM-8: a component that spawns itself without end is stopped, and the daemon goes on. */
START_TEST(a_family_has_16_generations)
{
	sp_testing *world = family_open(&rabbit_component, NULL);

	family_state(world, "rabbitxxxxxxxxxxxxxxx", "active");
	family_state(world, "rabbitxxxxxxxxxxxxxxxx", "errored");
	ck_assert_str_eq(world_text(world, "rabbitxxxxxxxxxxxxxxxx", "reason"),
		"activate: cannot spawn rabbitxxxxxxxxxxxxxxxxx: 16 generations stand above rabbitxxxxxxxxxxxxxxxx "
		"already; does a component spawn itself?");
	family_state(world, "rabbitxxxxxxxxxxxxxxxxx", "");
	close_quietly(world);
}
END_TEST

START_TEST(a_parent_that_fails_to_activate_has_no_children)
{
	sp_testing *world = family_open(&nobody_component, "a b Zoe");

	family_expect("+nobody");
	family_state(world, "nobody", "errored");
	family_state(world, "a", "");
	family.spawns = "a";
	ck_assert_int_eq(sp_kernel_retry(sp_testing_kernel(world), "nobody", NULL), SP_OK);
	sp_testing_turn(world);
	family_expect("+nobody +a");
	close_quietly(world);
}
END_TEST

/* ---- when they go ------------------------------------------------------------------------------------------------ */

/* R-CM-3: children before parents, the latest first; however it comes to that. */
START_TEST(children_stop_before_their_parent)
{
	sp_testing *world = family_open(&nobody_component, "a b c");

	family_expect("+nobody +a +b +c");
	ck_assert_int_eq(sp_kernel_instance_remove(sp_testing_kernel(world), "nobody", NULL), SP_OK);
	sp_testing_turn(world);
	family_expect("-c -b -a -nobody");
	sp_testing_destroy(world);
	world = family_open(&nobody_component, "a b c");
	diary_take();
	sp_testing_destroy(world);
	family_expect("-c -b -a -nobody");
}
END_TEST

START_TEST(a_parent_waits_for_its_child)
{
	sp_testing *world = family_open(&nobody_component, "a b");

	diary_take();
	world_begin(world, "a.wait");
	sp_kernel_instance_remove(sp_testing_kernel(world), "nobody", NULL);
	sp_testing_turn(world);
	family_expect("-b");
	family_state(world, "a", "");
	sp_finish(family.waiting, SP_OK);
	sp_testing_turn(world);
	family_expect("answered -a -nobody");
	close_quietly(world);
}
END_TEST

START_TEST(a_kernel_that_is_destroyed_at_once_ends_children_first)
{
	sp_testing *world = family_open(&each_component, "a b");

	world_begin(world, "a.wait");
	diary_take();
	sp_testing_destroy(world);
	ck_assert_ptr_nonnull(strstr(diary_take(), "-a -each"));
}
END_TEST

/* A parent that is bound to its own child would wait for it to go, and it for the parent. */
START_TEST(a_parent_may_use_its_child)
{
	sp_testing *world = family_open(&nobody_component, NULL);
	sp_plugin_handle *anna;

	diary_take();
	world_add(world, &bound_plugin);
	anna = world_add(world, &anna_plugin);
	family_expect("+bound +mine");
	sp_testing_remove(world, anna);
	family_expect("");
	family_state(world, "bound", "active");
	sp_kernel_instance_remove(sp_testing_kernel(world), "bound", NULL);
	sp_testing_turn(world);
	family_expect("-mine -bound:alone");
	family_state(world, "bound", "");
	close_quietly(world);
}
END_TEST

/* A child goes with its component's plugin, and its parent stays. */
START_TEST(a_plugin_takes_its_components_children)
{
	sp_plugin_handle *bears;
	sp_testing *world = open_bears(&bears);

	world_call(world, "nobody.spawn", "{\"component\":\"cub\",\"name\":\"lost\"}");
	family_expect("+lost");
	sp_testing_remove(world, bears);
	family_expect("-own -lost -foreign -bear");
	ck_assert_uint_eq(world_size(world, "nobody", "ledger"), 0);
	family_state(world, "foreign", "");
	close_quietly(world);
}
END_TEST

/* ---- replacement (R-PL-10) --------------------------------------------------------------------------------------- */

START_TEST(children_stay_when_their_parent_is_replaced)
{
	struct sp_error error = { 0 };
	sp_plugin_handle *bears;
	sp_testing *world = open_bears(&bears);

	world_call(world, "bear.spawn", "{\"name\":\"more\"}");
	ck_assert_str_eq(world_call(world, "own.size", "{}"), "one");
	family_expect("+more");
	ck_assert_int_eq(sp_testing_replace(world, &bears, &two_plugin, &error), SP_OK);
	family_expect("+own -bear -own +late"); /* foreign and more stay as they are */
	ck_assert_str_eq(world_call(world, "own.size", "{}"), "two");
	ck_assert_str_eq(world_call(world, "late.size", "{}"), "two");
	ck_assert_str_eq(world_call(world, "foreign.size", "{}"), "7");
	ck_assert_uint_eq(world_size(world, "bear", "children"), 4);
	ck_assert_uint_eq(world_size(world, "bear", "ledger"), 4);
	ck_assert_uint_eq(family_voices(world), 4);
	world_call(world, "bear.stop", "{\"name\":\"more\"}");
	family_expect("-more");
	sp_testing_remove(world, bears);
	family_expect("-own -late -foreign -bear");
	close_quietly(world);
}
END_TEST

START_TEST(a_failed_replacement_leaves_the_children)
{
	struct sp_error error = { 0 };
	sp_plugin_handle *bears;
	sp_testing *world = open_bears(&bears);

	must_fail = true;
	ck_assert_int_eq(sp_testing_replace(world, &bears, &two_plugin, &error), SP_FAILED);
	ck_assert_str_eq(error.message, "bear: activate: not today");
	family_state(world, "late", "");
	ck_assert_str_eq(world_call(world, "own.size", "{}"), "one");
	ck_assert_uint_eq(world_size(world, "bear", "children"), 2);
	must_fail = false;
	wants_other = true;
	ck_assert_int_eq(sp_testing_replace(world, &bears, &two_plugin, &error), SP_CONFLICT);
	ck_assert_str_eq(error.message,
		"bear: activate: cannot spawn own of component kid: there is a child of that name, of component cub");
	wants_other = false;
	ck_assert_int_eq(sp_testing_replace(world, &bears, &two_plugin, &error), SP_OK);
	ck_assert_str_eq(world_call(world, "late.size", "{}"), "two");
	close_quietly(world);
}
END_TEST

START_TEST(a_restart_that_waits_goes_over)
{
	struct sp_error error = { 0 };
	sp_plugin_handle *bears;
	sp_testing *world = open_bears(&bears);

	for (int i = 0; i < 6; i++)
		family_hurt(world, "poke", "foreign");
	family_state(world, "foreign", "restarting");
	diary_take();
	ck_assert_int_eq(sp_testing_replace(world, &bears, &two_plugin, &error), SP_OK);
	family_state(world, "foreign", "restarting");
	sp_testing_advance(world, 100);
	family_state(world, "foreign", "active");
	ck_assert_str_eq(world_call(world, "foreign.size", "{}"), "7");
	ck_assert_uint_eq(family_ears(world), 1);
	close_quietly(world);
}
END_TEST

START_TEST(the_childs_plugin_is_replaced_alone)
{
	struct sp_error error = { 0 };
	sp_plugin_handle *bears;
	sp_testing *world = open_bears(&bears);

	world_call(world, "nobody.spawn", "{\"component\":\"cub\",\"name\":\"lent\"}");
	ck_assert_int_eq(sp_testing_replace(world, &bears, &two_plugin, &error), SP_OK);
	ck_assert_str_eq(world_call(world, "lent.size", "{}"), "two");
	ck_assert_str_eq(world_text(world, "lent", "parent"), "nobody");
	diary_take();
	sp_kernel_instance_remove(sp_testing_kernel(world), "nobody", NULL);
	sp_testing_turn(world);
	family_expect("-lent -nobody");
	close_quietly(world);
}
END_TEST

KIT_MAIN("children", a_child_is_an_instance_of_its_own, the_ledger_tells_the_line, what_cannot_be_spawned_is_refused,
	a_name_that_the_configuration_gave_away_is_not_free, a_family_has_16_generations,
	a_parent_that_fails_to_activate_has_no_children, children_stop_before_their_parent,
	a_parent_waits_for_its_child, a_kernel_that_is_destroyed_at_once_ends_children_first,
	a_parent_may_use_its_child, a_plugin_takes_its_components_children, children_stay_when_their_parent_is_replaced,
	a_failed_replacement_leaves_the_children, a_restart_that_waits_goes_over, the_childs_plugin_is_replaced_alone)
