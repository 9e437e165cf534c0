/* check_replace_switch.c: the switch itself: state, services and who is bound to them, places, addresses, and what
 * stays with the old version. */
#include "replace_kit.h"

#include <string.h>

#include "alloc.h"

/* clang-format off */
/* Everybody who can be bound to a counter. */
SP_COMPONENT(reader,
	(one, counts, one),
	(optional, counts, best, .filter = "(label=a)"),
	(all, counts, every),
	(map, counts, by_label, .by = "label"),
	(effect, follow_one),
	(effect, follow_best),
	(effect, follow_every),
	(effect, follow_label),
	(runnable, ask, nothing, number),
	(deactivate));

/* Another counter, younger. */
SP_COMPONENT(rival, (property, string, label, .otherwise = "r"), (provide, counts));

/* Two components that need each other's services and live in one plugin. */
struct chat {
	struct sp_service service;
	int64_t (*say)(const struct chat *chat);
};
SP_CONTRACT(chat, "IChat", 1);

SP_COMPONENT(asker,
	(one, chat, chat),
	(activate),
	(deactivate),
	(effect, listen));
SP_COMPONENT(teller, (provide, chat), (member, int64_t, fill), (health));
SP_COMPONENT(teller_two, (provide, chat), (member, int64_t, fill), (health));

SP_COMPONENT(left, (provide, chat), (optional, counts, counts), (deactivate));
SP_COMPONENT(right, (provide, counts), (optional, chat, chat), (deactivate), (health));

SP_COMPONENT(path_a, (rest, .prefix = "a"), (runnable, go, nothing, nothing));
SP_COMPONENT(path_b, (rest, .prefix = "b"), (runnable, go, nothing, nothing));
/* clang-format on */

static sp_status reader_follow_one(struct reader *self)
{
	const struct counts *counts = sp_get(self->one);

	kit_write("one:%d=%d", (int)counts->version(counts), (int)counts->count(counts));
	return SP_OK;
}

static sp_status reader_follow_best(struct reader *self)
{
	const struct counts *counts = sp_get(self->best);

	kit_write("best:%d", counts ? (int)counts->version(counts) : 0);
	return SP_OK;
}

static sp_status reader_follow_every(struct reader *self)
{
	sp_each(counts, each, self->every)
		kit_write("each:%d", (int)each->version(each));
	return SP_OK;
}

static sp_status reader_follow_label(struct reader *self)
{
	const struct counts *a = sp_at(self->by_label, "a"), *b = sp_at(self->by_label, "b");

	kit_write("a:%d,b:%d", a ? (int)a->version(a) : 0, b ? (int)b->version(b) : 0);
	return SP_OK;
}

static sp_status reader_ask(struct reader *self, struct number *out)
{
	const struct counts *counts = sp_peek(self->one);

	out->value = counts->version(counts);
	return SP_OK;
}

static sp_status reader_deactivate(struct reader *self)
{
	const struct counts *counts = sp_peek(self->one);

	kit_write("reader-off:%d", (int)counts->version(counts));
	return SP_OK;
}

static int64_t nine(const struct counts *counts SP_UNUSED)
{
	return 9;
}

SP_SERVICE(rival, counts, .version = nine, .count = nine);

static int64_t teller_say(const struct chat *chat)
{
	return chat->service.consumer ? 1 : 0;
}

static int64_t teller_two_say(const struct chat *chat SP_UNUSED)
{
	return 2;
}

SP_SERVICE(teller, chat, .say = teller_say);
SP_SERVICE(teller_two, chat, .say = teller_two_say);
SP_SERVICE(left, chat, .say = teller_say);
SP_SERVICE(right, counts, .version = nine, .count = nine);

static sp_status teller_health(struct teller *self SP_UNUSED)
{
	return SP_OK;
}

static sp_status teller_two_health(struct teller_two *self)
{
	return kit.fault == KIT_HEALTH ? sp_fail(self->rt, SP_FAILED, "ill") : SP_OK;
}

