/* check_dead_letter.c: what could not be delivered or was not handled (R-BUS-3). */
#include "alloc.h"
#include "bus.h"
#include "dead_letter.h"
#include "kernel_kit.h"

#include <string.h>

/* clang-format off */
SP_RECORD(cried, (string, type, .required = true));

SP_COMPONENT(clerk,
	(signal, boolean, mended),
	(subscribe, take, "orders.*"),
	(runnable, mend, nothing, nothing));

SP_COMPONENT(bystander, (subscribe, see, "orders.*"));

SP_COMPONENT(mourner,
	(signal, integer, buried),
	(subscribe, bury, "__dead_letter__"),
	(effect, weep));

SP_COMPONENT(moody,
	(signal, boolean, upset),
	(effect, sulk),
	(runnable, annoy, nothing, nothing));

SP_COMPONENT(crier, (runnable, cry, cried, nothing));
/* clang-format on */

static sp_status clerk_take(struct clerk *self, const sp_event *event)
{
	diary_add("clerk:%s:%s", event->type, event->source);
	if (sp_get(self->mended))
		return SP_OK;
	if (strcmp(event->type, "orders.slow") == 0)
		return sp_fail(self->rt, SP_TIMEOUT, "the bank is slow");
	if (strcmp(event->type, "orders.odd") == 0)
		return sp_fail(self->rt, SP_FAILED, "cannot read \xff");
	return sp_fail(self->rt, SP_FAILED, "the till is shut");
}

static sp_status clerk_mend(struct clerk *self)
{
	sp_set(self->mended, true);
	return SP_OK;
}

static sp_status bystander_see(SP_UNUSED struct bystander *self, const sp_event *event)
{
	diary_add("seen:%s:%s", event->type, event->source);
	return SP_OK;
}

/* Does all that would make a dead letter: publishes what it may not, makes an effect fail, and fails. */
static sp_status mourner_bury(struct mourner *self, const sp_event *event)
{
	diary_add("buried:%s", json_string_value(json_object_get(event->data, "reason")));
	diary_add("%s", sp_status_word(sp_publish(self->rt, "grief", NULL)));
	diary_add("%s", sp_status_word(sp_publish(self->rt, DEAD_LETTER_TYPE, NULL)));
	sp_set(self->buried, sp_get(self->buried) + 1);
	return sp_fail(self->rt, SP_FAILED, "the ground is frozen");
}

static sp_status mourner_weep(struct mourner *self)
{
	return sp_get(self->buried) ? sp_fail(self->rt, SP_FAILED, "no tears are left") : SP_OK;
}

static sp_status moody_sulk(struct moody *self)
{
	return sp_get(self->upset) ? sp_fail(self->rt, SP_FAILED, "not today") : SP_OK;
}

static sp_status moody_annoy(struct moody *self)
{
	sp_set(self->upset, true);
	return SP_OK;
}

static sp_status crier_cry(struct crier *self, const struct cried *in)
{
	diary_add("%s", sp_status_word(sp_publish(self->rt, in->type, NULL)));
	return SP_OK;
}

KIT_PLUGIN(clerk, &clerk_component);
KIT_PLUGIN(bystander, &bystander_component);
KIT_PLUGIN(mourner, &mourner_component);
KIT_PLUGIN(moody, &moody_component);
KIT_PLUGIN(crier, &crier_component);

static void publish(sp_testing *world, const char *type)
{
	ck_assert_int_eq(sp_kernel_publish(sp_testing_kernel(world), type, json_pack("{s:i}", "number", 7)), SP_OK);
	sp_testing_turn(world);
}

static json_t *letters_new(sp_testing *world)
{
	json_t *letters = sp_kernel_dead_letters_new(sp_testing_kernel(world));

	ck_assert_ptr_nonnull(letters);
	return letters;
}

static size_t letter_count(sp_testing *world)
{
	json_t *letters = letters_new(world);
	size_t count = json_array_size(letters);

	json_decref(letters);
	return count;
}

/* The latest letter is this. */
static void expect_letter(sp_testing *world, const char *expected)
{
	json_t *letters = letters_new(world), *json = json_loads(expected, 0, NULL);
	const json_t *letter = json_array_get(letters, json_array_size(letters) - 1);
	char *text = json_dumps(letter, JSON_COMPACT | JSON_ENCODE_ANY);

	ck_assert_ptr_nonnull(json);
	ck_assert_msg(json_equal(letter, json), "%s", text ? text : "there is no letter");
	sp_free(text);
	json_decref(json);
	json_decref(letters);
}

