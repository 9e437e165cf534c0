/* check_kernel.c: a kernel's states, its stop, and its end (R-CM-2, R-CM-3, R-CM-10). */
#include "alloc.h"
#include "kernel.h"
#include "kernel_kit.h"
#include "testing_loop.h"
#include "voices.h"

#include <string.h>

VOICE(anna, 10, "en");

/* clang-format off */
SP_COMPONENT(pupil, (one, voice, teacher), (activate), (deactivate), (effect, follow));
SP_COMPONENT(moody,
	(member, int, tries),
	(activate),
	(health, .every_ms = 100),
	(runnable, work, nothing, nothing));
SP_COMPONENT(slow, (later, wait, nothing, nothing), (deactivate));
SP_COMPONENT(reader,
	(signal, integer, divisor, .otherwise = 1),
	(computed, integer, quotient),
	(effect, follow),
	(runnable, read, nothing, number),
	(runnable, recover, nothing, number),
	(runnable, divide_by, number, nothing));
SP_COMPONENT(sloppy, (signal, any, notes), (runnable, scribble, nothing, nothing));
/* clang-format on */

static sp_status pupil_activate(SP_UNUSED struct pupil *self)
{
	diary_add("+pupil");
	return SP_OK;
}

static sp_status pupil_deactivate(struct pupil *self)
{
	const struct voice *teacher = sp_get(self->teacher);

	diary_add("-pupil:%s", teacher->say(teacher));
	return SP_OK;
}

static sp_status pupil_follow(struct pupil *self)
{
	return sp_get(self->teacher) ? SP_OK : SP_FAILED;
}

static int mood;

static sp_status moody_activate(struct moody *self)
{
	return mood == 1 ? sp_fail(self->rt, SP_FAILED, "not today") : SP_OK;
}

static sp_status moody_health(struct moody *self)
{
	return mood == 2 ? sp_fail(self->rt, SP_FAILED, "a headache") : SP_OK;
}

static sp_status moody_work(SP_UNUSED struct moody *self)
{
	return SP_OK;
}

static sp_call *slow_call;

static sp_status slow_wait(SP_UNUSED struct slow *self, sp_call *call)
{
	slow_call = call;
	return SP_LATER;
}

static sp_status slow_deactivate(SP_UNUSED struct slow *self)
{
	diary_add("-slow");
	return SP_OK;
}

static int64_t reader_quotient(const struct reader *self)
{
	if (sp_get(self->divisor) == 0)
		return sp_fail(self->rt, SP_UNAVAILABLE, "cannot divide by 0");
	return 100 / sp_get(self->divisor);
}

static sp_status reader_follow(struct reader *self)
{
	diary_add("quotient:%d", (int)sp_get(self->quotient));
	return SP_OK;
}

static sp_status reader_read(struct reader *self, struct number *out)
{
	out->value = sp_get(self->quotient);
	return SP_OK;
}

static sp_status reader_recover(struct reader *self, struct number *out)
{
	out->value = sp_node_error(self->quotient.node) ? -1 : sp_peek(self->quotient);
	return SP_OK;
}

static sp_status reader_divide_by(struct reader *self, const struct number *in)
{
	return sp_set(self->divisor, in->value);
}

static sp_status sloppy_scribble(struct sloppy *self)
{
	json_t *notes = json_object();

	sp_set(self->notes, notes);
	json_object_set_new(notes, "more", json_true());
	return sp_peek(self->notes) ? SP_OK : SP_FAILED;
}

KIT_PLUGIN(sloppy, &sloppy_component);
KIT_PLUGIN(pupil, &pupil_component);
KIT_PLUGIN(moody, &moody_component);
KIT_PLUGIN(slow, &slow_component);
KIT_PLUGIN(reader, &reader_component);

/* A kernel of the test's own, not booted. */
struct bare {
	struct testing_loop *loop;
	sp_kernel *kernel;
};

static void bare_open(struct bare *bare)
{
	bare->loop = testing_loop_create();
	bare->kernel = sp_kernel_create(&(struct sp_kernel_options){ .struct_size = sizeof(struct sp_kernel_options),
						.ops = testing_loop_ops(),
						.loop = bare->loop },
		NULL);
	ck_assert_ptr_nonnull(bare->kernel);
}

