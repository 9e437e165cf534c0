/* replace_kit.c: two versions of a component with state, one without, and a diary of what they did. */
#include "replace_kit.h"

#include <stdio.h>
#include <string.h>

/* clang-format off */
SP_RECORD(step, (integer, by, .required = true));
SP_RECORD(counted, (integer, count, .required = true), (string, label), (any, note));
SP_RECORD(counted_twice, (integer, half, .required = true), (integer, rest));
SP_RECORD(counted_thrice, (integer, third));

SP_COMPONENT(counter_one,
	(property, string, label, .otherwise = "a"),
	(signal, integer, count),
	(provide, counts),
	(state, counted, 1),
	(activate),
	(deactivate),
	(health),
	(timer, wake),
	(member, sp_call *, sleeper),
	(subscribe, hear, "drum.*"),
	(effect, follow),
	(runnable, version, nothing, number),
	(runnable, add, number, number),
	(runnable, old_only, nothing, nothing),
	(later, wait, nothing, number),
	(later, nap, nothing, nothing),
	(blocking, toil, nothing, number));

SP_COMPONENT(counter_two,
	(property, string, label, .otherwise = "b"),
	(signal, integer, count),
	(provide, counts),
	(state, counted_twice, 2),
	(old_state, counted, 1),
	(activate),
	(deactivate),
	(health),
	(timer, wake),
	(subscribe, hear, "drum.*"),
	(effect, follow),
	(runnable, version, nothing, number),
	(runnable, add, step, number),
	(runnable, extra, nothing, nothing),
	(later, wait, nothing, number),
	(blocking, toil, nothing, number));

SP_COMPONENT(counter_three,
	(state, counted_thrice, 3),
	(runnable, version, nothing, number));

SP_COMPONENT(plain_one,
	(timer, wake),
	(timer, beat, .every_ms = 10),
	(member, sp_call *, sleeper),
	(member, sp_call *, listener),
	(runnable, version, nothing, number),
	(later, wait, nothing, number),
	(later, nap, nothing, nothing),
	(later, follow_beat, nothing, nothing));

SP_COMPONENT(plain_two,
	(runnable, version, nothing, number));

SP_COMPONENT(needy,
	(one, lack, lacked),
	(runnable, version, nothing, number));

SP_COMPONENT(ear, (subscribe, hear, "drum.*"));

SP_COMPONENT(filler, (provide, lack));
/* clang-format on */

struct replace_kit kit;

void kit_write(const char *format, ...)
{
	size_t used = strlen(kit.diary);
	va_list arguments;

	if (kit.silent)
		return;
	va_start(arguments, format);
	vsnprintf(kit.diary + used, sizeof(kit.diary) - used, format, arguments);
	va_end(arguments);
	strncat(kit.diary, " ", sizeof(kit.diary) - strlen(kit.diary) - 1);
}

void kit_expect(const char *diary)
{
	ck_assert_str_eq(kit.diary, diary);
	kit.diary[0] = '\0';
}

void kit_release(sp_testing *testing)
{
	while (kit.waiting_count)
		sp_finish(kit.waiting[--kit.waiting_count], SP_OK);
	sp_testing_turn(testing);
}

void kit_plugin(struct built *built, const struct sp_component *component, const char *name, const char *version)
{
	built_begin(built, name, version);
	built_add(built, component, name);
}

sp_testing *kit_open_counter(struct built *built, sp_plugin_handle **ret_plugin)
{
	sp_testing *testing = sp_testing_create(NULL);

	*ret_plugin = built_load(built, testing, &counter_one_component, "counter");
	kit.diary[0] = '\0';
	return testing;
}

void kit_begin_two(struct replaced *replaced, struct built *built, sp_plugin_handle *plugin)
{
	kit_plugin(built, &counter_two_component, "counter", "2");
	ck_assert_int_eq(replaced_begin(replaced, plugin, built, NULL), SP_OK);
}

static sp_status fail_at(sp_runtime *rt, enum kit_fault fault)
{
	return kit.fault == fault ? sp_fail(rt, SP_FAILED, "fault %d", (int)fault) : SP_OK;
}

