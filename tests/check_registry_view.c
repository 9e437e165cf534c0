/* check_registry_view.c: what a consumer sees of the services it requires: the four shapes, live (R-CM-4). */
#include "alloc.h"
#include "voices.h"

#include <stdio.h>
#include <string.h>

VOICE(anna, 10, "en");
VOICE(bert, 20, "en");
VOICE(carl, 5, "fr");

/* clang-format off */
SP_COMPONENT(chorus,
	(optional, voice, lead),
	(all, voice, members),
	(map, voice, tongues, .by = "language"),
	(all, voice, english, .filter = "(language=en)"),
	(computed, integer, size),
	(effect, follow_lead),
	(effect, follow_members),
	(effect, follow_french),
	(effect, follow_english),
	(effect, follow_size));

SP_COMPONENT(soloist,
	(one, voice, teacher),
	(activate),
	(deactivate),
	(effect, follow));

SP_COMPONENT(mirror, (provide, voice), (all, voice, others), (effect, look));

SP_COMPONENT(asker,
	(optional, voice, one_again),
	(map, voice, by_flag, .by = "flag"),
	(map, voice, by_size, .by = "size"),
	(runnable, ask, nothing, words));

SP_COMPONENT(worker, (optional, voice, teacher), (blocking, ask, nothing, words));

SP_COMPONENT(flagged,
	(provide, voice),
	(property, boolean, flag, .otherwise = true),
	(property, integer, size, .otherwise = -7));
/* clang-format on */

static const char *who(const struct voice *voice)
{
	return voice ? voice->say(voice) : "nobody";
}

static sp_status chorus_follow_lead(struct chorus *self)
{
	diary_add("lead:%s", who(sp_get(self->lead)));
	return SP_OK;
}

static void add_all(const char *label, const struct voice *const *voices)
{
	char text[100] = "";
	size_t used = 0;

	for (; *voices; voices++)
		used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", used ? "," : "", who(*voices));
	diary_add("%s:%s", label, text);
}

static sp_status chorus_follow_members(struct chorus *self)
{
	add_all("all", sp_get(self->members));
	return SP_OK;
}

static sp_status chorus_follow_english(struct chorus *self)
{
	add_all("en", sp_get(self->english));
	return SP_OK;
}

static sp_status chorus_follow_french(struct chorus *self)
{
	diary_add("fr:%s", who(sp_at(self->tongues, "fr")));
	return SP_OK;
}

static int64_t chorus_size(const struct chorus *self)
{
	int64_t size = 0;

	sp_each(voice, member, self->members)
		size++;
	return size;
}

static sp_status chorus_follow_size(struct chorus *self)
{
	diary_add("size:%d", (int)sp_get(self->size));
	return SP_OK;
}

static sp_status soloist_activate(struct soloist *self)
{
	diary_add("+soloist:%s", who(sp_get(self->teacher)));
	return SP_OK;
}

static sp_status soloist_deactivate(struct soloist *self)
{
	diary_add("-soloist:%s", who(sp_get(self->teacher)));
	return SP_OK;
}

static sp_status soloist_follow(struct soloist *self)
{
	diary_add("teacher:%s", who(sp_get(self->teacher)));
	return SP_OK;
}

static const char *mirror_say(SP_UNUSED const struct voice *voice)
{
	return "mirror";
}
SP_SERVICE(mirror, voice, .say = mirror_say);

static sp_status mirror_look(struct mirror *self)
{
	add_all("others", sp_get(self->others));
	return SP_OK;
}

static const char *flagged_say(SP_UNUSED const struct voice *voice)
{
	return "flagged";
}
SP_SERVICE(flagged, voice, .say = flagged_say);

static sp_status asker_ask(struct asker *self, struct words *out)
{
	out->text = sp_format(self->rt, "%s %s %s %s %s", who(sp_at(self->by_flag, "true")),
		who(sp_at(self->by_flag, "false")), who(sp_at(self->by_size, "-7")), who(sp_at(self->by_size, "7")),
		who(sp_at(self->by_size, "")));
	return SP_OK;
}

static sp_status worker_ask(const struct worker *self, SP_UNUSED sp_call *call, struct words *out)
{
	out->text = who(sp_peek(self->teacher));
	return SP_OK;
}

