/* check_body.c: what an instance is made of, and that a failing activation leaves no trace (R-CM-9, R-CM-10). */
#include "body.h"
#include "kernel_kit.h"
#include "voices.h"

#include <string.h>

VOICE(anna, 10, "en");

SP_CHOICE(mood, calm, cross);
SP_RECORD(inner, (integer, depth, .otherwise = 1, .max = 5), (string, label, .otherwise = "none"));
SP_RECORD(outer, (record(inner), nested), (number, ratio, .otherwise = 0.5), (boolean, loud), (choice(mood), mood),
	(array(integer), sizes), (any, extra));

/* clang-format off */
SP_COMPONENT(configured,
	(settings, outer, settings),
	(signal, string, title, .otherwise = "untitled"),
	(signal, number, level, .otherwise = 2.5),
	(property, boolean, loud, .otherwise = true),
	(properties, inner, more),
	(member, int, zeroed),
	(effect, follow),
	(runnable, show, nothing, words));

SP_COMPONENT(failing,
	(one, voice, teacher),
	(provide, voice),
	(all, voice, others),
	(signal, integer, count),
	(effect, work),
	(subscribe, take, "*"),
	(timer, tick, .every_ms = 1),
	(activate),
	(deactivate),
	(runnable, go, nothing, nothing));

SP_COMPONENT(later_activation, (activate));
SP_COMPONENT(grumpy, (deactivate));
/* clang-format on */

static sp_status configured_follow(struct configured *self)
{
	diary_add("depth:%d", (int)sp_get(self->settings.nested.depth));
	return SP_OK;
}

static sp_status configured_show(struct configured *self, struct words *out)
{
	out->text =
		sp_format(self->rt, "%d %s %.1f %d %d %zu %s %.1f %d %d %d", (int)sp_get(self->settings.nested.depth),
			sp_get(self->settings.nested.label), sp_get(self->settings.ratio), sp_get(self->settings.loud),
			(int)sp_get(self->settings.mood), sp_get(self->settings.sizes).count, sp_get(self->title),
			sp_get(self->level), sp_get(self->loud), (int)sp_get(self->more.depth), self->zeroed);
	return SP_OK;
}

static const char *failing_say(SP_UNUSED const struct voice *voice)
{
	return "failing";
}
SP_SERVICE(failing, voice, .say = failing_say);

static bool may_activate;

static void let_go(SP_UNUSED void *object)
{
	diary_add("let-go");
}

static sp_status failing_activate(struct failing *self)
{
	sp_cleanup(self->rt, let_go, self);
	sp_lease(self->rt, sp_get(self->teacher));
	sp_timer_start(self->tick, 1);
	sp_set(self->count, 7);
	return may_activate ? SP_OK : sp_fail(self->rt, SP_UNAVAILABLE, "no %s today", "luck");
}

static sp_status failing_deactivate(SP_UNUSED struct failing *self)
{
	diary_add("-failing");
	return SP_OK;
}

static sp_status failing_work(struct failing *self)
{
	diary_add("count:%d", (int)sp_get(self->count));
	return SP_OK;
}

static sp_status failing_take(SP_UNUSED struct failing *self, SP_UNUSED const sp_event *event)
{
	return SP_OK;
}

static sp_status failing_tick(SP_UNUSED struct failing *self)
{
	diary_add("tick");
	return SP_OK;
}

static sp_status failing_go(SP_UNUSED struct failing *self)
{
	return SP_OK;
}

static sp_status later_activation_activate(SP_UNUSED struct later_activation *self)
{
	return SP_LATER;
}

static sp_status grumpy_deactivate(struct grumpy *self)
{
	return sp_fail(self->rt, SP_FAILED, "the door is stuck");
}

KIT_PLUGIN(configured, &configured_component);
KIT_PLUGIN(failing, &failing_component);
KIT_PLUGIN(later_activation, &later_activation_component);
KIT_PLUGIN(grumpy, &grumpy_component);

START_TEST(slots_have_their_defaults)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &configured_plugin);
	ck_assert_str_eq(world_call(world, "configured.show", NULL), "1 none 0.5 0 0 0 untitled 2.5 1 1 0");
	sp_testing_destroy(world);
}
END_TEST

START_TEST(slots_are_configured)
{
	sp_testing *world =
		world_open("{\"components\":{\"configured\":{\"nested\":{\"depth\":3,\"label\":\"deep\"},"
			   "\"ratio\":2,\"loud\":true,\"mood\":\"cross\",\"sizes\":[1,2,3],\"extra\":{\"a\":1}}}}");

	world_add(world, &configured_plugin);
	ck_assert_str_eq(world_call(world, "configured.show", NULL), "3 deep 2.0 1 1 3 untitled 2.5 1 1 0");
	sp_testing_destroy(world);
}
END_TEST

/* R-CF-3: what is wrong is named by its path, and the instance heals when it is put right. */
START_TEST(a_wrong_setting_is_named)
{
	sp_testing *world = world_open("{\"components\":{\"configured\":{\"nested\":{\"depth\":9}}}}");
	const char *reason;
	const struct instance *instance;

	world_add(world, &configured_plugin);
	ck_assert_str_eq(sp_testing_state(world, "configured"), "errored");
	reason = world_text(world, "configured", "reason");
	ck_assert_ptr_nonnull(strstr(reason, "configuration components.configured.nested.depth: "));
	instance = container_of(sp_testing_kernel(world)->instances.next, struct instance, link);
	ck_assert_str_eq(instance->error.pointer, "components.configured.nested.depth");
	ck_assert_int_eq(sp_testing_set(world, "components.configured.nested.depth", "4"), SP_OK);
	ck_assert_str_eq(sp_testing_state(world, "configured"), "active");
	ck_assert_str_eq(diary_take(), "depth:4");
	sp_testing_destroy(world);
}
END_TEST