static sp_status asker_activate(struct asker *self)
{
	const struct chat *chat = sp_peek(self->chat);

	kit_write("activate:%d", (int)chat->say(chat));
	return kit.fault == KIT_ACTIVATE ? SP_FAILED : SP_OK;
}

static sp_status asker_deactivate(struct asker *self)
{
	const struct chat *chat = sp_peek(self->chat);

	kit_write("deactivate:%d", (int)chat->say(chat));
	return SP_OK;
}

static sp_status asker_listen(struct asker *self)
{
	const struct chat *chat = sp_get(self->chat);

	kit_write("listen:%d", (int)chat->say(chat));
	return SP_OK;
}

static sp_status left_deactivate(struct left *self)
{
	const struct counts *counts = sp_peek(self->counts);

	kit_write("left-off:%d", counts ? (int)counts->version(counts) : 0);
	return SP_OK;
}

static sp_status right_deactivate(struct right *self)
{
	const struct chat *chat = sp_peek(self->chat);

	kit_write("right-off:%d", chat ? (int)chat->say(chat) : 0);
	return SP_OK;
}

static sp_status right_health(struct right *self)
{
	return kit.fault == KIT_HEALTH ? sp_fail(self->rt, SP_FAILED, "ill") : SP_OK;
}

static sp_status path_a_go(struct path_a *self SP_UNUSED)
{
	return SP_OK;
}

static sp_status path_b_go(struct path_b *self SP_UNUSED)
{
	return SP_OK;
}

static struct built one, two, third, fourth;
static sp_plugin_handle *counter;

static sp_status replace_with(sp_testing *testing, sp_plugin_handle **plugin, struct built *built,
	const struct sp_component *component, const char *name)
{
	kit_plugin(built, component, name, "2");
	return sp_testing_replace(testing, plugin, &built->plugin, NULL);
}