KIT_PLUGIN(worker, &worker_component);
KIT_PLUGIN(chorus, &chorus_component);
KIT_PLUGIN(soloist, &soloist_component);
KIT_PLUGIN(mirror, &mirror_component);
KIT_PLUGIN(asker, &asker_component);
KIT_PLUGIN(flagged, &flagged_component);

START_TEST(none_of_three_shapes_blocks)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &chorus_plugin);
	ck_assert_str_eq(sp_testing_state(world, "chorus"), "active");
	ck_assert_str_eq(diary_take(), "lead:nobody all: fr:nobody en: size:0");
	sp_testing_destroy(world);
}
END_TEST

/* R-CM-4, R-CM-6: all four follow what comes and goes, best rank first; each effect runs once for a change. */
START_TEST(views_follow_what_comes_and_goes)
{
	sp_testing *world = world_open(NULL);
	sp_plugin_handle *bert, *anna, *carl;

	world_add(world, &chorus_plugin);
	diary_take();
	bert = world_add(world, &bert_plugin);
	ck_assert_str_eq(diary_take(), "+bert lead:bert all:bert fr:nobody en:bert size:1");
	anna = world_add(world, &anna_plugin);
	ck_assert_str_eq(diary_take(), "+anna lead:anna all:anna,bert fr:nobody en:anna,bert size:2");
	carl = world_add(world, &carl_plugin);
	ck_assert_str_eq(diary_take(), "+carl lead:carl all:carl,anna,bert fr:carl size:3");
	sp_testing_remove(world, anna);
	ck_assert_str_eq(diary_take(), "all:carl,bert fr:carl en:bert size:2 -anna");
	sp_testing_remove(world, carl);
	ck_assert_str_eq(diary_take(), "lead:bert all:bert fr:nobody size:1 -carl");
	sp_testing_remove(world, bert);
	ck_assert_str_eq(diary_take(), "lead:nobody all: fr:nobody en: size:0 -bert");
	sp_testing_destroy(world);
}
END_TEST

/* R-CM-6: a property changed at run time filters anew; the map's keys follow. */
START_TEST(properties_filter_anew)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &anna_plugin);
	world_add(world, &bert_plugin);
	world_add(world, &chorus_plugin);
	diary_take();
	world_call(world, "anna.speak", "{\"text\":\"fr\"}");
	ck_assert_str_eq(diary_take(), "fr:anna en:bert");
	world_call(world, "anna.speak", "{\"text\":\"fr\"}");
	ck_assert_str_eq(diary_take(), "");
	world_call(world, "bert.speak", "{\"text\":\"de\"}");
	ck_assert_str_eq(diary_take(), "fr:anna en:");
	world_call(world, "anna.speak", "{\"text\":\"en\"}");
	ck_assert_str_eq(diary_take(), "fr:nobody en:anna");
	sp_testing_destroy(world);
}
END_TEST

/* R-CM-6: and ranks anew; a computed whose value stays keeps its readers asleep. */
START_TEST(properties_rank_anew)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &anna_plugin);
	world_add(world, &bert_plugin);
	world_add(world, &chorus_plugin);
	diary_take();
	world_call(world, "bert.rank", "{\"value\":-1}");
	ck_assert_str_eq(diary_take(), "lead:bert all:bert,anna fr:nobody en:bert,anna");
	world_call(world, "bert.rank", "{\"value\":9}");
	ck_assert_str_eq(diary_take(), "fr:nobody");
	world_call(world, "bert.rank", "{\"value\":10}");
	ck_assert_str_eq(diary_take(), "lead:anna all:anna,bert fr:nobody en:anna,bert");
	sp_testing_destroy(world);
}
END_TEST

/* R-CM-5: another provider takes over; the last one's consumer is stopped first, and never sees nothing. */
START_TEST(one_changes_over_or_stops)
{
	sp_testing *world = world_open(NULL);
	sp_plugin_handle *anna = world_add(world, &anna_plugin), *bert = world_add(world, &bert_plugin);

	world_add(world, &soloist_plugin);
	ck_assert_str_eq(diary_take(), "+anna +bert +soloist:anna teacher:anna");
	sp_testing_remove(world, anna);
	ck_assert_str_eq(diary_take(), "teacher:bert -anna");
	sp_testing_remove(world, bert);
	ck_assert_str_eq(diary_take(), "-soloist:bert -bert");
	ck_assert_str_eq(sp_testing_state(world, "soloist"), "waiting");
	ck_assert_str_eq(world_text(world, "soloist", "reason"), "waits for IVoice/1");
	world_add(world, &carl_plugin);
	ck_assert_str_eq(diary_take(), "+carl +soloist:carl teacher:carl");
	sp_testing_destroy(world);
}
END_TEST

