/* check_body_acts.c: computeds, effects, timers, watches and subscriptions of an instance. */
#include "kernel_kit.h"
#include "model.h"
#include "testing_loop.h"
#include "voices.h"

#include <string.h>

SP_RECORD(pair, (string, left), (integer, right));

/* clang-format off */
SP_COMPONENT(clockwork,
	(timer, once),
	(timer, often, .every_ms = 10),
	(timer, faulty),
	(deactivate),
	(runnable, start, number, nothing),
	(runnable, stop, nothing, nothing),
	(runnable, break_down, nothing, nothing));

SP_COMPONENT(watcher_, (watch, look), (activate));

SP_COMPONENT(reactor,
	(signal, integer, a, .otherwise = 1),
	(signal, integer, b, .otherwise = 2),
	(computed, integer, sum),
	(computed, string, text),
	(computed, any, json),
	(computed, integer, careless),
	(effect, first),
	(effect, second),
	(effect, third),
	(runnable, set_both, pair, nothing),
	(runnable, read_careless, nothing, number),
	(runnable, show, nothing, words));

SP_COMPONENT(endless, (signal, integer, a), (signal, integer, b), (effect, ping), (effect, pong),
	(runnable, go, nothing, number));
SP_COMPONENT(sickly, (signal, integer, state), (effect, ache), (runnable, set, number, nothing));
SP_COMPONENT(critic, (provide, voice));
SP_COMPONENT(tolerant, (one, voice, critic), (computed, integer, verdict), (runnable, show, nothing, number));
/* clang-format on */

static sp_status clockwork_once(SP_UNUSED struct clockwork *self)
{
	diary_add("once");
	return SP_OK;
}

static sp_status clockwork_often(struct clockwork *self)
{
	diary_add("%d", (int)sp_now_ms(self->rt));
	return SP_OK;
}

static sp_status clockwork_faulty(struct clockwork *self)
{
	return sp_fail(self->rt, SP_FAILED, "a cog is missing");
}

static sp_status clockwork_deactivate(struct clockwork *self)
{
	diary_add("-clockwork");
	return sp_timer_start(self->once, 5);
}

static sp_status clockwork_start(struct clockwork *self, const struct number *in)
{
	return sp_timer_start(self->once, in->value);
}

static sp_status clockwork_stop(struct clockwork *self)
{
	sp_timer_stop(self->once);
	sp_timer_stop(self->often);
	return SP_OK;
}

static sp_status clockwork_break_down(struct clockwork *self)
{
	return sp_timer_start(self->faulty, 0);
}

static sp_status watcher__look(struct watcher_ *self, int fd, unsigned events)
{
	diary_add("fd:%d events:%u", fd, events);
	return fd ? SP_OK : sp_fail(self->rt, SP_FAILED, "nobody there");
}

static sp_status watcher__activate(struct watcher_ *self)
{
	sp_status status = sp_watch_start(self->look, 0, SP_READABLE | SP_WRITABLE);

	sp_watch_stop(self->look);
	return status;
}

static int64_t reactor_sum(const struct reactor *self)
{
	diary_add("sum");
	return sp_get(self->a) + sp_get(self->b);
}

static const char *reactor_text(const struct reactor *self)
{
	return sp_format(self->rt, "the sum is %d", (int)sp_get(self->sum));
}

static json_t *reactor_json(const struct reactor *self)
{
	return json_integer(sp_get(self->sum));
}

static int64_t reactor_careless(const struct reactor *self)
{
	int64_t value = 7;

	ck_assert_int_eq(sp_node_write(self->a.node, &value), SP_CONFLICT);
	return 1;
}

static sp_status reactor_first(struct reactor *self)
{
	diary_add("first:%d", (int)sp_get(self->sum));
	return SP_OK;
}

static sp_status reactor_second(struct reactor *self)
{
	diary_add("second:%s", sp_get(self->text) + strlen("the sum is "));
	return SP_OK;
}

static sp_status reactor_third(struct reactor *self)
{
	diary_add("third:%d", (int)sp_get(self->a));
	return SP_OK;
}

static sp_status reactor_set_both(struct reactor *self, const struct pair *in)
{
	sp_set(self->a, in->right);
	sp_set(self->b, 3 - in->right);
	diary_add("set");
	return SP_OK;
}

static sp_status reactor_read_careless(struct reactor *self, struct number *out)
{
	out->value = sp_get(self->careless);
	return SP_OK;
}

static sp_status reactor_show(struct reactor *self, struct words *out)
{
	out->text = sp_format(self->rt, "%s, %d", sp_get(self->text), (int)json_integer_value(sp_get(self->json)));
	return SP_OK;
}

