/* family_kit.c: parents of every strategy, and children that fail when told to. */
#include "family_kit.h"

#include "model.h"

#include <stdio.h>
#include <string.h>

/* clang-format off */
SP_RECORD(said, (string, text));
SP_RECORD(order, (string, component, .otherwise = "kid"), (string, name, .required = true), (any, properties));

#define SUPERVISION \
	.max_restarts = 3, .within_ms = 10000, .base_delay_ms = 1000, .max_failures = 2, .unhealthy_after = 2

SP_COMPONENT(each, (about, "each child by itself"), (supervise, judge, SUPERVISION),
	(activate), (deactivate), (runnable, spawn, order, nothing), (runnable, stop, order, nothing));
SP_COMPONENT(middle, (about, "each child by itself, a child itself", .on_demand = true), (supervise, judge, SUPERVISION),
	(activate), (deactivate), (runnable, spawn, order, nothing), (runnable, stop, order, nothing));
SP_COMPONENT(every, (about, "all together"),
	(supervise, judge, .strategy = SP_ONE_FOR_ALL, SUPERVISION),
	(activate), (deactivate), (runnable, spawn, order, nothing), (runnable, stop, order, nothing));
SP_COMPONENT(rest, (about, "those that came after"),
	(supervise, judge, .strategy = SP_REST_FOR_ONE, SUPERVISION),
	(activate), (deactivate), (runnable, spawn, order, nothing), (runnable, stop, order, nothing));
SP_COMPONENT(nobody, (about, "supervises nobody"),
	(activate), (deactivate), (runnable, spawn, order, nothing), (runnable, stop, order, nothing));
SP_COMPONENT(elder, (about, "supervises supervisors"),
	(supervise, judge, .max_restarts = 1, .within_ms = 100000, .base_delay_ms = 5000), (activate));
SP_COMPONENT(kid, (about, "a child", .on_demand = true), (property, integer, size), (signal, boolean, upset),
	(provide, voice), (activate), (deactivate), (health, .every_ms = 100),
	(subscribe, poked, "poke"), (subscribe, upset_by, "upset"), (effect, follow),
	(runnable, size, nothing, said), (later, wait, nothing, nothing));
SP_COMPONENT(guest, (about, "needs a child", .on_demand = true), (one, voice, other), (activate), (deactivate));
/* clang-format on */

struct family family;

static sp_status spawn_all(sp_runtime *rt, const char *component, const char *names)
{
	char copy[200], *at = copy, *name;
	sp_status status = SP_OK;

	snprintf(copy, sizeof copy, "%s", names ? names : "");
	while (status == SP_OK && (name = strtok_r(at, " ", &at)))
		status = sp_spawn(rt, component, name, NULL);
	return status;
}

static sp_verdict judge(sp_failure *failure)
{
	size_t used = strlen(family.asked);

	snprintf(family.asked + used, sizeof family.asked - used, "%s %d %d: %s;", failure->child, failure->attempt,
		failure->restarts_in_window, failure->error->message);
	if (family.properties) {
		json_t *properties = json_loads(family.properties, 0, NULL);

		json_object_update(failure->properties, properties);
		json_decref(properties);
	}
	return family.verdict;
}

#define PARENT_ACTIVATE(C, component, names) \
	static sp_status C##_activate(struct C *self) \
	{ \
		diary_add("+%s", sp_name(self->rt)); \
		return spawn_all(self->rt, component, names); \
	}
#define PARENT(C) \
	PARENT_ACTIVATE(C, "kid", family.spawns) \
	static sp_status C##_deactivate(struct C *self) \
	{ \
		diary_add("-%s", sp_name(self->rt)); \
		return SP_OK; \
	} \
	static sp_status C##_spawn(struct C *self, const struct order *in) \
	{ \
		return sp_spawn(self->rt, in->component, in->name, json_incref(in->properties)); \
	} \
	static sp_status C##_stop(struct C *self, const struct order *in) \
	{ \
		return sp_stop_child(self->rt, in->name); \
	}
#define JUDGES(C) \
	static sp_verdict C##_judge(SP_UNUSED struct C *self, sp_failure *failure) \
	{ \
		return judge(failure); \
	}