static void expect_replay(sp_testing *world, int64_t id, sp_status status, const char *message)
{
	struct sp_error error = { 0 };

	ck_assert_int_eq(sp_kernel_dead_letter_replay(sp_testing_kernel(world), id, &error), status);
	ck_assert_str_eq(error.message, message);
	sp_testing_turn(world);
}

/* As if so many events waited. */
static void pretend_waiting(sp_testing *world, size_t events, size_t envelopes)
{
	struct bus *bus = &sp_testing_kernel(world)->bus;

	bus->count += events + envelopes;
	bus->envelopes += envelopes;
}

static void pretend_gone(sp_testing *world, size_t events, size_t envelopes)
{
	struct bus *bus = &sp_testing_kernel(world)->bus;

	bus->count -= events + envelopes;
	bus->envelopes -= envelopes;
}

/* ---- what makes one ---------------------------------------------------------------------------------------------- */

/* R-BUS-3: a failed handler makes an envelope, which is kept and published. */
START_TEST(a_failed_handler)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &clerk_plugin);
	sp_testing_events(world, true);
	sp_testing_advance(world, 5000);
	publish(world, "orders.paid");
	expect_letter(world,
		"{\"id\":1,\"target\":\"clerk.take\",\"type\":\"orders.paid\",\"source\":\"\",\"data\":{\"number\":7},"
		"\"reason\":\"handler_error\",\"error\":\"the till is shut\",\"time_ms\":5000}");
	ck_assert_str_eq(sp_testing_events(world, true),
		"orders.paid {\"number\":7}\n"
		"__dead_letter__ {\"id\":1,\"target\":\"clerk.take\",\"type\":\"orders.paid\",\"source\":\"\","
		"\"data\":{\"number\":7},\"reason\":\"handler_error\",\"error\":\"the till is shut\",\"time_ms\":5000}\n");
	sp_testing_destroy(world);
}
END_TEST

/* R-BUS-3: a handler that answers timeout. */
START_TEST(a_handler_that_took_too_long)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &clerk_plugin);
	publish(world, "orders.slow");
	expect_letter(world,
		"{\"id\":1,\"target\":\"clerk.take\",\"type\":\"orders.slow\",\"source\":\"\",\"data\":{\"number\":7},"
		"\"reason\":\"timeout\",\"error\":\"the bank is slow\",\"time_ms\":0}");
	sp_testing_destroy(world);
}
END_TEST

/* R-BUS-3: an unhandled error in an effect; it is of no event. */
START_TEST(a_failed_effect)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &moody_plugin);
	world_call(world, "moody.annoy", NULL);
	expect_letter(world,
		"{\"id\":1,\"target\":\"moody.sulk\",\"type\":\"\",\"source\":\"\",\"reason\":\"effect_error\","
		"\"error\":\"not today\",\"time_ms\":0}");
	ck_assert_uint_eq(times_in(sp_testing_events(world, true), "__dead_letter__"), 1);
	sp_testing_destroy(world);
}
END_TEST

/* R-BUS-3, R-BUS-4: an event refused by policy, though the queue is full too. */
START_TEST(a_denied_event)
{
	sp_testing *world = world_open("{\"policy\":{\"crier\":{\"publish\":[\"orders.*\"]}}}");

	world_add(world, &crier_plugin);
	pretend_waiting(world, BUS_MOST, 0);
	ck_assert_int_eq(bus_publish(sp_testing_kernel(world), "crier", "news", NULL), SP_FORBIDDEN);
	pretend_gone(world, BUS_MOST, 0);
	sp_testing_turn(world);
	expect_letter(world,
		"{\"id\":1,\"target\":\"crier\",\"type\":\"news\",\"source\":\"crier\",\"data\":{},\"reason\":\"denied\","
		"\"error\":\"the policy of the instance does not allow it\",\"time_ms\":0}");
	ck_assert_uint_eq(times_in(sp_testing_events(world, true), "news {}\n"), 0);
	sp_testing_destroy(world);
}
END_TEST

