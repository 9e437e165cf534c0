/* check_listing.c: what is told of a kernel (R-CM-2, R-CM-9). */
#include "alloc.h"
#include "kernel_kit.h"
#include "voices.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

VOICE(anna, 10, "en");

SP_RECORD(options, (string, title, .otherwise = "none"));
SP_RECORD(thing, (integer, size));

/* clang-format off */
SP_COMPONENT(spell_checker,
	(about, "Checks spelling.", .version = "1.4"),
	(settings, options, settings),
	(one, voice, teacher, .filter = "(language=en)"),
	(optional, voice, other, .filter = "(language=xx)"),
	(all, voice, all_voices),
	(map, voice, tongues, .by = "language"),
	(provide, voice, .ranking = 77),
	(signal, integer, count, .otherwise = 5),
	(computed, integer, next),
	(effect, follow),
	(activate),
	(kind, thing, .about = "A thing.", .version = "2"),
	(skill, tour, "Go.", .about = "How to go.", .uses = SP_NAMES("go")),
	(runnable, go, nothing, nothing),
	(runnable, stay, nothing, nothing));

SP_COMPONENT(leaver, (one, voice, teacher), (later, wait, nothing, nothing));
SP_COMPONENT(successor, (all, voice, voices), (one, voice, teacher), (later, wait, nothing, nothing));
/* clang-format on */

static const char *spell_checker_say(SP_UNUSED const struct voice *service)
{
	return "checker";
}
SP_SERVICE(spell_checker, voice, .say = spell_checker_say);

static void nothing_to_do(SP_UNUSED void *object)
{
}

static int cleanup_line;

static sp_status spell_checker_activate(struct spell_checker *self)
{
	cleanup_line = __LINE__ + 1;
	return sp_cleanup(self->rt, nothing_to_do, self);
}

static int64_t spell_checker_next(const struct spell_checker *self)
{
	return sp_get(self->count) + 1;
}

static sp_status spell_checker_follow(struct spell_checker *self)
{
	return sp_get(self->next) ? SP_OK : SP_FAILED;
}

static sp_status spell_checker_go(SP_UNUSED struct spell_checker *self)
{
	return SP_OK;
}

static sp_status spell_checker_stay(SP_UNUSED struct spell_checker *self)
{
	return SP_OK;
}

static sp_call *waiting;

static sp_status leaver_wait(SP_UNUSED struct leaver *self, sp_call *call)
{
	waiting = call;
	return SP_LATER;
}

static sp_status successor_wait(struct successor *self, SP_UNUSED sp_call *call)
{
	return sp_fail(self->rt, SP_UNAVAILABLE, "not today");
}

static struct sp_component next; /* successor under the name of leaver */
KIT_PLUGIN(leaver, &leaver_component);
KIT_VERSION(successor, leaver, "2.0.0", &next);
KIT_PLUGIN(spelling, &spell_checker_component);

/* Compares a member with a json text. */
static void member_is(const json_t *object, const char *member, const char *text)
{
	json_t *expected = json_loads(text, JSON_DECODE_ANY, NULL);
	char *seen = json_dumps(json_object_get(object, member), JSON_ENCODE_ANY);

	ck_assert_ptr_nonnull(expected);
	ck_assert_msg(json_equal(json_object_get(object, member), expected), "%s is %s, not %s", member, seen, text);
	json_decref(expected);
	free(seen);
}

START_TEST(a_component_is_told_in_full)
{
	sp_testing *world = world_open(NULL);
	json_t *component;
	char ledger[512];

	world_add(world, &anna_plugin);
	world_add(world, &spelling_plugin);
	sp_testing_advance(world, 1500);
	component = sp_kernel_component_new(sp_testing_kernel(world), "spell-checker");
	member_is(component, "name", "\"spell-checker\"");
	member_is(component, "component", "\"spell-checker\"");
	member_is(component, "plugin", "\"spelling\"");
	member_is(component, "state", "\"active\"");
	member_is(component, "version", "\"1.4\"");
	member_is(component, "about", "\"Checks spelling.\"");
	member_is(component, "in_flight", "0");
	member_is(component, "age_ms", "1500");
	member_is(component, "runnables", "[\"go\",\"stay\"]");
	member_is(component, "provides", "[{\"contract\":\"IVoice/1\",\"ranking\":77}]");
	member_is(component, "requires",
		"[{\"contract\":\"IVoice/1\",\"name\":\"teacher\",\"shape\":\"one\",\"filter\":\"(language=en)\","
		"\"bound\":[\"anna\"]},"
		"{\"contract\":\"IVoice/1\",\"name\":\"other\",\"shape\":\"optional\",\"filter\":\"(language=xx)\",\"bound\":[]},"
		"{\"contract\":\"IVoice/1\",\"name\":\"all_voices\",\"shape\":\"all\",\"bound\":[\"anna\"]},"
		"{\"contract\":\"IVoice/1\",\"name\":\"tongues\",\"shape\":\"map\",\"bound\":[\"anna\"]}]");
	member_is(component, "properties", "{}");
	snprintf(ledger, sizeof ledger, "[{\"kind\":\"cleanup\",\"file\":\"%s\",\"line\":%d}]", __FILE__, cleanup_line);
	member_is(component, "ledger", ledger);
	member_is(component, "skills", "[{\"name\":\"tour\",\"about\":\"How to go.\",\"text\":\"Go.\"}]");
	ck_assert_str_eq(json_string_value(json_object_get(component, "declared_in")), __FILE__);
	ck_assert_ptr_null(json_object_get(component, "reason"));
	json_decref(component);
	ck_assert_ptr_null(sp_kernel_component_new(sp_testing_kernel(world), "nobody"));
	sp_testing_destroy(world);
}
END_TEST

