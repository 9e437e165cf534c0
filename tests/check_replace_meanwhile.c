/* check_replace_meanwhile.c: what happens elsewhere while a plugin is being replaced. links: kernel */
#include "replace_kit.h"

#include <string.h>

/* clang-format off */
SP_RECORD(words, (string, word, .otherwise = "none"));
SP_RECORD(short_words, (string, word, .otherwise = "no", .max_length = 3));
SP_RECORD(said, (string, text));
SP_RECORD(nothing_much, (integer, unused));

/* State and settings; the words of version 2 are shorter. */
SP_COMPONENT(keeper_one,
	(settings, words, settings),
	(state, nothing_much, 1),
	(later, wait, nothing, number),
	(runnable, say, nothing, said));
SP_COMPONENT(keeper_two,
	(settings, short_words, settings),
	(state, nothing_much, 1),
	(runnable, say, nothing, said));
SP_COMPONENT(keeper_without,
	(state, nothing_much, 1),
	(later, wait, nothing, number),
	(runnable, say, nothing, said));

/* Is bound to a counter, has state, and is of use to others. */
SP_COMPONENT(user,
	(one, counts, counts),
	(provide, lack),
	(one, sp_gateway, gateway),
	(state, nothing_much, 1),
	(member, const struct counts *, leased),
	(later, wait, nothing, number),
	(later, relay, number, number),
	(runnable, lease, nothing, nothing),
	(runnable, unlease, nothing, nothing),
	(runnable, begin, nothing, nothing),
	(runnable, end, nothing, nothing));

/* Has no state, so that it is never held. */
SP_COMPONENT(worker,
	(one, counts, counts),
	(one, sp_gateway, gateway),
	(blocking, toil, nothing, number),
	(later, chain, nothing, number));

SP_COMPONENT(follower, (one, lack, lack), (activate));

SP_COMPONENT(shaky, (activate), (runnable, version, nothing, number));

/* clang-format on */

static sp_status keeper_one_snapshot(struct keeper_one *self SP_UNUSED, struct nothing_much *out SP_UNUSED)
{
	return SP_OK;
}

static sp_status keeper_one_restore(struct keeper_one *self SP_UNUSED, const struct nothing_much *in SP_UNUSED)
{
	return SP_OK;
}

static sp_status keeper_one_wait(struct keeper_one *self SP_UNUSED, sp_call *call, struct number *out)
{
	kit.waiting[kit.waiting_count++] = call;
	out->value = 1;
	return SP_LATER;
}

static sp_status keeper_one_say(struct keeper_one *self, struct said *out)
{
	out->text = sp_format(self->rt, "1:%s", sp_peek(self->settings.word));
	return SP_OK;
}

static sp_status keeper_two_snapshot(struct keeper_two *self SP_UNUSED, struct nothing_much *out SP_UNUSED)
{
	return SP_OK;
}

static sp_status keeper_two_restore(struct keeper_two *self SP_UNUSED, const struct nothing_much *in SP_UNUSED)
{
	return SP_OK;
}

static sp_status keeper_two_say(struct keeper_two *self, struct said *out)
{
	out->text = sp_format(self->rt, "2:%s", sp_peek(self->settings.word));
	return SP_OK;
}

static sp_status keeper_without_snapshot(struct keeper_without *self SP_UNUSED, struct nothing_much *out SP_UNUSED)
{
	return SP_OK;
}

static sp_status keeper_without_restore(struct keeper_without *self SP_UNUSED, const struct nothing_much *in SP_UNUSED)
{
	return SP_OK;
}

static sp_status keeper_without_wait(struct keeper_without *self SP_UNUSED, sp_call *call, struct number *out)
{
	kit.waiting[kit.waiting_count++] = call;
	out->value = 0;
	return SP_LATER;
}

static sp_status keeper_without_say(struct keeper_without *self SP_UNUSED, struct said *out)
{
	out->text = "0";
	return SP_OK;
}

SP_SERVICE(user, lack, .kind = "help");

static sp_status follower_activate(struct follower *self SP_UNUSED)
{
	kit_write("follower");
	return SP_OK;
}

static sp_status user_snapshot(struct user *self SP_UNUSED, struct nothing_much *out SP_UNUSED)
{
	return SP_OK;
}

/* Counts: the counter that is bound by now must be the one that counts. */
static sp_status user_restore(struct user *self, const struct nothing_much *in SP_UNUSED)
{
	const struct counts *counts = sp_peek(self->counts);

	counts->add(counts, 10);
	return SP_OK;
}