static void bare_close(struct bare *bare)
{
	sp_kernel_destroy(bare->kernel);
	testing_loop_destroy(bare->loop);
}

static sp_plugin_handle *bare_add(struct bare *bare, const struct sp_plugin *plugin)
{
	sp_plugin_handle *handle;

	ck_assert_int_eq(sp_kernel_add(bare->kernel, plugin, NULL, &handle, NULL), SP_OK);
	testing_loop_turn(bare->loop);
	return handle;
}

static void note_stopped(SP_UNUSED void *user)
{
	diary_add("stopped");
}

static const char *kernel_events(sp_testing *world)
{
	static char states[512];
	const char *at = sp_testing_events(world, true);

	states[0] = '\0';
	while ((at = strstr(at, "kernel.state ")) != NULL) {
		at += strlen("kernel.state ");
		strncat(states, at, strcspn(at, "\n") + 1);
	}
	return states;
}

/* R-CM-2 */
START_TEST(nothing_activates_before_the_boot)
{
	struct bare bare;
	sp_plugin_handle *anna;

	bare_open(&bare);
	anna = bare_add(&bare, &anna_plugin);
	ck_assert_int_eq(sp_kernel_state(bare.kernel), SP_KERNEL_CREATED);
	ck_assert_str_eq(diary_take(), "");
	bare_add(&bare, &pupil_plugin);
	sp_kernel_remove(anna);
	testing_loop_turn(bare.loop);
	bare_add(&bare, &anna_plugin);
	sp_kernel_boot(bare.kernel);
	ck_assert_int_eq(sp_kernel_state(bare.kernel), SP_KERNEL_BOOTING);
	testing_loop_turn(bare.loop);
	ck_assert_int_eq(sp_kernel_state(bare.kernel), SP_KERNEL_HEALTHY);
	ck_assert_str_eq(diary_take(), "+anna +pupil");
	sp_kernel_boot(bare.kernel);
	ck_assert_int_eq(sp_kernel_state(bare.kernel), SP_KERNEL_HEALTHY);
	sp_kernel_stop(bare.kernel, note_stopped, NULL);
	testing_loop_turn(bare.loop);
	ck_assert_str_eq(diary_take(), "-pupil:anna -anna stopped");
	ck_assert_int_eq(sp_kernel_state(bare.kernel), SP_KERNEL_STOPPED);
	bare_close(&bare);
}
END_TEST

static void count_states(void *count, SP_UNUSED const sp_event *event)
{
	++*(unsigned *)count;
}

/* R-CM-2: of as many instances as make more events than may wait, each change is told, and that all is well. */
START_TEST(every_change_of_many_is_told)
{
	enum { MANY = 4000, CHANGES = 3 * MANY };
	struct bare bare;
	unsigned changes = 0, states = 0;
	char name[32];

	bare_open(&bare);
	sp_kernel_subscribe(bare.kernel, "component.state", count_states, &changes);
	sp_kernel_subscribe(bare.kernel, "kernel.state", count_states, &states);
	bare_add(&bare, &moody_plugin);
	for (int i = 1; i < MANY; i++) {
		snprintf(name, sizeof name, "moody-%d", i);
		ck_assert_int_eq(sp_kernel_instantiate(bare.kernel,
					 &(struct sp_instance_options){ sizeof(struct sp_instance_options), "moody",
						 name, NULL },
					 NULL),
			SP_OK);
	}
	sp_kernel_boot(bare.kernel);
	testing_loop_turn(bare.loop);
	ck_assert_int_eq(sp_kernel_state(bare.kernel), SP_KERNEL_HEALTHY);
	ck_assert_uint_eq(changes, CHANGES);
	ck_assert_uint_eq(states, 2);
	ck_assert_uint_eq(bare.kernel->bus.dropped, 0);
	ck_assert_uint_eq(bare.kernel->dead_letter_count, 0);
	sp_kernel_stop(bare.kernel, note_stopped, NULL);
	testing_loop_turn(bare.loop);
	ck_assert_str_eq(diary_take(), "stopped");
	bare_close(&bare);
}
END_TEST

