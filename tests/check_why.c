/* check_why.c: why an effect ran: from the write through the computeds to the effect (R-RX-11). */
#include "desk.h"

#include <stdio.h>
#include <string.h>

/* The chain as "write desk.motto by ..., computed desk.title, effect desk.print", and its reason behind "; ". */
static const char *why(sp_testing *world, const char *effect)
{
	static char text[1024];
	struct sp_error error = { 0 };
	json_t *answer = sp_kernel_why_new(sp_testing_kernel(world), effect, &error);
	const json_t *step;
	size_t i;
	int used = 0;

	ck_assert_msg(answer != NULL, "%s: %s", effect, error.message);
	ck_assert_str_eq(json_string_value(json_object_get(answer, "effect")), effect);
	text[0] = '\0';
	json_array_foreach(json_object_get(answer, "chain"), i, step) {
		const char *by = json_string_value(json_object_get(step, "by"));

		used += snprintf(text + used, sizeof text - (size_t)used, "%s%s %s.%s%s%s", used ? ", " : "",
			json_string_value(json_object_get(step, "kind")),
			json_string_value(json_object_get(step, "owner")),
			json_string_value(json_object_get(step, "node")), by ? " by " : "", by ? by : "");
	}
	snprintf(text + used, sizeof text - (size_t)used, "; %s", json_string_value(json_object_get(answer, "reason")));
	json_decref(answer);
	return text;
}

static const char *no_why(sp_testing *world, const char *effect)
{
	static struct sp_error error;

	ck_assert_ptr_null(sp_kernel_why_new(sp_testing_kernel(world), effect, &error));
	ck_assert_int_eq(error.code, SP_NOT_FOUND);
	return error.message;
}

START_TEST(chain_is_known_without_a_trace)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &desk_plugin);
	ck_assert_str_eq(why(world, "desk.print"), "effect desk.print; it ran for the first time");
	ck_assert_int_eq(sp_testing_set(world, "components.desk.motto", "\"less\""), SP_OK);
	ck_assert_str_eq(why(world, "desk.print"),
		"write desk.motto by configuration: components.desk.motto, computed desk.title, effect desk.print; ");
	world_call(world, "desk.set", "{\"value\":1}");
	ck_assert_str_eq(why(world, "desk.follow"), "write desk.count, effect desk.follow; ");
	sp_testing_destroy(world);
}
END_TEST

START_TEST(trace_tells_who_wrote)
{
	sp_testing *world = world_open(NULL);
	sp_trace_watch *watch;

	world_add(world, &desk_plugin);
	watch = sp_kernel_trace_watch(sp_testing_kernel(world), NULL, NULL);
	world_call(world, "desk.set", "{\"value\":1}");
	ck_assert_str_eq(why(world, "desk.follow"), "write desk.count by desk.set (call), effect desk.follow; ");
	sp_trace_watch_destroy(watch);
	ck_assert_str_eq(why(world, "desk.follow"), "write desk.count, effect desk.follow; ");
	sp_testing_destroy(world);
}
END_TEST

static json_int_t in_step(const json_t *answer, size_t step, const char *member)
{
	const json_t *value = json_object_get(json_array_get(json_object_get(answer, "chain"), step), member);

	return value ? json_integer_value(value) : -1;
}

START_TEST(times_are_told)
{
	sp_testing *world = world_open(NULL);
	sp_kernel *kernel = sp_testing_kernel(world);
	sp_trace_watch *watch;
	json_t *answer;

	world_add(world, &desk_plugin);
	sp_testing_advance(world, 1000);
	world_call(world, "desk.set", "{\"value\":1}");
	answer = sp_kernel_why_new(kernel, "desk.follow", NULL);
	ck_assert_int_eq(in_step(answer, 0, "time_ms"), -1);
	ck_assert_int_ge(in_step(answer, 1, "time_ms"), 1000);
	ck_assert_int_ge(in_step(answer, 1, "duration_ns"), 0);
	ck_assert_int_eq(json_integer_value(json_object_get(answer, "runs")), 2);
	ck_assert(json_is_false(json_object_get(answer, "failed")));
	ck_assert(json_is_false(json_object_get(answer, "traced")));
	json_decref(answer);
	watch = sp_kernel_trace_watch(kernel, NULL, NULL);
	world_call(world, "desk.set", "{\"value\":2}");
	answer = sp_kernel_why_new(kernel, "desk.follow", NULL);
	ck_assert_int_eq(in_step(answer, 0, "time_ms"), in_step(answer, 1, "time_ms"));
	ck_assert(json_is_true(json_object_get(answer, "traced")));
	json_decref(answer);
	sp_trace_watch_destroy(watch);
	sp_testing_destroy(world);
}
END_TEST

/* An effect that reads one signal at a time. */
SP_COMPONENT(fickle, (signal, integer, which), (signal, integer, left), (effect, look),
	(runnable, turn, nothing, nothing),
	(runnable, push, nothing, nothing));

static sp_status fickle_look(struct fickle *self)
{
	if (sp_peek(self->which) == 0)
		return sp_get(self->left) >= 0 ? SP_OK : SP_FAILED;
	return sp_get(self->which) > 0 ? SP_OK : SP_FAILED;
}

static sp_status fickle_turn(struct fickle *self)
{
	return sp_set(self->which, 1);
}

static sp_status fickle_push(struct fickle *self)
{
	return sp_set(self->left, sp_get(self->left) + 1);
}

KIT_PLUGIN(fickle, &fickle_component);

START_TEST(what_is_not_read_any_more_is_not_named)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &fickle_plugin);
	world_call(world, "fickle.push", NULL);
	ck_assert_str_eq(why(world, "fickle.look"), "write fickle.left, effect fickle.look; ");
	world_call(world, "fickle.turn", NULL);
	world_call(world, "fickle.push", NULL);
	ck_assert_str_eq(why(world, "fickle.look"),
		"effect fickle.look; something changed that it does not read any more");
	sp_testing_destroy(world);
}
END_TEST

START_TEST(unknown_effects_are_refused)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &desk_plugin);
	ck_assert_ptr_nonnull(strstr(no_why(world, "nobody.print"), "there is no effect nobody.print"));
	ck_assert_ptr_nonnull(strstr(no_why(world, "desk"), "there is no effect desk; 'signalctl graph'"));
	ck_assert_ptr_nonnull(strstr(no_why(world, "desk.sing"), "desk has no effect sing"));
	ck_assert_ptr_nonnull(strstr(no_why(world, "desk.title"), "desk has no effect title"));
	ck_assert_ptr_nonnull(strstr(no_why(world, ""), "there is no effect"));
	sp_testing_destroy(world);
}
END_TEST

SP_COMPONENT(lonely, (one, voice, friend), (effect, sigh));

static sp_status lonely_sigh(SP_UNUSED struct lonely *self)
{
	return SP_OK;
}

KIT_PLUGIN(lonely, &lonely_component);

START_TEST(who_waits_has_no_effects)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &lonely_plugin);
	ck_assert_ptr_nonnull(strstr(no_why(world, "lonely.sigh"), "lonely is not active"));
	sp_testing_destroy(world);
}
END_TEST

int main(void)
{
	const TTest *const cases[] = { chain_is_known_without_a_trace, trace_tells_who_wrote, times_are_told,
		what_is_not_read_any_more_is_not_named, unknown_effects_are_refused, who_waits_has_no_effects };

	return kit_run("why", cases, sizeof cases / sizeof cases[0]);
}
