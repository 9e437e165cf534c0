/* check_plugin.c: plugins come, are refused, and go (R-CM-1, R-CM-9). */
#include "alloc.h"
#include "kernel_kit.h"
#include "model.h"
#include "voices.h"

#include <string.h>

VOICE(anna, 10, "en");

SP_RECORD(sizes, (integer, width, .otherwise = 3), (string, label));

/* clang-format off */
SP_COMPONENT(everything,
	(about, "Has one of each."),
	(settings, sizes, settings),
	(property, string, language, .otherwise = "en"),
	(signal, integer, count),
	(computed, integer, doubled),
	(effect, follow),
	(optional, voice, one_voice),
	(all, voice, voices),
	(map, voice, by_language, .by = "language"),
	(provide, voice),
	(subscribe, take, "*"),
	(timer, tick, .every_ms = 5),
	(watch, look),
	(activate),
	(deactivate),
	(health, .every_ms = 10),
	(runnable, go, nothing, nothing));
SP_COMPONENT(invalid, (runnable, go, nothing, nothing), (skill, tour, "Go.", .uses = SP_NAMES("come")));
/* clang-format on */

static const char *everything_say(SP_UNUSED const struct voice *voice)
{
	return "everything";
}
SP_SERVICE(everything, voice, .say = everything_say);

static int64_t everything_doubled(const struct everything *self)
{
	return sp_get(self->count) * 2;
}

static void forget(SP_UNUSED void *object)
{
	diary_add("forget");
}

static sp_status everything_follow(struct everything *self)
{
	sp_each(voice, other, self->voices)
		other->say(other);
	sp_cleanup(self->rt, forget, self);
	return sp_get(self->doubled) >= 0 ? SP_OK : SP_FAILED;
}

static sp_status everything_take(SP_UNUSED struct everything *self, SP_UNUSED const sp_event *event)
{
	return SP_OK;
}

static sp_status everything_tick(struct everything *self)
{
	return sp_set(self->count, sp_get(self->count) + 1);
}

static sp_status everything_look(SP_UNUSED struct everything *self, SP_UNUSED int fd, SP_UNUSED unsigned events)
{
	return SP_OK;
}

static sp_status everything_activate(struct everything *self)
{
	sp_cleanup(self->rt, forget, self);
	return sp_watch_start(self->look, 0, SP_READABLE);
}

static sp_status everything_deactivate(SP_UNUSED struct everything *self)
{
	return SP_OK;
}

static sp_status everything_health(SP_UNUSED struct everything *self)
{
	return SP_OK;
}

static sp_status everything_go(SP_UNUSED struct everything *self)
{
	return SP_OK;
}

static sp_status invalid_go(SP_UNUSED struct invalid *self)
{
	return SP_OK;
}

KIT_PLUGIN(everything, &everything_component);
KIT_PLUGIN(invalid, &invalid_component);
KIT_PLUGIN(half, &anna_component, &invalid_component);
KIT_PLUGIN(twice, &everything_component, &everything_component);
KIT_PLUGIN(thief, &anna_component);
KIT_PLUGIN(Upper, &anna_component);
KIT_VERSION(anna_again, anna, "2.0.0", &everything_component);

static bool is_empty(sp_testing *world)
{
	const struct sp_kernel *kernel = sp_testing_kernel(world);

	return list_is_empty(&kernel->plugins) && list_is_empty(&kernel->instances) && kernel->factories.count == 0 &&
		kernel->plugins_by_name.count == 0 && kernel->instances_by_name.count == 0 &&
		kernel->addresses.count == 0 && kernel->rest_paths.count == 0 && list_is_empty(&kernel->retired);
}

