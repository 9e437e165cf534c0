/* check_registry.c: contracts, services, and their order (R-CM-6). */
#include "alloc.h"
#include "kernel_kit.h"
#include "lifecycle.h"
#include "registry.h"
#include "voices.h"

#include <string.h>

VOICE(anna, 10, "en");
VOICE(carl, 10, "fr");

/* clang-format off */
SP_COMPONENT(frank, (one, voice, teacher, .filter = "(language=fr)"), (activate), (deactivate), (effect, follow));
SP_COMPONENT(hosted, (one, voice, teacher), (runnable, ask, nothing, words));
SP_COMPONENT(decorator, (one, voice, inner), (provide, voice, .ranking = -5), (runnable, ask, nothing, words));
SP_COMPONENT(tuner,
	(provide, voice),
	(property, string, language, .otherwise = "none"),
	(activate));
SP_COMPONENT(early, (one, voice, teacher, .filter = "(language=early)"), (activate));
/* clang-format on */

static sp_status frank_activate(struct frank *self)
{
	diary_add("+frank:%s", sp_get(self->teacher)->say(sp_get(self->teacher)));
	return SP_OK;
}

static sp_status frank_deactivate(struct frank *self)
{
	diary_add("-frank:%s", sp_get(self->teacher)->say(sp_get(self->teacher)));
	return SP_OK;
}

static sp_status frank_follow(struct frank *self)
{
	diary_add("follow:%s", sp_get(self->teacher)->say(sp_get(self->teacher)));
	return SP_OK;
}

static sp_status hosted_ask(struct hosted *self, struct words *out)
{
	const struct voice *teacher = sp_get(self->teacher);

	out->text = teacher->say(teacher);
	return SP_OK;
}

static const char *decorator_say(const struct voice *service)
{
	const struct voice *inner = sp_get(sp_self(decorator, service)->inner);

	return sp_format(sp_self(decorator, service)->rt, "*%s*", inner->say(inner));
}
SP_SERVICE(decorator, voice, .say = decorator_say);

static sp_status decorator_ask(struct decorator *self, struct words *out)
{
	const struct voice *inner = sp_get(self->inner);

	out->text = inner->say(inner);
	return SP_OK;
}

static const char *tuner_say(SP_UNUSED const struct voice *service)
{
	return "tuner";
}
SP_SERVICE(tuner, voice, .say = tuner_say);

static sp_status tuner_activate(struct tuner *self)
{
	return sp_set(self->language, "early");
}

static sp_status early_activate(SP_UNUSED struct early *self)
{
	return SP_OK;
}

KIT_PLUGIN(frank, &frank_component);
KIT_PLUGIN(hosted, &hosted_component);
KIT_PLUGIN(decorator, &decorator_component);
KIT_PLUGIN(tuner, &tuner_component);
KIT_PLUGIN(early, &early_component);

/* Lowest ranking first, ties to the oldest, also when ranks change. */
START_TEST(services_stand_in_order)
{
	struct service services[4] = { { .ranking = 5, .age = 2 }, { .ranking = 5, .age = 1 },
		{ .ranking = -1, .age = 9 }, { .ranking = 5, .age = 1 } };
	static const size_t order[] = { 2, 1, 3, 0 }, after[] = { 1, 3, 0, 2 };
	sp_testing *world = world_open(NULL);
	const struct list *at;

	for (size_t i = 0; i < 4; i++)
		ck_assert_int_eq(service_create(&services[i], sp_testing_kernel(world), "IOrder/1"), SP_OK);
	at = &services[0].contract->services;
	for (size_t i = 0; i < 4; i++)
		ck_assert_ptr_eq((at = at->next), &services[order[i]].link);
	service_rank(&services[2], 7);
	at = &services[0].contract->services;
	for (size_t i = 0; i < 4; i++)
		ck_assert_ptr_eq((at = at->next), &services[after[i]].link);
	for (size_t i = 0; i < 4; i++)
		service_remove(&services[i]);
	ck_assert(list_is_empty(&services[0].contract->services));
	sp_testing_destroy(world);
}
END_TEST

START_TEST(a_contract_is_one_by_name_and_major)
{
	sp_testing *world = world_open(NULL);
	struct sp_kernel *kernel = sp_testing_kernel(world);
	const struct sp_contract longer = { sizeof longer, 12, "IVeryLongContractName", 0 };
	char name[32], small[8];

	ck_assert_ptr_eq(contract_of(kernel, "IVoice/1"), contract_of(kernel, "IVoice/1"));
	ck_assert_ptr_ne(contract_of(kernel, "IVoice/1"), contract_of(kernel, "IVoice/2"));
	ck_assert_int_eq(contract_name(&longer, name, sizeof name), SP_OK);
	ck_assert_str_eq(name, "IVeryLongContractName/12");
	ck_assert_int_eq(contract_name(&longer, small, sizeof small), SP_INVALID);
	sp_alloc_fail_after(0);
	ck_assert_ptr_null(contract_of(kernel, "INew/1"));
	sp_alloc_fail_after(-1);
	sp_testing_destroy(world);
}
END_TEST

