/* check_service_factory.c: services of which every consumer has an object of its own (R-CM-7). */
#include "service_factory.h"

#include "alloc.h"
#include "body.h"
#include "papers.h"
#include "plugin.h"

#include <signalpy/gateway.h>
#include <string.h>

static sp_testing *open_world(void)
{
	memset(&fault, 0, sizeof fault);
	diary_take();
	return world_open(NULL);
}

static void close_world(sp_testing *world)
{
	sp_testing_destroy(world);
	ck_assert_int_eq(fault.in_use, 0);
	diary_take();
}

static void refuse_for(const char *whom, const char *by, enum refusal how)
{
	fault.whom = whom;
	fault.by = by;
	fault.how = how;
}

START_TEST(every_consumer_has_its_own)
{
	sp_testing *world = open_world();

	world_add(world, &ada_plugin);
	ck_assert_str_eq(sp_testing_state(world, "ada"), "waiting");
	world_add(world, &stationer_plugin);
	world_add(world, &cyd_plugin);
	ck_assert_str_eq(diary_take(), "+stationer stationer>ada +ada stationer>cyd +cyd");
	world_call(world, "ada.write", "{\"text\":\"mine\"}");
	ck_assert_str_eq(world_call(world, "ada.read", NULL), "mine");
	ck_assert_str_eq(world_call(world, "cyd.read", NULL), "cyd");
	close_world(world);
}
END_TEST

/* All slots of one consumer show the same object. */
START_TEST(a_consumer_has_one)
{
	sp_testing *world = open_world();

	world_add(world, &stationer_plugin);
	world_add(world, &bob_plugin);
	ck_assert_str_eq(diary_take(), "+stationer stationer>bob +bob");
	ck_assert_int_eq(fault.in_use, 1);
	close_world(world);
}
END_TEST

/* It is there as long as the consumer, and goes before its provider. */
START_TEST(it_is_released_when_the_consumer_goes)
{
	sp_testing *world = open_world();
	sp_plugin_handle *stationer = world_add(world, &stationer_plugin), *ada = world_add(world, &ada_plugin);

	diary_take();
	sp_testing_remove(world, ada);
	ck_assert_str_eq(diary_take(), "-adaada stationer<ada");
	world_add(world, &ada_plugin);
	diary_take();
	sp_testing_remove(world, stationer);
	ck_assert_str_eq(diary_take(), "-adaada stationer<ada -stationer");
	close_world(world);
}
END_TEST

START_TEST(it_is_released_when_the_slot_shows_another)
{
	sp_testing *world = open_world();
	sp_plugin_handle *stationer;

	world_add(world, &bureau_plugin);
	world_add(world, &ada_plugin);
	diary_take();
	stationer = world_add(world, &stationer_plugin);
	ck_assert_str_eq(diary_take(), "+stationer stationer>ada bureau<ada");
	sp_testing_remove(world, stationer);
	ck_assert_str_eq(diary_take(), "bureau>ada stationer<ada -stationer");
	close_world(world);
}
END_TEST

START_TEST(it_stands_in_the_ledger) /* R-CM-9 */
{
	sp_testing *world = open_world();
	json_t *listing;
	const json_t *entry;

	world_add(world, &stationer_plugin);
	world_add(world, &ada_plugin);
	listing = sp_kernel_component_new(sp_testing_kernel(world), "ada");
	entry = json_array_get(json_object_get(listing, "ledger"), 0);
	ck_assert_str_eq(json_string_value(json_object_get(entry, "kind")), "object");
	ck_assert_str_eq(json_string_value(json_object_get(entry, "file")), ada_component.file);
	ck_assert_int_gt(json_integer_value(json_object_get(entry, "line")), 0);
	json_decref(listing);
	close_world(world);
}
END_TEST

START_TEST(a_lease_holds_it)
{
	sp_testing *world = open_world();

	world_add(world, &stationer_plugin);
	world_add(world, &gus_plugin);
	ck_assert_str_eq(world_call(world, "gus.keep", NULL), "kept");
	diary_take();
	world_call(world, "stationer.recolour", "{\"text\":\"grey\"}");
	ck_assert_str_eq(world_call(world, "gus.read", NULL), "kept");
	ck_assert_str_eq(diary_take(), "");
	world_call(world, "stationer.recolour", "{\"text\":\"white\"}");
	ck_assert_str_eq(diary_take(), ""); /* the same is shown again */
	world_call(world, "stationer.recolour", "{\"text\":\"grey\"}");
	world_call(world, "gus.give_back", NULL);
	sp_testing_turn(world);
	ck_assert_str_eq(diary_take(), "stationer<gus");
	close_world(world);
}
END_TEST