static sp_status wait_for_release(sp_call *call, struct number *out, int64_t version)
{
	kit.waiting[kit.waiting_count++] = call;
	out->value = version;
	return SP_LATER;
}

/* ---- counter, version 1 ------------------------------------------------------------------------------------------ */

static int64_t one_version(SP_UNUSED const struct counts *counts)
{
	return 1;
}

static int64_t one_count(const struct counts *counts)
{
	return sp_get(sp_self(counter_one, counts)->count);
}

static void one_add(const struct counts *counts, int64_t value)
{
	struct counter_one *self = sp_self(counter_one, counts);

	sp_set(self->count, sp_peek(self->count) + value);
}

SP_SERVICE(counter_one, counts, .version = one_version, .count = one_count, .add = one_add);

static sp_status counter_one_snapshot(struct counter_one *self, struct counted *out)
{
	kit_write("snapshot1");
	out->count = sp_peek(self->count);
	out->label = sp_peek(self->label);
	out->note = json_string("kept");
	return fail_at(self->rt, KIT_SNAPSHOT);
}

static sp_status counter_one_restore(struct counter_one *self, const struct counted *in)
{
	kit_write("restore1");
	sp_set(self->label, in->label);
	return sp_set(self->count, in->count);
}

static sp_status counter_one_activate(struct counter_one *self)
{
	kit_write("activate1");
	return sp_set(self->count, 0);
}

static sp_status counter_one_deactivate(struct counter_one *self SP_UNUSED)
{
	kit_write("deactivate1");
	return SP_OK;
}

static sp_status counter_one_health(struct counter_one *self SP_UNUSED)
{
	return SP_OK;
}

static sp_status counter_one_wake(struct counter_one *self)
{
	if (self->sleeper)
		sp_finish(self->sleeper, SP_OK);
	self->sleeper = NULL;
	return SP_OK;
}

static sp_status counter_one_hear(struct counter_one *self, const sp_event *event)
{
	kit_write("1:%s", event->type);
	return sp_set(self->count, sp_peek(self->count) + 100);
}

static sp_status counter_one_follow(struct counter_one *self)
{
	kit_write("count1=%d", (int)sp_get(self->count));
	return SP_OK;
}

static sp_status counter_one_version(struct counter_one *self SP_UNUSED, struct number *out)
{
	out->value = 1;
	return SP_OK;
}

static sp_status counter_one_add(struct counter_one *self, const struct number *in, struct number *out)
{
	out->value = sp_peek(self->count) + in->value;
	return sp_set(self->count, out->value);
}

static sp_status counter_one_old_only(struct counter_one *self SP_UNUSED)
{
	return SP_OK;
}

static sp_status counter_one_wait(struct counter_one *self SP_UNUSED, sp_call *call, struct number *out)
{
	return wait_for_release(call, out, 1);
}

static sp_status counter_one_nap(struct counter_one *self, sp_call *call)
{
	self->sleeper = call;
	sp_timer_start(self->wake, 100);
	return SP_LATER;
}

static sp_status counter_one_toil(const struct counter_one *self, sp_call *call SP_UNUSED, struct number *out)
{
	out->value = 1000 + sp_peek(self->count);
	return SP_OK;
}

/* ---- counter, version 2 and 3 ------------------------------------------------------------------------------------ */

static int64_t two_version(SP_UNUSED const struct counts *counts)
{
	return 2;
}

static int64_t two_count(const struct counts *counts)
{
	return sp_get(sp_self(counter_two, counts)->count);
}

static void two_add(const struct counts *counts, int64_t value)
{
	struct counter_two *self = sp_self(counter_two, counts);

	sp_set(self->count, sp_peek(self->count) + value);
}

SP_SERVICE(counter_two, counts, .version = two_version, .count = two_count, .add = two_add);

static sp_status counter_two_snapshot(struct counter_two *self, struct counted_twice *out)
{
	out->half = sp_peek(self->count) / 2;
	out->rest = sp_peek(self->count) % 2;
	return SP_OK;
}

static sp_status counter_two_restore(struct counter_two *self, const struct counted_twice *in)
{
	kit_write("restore2");
	return sp_set(self->count, 2 * in->half + in->rest);
}

