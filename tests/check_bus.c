/* check_bus.c: events and who is told of them (R-BUS-1, R-BUS-2). */
#include "alloc.h"
#include "bus.h"
#include "kernel_kit.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

/* clang-format off */
SP_COMPONENT(clerk,
	(subscribe, take_orders, "orders.*"),
	(subscribe, take_paid, "orders.paid"),
	(subscribe, take_all, "*"));

SP_COMPONENT(faulty, (subscribe, take, "orders.*"), (subscribe, take_too, "orders.*"));

SP_COMPONENT(echo,
	(signal, integer, heard),
	(subscribe, first, "ping"),
	(subscribe, second, "pong"),
	(effect, follow));

SP_COMPONENT(crier, (runnable, cry, nothing, nothing), (effect, cry_out), (signal, integer, round));
/* clang-format on */

static sp_status clerk_take_orders(SP_UNUSED struct clerk *self, const sp_event *event)
{
	diary_add("orders:%s", event->type);
	return SP_OK;
}

static sp_status clerk_take_paid(SP_UNUSED struct clerk *self, SP_UNUSED const sp_event *event)
{
	diary_add("paid");
	return SP_OK;
}

static sp_status clerk_take_all(SP_UNUSED struct clerk *self, const sp_event *event)
{
	if (strncmp(event->type, "orders.", 7) == 0)
		diary_add("all");
	return SP_OK;
}

static sp_status faulty_take(struct faulty *self, SP_UNUSED const sp_event *event)
{
	return sp_fail(self->rt, SP_FAILED, "cannot read it");
}

static sp_status faulty_take_too(SP_UNUSED struct faulty *self, SP_UNUSED const sp_event *event)
{
	diary_add("too");
	return SP_OK;
}

static sp_status echo_first(struct echo *self, SP_UNUSED const sp_event *event)
{
	sp_publish(self->rt, "pong", NULL);
	sp_publish(self->rt, "pong", NULL);
	sp_set(self->heard, sp_get(self->heard) + 1);
	sp_set(self->heard, sp_get(self->heard) + 1);
	diary_add("ping");
	return SP_OK;
}

static sp_status echo_second(SP_UNUSED struct echo *self, const sp_event *event)
{
	diary_add("pong:%s", event->source);
	return SP_OK;
}

static sp_status echo_follow(struct echo *self)
{
	diary_add("heard:%d", (int)sp_get(self->heard));
	return SP_OK;
}

static sp_status crier_cry(struct crier *self)
{
	return sp_publish(self->rt, "ping", NULL);
}

static sp_status crier_cry_out(struct crier *self)
{
	return sp_get(self->round) ? SP_OK : sp_publish(self->rt, "ping", NULL);
}

KIT_PLUGIN(clerk, &clerk_component);
KIT_PLUGIN(faulty, &faulty_component);
KIT_PLUGIN(echo, &echo_component);
KIT_PLUGIN(crier, &crier_component);

static void publish(sp_testing *world, const char *type)
{
	ck_assert_int_eq(sp_kernel_publish(sp_testing_kernel(world), type, NULL), SP_OK);
}

static void note(void *label, const sp_event *event)
{
	diary_add("%s:%s", (const char *)label, event->type);
}

static sp_subscription *subscribe(sp_testing *world, const char *pattern, char *label)
{
	sp_subscription *subscription = sp_kernel_subscribe(sp_testing_kernel(world), pattern, note, label);

	ck_assert_ptr_nonnull(subscription);
	return subscription;
}

/* R-BUS-1: as fnmatch reads patterns; a type is no path. */
START_TEST(patterns_match)
{
	static const struct {
		const char *pattern, *type;
		bool matches;
	} rows[] = { { "orders.*", "orders.paid", true }, { "orders.*", "orders.", true },
		{ "orders.*", "orders", false }, { "*", "a/b.c", true }, { "*.c", "a/.c", true }, { "?x", "ax", true },
		{ "?x", "x", false }, { "[ab]c", "bc", true }, { "[!ab]c", "bc", false }, { "a\\*", "a*", true },
		{ "a\\*", "ab", false }, { "a.b", "axb", false }, { "", "a", false }, { "*", "", true },
		{ "[", "[", true } };

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		sp_testing *world = world_open(NULL);
		char label[] = "got";
		sp_subscription *subscription;

		subscription = subscribe(world, rows[i].pattern, label);
		publish(world, rows[i].type);
		sp_testing_turn(world);
		ck_assert_msg((*diary_take() != '\0') == rows[i].matches, "%s against %s", rows[i].type,
			rows[i].pattern);
		sp_subscription_destroy(subscription);
		sp_testing_destroy(world);
		diary_take();
	}
}
END_TEST