/* R-CM-10: healthy only if nothing that was asked for is errored; retry tries again. */
START_TEST(the_state_tells_the_truth)
{
	sp_testing *world = world_open(NULL);
	sp_kernel *kernel = sp_testing_kernel(world);
	sp_plugin_handle *moody;
	struct sp_error error;

	ck_assert_str_eq(kernel_events(world),
		"{\"from\":\"created\",\"to\":\"booting\"}\n{\"from\":\"booting\",\"to\":\"healthy\"}\n");
	mood = 1;
	moody = world_add(world, &moody_plugin);
	ck_assert_int_eq(sp_kernel_state(kernel), SP_KERNEL_DEGRADED);
	ck_assert_str_eq(kernel_events(world),
		"{\"from\":\"healthy\",\"to\":\"degraded\",\"reasons\":[\"moody: activate: not today\"]}\n");
	ck_assert_int_eq(sp_kernel_retry(kernel, "moody", &error), SP_OK);
	sp_testing_turn(world);
	ck_assert_int_eq(sp_kernel_state(kernel), SP_KERNEL_DEGRADED);
	mood = 0;
	ck_assert_int_eq(sp_kernel_retry(kernel, "moody", &error), SP_OK);
	sp_testing_turn(world);
	ck_assert_int_eq(sp_kernel_state(kernel), SP_KERNEL_HEALTHY);
	ck_assert_str_eq(kernel_events(world), "{\"from\":\"degraded\",\"to\":\"healthy\"}\n");
	ck_assert_int_eq(sp_kernel_retry(kernel, "moody", &error), SP_CONFLICT);
	ck_assert_str_eq(error.message, "moody is active, not errored");
	ck_assert_int_eq(sp_kernel_retry(kernel, "nobody", &error), SP_NOT_FOUND);
	ck_assert_str_eq(error.message, "there is no instance nobody; 'signalctl component list' lists them");
	sp_testing_remove(world, moody);
	sp_testing_destroy(world);
}
END_TEST

START_TEST(removal_of_what_is_errored_heals)
{
	sp_testing *world = world_open(NULL);
	sp_plugin_handle *moody;

	mood = 1;
	moody = world_add(world, &moody_plugin);
	sp_testing_remove(world, moody);
	ck_assert_int_eq(sp_kernel_state(sp_testing_kernel(world)), SP_KERNEL_HEALTHY);
	sp_testing_destroy(world);
}
END_TEST

/* A health hook that fails degrades, and says why, until it succeeds or its instance goes. */
START_TEST(health_is_part_of_it)
{
	sp_testing *world = world_open(NULL);
	sp_kernel *kernel = sp_testing_kernel(world);
	sp_plugin_handle *moody;

	mood = 0;
	moody = world_add(world, &moody_plugin);
	mood = 2;
	sp_testing_advance(world, 100);
	ck_assert_int_eq(sp_kernel_state(kernel), SP_KERNEL_DEGRADED);
	ck_assert_str_eq(world_text(world, "moody", "reason"), "a headache");
	ck_assert_ptr_nonnull(strstr(sp_testing_events(world, true),
		"component.health {\"instance\":\"moody\",\"healthy\":false,\"reason\":\"a headache\"}\n"));
	ck_assert_ptr_nonnull(strstr(sp_testing_log(world, false), "error moody: a headache\n"));
	sp_testing_advance(world, 100);
	ck_assert_uint_eq(times_in(sp_testing_log(world, true), "a headache"), 1);
	mood = 0;
	sp_testing_advance(world, 100);
	ck_assert_int_eq(sp_kernel_state(kernel), SP_KERNEL_HEALTHY);
	ck_assert_str_eq(world_text(world, "moody", "reason"), "");
	ck_assert_ptr_nonnull(strstr(sp_testing_events(world, true),
		"component.health {\"instance\":\"moody\",\"healthy\":true,\"reason\":\"\"}\n"));
	mood = 2;
	sp_testing_advance(world, 100);
	sp_testing_remove(world, moody);
	ck_assert_int_eq(sp_kernel_state(kernel), SP_KERNEL_HEALTHY);
	sp_testing_destroy(world);
}
END_TEST

