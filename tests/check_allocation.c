/*
 * check_allocation.c: memory may run out anywhere. Each scenario is played with its first allocation failing, with its
 * second, and so on until it needs no more, and once again with all allocations failing from each of them on. Whatever
 * happens, the kernel is as before or as after, never between, and when memory is back the same succeeds.
 */
#include "family_kit.h"
#include "stage_kit.h"

#include <stdio.h>
#include <string.h>

#include "alloc.h"
#include "lifecycle.h"

#define NOWHERE "nowhere of plain, onwards, whatever comes"
#define NOWHERE_REST "; tower 10 granite; map 0; streets; tune hum; "
#define WITH_BELL "first bell, maybe nobody, all bell, ding bell, dong nobody"
#define WITH_GONG "first gong, maybe gong, all gong, ding nobody, dong gong"
#define WITH_BOTH "first bell, maybe gong, all bell gong, ding bell, dong gong"

/* ---- coming ------------------------------------------------------------------------------------------------------ */

static void add_town(struct stage *stage)
{
	stage->status = stage_add(stage, plugin_of_town, &stage->town, &stage->town_gone);
}

static void judge_town(struct stage *stage)
{
	const char *state = sp_testing_state(stage->world, "town");

	if (stage->status != SP_OK) {
		stage_expect(stage, stage->status == SP_NO_MEMORY, "refused for another reason");
		stage_expect_text(stage, state, "");
		stage_expect_census(stage, &stage->before);
		ck_assert_int_eq(stage_add(stage, plugin_of_town, &stage->town, &stage->town_gone), SP_OK);
	} else if (strcmp(state, "errored") == 0) {
		stage_expect(stage, stage_count(stage).of[OF_NODES] == stage->before.of[OF_NODES], "nodes are left");
		stage_expect(stage, stage_count(stage).of[OF_SERVICES] == stage->before.of[OF_SERVICES],
			"services are left");
	} else {
		stage_expect_text(stage, state, "active");
		stage_expect_after(stage);
	}
	stage_expect_whole(stage, NOWHERE, NOWHERE_REST, WITH_BELL);
	stage_expect_after(stage);
	stage_expect(stage, chronicle.activated == chronicle.deactivated + 1, "activated and not deactivated");
}

START_TEST(a_plugin_comes)
{
	stage_sweep(&(struct scenario){ stage_settle_bell, add_town, judge_town });
}
END_TEST

static void add_gong(struct stage *stage)
{
	stage->status = stage_add(stage, plugin_of_gong, &stage->gong, &stage->gong_gone);
}

static void judge_gong(struct stage *stage)
{
	stage_expect_text(stage, sp_testing_state(stage->world, "town"), "active");
	if (stage->status != SP_OK) {
		stage_expect_census(stage, &stage->before);
		ck_assert_int_eq(stage_add(stage, plugin_of_gong, &stage->gong, &stage->gong_gone), SP_OK);
	}
	stage_expect_whole(stage, NOWHERE, NOWHERE_REST, WITH_BOTH);
	stage_expect_after(stage);
}

START_TEST(another_provider_comes)
{
	stage_sweep(&(struct scenario){ stage_settle_town, add_gong, judge_gong });
}
END_TEST

/* Waits for a voice; then it must be found though memory ran out when it began to wait. */
static void judge_waiting(struct stage *stage)
{
	if (stage->status != SP_OK)
		ck_assert_int_eq(stage_add(stage, plugin_of_town, &stage->town, &stage->town_gone), SP_OK);
	stage_expect_text(stage, sp_testing_state(stage->world, "town"), "waiting");
	ck_assert_int_eq(stage_add(stage, plugin_of_bell, &stage->bell, &stage->bell_gone), SP_OK);
	stage_expect_text(stage, sp_testing_state(stage->world, "town"), "active");
	stage_expect_whole(stage, NOWHERE, NOWHERE_REST, WITH_BELL);
	stage_expect_after(stage);
}

static void prepare_nothing(SP_UNUSED struct stage *stage)
{
}

START_TEST(a_plugin_waits)
{
	stage_sweep(&(struct scenario){ prepare_nothing, add_town, judge_waiting });
}
END_TEST

/* ---- going: needs no memory -------------------------------------------------------------------------------------- */

static void remove_town(struct stage *stage)
{
	sp_kernel_remove(stage->town);
	sp_testing_turn(stage->world);
}