START_TEST(a_lease_that_was_forgotten_holds_it_no_longer_than_its_holder)
{
	sp_testing *world = open_world();
	sp_plugin_handle *gus;
	int gone = 0;

	world_add(world, &stationer_plugin);
	gus = world_add_counted(world, &gus_plugin, &gone);
	world_call(world, "gus.keep", NULL);
	diary_take();
	sp_testing_remove(world, gus);
	ck_assert_str_eq(diary_take(), "stationer<gus");
	ck_assert_int_eq(gone, 1);
	close_world(world);
}
END_TEST

START_TEST(a_worker_finds_it)
{
	sp_testing *world = open_world();

	world_add(world, &stationer_plugin);
	world_add(world, &hal_plugin);
	ck_assert_str_eq(world_call(world, "hal.read", NULL), "worker");
	close_world(world);
}
END_TEST

/* What create reads is no dependency of the effect in which it happens to run. */
START_TEST(creating_depends_on_nothing)
{
	sp_testing *world = open_world();
	struct sp_graph_counts before, after;

	world_add(world, &stationer_plugin);
	world_add(world, &cyd_plugin);
	world_call(world, "stationer.recolour", "{\"text\":\"grey\"}");
	sp_graph_count(sp_kernel_graph(sp_testing_kernel(world)), &before);
	world_call(world, "stationer.recolour", "{\"text\":\"white\"}");
	sp_graph_count(sp_kernel_graph(sp_testing_kernel(world)), &after);
	ck_assert_uint_eq(after.edges, before.edges);
	ck_assert_str_eq(diary_take(), "+stationer stationer>cyd +cyd stationer<cyd stationer>cyd");
	close_world(world);
}
END_TEST

/* ---- it cannot be made ------------------------------------------------------------------------------------------- */

START_TEST(who_needs_one_and_gets_none_is_errored) /* R-CM-10 */
{
	static const struct {
		enum refusal how;
		const char *words;
	} cases[] = { { REFUSED, "no IPad/1 of its own from stationer: no paper for ada" },
		{ WITHOUT_WORDS, "no IPad/1 of its own from stationer: answered failed" },
		{ NOTHING_MADE, "no IPad/1 of its own from stationer: it made no object" },
		{ LATER, "no IPad/1 of its own from stationer: it answered SP_LATER, which it may not" },
		{ COMPUTED_FAILS, "no IPad/1 of its own from stationer: torn" }, { NO_MEMORY, "out of memory" } };
	sp_testing *world = open_world();

	world_add(world, &stationer_plugin);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		uint64_t nodes = world_nodes(world);
		sp_plugin_handle *ada;

		refuse_for("ada", NULL, cases[i].how);
		ada = world_add(world, &ada_plugin);
		ck_assert_str_eq(sp_testing_state(world, "ada"), "errored");
		ck_assert_str_eq(world_text(world, "ada", "reason"), cases[i].words);
		ck_assert_int_eq(fault.in_use, 0);
		ck_assert_uint_eq(world_nodes(world), nodes);
		ck_assert_int_eq(sp_kernel_state(sp_testing_kernel(world)), SP_KERNEL_DEGRADED);
		fault.whom = NULL;
		ck_assert_int_eq(sp_kernel_retry(sp_testing_kernel(world), "ada", NULL), SP_OK);
		sp_testing_turn(world);
		ck_assert_str_eq(sp_testing_state(world, "ada"), "active");
		sp_testing_remove(world, ada);
	}
	close_world(world);
}
END_TEST