START_TEST(a_sick_instance_does_not_activate)
{
	sp_testing *world = world_open(NULL);

	mood = 2;
	world_add(world, &moody_plugin);
	ck_assert_str_eq(sp_testing_state(world, "moody"), "errored");
	ck_assert_str_eq(world_text(world, "moody", "reason"), "health: a headache");
	sp_testing_destroy(world);
}
END_TEST

/* A drain refuses new calls, lets those inside end, and activates nothing any more. */
START_TEST(draining_refuses_calls)
{
	sp_testing *world = world_open(NULL);
	sp_kernel *kernel = sp_testing_kernel(world);

	world_add(world, &slow_plugin);
	world_begin(world, "slow.wait");
	sp_kernel_drain(kernel);
	ck_assert_int_eq(sp_kernel_state(kernel), SP_KERNEL_DRAINING);
	ck_assert_str_eq(world_call_fails(world, "slow.wait", "unavailable"), "signalpyd is draining");
	sp_call_finish(slow_call, SP_OK);
	world_add(world, &anna_plugin);
	ck_assert_str_eq(sp_testing_state(world, "anna"), "discovered");
	ck_assert_str_eq(diary_take(), "answered");
	sp_testing_destroy(world);
}
END_TEST

/* Who looks at the state needs no callback; and a kernel that has stopped stops again at once. */
START_TEST(a_stop_may_tell_nobody)
{
	struct bare bare;

	bare_open(&bare);
	bare_add(&bare, &slow_plugin);
	sp_kernel_boot(bare.kernel);
	testing_loop_turn(bare.loop);
	sp_kernel_stop(bare.kernel, NULL, NULL);
	testing_loop_turn(bare.loop);
	ck_assert_int_eq(sp_kernel_state(bare.kernel), SP_KERNEL_STOPPED);
	diary_take();
	sp_kernel_stop(bare.kernel, note_stopped, NULL);
	testing_loop_turn(bare.loop);
	ck_assert_str_eq(diary_take(), "stopped");
	bare_close(&bare);
}
END_TEST

/* Whatever a call does, a stop ends, a moment after the drain's deadline; what the call left is freed with the
 * kernel. */
START_TEST(a_stop_ends_in_time)
{
	struct bare bare;

	bare_open(&bare);
	bare_add(&bare, &slow_plugin);
	sp_kernel_boot(bare.kernel);
	testing_loop_turn(bare.loop);
	kernel_begin(bare.kernel, "slow.wait");
	sp_kernel_stop(bare.kernel, note_stopped, NULL);
	testing_loop_advance(bare.loop, INT64_C(9999) * 1000000);
	ck_assert_str_eq(diary_take(), "");
	testing_loop_advance(bare.loop, 1000000);
	ck_assert_str_eq(diary_take(), "the component was stopped before it answered");
	testing_loop_advance(bare.loop, 1000000);
	ck_assert_str_eq(diary_take(), "stopped");
	bare_close(&bare);
	ck_assert_str_eq(diary_take(), "-slow");
}
END_TEST

/* Destroyed without a stop: consumers end before their providers all the same. */
START_TEST(destruction_needs_no_stop)
{
	struct bare bare;

	bare_open(&bare);
	bare_add(&bare, &anna_plugin);
	bare_add(&bare, &pupil_plugin);
	bare_add(&bare, &slow_plugin);
	sp_kernel_boot(bare.kernel);
	testing_loop_turn(bare.loop);
	kernel_begin(bare.kernel, "slow.wait");
	diary_take();
	bare_close(&bare);
	ck_assert_str_eq(diary_take(), "the component was stopped before it answered -slow -pupil:anna -anna");
	sp_kernel_destroy(NULL);
}
END_TEST