START_TEST(a_wrong_descriptor_is_refused)
{
	sp_testing *world = world_open(NULL);
	struct sp_plugin wrong = anna_plugin;
	sp_status status;

	wrong.head.abi_major = 9;
	ck_assert_str_eq(world_refusal(world, &wrong, &status),
		"the plugin was built for ABI 9, this signalpyd has ABI 1: build it anew");
	ck_assert_int_eq(status, SP_INVALID);
	wrong = anna_plugin;
	wrong.head.struct_size = 8;
	ck_assert_str_eq(world_refusal(world, &wrong, NULL),
		"the plugin's descriptor is incomplete: end the plugin with SP_PLUGIN");
	wrong = anna_plugin;
	wrong.components = NULL;
	ck_assert_str_eq(world_refusal(world, &wrong, NULL),
		"the plugin's descriptor is incomplete: end the plugin with SP_PLUGIN");
	ck_assert_str_eq(world_refusal(world, &Upper_plugin, NULL), "plugin Upper: a name is [a-z][a-z0-9-]{0,30}");
	ck_assert(is_empty(world));
	sp_testing_destroy(world);
}
END_TEST

/* A later header appends: a longer descriptor is welcome. */
START_TEST(a_longer_descriptor_is_taken)
{
	struct {
		struct sp_plugin plugin;
		const char *novelty;
	} newer = { anna_plugin, "unknown" };
	sp_testing *world = world_open(NULL);

	newer.plugin.head.struct_size = sizeof newer;
	world_add(world, &newer.plugin);
	ck_assert_str_eq(sp_testing_state(world, "anna"), "active");
	sp_testing_destroy(world);
}
END_TEST

/* Wholly or not at all: a component that is wrong refuses its plugin. */
START_TEST(one_wrong_component_refuses_all)
{
	sp_testing *world = world_open(NULL);
	uint64_t nodes = world_nodes(world);

	ck_assert_str_eq(world_refusal(world, &invalid_plugin, NULL),
		"component invalid, row tour: the skill uses a runnable that is not there");
	world_refusal(world, &half_plugin, NULL);
	sp_testing_turn(world);
	ck_assert_uint_eq(world_nodes(world), nodes);
	ck_assert_str_eq(diary_take(), "");
	ck_assert(is_empty(world));
	sp_testing_destroy(world);
}
END_TEST

START_TEST(names_belong_to_one)
{
	sp_testing *world = world_open(NULL);
	sp_status status;

	ck_assert_str_eq(world_refusal(world, &twice_plugin, &status),
		"conflict: component everything belongs to plugin twice already");
	ck_assert_int_eq(status, SP_CONFLICT);
	world_add(world, &anna_plugin);
	ck_assert_str_eq(world_refusal(world, &thief_plugin, &status),
		"conflict: component anna belongs to plugin anna already");
	ck_assert_int_eq(status, SP_CONFLICT);
	ck_assert_str_eq(world_refusal(world, &anna_again_plugin, &status),
		"conflict: a plugin named anna is loaded already");
	ck_assert_int_eq(status, SP_CONFLICT);
	ck_assert_str_eq(sp_testing_state(world, "anna"), "active");
	sp_testing_destroy(world);
}
END_TEST

/* R-CM-9: afterwards nothing refers to the instance: no node, name, address, view, ledger entry. */
START_TEST(nothing_is_left_of_a_plugin)
{
	sp_testing *world = world_open("{\"components\":{\"everything\":{\"width\":7}}}");
	uint64_t nodes = world_nodes(world);
	struct sp_graph_counts counts;
	int gone = 0;

	for (int round = 1; round <= 20; round++) {
		sp_plugin_handle *plugin = world_add_counted(world, &everything_plugin, &gone);
		sp_plugin_handle *anna = world_add(world, &anna_plugin);

		sp_testing_advance(world, 12);
		ck_assert_uint_gt(world_nodes(world), nodes);
		sp_testing_remove(world, round % 2 ? plugin : anna);
		sp_testing_remove(world, round % 2 ? anna : plugin);
		ck_assert_int_eq(gone, round);
		ck_assert_uint_eq(world_nodes(world), nodes);
		ck_assert(is_empty(world));
		diary_take();
	}
	sp_graph_count(sp_kernel_graph(sp_testing_kernel(world)), &counts);
	ck_assert_uint_eq(counts.edges, 0);
	sp_testing_destroy(world);
}
END_TEST