static sp_status user_wait(struct user *self SP_UNUSED, sp_call *call, struct number *out)
{
	kit.waiting[kit.waiting_count++] = call;
	out->value = 1;
	return SP_LATER;
}

/* Whose answer a relay passes on. */
struct relay {
	sp_call *call;
	struct number *out;
};
static struct relay relays[2];

static void pass_on(void *user, const struct sp_answer *answer)
{
	struct relay *relay = user;

	relay->out->value = json_integer_value(json_object_get(answer->data, "value"));
	sp_finish(relay->call, answer->status);
}

static void ask_counter(const struct sp_gateway *gateway, const char *address, struct relay *relay, unsigned transport)
{
	gateway->call(gateway,
		&(struct sp_request){ .struct_size = sizeof(struct sp_request),
			.address = address,
			.transport = transport,
			.done = pass_on,
			.user = relay },
		NULL);
}

static sp_status user_relay(struct user *self, sp_call *call, const struct number *in, struct number *out)
{
	relays[0] = (struct relay){ call, out };
	ask_counter(sp_peek(self->gateway), "counter.version", &relays[0], (unsigned)in->value);
	return SP_LATER;
}

static sp_status user_lease(struct user *self)
{
	self->leased = sp_lease(self->rt, sp_peek(self->counts));
	return SP_OK;
}

static sp_status user_unlease(struct user *self)
{
	self->leased->add(self->leased, 1);
	sp_lease_release(self->rt, self->leased);
	return SP_OK;
}

static sp_status user_begin(struct user *self)
{
	sp_work_begin(self->rt);
	return SP_OK;
}

static sp_status user_end(struct user *self)
{
	sp_work_end(self->rt);
	return SP_OK;
}

static sp_status worker_toil(const struct worker *self, sp_call *call SP_UNUSED, struct number *out)
{
	const struct counts *counts = sp_peek(self->counts);

	out->value = counts->version(counts);
	return SP_OK;
}

/* Calls once more when it has the first answer. */
static void ask_again(void *user, const struct sp_answer *answer SP_UNUSED)
{
	struct worker *self = user;

	ask_counter(sp_peek(self->gateway), "counter.version", &relays[1], 0);
}

static sp_status worker_chain(struct worker *self, sp_call *call, struct number *out)
{
	const struct sp_gateway *gateway = sp_peek(self->gateway);

	relays[1] = (struct relay){ call, out };
	gateway->call(gateway,
		&(struct sp_request){ .struct_size = sizeof(struct sp_request),
			.address = "counter.wait",
			.done = ask_again,
			.user = self },
		NULL);
	return SP_LATER;
}

static sp_status shaky_activate(struct shaky *self)
{
	return sp_fail(self->rt, SP_FAILED, "shaken");
}

static sp_status shaky_version(struct shaky *self SP_UNUSED, struct number *out)
{
	out->value = 0;
	return SP_OK;
}

static struct built one, two, third, fourth, fifth;
static sp_plugin_handle *counter, *user;
static struct replaced replaced, other;
static struct called in_flight;

static void begin(struct replaced *what, sp_plugin_handle *plugin, struct built *built,
	const struct sp_component *component, const char *name)
{
	kit_plugin(built, component, name, "2");
	ck_assert_int_eq(replaced_begin(what, plugin, built, NULL), SP_OK);
}

static sp_testing *open_keeper(const struct sp_component *from, const struct sp_component *to)
{
	sp_testing *testing = sp_testing_create(NULL);
	sp_plugin_handle *keeper = built_load(&one, testing, from, "keeper");

	called_begin(&in_flight, testing, "keeper.wait", NULL);
	begin(&replaced, keeper, &two, to, "keeper");
	sp_testing_turn(testing);
	ck_assert_uint_eq(replaced.times, 0);
	return testing;
}

static void expect_said(sp_testing *testing, const char *text)
{
	json_t *answer = sp_testing_call_new(testing, "keeper.say", NULL);

	ck_assert_str_eq(json_string_value(json_object_get(json_object_get(answer, "data"), "text")), text);
	json_decref(answer);
}

/* Counter, version 1, held by a call that is in flight, and user beside it. */
static sp_testing *open_held(void)
{
	sp_testing *testing = kit_open_counter(&one, &counter);

	user = built_load(&third, testing, &user_component, NULL);
	built_load(&fourth, testing, &worker_component, NULL);
	called_begin(&in_flight, testing, "counter.wait", NULL);
	kit_begin_two(&replaced, &two, counter);
	sp_testing_turn(testing);
	ck_assert_uint_eq(replaced.times, 0);
	return testing;
}

