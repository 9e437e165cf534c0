/* check_work.c: what an instance must finish before it is deactivated. */
#include "kernel_kit.h"
#include "list.h"
#include "model.h"

/* clang-format off */
SP_COMPONENT(server,
	(effect, listen),
	(subscribe, hear, "news"),
	(timer, tick),
	(deactivate),
	(runnable, begin, nothing, nothing));
/* clang-format on */

static void unlisten(void *name)
{
	diary_add("%s", (const char *)name);
}

static sp_status server_listen(struct server *self)
{
	static char name[] = "unlisten";

	return sp_cleanup(self->rt, unlisten, name);
}

static sp_status server_hear(SP_UNUSED struct server *self, SP_UNUSED const sp_event *event)
{
	diary_add("heard");
	return SP_OK;
}

static sp_status server_tick(SP_UNUSED struct server *self)
{
	diary_add("tick");
	return SP_OK;
}

static sp_status server_deactivate(SP_UNUSED struct server *self)
{
	diary_add("-server");
	return SP_OK;
}

static sp_status server_begin(struct server *self)
{
	sp_work_begin(self->rt);
	return sp_timer_start(self->tick, 10);
}

KIT_PLUGIN(server, &server_component);

static struct sp_runtime *first_body(sp_testing *world)
{
	return container_of(sp_testing_kernel(world)->instances.next, struct instance, link)->body;
}

/* Effects and subscriptions end first, timers go on for what is in flight, and deactivate waits for the last end. */
START_TEST(deactivate_waits_for_the_last_end)
{
	sp_testing *world = world_open(NULL);
	int gone = 0;
	sp_plugin_handle *server = world_add_counted(world, &server_plugin, &gone);
	struct sp_runtime *rt = first_body(world);

	world_call(world, "server.begin", NULL);
	world_call(world, "server.begin", NULL);
	sp_testing_remove(world, server);
	ck_assert_str_eq(diary_take(), "unlisten");
	sp_kernel_publish(sp_testing_kernel(world), "news", NULL);
	sp_testing_advance(world, 20);
	ck_assert_str_eq(diary_take(), "tick");
	sp_work_end(rt);
	sp_testing_turn(world);
	ck_assert_str_eq(diary_take(), "");
	sp_work_end(rt);
	sp_testing_turn(world);
	ck_assert_str_eq(diary_take(), "-server");
	ck_assert_int_eq(gone, 1);
	sp_testing_destroy(world);
}
END_TEST

START_TEST(work_counts_as_in_flight_and_no_more)
{
	sp_testing *world = world_open(NULL);
	struct sp_runtime *rt;

	world_add(world, &server_plugin);
	rt = first_body(world);
	sp_work_begin(rt);
	ck_assert_uint_eq(rt->in_flight, 1);
	sp_work_end(rt);
	sp_testing_turn(world);
	ck_assert_str_eq(sp_testing_state(world, "server"), "active");
	sp_testing_destroy(world);
}
END_TEST

int main(void)
{
	const TTest *const cases[] = { deactivate_waits_for_the_last_end, work_counts_as_in_flight_and_no_more };

	return kit_run("work", cases, sizeof cases / sizeof cases[0]);
}