static bool offers_anything(sp_testing *world, const char *instance)
{
	json_t *services = sp_kernel_services_new(sp_testing_kernel(world));
	const json_t *service;
	bool found = false;
	size_t i;

	json_array_foreach(services, i, service)
		if (strcmp(json_string_value(json_object_get(service, "instance")), instance) == 0)
			found = true;
	json_decref(services);
	return found;
}

/* R-CM-10: no service, node, timer, lease or registration is left of a failing activation; retry tries again. */
START_TEST(a_failing_activation_leaves_no_trace)
{
	sp_testing *world = world_open(NULL);
	uint64_t nodes;
	int gone = 0;
	sp_plugin_handle *anna = world_add_counted(world, &anna_plugin, &gone);

	nodes = world_nodes(world);
	diary_take();
	world_add(world, &failing_plugin);
	ck_assert_str_eq(sp_testing_state(world, "failing"), "errored");
	ck_assert_str_eq(world_text(world, "failing", "reason"), "activate: no luck today");
	ck_assert_str_eq(diary_take(), "let-go");
	ck_assert_uint_eq(world_nodes(world), nodes);
	ck_assert_uint_eq(world_size(world, "failing", "ledger"), 0);
	ck_assert(!offers_anything(world, "failing"));
	ck_assert(offers_anything(world, "anna"));
	sp_testing_advance(world, 10);
	ck_assert_str_eq(diary_take(), "");
	sp_testing_remove(world, anna);
	ck_assert_int_eq(gone, 1);
	sp_testing_destroy(world);
}
END_TEST

START_TEST(retry_tries_again)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &anna_plugin);
	world_add(world, &failing_plugin);
	diary_take();
	ck_assert_int_eq(sp_kernel_retry(sp_testing_kernel(world), "failing", NULL), SP_OK);
	sp_testing_turn(world);
	ck_assert_str_eq(diary_take(), "let-go");
	may_activate = true;
	ck_assert_int_eq(sp_kernel_retry(sp_testing_kernel(world), "failing", NULL), SP_OK);
	sp_testing_turn(world);
	ck_assert_str_eq(sp_testing_state(world, "failing"), "active");
	ck_assert_str_eq(world_text(world, "failing", "reason"), "");
	ck_assert_str_eq(diary_take(), "count:7");
	sp_testing_destroy(world);
}
END_TEST

/* Somebody that it does not need is not touched. */
START_TEST(an_errored_instance_stops_nobody)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &anna_plugin);
	world_add(world, &failing_plugin);
	ck_assert_str_eq(sp_testing_state(world, "anna"), "active");
	ck_assert_str_eq(sp_testing_state(world, "failing"), "errored");
	ck_assert_str_eq(world_call_fails(world, "failing.go", "unavailable"),
		"failing is errored: activate: no luck today");
	sp_testing_destroy(world);
}
END_TEST

START_TEST(activate_answers_at_once)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &later_activation_plugin);
	ck_assert_str_eq(world_text(world, "later-activation", "reason"),
		"activate: answered SP_LATER, which it may not");
	sp_testing_destroy(world);
}
END_TEST

START_TEST(a_failing_deactivate_is_told)
{
	sp_testing *world = world_open(NULL);
	int gone = 0;
	sp_plugin_handle *grumpy = world_add_counted(world, &grumpy_plugin, &gone);

	sp_testing_remove(world, grumpy);
	ck_assert_int_eq(gone, 1);
	ck_assert_ptr_nonnull(strstr(sp_testing_log(world, true), "warning grumpy: deactivate: the door is stuck\n"));
	sp_testing_destroy(world);
}
END_TEST

/* What filters and maps look at, and what is listed. */
START_TEST(properties_are_gathered)
{
	sp_testing *world = world_open(NULL);
	json_t *component, *expected = json_pack("{s:i, s:s, s:b}", "depth", 1, "label", "none", "loud", 1);

	world_add(world, &configured_plugin);
	component = sp_kernel_component_new(sp_testing_kernel(world), "configured");
	ck_assert(json_equal(json_object_get(component, "properties"), expected));
	json_decref(component);
	json_decref(expected);
	sp_testing_destroy(world);
}
END_TEST

START_TEST(bodies_are_visited)
{
	sp_testing *world = world_open(NULL);
	struct sp_kernel *kernel = sp_testing_kernel(world);
	struct sp_runtime *rt;

	ck_assert_ptr_null(body_first(kernel));
	world_add(world, &failing_plugin);
	world_add(world, &configured_plugin);
	world_add(world, &anna_plugin);
	rt = body_first(kernel);
	ck_assert_str_eq(sp_name(rt), "configured");
	rt = body_after(rt);
	ck_assert_str_eq(sp_name(rt), "anna");
	ck_assert_ptr_null(body_after(rt));
	body_end(NULL);
	sp_testing_destroy(world);
}
END_TEST

int main(void)
{
	const TTest *const cases[] = { slots_have_their_defaults, slots_are_configured, a_wrong_setting_is_named,
		a_failing_activation_leaves_no_trace, retry_tries_again, an_errored_instance_stops_nobody,
		activate_answers_at_once, a_failing_deactivate_is_told, properties_are_gathered, bodies_are_visited };

	return kit_run("body", cases, sizeof cases / sizeof cases[0]);
}