static void close_held(sp_testing *testing)
{
	called_finish(&in_flight);
	sp_testing_destroy(testing);
}

START_TEST(instance_that_waits_takes_the_new_version) /* R-PL-5 */
{
	sp_testing *testing = sp_testing_create(NULL);
	sp_plugin_handle *plugin = built_load(&one, testing, &needy_component, "thing");

	ck_assert_str_eq(sp_testing_state(testing, "thing"), "waiting");
	begin(&replaced, plugin, &two, &plain_two_component, "thing");
	sp_testing_turn(testing);
	ck_assert_int_eq(replaced.status, SP_OK);
	ck_assert_str_eq(sp_testing_state(testing, "thing"), "active");
	ck_assert_int_eq(call_integer(testing, "thing.version", NULL, "value"), 2);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(instance_that_is_errored_takes_the_new_version) /* R-PL-5, R-CM-10 */
{
	sp_testing *testing = sp_testing_create(NULL);
	sp_plugin_handle *plugin = built_load(&one, testing, &shaky_component, "thing");

	ck_assert_int_eq(sp_kernel_state(sp_testing_kernel(testing)), SP_KERNEL_DEGRADED);
	begin(&replaced, plugin, &two, &shaky_component, "thing");
	sp_testing_turn(testing);
	ck_assert_int_eq(replaced.status, SP_OK);
	ck_assert_str_eq(sp_testing_state(testing, "thing"), "errored");
	begin(&replaced, replaced.now, &two, &plain_two_component, "thing");
	sp_testing_turn(testing);
	ck_assert_str_eq(sp_testing_state(testing, "thing"), "active");
	ck_assert_int_eq(sp_kernel_state(sp_testing_kernel(testing)), SP_KERNEL_HEALTHY);
	ck_assert_int_eq(call_integer(testing, "thing.version", NULL, "value"), 2);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(instance_that_comes_up_meanwhile_is_replaced_too) /* R-PL-5 */
{
	sp_testing *testing = sp_testing_create(NULL);
	sp_plugin_handle *duo;
	struct called held;

	built_begin(&one, "duo", "1");
	built_add(&one, &counter_one_component, "counter");
	built_add(&one, &needy_component, "thing");
	duo = sp_testing_add(testing, &one.plugin, NULL);
	called_begin(&in_flight, testing, "counter.wait", NULL);
	built_begin(&two, "duo", "2");
	built_add(&two, &counter_two_component, "counter");
	built_add(&two, &plain_two_component, "thing");
	ck_assert_int_eq(replaced_begin(&replaced, duo, &two, NULL), SP_OK);
	sp_testing_turn(testing);
	built_load(&third, testing, &filler_component, NULL);
	ck_assert_int_eq(call_integer(testing, "thing.version", NULL, "value"), 3);
	called_begin(&held, testing, "counter.version", NULL);
	kit_release(testing);
	ck_assert_int_eq(replaced.status, SP_OK);
	ck_assert_int_eq(called_integer(&held, "value"), 2);
	ck_assert_int_eq(call_integer(testing, "thing.version", NULL, "value"), 2);
	sp_testing_remove(testing, replaced.now);
	ck_assert_uint_eq(replaced.gone, 1);
	called_finish(&held);
	close_held(testing);
}
END_TEST

static void expect_configured(const struct sp_component *former)
{
	sp_testing *testing = open_keeper(former, &keeper_two_component);

	ck_assert_int_eq(sp_testing_set(testing, "components.keeper.word", "\"new\""), SP_OK);
	kit_release(testing);
	ck_assert_int_eq(replaced.status, SP_OK);
	expect_said(testing, "2:new");
	close_held(testing);
}

START_TEST(configuration_reaches_both_versions) /* R-PL-5, R-CF-3 */
{
	expect_configured(&keeper_one_component);
}
END_TEST

START_TEST(configuration_reaches_a_version_that_alone_has_it) /* R-PL-5, R-CF-3 */
{
	expect_configured(&keeper_without_component);
}
END_TEST

START_TEST(configuration_that_the_new_version_refuses_ends_it) /* R-PL-5, R-CF-3 */
{
	sp_testing *testing = open_keeper(&keeper_one_component, &keeper_two_component);

	ck_assert_int_eq(sp_testing_set(testing, "components.keeper.word", "\"longer\""), SP_OK);
	ck_assert_uint_eq(replaced.times, 1);
	ck_assert_int_eq(replaced.status, SP_CANCELLED);
	ck_assert_ptr_nonnull(strstr(replaced.error.message, "configuration"));
	expect_said(testing, "1:longer");
	kit_release(testing);
	close_held(testing);
}
END_TEST

/* Both wait for a call; the one of first ends first. */
static void replace_two(bool counter_first)
{
	sp_testing *testing = open_held();
	struct called second;

	called_begin(&second, testing, "user.wait", NULL);
	begin(&other, user, &fifth, &user_component, "user");
	sp_testing_turn(testing);
	ck_assert_uint_eq(replaced.times + other.times, 0);
	sp_finish(kit.waiting[counter_first ? 0 : 1], SP_OK);
	sp_testing_turn(testing);
	ck_assert_uint_eq(replaced.times, counter_first);
	ck_assert_uint_eq(other.times, !counter_first);
	sp_finish(kit.waiting[counter_first ? 1 : 0], SP_OK);
	sp_testing_turn(testing);
	ck_assert_int_eq(replaced.status, SP_OK);
	ck_assert_int_eq(other.status, SP_OK);
	ck_assert_uint_eq(replaced.times + other.times, 2);
	ck_assert_int_eq(call_integer(testing, "counter.add", "{\"by\": 1}", "value"), 11);
	kit.waiting_count = 0;
	called_finish(&second);
	close_held(testing);
}

START_TEST(two_plugins_are_replaced_at_the_same_time) /* R-PL-5 */
{
	replace_two(true);
	replace_two(false);
}
END_TEST

START_TEST(name_that_is_taken_meanwhile_is_a_conflict) /* R-PL-5, R-PL-1 */
{
	sp_testing *testing = kit_open_counter(&one, &counter);

	called_begin(&in_flight, testing, "counter.wait", NULL);
	kit_plugin(&two, &counter_two_component, "counter", "2");
	built_add(&two, &plain_two_component, "thing");
	ck_assert_int_eq(replaced_begin(&replaced, counter, &two, NULL), SP_OK);
	sp_testing_turn(testing);
	built_load(&third, testing, &plain_one_component, "thing");
	kit_release(testing);
	ck_assert_int_eq(replaced.status, SP_CONFLICT);
	ck_assert_ptr_nonnull(strstr(replaced.error.message, "thing"));
	ck_assert_int_eq(call_integer(testing, "thing.version", NULL, "value"), 1);
	ck_assert_int_eq(call_integer(testing, "counter.version", NULL, "value"), 1);
	close_held(testing);
}
END_TEST

START_TEST(lease_is_waited_for) /* R-CM-4, R-PL-5 (c) */
{
	sp_testing *testing = kit_open_counter(&one, &counter);

	built_load(&third, testing, &user_component, NULL);
	ck_assert_str_eq(call_code(testing, "user.lease", NULL), "ok");
	kit_begin_two(&replaced, &two, counter);
	sp_testing_turn(testing);
	ck_assert_uint_eq(replaced.times, 0);
	ck_assert_str_eq(call_code(testing, "user.unlease", NULL), "ok");
	ck_assert_int_eq(replaced.status, SP_OK);
	ck_assert_uint_eq(replaced.times, 1);
	ck_assert_int_eq(call_integer(testing, "counter.add", "{\"by\": 1}", "value"), 2);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(worker_that_uses_a_service_is_waited_for) /* R-CM-4, R-PL-5 (c) */
{
	sp_testing *testing = kit_open_counter(&one, &counter);
	struct called toil;

	built_load(&fourth, testing, &worker_component, NULL);
	sp_testing_hold_work(testing, true);
	called_begin(&toil, testing, "worker.toil", NULL);
	kit_begin_two(&replaced, &two, counter);
	sp_testing_turn(testing);
	ck_assert_uint_eq(replaced.times, 0);
	sp_testing_work(testing);
	ck_assert_int_eq(replaced.status, SP_OK);
	ck_assert_uint_eq(replaced.times, 1);
	ck_assert_int_eq(called_integer(&toil, "value"), 1);
	called_finish(&toil);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(call_on_behalf_of_one_inside_passes) /* R-PL-5 (b) */
{
	sp_testing *testing = open_held();
	struct called native, rest;

	called_begin(&native, testing, "user.relay", "{\"value\": 0}");
	sp_testing_turn(testing);
	ck_assert_int_eq(called_integer(&native, "value"), 1);
	kit_release(testing);
	ck_assert_int_eq(replaced.status, SP_OK);
	called_begin(&rest, testing, "user.relay", "{\"value\": 2}");
	sp_testing_turn(testing);
	ck_assert_int_eq(called_integer(&rest, "value"), 2);
	called_finish(&native);
	called_finish(&rest);
	close_held(testing);
}
END_TEST

START_TEST(call_that_continues_one_inside_passes) /* R-PL-5 (b) */
{
	sp_testing *testing = kit_open_counter(&one, &counter);
	struct called chain;

	built_load(&fourth, testing, &worker_component, NULL);
	called_begin(&chain, testing, "worker.chain", NULL);
	called_begin(&in_flight, testing, "counter.wait", NULL);
	kit_begin_two(&replaced, &two, counter);
	sp_testing_turn(testing);
	sp_finish(kit.waiting[0], SP_OK); /* the chain goes on while the counter is held */
	sp_testing_turn(testing);
	ck_assert_int_eq(called_integer(&chain, "value"), 1);
	ck_assert_uint_eq(replaced.times, 0);
	sp_finish(kit.waiting[1], SP_OK);
	sp_testing_turn(testing);
	ck_assert_int_eq(replaced.status, SP_OK);
	called_finish(&chain);
	close_held(testing);
}
END_TEST

START_TEST(work_of_its_own_is_waited_for) /* R-PL-5 (c) */
{
	sp_testing *testing = kit_open_counter(&one, &counter);

	user = built_load(&third, testing, &user_component, NULL);
	ck_assert_str_eq(call_code(testing, "user.begin", NULL), "ok");
	begin(&replaced, user, &fifth, &user_component, "user");
	sp_testing_turn(testing);
	ck_assert_uint_eq(replaced.times, 0);
	sp_testing_advance(testing, 1000);
	ck_assert_int_eq(replaced.status, SP_TIMEOUT);
	begin(&replaced, user, &fifth, &user_component, "user");
	sp_testing_turn(testing);
	ck_assert_uint_eq(replaced.times, 0);
	sp_testing_advance(testing, 1000);
	ck_assert_str_eq(call_code(testing, "user.end", NULL), "ok");
	begin(&replaced, user, &fifth, &user_component, "user");
	sp_testing_turn(testing);
	ck_assert_int_eq(replaced.status, SP_OK);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(provider_that_leaves_meanwhile_is_missed_afterwards) /* R-CM-5, R-PL-5 */
{
	sp_testing *testing = kit_open_counter(&one, &counter);
	struct called second;

	user = built_load(&third, testing, &user_component, NULL);
	called_begin(&second, testing, "user.wait", NULL);
	begin(&replaced, user, &fifth, &user_component, "user");
	sp_testing_turn(testing);
	sp_testing_remove(testing, counter);
	ck_assert_uint_eq(replaced.times, 0);
	built_load(&fourth, testing, &follower_component, NULL); /* what is about to go is offered to nobody new */
	ck_assert_str_eq(sp_testing_state(testing, "follower"), "waiting");
	kit_release(testing);
	ck_assert_int_eq(called_integer(&second, "value"), 1);
	ck_assert_uint_eq(replaced.times, 1);
	ck_assert_str_eq(sp_testing_state(testing, "user"), "waiting");
	ck_assert_str_eq(kit.diary + strlen(kit.diary) - 12, "deactivate1 ");
	ck_assert_ptr_null(strstr(kit.diary, "follower"));
	called_finish(&second);
	sp_testing_destroy(testing);
}
END_TEST

KIT_MAIN("replace_meanwhile", instance_that_waits_takes_the_new_version, instance_that_is_errored_takes_the_new_version,
	instance_that_comes_up_meanwhile_is_replaced_too, configuration_reaches_both_versions,
	configuration_reaches_a_version_that_alone_has_it, configuration_that_the_new_version_refuses_ends_it,
	two_plugins_are_replaced_at_the_same_time, name_that_is_taken_meanwhile_is_a_conflict, lease_is_waited_for,
	worker_that_uses_a_service_is_waited_for, call_on_behalf_of_one_inside_passes,
	call_that_continues_one_inside_passes, work_of_its_own_is_waited_for,
	provider_that_leaves_meanwhile_is_missed_afterwards)