/* R-BUS-2, R-BUS-3: a full queue; the envelopes bypass its bound. */
START_TEST(a_full_queue)
{
	sp_testing *world = world_open(NULL);
	struct sp_kernel *kernel = sp_testing_kernel(world);

	for (int i = 0; i < BUS_MOST; i++)
		ck_assert_int_eq(sp_kernel_publish(kernel, "storm", NULL), SP_OK);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(bus_publish(kernel, "sky", "storm", NULL), SP_UNAVAILABLE);
	expect_letter(world,
		"{\"id\":3,\"target\":\"sky\",\"type\":\"storm\",\"source\":\"sky\",\"data\":{},\"reason\":\"overflow\","
		"\"error\":\"the queue of events is full\",\"time_ms\":0}");
	sp_testing_turn(world);
	ck_assert_uint_eq(times_in(sp_testing_events(world, true), "__dead_letter__"), 3);
	ck_assert_uint_eq(kernel->bus.count, 0);
	ck_assert_uint_eq(kernel->bus.envelopes, 0);
	sp_testing_destroy(world);
}
END_TEST

/* R-BUS-2: envelopes take no place of events, and have a bound of their own; the letter is kept all the same. */
START_TEST(a_storm_of_failures_is_bounded)
{
	sp_testing *world = world_open(NULL);
	struct sp_kernel *kernel = sp_testing_kernel(world);
	uint64_t dropped = kernel->bus.dropped;

	pretend_waiting(world, BUS_MOST, BUS_MOST);
	ck_assert_int_eq(sp_kernel_publish(kernel, "storm", NULL), SP_UNAVAILABLE);
	pretend_gone(world, BUS_MOST, 0);
	ck_assert_int_eq(sp_kernel_publish(kernel, "calm", NULL), SP_OK);
	pretend_gone(world, 0, BUS_MOST);
	sp_testing_turn(world);
	ck_assert_uint_eq(times_in(sp_testing_events(world, true), "__dead_letter__"), 0);
	ck_assert_uint_eq(letter_count(world), 1);
	ck_assert_uint_eq(kernel->bus.dropped, dropped + 2);
	sp_testing_destroy(world);
}
END_TEST

/* R-BUS-3: a failing dead-letter handler does not make another, whatever it does. */
START_TEST(a_failing_handler_of_envelopes_makes_none)
{
	sp_testing *world = world_open("{\"policy\":{\"mourner\":{\"publish\":[]}}}");

	world_add(world, &clerk_plugin);
	world_add(world, &mourner_plugin);
	publish(world, "orders.paid");
	ck_assert_str_eq(diary_take(), "clerk:orders.paid: buried:handler_error forbidden forbidden");
	ck_assert_uint_eq(letter_count(world), 1);
	ck_assert_uint_eq(times_in(sp_testing_events(world, true), "__dead_letter__"), 1);
	ck_assert_ptr_nonnull(strstr(sp_testing_log(world, false), "event __dead_letter__: the ground is frozen\n"));
	ck_assert_ptr_nonnull(strstr(sp_testing_log(world, false), "effect weep failed: no tears are left\n"));
	publish(world, "orders.made");
	ck_assert_uint_eq(letter_count(world), 2);
	sp_testing_destroy(world);
}
END_TEST

/* R-BUS-3: only the kernel makes envelopes. */
START_TEST(nobody_forges_one)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &crier_plugin);
	world_call(world, "crier.cry", "{\"type\":\"__dead_letter__\"}");
	ck_assert_str_eq(diary_take(), "forbidden");
	ck_assert_int_eq(sp_kernel_publish(sp_testing_kernel(world), DEAD_LETTER_TYPE, NULL), SP_FORBIDDEN);
	sp_testing_turn(world);
	ck_assert_uint_eq(times_in(sp_testing_events(world, true), "__dead_letter__"), 0);
	ck_assert_uint_eq(letter_count(world), 0);
	sp_testing_destroy(world);
}
END_TEST

START_TEST(words_that_are_not_utf8)
{
	sp_testing *world = world_open("{\"policy\":{\"sky\":{\"publish\":[]}}}");

	world_add(world, &clerk_plugin);
	publish(world, "orders.odd");
	expect_letter(world,
		"{\"id\":1,\"target\":\"clerk.take\",\"type\":\"orders.odd\",\"source\":\"\",\"data\":{\"number\":7},"
		"\"reason\":\"handler_error\",\"error\":\"(words that are not UTF-8)\",\"time_ms\":0}");
	ck_assert_int_eq(bus_publish(sp_testing_kernel(world), "sky", "\xff", NULL), SP_FORBIDDEN);
	ck_assert_uint_eq(letter_count(world), 1);
	ck_assert_ptr_nonnull(
		strstr(sp_testing_log(world, false), "error kernel: a dead letter was lost, of event '\xff'"));
	sp_testing_destroy(world);
}
END_TEST