static sp_status endless_ping(struct endless *self)
{
	return sp_set(self->b, sp_get(self->a) ? sp_peek(self->b) + 1 : 0);
}

static sp_status endless_pong(struct endless *self)
{
	return sp_get(self->b) ? sp_set(self->a, sp_peek(self->a) + 1) : SP_OK;
}

static sp_status endless_go(struct endless *self, struct number *out)
{
	out->value = sp_peek(self->a);
	return sp_set(self->a, 1);
}

static sp_status sickly_ache(struct sickly *self)
{
	int64_t state = sp_get(self->state);

	diary_add("%d", (int)state);
	return state ? sp_fail(self->rt, SP_FAILED, "ache %d", (int)state) : SP_OK;
}

static sp_status sickly_set(struct sickly *self, const struct number *in)
{
	return sp_set(self->state, in->value);
}

static const char *critic_say(const struct voice *service)
{
	sp_fail(sp_self(critic, service)->rt, SP_FAILED, "I do not like it");
	return NULL;
}
SP_SERVICE(critic, voice, .say = critic_say);

static int64_t tolerant_verdict(const struct tolerant *self)
{
	const struct voice *critic = sp_get(self->critic);

	return critic->say(critic) ? 1 : -1;
}

static sp_status tolerant_show(struct tolerant *self, struct number *out)
{
	out->value = sp_get(self->verdict);
	return SP_OK;
}

KIT_PLUGIN(clockwork, &clockwork_component);
KIT_PLUGIN(watcher_, &watcher__component);
KIT_PLUGIN(reactor, &reactor_component);
KIT_PLUGIN(endless, &endless_component);
KIT_PLUGIN(sickly, &sickly_component);
KIT_PLUGIN(critic, &critic_component);
KIT_PLUGIN(tolerant, &tolerant_component);

START_TEST(timers_fire)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &clockwork_plugin);
	sp_testing_advance(world, 9);
	ck_assert_str_eq(diary_take(), "");
	sp_testing_advance(world, 26);
	ck_assert_str_eq(diary_take(), "10 20 30");
	world_call(world, "clockwork.start", "{\"value\":20}");
	sp_testing_advance(world, 4);
	world_call(world, "clockwork.start", "{\"value\":20}");
	sp_testing_advance(world, 19);
	ck_assert_str_eq(diary_take(), "40 50");
	sp_testing_advance(world, 1);
	ck_assert_str_eq(diary_take(), "once");
	sp_testing_advance(world, 100);
	ck_assert_uint_eq(times_in(diary_take(), "once"), 0);
	world_call(world, "clockwork.start", "{\"value\":20}");
	world_call(world, "clockwork.stop", NULL);
	sp_testing_advance(world, 100);
	ck_assert_str_eq(diary_take(), "");
	sp_testing_destroy(world);
}
END_TEST

/* What would be over only after the end of time is as good as never; what is below 0 is at once. */
START_TEST(a_timer_may_be_very_long)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &clockwork_plugin);
	world_call(world, "clockwork.stop", NULL);
	world_call(world, "clockwork.start", "{\"value\":9223372036854775807}");
	sp_testing_advance(world, 1000);
	ck_assert_str_eq(diary_take(), "");
	world_call(world, "clockwork.start", "{\"value\":-9223372036854775807}");
	sp_testing_turn(world);
	ck_assert_str_eq(diary_take(), "once");
	sp_testing_destroy(world);
}
END_TEST

START_TEST(a_failing_timer_is_told)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &clockwork_plugin);
	world_call(world, "clockwork.break_down", NULL);
	ck_assert_ptr_nonnull(
		strstr(sp_testing_log(world, true), "error clockwork: timer faulty failed: a cog is missing\n"));
	sp_testing_destroy(world);
}
END_TEST

/* R-CM-9: nothing fires after deactivate, though it was started there. */
START_TEST(timers_end_with_their_instance)
{
	sp_testing *world = world_open(NULL);
	sp_plugin_handle *clockwork = world_add(world, &clockwork_plugin);

	world_call(world, "clockwork.start", "{\"value\":20}");
	sp_testing_remove(world, clockwork);
	sp_testing_advance(world, 100);
	ck_assert_str_eq(diary_take(), "-clockwork");
	sp_testing_destroy(world);
}
END_TEST

START_TEST(watches_start_and_stop)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &watcher__plugin);
	ck_assert_str_eq(sp_testing_state(world, "watcher-"), "active");
	sp_testing_destroy(world);
}
END_TEST

/* What the kernel gave the loop to call when a descriptor is ready. */
static void (*ready)(void *user, int fd, unsigned events);
static void *ready_user;

static void *take_watch(void *loop, void (*call)(void *user, int fd, unsigned events), void *user)
{
	ready = call;
	ready_user = user;
	return testing_loop_ops()->watch_create(loop, call, user);
}