PARENT(each)
PARENT(middle)
PARENT(every)
PARENT(rest)
PARENT(nobody)
PARENT_ACTIVATE(elder, "middle", family.elders)
JUDGES(each)
JUDGES(middle)
JUDGES(every)
JUDGES(rest)
JUDGES(elder)

static bool is_meant(const sp_runtime *rt, const char *name)
{
	return name && (strcmp(name, "*") == 0 || strcmp(name, sp_name(rt)) == 0);
}

static sp_status kid_activate(struct kid *self)
{
	if (is_meant(self->rt, family.failing))
		return sp_fail(self->rt, SP_FAILED, "%s will not", sp_name(self->rt));
	diary_add("+%s", sp_name(self->rt));
	return SP_OK;
}

static sp_status kid_deactivate(struct kid *self)
{
	diary_add("-%s", sp_name(self->rt));
	return SP_OK;
}

static sp_status kid_health(struct kid *self)
{
	return is_meant(self->rt, family.ill) ? sp_fail(self->rt, SP_FAILED, "feels ill") : SP_OK;
}

static bool names_me(const struct kid *self, const sp_event *event)
{
	return is_meant(self->rt, json_string_value(json_object_get(event->data, "name")));
}

static sp_status kid_poked(struct kid *self, const sp_event *event)
{
	return names_me(self, event) ? sp_fail(self->rt, SP_FAILED, "ouch") : SP_OK;
}

static sp_status kid_upset_by(struct kid *self, const sp_event *event)
{
	if (names_me(self, event))
		sp_set(self->upset, !sp_peek(self->upset));
	return SP_OK;
}

static sp_status kid_follow(struct kid *self)
{
	bool before = sp_get(self->upset);

	return before ? sp_fail(self->rt, SP_FAILED, "is upset") : SP_OK;
}

static sp_status kid_size(struct kid *self, struct said *out)
{
	out->text = sp_format(self->rt, "%lld", (long long)sp_get(self->size));
	return SP_OK;
}

static sp_status kid_wait(SP_UNUSED struct kid *self, sp_call *call)
{
	family.waiting = call;
	return SP_LATER;
}

static sp_status guest_activate(struct guest *self)
{
	diary_add("+%s", sp_name(self->rt));
	return SP_OK;
}

static sp_status guest_deactivate(struct guest *self)
{
	diary_add("-%s", sp_name(self->rt));
	return SP_OK;
}

static const char *kid_say(const struct voice *voice)
{
	return sp_name(sp_self(kid, voice)->rt);
}
SP_SERVICE(kid, voice, .say = kid_say);

KIT_PLUGIN(kids, &kid_component, &guest_component);

sp_testing *family_open(const struct sp_component *parent, const char *spawns)
{
	static const struct sp_component *components[3];
	static const struct sp_plugin plugin = { { SP_ABI_MAJOR, sizeof plugin }, "parents", "1.0.0", components };
	sp_testing *world = world_open(NULL);

	family = (struct family){ .spawns = spawns, .elders = "mid" };
	components[0] = parent;
	components[1] = &middle_component;
	world_add(world, &kids_plugin);
	world_add(world, &plugin);
	return world;
}

void family_hurt(sp_testing *world, const char *how, const char *name)
{
	sp_kernel_publish(sp_testing_kernel(world), how, json_pack("{s:s}", "name", name));
	sp_testing_turn(world);
}

void family_expect(const char *diary)
{
	ck_assert_str_eq(diary_take(), diary);
}

void family_asked(const char *asked)
{
	ck_assert_str_eq(family.asked, asked);
	family.asked[0] = '\0';
}

void family_state(sp_testing *world, const char *instance, const char *state)
{
	ck_assert_str_eq(sp_testing_state(world, instance), state);
}

size_t family_voices(sp_testing *world)
{
	json_t *services = sp_kernel_services_new(sp_testing_kernel(world)), *service;
	size_t i, count = 0;

	json_array_foreach(services, i, service)
		count += strcmp(json_string_value(json_object_get(service, "contract")), "IVoice/1") == 0;
	json_decref(services);
	return count;
}

size_t family_ears(sp_testing *world)
{
	struct sp_kernel *kernel = sp_testing_kernel(world);
	const struct sp_subscription *subscription;
	size_t count = 0;

	list_each(subscription, &kernel->bus.subscriptions, link)
		count += strcmp(subscription->pattern, "poke") == 0;
	return count;
}