/* R-BUS-1: in order of subscription, and each subscription once. */
START_TEST(subscribers_are_told_in_order)
{
	sp_testing *world = world_open(NULL);
	char host[] = "host";
	sp_subscription *subscription;

	world_add(world, &clerk_plugin);
	subscription = subscribe(world, "orders.*", host);
	publish(world, "orders.paid");
	publish(world, "orders.made");
	ck_assert_str_eq(diary_take(), "");
	sp_testing_turn(world);
	ck_assert_str_eq(diary_take(),
		"orders:orders.paid paid all host:orders.paid orders:orders.made all host:orders.made");
	sp_subscription_destroy(subscription);
	sp_testing_destroy(world);
}
END_TEST

/* R-BUS-1: a failure is the subscriber's own. */
START_TEST(a_failure_stops_nobody)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &faulty_plugin);
	world_add(world, &clerk_plugin);
	publish(world, "orders.paid");
	sp_testing_turn(world);
	ck_assert_str_eq(diary_take(), "too orders:orders.paid paid all");
	ck_assert_ptr_nonnull(strstr(sp_testing_log(world, false),
		"error faulty: subscription take failed on event orders.paid: cannot read it\n"));
	sp_testing_destroy(world);
}
END_TEST

/* R-BUS-2, R-RX-5: breadth first, and each handler is a batch. */
START_TEST(events_inside_a_handler_come_after_it)
{
	sp_testing *world = world_open(NULL);
	char host[] = "host";
	sp_subscription *subscription;

	world_add(world, &echo_plugin);
	subscription = subscribe(world, "p*", host);
	diary_take();
	publish(world, "ping");
	publish(world, "ping");
	sp_testing_turn(world);
	ck_assert_str_eq(diary_take(),
		"ping heard:2 host:ping ping heard:4 host:ping pong:echo host:pong pong:echo host:pong "
		"pong:echo host:pong pong:echo host:pong");
	sp_subscription_destroy(subscription);
	sp_testing_destroy(world);
}
END_TEST

START_TEST(effects_and_runnables_publish)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &echo_plugin);
	world_add(world, &crier_plugin);
	ck_assert_str_eq(diary_take(), "heard:0 ping heard:2 pong:echo pong:echo");
	world_call(world, "crier.cry", NULL);
	ck_assert_str_eq(diary_take(), "ping heard:4 pong:echo pong:echo");
	sp_testing_destroy(world);
}
END_TEST

struct changing {
	sp_testing *world;
	sp_subscription *self, *other, *late;
	char label[8];
};

static void change_subscriptions(void *user, SP_UNUSED const sp_event *event)
{
	struct changing *changing = user;

	diary_add("change");
	sp_subscription_destroy(changing->other);
	sp_subscription_destroy(changing->self);
	changing->late = subscribe(changing->world, "*ing", changing->label);
}

/* Whoever subscribes during a delivery is told of later events only; whoever ends is told of nothing more. */
START_TEST(subscriptions_change_during_delivery)
{
	struct changing changing = { .world = world_open(NULL), .label = "late" };
	char other[] = "other", before[] = "before";
	sp_subscription *first = subscribe(changing.world, "*ing", before);

	changing.self = sp_kernel_subscribe(sp_testing_kernel(changing.world), "*ing", change_subscriptions, &changing);
	changing.other = subscribe(changing.world, "*ing", other);
	publish(changing.world, "ring");
	publish(changing.world, "sing");
	sp_testing_turn(changing.world);
	ck_assert_str_eq(diary_take(), "before:ring change before:sing");
	publish(changing.world, "wing");
	sp_testing_turn(changing.world);
	ck_assert_str_eq(diary_take(), "before:wing late:wing");
	sp_subscription_destroy(changing.late);
	sp_subscription_destroy(first);
	sp_subscription_destroy(NULL);
	sp_testing_destroy(changing.world);
}
END_TEST

/* What was published before a subscription began is not for it. */
START_TEST(the_past_is_not_told)
{
	sp_testing *world = world_open(NULL);
	char label[] = "new";
	sp_subscription *subscription;

	publish(world, "early");
	subscription = subscribe(world, "*", label);
	publish(world, "later");
	sp_testing_turn(world);
	ck_assert_str_eq(diary_take(), "new:later");
	sp_subscription_destroy(subscription);
	sp_testing_destroy(world);
}
END_TEST

static json_int_t dropped(sp_testing *world)
{
	json_t *status = sp_kernel_status_new(sp_testing_kernel(world));
	json_int_t count = json_integer_value(json_object_get(json_object_get(status, "counts"), "events_dropped"));

	json_decref(status);
	return count;
}