START_TEST(a_service_does_not_see_itself)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &mirror_plugin);
	ck_assert_str_eq(diary_take(), "others:");
	world_add(world, &anna_plugin);
	ck_assert_str_eq(diary_take(), "+anna others:anna");
	sp_testing_destroy(world);
}
END_TEST

START_TEST(maps_take_numbers_and_booleans)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &asker_plugin);
	ck_assert_str_eq(world_call(world, "asker.ask", NULL), "nobody nobody nobody nobody nobody");
	world_add(world, &flagged_plugin);
	ck_assert_str_eq(world_call(world, "asker.ask", NULL), "flagged nobody flagged nobody nobody");
	sp_testing_destroy(world);
}
END_TEST

/* R-PL-7: a table from long ago is freed only when no callback can hold it any more, and then all of them are. */
START_TEST(views_do_not_pile_up)
{
	sp_testing *world = world_open(NULL);
	uint64_t nodes;

	world_add(world, &chorus_plugin);
	world_add(world, &soloist_plugin);
	nodes = world_nodes(world);
	for (int i = 0; i < 50; i++) {
		sp_plugin_handle *anna = world_add(world, &anna_plugin);

		sp_testing_remove(world, anna);
		diary_take();
	}
	ck_assert_uint_eq(world_nodes(world), nodes);
	sp_testing_destroy(world);
}
END_TEST

/* R-CM-4: what a worker may have read stays until its handler returns, and its provider with it. */
START_TEST(a_worker_keeps_what_it_read)
{
	sp_testing *world = world_open(NULL);
	sp_plugin_handle *anna = world_add(world, &anna_plugin);

	world_add(world, &bert_plugin);
	world_add(world, &worker_plugin);
	sp_testing_hold_work(world, true);
	world_begin(world, "worker.ask");
	diary_take();
	sp_testing_remove(world, anna);
	sp_testing_advance(world, 20000);
	ck_assert_uint_eq(times_in(diary_take(), "-anna"), 0);
	sp_testing_work(world);
	ck_assert_uint_eq(times_in(diary_take(), "-anna"), 1);
	sp_testing_hold_work(world, false);
	ck_assert_str_eq(world_call(world, "worker.ask", NULL), "bert");
	sp_testing_destroy(world);
}
END_TEST

/* Removing allocates nothing that it could not do without: a consumer shows nothing, or stops. */
START_TEST(removal_works_without_memory)
{
	for (long allowed = 0;; allowed++) {
		sp_testing *world = world_open(NULL);
		sp_plugin_handle *anna = world_add(world, &anna_plugin);
		bool all_succeeded;

		world_add(world, &bert_plugin);
		world_add(world, &soloist_plugin);
		world_add(world, &chorus_plugin);
		sp_alloc_fail_after(allowed);
		sp_testing_remove(world, anna);
		all_succeeded = !sp_alloc_has_failed();
		sp_alloc_fail_after(-1);
		ck_assert_str_eq(sp_testing_state(world, "anna"), "");
		ck_assert_ptr_nonnull(strstr(diary_take(), "-anna"));
		sp_testing_destroy(world);
		diary_take();
		if (all_succeeded)
			break;
		ck_assert_int_lt(allowed, 200);
	}
}
END_TEST

int main(void)
{
	const TTest *const cases[] = { none_of_three_shapes_blocks, views_follow_what_comes_and_goes,
		properties_filter_anew, properties_rank_anew, one_changes_over_or_stops, a_service_does_not_see_itself,
		maps_take_numbers_and_booleans, views_do_not_pile_up, a_worker_keeps_what_it_read,
		removal_works_without_memory };

	return kit_run("registry_view", cases, sizeof cases / sizeof cases[0]);
}