/* ---- the list ---------------------------------------------------------------------------------------------------- */

/* R-BUS-3: the last 1,000 are kept. */
START_TEST(the_last_thousand_are_kept)
{
	sp_testing *world = world_open("{\"policy\":{\"sky\":{\"publish\":[]}}}");
	json_t *letters;

	for (int i = 0; i < DEAD_LETTERS_KEPT + 3; i++)
		ck_assert_int_eq(bus_publish(sp_testing_kernel(world), "sky", "rain", NULL), SP_FORBIDDEN);
	sp_testing_turn(world);
	ck_assert_uint_eq(times_in(sp_testing_events(world, true), "__dead_letter__"), 1003);
	letters = letters_new(world);
	ck_assert_uint_eq(json_array_size(letters), 1000);
	for (size_t i = 0; i < 1000; i++)
		ck_assert_int_eq(json_integer_value(json_object_get(json_array_get(letters, i), "id")), 4 + (int)i);
	json_decref(letters);
	expect_replay(world, 3, SP_NOT_FOUND, "there is no dead letter 3; see 'signalctl deadletters list'");
	sp_testing_destroy(world);
}
END_TEST

START_TEST(purging_takes_all)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &clerk_plugin);
	publish(world, "orders.paid");
	publish(world, "orders.made");
	ck_assert_uint_eq(sp_kernel_dead_letters_purge(sp_testing_kernel(world)), 2);
	ck_assert_uint_eq(letter_count(world), 0);
	ck_assert_uint_eq(sp_kernel_dead_letters_purge(sp_testing_kernel(world)), 0);
	publish(world, "orders.paid");
	ck_assert_uint_eq(letter_count(world), 1);
	expect_replay(world, 1, SP_NOT_FOUND, "there is no dead letter 1; see 'signalctl deadletters list'");
	sp_testing_destroy(world);
}
END_TEST

/* ---- replaying --------------------------------------------------------------------------------------------------- */

/* R-BUS-3: a replayed event goes to the handler that failed and to nobody else. */
START_TEST(a_replay_is_for_its_target)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &clerk_plugin);
	world_add(world, &bystander_plugin);
	ck_assert_int_eq(bus_publish(sp_testing_kernel(world), "shop", "orders.paid", NULL), SP_OK);
	sp_testing_turn(world);
	ck_assert_str_eq(diary_take(), "clerk:orders.paid:shop seen:orders.paid:shop");
	sp_testing_events(world, true);
	world_call(world, "clerk.mend", NULL);
	expect_replay(world, 1, SP_OK, "");
	ck_assert_str_eq(diary_take(), "clerk:orders.paid:shop");
	ck_assert_str_eq(sp_testing_events(world, true), "");
	ck_assert_uint_eq(letter_count(world), 0);
	sp_testing_destroy(world);
}
END_TEST

/* One that fails again is a letter again, with a number of its own. */
START_TEST(a_replay_may_fail_again)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &clerk_plugin);
	publish(world, "orders.paid");
	expect_replay(world, 1, SP_OK, "");
	ck_assert_uint_eq(letter_count(world), 1);
	expect_replay(world, 2, SP_OK, "");
	ck_assert_uint_eq(letter_count(world), 1);
	sp_testing_destroy(world);
}
END_TEST

/* R-BUS-3: what came to nobody is replayed to everybody, whatever the policy. */
START_TEST(a_refused_event_is_replayed_to_everybody)
{
	sp_testing *world = world_open("{\"policy\":{\"crier\":{\"publish\":[]}}}");

	world_add(world, &crier_plugin);
	world_add(world, &bystander_plugin);
	world_call(world, "crier.cry", "{\"type\":\"orders.paid\"}");
	pretend_waiting(world, BUS_MOST, 0);
	ck_assert_int_eq(sp_kernel_publish(sp_testing_kernel(world), "orders.made", NULL), SP_UNAVAILABLE);
	pretend_gone(world, BUS_MOST, 0);
	sp_testing_turn(world);
	ck_assert_str_eq(diary_take(), "forbidden");
	sp_testing_events(world, true);
	expect_replay(world, 1, SP_OK, "");
	expect_replay(world, 2, SP_OK, "");
	ck_assert_str_eq(diary_take(), "seen:orders.paid:crier seen:orders.made:");
	ck_assert_str_eq(sp_testing_events(world, true), "orders.paid {}\norders.made {}\n");
	ck_assert_uint_eq(letter_count(world), 0);
	sp_testing_destroy(world);
}
END_TEST