static void judge_no_town(struct stage *stage)
{
	stage_expect(stage, stage->town_gone == 1, "the plugin has not gone");
	stage_expect(stage, chronicle.activated == 1 && chronicle.deactivated == 1, "not deactivated");
	stage_expect(stage, chronicle.swept == 1, "the ledger was not swept");
	stage_expect_text(stage, chronicle.sign, "");
	stage_expect_after(stage);
	ck_assert_int_eq(stage_add(stage, plugin_of_town, &stage->town, &stage->town_gone), SP_OK);
	stage_expect_whole(stage, NOWHERE, NOWHERE_REST, WITH_BELL);
}

START_TEST(a_plugin_goes)
{
	stage_sweep(&(struct scenario){ stage_settle_town, remove_town, judge_no_town });
}
END_TEST

static void remove_gong(struct stage *stage)
{
	sp_kernel_remove(stage->gong);
	sp_testing_turn(stage->world);
}

/* Those who can do without it, or have another, see at once what is left. */
static void judge_no_gong(struct stage *stage)
{
	stage_expect(stage, stage->gong_gone == 1, "the provider has not gone");
	stage_expect_text(stage, stage_tell(stage, "town.describe", NULL), NOWHERE NOWHERE_REST WITH_BELL);
	stage_expect_after(stage);
	stage_expect_whole(stage, NOWHERE, NOWHERE_REST, WITH_BELL);
	stage_expect(stage, chronicle.activated == 1, "the consumer was activated anew");
}

START_TEST(a_provider_goes)
{
	stage_sweep(&(struct scenario){ stage_settle_gong, remove_gong, judge_no_gong });
}
END_TEST

static void remove_bell(struct stage *stage)
{
	sp_kernel_remove(stage->bell);
	sp_testing_turn(stage->world);
}

/* Changing over to another provider needs memory: without it the consumer stops, and comes back when asked to. */
static void judge_no_bell(struct stage *stage)
{
	stage_expect(stage, stage->bell_gone == 1, "the provider has not gone");
	stage_expect_whole(stage, NOWHERE, NOWHERE_REST, WITH_GONG);
	stage_expect_after(stage);
	stage_expect(stage, chronicle.activated == chronicle.deactivated + 1, "activated and not deactivated");
}

START_TEST(the_first_provider_goes)
{
	stage_sweep(&(struct scenario){ stage_settle_gong, remove_bell, judge_no_bell });
}
END_TEST

static void note_done(void *user)
{
	++*(unsigned *)user;
}

static void stop(struct stage *stage)
{
	stage_ask(stage, &stage->asked[0], "town.wait", "{\"word\": \"long\"}");
	sp_kernel_stop(stage->kernel, note_done, &stage->done);
	sp_testing_turn(stage->world);
	town_release(stage->world);
}

static void judge_stopped(struct stage *stage)
{
	stage_expect(stage, stage->done == 1, "the kernel has not stopped");
	stage_expect(stage, stage->asked[0].times == 1, "the call was not answered once");
	stage_expect(stage, stage->bell_gone == 1 && stage->gong_gone == 1 && stage->town_gone == 1,
		"a plugin has not gone");
	stage_expect_after(stage);
}

START_TEST(everything_stops)
{
	stage_sweep(&(struct scenario){ stage_settle_gong, stop, judge_stopped });
}
END_TEST

/* ---- calls and events -------------------------------------------------------------------------------------------- */

static void call_all(struct stage *stage)
{
	stage_ask(stage, &stage->asked[0], "town.echo", "{\"word\": \"echo\", \"numbers\": [1, 2, 3]}");
	stage_ask(stage, &stage->asked[1], "town.wait", "{\"word\": \"later\"}");
	stage_ask(stage, &stage->asked[2], "town.toil", "{\"word\": \"toil\"}");
	stage_ask(stage, &stage->asked[3], "town.look", "{\"word\": \"a.key\"}");
	stage_ask(stage, &stage->asked[4], "town.echo", "{\"word\": 7, \"numbers\": \"none\"}");
	sp_testing_turn(stage->world);
	town_release(stage->world);
}

