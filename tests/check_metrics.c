/* check_metrics.c: what is counted, and told through signalpy.introspection/1. */
#include "kernel_kit.h"
#include "runner.h"

#include <signalpy/gateway.h>
#include <signalpy/introspection.h>
#include <stdio.h>
#include <string.h>

/* clang-format off */
SP_RECORD(weight, (integer, grams, .required = true));

SP_COMPONENT(scales,
	(runnable, weigh, weight, nothing),
	(runnable, lose, nothing, nothing),
	(later,    wait, nothing, nothing, .timeout_ms = 2000),
	(blocking, rest, nothing, nothing),
	(member,   sp_call *, waiting));

SP_COMPONENT(dial,
	(one,      sp_introspection, introspection),
	(member,   int, unused),
	(activate));
/* clang-format on */

static sp_status scales_weigh(struct scales *self SP_UNUSED, const struct weight *in SP_UNUSED)
{
	return SP_OK;
}

static sp_status scales_lose(struct scales *self)
{
	return sp_fail(self->rt, SP_GONE, "lost");
}

static struct scales *the_scales;

static sp_status scales_wait(struct scales *self, sp_call *call)
{
	the_scales = self;
	self->waiting = call;
	return SP_LATER;
}

static sp_status scales_rest(const struct scales *self SP_UNUSED, sp_call *call SP_UNUSED)
{
	return SP_OK;
}

static struct dial *the_dial;

static sp_status dial_activate(struct dial *self)
{
	the_dial = self;
	return SP_OK;
}

KIT_PLUGIN(scales, &scales_component);
KIT_VERSION(newer, scales, "2.0.0", &scales_component);
KIT_PLUGIN(dial, &dial_component);

static sp_testing *world;
static sp_plugin_handle *plugin;

static void set_up(void)
{
	world = world_open(NULL);
	plugin = world_add(world, &scales_plugin);
	world_add(world, &dial_plugin);
	ck_assert_ptr_nonnull(the_dial);
}