START_TEST(a_letter_stays_when_its_target_has_gone)
{
	sp_testing *world = world_open(NULL);
	sp_plugin_handle *clerk = world_add(world, &clerk_plugin);

	publish(world, "orders.paid");
	sp_testing_remove(world, clerk);
	expect_replay(world, 1, SP_NOT_FOUND, "clerk.take is not there to handle dead letter 1 again");
	ck_assert_uint_eq(letter_count(world), 1);
	world_add(world, &clerk_plugin);
	diary_take();
	expect_replay(world, 1, SP_OK, "");
	ck_assert_str_eq(diary_take(), "clerk:orders.paid:");
	sp_testing_destroy(world);
}
END_TEST

START_TEST(an_effect_is_not_replayed)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &moody_plugin);
	world_call(world, "moody.annoy", NULL);
	expect_replay(world, 1, SP_CONFLICT,
		"dead letter 1 tells of the effect moody.sulk: it runs again by itself when what it reads changes");
	ck_assert_uint_eq(letter_count(world), 1);
	sp_testing_destroy(world);
}
END_TEST

START_TEST(a_letter_stays_when_it_cannot_be_queued)
{
	sp_testing *world;

	sp_alloc_install();
	world = world_open(NULL);
	world_add(world, &clerk_plugin);
	publish(world, "orders.paid");
	pretend_waiting(world, BUS_MOST, 0);
	ck_assert_int_eq(sp_kernel_dead_letter_replay(sp_testing_kernel(world), 1, NULL), SP_UNAVAILABLE);
	pretend_gone(world, BUS_MOST, 0);
	sp_alloc_fail_after(0);
	expect_replay(world, 1, SP_NO_MEMORY, "dead letter 1 could not be queued: out of memory; try again later");
	sp_alloc_fail_after(0);
	ck_assert_ptr_null(sp_kernel_dead_letters_new(sp_testing_kernel(world)));
	sp_alloc_fail_after(-1);
	ck_assert_uint_eq(letter_count(world), 1);
	sp_testing_destroy(world);
}
END_TEST

struct replaying {
	sp_testing *world;
	sp_plugin_handle *clerk;
};

static void replay_and_remove(void *user, SP_UNUSED const sp_event *event)
{
	struct replaying *replaying = user;

	ck_assert_int_eq(sp_kernel_dead_letter_replay(sp_testing_kernel(replaying->world), 1, NULL), SP_OK);
	sp_kernel_remove(replaying->clerk);
}

/* A replayed event is not lost when its target goes before it comes. */
START_TEST(a_target_may_go_meanwhile)
{
	struct replaying replaying = { .world = world_open(NULL) };
	struct sp_kernel *kernel = sp_testing_kernel(replaying.world);
	sp_subscription *subscription = sp_kernel_subscribe(kernel, "now", replay_and_remove, &replaying);

	replaying.clerk = world_add(replaying.world, &clerk_plugin);
	publish(replaying.world, "orders.paid");
	publish(replaying.world, "now");
	expect_letter(replaying.world,
		"{\"id\":2,\"target\":\"clerk.take\",\"type\":\"orders.paid\",\"source\":\"\",\"data\":{\"number\":7},"
		"\"reason\":\"handler_error\",\"error\":\"it had gone when the event was replayed\",\"time_ms\":0}");
	ck_assert_uint_eq(letter_count(replaying.world), 1);
	sp_subscription_destroy(subscription);
	sp_testing_destroy(replaying.world);
}
END_TEST

KIT_MAIN("dead_letter", a_failed_handler, a_handler_that_took_too_long, a_failed_effect, a_denied_event, a_full_queue,
	a_storm_of_failures_is_bounded, a_failing_handler_of_envelopes_makes_none, nobody_forges_one,
	words_that_are_not_utf8, the_last_thousand_are_kept, purging_takes_all, a_replay_is_for_its_target,
	a_replay_may_fail_again, a_refused_event_is_replayed_to_everybody, a_letter_stays_when_its_target_has_gone,
	an_effect_is_not_replayed, a_letter_stays_when_it_cannot_be_queued, a_target_may_go_meanwhile)