static void take_log(SP_UNUSED void *user, SP_UNUSED enum sp_level level, const char *instance, const char *message)
{
	diary_add("%s: %s", instance, message);
}

START_TEST(watches_report)
{
	struct sp_loop_ops ops = *testing_loop_ops();
	struct sp_kernel_options options = { .struct_size = sizeof options, .ops = &ops, .log = take_log };
	sp_kernel *kernel;

	ops.watch_create = take_watch;
	options.loop = testing_loop_create();
	kernel = sp_kernel_create(&options, NULL);
	ck_assert_int_eq(sp_kernel_add(kernel, &watcher__plugin, NULL, NULL, NULL), SP_OK);
	sp_kernel_boot(kernel);
	testing_loop_turn(options.loop);
	ready(ready_user, 7, SP_READABLE);
	ck_assert_str_eq(diary_take(), "fd:7 events:1");
	ready(ready_user, 0, SP_WRITABLE);
	ck_assert_str_eq(diary_take(), "fd:0 events:2 watcher-: watch look failed: nobody there");
	sp_kernel_destroy(kernel);
	testing_loop_destroy(options.loop);
}
END_TEST

/* R-RX-4, R-RX-5: effects run after the handler, once, in order; a computed whose value stays wakes nobody. */
START_TEST(effects_follow_a_handler)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &reactor_plugin);
	ck_assert_str_eq(diary_take(), "sum first:3 second:3 third:1");
	world_call(world, "reactor.set_both", "{\"right\":5}");
	ck_assert_str_eq(diary_take(), "set sum third:5");
	ck_assert_str_eq(world_call(world, "reactor.show", NULL), "the sum is 3, 3");
	ck_assert_str_eq(diary_take(), "");
	sp_testing_destroy(world);
}
END_TEST

/* R-RX-5, R-RX-3: a set inside a computed is refused with both names, and the runnable that reads it fails with
 * that. */
START_TEST(a_computed_cannot_set)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &reactor_plugin);
	ck_assert_str_eq(world_call_fails(world, "reactor.read_careless", "conflict"),
		"a cannot be set by careless: a computed only reads; set it in an effect");
	sp_testing_destroy(world);
}
END_TEST

/* R-RX-6: two that wake each other are stopped and named, and the daemon goes on. */
START_TEST(a_runaway_wave_is_stopped)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &endless_plugin);
	world_call(world, "endless.go", NULL);
	ck_assert_ptr_nonnull(strstr(sp_testing_log(world, true),
		"error kernel: stopped a wave after 100 rounds: these keep each other awake: ping, pong\n"));
	ck_assert_str_eq(sp_testing_state(world, "endless"), "active");
	world_call(world, "endless.go", NULL);
	sp_testing_destroy(world);
}
END_TEST

/* A failing effect is told with its words, and its instance is ailing until it succeeds. */
START_TEST(a_failing_effect_is_told)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &sickly_plugin);
	world_call(world, "sickly.set", "{\"value\":1}");
	ck_assert_ptr_nonnull(strstr(sp_testing_log(world, true), "error sickly: effect ache failed: ache 1\n"));
	ck_assert_int_eq(sp_kernel_state(sp_testing_kernel(world)), SP_KERNEL_DEGRADED);
	ck_assert_str_eq(world_text(world, "sickly", "reason"), "ache 1");
	world_call(world, "sickly.set", "{\"value\":0}");
	ck_assert_int_eq(sp_kernel_state(sp_testing_kernel(world)), SP_KERNEL_HEALTHY);
	ck_assert_str_eq(diary_take(), "0 1 0");
	sp_testing_destroy(world);
}
END_TEST

/* What a service says of itself does not fail the computed that asked it. */
START_TEST(a_service_fails_for_itself)
{
	sp_testing *world = world_open(NULL);
	json_t *answer;

	world_add(world, &critic_plugin);
	world_add(world, &tolerant_plugin);
	answer = sp_testing_call_new(world, "tolerant.show", NULL);
	ck_assert_int_eq(json_integer_value(json_object_get(json_object_get(answer, "data"), "value")), -1);
	json_decref(answer);
	sp_testing_destroy(world);
}
END_TEST

int main(void)
{
	const TTest *const cases[] = { timers_fire, a_timer_may_be_very_long, a_failing_timer_is_told,
		timers_end_with_their_instance, watches_start_and_stop, watches_report, effects_follow_a_handler,
		a_computed_cannot_set, a_runaway_wave_is_stopped, a_failing_effect_is_told,
		a_service_fails_for_itself };

	return kit_run("body_acts", cases, sizeof cases / sizeof cases[0]);
}