static sp_status counter_two_restore_1(struct counter_two *self, const struct counted *in)
{
	kit_write("restore2from1:%s", json_string_value(in->note));
	sp_set(self->label, in->label);
	sp_set(self->count, in->count);
	return fail_at(self->rt, KIT_RESTORE);
}

static sp_status counter_two_activate(struct counter_two *self)
{
	kit_write("activate2");
	if (kit.fault == KIT_TIMER)
		sp_timer_start(self->wake, 10);
	return fail_at(self->rt, KIT_ACTIVATE);
}

static sp_status counter_two_deactivate(struct counter_two *self SP_UNUSED)
{
	kit_write("deactivate2");
	return SP_OK;
}

static sp_status counter_two_health(struct counter_two *self)
{
	return fail_at(self->rt, KIT_HEALTH);
}

static sp_status counter_two_wake(struct counter_two *self SP_UNUSED)
{
	kit_write("woke2");
	return SP_OK;
}

static sp_status counter_two_hear(struct counter_two *self, const sp_event *event)
{
	kit_write("2:%s", event->type);
	return sp_set(self->count, sp_peek(self->count) + 100);
}

static sp_status counter_two_follow(struct counter_two *self)
{
	kit_write("count2=%d", (int)sp_get(self->count));
	return SP_OK;
}

static sp_status counter_two_version(struct counter_two *self SP_UNUSED, struct number *out)
{
	out->value = 2;
	return SP_OK;
}

static sp_status counter_two_add(struct counter_two *self, const struct step *in, struct number *out)
{
	out->value = sp_peek(self->count) + in->by;
	return sp_set(self->count, out->value);
}

static sp_status counter_two_extra(struct counter_two *self SP_UNUSED)
{
	return SP_OK;
}

static sp_status counter_two_wait(struct counter_two *self SP_UNUSED, sp_call *call, struct number *out)
{
	return wait_for_release(call, out, 2);
}

static sp_status counter_two_toil(const struct counter_two *self, sp_call *call SP_UNUSED, struct number *out)
{
	out->value = 2000 + sp_peek(self->count);
	return SP_OK;
}

static sp_status counter_three_snapshot(struct counter_three *self SP_UNUSED, struct counted_thrice *out SP_UNUSED)
{
	return SP_OK;
}

static sp_status counter_three_restore(struct counter_three *self SP_UNUSED, const struct counted_thrice *in SP_UNUSED)
{
	return SP_OK;
}

static sp_status counter_three_version(struct counter_three *self SP_UNUSED, struct number *out)
{
	out->value = 3;
	return SP_OK;
}

/* ---- the others -------------------------------------------------------------------------------------------------- */

static sp_status plain_one_wake(struct plain_one *self)
{
	if (self->sleeper)
		sp_finish(self->sleeper, SP_OK);
	self->sleeper = NULL;
	return SP_OK;
}

/* Every fifth beat ends the call that follows it. */
static sp_status plain_one_beat(struct plain_one *self)
{
	static int beats;

	if (!self->listener || ++beats % 5)
		return SP_OK;
	sp_finish(self->listener, SP_OK);
	self->listener = NULL;
	return SP_OK;
}

static sp_status plain_one_version(struct plain_one *self SP_UNUSED, struct number *out)
{
	out->value = 1;
	return SP_OK;
}

static sp_status plain_one_wait(struct plain_one *self SP_UNUSED, sp_call *call, struct number *out)
{
	return wait_for_release(call, out, 1);
}

static sp_status plain_one_nap(struct plain_one *self, sp_call *call)
{
	self->sleeper = call;
	sp_timer_start(self->wake, 100);
	return SP_LATER;
}

static sp_status plain_one_follow_beat(struct plain_one *self, sp_call *call)
{
	self->listener = call;
	return SP_LATER;
}

static sp_status plain_two_version(struct plain_two *self SP_UNUSED, struct number *out)
{
	out->value = 2;
	return SP_OK;
}

static sp_status needy_version(struct needy *self SP_UNUSED, struct number *out)
{
	out->value = 3;
	return SP_OK;
}

SP_SERVICE(filler, lack, .kind = "filled");

static sp_status ear_hear(struct ear *self SP_UNUSED, const sp_event *event)
{
	kit_write("ear:%s", event->type);
	return SP_OK;
}