START_TEST(another_provider_is_tried_when_it_comes)
{
	sp_testing *world = open_world();

	world_add(world, &stationer_plugin);
	refuse_for("ada", "stationer", REFUSED);
	world_add(world, &ada_plugin);
	ck_assert_str_eq(sp_testing_state(world, "ada"), "errored");
	diary_take();
	world_add(world, &bureau_plugin);
	ck_assert_str_eq(sp_testing_state(world, "ada"), "active");
	ck_assert_str_eq(diary_take(), "+bureau bureau>ada +ada");
	close_world(world);
}
END_TEST

/* A provider may have so many and no more: what one gives back, another gets. */
START_TEST(who_was_refused_is_served_when_one_is_given_back)
{
	sp_testing *world = open_world();
	sp_plugin_handle *ada;

	world_add(world, &stationer_plugin);
	ada = world_add(world, &ada_plugin);
	refuse_for("bob", NULL, REFUSED);
	world_add(world, &bob_plugin);
	ck_assert_str_eq(sp_testing_state(world, "bob"), "errored");
	refuse_for("cyd", NULL, REFUSED);
	world_add(world, &cyd_plugin);
	ck_assert_str_eq(sp_testing_state(world, "cyd"), "active");
	fault.whom = NULL;
	sp_testing_turn(world);
	ck_assert_str_eq(sp_testing_state(world, "bob"), "errored");
	diary_take();
	sp_testing_remove(world, ada);
	ck_assert_str_eq(sp_testing_state(world, "bob"), "active");
	ck_assert_str_eq(world_call(world, "bob.read", NULL), "bob");
	ck_assert_str_eq(diary_take(), "-adaada stationer<ada stationer>cyd stationer>bob +bob");
	ck_assert_int_eq(fault.in_use, 2);
	close_world(world);
}
END_TEST

/* Nobody is asked again and again: only a release is a reason. */
START_TEST(who_is_refused_once_more_waits_for_the_next)
{
	sp_testing *world = open_world();
	sp_plugin_handle *ada;

	world_add(world, &stationer_plugin);
	ada = world_add(world, &ada_plugin);
	refuse_for("bob", NULL, REFUSED);
	world_add(world, &bob_plugin);
	sp_testing_remove(world, ada);
	ck_assert_str_eq(sp_testing_state(world, "bob"), "errored");
	ada = world_add(world, &ada_plugin);
	fault.whom = NULL;
	sp_testing_remove(world, ada);
	ck_assert_str_eq(sp_testing_state(world, "bob"), "active");
	close_world(world);
}
END_TEST

/* Who has a service keeps it while a better one makes nothing, and stops when nobody is left that does. */
START_TEST(the_next_best_takes_its_place)
{
	sp_testing *world = open_world();
	sp_plugin_handle *bureau = world_add(world, &bureau_plugin);

	world_add(world, &ada_plugin);
	refuse_for("ada", "stationer", REFUSED);
	diary_take();
	world_add(world, &stationer_plugin);
	ck_assert_str_eq(diary_take(), "+stationer");
	ck_assert_str_eq(world_call(world, "ada.read", NULL), "ada");
	ck_assert_ptr_nonnull(strstr(sp_testing_log(world, true), "warning ada: no IPad/1 of its own from stationer"));
	sp_testing_remove(world, bureau);
	ck_assert_str_eq(diary_take(), "-adaada bureau<ada -bureau");
	ck_assert_str_eq(sp_testing_state(world, "ada"), "errored");
	close_world(world);
}
END_TEST

START_TEST(a_list_leaves_it_out)
{
	sp_testing *world = open_world();

	world_add(world, &bureau_plugin);
	refuse_for("eve", "stationer", REFUSED);
	world_add(world, &eve_plugin);
	world_add(world, &stationer_plugin);
	ck_assert_str_eq(diary_take(), "+bureau bureau>eve eve:1 +stationer");
	fault.whom = NULL;
	world_call(world, "bureau.recolour", "{\"text\":\"grey\"}");
	ck_assert_str_eq(diary_take(), "stationer>eve eve:2");
	close_world(world);
}
END_TEST