static void tear_down(void)
{
	sp_testing_destroy(world);
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

struct search {
	const char *name, *labels;
	double value;
	uint64_t counts[16];
	unsigned found, visits;
};

static void write_labels(const char *const *labels, char *text, size_t size)
{
	text[0] = '\0';
	for (size_t used = 0; *labels; labels += 2, used = strlen(text))
		snprintf(text + used, size - used, "%s%s=%s", used ? " " : "", labels[0], labels[1]);
}

static bool look(void *user, const struct sp_metric *metric, const struct sp_sample *sample)
{
	struct search *search = user;
	char labels[256];

	search->visits++;
	write_labels(sample->labels, labels, sizeof labels);
	if (strcmp(metric->name, search->name) != 0 || strcmp(labels, search->labels) != 0)
		return true;
	search->found++;
	search->value = sample->value;
	if (sample->counts)
		memcpy(search->counts, sample->counts, (sample->bound_count + 1) * sizeof sample->counts[0]);
	return true;
}

static struct search search(const char *name, const char *labels)
{
	const struct sp_introspection *introspection = sp_peek(the_dial->introspection);
	struct search found = { .name = name, .labels = labels };

	introspection->each_sample(introspection, look, &found);
	ck_assert_uint_le(found.found, 1);
	return found;
}

static double value(const char *name, const char *labels)
{
	return search(name, labels).value;
}

static double calls(const char *runnable, const char *code)
{
	char labels[128];

	snprintf(labels, sizeof labels, "component=scales runnable=%s code=%s", runnable, code);
	return value("signalpy_calls", labels);
}

/* ---- tests ------------------------------------------------------------------------------------------------------- */

START_TEST(calls_are_counted_by_what_they_came_to)
{
	ck_assert_uint_eq(search("signalpy_calls", "component=scales runnable=weigh code=ok").found, 0);
	world_call(world, "scales.weigh", "{\"grams\":1}");
	world_call(world, "scales.weigh", "{\"grams\":2}");
	world_call_fails(world, "scales.weigh", "invalid_params");
	world_call_fails(world, "scales.lose", "failed");
	ck_assert_double_eq(calls("weigh", "ok"), 2);
	ck_assert_double_eq(calls("weigh", "invalid_params"), 1);
	ck_assert_double_eq(calls("lose", "failed"), 1);
	world_call_fails(world, "scales.fly", "not_found");
	ck_assert_double_eq(value("signalpy_calls", "component= runnable= code=not_found"), 1);
}
END_TEST

START_TEST(durations_fall_into_buckets)
{
	static const char labels[] = "component=scales runnable=wait";
	struct search found;

	for (unsigned i = 0; i < 2; i++) {
		world_begin(world, "scales.wait");
		sp_testing_advance(world, i ? 70 : 3);
		sp_finish(the_scales->waiting, SP_OK);
		sp_testing_turn(world);
	}
	found = search("signalpy_call_duration_seconds", labels);
	ck_assert_uint_eq(found.found, 1);
	ck_assert_double_eq_tol(found.value, 0.073, 1e-9);
	ck_assert_uint_eq(found.counts[3], 1); /* up to 5 ms */
	ck_assert_uint_eq(found.counts[6], 1); /* up to 100 ms */
	ck_assert_uint_eq(search("signalpy_call_duration_seconds", "component=scales runnable=weigh").found, 0);
}
END_TEST

/* A call that was answered early, or whose caller has gone, counts once. */
START_TEST(every_call_counts_once)
{
	sp_kernel *kernel = sp_testing_kernel(world);
	sp_call *ticket;

	world_begin(world, "scales.wait");
	sp_testing_advance(world, 2000);
	ck_assert_double_eq(calls("wait", "timeout"), 1);
	sp_finish(the_scales->waiting, SP_OK);
	sp_testing_turn(world);
	ck_assert_double_eq(calls("wait", "ok"), 0);
	ticket = world_begin(world, "scales.wait");
	sp_kernel_gateway(kernel)->cancel(sp_kernel_gateway(kernel), ticket);
	ck_assert_double_eq(calls("wait", "cancelled"), 1);
	ck_assert_double_eq(value("signalpy_calls_in_flight", ""), 1);
	sp_finish(the_scales->waiting, SP_OK);
	sp_testing_turn(world);
	ck_assert_double_eq(calls("wait", "ok"), 0);
	ck_assert_double_eq(value("signalpy_calls_in_flight", ""), 0);
}
END_TEST

START_TEST(calls_in_workers_are_counted_while_they_wait_and_run)
{
	sp_testing_hold_work(world, true);
	world_begin(world, "scales.rest");
	world_begin(world, "scales.rest");
	ck_assert_double_eq(value("signalpy_calls_in_workers", ""), 2);
	sp_testing_work(world);
	sp_testing_turn(world);
	ck_assert_double_eq(value("signalpy_calls_in_workers", ""), 0);
	ck_assert_double_eq(calls("rest", "ok"), 2);
}
END_TEST

/* What was counted is the component's, whichever version served. */
START_TEST(counters_survive_a_replacement_and_a_return)
{
	struct sp_error error;

	world_call(world, "scales.weigh", "{\"grams\":1}");
	ck_assert_int_eq(sp_testing_replace(world, &plugin, &newer_plugin, &error), SP_OK);
	world_call(world, "scales.weigh", "{\"grams\":1}");
	ck_assert_double_eq(calls("weigh", "ok"), 2);
	sp_testing_remove(world, plugin);
	ck_assert_double_eq(value("signalpy_plugins", ""), 1);
	world_add(world, &scales_plugin);
	world_call(world, "scales.weigh", "{\"grams\":1}");
	ck_assert_double_eq(calls("weigh", "ok"), 3);
	ck_assert_double_eq(value("signalpy_plugin_loads", ""), 3);
	ck_assert_double_eq(value("signalpy_plugin_updates", ""), 1);
}
END_TEST

START_TEST(instances_are_counted_by_state)
{
	ck_assert_double_eq(value("signalpy_components", "state=active"), 2);
	ck_assert_double_eq(value("signalpy_components", "state=discovered"), 0);
	sp_testing_remove(world, plugin);
	ck_assert_double_eq(value("signalpy_components", "state=active"), 1);
	ck_assert_double_eq(value("signalpy_components", "state=stopped"), 0);
	ck_assert_double_eq(value("signalpy_kernel_state", "state=healthy"), 1);
	ck_assert_double_eq(value("signalpy_kernel_state", "state=draining"), 0);
}
END_TEST

static bool look_once(void *user, const struct sp_metric *metric SP_UNUSED, const struct sp_sample *sample SP_UNUSED)
{
	++*(unsigned *)user;
	return false;
}

START_TEST(a_visit_can_be_ended)
{
	const struct sp_introspection *introspection = sp_peek(the_dial->introspection);
	unsigned visits = 0;

	world_call(world, "scales.weigh", "{\"grams\":1}");
	introspection->each_sample(introspection, look_once, &visits);
	ck_assert_uint_eq(visits, 1);
}
END_TEST

START_TEST(health_and_status_are_told)
{
	const struct sp_introspection *introspection = sp_peek(the_dial->introspection);
	json_t *health = introspection->health_new(introspection), *status = introspection->status_new(introspection);

	ck_assert(json_is_true(json_object_get(health, "healthy")));
	ck_assert_str_eq(json_string_value(json_object_get(status, "state")), "healthy");
	json_decref(health);
	json_decref(status);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(calls_are_counted_by_what_they_came_to),
		TEST(durations_fall_into_buckets), TEST(every_call_counts_once),
		TEST(calls_in_workers_are_counted_while_they_wait_and_run),
		TEST(counters_survive_a_replacement_and_a_return), TEST(instances_are_counted_by_state),
		TEST(a_visit_can_be_ended), TEST(health_and_status_are_told) };

	return run_suite(&SUITE(cases, "metrics", .set_up = set_up, .tear_down = tear_down));
}