static void judge_calls(struct stage *stage)
{
	static const char *const texts[STAGE_CALLS] = { "echo", "later", "toil in nowhere", "nothing 10",
		"2 parameters are not valid" };

	for (size_t i = 0; i < STAGE_CALLS; i++) {
		const struct asked *asked = &stage->asked[i];

		stage_expect(stage, asked->times == 1, "a call was not answered once");
		stage_expect(stage, i < 4 || asked->status != SP_OK, "wrong parameters were accepted");
		if (asked->status == (i < 4 ? SP_OK : SP_INVALID))
			stage_expect_text(stage, asked->text, texts[i]);
		else
			stage_expect(stage, stage->count >= 0, texts[i]);
	}
	stage_expect(stage, stage->kernel->in_flight == 0, "a call is still in flight");
	stage_expect_whole(stage, NOWHERE, NOWHERE_REST, WITH_BELL);
	stage_expect_text(stage, stage_tell(stage, "town.toil", "{\"word\": \"again\"}"), "again in nowhere");
	stage_expect_text(stage, stage_tell(stage, "town.look", "{\"word\": \"a.key\"}"), texts[3]);
	stage_expect_after(stage);
}

START_TEST(calls_are_answered)
{
	stage_sweep(&(struct scenario){ stage_settle_town, call_all, judge_calls });
}
END_TEST

static void publish_some(struct stage *stage)
{
	for (int i = 0; i < 3; i++)
		stage->accepted += sp_kernel_publish(stage->kernel, "town.news", NULL) == SP_OK;
	stage_ask(stage, &stage->asked[0], "town.shout", "{\"word\": \"town.shout\"}");
	sp_testing_advance(stage->world, 20);
}

/* R-BUS-3: what was accepted is delivered; what was not handled well is a dead letter, if there was memory for one. */
static void judge_events(struct stage *stage)
{
	unsigned shouted = stage->asked[0].status == SP_OK;
	json_t *letters = sp_kernel_dead_letters_new(stage->kernel);
	size_t known = json_array_size(letters) + times_in(sp_testing_log(stage->world, false), "letter was lost");

	json_decref(letters);
	stage_expect(stage, chronicle.ticks == 2, "the timer has not fired");
	stage_expect(stage, stage->asked[0].times == 1, "the call was not answered once");
	stage_expect(stage, chronicle.heard - stage->accepted - shouted <= 1 - shouted, "an event was not heard once");
	stage_expect(stage, stage->lasting || chronicle.heard == chronicle.heard_well + known,
		"an event is not accounted for");
	stage_expect(stage, chronicle.heard + (unsigned)stage->kernel->bus.dropped >= 3, "a lost event is not counted");
	stage_expect_whole(stage, NOWHERE, NOWHERE_REST, WITH_BELL);
	stage_expect_after(stage);
}

START_TEST(events_are_delivered)
{
	stage_sweep(&(struct scenario){ stage_settle_town, publish_some, judge_events });
}
END_TEST

/* ---- changes ----------------------------------------------------------------------------------------------------- */

#define CONFIGURED \
	"{\"components\": {\"town\": {\"name\": \"porto\", \"tower\": {\"height\": 76, \"stone\": \"tiles\"}, " \
	"\"map\": {\"scale\": 50}, \"streets\": [\"rua\", \"cais\"]}}, \"a\": {\"key\": \"found\"}}"
#define PORTO "porto of plain, onwards, whatever comes"
#define PORTO_REST "; tower 76 tiles; map 50; streets rua cais; tune hum; "

static void settle_configuration(struct stage *stage)
{
	stage_settle_town(stage);
	stage->setting = sp_kernel_setting(stage->kernel, "a.key");
	stage->tree = json_loads(CONFIGURED, 0, NULL);
	stage->faults = json_array();
}

static void configure(struct stage *stage)
{
	stage->status = sp_kernel_configure(stage->kernel, stage->tree, stage->faults);
	sp_testing_turn(stage->world);
}

static bool setting_is_there(const struct stage *stage)
{
	return *(json_t *const *)sp_node_peek(stage->setting) != NULL;
}

static void judge_configured(struct stage *stage)
{
	bool done = stage->status == SP_OK;

	stage_expect(stage, done || stage->status == SP_NO_MEMORY, "refused for another reason");
	stage_expect(stage, done == setting_is_there(stage), "the settings are between");
	stage_expect_text(stage, stage_tell(stage, "town.describe", NULL),
		done ? PORTO PORTO_REST WITH_BELL : NOWHERE NOWHERE_REST WITH_BELL);
	stage_expect(stage, chronicle.activated == 1, "it was activated anew");
	if (!done)
		stage_expect_whole(stage, NOWHERE, NOWHERE_REST, WITH_BELL);
	if (!done)
		ck_assert_int_eq(sp_kernel_configure(stage->kernel, json_loads(CONFIGURED, 0, NULL), stage->faults),
			SP_OK);
	stage_expect_whole(stage, PORTO, PORTO_REST, WITH_BELL);
	stage_expect_text(stage, stage_tell(stage, "town.look", "{\"word\": \"a.key\"}"), "found 10");
	stage_expect_after(stage);
}