/* R-RX-3: a handler that reads a computed which failed, fails with its error; one that asks for the error does not. */
START_TEST(a_failed_read_fails_the_handler)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &reader_plugin);
	world_call(world, "reader.read", NULL);
	ck_assert_str_eq(diary_take(), "quotient:100");
	world_call(world, "reader.divide_by", "{\"value\":0}");
	ck_assert_str_eq(world_call_fails(world, "reader.read", "unavailable"), "cannot divide by 0");
	world_call(world, "reader.recover", NULL);
	ck_assert_uint_eq(times_in(sp_testing_log(world, true), "effect follow failed: cannot divide by 0"), 1);
	diary_take();
	world_call(world, "reader.divide_by", "{\"value\":4}");
	world_call(world, "reader.read", NULL);
	ck_assert_str_eq(diary_take(), "quotient:25");
	sp_testing_destroy(world);
}
END_TEST

/* R-RX-2: a debug build says which signal's json was changed behind its back. */
START_TEST(a_value_that_was_changed_is_told)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &sloppy_plugin);
	sp_testing_log(world, true);
	world_call(world, "sloppy.scribble", NULL);
	ck_assert_str_eq(sp_testing_log(world, true),
		IN_DEBUG_BUILDS("error sloppy: the json value of notes was changed after it was set, and nobody was "
				"told: set a changed copy instead\n"));
	sp_testing_destroy(world);
}
END_TEST

START_TEST(creation_may_fail_anywhere)
{
	struct testing_loop *loop = testing_loop_create();
	const struct sp_kernel_options options = { .struct_size = sizeof options,
		.ops = testing_loop_ops(),
		.loop = loop };
	struct sp_error error;
	sp_kernel *kernel = NULL;

	sp_alloc_install();
	for (long allowed = 0; !kernel; allowed++) {
		sp_alloc_fail_after(allowed);
		kernel = sp_kernel_create(&options, &error);
		sp_alloc_fail_after(-1);
		ck_assert(kernel || error.code == SP_NO_MEMORY);
		ck_assert_int_lt(allowed, 100);
	}
	sp_kernel_destroy(kernel);
	testing_loop_destroy(loop);
}
END_TEST

START_TEST(states_have_words)
{
	static const char *const words[] = { "created", "booting", "healthy", "degraded", "draining", "stopped" };

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		ck_assert_str_eq(kernel_state_word((enum sp_kernel_state)i), words[i]);
}
END_TEST

START_TEST(a_host_service_needs_a_head)
{
	static const struct voice headless;
	static const struct sp_contract longest = { sizeof longest, 1,
		"AContractOfTheHostWhoseNameIsLongerThanAnyNameOfAContractHasAReasonToBeWhichIsOneHundredAndTwentyEightBytesWithItsMajorNumberAndItsEnd",
		8 };
	static const struct voice table = { .service = { .size = sizeof table } };
	struct bare bare;

	bare_open(&bare);
	ck_assert_int_eq(sp_kernel_provide(bare.kernel, &voice_contract, &headless, NULL, 0), SP_INVALID);
	ck_assert_int_eq(sp_kernel_provide(bare.kernel, &longest, &table, NULL, 0), SP_INVALID);
	sp_alloc_fail_after(0);
	ck_assert_int_eq(sp_kernel_provide(bare.kernel, &voice_contract, &table, NULL, 0), SP_NO_MEMORY);
	sp_alloc_fail_after(1);
	ck_assert_int_eq(sp_kernel_provide(bare.kernel, &voice_contract, &table, NULL, 0), SP_NO_MEMORY);
	sp_alloc_fail_after(-1);
	ck_assert_int_eq(sp_kernel_provide(bare.kernel, &voice_contract, &table, NULL, 0), SP_OK);
	bare_close(&bare);
}
END_TEST

int main(void)
{
	const TTest *const cases[] = { nothing_activates_before_the_boot, every_change_of_many_is_told,
		the_state_tells_the_truth, removal_of_what_is_errored_heals, health_is_part_of_it,
		a_sick_instance_does_not_activate, draining_refuses_calls, a_stop_may_tell_nobody, a_stop_ends_in_time,
		destruction_needs_no_stop, a_failed_read_fails_the_handler, a_value_that_was_changed_is_told,
		creation_may_fail_anywhere, states_have_words, a_host_service_needs_a_head };

	return kit_run("kernel", cases, sizeof cases / sizeof cases[0]);
}