START_TEST(state_of_the_same_version_goes_over) /* R-PL-6 */
{
	sp_testing *testing = kit_open_counter(&one, &counter);

	ck_assert_int_eq(call_integer(testing, "counter.add", "{\"value\": 7}", "value"), 7);
	ck_assert_int_eq(replace_with(testing, &counter, &two, &counter_two_component, "counter"), SP_OK);
	ck_assert_int_eq(replace_with(testing, &counter, &third, &counter_two_component, "counter"), SP_OK);
	kit_expect("count1=7 activate2 snapshot1 restore2from1:kept count2=7 deactivate1 activate2 restore2 count2=7 "
		   "deactivate2 ");
	ck_assert_int_eq(call_integer(testing, "counter.add", "{\"by\": 1}", "value"), 8);
	ck_assert_ptr_nonnull(strstr(sp_testing_log(testing, false), "state carried over"));
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(without_state_the_old_version_ends_its_calls) /* R-PL-5 (f) */
{
	sp_testing *testing = sp_testing_create(NULL);
	struct called in_flight, nap;
	unsigned gone;
	sp_plugin_handle *plain = built_load_counted(&one, testing, &plain_one_component, &gone);

	called_begin(&in_flight, testing, "plain-one.wait", NULL);
	called_begin(&nap, testing, "plain-one.nap", NULL);
	ck_assert_int_eq(replace_with(testing, &plain, &two, &plain_two_component, "plain_one"), SP_OK);
	ck_assert_int_eq(call_integer(testing, "plain-one.version", NULL, "value"), 2);
	ck_assert_uint_eq(gone + in_flight.times + nap.times, 0);
	sp_testing_advance(testing, 100);
	ck_assert_str_eq(nap.code, "ok");
	ck_assert_uint_eq(gone, 0);
	kit_release(testing);
	ck_assert_int_eq(called_integer(&in_flight, "value"), 1);
	ck_assert_uint_eq(gone, 1);
	ck_assert_ptr_null(strstr(sp_testing_log(testing, false), "state carried over"));
	called_finish(&in_flight);
	called_finish(&nap);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(periodic_timer_of_the_old_version_serves_its_calls) /* R-PL-5 (f) */
{
	sp_testing *testing = sp_testing_create(NULL);
	sp_plugin_handle *plain = built_load(&one, testing, &plain_one_component, "plain");
	struct called called;

	called_begin(&called, testing, "plain.follow_beat", NULL);
	ck_assert_int_eq(replace_with(testing, &plain, &two, &plain_two_component, "plain"), SP_OK);
	sp_testing_advance(testing, 60);
	ck_assert_str_eq(called.code, "ok");
	called_finish(&called);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(calls_that_stay_too_long_are_given_up) /* R-PL-7 */
{
	sp_testing *testing = sp_testing_create(NULL);
	struct called in_flight;
	unsigned gone;
	sp_plugin_handle *plain = built_load_counted(&one, testing, &plain_one_component, &gone);

	called_begin(&in_flight, testing, "plain-one.wait", NULL);
	sp_testing_advance(testing, 5000);
	ck_assert_int_eq(replace_with(testing, &plain, &two, &plain_two_component, "plain_one"), SP_OK);
	sp_testing_advance(testing, 9999);
	ck_assert_uint_eq(in_flight.times, 0);
	sp_testing_advance(testing, 1);
	ck_assert_str_eq(in_flight.code, "unavailable");
	ck_assert_uint_eq(gone, 0);
	kit_release(testing);
	ck_assert_uint_eq(gone, 1);
	called_finish(&in_flight);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(consumers_of_every_shape_follow_in_one_wave) /* R-PL-5 (d), R-CM-4 */
{
	sp_testing *testing = kit_open_counter(&one, &counter);

	built_load(&third, testing, &reader_component, NULL);
	kit_expect("one:1=0 best:1 each:1 a:1,b:0 ");
	call_integer(testing, "counter.add", "{\"value\": 3}", "value");
	kit_expect("count1=3 one:1=3 ");
	ck_assert_int_eq(replace_with(testing, &counter, &two, &counter_two_component, "counter"), SP_OK);
	kit_expect("activate2 snapshot1 restore2from1:kept one:2=3 best:2 each:2 a:2,b:0 count2=3 deactivate1 ");
	ck_assert_str_eq(sp_testing_state(testing, "reader"), "active");
	ck_assert_int_eq(call_integer(testing, "reader.ask", NULL, "value"), 2);
	sp_testing_destroy(testing);
	kit_expect("reader-off:2 deactivate2 ");
}
END_TEST

START_TEST(replacement_keeps_its_age) /* R-PL-10, R-CM-6 */
{
	sp_testing *testing = kit_open_counter(&one, &counter);

	built_load(&third, testing, &rival_component, NULL);
	built_load(&fourth, testing, &reader_component, NULL);
	kit_expect("one:1=0 best:1 each:1 each:9 a:1,b:0 ");
	ck_assert_int_eq(replace_with(testing, &counter, &two, &counter_two_component, "counter"), SP_OK);
	kit_expect("activate2 snapshot1 restore2from1:kept one:2=0 best:2 each:2 each:9 a:2,b:0 count2=0 deactivate1 ");
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(replacement_keeps_its_place_among_subscribers) /* R-PL-10 */
{
	sp_testing *testing = kit_open_counter(&one, &counter);

	built_load(&third, testing, &ear_component, NULL);
	ck_assert_int_eq(replace_with(testing, &counter, &two, &counter_two_component, "counter"), SP_OK);
	kit.diary[0] = '\0';
	sp_kernel_publish(sp_testing_kernel(testing), "drum.x", NULL);
	sp_testing_turn(testing);
	kit_expect("2:drum.x count2=100 ear:drum.x ");
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(consumer_is_still_stopped_before_its_provider) /* R-PL-10, R-CM-3 */
{
	sp_testing *testing = kit_open_counter(&one, &counter);
	sp_plugin_handle *reader = built_load(&third, testing, &reader_component, NULL);

	ck_assert_int_eq(replace_with(testing, &reader, &fourth, &reader_component, "reader"), SP_OK);
	ck_assert_int_eq(replace_with(testing, &counter, &two, &counter_two_component, "counter"), SP_OK);
	kit.diary[0] = '\0';
	sp_testing_destroy(testing);
	kit_expect("reader-off:2 deactivate2 ");
}
END_TEST

/* asker and teller in one plugin, in either order. */
static void build_pair(struct built *built, bool asker_first, const struct sp_component *teller)
{
	built_begin(built, "pair", "1");
	if (asker_first)
		built_add(built, &asker_component, "asker");
	built_add(built, teller, "teller");
	if (!asker_first)
		built_add(built, &asker_component, "asker");
}

static void replace_pair(bool asker_first)
{
	sp_testing *testing = sp_testing_create(NULL);
	sp_plugin_handle *pair;
	struct replaced replaced;

	build_pair(&one, asker_first, &teller_component);
	pair = sp_testing_add(testing, &one.plugin, NULL);
	kit_expect("activate:1 listen:1 ");
	build_pair(&two, asker_first, &teller_two_component);
	kit.fault = KIT_ACTIVATE;
	ck_assert_int_eq(replaced_begin(&replaced, pair, &two, NULL), SP_OK);
	sp_testing_turn(testing);
	ck_assert_int_eq(replaced.status, SP_FAILED);
	kit_expect("activate:2 ");
	kit.fault = KIT_NO_FAULT;
	ck_assert_int_eq(sp_testing_replace(testing, &pair, &two.plugin, NULL), SP_OK);
	kit_expect("activate:2 listen:2 deactivate:1 ");
	sp_testing_destroy(testing);
	kit_expect("deactivate:2 ");
}

START_TEST(prepared_instance_sees_its_own_plugin_prepared) /* R-PL-10 */
{
	replace_pair(true);
	replace_pair(false);
}
END_TEST

START_TEST(what_was_prepared_leaves_consumers_first) /* R-PL-5, R-CM-3 */
{
	sp_testing *testing = sp_testing_create(NULL);
	sp_plugin_handle *trio;
	struct replaced replaced;

	build_pair(&one, true, &teller_component);
	built_add(&one, &counter_one_component, "counter");
	trio = sp_testing_add(testing, &one.plugin, NULL);
	kit.diary[0] = '\0';
	build_pair(&two, true, &teller_two_component);
	built_add(&two, &counter_two_component, "counter");
	kit.fault = KIT_RESTORE;
	ck_assert_int_eq(replaced_begin(&replaced, trio, &two, NULL), SP_OK);
	sp_testing_turn(testing);
	ck_assert_int_eq(replaced.status, SP_FAILED);
	ck_assert_uint_eq(replaced.gone, 1);
	kit_expect("activate2 activate:2 snapshot1 restore2from1:kept deactivate2 deactivate:2 ");
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(prepared_bodies_that_hold_each_other_leave_too) /* R-PL-5 */
{
	sp_testing *testing = sp_testing_create(NULL);
	sp_plugin_handle *ring;
	struct replaced replaced;

	built_begin(&one, "ring", "1");
	built_add(&one, &left_component, NULL);
	built_add(&one, &right_component, NULL);
	ring = sp_testing_add(testing, &one.plugin, NULL);
	two = one;
	two.plugin.components = two.list;
	kit.fault = KIT_HEALTH;
	ck_assert_int_eq(replaced_begin(&replaced, ring, &two, NULL), SP_OK);
	sp_testing_turn(testing);
	ck_assert_int_eq(replaced.status, SP_FAILED);
	ck_assert_uint_eq(replaced.gone, 1);
	kit.fault = KIT_NO_FAULT;
	kit.diary[0] = '\0';
	ck_assert_int_eq(sp_testing_replace(testing, &ring, &two.plugin, NULL), SP_OK);
	ck_assert_ptr_nonnull(strstr(kit.diary, "left-off"));
	ck_assert_ptr_nonnull(strstr(kit.diary, "right-off"));
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(components_come_and_go_with_a_version) /* R-PL-5 */
{
	sp_testing *testing = sp_testing_create(NULL);
	sp_plugin_handle *pair, *reader;
	struct sp_graph_counts before;

	built_begin(&one, "mixed", "1");
	built_add(&one, &counter_one_component, "counter");
	built_add(&one, &plain_one_component, "plain");
	pair = sp_testing_add(testing, &one.plugin, NULL);
	before = kernel_counts(testing);
	reader = built_load(&third, testing, &reader_component, NULL);
	built_begin(&two, "mixed", "2");
	built_add(&two, &ear_component, NULL);
	built_add(&two, &plain_two_component, "plain");
	ck_assert_int_eq(sp_testing_replace(testing, &pair, &two.plugin, NULL), SP_OK);
	ck_assert_str_eq(sp_testing_state(testing, "counter"), "");
	ck_assert_str_eq(sp_testing_state(testing, "ear"), "active");
	ck_assert_str_eq(sp_testing_state(testing, "reader"), "waiting");
	ck_assert_str_eq(call_code(testing, "counter.version", NULL), "not_found");
	ck_assert_int_eq(call_integer(testing, "plain.version", NULL, "value"), 2);
	ck_assert_int_eq(sp_testing_replace(testing, &pair, &one.plugin, NULL), SP_OK);
	ck_assert_str_eq(sp_testing_state(testing, "reader"), "active");
	ck_assert_str_eq(sp_testing_state(testing, "ear"), "");
	ck_assert_int_eq(call_integer(testing, "counter.version", NULL, "value"), 1);
	sp_testing_remove(testing, reader);
	ck_assert_uint_eq(kernel_counts(testing).nodes, before.nodes);
	sp_testing_destroy(testing);
}
END_TEST

static const char *at_path(sp_testing *testing, const char *path)
{
	const struct sp_gateway *gateway = sp_kernel_gateway(sp_testing_kernel(testing));
	const struct sp_exposed *exposed = gateway->find_rest(gateway, path, strlen(path));

	return exposed ? exposed->address : "";
}

static void build_paths(struct built *built, const struct sp_component *first, const struct sp_component *second)
{
	built_begin(built, "paths", "1");
	built_add(built, first, "first");
	if (second)
		built_add(built, second, "second");
}

START_TEST(paths_may_change_hands_inside_a_plugin) /* R-RN-7 */
{
	sp_testing *testing = sp_testing_create(NULL);
	sp_plugin_handle *paths;

	build_paths(&one, &path_a_component, &path_b_component);
	paths = sp_testing_add(testing, &one.plugin, NULL);
	ck_assert_str_eq(at_path(testing, "v1/a/go"), "first.go");
	build_paths(&two, &path_b_component, &path_a_component);
	ck_assert_int_eq(sp_testing_replace(testing, &paths, &two.plugin, NULL), SP_OK);
	ck_assert_str_eq(at_path(testing, "v1/a/go"), "second.go");
	ck_assert_str_eq(at_path(testing, "v1/b/go"), "first.go");
	build_paths(&one, &path_a_component, NULL);
	ck_assert_int_eq(sp_testing_replace(testing, &paths, &one.plugin, NULL), SP_OK);
	ck_assert_str_eq(at_path(testing, "v1/a/go"), "first.go");
	ck_assert_str_eq(at_path(testing, "v1/b/go"), "");
	build_paths(&two, &path_a_component, &path_a_component);
	ck_assert_int_eq(sp_testing_replace(testing, &paths, &two.plugin, NULL),
		SP_OK); /* the new component is errored */
	ck_assert_str_eq(sp_testing_state(testing, "second"), "errored");
	ck_assert_str_eq(at_path(testing, "v1/a/go"), "first.go");
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(path_of_another_is_a_conflict) /* R-RN-7 */
{
	sp_testing *testing = sp_testing_create(NULL);
	sp_plugin_handle *paths;

	built_load(&third, testing, &path_b_component, "holder");
	build_paths(&one, &path_a_component, NULL);
	paths = sp_testing_add(testing, &one.plugin, NULL);
	build_paths(&two, &path_b_component, NULL);
	ck_assert_int_eq(sp_testing_replace(testing, &paths, &two.plugin, NULL), SP_CONFLICT);
	ck_assert_str_eq(at_path(testing, "v1/b/go"), "holder.go");
	ck_assert_str_eq(at_path(testing, "v1/a/go"), "first.go");
	sp_testing_remove(testing, paths);
	build_paths(&one, &path_a_component, &path_b_component);
	paths = sp_testing_add(testing, &one.plugin, NULL);
	ck_assert_str_eq(sp_testing_state(testing, "second"), "errored");
	ck_assert_int_eq(sp_testing_replace(testing, &paths, &one.plugin, NULL), SP_OK); /* it was errored before */
	ck_assert_str_eq(sp_testing_state(testing, "second"), "errored");
	ck_assert_str_eq(at_path(testing, "v1/b/go"), "holder.go");
	build_paths(&two, &path_a_component, &path_a_component);
	ck_assert_int_eq(sp_testing_replace(testing, &paths, &two.plugin, NULL), SP_OK);
	ck_assert_str_eq(at_path(testing, "v1/a/go"), "first.go");
	sp_testing_destroy(testing);
}
END_TEST

/* One replacement with the nth allocation refused; whether there was an nth. */
static bool replace_without(long count, bool *ret_replaced)
{
	sp_testing *testing = kit_open_counter(&one, &counter);
	struct sp_graph_counts before, after;
	bool failed;

	built_load(&third, testing, &reader_component, NULL);
	call_integer(testing, "counter.add", "{\"value\": 5}", "value");
	before = kernel_counts(testing);
	kit_plugin(&two, &counter_two_component, "counter", "2");
	built_add(&two, &ear_component, NULL);
	sp_alloc_fail_after(count);
	*ret_replaced = sp_testing_replace(testing, &counter, &two.plugin, NULL) == SP_OK;
	failed = sp_alloc_has_failed();
	sp_alloc_fail_after(-1);
	after = kernel_counts(testing);
	if (*ret_replaced) {
		ck_assert_int_eq(call_integer(testing, "counter.add", "{\"by\": 1}", "value"), 6);
	} else {
		ck_assert_uint_eq(after.nodes, before.nodes);
		ck_assert_uint_eq(after.edges, before.edges);
		ck_assert_int_eq(call_integer(testing, "counter.add", "{\"value\": 1}", "value"), 6);
		ck_assert_str_eq(sp_testing_state(testing, "ear"), "");
	}
	ck_assert_str_eq(sp_testing_state(testing, "reader"), "active");
	sp_testing_destroy(testing);
	return failed;
}

START_TEST(any_allocation_may_fail) /* architecture: every allocation may fail */
{
	unsigned refused = 0;
	bool replaced = false;
	long count = 0;

	kit.silent = true;
	while (replace_without(count++, &replaced))
		refused += !replaced;
	ck_assert(replaced);
	ck_assert_uint_gt(refused, 50);
}
END_TEST

int main(void)
{
	const TTest *const cases[] = { state_of_the_same_version_goes_over,
		without_state_the_old_version_ends_its_calls, periodic_timer_of_the_old_version_serves_its_calls,
		calls_that_stay_too_long_are_given_up, consumers_of_every_shape_follow_in_one_wave,
		replacement_keeps_its_age, replacement_keeps_its_place_among_subscribers,
		consumer_is_still_stopped_before_its_provider, prepared_instance_sees_its_own_plugin_prepared,
		what_was_prepared_leaves_consumers_first, prepared_bodies_that_hold_each_other_leave_too,
		components_come_and_go_with_a_version, paths_may_change_hands_inside_a_plugin,
		path_of_another_is_a_conflict, any_allocation_may_fail };

	sp_alloc_install();
	return kit_run("replace_switch", cases, sizeof(cases) / sizeof(cases[0]));
}