START_TEST(a_configuration_is_taken_whole) /* R-CF-3 */
{
	stage_sweep(&(struct scenario){ settle_configuration, configure, judge_configured });
}
END_TEST

static void settle_wrong_configuration(struct stage *stage)
{
	stage_settle_town(stage);
	stage->tree = json_loads("{\"components\": {\"town\": {\"name\": \"porto\", \"tower\": {\"height\": 0}, "
				 "\"streets\": [7], \"river\": true}}}",
		0, NULL);
	stage->faults = json_array();
}

static void judge_refused(struct stage *stage)
{
	stage_expect(stage, stage->status == SP_INVALID || stage->status == SP_NO_MEMORY, "it was taken");
	stage_expect(stage, stage->status == SP_NO_MEMORY || json_array_size(stage->faults) == 3, "faults are missing");
	stage_expect_whole(stage, NOWHERE, NOWHERE_REST, WITH_BELL);
	stage_expect_after(stage);
}

START_TEST(a_wrong_configuration_is_refused)
{
	stage_sweep(&(struct scenario){ settle_wrong_configuration, configure, judge_refused });
}
END_TEST

/* bell ranks last and speaks as gong does: views of all shapes change. */
static void change_properties(struct stage *stage)
{
	stage_ask(stage, &stage->asked[0], "bell.rank", "{\"value\": 3}");
	stage_ask(stage, &stage->asked[1], "bell.speak", "{\"text\": \"dong\"}");
	stage_ask(stage, &stage->asked[2], "town.praise", "{\"word\": \"glory\"}");
	sp_testing_turn(stage->world);
}

/* What a call that failed has set by then is set: setting it again changes nothing. */
static void judge_properties(struct stage *stage)
{
	stage_recover(stage);
	change_properties(stage);
	for (size_t i = 0; i < 3; i++)
		stage_expect(stage, stage->asked[i].status == SP_OK, "it cannot be changed");
	stage_expect_whole(stage, "nowhere of plain, glory", NOWHERE_REST,
		"first gong, maybe gong, all gong bell, ding nobody, dong gong");
	stage_expect_after(stage);
}

START_TEST(properties_change)
{
	stage_sweep(&(struct scenario){ stage_settle_gong, change_properties, judge_properties });
}
END_TEST

/* ---- replacement ------------------------------------------------------------------------------------------------- */

#define GLORIA "porto of plain, gloria"

static void note_replaced(void *user, sp_status status, SP_UNUSED const struct sp_error *error, sp_plugin_handle *now)
{
	struct stage *stage = user;

	stage->done++;
	stage->replaced = status;
	stage->town = now;
}

static void count_refused(void *user)
{
	((struct stage *)user)->refused++;
}

static sp_status begin_replacement(struct stage *stage)
{
	const struct sp_replacement how = { .struct_size = sizeof how,
		.descriptor = plugin_of_next_town,
		.origin = { .struct_size = sizeof how.origin, .gone = count_refused, .user = stage },
		.done = note_replaced,
		.user = stage };
	sp_status status = sp_kernel_replace(stage->town, &how, NULL);

	sp_testing_turn(stage->world);
	return status;
}

static void settle_replacement(struct stage *stage)
{
	settle_configuration(stage);
	stage_tell(stage, "town.praise", "{\"word\": \"gloria\"}");
	stage_ask(stage, &stage->asked[0], "town.wait", "{\"word\": \"long\"}");
	chronicle.heard = 0;
}

/* While a call keeps it waiting: other calls and events are held, and the configuration changes. */
static void replace(struct stage *stage)
{
	stage->status = begin_replacement(stage);
	stage_ask(stage, &stage->asked[1], "town.echo", "{\"word\": \"held\"}");
	for (int i = 0; i < 3; i++)
		stage->accepted += sp_kernel_publish(stage->kernel, "town.news", NULL) == SP_OK;
	sp_testing_turn(stage->world);
	configure(stage);
	town_release(stage->world);
}