/* R-CM-5, R-CM-6: one that waits for a property is woken by it; one that loses it is stopped first, and sees it until
 * then. */
START_TEST(a_property_wakes_and_stops)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &frank_plugin);
	world_add(world, &anna_plugin);
	ck_assert_str_eq(sp_testing_state(world, "frank"), "waiting");
	diary_take();
	world_call(world, "anna.speak", "{\"text\":\"fr\"}");
	ck_assert_str_eq(diary_take(), "+frank:anna follow:anna");
	world_call(world, "anna.speak", "{\"text\":\"de\"}");
	ck_assert_str_eq(diary_take(), "-frank:anna");
	ck_assert_str_eq(sp_testing_state(world, "frank"), "waiting");
	sp_testing_destroy(world);
}
END_TEST

START_TEST(another_provider_takes_over_when_a_property_changes)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &anna_plugin);
	world_add(world, &carl_plugin);
	world_add(world, &frank_plugin);
	world_call(world, "anna.speak", "{\"text\":\"fr\"}");
	diary_take();
	world_call(world, "anna.speak", "{\"text\":\"de\"}");
	ck_assert_str_eq(diary_take(), "follow:carl");
	ck_assert_str_eq(sp_testing_state(world, "frank"), "active");
	sp_testing_destroy(world);
}
END_TEST

/* What activate sets counts from the first moment. */
START_TEST(a_property_set_in_activate_counts)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &early_plugin);
	world_add(world, &tuner_plugin);
	ck_assert_str_eq(sp_testing_state(world, "early"), "active");
	sp_testing_destroy(world);
}
END_TEST

static const char *host_say(const struct voice *service)
{
	return service->service.self;
}

/* R-CM-6: a plugin's service is preferred to the host's where it ranks lower. */
START_TEST(a_host_offers_services_too)
{
	static const struct voice table = { .service = { .size = sizeof table }, .say = host_say };
	sp_testing *world = world_open(NULL);
	struct sp_kernel *kernel = sp_testing_kernel(world);
	sp_plugin_handle *anna;
	char self[] = "host";

	world_add(world, &hosted_plugin);
	ck_assert_str_eq(sp_testing_state(world, "hosted"), "waiting");
	ck_assert_int_eq(sp_kernel_provide(kernel, &voice_contract, &table, self, 100), SP_OK);
	sp_testing_turn(world);
	ck_assert_str_eq(world_call(world, "hosted.ask", NULL), "host");
	anna = world_add(world, &anna_plugin);
	ck_assert_str_eq(world_call(world, "hosted.ask", NULL), "anna");
	sp_testing_remove(world, anna);
	ck_assert_str_eq(world_call(world, "hosted.ask", NULL), "host");
	sp_testing_destroy(world);
}
END_TEST

START_TEST(a_service_may_wrap_one_of_its_own_contract)
{
	sp_testing *world = world_open(NULL);
	sp_plugin_handle *anna;

	world_add(world, &decorator_plugin);
	ck_assert_str_eq(world_text(world, "decorator", "reason"), "waits in a cycle: decorator → decorator");
	anna = world_add(world, &anna_plugin);
	world_add(world, &hosted_plugin);
	ck_assert_str_eq(world_call(world, "hosted.ask", NULL), "*anna*");
	ck_assert_str_eq(world_call(world, "decorator.ask", NULL), "anna");
	sp_testing_remove(world, anna);
	ck_assert_str_eq(sp_testing_state(world, "decorator"), "waiting");
	ck_assert_str_eq(sp_testing_state(world, "hosted"), "waiting");
	sp_testing_destroy(world);
}
END_TEST

/* R-CM-4: a service's number is never used twice. */
START_TEST(service_numbers_grow)
{
	sp_testing *world = world_open(NULL);
	json_int_t last = 0;

	for (int i = 0; i < 3; i++) {
		sp_plugin_handle *anna = world_add(world, &anna_plugin);
		json_t *services = sp_kernel_services_new(sp_testing_kernel(world));
		const json_t *service;
		size_t index;

		json_array_foreach(services, index, service)
			if (strcmp(json_string_value(json_object_get(service, "contract")), "IVoice/1") == 0) {
				ck_assert_int_gt(json_integer_value(json_object_get(service, "id")), last);
				last = json_integer_value(json_object_get(service, "id"));
			}
		json_decref(services);
		sp_testing_remove(world, anna);
	}
	ck_assert_int_gt(last, 0);
	sp_testing_destroy(world);
}
END_TEST

int main(void)
{
	const TTest *const cases[] = { services_stand_in_order, a_contract_is_one_by_name_and_major,
		a_property_wakes_and_stops, another_provider_takes_over_when_a_property_changes,
		a_property_set_in_activate_counts, a_host_offers_services_too,
		a_service_may_wrap_one_of_its_own_contract, service_numbers_grow };

	return kit_run("registry", cases, sizeof cases / sizeof cases[0]);
}