START_TEST(removing_twice_is_once)
{
	sp_testing *world = world_open(NULL);
	int gone = 0;
	sp_plugin_handle *anna = world_add_counted(world, &anna_plugin, &gone);

	sp_kernel_remove(anna);
	sp_kernel_remove(anna);
	ck_assert_int_eq(gone, 0);
	sp_testing_turn(world);
	ck_assert_int_eq(gone, 1);
	ck_assert_str_eq(diary_take(), "+anna -anna");
	sp_testing_destroy(world);
}
END_TEST

struct chain {
	sp_testing *world;
	sp_plugin_handle *next;
};

static void go_on(void *user)
{
	struct chain *chain = user;

	diary_add("gone");
	if (chain->next)
		sp_kernel_remove(chain->next);
	chain->next = NULL;
	sp_kernel_add(sp_testing_kernel(chain->world), &thief_plugin, NULL, NULL, NULL);
}

/* gone may remove and add plugins: it is called when nothing else goes on. */
START_TEST(gone_may_go_on)
{
	struct chain chain = { .world = world_open(NULL) };
	const struct sp_plugin_origin origin = { .struct_size = sizeof origin, .gone = go_on, .user = &chain };
	sp_plugin_handle *anna;

	ck_assert_int_eq(sp_kernel_add(sp_testing_kernel(chain.world), &anna_plugin, &origin, &anna, NULL), SP_OK);
	chain.next = world_add(chain.world, &everything_plugin);
	diary_take();
	sp_testing_remove(chain.world, anna);
	ck_assert_str_eq(diary_take(), "forget -anna gone forget forget +anna");
	ck_assert_str_eq(sp_testing_state(chain.world, "everything"), "");
	ck_assert_str_eq(sp_testing_state(chain.world, "anna"), "active");
	sp_testing_destroy(chain.world);
}
END_TEST

/* Every allocation of an addition may fail: refused, errored, or as if nothing had been. */
START_TEST(addition_may_fail_anywhere)
{
	bool all_succeeded = false;

	sp_alloc_install();
	for (long allowed = 0; !all_succeeded; allowed++) {
		sp_testing *world = world_open(NULL);
		sp_plugin_handle *plugin = NULL;
		struct sp_error error = { 0 };
		uint64_t nodes = world_nodes(world);
		const char *state;

		sp_alloc_fail_after(allowed);
		plugin = sp_testing_add(world, &everything_plugin, &error);
		all_succeeded = !sp_alloc_has_failed();
		sp_alloc_fail_after(-1);
		state = sp_testing_state(world, "everything");
		ck_assert_msg(plugin ? strcmp(state, "active") == 0 || strcmp(state, "errored") == 0
				     : error.code == SP_NO_MEMORY,
			"after %ld: %s, %s", allowed, state, error.message);
		if (plugin)
			sp_testing_remove(world, plugin);
		ck_assert(is_empty(world));
		ck_assert_uint_eq(world_nodes(world), nodes);
		sp_testing_destroy(world);
		diary_take();
		ck_assert_int_lt(allowed, 1000);
	}
}
END_TEST

START_TEST(a_plugin_is_told_of)
{
	sp_testing *world = world_open(NULL);
	sp_plugin_handle *anna = world_add(world, &anna_plugin);
	json_t *seen = sp_plugin_inspect_new(anna);
	json_t *expected = json_pack("{s:s, s:s, s:s, s:b, s:[s], s:[]}", "name", "anna", "version", "1.0.0", "state",
		"active", "state_carried", 0, "instances", "anna", "holders");

	ck_assert(json_equal(seen, expected));
	json_decref(seen);
	json_decref(expected);
	sp_testing_destroy(world);
}
END_TEST

int main(void)
{
	const TTest *const cases[] = { a_wrong_descriptor_is_refused, a_longer_descriptor_is_taken,
		one_wrong_component_refuses_all, names_belong_to_one, nothing_is_left_of_a_plugin,
		removing_twice_is_once, gone_may_go_on, addition_may_fail_anywhere, a_plugin_is_told_of };

	return kit_run("plugin", cases, sizeof cases / sizeof cases[0]);
}