static void judge_replaced(struct stage *stage)
{
	bool old = strcmp(stage->town->version, "1.0.0") == 0;

	stage_expect(stage, stage->asked[0].times == 1 && stage->asked[1].times == 1, "a call was not answered once");
	stage_expect(stage, chronicle.heard == stage->accepted, "an event was not heard once");
	stage_expect(stage, old == (stage->replaced != SP_OK || stage->done == 0), "the wrong version serves");
	stage_expect(stage, stage->town_gone == !old, "the old version is between");
	stage_expect(stage, stage->refused == (old && stage->done), "the new version is between");
	stage_expect_census(stage, &stage->before);
	if (!setting_is_there(stage))
		ck_assert_int_eq(sp_kernel_configure(stage->kernel, json_loads(CONFIGURED, 0, NULL), stage->faults),
			SP_OK);
	stage_expect_whole(stage, GLORIA, PORTO_REST, WITH_BELL);
	if (old) {
		ck_assert_int_eq(begin_replacement(stage), SP_OK);
		stage_expect(stage, stage->replaced == SP_OK && stage->town_gone == 1, "it cannot be replaced");
		stage_expect_whole(stage, GLORIA, PORTO_REST, WITH_BELL);
	}
	stage_expect_after(stage);
}

START_TEST(a_plugin_is_replaced) /* R-PL-5 */
{
	stage_sweep(&(struct scenario){ settle_replacement, replace, judge_replaced });
}
END_TEST

/* ---- children ---------------------------------------------------------------------------------------------------- */

enum { RESTARTS_LATER = 100000 }; /* milliseconds in which whatever is tried again is */

static void spawn_ann(sp_testing *world)
{
	json_decref(sp_testing_call_new(world, "every.spawn", "{\"name\":\"ann\",\"properties\":{\"size\":3}}"));
}

static void break_b(sp_testing *world)
{
	for (int i = 0; i < 3; i++)
		family_hurt(world, "poke", "b");
	sp_testing_advance(world, 1000);
}

/* Whatever failed is tried again by the supervisor, or by whoever runs the daemon. */
static void recover(sp_testing *world)
{
	sp_testing_advance(world, RESTARTS_LATER);
	if (strcmp(sp_testing_state(world, "every"), "errored") != 0)
		return;
	ck_assert_int_eq(sp_kernel_retry(sp_testing_kernel(world), "every", NULL), SP_OK);
	sp_testing_advance(world, RESTARTS_LATER);
}

static void judge_family(sp_testing *world)
{
	size_t children = world_size(world, "every", "children");

	family_state(world, "a", "active");
	family_state(world, "b", "active");
	family_state(world, "c", "active");
	ck_assert_uint_eq(family_voices(world), children);
	ck_assert_uint_eq(family_ears(world), children);
	ck_assert_uint_eq(world_size(world, "every", "ledger"), children);
	if (children == 3)
		spawn_ann(world);
	ck_assert_str_eq(world_call(world, "ann.size", "{}"), "3");
}

/* R-SUP-4, whatever memory lacked meanwhile. */
static void sweep_family(void (*act)(sp_testing *world), void (*lack)(long count))
{
	bool failed = true;

	for (long allowed = 0; failed; allowed++) {
		sp_testing *world = family_open(&every_component, "a b c");

		lack(allowed);
		act(world);
		failed = sp_alloc_has_failed();
		sp_alloc_fail_after(-1);
		recover(world);
		judge_family(world);
		sp_testing_destroy(world);
		diary_take();
		ck_assert_int_lt(allowed, 3000);
	}
}

START_TEST(a_child_is_spawned) /* R-CM-8 */
{
	sweep_family(spawn_ann, sp_alloc_fail_after);
	sweep_family(spawn_ann, sp_alloc_fail_from);
}
END_TEST

START_TEST(children_restart) /* R-SUP-3, R-SUP-4 */
{
	sweep_family(break_b, sp_alloc_fail_after);
	sweep_family(break_b, sp_alloc_fail_from);
}
END_TEST

KIT_MAIN("allocation", a_child_is_spawned, children_restart, a_plugin_comes, another_provider_comes, a_plugin_waits,
	a_plugin_goes, a_provider_goes, the_first_provider_goes, everything_stops, calls_are_answered,
	events_are_delivered, a_configuration_is_taken_whole, a_wrong_configuration_is_refused, properties_change,
	a_plugin_is_replaced)