START_TEST(one_that_waits_says_for_what)
{
	sp_testing *world = world_open(NULL);
	json_t *components;

	world_add(world, &spelling_plugin);
	components = sp_kernel_components_new(sp_testing_kernel(world));
	ck_assert_uint_eq(json_array_size(components), 1);
	member_is(json_array_get(components, 0), "state", "\"waiting\"");
	member_is(json_array_get(components, 0), "reason", "\"waits in a cycle: spell-checker → spell-checker\"");
	json_decref(components);
	sp_testing_destroy(world);
}
END_TEST

/* While it ends, what is told is what its body requires, not what the later version of its instance will. */
START_TEST(one_that_is_replaced_while_it_stops_is_told_as_it_is)
{
	sp_testing *world = world_open(NULL);
	sp_plugin_handle *anna = world_add(world, &anna_plugin), *leaver = world_add(world, &leaver_plugin);

	next = successor_component;
	next.name = leaver_component.name;
	world_begin(world, "leaver.wait");
	sp_testing_remove(world, anna);
	ck_assert_int_eq(sp_testing_replace(world, &leaver, &successor_plugin, NULL), SP_OK);
	ck_assert_str_eq(sp_testing_state(world, "leaver"), "deactivating");
	ck_assert_uint_eq(world_size(world, "leaver", "requires"), 1);
	sp_finish(waiting, SP_OK);
	sp_testing_turn(world);
	ck_assert_str_eq(sp_testing_state(world, "leaver"), "waiting");
	ck_assert_uint_eq(world_size(world, "leaver", "requires"), 2);
	sp_testing_destroy(world);
	diary_take();
}
END_TEST

START_TEST(the_status_counts)
{
	sp_testing *world = world_open(NULL);
	json_t *status;
	const json_t *counts;

	world_add(world, &anna_plugin);
	world_add(world, &spelling_plugin);
	world_call(world, "spell-checker.go", NULL);
	status = sp_kernel_status_new(sp_testing_kernel(world));
	counts = json_object_get(status, "counts");
	member_is(status, "state", "\"healthy\"");
	member_is(status, "reasons", "[]");
	ck_assert_uint_eq(json_array_size(json_object_get(status, "components")), 2);
	member_is(counts, "calls", "1");
	member_is(counts, "in_flight", "0");
	member_is(counts, "events_dropped", "0");
	ck_assert_int_gt(json_integer_value(json_object_get(counts, "nodes")), 0);
	ck_assert_int_gt(json_integer_value(json_object_get(counts, "edges")), 0);
	ck_assert_int_gt(json_integer_value(json_object_get(counts, "effect_runs")), 0);
	json_decref(status);
	sp_testing_destroy(world);
}
END_TEST

START_TEST(services_and_their_consumers)
{
	sp_testing *world = world_open(NULL);
	json_t *services;
	const json_t *service;
	size_t i, found = 0;

	world_add(world, &anna_plugin);
	world_add(world, &spelling_plugin);
	world_call(world, "anna.rank", "{\"value\":-3}");
	services = sp_kernel_services_new(sp_testing_kernel(world));
	json_array_foreach(services, i, service) {
		if (strcmp(json_string_value(json_object_get(service, "instance")), "anna") != 0)
			continue;
		found++;
		member_is(service, "contract", "\"IVoice/1\"");
		member_is(service, "ranking", "-3");
		member_is(service, "consumers", "[\"spell-checker\",\"spell-checker\",\"spell-checker\"]");
	}
	ck_assert_uint_eq(found, 1);
	json_decref(services);
	sp_testing_destroy(world);
}
END_TEST

/* Without memory there is no listing, and nothing is lost. */
START_TEST(memory_may_end)
{
	static json_t *(*const listings[])(sp_kernel *) = { sp_kernel_components_new, sp_kernel_status_new,
		sp_kernel_services_new, sp_kernel_graph_new };
	sp_testing *world;

	sp_alloc_install();
	world = world_open(NULL);
	world_add(world, &anna_plugin);
	world_add(world, &spelling_plugin);
	for (size_t i = 0; i < sizeof listings / sizeof listings[0]; i++) {
		bool failed = true;

		for (long allowed = 0; failed; allowed += 7) {
			json_t *listing;

			sp_alloc_fail_after(allowed);
			listing = listings[i](sp_testing_kernel(world));
			failed = sp_alloc_has_failed();
			sp_alloc_fail_after(-1);
			ck_assert(!failed || !listing || json_is_array(listing) || json_is_object(listing));
			ck_assert(failed || listing);
			json_decref(listing);
		}
	}
	sp_testing_destroy(world);
}
END_TEST

int main(void)
{
	const TTest *const cases[] = { a_component_is_told_in_full, one_that_waits_says_for_what,
		one_that_is_replaced_while_it_stops_is_told_as_it_is, the_status_counts, services_and_their_consumers,
		memory_may_end };

	return kit_run("listing", cases, sizeof cases / sizeof cases[0]);
}