START_TEST(without_memory_nothing_is_left)
{
	sp_testing *world = open_world();
	uint64_t nodes;

	world_add(world, &stationer_plugin);
	nodes = world_nodes(world);
	sp_alloc_install();
	for (long count = 0; fault.in_use == 0; count++) {
		sp_plugin_handle *eve;

		ck_assert_uint_eq(world_nodes(world), nodes);
		eve = world_add(world, &eve_plugin);
		sp_testing_remove(world, eve);
		ck_assert_int_eq(fault.in_use, 0);
		sp_alloc_fail_after(count);
		sp_kernel_add(sp_testing_kernel(world), &ada_plugin, NULL, &eve, NULL);
		sp_testing_turn(world);
		sp_alloc_fail_after(-1);
		if (fault.in_use == 0 && *sp_testing_state(world, "ada"))
			sp_testing_remove(world, eve);
	}
	ck_assert_str_eq(sp_testing_state(world, "ada"), "active");
	close_world(world);
}
END_TEST

/* ---- replacement ------------------------------------------------------------------------------------------------- */

START_TEST(they_are_made_anew_in_the_switch) /* R-PL-10 */
{
	sp_testing *world = open_world();
	sp_plugin_handle *stationer = world_add(world, &stationer_plugin);

	world_add(world, &ada_plugin);
	world_add(world, &cyd_plugin);
	world_call(world, "ada.write", "{\"text\":\"old\"}");
	diary_take();
	ck_assert_int_eq(sp_testing_replace(world, &stationer, &stationer_again_plugin, NULL), SP_OK);
	ck_assert_str_eq(diary_take(), "+stationer stationer>ada stationer>cyd stationer<ada stationer<cyd -stationer");
	ck_assert_str_eq(world_call(world, "ada.read", NULL), "");
	ck_assert_str_eq(sp_testing_state(world, "ada"), "active");
	close_world(world);
}
END_TEST

START_TEST(a_version_that_makes_none_does_not_come) /* R-PL-5 */
{
	sp_testing *world = open_world();
	sp_plugin_handle *stationer = world_add(world, &stationer_plugin);
	struct sp_error error;

	world_add(world, &ada_plugin);
	world_add(world, &cyd_plugin);
	refuse_for("cyd", NULL, REFUSED);
	diary_take();
	ck_assert_int_eq(sp_testing_replace(world, &stationer, &stationer_again_plugin, &error), SP_CONFLICT);
	ck_assert_str_eq(error.message, "cyd: no IPad/1 of its own from stationer: no paper for cyd");
	ck_assert_str_eq(diary_take(), "+stationer stationer>ada stationer<ada -stationer");
	ck_assert_str_eq(world_call(world, "ada.read", NULL), "ada");
	ck_assert_str_eq(world_call(world, "cyd.read", NULL), "cyd");
	close_world(world);
}
END_TEST

/* What was carried over is there when they are made. */
START_TEST(they_are_made_when_state_is_carried)
{
	sp_testing *world = open_world();
	sp_plugin_handle *plugin;
	json_t *answer;

	archive = archive_one_component;
	next_archive = archive_two_component;
	archive.name = next_archive.name = "archive";
	plugin = world_add(world, &archive_plugin);
	world_add(world, &ada_plugin);
	diary_take();
	ck_assert_int_eq(sp_testing_replace(world, &plugin, &archive_again_plugin, NULL), SP_OK);
	ck_assert_str_eq(diary_take(), "+archive_two restore archive_two>ada archive_one<ada -archive_one");
	answer = sp_testing_call_new(world, "archive.count", NULL);
	ck_assert_int_eq(json_integer_value(json_object_get(json_object_get(answer, "data"), "value")), 2);
	json_decref(answer);
	close_world(world);
}
END_TEST

START_TEST(the_next_version_of_a_consumer_has_its_own)
{
	sp_testing *world = open_world();
	sp_plugin_handle *ada;

	world_add(world, &stationer_plugin);
	ada = world_add(world, &ada_plugin);
	world_call(world, "ada.write", "{\"text\":\"old\"}");
	diary_take();
	ck_assert_int_eq(sp_testing_replace(world, &ada, &ada_again_plugin, NULL), SP_OK);
	ck_assert_str_eq(diary_take(), "stationer>ada +ada -adaold stationer<ada");
	ck_assert_str_eq(world_call(world, "ada.read", NULL), "ada");
	refuse_for("ada", NULL, REFUSED);
	ck_assert_int_eq(sp_testing_replace(world, &ada, &ada_plugin, NULL), SP_CONFLICT);
	ck_assert_str_eq(diary_take(), "");
	ck_assert_str_eq(world_call(world, "ada.read", NULL), "ada");
	ck_assert_int_eq(fault.in_use, 1);
	close_world(world);
}
END_TEST