/* R-BUS-2: the queue is bounded, and what is dropped is counted. */
START_TEST(a_full_queue_drops_and_counts)
{
	sp_testing *world = world_open(NULL);
	struct sp_kernel *kernel = sp_testing_kernel(world);

	for (int i = 0; i < BUS_MOST; i++)
		publish(world, "storm");
	ck_assert_int_eq(sp_kernel_publish(kernel, "storm", json_object()), SP_UNAVAILABLE);
	ck_assert_int_eq(sp_kernel_publish(kernel, "storm", NULL), SP_UNAVAILABLE);
	ck_assert_int_eq(dropped(world), 2);
	sp_testing_turn(world);
	ck_assert_uint_eq(times_in(sp_testing_events(world, true), "storm {}"), BUS_MOST);
	publish(world, "calm");
	sp_testing_turn(world);
	ck_assert_str_eq(sp_testing_events(world, true), "calm {}\n");
	sp_testing_destroy(world);
}
END_TEST

/* R-CM-2: a storm does not drown what the kernel tells of itself. */
START_TEST(a_full_queue_takes_the_kernels_own)
{
	sp_testing *world = world_open(NULL);
	char label[] = "told";
	sp_subscription *subscription = subscribe(world, "component.state", label);

	ck_assert_int_eq(sp_kernel_add(sp_testing_kernel(world), &clerk_plugin, NULL, NULL, NULL), SP_OK);
	for (int i = 0; i < BUS_MOST; i++)
		publish(world, "storm");
	sp_testing_turn(world);
	ck_assert_str_eq(diary_take(), "told:component.state told:component.state told:component.state");
	ck_assert_int_eq(dropped(world), 0);
	ck_assert_uint_eq(sp_testing_kernel(world)->bus.told, 0);
	sp_subscription_destroy(subscription);
	sp_testing_destroy(world);
}
END_TEST

START_TEST(memory_may_end)
{
	sp_testing *world;
	struct sp_kernel *kernel;

	sp_alloc_install();
	world = world_open(NULL);
	kernel = sp_testing_kernel(world);
	for (long allowed = 0; allowed < 2; allowed++) {
		sp_alloc_fail_after(allowed);
		ck_assert_int_eq(sp_kernel_publish(kernel, "lost", NULL), SP_NO_MEMORY);
		sp_alloc_fail_after(-1);
	}
	ck_assert_int_eq(dropped(world), 2);
	sp_alloc_fail_after(0);
	ck_assert_ptr_null(sp_kernel_subscribe(kernel, "*", note, NULL));
	sp_alloc_fail_after(-1);
	sp_testing_destroy(world);
}
END_TEST

static void *publish_elsewhere(void *user)
{
	struct sp_runtime *rt = user;

	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(sp_publish(rt, "ping", json_pack("{s:i}", "number", i)), SP_OK);
	return NULL;
}

/* R-BUS-1: delivery is on the loop, in the order of a thread. */
START_TEST(another_thread_publishes)
{
	sp_testing *world = world_open(NULL);
	struct sp_runtime *rt;
	pthread_t thread;

	world_add(world, &crier_plugin);
	rt = container_of(sp_testing_kernel(world)->instances.next, struct instance, link)->body;
	sp_testing_events(world, true);
	ck_assert_int_eq(pthread_create(&thread, NULL, publish_elsewhere, rt), 0);
	pthread_join(thread, NULL);
	ck_assert_str_eq(sp_testing_events(world, false), "");
	sp_testing_turn(world);
	ck_assert_str_eq(sp_testing_events(world, true),
		"ping {\"number\":0}\nping {\"number\":1}\nping {\"number\":2}\n");
	sp_testing_destroy(world);
}
END_TEST

/* R-CM-9: after its end nothing is delivered to an instance, though an event was on its way. */
START_TEST(the_gone_are_told_nothing)
{
	sp_testing *world = world_open(NULL);
	sp_plugin_handle *clerk = world_add(world, &clerk_plugin);

	sp_kernel_remove(clerk);
	publish(world, "orders.paid");
	sp_testing_turn(world);
	ck_assert_str_eq(diary_take(), "");
	sp_testing_destroy(world);
}
END_TEST

START_TEST(a_kernel_ends_with_events_under_way)
{
	sp_testing *world = world_open(NULL);
	char label[] = "left";

	subscribe(world, "*", label);
	publish(world, "orders.paid");
	sp_testing_destroy(world);
}
END_TEST

int main(void)
{
	const TTest *const cases[] = { patterns_match, subscribers_are_told_in_order, a_failure_stops_nobody,
		events_inside_a_handler_come_after_it, effects_and_runnables_publish,
		subscriptions_change_during_delivery, the_past_is_not_told, a_full_queue_drops_and_counts,
		a_full_queue_takes_the_kernels_own, memory_may_end, another_thread_publishes, the_gone_are_told_nothing,
		a_kernel_ends_with_events_under_way };

	return kit_run("bus", cases, sizeof cases / sizeof cases[0]);
}