START_TEST(provider_and_consumer_are_replaced_together) /* R-PL-10 */
{
	sp_testing *world = open_world();
	sp_plugin_handle *office = world_add(world, &office_plugin);

	diary_take();
	ck_assert_int_eq(sp_testing_replace(world, &office, &office_again_plugin, NULL), SP_OK);
	ck_assert_str_eq(world_call(world, "ada.read", NULL), "ada");
	ck_assert_int_eq(fault.in_use, 1);
	diary_take();
	refuse_for("ada", NULL, REFUSED);
	ck_assert_int_eq(sp_testing_replace(world, &office, &office_plugin, NULL), SP_CONFLICT);
	ck_assert_str_eq(world_call(world, "ada.read", NULL), "ada");
	ck_assert_int_eq(fault.in_use, 1);
	close_world(world);
}
END_TEST

/* ---- the end ----------------------------------------------------------------------------------------------------- */

/* Two that are bound to each other: each object is released before its provider is deactivated. */
START_TEST(a_circle_ends)
{
	sp_testing *world = open_world();
	sp_plugin_handle *left = world_add(world, &left_plugin);
	int gone = 0;

	world_add_counted(world, &right_plugin, &gone);
	ck_assert_str_eq(diary_take(), "+left left>right +right right>left");
	sp_kernel_remove(left);
	sp_testing_destroy(world);
	ck_assert_int_eq(fault.in_use, 0);
	ck_assert_int_eq(gone, 1);
	ck_assert_int_eq((int)times_in(diary_take(), "-"), 2);
}
END_TEST

/* A kernel that is destroyed without having been stopped: consumers first. */
START_TEST(destroying_releases_them)
{
	sp_testing *world = open_world();
	const char *diary;

	world_add(world, &stationer_plugin);
	world_add(world, &ada_plugin);
	world_add(world, &gus_plugin);
	world_call(world, "gus.keep", NULL);
	diary_take();
	plugins_destroy_all(sp_testing_kernel(world));
	diary = diary_take();
	ck_assert_ptr_nonnull(strstr(diary, "-adaada"));
	ck_assert_ptr_nonnull(strstr(diary, "stationer<gus"));
	ck_assert_str_eq(strstr(diary, "-stationer"), "-stationer");
	ck_assert_int_eq(fault.in_use, 0);
	close_world(world);
}
END_TEST

/* As when a provider must end though somebody is bound: nothing of the provider is left behind. */
START_TEST(who_ends_releases_what_others_still_have)
{
	sp_testing *world = open_world();
	struct sp_runtime *rt;

	world_add(world, &stationer_plugin);
	world_add(world, &gus_plugin);
	world_call(world, "gus.keep", NULL);
	diary_take();
	rt = body_first(sp_testing_kernel(world));
	ck_assert_str_eq(rt->name, "stationer");
	service_objects_end(rt);
	ck_assert_str_eq(diary_take(), "stationer<gus");
	ck_assert_int_eq(fault.in_use, 0);
	service_objects_end(rt);
	close_world(world);
}
END_TEST

KIT_MAIN("service_factory", every_consumer_has_its_own, a_consumer_has_one, it_is_released_when_the_consumer_goes,
	it_is_released_when_the_slot_shows_another, it_stands_in_the_ledger, a_lease_holds_it,
	a_lease_that_was_forgotten_holds_it_no_longer_than_its_holder, a_worker_finds_it, creating_depends_on_nothing,
	who_needs_one_and_gets_none_is_errored, another_provider_is_tried_when_it_comes,
	who_was_refused_is_served_when_one_is_given_back, who_is_refused_once_more_waits_for_the_next,
	the_next_best_takes_its_place, a_list_leaves_it_out, without_memory_nothing_is_left,
	they_are_made_anew_in_the_switch, a_version_that_makes_none_does_not_come, they_are_made_when_state_is_carried,
	the_next_version_of_a_consumer_has_its_own, provider_and_consumer_are_replaced_together, a_circle_ends,
	destroying_releases_them, who_ends_releases_what_others_still_have)
